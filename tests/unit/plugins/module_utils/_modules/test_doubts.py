# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Processes of which their program says too much: each served a client that the host's tables refuse (Debian 12)."""

import subprocess
import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import known_daemon
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries, Linkage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process, started_at
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import doubts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import (
    OwnCheck,
    own_check,
)


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


def changed_after(moment, path, text):
    """Write a file until its time is later than a moment: the kernel's clock of files moves in steps."""
    while not path.exists() or path.stat().st_ctime <= moment + 0.1:
        path.write_text(text)


def test_a_daemon_that_was_not_restarted_since_its_configuration_changed(tmp_path):
    """Debian 12: `echo tcp_wrappers=YES >> /etc/vsftpd.conf`, and the running vsftpd greets whom the tables refuse."""
    root, conf = Root("/"), tmp_path / "vsftpd.conf"
    conf.write_text("listen=YES\n")
    arguments = (str(conf),)
    read = Configurations(root)
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as daemon:
        changed_after(started_at(daemon.pid), conf, "tcp_wrappers=YES\n")
        check = own_check(read, Libraries(root), Linkage(True, (), "it links libwrap"), "/usr/sbin/vsftpd", arguments)
        assert (check.asks, check.files) == (True, arguments)
        process = Process(daemon.pid, "vsftpd", "/usr/sbin/vsftpd", 0, 0, (), 0, True)
        told = doubts.doubt_about(read, process, ("/usr/sbin/vsftpd",) + arguments, "tcp", check)
        daemon.communicate(b"\n")
    assert (told.asks, told.remedy) == (None, "Restart it.")
    assert told.reason.endswith(
        "was changed after process %d was started: it may still do what stood there before" % daemon.pid
    )
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as daemon:
        restarted = process._replace(pid=daemon.pid)
        assert doubts.doubt_about(read, restarted, ("/usr/sbin/vsftpd",) + arguments, "tcp", check) is None
        daemon.communicate(b"\n")


def test_every_file_and_folder_that_an_answer_was_read_from_counts(tmp_path):
    root = Root(str(tmp_path))
    (tmp_path / "etc/mosquitto/conf.d").mkdir(parents=True)
    (tmp_path / "etc/mosquitto/mosquitto.conf").write_text("listener 1883\ninclude_dir /etc/mosquitto/conf.d\n")
    (tmp_path / "etc/mosquitto/conf.d/a.conf").write_text("# nothing\n")
    read = Configurations(root)
    links = Linkage(True, (), "it links libwrap")
    arguments = ("-c", "/etc/mosquitto/mosquitto.conf")
    for _time in range(2):  # what is kept from the first question counts for the second
        check = own_check(read, Libraries(root), links, "/usr/sbin/mosquitto", arguments, 1883)
        assert set(check.files) == {
            "/etc/mosquitto/mosquitto.conf",
            "/etc/mosquitto/conf.d",
            "/etc/mosquitto/conf.d/a.conf",
        }
    assert own_check(read, Libraries(root), links, "/usr/sbin/rpcbind", (), 111).files == ()


def test_the_tables_are_no_configuration_of_a_daemon(doubt, monkeypatch):
    monkeypatch.setattr(doubts, "started_at", lambda pid: 0.0)
    check = OwnCheck(
        True, "it links libwrap", known_daemon("/usr/sbin/rpcbind"), ("x",), "", files=("/etc/hosts.allow",)
    )
    process = Process(7, "x", "/usr/sbin/rpcbind", 0, 0, (), 0, True)
    assert doubts.doubt_about(Configurations(Root("/")), process, ["/usr/sbin/rpcbind"], "tcp", check) is None


@pytest.mark.parametrize("name", ["vsftpd", "stunnel4", "auditd", "conmand", "danted", "sslh", "powermand", "dovecot"])
def test_the_remedy_of_a_configuration_says_that_it_is_read_at_the_start(name):
    assert known_daemon("/usr/sbin/" + name).switch.remedy.endswith(", and restart it.")
