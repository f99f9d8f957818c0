# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How the libwrap builds differ, one row a build.

Each name of :class:`Dialect` is a feature of the table in ``docs/dialects.md``, measured on the eleven builds; nothing
else in the engine asks which dialect it is.
"""

from typing import Any, Dict, FrozenSet

from .errors import HostsAccessError

_FACILITIES = frozenset(
    "kern user mail daemon auth lpr news uucp cron local0 local1 local2 local3 local4 local5 local6 local7".split()
)
_LEVELS = frozenset("emerg alert crit err warning notice info debug".split())


class Dialect(object):
    """One libwrap build. The defaults are what most builds do.

    - ``title``: the systems that ship it.
    - ``extended_options``: the third field is a list of options (hosts_options(5)); else one shell command.
    - ``brackets``: a delimiter inside ``[...]`` is none: ``none``, ``depth`` or ``toggle`` (lexer.split_field).
    - ``daemon_brackets``: the same for the colon that ends the daemon list.
    - ``long_line``: at 2,047 bytes and more the build must ``stop`` reading the table, ``skip`` the line, read the
      ``rest`` as a new line, or ``hang``.
    - ``comment_anywhere``: an unescaped ``#`` starts a comment at any place of the joined line.
    - ``mapped``: a client ``::ffff:10.1.2.3`` is compared as ``ipv4`` text or left as ``text``; ``number`` compares all
      addresses as 128 bits, IPv4 among them as mapped.
    - ``mapped_numbers``: any spelling of such an address is read as IPv4 where a ``net/mask`` is compared.
    - ``scopes``: ``fe80::1%lo`` is read as the address before the ``%``.
    - ``wildcards``: ``*`` and ``?`` match: ``nocase``, ``case`` or not at all (``literal``).
    - ``host_files``: ``/file`` patterns.
    - ``ports``: a number as daemon is a port of the server's end.
    - ``localhost_alias``: ``localhost`` equals ``localhost.localdomain``.
    - ``net4``, ``net6``: which reader of ``net/mask`` the build has (networks.py).
    - ``aclexec``; ``switches_user``: the live program obeys ``user`` and ``group``.
    - ``severities``, ``facilities``: the words that ``severity`` takes.
    - ``setenv_equals``: ``setenv A=b`` is accepted (and sets nothing of use).
    - ``port_expansions``: ``%r`` and ``%R``.
    - ``buffer``: bytes that an expansion may fill before the process exits.
    - ``unreadable_deny``: what an unreadable hosts.deny answers, ``denied`` or ``granted``.
    """

    __slots__ = (
        "name",
        "title",
        "extended_options",
        "brackets",
        "daemon_brackets",
        "long_line",
        "comment_anywhere",
        "mapped",
        "mapped_numbers",
        "scopes",
        "wildcards",
        "host_files",
        "ports",
        "localhost_alias",
        "net4",
        "net6",
        "aclexec",
        "switches_user",
        "severities",
        "facilities",
        "setenv_equals",
        "port_expansions",
        "buffer",
        "unreadable_deny",
    )

    def __init__(self, name: str, title: str, **features: Any) -> None:
        self.name = name
        self.title = title
        self.extended_options: bool = True
        self.brackets: str = "depth"
        self.daemon_brackets: str = "depth"
        self.long_line: str = "rest"
        self.comment_anywhere: bool = False
        self.mapped: str = "text"
        self.mapped_numbers: bool = False
        self.scopes: bool = False
        self.wildcards: str = "literal"
        self.host_files: bool = True
        self.ports: bool = False
        self.localhost_alias: bool = False
        self.net4: str = "upstream"
        self.net6: str = "none"
        self.aclexec: bool = False
        self.switches_user: bool = True
        self.severities: FrozenSet[str] = _LEVELS
        self.facilities: FrozenSet[str] = _FACILITIES
        self.setenv_equals: bool = False
        self.port_expansions: bool = False
        self.buffer: int = 8192
        self.unreadable_deny: str = "denied"
        for feature, value in features.items():
            setattr(self, feature, value)

    def __repr__(self) -> str:
        return "Dialect(%s)" % self.name


_ROWS = [
    Dialect(
        "debian",
        "Debian and Ubuntu 7.6.q",
        long_line="stop",
        mapped="ipv4",
        scopes=True,
        wildcards="nocase",
        ports=True,
        net4="debian",
        net6="after",
        aclexec=True,
        switches_user=False,
        port_expansions=True,
    ),
    Dialect(
        "upstream",
        "7.6 with the extended options and netgroups",
        brackets="none",
        daemon_brackets="none",
        host_files=False,
        setenv_equals=True,
        unreadable_deny="granted",
    ),
    Dialect(
        "upstream-classic",
        "7.6 as its Makefile leaves it",
        extended_options=False,
        brackets="none",
        daemon_brackets="none",
        host_files=False,
        unreadable_deny="granted",
    ),
    Dialect(
        "redhat",
        "Fedora from 7.6-83",
        long_line="skip",
        wildcards="case",
        localhost_alias=True,
        net4="cidr",
        net6="anywhere",
        aclexec=True,
        switches_user=False,
    ),
    Dialect(
        "el7",
        "RHEL 7, CentOS 7",
        long_line="skip",
        wildcards="case",
        localhost_alias=True,
        net4="cidr",
        net6="anywhere",
        switches_user=False,
    ),
    Dialect(
        "el6",
        "RHEL 6",
        long_line="hang",
        mapped="ipv4",
        wildcards="case",
        localhost_alias=True,
        net4="mask",
        net6="after",
    ),
    Dialect("suse15", "SLES 15, Leap", wildcards="case", localhost_alias=True, net4="cidr", net6="both"),
    Dialect("suse12", "SLES 12, older openSUSE", mapped="number", wildcards="case", net4="suse12", net6="suse12"),
    Dialect(
        "freebsd",
        "FreeBSD 12 to 14",
        long_line="hang",
        comment_anywhere=True,
        mapped="ipv4",
        mapped_numbers=True,
        net4="freebsd",
        net6="after",
        buffer=1024,
        unreadable_deny="granted",
        facilities=_FACILITIES | frozenset("authpriv console ftp ntp security mark syslog".split()),
        severities=_LEVELS | frozenset("panic error warn none".split()),
    ),
    Dialect(
        "netbsd",
        "NetBSD of 2012",
        mapped_numbers=True,
        net4="netbsd",
        net6="netbsd",
        buffer=1024,
        unreadable_deny="granted",
        facilities=_FACILITIES | frozenset(("authpriv", "ftp")),
    ),
    Dialect(
        "macos",
        "macOS, tcp_wrappers-20",
        host_files=False,
        brackets="toggle",
        daemon_brackets="none",
        net6="inside",
        buffer=1024,
        unreadable_deny="granted",
    ),
]

#: Every dialect by name.
DIALECTS: Dict[str, Dialect] = dict((row.name, row) for row in _ROWS)


def get_dialect(name: Any) -> Dialect:
    """The dialect of that name.

    :raises HostsAccessError: there is none; the message lists all.
    """
    if isinstance(name, Dialect):
        return name
    if not isinstance(name, str) or name not in DIALECTS:
        raise HostsAccessError("unknown dialect %r; choose one of: %s" % (name, ", ".join(sorted(DIALECTS))))
    return DIALECTS[name]
