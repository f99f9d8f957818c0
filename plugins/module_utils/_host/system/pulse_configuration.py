# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The modules that a PulseAudio server of the system listens with: each asks libwrap by a name of its own. default.pa(5),
pulseaudio(1).
"""

import re
from typing import List, Optional, Set, Tuple

from .daemon_questions import MAX_FILES, NotTold, Question, file_lines, folder_names, named_file
from ..files.files import stat_file

_MODULES = {
    "cli": ("pulseaudio-cli", 4712),
    "esound": ("esound", 16001),
    "http": ("pulseaudio-http", 4714),
    "native": ("pulseaudio-native", 4713),
    "simple": ("pulseaudio-simple", 4711),
}
_FLAGS = "hvkDCn"
_SYSTEM = re.compile(r"--system(?:=(?:1|y|yes|t|true|on))?\Z", re.IGNORECASE)
_SCRIPT = "/etc/pulse/system.pa"
_CONFIGURATION = "/etc/pulse/daemon.conf"
_OTHER_SCRIPT = re.compile(r"[ \t]*(?:load-)?default-script-file[ \t]*=")
_LOADED = re.compile(r"module-(\w+)-protocol-tcp(?:\.so)?(?:[ \t]+(\S.*)?)?\Z")
_PORT = re.compile(r"(?:\A|[ \t])port[ \t]*=[ \t]*(\"[^\"]*\"|'[^']*'|\S+)")


def pulse_names(question: Question) -> Tuple[str, ...]:
    """The names that are asked for a port, by all modules that its command line and scripts load there; none where none
    does. Raises NotTold.
    """
    found = [_loaded(word[word.index("module-") :]) for word in question.arguments if "module-" in word]
    left = [MAX_FILES]
    named = named_file(question.arguments, "F", "file", flags=_FLAGS)
    for path in ([named] if named else []) + _usual_script(question):
        found += [_loaded(line) for line in _loads(question, path, left)]
    return tuple(sorted({one[0] for one in found if one is not None and one[1] == question.port}))


def _usual_script(question: Question) -> List[str]:
    """The script that is read without being named: a user's own one may stand in its place."""
    if any(re.match("-[%s]*n" % _FLAGS, word) for word in question.arguments):
        return []
    files = [_CONFIGURATION] + [
        "%s.d/%s" % (_CONFIGURATION, name) for name in folder_names(question, _CONFIGURATION + ".d")
    ]
    lines = [line for path in files for line in question.read.lines(path)]
    if not any(_SYSTEM.match(word) for word in question.arguments) or any(_OTHER_SCRIPT.match(line) for line in lines):
        raise NotTold()
    return [_SCRIPT]


def _loads(question: Question, path: str, left: List[int]) -> List[str]:
    """What a script and those that it includes load; what stands below .ifexists counts. A folder, and what is
    missing, is one of those that are `left`, too.
    """
    left[0] -= 1
    if left[0] < 0:
        raise NotTold()
    kind = stat_file(question.read.root, path).kind if path.startswith("/") else ""
    if kind in ("missing", "dangling"):
        return []  # it does not start, or goes on (.nofail)
    if kind == "directory":
        names = [name for name in folder_names(question, path) if name.endswith(".pa")]
        return [line for name in names for line in _loads(question, "%s/%s" % (path.rstrip("/"), name), left)]
    found: List[str] = []
    for line in file_lines(question, path):
        word, _blank, rest = line.strip().replace("\t", " ").partition(" ")
        if word == "load-module":
            found.append(rest.strip())
        elif word == ".include":
            found += _loads(question, rest.strip(), left)
    return found


def _loaded(text: str) -> Optional[Tuple[str, int]]:
    """The name and the port of a module that asks; None for another one."""
    match = _LOADED.match(text.strip())
    if match is None:
        return None
    if match.group(1) not in _MODULES:
        raise NotTold()
    name, usual = _MODULES[match.group(1)]
    ports: Set[str] = set(_PORT.findall(match.group(2) or ""))
    if len(ports) > 1:
        raise NotTold()
    try:
        return name, int(ports.pop().strip("\"'"), 0) if ports else usual
    except ValueError:
        raise NotTold()
