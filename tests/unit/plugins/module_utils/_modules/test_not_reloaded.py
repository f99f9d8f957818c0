# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services that are not enforced as their configuration says: measured with openbsd-inetd and xinetd of Debian 12 and a
client that the tables refuse. It is served until the super-server reads the change, and, after one packet of a client
that is granted, by a UDP server that stays.
"""

import os
import time

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


@pytest.fixture(name="host")
def fixture_host(tmp_path, monkeypatch):
    """A file that was just changed, and when a process was started, told by us, and reloaded by systemd, in
    seconds after that.
    """
    conf = tmp_path / "conf"
    conf.write_text("text\n")
    changed = os.stat(str(conf)).st_ctime

    def tell(started, told=None, reloaded=None):
        for name, moments in (("started_at", started), ("told_at", told), ("reloaded_at", reloaded)):
            known = {pid: changed + moment for pid, moment in (moments or {}).items()}
            never = None if name == "started_at" else 0.0
            monkeypatch.setattr(not_reloaded, name, lambda pid, known=known, never=never: known.get(pid, never))
        return str(conf)

    return tell


def findings_of(service):
    policy = Policy.parse("in.hello in.talk: 10.\n", "ALL: ALL\n")
    return service_findings([service], [True], policy, DIALECTS["debian"])


def test_what_a_super_server_has_not_read_is_not_known_to_be_enforced(found, host):
    root, (service,) = found(WRAPPED)
    held = not_reloaded.held_until_read(service._replace(path=host({41: -50})), [INETD])
    assert service.enforced_by == ["tcpd"] and held.enforced_by is None
    assert "nothing shows that the running inetd has read %s since" % held.path in held.evidence
    (finding,) = findings_of(held)
    assert finding.code == "unknown-enforcement" and "reload: true of inetd_tcpd" in finding.remedy
    assert asked.ask_about(root, [held], "in.hello").state == asked.NOT_KNOWN
    assert merged([held]) == {"in.hello": None}
    assert "may not ask libwrap" in not_asked("in.hello", held)
    assert held.askers == service.askers  # who cannot read the tables is still told


def test_that_somebody_has_read_the_file_shows_nothing(found, host):
    """`cat /etc/inetd.conf` of any user made a proof true, while inetd went on with the old file."""
    _root, (service,) = found(WRAPPED)
    path = host({41: -50})
    os.utime(path, (time.time() + 60, time.time()))
    assert os.stat(path).st_atime > os.stat(path).st_ctime
    assert not_reloaded.held_until_read(service._replace(path=path), [INETD]).enforced_by is None


def test_a_copy_that_a_client_makes_inetd_start_shows_nothing(found, host):
    """inetd forks for a service of its own, such as daytime: the copy is new, and has what the first one has read."""
    _root, (service,) = found(WRAPPED)
    service = service._replace(path=host({41: -50, 42: 5}))
    assert not_reloaded.held_until_read(service, [INETD, INETD._replace(pid=42)]).enforced_by is None


READ = {
    "started since": ({41: 1},),
    "gone": ({},),
    "told by this collection": ({41: -50}, {41: 0.01}),
    "reloaded by systemd": ({41: -50}, {}, {41: 3}),
    # systemd tells whole seconds, rounded down: a play writes a file and reloads in one second
    "reloaded in the second of the change": ({41: -50}, {}, {41: -0.98}),
}


@pytest.mark.parametrize("moments", list(READ.values()), ids=list(READ))
def test_one_that_was_started_or_told_since_has_read_it(found, host, moments):
    _root, (service,) = found(WRAPPED)
    service = service._replace(path=host(*moments))
    assert not_reloaded.held_until_read(service, [INETD]) == service


@pytest.mark.parametrize("moments", [({41: -1}, {41: -1}), ({41: -50}, {}, {41: -1.01})])
def test_one_that_was_told_before_has_not(found, host, moments):
    _root, (service,) = found(WRAPPED)
    assert not_reloaded.held_until_read(service._replace(path=host(*moments)), [INETD]).enforced_by is None


def test_systemd_is_not_asked_without_need(found, host, monkeypatch):
    _root, (service,) = found(WRAPPED)
    service = service._replace(path=host({41: 1}))
    monkeypatch.delattr(not_reloaded, "reloaded_at")
    assert not_reloaded.held_until_read(service, [INETD]) == service


def test_where_none_runs_the_next_one_reads_it(found, host):
    _root, (service,) = found(WRAPPED)
    service = service._replace(path=host({}))
    assert not_reloaded.held_until_read(service, []) == service


def test_what_nobody_enforces_stays_so(found, host):
    _root, (service,) = found("7001 stream tcp nowait root /usr/sbin/in.hello in.hello\n")
    service = service._replace(path=host({41: -50}))
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
