# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons that ask libwrap under a name of their configuration: an entry of cyrus.conf, a service of sslh's, a resource
of Bacula's.
"""

import re
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

from ..files.root import Root
from .accounts import Accounts
from .daemon_configurations import configuration_lines, configurations, folder_files


class Names(NamedTuple):
    """The names that one socket of a daemon asks under; `unasked`: what it serves without asking."""

    names: Tuple[str, ...]
    unasked: Tuple[str, ...] = ()


class Question(NamedTuple):
    root: Root
    program: str  # its base name
    arguments: Sequence[str]  # without argv[0]
    port: int


NOBODY = Names(())
_DOVECOT_PORTS = {
    110: "pop3",
    995: "pop3",
    143: "imap",
    993: "imap",
    4190: "sieve",
    587: "submission",
    465: "submission",
}
_STUNNEL_FILES = ("/etc/stunnel/stunnel.conf", "/etc/stunnel/stunnel4.conf")
_SSLH_FILES = ("/etc/sslh.cfg", "/etc/sslh/sslh.cfg")
_BACULA = {"fd": ("FileDaemon", "Client"), "sd": ("Storage",), "dir": ("Director",)}
_NAME = re.compile(r"[ \t]*Name[ \t]*=[ \t]*\"?([^\"#;}]{1,127}?)\"?[ \t]*(?:[#;}].*)?$", re.IGNORECASE)
_CYRUS_ENTRY = re.compile(r"[ \t]*([A-Za-z0-9_-]+)[ \t]+\S")
_CYRUS_WORD = re.compile(r"\b(cmd|listen)[ \t]*=[ \t]*(?:\"([^\"]*)\"|(\S+))")
_TCPWRAP = re.compile(r",tcpwrap(?:pers?)?(?:=([^,:/]{1,127}))?(?:,|\Z)")
_SSLH_PART = re.compile(r"\{[^{}]*\}")
_SSLH_WORD = re.compile(r"\b(name|service)[ \t]*:[ \t]*\"([^\"]{0,127})\"")


def _dovecot(question: Question) -> Names:
    """The protocol of the login service."""
    return Names((_DOVECOT_PORTS.get(question.port, question.program),))


def _stunnel(question: Question) -> Names:
    """The name in brackets above `accept = port`."""
    name = None
    for path in _stunnel_files(question):
        for line in configuration_lines(question.root, path):
            key, _equals, value = (part.strip() for part in line.partition("="))
            if key[:1] == "[" and key[-1:] == "]":
                name = key[1:-1]
            elif key == "accept" and value.rpartition(":")[2] == str(question.port) and name:
                return Names((name,))
    return NOBODY


def _stunnel_files(question: Question) -> Sequence[str]:
    named = configurations((), question.arguments)
    return named or list(_STUNNEL_FILES) + folder_files(question.root, "/etc/stunnel")


def _sslh(question: Question) -> Names:
    """`service` of each protocol; a protocol without one is handed on without a question."""
    asked: List[str] = []
    unasked: List[str] = []
    for path in configurations(_SSLH_FILES, question.arguments):
        text = " ".join(line.partition("#")[0] for line in configuration_lines(question.root, path))
        text = text[text.find("protocols") :] if "protocols" in text else ""
        for part in _SSLH_PART.findall(text)[:100]:
            words = dict(_SSLH_WORD.findall(part))
            if words.get("service"):
                asked.append(words["service"])
            elif "name" in words:
                unasked.append(words["name"])
        if asked or unasked:
            break
    return Names(tuple(asked), tuple(unasked))


def _cyrus(question: Question) -> Names:
    """The entry of SERVICES that listens on the port."""
    accounts = Accounts(question.root)
    inside = False
    for path in configurations(("/etc/cyrus.conf",), question.arguments):
        for line in configuration_lines(question.root, path):
            bare = line.strip()
            if bare.endswith("{"):
                inside = bare[:-1].strip() == "SERVICES"
            elif bare.startswith("}"):
                inside = False
            entry = _CYRUS_ENTRY.match(line) if inside and "#" not in line[:1] else None
            if entry is None or bare.startswith("#"):
                continue
            words = {key: quoted or plain for key, quoted, plain in _CYRUS_WORD.findall(line)}
            place = words.get("listen", "").rpartition(":")[2]
            if place and accounts.port(place, "tcp") == question.port:
                return Names((entry.group(1),))
    return NOBODY


def _bacula(question: Question) -> Names:
    """The Name of the daemon's own resource: FileDaemon or Client, Storage, Director."""
    product, _dash, part = question.program.partition("-")
    wanted = _BACULA.get(part, ())
    stem = "/etc/%s/%s-%s" % (product, product, part)
    files = list(configurations((), question.arguments)) or (
        [stem + ".conf"]
        + [path for kind in wanted for path in folder_files(question.root, "%s.d/%s" % (stem, kind.lower()))]
    )
    for path in files:
        inside = False
        for line in configuration_lines(question.root, path):
            head, brace, rest = line.partition("{")
            if brace:
                inside = head.strip().lower() in [word.lower() for word in wanted]
                line = rest
            named = _NAME.match(line) if inside else None
            if named:
                return Names((named.group(1).strip(),))
            if "}" in line:
                inside = False
    return NOBODY


def _socat(question: Question) -> Names:
    """`tcpwrap=NAME`, or socat's own name."""
    for word in question.arguments:
        found = _TCPWRAP.search(word[:4096])
        if found:
            return Names((found.group(1) or question.program,))
    return NOBODY


def _yaz(question: Question) -> Names:
    """The word behind `-d`."""
    for word, following in zip(question.arguments, list(question.arguments[1:]) + [""]):
        if word.startswith("-d") and (word[2:] or following):
            return Names((word[2:] or following,))
    return NOBODY


READERS: Dict[str, Callable[[Question], Names]] = {
    "bacula": _bacula,
    "cyrus": _cyrus,
    "dovecot": _dovecot,
    "socat": _socat,
    "sslh": _sslh,
    "stunnel": _stunnel,
    "yaz": _yaz,
}


def names_in_configuration(reader: str, question: Question) -> Names:
    """The names under which a daemon asks for a port; none where its configuration does not tell. `reader`: a key of
    READERS.
    """
    return READERS[reader](question)
