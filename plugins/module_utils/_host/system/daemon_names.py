# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons that ask libwrap under a name of their configuration: an entry of cyrus.conf, a service of sslh's, a resource
of Bacula's.
"""

import re
from typing import Callable, Dict, NamedTuple, Sequence, Tuple

from .daemon_configurations import Configurations, folder_files
from .daemon_questions import NotTold, Question, named_file
from .dovecot import dovecot_protocols
from .pulse_configuration import pulse_names
from .socat_addresses import socat_names
from .sslh_configuration import sslh_protocols
from .stunnel_configuration import accepts_at, stunnel_names


class Names(NamedTuple):
    """The names that one socket of a daemon asks under."""

    names: Tuple[str, ...]
    unasked: Tuple[str, ...] = ()  # what it serves without asking
    called: bool = False  # its own name is among them: by the base name of argv[0], not by the program's
    told: bool = True  # False: its configuration does not tell, and it is only what the program is called


NOBODY = Names(())
_BACULA = {"fd": ("FileDaemon", "Client"), "sd": ("Storage",), "dir": ("Director",)}
_NAME = re.compile(
    r"[ \t]*Name[ \t]*=[ \t]*\"?([^\"#;}\s](?:[^\"#;}]{0,125}[^\"#;}\s])?)\"?[ \t]*(?:[#;}].*)?$", re.IGNORECASE
)
_CYRUS_ENTRY = re.compile(r"[ \t]*([A-Za-z0-9_-]+)[ \t]+\S")
_CYRUS_WORD = re.compile(r"\b(cmd|listen)[ \t]*=[ \t]*(?:\"([^\"]*)\"|(\S+))")


def _dovecot(question: Question) -> Names:
    """The protocols of the login services at the port; other services ask nobody."""
    return Names(tuple(dovecot_protocols(question)) or (question.program,))


def _stunnel(question: Question) -> Names:
    """The name in brackets above `accept = port`."""
    names = stunnel_names(question)
    return Names(tuple(name for place, name in names.items() if accepts_at(question, place))[:1])


def _sslh(question: Question) -> Names:
    """`service` of each protocol; a protocol without one is handed on without a question."""
    return Names(*sslh_protocols(question))


def _cyrus(question: Question) -> Names:
    """The entry of SERVICES that listens on the port."""
    path = named_file(question.arguments, "M", flags="DdvV") or "/etc/cyrus.conf"
    names = question.read.once(("cyrus", path), lambda: _cyrus_names(question.read, [path]))
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
    path = named_file(question.arguments, "c", flags="fmPstTv")
    named = [path] if path else []
    return question.read.once(("bacula", question.program, path), lambda: _bacula_name(question, named))


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


def _pulseaudio(question: Question) -> Names:
    """The name of each module that listens at the port."""
    return Names(pulse_names(question))


def _socat(question: Question) -> Names:
    """`tcpwrap=NAME`, or socat's own name."""
    names = socat_names(question)
    return Names(tuple(name or question.program for name in names), called="" in names)


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
    "pulseaudio": _pulseaudio,
    "socat": _socat,
    "sslh": _sslh,
    "stunnel": _stunnel,
    "yaz": _yaz,
}


def names_in_configuration(reader: str, question: Question) -> Names:
    """The names under which a daemon asks for a port; none where its configuration does not tell. `reader`: a key of
    READERS. Raises TooMuchToRead.
    """
    try:
        return READERS[reader](question)
    except NotTold:
        return NOBODY
