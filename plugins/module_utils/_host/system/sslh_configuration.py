# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""sslh's protocols: those with a `service` are handed on after a question under that name, the others without one."""

import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

from .daemon_questions import NotTold, Question, file_lines, usual_file, without_comments

_USUAL = ("/etc/sslh.cfg", "/etc/sslh/sslh.cfg")
_PART = re.compile(r"\{[^{}]*\}")
_WORD = re.compile(r"\b(name|service)\s*[:=]\s*\"([^\"]{0,127})\"")
_NUMERIC = re.compile(r"\bnumeric\s*[:=]\s*true\b", re.IGNORECASE)
_MAX_PARTS = 100
# of its command line; every other long option is a protocol
_OPTIONS = frozenset(
    ("listen", "transparent", "user", "pidfile", "chroot", "timeout", "on-timeout", "foreground", "background", "inetd")
    + ("numeric", "verbose", "config", "version", "help", "syslog-facility", "logfile", "udp-max-connections")
)


class Protocols(NamedTuple):
    asked: Tuple[str, ...]  # names that libwrap is asked under
    unasked: Tuple[str, ...]  # protocols that are handed on without a question


def sslh_protocols(question: Question) -> Protocols:
    """Of the file that -F names, without a blank between; without -F no file is read, and of the command line's own
    protocols only ssh is asked for. Raises NotTold.
    """
    own = [word[2:].partition("=")[0] for word in question.arguments if word.startswith("--")]
    own = [name for name in own if name not in _OPTIONS and not name.startswith("verbose-")]
    path = _named(question)
    if path is None:
        if set(own) == {"ssh"}:
            raise NotTold()
        return Protocols((), tuple(sorted(set(own))))
    if own:
        raise NotTold()
    path = path or usual_file(question, _USUAL)
    found: Protocols = question.read.once(("sslh", path), lambda: _protocols(file_lines(question, path)))
    return found


def sslh_asks(question: Question) -> bool:
    """Whether it asks for a protocol, at least. Raises NotTold."""
    return bool(sslh_protocols(question).asked)


def sslh_is_numeric(question: Question) -> bool:
    """Whether it looks no names up; where that cannot be told it does, as without the option."""
    if any(word in ("-n", "--numeric") for word in question.arguments):
        return True
    try:
        path = _named(question)
        text = "\n".join(file_lines(question, path or usual_file(question, _USUAL))) if path is not None else ""
    except NotTold:
        return False
    return _NUMERIC.search(without_comments(text)) is not None


def _named(question: Question) -> Optional[str]:
    """The file behind -F or --config; empty for the usual one, None where neither is there."""
    found = None
    words: Sequence[str] = list(question.arguments)
    for word, after in zip(words, list(words[1:]) + [""]):
        if word.startswith("-F"):
            found = word[2:]
            if not found and after.startswith("/"):
                raise NotTold()  # sslh 1 takes it for a word of nobody's, sslh 2 for the file
        elif word == "--config":
            found = after
        elif word.startswith("--config="):
            found = word.partition("=")[2]
    return found


def _protocols(lines: Sequence[str]) -> Protocols:
    asked: List[str] = []
    unasked: List[str] = []
    text = without_comments("\n".join(lines))
    if "@include" in text:
        raise NotTold()
    for part in _PART.findall(text[text.find("protocols") :] if "protocols" in text else "")[:_MAX_PARTS]:
        words = dict(_WORD.findall(part))
        if words.get("service"):
            asked.append(words["service"])
        elif "name" in words:
            unasked.append(words["name"])
    return Protocols(tuple(asked), tuple(unasked))
