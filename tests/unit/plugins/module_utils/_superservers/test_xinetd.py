# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading xinetd's files: what xinetd 2.3.15.3 (Debian 12) was seen to make of the same text."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import xinetd, xinetd_rewrite
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils._superservers.xinetd_texts import (
    legacy,
    service,
)


def read(text, libwrap=True, **files):
    return xinetd.read(
        TextSources(
            dict({"/etc/xinetd.conf": text}, **{"/etc/xinetd.d/" + name: body for name, body in files.items()})
        ),
        libwrap=libwrap,
    )


def only(text, libwrap=True):
    config = read(text, libwrap)
    assert len(config.entries) == 1, config.entries
    return config.entries[0]


def codes(config):
    return [finding.code for finding in config.findings]


def test_a_plain_service():
    entry = only(service("telnet", server="/usr/sbin/in.telnetd", server_args="-h -x"))
    assert (entry.name, entry.protocol, entry.socket_type, entry.wait, entry.user) == (
        "telnet",
        "tcp",
        "stream",
        False,
        "root",
    )
    assert (entry.server, entry.args, entry.daemon, entry.own_daemon) == (
        "/usr/sbin/in.telnetd",
        ("-h", "-x"),
        "in.telnetd",
        "in.telnetd",
    )
    assert entry.wrappable and not entry.via_tcpd and not entry.disabled


def test_the_id_is_the_name():
    assert only(service("time", id="time-stream")).name == "time-stream"


@pytest.mark.parametrize(
    "attributes, libwrap, name",
    [
        ({}, True, "argv"),
        ({}, False, None),
        ({"flags": "REUSE NOLIBWRAP"}, True, None),
        ({"libwrap": "other"}, True, "other"),
        ({"type": "UNLISTED INTERNAL"}, True, "a"),
        ({"redirect": "192.0.2.1 80"}, True, "a"),
    ],
)
def test_the_name_that_xinetd_itself_asks_for(attributes, libwrap, name):
    assert only(service(**attributes), libwrap).own_daemon == name


def test_nameinargs_counts_before_server_args_only():
    text = service(flags="NAMEINARGS", server_args="/opt/named x")
    before = text.replace("\tserver_args = /opt/named x\n", "").replace(
        "\tflags", "\tserver_args = /opt/named x\n\tflags"
    )
    after = text.replace("\tflags = NAMEINARGS\n", "").replace("\tserver_args", "\tflags = NAMEINARGS\n\tserver_args")
    assert only(after).own_daemon == "named" and only(after).args == ("x",)
    assert codes(read(before)) == ["nameinargs-too-late"]
    assert "crashes" in only(before).reason


def test_the_first_of_two_equal_attributes_counts():
    text = service(server_args="x\ty  z").replace("\tserver_args", "\tserver = /bin/false\n\tserver_args")
    entry = only(text.replace("}", "\tdisable = no\n\tdisable = yes\n\tflags += NAMEINARGS\n\tbogus = 1\n\tcps = 1\n}"))
    assert (entry.server, entry.args, entry.disabled) == ("/t/argv", ("x", "y", "z"), False)
    entry = only(service().replace("\tserver = ", "\tserver = a b\n\tserver = "))
    assert entry.server == "/t/argv"


@pytest.mark.parametrize(
    "text",
    [
        "service a\n{\n port =7201\n socket_type = stream\n wait = no\n user = root\n server = /t/argv\n}",
        "# c\nservice  a \n\n  # c\n {  \n\x0btype = UNLISTED\n\n#x\n socket_type =   stream\n wait = no\n server = /t/argv  \n }  ",
    ],
)
def test_shapes_that_xinetd_takes(text):
    config = read(text)
    assert config.findings == [] and config.entries[0].server == "/t/argv" and config.entries[0].wrappable


@pytest.mark.parametrize(
    "text",
    [
        "service a {\n socket_type = stream\n server = /t/argv\n}\n",
        "service a\n{ # c\n socket_type = stream\n server = /t/argv\n}\n",
        "service a\n{\n socket_type= stream\n server = /t/argv\n}\n",
        "service a\n{\n socket_type=stream\n server = /t/argv\n}\n",
        "service a\n{\n socket_type = stream\n server = /t/argv\n",
        "service a\n{\n socket_type = stream\n server = /t/argv\n} # x\n",
    ],
)
def test_shapes_for_which_xinetd_drops_the_service(text):
    config = read(text)
    assert codes(config) == ["malformed"]
    assert (
        not config.entries[0].wrappable and config.entries[0].disabled and "xinetd drops it" in config.entries[0].reason
    )


def test_a_stray_line_swallows_the_next_service():
    config = read("stray\n" + service("a") + service("b"))
    assert [entry.name for entry in config.entries] == ["b"]
    assert codes(config) == ["malformed"] and "skips everything up to line 11" in config.findings[0].message


@pytest.mark.parametrize(
    "attributes, reason",
    [
        ({"type": "INTERNAL"}, "internal"),
        ({"redirect": "192.0.2.1 80", "server": None}, "redirect"),
        ({"flags": "SENSOR"}, "sensor"),
        ({"flags": "INTERCEPT"}, "INTERCEPT"),
        ({"type": "RPC", "rpc_version": "1"}, "rpc over tcp"),
        ({"wait": "yes"}, "wait = yes on a stream"),
        ({"socket_type": "raw"}, "socket type raw"),
        ({"server": None}, "no server"),
        ({"server": "argv"}, "not an absolute path"),
        ({"flags": "REUSE BOGUS"}, "there is no flag BOGUS"),
        ({"server_args": ""}, "server_args has no value"),
        ({"disable": "maybe"}, "not yes or no"),
        ({"server": "/usr/sbin/tcpd"}, "starts itself in an endless loop"),
        ({"server": "/usr/sbin/tcpd", "server_args": "in.telnetd"}, "starts itself in an endless loop"),
    ],
)
def test_what_cannot_go_through_tcpd(attributes, reason):
    entry = only(service(**attributes))
    assert not entry.wrappable and reason in entry.reason


def test_carriage_returns_break_a_service():
    config = read(service().replace("\n", "\r\n"))
    assert codes(config) == ["not-started"] and "carriage return" in config.entries[0].reason


def test_udp_can_and_says_what_tcpd_sees():
    entry = only(service(socket_type="dgram", protocol=None, wait="yes"))
    assert entry.wrappable and entry.protocol == "udp" and "first packet" in entry.note


def test_a_service_behind_tcpd():
    config = read(service(server="/usr/sbin/tcpd", flags="NAMEINARGS NOLIBWRAP", server_args="/opt/in.x -a"))
    entry = config.entries[0]
    assert (entry.via_tcpd, entry.server, entry.args, entry.daemon, entry.own_daemon) == (
        True,
        "/opt/in.x",
        ("-a",),
        "in.x",
        None,
    )
    assert config.findings == []
    assert (
        only(service(server="/usr/sbin/tcpd", flags="NAMEINARGS NOLIBWRAP", server_args="in.x")).server
        == "/usr/sbin/in.x"
    )


def test_what_is_wrong_with_a_service_behind_tcpd():
    assert codes(read(service(server="/usr/sbin/tcpd", flags="NAMEINARGS", server_args="/opt/in.x"))) == [
        "checked-twice"
    ]
    assert (
        codes(read(service(server="/usr/sbin/tcpd", flags="NAMEINARGS", server_args="/opt/in.x"), libwrap=False)) == []
    )
    assert codes(read(service(server="/usr/sbin/tcpd", flags="NOLIBWRAP", server_args="/opt/in.x"))) == [
        "tcpd-without-nameinargs"
    ]


def test_what_switches_a_service_off():
    text = service("a") + service("b", id="bb") + service("c", disable="yes") + service("d", disable="no")
    off = [(entry.name, entry.disabled) for entry in read(text).entries]
    assert off == [("a", False), ("bb", False), ("c", True), ("d", False)]
    config = read("defaults\n{\n disabled = bb x\n disabled += d\n disabled -= d\n}\n" + text)
    assert [entry.name for entry in config.entries if entry.disabled] == ["bb", "c"]
    config = read("defaults\n{\n enabled = bb c\n}\n" + text)
    assert [entry.name for entry in config.entries if entry.disabled] == ["a", "c", "d"]


def test_the_files_of_a_folder():
    text = service()
    config = read("includedir /etc/xinetd.d\n", b=text, a=text, Z=text, **{"c.rpmsave": text, "d~": text, "#g#": text})
    assert [entry.path for entry in config.entries] == ["/etc/xinetd.d/" + name for name in ("#g#", "Z", "a", "b")]


def test_what_is_included_and_is_not_there():
    config = read("include /etc/none\nincludedir /etc/nowhere\ninclude /etc/xinetd.conf\n" + service())
    assert codes(config) == ["include-missing", "include-missing", "included-twice"] and len(config.entries) == 1
    with pytest.raises(SuperserverError, match="/etc/other.conf"):
        xinetd.read(TextSources({}), "/etc/other.conf")


def test_a_folder_in_an_includedir_is_skipped():
    sources = TextSources(
        {
            "/etc/xinetd.conf": "includedir /etc/xinetd.d\n",
            "/etc/xinetd.d/sub/a": service(),
            "/etc/xinetd.d/b": service(),
        }
    )
    config = xinetd.read(sources)
    assert len(config.entries) == 1 and config.findings == []


def test_only_the_first_defaults_count():
    config = read("defaults\n{\n disabled = a\n}\ndefaults\n{\n disabled = b\n}\n" + service("a") + service("b"))
    assert codes(config) == ["second-defaults"] and [entry.disabled for entry in config.entries] == [True, False]


def test_a_red_hat_host():
    config = xinetd.read(TextSources(legacy()))
    states = {
        entry.name: "off" if entry.disabled else "tcpd" if entry.via_tcpd else "can" if entry.wrappable else "cannot"
        for entry in config.entries
    }
    assert states == {
        "amanda": "can",
        "cvspserver": "can",
        "finger": "tcpd",
        "ftp": "can",
        "http-redirect": "cannot",
        "nrpe": "can",
        "rsh": "off",
        "rsync": "off",
        "telnet": "can",
        "tftp": "off",
        "time-stream": "cannot",
        "uucp": "off",
        "vmware-authd": "can",
    }
    assert sorted(codes(config)) == ["checked-twice", "malformed"]
    assert not any("rpmsave" in path for path in config.files)


def test_a_program_that_chooses_by_its_name():
    text = "service x\n{\n socket_type = stream\n wait = no\n user = root\n flags = NAMEINARGS\n server = /opt/multi\n server_args = served -i\n}\n"
    plain = "service y\n{\n socket_type = stream\n wait = no\n user = root\n server = /opt/y\n}\n"
    sources = TextSources(
        {"/etc/xinetd.conf": text + plain}, None, lambda path: ["/opt/served"] if path == "/opt/multi" else []
    )
    config = xinetd.read(sources)
    first, second = config.entries
    assert not first.wrappable and "name /opt/served as the server instead" in first.reason
    assert list(xinetd_rewrite.wrap(config, [second], "/usr/sbin/tcpd")) == ["/etc/xinetd.conf"]
    assert xinetd.read(TextSources({"/etc/xinetd.conf": text})).entries[0].wrappable


def test_a_daemon_behind_tcpd_that_is_given_its_own_name():
    text = "service x\n{\n socket_type = stream\n wait = no\n user = root\n flags = NAMEINARGS NOLIBWRAP\n server = /usr/sbin/tcpd\n server_args = %s\n}\n"
    assert [
        (found.code, found.line)
        for found in xinetd.read(TextSources({"/etc/xinetd.conf": text % "/x/kshd kshd -5c"})).findings
    ] == [("argv0-repeated", 8)]
    assert xinetd.read(TextSources({"/etc/xinetd.conf": text % "/x/kshd -5c kshd"})).findings == []


def test_a_plain_daemon_that_is_given_its_own_name():
    """`in.hellod -5c` of inetd.conf moved to server_args: the daemon got [in.hellod] [in.hellod] [-5c] (xinetd 2.3.15)."""
    text = "service x\n{\n socket_type = stream\n wait = no\n user = root\n%s server = /x/kshd\n server_args = %s\n}\n"
    (found,) = xinetd.read(TextSources({"/etc/xinetd.conf": text % ("", "kshd -5c")})).findings
    assert (found.code, found.line) == ("argv0-repeated", 7) and "xinetd sets argv[0] itself" in found.message
    for flags, arguments in (("", "-5c kshd"), (" flags = NAMEINARGS\n", "kshd -5c")):
        assert xinetd.read(TextSources({"/etc/xinetd.conf": text % (flags, arguments)})).findings == []


def test_a_server_that_accepts_by_itself_is_asked_about_by_nobody():
    text = "service x\n{\n socket_type = stream\n wait = %s\n user = root\n flags = NAMEINARGS\n server = %s\n server_args = /x/y\n}\n"
    assert [only(text % (wait, "/x/y")).own_daemon for wait in ("no", "yes")] == ["y", None]
    assert codes(read(text % ("yes", "/usr/sbin/tcpd"))) == ["tcpd-on-listening-socket"]
    assert codes(read(text % ("no", "/usr/sbin/tcpd"))) == ["checked-twice"]


# Started under 2.3.15.3 (Debian 12): a, b, C and up listened; tr did not, with "Bad value for wait: TRUE".
MIXED = """\
Defaults
{
    Disabled = OFFbydefault
    ENABLED = a b c offbydefault Up tr
}
SERVICE a
{
    Type = unlisted
    PORT = 5001
    Socket_Type = Stream
    wait = No
    Server = /bin/echo
    server_args = hi a
}
service b
{
    type = Unlisted
    port = 5002
    socket_type = STREAM
    Protocol = TCP
    wait = no
    server = /bin/echo
    Flags = ipv4 nolibwrap NAMEinargs
    server_args = echo hi b
}
service offbydefault
{
    socket_type = stream
    wait = no
    server = /bin/echo
}
service up
{
    socket_type = stream
    wait = Yes
    server = /bin/echo
}
service tr
{
    socket_type = stream
    wait = TRUE
    server = /bin/echo
}
service late
{
    socket_type = stream
    wait = no
    server = /bin/echo
    disable = YES
}
INCLUDEDIR /etc/xinetd.d
"""
C = "service C\n{\n\tsocket_type = stream\n\twait = no\n\tDISABLE = no\n\tserver = /bin/echo\n}\n"


def test_the_case_of_xinetds_own_words_does_not_count():
    config = read(MIXED, c=C)
    assert {one.name: one.disabled for one in config.entries} == {
        "a": False, "b": False, "offbydefault": True, "up": False, "tr": False, "late": True, "C": False,
    }  # fmt: skip
    a, b, _off, up, tr, _late, _c = config.entries
    assert (a.protocol, a.socket_type, a.server, a.wait, a.own_daemon) == ("tcp", "stream", "/bin/echo", False, "echo")
    assert (b.own_daemon, b.args, b.wrappable) == (None, ("hi", "b"), True)
    assert (up.wait, up.own_daemon) == (True, None)
    assert "TRUE" in tr.reason


def test_the_port_of_a_service_with_an_id_is_by_the_services_name():
    one = only("service pop3\n{\n\tid = pop3-public\n\tsocket_type = stream\n\twait = no\n\tserver = /bin/echo\n}\n")
    assert one.name == "pop3-public" and dict(one.attributes)["service"] == "pop3"
