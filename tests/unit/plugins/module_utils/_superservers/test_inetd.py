# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading inetd.conf: what openbsd-inetd 0.20221205, inetutils-inetd 2.4 and FreeBSD's inetd make of the same lines."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError


def only(text, flavour="openbsd"):
    config = inetd.read(text, flavour)
    assert len(config.entries) == 1, config.entries
    return config.entries[0]


def codes(text, flavour="openbsd"):
    return [(finding.code, finding.line) for finding in inetd.read(text, flavour).findings]


def test_the_fields_of_a_line():
    entry = only("ftp\tstream\ttcp\tnowait.40\tftp.daemon\t/usr/sbin/in.ftpd in.ftpd -l -a\n")
    assert (entry.name, entry.socket_type, entry.protocol, entry.wait, entry.user) == (
        "ftp",
        "stream",
        "tcp",
        False,
        "ftp",
    )
    assert (entry.server, entry.args, entry.daemon, entry.line) == ("/usr/sbin/in.ftpd", ("-l", "-a"), "in.ftpd", 1)
    assert entry.wrappable and not entry.via_tcpd and not entry.disabled and entry.reason is None


def test_the_same_lines_to_two_programs():
    """The argument lists are those that both programs were seen to start a server with."""
    text = '7104 stream tcp nowait root /t/argv argv "a b" c\n  # cont x\n'
    assert only(text).args == ('"a', 'b"', "c", "#", "cont", "x")
    config = inetd.read(text, "inetutils")
    assert config.entries[0].args == ("a b", "c")
    assert [finding.code for finding in config.findings] == ["malformed"]


def test_an_indented_line_after_a_comment_is_a_service_of_its_own():
    text = "7106 stream tcp nowait root /t/argv argv x\n#c\n 7107 stream tcp nowait root /t/argv argv y\n"
    assert [entry.args for entry in inetd.read(text).entries] == [("x",), ("y",)]


def test_a_carriage_return_is_text_to_openbsd_and_a_blank_to_inetutils():
    text = "7102 stream tcp nowait root /t/argv argv -x\r\n"
    assert only(text).args == ("-x\r",)
    assert only(text, "inetutils").args == ("-x",)
    assert codes("7103 stream tcp nowait root /t/argv\r\n") == [("malformed", 1)]


def test_freebsd_reads_quotes_and_continuation_lines():
    entry = only(
        'rsync stream tcp nowait/10/3/2 nobody:nogroup/daemon "/usr/local/bin/rsync server"\n\t"rsync server" --daemon\n',
        "freebsd",
    )
    assert (entry.server, entry.args, entry.user) == ("/usr/local/bin/rsync server", ("--daemon",), "nobody")
    assert entry.own_daemon == "rsync server"


def test_xinetd_takes_indented_comments_and_nothing_else():
    text = "  # ftp stream tcp nowait root /t/a a\nftp stream tcp nowait root /t/a a\n  b c\n"
    assert [entry.args for entry in inetd.read(text, "xinetd").entries] == [()]
    assert codes(text, "xinetd") == [("malformed", 3)]


def test_a_line_that_tcpd_starts():
    entry = only("finger stream tcp nowait nobody /usr/sbin/tcpd in.fingerd -w\n")
    assert (entry.via_tcpd, entry.server, entry.args, entry.daemon, entry.own_daemon) == (
        True,
        "/usr/sbin/in.fingerd",
        ("-w",),
        "in.fingerd",
        None,
    )
    entry = only("cvs stream tcp nowait root /usr/libexec/tcpd /usr/bin/cvs pserver\n")
    assert (entry.server, entry.tcpd, entry.daemon) == ("/usr/bin/cvs", "/usr/libexec/tcpd", "cvs")
    entry = only("x stream tcp nowait root /usr/libexec/tcpd xd\n")
    assert entry.server == "/usr/libexec/xd"


def test_the_name_that_inetd_itself_would_ask_for():
    """openbsd-inetd -l takes argv[0] as it is written, a full path too, and the server's name where there is none."""
    assert only("a stream tcp nowait root /usr/sbin/x /y/z\n").own_daemon == "/y/z"
    assert only("a stream tcp nowait root /usr/sbin/x\n").own_daemon == "x"
    assert only("a stream tcp nowait root /usr/sbin/x /y/z\n", "inetutils").own_daemon is None
    assert only("a stream tcp nowait root internal\n").own_daemon is None


@pytest.mark.parametrize(
    "line, reason",
    [
        ("time stream tcp nowait root internal", "internal: inetd answers by itself"),
        ("rusersd/2-3 stream rpc/tcp wait root /usr/sbin/rpc.rusersd rpc.rusersd", "rpc over tcp"),
        ("rusersd/2-3 stream rpc/tcp nowait root /usr/sbin/rpc.rusersd rpc.rusersd", "rpc over tcp"),
        ("ident stream tcp wait identd /usr/sbin/identd identd", "stream wait"),
        ("ident stream tcp6 wait.20 identd /usr/sbin/identd identd", "stream wait"),
        ("rquotad/1 tli rpc/datagram_v wait root /usr/lib/nfs/rquotad rquotad", "socket type tli"),
        ("sock stream unix nowait root /usr/sbin/x x", "unix socket"),
        ("ftp stream tcp nowait root in.ftpd in.ftpd", "not an absolute path"),
        ("telnet stream tcp nowait root /bin/busybox telnetd -i", "chooses what to do by argv[0]"),
        ("loop stream tcp nowait root /usr/sbin/tcpd", "starts itself in an endless loop"),
        ("loop stream tcp nowait root /usr/sbin/tcpd tcpd x", "starts itself in an endless loop"),
    ],
)
def test_what_cannot_go_through_tcpd(line, reason):
    entry = only(line + "\n")
    assert not entry.wrappable and reason in entry.reason


@pytest.mark.parametrize(
    "line",
    [
        "tftp dgram udp wait nobody /usr/sbin/in.tftpd in.tftpd",
        "rstatd/1-5 dgram rpc/udp wait nobody /usr/sbin/rpc.rstatd rpc.rstatd",
        "tcpmux/+date stream tcp nowait guest /bin/date date",
        "[::1]:ftp stream tcp6 nowait root /usr/sbin/in.ftpd in.ftpd",
        "127.0.0.1,10.0.0.1:ftp stream tcp nowait root:ftp /usr/sbin/in.ftpd in.ftpd",
        "8021 stream tcp nowait:10 root /usr/sbin/in.ftpd in.ftpd",
        "telnet stream tcp nowait root /bin/busybox busybox telnetd -i",
    ],
)
def test_what_can(line):
    assert only(line + "\n").wrappable


def test_what_switches_a_service_off():
    text = "#<off># telnet stream tcp nowait root /usr/sbin/in.telnetd in.telnetd\n#ftp stream tcp nowait root /a a\n#<off># prose\n"
    config = inetd.read(text)
    assert [(entry.name, entry.disabled) for entry in config.entries] == [("telnet", True)]
    assert config.findings == []


@pytest.mark.parametrize(
    "line",
    [
        "netstat stream tcp nowait",
        "ftp strem tcp nowait root /usr/sbin/in.ftpd in.ftpd",
        "ftp stream tcp maybe root /usr/sbin/in.ftpd in.ftpd",
        "a b c d e f g h",
        "ftp stream tcp nowait root /usr/sbin/in\0ftpd in.ftpd",
        "ftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd " + "x" * 1000,
    ],
)
def test_lines_that_are_no_service_are_reported_and_kept(line):
    config = inetd.read("# c\n" + line + "\n")
    assert config.entries == [] and [(finding.code, finding.line) for finding in config.findings] == [("malformed", 2)]
    assert config.text == "# c\n" + line + "\n"


def test_an_address_alone_is_no_service_to_openbsd():
    assert inetd.read("127.0.0.1:\n").findings == []
    assert codes("127.0.0.1:\n", "inetutils") == [("malformed", 1)]


def test_of_two_equal_lines_one_counts():
    text = "ftp stream tcp nowait root /a a\nftp stream tcp nowait root /b b\nftp stream tcp6 nowait root /b b\n"
    assert codes(text) == [("duplicate", 2)]
    assert "the last one counts" in inetd.read(text).findings[0].message
    assert "the first one counts" in inetd.read(text, "xinetd").findings[0].message


def test_a_comment_of_ours_without_its_service_is_reported():
    assert codes("#portcullis: ftp stream tcp nowait root /a\nftp stream tcp nowait root /a a\n") == [
        ("orphan-comment", 1)
    ]


DEFAULTS = """time stream tcp nowait root /t/a a
127.0.0.1:
ftp stream tcp nowait root /t/a a
10.0.0.1:ftp stream tcp nowait root /t/a a
127.0.0.2:
ftp stream tcp nowait root /t/b b
*:
ftp stream tcp nowait root /t/c c
"""


def test_services_below_default_addresses_are_told_apart():
    config = inetd.read(DEFAULTS)
    assert config.findings == []
    assert [entry.identity for entry in config.entries] == [
        "*:time/tcp",
        "127.0.0.1:ftp/tcp",
        "10.0.0.1:ftp/tcp",
        "127.0.0.2:ftp/tcp",
        "*:ftp/tcp",
    ]
    for entry in config.entries:
        assert [other.line for other in config.entries if other.goes_by(entry.identity)] == [entry.line]
    assert [entry.line for entry in config.entries if entry.goes_by("ftp")] == [3, 6, 8]
    assert codes(DEFAULTS + "127.0.0.1:ftp stream tcp nowait root /t/d d\n") == [("duplicate", 9)]
    assert codes(DEFAULTS + "ftp stream tcp nowait root /t/d d\n") == [("duplicate", 9)]


def test_a_default_address_that_is_off_or_another_inetds_places_nothing():
    for text, flavour in (
        ("#127.0.0.1:\nftp stream tcp nowait root /t/a a\n", "openbsd"),
        ("ftp stream tcp nowait root /t/a a\n", "openbsd"),
        ("127.0.0.1:\nftp stream tcp nowait root /t/a a\n", "inetutils"),
    ):
        (entry,) = inetd.read(text, flavour).entries
        assert (entry.default_address, entry.identity) == (None, "ftp/tcp")


@pytest.mark.parametrize(
    "words, found",
    [
        ("/usr/sbin/tcpd /x/kshd kshd -5c", ["argv0-repeated"]),
        ("/usr/sbin/tcpd /x/kshd -5c", []),
        ("/usr/sbin/tcpd /x/kshd -5c kshd", []),
        ("/usr/sbin/tcpd", ["tcpd-without-argv0"]),
        ("/x/kshd", ["argv0-missing"]),
        ("/x/kshd -5c", ["argv0-missing"]),
        ("/bin/sh -sh", []),
        ("/x/kshd kshd kshd", []),
        ("internal", []),
    ],
)
def test_the_daemons_own_name(words, found):
    assert codes("x stream tcp nowait root %s\n" % words) == [(code, 1) for code in found]
    assert codes("#<off># x stream tcp nowait root %s\n" % words) == []


def test_a_program_that_chooses_by_its_name():
    def reason(words, *links):
        (entry,) = inetd.read("ssh stream tcp nowait root %s\n" % words, other_names=lambda path: links).entries
        assert entry.wrappable == (entry.reason is None)
        return entry.reason

    assert "chooses what to do by argv[0] ('dropbear')" in reason("/usr/bin/dropbearmulti dropbear -i")
    several = reason("/opt/bin/multi served -i", "/opt/bin/other", "/opt/sbin/served")
    assert "it is also called /opt/bin/other, /opt/sbin/served" in several and several.endswith(
        "name /opt/sbin/served as the server instead"
    )
    assert reason("/opt/bin/multi served -i", "/opt/bin/other").endswith(
        "name a link to it of that name as the server instead"
    )
    assert reason("/opt/bin/multi served -i") is None
    assert reason("/opt/bin/multi multi -i", "/opt/bin/other") is None
    assert reason("/opt/bin/multi", "/opt/bin/other") is None


def test_an_unknown_flavour():
    with pytest.raises(SuperserverError, match="freebsd, inetutils, openbsd, xinetd"):
        inetd.read("", "bsd")


def test_names_by_which_a_service_goes():
    entry = only("rstatd/1-5 dgram rpc/udp wait nobody /usr/sbin/rpc.rstatd rpc.rstatd\n")
    assert entry.goes_by("rstatd/1-5") and entry.goes_by("rstatd/1-5/rpc/udp")
    assert not entry.goes_by("rstatd") and not entry.goes_by("rstatd/1-5/udp")


def test_a_line_that_is_off_ends_where_it_ends():
    """To inetd it is a comment, so an indented line after it is a service of its own."""
    text = "#<off># a stream tcp nowait root /a a\n b stream tcp nowait root /b b\n"
    assert [(entry.name, entry.disabled, entry.args) for entry in inetd.read(text).entries] == [
        ("a", True, ()),
        ("b", False, ()),
    ]


@pytest.mark.parametrize(
    "line, found",
    [
        ("ident stream tcp wait nobody /usr/sbin/tcpd in.identd", ["tcpd-on-listening-socket"]),
        ("ident stream tcp nowait nobody /usr/sbin/tcpd in.identd", []),
        ("tftp dgram udp wait nobody /usr/sbin/tcpd in.tftpd", []),
    ],
)
def test_tcpd_on_a_listening_socket(line, found):
    assert codes(line + "\n") == [(code, 1) for code in found]
