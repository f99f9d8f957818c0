# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a finding is, and what a kind of findings is: the tables of kinds stand where the detectors are.

A detector yields a code, a form and words. Everything that is said to a user stands in a table:
``_libwrap/lint/kinds.py`` for rules, ``_superservers/kinds.py`` for the files of super-servers,
``_modules/services/kinds.py`` for services and the wrapper's own files.
"""

from typing import Any, Dict, NamedTuple, Optional, Tuple

from .printable import printable

ERROR = "error"
WARNING = "warning"
INFO = "info"

OPENS = "opens"
CLOSES = "closes"
NONE = "none"
#: The text makes its rule match fewer clients, or more of them, than it says: the effect depends on table and EXCEPT.
FEWER = "fewer"
MORE = "more"

#: What is returned of a finding on a rule.
RULE = ("code", "severity", "effect", "table", "line", "message", "remedy")
#: What is returned of a finding on a service, on a super-server's file, and on one of the wrapper's own files.
SERVICE = ("code", "severity", "service", "path", "line", "message", "remedy")
CONFIGURATION = ("code", "severity", "path", "line", "message", "remedy")
FILE = ("code", "severity", "path", "message", "remedy")


class Form(NamedTuple):
    """One way to say it: templates, whose ``{names}`` are the detector's words.

    - ``reach``: opens, closes, none, fewer or more; None where the detector says.
    - ``severity``: None for the kind's own.
    """

    message: str
    remedy: str
    reach: Optional[str] = None
    severity: Optional[str] = None


class Kind(NamedTuple):
    """One code: its usual severity, its effect in words, why it is one, and its forms by name; "" is the usual one."""

    severity: str
    effect: str
    explanation: str
    forms: Dict[str, Form]


class Finding(NamedTuple):
    """One thing to know about a table, a service, a super-server's file or one of the wrapper's own files.

    - ``code``: stable, a key of one of the tables of kinds.
    - ``severity``: ``error`` libwrap does not honour what is written; ``warning`` it does, but this is a trap;
    ``info``.
    - ``effect``: ``opens`` more than the text says, ``closes`` more, or ``none``; None where it is not about a rule.
    - ``table``: "allow" or "deny"; ``line``: the last physical line of the rule, None for the whole table or file.
    - ``message``: one sentence; ``remedy``: what to do instead.
    - ``path``, ``service``: the file and the service that it is about.
    """

    code: str
    severity: str
    effect: Optional[str]
    table: Optional[str]
    line: Optional[int]
    message: str
    remedy: str
    path: Optional[str] = None
    service: Optional[str] = None

    def as_dict(self, keys: Tuple[str, ...] = RULE) -> Dict[str, Any]:
        """Plain text and numbers, for results and filters; ``keys`` is one of RULE, SERVICE, CONFIGURATION and FILE."""
        return {key: getattr(self, key) for key in keys}


def simple(message: str, remedy: str, reach: Optional[str] = None, severity: Optional[str] = None) -> Dict[str, Form]:
    """The forms of a kind that has only one."""
    return {"": Form(message, remedy, reach, severity)}


def quote(text: bytes) -> str:
    """A piece of a rule for a message: in quotes, odd bytes escaped, long ones cut."""
    shown = printable(text.decode("utf-8", "surrogateescape"))
    return "'%s'" % (shown if len(shown) <= 70 else shown[:67] + "...")
