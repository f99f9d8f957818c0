# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Forwarders of the host itself: where they lead, and what a rule for 127.0.0.1 then grants."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.forwarders import forwards_to
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
    "etc/services": "ssh 22/tcp\nimap2 143/tcp imap\n",
    "etc/sslh.cfg": 'protocols: ( { name: "ssh"; host: "localhost"; port: "22"; }, { name: "tls"; host: "192.0.2.1"; port: "443"; } );\n',
    "etc/stunnel/a.conf": "[imaps]\naccept = 993\nconnect = 143\n[far]\naccept = 9\nconnect = mail.example.com:25\n",
    "opt/st/main": "Include = /opt/st/d\n[a]\naccept = 1\nconnect = 25\n",
    "opt/st/d/any": "[std]\naccept = 7514\nConnect = 127.0.0.1:7599\nredirect = localhost:80\n",
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
])  # fmt: skip
def test_where_they_lead(root, program, arguments, ports):
    assert [target.port for target in forwards_to(root, Accounts(root), program, arguments)] == ports


def test_files_that_include_one_another_end(root):
    found = forwards_to(root, Accounts(root), "/usr/bin/stunnel", ("/opt/st/loop",))
    assert {target.port for target in found} == {7599, 80, 25}


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
    assert found == {22: [Forwarder("door (tcp port 5004)", False)]}


def test_a_redirect_of_xinetd(root):
    attributes = (("redirect", "127.0.0.1 22"),)
    service = Service(
        "xinetd", "door", "tcp", "stream", False, "", "", (), "door", "/etc/xinetd.d/door", 3, attributes=attributes
    )
    services = [covered(False, 2222, "door", "/etc/xinetd.d/door", 3), covered(True)]
    found = find_forwarders(root, Accounts(root), services, [service])
    assert found == {22: [Forwarder("door (tcp port 2222)", False)]}
    assert forwarders_of(services[1], found) == found[22] and forwarders_of(services[0], found) == []
    off = service._replace(disabled=True)
    assert find_forwarders(root, Accounts(root), services, [off]) == {}


@pytest.mark.parametrize("allow, asks, codes", [
    ("sshd: 127.0.0.1", False, ["behind-forwarder", "loopback-granted"]),
    ("sshd: 10.0.0.0/8", False, ["behind-forwarder"]),
    ("sshd: 127.0.0.1", True, ["behind-forwarder"]),  # the forwarder asks before
])  # fmt: skip
def test_findings(allow, asks, codes):
    policy = Policy.parse(allow + "\n", "ALL: ALL\n", "debian")
    found = forwarder_findings([covered(True)], {22: [Forwarder("sslh (tcp port 443)", asks)]}, policy)
    assert [one.code for one in found] == codes
    assert all("sslh (tcp port 443)" in one.message for one in found)
    assert forwarder_findings([covered(False)], {22: [Forwarder("sslh", False)]}, policy) == []
