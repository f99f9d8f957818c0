# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role harden on a legacy host's files in a folder: check mode, run, repeat, undo, and what it costs."""

import hashlib
import os
import pathlib
import re
import shutil

import pytest

import shared_plays
from shared_plays import Step, shared

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DROP_IN = "etc/systemd/system/telnet@.service.d/zz-portcullis-tcpd.conf"
PLAYS = [{"gather_facts": False, "roles": ["portcullis.tcp_wrappers.harden"]}]

shared_runs = shared_plays.fixture_shared_runs


class Host:
    """The files of a host, and steps on them."""

    def __init__(self, folder):
        self.folder = folder
        self.root = folder / "host"
        shutil.copytree(str(ROOT / "tests" / "fixtures" / "legacy"), str(self.root))
        (self.root / "usr" / "sbin" / "tcpd").chmod(0o755)
        for name in ("hosts.allow", "hosts.deny"):
            path = self.root / "etc" / name
            path.chmod(0o600)
            path.write_bytes(path.read_bytes().rstrip(b"\n") + b"\n")
        self.variables = {
            "harden_root": str(self.root),
            "harden_owner": str(os.getuid()),
            "harden_group": str(os.getgid()),
            "harden_backup": False,
            "harden_allow": ["sshd: 10.0.0.0/8"],
            "harden_group_allow": [{"daemons": "in.ftpd", "clients": ["10.20.0.0/16"]}],
            "harden_host_allow": ["in.rlogind: 192.0.2.10"],
            "harden_trap": ["security@example.com"],
            "harden_xinetd_services": ["telnet", "rsh"],
            "harden_inetd_services": ["ftp", "login"],
            # of a client whose name is "jk" the old tables' trailing comment makes a refusal, so the name is part of the question
            "harden_assertions": [
                {"daemon": "sshd", "address": "10.1.2.3", "hostname": "unknown", "expect": "granted"},
                {"daemon": "in.rlogind", "address": "10.1.2.3", "hostname": "unknown", "expect": "denied"},
            ],
        }

    def run(self, *arguments, **variables):
        """The role, with these arguments of ansible-playbook."""
        return Step(PLAYS, arguments, dict(self.variables, **variables))

    def changed(self, *arguments, **variables):
        """The same, where it must not fail; returns how many tasks changed something."""
        ran = yield self.run(*arguments, **variables)
        assert not ran.failed, ran.output
        return ran.changed

    def files(self):
        found = {}
        for place, _folders, names in os.walk(str(self.root)):
            for name in names:
                path = pathlib.Path(place) / name
                found[str(path.relative_to(self.root))] = (
                    hashlib.sha256(path.read_bytes()).hexdigest(),
                    path.stat().st_mode,
                )
        return found


@shared
def test_check_mode_predicts_the_run_and_writes_nothing_and_absent_undoes_it_byte_for_byte(folder):
    host = Host(folder)
    before = host.files()
    predicted = yield from host.changed("--check", "--diff")
    assert host.files() == before
    assert (yield from host.changed()) == predicted > 0
    allow = (host.root / "etc" / "hosts.allow").read_text()
    assert re.search(
        r"# BEGIN portcullis harden\nsshd: 10\.0\.0\.0/8\nin\.ftpd: 10\.20\.0\.0/16\nin\.rlogind: 192\.0\.2\.10\n# END",
        allow,
    )
    assert (yield from host.changed()) == 0
    assert (yield from host.changed(harden_state="absent")) > 0
    assert host.files() == before
    assert (yield from host.changed(harden_state="absent")) == 0


@shared
def test_a_filter_stands_beside_the_wrappers_and_goes_with_them(folder):
    """In a folder: what the filter does in a kernel is asked in tests/enforce and in the scenario enforce."""
    host = Host(folder)
    (host.root / "usr" / "sbin" / "nft").write_text("#!/bin/false\n")
    (host.root / "usr" / "sbin" / "nft").chmod(0o755)
    (host.root / "etc" / "services").write_text(
        "ftp 21/tcp\nlogin 513/tcp\ntelnet 23/tcp\nshell 514/tcp\nfinger 79/tcp\n"
    )
    before = host.files()
    companion = {"harden_enforce": "companion"}
    predicted = yield from host.changed("--check", "--diff", **companion)
    assert host.files() == before
    assert (yield from host.changed(**companion)) == predicted > 0
    rules = host.root / "etc" / "portcullis.nft"
    text = rules.read_text()
    assert 'tcp dport 513 ip saddr @d_in_rlogind_tcp_513_v4 goto refuse_tcp_in_drlogind comment "in.rlogind"' in text
    assert "in.telnetd" in text  # what the same run puts behind tcpd
    assert "in.rshd" not in text  # nobody asks for it
    assert "dport 21 " not in text  # inetd and xinetd both claim it
    run = yield host.run("-vvv", **companion)
    assert not run.failed and run.changed == 0, run.output[-3000:]
    assert run.modules == ["harden_plan_info"]
    # wider tables, and the filter in the same change
    assert (yield from host.changed(harden_allow=["sshd: 10.0.0.0/8", "in.rlogind: 192.0.2.0/28"], **companion)) == 1
    wider = rules.read_text()
    assert wider != text
    rules.unlink()
    assert (yield from host.changed(harden_allow=["sshd: 10.0.0.0/8", "in.rlogind: 192.0.2.0/28"], **companion)) == 1
    assert rules.read_text() == wider
    assert (yield from host.changed(harden_state="absent", **companion)) > 0
    assert host.files() == before


@shared
def test_a_filter_that_is_no_longer_wanted_goes(folder):
    host = Host(folder)
    (host.root / "usr" / "sbin" / "nft").write_text("#!/bin/false\n")
    (host.root / "usr" / "sbin" / "nft").chmod(0o755)
    assert (yield from host.changed()) > 0
    before = host.files()
    assert (yield from host.changed(harden_enforce="companion")) == 1
    assert host.files() != before
    assert (yield from host.changed()) == 1
    assert host.files() == before
    assert (yield from host.changed()) == 0


@shared
def test_a_default_that_was_there_before_is_there_again_afterwards(folder):
    host = Host(folder)
    deny = host.root / "etc" / "hosts.deny"
    deny.write_bytes(deny.read_bytes() + b"ALL: ALL: severity auth.warning\n")
    before = host.files()
    assert (yield from host.changed()) > 0
    assert "safe_finger" in deny.read_text()
    assert (yield from host.changed(harden_state="absent")) > 0
    assert host.files() == before


@shared
def test_absent_takes_tcpd_from_what_the_role_wrapped_and_from_nothing_else(folder):
    host = Host(folder)
    inetd = host.root / "etc" / "inetd.conf"
    # the services that the variables name went through tcpd before the role came, and do so afterwards
    text = inetd.read_text()
    for daemon, arguments in (("in.ftpd", " -l -a"), ("in.rlogind", "")):
        direct = "/usr/sbin/%s %s%s\n" % (daemon, daemon, arguments)
        assert direct in text
        text = text.replace(direct, "/usr/sbin/tcpd /usr/sbin/%s%s\n" % (daemon, arguments))
    inetd.write_text(text)
    before = host.files()
    assert (yield from host.changed(harden_systemd_services=["telnet"])) > 0
    assert (host.root / DROP_IN).exists()
    assert (yield from host.changed(harden_state="absent", harden_systemd_services=[])) > 0
    assert host.files() == before


@shared
def test_what_a_failed_run_wrapped_is_written_down_too(folder):
    host = Host(folder)
    before = host.files()
    run = yield host.run(harden_systemd_services=["nosuch"])
    assert run.failed and "There is no service 'nosuch'" in run.told, run.output
    assert "/usr/sbin/tcpd" in (host.root / "etc" / "inetd.conf").read_text()
    assert (yield from host.changed(harden_state="absent")) > 0
    assert host.files() == before


@shared
def test_a_repeated_run_costs_one_module_whatever_the_number_of_rules(folder):
    host = Host(folder)
    rules = ["sshd: 10.%d.%d.0/24" % (one, two) for one in range(4) for two in range(50)]
    assert (yield from host.changed(harden_host_allow=rules)) > 0
    run = yield host.run("-vvv", harden_host_allow=rules)
    assert not run.failed and run.changed == 0, run.output[-3000:]
    assert run.modules == ["harden_plan_info"]


@shared
def test_an_assertion_that_does_not_hold_stops_the_role_before_anything_is_written(folder):
    host = Host(folder)
    before = host.files()
    run = yield host.run(harden_assertions=[{"daemon": "sshd", "address": "198.51.100.1", "expect": "granted"}])
    assert run.failed and "hosts.deny line" in run.told, run.output
    assert host.files() == before


#: Shapes of hosts.deny: nothing there, an unended line, CRLF, traps, bans above and below.
SHAPES = {
    "missing": None,
    "unended": b"ALL: ALL",
    "unended-comment": b"in.fingerd: ALL\n# end",
    "crlf": b"ALL: ALL\r\n",
    "trap": b"ALL: ALL: spawn (logger refused %a) &\n",
    "bans-above": b"ALL: 198.51.100.7\nALL: ALL\n",
    "bans-below": b"ALL: ALL\nALL: 198.51.100.7\n",
}


class Shaped(Host):
    """A host with hosts.deny of a shape; `exclusive` is the role's variable."""

    def __init__(self, folder, shape, exclusive):
        super().__init__(folder)
        deny = self.root / "etc" / "hosts.deny"
        deny.unlink()
        if SHAPES[shape] is not None:
            deny.write_bytes(SHAPES[shape])
            deny.chmod(0o644)
        self.variables.update(
            harden_exclusive=exclusive, harden_assertions=[], harden_inetd_services=[], harden_xinetd_services=[]
        )


@pytest.mark.parametrize(
    "shape, exclusive", [(shape, False) for shape in sorted(SHAPES)] + [("missing", True), ("unended", True)]
)
@shared
def test_every_shape_of_table_is_given_back(folder, shape, exclusive):
    """Present, again, absent, again: byte for byte, owner and mode too, and a table that was missing is missing again."""
    host = Shaped(folder, shape, exclusive)
    before = host.files()
    assert (yield from host.changed()) > 0
    assert (yield from host.changed()) == 0
    predicted = yield from host.changed("--check", "--diff", harden_state="absent")
    assert (yield from host.changed(harden_state="absent")) == predicted > 0
    assert host.files() == before
    assert (yield from host.changed(harden_state="absent")) == 0
    assert host.files() == before


@shared
def test_a_folder_in_place_of_a_table_is_refused_either_way(folder):
    host = Host(folder)
    deny = host.root / "etc" / "hosts.deny"
    deny.unlink()
    deny.mkdir()
    before = host.files()
    for state in ("present", "absent"):
        run = yield host.run(harden_state=state)
        assert run.failed and "/etc/hosts.deny (below " in run.told and "is a directory" in run.told, run.output
    assert host.files() == before


@shared
def test_a_ban_that_came_in_between_stays(folder):
    """fail2ban and its like append to hosts.deny; what they wrote is theirs, and all else is as it was."""
    host = Host(folder)
    deny = host.root / "etc" / "hosts.deny"
    deny.write_bytes(b"ALL: ALL")
    before = host.files()
    yield from host.changed()
    with deny.open("ab") as stream:
        stream.write(b"ALL: 198.51.100.7\n")
    assert (yield from host.changed(harden_state="absent")) > 0
    assert deny.read_bytes() == b"ALL: 198.51.100.7\nALL: ALL"
    deny.write_bytes(b"ALL: ALL")
    assert host.files() == before


@shared
def test_undoing_starts_one_module_where_there_is_nothing_to_undo(folder):
    host = Host(folder)
    run = yield host.run("-vvv", harden_state="absent")
    assert not run.failed and run.changed == 0, run.output[-3000:]
    assert run.modules == ["harden_plan_info"]


@pytest.mark.parametrize(
    "variables, told",
    [
        ({"harden_trap": ["root; rm -rf /"]}, "mail addresses"),
        ({"harden_allow": [{"ALL": "ALL"}], "harden_group_allow": []}, "in quotes"),
        (
            {"harden_allow": [], "harden_group_allow": [], "harden_host_allow": []},
            "Name in harden_allow who may reach which daemon",
        ),
        ({"harden_alow": ["sshd: ALL"]}, "has no variable harden_alow (did you mean harden_allow?)"),
        # what only the module can see is told in the role's words
        ({"harden_host_allow": ["in.rlogind 192.0.2.10"]}, "harden_host_allow[0]"),
        ({"harden_allow_web": ["in.rlogind 192.0.2.10"]}, "harden_allow_web[0]"),
        ({"harden_operators": ["nobody"]}, "harden_operators[0] is 'nobody'"),
    ],
)
@shared
def test_what_cannot_be_meant_is_refused(folder, variables, told):
    host = Host(folder)
    before = host.files()
    run = yield host.run(**variables)
    assert run.failed and told in run.told, run.output
    assert host.files() == before


@pytest.mark.parametrize(
    "variables, lines",
    [
        (
            {"harden_block_source_routing": True},
            [
                "net.ipv4.conf.all.accept_source_route = 0",
                "net.ipv4.conf.default.accept_source_route = 0",
                "net.ipv6.conf.all.accept_source_route = 0",
                "net.ipv6.conf.default.accept_source_route = 0",
            ],
        ),
        ({"harden_reverse_path": "loose"}, ["net.ipv4.conf.all.rp_filter = 2", "net.ipv4.conf.default.rp_filter = 2"]),
    ],
)
@shared
def test_the_kernels_settings_are_a_drop_in_and_go_again(folder, variables, lines):
    """In a folder: the running kernel is left alone. tests of the scenario coverage see it applied."""
    host = Host(folder)
    (host.root / "etc" / "sysctl.d").mkdir(exist_ok=True)
    path = host.root / "etc" / "sysctl.d" / "zz-portcullis-harden.conf"
    before = host.files()
    assert (yield from host.changed()) > 0 and not path.exists()
    assert (
        (yield from host.changed("--check", "--diff", **variables)) == (yield from host.changed(**variables)) == 1
    )  # the drop-in, and what is written down about it
    assert [line for line in path.read_text().splitlines() if not line.startswith("#")] == lines
    assert (yield from host.changed(**variables)) == 0
    assert (yield from host.changed(harden_state="absent", **variables)) > 0
    assert host.files() == before


@shared
def test_gains_are_refused_before_anything_is_written(folder):
    host = Host(folder)
    for path in ("hosts.allow", "hosts.deny"):
        (host.root / "etc" / path).write_bytes(
            {"hosts.allow": b"sshd: 10.0.0.0/8\n", "hosts.deny": b"ALL: ALL\n"}[path]
        )
    before = host.files()
    rules = {
        "harden_allow": ["sshd: 10.0.0.0/8", "in.rshd: 192.0.2.0/24"],
        "harden_group_allow": [],
        "harden_host_allow": [],
        "harden_trap": [],
        "harden_assertions": [],
    }
    for arguments, forbidden in (("--check", "--diff"), True), ((), ["in.rshd"]):
        run = yield host.run(*arguments, harden_forbid_gains=forbidden, **rules)
        told = "forbid_gains: nothing was written. The change would let somebody new in: in.rshd from 192.0.2.0/24"
        assert run.failed and told in run.told, run.output
        assert {name: hashed for name, hashed in host.files().items() if "hosts." in name} == {
            name: hashed for name, hashed in before.items() if "hosts." in name
        }
    assert (yield from host.changed(harden_forbid_gains=["sshd"], **rules)) > 0
