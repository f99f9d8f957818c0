# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No text of a host is a template, a variable or a command on the controller: every guide and both roles, over hostile tables and hosts that lie."""

import re
import shutil

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import in_markdown

import hostile_text

GROUP = "group/portcullis.tcp_wrappers.tcp_wrappers"
EXAMPLES = [example for example in in_markdown() if example.is_playbook]
TABLES = {
    "templates": hostile_text.tables_of_templates,
    "others": hostile_text.tables_of_other_readers,
    "odd": hostile_text.tables_of_odd_text,
}


@pytest.fixture(name="payloads")
def fixture_payloads(scratch):
    """Payloads, and proof that nothing ran at the end of the test."""
    payloads = hostile_text.Payloads(scratch.folder / "marks")
    yield payloads
    assert payloads.ran() == []


def hostile_image(scratch, payloads, kind):
    """Give the scratch image hostile tables of a kind, and hostile text everywhere else."""
    scratch.fresh()
    hostile_text.fill_image(scratch, payloads)
    for name, text in zip(("allow", "deny"), TABLES[kind](payloads)):
        scratch.write("etc/hosts." + name, text)


def host_of(number):
    return "example-%d" % number


def as_plays(number, example, image):
    """The plays of an example, on a host of its own whose files lie below a copy of the image. They go on after an error, to reach all that they have."""
    plays = yaml.safe_load(example.text)
    root = image.parent / host_of(number)
    if not root.exists():
        shutil.copytree(str(image), str(root), symlinks=True)
    roots = dict.fromkeys(("audit_root", "enforce_root", "harden_root"), str(root))
    for play in plays:
        play["vars"] = dict(play.get("vars", {}), **roots)
        play.update(
            hosts=host_of(number),
            become=False,
            gather_facts=False,  # of this machine, and a third of what the modules take
            ignore_errors=True,
            module_defaults={GROUP: {"root": str(root), "dialect": "debian"}},
        )
        names = {task["notify"] for task in play.get("tasks", []) if "notify" in task}
        play["handlers"] = [
            {"name": name, "ansible.builtin.debug": {"msg": "called: " + name}} for name in sorted(names)
        ]
    return plays


def pages():
    """The plays of all pages by number."""
    return [
        (number, example) for number, example in enumerate(EXAMPLES) if any("hosts" in play for play in example.data)
    ]


def looks_at_answers(example):
    """Whether the plays do anything with what a host answered: an expression, a condition, a role."""
    return any(word in example.text for word in ("register:", "{{", "roles:"))


def run_pages(controller, scratch, chosen, join=None):
    """One run of ansible-playbook with the plays of these pages. Returns what it said."""
    plays = [play for number, example in chosen for play in as_plays(number, example, scratch.image)]
    (join or controller.hosts)(*[host_of(number) for number in range(len(EXAMPLES))])
    done = controller.play(
        plays, "--diff", timeout=900, old_folder=str(scratch.image / "etc"), new_folder=str(scratch.image / "etc")
    )
    return done.stdout.decode("utf-8", "backslashreplace")


@pytest.mark.parametrize("looks", [True, False], ids=["looked_at", "not_looked_at"])
@pytest.mark.parametrize("kind", ["odd", "templates"])
def test_no_playbook_of_a_page_runs_what_stands_in_a_table(kind, looks, controller, scratch, payloads):
    hostile_image(scratch, payloads, kind)
    chosen = [(number, example) for number, example in pages() if looks_at_answers(example) is looks]
    assert len(chosen) > 9
    said = run_pages(controller, scratch, chosen)
    for number, example in chosen:
        assert re.search(r"^(ok|changed|fatal|failed): \[%s\]" % host_of(number), said, re.MULTILINE), (
            example.file,
            example.place,
            said,
        )
    assert payloads.ran() == []


@pytest.mark.parametrize("kind", sorted(TABLES))
def test_day_one_takes_hostile_tables_over_as_data(kind, controller, scratch, payloads):
    hostile_image(scratch, payloads, kind)
    take_over, hold = [
        (number, example)
        for number, example in pages()
        if "taken_over" in example.text or "wrappers_allow" in example.text
    ]
    before = {name: (scratch.image / "etc" / name).read_bytes() for name in ("hosts.allow", "hosts.deny")}
    controller.hosts(host_of(take_over[0]))
    for number, example in (take_over, (take_over[0], hold[1])):
        done = controller.play(as_plays(number, example, scratch.image), "--diff")
        said = done.stdout.decode("utf-8", "backslashreplace")
        print(said)
        assert payloads.ran() == []
    assert kind == "odd" or re.search(r"changed=0 .*failed=0 ", said), said
    assert {name: (scratch.folder / host_of(take_over[0]) / "etc" / name).read_bytes() for name in before} == before


ROLES = {
    "audit": (
        "portcullis.tcp_wrappers.audit",
        {
            "audit_fail_on": ["findings", "errors", "assertions", "unreachable"],
            "audit_assertions": [{"daemon": "sshd", "address": "10.0.0.1", "expect": "granted"}],
        },
    ),
    # not the role's own playbook, which ends at the first host that fails
    "harden": (
        [{"hosts": "all", "gather_facts": False, "roles": ["portcullis.tcp_wrappers.harden"]}],
        {
            "harden_allow": ["sshd: 10.0.0.0/8"],
            "harden_default": "deny",
            "harden_block_source_routing": True,
            "harden_lockout_guard": "disabled",
        },
    ),
}


def hostile_hosts(controller, scratch, payloads):
    """One host with each kind of tables, and hosts that put templates into their answers; each has an image of its own."""
    roots = {}
    for kind in sorted(TABLES):
        roots[kind] = scratch.folder / "images" / kind
    for number, text in enumerate([payloads.template("answer"), payloads.others("answer")[0]]):
        for instead in (False, True):
            name = "liar-%d-%s" % (number, "instead" if instead else "behind")
            roots[name] = scratch.folder / "images" / name
    controller.hosts(*sorted(TABLES))
    for name, root in roots.items():
        hostile_image(scratch, payloads, name if name in TABLES else "templates")
        shutil.copytree(str(scratch.image), str(root), symlinks=True)
        if name not in TABLES:
            _kind, number, how = name.split("-")
            controller.poison(
                name, [payloads.template("answer"), payloads.others("answer")[0]][int(number)], how == "instead"
            )
    return roots


@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_role_runs_what_stands_on_a_host_or_what_it_answers(role, controller, scratch, payloads):
    roots = hostile_hosts(controller, scratch, payloads)
    plays, variables = ROLES[role]
    for prefix in ("audit_", "harden_"):
        variables = dict(
            variables,
            **{
                prefix + "root": str(scratch.folder / "images") + "/{{ inventory_hostname }}",
                prefix + "dialect": "debian",
                prefix + "become": False,
            },
        )
    for state in ("present", "absent") if role == "harden" else ("",):
        done = controller.play(
            plays,
            "--diff",
            **dict(variables, audit_output_dir=str(controller.folder / "audit"), harden_state=state or "present"),
        )
        said = done.stdout.decode("utf-8", "backslashreplace")
        assert payloads.ran() == [], said
    for name in roots:
        assert len(re.findall(r"^(ok|changed|fatal|failed): \[%s\]" % name, said, re.MULTILINE)) >= 1, said


@pytest.mark.parametrize("looks", [True, False], ids=["looked_at", "not_looked_at"])
def test_no_playbook_of_a_page_runs_what_a_host_answers(looks, controller, scratch, payloads):
    def liars(*hosts):
        controller.hosts()
        for host in hosts:
            controller.poison(host, payloads.template("answer"))

    chosen = [(number, example) for number, example in pages() if looks_at_answers(example) is looks]
    assert len(chosen) > 9
    run_pages(controller, scratch, chosen, liars)
    assert payloads.ran() == []
