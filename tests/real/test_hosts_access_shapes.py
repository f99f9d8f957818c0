# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every shape that a table was found in, times everything that a task does with it.

Before and after, the libwrap of this machine is asked who may reach what. What it answers otherwise must be what the task asked for; a second run
changes nothing; what the task brought can be taken away again; and a task that is refused leaves both files as they were.
"""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from oracle.libwrap import Libwrap, Question

OFFICE, CLOSED = b"sshd: 10.0.0.0/8\n", b"ALL: ALL\n"
BANS = b"# DenyHosts: Thu Nov 26 10:00:00 2026 | sshd: 192.0.2.5\nsshd: 192.0.2.5\nALL: 192.0.2.66\n"
FOLDER = object()

SHAPES = {
    "plain": (b"# office\n" + OFFICE, CLOSED),
    "no file": (None, None),
    "no hosts.deny": (OFFICE, None),
    "no hosts.allow": (None, CLOSED),
    "empty": (b"", b""),
    "comments only": (b"# /etc/hosts.allow\n#\n", b"# /etc/hosts.deny\n\n"),
    "open": (OFFICE, b"in.fingerd: ALL\n"),
    "CRLF": (b"# office\r\nsshd: 10.0.0.0/8\r\n", b"ALL: ALL\r\n"),
    "CR alone": (b"sshd: 10.0.0.0/8\r", b"ALL: ALL\r"),
    "dead catch-all in hosts.allow": (OFFICE + b"ALL: ALL", CLOSED),
    "dead rule in hosts.allow": (OFFICE + b"ALL: 198.51.100.1", CLOSED),
    "dead comment in hosts.allow": (OFFICE + b"# end", CLOSED),
    "hosts.deny closed by a catch-all without newline": (OFFICE, b"ALL: ALL"),
    "hosts.deny closed by a comment without newline": (b"", b"# end"),
    "hosts.deny closed by a rule without newline": (OFFICE, b"in.fingerd: ALL\nin.talkd: ALL"),
    "hosts.deny closed by blanks": (OFFICE, b"in.fingerd: ALL\n  "),
    "backslash at the end of hosts.allow": (OFFICE + b"in.talkd: 10. \\\n", CLOSED),
    "backslash at the end of hosts.deny": (OFFICE, b"in.fingerd: ALL \\\n"),
    "only a backslash": (b"\\\n", b"\\"),
    "comment that swallows": (b"# off \\\nALL: ALL\n" + OFFICE, CLOSED),
    "NUL at the end": (OFFICE + b"in.talkd: 10.\0", CLOSED),
    "trap": (OFFICE, b"ALL: ALL: spawn (/bin/true %a) &\n"),
    "DENY": (OFFICE, b"in.fingerd: ALL\nALL: ALL: DENY\n"),
    "twist": (OFFICE, b"ALL: ALL: twist /bin/echo no\n"),
    "catch-all that grants": (OFFICE, b"in.talkd: ALL\nALL: ALL: allow\nin.fingerd: ALL\n"),
    "bans above": (OFFICE, BANS + CLOSED),
    "bans below": (OFFICE, CLOSED + BANS),
    "bans without a catch-all": (b"ALL: 10.0.0.0/8\n", BANS),
    "bans below a trap without newline": (OFFICE, b"ALL: ALL: spawn (/bin/true) &\n" + BANS.rstrip(b"\n")),
    "exception in hosts.deny": (b"", b"sshd: 10.0.0.0/8: allow\nALL: ALL\n"),
    "another block": (
        b"# BEGIN portcullis web\nhttpd: ALL\n# END portcullis web\n",
        b"# BEGIN portcullis web\nhttpd: 192.0.2.\n# END portcullis web\nALL: ALL\n",
    ),
    "another block without newline": (OFFICE, b"# BEGIN portcullis web\nhttpd: 192.0.2.\n# END portcullis web"),
    "one file": (
        OFFICE + b"# portcullis layout single: the rules of hosts.deny follow\nin.fingerd: ALL: deny\nALL: ALL: deny\n",
        b"# empty\n",
    ),
    "one file with a line appended": (
        b"# portcullis layout single: the rules of hosts.deny follow\nALL: ALL: deny\n" + OFFICE,
        b"",
    ),
    "odd bytes": (b"\xff\xfe: 1.\n" + OFFICE + b"no colon\n", b"\xe9 \n" + CLOSED),
    "folder": (OFFICE, FOLDER),
}

ALLOW, DENY = "in.ftpd: 192.0.2.0/24", "in.rshd: ALL"
RULES = {"allow": [ALLOW], "deny": [DENY]}
TASKS = {
    "present": RULES,
    "present, one table": {"allow": [ALLOW]},
    "present, below": {"deny": [DENY], "default": "deny"},
    "absent": dict(RULES, state="absent"),
    "absent, another's": {"allow": ["sshd: 10.0.0.0/8"], "deny": ["in.fingerd: ALL"], "state": "absent"},
    "exclusive": dict(RULES, exclusive=True),
    "exclusive, closed": dict(RULES, exclusive=True, default="deny"),
    "exclusive, one table": {"allow": [ALLOW], "exclusive": True},
    "block": dict(RULES, block_name="mine"),
    "block, first": dict(RULES, block_name="mine", position="first"),
    "block, closed": dict(RULES, block_name="mine", default="deny"),
    "deny": {"default": "deny"},
    "deny with a trap": {"default": "deny", "default_options": ["spawn (/bin/false) &"]},
    "allow": {"default": "allow"},
    "single": dict(RULES, layout="single"),
    "single block, closed": dict(RULES, layout="single", block_name="mine", default="deny"),
    "single, exclusive": dict(RULES, layout="single", exclusive=True),
}

#: what none of the tasks' own rules speaks of, and what they do
OTHERS = [
    (daemon, address)
    for daemon in ("sshd", "httpd", "in.talkd", "in.fingerd", "in.ftpd")
    for address in ("10.1.2.3", "198.51.100.1", "2001:db8::1")
] + [("sshd", "192.0.2.5"), ("httpd", "192.0.2.66")]
OWN = [("in.ftpd", "192.0.2.7"), ("in.rshd", "10.1.2.3"), ("in.rshd", "198.51.100.1")]
REFUSALS = (TaskError, HostsAccessError)


class Host:
    """Two tables below a folder, and the libwrap that is asked about them."""

    def __init__(self, folder, libwrap, shape):
        self.folder, self.libwrap = folder, libwrap
        (folder / "etc").mkdir()
        (folder / "bin").mkdir()
        (folder / "bin" / "echo").touch(0o755)  # what a task's twist names must be there; nothing runs it
        for name, data in zip(("allow", "deny"), shape):
            if data is FOLDER:
                self.path(name).mkdir()
            elif data is not None:
                self.path(name).write_bytes(data)
                self.path(name).chmod(0o640)
        self.before, self.answers = self.state(), self.ask(OTHERS + OWN)

    def path(self, name):
        return self.folder / "etc" / ("hosts." + name)

    def tables(self):
        return [self.path(name).read_bytes() if self.path(name).is_file() else None for name in ("allow", "deny")]

    def state(self):
        """Texts, owners and modes, and that nothing else is there."""
        stats = [os.stat(str(self.path(name))) if self.path(name).exists() else None for name in ("allow", "deny")]
        return (
            self.tables(),
            [stat and (stat.st_uid, stat.st_gid, stat.st_mode) for stat in stats],
            sorted(os.listdir(str(self.folder / "etc"))),
        )

    def run(self, check=False, **options):
        params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
        params.update(
            root=str(self.folder), dialect="debian", owner=str(os.getuid()), group=str(os.getgid()), mode="0640"
        )
        params.update((name, None) for name in ("seuser", "serole", "setype", "selevel", "attributes"))
        module = Call(dict(params, **options), check)
        return hosts_access.run(module)

    def ask(self, requests, tables=None):
        """(access, the line that decides or None) for each request, as libwrap has it."""
        texts = dict(zip(("allow", "deny"), tables or self.tables()))
        for name, data in texts.items():
            self.libwrap.write(name, data)
        found = {}
        for start in range(0, len(requests), 8):
            part = requests[start : start + 8]
            answers = self.libwrap.ask([Question(daemon, address) for daemon, address in part])
            for request, (access, table, line, _actions) in zip(part, answers):
                found[request] = (
                    access,
                    None if table is None else texts[table].split(b"\n")[line - 1].replace(b" ", b"").strip(),
                )
        return found


@pytest.fixture(name="libwrap")
def fixture_libwrap(tmp_path):
    with Libwrap(tmp_path, False, {}) as libwrap:
        yield libwrap


def asked(request, task, before):
    """Whether a task asks for another answer to a request that was answered `before`: its own rules speak of it, or its default."""
    if request in OWN:
        return True
    if task.get("state") == "absent" and before[1] in [
        rule.replace(" ", "").encode() for rule in task["allow"] + task["deny"]
    ]:
        return True
    return "default" in task and (before[1] is None or before[1].upper().startswith(b"ALL:ALL"))


@pytest.mark.parametrize("task", TASKS.values(), ids=list(TASKS))
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_a_shape_and_a_task(tmp_path, libwrap, shape, task):
    host = Host(tmp_path, libwrap, shape)
    try:
        predicted = host.run(check=True, **task)
    except REFUSALS as refusal:
        assert_clear(refusal, host)
        with pytest.raises(REFUSALS):
            host.run(**task)
        assert host.state() == host.before
        return
    assert host.state() == host.before
    done = host.run(**task)
    assert (done["changed"], done["access_changes"]) == (predicted["changed"], predicted["access_changes"])
    assert host.run(**task)["changed"] is False
    answers = host.ask(OTHERS + OWN)
    if task.get("exclusive"):
        assert_only_these(host, task, answers)
    else:
        for request, before in host.answers.items():
            assert answers[request][0] == before[0] or asked(request, task, before), (request, before, answers[request])
    assert_undone(host, task, done)


def assert_clear(refusal, host):
    """One sentence that names a table, and what to do."""
    assert "\n" not in str(refusal) and "hosts." in str(refusal), refusal
    assert host.state() == host.before


def assert_only_these(host, task, answers):
    """The tables that an exclusive task gives hold its rules; who else may reach what is as those rules and the other table say."""
    rules = [b"".join(rule.encode() + b"\n" for rule in task.get(table, [])) for table in ("allow", "deny")]
    deny = rules[1] + CLOSED * (task.get("default") == "deny")
    if host.before[0][1] is not None and host.before[0][1].endswith((b"# end", b"  ", b"\\")):
        deny += b"# end"  # it stays, and refuses as before
    there = host.before[0][0] or b""
    if "deny" not in task and b"layout single" not in there:
        deny = host.before[0][1]
    elif "deny" not in task:
        deny = there.partition(b"follow\n")[2].replace(b": deny", b"")
    expected = host.ask(list(answers), [rules[0], deny])
    assert {request: answer[0] for request, answer in answers.items()} == {
        request: answer[0] for request, answer in expected.items()
    }


def assert_undone(host, task, done):
    """What a task brought goes again: byte for byte where it is a block or a rule, and by its answers where it closed the host."""
    if task.get("state") == "absent" or task.get("exclusive") or not done["changed"]:
        return
    undo = {"state": "absent", "layout": task.get("layout", "two_files")}
    undo.update(
        {"block_name": "mine"}
        if "block_name" in task
        else {table: task[table] for table in ("allow", "deny") if table in task}
    )
    if "default" in task:
        before = done["default_before"]
        undo.update(default="deny" if before else "allow", default_options=before["options"] if before else None)
    try:
        host.run(**undo)
    except REFUSALS as refusal:  # in one file the catch-all that granted would stand elsewhere
        assert "would not mean the same" in str(refusal) and host.before[0][1] == SHAPES["catch-all that grants"][1]
        return
    if task.get("default") == "allow":
        return
    answers = host.ask(list(host.answers))
    assert {request: answer[0] for request, answer in answers.items()} == {
        request: answer[0] for request, answer in host.answers.items()
    }
    if "default" not in task and "layout single" not in str(host.before[0]):
        assert [data or b"" for data in host.tables()] == [data or b"" for data in host.before[0]]


@pytest.mark.parametrize(
    "task",
    [task for task in TASKS.values() if "state" not in task],
    ids=[name for name, task in TASKS.items() if "state" not in task],
)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_a_shape_is_given_back_from_the_record(tmp_path, libwrap, shape, task):
    """Texts byte for byte, owners, modes, and a table that was missing is missing again."""
    host = Host(tmp_path, libwrap, shape)
    record = {"record": "/etc/record.json"}
    try:
        changed = host.run(**dict(task, **record))["changed"]
    except REFUSALS as refusal:
        assert_clear(refusal, host)
        return
    assert host.run(**dict(task, **record))["changed"] is False
    undo = dict(
        {
            "state": "absent",
            "layout": "single" if b"layout single" in (host.before[0][0] or b"") else task.get("layout", "two_files"),
        },
        **record,
    )
    undo.update({"block_name": "mine"} if "block_name" in task else {"allow": [], "deny": []})
    assert host.run(**undo)["changed"] is changed
    assert host.state() == host.before
    assert host.run(**undo)["changed"] is False


@pytest.mark.parametrize(
    "task",
    [
        {"allow": ["sshd: 10.1.2.3/8"]},
        {"deny": [62]},
        {"deny": ["sshd 10."], "default": "deny"},
        {"allow": [ALLOW], "assertions": [{"daemon": "in.ftpd", "address": "192.0.2.7", "expect": "denied"}]},
        {
            "allow": ["ALL: 203.0.113."],
            "deny": ["in.rshd: ALL"],
            "default": "deny",
            "forbid_gains": True,
            "exclusive": True,
        },
    ],
    ids=["host bits", "YAML", "no colon", "assertion", "gain"],
)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=list(SHAPES))
def test_a_shape_and_bad_input(tmp_path, libwrap, shape, task):
    host = Host(tmp_path, libwrap, shape)
    new = [(daemon, "203.0.113.1") for daemon in ("sshd", "httpd", "in.talkd", "in.fingerd")]
    if (
        task.get("forbid_gains")
        and shape[1] is not FOLDER
        and all(answer[0] == "granted" for answer in host.ask(new).values())
    ):
        assert host.run(**task)["changed"]  # they were let in before
        return
    for check in (True, False):
        with pytest.raises(REFUSALS) as refusal:
            host.run(check=check, **task)
        assert "\n" not in str(refusal.value) and host.state() == host.before
