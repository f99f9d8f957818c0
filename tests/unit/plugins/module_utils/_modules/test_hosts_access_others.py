# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A task of hosts_access beside what others wrote: their lines neither come to life nor lose their options unnoticed.

What libwrap makes of a last line without newline was measured: hosts.allow ignores it, Debian's hosts.deny refuses all that comes so far.
"""

import os

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.blocks import TableError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request


class Host:
    """Two tables below a folder."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "etc").mkdir()
        (folder / "bin").mkdir()
        (folder / "bin" / "echo").write_text("")
        (folder / "bin" / "echo").chmod(0o755)

    def put(self, allow=None, deny=None):
        for name, data in (("allow", allow), ("deny", deny)):
            if data is not None:
                self.path(name).write_bytes(data)
                self.path(name).chmod(0o600)
        self.first = self.tables()

    def path(self, name):
        return self.folder / "etc" / ("hosts." + name)

    def tables(self):
        return tuple(self.path(name).read_bytes() if self.path(name).exists() else None for name in ("allow", "deny"))

    def run(self, check=False, **options):
        params = dict((name, option.get("default")) for name, option in hosts_access.argument_spec().items())
        params.update(root=str(self.folder), dialect="debian", owner=str(os.getuid()), group=str(os.getgid()))
        params.update((name, None) for name in ("seuser", "serole", "setype", "selevel", "attributes"))
        params.update(options)
        self.module = Call(params, check, True)
        return hosts_access.run(self.module)

    def refused(self, **options):
        for check in (True, False):
            with pytest.raises((TaskError, TableError)) as failure:
                self.run(check, **options)
            assert self.tables() == self.first and "\n" not in str(failure.value)
        return str(failure.value)

    def access(self, daemon, address, dialect="debian"):
        return Policy.parse(*self.tables(), dialect=dialect).decide(Request(daemon, address)).access


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    return Host(tmp_path)


def test_a_line_of_hosts_allow_without_newline_stays_dead_and_is_told_of(host):
    host.put(b"sshd: 10.0.0.0/8\nALL: ALL", b"ALL: ALL\n")
    task = {"allow": ["in.ftpd: 192.0.2.7"]}
    result = host.run(**task)
    assert host.tables() == (b"sshd: 10.0.0.0/8\nin.ftpd: 192.0.2.7\nALL: ALL", b"ALL: ALL\n")
    assert [(change["daemon"], change["clients"]) for change in result["access_changes"]] == [("in.ftpd", "192.0.2.7")]
    (told,) = host.module.warnings
    assert (
        told.startswith("/etc/hosts.allow, line 2, 'ALL: ALL', has no newline at its end, so libwrap ignores it.")
        and "unfinished_line: complete" in told
    )
    assert host.run(**task)["changed"] is False and host.module.warnings == []
    assert host.run(state="absent", **task)["changed"] and host.tables() == host.first


def test_a_line_of_hosts_deny_without_newline_refuses_before_and_after(host):
    host.put(b"", b"# end")
    result = host.run(deny=["in.ftpd: ALL"])
    assert host.tables()[1] == b"in.ftpd: ALL\n# end" and result["access_changes"] == []
    assert "so libwrap refuses every request that comes so far" in host.module.warnings[0]
    assert host.access("sshd", "192.0.2.1") == host.access("in.ftpd", "192.0.2.1") == "denied"


def test_who_wants_the_line_to_count_says_so_and_sees_who_gains(host):
    host.put(b"sshd: 10.0.0.0/8\nALL: 192.0.2.", b"ALL: ALL\n")
    result = host.run(allow=["in.ftpd: 10."], unfinished_line="complete")
    assert host.tables()[0] == b"sshd: 10.0.0.0/8\nALL: 192.0.2.\nin.ftpd: 10.\n"
    assert len(result["access_changes"]) == 2 and host.access("sshd", "192.0.2.1") == "granted"


def test_who_wants_nothing_beside_such_a_line_is_refused(host):
    host.put(b"sshd: 10.0.0.0/8\nALL: ALL", b"ALL: ALL\n")
    assert "/etc/hosts.allow, line 2, 'ALL: ALL'" in host.refused(allow=["in.ftpd: 10."], unfinished_line="refuse")


@pytest.mark.parametrize(
    "options",
    [
        {"deny": ["in.ftpd: ALL"]},
        {"deny": ["in.ftpd: ALL"], "state": "absent"},
        {"allow": ["ALL: 10."], "deny": ["in.ftpd: ALL"]},
    ],
)
def test_a_line_that_closes_the_host_by_accident_is_not_ended_unasked(host, options):
    host.put(b"", b"in.ftpd: ALL")
    told = host.refused(**options)
    for words in (
        "/etc/hosts.deny, line 1, 'in.ftpd: ALL'",
        "would go from denied to granted",
        "unfinished_line: complete",
        "Nothing is changed",
    ):
        assert words in told
    assert host.run(unfinished_line="complete", **options)["changed"] and host.access("sshd", "192.0.2.1") == "granted"


@pytest.mark.parametrize("dialect", ["debian", "redhat"])
@pytest.mark.parametrize(
    "options",
    [
        {"deny": ["sshd: 10."]},
        {"deny": ["sshd: 10."], "block_name": "mine"},
        {"default": "deny"},
        {"deny": ["sshd: 10."], "layout": "single"},
    ],
)
def test_another_tasks_block_that_ends_without_newline_stays_so(host, options, dialect):
    host.put(b"", b"# BEGIN portcullis web\nin.ftpd: ALL\n# END portcullis web")
    assert host.run(dialect=dialect, **options)["changed"]
    assert host.tables()[1].endswith(host.first[1])
    assert host.run(dialect=dialect, **options)["changed"] is False


def test_what_the_task_itself_asks_for_ends_the_line(host):
    host.put(b"sshd: 10.", b"ALL: ALL")
    result = host.run(allow=["sshd: 10."], default="deny")
    assert (
        host.tables() == (b"sshd: 10.\n", b"ALL: ALL\n")
        and len(result["access_changes"]) == 1
        and host.module.warnings == []
    )


@pytest.mark.parametrize("dialect, before", [("debian", {"options": []}), ("redhat", None), ("upstream", None)])
def test_the_default_before_is_what_was_decided_before(host, dialect, before):
    host.put(b"sshd: 10.\n", b"ALL: ALL")
    result = host.run(default="deny", dialect=dialect)
    assert result["default_before"] == before and host.tables()[1] == b"ALL: ALL\n"
    host.run(
        default="deny" if before else "allow", default_options=before["options"] if before else None, dialect=dialect
    )
    was = Policy.parse(*host.first, dialect=dialect)
    assert was.compare(Policy.parse(*host.tables(), dialect=dialect)) == []


@pytest.mark.parametrize(
    "options", ["spawn (logger refused %a) &", "DENY", "banners /etc/banners", "twist /bin/echo no"]
)
def test_other_peoples_catch_all_keeps_its_options(host, options):
    host.put(b"sshd: 10.\n", b"ALL: ALL: %s\n" % options.encode())
    assert host.run(default="deny", backup=True) == {
        "changed": False,
        "dialect": "debian",
        "access_changes": [],
        "findings": [],
        "enforcement": [],
        "backup_files": [],
        "diff": [],
    }
    assert host.tables() == host.first
    host.run(default="deny", allow=["sshd: 11."])
    assert host.tables()[1] == host.first[1]


def test_options_that_the_task_gives_replace_others_and_that_is_said(host):
    host.put(b"", b"in.ftpd: ALL\nALL: ALL: spawn (logger refused %a) &\nALL: 192.0.2.5\n")
    result = host.run(default="deny", default_options=["twist /bin/echo no"])
    assert host.tables()[1] == b"in.ftpd: ALL\nALL: ALL: twist /bin/echo no\nALL: 192.0.2.5\n"
    assert host.module.warnings == [
        "default_options replace the options of /etc/hosts.deny line 2, 'ALL: ALL: spawn (logger refused %a) &'."
    ]
    assert result["default_before"] == {"options": ["spawn (logger refused %a) &"]}
    assert any("spawn" in part.get("before", "") and "twist" in part.get("after", "") for part in result["diff"])
    assert (
        host.run(default="deny", default_options=["twist /bin/echo no"])["changed"] is False
        and host.module.warnings == []
    )


@pytest.mark.parametrize("before", [b"", b"ALL: ALL\n", b"ALL: ALL: twist /bin/echo no\n"])
def test_a_trap_that_a_recorded_task_brought_goes_when_it_is_no_longer_given(host, before):
    host.put(b"", before)
    task = {"default": "deny", "allow": ["sshd: 10."], "block_name": "mine", "record": "/etc/record.json"}
    host.run(**dict(task, default_options=["spawn (logger refused %a) &"]))
    assert host.tables()[1] == b"ALL: ALL: spawn (logger refused %a) &\n"
    assert host.run(**task)["changed"] and host.tables()[1] == b"ALL: ALL\n"
    assert host.module.warnings == [] and host.run(**task)["changed"] is False
    host.run(state="absent", block_name="mine", record="/etc/record.json")
    assert host.tables()[1] == before


def test_a_trap_that_others_brought_stays_beside_a_recorded_task(host):
    host.put(b"", b"ALL: ALL: spawn (logger refused %a) &\n")
    task = {"default": "deny", "allow": ["sshd: 10."], "block_name": "mine", "record": "/etc/record.json"}
    for allow in (["sshd: 10."], ["sshd: 11."]):
        assert host.run(**dict(task, allow=allow))["changed"] and host.tables()[1] == host.first[1]


def test_a_ban_below_the_catch_all_is_no_drift(host):
    task = {"block_name": "harden", "allow": ["sshd: 10."], "deny": ["in.rshd: ALL"], "default": "deny", "backup": True}
    host.run(**task)
    with open(str(host.path("deny")), "ab") as stream:
        stream.write(b"ALL: 192.0.2.5\n")
    host.first = host.tables()
    result = host.run(**task)
    assert result["changed"] is False and result["backup_files"] == [] and host.tables() == host.first


@pytest.mark.parametrize(
    "deny",
    [
        b"ALL: 192.0.2.5\n",
        b"# DenyHosts: today | sshd: 192.0.2.5\nsshd: 192.0.2.5\n",
        b"ALL: 192.0.2.5",
        b"sshd: 192.0.2.: spawn (logger %a) &\n",
        b"ALL: ALL: twist /bin/echo no\n",
        b"# BEGIN portcullis web\nx: 1.\n# END portcullis web\n",
    ],
)
@pytest.mark.parametrize(
    "task",
    [
        {"allow": ["in.ftpd: 10."]},
        {"default": "deny"},
        {"deny": ["in.ftpd: 11."], "block_name": "mine"},
        {"allow": ["sshd: 10."], "exclusive": True},
    ],
)
def test_the_single_layout_leaves_other_peoples_rules_of_hosts_deny_where_they_are(host, deny, task):
    host.put(b"sshd: 10.\n", deny)
    host.run(layout="single", **task)
    assert host.tables()[1] == deny and b"sshd: 10.\n" in host.tables()[0] or "exclusive" in task
    assert host.run(layout="single", **task)["changed"] is False
    single = Policy.parse(*host.tables())
    host.run(**task)
    assert single.compare(Policy.parse(*host.tables())) == []


def test_the_single_layout_takes_the_rules_of_its_task_out_of_hosts_deny(host):
    task = {"deny": ["in.ftpd: 11."], "allow": ["sshd: 10."], "default": "deny"}
    for own in (task, dict(task, block_name="mine")):
        host.put(b"", b"# head\nALL: 192.0.2.5\n")
        host.run(**own)
        result = host.run(layout="single", **own)
        assert result["access_changes"] == [] and host.tables()[1] == b"# head\nALL: 192.0.2.5\n"
        assert host.tables()[0].endswith(
            b"in.ftpd: 11.: deny\nALL: ALL: deny\n" if own is task else b"# END portcullis mine\nALL: ALL: deny\n"
        )
        assert host.run(layout="single", **own)["changed"] is False
        host.run(
            state="absent",
            layout="single",
            default="allow",
            **{"block_name": "mine"} if own is not task else {"deny": ["in.ftpd: 11."], "allow": ["sshd: 10."]},
        )
        assert host.tables() == host.first


def test_the_single_layout_is_refused_beside_a_line_without_newline(host):
    host.put(b"sshd: 10.", b"ALL: 192.0.2.5\n")
    assert "no newline at the end of its last line" in host.refused(layout="single", deny=["in.ftpd: ALL"])


def test_a_rule_appended_to_a_single_table_is_not_turned_around(host):
    host.put(b"", b"")
    task = {"allow": ["in.ftpd: 10."], "default": "deny"}
    host.run(layout="single", **task)
    host.put(host.tables()[0] + b"sshd: 192.0.2.7\n", b"")
    for layout in ("single", "two_files"):
        assert "/etc/hosts.allow, line 4, 'sshd: 192.0.2.7'" in host.refused(layout=layout, **task)


ALLOW = b"sshd: 10.20.0.0/16\n"


@pytest.mark.parametrize(
    "forbidden, allow, told",
    [
        (
            True,
            ["sshd: 192.0.2.0/24"],
            [
                "sshd from 192.0.2.0/24 would go from denied to granted, by /etc/hosts.allow line 2, 'sshd: 192.0.2.0/24'",
                "for instance 192.0.2.",
            ],
        ),
        (["sshd"], ["sshd: 192.0.2.7", "in.ftpd: 10."], ["sshd from 192.0.2.7", "line 2"]),
        (["in.ftpd"], ["ALL: 192.0.2.7"], ["192.0.2.7", "'ALL: 192.0.2.7'"]),
        ("yes", ["sshd: 192.0.2.7"], ["192.0.2.7"]),
        (True, ["sshd: 192.0.2.7: twist /bin/echo hello"], ["from denied to delegated"]),
        (True, ["sshd: ALL EXCEPT 10."], ["sshd from ALL except 10.0.0.0/8"]),
    ],
)
def test_a_change_that_lets_somebody_in_fails_before_anything_is_written(host, forbidden, allow, told):
    host.put(ALLOW, b"ALL: ALL\n")
    text = host.refused(allow=allow, forbid_gains=forbidden)
    for words in told + ["forbid_gains: nothing was written"]:
        assert words in text


@pytest.mark.parametrize(
    "forbidden, options",
    [
        (True, {"allow": ["sshd: 10.20.1.0/24"], "exclusive": True}),
        (True, {"allow": ["sshd: 10.20.0.0/17", "sshd: 10.20.128.0/17"], "exclusive": True}),
        (["in.ftpd"], {"allow": ["sshd: 192.0.2.7"]}),
        ([], {"allow": ["sshd: 192.0.2.7"]}),
        (False, {"allow": ["sshd: 192.0.2.7"]}),
    ],
)
def test_a_change_that_lets_nobody_in_whom_the_task_names_is_made(host, forbidden, options):
    host.put(ALLOW, b"ALL: ALL\n")
    assert host.run(forbid_gains=forbidden, **options)["changed"]


def test_opening_by_taking_a_rule_away_is_a_gain_too(host):
    host.put(b"", b"in.ftpd: 192.0.2.\nALL: ALL\n")
    assert "no rule matches" in host.refused(default="allow", forbid_gains=["sshd"])
    assert host.run(deny=["in.ftpd: 192.0.2."], state="absent", forbid_gains=True)["changed"]


def test_gains_that_cannot_be_told_are_refused(host):
    host.put(
        "".join("sshd: *%d*%d*.example.com\n" % (number, number + 1) for number in range(14)).encode(), b"ALL: ALL\n"
    )
    assert "could not be determined" in host.refused(allow=["sshd: 192.0.2.1"], forbid_gains=True)


@pytest.mark.parametrize("value", [3, {"sshd": True}, ["sshd", 3], [""]])
def test_forbid_gains_takes_nothing_else(host, value):
    host.put(ALLOW, b"ALL: ALL\n")
    assert "forbid_gains is" in host.refused(forbid_gains=value)
