# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A table as entries that remember their bytes, and the blocks that tasks own between two marker comments.

A block stands between `# BEGIN portcullis NAME` and `# END portcullis NAME`. Where its priority is not 500, or it
stands before the foreign lines, one comment below the first marker says so, for every later task must know how to order
it.
"""

import re
from typing import Dict, List, NamedTuple, Optional, Set, Tuple

from ..dialects import Dialect
from ..errors import HostsAccessError
from .identity import RuleKey, is_catch_all, rule_key
from ..lexer import BLANK, BUFFER, COMMENT, RULE, UNFINISHED, read_lines

BLOCK_NAME = re.compile(r"[A-Za-z0-9._-]{1,64}\Z")
DEFAULT_PRIORITY = 500
# parts the rules of both tables where layout single keeps them in hosts.allow
DIVIDER = b"# portcullis layout single: the rules of hosts.deny follow\n"

_MARKER = re.compile(rb"# (BEGIN|END) portcullis ([A-Za-z0-9._-]{1,64})[ \t\r]*\n?\Z")
_SETTINGS = re.compile(rb"# portcullis:(?: position (first|last))?,?(?: priority (-?[0-9]{1,9}))?[ \t\r]*\n?\Z")


class TableError(HostsAccessError):
    """A table's own text stands in the way of an edit; the text names the line and the remedy."""


class BlockSpec(NamedTuple):
    name: str
    priority: int
    position: str  # first: before the foreign lines; last: after them


class Entry(object):
    """One logical line with its bytes. `block` is the name of the block it stands in, markers included."""

    __slots__ = ("kind", "raw", "text", "number", "block", "_key")

    def __init__(self, kind: str, raw: bytes, text: bytes, number: int = 0, block: Optional[str] = None) -> None:
        self.kind = kind
        self.raw = raw
        self.text = text
        self.number = number
        self.block = block
        self._key: Optional[RuleKey] = None

    def key(self, dialect: Dialect) -> RuleKey:
        """What makes it the same rule as another; kept once computed."""
        if self._key is None:
            self._key = rule_key(self.text, dialect)
        return self._key

    @property
    def counts(self) -> bool:
        """Whether the place of the line among others can matter: rules, and lines that libwrap fails to read."""
        return self.kind != COMMENT and self.kind != BLANK


def terminated(data: bytes, dialect: Dialect) -> bytes:
    """The table with a newline after its last line; also after a continuation that nothing follows, and after a NUL
    that hides the newline.

    The very same object where libwrap reads its last line to the end.
    """
    if not data or data.endswith(b"\n") and not data.endswith(b"\\\n") and b"\0" not in data:
        return data
    ended = data if data.endswith(b"\n") else data + b"\n"
    for _more in range(2):
        last = None
        for last in read_lines(ended, dialect):
            pass
        if (
            last is None
            or last.end - last.start >= BUFFER - 1
            or not (last.kind == UNFINISHED or last.text == b"" and hidden(ended[last.start : last.end]))
        ):
            break
        ended += b"\n"
    return ended


def hidden(raw: bytes) -> bool:
    """Whether the end of a table adds nothing itself, but would be part of a line below it: backslashes at the ends of
    empty lines, NULs.
    """
    return raw != b"" and not raw.strip(b"\\\n\0") and raw.rstrip(b"\n")[-1:] in (b"\\", b"\0")


def read_entries(data: bytes, dialect: Dialect, path: str) -> List[Entry]:
    """Every logical line of a table. Raises TableError where the markers of blocks do not pair up."""
    entries: List[Entry] = []
    opened: Optional[Tuple[str, int]] = None
    seen: Set[str] = set()
    markers = b"# BEGIN portcullis " in data or b"# END portcullis " in data
    for line in read_lines(data, dialect):
        entry = Entry(line.kind, data[line.start : line.end], line.text, line.last, opened[0] if opened else None)
        if markers and line.kind in (COMMENT, UNFINISHED):  # the last marker may lack its newline
            if entry.raw == DIVIDER:
                seen.clear()  # a block may stand in both tables, here one below the other
            marker = _MARKER.match(entry.raw)
            if marker is not None:
                name = marker.group(2).decode("ascii")
                if marker.group(1) == b"BEGIN":
                    if opened is not None:
                        raise _unpaired(path, opened[1], "BEGIN", opened[0])
                    if name in seen:
                        raise TableError(
                            "%s, line %d: the block %s begins a second time. Remove one of the two, markers included."
                            % (path, line.last, name)
                        )
                    seen.add(name)
                    opened = (name, line.last)
                    entry.block = name
                else:
                    if opened is None or opened[0] != name:
                        raise _unpaired(path, line.last, "END", name)
                    opened = None
        entries.append(entry)
    if opened is not None:
        raise _unpaired(path, opened[1], "BEGIN", opened[0])
    return entries


def last_apart(entries: List[Entry]) -> List[Entry]:
    """The last entry, or all of the block that it ends."""
    last = entries[-1]
    return [last] if last.block is None else [entry for entry in entries if entry.block == last.block]


def _unpaired(path: str, number: int, word: str, name: str) -> TableError:
    other = "END" if word == "BEGIN" else "BEGIN"
    return TableError(
        "%s, line %d: '# %s portcullis %s' stands without its '# %s portcullis %s'. Restore the missing marker, or "
        "remove this one." % (path, number, word, name, other, name)
    )


def join_entries(entries: List[Entry]) -> bytes:
    """The table's bytes."""
    return b"".join(entry.raw for entry in entries)


def block_text(spec: BlockSpec, lines: List[bytes]) -> bytes:
    """A whole block: markers, settings where they are not the default, and lines without line ends."""
    words = []
    if spec.position != "last":
        words.append("position " + spec.position)
    if spec.priority != DEFAULT_PRIORITY:
        words.append("priority %d" % spec.priority)
    name = spec.name.encode("ascii")
    settings = [b"# portcullis: " + ", ".join(words).encode("ascii")] if words else []
    return b"".join(
        line + b"\n" for line in [b"# BEGIN portcullis " + name] + settings + lines + [b"# END portcullis " + name]
    )


def find_blocks(entries: List[Entry]) -> Dict[str, Tuple[int, int]]:
    """Each block's first entry and the one behind its last."""
    found: Dict[str, Tuple[int, int]] = {}
    for index, entry in enumerate(entries):
        if entry.block is not None:
            found[entry.block] = (found.get(entry.block, (index, index))[0], index + 1)
    return found


def block_order(entries: List[Entry], span: Tuple[int, int], name: str) -> Tuple[int, int, str]:
    """What blocks are sorted by: position, priority, name."""
    first, behind = span
    if behind - first > 1:
        settings = _SETTINGS.match(entries[first + 1].raw)
        if settings is not None:
            return (0 if settings.group(1) == b"first" else 1, int(settings.group(2) or DEFAULT_PRIORITY), name)
    return (1, DEFAULT_PRIORITY, name)


def spec_order(spec: BlockSpec) -> Tuple[int, int, str]:
    """The place of a block that is about to be written."""
    return (0 if spec.position == "first" else 1, spec.priority, spec.name)


def place_block(entries: List[Entry], spec: BlockSpec, dialect: Dialect) -> int:
    """The index where the block belongs among entries that do not hold it."""
    spans = find_blocks(entries)
    order = spec_order(spec)
    if spec.position == "first":
        index = 0
        for name, span in sorted(spans.items(), key=lambda item: item[1]):
            if any(entry.counts for entry in entries[index : span[0]]) or block_order(entries, span, name) > order:
                break
            index = span[1]
        return index
    index = closing_start(entries, dialect)
    for name, span in sorted(spans.items(), key=lambda item: item[1], reverse=True):
        if span[0] >= index:
            continue
        if any(entry.counts for entry in entries[span[1] : index]) or block_order(entries, span, name) < order:
            break
        index = span[0]
    return index


def closing_start(entries: List[Entry], dialect: Dialect) -> int:
    """The index of the first catch-all, comments right above included; the table's end where there is none.

    Nothing below it ever decides, so what is to count stands above. A catch-all inside a block closes nothing: its
    owner says where it stands.
    """
    for index, entry in enumerate(entries):
        if entry.kind == RULE and entry.block is None and is_catch_all(entry.key(dialect)):
            return above_comments(entries, index)
    return len(entries)


def above_comments(entries: List[Entry], index: int) -> int:
    """The index of the comments right above a line, or the line's own where they reach up to the table's first line."""
    top = index
    while top > 0 and entries[top - 1].kind == COMMENT and entries[top - 1].block is None:
        top -= 1
    if top > 0:
        return top
    while index > 0 and is_tied(entries[index - 1]):
        index -= 1
    return index


def is_tied(entry: Entry) -> bool:
    """Whether a comment is one that DenyHosts ties to the rule below it: it takes both away together."""
    return entry.kind == COMMENT and entry.block is None and entry.raw.startswith(b"# DenyHosts:")
