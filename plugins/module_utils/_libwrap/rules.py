# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A rule: one logical line that libwrap would look at, with its lists and options."""

from typing import TYPE_CHECKING, Dict, Iterator, List, Optional

from .dialects import Dialect
from .lexer import Line, split_field, strip_comment
from .options import Option, parse_options
from .patterns import EXACT, ClientPattern, DaemonPattern, PatternList, ends_list, segments_of, tokens_of

if TYPE_CHECKING:
    from .table import Table


class Rule(object):
    """``daemons : clients : options``.

    ``line`` is the last physical line, ``first_line`` the first; ``start`` and ``end`` its bytes in the table;
    ``daemon_field``, ``client_field`` and ``option_field`` (None when there is none) are the raw fields; ``number``
    counts the policy's rules, hosts.allow first. The lists and options are read from the fields when somebody asks.
    """

    __slots__ = (
        "table",
        "line",
        "first_line",
        "start",
        "end",
        "daemon_field",
        "client_field",
        "option_field",
        "number",
    )

    def __init__(
        self,
        table: "Table",
        first_line: int,
        line: int,
        start: int,
        end: int,
        daemon_field: bytes,
        client_field: bytes,
        option_field: Optional[bytes],
    ) -> None:
        self.table = table
        self.first_line = first_line
        self.line = line
        self.start = start
        self.end = end
        self.daemon_field = daemon_field
        self.client_field = client_field
        self.option_field = option_field
        self.number = -1

    @property
    def daemons(self) -> PatternList:
        """The daemon list: segments between EXCEPTs (patterns.list_matches)."""
        return self.table.cache.daemon_list(self.daemon_field)

    @property
    def named_daemons(self) -> List[str]:
        """The daemons that its list names plainly: no wildcards, no patterns, no ports, and none behind EXCEPT."""
        named = [pattern for pattern in (self.daemons[0] if self.daemons else ()) if pattern.port is None]
        return [one.name.token.decode("utf-8", "backslashreplace") for one in named if one.name.kind == EXACT]

    @property
    def clients(self) -> PatternList:
        """The client list in the same form."""
        return self.table.cache.client_list(self.client_field)

    @property
    def raw(self) -> bytes:
        """The physical lines of the rule, newline included."""
        return self.table.data[self.start : self.end]

    @property
    def text(self) -> str:
        """The physical lines of the rule without the last newline; bytes that are no UTF-8 are kept by surrogates."""
        raw = self.raw
        if raw[-2:] == b"\r\n":
            raw = raw[:-2]
        elif raw[-1:] == b"\n":
            raw = raw[:-1]
        return raw.decode("utf-8", "surrogateescape")

    @property
    def options(self) -> List[Option]:
        """The options as libwrap reads them, up to the first error."""
        return [] if self.option_field is None else self.table.cache.options(self.option_field)

    def __repr__(self) -> str:
        return "Rule(%s:%d %r)" % (self.table.name, self.line, self.text)


class PatternCache(object):
    """Patterns by their text: a policy names the same daemons and networks again and again."""

    __slots__ = ("dialect", "daemons", "clients", "daemon_lists", "client_lists", "option_lists")

    def __init__(self, dialect: Dialect) -> None:
        self.dialect = dialect
        self.daemons: Dict[bytes, DaemonPattern] = {}
        self.clients: Dict[bytes, ClientPattern] = {}
        self.daemon_lists: Dict[bytes, PatternList] = {}
        self.client_lists: Dict[bytes, PatternList] = {}
        self.option_lists: Dict[bytes, List[Option]] = {}

    def daemon(self, token: bytes) -> DaemonPattern:
        """The daemon pattern of a token."""
        pattern = self.daemons.get(token)
        if pattern is None:
            pattern = self.daemons[token] = DaemonPattern(token, self.dialect)
        return pattern

    def client(self, token: bytes) -> ClientPattern:
        """The client pattern of a token."""
        pattern = self.clients.get(token)
        if pattern is None:
            pattern = self.clients[token] = ClientPattern(token, self.dialect)
        return pattern

    def _clients(self, segment: List[bytes]) -> Iterator[ClientPattern]:
        for token in segment:
            client = self.client(token)
            yield client
            if ends_list(client, self.dialect):
                break

    def daemon_list(self, field: bytes) -> PatternList:
        """The segments of a daemon list."""
        found = self.daemon_lists.get(field)
        if found is None:
            found = self.daemon_lists[field] = tuple(
                tuple(self.daemon(token) for token in segment) for segment in segments_of(tokens_of(field))
            )
        return found

    def client_list(self, field: bytes) -> PatternList:
        """The segments of a client list."""
        tokens = tokens_of(field)
        if len(tokens) == 1 and len(tokens[0]) != 6:
            return ((self.client(tokens[0]),),)
        found = self.client_lists.get(field)
        if found is None:
            found = self.client_lists[field] = tuple(tuple(self._clients(segment)) for segment in segments_of(tokens))
        return found

    def options(self, field: bytes) -> List[Option]:
        """The options of a field."""
        found = self.option_lists.get(field)
        if found is None:
            found = self.option_lists[field] = parse_options(field, self.dialect)
        return found


def rule_of(table: "Table", line: Line, dialect: Dialect) -> Rule:
    """The rule that a line of kind RULE holds."""
    text = strip_comment(line.text) if dialect.comment_anywhere else line.text
    daemons, rest, _found = split_field(text, b":", dialect.daemon_brackets)
    clients, options, found = split_field(rest, b":", dialect.brackets)
    return Rule(table, line.first, line.last, line.start, line.end, daemons, clients, options if found else None)
