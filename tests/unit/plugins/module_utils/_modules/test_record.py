# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hosts_access with a record: present then absent gives back every shape of table, and whoever wrote in between keeps what he wrote."""

import itertools
import json
import os
import time
import tracemalloc

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.record.document import open_record
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

RECORD = "/etc/record.json"
REQUESTS = [
    Request(daemon, address)
    for daemon in ("sshd", "in.ftpd", "in.telnetd")
    for address in ("10.1.2.3", "192.0.2.5", "198.51.100.7")
]
TRAP = ["spawn (/bin/true %a) &"]


class Host:
    """The tables of a host in a folder, and tasks on them."""

    def __init__(self, root):
        self.root = root
        self.module = None
        (root / "etc").mkdir()

    def path(self, name):
        return self.root / "etc" / name

    def write(self, mode=0o644, **tables):
        for name, data in tables.items():
            if data is not None:
                self.path("hosts." + name).write_bytes(data)
                self.path("hosts." + name).chmod(mode)

    def run(self, check_mode=False, **options):
        params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
        params.update(
            root=str(self.root),
            dialect="debian",
            group=str(os.getgid()),
            owner=str(os.getuid()),
            record=RECORD,
            **options,
        )
        self.module = Call(params, check_mode, True)
        return hosts_access.run(self.module)

    def undo(self, **options):
        return self.run(state="absent", block_name="harden", **options)

    def listing(self):
        return {
            name: (self.path(name).read_bytes(), self.path(name).stat().st_mode)
            for name in sorted(os.listdir(str(self.root / "etc")))
        }

    def answers(self):
        texts = [
            self.path(name).read_bytes() if self.path(name).exists() else None for name in ("hosts.allow", "hosts.deny")
        ]
        policy = Policy.parse(*texts)
        return [policy.decide(request).access for request in REQUESTS]


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    return Host(tmp_path)


ALLOWED = {
    "missing": None,
    "empty": b"",
    "rules": b"# by hand\nsshd: 192.0.2.\n",
    "crlf": b"sshd: 192.0.2.\r\n",
    "odd": b"# \xff\xfe\nin.ftpd: 198.51.100.7\n\n",
}
DENIED = {
    "missing": None,
    "empty": b"",
    "closed": b"ALL: ALL\n",
    "closed-unended": b"ALL: ALL",
    "unended-comment": b"in.ftpd: ALL\n# end",
    "crlf": b"ALL: ALL\r\n",
    "trap": b"ALL: ALL: spawn (logger refused %a) &\n",
    "twist": b"ALL: ALL: twist /bin/echo no\n",
    "bans-above": b"ALL: 198.51.100.7\nALL: ALL\n",
    "bans-below": b"ALL: ALL\nALL: 198.51.100.7\n",
    "two": b"# a\nALL: ALL\n# b\nALL: ALL\n",
    "continued": b"ALL: \\\n ALL\n",
    "explicit": b"ALL: ALL: deny\n",
}
TASKS = {
    "block": {"block_name": "harden", "allow": ["sshd: 10.0.0.0/8"], "deny": ["in.ftpd: 192.0.2.5"]},
    "closed": {"block_name": "harden", "allow": ["sshd: 10.0.0.0/8"], "default": "deny"},
    "trap": {"block_name": "harden", "allow": ["sshd: 10.0.0.0/8"], "default": "deny", "default_options": TRAP},
    "open": {"block_name": "harden", "allow": ["sshd: 10.0.0.0/8"], "default": "allow"},
    "exclusive": {"exclusive": True, "allow": ["sshd: 10.0.0.0/8"], "deny": [], "default": "deny"},
    "single": {"allow": ["in.telnetd: 10.1.2.3"], "default": "deny", "layout": "single"},
}
#: What other programs do in between.
OTHERS = {"appended": lambda data: data + b"ALL: 192.0.2.5\n", "inserted": lambda data: b"ALL: 192.0.2.5\n" + data}


SHAPES = sorted(
    set(itertools.product(["rules"], DENIED, ["closed", "trap", "exclusive", "single"]))
    | set(itertools.product(ALLOWED, ["missing", "closed-unended"], ["block", "open"]))
)


@pytest.mark.parametrize("allow, deny, task", SHAPES)
def test_every_shape_of_table_is_given_back_byte_for_byte(host, allow, deny, task):
    host.write(allow=ALLOWED[allow], deny=DENIED[deny])
    before = host.listing()
    try:
        done = host.run(**TASKS[task])
    except Exception as refused:
        assert host.listing() == before, refused
        return
    assert done["changed"] == (host.listing() != before)
    assert host.path("record.json").exists() == done["changed"]
    assert not host.run(**TASKS[task])["changed"]
    written = host.listing()
    if done["changed"]:
        predicted = host.undo(check_mode=True)
        assert host.listing() == written
        back = host.undo()
        assert back["changed"] and predicted["changed"] and back["diff"] == predicted["diff"]
    assert host.listing() == before
    assert not host.undo()["changed"] and host.listing() == before


@pytest.mark.parametrize(
    "deny, task, others",
    [
        (
            deny,
            ("trap", "exclusive")[number % 2],
            "inserted" if deny == "unended-comment" else ("appended", "inserted")[number // 2 % 2],
        )
        for number, deny in enumerate(sorted(DENIED))
    ],
)
def test_what_others_wrote_in_between_stays_and_everybody_else_is_answered_as_before(host, deny, task, others):
    host.write(allow=ALLOWED["rules"], deny=DENIED[deny])
    before = host.answers()
    assert host.run(**TASKS[task])["changed"]
    host.path("hosts.deny").write_bytes(OTHERS[others](host.path("hosts.deny").read_bytes()))
    now = host.answers()
    host.undo()
    assert (
        b"ALL: 192.0.2.5\n" in host.path("hosts.deny").read_bytes()
        and b"10.0.0.0" not in host.path("hosts.allow").read_bytes()
    )
    assert all(answer in pair for answer, pair in zip(host.answers(), zip(before, now)))
    # what others' line does not touch is as it was
    assert [answer for answer, request in zip(host.answers(), REQUESTS) if request.address != "192.0.2.5"] == [
        answer for answer, request in zip(before, REQUESTS) if request.address != "192.0.2.5"
    ]
    assert not host.path("record.json").exists()


def test_several_tasks_and_others_between_them_are_undone_as_one(host):
    host.write(allow=b"sshd: 192.0.2.\n", deny=b"ALL: ALL")
    host.run(**TASKS["closed"])
    host.path("hosts.deny").write_bytes(b"ALL: 203.0.113.9\n" + host.path("hosts.deny").read_bytes())
    assert host.run(**TASKS["trap"])["changed"]
    assert host.run(**dict(TASKS["trap"], allow=["sshd: 10.9.0.0/16"]))["changed"]
    assert host.undo()["changed"]
    assert host.path("hosts.allow").read_bytes() == b"sshd: 192.0.2.\n"
    assert host.path("hosts.deny").read_bytes() == b"ALL: 203.0.113.9\nALL: ALL"
    assert host.path("hosts.deny").stat().st_mode & 0o777 == 0o644 and not host.path("record.json").exists()


def test_owner_and_mode_that_somebody_changed_since_stay(host):
    host.write(allow=b"", deny=b"")
    host.run(**TASKS["closed"])
    host.path("hosts.deny").chmod(0o640)
    host.undo()
    assert [host.path(name).stat().st_mode & 0o777 for name in ("hosts.allow", "hosts.deny")] == [0o644, 0o640]


def test_an_undo_that_would_open_the_host_is_refused(host):
    """libwrap refused everybody for a comment without its line end. Who appends to it ends it, so the rule of the task alone closes the host now."""
    host.write(allow=b"", deny=DENIED["unended-comment"])
    host.run(**TASKS["trap"])
    host.path("hosts.deny").write_bytes(host.path("hosts.deny").read_bytes() + b"ALL: 192.0.2.5\n")
    before = host.listing()
    for check_mode in (True, False):
        with pytest.raises(
            TaskError, match="nothing was undone.*was changed by others too.*denied -> granted.*remove /etc/record.json"
        ):
            host.undo(check_mode=check_mode)
    assert host.listing() == before


def test_what_a_record_does_not_know_is_the_tasks_own_block_alone(host):
    host.write(allow=b"# BEGIN portcullis harden\nsshd: 10.\n# END portcullis harden\n", deny=b"ALL: ALL\n", mode=0o600)
    assert host.undo()["changed"]
    assert (host.path("hosts.allow").read_bytes(), host.path("hosts.deny").read_bytes()) == (b"", b"ALL: ALL\n")
    assert not host.path("record.json").exists()


def test_a_record_of_other_tables_is_refused(host):
    host.write(allow=b"", deny=b"")
    host.run(**TASKS["closed"])
    with pytest.raises(TaskError, match="is the record of other tables than /etc/hosts.allow and /etc/other"):
        host.undo(deny_path="/etc/other")


def test_a_diff_says_that_the_record_changes_and_not_what_it_holds(host):
    host.write(allow=b"", deny=b"# kept by hand\n")
    diff = host.run(**TASKS["closed"])["diff"]
    assert diff[-1] == {"prepared": "/etc/record.json: written, to undo this\n"}
    diff = host.run(**dict(TASKS["closed"], allow=["sshd: 10.9.0.0/16"]))["diff"]
    assert diff[-1] == {"prepared": "/etc/record.json: written, to undo this\n"}
    host.write(allow=b"", deny=b"# kept by hand\n")
    # somebody has undone it by hand: only the record goes
    assert host.undo()["diff"] == [{"prepared": "/etc/record.json: removed, for nothing is left to undo\n"}]


def test_the_record_has_no_backup_and_nobody_else_reads_it(host):
    host.write(allow=b"", deny=b"")
    for rules in (["sshd: 10.0.0.0/8"], ["sshd: 10.9.0.0/16"]):
        host.run(**dict(TASKS["closed"], allow=rules, backup=True))
    assert host.path("record.json").stat().st_mode & 0o777 == 0o600
    assert not [name for name in os.listdir(str(host.root / "etc")) if "record" in name and name != "record.json"]


SECRET = b'{"root": "$6$secret", "x": '


@pytest.mark.parametrize(
    "text",
    [
        SECRET,
        b"{}",
        b"[]",
        b"null",
        b"[" * 100000,
        b"\xff",
        b'{"portcullis.tcp_wrappers": {"record": 2}}',
        b'{"portcullis.tcp_wrappers": {"record": 1}, "secret": {}}',
        b'{"portcullis.tcp_wrappers": {"record": 1}, "tables": []}',
        b'{"portcullis.tcp_wrappers": {"record": 1}, "tables": {"secret": 1}}',
        b'{"portcullis.tcp_wrappers": {"record": 1}, "tables": {"paths": ["/etc/hosts.allow", "/etc/hosts.deny"], "before": {}, "left": {}}}',
    ],
)
def test_what_is_no_record_of_ours_is_refused_and_not_told(host, text):
    host.write(allow=b"", deny=b"")
    host.path("record.json").write_bytes(text)
    host.path("record.json").chmod(0o600)
    before = host.listing()
    with pytest.raises(TaskError, match="/etc/record.json is not a record that this collection wrote") as refused:
        host.undo()
    assert "secret" not in str(refused.value) and host.listing() == before


@pytest.mark.parametrize(
    "field, value",
    [
        ("text", 1),
        ("text", "\u2028"),
        ("mode", True),
        ("uid", -1),
        ("gid", "0"),
        ("more", None),
        ("uid", 2**32 - 1),
        ("gid", 2**40),
        ("mode", 0o4644),
        ("mode", 0o2644),
        ("mode", 0o1644),
        ("mode", 0o744),
        ("mode", 0o654),
        ("mode", 0o645),
        ("mode", 0o646),
        ("mode", 0x80000000),
    ],
)
def test_each_field_of_a_record_is_looked_at(host, field, value):
    host.write(allow=b"", deny=b"")
    host.run(**TASKS["closed"])
    record = json.loads(host.path("record.json").read_text())
    record["tables"]["before"]["deny"][field] = value
    host.path("record.json").write_text(json.dumps(record))
    before = host.listing()
    with pytest.raises(TaskError, match="is not a record"):
        host.undo()
    assert host.listing() == before


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o644, 0o660, 0o664, 0o400])
def test_a_mode_of_a_table_is_given_back(host, mode):
    host.write(allow=b"", deny=b"", mode=mode)
    before = host.listing()
    for wanted in ("0604", "0660"):
        host.run(**dict(TASKS["closed"], mode=wanted))
    assert host.path("hosts.deny").stat().st_mode & 0o7777 == 0o660
    host.undo()
    assert host.listing() == before


@pytest.mark.parametrize("option", [None, "0600"])
@pytest.mark.parametrize("mode", [0o755, 0o666, 0o4644])
def test_a_table_with_a_mode_that_no_record_gives_back_is_written_and_undone_all_the_same(host, mode, option):
    """It stays where the task was told none; else it comes back without such bits, and whoever could read the table still can."""
    host.write(allow=b"", deny=b"", mode=mode)
    before = host.listing()
    task = dict(TASKS["closed"], mode=option)
    assert host.run(**task)["changed"] and not host.run(**task)["changed"]
    assert host.path("hosts.allow").stat().st_mode & 0o7777 == (0o600 if option else mode)
    host.undo()
    assert {name: kept[0] for name, kept in host.listing().items()} == {name: kept[0] for name, kept in before.items()}
    assert host.path("hosts.allow").stat().st_mode & 0o7777 == (mode & 0o664 if option else mode)


HEAD = '{"portcullis.tcp_wrappers": {"record": 1}, "kernel": {"x": '
MANY = 2 * 1024 * 1024


@pytest.mark.parametrize(
    "value",
    [
        "[" + "{}," * MANY + "0]",
        "[" + "[]," * MANY + "0]",
        "[" + '"",' * MANY + '"\\""]',
        "[" + '"\\\\",{},' * 200000 + "0]",
        "{" + ",".join('"%d": 0' % number for number in range(200000)) + "}",
        "1" * MANY,
        "-" + "1" * 20,
        "1" * MANY + ".0",
        "1e" + "1" * MANY,
        "NaN",
        "-Infinity",
        '"' + "x" * 9 * 1024 * 1024 + '"',
    ],
    ids=[
        "mappings",
        "lists",
        "texts",
        "escaped",
        "names",
        "number",
        "negative",
        "fraction",
        "exponent",
        "nan",
        "infinity",
        "long",
    ],
)
def test_a_record_that_costs_memory_or_time_is_refused_before_it_does(host, value):
    host.write(allow=b"", deny=b"")
    host.path("record.json").write_text(HEAD + value + "}}")
    host.path("record.json").chmod(0o600)
    started = time.process_time()
    tracemalloc.start()
    try:
        with pytest.raises(TaskError, match="/etc/record.json is not a record that this collection wrote"):
            open_record(Root(str(host.root)), RECORD)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 64 * 1024 * 1024 and time.process_time() - started < 10, peak


def test_the_texts_of_a_record_may_hold_what_its_form_may_not(host):
    """Quotes, commas and brackets of a table are no values."""
    text = b'# "{[,\\\\\\",' * 200000 + b"\n"
    host.write(allow=b"", deny=text)
    before = host.listing()
    assert host.run(allow=["sshd: 10.0.0.0/8"], block_name="harden")["changed"]
    assert host.undo()["changed"] and host.listing() == before


def test_no_record_is_written_that_could_not_be_read_again(host):
    host.write(allow=b"", deny=b"# " + b"\xff" * 1024 * 1024 + b"\n")
    before = host.listing()
    with pytest.raises(
        TaskError, match="/etc/record.json would have .* bytes, and may have 8388608 .*Nothing was changed"
    ):
        host.run(allow=["sshd: 10.0.0.0/8"], block_name="harden")
    assert host.listing() == before


@pytest.mark.parametrize(
    "place, told",
    [
        ("link", "is a link"),
        ("dangling", "is a link"),
        ("folder", "no regular file"),
        ("fifo", "no regular file"),
        ("writable", "others than the user"),
    ],
)
def test_what_stands_in_the_records_place_is_refused_before_anything_is_written(host, tmp_path, place, told):
    host.write(allow=b"", deny=b"")
    path = host.path("record.json")
    if place == "link":
        path.symlink_to("/etc/hosts.allow")
    elif place == "dangling":
        path.symlink_to("/etc/nowhere")
    elif place == "folder":
        path.mkdir()
    elif place == "fifo":
        os.mkfifo(str(path))
    else:
        path.write_text("{}")
        path.chmod(0o666)
    for task in (TASKS["closed"], {"state": "absent", "block_name": "harden"}):
        with pytest.raises(TaskError, match="/etc/record.json .*" + told):
            host.run(**task)
    assert host.path("hosts.allow").read_bytes() == b"" and not host.path("nowhere").exists()
