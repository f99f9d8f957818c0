# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which program an OpenSSH server starts for a connection (SshdSessionPath, sshd_config(5) of 10.0): that one asks libwrap."""

import getopt
import re
import shlex
from typing import Iterator, List, Optional, Sequence

from ..._libwrap.file_names import fits
from .daemon_configurations import Configurations, TooMuchToRead
from .daemon_questions import MAX_FILES, NotTold, Question, folder_names
from .ssh_start import OPTIONS, shown_words
from ..files.files import stat_file

_CONFIG = "/etc/ssh/sshd_config"
_FOLDER = "/etc/ssh/"  # where a relative Include lies
_KEYWORD = "sshdsessionpath"
_PLAIN = re.compile(r"[ \t]*[A-Za-z]+(?:[ \t]*=[ \t]*|[ \t]+)(/[^\s\"'\\#]{1,1000})[ \t\r]*\Z")
_INCLUDE = re.compile(r"[\"']?include[\"']?(?:[ \t]*=)?[ \t]*", re.IGNORECASE)


def other_session(read: Configurations, arguments: Sequence[str], session: str) -> str:
    """Why the program that serves a connection may be another than `session`, sshd's own; empty where it is not.

    `arguments`: with argv[0], as it was started or as its process shows them.
    """
    try:
        named = _named(Question(read, "sshd", (), 0), arguments)
    except (NotTold, TooMuchToRead):
        return "whether SshdSessionPath names another program for its connections cannot be told from what may be read"
    if named is None or _is(named, session):
        return ""
    return "SshdSessionPath may name another program for its connections"


def _is(line: str, path: str) -> bool:
    match = _PLAIN.match(line)
    return match is not None and match.group(1) == path


def _named(question: Question, arguments: Sequence[str]) -> Optional[str]:
    """The first line that sets the path, which is the one that counts: -o before files. Raises NotTold."""
    words = shown_words(arguments)
    if words is None:
        raise NotTold()
    try:
        found, rest = getopt.getopt(words, OPTIONS)
    except getopt.GetoptError:
        raise NotTold()
    if rest:  # a variable that is not known: sshd takes no such words
        raise NotTold()
    left = [MAX_FILES]
    for line in _following(question, [value for name, value in found if name == "-o"], left):
        return line
    config = [value for name, value in found if name == "-f"][-1:]
    if config and config[0].lower() == "none":
        return None
    if not config and stat_file(question.read.root, _CONFIG).kind in ("missing", "dangling"):
        return None  # it does not start without one
    for line in _following(question, _lines(question, config[0] if config else _CONFIG), left):
        return line
    return None


def _following(question: Question, lines: Sequence[str], left: List[int]) -> Iterator[str]:
    """The lines that set the path, with those of included files in their places."""
    for line in lines:
        bare = line.replace('"', "").replace("'", "").strip(" \t\r\f").lower()
        if bare.startswith(_KEYWORD):
            yield line
        elif bare.startswith("include"):
            for path in _included(question, line.strip(" \t\r\f")):
                left[0] -= 1
                if left[0] < 0:
                    raise NotTold()
                yield from _following(question, _lines(question, path), left)


def _lines(question: Question, path: str) -> List[str]:
    data = question.read.data(path) if path.startswith("/") else None
    if data is None:
        raise NotTold()
    return data.decode("utf-8", "replace").split("\n")


def _included(question: Question, line: str) -> List[str]:
    """The files that an Include names, in order; Raises NotTold for one in a form that is not read here."""
    match = _INCLUDE.match(line)
    text = line[match.end() :] if match else "\\"
    if "\\" in text or len(text) > 1000 or re.search(r"[^ \t]#", text):
        raise NotTold()
    try:
        patterns = shlex.split(text, comments=True)
    except ValueError:
        raise NotTold()
    found: List[str] = []
    for pattern in patterns:
        path = pattern if pattern.startswith("/") else _FOLDER + pattern
        if "[" in path or len(re.findall(r"[*?][^/*?]*/", path)) > 1:  # more folders than a host needs
            raise NotTold()
        found += _expanded(question, "", path.strip("/").split("/"))
    return found


def _expanded(question: Question, before: str, parts: Sequence[str]) -> List[str]:
    """The paths that are there of a pattern, as glob(3) finds them."""
    if not parts:
        return [before] if stat_file(question.read.root, before).kind not in ("missing", "dangling") else []
    if not re.search(r"[*?]", parts[0]):
        return _expanded(question, "%s/%s" % (before, parts[0]), parts[1:])
    names = [name for name in folder_names(question, before or "/") if fits(name, parts[0])]
    seen = [name for name in names if not name.startswith(".") or parts[0].startswith(".")]
    return [path for name in seen for path in _expanded(question, "%s/%s" % (before, name), parts[1:])]
