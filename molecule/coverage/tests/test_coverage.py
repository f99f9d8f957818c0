# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What tcpd_coverage_info says of every listening service is what real connections meet, whatever the tables' mode."""

import collections
import re

import pytest

ASKING_AS_OTHERS = {"_rpc", "openldap", "mosquitto", "nobody"}
# a service and who asks libwrap for it, as each super-server's and daemon's manual says
EXPECTED = {
    "x-plain": ["xinetd"],
    "x-tcpd": ["tcpd"],
    "x-twice": ["xinetd", "tcpd"],
    "x-open": [],
    "x-nobody": ["tcpd"],
    "x-other": ["xinetd"],
    "x-group": ["xinetd"],
    "x-sshd": ["libwrap"],
    "x-udp": [],
    "compat": ["tcpd"],
    "compatopen": [],
    "7201": [],
    "7202": ["tcpd"],
    "7203": ["tcpd"],
    "7204": ["libwrap"],
    "7205": ["tcpd", "libwrap"],
    "7206": [],
    "7207": [],
    "7208": ["tcpd"],
    "sdplain@.service": [],
    "sdwrapped@.service": ["tcpd"],
    "sdwhole.service": [],
    "python3": [],
    "sshd": ["libwrap"],
    "rpcbind.service": ["libwrap"],
    "slapd": ["libwrap"],
    "mosquitto": ["libwrap"],
    "vsftpd": ["libwrap"],
}
# services that run only while a client is served: their daemons, by who starts them
STARTED_AS_NOBODY = {
    "inetd": {"7203": "in.inobody", "7208": "in.igroup"},
    "xinetd": {"x-nobody": "in.xnobody", "x-other": "in.xother", "x-group": "in.xgroup"},
}
# with -l openbsd-inetd asks for TCP services, and starts the server in the place of tcpd
WITH_L = {
    "7208": ["libwrap"],
    "7201": ["libwrap"],
    "7202": ["libwrap"],
    "7203": ["libwrap"],
    "7204": ["libwrap", "libwrap"],
    "7205": ["libwrap", "libwrap"],
}
INETDS = {"7201", "7202", "7203", "7204", "7205", "7206", "7207", "7208"}
XINETDS = {"x-plain", "x-tcpd", "x-twice", "x-open", "x-nobody", "x-other", "x-group", "x-sshd", "x-udp"}
STAY = {"x-udp", "7206"}  # UDP with wait: the first packet alone is asked about
COMPATIBLE = {"compat", "compatopen"}
DAEMONS = {"rpcbind.service", "slapd", "mosquitto", "vsftpd"}
EVERYWHERE = {"sdplain@.service", "sdwrapped@.service", "sdwhole.service", "python3", "sshd"}


def differing(told, expected):
    """The services that did not do to every client what is expected of them."""
    return [(service, answers) for service, answers in told.items() if answers != {expected(service)}]


@pytest.fixture(scope="module")
def seen(lab):
    """Every listening service while the tables refuse everybody but the controller's ssh, and each host's result."""
    return lab.look()


def test_every_listening_service_is_found(lab, seen):
    services, results = seen
    names = collections.defaultdict(set)
    for service in services:
        names[service.host].add(service.name)
    for host in lab.names:
        wanted = EVERYWHERE | (
            INETDS if host.endswith("-inetd") else XINETDS | DAEMONS | (set() if host == "trixie" else COMPATIBLE)
        )
        assert names[host] == wanted, host
        # and nothing else listens: what the kernel lists is what the module does
        listed = {
            line.split()[0] + " " + line.split()[4].rsplit(":", 1)[1]
            for line in lab.run(host, "ss", "-Hlntu").splitlines()
        }
        assert listed == {"%s %d" % place for service in services if service.host == host for place in service.ports}


def test_who_enforces_is_who_should(seen):
    for service in seen[0]:
        expected = EXPECTED[service.name]
        if service.host == "bookworm-inetd":
            expected = WITH_L.get(service.name, expected)
        assert service.enforced_by == expected, service
        assert ("first packet only" in service.entry["evidence"]) is (service.name in STAY), service


def test_a_refused_client_meets_what_is_said(lab, seen):
    services, _results = seen
    told = lab.knock(services)
    assert not differing(told, lambda service: not service.obeys and service.name not in STAY)
    for service in services:
        strangers = {service.entry["anywhere"]["ipv4"], service.entry["anywhere"]["ipv6"]}
        expected = {None} if service.name in STAY else {"denied" if service.obeys else "granted"}
        assert strangers == expected, service


def test_rules_run_as_often_as_somebody_asks(lab, seen):
    """Counted for what super-servers start, by a rule that lets the client in: a refusal ends at the first who asks."""
    lab.declare(mode="0644", allow=["sshd: 10.99.6.1", "ALL: 10.99.6.40, [::1]: spawn (echo %d >> /trap/sprung) &"])
    lab.everywhere("sh", "-c", ": > /trap/sprung; chmod 666 /trap/sprung")
    mine = [service for service in seen[0] if service.entry["kind"] in ("inetd", "xinetd")]
    assert not differing(lab.knock(mine), lambda service: True)
    sprung = {host: collections.Counter(text.split()) for host, text in lab.everywhere("cat", "/trap/sprung").items()}
    wanted = {host: collections.Counter() for host in lab.names}
    for service in mine:
        times = 1 if service.name in STAY else len(service.enforced_by)
        if times:
            wanted[service.host][service.daemon] += times * (len(service.ports) + len(service.ipv6))
    assert sprung == wanted


def test_findings(seen):
    services, results = seen
    for service in services:
        codes = {finding["code"] for finding in results[service.host]["findings"] if finding["service"] == service.name}
        expected = set() if service.obeys else {"unenforced"}
        if len(service.enforced_by) > 1:
            expected.add("checked-twice")
        assert codes == expected, service


def test_a_daemon_with_lists_of_its_own(seen):
    (entry,) = [service.entry for service in seen[0] if (service.host, service.name) == ("trixie", "x-open")]
    assert [(own["name"], own["value"]) for own in entry["own_access"]] == [("only_from", "10.99.6.0/24 ::1")]


def test_packet_filters(seen):
    """One host has nftables and a rule for LDAP, its neighbours have nftables alone, the inetd hosts no filter that could be asked."""
    for service in seen[0]:
        expected = (
            "unknown"
            if service.host.endswith("-inetd")
            else "yes"
            if (service.host, service.name) == ("trixie", "slapd")
            else "no"
        )
        assert service.entry["packet_filter"] == expected, service


class TestModesThatFit:
    """Daemons that ask as another user, and tables of mode 0600: the tests build on each other."""

    def test_tightening_is_refused_with_process_user_and_remedy(self, lab):
        before = lab.everywhere("cat", "/etc/hosts.allow")
        for host, result in lab.declare(mode="0600").items():
            if host == "bookworm-inetd":  # inetd -l asks as root
                assert "msg" not in result, result
                continue
            for service, daemon in STARTED_AS_NOBODY["inetd" if host.endswith("-inetd") else "xinetd"].items():
                told = (
                    "%s service %s, user nobody, uid 65534) could no longer read /etc/hosts.allow and /etc/hosts.deny"
                )
                kind = "inetd" if host.endswith("-inetd") else "xinetd"
                assert "%s (%s" % (daemon, told % (kind, service)) in result["msg"], result
            assert "nobody:r" in result["msg"] and lab.run(host, "cat", "/etc/hosts.allow") == before[host]
            if host.endswith("-inetd"):
                continue
            for daemon in ("rpcbind", "slapd", "mosquitto"):
                pid = lab.run(host, "pidof", "-s", daemon).strip()
                uid = lab.run(host, "stat", "-c", "%u", "/proc/" + pid).strip()
                user = lab.run(host, "stat", "-c", "%U", "/proc/" + pid).strip()
                assert (
                    "%s (process %s, user %s, uid %s) could no longer read /etc/hosts.allow and /etc/hosts.deny"
                    % (daemon, pid, user, uid)
                    in result["msg"]
                )
            for remedy in (
                "mode: '0640'",
                "setfacl -m u:_rpc:r,u:mosquitto:r,u:nobody:r,u:openldap:r",
                "unreadable_daemons: warn",
            ):
                assert remedy in result["msg"]
            assert lab.run(host, "stat", "-c", "%a", "/etc/hosts.allow", "/etc/hosts.deny").split() == ["644", "644"]
            assert lab.run(host, "cat", "/etc/hosts.allow") == before[host]

    def test_accepted_all_the_same_everybody_is_refused(self, lab):
        for host, result in lab.declare(mode="0600", unreadable_daemons="warn").items():
            assert "msg" not in result, (host, result)
        assert re.search(
            r"slapd \(process \d+, user openldap, uid \d+\) could no longer read", " ".join(lab.fleet.said.split())
        )
        services, results = lab.look()
        blind = {service.entry["runs_as"] for service in services if service.reads_tables is False}
        assert blind == ASKING_AS_OTHERS
        assert {
            service.reads_tables for service in services if service.obeys and service.entry["runs_as"] == "root"
        } == {True}
        told = lab.knock(services)
        assert not differing(told, lambda service: not service.obeys or service.reads_tables)
        for service in services:
            codes = {
                finding["code"] for finding in results[service.host]["findings"] if finding["service"] == service.name
            }
            assert ("unreadable-tables" in codes) is (service.reads_tables is False), service

    def test_evaluate_decides_with_the_tables_as_unreadable_as_they_are(self, lab):
        questions = [
            {"daemon": daemon, "address": "10.99.6.40"}
            for daemon in ("slapd", "rpcbind", "mosquitto", "vsftpd", "sshd")
        ]
        for result in lab.fleet.ansible_all("daemons", EVALUATE, {"assertions": questions}).values():
            assert [decision["access"] for decision in result["decisions"]] == [
                "denied",
                "denied",
                "denied",
                "granted",
                "granted",
            ], result
            assert [decision["enforced_by"] for decision in result["decisions"]] == [["libwrap"]] * 5
            assert [decision["unreadable"] for decision in result["decisions"]] == [
                ["/etc/hosts.allow", "/etc/hosts.deny"]
            ] * 3 + [[], []]

    def test_evaluate_fails_for_a_daemon_that_nobody_enforces(self, lab):
        questions = [
            {"daemon": "in.sdplain", "address": "192.0.2.1", "expect": "denied"},
            {"daemon": "sshd", "address": "10.99.6.1", "expect": "granted"},
        ]
        for require, failed in ((True, True), (False, False)):
            for result in lab.fleet.ansible_all(
                "servers", EVALUATE, {"assertions": questions, "require_enforced": require}
            ).values():
                assert ("msg" in result) is failed, result
                assert not failed or ("in.sdplain" in result["msg"] and "sshd" not in result["msg"]), result
                assert [decision["enforced_by"] for decision in result["decisions"]] == [[], ["libwrap"]]

    def test_a_group_helps_those_who_have_it(self, lab):
        """Of the daemon (slapd), of a service by its configuration (x-group, 7208), and of nobody else."""
        for pattern, group in (("daemons", "openldap"), ("inetds", "games")):
            results = lab.fleet.ansible_all(
                pattern,
                HOSTS_ACCESS,
                {
                    "group": group,
                    "mode": "0640",
                    "block_name": "group",
                    "allow": ["in.unused: 192.0.2.1"],
                    "unreadable_daemons": "warn",
                },
            )
            assert [result["changed"] for result in results.values()] == [True] * 3, results
        self.only_these_read(
            lab, lambda service: service.entry["runs_as"] in ("root", "openldap") or service.name in ("x-group", "7208")
        )

    def test_an_access_list_helps_whom_it_names_and_survives_a_change(self, lab):
        users = ASKING_AS_OTHERS - {"nobody"}
        lab.everywhere(
            "setfacl",
            "-m",
            ",".join("u:%s:r" % user for user in sorted(users)),
            "/etc/hosts.allow",
            "/etc/hosts.deny",
            names=DAEMON_HOSTS,
        )
        # the new text takes the old file's place by a rename
        results = lab.fleet.ansible_all(
            "daemons",
            HOSTS_ACCESS,
            {
                "mode": "0640",
                "block_name": "list",
                "allow": ["in.unused: 192.0.2.2"],
                "unreadable_daemons": "warn",  # x-group has openldap's group alone, and loses the tables
            },
        )
        assert [result["changed"] for result in results.values()] == [True] * 3, results
        self.only_these_read(
            lab,
            lambda service: service.host not in DAEMON_HOSTS or service.entry["runs_as"] in users | {"root"},
            DAEMON_HOSTS,
        )

    @staticmethod
    def only_these_read(lab, reads, hosts=None):
        services = [service for service in lab.look()[0] if service.obeys and service.host in (hosts or lab.names)]
        assert [service for service in services if service.reads_tables is not reads(service)] == []
        assert {True, False} == {service.reads_tables for service in services}
        assert not differing(lab.knock(services), lambda service: service.reads_tables)


DAEMON_HOSTS = ["bookworm", "bullseye", "trixie"]
HOSTS_ACCESS = "portcullis.tcp_wrappers.hosts_access"
EVALUATE = "portcullis.tcp_wrappers.hosts_access_evaluate"
