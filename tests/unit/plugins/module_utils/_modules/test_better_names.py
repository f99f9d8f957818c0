# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which name is asked for where a rule says another."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.better_names import better_name
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.findings import rule_findings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import (
    Listener,
    merged,
    names_of,
)


def service(name, daemon, port, kind="process", protocol="tcp"):
    listens = ((protocol, "0.0.0.0", port),)
    return Listener(
        name, kind, protocol, daemon, (), "", None, listens, port, (), None, (), (), None, None, False
    )  # fmt: skip


SERVICES = [
    service("sshd", "sshd", 22),
    service("telnet", "my-telnetd", 23, "inetd"),
    service("x@.service", "in.xd", 99, "systemd"),
    service("in.tftpd", "in.tftpd", 69, protocol="udp"),
    service("master", "imap", 143),
    service("vsftpd", "vsftpd", 21),
]


@pytest.mark.parametrize("written, asked", [
    ("sshd", None),
    ("SSHD", None),
    ("ssh", "sshd"),
    ("/usr/sbin/sshd", "sshd"),
    ("telnet", "my-telnetd"),  # what the host starts, not what is usual
    ("x", "in.xd"),
    ("22", "sshd"),
    ("tftp", "in.tftpd"),
    ("master", "imap"),
    ("vsftp", "vsftpd"),
    ("in.ftpd", "vsftpd"),
    ("ftpd", "vsftpd"),
    ("portmap", "rpcbind"),
    ("rpc.mountd", "mountd"),
    ("nobody-knows", None),
])  # fmt: skip
def test_names(tmp_path, written, asked):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/services").write_text("ssh 22/tcp\nftp 21/tcp\ntelnet 23/tcp\ntftp 69/udp\n")
    assert better_name(written, SERVICES, Accounts(Root(str(tmp_path)))) == asked


def test_a_user_s_own_process_gives_no_name(tmp_path):
    """alice had a copy of sleep called in.ftpd listen: the rule that nothing enforces was right as long as it lived."""
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/services").write_text("ftp 21/tcp\n")
    own = service("in.ftpd (a user's own process)", "in.ftpd", 2121)._replace(personal=True)
    accounts = Accounts(Root(str(tmp_path)))
    assert names_of(own) == () and merged([own]) == {}
    assert better_name("in.ftpd", SERVICES + [own], accounts) == better_name("in.ftpd", SERVICES, accounts) == "vsftpd"
    policy = Policy.parse("", "in.ftpd: ALL\n", get_dialect("debian"))
    (finding,) = rule_findings(policy, {"vsftpd"}, SERVICES + [own], accounts)
    assert finding.code == "rule-without-daemon" and "vsftpd" in finding.remedy
