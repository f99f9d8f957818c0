# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The plays and tasks of the documentation run below a folder, and change nothing the second time: those on pages without a test of their own."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT, Example, in_markdown, in_plugins
from playing import legacy_host, step

import shared_plays
from shared_plays import shared

shared_runs = shared_plays.fixture_shared_runs

# What a test of its own runs, with what it says besides.
ELSEWHERE = {
    "README.md": "tests/real/test_readme.py",
    "docs/guides/guard_a_change.md": "tests/real/test_guide_guard.py",
    "docs/guides/migrate.md": "tests/real/test_guide_migrate.py",
    "docs/guides/wrap_services.md": "tests/real/test_wrapping_examples.py",
    "docs/guides/coverage.md": "tests/real/test_coverage_examples.py",
    "docs/guides/integrity.md": "tests/real/test_coverage_examples.py",
    "docs/guides/refusals.md": "tests/real/test_coverage_examples.py",
    "docs/getting_started.md": "tests/real/test_getting_started.py",
}
MODULES_ELSEWHERE = {
    "audit_documents": "tests/real/test_audit_role.py",
    "inetd_tcpd": "tests/real/test_wrapping_examples.py",
    "xinetd_tcpd": "tests/real/test_wrapping_examples.py",
    "systemd_tcpd": "tests/real/test_wrapping_examples.py",
    "tcpd_coverage_info": "tests/real/test_coverage_examples.py",
    "tcpd_integrity_info": "tests/real/test_coverage_examples.py",
    "tcpd_refusals_info": "tests/real/test_coverage_examples.py",
}
STOCK = "# /etc/hosts.%s: list of hosts.\n#             See the manual pages hosts_access(5) and hosts_options(5).\n#\n"
# The tables of a host for which the assertions of hosts_access_evaluate's examples hold.
PROVABLE = ("sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16\n", "ALL: ALL\n")
# The file that one of them reads.
LONG_LIST = '[{"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"}, {"daemon": "sshd", "address": "10.66.0.1", "expect": "denied"}]'
PAGES = [example for example in in_markdown() if isinstance(example.data, list) and example.file not in ELSEWHERE]
MODULES = [
    example
    for example in in_plugins()
    if example.file.startswith("plugins/modules/") and example.place not in MODULES_ELSEWHERE
]


def named(example):
    return "%s:%s" % (example.file, example.place)


def twice(tasks):
    """Every task, the same again, and that this changes nothing: examples undo one another."""
    doubled = []
    for task in tasks:
        doubled += [
            task,
            dict(task, register="again", name=task["name"] + ", again"),
            {"name": "Nothing changed", "ansible.builtin.assert": {"that": "again is not changed"}},
        ]
    return doubled


def put_programs(host):
    """What hosts_access_enforce looks for in an image: the programs, and an sshd that reads drop-ins."""
    for path, text in (
        ("usr/sbin/nft", ""),
        ("usr/sbin/sshd", ""),
        ("etc/ssh/sshd_config", "Include /etc/ssh/sshd_config.d/*.conf\n"),
        ("etc/ssh/sshd_config.d/README", ""),
    ):
        (host / path).parent.mkdir(parents=True, exist_ok=True)
        (host / path).write_text(text)


@pytest.mark.parametrize("example", PAGES + MODULES, ids=named)
@shared
def test_an_example_works_and_changes_nothing_the_second_time(folder, example):
    tables = PROVABLE if example.place == "hosts_access_evaluate" else (STOCK % "allow", STOCK % "deny")
    host = legacy_host(folder, *tables)
    text = example.text.replace("/srv/images/web", str(host))
    (folder.parent / "assertions.json").write_text(LONG_LIST)
    if example.place.startswith("hosts_access_enforce"):
        put_programs(host)
    if not example.is_playbook:
        run = yield step(twice(Example("", "", text).data), host, folder)
        assert not run.failed, run.output
        return
    for _time in (1, 2):
        run = yield step(Example("", "", text).data, host, folder)
        assert not run.failed, run.output
    assert run.changed == 0, run.output


@pytest.mark.parametrize("page, test", sorted(ELSEWHERE.items()) + sorted(MODULES_ELSEWHERE.items()))
def test_what_is_run_elsewhere_is_run_there(page, test):
    word = page.rpartition("/")[2].partition(".")[0] if page != "README.md" else page
    assert '"%s' % word in (ROOT / test).read_text(encoding="utf-8")
    assert "/" not in page or (ROOT / page).exists()


def test_there_are_such_examples():
    assert len(MODULES) >= 10 and len(PAGES) >= 4
