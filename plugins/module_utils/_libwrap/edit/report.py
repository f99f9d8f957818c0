# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The rules of a table as mappings: the form that a playbook may give back."""

from typing import Any, Dict, List

from ..printable import printable
from .blocks import Entry, above_comments, read_entries
from ..dialects import Dialect
from .identity import RuleKey, rule_key
from ..lexer import RULE


def describe_rules(data: bytes, dialect: Dialect, table: str, path: str) -> List[Dict[str, Any]]:
    """Every rule that libwrap reads in the table, in order.

    Each has `daemons`, `daemons_except`, `clients`, `clients_except`, `options` (lists of text), `comment` (lines right
    above it), and where it stands: `table`, `line` (the last physical one), `text` (the joined line), `block_name`
    (None outside blocks). Bytes that are no printable UTF-8 are escaped.
    """
    entries = read_entries(data, dialect, path)
    rules = []
    for index, entry in enumerate(entries):
        if entry.kind == RULE:
            rule: Dict[str, Any] = describe_key(entry.key(dialect))
            rule.update(
                comment=_comments(entries, index),
                table=table,
                line=entry.number,
                text=line_text(entry.text),
                block_name=entry.block,
            )
            rules.append(rule)
    return rules


def describe_key(key: RuleKey) -> Dict[str, Any]:
    """A rule's fields as a mapping; a nested EXCEPT is a word of the list of exceptions."""
    daemons, clients, options = key
    names, names_except = _split_except(daemons)
    hosts, hosts_except = _split_except(clients)
    return {
        "daemons": names,
        "daemons_except": names_except,
        "clients": hosts,
        "clients_except": hosts_except,
        "options": [escape(option).replace("\\:", ":") for option in options],
    }


def describe_line(text: str, dialect: Dialect) -> Dict[str, Any]:
    """The mapping of one line of text."""
    return describe_key(rule_key(text.encode("utf-8", "surrogateescape"), dialect))


def line_text(text: bytes) -> str:
    """A logical line without its line end, as text that may stand in a playbook."""
    shown = escape(text.rstrip(b"\r\n"))
    return shown + " " if shown.endswith("\\") else shown


def escape(raw: bytes) -> str:
    """Text for people and JSON: what is not printable UTF-8 becomes an escape such as \\xe9; tabs stay."""
    return printable(raw.decode("utf-8", "surrogateescape"), "\t")


def escape_text(data: bytes) -> str:
    """A whole table as text for people: its lines, with what cannot be printed escaped."""
    return "\n".join(escape(line) for line in data.split(b"\n"))


def unescape(text: str) -> bytes:
    """The bytes that `escape` may have made this text from; text without escapes is its UTF-8."""
    raw = text.encode("utf-8", "surrogateescape")
    if b"\\x" not in raw:
        return raw
    parts = raw.split(b"\\x")
    result = parts[0]
    for part in parts[1:]:
        try:
            result += bytes([int(part[:2], 16)]) + part[2:]
        except ValueError:
            result += b"\\x" + part
    return result


def _split_except(words: Any) -> Any:
    names = [escape(word) for word in words]
    for index, name in enumerate(names):
        if name.upper() == "EXCEPT":
            return names[:index], names[index + 1 :]
    return names, []


def _comments(entries: List[Entry], index: int) -> List[str]:
    """The comment right above a rule, where it could be written back as it stands."""
    block = entries[index].block
    lines: List[str] = []
    for entry in entries[above_comments(entries, index) : index] if block is None else ():
        text = escape(entry.raw.rstrip(b"\r\n"))
        if (
            text != "#"
            and not text.startswith("# ")
            or text.endswith("\\")
            or text.encode("utf-8") + b"\n" != entry.raw
        ):
            return []
        lines.append(text[2:])
    return lines
