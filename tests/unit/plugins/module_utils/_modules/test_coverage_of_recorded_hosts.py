# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_coverage_info on recorded hosts: what it says of each service is what the service did to a client whom the tables refuse."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import time_of_users
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ephemeral_ports import (
    is_kernels_choice,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.kernel import list_interfaces
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import (
    coverage,
    listener,
    listening_processes,
    machine,
)
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import PLAIN

#: By port, what a client at 127.0.0.2 met whom `ALL: ALL` of hosts.deny refuses: True where it was served. The second datagram counts at port
#: 7003. rpcbind answers every client at a loopback address, nc at 8080 and 8081 says nothing, and 7004 was closed.
SERVED = {
    "bookworm": {
        21: True,
        22: False,
        79: False,
        389: False,
        1883: False,
        7002: True,
        7003: False,
        9001: False,
        9002: True,
    },
    "trixie": {13: True, 22: False, 7001: False, 7002: False, 7003: True},
}


def call(**params):
    """A call of tcpd_coverage_info."""
    options = {"root": "/", "dialect": "debian", "allow_path": "/etc/hosts.allow", "deny_path": "/etc/hosts.deny"}
    return Call(dict(dict(options, kinds=list(coverage.KINDS)), **params))


def services_of(result):
    """The services of an answer by their ports: those of the configuration that listen nowhere have a number as their name."""
    found = {}
    for service in result["services"]:
        ports = {place.rsplit(":", 1)[1] for place in service["listens"]} or {service["name"]}
        found.update((int(port), service) for port in ports if port.isdigit())
    return found


@pytest.mark.parametrize("name", sorted(SERVED))
def test_what_is_said_is_what_a_refused_client_met(request, name):
    request.getfixturevalue(name)
    services = services_of(coverage.run(call()))
    assert {port: not services[port]["enforced_by"] for port in SERVED[name]} == SERVED[name]


def test_who_asks_and_as_whom(bookworm):
    """The users are those of ps(1) and of the units, the names those that the logs of the refusals have."""
    told = {
        service["name"]: (
            service["kind"],
            service["daemon"],
            service["enforced_by"],
            service["runs_as"],
            service["pids"],
        )
        for service in coverage.run(call())["services"]
    }
    assert told == {
        "finger": ("xinetd", "cat", ["xinetd"], "nobody", []),
        "plain": ("xinetd", "cat", [], "root", []),
        "own-lists": ("xinetd", "cat", ["tcpd"], "nobody", []),
        "asks@.service": ("systemd", "cat", ["tcpd"], "root", []),
        "asksnot@.service": ("systemd", "cat", [], "nobody", []),
        "rpcbind.service": ("systemd", "rpcbind", ["libwrap"], "_rpc", [27]),
        "sshd": ("process", "sshd", ["libwrap"], "root", [46]),
        "slapd": ("process", "slapd", ["libwrap"], "openldap", [60]),
        "mosquitto": ("process", "mosquitto", ["libwrap"], "mosquitto", [53]),
        "vsftpd": ("process", "vsftpd", [], "root", [44]),
        "nc (a user's own process)": ("process", None, [], "admin", [160]),
    }


def test_the_check_of_inetd_itself_and_what_it_leaves_out(trixie):
    """`inetd -l` of openbsd-inetd asked about streams with nowait alone: its log has both refusals, and in.answers the one of tcpd."""
    told = {port: service["evidence"] for port, service in services_of(coverage.run(call())).items()}
    assert told[7001].startswith("inetd runs with its own libwrap check; it starts the server without tcpd")
    assert told[7002] == "inetd runs with its own libwrap check"
    assert "asked about the first packet only" in told[7003]
    assert "on the listening socket" in told[7004]
    assert told[13] == "the server is part of inetd"
    assert told[22].startswith("/usr/lib/openssh/sshd-session asks for it")


def test_without_its_switch_inetd_asks_about_no_stream(trixie):
    """The same inetd started without -l: 7002 served the refused client, and tcpd refused it at 7001."""
    trixie.write("/proc/275/cmdline", "/usr/sbin/inetd\0")
    services = services_of(coverage.run(call()))
    assert (services[7001]["enforced_by"], services[7002]["enforced_by"]) == (["tcpd"], [])


def test_a_socket_of_udp_that_the_kernel_chose_the_port_of_is_no_service(trixie):
    """Process 160 of trixie has two: 40005, which stands in its words, and another of ip_local_port_range."""
    seen = machine.look_at(trixie)
    held = {entry.port for entry in seen.sockets if seen.owners.get(entry.inode) == [160]}
    assert 40005 in held and len(held) == 2
    assert held & set(services_of(coverage.run(call()))) == {40005}
    trixie.remove("/proc/sys/net/ipv4/ip_local_port_range")
    assert is_kernels_choice(32768) and not is_kernels_choice(32767)  # ip(7): the default


def test_the_own_check_of_what_the_system_did_not_start_is_not_believed(bookworm, monkeypatch):
    """www-data runs the host's snmpd, and writes over hosts_access() in its memory."""
    monkeypatch.setattr(listening_processes, "is_the_services_own", lambda process: process.pid != 60)
    monkeypatch.setattr(listening_processes, "command_name", lambda pid: "init")
    assert services_of(coverage.run(call()))[389]["enforced_by"] == ["libwrap"]
    monkeypatch.setattr(listening_processes, "command_name", lambda pid: "systemd")
    services = services_of(coverage.run(call()))
    assert services[389]["enforced_by"] is None and services[22]["enforced_by"] == ["libwrap"]
    assert services[389]["evidence"].endswith(
        "systemd did not start it as a service, and who did may let it do something else"
    )


def test_a_socket_whose_holder_is_not_seen(bookworm, monkeypatch):
    for pid in (46, 160):
        bookworm.remove("/proc/%d/fd" % pid)  # a container without CAP_SYS_PTRACE
    monkeypatch.setattr("os.geteuid", lambda: 0)
    services = services_of(coverage.run(call()))
    assert (services[22]["name"], services[22]["enforced_by"], services[22]["pids"]) == ("tcp port 22", None, [])
    assert "may not be seen" in services[22]["evidence"]
    assert (services[8080]["name"], services[8080]["daemon"]) == ("tcp port 8080 (a user's own process)", None)


def test_that_a_socket_may_be_missing_is_a_finding(bookworm, monkeypatch):
    monkeypatch.setattr(machine, "list_waiting", lambda: ([], "somebody opens and closes sockets"))
    (told,) = [one for one in coverage.run(call())["findings"] if one["code"] == "unreadable-configuration"]
    assert told["message"] == "somebody opens and closes sockets" and told["remedy"] == "Check it by hand."


def test_a_program_that_is_not_seen_is_named_by_its_first_word(bookworm):
    for pid in (46, 60):
        bookworm.remove("/proc/%d/exe" % pid)
    services = services_of(coverage.run(call()))
    assert (services[389]["daemon"], services[389]["enforced_by"]) == ("slapd", ["libwrap"])
    # sshd shows a title: "sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"
    assert (services[22]["enforced_by"], services[22]["evidence"]) == (None, "its program may not be seen")


def test_a_configuration_that_was_read_as_text_decides(bookworm):
    """vsftpd.conf(5), mosquitto's programs as they are: each links libwrap, and only the switch tells."""
    bookworm.write("/etc/vsftpd.conf", "listen_ipv6=YES\ntcp_wrappers=YES\n")
    assert services_of(coverage.run(call()))[21]["enforced_by"] == ["libwrap"]


def test_a_libwrap_that_only_its_process_has(bookworm):
    """A module that was loaded later: the program itself names no libwrap, and which library asks is not known."""
    bookworm.write("/usr/sbin/slapd", PLAIN)
    assert services_of(coverage.run(call()))[389]["enforced_by"] is None
    lines = bookworm.text("/proc/60/maps").splitlines(True)
    bookworm.write("/proc/60/maps", "".join(line for line in lines if "/libwrap.so" in line))
    assert services_of(coverage.run(call()))[389]["evidence"] == "its process maps libwrap"


def test_what_may_not_be_seen_of_such_a_process_is_not_guessed(bookworm, monkeypatch):
    bookworm.write("/usr/sbin/slapd", PLAIN)
    monkeypatch.setattr(listener.Libraries, "find_users_mapped", lambda self, pid: None)
    assert "cannot be seen" in services_of(coverage.run(call()))[389]["evidence"]


@pytest.mark.parametrize("mode, reads", [(0o600, False), (0o644, True)])
def test_who_can_read_the_tables(bookworm, mode, reads):
    """slapd runs as openldap, without capabilities; sshd as root, whose capabilities pass every mode."""
    for name in ("allow", "deny"):
        bookworm.chmod("/etc/hosts." + name, mode)
    result = coverage.run(call())
    services = services_of(result)
    assert (services[389]["reads_tables"], services[22]["reads_tables"], services[21]["reads_tables"]) == (
        reads,
        True,
        None,
    )
    assert ("unreadable-tables" in {entry["code"] for entry in result["findings"]}) is not reads
    assert services[389]["anywhere"]["ipv4"] == "denied"
    open_result = coverage.run(call(dialect="freebsd"))
    assert services_of(open_result)[389]["anywhere"]["ipv4"] == ("denied" if reads else "granted")


def test_rules_for_daemons_that_the_host_does_not_have(bookworm):
    bookworm.write(
        "/etc/hosts.allow", "slapd: 10.0.0.1\nin.nothing: 10.0.0.1\nopensshd, vsftpd: 10.0.0.1\nLOCAL: 10.0.0.1\n"
    )
    result = coverage.run(call())
    found = [entry for entry in result["findings"] if entry["code"] == "rule-without-daemon"]
    assert [(entry["path"], entry["line"]) for entry in found] == [("hosts.allow", 2), ("hosts.allow", 4)]
    # vsftpd does not ask, and a rule names it: the gravest form
    (unenforced,) = [
        entry for entry in result["findings"] if entry["code"] == "unenforced" and entry["service"] == "vsftpd"
    ]
    assert unenforced["severity"] == "error" and "a rule names it all the same" in unenforced["message"]


def test_the_kernel_s_settings_are_those_of_the_recording(bookworm):
    """sysctl in the container said: rp_filter 0 for all and for each, accept_source_route 0."""
    result = coverage.run(call())
    names = [interface["name"] for interface in result["kernel"]]
    assert "lo" in names and {interface["reverse_path"] for interface in result["kernel"]} == {"off"}
    assert {entry["code"] for entry in result["findings"]} >= {"reverse-path"}
    assert "source-routing" not in {entry["code"] for entry in result["findings"]}
    assert len(list_interfaces(bookworm.path + "/proc")) == len(names)
    for path in [path for path in bookworm.recording["files"] if path.endswith("ipv4/conf/all/accept_source_route")]:
        bookworm.write(path, "1\n")
    assert "source-routing" in {entry["code"] for entry in coverage.run(call())["findings"]}


def test_only_some_kinds_are_told(bookworm):
    result = coverage.run(call(kinds=["systemd"]))
    assert {service["kind"] for service in result["services"]} == {"systemd"}
    assert "rule-without-daemon" not in {entry["code"] for entry in result["findings"]}


def test_lists_of_xinetd_s_own_are_shown(bookworm):
    (own,) = services_of(coverage.run(call()))[7003]["own_access"]
    assert (own["name"], own["value"], own["path"]) == ("only_from", "127.0.0.0/8", "/etc/xinetd.d/wrapped")


def test_a_configuration_that_cannot_be_read_is_a_finding(trixie):
    trixie.write("/etc/xinetd.conf", "service {\n")
    trixie.remove("/etc/inetd.conf")
    trixie.mkdir("/etc/inetd.conf")
    problems = [entry for entry in coverage.run(call())["findings"] if entry["code"] == "unreadable-configuration"]
    assert any("/etc/inetd.conf cannot be read: Is a directory" in entry["message"] for entry in problems)


def test_a_shared_survey_is_the_one_of_coverage(bookworm):
    names = [service.name for service in coverage.survey(bookworm, "debian")]
    assert names == [service["name"] for service in coverage.run(call())["services"]]
    merged = listener.merged(coverage.survey(bookworm, "debian"))
    assert (merged["sshd"], merged["cat"], merged["vsftpd"]) == (["libwrap"], [], [])
    assert "nc" not in merged


@pytest.mark.parametrize("user, unknown", [(102, ["rpcbind.service"]), (104, ["mosquitto"]), (1000, [])], ids=str)
def test_of_whom_nobody_looked_at_it_is_not_known_whether_they_ask(bookworm, monkeypatch, user, unknown):
    """The time for the processes of this user, or for people, is used up. Processes of people are nobody's enforcement all the same."""
    before = {service["name"]: service["enforced_by"] for service in coverage.run(call())["services"]}
    monkeypatch.setattr(time_of_users, "_spent", {(user, ""): time_of_users.MAX_SECONDS})
    result = coverage.run(call())
    told = {service["name"]: service for service in result["services"]}
    assert {name: told[name]["enforced_by"] for name in told} == dict(before, **{name: None for name in unknown})
    for name in unknown:
        assert "take too long to look at" in told[name]["evidence"]


@pytest.mark.parametrize("pid, uid, name", [(53, 104, "mosquitto"), (27, 102, "rpcbind.service")])
def test_a_service_that_runs_as_an_ordinary_user_may_do_something_else(bookworm, pid, uid, name):
    """Its program links libwrap, or has loaded it; the user starts what they like in its place, or holds it with ptrace(2)."""
    status = bookworm.text("/proc/%d/status" % pid)
    old = "Uid:\t%d\t%d\t%d\t%d" % ((uid,) * 4)
    assert old in status
    bookworm.write("/proc/%d/status" % pid, status.replace(old, "Uid:\t1000\t1000\t1000\t1000"))
    (service,) = [one for one in coverage.run(call())["services"] if one["name"] == name]
    assert service["enforced_by"] is None and service["evidence"].endswith("who may let it do something else")
    unit = "/etc/systemd/system/asks@.service"
    bookworm.write(unit, bookworm.text(unit) + "User=admin\n")
    (service,) = [one for one in coverage.run(call())["services"] if one["name"] == "asks@.service"]
    assert service["enforced_by"] == ["tcpd"]
