# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that ask libwrap under names of their configuration, or only when they are told to: each as its manual has it."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import (
    names_asked,
    switched_on,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries, Linkage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import (
    as_called,
    check_of_started,
    own_check,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.service import Service
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import ASKING

LINKS = Linkage(True, (), "it links libwrap")

CYRUS = """\
START {
  recover cmd="/usr/sbin/cyrus ctl_cyrusdb -r"
}
SERVICES {
  # lmtp  cmd="lmtpd" listen="localhost:lmtp" prefork=0
  imap    cmd="imapd -U 30" listen="imap" prefork=0 maxchild=100
  secure  cmd="imapd -s -U 30" listen="0.0.0.0:993" prefork=0
}
EVENTS {
  odd cmd="x" listen="110"
}
"""
SSLH = """\
timeout: 2;
listen: ( { host: "0.0.0.0"; port: "443"; } );
protocols:
(
    { name: "ssh"; service: "ssh-behind"; host: "localhost"; port: "22"; },
    { name: "tls"; %shost: "localhost"; port: "8443";
      log_level: 0; }
);
"""
BACULA = """\
Director {
  Name = backup-dir
  Password = "x"
}
FileDaemon {   # the daemon itself
  FDport = 9102
  Name = "web1-fd"
}
"""


@pytest.fixture
def root(tmp_path):
    for path, text in {
        "etc/services": "imap2 143/tcp imap\n",
        "etc/cyrus.conf": CYRUS,
        "etc/sslh.cfg": SSLH % "",
        "etc/whole.cfg": SSLH % 'service: "tls-behind"; ',
        "etc/bacula/bacula-fd.conf": BACULA,
        "etc/bareos/bareos-fd.d/client/myself.conf": "Client {\n  Name = web2-fd\n}\n",
        "etc/conman.conf": "SERVER keepalive=ON\n# server tcpwrappers=ON\n",
        "etc/audit/auditd.conf": "log_file = /var/log/audit/audit.log\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return Root(str(tmp_path))


@pytest.mark.parametrize("program, arguments, port, names", [
    ("/usr/sbin/cyrmaster", (), 143, ("imap",)),
    ("/usr/lib/cyrus/bin/master", (), 993, ("secure",)),
    ("/usr/sbin/cyrmaster", (), 110, ("cyrmaster",)),  # no entry of SERVICES
    ("/usr/sbin/sslh", ("-F",), 443, ("ssh-behind",)),
    ("/usr/sbin/sslh", ("-F/etc/whole.cfg",), 443, ("ssh-behind", "tls-behind")),
    ("/usr/sbin/bacula-fd", ("-fP", "-c", "/etc/bacula/bacula-fd.conf"), 9102, ("web1-fd",)),
    ("/usr/sbin/bacula-fd", (), 9102, ("web1-fd",)),
    ("/usr/sbin/bareos-fd", (), 9102, ("web2-fd",)),
    ("/usr/bin/socat", ("TCP-LISTEN:80,fork,tcpwrap=web", "EXEC:x"), 80, ("web",)),
    ("/usr/bin/socat", ("TCP-LISTEN:80,fork,tcpwrappers", "EXEC:x"), 80, ("socat",)),
    ("/usr/bin/socat1", ("-lp", "sc5", "TCP-LISTEN:80,fork,tcpwrap", "EXEC:'/bin/echo a'"), 80, ("sc5",)),
    ("/usr/bin/socat1", ("-lpsc5", "TCP-LISTEN:80,fork,tcpwrap=a", "EXEC:x"), 80, ("a",)),
    ("/usr/bin/socat1", ("TCP-LISTEN:80,WRAP=sc5w", "EXEC:x"), 80, ("sc5w",)),
    ("/usr/bin/socat1", ("TCP-LISTEN:80,tcpwrap=\"sc14\",fork", "EXEC:x"), 80, ("sc14",)),
    ("/usr/bin/yaz-ztest", ("-d", "library", "tcp:@:210"), 210, ("library",)),
    ("/usr/sbin/atftpd", (), 69, ("in.tftpd",)),
    ("/usr/sbin/conserver", (), 782, ("conserver",)),
])  # fmt: skip
def test_names(root, program, arguments, port, names):
    assert names_asked(Configurations(root), program, arguments, port).names == names


@pytest.mark.parametrize("program, arguments, on", [
    ("/usr/bin/socat", ("TCP-LISTEN:80,fork", "EXEC:x"), False),
    ("/usr/bin/socat", ("TCP-LISTEN:80,fork,tcpwrap", "EXEC:x"), True),
    ("/usr/bin/socat", ("TCP-LISTEN:80,tcpwrap=a,fork", "EXEC:x"), True),
    ("/usr/sbin/conmand", (), False),
    ("/usr/sbin/auditd", (), True),  # auditd.conf(5): use_libwrap is yes unless it says no
    ("/usr/bin/storescp", ("11112",), False),
    ("/usr/bin/storescp", ("-ac", "11112"), False),  # it lets in everybody, storescp --help
    ("/usr/bin/storescp", ("+ac", "11112"), True),
    ("/usr/sbin/apt-cacher-ng", ("UseWrap=1",), True),
    ("/usr/sbin/apt-cacher-ng", (), None),  # its folder cannot be read
])  # fmt: skip
def test_switches(root, program, arguments, on):
    assert switched_on(Configurations(root), program, arguments, 0) is on


def test_a_switch_that_is_on_by_default_can_be_off(root, tmp_path):
    (tmp_path / "etc/audit/auditd.conf").write_text("use_libwrap = no\n")
    assert switched_on(Configurations(root), "auditd", (), 0) is False


def test_apt_cacher_ng_looks_for_itself_in_the_tables(root, tmp_path):
    (tmp_path / "etc/apt-cacher-ng").mkdir()
    (tmp_path / "etc/apt-cacher-ng/acng.conf").write_text("CacheDir: /var/cache/apt-cacher-ng\n")
    (tmp_path / "etc/hosts.deny").write_text("ALL: ALL\n# apt-cacher-ng: ALL\n")
    assert switched_on(Configurations(root), "apt-cacher-ng", (), 0) is False
    # it looks when it starts: a table that names it now may have come later, and then it serves whom that refuses
    (tmp_path / "etc/hosts.deny").write_text("apt-cacher-ng: ALL\n")
    assert switched_on(Configurations(root), "apt-cacher-ng", (), 0) is None


def check(root, program, arguments, port):
    return own_check(Configurations(root), Libraries(root), LINKS, program, arguments, port)


def test_what_is_handed_on_without_a_question_is_nobodys_enforcement(root):
    partly = check(root, "/usr/sbin/sslh", ("-F",), 443)
    assert (partly.asks, partly.names) == (False, ("ssh-behind",))
    assert "without a question what is tls" in partly.reason and 'service: "NAME"' in partly.remedy
    assert check(root, "/usr/sbin/sslh", ("-F/etc/whole.cfg",), 443).asks is True


def test_a_daemon_that_asks_for_some_connections_only(root):
    assert check(root, "/usr/sbin/upsd", (), 3493).asks is False
    assert check(root, "/usr/sbin/proftpd", (), 21).names == ("proftpd",)


def test_the_remedy_is_a_sentence_that_the_daemon_takes(root, tmp_path):
    (tmp_path / "etc/vsftpd.conf").write_text("listen=YES\n")
    found = check(root, "/usr/sbin/vsftpd", (), 21)
    assert (found.asks, found.remedy) == (False, "Set tcp_wrappers=YES in vsftpd.conf, and restart it.")


# tried on Debian 12 with hosts.deny "ALL: CLIENT": pdns_recursor 4.8, dnsdist and Orthanc 1.10 answer HTTP, storescp +ac and snmpd refuse
@pytest.mark.parametrize("program, arguments, users, asks", [
    ("/usr/sbin/pdns_recursor", (), ["libnetsnmpagent.so.40"], False),
    ("/usr/bin/dnsdist", (), ["libnetsnmpagent.so.40"], False),
    ("/usr/sbin/Orthanc", (), ["libdcmnet.so.17"], False),
    ("/usr/bin/mpd", (), ["libpulsecommon-14.2.so"], False),
    ("/usr/lib/cyrus/bin/master", (), ["libnetsnmpagent.so.40"], False),  # its imapd asks, and is not in this image
    ("/usr/sbin/sshd", (), ["libnetsnmpagent.so.40"], False),
    ("/usr/sbin/snmpd", (), ["libnetsnmpagent.so.40"], True),
    ("/usr/bin/storescp", ("+ac", "11112"), ["libdcmnet.so.17"], True),
    ("/usr/sbin/bacula-fd", (), ["libbac-9.6.7.so"], True),
    ("/usr/bin/uwsgi", (), ["router_access_plugin.so"], None),  # it asks where a route of its configuration says so
    ("/opt/bin/own", (), ["libdcmnet.so.17", "libgensioosh.so.4"], None),
    ("/opt/bin/own", (), [], True),
])  # fmt: skip
def test_a_library_asks_only_for_who_calls_its_own_server(root, program, arguments, users, asks):
    paths = tuple("/usr/lib/" + name for name in users)
    linked = LINKS._replace(users=paths, through=(program,) + paths + ("/usr/lib/libwrap.so.0",))
    mapped = Linkage(True, (), "its process maps libwrap", paths)
    for link in (linked, mapped):
        found = own_check(Configurations(root), Libraries(root), link, program, arguments, 161)
        assert found.asks is asks
        assert asks or all(name in found.reason for name in users)


def started(server, arguments, wait=False):
    return Service("systemd", "x", "tcp", "stream", wait, "root", server, arguments, "x", "/x", 1)


# tried on Debian 12 with xinetd (NOLIBWRAP) and hosts.allow "ALL: ALL: spawn ...": these serve and ask nothing, sshd -i and storescp ask
@pytest.mark.parametrize("server, arguments, asks", [
    ("/usr/sbin/nrpe", ("-c", "/etc/nagios/nrpe.cfg", "-i"), False),
    ("/usr/sbin/p910nd", ("-f", "/dev/usb/lp0", "1"), False),
    ("/usr/sbin/diod", ("-f", "-r", "0", "-w", "1"), False),
    ("/usr/bin/yaz-ztest", ("-i", "-d", "library"), False),
    ("/usr/libexec/sendmail/sendmail", ("-bs",), False),
    ("/usr/sbin/sshd", ("-i",), True),
    ("/usr/bin/storescp", ("--inetd", "+ac"), True),
])  # fmt: skip
def test_who_asks_about_a_connection_of_a_super_server(root, server, arguments, asks):
    service = started(server, arguments)
    found = check_of_started(Configurations(root), Libraries(root), LINKS, service)
    assert found.asks is asks
    assert asks or "gets from a super-server" in found.reason
    assert own_check(Configurations(root), Libraries(root), LINKS, server, arguments).asks is True


def test_a_daemon_that_gets_the_listening_socket_accepts_by_itself(root):
    service = started("/usr/sbin/nrpe", ("-f",), wait=True)
    assert check_of_started(Configurations(root), Libraries(root), LINKS, service).asks is True


@pytest.mark.parametrize("path", ["/usr/lib/postfix/sbin/master", "/usr/libexec/postfix/master"])
def test_the_master_of_postfix_is_not_the_one_of_cyrus(tmp_path, path):
    root = Root(str(tmp_path))
    imapd = tmp_path / "usr/lib/cyrus/bin/imapd"
    imapd.parent.mkdir(parents=True)
    imapd.write_bytes(ASKING)
    nothing = Linkage(False, (), "neither it nor a library that it needs links libwrap")
    found = own_check(Configurations(root), Libraries(root), nothing, path, ("-w",), 25)
    assert (found.asks, found.reason, found.names) == (False, nothing.reason, ("master",))
    there = own_check(Configurations(root), Libraries(root), nothing, "/usr/lib/cyrus/bin/master", (), 143)
    assert there.asks is None and there.names == (
        "master",
    )  # its imapd asks, and nobody knows as what without cyrus.conf


@pytest.mark.parametrize(
    "words, asks",
    [
        ("-w -f", True),
        ("-f", True),
        ("-wfh r", True),  # the address that it listens at
        ("-r -w -f", False),
        ("-wrf", False),
        ("-w -f -- -r", None),
        ("-f $OPTIONS", None),
        ("-wZ", None),
    ],
)
def test_rpcbind_with_remote_calls_answers_whom_the_tables_deny(root, words, asks):
    """Debian 13, `rpcbind -r -w -f`: PMAPPROC_CALLIT of a client that hosts.deny names got a whole answer."""
    found = check(root, "/usr/sbin/rpcbind", tuple(words.split()), 111)
    assert found.asks is asks
    assert ("Take -r out" in found.remedy) is (asks is not True)


@pytest.mark.parametrize(
    "address, argv0, names",
    [
        ("TCP-LISTEN:80,fork,tcpwrap", "socat", ("socat",)),  # Debian 13's is a link to socat1
        ("TCP-LISTEN:80,fork,tcpwrap", "/opt/mysoc", ("mysoc",)),
        ("TCP-LISTEN:80,fork,tcpwrap=socat1", "socat", ("socat1",)),
        ("TCP-LISTEN:80,fork,tcpwrap", "", None),
        ("TCP-LISTEN:80,fork,tcpwrap=", "socat", None),  # it asks under no name at all
        ("TCP-LISTEN:80,bind='a,tcpwrap=x',fork", "socat", None),
        ("TCP-LISTEN:80,fork", "socat", False),
    ],
)
def test_socat_without_a_name_asks_by_what_it_was_started_as(root, address, argv0, names):
    """Debian 12 and 13, told by a rule with spawn: a rule for socat1 refuses nobody there."""
    found = as_called(check(root, "/usr/bin/socat1", (address, "EXEC:x"), 80), argv0)
    assert (found.names if found.asks else found.asks) == names
    service = Service("systemd", "s", "tcp", "stream", True, "root", "/usr/bin/socat1", (address, "x"), "s", "", 1)
    found = check_of_started(Configurations(root), Libraries(root), LINKS, service._replace(argv0=argv0 or None), 80)
    assert (found.names if found.asks else found.asks) == (names if argv0 else ("socat1",))
