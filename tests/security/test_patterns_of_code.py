# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No text of a host holds a regular expression up: what each costs grows no faster than its text.

An expression that tries a text again from every place, or splits it in every way, costs an attacker a few kilobytes and the host hours.
"""

import re
import signal
import time

import pytest
from patterns_of_code import Found, all_patterns, near_misses

SHORT, LONG = 28, 8000  # times; characters
END = 0.5  # seconds of processor time that no text of LONG characters takes
TOO_MUCH = 0.025
ENDS = ("\0", "\n;")

#: Files with expressions that cost the square of a text which is bounded elsewhere: what bounds it.
BOUNDED = {
    "_host/system/people.py": "the path of a control group, which the kernel gives: 4,096 characters",
    "_libwrap/lint/lines.py": "a logical line: 2,046 characters",
}

PATTERNS = all_patterns()


class Late(Exception):
    """A match did not come to its end."""


def cost(found: Found, text: str) -> float:
    """Seconds of processor time, at most about END."""

    def stop(_number, _frame):
        raise Late()

    before = signal.signal(signal.SIGVTALRM, stop)
    started = time.process_time()
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, END)
        try:
            if found.anywhere:
                for _match in found.pattern.finditer(text):
                    pass
            else:
                found.pattern.match(text)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    except Late:
        pass
    finally:
        signal.signal(signal.SIGVTALRM, before)
    return time.process_time() - started


def worst(found: Found):
    """(seconds, the text's parts) of the dearest near miss; the first that is too dear ends the search."""
    dearest = (0.0, ())
    for once, often in near_misses(found.pattern):
        for end in ENDS:
            for times in (SHORT, LONG // len(often)):
                text = once + often * times + end
                seconds = cost(found, text)
                if seconds > TOO_MUCH:  # once more: a busy machine may have counted something else
                    seconds = min(seconds, cost(found, text))
                dearest = max(dearest, (seconds, (once, often, times, end)))
                if dearest[0] > TOO_MUCH:
                    return dearest
    return dearest


@pytest.mark.parametrize("found", PATTERNS, ids=[found.place for found in PATTERNS])
def test_a_pattern_costs_no_more_than_its_text(found):
    seconds, text = worst(found)
    bounded = any(name in found.place for name in BOUNDED)
    assert seconds <= (END if bounded else TOO_MUCH), "%r, %s: %.3f s for %r" % (
        found.pattern.pattern,
        "anywhere" if found.anywhere else "at the start",
        seconds,
        text,
    )


@pytest.mark.parametrize(
    "pattern, anywhere",
    [
        (r"(?:[ \t]+[a-z]*)*\Z", False),  # every way to split blanks
        (r"/\*.*?\*/", True),  # from every place to the end
        (r"[0-9.]*[.][0-9.]*\Z", False),
        (r"[ \t]*x[ \t]+(.*?)[ \t]*\Z", False),
    ],
)
def test_a_bad_one_is_found(pattern, anywhere):
    assert worst(Found("", re.compile(pattern), anywhere))[0] > TOO_MUCH


def test_all_are_there():
    assert len(PATTERNS) > 150 and any(found.anywhere for found in PATTERNS)
