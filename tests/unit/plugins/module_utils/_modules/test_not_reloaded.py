# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services that are not enforced as their configuration says: measured with openbsd-inetd and xinetd of Debian 12 and a
client that the tables refuse. It is served until the super-server reads the change, and, after one packet of a client
that is granted, by a UDP server that stays.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.unenforced import judge, not_asked
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import asked, not_reloaded
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import Configured
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.findings import (
    service_findings,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import merged
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.machine import look_at
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.survey import find_services
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd

INETD = Process(41, "inetd", "/usr/sbin/inetd", 0, 0, (), 0, False)
WRAPPED = "7001 stream tcp nowait root /usr/sbin/tcpd in.hello\n"
STAYS = "7002 dgram udp wait root /usr/sbin/tcpd in.talk\n"


@pytest.fixture(name="found")
def fixture_found(tmp_path):
    """The services of an inetd.conf in an image, where nothing runs."""

    def find(text):
        root = Root(str(tmp_path))
        config = inetd.read(text, "openbsd")
        return root, find_services(look_at(root), Configured(list(config.entries), [], [], "openbsd"))

    return find


@pytest.fixture(name="unread")
def fixture_unread(monkeypatch):
    """What is_unread was asked; the file was changed at 100 seconds, and nobody has read it since."""
    questions = []

    def is_unread(path, since):
        questions.append((path, since))
        return since < 100

    monkeypatch.setattr(not_reloaded, "is_unread", is_unread)
    return questions


def start(monkeypatch, **moments):
    monkeypatch.setattr(not_reloaded, "started_at", lambda pid: moments.get("p%d" % pid))


def findings_of(service):
    policy = Policy.parse("in.hello in.talk: 10.\n", "ALL: ALL\n")
    return service_findings([service], [True], policy, DIALECTS["debian"])


def test_what_a_super_server_has_not_read_is_not_known_to_be_enforced(found, unread, monkeypatch):
    root, (service,) = found(WRAPPED)
    start(monkeypatch, p41=50.0)
    held = not_reloaded.held_until_read(service, [INETD])
    assert service.enforced_by == ["tcpd"] and held.enforced_by is None
    assert unread == [("/etc/inetd.conf", 51.0)]
    assert "the running inetd starts what the old one said" in held.evidence
    (finding,) = findings_of(held)
    assert finding.code == "unknown-enforcement" and "reload: true of inetd_tcpd" in finding.remedy
    assert asked.ask_about(root, [held], "in.hello").state == asked.NOT_KNOWN
    assert merged([held]) == {"in.hello": None}
    assert "may not ask libwrap" in not_asked("in.hello", held)
    assert held.askers == service.askers  # who cannot read the tables is still told


@pytest.mark.parametrize("moments", [{"p41": 100.0}, {}])
def test_one_that_was_started_since_or_may_have_been_has_read_it(found, unread, monkeypatch, moments):
    _root, (service,) = found(WRAPPED)
    start(monkeypatch, **moments)
    assert not_reloaded.held_until_read(service, [INETD]) == service


def test_where_none_runs_the_next_one_reads_it(found, unread):
    _root, (service,) = found(WRAPPED)
    assert not_reloaded.held_until_read(service, []) == service and unread == []


def test_what_nobody_enforces_stays_so(found, unread, monkeypatch):
    _root, (service,) = found("7001 stream tcp nowait root /usr/sbin/in.hello in.hello\n")
    start(monkeypatch, p41=50.0)
    assert not_reloaded.held_until_read(service, [INETD]) == service


def test_a_udp_server_that_stays_is_not_enforced(found):
    root, (service,) = found(STAYS)
    assert service.enforced_by == [] and "first packet only" in service.evidence and not service.wrappable
    assert service.askers[0].by == "tcpd"  # it loses the tables with those that it cannot read
    (finding,) = findings_of(service)
    assert (finding.code, finding.severity) == ("unenforced", "error") and "target: nftables" in finding.remedy
    assert asked.ask_about(root, [service], "in.talk").state == asked.DOES_NOT_ASK
    told = judge(root, [service], (), [("hosts.deny line 1", "in.talk")]).complaints
    assert len(told) == 1 and "does not ask libwrap about every packet" in told[0] and "Everybody" not in told[0]


def test_a_packet_filter_enforces_it(found):
    _root, (service,) = found(STAYS)
    filtered = service._replace(filtered_by=("nftables",), remedy="")
    assert filtered.enforced_by == ["nftables"] and findings_of(filtered) == []


def test_a_program_that_is_not_there_serves_nobody(found, tmp_path):
    _root, (service,) = found("7003 stream tcp nowait root /usr/bin/nosuch nosuch\n")
    (finding,) = findings_of(service)
    assert finding.code == "unknown-enforcement" and "does not exist" in finding.message
    assert finding.remedy == "Install the program, or remove the service: nobody is served."
