# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every YAML block of the README does what it says when it is pasted: run against a legacy host's files in a folder."""

import os
import pathlib
import re
import shutil
import subprocess
import sys

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
PLAYBOOKS = [text for text in BLOCKS if isinstance(yaml.safe_load(text), list)]


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    host = tmp_path / "host"
    shutil.copytree(str(ROOT / "tests" / "fixtures" / "legacy"), str(host))
    (host / "usr" / "sbin" / "tcpd").chmod(0o755)
    return host


# what Debian's tcpd installs
STOCK = "# /etc/hosts.%s: list of hosts.\n#             See the manual pages hosts_access(5) and hosts_options(5).\n#\n"


def play(text, host, folder):
    """Run a playbook as pasted, but on this machine's folder `host` instead of on hosts; only the take-over meets old rules."""
    plays = yaml.safe_load(text)
    for name in ("allow", "deny"):
        table = host / "etc" / ("hosts." + name)
        legacy = ROOT / "tests" / "fixtures" / "legacy" / "etc" / table.name
        if "Take over" not in text and table.read_bytes() == legacy.read_bytes():
            table.write_text(STOCK % name)
    for one in plays:
        if "hosts" in one:
            one["become"] = False
            one["module_defaults"] = {"group/portcullis.tcp_wrappers.tcp_wrappers": {"root": str(host)}}
    path = folder / "pasted.yml"
    path.write_text(yaml.safe_dump(plays, sort_keys=False))
    env = dict(
        os.environ,
        **prebuilt.variables(),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_NOCOLOR="1",
        ANSIBLE_LOCALHOST_WARNING="False",
    )
    program = shutil.which(
        "ansible-playbook", path=os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    )
    owner = {
        "harden_root": str(host),
        "enforce_root": str(host),
        "harden_owner": str(os.getuid()),
        "harden_group": str(os.getgid()),
        "harden_become": False,
    }
    command = [
        program,
        "-i",
        "localhost,",
        "-c",
        "local",
        "-e",
        "ansible_python_interpreter=" + prebuilt.OF_HOSTS,
        "-e",
        repr(owner),
        str(path),
    ]
    return subprocess.run(
        command,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        timeout=300,
        check=False,
    )


def test_the_readme_has_the_blocks_that_it_should():
    assert len(BLOCKS) >= 5 and len(PLAYBOOKS) >= 4


def test_its_headings_stand_in_the_order_of_certification():
    wanted = [
        "Description",
        "Requirements",
        "Installation",
        "Use Cases",
        "Testing",
        "Contributing",
        "Communication",
        "Support",
        "Release Notes",
        "License",
    ]
    assert re.findall(r"^## (.*)$", README, re.MULTILINE) == wanted


@pytest.mark.parametrize("text", PLAYBOOKS, ids=[yaml.safe_load(text)[0]["name"] for text in PLAYBOOKS])
def test_a_pasted_playbook_works_and_changes_nothing_the_second_time(text, host, tmp_path):
    first = play(text, host, tmp_path)
    assert first.returncode == 0, first.stdout
    if "check_mode: true" in text:
        return  # it only shows what would change
    second = play(text, host, tmp_path)
    assert second.returncode == 0 and re.search(r"changed=0 ", second.stdout), second.stdout


def test_the_requirements_name_this_collection():
    for text in BLOCKS:
        data = yaml.safe_load(text)
        if isinstance(data, dict):
            assert [entry["name"] for entry in data["collections"]] == ["portcullis.tcp_wrappers"]


def test_the_first_playbook_closes_the_host(host, tmp_path):
    run = play(PLAYBOOKS[0], host, tmp_path)
    assert run.returncode == 0, run.stdout
    assert (host / "etc" / "hosts.deny").read_text().endswith("ALL: ALL\n")
    assert (
        "# BEGIN portcullis private-networks\n# private networks and the host itself\nsshd: 10.0.0.0/8, "
        in (host / "etc" / "hosts.allow").read_text()
    )


# What brings each message of "When something is refused" about: a task's options, hosts.allow, and whether the host's release is unknown.
TROUBLES = {
    "allow[0] is the mapping ...": ("{allow: [{ALL: ALL}]}", "", False),
    "... could never decide where it would stand": ("{allow: ['sshd: 10.1.0.0/16']}", "sshd: 10.0.0.0/8\n", False),
    "... has host bits set": ("{allow: [{daemons: sshd, clients: 10.1.2.3/8}]}", "", False),
    "... has bits set outside its mask": ("{allow: ['sshd: 10.1.2.3/8']}", "", False),
    "1 of 2 assertions do not hold": (
        "{default: deny, assertions: [{daemon: a, address: 10.0.0.1, expect: granted}, {daemon: a, address: 10.1.1.1}]}",
        "",
        False,
    ),
    "it is not known which libwrap reads the tables": ("{allow: ['sshd: 10.']}", "", True),
    "... has no newline at its end ...": ("{allow: ['sshd: 10.'], unfinished_line: refuse}", "sshd: 11.", False),
    "forbid_gains: nothing was written": (
        "{allow: ['sshd: 192.0.2.0/24'], deny: ['ALL: ALL'], exclusive: true, forbid_gains: true}",
        "ALL: ALL: deny\n",
        False,
    ),
}
# These take a whole host; that they are still said is seen in the source.
ON_HOSTS = ("lockout_guard: nothing was written", "could no longer read", "neither libwrap nor tcpd")


def test_every_message_of_the_table_is_accounted_for():
    table = README.split("| Message | What to do |", 1)[1].split("\n\n", 1)[0]
    messages = [words for line in table.splitlines()[2:] for words in re.findall(r"`([^`]*)`", line.split("|")[1])]
    assert sorted(messages) == sorted(list(TROUBLES) + list(ON_HOSTS))
    sources = "".join(
        path.read_text(encoding="utf-8") for path in (ROOT / "plugins" / "module_utils" / "_modules").rglob("*.py")
    )
    for message in ON_HOSTS:
        assert message in sources


@pytest.mark.parametrize("message", sorted(TROUBLES))
def test_a_message_of_the_table_is_what_the_task_says(message, host, tmp_path):
    options, allow, unknown = TROUBLES[message]
    (host / "etc" / "hosts.allow").write_text(allow)
    if unknown:
        (host / "etc" / "os-release").write_text("ID=none\n")
    run = play(
        "- {name: x, hosts: all, gather_facts: false, tasks: [{portcullis.tcp_wrappers.hosts_access: %s}]}" % options,
        host,
        tmp_path,
    )
    assert run.returncode != 0 and message.replace("...", "").strip() in run.stdout, run.stdout


def test_what_a_change_does_is_told_as_the_readme_says(host, tmp_path):
    (text,) = [text for text in PLAYBOOKS if "See what a change does" in text]
    run = play(text, host, tmp_path)
    assert run.returncode == 0, run.stdout
    (told,) = re.findall(r"^```text\n((?:[^`\n]* -> [^`\n]*\n)+)```", README, re.MULTILINE)
    assert re.findall(r'"msg": "(.*? -> .*?)"', run.stdout) == told.splitlines()


def test_no_playbook_replaces_the_tables_of_all_hosts():
    """What is pasted in a hurry adds a block of its own, or writes nothing."""
    for text in PLAYBOOKS:
        for one in yaml.safe_load(text):
            for task in one.get("tasks", []):
                given = task.get("portcullis.tcp_wrappers.hosts_access", {})
                assert not given.get("exclusive") or task.get("check_mode"), text


def test_a_counterexample_is_told_as_the_readme_says(host, tmp_path):
    (text,) = [text for text in PLAYBOOKS if "Prove the policy" in text]
    wrong = text.replace(
        "{daemon: sshd, network: 10.66.0.0/16, expect: denied}", "{daemon: sshd, network: 10.0.0.0/8, expect: granted}"
    )
    assert wrong != text
    run = play(wrong, host, tmp_path)
    (told,) = re.findall(r"^```text\n(1 of 2.*?)\n```", README, re.MULTILINE | re.DOTALL)
    assert run.returncode != 0 and told in run.stdout, run.stdout
