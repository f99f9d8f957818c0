# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The listening addresses of socat's command line, and what libwrap is asked for each (socat(1))."""

import re
from typing import Dict, List, NamedTuple, Optional

from .daemon_questions import NotTold, Question

_MAX_WORD = 4096
_LISTENS = re.compile(r"[a-z0-9]+-(?:l|listen|recv|recvfrom|datagram)\Z")
# all are taken in any case
_ASK = ("tcpwrap", "tcpwrappers", "tcpwrapper", "libwrap", "wrap")
_QUOTED = re.compile(r"=([\"'])([A-Za-z0-9_.-]{0,127})\1(?=,|\Z)")
_OTHER_TABLES = re.compile(r"tcpwrap-|(?:hosts-)?(?:allow|deny)(?:-table)?\Z")


class Listening(NamedTuple):
    port: int  # 0: it is not one that the host knows
    options: Dict[str, Optional[str]]  # by their names in lower case; None: without a value


def listening_addresses(question: Question) -> List[Listening]:
    """Those for the question's port, which may be any. Raises NotTold for quotes that may part one in another way."""
    found = []
    for word in question.arguments:
        for address in word.split("!!") if len(word) <= _MAX_WORD else ():
            head, _comma, rest = address.partition(",")
            kind, _colon, place = head.partition(":")
            if not place or not _LISTENS.match(kind.lower()):
                continue
            rest = _QUOTED.sub(r"=\2", "," + rest)[1:]
            if re.search(r"[\"'\\]", head + rest):
                raise NotTold()
            port = question.read.accounts.port(place.rpartition(":")[2], "udp" if "udp" in kind.lower() else "tcp")
            options = (option.partition("=") for option in rest.split(","))
            entry = Listening(
                port or 0, {name.strip().lower(): value if equals else None for name, equals, value in options}
            )
            if not question.port or entry.port == question.port:
                found.append(entry)
    return found


def socat_asks(question: Question) -> bool:
    """Whether every listening address of the port has an option that makes it ask. Raises NotTold where one names tables
    of its own.
    """
    found = listening_addresses(question)
    if any(_OTHER_TABLES.match(name) for entry in found for name in entry.options):
        raise NotTold()
    if not found and any("wrap" in word.lower() for word in question.arguments):
        raise NotTold()
    return bool(found) and all(any(name in entry.options for name in _ASK) for entry in found)


def socat_names(question: Question) -> List[str]:
    """The names that the options have; an empty one where the option has none, and -lp does not name socat: it asks by
    its argv[0] then. Raises NotTold for a name that is stated and empty.
    """
    found = []
    for entry in listening_addresses(question):
        for name in _ASK:
            if name in entry.options:
                value = entry.options[name]
                if value == "":
                    raise NotTold()
                found.append((_own_name(question) if value is None else value)[:127])
    return found


def _own_name(question: Question) -> str:
    """What -lp calls it; empty where that is not there."""
    words = list(question.arguments) + [""]
    named = [word[3:] or words[place + 1] for place, word in enumerate(words) if word.startswith("-lp")]
    return named[-1] if named else ""
