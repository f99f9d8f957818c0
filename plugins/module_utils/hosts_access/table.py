# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One table, hosts.allow or hosts.deny: its bytes, its lines, its rules, and where libwrap stops reading it."""

import errno
from typing import Iterator, List, Optional, Union

from .dialects import Dialect
from .lexer import HANG, RULE, UNFINISHED, Line, read_lines
from .lookups import Unreadable
from .rules import PatternCache, Rule, rule_of

#: What a caller may hand in as a table.
TableInput = Union[str, bytes, None, Unreadable]


class Table(object):
    """A table as one dialect reads it.

    ``name`` is "allow" or "deny"; ``data`` its bytes (empty when it is missing or unreadable); ``exists``; ``unreadable``
    is the error number or None; ``rules`` in order; ``stop`` is None, "error" (the build stops reading and treats the
    table as failed) or "hang" (it loops for ever), with ``stop_line``, the physical line where it happens.
    """

    __slots__ = ("name", "source", "data", "dialect", "rules", "stop", "stop_line", "unreadable", "exists")

    def __init__(self, name: str, source: TableInput, dialect: Dialect, cache: PatternCache) -> None:
        self.name = name
        self.source = source
        self.dialect = dialect
        self.exists = source is not None
        self.unreadable = source.errno if isinstance(source, Unreadable) else None  # type: Optional[int]
        self.data = _to_data(source)
        self.rules = []  # type: List[Rule]
        self.stop = None  # type: Optional[str]
        self.stop_line = None  # type: Optional[int]
        if self.unreadable not in (None, errno.ENOENT, errno.EISDIR):
            self.stop = "error"
        else:
            self._read(cache)

    def _read(self, cache: PatternCache) -> None:
        stops = self.dialect.long_line == "stop"
        rules = self.rules
        for line in read_lines(self.data, self.dialect):
            if line.kind == RULE:
                rules.append(rule_of(self, line, cache))
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
    if isinstance(source, bytes):
        return source
    return source.encode("utf-8", "surrogateescape")
