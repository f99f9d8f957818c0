# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""A diff that Ansible shows in a short time, whatever a host answers.

Ansible compares the two texts with difflib, in its main process: texts made for it keep all hosts waiting for hours.
"""

from __future__ import annotations

import json
from typing import Any

#: Lines of both texts, and of all diffs of a result, that Ansible may compare (4,000 of the worst take 0.3 s).
MOST_LINES = 4000
_CONTEXT = 3


def bounded(diff: Any) -> Any:
    """A result's ``diff``, a mapping or a list of them, with long texts compared here: what is equal at both ends is left out, and the rest is shown
    as one change.
    """
    left = [MOST_LINES]
    if isinstance(diff, (list, tuple)):
        return [_bounded(one, left) for one in diff]
    return _bounded(diff, left)


def _bounded(diff: Any, left: list[int]) -> Any:
    if not isinstance(diff, dict) or not ("before" in diff or "after" in diff):
        return diff
    before, after = (_lines(diff.get(side)) for side in ("before", "after"))
    left[0] -= len(before) + len(after)
    if left[0] >= 0:
        return diff
    first = _equal(before, after)
    last = _equal(before[first:][::-1], after[first:][::-1])
    old, new = before[first : len(before) - last], after[first : len(after) - last]
    headers = [
        "%s %s\n" % (mark, diff.get(key, "")) for mark, key in (("---", "before_header"), ("+++", "after_header"))
    ]
    if len(old) + len(new) > MOST_LINES:
        text = ["The texts differ in more than %d lines, which are not shown.\n" % MOST_LINES]
    else:
        start = max(first - _CONTEXT, 0)
        around = before[start:first], before[len(before) - last :][:_CONTEXT]
        counts = [len(around[0]) + len(part) + len(around[1]) for part in (old, new)]
        text = ["@@ -%d,%d +%d,%d @@\n" % (start + 1, counts[0], start + 1, counts[1])]
        text += [" " + line for line in around[0]] + ["-" + line for line in old]
        text += ["+" + line for line in new] + [" " + line for line in around[1]]
    return {"prepared": "".join(line if line.endswith("\n") else line + "\n" for line in headers + text)}


def _lines(text: Any) -> list[str]:
    """The lines that Ansible would compare; it shows a mapping as JSON."""
    if not isinstance(text, str):
        text = "" if text is None else json.dumps(text, indent=4, default=str)
    return text.splitlines(True)


def _equal(first: list[str], second: list[str]) -> int:
    """How many lines two texts begin with alike."""
    for number, (one, other) in enumerate(zip(first, second)):
        if one != other:
            return number
    return min(len(first), len(second))
