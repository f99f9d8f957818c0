# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hosts_access_enforce below a root, and on a host whose programs are stand-ins."""

import json
import os
import re
import types

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import boot, sshd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.translate import Service
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.nftables import (
    FILTER_RULES,
    load_filter,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.programs import (
    FOLDERS,
    run_program,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.readers import reload_all
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.record import (
    RELOADS,
    VERSION,
    check_record,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.ssh_units import unit_problem
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.rollback_parts import everywhere
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import commands, ssh_unit
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import Connection
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import SshServer
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_unread import Unread
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import (
    guard,
    listening,
    options,
    plan,
    plan_info,
    run,
    running,
    network_daemons,
    shared_ports,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement.options import argument_spec
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import confirmation
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout.guard import Guarded
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import change
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import brought, drop_in
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import Configured

SSH = {"daemon": "sshd", "ports": [22]}
INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf\n"


def call(check_mode=False, **params):
    """A call of hosts_access_enforce."""
    options_given = {name: about.get("default") for name, about in argument_spec().items()}
    options_given.update({"dialect": "debian", "services": [SSH]})
    options_given.update(params)
    return Call(options_given, check_mode, True)


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    """An image with nft, sshd and systemd, and a table."""
    for path, text in {
        "usr/sbin/nft": "",
        "usr/sbin/sshd": "",
        "etc/ssh/sshd_config": INCLUDE,
        "etc/hosts.allow": "sshd: 10.0.0.0/8\n",
        "etc/hosts.deny": "ALL: ALL\n",
    }.items():
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    (tmp_path / "etc/systemd/system").mkdir(parents=True)
    (tmp_path / "etc/ssh/sshd_config.d").mkdir()
    return tmp_path


def tree(folder):
    """Every file below a folder, and every folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def enforce(image, **params):
    """One task; (result, warnings)."""
    module = call(root=str(image), **params)
    return run.run(module), module.warnings


def test_an_image_gets_the_table_and_what_brings_it_back(image):
    result, warnings = enforce(image)
    assert result["changed"] and warnings == []
    text = (image / "etc/portcullis.nft").read_text()
    assert "10.0.0.0/8" in text and "dport 22 " in text
    assert (image / "etc/portcullis.nft").stat().st_mode & 0o777 == 0o600
    assert "ExecStart=/usr/sbin/nft -f /etc/portcullis.nft" in (image / boot.UNIT_FILE[1:]).read_text()
    assert "Wants=portcullis-enforce.service" in (image / plan.WANTS[1:]).read_text()
    assert result["services"][0]["in_force"] is None and result["services"][0]["target"] == "nftables"
    assert result["services"][0]["granted"] == {"ipv4": ["10.0.0.0/8"], "ipv6": [], "count": 1}
    assert [row["before_header"] for row in result["diff"]][0] == boot.RULES
    again, _warnings = enforce(image)
    assert not again["changed"] and again["diff"] == []


def test_a_first_look_says_whether_there_is_anything_to_do(image):
    def looked(**task):
        module = call(root=str(image), task=dict({"services": [SSH]}, **task))
        return plan_info.run(module)

    assert not looked()["unchanged"]
    done, _warnings = enforce(image)
    seen = looked()
    assert seen.pop("unchanged") and not seen["changed"] and seen["services"] == done["services"]
    assert not looked(refuse="drop")["unchanged"]
    assert not looked(state="absent")["unchanged"]
    assert not looked(services=None)["unchanged"]
    assert not looked(target="ufw")["unchanged"]
    assert not looked(allow_text="sshd: .example.com\n")["unchanged"]


def test_absent_leaves_nothing(image):
    before = tree(image)
    enforce(image)
    enforce(image, services=[dict(SSH, target="sshd")])
    result, _warnings = enforce(image, state="absent", services=None)
    assert result["changed"] and tree(image) == before
    assert not enforce(image, state="absent")[0]["changed"]


def test_another_target_takes_the_first_one_away(image):
    enforce(image)
    enforce(image, target="sshd")
    assert not (image / "etc/portcullis.nft").exists()
    assert (image / sshd.DROPIN[1:]).read_text().count("DenyUsers *") == (image / sshd.DROPIN[1:]).read_text().count(
        "Match "
    )


def test_check_mode_writes_nothing(image):
    before = tree(image)
    module = call(check_mode=True, root=str(image))
    assert run.run(module)["changed"] and tree(image) == before


class Waited:
    """A turn that began with another run's change, and what came of that one."""

    def __init__(self, undo):
        self.undo, self.warnings = undo, ["undone first"]

    def __call__(self, root):
        return self

    def __enter__(self):
        self.undo()
        return self

    def __exit__(self, *_error):
        pass


@pytest.mark.parametrize("undone", [True, False])
def test_what_another_run_made_and_nobody_confirmed_yet_is_not_in_force(image, monkeypatch, undone):
    """It was said to be in force, with nothing changed, and a minute later the host undid it."""
    enforce(image)
    rules = image / "etc/portcullis.nft"
    monkeypatch.setattr(run, "Pending", lambda root: types.SimpleNamespace(left=lambda: True))
    monkeypatch.setattr(run, "Turn", Waited(rules.unlink if undone else lambda: None))
    checked = call(check_mode=True, root=str(image))
    assert not run.run(checked)["changed"] and checked.warnings == [run.WAITS]
    result, warnings = enforce(image)
    assert result["changed"] is undone and rules.exists() and "undone first" in warnings


def test_a_task_that_waited_for_another_run_plans_anew(monkeypatch):
    """A filter beside the tables was undone meanwhile, and the tables were the same."""
    report = types.SimpleNamespace(warnings=[])
    task = types.SimpleNamespace(arguments="asked", tables=types.SimpleNamespace(root=Root("/")))
    written = []
    monkeypatch.setattr(change, "check_task", lambda one: report)
    monkeypatch.setattr(change, "tables_moved", lambda *_words: False)
    monkeypatch.setattr(change, "plan_task", lambda arguments: types.SimpleNamespace(arguments="planned anew"))
    monkeypatch.setattr(change, "write_task", lambda call, one, report: ([], written.append(one.arguments)))
    monkeypatch.setattr(change, "_result", lambda *_words: {})
    monkeypatch.setattr(change, "Turn", Waited(lambda: None))
    monkeypatch.setattr(change, "would_change", lambda *_words: True)
    for left, seen in ((True, "planned anew"), (False, "asked")):
        monkeypatch.setattr(change, "Pending", lambda root, left=left: types.SimpleNamespace(left=lambda: left))
        change.run_change(Call({}, False, False), task)
        assert written.pop() == seen


def test_somebody_elses_file_is_left_alone(image):
    (image / "etc/portcullis.nft").write_text("flush ruleset\n")
    with pytest.raises(TaskError, match="/etc/portcullis.nft was not written by this module"):
        enforce(image)
    assert not enforce(image, state="absent")[0]["changed"]
    assert (image / "etc/portcullis.nft").read_text() == "flush ruleset\n"


@pytest.mark.parametrize(
    "params, error, words",
    [
        ({"allow_text": "sshd: .example.com\n"}, BackendError, "hosts.allow line 1 .* granted, whatever the address"),
        ({"services": [dict(SSH, ports=[])]}, BackendError, r"services\[0\]: ports is \[\]"),
        ({"services": None}, TaskError, "nothing runs in .*name services"),
        ({"services": [dict(SSH, target="firewalld")]}, TaskError, "target is 'firewalld'"),
        ({"services": [{"daemon": "vsftpd", "ports": [21], "target": "sshd"}]}, TaskError, "set target: nftables"),
        ({"services": [SSH, {"daemon": "vsftpd", "ports": [22]}]}, BackendError, "port 22/tcp belongs to"),
        ({"lost_options": "fail", "deny_text": "ALL: ALL: twist x\n"}, TaskError, "twist of hosts.deny line 1"),
        ({"operators": ["192.0.2.1"]}, TaskError, "nothing was written. With the new filter, sshd from 192.0.2.1"),
        ({"operators": ["::ffff:192.0.2.1"]}, TaskError, "sshd from 192.0.2.1 is refused"),
        ({"keep_access": [{"daemon": "sshd", "address": "192.0.2.1"}]}, TaskError, r"keep_access\[0\].* is refused"),
        ({"keep_access": [{"daemon": "sshd", "network": "10.0.0.0/7"}]}, TaskError, r"keep_access\[0\].* is refused"),
        (
            {"assertions": [{"daemon": "sshd", "address": "192.0.2.1", "expect": "granted"}]},
            TaskError,
            r"assertions\[0\].* is denied: nothing was written",
        ),
    ],
)
def test_a_task_that_must_not_be_done_writes_nothing(image, params, error, words):
    before = tree(image)
    with pytest.raises(error, match=words) as caught:
        enforce(image, **params)
    assert tree(image) == before and "\n" not in str(caught.value)


def test_a_program_that_is_not_there_is_named(image):
    os.unlink(str(image / "usr/sbin/nft"))
    assert enforce(image)[0]["services"][0]["target"] == "sshd"
    with pytest.raises(TaskError, match="there is no nft below /.*: install it. Otherwise .*leave companion out"):
        enforce(image, target="nftables")


def test_sshd_that_reads_no_drop_ins_is_told(image):
    (image / "etc/ssh/sshd_config").write_text("Port 22\n")
    with pytest.raises(TaskError, match="has no Include"):
        enforce(image, target="sshd")


def test_a_host_without_systemd_is_warned(image):
    os.rmdir(str(image / "etc/systemd/system"))
    os.rmdir(str(image / "etc/systemd"))
    _result, warnings = enforce(image)
    assert ["nothing loads /etc/portcullis.nft when it starts" in text for text in warnings] == [True]


def test_lost_options_warn_once(image):
    _result, warnings = enforce(image, deny_text="ALL: ALL: severity mail.info: spawn x\n")
    assert warnings == [
        "A filter of addresses does not do what rules do besides: severity of hosts.deny line 1, spawn of hosts.deny line 1."
    ]


def test_without_services_all_that_listens_for_others_is_meant(monkeypatch):
    def covered(daemon, protocol, listens, personal=False):
        told = dict(daemon=daemon, listens=listens, personal=personal, program="/x", kind="process", pids=())
        return type("C", (), dict(told, protocol=protocol, gave_way=False, name=daemon + " (a user's own process)"))()

    found = [
        covered("sshd", "tcp", (("tcp", "0.0.0.0", 22), ("tcp", "::", 22))),
        covered("vsftpd", "tcp", (("tcp", "::", 2121), ("tcp", "::", 21))),
        covered("cupsd", "tcp", (("tcp", "127.0.0.1", 631), ("tcp", "::1", 631))),
        covered("rpc.statd", "tcp", (("tcp", "0.0.0.0", 812),)),
        covered("mosquitto", "tcp", (("tcp", "0.0.0.0", 1883), ("tcp", "0.0.0.0", 41003))),
        covered("lockd", "tcp", (("tcp", "0.0.0.0", 41005),)),
        covered("rpcbind", "udp", (("tcp", "0.0.0.0", 111), ("udp", "0.0.0.0", 111))),  # one unit of systemd's
        covered("game", "tcp", (("tcp", "0.0.0.0", 4000), ("tcp", "127.0.0.1", 4001)), personal=True),
    ]
    monkeypatch.setattr(listening, "look_at", lambda root: types.SimpleNamespace(doubt=""))
    monkeypatch.setattr(listening, "tunnel_places", set)
    monkeypatch.setattr(listening, "is_kernels_choice", lambda port: 32768 <= port <= 60999)
    monkeypatch.setattr(listening, "find_services", lambda machine, configured: found)
    monkeypatch.setattr(options, "find_program", lambda name: "/usr/sbin/" + name)
    chosen, warnings = options.chosen_services(
        options.EnforceArguments(call(services=None).params), Root("/"), listening.listening
    )
    assert [tuple(one.service) + (one.target,) for one in chosen] == [
        ("mosquitto", (1883,), "tcp", "nftables"),
        ("rpcbind", (111,), "tcp", "nftables"),
        ("rpcbind", (111,), "udp", "nftables"),
        ("sshd", (22,), "tcp", "nftables"),
        ("vsftpd", (21, 2121), "tcp", "nftables"),
    ]
    assert warnings == [
        "Left out of the filter, because the kernel may have picked their ports, and others after the next start: "
        "lockd (tcp port 41005), mosquitto (tcp port 41003), rpc.statd (tcp port 812). To filter one whose port is fixed, name it in services.",
        "Left out of the filter, because users started them, and rules mean daemons of the host: game (a user's own process) "
        "(tcp port 4000). To filter a port, name it in services, with the daemon that the rules mean.",
    ]


def test_a_tunnel_that_no_rule_names_is_left_out_unless_it_is_named():
    """The operator's connection goes on inside it, and so confirms the change; the next tunnel would be refused."""

    def left(allow, deny="ALL: ALL\n"):
        found = [
            plan.Chosen(Service("openvpn", (1194,), "udp"), "nftables"),
            plan.Chosen(Service("sshd", (22,), "tcp"), "nftables"),
        ]
        kept, warnings = network_daemons.leave_out_network_daemons(
            found, plan.BothTables(allow, deny, get_dialect("debian"), None)
        )
        return [one.service.daemon for one in kept], warnings

    kept, warnings = left("sshd: 10.8.0.\n")
    assert kept == ["sshd"]
    assert warnings == [
        "openvpn (udp port 1194) is left out of the filter: the way to this host may depend on it, and no rule names it. To filter it, name it in a "
        "rule or in services."
    ]
    assert left("sshd: 10.8.0.\nOpenVPN: 192.0.2.\n") == (["openvpn", "sshd"], [])
    assert left("sshd: 10.8.0.\n", "openvpn: ALL\nALL: ALL\n") == (["openvpn", "sshd"], [])


@pytest.mark.parametrize(
    "daemon, ports, protocol, tunnels, kept",
    [
        ("wireguard-go", (443,), "udp", (), False),
        ("vpn-of-a-site", (443,), "udp", {("udp", 443)}, False),
        ("vpn-of-a-site", (443,), "udp", {("tcp", 443)}, True),
        ("dnsmasq", (53, 67), "udp", (), False),
        ("dhcp-of-a-site", (546,), "udp", (), False),
        ("avahi-daemon", (5353, 40001), "udp", (), False),
        ("systemd-resolved", (5355,), "tcp", (), False),  # LLMNR asks there again for long answers
        ("names-of-a-site", (5353,), "udp", (), False),
        ("names-of-a-site", (5353,), "tcp", (), True),
        ("nmbd", (138,), "udp", (), False),
        ("fwknopd", (62201,), "udp", (), False),
        ("vsftpd", (21,), "tcp", (), True),
        ("portd", (500,), "tcp", (), True),
    ],
)
def test_a_network_daemon_is_known_by_its_name_its_ports_or_its_tunnel(daemon, ports, protocol, tunnels, kept):
    listens = [(protocol, "0.0.0.0", port) for port in ports]
    places = {(kind, "0.0.0.0", port) for kind, port in tunnels}
    on_the_way = network_daemons.is_on_the_way(protocol, ports, listens, places)
    found = [plan.Chosen(Service(daemon, ports, protocol), "nftables", on_the_way)]
    policy = plan.BothTables("sshd: 10.8.0.\n", "ALL: ALL\n", get_dialect("debian"), None)
    assert bool(network_daemons.leave_out_network_daemons(found, policy)[0]) is kept


@pytest.mark.parametrize(
    "allow, other, kept",
    [
        ("mosquitto: 10.0.0.0/8\n", "python3", ["mosquitto"]),  # whoever runs it, it does not veto
        ("mosq*: 10.0.0.0/8\n", "python3", ["mosquitto"]),
        ("ALL: 10.0.0.0/8\n", "python3", ["mosquitto", "python3"]),  # one filter is right for both
        ("mosquitto: 10.0.0.0/8\nnrpe: 192.0.2.1\n", "nrpe", ["mosquitto", "nrpe"]),  # both are meant: the task fails
    ],
)
def test_who_shares_a_port_and_is_not_meant_by_a_rule_gives_way(allow, other, kept):
    given = options.EnforceArguments(call(allow_text=allow, deny_text="ALL: ALL\n").params)
    policy = Policy.parse(allow, "ALL: ALL\n")
    planned = [
        plan._planned(given, policy, plan.Chosen(Service(name, (1883,), "tcp"), "nftables"))
        for name in ("mosquitto", other)
    ]
    left, warnings = shared_ports.leave_out_shared(planned, policy)
    assert [one.access.daemon for one in left] == kept
    assert warnings == (
        []
        if len(kept) == 2
        else [
            "python3 is left out of the filter: mosquitto listens at port 1883/tcp, too, for other clients, and a filter "
            "knows ports only. To filter it, give it another port, or name it in a rule."
        ]
    )


@pytest.mark.parametrize("allow, deny, refused", [
    ("sshd: 10.139.0.67\n", "ALL: ALL\n", "mariadbd, sshd"),
    ("mariadbd: 127.0.0.1 [::1]\nsshd: 10.139.0.67\n", "ALL: ALL\n", "sshd"),
    ("ALL: 127.0.0.1\n", "ALL: ALL\n", "mariadbd, sshd"),
    ("ALL: 127.0.0.1 [::1]\n", "ALL: ALL\n", None),
    ("", "ALL: 10.139.0.66\n", None),
])  # fmt: skip
def test_the_hosts_own_programs_are_clients_too(monkeypatch, allow, deny, refused):
    """Debian 12: with `ALL: ALL` in hosts.deny a program of the host is refused at a server that never asked libwrap."""
    monkeypatch.setattr(options, "find_program", lambda name: "/usr/sbin/" + name)
    monkeypatch.setattr(plan, "leave_out_network_daemons", lambda chosen, policy: (chosen, []))
    monkeypatch.setattr(plan, "_texts", lambda arguments, made: {})
    monkeypatch.setattr(plan, "_with_files", lambda made, texts: made)
    found = [options.Found(Service("mariadbd", (3306,), "tcp")), options.Found(Service("sshd", (22,), "tcp"))]
    given = call(services=None, allow_text=allow, deny_text=deny).params
    warnings = plan.make_plan(options.EnforceArguments(given), lambda root: (found, [])).warnings
    told = [text for text in warnings if "programs of this host" in text]
    assert [text.split(" to ", 1)[1].split(", so the filter")[0] for text in told] == ([refused] if refused else [])
    named = call(allow_text=allow, deny_text=deny).params
    assert not any("this host that" in text for text in plan.make_plan(options.EnforceArguments(named), None).warnings)


def test_a_task_that_names_no_service_is_not_failed_by_another_process_at_a_port(monkeypatch):
    monkeypatch.setattr(options, "find_program", lambda name: "/usr/sbin/" + name)
    monkeypatch.setattr(plan, "leave_out_network_daemons", lambda chosen, policy: (chosen, []))
    monkeypatch.setattr(plan, "_texts", lambda arguments, made: {"told": (str(len(made.planned)), 0o600)})
    monkeypatch.setattr(plan, "_with_files", lambda made, texts: made)
    found = [options.Found(Service(name, (1883,), "tcp")) for name in ("mosquitto", "python3")]
    given = call(services=None, allow_text="mosquitto: 10.0.0.0/8\n", deny_text="ALL: ALL\n").params
    made = plan.make_plan(options.EnforceArguments(given), lambda root: (found, []))
    assert [one.access.daemon for one in made.planned] == ["mosquitto"]
    assert any("python3 is left out of the filter" in warning for warning in made.warnings)


def made_of(monkeypatch, found, allow, **params):
    """The plan of a task that names no service, where these listen."""
    monkeypatch.setattr(options, "find_program", lambda name: "/usr/sbin/" + name)
    monkeypatch.setattr(plan, "_texts", lambda arguments, made: {})
    monkeypatch.setattr(plan, "_with_files", lambda made, texts: made)
    given = call(services=None, allow_text=allow, deny_text="ALL: ALL\n", **params).params
    return plan.make_plan(options.EnforceArguments(given), lambda root: (found, []))


def names_and_ports(made):
    return [(one.access.daemon, one.access.ports) for one in made.planned]


SSHD = options.Found(Service("sshd", (22,), "tcp"))
SCRIPT = "process 97, /var/tmp/w/x, of user www-data"


def test_a_name_that_no_filter_can_have_is_left_out(monkeypatch):
    """Plex is called "Plex Media Server"; and whoever runs a program as a user of the system's calls it as he likes."""
    odd = options.Found(Service("my prog", (5000, 5001), "tcp"), False, SCRIPT)
    made = made_of(monkeypatch, [odd, SSHD], "sshd: 10.0.0.0/8\n")
    assert names_and_ports(made) == [("sshd", (22,))]
    (told,) = [text for text in made.warnings if "my prog" in text]
    assert "(tcp port 5000, 5001)" in told and "name its port in services" in told


def test_what_a_script_of_the_system_s_started_fails_no_task(monkeypatch):
    """Its name is one that a rule means by a host's name, which no filter can know."""
    smtpd = options.Found(Service("smtpd", (5000,), "tcp"), False, SCRIPT)
    allow = "sshd: 10.0.0.0/8\nsmtpd: .example.com\n"
    made = made_of(monkeypatch, [smtpd, SSHD], allow)
    assert names_and_ports(made) == [("sshd", (22,))]
    assert any(text.startswith("smtpd (%s) is left out of the filter" % SCRIPT) for text in made.warnings)
    with pytest.raises(BackendError, match="cannot be expressed by addresses"):
        made_of(monkeypatch, [smtpd._replace(brought=""), SSHD], allow)


@pytest.mark.parametrize("brought, kept", [
    ([True, False], ["mosquitto"]),  # the script gives way though a rule means its name
    ([True, True], ["nrpe"]),
])  # fmt: skip
def test_at_a_shared_port_who_is_not_the_host_s_own_gives_way(monkeypatch, brought, kept):
    found = [
        options.Found(Service(name, (1883,), "tcp"), False, SCRIPT if its else "")
        for name, its in zip(("nrpe", "mosquitto"), brought)
    ]
    made = made_of(monkeypatch, found, "mosquitto: 10.0.0.0/8\nnrpe: 192.0.2.1\n")
    assert [name for name, _ports in names_and_ports(made)] == kept
    assert any(SCRIPT in text and "gives" not in text for text in made.warnings)


def test_a_tunnel_of_a_script_s_takes_no_daemon_of_its_name_out_of_the_filter(monkeypatch):
    """/dev/net/tun is everybody's; port 5353 may be bound by everybody, too."""

    def covered(daemon, pid, *listens):
        told = dict(daemon=daemon, listens=listens, personal=False, program="/x", kind="process", pids=(pid,))
        return type("C", (), dict(told, runs_as="www-data", gave_way=False))()

    found = [
        covered("slapd", 1, ("tcp", "0.0.0.0", 389)),
        covered("slapd", 2, ("tcp", "0.0.0.0", 5000)),
        covered("rpcbind", 1, ("udp", "0.0.0.0", 111)),
        covered("rpcbind", 2, ("udp", "0.0.0.0", 5353)),
        covered("mosquitto", 1, ("tcp", "0.0.0.0", 1883)),
        covered("x", 2, ("tcp", "fe80::1", 1883)),
    ]
    monkeypatch.setattr(listening, "look_at", lambda root: types.SimpleNamespace(doubt=""))
    monkeypatch.setattr(listening, "find_services", lambda machine, configured: found)
    monkeypatch.setattr(listening, "tunnel_places", lambda: {("tcp", "0.0.0.0", 5000), ("tcp", "fe80::1", 1883)})
    monkeypatch.setattr(brought, "trusted_program", lambda pid: pid == 1)
    made = made_of(monkeypatch, listening.listening(Root("/"))[0], "sshd: 10.0.0.0/8\n")
    assert names_and_ports(made) == [("mosquitto", (1883,)), ("rpcbind", (111,)), ("slapd", (389,))]
    assert len([text for text in made.warnings if "the way to this host may depend on it" in text]) == 3


def test_many_listeners_of_users_are_one_warning():
    (told,) = listening._of_people(["p%02d" % number for number in range(30)])
    assert "p00, p01" in told and "p09 and 20 more. To filter" in told and "p10" not in told
    assert listening._of_people([]) == []


def test_a_process_that_gave_way_to_a_daemon_is_filtered_beside_it(monkeypatch):
    """Else whoever runs something as a user of the system's would pass the filter, by a daemon's name."""

    def covered(personal, port):
        told = dict(
            daemon="vsftpd", listens=(("tcp", "::", port),), personal=personal, gave_way=personal, runs_as="www-data"
        )
        return type("C", (), dict(told, program="/usr/sbin/vsftpd", kind="process", pids=(port,), name="vsftpd (..."))()

    monkeypatch.setattr(listening, "look_at", lambda root: types.SimpleNamespace(doubt="somebody closes sockets"))
    monkeypatch.setattr(
        listening, "find_services", lambda machine, configured: [covered(False, 21), covered(True, 5003)]
    )
    monkeypatch.setattr(listening, "tunnel_places", set)
    monkeypatch.setattr(brought, "trusted_program", lambda pid: True)
    found, warnings = listening.listening(Root("/"))
    assert [(one.service.ports, one.brought) for one in found] == [
        ((21,), ""),
        ((5003,), "process 5003, /usr/sbin/vsftpd, of user www-data"),
    ]
    assert warnings == ["Somebody closes sockets."]


def test_what_a_super_server_holds_is_not_filtered_by_its_own_name(monkeypatch):
    """Of a unit that could not be read nobody knows what it starts: by `systemd` the rules of another daemon would count."""
    told = dict(daemon="systemd", personal=False, program="/usr/lib/systemd/systemd", kind="process", pids=(1,))
    systemd = type("C", (), dict(told, listens=(("tcp", "::", 23), ("tcp", "127.0.0.1", 8000))))()
    monkeypatch.setattr(listening, "look_at", lambda root: types.SimpleNamespace(doubt=""))
    monkeypatch.setattr(listening, "tunnel_places", set)
    monkeypatch.setattr(listening, "find_services", lambda machine, configured: [systemd])
    monkeypatch.setattr(
        listening, "configured_services", lambda root, dialect: Configured([], [], ["/x: too many."], "")
    )
    services, warnings = listening.listening(Root("/"))
    assert services == [] and warnings[1:] == ["/x: too many."]
    assert "which service it is: tcp port 23 of systemd. Name it" in warnings[0]


# -- a host ---------------------------------------------------------------------------------------------------------------


def lists_of(allow):
    """The plan's part that the guard looks at, of a host."""
    given = options.EnforceArguments(call(allow_text=allow, deny_text="ALL: ALL\n").params)
    policy = Policy.parse(allow, "ALL: ALL\n")
    tables = plan.Tables(Root("/"), policy.dialect, None, None, [])
    chosen = plan.Chosen(Service("sshd", (22,), "tcp"), "nftables")
    return given, plan.Plan(tables, policy, [plan._planned(given, policy, chosen)], [], [], [])


def guarded_from(address):
    """Somebody who came through ssh, to a server that asks nobody."""
    connection = Connection(address, 50000, "192.0.2.9", 22, True)
    return Guarded(connection, SshServer("sshd", False, "it does not link libwrap"), [], "it asks nobody", [])


@pytest.fixture(name="came")
def fixture_came(monkeypatch):
    """Let the task come from an address."""

    def come(address, *others):
        monkeypatch.setattr(guard, "find_guarded", lambda arguments, root: guarded_from(address))
        monkeypatch.setattr(guard, "own_addresses", lambda arguments, guarded: [address])
        sessions = [type("Session", (), {"address": other})() for other in others]
        monkeypatch.setattr(guard, "list_ssh_sessions", lambda: sessions)

    return come


def test_the_filter_stands_before_a_server_that_asks_nobody(came):
    came("10.1.2.3")
    kept = guard.check_kept(*lists_of("sshd: 10.\n"))
    assert kept.guarded.server.guarded and kept.guarded.note == "" and kept.warnings == []


def test_a_filter_waits_for_a_new_connection_whatever_port_the_operator_comes_by(came, monkeypatch):
    """He may come through a relay of the host, such as haproxy, whose port is another one than the ssh server's."""
    came("10.1.2.3")
    given, made = lists_of("sshd: 10.\n")
    relayed = guarded_from("127.0.0.1")
    relayed = relayed._replace(connection=relayed.connection._replace(server_port=2200))
    monkeypatch.setattr(guard, "find_guarded", lambda arguments, root: relayed)
    made = made._replace(
        planned=[one._replace(access=one.access._replace(daemon="haproxy", ports=(443,))) for one in made.planned]
    )
    kept = guard.check_kept(given, made)
    assert kept.guarded.server.guarded is None and kept.guarded.note == ""
    given.rollback_session = {"transport": "ssh", "token": "0" * 32}
    assert confirmation.why_unconfirmed(given, kept.guarded) == ""
    assert confirmation.why_unconfirmed(given, relayed).startswith("not needed")  # for tables, which nobody asks


def test_an_operator_whom_the_filter_refuses_stops_the_task(came):
    came("192.0.2.77")
    with pytest.raises(TaskError, match="sshd from 192.0.2.77 is refused") as caught:
        guard.check_kept(*lists_of("sshd: 10.\n"))
    assert caught.value.details["lockout"]["refused"]


CONFIG = ["/etc/ssh/sshd_config"]


@pytest.mark.parametrize(
    "target, unread, told",
    [
        ("sshd", Unread(CONFIG, []), "was changed, and sshd has not read it since"),
        ("sshd", Unread(["/etc/ssh/sshd_config.d/"], []), "a file was added or removed. was changed, and sshd has not"),
        ("sshd", Unread([], CONFIG), "nothing tells whether sshd has read it since .* restart sshd"),
        ("sshd", Unread([], [], CONFIG), "the service of sshd has not been started since.* restart the service"),
        ("sshd", Unread([], []), ""),
        ("nftables", Unread(CONFIG, []), ""),
    ],
)
def test_what_sshd_would_read_besides_the_filter_is_no_part_of_the_change(came, monkeypatch, target, unread, told):
    """AllowUsers, or another Port: the filter's reload brought it into force, and its rollback kept it there."""
    came("10.1.2.3")
    monkeypatch.setattr(guard, "unread_by_sshd", lambda root, but: unread)
    monkeypatch.setattr(guard, "ports_of_users", list)
    monkeypatch.setattr(guard, "own_settings", list)
    monkeypatch.setattr(guard, "awaited_units", list)
    given, made = lists_of("sshd: 10.\n")
    made = made._replace(planned=[one._replace(target=target) for one in made.planned])
    if not told:
        assert guard.check_kept(given, made).warnings == []
        return
    with pytest.raises(TaskError, match="nothing was written, for /etc/ssh/sshd_config.*" + told):
        guard.check_kept(given, made)
    assert re.search(told, guard.check_kept(given.replaced(lockout_guard="warn"), made).warnings[0])
    assert guard.check_kept(given.replaced(lockout_guard="disabled"), made).warnings == []


@pytest.mark.parametrize("target", ["sshd", "nftables"])
def test_a_port_that_users_may_take_while_sshd_reads_the_filter(came, monkeypatch, target):
    """A user took 2222, and held it by a socket that no process has: nobody logged in any more, and nobody could be ended for it."""
    came("10.1.2.3")
    monkeypatch.setattr(guard, "unread_by_sshd", lambda root, but: Unread([], []))
    monkeypatch.setattr(guard, "ports_of_users", lambda: [1022, 2222])
    monkeypatch.setattr(guard, "first_of_users", lambda: 1000)
    given, made = lists_of("sshd: 10.\n")
    made = made._replace(planned=[one._replace(target=target) for one in made.planned])
    if target == "nftables":
        assert guard.check_kept(given, made).warnings == []
        return
    with pytest.raises(TaskError, match="nothing was written, for sshd binds port 1022 and 2222 anew.*start to 2223"):
        guard.check_kept(given, made)
    assert "any user of this host" in guard.check_kept(given.replaced(lockout_guard="warn"), made).warnings[0]


def test_a_service_that_an_administrator_starts_his_own_way(came, monkeypatch):
    """Its ExecStartPre= looked for a file that was gone: it was stopped, and did not start again, nor did the rollback start it."""
    came("10.1.2.3")
    path = "/etc/systemd/system/ssh.service.d/x.conf"
    found = [
        ssh_unit.Setting(path, "ExecStartPre"),
        ssh_unit.Setting(path, "ExecStartPre"),
        ssh_unit.Setting("/etc/y", ""),
    ]
    monkeypatch.setattr(guard, "unread_by_sshd", lambda root, but: Unread([], []))
    monkeypatch.setattr(guard, "ports_of_users", list)
    monkeypatch.setattr(guard, "awaited_units", list)
    monkeypatch.setattr(guard, "own_settings", lambda: found)
    given, made = lists_of("sshd: 10.\n")
    made = made._replace(planned=[one._replace(target="sshd") for one in made.planned])
    with pytest.raises(
        TaskError, match="x.conf sets ExecStartPre and /etc/y cannot be read. What that needs .* nftables"
    ):
        guard.check_kept(given, made)
    assert "may be gone" in guard.check_kept(given.replaced(lockout_guard="warn"), made).warnings[0]


def test_a_service_that_would_wait_for_another(came, monkeypatch):
    came("10.1.2.3")
    monkeypatch.setattr(guard, "unread_by_sshd", lambda root, but: Unread([], []))
    monkeypatch.setattr(guard, "ports_of_users", list)
    monkeypatch.setattr(guard, "awaited_units", lambda: ["dirsrv.service"])
    given, made = lists_of("sshd: 10.\n")
    made = made._replace(planned=[one._replace(target="sshd") for one in made.planned])
    with pytest.raises(
        TaskError, match="waits for dirsrv.service, which systemd is starting or stopping now.*Run the task again"
    ):
        guard.check_kept(given, made)
    assert "nobody could log in" in guard.check_kept(given.replaced(lockout_guard="warn"), made).warnings[0]


def test_others_who_are_logged_in_are_named(came):
    came("10.1.2.3", "192.0.2.5", "10.9.9.9")
    given, made = lists_of("sshd: 10.\n")
    assert guard.check_kept(given, made).warnings == [
        "Who is logged in now would not get in again: sshd from 192.0.2.5 is refused (port 22)."
    ]
    with pytest.raises(TaskError, match="192.0.2.5"):
        guard.check_kept(given.replaced(keep_sessions=True), made)


def test_drift_is_a_finding_with_a_counterexample(monkeypatch):
    _given, made = lists_of("sshd: 10.\n")
    monkeypatch.setattr(running, "nft_listing", lambda: {"nftables": []})
    monkeypatch.setattr(running, "_has", lambda root, path: False)
    seen = running.look(Root("/"), made.wanted)
    assert [(one["code"], one["address"]) for one in running.findings(seen)] == [("filter_drift", "0.0.0.0")]
    assert running.in_force(seen, "nftables", made.planned[0].access) is False


def test_a_kernel_that_may_not_be_asked_is_not_in_force_and_not_out_of_it(monkeypatch):
    _given, made = lists_of("sshd: 10.\n")
    monkeypatch.setattr(running, "nft_listing", lambda: None)
    monkeypatch.setattr(running, "_has", lambda root, path: False)
    seen = running.look(Root("/"), made.wanted)
    assert running.in_force(seen, "nftables", made.planned[0].access) is None
    assert [one["code"] for one in running.findings(seen)] == ["filter_unclear"]


# -- what is undone -------------------------------------------------------------------------------------------------------


def test_a_file_that_sshd_reads_first_is_told(image):
    (image / "etc/ssh/sshd_config.d/00-a.conf").write_text("Match Address 10.66.0.0/16\n\tRefuseConnection no\n")
    (image / "etc/ssh/sshd_config.d/zz.conf").write_text("RefuseConnection no\n")
    (told,) = drop_in.overruled(Root(str(image)))
    assert told.startswith("line 2 of /etc/ssh/sshd_config.d/00-a.conf ")


def test_the_undo_knows_the_files_of_the_filter():
    assert FILTER_RULES == boot.RULES
    assert set(("nftables", "sshd")) <= set(RELOADS)


def test_an_undo_loads_the_old_table_or_takes_it_away(monkeypatch, tmp_path):
    ran = []
    fails = []

    def record(command, text=None, patience=0):
        ran.append(command if text is None else command + [text])
        return ran[-1] not in fails

    everywhere(monkeypatch, "run_program", record)
    monkeypatch.setattr(os, "access", lambda path, mode: path == "/usr/sbin/nft")
    rules = tmp_path / "rules"
    everywhere(monkeypatch, "FILTER_RULES", str(rules))
    reload_all(["nftables"])
    rules.write_text("table inet portcullis\n")
    rules.chmod(0o600)
    reload_all(["nftables"])
    rules.chmod(0o666)
    reload_all(["nftables"])
    remove = ["/usr/sbin/nft", "-f", "-", b"table inet portcullis\ndelete table inet portcullis\n"]
    assert ran == [remove, ["/usr/sbin/nft", "-f", str(rules)], remove]
    before = ["/usr/sbin/nft", "-f", "-", b"table inet portcullis\n"]
    reload_all(["nftables"], before[-1])
    assert ran[3:] == [before]
    fails.append(before)
    assert reload_all(["nftables"], before[-1]) == ""
    assert ran[4:] == [before, remove]
    fails.append(remove)
    everywhere(monkeypatch, "output_of", lambda command: None)  # nft does not even list
    done = {"inetd"}
    assert "nft does not load" in reload_all(["inetd", "nftables"], before[-1], done) and done == {"inetd"}
    fails.clear()
    assert reload_all(["nftables"], before[-1], done) == "" and done == {"inetd", "nftables"}


def test_an_undo_without_nft_leaves_the_filter_and_says_so(monkeypatch, tmp_path):
    """nft in /usr/local/sbin alone was not found, and the log said that all was back."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    everywhere(monkeypatch, "FILTER_RULES", str(tmp_path / "rules"))
    assert "nft is not there" in load_filter(b"table inet portcullis\n")
    assert load_filter() == ""  # there was none before
    assert FOLDERS == commands.FOLDERS


def test_a_program_that_takes_long_is_waited_for_with_signs_of_life(monkeypatch):
    signs = []
    everywhere(monkeypatch, "ALIVE", [lambda: signs.append(1)])
    everywhere(monkeypatch, "FROZEN", 0.2)
    assert run_program(["/bin/sh", "-c", "cat > /dev/null; sleep 0.5"], b"text", 60) and len(signs) > 1
    assert not run_program(["/bin/sleep", "600"], None, 0.5)
    assert not run_program(["/bin/false"], None, 60)
    assert run_program(["/bin/sleep", "5"])  # goes on by itself


def test_only_a_listening_sshd_that_reads_the_drop_in_reads_it_again(monkeypatch, tmp_path):
    killed = []
    (tmp_path / "own").write_text("Port 2222\n include=/etc/ssh/sshd_config.d/*.conf\n")
    (tmp_path / "else").write_text("Port 2222\n#Include x\n")
    words = {
        1: b"sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups\0",
        2: b"sshd: root@pts/0\0",
        3: b"/usr/sbin/sshd\0-D\0",
        4: b"sshd: /usr/sbin/sshd -o AllowUsers a b -Df %s [listener] 0 of 10-100 startups\0"
        % os.fsencode(str(tmp_path / "own")),
        5: b"sshd: /usr/sbin/sshd -f %s [listener] 0 of 10-100 startups\0" % os.fsencode(str(tmp_path / "else")),
        6: b"/usr/sbin/sshd\0-f\0%s\0" % os.fsencode(str(tmp_path / "gone")),
        7: b"/usr/sbin/sshd\0-f\0relative\0",
    }
    fails = ["/usr/sbin/sshd", "-t", "-D"]
    everywhere(monkeypatch, "pids_of", lambda programs: sorted(words) if programs == ("sshd",) else [])
    everywhere(monkeypatch, "command_line_of", lambda pid: words[pid])
    everywhere(monkeypatch, "_is_the_hosts", lambda pid: True)
    monkeypatch.setattr(os, "kill", lambda pid, number: killed.append(pid))
    everywhere(monkeypatch, "program_path", lambda name: "/usr/sbin/" + name)
    everywhere(monkeypatch, "run_program", lambda command: command != fails)
    done = set()
    told = reload_all(["sshd"], None, done)
    assert told.count("does not take its configuration") == 2 and "process 1" in told and "process 3" in told
    assert killed == [4]  # the others would end, for they do not take their configuration
    reload_all(["sshd"], None, done)
    assert killed == [4]  # once
    fails = ["/usr/sbin/sshd", "-t", "-o", "AllowUsers a b", "-Df", str(tmp_path / "own")]
    assert "process 4" in reload_all(["sshd"])
    assert reload_all(["sshd"], None, done) == "" and killed == [4, 1, 3, 1, 3]


@pytest.mark.parametrize(
    "version, there, holds, skipped",
    [
        ("252 (252.1)", True, True, False),
        ("252", False, False, True),
        ("249", True, True, True),
        ("249", False, False, False),
    ],
)
def test_a_service_whose_condition_does_not_hold_is_not_stopped(monkeypatch, tmp_path, version, there, holds, skipped):
    """`touch /etc/ssh/sshd_not_to_be_run`: systemd stopped sshd, skipped its start, and the next connection ended the socket."""
    (tmp_path / "there").write_text("")
    everywhere(monkeypatch, "NOT_TO_BE_RUN", str(tmp_path / ("there" if there else "none")))
    everywhere(monkeypatch, "program_path", lambda name: name)
    everywhere(monkeypatch, "output_of", lambda command: "systemd %s\n+PAM\n" % version)
    everywhere(monkeypatch, "run_program", lambda command, text, patience: holds)
    assert ("condition" in unit_problem("ssh.service")) is skipped
    if version == "249":
        assert unit_problem("sshd.service") == ""


def test_a_service_that_does_not_start_anew_is_started_again(monkeypatch):
    """Debian 13, ssh.socket and a mistake in SSHD_OPTS: "All is as it was", and nobody came in any more."""
    ran, fails = [], []

    def run(command):
        ran.append(" ".join(command))
        return ran[-1] not in fails

    everywhere(monkeypatch, "_STOPPED", set())
    everywhere(monkeypatch, "run_program", run)
    everywhere(monkeypatch, "program_path", lambda name: name)
    everywhere(monkeypatch, "is_waiting", lambda pid: True)
    everywhere(monkeypatch, "_is_the_hosts", lambda pid: True)
    everywhere(monkeypatch, "pids_of", lambda programs: [] if ran else [70])
    everywhere(monkeypatch, "_words_of", lambda pid: ["-D"])
    everywhere(monkeypatch, "listens_for_init", lambda pid: True)
    everywhere(monkeypatch, "unit_of", lambda pid: "")
    assert "it is no service" in reload_all(["sshd"])
    everywhere(monkeypatch, "unit_of", lambda pid: "ssh.service")
    everywhere(monkeypatch, "unit_problem", lambda unit: "skipped")
    ran.clear()
    assert reload_all(["sshd"]) == "skipped"
    everywhere(monkeypatch, "unit_problem", lambda unit: "")
    fails += ["systemctl restart ssh.service", "systemctl start ssh.service"]
    fails += ["systemctl --quiet is-failed " + unit for unit in ("sshd.service", "ssh.socket", "sshd.socket")]
    ran.clear()
    assert "ssh.service does not start anew" in reload_all(["sshd"])
    assert "ssh.service does not start: nobody logs in" in reload_all(["sshd"])
    fails[1] = "systemctl --quiet is-active ssh.service"  # a start that is skipped ends well
    assert "ssh.service does not start: nobody logs in" in reload_all(["sshd"])
    fails.pop(1)
    assert reload_all(["sshd"]) == "" and "systemctl reset-failed ssh.service" in ran


def test_a_record_may_name_the_new_readers():
    record = json.loads(
        '{"version": %d, "timeout": 60, "boot": "", "end": 1, "files": [], "undo": [], "reload": ["systemd", "nftables", "sshd"], "filter": 0}'
        % VERSION
    )
    check_record(record)
    with pytest.raises(ValueError):
        check_record(dict(record, reload=["/bin/sh"]))
    with pytest.raises(ValueError):
        check_record(dict(record, filter="/etc/shadow"))
