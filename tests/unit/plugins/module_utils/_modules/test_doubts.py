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
    check_of_started,
    own_check,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.service import Service


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
    """openbsd-inetd -i /etc/inetd2.conf, xinetd -f with a service of NOLIBWRAP, and a unit that was not read: what is started may be tcpd."""
    for program in ("/usr/sbin/inetd", "/usr/sbin/xinetd", "/usr/lib/systemd/systemd"):
        for asks in (True, False):
            told = doubt(program, asks=asks)
            assert told.asks is None and told.other_names
    assert doubt("/usr/sbin/vsftpd", asks=False) is None


def test_a_command_line_that_a_title_hides(doubt):
    """vsftpd with setproctitle_enable=YES: the file that it was started with is not to be seen."""
    assert doubt("/usr/sbin/vsftpd", title="vsftpd: LISTENER").asks is None
    assert doubt("/usr/sbin/rpcbind", title="rpcbind: x") is None  # nothing on its command line makes it ask


def test_what_comes_by_udp_to_one_that_asks_for_tcp_alone(doubt):
    assert doubt("/usr/sbin/syslog-ng", protocol="udp").asks is False
    assert doubt("/usr/sbin/syslog-ng") is None
    assert doubt("/usr/sbin/ser2net", protocol="udp").asks is False  # `accepter: udp,7543` answers whom ALL refuses


SESSION = "/usr/lib/openssh/sshd-session"
LISTENER = "sshd: /usr/sbin/sshd -D%s [listener] 0 of 10-100 startups"
OTHER = "SshdSessionPath /opt/s\n"


@pytest.fixture
def sshd(tmp_path):
    """What holds against an sshd of OpenSSH 10: by the words of a process, and by those of a super-server."""
    (tmp_path / "etc/ssh/sshd_config.d").mkdir(parents=True)
    (tmp_path / "opt").mkdir()
    (tmp_path / "etc/ssh/sshd_config").write_text("Include /etc/ssh/sshd_config.d/*.conf\nUsePAM yes\n")

    def ask(title=LISTENER % "", started=None, session=SESSION, **files):
        for name, text in files.items():
            (tmp_path / "opt" / name).write_text(text)
        read = Configurations(Root(str(tmp_path)))
        if started is not None:
            libraries = Libraries(Root(str(tmp_path)))
            libraries.holds = lambda program, text: text == SESSION
            libraries.find_libwrap = lambda path: Linkage(path == SESSION, (), "it links libwrap")
            service = Service("systemd", "s", "tcp", "stream", False, "root", "/usr/sbin/sshd", started, "sshd", "", 1)
            return check_of_started(read, libraries, Linkage(False, (), ""), service, 22).asks
        check = OwnCheck(True, "it links libwrap", known_daemon("/usr/sbin/sshd"), ("sshd",), "", session=session)
        process = Process(7, "sshd", "/usr/sbin/sshd", 0, 0, (), 0, True)
        told = doubts.doubt_about(read, process, [title], "tcp", check)
        return True if told is None else told.asks

    return ask


@pytest.mark.parametrize(
    "words", ["", " -o Port=2222", " -f /opt/a", " -o UseDNS no -o Port 22", " -f none", " -fnone -6p 22"]
)
def test_an_sshd_that_starts_its_own_program_for_a_connection(sshd, words):
    assert sshd(LISTENER % words, a="Port 22\n") is True
    assert sshd(started=tuple(words.replace("DNS ", "DNS=").replace("Port ", "Port=").split()), a="Port 22\n") is True


@pytest.mark.parametrize(
    "files, words",
    [
        ({}, " -o SshdSessionPath=/opt/s"),
        ({"a": OTHER}, " -f /opt/a"),
        ({"a": OTHER}, " -Df/opt/a"),
        ({"a": "Include /opt/b\n", "b": OTHER}, " -f /opt/a"),
        ({"a": "Include=/opt/b /opt/c\n", "b": "", "c": "Include /opt/[d]\n"}, " -f /opt/a"),
        ({"a": 'Include "/opt/[b]"\n', "b": ""}, " -f /opt/a"),
        ({"a": '"Include" /opt/?\n', "b": OTHER}, " -f /opt/a"),
        ({"a": "Include /opt/a\n"}, " -f /opt/a"),
        ({"a": '"SshdSessionPath" /opt/s\n'}, " -f /opt/a"),
        ({"a": 'Sshd"SessionPath" /opt/s\n'}, " -f /opt/a"),
        ({"a": " " * 2000 + OTHER}, " -f /opt/a"),
        ({"a": "UsePAM yes\r\n\tsshdsessionpath=/opt/s\r\n"}, " -f /opt/a"),
        ({"a": OTHER + "SshdSessionPath %s\n" % SESSION}, " -f /opt/a"),
        ({"a": "SshdSessionPath %s#\n" % SESSION}, " -f /opt/a"),
        ({"a": OTHER}, " -oInclude=/opt/a"),
        ({}, " -f relative"),
        ({}, " -f /opt/none"),
        ({}, " $SSHD_OPTS"),
    ],
)
def test_an_sshd_that_may_start_another_program_for_a_connection(sshd, files, words):
    """OpenSSH 10 of Debian 13: with SshdSessionPath of a program without libwrap it serves whom the tables refuse."""
    assert sshd(LISTENER % words, **files) is None
    assert sshd(started=("-i",) + tuple(words.split()), **files) is None
    assert sshd(LISTENER % words, session="") is True  # one that links libwrap itself


def test_an_sshd_whose_usual_file_includes_one_that_includes_another(sshd, tmp_path):
    drop_in = tmp_path / "etc/ssh/sshd_config.d/a.conf"
    for text in ("Include /opt/a\n", "Include sshd_config.d/b\n", OTHER):
        drop_in.write_text(text)
        (tmp_path / "etc/ssh/sshd_config.d/b").write_text("Include ../../opt/a\n")
        assert sshd(a=OTHER) is None
        assert sshd(started=("-i",), a=OTHER) is None
        assert sshd(started=("-i", "-o", "SshdSessionPath " + SESSION), a=OTHER) is True  # the first one counts
    drop_in.write_text("SshdSessionPath %s\n" % SESSION)
    assert sshd() is True
    drop_in.rename(drop_in.with_suffix(".off"))
    assert sshd() is True


@pytest.mark.parametrize(
    "words, told",
    [
        (" -o Banner /a -f /opt/b", None),  # -f, or a word of a banner's path
        (" -o ForceCommand internal-sftp -l INFO", None),
        (" -o AuthorizedKeysCommand=/usr/share/x/run %u %f -o AuthorizedKeysCommandUser=x", True),
    ],
)
def test_a_title_keeps_no_quotes(sshd, words, told):
    assert sshd(LISTENER % words) is told


def test_a_title_that_was_cut_off_says_nothing(sshd):
    assert sshd("sshd: /usr/sbin/sshd -D -o") is None
    assert sshd(started=("-i", "-o", "SshdSessionPath /opt/s")) is None


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


@pytest.mark.parametrize(
    "program, own, mounts, asks",
    [
        ("/usr/sbin/vsftpd", "/etc/vsftpd.conf", True, None),
        ("/usr/sbin/vsftpd", None, True, True),
        ("/usr/sbin/vsftpd", "/etc/vsftpd.conf", False, None),  # in a chroot
        ("/usr/bin/stunnel4", "/etc/vsftpd.conf", True, None),
        ("/usr/bin/stunnel4", "/etc/vsftpd.conf", False, True),  # it has read its configuration before
        ("/usr/lib/dovecot/x", "/etc/vsftpd.conf", True, None),
    ],
)
def test_a_daemon_that_sees_other_files_than_the_host(monkeypatch, program, own, mounts, asks):
    """`BindPaths=/etc/v2.conf:/etc/vsftpd.conf` (Debian 13): the client that the tables refuse is greeted."""
    monkeypatch.setattr(doubts, "other_file", lambda process, paths: own if own in paths else None)
    monkeypatch.setattr(doubts, "has_our_place", lambda process, chroot: not mounts and not chroot)
    known = known_daemon(program)
    check = OwnCheck(True, "it links libwrap", known, ("x",), "", program=program, files=("/etc/vsftpd.conf",))
    process = Process(1 << 30, "x", program, 0, 0, (), 0, True)
    found = doubts.doubt_of_running(Configurations(Root("/")), process, check)
    assert (True if found is None else found.asks) is asks


def test_an_sshd_that_sees_another_session_program_or_configuration(monkeypatch):
    """BindReadOnlyPaths= over sshd-session, and over /etc/ssh with another SshdSessionPath (Debian 13)."""
    check = OwnCheck(True, "", known_daemon("/usr/sbin/sshd"), ("sshd",), "", program="/usr/sbin/sshd", session=SESSION)
    process = Process(1 << 30, "sshd", "/usr/sbin/sshd", 0, 0, (), 0, True)
    asked = []
    monkeypatch.setattr(doubts, "has_our_place", lambda process, chroot: False)
    monkeypatch.setattr(doubts, "other_file", lambda process, paths: asked.extend(paths))
    monkeypatch.setattr(doubts, "other_session", lambda read, words, session: read.note("/etc/ssh/a") or "")
    assert doubts.doubt_about(Configurations(Root("/")), process, ["sshd: x"], "tcp", check) is None
    assert asked == ["/etc/ssh/a", SESSION]


def test_more_files_than_are_compared(monkeypatch):
    monkeypatch.setattr(doubts, "has_our_place", lambda process, chroot: False)
    monkeypatch.setattr(doubts, "other_file", lambda process, paths: None)
    files = tuple("/etc/x/%d" % number for number in range(1001))
    check = OwnCheck(True, "it asks", known_daemon("/usr/sbin/x"), ("x",), "", program="/usr/sbin/x", files=files)
    process = Process(1 << 30, "x", "/usr/sbin/x", 0, 0, (), 0, True)
    read = Configurations(Root("/"))
    assert doubts.doubt_of_running(read, process, check).asks is None
    assert doubts.doubt_of_running(read, process, check._replace(files=files[:1000])) is None


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
