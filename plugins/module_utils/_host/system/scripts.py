# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A script in the place of a server: who runs it, and whether its text says that libwrap is asked (execve(2))."""

import re
from typing import IO, NamedTuple, Optional

MAX_SCRIPT = 1024 * 1024  # bytes: the agent of Check_MK has some 60,000

_FIRST_LINE = 256  # bytes that the kernel reads of it
_ASKS = re.compile(
    rb"libwrap|tcp_?wrap|\btcpd\b|\btry-from\b|hosts_(?:access|ctl)|hosts[._](?:allow|deny)", re.IGNORECASE
)
# another program goes on in its place; a redirection alone is none
_HANDS_ON = re.compile(rb"\b(?:os\.)?exec[vl]?p?e?[ \t(]{1,8}(?:[\"'$/A-Za-z_]|-[acl]\b)")
_BEFORE = re.compile(
    rb"(?:[;&|({]|\b(?:then|else|do))\Z"
)  # `docker exec` and `find -exec` are words of another command
_LOOK_BACK = 200  # bytes


class Script(NamedTuple):
    interpreter: str  # a path, or a name that env(1) looks up
    doubt: str  # why it may ask all the same; empty where nothing says so


def read_script(stream: IO[bytes]) -> Optional[Script]:
    """What an open file's first line names, and what its text says of libwrap; None where it is no script."""
    stream.seek(0)
    if stream.read(2) != b"#!":
        return None
    data = stream.read(MAX_SCRIPT + 1)
    words = data[:_FIRST_LINE].split(b"\n")[0].split()
    if words and words[0].rsplit(b"/", 1)[-1] == b"env":
        words = [word for word in words[1:] if not word.startswith(b"-") and b"=" not in word]
    if not words:
        return None
    interpreter = words[0].decode("utf-8", "surrogateescape")
    if len(data) > MAX_SCRIPT:
        return Script(interpreter, "it has more than %d bytes" % MAX_SCRIPT)
    if _ASKS.search(data):
        return Script(interpreter, "it names libwrap, tcpd or the tables")
    if any(_begins_command(data, match.start()) for match in _HANDS_ON.finditer(data)):
        return Script(interpreter, "it starts another program in its place (exec), which may ask")
    return Script(interpreter, "")


def names_libwrap(text: str) -> bool:
    """Whether a command says something of libwrap, tcpd or the tables."""
    return _ASKS.search(text.encode("utf-8", "surrogateescape")) is not None


def _begins_command(data: bytes, place: int) -> bool:
    """Whether a word stands where the shell looks for a command."""
    before = data[max(0, place - _LOOK_BACK) : place].rsplit(b"\n", 1)[-1].strip()
    return not before or (not before.startswith(b"#") and _BEFORE.search(before) is not None)
