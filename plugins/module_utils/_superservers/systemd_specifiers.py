# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What stands for parts of a unit's name in its settings: systemd.unit(5)."""

import functools
import re
from typing import Dict, Tuple

MAX_ADDED = 16 * 1024  # letters that specifiers or variables add to a command line; real ones have some hundred
_SPECIFIER = re.compile(r"%(.)", re.DOTALL)
#: What they stand for in a unit of the system's manager.
_OF_THE_SYSTEM = {
    "%": "%",
    "C": "/var/cache",
    "E": "/etc",
    "G": "0",
    "L": "/var/log",
    "S": "/var/lib",
    "U": "0",
    "g": "root",
    "h": "/root",
    "t": "/run",
    "u": "root",
}


def specified(text: str, unit: str) -> Tuple[str, bool]:
    """A text with the specifiers of a unit, and whether all are known: those of an instance (`%i`) are not. One that
    would get longer than any real one stays as written, and is not known.
    """
    known = _of_unit(unit)
    if sum(max(0, len(known.get(match.group(1), "")) - 2) for match in _SPECIFIER.finditer(text)) > MAX_ADDED:
        return text, False
    found = _SPECIFIER.sub(lambda match: known.get(match.group(1), match.group()), text)
    return found, all(match.group(1) in known for match in _SPECIFIER.finditer(text))


@functools.lru_cache(maxsize=64)
def _of_unit(unit: str) -> Dict[str, str]:
    stem = unit.rpartition(".")[0]
    prefix, instance, _instance = stem.partition("@")
    last = prefix.rpartition("-")[2]
    found = dict(_OF_THE_SYSTEM, p=prefix, P=_unescaped(prefix), j=last, J=_unescaped(last))
    if not instance:
        found.update(n=unit, N=stem, i="", I="")
    return found


def _unescaped(text: str) -> str:
    """As `systemd-escape --unescape` has it."""
    text = re.sub(r"\\x([0-9a-fA-F]{2})", lambda match: "\0" + match.group(1), text.replace("-", "/"))
    return re.sub(r"\0(..)", lambda match: chr(int(match.group(1), 16)), text)
