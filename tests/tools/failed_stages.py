# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Why a stage failed, from its log and in a few lines: what is kept of a long output is often its end alone."""

import re
from typing import Dict, List

from passed_stages import COLOURS

SHOWN_TESTS = 4
MESSAGE_LINES = 15  # of one test; the tests of a stage share twice as many
WIDTH = 240
# How pytest begins the report of one test: its name, or where it was when the error came. A long name leaves one line each side.
HEADER = re.compile(r"_+ (?:ERROR at \w+ of )?(\S.*?) _+$")
# A line of pytest's summary or of Ansible; Molecule's own log has `ERROR    [SCENARIO > verify] ...`.
ENDED = re.compile(r"(FAILED|ERROR) \S|fatal: ")


def why(log: str) -> List[str]:
    """The tests that failed, each with its whole message where pytest tells it, or else the last lines of the log."""
    lines = [COLOURS.sub("", line) for line in log.splitlines()]
    failed = [line for line in lines if ENDED.match(line)]
    if not failed:
        return [line[:WIDTH] for line in lines if line.strip()][-SHOWN_TESTS:]
    told = _messages(lines)
    failed = _with_messages_of_their_own(failed, told)[-SHOWN_TESTS:]
    each = min(MESSAGE_LINES, 2 * MESSAGE_LINES // len(failed))
    shown: List[str] = []
    for line in failed:
        shown += [line[:WIDTH]] + ["    " + one[:WIDTH] for one in _bounded(_message(line, told), each)]
    return shown


def _with_messages_of_their_own(failed: List[str], told: Dict[str, List[str]]) -> List[str]:
    """The first test of those with one message: a fixture that failed ends each test that wants it."""
    return list({"\n".join(_message(line, told)) or line: line for line in reversed(failed)}.values())[::-1]


def _message(line: str, told: Dict[str, List[str]]) -> List[str]:
    """The message of `FAILED FILE::CLASS::NAME[PARAMETERS] - BEGINNING`, whose report has the header CLASS.NAME[PARAMETERS]."""
    test = ".".join(line.split("::")[1:])
    return told[max((name for name in told if test.startswith(name)), key=len, default="")]


def _messages(lines: List[str]) -> Dict[str, List[str]]:
    """What pytest tells after an E, for each test: the last such lines that follow one another are of the error that ended it."""
    messages: Dict[str, List[str]] = {"": []}
    name, before = "", ""
    for line in lines:
        header = HEADER.match(line)
        if header:
            name = header.group(1).replace("::", ".")
        elif re.match("E( |$)", line):
            if not re.match("E( |$)", before):
                messages[name] = []
            messages[name].append(re.sub("^E( {1,7}|$)", "", line))
        before = line
    return messages


def _bounded(lines: List[str], most: int) -> List[str]:
    """The beginning of a message, which says what is wrong, and its end, where a difference is summed up."""
    if len(lines) <= most:
        return lines
    end = most // 4
    return lines[: most - end - 1] + ["... %d lines" % (len(lines) - most + 1)] + lines[-end:]
