# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A host's text made fit for a screen: it can neither drive a terminal nor turn the direction of what is read, nor
pretend to be a line of its own.
"""

import re
from typing import Any, Dict

# Keys of a result whose text has lines: whole files, and what Python and Ansible report of a run.
LINES = frozenset(
    (
        "allow_text",
        "deny_text",
        "before",
        "after",
        "prepared",
        "exception",
        "stdout",
        "stderr",
        "module_stdout",
        "module_stderr",
    )
)


# Letters of which nothing is seen: with many of them a text begins a line of the terminal that looks like one of its own.
_UNSEEN = re.compile("[\u115f\u1160\u2800\u3164\uffa0]")


def is_printable(text: str) -> bool:
    """Whether a text prints as it is."""
    return text.isprintable() and _UNSEEN.search(text) is None


def printable(text: str, keep: str = "") -> str:
    """`text` with everything escaped that does not print, but for the characters of `keep`: line ends, controls, marks
    of direction, odd bytes.

    A byte that is no UTF-8 (surrogateescape's \\udcNN) becomes \\xNN, anything else the \\xNN of its UTF-8. What prints
    stays as it is, a backslash too.
    """
    if is_printable(text):
        return text
    return "".join(one if is_printable(one) or one in keep else _escaped(one) for one in text)


def printable_values(value: Any, keep: str = "\t") -> Any:
    """A result, as JSON has it, with every text in it made printable. Line ends stay where a text is a whole file
    (LINES).
    """
    if isinstance(value, str):
        return printable(value, keep)
    if isinstance(value, dict):
        clean: Dict[Any, Any] = {}
        for key, one in value.items():
            # texts are most of a result: one that prints costs no call
            name = printable(key) if isinstance(key, str) and not is_printable(key) else key
            kept = isinstance(one, str) and is_printable(one)
            clean[name] = one if kept else printable_values(one, "\n\t" if key in LINES else keep)
        return clean
    if isinstance(value, (list, tuple)):
        return [one if isinstance(one, str) and is_printable(one) else printable_values(one, keep) for one in value]
    return value


def _escaped(character: str) -> str:
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:
        return "\\x%02x" % (code - 0xDC00)
    if 0xD800 <= code <= 0xDFFF:
        return "\\u%04x" % code
    return "".join("\\x%02x" % byte for byte in character.encode("utf-8"))
