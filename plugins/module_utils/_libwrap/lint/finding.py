# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a finding is, and how its effect follows from where the text stands."""

from typing import Any, Dict, List, NamedTuple, Optional

ERROR = "error"
WARNING = "warning"
INFO = "info"

OPENS = "opens"
CLOSES = "closes"
NONE = "none"
#: The text makes its rule match fewer clients, or more of them, than it says: the effect depends on table and EXCEPT.
FEWER = "fewer"
MORE = "more"

#: Findings of one code in one table that are listed one by one; the rest is counted.
LIMIT = 10000


class _Fields(NamedTuple):
    code: str
    severity: str
    effect: str
    table: str
    line: Optional[int]
    message: str
    remedy: str


#: What is wrong with one piece of text wherever it stands; ``reach`` is opens, closes, none, fewer or more; severity None is
#: the code's own.
class Trap(NamedTuple):
    code: str
    reach: str
    message: str
    remedy: str
    severity: Optional[str]


class Finding(_Fields):
    """One thing to know about a table.

    - ``code``: stable, one of kinds.KINDS.
    - ``severity``: ``error`` libwrap does not honour what is written; ``warning`` it does, but this is a trap; ``info``.
    - ``effect``: ``opens`` more than the text says, ``closes`` more, or ``none``.
    - ``table``: "allow" or "deny"; ``line``: the last physical line of the rule, None for the whole table.
    - ``message``: one sentence; ``remedy``: what to write instead.
    """

    __slots__ = ()

    def as_dict(self) -> Dict[str, Any]:
        """Plain text and numbers, for results and filters."""
        return dict(zip(self._fields, self))


def trap(code: str, reach: str, message: str, remedy: str, severity: Optional[str] = None) -> Trap:
    """A trap; severity None is the code's own."""
    return Trap(code, reach, message, remedy, severity)


def effect_of(reach: str, grants: bool, depth: int) -> str:
    """opens, closes or none, for a text in a rule that ``grants`` or not, ``depth`` EXCEPTs deep."""
    if reach not in (FEWER, MORE):
        return reach
    more = (reach == MORE) != bool(depth % 2)
    return OPENS if more == grants else CLOSES


def quote(text: bytes) -> str:
    """A piece of a rule for a message: in quotes, odd bytes escaped, long ones cut."""
    shown = text.decode("utf-8", "backslashreplace")
    if not shown.isprintable():
        shown = "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in shown)
    return "'%s'" % (shown if len(shown) <= 70 else shown[:67] + "...")


def quote_all(texts: List[bytes]) -> str:
    """Up to three pieces, and how many more."""
    shown = ", ".join(quote(text) for text in texts[:3])
    return shown if len(texts) <= 3 else "%s and %d more" % (shown, len(texts) - 3)
