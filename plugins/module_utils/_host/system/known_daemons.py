# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The daemons that use libwrap: what their ELF header does not say. docs/daemons.md is made from this table.

They are Debian's reverse dependencies of libwrap0 on 11, 12 and 13, and a few of elsewhere. `how` is "tried" where a
rule that runs `spawn` told the name, the user and the moment of a real daemon's question, and "read" where its
documentation or source says so.
"""

from typing import Dict, List, NamedTuple, Optional, Tuple

from ..._libwrap.programs import SSHD_SESSION

ALWAYS, SWITCH, PARTLY = "always", "by switch", "not for every connection"
TRIED, READ = "tried", "read"


class Switch(NamedTuple):
    """What makes a daemon ask that links libwrap."""

    reader: str  # a key of daemon_switches.READERS
    remedy: str  # a sentence


class Opening(NamedTuple):
    """An option with which a daemon serves some of what comes without a question."""

    options: str  # all of the daemon's, as it hands them to getopt(3)
    letter: str
    partly: str  # as Known.partly
    remedy: str  # a sentence


class Known(NamedTuple):
    """What is known of one daemon, under the base names of its programs."""

    programs: Tuple[str, ...]
    package: str  # Debian's; empty where it has none
    daemon: Optional[str] = None  # the name that libwrap sees; None: the program's own
    named_by: str = ""  # a key of daemon_names.READERS: the name stands in the daemon's configuration
    asks_in: Tuple[str, ...] = ()  # other binaries that do the asking
    names_asker: bool = False  # its own binary holds the path of the one that asks: another build starts another
    asks_as: str = ""  # a key of daemon_users.READERS: they ask as a user of the daemon's configuration
    becomes: Tuple[
        str, ...
    ] = ()  # the user that it becomes before it asks, where root starts it: the first that exists
    switch: Optional[Switch] = None
    partly: str = ""  # for which connections alone it asks: the others are served whatever the tables say
    opening: Optional[Opening] = None
    own_tables: Tuple[str, ...] = ()  # access tables of its own
    how: str = READ
    note: str = ""
    through: Tuple[
        str, ...
    ] = ()  # how the names of the libraries begin that ask for it, where it does not link libwrap
    tcp_alone: bool = False  # what comes by UDP is served without a question
    links: bool = True  # False: it does not use libwrap, and stands here for its own tables
    accepted_alone: bool = (
        False  # it asks about connections that it accepts: one that a super-server hands it is served
    )
    elsewhere: Tuple[
        Tuple[str, str], ...
    ] = ()  # names that other programs have too, each with what the path of this one holds

    @property
    def asks(self) -> str:
        """When it asks: always, by switch, or not for every connection."""
        return PARTLY if self.partly else SWITCH if self.switch else ALWAYS


_VSFTPD = Switch("vsftpd", "Set tcp_wrappers=YES in vsftpd.conf, and restart it.")
_STUNNEL = Switch("stunnel", "Set libwrap = yes in stunnel's configuration, and restart it.")
_DOVECOT = Switch(
    "dovecot", "Set login_access_sockets = tcpwrap and a service tcpwrap in dovecot's configuration, and restart it."
)
_AUDITD = Switch("auditd", "Set use_libwrap = yes in auditd.conf, and restart it.")
_CONMAN = Switch("conman", "Set server tcpwrappers=on in conman.conf, and restart it.")
_DANTED = Switch("danted", "Set libwrap.hosts_access: yes in danted.conf, and restart it.")
_ACNG = Switch("acng", "Set UseWrap: 1 in acng.conf, and restart it.")
_SOCAT = Switch("socat", "Add tcpwrap=NAME to socat's listening address.")
_SSLH = Switch("sslh", 'Give each protocol of sslh.cfg a service: "NAME", and restart it.')
_DCMTK = Switch("dcmtk", "Start it with --access-control (+ac).")
_FTPD = Switch("ftpd", "Put tcpd in front of it; by itself it asks only with -D.")
_MAILUTILS = Switch("mailutils", "Put tcpd in front of it; by itself it asks only as a daemon (--daemon).")
_YAZ = Switch("yaz", "Start it with -d NAME.")
_POWERMAN = Switch("powerman", "Set tcpwrappers yes in powerman.conf, and restart it.")
_FTP_PROXY = Switch("ftp-proxy", "Set TCPWrapper yes in ftp-proxy.conf, and restart it.")
_MOSQUITTO = Switch(
    "mosquitto", "Let clients come by a listener of MQTT, and restart it: for websockets it does not ask."
)
_SNMPD = Switch("snmpd", "Let agentXSocket and SMUX listen at a local socket, and restart it: it asks for SNMP alone.")
_SER2NET = Switch("ser2net", "Take tcpd=off out of its accepter, and restart it.")
_RPCBIND = Opening(
    "adh:ilswfr",
    "r",
    "answers remote calls (-r) without a question, and hands them on to other services as the host itself",
    "Take -r out of its options (OPTIONS in /etc/default/rpcbind), and restart it.",
)
# libraries that ask for their own servers alone, and what those need: who uses them for something else does not ask
ASK_FOR_THEMSELVES = ("libnetsnmpagent.so", "libnetsnmpmibs.so", "libnetsnmptrapd.so", "libdcmnet.so", "libpulse")

# they link libwrap to ask for the services of their configuration
INETDS = ("inetd", "inetutils-inetd", "openbsd-inetd", "xinetd")
STARTERS = INETDS + ("systemd",)  # who listens for others, and starts them when a client comes

_CYRUS = "/usr/lib/cyrus/bin/"

ROWS: Tuple[Known, ...] = (
    Known(
        ("sshd",),
        "openssh-server",
        "sshd",
        asks_in=SSHD_SESSION,
        names_asker=True,
        how=TRIED,
        note="on Debian 13 sshd-session asks, as sshd",
    ),
    Known(("vsftpd",), "vsftpd", "vsftpd", switch=_VSFTPD, how=TRIED),
    Known(
        ("stunnel4", "stunnel"),
        "stunnel4",
        named_by="stunnel",
        switch=_STUNNEL,
        how=TRIED,
        note="the name of the service in brackets",
    ),
    Known(
        ("dovecot",),
        "dovecot-core",
        named_by="dovecot",
        asks_in=("/usr/lib/dovecot/tcpwrap", "/usr/libexec/dovecot/tcpwrap"),
        asks_as="dovecot",
        switch=_DOVECOT,
        how=TRIED,
        note="the protocol: imap, pop3, sieve, submission; as dovecot, or the user of service tcpwrap",
    ),
    Known(
        ("rpcbind",),
        "rpcbind",
        "rpcbind",
        becomes=("_rpc", "rpc"),
        opening=_RPCBIND,
        how=TRIED,
        note="as _rpc; not about procedure 0, which tells that it runs",
    ),
    Known(("portmap",), "", "portmap", note="rpcbind took its place in Debian"),
    Known(("slapd",), "slapd", "slapd", becomes=("openldap", "ldap"), how=TRIED, note="as openldap"),
    Known(
        ("mosquitto",),
        "mosquitto",
        "mosquitto",
        becomes=("mosquitto",),
        switch=_MOSQUITTO,
        how=TRIED,
        note="as mosquitto",
    ),
    Known(
        ("snmpd",),
        "snmpd",
        "snmpd",
        switch=_SNMPD,
        own_tables=("/etc/snmp/snmpd.conf",),
        how=TRIED,
        through=("libnetsnmp",),
    ),
    Known(
        ("snmptrapd",),
        "snmptrapd",
        "snmptrapd",
        own_tables=("/etc/snmp/snmptrapd.conf",),
        how=TRIED,
        through=("libnetsnmp",),
    ),
    Known(
        ("nrpe",),
        "nagios-nrpe-server",
        "nrpe",
        own_tables=("/etc/nagios/nrpe.cfg",),
        how=TRIED,
        accepted_alone=True,
    ),
    Known(
        ("rpc.mountd",),
        "nfs-kernel-server",
        "mountd",
        own_tables=("/etc/exports",),
        how=TRIED,
        note="not about the host's own addresses",
    ),
    Known(("rpc.statd",), "nfs-common", "statd", how=TRIED, note="as statd; not about the host's own addresses"),
    Known(("rpc.rquotad",), "quota", "rquotad", how=TRIED),
    Known(("exim4", "exim"), "", "exim", note="Debian's is built without libwrap"),
    Known(
        ("sendmail-mta", "sendmail.sendmail", "sendmail"),
        "sendmail-bin",
        "sendmail",
        own_tables=("/etc/mail/access",),
        how=TRIED,
        note="it greets whom it refuses, and takes no mail",
        accepted_alone=True,
    ),
    Known(("atftpd",), "atftpd", "in.tftpd", how=TRIED, note="Debian 11's and 12's; as nobody"),
    Known(("in.tftpd",), "tftpd-hpa", None, how=TRIED),
    Known(("apcupsd",), "apcupsd", "apcupsd", how=TRIED),
    Known(("apt-cacher-ng",), "apt-cacher-ng", "apt-cacher-ng", switch=_ACNG, how=TRIED, through=("libsupacng.so",)),
    Known(("argus",), "argus-server", None, how=TRIED),
    Known(("radium",), "argus-client", None, how=TRIED, note="Debian 11's and 12's"),
    Known(("auditd",), "auditd", "auditd", switch=_AUDITD, how=TRIED, note="for tcp_listen_port only"),
    Known(
        ("bacula-fd", "bacula-sd", "bacula-dir"),
        "bacula-common",
        named_by="bacula",
        note="the resource's Name",
        how=TRIED,
        through=("libbac",),
    ),
    Known(
        ("bareos-fd", "bareos-sd", "bareos-dir"),
        "",
        named_by="bacula",
        note="the resource's Name; Debian 11 to 13 do not have it",
        through=("libbareos",),
    ),
    Known(("conmand",), "conman", "conmand", switch=_CONMAN, how=TRIED),
    Known(("conserver",), "conserver-server", None, own_tables=("/etc/conserver/conserver.cf",), how=TRIED),
    Known(
        ("cyrmaster", "cyrus-master", "master"),
        "cyrus-common",
        named_by="cyrus",
        asks_in=tuple(
            _CYRUS + name
            for name in ("imapd", "pop3d", "lmtpd", "nntpd", "mupdate", "httpd", "timsieved", "sync_server")
        ),
        how=TRIED,
        note="the entry of cyrus.conf that is started, as the user cyrus; Postfix's master is another program",
        elsewhere=(("master", "/cyrus"),),
    ),
    Known(
        ("danted", "sockd"),
        "dante-server",
        None,
        switch=_DANTED,
        own_tables=("/etc/danted.conf", "/etc/sockd.conf"),
        how=TRIED,
    ),
    Known(("diod",), "diod", "diod", how=TRIED, accepted_alone=True),
    Known(
        ("storescp", "dcmrecv", "dcmqrscp", "wlmscpfs"),
        "dcmtk",
        None,
        switch=_DCMTK,
        how=TRIED,
        through=("libdcmnet.so",),
    ),
    Known(("gophernicus",), "gophernicus", "gophernicus", how=TRIED),
    Known(("imapproxyd",), "imapproxy", "imapproxyd", how=TRIED, note="Debian 11's and 12's; as nobody"),
    Known(
        ("ftpd", "inetutils-ftpd"),
        "inetutils-ftpd",
        "ftpd",
        switch=_FTPD,
        how=TRIED,
        note="Debian 11's and 12's",
    ),
    Known(
        ("imap4d", "pop3d", "mailutils-imap4d", "mailutils-pop3d"),
        "mailutils-imap4d",
        None,
        switch=_MAILUTILS,
        how=TRIED,
    ),
    Known(("lshd",), "lsh-server", "lshd", how=TRIED),
    Known(("opensm",), "opensm", "opensm", note="for its console (--console socket); it needs InfiniBand"),
    Known(("p910nd",), "p910nd", "p910nd", how=TRIED, accepted_alone=True),
    Known(("pptpd",), "pptpd", "pptpd", how=TRIED),
    Known(
        ("proftpd",),
        "proftpd-mod-wrap",
        "proftpd",
        partly="it asks for a login, by mod_wrap with TCPAccessFiles, and greets everybody",
        how=TRIED,
        through=("mod_wrap.so",),
    ),
    Known(
        ("pulseaudio",),
        "pulseaudio",
        named_by="pulseaudio",
        how=TRIED,
        note="pulseaudio- and the protocol of the module, esound for ESD's; as pulse",
        through=("libpulse", "libprotocol-native.so"),
    ),
    Known(
        ("ser2net",),
        "ser2net",
        None,
        switch=_SER2NET,
        how=TRIED,
        note="for TCP alone; by the name of tcpdname, where an accepter has one",
        through=("libgensio",),
        tcp_alone=True,
    ),
    Known(("sslh", "sslh-select", "sslh-ev", "sslh-fork"), "sslh", named_by="sslh", switch=_SSLH, how=TRIED),
    Known(("socat", "socat1"), "socat", named_by="socat", switch=_SOCAT, how=TRIED),
    Known(
        ("syslog-ng",),
        "syslog-ng-core",
        "syslog-ng",
        note="for TCP; a source of UDP is open",
        how=TRIED,
        tcp_alone=True,
        through=("libsyslog-ng", "libafsocket.so"),
    ),
    Known(
        ("supfilesrv",),
        "sup",
        "supfilesrv",
        partly="it does not ask before the client has said what it wants",
        how=TRIED,
    ),
    Known(
        ("upsd",),
        "nut-server",
        "upsd",
        partly="it asks only where a client logs in as a user, and answers the others",
        own_tables=("/etc/nut/upsd.users",),
        how=TRIED,
    ),
    Known(("usbipd",), "usbip", "usbipd", how=TRIED),
    Known(("afpd",), "netatalk", "afpd", how=TRIED, note="Debian 12 does not have it", through=("libatalk.so",)),
    Known(("ocserv",), "ocserv", "ocserv", how=TRIED, note="Debian 11's"),
    Known(
        ("powermand",),
        "powerman",
        "powermand",
        switch=_POWERMAN,
        how=TRIED,
        note="Debian 11's",
        accepted_alone=True,
    ),
    Known(("ftp-proxy",), "ftp-proxy", "ftp-proxy", switch=_FTP_PROXY, how=TRIED, accepted_alone=True),
    Known(("in.ntalkd",), "talkd", None, how=TRIED),
    Known(
        ("rlinetd",),
        "rlinetd",
        None,
        partly="it asks for services of rlinetd.conf that have tcpd, under the name given there",
        how=TRIED,
    ),
    Known(
        ("yaz-ztest", "zebrasrv"),
        "libyaz5",
        named_by="yaz",
        switch=_YAZ,
        how=TRIED,
        through=("libyaz",),
        accepted_alone=True,
    ),
    # known for their own tables alone
    Known(("lpd",), "", None, own_tables=("/etc/hosts.lpd", "/etc/hosts.equiv", "/etc/lpd.perms"), links=False),
    Known(("rsync",), "", None, own_tables=("/etc/rsyncd.conf",), links=False),
    Known(("smbd",), "", None, own_tables=("/etc/samba/smb.conf",), links=False),
    Known(("rshd", "in.rshd", "in.rlogind"), "", None, own_tables=("/etc/hosts.equiv",), links=False),
)

BY_PROGRAM: Dict[str, Known] = {program: row for row in ROWS for program in row.programs}
NOTHING = Known((), "", links=False)


def documented_rows() -> List[Known]:
    """The rows of docs/daemons.md: everything that uses libwrap, by the name of its program."""
    return sorted((row for row in ROWS if row.links), key=lambda row: row.programs[0])
