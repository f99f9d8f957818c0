# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The rules of tasks in hosts.allow alone: allow rules with an explicit `allow`, then deny rules with an explicit
`deny`.

One comment parts the two, so that they can be edited as two tables, and taken apart again. What others wrote keeps its
file and its bytes: fail2ban and its like look for their lines in hosts.deny.
"""

from typing import Callable, Tuple

from .blocks import DIVIDER, Entry, TableError, join_entries, last_apart, read_entries, terminated
from ..dialects import Dialect
from ..lexer import RULE
from .identity import rule_key

_ENDINGS = (b"allow", b"deny")

#: Whether a rule is the task's own.
Own = Callable[[Entry], bool]


def fold(allow: bytes, deny: bytes, own: Own, dialect: Dialect) -> bytes:
    """hosts.allow with the rules of both tables. `deny` holds those of tasks alone.

    Raises TableError where the dialect forbids it, or where hosts.allow ends in a line without newline.
    Whoever calls this proves the two policies equivalent before writing.
    """
    if not dialect.extended_options:
        raise TableError(
            "layout single needs the options allow and deny, which the libwrap of %s does not know: use layout "
            "two_files." % dialect.name
        )
    if deny and (terminated(allow, dialect) is not allow or terminated(deny, dialect) is not deny):
        raise TableError(
            "hosts.allow has no newline at the end of its last line, which would become part of the rules that layout "
            "single puts below it: end or remove that line, set unfinished_line: complete, or use layout two_files."
        )
    lower = read_entries(deny, dialect, "hosts.deny")
    upper = b"".join(
        _explicit(entry.raw, b"allow", dialect) if entry.kind == RULE and own(entry) else entry.raw
        for entry in read_entries(allow, dialect, "hosts.allow")
    )
    return upper + (
        DIVIDER
        + b"".join(_explicit(entry.raw, b"deny", dialect) if entry.kind == RULE else entry.raw for entry in lower)
        if lower
        else b""
    )


def unfold(allow: bytes, own: Own, dialect: Dialect, path: str) -> Tuple[bytes, bytes]:
    """The rules of hosts.allow, and those of hosts.deny that tasks keep below the comment in it, without the words that
    fold added.

    Raises TableError where a rule stands below the comment that does not say what it does: somebody appended it, and it
    is none of hosts.deny.
    """
    upper, divider, lower = allow.partition(DIVIDER)
    whole = terminated(lower, dialect)
    entries = read_entries(whole, dialect, path)
    for entry in entries:
        added = entry.kind == RULE and _explicit(entry.raw, b"deny", dialect) != entry.raw
        if added or whole is not lower and entry is entries[-1] and entry.kind != RULE:
            raise TableError(
                "%s, line %d, '%s', stands below the comment '%s', and is no rule that ends in deny, as those of "
                "hosts.deny do there. Move it above that comment, end it with ': deny', or remove it. Nothing is "
                "changed."
                % (
                    path,
                    entry.number + upper.count(b"\n") + 1,
                    entry.raw.decode("utf-8", "backslashreplace").rstrip("\r\n"),
                    divider.decode("ascii").strip(),
                )
            )
    return (
        b"".join(
            plain_rule(entry.raw, b"allow") if entry.kind == RULE and own(entry) else entry.raw
            for entry in read_entries(upper, dialect, path)
        ),
        b"".join(plain_rule(entry.raw, b"deny") if entry.kind == RULE else entry.raw for entry in entries),
    )


def joined(deny: bytes, lower: bytes, dialect: Dialect) -> bytes:
    """hosts.deny with the rules that stood in hosts.allow, above a last line without newline and the block that it
    ends.
    """
    whole = terminated(deny, dialect)
    if whole is deny or not lower:
        return deny + lower
    entries = read_entries(whole, dialect, "hosts.deny")
    place = len(whole) - len(join_entries(last_apart(entries)))
    return deny[:place] + lower + deny[place:]


def plain_rule(raw: bytes, word: bytes) -> bytes:
    """A rule without the `allow` or `deny` at its end that fold would add."""
    body = raw.rstrip(b" \t\r\n")
    if not body.lower().endswith(word):
        return raw
    rest = body[: -len(word)].rstrip(b" \t")
    if rest.count(b":") < 2 or not rest.endswith(b":") or rest.endswith(b"\\:"):
        return raw
    return rest[:-1].rstrip(b" \t") + (b"\n" if raw.endswith(b"\n") else b"")


def _explicit(raw: bytes, word: bytes, dialect: Dialect) -> bytes:
    """The rule with `allow` or `deny` as its last option, unless its last option decides already."""
    if _last_option(raw, dialect) in _ENDINGS + (b"twist",):
        return raw
    body = raw.rstrip(b" \t\r\n")
    return body + b": " + word + b"\n"


def _last_option(raw: bytes, dialect: Dialect) -> bytes:
    """The name of the rule's last option; b"" where it has none."""
    options = rule_key(raw.rstrip(b"\r\n"), dialect)[2]
    last = options[-1].replace(b"=", b" ").split() if options else []
    return last[0].lower() if last else b""
