# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Both tables in hosts.allow alone: allow rules with an explicit `allow`, then deny rules with an explicit `deny`.

One comment parts the two, so that they can be edited as two tables, and taken apart again.
"""

from typing import List, Tuple

from .blocks import DIVIDER, TableError, read_entries, terminated
from .dialects import Dialect
from .lexer import BLANK, COMMENT, RULE
from .identity import rule_key

_ENDINGS = (b"allow", b"deny")


def fold(allow: bytes, deny: bytes, dialect: Dialect) -> Tuple[bytes, bytes]:
    """(hosts.allow with all rules, hosts.deny without any). Raises TableError where the dialect or a line forbids it.

    Whoever calls this proves the two policies equivalent before writing.
    """
    if not dialect.extended_options:
        raise TableError("layout single needs the options allow and deny, which the libwrap of %s does not know: use layout two_files." % dialect.name)
    kept = []  # type: List[bytes]
    moved = []  # type: List[bytes]
    entries = read_entries(terminated(deny, dialect), dialect, "hosts.deny")
    for entry in entries:
        if entry.kind == RULE or entry.block is not None:
            moved.append(_explicit(entry.raw, b"deny", dialect) if entry.kind == RULE else entry.raw)
        elif entry.kind in (COMMENT, BLANK):
            kept.append(entry.raw)
        else:
            raise TableError("hosts.deny, line %d: libwrap does not read this line as a rule; correct or remove it before both "
                             "tables are folded into one." % entry.number)
    explicit = [_explicit(entry.raw, b"allow", dialect) if entry.kind == RULE else entry.raw
                for entry in read_entries(terminated(allow, dialect), dialect, "hosts.allow")]
    return b"".join(explicit) + (DIVIDER + b"".join(moved) if moved else b""), b"".join(kept)


def unfold(allow: bytes, deny: bytes, dialect: Dialect) -> Tuple[bytes, bytes]:
    """The two tables of a folded hosts.allow, without the words that fold added; what hosts.deny held in between stays in front."""
    upper, _divider, lower = allow.partition(DIVIDER)
    return _strip(upper, b"allow", dialect), terminated(deny, dialect) + _strip(lower, b"deny", dialect)


def plain_rule(raw: bytes, word: bytes) -> bytes:
    """A rule without the `allow` or `deny` at its end that fold would add."""
    body = raw.rstrip(b" \t\r\n")
    if not body.lower().endswith(word):
        return raw
    rest = body[:-len(word)].rstrip(b" \t")
    if rest.count(b":") < 2 or not rest.endswith(b":") or rest.endswith(b"\\:"):
        return raw
    return rest[:-1].rstrip(b" \t") + (b"\n" if raw.endswith(b"\n") else b"")


def _strip(data: bytes, word: bytes, dialect: Dialect) -> bytes:
    return b"".join(plain_rule(entry.raw, word) if entry.kind == RULE else entry.raw for entry in read_entries(data, dialect, "hosts.allow"))


def _explicit(raw: bytes, word: bytes, dialect: Dialect) -> bytes:
    """The rule with `allow` or `deny` as its last option, unless its last option decides already."""
    options = rule_key(raw.rstrip(b"\r\n"), dialect)[2]
    if options:
        last = options[-1].replace(b"=", b" ").split()
        if last and last[0].lower() in _ENDINGS + (b"twist",):
            return raw
    body = raw.rstrip(b" \t\r\n")
    return body + b": " + word + b"\n"
