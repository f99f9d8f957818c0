# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters that run count as enforcement where they refuse whom the tables deny, and nothing else does."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import Enforced, ranges_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.handed_on import HandedOn
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import asked, coverage, filtered
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import Listener, merged

POLICY = Policy.parse("sshd: 0.0.0.0/1\n", "ALL: ALL\n")
REST = ranges_of((("128.0.0.0/1",), ("::/0",)))


def service(daemon="sshd", ports=(22,), askers=()):
    """A service that nobody asks for."""
    listens = tuple(("tcp", "0.0.0.0", port) for port in ports)
    return Listener(
        daemon, "process", "tcp", daemon, askers, "it does not link libwrap", "root", listens, ports[0], (1,), "/x", (), (),
        None, None, False,
    )  # fmt: skip


@pytest.fixture(name="look")
def fixture_look(monkeypatch):
    """Let programs refuse some addresses; returns what is found."""

    def look(*services, unread=None, passes=(), **refuses):
        running = list(refuses.items())
        monkeypatch.setattr(filtered, "_running", lambda root: running)
        monkeypatch.setattr(filtered, "unread", lambda root, ports: unread)
        monkeypatch.setattr(filtered, "find_handed_on", lambda: passes)
        return filtered.find_filtered(Root("/"), POLICY, services)

    return look


def refuses(refused, ports=(22,)):
    """What a program refuses."""
    return [Enforced("sshd", ports, "tcp", refused)]


def test_a_filter_that_does_what_the_tables_say_enforces(look):
    found = look(service(), nftables=refuses(REST))
    assert found.services[0].enforced_by == ["nftables"] and found.findings == []
    assert merged(found.services) == {"sshd": ["nftables"]}
    assert asked.ask_about(Root("/"), found.services, "sshd").state == asked.ASKS


def test_a_filter_that_lets_somebody_in_enforces_nothing(look):
    found = look(service(), nftables=refuses(ranges_of((("192.0.0.0/2",), ("::/0",)))))
    assert found.services[0].enforced_by == []
    assert [(one.code, one.severity) for one in found.findings] == [("filter-drift", "error")]
    assert "nftables lets in 128.0.0.0 at sshd, and the tables deny it" in found.findings[0].message


def test_a_filter_that_cannot_be_held_against_the_tables_counts_for_nothing(look, monkeypatch):
    def too_many(*_words):
        raise HostsAccessError("too many ways")

    monkeypatch.setattr(filtered, "sets_of", too_many)
    found = look(service(), nftables=refuses(REST))
    assert found.services[0].enforced_by == [] and found.findings == []


def test_a_filter_of_udp_stands_not_before_the_same_unit_s_tcp(look):
    both = service(ports=(111,))._replace(protocol="udp", listens=(("tcp", "0.0.0.0", 111), ("udp", "0.0.0.0", 111)))
    udp = Enforced("sshd", (111,), "udp", REST)
    assert look(both, nftables=[udp]).services[0].enforced_by == []
    assert look(both, nftables=[udp, udp._replace(protocol="tcp")]).services[0].enforced_by == ["nftables"]


def test_a_filter_that_nat_hands_connections_past_enforces_nothing(look):
    passes = [HandedOn({"tcp"}, [(22, 22)])]
    found = look(service()._replace(remedy="Use the filter."), passes=passes, nftables=refuses(REST))
    assert found.services[0].enforced_by == [] and "DOCKER-USER" in found.services[0].remedy
    assert [(one.code, one.severity) for one in found.findings] == [("filter-passed", "error")]
    assert look(service(), passes=passes, sshd=refuses(REST)).services[0].enforced_by == ["sshd"]


def test_a_filter_that_shuts_somebody_out_is_told(look):
    found = look(service(), nftables=refuses(ranges_of((("0.0.0.0/0",), ("::/0",)))))
    assert found.services[0].enforced_by == ["nftables"]
    assert "nftables refuses 0.0.0.0 at sshd, and the tables grant it" in found.findings[0].message


def test_every_port_of_a_service_needs_its_filter(look):
    found = look(service(ports=(22, 2222)), nftables=refuses(REST))
    assert found.services[0].enforced_by == [] and found.findings == []


def test_sshd_enforces_for_itself_alone(look):
    found = look(service(), service("vsftpd"), sshd=refuses(REST, ()))
    assert [one.enforced_by for one in found.services] == [["sshd"], []]


def test_no_filter_stands_before_a_users_own_process(look):
    """He calls it sshd, or as any daemon that is filtered, and listens at its port at another address."""
    mine = service(ports=(2222,))._replace(personal=True, remedy="x")
    found = look(mine, sshd=refuses(REST, ()), nftables=refuses(ranges_of((("192.0.0.0/2",), ("::/0",))), (2222,)))
    assert found.services == [mine] and found.findings == []


def test_a_drop_in_that_the_server_does_not_read_enforces_nothing(look):
    found = look(service(), sshd=refuses(REST, ()), unread="process 9 (sshd) was started with -f /etc/ssh/other")
    assert found.services[0].enforced_by == []


def test_below_a_root_nothing_runs(monkeypatch, tmp_path):
    monkeypatch.setattr(filtered, "_running", lambda root: 1 / 0)
    assert filtered.find_filtered(Root(str(tmp_path)), POLICY, [service()]).services[0].enforced_by == []


def test_a_drop_in_counts_where_sshd_reads_it_first(monkeypatch, tmp_path):
    monkeypatch.setattr(filtered, "nft_listing", lambda: None)
    folder = tmp_path / "etc/ssh/sshd_config.d"
    folder.mkdir(parents=True)
    (tmp_path / "etc/ssh/sshd_config").write_text("Include /etc/ssh/sshd_config.d/*.conf\n")
    (folder / "00-portcullis.conf").write_text("Match Address 10.66.0.0/16\n\tRefuseConnection yes\n")
    assert [program for program, _parts in filtered._running(Root(str(tmp_path)))] == ["sshd"]
    (folder / "00-a.conf").write_text("Match Address 10.66.9.0/24\n\tRefuseConnection no\n")
    assert filtered._running(Root(str(tmp_path))) == []


def test_a_stranger_is_told_what_the_filter_does_where_nobody_asks(look):
    (behind,) = look(service(), nftables=refuses(REST)).services
    assert coverage._anywhere(None, behind, POLICY) == {"ipv4": "denied", "ipv6": "denied"}
    policy = Policy.parse("sshd: 203.0.113.0/24\n", "ALL: ALL\n")  # where the stranger of the module comes from
    assert coverage._anywhere(None, behind, policy) == {"ipv4": "granted", "ipv6": "denied"}
    assert coverage._anywhere(None, service(), POLICY) == {"ipv4": "granted", "ipv6": "granted"}
