# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of which their program says too much: each served a client that the host's tables refuse (Debian 12)."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import known_daemon
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import doubts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import OwnCheck


@pytest.fixture
def doubt(tmp_path):
    def ask(program, title=None, protocol="tcp", asks=True):
        process = Process(7, "x", program, 0, 0, (), 0, True)
        check = OwnCheck(asks, "it links libwrap", known_daemon(program), ("x",), "")
        return doubts.doubt_about(Configurations(Root(str(tmp_path))), process, [title or program], protocol, check)

    return ask


def test_a_process_that_is_what_it_seems(doubt):
    assert doubt("/usr/sbin/rpcbind") is None
    assert doubt("/usr/sbin/rpcbind", protocol="udp") is None
    assert doubt("/usr/sbin/vsftpd") is None


def test_a_second_inetd_asks_only_for_what_its_configuration_says(doubt):
    """openbsd-inetd -i /etc/inetd2.conf, and xinetd -f with a service of NOLIBWRAP."""
    for program in ("/usr/sbin/inetd", "/usr/sbin/xinetd"):
        assert doubt(program).asks is None
    assert doubt("/usr/sbin/inetd", asks=False) is None


def test_a_command_line_that_a_title_hides(doubt):
    """vsftpd with setproctitle_enable=YES: the file that it was started with is not to be seen."""
    assert doubt("/usr/sbin/vsftpd", title="vsftpd: LISTENER").asks is None
    assert doubt("/usr/sbin/rpcbind", title="rpcbind: x") is None  # nothing on its command line makes it ask


def test_what_comes_by_udp_to_one_that_asks_for_tcp_alone(doubt):
    assert doubt("/usr/sbin/syslog-ng", protocol="udp").asks is False
    assert doubt("/usr/sbin/syslog-ng") is None


def test_an_sshd_that_is_told_which_program_serves_its_connections(doubt, tmp_path):
    """OpenSSH 10 of Debian 13: with SshdSessionPath of a program without libwrap it serves whom the tables refuse."""
    assert doubt("/usr/sbin/sshd") is None
    listener = "sshd: /usr/sbin/sshd -D%s [listener] 0 of 10-100 startups"
    assert doubt("/usr/sbin/sshd", title=listener % " -o SshdSessionPath=/opt/s").asks is None
    (tmp_path / "etc/ssh/sshd_config.d").mkdir(parents=True)
    (tmp_path / "etc/ssh/sshd_config.d/a.conf").write_text("SshdSessionPath /usr/local/libexec/sshd-session\n")
    assert doubt("/usr/sbin/sshd", title=listener % "").asks is None
    assert doubt("/usr/sbin/sshd", title=listener % " -f /etc/other") is None
