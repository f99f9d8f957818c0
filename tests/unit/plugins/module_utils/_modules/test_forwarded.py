# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarders of the host itself: where they lead, and what a rule for 127.0.0.1 then grants."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import forwarders
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.forwarders import Host, forwards_to
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.own_hosts import OwnHosts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.findings import (
    forwarder_findings,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.forwarded import (
    Forwarder,
    find_forwarders,
    forwarders_of,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import Asker, Listener
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.service import Service

FILES = {
    "etc/hosts": "127.0.0.1 localhost\n127.0.1.1 here\n::1 localhost ip6-localhost six # us\n192.0.2.9 there\n",
    "etc/services": "ssh 22/tcp\nimap2 143/tcp imap\n",
    "etc/sslh.cfg": 'protocols: ( { name: "ssh"; host: "localhost"; port: "22"; }, { name: "tls"; host: "192.0.2.1"; port: "443"; } );\n',
    "etc/stunnel/a.conf": "[imaps]\naccept = 993\nconnect = 143\n[far]\naccept = 9\nconnect = mail.example.com:25\n",
    "opt/st/main": "Include = /opt/st/d\n[a]\naccept = 1\nconnect = 25\n",
    "opt/st/d/any": "[std]\naccept = 7514\nConnect = 127.0.0.1:7599\nredirect = localhost:80\n",
    "opt/st/six": "[a]\nconnect = ::1:7598\n[b]\nexec = /usr/bin/socat\nexecArgs = socat - TCP:127.0.0.1:7599\n",
    "opt/sslh.cfg": 'protocols: ( { name: "ssh"; host: "::1"; port: "7598"; } );\n',
    "opt/run.sh": "#!/bin/sh\n# nc 127.0.0.1 25\nset -e\nexec /bin/nc 127.0.0.1 \\\n 7599\nexec nc -q 0 ::1 7598\n",
    "opt/ha6.cfg": "backend y\n  server one ipv6@::1:7598\n  server two ipv4@127.0.0.1:7599 check\n",
    "opt/st/loop": "include = /opt/st\n",
    "opt/ha/10.cfg": "backend y\n  server one 127.0.0.1:25\n",
    "opt/ha/20.other": "backend z\n  server one 127.0.0.1:26\n",
    "etc/frp/frpc.toml": '[[proxies]]\nname = "ssh"\nlocalIP = "127.0.0.1"\nlocalPort = 22\nremotePort = 6000\n',
    "etc/rinetd.conf": "0.0.0.0 2222 127.0.0.1 22\n0.0.0.0 80 192.0.2.1 80\n",
    "etc/haproxy/haproxy.cfg": "backend x\n  server one 127.0.0.1:22 check\n  server two 192.0.2.1:22\n",
    # as Debian has it: the file itself only includes others
    "etc/nginx/nginx.conf": "include /etc/nginx/modules-enabled/*.conf;\nhttp {\n include sites-enabled/*; # all\n}\n",
    "etc/nginx/modules-enabled/99-stream.conf": "stream {\n upstream ssh { server 127.0.0.1:22; server 192.0.2.1:22; }\n"
    " server { listen 2022; proxy_pass ssh; }\n server {\n  listen 2023;\n  proxy_pass 127.0.0.1:143;\n }\n}\n",
    "etc/nginx/sites-enabled/default": "server { location / { proxy_pass http://localhost:8080/x; }\n"
    " location /y { proxy_pass http://$host; } location /z { proxy_pass https://127.0.0.1; }\n"
    " location /u { proxy_pass http://unix:/run/x.sock; } include sites-enabled/default; }\n",
}


@pytest.fixture(name="root")
def fixture_root(tmp_path):
    for path, text in FILES.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Root(str(tmp_path))


@pytest.mark.parametrize("program, arguments, ports", [
    ("/usr/bin/socat", ("TCP-LISTEN:2222,fork", "TCP:127.0.0.1:22"), [22]),
    ("/usr/bin/socat", ("TCP-LISTEN:2222,fork", "TCP4:localhost:ssh,nodelay"), [22]),
    ("/usr/bin/socat", ("TCP-LISTEN:2222,fork", "TCP:192.0.2.1:22"), []),
    ("/usr/bin/socat", ("TCP-LISTEN:2222,fork", "EXEC:/bin/cat"), []),
    ("/usr/sbin/sslh", (), [22]),
    ("/usr/sbin/sslh", ("-F", "/etc/none.cfg", "--ssh", "127.0.0.1:22", "--tls=localhost:443"), [22, 443]),
    ("/usr/bin/stunnel4", (), [143]),
    ("/usr/bin/stunnel4", ("/opt/st/main",), [7599, 80, 25]),
    ("/usr/bin/frpc", (), [22]),
    ("/usr/sbin/rinetd", (), [22]),
    ("/usr/sbin/haproxy", (), [22]),
    ("/usr/sbin/haproxy", ("-Ws", "-f", "/etc/haproxy/haproxy.cfg", "-f", "/opt/ha"), [22, 25]),
    ("/usr/sbin/nginx", (), [22, 143, 8080, 443]),
    ("/usr/sbin/sshd", (), []),
    ("/lib/systemd/systemd-socket-proxyd", ("--exit-idle-time=60", "127.0.0.1:22"), [22]),
    ("/lib/systemd/systemd-socket-proxyd", ("192.0.2.1:22",), []),
    ("/lib/systemd/systemd-socket-proxyd", ("/run/x.sock",), []),
    ("/bin/nc", ("127.0.0.1", "22"), [22]),
    ("/bin/nc.openbsd", ("-q", "0", "localhost", "ssh"), [22]),
    ("/usr/bin/ncat", ("192.0.2.1", "22"), []),
    ("/bin/nc", ("-l", "2222"), []),
    # each tried on Debian 13: the client that was not granted got an answer of the daemon behind
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP6:[::1]:7598"), [7598]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP:[::1]:7598"), [7598]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP6:[::]:7598"), [7598]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP:0:7599"), [7599]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP:[::ffff:127.0.0.1]:7599"), [7599]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP4:2130706433:7599"), [7599]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "INET:127.0.0.1:7599"), [7599]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP:six:7598"), [7598]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP:here:7599"), [7599]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "TCP:there:7599"), []),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", "EXEC:'nc 127.0.0.1 7599'"), [7599]),
    ("/usr/bin/socat", ("TCP-LISTEN:7705,fork", 'SYSTEM:"exec socat - TCP6:[::1]:7598",pty'), [7598]),
    ("/lib/systemd/systemd-socket-proxyd", ("[::1]:7598",), [7598]),
    ("/lib/systemd/systemd-socket-proxyd", ("--connections-max", "9", "localhost:7599"), [7599]),
    ("/lib/systemd/systemd-socket-proxyd", ("-c", "9", "--exit-idle-time", "9", "localhost:7599"), [7599]),
    ("/usr/bin/stunnel4", ("/opt/st/six",), [7598, 7599]),
    ("/usr/sbin/sslh", ("-F/opt/sslh.cfg",), [7598]),
    ("/bin/nc", ("::1", "7598"), [7598]),
    ("/bin/nc", ("0", "7599"), [7599]),
    ("/bin/nc.traditional", ("-l", "-p", "7705", "-c", "nc 127.0.0.1 7599"), [7599]),
    ("/usr/bin/env", ("nc", "127.0.0.1", "7599"), [7599]),
    ("/usr/bin/stdbuf", ("-o0", "nc", "127.0.0.1", "7599"), [7599]),
    ("/bin/sh", ("-c", "exec nc 127.0.0.1 7599"), [7599]),
    ("/opt/run.sh", (), [7599, 7598]),
    ("/usr/sbin/haproxy", ("-f", "/opt/ha6.cfg"), [7598, 7599]),
    ("/usr/bin/php-fpm", ("pool", "nginx"), []),
])  # fmt: skip
def test_where_they_lead(root, program, arguments, ports):
    assert [target.port for target in forwards_to(Host(root, Accounts(root)), program, arguments)] == ports


@pytest.mark.parametrize("host, seen", [
    # measured on Linux: the address of the client that the daemon there sees
    ("0", ("127.0.0.1",)),
    ("0.0.0.0", ("127.0.0.1",)),
    ("127.1.2.3", ("127.0.0.1",)),
    ("127.1", ("127.0.0.1",)),
    ("0x7f000001", ("127.0.0.1",)),
    ("[::ffff:127.9.9.9]", ("127.0.0.1",)),
    ("::", ("::1",)),
    ("[::1]", ("::1",)),
    ("0:0:0:0:0:0:0:1", ("::1",)),
    ("localhost", ("127.0.0.1", "::1")),
    ("LocalHost", ("127.0.0.1", "::1")),
    ("six", ("127.0.0.1", "::1")),  # who asks for its IPv4 address is told 127.0.0.1
    ("here", ("127.0.0.1",)),
    ("", ("127.0.0.1", "::1")),
    ("there", ()),
    ("192.0.2.1", ()),
    ("2001:db8::1", ()),
    ("999999999999", ()),
    ("example.com", ()),
])  # fmt: skip
def test_what_the_daemon_sees(root, host, seen):
    assert OwnHosts(root).seen(host) == seen


def test_names_of_the_loopback_addresses(root, tmp_path):
    assert [OwnHosts(root).name(address) for address in ("127.0.0.1", "::1")] == ["localhost", "localhost"]
    bare = Root(str(tmp_path / "opt"))
    assert OwnHosts(bare).name("::1") == "localhost" and OwnHosts(bare).seen("localhost") == ("127.0.0.1", "::1")


def test_files_that_include_one_another_end(root):
    found = forwards_to(Host(root, Accounts(root)), "/usr/bin/stunnel", ("/opt/st/loop",))
    assert {target.port for target in found} == {7598, 7599, 80, 25}


def covered(asks, port=22, name="sshd", path=None, line=None):
    askers = (Asker("libwrap", name, None, None),) if asks else ()
    listens = (("tcp", "0.0.0.0", port),)
    return Listener(name, "process", "tcp", name, askers, "", None, listens, port, (), None, (), (), path, line, False)


@pytest.mark.parametrize("kind, server, args", [
    ("xinetd", "/bin/nc", ("127.0.0.1", "22")),
    ("inetd", "/usr/bin/socat", ("STDIO", "TCP:localhost:22")),
    ("systemd", "/lib/systemd/systemd-socket-proxyd", ("127.0.0.1:22",)),
])  # fmt: skip
def test_a_server_of_a_super_server_that_hands_on(root, kind, server, args):
    """Tried on Debian 12: who came to such a port got the banner of the ssh server, whose rules saw 127.0.0.1."""
    service = Service(kind, "door", "tcp", "stream", False, "", server, args, "door", "/etc/x", 3)
    door = covered(False, 5004, "door", "/etc/x", 3)
    found = find_forwarders(root, Accounts(root), [door, covered(True)], [service])
    assert [(one.told, one.asks) for one in found[22]] == [("door (tcp port 5004)", False)] and len(found) == 1


def test_a_redirect_of_xinetd(root):
    attributes = (("redirect", "127.0.0.1 22"),)
    service = Service(
        "xinetd", "door", "tcp", "stream", False, "", "", (), "door", "/etc/xinetd.d/door", 3, attributes=attributes
    )
    services = [covered(False, 2222, "door", "/etc/xinetd.d/door", 3), covered(True)]
    found = find_forwarders(root, Accounts(root), services, [service])
    assert found == {22: [Forwarder("door (tcp port 2222)", False)]}
    assert forwarders_of(services[1], found) == found[22] and forwarders_of(services[0], found) == []
    six = service._replace(attributes=(("redirect", "::1 22"),))
    found = find_forwarders(root, Accounts(root), services, [six])
    assert found == {22: [Forwarder("door (tcp port 2222)", False, ("::1",))]}
    assert forwarders_of(services[1], found) == []  # it listens to IPv4 alone
    off = service._replace(disabled=True)
    assert find_forwarders(root, Accounts(root), services, [off]) == {}


LET_IN = ["behind-forwarder", "loopback-granted"]


@pytest.mark.parametrize("allow, asks, codes", [
    ("sshd: 127.0.0.1", False, LET_IN),
    ("sshd: 10.0.0.0/8", False, ["behind-forwarder"]),
    ("sshd: 127.0.0.1", True, ["behind-forwarder"]),  # the forwarder asks before
    # each tried with socat and tcpwrap on Debian 13: every client of the forwarder was served
    ("sshd: localhost", False, LET_IN),
    ("sshd: LOCAL", False, LET_IN),
    ("sshd: KNOWN", False, LET_IN),
    ("sshd: .localdomain localhost", False, LET_IN),
    ("sshd@127.0.0.1: ALL", False, LET_IN),
    ("sshd: UNKNOWN", False, ["behind-forwarder"]),  # and here nobody was
])  # fmt: skip
def test_findings(root, allow, asks, codes):
    policy = Policy.parse(allow + "\n", "ALL: ALL\n", "debian")
    forwarders = {22: [Forwarder("sslh (tcp port 443)", asks)]}
    found = forwarder_findings([covered(True)], forwarders, policy, OwnHosts(root))
    assert [one.code for one in found] == codes
    assert all("sslh (tcp port 443)" in one.message for one in found)
    assert forwarder_findings([covered(False)], forwarders, policy, OwnHosts(root)) == []


@pytest.mark.parametrize("allow, listens, codes, address", [
    ("sshd: [::1]", "::", LET_IN, "::1"),
    ("sshd: [::1]", "::1", LET_IN, "::1"),
    ("sshd: 127.0.0.1", "::1", ["behind-forwarder"], "::1"),
    ("sshd: [::1]", "127.0.0.1", ["behind-forwarder"], "127.0.0.1"),
    ("sshd: [::1]", "192.0.2.1", [], ""),
])  # fmt: skip
def test_forwarders_by_ipv6(root, allow, listens, codes, address):
    """Tried on Debian 13 with socat and `TCP6:[::1]`: the daemon sees ::1, and a rule for 127.0.0.1 grants nobody."""
    policy = Policy.parse(allow + "\n", "ALL: ALL\n", "debian")
    forwarders = {22: [Forwarder("socat", False, ("127.0.0.1", "::1") if listens != "::" else ("::1",))]}
    service = covered(True)._replace(listens=(("tcp", listens, 22),))
    found = forwarder_findings([service], forwarders, policy, OwnHosts(root))
    assert [one.code for one in found] == codes
    assert all(address in one.message for one in found)


def test_a_daemon_that_does_not_tell_names(root):
    """slapd gives libwrap no name: a rule for localhost grants nobody."""
    service = covered(True, name="slapd")
    service = service._replace(askers=(service.askers[0]._replace(untold=("the client's name",)),))
    for allow, codes in (("slapd: localhost", ["behind-forwarder"]), ("slapd: 127.", LET_IN)):
        policy = Policy.parse(allow + "\n", "ALL: ALL\n", "debian")
        found = forwarder_findings([service], {22: [Forwarder("sslh", False)]}, policy, OwnHosts(root))
        assert [one.code for one in found] == codes


def test_folders_of_somebody_else_s_are_not_listed_and_others_once(root, tmp_path, monkeypatch):
    """A service's user had a million names listed a hundred times for each process of theirs that they called haproxy."""
    listed = []
    real = forwarders.list_folder
    monkeypatch.setattr(forwarders, "list_folder", lambda where, path: listed.append(path) or real(where, path))
    (tmp_path / "var/tmp/d").mkdir(parents=True)
    (tmp_path / "var/tmp/d/1.cfg").write_text("  server one 127.0.0.1:22\n")
    os.chown(str(tmp_path / "var/tmp/d"), 33, 33)
    host = Host(root, Accounts(root))
    for _process in range(3):
        assert [
            one.port for one in forwards_to(host, "/x/haproxy", ("-f", "/var/tmp/d") * 9 + ("-f", "/opt/ha") * 9)
        ] == [25]
    assert listed == ["/opt/ha"]
    monkeypatch.setattr(forwarders, "MAX_NAMES", 1)
    assert forwards_to(Host(root, Accounts(root)), "/x/haproxy", ("-f", "/opt/st", "-f", "/opt/ha")) == []


def test_what_forwarders_read_is_bounded_for_all_of_them(root, tmp_path, monkeypatch):
    (tmp_path / "opt/large").write_text("#" * 1000 + "\n" + "  server one 127.0.0.1:25\n")
    monkeypatch.setattr(forwarders, "MAX_BYTES", 3000)
    host = Host(root, Accounts(root))
    words = [word for number in range(9) for word in ("-f", "/" * number + "/opt/large")]
    found = [forwards_to(host, "/x/haproxy", words) for _process in range(3)]
    assert [[one.port for one in targets] for targets in found] == [[25] * 3, [], []]
