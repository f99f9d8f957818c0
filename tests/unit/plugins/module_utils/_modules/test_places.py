# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where a service listens: a socket unit of systemd may have TCP and UDP, as rpcbind's has."""

import tracemalloc

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sockets import Socket
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import companion, listening
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement.companion import companions
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import (
    listening_processes,
    superserver_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import (
    configured_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import Asker, Listener
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.service import Service
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.machine import look_at
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.survey import find_services

#: rpcbind.socket of Debian 12, for another daemon: nothing stands beside services of rpc.
SOCKET = """[Unit]
Description=RPCbind Server Activation Socket
[Socket]
ListenStream=/run/rpcbind.sock
ListenStream=0.0.0.0:111
ListenDatagram=0.0.0.0:111
ListenStream=[::]:111
ListenDatagram=[::]:111
BindIPv6Only=ipv6-only
[Install]
WantedBy=sockets.target
"""


def test_both_protocols_of_a_socket_unit_of_an_image(tmp_path):
    units = tmp_path / "usr" / "lib" / "systemd" / "system"
    units.mkdir(parents=True)
    (units / "bothd.socket").write_text(SOCKET)
    (units / "bothd.service").write_text("[Service]\nExecStart=/usr/sbin/bothd\n")
    wants = tmp_path / "etc" / "systemd" / "system" / "sockets.target.wants"
    wants.mkdir(parents=True)
    (wants / "bothd.socket").symlink_to("/usr/lib/systemd/system/bothd.socket")
    root = Root(str(tmp_path))
    (service,) = find_services(look_at(root), configured_services(root, "debian"))
    assert service.places == [("tcp", 111), ("udp", 111)]
    told = companions(root, [service], [service.daemon], [])
    assert told == [
        {"daemon": service.daemon, "ports": [111], "protocol": "tcp"},
        {"daemon": service.daemon, "ports": [111], "protocol": "udp"},
    ]


@pytest.mark.parametrize(
    "euid, uid, port, told", [(0, 0, 2049, []), (0, 0, 2050, None), (1000, 0, 2049, None), (0, 1001, 2049, None)]
)
def test_the_kernel_s_own_server_of_nfs_asks_nobody(tmp_path, monkeypatch, euid, uid, port, told):
    """No process holds the socket of nfsd(8): rpc.mountd is asked, and only about mounts of NFSv2 and v3."""
    monkeypatch.setattr("os.geteuid", lambda: euid)
    root = Root(str(tmp_path))
    entry = Socket("tcp", 4, "0.0.0.0", port, "0.0.0.0", 0, True, uid, 7)
    (service,) = find_services(look_at(root)._replace(sockets=[entry]), configured_services(root, "debian"))
    assert service.enforced_by == told
    assert service.daemon == ("nfsd" if told == [] else "tcp port %d" % port)
    assert told is None or "nftables" in service.remedy


@pytest.mark.parametrize(
    "arguments, told", [(("x", "udp-listen:40161,fork"), ["x"]), (("x", "401612"), []), (("x",), [])]
)
def test_a_udp_port_of_the_kernel_s_choice_that_a_process_was_told_is_a_service(tmp_path, monkeypatch, arguments, told):
    monkeypatch.setattr(listening_processes, "is_kernels_choice", lambda port: port > 32767)
    monkeypatch.setattr(listening_processes, "read_arguments", lambda pid: arguments)
    root = Root(str(tmp_path))
    machine = look_at(root)._replace(
        sockets=[Socket("udp", 4, "0.0.0.0", 40161, "0.0.0.0", 0, True, 0, 7)],
        owners={7: [900900]},
        processes={900900: Process(900900, "x", "/usr/sbin/x", 0, 0, (), 0, False)},
    )
    assert [one.name for one in find_services(machine, configured_services(root, "debian"))] == told


def test_long_command_lines_of_many_processes_do_not_fill_the_memory(tmp_path, monkeypatch):
    """Sixty processes with ten thousand words each; eight hundred of a person's took a gigabyte."""
    monkeypatch.setattr(
        listening_processes, "read_arguments", lambda pid: ["%d-%d" % (pid, number) for number in range(10000)]
    )
    pids = range(900900, 900960)
    root = Root(str(tmp_path))
    machine = look_at(root)._replace(
        sockets=[Socket("tcp", 4, "0.0.0.0", pid - 900000, "0.0.0.0", 0, True, 0, pid) for pid in pids],
        owners={pid: [pid] for pid in pids},
        processes={pid: Process(pid, "x", "/usr/sbin/x", 0, 0, (), 0, False) for pid in pids},
    )
    tracemalloc.start()
    try:
        assert len(listening_processes.listening_processes(machine, set())) == 60
        assert tracemalloc.get_traced_memory()[1] < 10 << 20
    finally:
        tracemalloc.stop()


def rpcbind(words, monkeypatch, executable="/usr/sbin/rpcbind"):
    """What its unit says now is -w -f."""
    process = Process(7, "rpcbind", executable, 0, 0, (), 0, True)
    monkeypatch.setattr(superserver_services, "read_arguments", lambda pid: words)
    unit = Service("systemd", "r", "tcp/udp", "stream", True, "root", "/sbin/rpcbind", ("-w", "-f"), "rpcbind", "", 1)
    return superserver_services.as_started(unit, process)


def test_a_server_that_runs_is_judged_by_its_own_words(monkeypatch):
    """Debian 13: OPTIONS loses its -r, and rpcbind, which was not restarted, goes on answering remote calls."""
    assert rpcbind(["/usr/sbin/rpcbind", "-r", "-w", "-f"], monkeypatch).args == ("-r", "-w", "-f")
    assert rpcbind(["rpcbind: ready"], monkeypatch).args == ("-w", "-f")
    assert rpcbind([], monkeypatch).args == ("-w", "-f")
    assert rpcbind(["/bin/sh", "-c", "x"], monkeypatch, "/usr/bin/dash").args == ("-w", "-f")
    unit = Service("systemd", "s", "tcp", "stream", True, "root", "/usr/sbin/sshd", ("-D",), "sshd", "", 1)
    monkeypatch.setattr(
        superserver_services, "read_arguments", lambda pid: ["sshd: /usr/sbin/sshd -D -f /x [listener] 0 of 10-100"]
    )
    process = Process(7, "sshd", "/usr/sbin/sshd", 0, 0, (), 0, True)
    assert superserver_services.as_started(unit, process).args == ("-D", "-f", "/x")


def test_a_script_of_the_system_s_takes_no_port_and_no_filter_from_a_daemon(monkeypatch):
    """It maps libwrap, as everybody can, listens at a daemon's port at another address, and has a name that no filter can have."""

    def service(daemon, pid, address):
        askers = (Asker("libwrap", daemon, None, None),)
        listens = (("tcp", address, 1883),)
        return Listener(
            daemon, "process", "tcp", daemon, askers, "", None, listens, 1883, (pid,), "/x", (), (), None, None, False
        )

    monkeypatch.setattr(companion, "brought_along", lambda one: "a script" if 2 in one.pids else "")
    monkeypatch.setattr(listening, "is_kernels_choice", lambda port: False)
    services = [service("mosquitto", 1, "0.0.0.0"), service("other", 2, "::"), service("my prog", 2, "192.0.2.1")]
    warnings = []
    told = companions(Root("/"), services, [], warnings)
    assert told == [{"daemon": "mosquitto", "ports": [1883], "protocol": "tcp"}]
    assert len(warnings) == 1 and "my prog" in warnings[0]
