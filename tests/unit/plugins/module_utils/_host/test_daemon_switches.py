# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which of two words holds for a daemon that asks when told to: each answer is what a refused client met at the real one.

vsftpd 3.0.3, stunnel 5.68, conman 0.2.7, ftp-proxy 1.9, auditd 3.0.9, apt-cacher-ng 3.7.4, dovecot 2.3.19, sslh 1.20, socat 1.7.4, ser2net
4.3.11, mailutils 3.15 and DCMTK 3.6.7 of Debian 12, powerman 2.3.5 of Debian 11, each started with these words and asked under `ALL: ALL`.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import (
    named_by_port,
    names_asked,
    switched_on,
)


@pytest.fixture
def asks(tmp_path):
    def ask(program, files, arguments=(), port=0):
        for path, text in files.items():
            (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / path).write_text(text)
        return switched_on(Configurations(Root(str(tmp_path))), program, tuple(arguments), port)

    return ask


YES, NO = "tcp_wrappers=YES\n", "tcp_wrappers=NO\n"


@pytest.mark.parametrize("usual, arguments, on", [
    (YES + NO, (), False),
    (NO + "tcp_wrappers=yes\n", (), True),
    ("  tcp_wrappers=True\n", (), True),
    ("tcp_wrappers=YES \n", (), None),  # it does not start with it, and so it runs with something else
    ("Tcp_Wrappers=YES\n", (), False),  # no name of an option that it knows
    ("#" + YES, (), False),
    (YES, ("/etc/public",), False),  # the named file has any name, and the usual one is not read
    (NO, ("/etc/yes", "-otcp_wrappers=NO"), False),
    (NO, ("-otcp_wrappers=NO", "/etc/yes"), True),
    (NO, ("/etc/yes", "/etc/no"), False),
    (NO, ("/etc/public", "-olisten_port=2123", "-otcp_wrappers=YES"), True),
    (YES, ("-otcp_wrappers=NO",), True),  # the usual file is read after them
    ("listen=YES\n", ("-otcp_wrappers=YES",), True),
    (YES, ("/etc/gone.conf",), None),
    (YES, ("vsftpd.conf",), None),  # it depends on the folder that it was started in
])  # fmt: skip
def test_vsftpd(asks, usual, arguments, on):
    files = {"etc/vsftpd.conf": usual, "etc/public": "listen=YES\n", "etc/yes": YES, "etc/no": NO}
    assert asks("/usr/sbin/vsftpd", files, arguments) is on


def service(name, port, libwrap=""):
    return "[%s]\naccept = %s\nconnect = 9\n%s" % (name, port, "libwrap = %s\n" % libwrap if libwrap else "")


@pytest.mark.parametrize("text, port, on", [
    (service("with", 4001, "yes") + service("without", 4002), 4001, True),
    (service("with", 4001, "yes") + service("without", 4002), 4002, False),
    (service("with", 4001, "yes") + service("without", 4002), 0, False),  # of an image: not for all
    ("libwrap = yes\n" + service("no", "0.0.0.0:4003", "no") + service("yes", 4004), 4003, False),
    ("libwrap = yes\n" + service("no", "0.0.0.0:4003", "no") + service("yes", ":::4004"), 4004, True),
    (service("a", 4001) + "libwrap = yes\nlibwrap = no\n", 4001, False),
    (service("a", 4001) + "LibWrap = YES\n", 4001, True),
    ("; libwrap = no\n libwrap = yes\n  [a]  \n accept = 127.0.0.1:4001\nconnect = 9\n", 4001, True),
    (service("a", "imaps", "yes"), 993, True),
    (service("a", 4001, "yes"), 4002, None),
    ("include = /etc/stunnel/more\n", 4001, True),
])  # fmt: skip
def test_stunnel_is_told_for_each_service(asks, text, port, on):
    files = {
        "etc/services": "imaps 993/tcp\n",
        "etc/stunnel/any": text,
        "etc/stunnel/more/a.conf": service("a", 4001, "yes"),
        "etc/stunnel/stunnel.conf": service("usual", 4001, "no" if on else "yes"),
    }
    assert asks("/usr/bin/stunnel4", files, ["/etc/stunnel/any"], port) is on


def test_a_service_of_stunnels_is_named_by_a_file_of_any_name(tmp_path, asks):
    asks("stunnel4", {"srv/tls": service("first", 4001) + service("second", 4002)})
    names = names_asked(Configurations(Root(str(tmp_path))), "stunnel4", ("/srv/tls",), 4002)
    assert names.names == ("second",)


@pytest.mark.parametrize("program, words, arguments, on", [
    ("conmand", "server tcpwrappers=on\nserver tcpwrappers=off\n", ("-F", "-c"), False),
    ("conmand", "SERVER TCPWRAPPERS=On\n", ("-Fc",), True),
    ("conmand", 'server tcpwrappers="on"\n', ("-c",), False),
    ("conmand", "server keepalive=on tcpwrappers=on\n", ("-c",), True),
    ("conmand", "server tcpwrappers = on # x\n", ("-c",), True),
    ("conmand", "server tcpwrappers=on keepalive=on tcpwrappers=off\n", ("-c",), False),
    ("conmand", "server keepalive=on \\\n tcpwrappers=on\n", ("-c",), True),
    ("conmand", "server tcpwrappers=yes\n", ("-c",), False),
    ("ftp-proxy", "[-Global-]\nTCPWrapper yes\nTCPWrapper no\n", ("-d", "-n", "-f"), False),
    ("ftp-proxy", "[-Global-]\ntcpwrapper ON\n", ("-f",), True),
    ("ftp-proxy", "[-Global-]\n TCPWrapper y\n", ("-f",), True),
    ("ftp-proxy", "[-Global-]\nTCPWrapper no\n[joe]\nTCPWrapper yes\n", ("-f",), False),
    ("ftp-proxy", "[joe]\nPort 1\n[-Global-]\nTCPWrapper 1\n", ("-f",), True),
    ("ftp-proxy", "[-Global-]\nTCPWrapper yes # x\n", ("-f",), None),  # no: it serves, as for any word that it does not know
    ("powermand", "tcpwrappers yes\n", ("-f", "-c"), True),
    ("powermand", "tcpwrappers\n", ("--conf",), True),
    ("powermand", "tcpwrappers yes\ntcpwrappers no\n", ("-fc",), False),
    ("powermand", 'tcpwrappers no\nlisten "x"\ntcpwrappers\n yes # x\n', ("-c",), True),
    ("powermand", "#tcpwrappers yes\n", ("-c",), False),
    ("ser2net", "connection: &con\n  accepter: tcp,0.0.0.0,7651\n", ("-n", "-c"), True),
    ("ser2net", "connection: &con\n  accepter: tcp(tcpd=off),0.0.0.0,7651\n", ("-n", "-c"), None),  # it serves
    ("ser2net", "connection: &con\n  accepter: tcp,7651\n", ("-n", "-Y", "accepter: tcp(tcpd=off),7546#", "-c"), None),
    ("ser2net", "connection: &con\n  accepter: tcp,7651\n", ("-n", "-Y", "accepter: tcp,7546#", "-c"), True),
    ("danted", "libwrap.hosts_access: yes\n", ("-f",), True),
    ("danted", "libwrap.hosts_access: yes\nlibwrap.hosts_access: no\n", ("-f",), False),
    ("danted", "libwrap.hosts_access: maybe\n", ("-f",), None),
])  # fmt: skip
def test_the_last_word_of_the_named_file(asks, program, words, arguments, on):
    assert asks(program, {"etc/any": words}, tuple(arguments) + ("/etc/any",)) is on


@pytest.mark.parametrize("words, on", [
    ("", True),
    ("use_libwrap = yes\nuse_libwrap = no\n", False),
    ("use_libwrap = no\nuse_libwrap = yes\n", True),
    ("USE_LIBWRAP = NO\n", False),
])  # fmt: skip
def test_auditd(asks, words, on):
    assert asks("auditd", {"srv/auditd.conf": words}, ("-n", "-c", "/srv")) is on


@pytest.mark.parametrize("files, arguments, on", [
    ({"acng.conf": "UseWrap: 1\n", "zz.conf": "UseWrap: 0\n"}, (), False),
    ({"acng.conf": "UseWrap: 0\n", "zz.conf": "usewrap = 1 # x\n"}, (), True),
    ({"acng.conf": "UseWrap: 1\nUseWrap: 0\n"}, (), False),
    ({"acng.conf": "UseWrap: 1\n"}, ("UseWrap=0", "-c", "/etc/apt-cacher-ng"), False),
    ({"acng.conf": "UseWrap: 1\n"}, ("-c", "/etc/apt-cacher-ng", "UseWrap=0"), False),
    ({"acng.conf": ""}, ("UseWrap=1", "usewrap:0"), False),
    ({"acng.conf": ""}, ("UseWrap=0", "UseWrap:1"), True),
    ({"acng.conf": "UseWrap: 1\n"}, ("-c", "/srv/gone"), None),
])  # fmt: skip
def test_apt_cacher_ng_reads_all_files_of_its_folder(asks, files, arguments, on):
    found = {"etc/apt-cacher-ng/" + name: text for name, text in files.items()}
    assert asks("apt-cacher-ng", found, arguments) is on


ON, OFF = "login_access_sockets = tcpwrap\n", "login_access_sockets =\n"


@pytest.mark.parametrize("text, port, on", [
    (ON, 143, True),
    ("", 143, False),
    (ON + OFF, 143, False),
    (ON + "protocol imap {\n " + OFF + "}\n", 143, False),
    (ON + "protocol imap {\n " + OFF + "}\n", 110, True),
    (ON + "protocol imap {\n " + OFF + "}\n", 14300, None),  # which service that is stands elsewhere
    (ON, 24, None),
    (ON + "service lmtp {\n inet_listener lmtp {\n  port = 2424\n }\n}\n", 2424, False),
    (ON + "service auth {\n inet_listener {\n  port = 2426\n }\n}\n", 2426, False),
    (ON + "service imap-login {\n inet_listener imap {\n  port = 14300\n }\n}\n", 14300, True),
    ("protocol imap {\n " + ON + "}\n" + OFF, 143, True),
    ("protocol pop3 {\n " + ON + "}\n", 143, False),
    ("protocol !pop3 {\n " + ON + "}\n", 143, None),
    (ON + "remote 127.0.0.0/8 {\n " + OFF + "}\n", 143, None),
    ('login_access_sockets = "tcpwrap"\n', 143, True),
    ("login_access_sockets = \\\n tcpwrap\n", 143, True),
    ("login_access_sockets = tcpwrap # x\n", 143, True),
    ("!include conf.d/*.conf\n!include_try local.conf\n", 143, True),
    (OFF + "!include conf.d/*.conf\n", 143, True),
    ("!include conf.d/*.conf\n" + OFF, 143, False),
    ("#!include conf.d/*.conf\n", 143, False),
])  # fmt: skip
def test_dovecot(asks, text, port, on):
    files = {"etc/dovecot/dovecot.conf": text, "etc/dovecot/conf.d/10-a.conf": "service x {\n}\n" + ON}
    assert asks("dovecot", files, (), port) is on


@pytest.mark.parametrize("arguments, on", [
    (("--listen", "0.0.0.0:443", "--ssh", "127.0.0.1:22", "--tls", "127.0.0.1:8443"), False),  # anyprot, tls: served
    (("--listen", "0.0.0.0:443", "--ssh", "127.0.0.1:22"), None),
    (("-F/etc/any",), True),
    (("--config=/etc/any",), True),
    (("-F",), False),  # the usual file
    (("-F/etc/gone",), None),
    (("-F", "/etc/any"), None),  # sslh 1 reads the usual file, sslh 2 this one
    (("-F/etc/any", "--anyprot", "127.0.0.1:1"), None),
])  # fmt: skip
def test_sslh_reads_a_file_only_where_it_is_told_to(asks, arguments, on):
    part = 'protocols: ( { name: "ssh"; %s host: "127.0.0.1"; port: "22"; } );\n'
    files = {
        "etc/any": part % 'service: "a";',
        "etc/sslh.cfg": part % '/* service: "a"; */' + '// { name: "x"; service: "b"; }\n',
    }
    assert asks("sslh", files, arguments, 443) is on


@pytest.mark.parametrize("arguments, port, on", [
    (("TCP-LISTEN:80,fork,tcpwrap=a", "EXEC:x"), 80, True),
    (("TCP4-L:80,fork,TCPWRAP=a", "EXEC:x"), 80, True),
    (("TCP-LISTEN:80,fork,libwrap", "EXEC:x"), 80, True),
    (("TCP-LISTEN:80,fork", "EXEC:/bin/echo a,tcpwrap"), 80, False),
    (("TCP-LISTEN:80,fork,tcpwrap", "TCP-LISTEN:81"), 81, False),
    (("TCP-LISTEN:80,fork,tcpwrap", "TCP-LISTEN:81"), 80, True),
    (("EXEC:x", "TCP-LISTEN:80,fork,tcpwrap!!STDIN"), 80, True),
    (("TCP-LISTEN:80,fork,tcpwrap=a,deny-table=/tmp/empty", "EXEC:x"), 80, None),  # it serves whom the host's tables refuse
    (("TCP-LISTEN:80,fork,tcpwrap=a,tcpwrap-etc=/tmp", "EXEC:x"), 80, None),
])  # fmt: skip
def test_socat_is_told_for_each_address(asks, arguments, port, on):
    assert asks("socat", {}, arguments, port) is on
    assert named_by_port("socat")


@pytest.mark.parametrize("program, arguments, on", [
    ("storescp", ("+ac", "-ac", "104"), False),
    ("storescp", ("-ac", "+ac", "104"), True),
    ("storescp", ("@more", "+ac", "104"), None),
    ("yaz-ztest", ("tcp:@:210", "-Sd", "a"), True),
    ("imap4d", ("--daemon",), True),
    ("imap4d", ("--config-file=/etc/off", "--daemon"), None),  # it serves
    ("imap4d", (), False),
])  # fmt: skip
def test_words_of_the_command_line(asks, program, arguments, on):
    assert asks(program, {"etc/off": "tcp-wrappers {\n enable no;\n}\n"}, arguments) is on


# snmpd 5.9.3 with `master agentx`: a refused client's GET is not answered, its AgentX-Open is
@pytest.mark.parametrize("arguments, port, on", [
    ((), 161, True),
    ((), 199, False),
    ((), 705, False),
    ((), 7055, False),
    ((), 7621, True),
    (("-c", "/etc/gone", "udp:7621"), 7621, None),
    (("-c", "/etc/plain", "-x", "tcp:0.0.0.0:7056"), 7056, False),
    # snmpd 5.9.4: a SMUX peer was accepted there, with hosts.deny `ALL: ALL`
    (("-f", "-C", "-c", "/etc/smux"), 1990, False),
    (("-f", "-C", "-c", "/etc/smux"), 161, True),
])  # fmt: skip
def test_snmpd_asks_for_snmp_alone(asks, arguments, port, on):
    files = {
        "etc/snmp/snmpd.conf": "master agentx\nagentXSocket tcp:0.0.0.0:7055\n",
        "etc/plain": "rocommunity public\n",
        "etc/smux": "agentaddress udp:0.0.0.0:161\nsmuxsocket 0.0.0.0:1990\nsmuxpeer .1.3.6.1 y\n",
    }
    assert asks("snmpd", files, arguments, port) is on
    assert named_by_port("snmpd") and not named_by_port("vsftpd")


# mosquitto 2.0.11: a refused client is cut off at 1883, and switched to websockets at 9001
@pytest.mark.parametrize("arguments, port, on", [
    (("-c", "/etc/mosquitto/mosquitto.conf"), 1883, True),
    (("-c", "/etc/mosquitto/mosquitto.conf"), 9001, False),
    (("-c", "/etc/mosquitto/mosquitto.conf"), 0, False),
    (("-c", "/etc/mosquitto/mosquitto.conf"), 9002, None),
    (("-c", "/etc/gone"), 1883, None),
    (("-p", "1884"), 1884, True),
    (("-c", "/etc/mosquitto/empty.conf"), 1883, True),
])  # fmt: skip
def test_mosquitto_asks_for_mqtt_alone(asks, arguments, port, on):
    files = {
        "etc/mosquitto/mosquitto.conf": "persistence true\ninclude_dir /etc/mosquitto/conf.d\n",
        "etc/mosquitto/conf.d/a.conf": "listener 1883\n# protocol websockets\nlistener 9001\nprotocol websockets\n",
        "etc/mosquitto/empty.conf": "persistence true\n",
    }
    assert asks("mosquitto", files, arguments, port) is on
    assert named_by_port("mosquitto")


# mosquitto 2.0.21: with a handshake for websockets a client that the tables refuse was switched to them at 9001 where it says False
@pytest.mark.parametrize("main, one, two, port, on", [
    ("include_dir /etc/d", "listener 9001\nprotocol websockets", "protocol mqtt", 9001, False),
    ("listener 9001\nprotocol websockets\ninclude_dir /etc/d", "protocol mqtt", "", 9001, False),
    ("include_dir /etc/d", "listener 9001", "protocol websockets", 9001, True),
    ("include_dir /etc/d", "listener 9001", "protocol websockets", 1883, False),
    ("listener 9001\ninclude_dir /etc/d\nprotocol websockets", "listener 9002", "", 9001, None),  # neither got it
    ("listener 9001\ninclude_dir /etc/d\nlistener 9003\nprotocol websockets", "listener 9002", "", 9001, True),
    ("port 1884\nprotocol websockets\n\0end", "", "", 1884, False),
])  # fmt: skip
def test_a_file_of_mosquitto_begins_with_the_default_listener(asks, main, one, two, port, on):
    files = {"etc/m.conf": main + "\n", "etc/d/a.conf": one + "\n", "etc/d/b.conf": two + "\n"}
    assert asks("mosquitto", files, ("-c", "/etc/m.conf"), port) is on


@pytest.mark.parametrize(
    "words, files, on",
    [
        (("-n", "-Y", "connection: &c#  accepter: tcp(tcpd=off),7546#"), {}, None),
        (("-n", "-Y", "connection: &c#  accepter: tcp,7546#"), {}, True),
        (("-n", "-Yconnection: &c#  accepter: tcp(tcpdname=x),7546#"), {}, None),
        (("-n",), {}, None),
        (("-n",), {"etc/ser2net.yaml": "connection: &c\n  accepter: tcp,7546\n"}, True),
        (("-n", "-Y", "connection: &c#"), {"etc/ser2net.yaml": "default:\n  name: tcpdname\n"}, None),
    ],
)
def test_ser2net_may_be_told_on_its_command_line(asks, words, files, on):
    """Debian 12 and 13: an accepter of -Y with tcpd=off serves whom `ALL: ALL` refuses."""
    assert asks("ser2net", files, words) is on
