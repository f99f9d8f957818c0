# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The module hosts_access as a task meets it, on tables in a folder."""

import json
import os
import stat

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access, info
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError


class Host:
    """A host's /etc in a folder, and tasks on it."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "etc").mkdir()

    def path(self, name):
        return self.folder / "etc" / ("hosts." + name)

    def put(self, **tables):
        for name, data in tables.items():
            self.path(name).write_bytes(data)

    def text(self, name):
        return self.path(name).read_bytes() if self.path(name).exists() else None

    def run(self, check=False, diff=False, **options):
        params = dict((name, option.get("default")) for name, option in hosts_access.argument_spec().items())
        params.update(root=str(self.folder), dialect="debian", owner=str(os.getuid()), group=str(os.getgid()))
        params.update((name, None) for name in ("seuser", "serole", "setype", "selevel", "attributes"))
        params.update(options)
        self.module = Call(params, check, diff)
        return hosts_access.run(self.module)

    def rules(self, shadowed_rules=False, all_rules=False):
        params = {
            "all_rules": all_rules,
            "root": str(self.folder),
            "allow_path": "/etc/hosts.allow",
            "deny_path": "/etc/hosts.deny",
            "dialect": "debian",
            "shadowed_rules": shadowed_rules,
        }
        self.module = Call(params)
        return info.run(self.module)


@pytest.fixture(name="host")
def fixture_host(tmp_path):
    return Host(tmp_path)


def test_both_tables_in_one_run_and_nothing_the_second_time(host):
    task = {"allow": ["sshd: 10.0.0.0/8"], "deny": ["in.telnetd: ALL"], "block_name": "web", "default": "deny"}
    first = host.run(**task)
    assert first["changed"] is True and first["dialect"] == "debian"
    assert host.text("allow") == b"# BEGIN portcullis web\nsshd: 10.0.0.0/8\n# END portcullis web\n"
    assert host.text("deny") == b"# BEGIN portcullis web\nin.telnetd: ALL\n# END portcullis web\nALL: ALL\n"
    for name in ("allow", "deny"):
        assert stat.S_IMODE(host.path(name).stat().st_mode) == 0o600
    second = host.run(diff=True, **task)
    assert second["changed"] is False and second["diff"] == [] and second["access_changes"] == []


def test_check_mode_says_what_a_run_then_does_and_writes_nothing(host):
    host.put(allow=b"# mine\nsshd: 10.\n")
    host.path("allow").chmod(0o644)
    task = {"allow": ["in.ftpd: 192.0.2.0/24"], "default": "deny", "diff": True}
    predicted = host.run(check=True, **task)
    assert host.text("allow") == b"# mine\nsshd: 10.\n" and host.text("deny") is None
    done = host.run(**task)
    assert predicted == done and done["changed"]
    texts = [part for part in done["diff"] if "before" in part and part["after_header"] == "/etc/hosts.allow"]
    assert [(part["before"], part["after"]) for part in texts] == [
        ("# mine\nsshd: 10.\n", "# mine\nsshd: 10.\nin.ftpd: 192.0.2.0/24\n")
    ]
    assert any(
        "mode 0644" in part.get("before", "") and "mode 0600" in part["after"]
        for part in done["diff"]
        if "after" in part
    )


def test_a_mode_alone_is_a_change(host):
    host.put(allow=b"sshd: 10.\n")
    host.path("allow").chmod(0o644)
    assert host.run(check=True)["changed"] is True
    assert host.run()["changed"] is True
    assert host.run()["changed"] is False
    assert stat.S_IMODE(host.path("allow").stat().st_mode) == 0o600


def test_an_omitted_table_is_not_touched_even_with_exclusive(host):
    host.put(allow=b"a: 1.1.1.1\n", deny=b"b: 2.2.2.2\n")
    host.run(allow=[], exclusive=True)
    assert (host.text("allow"), host.text("deny")) == (b"", b"b: 2.2.2.2\n")


# what libwrap was seen not to honour (measured on the shipped library)
@pytest.mark.parametrize(
    "rule, told",
    [
        ("sshd 10.0.0.0/8", "colon"),
        ("sshd: 10.1.2.3/8", "10.0.0.0/8"),
        ("sshd: 0.0.0.0/0", "0.0.0.0/0.0.0.0"),
        ("sshd: ::1", "["),
        ("sshd: ALL:", "option"),
        ("sshd: ALL: allow: severity info", "last"),
        ("sshd: ALL: /bin/true", "option"),
        ("sshd: ALL: severity authpriv.info", "severity"),
        ("sshd: ALL: setenv A=b", "setenv"),
        ("sshd: ALL: spawn echo 12:30", "colon"),
        ("sshd: 10.1", "10.1."),
        ("sshd:", "client"),
        ("192.0.2.1: sshd", "'192.0.2.1' stands among the daemons"),
        ("sshd, in.ftpd 192.0.2.1: ALL", "Write a colon before '192.0.2.1'"),
        ("sshd: " + "10.0.0.1 " * 250, "2046"),
    ],
)
def test_a_rule_that_libwrap_would_not_honour_is_refused_with_its_index_and_nothing_is_written(host, rule, told):
    host.put(allow=b"a: 1.1.1.1\n")
    with pytest.raises(TaskError) as failure:
        host.run(allow=["ALL: LOCAL", rule])
    assert "allow[1]" in str(failure.value) and told in str(failure.value)
    assert host.text("allow") == b"a: 1.1.1.1\n"


@pytest.mark.parametrize(
    "tables, task, cover",
    [
        ({"allow": b"ALL: ALL\n"}, {"deny": ["sshd: 192.0.2.1"]}, "hosts.allow line 1, 'ALL: ALL'"),
        ({"allow": b"sshd: ALL\n"}, {"allow": ["sshd: 10."]}, "hosts.allow line 1, 'sshd: ALL'"),
        ({"deny": b"sshd: 10.\nin.ftpd, sshd: 10., 11.\n"}, {"deny": ["sshd: 11. EXCEPT 11.1."]}, "hosts.deny line 2"),
        (
            {"allow": b"sshd: 10.0.0.0/9\nin.ftpd: 10.\nsshd: 10.128.0.0/9\n"},
            {"allow": ["sshd: 10.0.0.0/8"]},
            "hosts.allow line 1, 'sshd: 10.0.0.0/9', and hosts.allow line 3, 'sshd: 10.128.0.0/9', match whatever it matches",
        ),
        ({"allow": b"ALL: ALL EXCEPT 10.\n"}, {"deny": ["sshd: 10."]}, None),
        ({"allow": b"sshd: 10.\n"}, {"allow": ["in.ftpd: 10."]}, None),
    ],
)
def test_a_rule_that_could_never_decide_is_refused_with_what_covers_it(host, tables, task, cover):
    host.put(**tables)
    if cover is None:
        assert host.run(**task)["changed"]
        return
    with pytest.raises(TaskError) as failure:
        host.run(**task)
    assert "could never decide" in str(failure.value) and cover in str(failure.value)


def test_a_rule_whose_clients_stand_in_a_file_wants_the_file_first(host):
    rule, banned = {"deny": ["ALL: /etc/banned.clients"]}, host.folder / "etc" / "banned.clients"
    with pytest.raises(TaskError) as failure:
        host.run(**rule)
    told = "deny[0] 'ALL: /etc/banned.clients': the file '/etc/banned.clients' does not exist, so it never matches."
    assert str(failure.value) == told + " Create the file first (it may be empty), or delete the pattern."
    assert host.run(block_name="banned", check=True, **rule)["changed"]
    assert [told in one for one in host.module.warnings] == [True]
    assert host.run(deny=["ALL: /etc/banned.clients 192.0.2.1"], check=True)["changed"]
    assert ["'/etc/banned.clients' does not exist" in one for one in host.module.warnings] == [True]
    banned.write_bytes(b"")
    assert host.run(**rule)["changed"] and host.module.warnings == []


def test_what_to_do_about_a_rule_that_hosts_allow_covers_can_be_done(host):
    host.put(allow=b"ALL: ALL EXCEPT 192.0.2.9\n", deny=b"")
    with pytest.raises(TaskError, match="write this rule into hosts.allow with the option deny"):
        host.run(deny=["ALL: 192.0.2.66"])
    host.run(allow=["ALL: 192.0.2.66: deny"], block_name="bans", position="first")
    assert Policy.parse(host.text("allow"), b"", "debian").search("granted", network="192.0.2.66") == (False, None, ())
    host.put(allow=b"ALL: ALL\n", deny=b"")
    with pytest.raises(TaskError, match=r"Remove what covers it: hosts\.allow is searched first"):
        host.run(deny=["ALL: 192.0.2.66"], dialect="upstream-classic")


def test_a_block_says_its_order_itself_so_a_rule_that_comes_too_late_is_a_warning(host):
    host.put(allow=b"sshd: 10.\n")
    assert host.run(allow=["sshd: 10. EXCEPT 10.1.", "sshd: ALL"], block_name="web")["changed"]
    assert host.module.warnings == [
        "allow[0] never decides, because hosts.allow line 1 matches whatever it matches and comes first."
    ]


def test_who_gains_and_who_loses_is_returned_and_shown(host):
    host.put(allow=b"sshd: 10.0.0.0/8\n", deny=b"ALL: ALL\n")
    result = host.run(check=True, diff=True, exclusive=True, allow=["sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16"])
    (change,) = result["access_changes"]
    assert (change["daemon"], change["clients"], change["before"], change["after"]) == (
        "sshd",
        "10.66.0.0/16",
        "granted",
        "denied",
    )
    assert change["witness"]["address"].startswith("10.66.") and change["witness"]["daemon"] == "sshd"
    assert "sshd: 10.66.0.0/16: granted -> denied" in result["diff"][-1]["prepared"]


def test_assertions_are_proved_before_anything_is_written_in_check_mode_too(host):
    task = {
        "allow": ["sshd: 10.0.0.0/8"],
        "default": "deny",
        "assertions": [
            {"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"},
            {"daemon": "sshd", "address": "11.1.2.3", "expect": "granted"},
        ],
    }
    for check in (True, False):
        with pytest.raises(TaskError) as failure:
            host.run(check=check, **task)
        assert "1 of 2 assertions" in str(failure.value) and "/etc/hosts.deny line 1, 'ALL: ALL'" in str(failure.value)
        assert host.text("allow") is None and host.text("deny") is None
    del task["assertions"][1]
    assert host.run(**task)["changed"]


@pytest.mark.parametrize(
    "options, told",
    [
        ({"block_name": "a b"}, "block_name"),
        ({"block_name": "x" * 65}, "block_name"),
        ({"exclusive": True, "block_name": "x"}, "exclude each other"),
        ({"exclusive": True, "state": "absent", "allow": []}, "exclude each other"),
        ({"state": "absent", "block_name": "x", "allow": ["a: 1.1.1.1"]}, "takes no rules"),
        ({"default_options": ["severity info"]}, "default: deny"),
        ({"default": "allow", "deny": ["ALL: ALL"]}, "default: allow removes"),
        ({"default": "deny", "default_options": [{"spawn": "x"}]}, "default_options[0]"),
        ({"mode": "0666"}, "mode"),
        ({"mode": "0755"}, "mode"),
        ({"mode": "4600"}, "mode"),
        ({"mode": 600}, "quotes"),
        ({"mode": "rw"}, "octal"),
        ({"owner": "nobody-of-that-name"}, "does not exist|not in"),
        ({"allow_path": "/etc/hosts.deny"}, "two files"),
    ],
)
def test_combinations_that_mean_nothing_are_refused(host, options, told):
    with pytest.raises(TaskError) as failure:
        host.run(**options)
    assert any(part in str(failure.value) for part in told.split("|"))


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.mkdir(),
        lambda path: path.symlink_to("nothing"),
        lambda path: os.mkfifo(str(path)),
    ],
)
def test_something_else_in_a_tables_place_is_refused_and_stays(host, spoil):
    spoil(host.path("allow"))
    before = os.lstat(str(host.path("allow")))
    with pytest.raises((TaskError, HostError)) as failure:
        host.run(allow=["sshd: 10."])
    assert "hosts.allow" in str(failure.value)
    assert os.lstat(str(host.path("allow"))).st_mode == before.st_mode
    assert sorted(os.listdir(str(host.folder / "etc"))) == ["hosts.allow"]


@pytest.mark.parametrize(
    "path, kept", [("/etc", "Set allow_path to the file"), ("/dev/null", "Set allow_path to the file")]
)
def test_a_folder_or_device_that_is_named_as_a_table_is_not_to_be_removed(host, path, kept):
    (host.folder / "dev").mkdir()
    os.mkfifo(str(host.folder / "dev" / "null"))
    with pytest.raises(TaskError) as failure:
        host.run(allow=["sshd: 10."], allow_path=path)
    told = str(failure.value)
    assert "%s (below %s)" % (path, host.folder) in told and kept in told and "such as /etc/hosts.allow" in told
    assert "remove" not in told and "Move" not in told


def test_a_folder_in_the_usual_place_of_a_table_is_to_be_moved_away(host):
    host.path("deny").mkdir()
    with pytest.raises(TaskError, match=r"/etc/hosts.deny \(below .*Move it away, and run the task again"):
        host.run(allow=["sshd: 10."])


def test_a_link_is_followed_within_the_root(host):
    (host.folder / "srv").mkdir()
    (host.folder / "srv" / "allow").write_bytes(b"a: 1.1.1.1\n")
    host.path("allow").symlink_to("/srv/allow")
    assert host.run(allow=["sshd: 10."])["changed"]
    assert host.path("allow").is_symlink()
    assert (host.folder / "srv" / "allow").read_bytes() == b"a: 1.1.1.1\nsshd: 10.\n"


def test_tables_in_any_encoding_are_kept_byte_for_byte(host):
    host.put(allow=b"# caf\xe9 \xff\nsshd: 10. : banners /etc/caf\xe9\n")
    result = host.run(allow=["in.ftpd: 10."], return_text=True, diff=True)
    assert host.text("allow") == b"# caf\xe9 \xff\nsshd: 10. : banners /etc/caf\xe9\nin.ftpd: 10.\n"
    assert "caf\\xe9" in result["allow_text"]


FIXTURES = [
    b"",
    b"# only a comment\n",
    b"sshd: 10.0.0.0/8\n",
    b"sshd :10.0.0.0/8 ,\t.example.com : severity auth.info : allow\n",
    b"ALL: ALL EXCEPT 10. EXCEPT 10.1. EXCEPT 10.1.1.\n",
    b"# odd \xe9\nsshd: 10. : banners /etc/caf\xe9\n",
    b"sshd: 10., \\\n 11., \\\n 12.\n\nin.ftpd: ALL\n",
    b"sshd: 10.1.2.3/8\nno colon here\nsshd: ALL:\n: ALL\nsshd:\nALL: ALL: spawn (echo 12:30)\n",
    b"sshd: 10.\r\nALL: ALL\r\n",
    b"sshd: 10.\nALL: ALL",
    b" # not a comment: a rule\n\xef\xbb\xbfsshd: 10.\n",
    b"sshd: [2001:db8::]/32, [::1] : spawn echo a\\:b\n22: ALL\n",
    b"# BEGIN portcullis web\n# why\nsshd: 10.\n# END portcullis web\nALL: ALL\n",
    b"sshd: 10.\nsshd: 10.\nEXCEPT: ALL\n",
    b"sshd: ALL \\ \n",
]


@pytest.mark.parametrize("data", FIXTURES)
@pytest.mark.parametrize("name", ["allow", "deny"])
def test_what_info_returns_changes_nothing_when_it_is_given_back(host, data, name):
    host.put(allow=b"x: 1.1.1.1\n", deny=b"y: 2.2.2.2\n")
    host.put(**{name: data})
    rules = host.rules()["rules"]
    given = dict((table, [rule for rule in rules if rule["table"] == table]) for table in ("allow", "deny"))
    for path in ("allow", "deny"):
        host.path(path).chmod(0o600)
    assert host.run(exclusive=True, **given)["changed"] is False
    assert host.text(name) == data


def test_an_edited_meaning_counts_more_than_the_line_beside_it(host):
    host.put(allow=b"sshd: 10. : severity auth.info\n")
    (rule,) = host.rules()["rules"]
    rule["clients"] = ["10.", "11."]
    host.run(exclusive=True, allow=[rule])
    assert host.text("allow") == b"sshd: 10., 11.: severity auth.info\n"


def test_the_single_layout_keeps_the_rules_of_tasks_in_hosts_allow_and_can_be_taken_apart(host):
    host.put(allow=b"sshd: 10.\n", deny=b"# why\nin.telnetd: ALL\n")
    task = {"allow": ["in.ftpd: 10."], "default": "deny"}
    assert host.run(layout="single", **task)["changed"]
    lines = [line for line in host.text("allow").decode().splitlines() if not line.startswith("#")]
    assert lines == ["sshd: 10.", "in.ftpd: 10.: allow", "ALL: ALL: deny"]
    assert host.text("deny") == b"# why\nin.telnetd: ALL\n"
    assert host.run(layout="single", **task)["changed"] is False
    assert host.run(**task)["changed"]
    assert host.text("allow") == b"sshd: 10.\nin.ftpd: 10.\n"
    assert host.text("deny") == b"# why\nin.telnetd: ALL\nALL: ALL\n"


def test_a_backup_keeps_the_old_text(host):
    host.put(allow=b"a: 1.1.1.1\n")
    (backup,) = host.run(allow=["sshd: 10."], backup=True)["backup_files"]
    assert (host.folder / backup.lstrip("/")).read_bytes() == b"a: 1.1.1.1\n"


def test_an_unknown_host_is_asked_for_its_dialect(host):
    with pytest.raises(TaskError) as failure:
        host.run(dialect="auto", allow=["sshd: 10."])
    assert "dialect" in str(failure.value)


def test_one_marker_without_the_other_stops_the_task(host):
    host.put(allow=b"# BEGIN portcullis web\nsshd: 10.\n")
    with pytest.raises(HostsAccessError) as failure:
        host.run(allow=["in.ftpd: 10."], block_name="web")
    assert "line 1" in str(failure.value) and "/etc/hosts.allow" in str(failure.value)


def test_wildcards_that_combine_in_too_many_ways_are_written_with_a_warning(host):
    wild = "".join("sshd: *%d*%d*.example.com\n" % (number, number + 1) for number in range(14))
    host.put(allow=wild.encode(), deny=b"ALL: ALL\n")
    result = host.run(allow=["sshd: 192.0.2.1"])
    assert result["changed"] and result["access_changes"] == []
    assert host.text("allow") == wild.encode() + b"sshd: 192.0.2.1\n"
    assert [text.split(":")[0] for text in host.module.warnings] == [
        "Whether the new rules ever decide was checked only by comparing their words",
        "access_changes is empty, because the effect of the change could not be determined",
    ]


def test_rules_of_other_daemons_do_not_stand_in_the_way_of_what_a_change_does(host):
    wild = "".join("sshd: *%d*%d*.example.com\n" % (number, number + 1) for number in range(14))
    host.put(allow=wild.encode(), deny=b"ALL: ALL\n")
    result = host.run(allow=["in.ftpd: 192.0.2.1"])
    assert [(one["daemon"], one["clients"], one["after"]) for one in result["access_changes"]] == [
        ("in.ftpd", "192.0.2.1", "granted")
    ]
    assert not host.module.warnings


def test_a_report_that_takes_too_long_is_left_out_and_said(host, monkeypatch):
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import checks, diff

    monkeypatch.setattr(checks, "PATIENCE", -1)
    monkeypatch.setattr(diff, "PATIENCE", -1)
    many = "".join("sshd: 10.%d.%d.%d\n" % (n // 65536, n // 256 % 256, n % 256) for n in range(3000))
    host.put(allow=many.encode(), deny=b"ALL: ALL\n")
    result = host.run(allow=["sshd: 10.0.0.0/255.0.0.0"])
    assert result["changed"] and result["access_changes"] == []
    assert [text for text in host.module.warnings if "it would take more than" in text] == host.module.warnings
    assert len(host.module.warnings) == 2


def test_info_returns_megabytes_of_rules_only_where_they_are_asked_for(host):
    many = "".join("ALL: 10.%d.%d.%d\n" % (n // 65536, n // 256 % 256, n % 256) for n in range(30000))
    host.put(allow=b"", deny=many.encode())
    found = host.rules()
    assert found["rules"] is None and found["rule_count"] == 30000 and len(json.dumps(found)) < 5000000
    assert any("all_rules" in text for text in host.module.warnings)
    assert len(host.rules(all_rules=True)["rules"]) == 30000 and not host.module.warnings
    host.put(allow=b"", deny=many[:200000].encode())
    assert len(host.rules()["rules"]) == host.rules()["rule_count"] > 10000


def test_info_says_that_it_cannot_tell_which_rules_could_go(host):
    wild = "".join("sshd: *%d*%d*.example.com\n" % (number, number + 1) for number in range(14))
    host.put(allow=wild.encode(), deny=b"ALL: ALL\n")
    assert host.rules(shadowed_rules=True)["shadowed_rules"] is None
    assert any("could not be determined" in text for text in host.module.warnings)


def test_info_names_the_rules_that_could_go_and_what_covers_them_together(host):
    host.put(
        allow=b"sshd: 10.0.0.0/25\nsshd: 10.0.0.128/25\nsshd: 10.0.0.0/255.255.255.0\nin.ftpd: 10.1.2.3: deny\n",
        deny=b"ALL: ALL\n",
    )
    assert "shadowed_rules" not in host.rules()
    found = host.rules(shadowed_rules=True)["shadowed_rules"]
    assert [
        (one["line"], one["reason"], one["verdict"], one["never_decides"], [cover["line"] for cover in one["by"]])
        for one in found
    ] == [
        (1, "redundant", "same", False, [3]),
        (2, "redundant", "same", False, [3]),
        (3, "covered", "same", True, [1, 2]),
        (4, "redundant", "same", False, [1]),
    ]
    assert found[2]["text"] == "sshd: 10.0.0.0/255.255.255.0" and found[3]["by"] == [
        {"table": "deny", "line": 1, "text": "ALL: ALL"}
    ]


WRAPPED = b"telnet stream tcp nowait telnetd /usr/sbin/tcpd /usr/sbin/in.telnetd\n"


@pytest.mark.parametrize("check", [False, True])
def test_an_assertion_about_tcpd_that_will_not_read_the_tables_fails_before_the_write(host, check):
    """Debian's libwrap refuses everybody where hosts.deny cannot be read: root's tables of mode 0600 are so to tcpd as telnetd."""
    (host.folder / "etc/inetd.conf").write_bytes(WRAPPED)
    (host.folder / "etc/passwd").write_bytes(b"root:x:0:0::/:\ntelnetd:x:47101:47101::/:\n")
    task = {
        "allow": ["in.telnetd: 10.0.0.0/8"],
        "default": "deny",
        "assertions": [{"daemon": "in.telnetd", "address": "10.1.2.3", "expect": "granted"}],
    }
    with pytest.raises(TaskError) as error:
        host.run(check, **task)
    assert "asked for as telnetd, who cannot read /etc/hosts.allow and /etc/hosts.deny" in str(error.value)
    assert "which were not written" in str(error.value) and host.text("allow") is None and host.text("deny") is None
    denied = dict(task, assertions=[{"daemon": "in.telnetd", "address": "10.1.2.3", "expect": "denied"}])
    with pytest.raises(
        TaskError, match="expected denied, is granted"
    ):  # root may be asked, too: it must hold for the text as it stands
        host.run(check, **denied)
    assert host.run(check, mode="0644", **task)["changed"]


def test_an_assertion_about_tcpd_that_will_read_the_tables_holds(host):
    (host.folder / "etc/passwd").write_bytes(b"root:x:0:0::/:\ntelnetd:x:47101:%d::/:\n" % os.getgid())
    task = {
        "allow": ["in.telnetd: 10.0.0.0/8"],
        "assertions": [{"daemon": "in.telnetd", "address": "10.1.2.3", "expect": "granted"}],
    }
    for line in (
        WRAPPED,
        WRAPPED.replace(b"nowait telnetd", b"nowait root"),
        b"#<off># " + WRAPPED,
        WRAPPED.replace(b"in.telnetd", b"in.ftpd"),
        b"",
    ):
        (host.folder / "etc/inetd.conf").write_bytes(line)
        for name in ("allow", "deny"):
            if host.path(name).exists():
                host.path(name).unlink()
        assert host.run(mode="0640" if line == WRAPPED else "0600", **task)["changed"]


def test_a_rule_whose_aclexec_is_no_program_of_the_host_is_refused_before_the_write(host):
    (host.folder / "ask").write_text("#!/bin/sh\n")
    with pytest.raises(
        TaskError, match="'/ask', which is no program of this host, so the rule grants nobody and hosts.deny decides"
    ):
        host.run(allow=["sshd: 10.0.0.0/8: aclexec /ask %a"])
    assert host.text("allow") is None
    (host.folder / "ask").chmod(0o755)
    assert host.run(allow=["sshd: 10.0.0.0/8: aclexec /ask %a"])["changed"]


def test_an_indented_comment_among_the_rules_of_a_task_is_a_rule_and_refused(host):
    with pytest.raises(TaskError, match="the # is not in the first column"):
        host.run(allow=["  # sshd: 10.0.0.1"])
    with pytest.raises(TaskError, match="Write the # in the first column"):
        host.run(allow=["sshd: 10.0.0.2", " # the office: see the wiki"], block_name="web")
    assert host.text("allow") is None


def test_a_run_that_changes_something_reads_each_pair_of_tables_once(host, monkeypatch):
    host.put(allow=b"sshd: 10.\n", deny=b"ALL: ALL\n")
    read, parse = [], Policy.parse.__func__

    def counted(cls, allow, deny, dialect="debian", lookups=None):
        read.append((allow, deny))
        return parse(cls, allow, deny, dialect, lookups)

    monkeypatch.setattr(Policy, "parse", classmethod(counted))
    asked = {"daemon": "sshd", "network": "192.0.2.0/24", "expect": "granted"}
    kept = {"daemon": "sshd", "address": "10.1.2.3"}
    assert host.run(allow=["sshd: 192.0.2."], deny=["in.x: ALL"], assertions=[asked], keep_access=[kept])["changed"]
    tables = [pair for pair in read if b"sshd: 10." in (pair[0] or b"")]
    assert tables and len(tables) == len(set(tables))
