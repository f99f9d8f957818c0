# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons that ask libwrap under a name of their configuration: an entry of cyrus.conf, a service of sslh's, a resource
of Bacula's.
"""

import re
from typing import Callable, Dict, List, NamedTuple, Sequence, Tuple

from .daemon_configurations import Configurations, configurations, folder_files


class Names(NamedTuple):
    """The names that one socket of a daemon asks under; `unasked`: what it serves without asking."""

    names: Tuple[str, ...]
    unasked: Tuple[str, ...] = ()


class Question(NamedTuple):
    read: Configurations
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
    named = configurations((), question.arguments)
    names = question.read.once(("stunnel", tuple(named)), lambda: _stunnel_names(question.read, named))
    return names.get(str(question.port), NOBODY)


def _stunnel_names(read: Configurations, named: Sequence[str]) -> Dict[str, Names]:
    """The names by the port as it is written."""
    found: Dict[str, Names] = {}
    name = None
    for path in named or list(_STUNNEL_FILES) + folder_files(read.root, "/etc/stunnel"):
        for line in read.lines(path):
            key, _equals, value = (part.strip() for part in line.partition("="))
            if key[:1] == "[" and key[-1:] == "]":
                name = key[1:-1]
            elif key == "accept" and name:
                found.setdefault(value.rpartition(":")[2], Names((name,)))
    return found


def _sslh(question: Question) -> Names:
    """`service` of each protocol; a protocol without one is handed on without a question."""
    files = configurations(_SSLH_FILES, question.arguments)
    return question.read.once(("sslh", tuple(files)), lambda: _sslh_names(question.read, files))


def _sslh_names(read: Configurations, files: Sequence[str]) -> Names:
    asked: List[str] = []
    unasked: List[str] = []
    for path in files:
        text = " ".join(line.partition("#")[0] for line in read.lines(path))
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
    files = configurations(("/etc/cyrus.conf",), question.arguments)
    names = question.read.once(("cyrus", tuple(files)), lambda: _cyrus_names(question.read, files))
    return names.get(question.port, NOBODY)


def _cyrus_names(read: Configurations, files: Sequence[str]) -> Dict[int, Names]:
    """The names by port."""
    found: Dict[int, Names] = {}
    inside = False
    for path in files:
        for line in read.lines(path):
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
            port = read.accounts.port(place, "tcp") if place else None
            if port is not None:
                found.setdefault(port, Names((entry.group(1),)))
    return found


def _bacula(question: Question) -> Names:
    """The Name of the daemon's own resource: FileDaemon or Client, Storage, Director."""
    named = configurations((), question.arguments)
    return question.read.once(("bacula", question.program, tuple(named)), lambda: _bacula_name(question, named))


def _bacula_name(question: Question, named: Sequence[str]) -> Names:
    product, _dash, part = question.program.partition("-")
    wanted = _BACULA.get(part, ())
    stem = "/etc/%s/%s-%s" % (product, product, part)
    files = list(named) or (
        [stem + ".conf"]
        + [path for kind in wanted for path in folder_files(question.read.root, "%s.d/%s" % (stem, kind.lower()))]
    )
    for path in files:
        inside = False
        for line in question.read.lines(path):
            head, brace, rest = line.partition("{")
            if brace:
                inside = head.strip().lower() in [word.lower() for word in wanted]
                line = rest
            named_so = _NAME.match(line) if inside else None
            if named_so:
                return Names((named_so.group(1).strip(),))
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
    READERS. Raises TooMuchToRead.
    """
    return READERS[reader](question)
