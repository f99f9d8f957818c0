# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Every kind of finding on the files of inetd, xinetd and systemd, and on the services that they start."""

from typing import Dict, Optional

from .._libwrap.finding import ERROR, INFO, WARNING, Finding, Form, Kind, simple
from .tcpd import ON_LISTENING_SOCKET

_FOR_EVER = "Nobody is served: tcpd takes itself for the daemon and starts itself in an endless loop."
_OPENS = "opens"
_CLOSES = "closes"
_NONE = "nothing"

KINDS: Dict[str, Kind] = {
    "malformed": Kind(
        WARNING,
        _CLOSES,
        "A line or entry of a super-server's configuration that it does not understand.",
        {
            "": Form(
                "{path} line {line} is not a service: {trouble}. It is kept as it is.", "Correct the line or remove it."
            ),
            "entry": Form(
                "{path} line {line}: {trouble}, so xinetd skips {what} up to line {last}. It is kept as it is.",
                "Correct the entry or remove it.",
            ),
        },
    ),
    "duplicate": Kind(
        WARNING,
        _NONE,
        "Two lines state one service, and only one of them counts.",
        simple(
            "{path} line {line} states {service} again, as line {first} does: the {counts} one counts.",
            "Remove the line that does not count.",
        ),
    ),
    "tcpd-on-listening-socket": Kind(
        ERROR,
        _OPENS,
        "inetd or xinetd with wait, or systemd with Accept=no, gives tcpd the listening socket: it sees no client, and "
        "grants clients that rules for addresses deny.",
        simple(
            "{path} line {line}: {service} runs tcpd on the listening socket ({setting}): " + ON_LISTENING_SOCKET + ".",
            "Let the super-server accept each connection, or remove tcpd and use a packet filter.",
        ),
    ),
    "tcpd-without-argv0": Kind(
        ERROR,
        _CLOSES,
        _FOR_EVER,
        {
            "": Form(
                "{path} line {line}: {service} runs tcpd without a daemon: tcpd starts itself in an endless loop.",
                "Write the daemon's path behind tcpd.",
            ),
            "unit": Form(
                "{path} line {line}: {service} runs tcpd without @: tcpd starts itself in an endless loop.",
                "Write @ before tcpd's path, and the daemon's path behind it.",
            ),
        },
    ),
    "tcpd-without-nameinargs": Kind(
        ERROR,
        _CLOSES,
        _FOR_EVER,
        simple(
            "{path} line {line}: {service} runs tcpd without NAMEINARGS before server_args: tcpd starts itself in an endless loop.",
            "Write flags = NAMEINARGS above server_args.",
        ),
    ),
    "nameinargs-too-late": Kind(
        ERROR,
        _CLOSES,
        "The child of xinetd crashes at every connection.",
        simple(
            "{path} line {line}: {service} has server_args before flags = NAMEINARGS: it crashes at every connection.",
            "Move flags above server_args.",
        ),
    ),
    "argv0-repeated": Kind(
        WARNING,
        _NONE,
        "A line gives a daemon its own name as an argument.",
        {
            "": Form(
                "{path} line {line}: {service} is given its own name {word} as an argument: behind tcpd argv[0] stands "
                "once, as the server's path.",
                "Delete the second one.",
            ),
            "plain": Form(
                "{path} line {line}: {service} is given its own name {word} as an argument: xinetd sets argv[0] itself.",
                "Delete the name from server_args.",
            ),
        },
    ),
    "argv0-missing": Kind(
        WARNING,
        _NONE,
        "A line has no name for the daemon, or takes the daemon's first argument for it.",
        {
            "": Form(
                "{path} line {line}: {service} is started without argv[0], and many programs crash then.",
                "Write the server's name after its path.",
            ),
            "option": Form(
                "{path} line {line}: {service} is started as {word}, so this option is lost.",
                "Write the server's name between its path and its arguments.",
            ),
        },
    ),
    "checked-twice": Kind(
        WARNING,
        _NONE,
        "Two programs check each connection, so the options of a rule that grants (spawn, severity) run twice. A refusal by "
        "the first ends it.",
        {
            "": Form(
                "{where} is checked twice, by {askers}: the options of a rule that grants run twice",
                "Remove one of them (xinetd: flags = NOLIBWRAP; systemd and inetd: unwrap the service).",
            ),
            "xinetd": Form(
                "{path} line {line}: {service} is checked twice, by xinetd and by tcpd: without NOLIBWRAP the options "
                "of a rule that grants run twice.",
                "Write flags += NOLIBWRAP.",
            ),
        },
    ),
    "unreadable-tables": Kind(
        ERROR,
        "closes; opens where libwrap takes a table that it cannot read for an empty one",
        "The daemon asks and cannot read.",
        {
            "": Form(
                "{where} asks libwrap as {user}, who cannot read the tables, so with this libwrap ({dialect}) {what}",
                "Give the tables a group of which the user {user} is a member, with mode '0640', or an ACL (setfacl -m u:{user}:r), or "
                "mode '0644'.",
            ),
            "person": Form(
                "{where} runs as {user}, a person's account, who cannot read the tables",
                "If it is a service of the host, run it as a user of its own.",
                severity=WARNING,
            ),
            "files": Form(
                "{where} asks libwrap as {user}, who cannot read {paths} there, which a rule names: libwrap takes a file of "
                "hosts that it cannot read for an empty one, so such a rule bans nobody and lets nobody in",
                "Make the file, and the folders above it, readable for the user {user}, let only root change them, and keep the "
                "file where the service does not hide it (ProtectHome=, PrivateTmp=).",
            ),
            "wrapped": Form(
                "{path} line {line}: tcpd runs as {user} for {services} and may not be able to read {tables}: Debian's "
                "and Red Hat's libwrap then refuse everybody, FreeBSD's lets everybody in.",
                "Give the tables a group of which the user {user} is a member, with mode 0640.",
                severity=WARNING,
            ),
        },
    ),
    "orphan-comment": Kind(
        INFO,
        _NONE,
        "A comment of this collection whose service went away.",
        simple(
            "{path} line {line} keeps the original of a service that is not behind tcpd below it.",
            "Remove the comment.",
        ),
    ),
    "include-missing": Kind(
        WARNING,
        _CLOSES,
        "xinetd's configuration names a file or folder that is not there.",
        {
            "": Form(
                "{path} line {line} includes {other}, which cannot be read.", "Create the file or remove the line."
            ),
            "folder": Form(
                "{path} line {line} includes the folder {other}, which cannot be read.",
                "Create the folder or remove the line.",
            ),
        },
    ),
    "included-twice": Kind(
        WARNING,
        _NONE,
        "A file of xinetd's is read twice.",
        simple("{path} is included twice: its services are stated twice.", "Remove one of the two lines."),
    ),
    "second-defaults": Kind(
        WARNING,
        _NONE,
        "xinetd reads the first defaults entry only.",
        simple(
            "{path} line {line}: xinetd ignores this defaults entry, only the first one counts.",
            "Move its attributes to the first one.",
        ),
    ),
    "not-started": Kind(
        WARNING,
        _CLOSES,
        "xinetd drops a service that is switched on.",
        simple("{path} line {line}: {service} is not started: {why}.", "Correct the entry."),
    ),
}


def configuration_finding(code: str, path: str, line: Optional[int], form: str = "", **words: object) -> Finding:
    """A finding on a file of a super-server, in the words of its kind."""
    kind = KINDS[code]
    said = kind.forms[form]
    words.update(path=path, line=line)
    return Finding(
        code,
        said.severity or kind.severity,
        None,
        None,
        line,
        said.message.format(**words),
        said.remedy.format(**words),
        path,
    )
