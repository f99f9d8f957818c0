# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Every kind of finding on services and on the wrapper's own files, beside those on the files of super-servers.

``docs/guides/coverage.md`` and ``docs/guides/integrity.md`` list them.
"""

from typing import Dict, Optional

from ..._libwrap.finding import ERROR, INFO, WARNING, Finding, Form, Kind, simple
from ..._superservers.kinds import KINDS as CONFIGURATION
from .remedies import HANDED_ON

_OPENS = "opens"
_NONE = "nothing"

_SERVICES = {
    "unenforced": Kind(
        WARNING,
        _OPENS,
        "Nobody asks for this service. An error where a rule names the daemon and it is no user's own process; info "
        "where it listens on the host alone.",
        simple("{where} does not obey the tables: {evidence}{named}", "{what_to_do}"),
    ),
    "unknown-enforcement": Kind(
        WARNING,
        _OPENS,
        "It could not be found out who asks for the service.",
        simple("{where}: it could not be found out whether it asks libwrap: {evidence}", "{what_to_do}"),
    ),
    "behind-forwarder": Kind(
        INFO,
        _NONE,
        "A forwarder of the host itself (sslh, socat, stunnel, xinetd's redirect, frpc, rinetd, haproxy, nginx) hands "
        "connections on to the service, which sees 127.0.0.1 or ::1 for all of them.",
        simple(
            "{where} gets connections from {forwarder}, and sees the address {address} for every client",
            "Let the forwarder ask, or filter before it; rules for the daemon cannot tell its clients apart.",
        ),
    ),
    "loopback-granted": Kind(
        WARNING,
        _OPENS,
        "A rule grants 127.0.0.1, ::1 or their name to a service behind a forwarder that does not ask itself: whoever "
        "reaches the forwarder gets in.",
        simple(
            "{where}: {rule} grants {address}, and {forwarder}, which asks nobody, hands on whoever reaches it",
            "Make the forwarder ask libwrap, or refuse strangers before it with a packet filter.",
        ),
    ),
    "rule-without-daemon": Kind(
        WARNING,
        _NONE,
        "A rule names daemons that nothing on this host asks for.",
        {
            "": Form(
                "{path} line {line} names {daemons}, and nothing on this host asks libwrap by that name",
                "Write the name that libwrap is asked for; remove the rule if no such daemon will run here.",
            ),
            "unsure": Form(
                "{path} line {line} names {daemons}, and nothing on this host is known to ask libwrap by that name",
                "Write the name that libwrap is asked for. Whether these ask, and by which name, is not known: {services}. "
                "Find that out before you remove the rule.",
            ),
            "name": Form(
                "{path} line {line} names {daemons}, and nothing on this host asks libwrap by that name",
                "Write {better}: that is the name that is asked for.",
            ),
        },
    ),
    "name-not-told": Kind(
        WARNING,
        _OPENS,
        "A daemon asks libwrap without the client's name, so rules by name do not match: a ban does not hold, and a grant "
        "lets nobody in.",
        simple(
            "{where} never tells libwrap the client's name: {rules}, which names clients by host name, takes every client's "
            "name for unknown",
            "Write addresses or networks in the rules for it.",
        ),
    ),
    "filter-drift": Kind(
        ERROR,
        _OPENS,
        "A filter that stands for the tables does something else than they say now.",
        simple(
            "{program} {does} {address} at {daemon}, and the tables {say} it",
            "Run hosts_access_enforce again, or find out who changed the tables or the filter.",
        ),
    ),
    "filter-passed": Kind(
        ERROR,
        _OPENS,
        "NAT hands connections on to another address before a filter that stands for the tables sees them.",
        simple(
            "NAT hands {protocol} port {port} on to another address before nftables sees its packets: clients that the tables "
            "deny at {daemon} may be served there",
            HANDED_ON,
        ),
    ),
    "source-routing": Kind(
        WARNING,
        _OPENS,
        "The kernel accepts source-routed packets.",
        simple(
            "the kernel accepts source-routed packets on {interfaces}; tcpd refuses them for TCP, nothing refuses them for UDP",
            "Set accept_source_route to 0 (harden_block_source_routing).",
        ),
    ),
    "reverse-path": Kind(
        INFO,
        _OPENS,
        "The kernel does not check senders' addresses.",
        simple(
            "the kernel does not check on {interfaces} that a sender's address belongs there: UDP addresses can be "
            "forged",
            "Set rp_filter to 1, or to 2 where routes are asymmetric (harden_reverse_path).",
        ),
    ),
    "unreadable-configuration": Kind(
        WARNING,
        _NONE,
        "A configuration could not be read.",
        {
            "": Form("{problem}", "Run the task as root."),
            "odd": Form("{problem}", "Check it by hand."),
        },
    ),
}

_FILES = {
    "changed-file": Kind(
        ERROR,
        _OPENS,
        "The file is not the one of its package.",
        simple(
            "{path} is not the file that was shipped: {reason}",
            "Take the host off the network, find out who changed it, and install package {package} again.",
        ),
    ),
    "unknown-tcpd": Kind(
        WARNING,
        _OPENS,
        "A tcpd in use that no package claims.",
        simple(
            "{users} start their services through {path}, and {reason}",
            "Name the tcpd of the package, or compare its sha256 with a host that you trust.",
        ),
    ),
    "unknown-origin": Kind(
        INFO,
        _NONE,
        "Another file that no package claims.",
        simple("{path}: {reason}", "Compare its sha256 with a host that you trust."),
    ),
    "diverted-file": Kind(
        WARNING,
        _OPENS,
        "dpkg keeps the package's file under another name (dpkg-divert), so another stands in its place.",
        simple(
            "dpkg keeps the package's {path} as {target}, by order of {who}: what stands at its name is not the "
            "package's file",
            "Find out why (dpkg-divert --list), and undo it with dpkg-divert --remove if nobody needs it.",
        ),
    ),
    "preloaded-library": Kind(
        WARNING,
        _OPENS,
        "A library that is loaded into tcpd and every daemon before libwrap. An error where somebody other than root "
        "can replace it, or /etc/ld.so.preload itself.",
        {
            "": Form(
                "{path} loads {library} into tcpd and every daemon before libwrap, so it can answer in libwrap's place",
                "Find out who added it, and remove the line if nobody needs it.",
            ),
            "replaceable": Form(
                "{path} loads {library} into tcpd and every daemon before libwrap, so it can answer in libwrap's "
                "place; {who} can replace it",
                "Find out who added it, and remove the line if nobody needs it.",
                severity=ERROR,
            ),
            "list": Form(
                "{path} is not a readable file that only root can write: what it names is loaded into every program",
                "Check it as root, and remove it, or make root its owner with mode 0644.",
                severity=ERROR,
            ),
            "problem": Form("{problem}", "Check the file by hand.", severity=ERROR),
        },
    ),
    "named-tcpd-missing": Kind(
        ERROR,
        "closes",
        "A service is started through a tcpd that is not there.",
        simple(
            "{path} does not exist, but {users} start their services through it",
            "Install the package that contains it.",
        ),
    ),
    "missing": Kind(
        WARNING,
        _NONE,
        "A file that the task names is not there.",
        simple("{path} does not exist", "Install the package that contains it."),
    ),
    "unreadable": Kind(
        ERROR,
        _OPENS,
        "Something that is no file stands in its place, or it may not be read.",
        {
            "": Form("{path}: {reason}", "Check it as root."),
            "forbidden": Form("{path}: {reason}", "Check it as root.", severity=WARNING),
        },
    ),
    "wrong-owner": Kind(
        ERROR,
        _OPENS,
        "Somebody other than root can change the file.",
        simple("{path} belongs to user {user}, who can change it", "chown root {path}"),
    ),
    "writable-file": Kind(
        ERROR,
        _OPENS,
        "Somebody other than root can change the file.",
        simple("{who} can write {path}", "chmod go-w {path}"),
    ),
    "set-id": Kind(
        ERROR,
        _OPENS,
        "The program runs with rights that it should not have.",
        simple("{path} runs with its owner's or group's rights (mode {mode})", "chmod ug-s {path}"),
    ),
    "writable-parent": Kind(
        WARNING,
        _OPENS,
        "Somebody other than root can replace the file. An error where everybody can.",
        {
            "": Form(
                "{file} lies below {path}, where {who} can put another file in its place",
                "chown root {path} and chmod go-w {path}",
            ),
            "everybody": Form(
                "{file} lies below {path}, where everybody can put another file in its place",
                "chown root {path} and chmod go-w {path}",
                severity=ERROR,
            ),
        },
    ),
    "port-421": Kind(
        ERROR,
        _OPENS,
        "A socket on the port that the trojaned tcp_wrappers 7.6 of January 1999 obeyed. A warning for UDP, and for a socket of another user than "
        "root.",
        {
            "": Form(
                "{holder} holds a {protocol} socket from {address} port {port} to {remote_address} port {remote_port}; the "
                "trojaned tcp_wrappers 7.6 obeyed clients at port 421",
                "Find out what it is: no common service uses this port.",
            ),
            "anybody's": Form(
                "{holder} holds a {protocol} socket of user {user} from {address} port {port} to {remote_address} port {remote_port}; "
                "the trojaned tcp_wrappers 7.6 obeyed clients at TCP port 421 as root",
                "Ask its user what it is: no common service uses this port.",
                severity=WARNING,
            ),
        },
    ),
}

KINDS: Dict[str, Kind] = dict(CONFIGURATION, **_SERVICES, **_FILES)


def finding(
    code: str,
    form: str = "",
    path: Optional[str] = None,
    line: Optional[int] = None,
    service: Optional[str] = None,
    **words: object,
) -> Finding:
    """A finding in the words of its kind. ``path``, ``line`` and ``service`` are what it is about."""
    kind = KINDS[code]
    said = kind.forms[form]
    words.setdefault("path", path)
    words.setdefault("line", line)
    message, remedy = said.message.format(**words), said.remedy.format(**words)
    return Finding(code, said.severity or kind.severity, None, None, line, message, remedy, path, service)
