# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Users, ports and the table of daemons that need a second look."""

import os
import pwd
import socket
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.known_daemons import NOTHING
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import names
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import (
    names_asked,
    known_daemon,
    named_by_port,
    switched_on,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root


@pytest.fixture
def image(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n_rpc:x:103:65534::/run/rpcbind:/usr/sbin/nologin\n")
    (tmp_path / "etc/group").write_text("root:x:0:\nadm:x:4:_rpc,other\nwrap:x:77:_rpc\n")
    (tmp_path / "etc/services").write_text(
        "# x\nssh 22/tcp # SSH\nsunrpc 111/tcp portmapper\nsunrpc 111/udp portmapper\n"
    )
    return tmp_path


def test_users_of_an_image(image):
    accounts = Accounts(Root(str(image)))
    assert accounts.user("_rpc")[:4] == ("_rpc", 103, 65534, (4, 77))
    assert accounts.user("103").name == "_rpc"
    assert accounts.user("root").uid == 0
    assert accounts.user("nobody") is None


def test_users_of_the_host():
    user = Accounts(Root("/")).user(pwd.getpwuid(0).pw_name)
    assert user.uid == 0 and user.gid in user.groups
    assert Accounts(Root("/")).user("no-such-user") is None
    assert Accounts(Root("/")).user("4242424").uid == 4242424


def test_ports(image):
    accounts = Accounts(Root(str(image)))
    assert [
        accounts.port(*place) for place in (("ssh", "tcp"), ("portmapper", "udp"), ("ssh", "udp"), ("7001", "tcp"))
    ] == [
        22,
        111,
        None,
        7001,
    ]
    assert accounts.port("99999", "tcp") is None


def test_known_daemons():
    assert known_daemon("/usr/sbin/rpc.mountd").daemon == "mountd"
    assert "/usr/lib/openssh/sshd-session" in known_daemon("/usr/sbin/sshd").asks_in
    assert known_daemon("/opt/anything") == NOTHING


def test_switches(image):
    root, vsftpd = Root(str(image)), "/usr/sbin/vsftpd"
    assert switched_on(Configurations(root), vsftpd, (), 0) is None
    (image / "etc/vsftpd.conf").write_text("listen=YES\n#tcp_wrappers=YES\n")
    assert switched_on(Configurations(root), vsftpd, (), 0) is False
    (image / "etc/vsftpd.conf").write_text("tcp_wrappers=NO\ntcp_wrappers=YES\n")
    assert switched_on(Configurations(root), vsftpd, (), 0) is True
    (image / "etc/other.conf").write_text("listen=YES\n")
    assert switched_on(Configurations(root), vsftpd, ("/etc/other.conf",), 0) is False


def test_names_by_port(image):
    root = Root(str(image))
    (image / "etc/stunnel").mkdir()
    text = "libwrap = yes\n[imaps]\naccept = 993\nconnect = 143\n[ldaps]\naccept = ::1:636\n"
    (image / "etc/stunnel/s.conf").write_text(text)
    arguments = ("/etc/stunnel/s.conf",)
    assert names_asked(Configurations(root), "/usr/bin/stunnel4", arguments, 993).names[0] == "imaps"
    assert names_asked(Configurations(root), "/usr/bin/stunnel4", arguments, 636).names[0] == "ldaps"
    assert names_asked(Configurations(root), "/usr/bin/stunnel4", arguments, 1).names[0] == "stunnel4"
    assert names_asked(Configurations(root), "/usr/sbin/dovecot", (), 995).names[0] == "pop3"
    assert names_asked(Configurations(root), "/usr/sbin/rpc.mountd", (), 5).names[0] == "mountd"
    assert names_asked(Configurations(root), "/usr/sbin/in.any", (), 5).names[0] == "in.any"
    assert named_by_port("/usr/sbin/dovecot") and not named_by_port("/usr/sbin/sshd")


ANSWERS = {
    "10.0.0.1": ("good.example.com", "good.example.com", ["10.0.0.1", "10.0.0.2"]),
    "10.0.0.3": ("liar.example.com", "liar.example.com", ["10.0.0.4"]),
    "10.0.0.5": ("alias.example.com", "other.example.com", ["10.0.0.5"]),
    "10.0.0.6": ("gone.example.com", None, []),
    "10.0.0.7": ("10.0.0.8", "10.0.0.8", ["10.0.0.8"]),
    "127.0.0.1": ("localhost", "localhost.localdomain", ["127.0.0.1"]),
    "2001:db8::1": ("Six.example.com", "six.example.com", ["2001:db8::1"]),
}


# the rules of sock_hostname() in tcp_wrappers 7.6
@pytest.mark.parametrize("address,answer", [
    ("10.0.0.1", ("good.example.com", False)),
    ("::ffff:10.0.0.1", ("good.example.com", False)),
    ("10.0.0.3", (None, True)),
    ("10.0.0.5", (None, True)),
    ("10.0.0.6", (None, True)),
    ("10.0.0.7", (None, True)),
    ("127.0.0.1", ("localhost", False)),
    ("2001:db8::1", ("Six.example.com", False)),
    ("10.0.0.99", (None, False)),
])  # fmt: skip
def test_names(monkeypatch, address, answer):
    def getnameinfo(endpoint, flags):
        if endpoint[0] not in ANSWERS:
            raise socket.gaierror(-2, "unknown")
        return ANSWERS[endpoint[0]][0], "0"

    def getaddrinfo(name, port, family=0, kind=0, protocol=0, flags=0):
        _name, canonical, addresses = next(entry for entry in ANSWERS.values() if entry[0] == name)
        if canonical is None:
            raise socket.gaierror(-2, "unknown")
        return [(family, kind, 6, canonical if not index else "", (found, 0)) for index, found in enumerate(addresses)]

    monkeypatch.setattr(names.socket, "getnameinfo", getnameinfo)
    monkeypatch.setattr(names.socket, "getaddrinfo", getaddrinfo)
    assert names.resolve_client(address) == answer


def test_a_digit_that_is_no_number_names_no_port(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "services").write_text("foo \u00b2/tcp\nbar 79/tcp\n", encoding="utf-8")
    accounts = Accounts(Root(str(tmp_path)))
    assert [accounts.port(name, "tcp") for name in ("\u00b2", "foo", "bar")] == [None, None, 79]


def test_a_configuration_costs_by_its_length(tmp_path):
    """Blank lines and blanks without end are what a local user can put into a file that his process names."""
    steps = []
    for size in (1, 4):
        path = tmp_path / "x.conf"
        path.write_text("\n" * (50000 * size) + "accept = " + " " * (50000 * size) + "x\n")
        began = time.process_time()
        assert switched_on(Configurations(Root("/")), "stunnel4", [str(path)], 0) is False
        assert names_asked(Configurations(Root("/")), "stunnel4", [str(path)], 99).names[0] == "stunnel4"
        steps.append(time.process_time() - began)
    assert steps[1] < 12 * steps[0] + 0.5  # four times the bytes; with a quadratic search sixteen times, and minutes


def test_a_configuration_of_somebody_else_than_root_is_none(tmp_path):
    path = tmp_path / "x.conf"
    path.write_text("libwrap = yes\n")
    assert switched_on(Configurations(Root("/")), "stunnel4", [str(path)], 0) is True
    if os.geteuid() == 0:
        os.chown(str(path), 65534, 65534)
        assert switched_on(Configurations(Root("/")), "stunnel4", [str(path)], 0) is None
