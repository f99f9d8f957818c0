# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How a change and its files are called: the names in the folder of records, and those beside a file that is replaced."""

import os
import re

PENDING, CONFIRMED, ROLLED_BACK = "pending", "confirmed", "rolledback"
STATES = (PENDING, CONFIRMED, ROLLED_BACK)
MOVING = "moving"  # TOKEN.moving is there from right before the first rename on: without it there is nothing to undo. It holds the deadline
TOKEN = re.compile(r"\A[0-9a-f]{16,64}\Z")
OURS = re.compile(
    r"\A(?P<token>[0-9a-f]{16,64})\.(?:pending|confirmed|rolledback|moving|watchdog|py|copy[0-9]{1,5})(?:\.new)?\Z"
)
BACKUP = re.compile(r"\.portcullis\.[0-9]{8}T[0-9]{6}\.[0-9]{6}Z~\Z")
LONGEST = 180  # bytes


def bytes_of(name: str) -> str:
    """A name as a record has it: a character for each byte."""
    return os.fsencode(name).decode("latin-1")


def shortened(name: str) -> str:
    """As much of a name as a longer one can be made of, in bytes."""
    return os.fsdecode(os.fsencode(name)[:LONGEST])


def spare_name(name: str) -> str:
    """The one temporary name beside a file that an undo makes by itself."""
    return ".%s.portcullis.0.00000000.tmp" % shortened(name)
