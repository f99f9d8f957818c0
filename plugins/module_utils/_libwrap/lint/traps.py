# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a detector yields, and how its effect follows from where the text stands."""

from typing import NamedTuple, Optional

from ..finding import CLOSES, FEWER, MORE, NONE, OPENS
from .kinds import KINDS

#: Findings of one code in one table that are listed one by one; the rest is counted.
LIMIT = 10000


class Trap(NamedTuple):
    """What is wrong with one piece of text wherever it stands; ``reach`` is opens, closes, none, fewer or more."""

    code: str
    reach: str
    message: str
    remedy: str
    severity: str


def trap(
    code: str, form: str = "", reach: Optional[str] = None, severity: Optional[str] = None, **words: object
) -> Trap:
    """A trap in the words of its kind; ``reach`` and ``severity`` where they depend on more than the form."""
    kind = KINDS[code]
    said = kind.forms[form]
    return Trap(
        code,
        reach or said.reach or NONE,
        said.message.format(**words),
        said.remedy.format(**words),
        severity or said.severity or kind.severity,
    )


def effect_of(reach: str, grants: bool, depth: int) -> str:
    """opens, closes or none, for a text in a rule that ``grants`` or not, ``depth`` EXCEPTs deep."""
    if reach not in (FEWER, MORE):
        return reach
    more = (reach == MORE) != bool(depth % 2)
    return OPENS if more == grants else CLOSES
