# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether dovecot asks libwrap for a protocol: login_access_sockets, with what it includes and its filters."""

import fnmatch
import os
import re
from typing import Dict, List, Optional

from ..files.reading import stat_file
from .daemon_questions import NotTold, Question, folder_names, lines_with_included, named_file

PORTS = {
    110: "pop3",
    995: "pop3",
    143: "imap",
    993: "imap",
    4190: "sieve",
    587: "submission",
    465: "submission",
}
_USUAL = "/etc/dovecot/dovecot.conf"
_INCLUDE = re.compile(r"[ \t]*!include(_try)?[ \t]+(\S+)[ \t]*\Z")
_BLOCK = re.compile(r"[ \t]*(\S+)(?:[ \t]+([^{\s]+))?[ \t]*\{[ \t]*\Z")
_PORT = re.compile(r"[ \t]*port[ \t]*=[ \t]*([0-9]{1,5})[ \t]*\Z")
_LOGIN = "-login"
_PROTOCOLS = {"managesieve-login": "sieve"}
_SETTING = re.compile(r"[ \t]*login_access_sockets[ \t]*=[ \t]*(.*)\Z")


def dovecot_asks(question: Question) -> bool:
    """Whether libwrap is asked for the protocol of the question's port: of `protocol NAME { }` its own value counts,
    wherever it stands. Raises NotTold.
    """
    path = named_file(question.arguments, "c", flags="Fpn") or _USUAL
    said: Dict[str, bool] = question.read.once(("dovecot", path), lambda: _sockets(question, path))
    if any(name.startswith("!") for name in said):
        raise NotTold()
    everywhere = said.get("", False)
    if not question.port:
        if any(value is not everywhere for value in said.values()):
            raise NotTold()
        return everywhere
    services = _services_at(question, path)
    if any(not service.endswith(_LOGIN) for service in services):
        return False
    if not services and question.port not in PORTS:
        raise NotTold()
    protocols = [_PROTOCOLS.get(service, service[: -len(_LOGIN)]) for service in services] or [PORTS[question.port]]
    return all(said.get(protocol, everywhere) for protocol in protocols)


def _services_at(question: Question, path: str) -> List[str]:
    """The services with a listener at the question's port: only those that log users in ask."""
    found: Dict[int, List[str]] = question.read.once(("dovecot listeners", path), lambda: _listeners(question, path))
    return found.get(question.port, [])


def _listeners(question: Question, path: str) -> Dict[int, List[str]]:
    found: Dict[int, List[str]] = {}
    blocks: List[str] = []
    for line in _lines(question, path):
        block, port = _BLOCK.match(line), _PORT.match(line)
        if block:
            blocks.append("%s %s" % (block.group(1), block.group(2)))
        elif line.strip() == "}":
            del blocks[-1:]
        elif port and len(blocks) == 2 and blocks[0].startswith("service ") and blocks[1].startswith("inet_listener "):
            found.setdefault(int(port.group(1)), []).append(blocks[0].partition(" ")[2])
    return found


def _sockets(question: Question, path: str) -> Dict[str, bool]:
    """For each protocol, and all ("") where something is said: whether tcpwrap is among its sockets."""
    found: Dict[str, bool] = {}
    blocks: List[str] = []
    for line in _lines(question, path):
        block, setting = _BLOCK.match(line), _SETTING.match(line)
        if block:
            blocks.append(block.group(2) or "" if block.group(1) == "protocol" else "{")
        elif line.strip() == "}":
            del blocks[-1:]
        elif setting:
            # of one kind of client, or of something that dovecot of this version does not know
            if blocks and (len(blocks) > 1 or blocks[0] == "{" or not blocks[0]):
                raise NotTold()
            found[blocks[0] if blocks else ""] = "tcpwrap" in setting.group(1).strip("\"'").split()
    return found


def _lines(question: Question, path: str) -> List[str]:
    """The lines of a file without comments, with those of the files that it includes."""
    return lines_with_included(question, path, lambda place, line: _named(question, place, line), _plain)


def _plain(lines: List[str]) -> List[str]:
    """Lines that go on are one, and have no comments."""
    joined = "\n".join(lines).replace("\\\n", " ").split("\n")
    return [re.sub(r"(?:\A|[ \t])#.*", "", line) for line in joined]


def _named(question: Question, path: str, line: str) -> Optional[List[str]]:
    """The files that a line of a file includes; None where it includes none."""
    include = _INCLUDE.match(line)
    if include is None:
        return None
    return _included(question, os.path.join(os.path.dirname(path), include.group(2)), include.group(1))


def _included(question: Question, pattern: str, may_be_missing: Optional[str]) -> List[str]:
    """The files that a pattern names, in order. Raises NotTold for a folder that is one, or that cannot be read."""
    folder, last = os.path.split(pattern)
    if any(letter in folder for letter in "*?["):
        raise NotTold()
    if may_be_missing and stat_file(question.read.root, folder).kind == "missing":
        return []
    names = folder_names(question, folder)
    return [os.path.join(folder, name) for name in names if fnmatch.fnmatchcase(name, last)]
