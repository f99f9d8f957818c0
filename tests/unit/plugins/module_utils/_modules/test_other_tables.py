# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who does not obey the host's tables because those that ask see others: measured on Debian 12 with a client that the
host's hosts.deny refuses.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import other_tables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import (
    LIBWRAP,
    Asker,
    Listener,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import systemd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources


def process(pid, program="/usr/bin/stunnel4"):
    return Process(pid, program.rsplit("/", 1)[-1], program, 0, 0, (), 0, True)


def listener(askers):
    return Listener(
        "x",
        "process",
        "tcp",
        "x",
        askers,
        "it links libwrap",
        "root",
        (),
        1,
        (),
        None,
        (),
        (),
        None,
        None,
        False,
        (),
        "",
        True,
    )


@pytest.fixture(name="jailed", autouse=True)
def fixture_jailed(monkeypatch):
    """Process 7 sees other tables; every process has the same command line."""
    monkeypatch.setattr(other_tables, "other_table", lambda one: "/etc/hosts.deny" if one.pid == 7 else None)
    monkeypatch.setattr(
        other_tables, "read_arguments", lambda pid: ["stunnel4", "/etc/stunnel/a.conf"] if pid < 9 else []
    )


def test_a_process_in_a_jail_has_nobody_who_asks_for_the_host():
    found = other_tables.held_against(
        listener((Asker(LIBWRAP, "x", None, None),)), lambda: other_tables.why_of_process(process(7))
    )
    assert found.askers == () and not found.wrappable and "nftables" in found.remedy
    assert found.evidence.startswith("it links libwrap, but process 7 sees another /etc/hosts.deny than the host")


@pytest.mark.parametrize("askers, pid", [((Asker(LIBWRAP, "x", None, None),), 8), ((), 7)])
def test_others_stay_as_they_are(askers, pid):
    service = listener(askers)
    assert other_tables.held_against(service, lambda: other_tables.why_of_process(process(pid))) == service


def test_what_is_not_known_to_ask_does_not_obey_the_host_either():
    assert other_tables.held_against(listener(None), lambda: "it sees others").askers == ()


def test_stunnel_asks_in_processes_that_were_started_before_its_chroot():
    """`chroot = /srv/jail`, `libwrap = yes`: the client was refused by the host's tables, and root of five processes is /."""
    processes = {pid: process(pid) for pid in (7, 8, 9)}
    assert [one.pid for one in other_tables.who_asks(processes[7], "/usr/bin/stunnel4", processes)] == [8]
    assert [one.pid for one in other_tables.who_asks(process(7, "/usr/sbin/slapd"), "/usr/sbin/slapd", processes)] == [
        7
    ]


def test_a_process_of_a_person_or_of_another_service_does_not_ask_for_stunnel(monkeypatch):
    """Anybody may start /usr/bin/stunnel4 with the same words, in a namespace with other tables."""
    groups = {"/proc/6": {"": "/system.slice/stunnel@b.service"}}
    processes = {pid: process(pid) for pid in (5, 6, 7, 8)}
    monkeypatch.setattr(
        other_tables, "control_groups", lambda folder: groups.get(folder, {"": "/system.slice/stunnel@a.service"})
    )
    monkeypatch.setattr(other_tables, "is_persons_process", lambda one: one.pid == 5)
    assert [one.pid for one in other_tables.who_asks(processes[7], "/usr/bin/stunnel4", processes)] == [8]
    assert "process 7" in other_tables.why_of_any([processes[8], processes[7]])


def test_a_service_of_systemd_that_does_not_run_now():
    """TemporaryFileSystem=/etc:ro and tcpd: the client was served."""
    unit = "[Service]\nExecStart=@/usr/sbin/tcpd /usr/sbin/in.foo\nStandardInput=socket\n"
    for more, why in (("TemporaryFileSystem=/etc:ro\n", "TemporaryFileSystem=/etc:ro"), ("", "")):
        files = {
            "/usr/lib/systemd/system/foo.socket": "[Socket]\nListenStream=7000\nAccept=yes\n",
            "/usr/lib/systemd/system/foo@.service": unit + more,
        }
        (service,) = systemd.read(TextSources(files, {})).entries
        assert why in other_tables.why_of_service(service, None, [process(1)])
        assert bool(other_tables.why_of_service(service, None, [process(1)])) is bool(why)
        # one that runs shows what it sees
        assert "process 7" in other_tables.why_of_service(service, process(7), [])
        assert other_tables.why_of_service(service, process(8), []) == ""
    assert "process 7" in other_tables.why_of_service(service, None, [process(7)])
