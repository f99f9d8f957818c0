# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""One table, hosts.allow or hosts.deny: its bytes, its lines, its rules, and where libwrap stops reading it."""

import errno
from typing import Iterator, List, Optional, Union

from .dialects import Dialect
from .lexer import BUFFER, HANG, RULE, UNFINISHED, Line, read_lines, split_field, strip_comment
from .lookups import Unreadable
from .request import to_raw
from .rules import PatternCache, Rule, rule_of

#: What a caller may hand in as a table.
TableInput = Union[str, bytes, None, Unreadable]


class Table(object):
    """A table as one dialect reads it.

    ``name`` is "allow" or "deny"; ``data`` its bytes (empty when it is missing or unreadable); ``exists``;
    ``unreadable`` is the error number or None; ``rules`` in order; ``stop`` is None, "error" (the build stops reading
    and treats the table as failed) or "hang" (it loops for ever), with ``stop_line``, the physical line where it
    happens.
    """

    __slots__ = ("name", "source", "data", "dialect", "rules", "stop", "stop_line", "unreadable", "exists", "cache")

    def __init__(self, name: str, source: TableInput, dialect: Dialect, cache: PatternCache) -> None:
        self.name = name
        self.source = source
        self.dialect = dialect
        self.cache = cache
        self.exists = source is not None
        self.unreadable: Optional[int] = source.errno if isinstance(source, Unreadable) else None
        self.data = _to_data(source)
        self.rules: List[Rule] = []
        self.stop: Optional[str] = None
        self.stop_line: Optional[int] = None
        if self.unreadable not in (None, errno.ENOENT, errno.EISDIR):
            self.stop = "error"
        else:
            self._read()

    @property
    def unended(self) -> bytes:
        """The last physical line where no newline ends it, which no libwrap reads; else empty."""
        return self.data[self.data.rfind(b"\n") + 1 :]

    def _read(self) -> None:
        lines = self.data.split(b"\n")
        if b"\0" in self.data or b"\\\n" in self.data or max(map(len, lines)) >= BUFFER - 1:
            self._read_careful()
        else:
            self._read_plain(lines)

    def _read_plain(self, lines: List[bytes]) -> None:
        """The lines of a table without continuations, NULs and over-long lines; the same rules as _read_careful finds."""
        unfinished = lines.pop()
        dialect, rules = self.dialect, self.rules
        start = 0
        for number, text in enumerate(lines, 1):
            if not text:
                start += 1
                continue
            end = start + len(text) + 1
            if text[:1] == b"#":
                start = end
                continue
            newline = b"\n"
            if dialect.comment_anywhere and b"#" in text:
                cut = strip_comment(text)
                text, newline = cut, newline if len(cut) == len(text) else b""
            if b"[" in text or b"]" in text:
                daemons, rest, found = split_field(text, b":", dialect.daemon_brackets)
                clients, options, more = split_field(rest, b":", dialect.brackets)
                if found:
                    rules.append(
                        Rule(self, number, number, start, end, daemons, clients, options + newline if more else None)
                    )
            else:
                daemons, colon, rest = text.partition(b":")
                if colon:
                    clients, colon, options = rest.partition(b":")
                    rules.append(
                        Rule(self, number, number, start, end, daemons, clients, options + newline if colon else None)
                    )
            start = end
        if unfinished and dialect.long_line == "stop":
            self.stop, self.stop_line = "error", len(lines) + 1

    def _read_careful(self) -> None:
        """Any table, line by line as libwrap's xgets() would."""
        stops = self.dialect.long_line == "stop"
        rules = self.rules
        for line in read_lines(self.data, self.dialect):
            if line.kind == RULE:
                rules.append(rule_of(self, line, self.dialect))
            elif line.kind == HANG or (line.kind == UNFINISHED and stops):
                self.stop = "hang" if line.kind == HANG else "error"
                self.stop_line = line.last

    @property
    def lines(self) -> Iterator[Line]:
        """Every logical line, comments and blanks too, covering each byte once."""
        return read_lines(self.data, self.dialect)

    def __repr__(self) -> str:
        return "Table(%s, %d rules)" % (self.name, len(self.rules))


def _to_data(source: TableInput) -> bytes:
    if source is None or isinstance(source, Unreadable):
        return b""
    return to_raw(source)
