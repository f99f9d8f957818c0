# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on lines as such: where they end, what hides in them, what is no rule (facts of lines)."""

import re
from typing import List, Optional, Tuple

from ..dialects import Dialect
from .finding import CLOSES, ERROR, FEWER, INFO, MORE, NONE, WARNING, Trap, quote, trap
from ..lexer import BLANK, BUFFER, COMMENT, HANG, NO_SEPARATOR, RULE, UNFINISHED, Line, split_field, strip_comment
from ..patterns import segments_of, tokens_of

_BLANKS = b" \t\r\n"
_FALSE_CONTINUATION = re.compile(rb"\\[ \t\r]+\n")
_BOM = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SIX = re.compile(rb"[0-9a-fA-F:.*?]*\Z")
_HEX = re.compile(rb"[0-9a-fA-F]")

#: Traps on the line, and whether they explain it, so that its lists and options need not be looked at.
Verdict = Tuple[List[Trap], bool]


def line_traps(raw: bytes, line: Line, allow: bool, dialect: Dialect) -> Verdict:
    """What is wrong with one logical line; ``raw`` is its bytes in the table, ``allow`` whether that is hosts.allow."""
    kind, text = line.kind, line.text
    if kind == HANG:
        return [
            trap(
                "endless-loop",
                CLOSES,
                "the line has more than %d characters, and this libwrap reads it for ever: no client is ever answered"
                % (BUFFER - 2),
                "Split the rule into several.",
            )
        ], True
    if line.start == 0 and raw[:2] in (_BOM[0][:2], _BOM[1], _BOM[2]) and raw.startswith(_BOM):
        return [_bom_trap(raw)], True
    if kind == UNFINISHED:
        return [_unfinished_trap(raw, text, allow, dialect)], True
    found: List[Trap] = []
    if b"\0" in raw:
        found.append(
            trap(
                "nul", FEWER, "the line holds a NUL, which cuts it there and joins it with the next", "Delete the NUL."
            )
        )
        return found, True
    body = raw[:-2] if raw[-2:] == b"\r\n" else raw
    if b"\r" in body and body.replace(b"\r\n", b"\n").count(b"\r"):
        found.append(_carriage_return_trap(body))
    if kind == COMMENT:
        return found + _swallowed(raw, raw.find(b"#"), FEWER), True
    if kind == BLANK:
        return found, True
    if b"\\" in raw and _FALSE_CONTINUATION.search(raw):
        found.append(
            trap(
                "backslash-not-last",
                FEWER,
                "a blank or carriage return stands behind the backslash, so the line does not go on",
                "Delete what stands behind the backslash.",
            )
        )
    if dialect.comment_anywhere:
        found += _cut_by_hash(raw, text)
        text = strip_comment(text)
    elif text.lstrip(_BLANKS)[:1] == b"#":
        return found + [_indented_trap(text, kind, dialect)], True
    more = _structure_traps(text, kind, dialect)
    return found + more, bool(more)


def _bom_trap(raw: bytes) -> Trap:
    body = raw[3:] if raw[:3] == _BOM[0] else b""
    if raw[:3] == _BOM[0] and (not body.strip(_BLANKS) or body[:1] == b"#" and b":" not in body):
        return trap(
            "byte-order-mark",
            NONE,
            "the table begins with a byte order mark, which makes its first line none of the comments",
            "Save the file without a byte order mark.",
            WARNING,
        )
    what = "belongs to the first word" if raw[:3] == _BOM[0] else "says UTF-16, which libwrap does not read"
    return trap(
        "byte-order-mark",
        FEWER,
        "the table begins with a byte order mark, which %s" % what,
        "Save the file as UTF-8 without a byte order mark.",
    )


def _is_remark(text: bytes) -> bool:
    return text[:1] == b"#" or not text.strip(_BLANKS)


def _unfinished_trap(raw: bytes, text: bytes, allow: bool, dialect: Dialect) -> Trap:
    """The last line without its newline, or a line that does not fit."""
    remark = _is_remark(text)
    if len(text) >= BUFFER - 1:
        code, what = "line-too-long", "the line has more than %d characters" % (BUFFER - 2)
        remedy = "Split the rule into several." if not remark else "Shorten the comment."
    elif raw[-1:] == b"\n":
        code, what, remedy = (
            "missing-newline",
            "the last line ends in a backslash, so it goes on where nothing follows",
            "Delete the backslash.",
        )
    else:
        code, what, remedy = (
            "missing-newline",
            "the last line does not end in a newline",
            "End the last line with a newline.",
        )
    if dialect.long_line == "stop":
        rest = (
            "libwrap ignores it and all that follows"
            if allow
            else "libwrap gives up and denies all that was not decided before"
        )
        return trap(code, CLOSES, "%s: %s" % (what, rest), remedy)
    if code == "missing-newline" or dialect.long_line == "skip":
        return trap(
            code, NONE if remark else FEWER, "%s, so libwrap ignores it" % what, remedy, INFO if remark else ERROR
        )
    return trap(
        code,
        NONE if remark else FEWER,
        "%s: libwrap drops what it has read and takes the rest for a new line" % what,
        remedy,
        WARNING if remark else ERROR,
    )


def rest_trap() -> Trap:
    """The rest of a line that was too long came to be a rule."""
    return trap(
        "line-too-long",
        MORE,
        "the rest of a line that is too long is read as a rule of its own",
        "Split the line above into several.",
    )


def _carriage_return_trap(body: bytes) -> Trap:
    hidden = any(b":" in part for part in body.replace(b"\r\n", b"\n").split(b"\r")[1:])
    if hidden:
        return trap(
            "bare-carriage-return",
            FEWER,
            "a carriage return does not end a line, so what follows it belongs to this line",
            "End every line with a newline.",
        )
    return trap(
        "bare-carriage-return", NONE, "a carriage return inside the line counts as a blank", "Delete it.", WARNING
    )


def _swallowed(raw: bytes, start: int, reach: str) -> List[Trap]:
    """A comment that goes on behind a backslash."""
    cut = raw.find(b"\\\n", max(start, 0))
    if cut < 0:
        return []
    lines = [text for text in raw[cut + 2 :].split(b"\n") if not _is_remark(text)]
    if any(b":" in text for text in lines):
        return [
            trap(
                "comment-swallows-line",
                reach,
                "the comment ends in a backslash and goes on over the line %s" % quote(lines[0]),
                "Delete the backslash at the end of the comment.",
            )
        ]
    if not lines:
        return []  # what is swallowed are comments: nothing is lost
    return [
        trap(
            "comment-swallows-line",
            NONE,
            "the comment ends in a backslash and goes on in the next line",
            "Delete the backslash.",
            WARNING,
        )
    ]


def _cut_by_hash(raw: bytes, text: bytes) -> List[Trap]:
    """FreeBSD: a comment may start anywhere."""
    kept = strip_comment(text)
    if len(kept) == len(text):
        return []
    found = _swallowed(raw, raw.find(text[len(kept) : len(kept) + 1]), FEWER)
    if kept[-1:].strip(b" \t,:"):
        found.append(
            trap(
                "hash-cuts-line",
                NONE,
                "the # behind %s starts a comment here, so the rest is not read" % quote(kept[-20:].lstrip()),
                "Write \\# for the character, or a blank before a comment.",
            )
        )
    return found


def _indented_trap(text: bytes, kind: str, dialect: Dialect) -> Trap:
    remedy = "Write the # in the first column."
    if kind == RULE:
        daemons = split_field(text, b":", dialect.daemon_brackets)[0]
        words = [word for segment in segments_of(tokens_of(daemons)) for word in segment]
        if len(words) > 1:
            return trap(
                "indented-comment",
                MORE,
                "the # is not in the first column, so the line is a rule for %s" % quote(b" ".join(words)),
                remedy,
            )
        return trap(
            "indented-comment",
            NONE,
            "the # is not in the first column, so the line is a rule, for a daemon called %s" % quote(words[0]),
            remedy,
            WARNING,
        )
    return trap(
        "indented-comment",
        NONE,
        "the # is not in the first column; only because it has no colon is the line skipped",
        remedy,
        WARNING,
    )


def _structure_traps(text: bytes, kind: str, dialect: Dialect) -> List[Trap]:
    """Where the colons are, and where they only seem to be."""
    if kind == NO_SEPARATOR:
        if b":" in text and (b"[" in text or b"]" in text):
            return [_bracket_trap(text)]
        return [
            trap(
                "no-colon",
                FEWER,
                "%s has no colon, so libwrap skips it" % quote(text.strip(_BLANKS)),
                "Write DAEMONS: CLIENTS, or put a # in the first column.",
            )
        ]
    bracketed = b"[" in text or b"]" in text
    if not bracketed and text.count(b":") < 3:
        return []
    if b"@[" in text and dialect.daemon_brackets == "none" and dialect.brackets != "none" and _server_six(text):
        return [
            trap(
                "ipv6-unsupported",
                FEWER,
                "this libwrap reads no IPv6 address behind daemon@: the colon in it ends the daemons",
                "Name the daemon alone.",
            )
        ]
    _daemons, rest, _found = split_field(text, b":", dialect.daemon_brackets)
    six = _bare_six(text, rest, dialect)
    if six is not None:
        if six[:1] == b"[":
            return [
                trap(
                    "ipv6-unsupported",
                    FEWER,
                    "this libwrap reads no IPv6 addresses: the first colon of %s ends the clients" % quote(six),
                    "Use the packet filter for IPv6.",
                )
            ]
        return [
            trap(
                "bare-ipv6",
                FEWER,
                "the first colon of %s ends the field, so the address is never matched" % quote(six),
                "Write IPv6 addresses in brackets.",
            )
        ]
    if dialect.brackets != "none" and bracketed:
        _clients, _options, found = split_field(rest, b":", dialect.brackets)
        if not found and b":" in rest and _depth(rest) != 0:
            return [_bracket_trap(rest)]
    return []


def _bracket_trap(text: bytes) -> Trap:
    return trap(
        "unbalanced-bracket",
        FEWER,
        "the brackets of %s do not pair, so libwrap does not see the colons in or behind them"
        % quote(text.strip(_BLANKS)),
        "Close each bracket.",
    )


def _depth(text: bytes) -> int:
    return text.count(b"[") - text.count(b"]")


def _server_six(text: bytes) -> bool:
    position = text.find(b":")
    return b"@[" in text[:position] and b"]" not in text[:position]


def _bare_six(text: bytes, rest: bytes, dialect: Dialect) -> Optional[bytes]:
    """The first word that is an IPv6 address whose colon ends its field."""
    first = tokens_of(text[: len(text) - len(rest)] + rest[:64])
    for word in first:
        if b":" in word:
            if b"@" in word and _looks_six(word.partition(b"@")[2]):
                return word.partition(b"@")[2]
            break
    for word in tokens_of(rest):
        if b":" not in word:
            continue
        host = word[word.find(b"@") + 1 :]
        if host[:1] == b"[":
            if dialect.brackets == "none":
                return host
            if split_field(host, b":", dialect.brackets)[2]:
                return None
            continue
        return host if _looks_six(host) else None
    return None


def _looks_six(word: bytes) -> bool:
    if word[-1:] == b":" and word[-2:] != b"::":
        word = word[:-1]
    word = word.partition(b"/")[0].partition(b"%")[0]
    return word.count(b":") >= 2 and bool(_SIX.match(word)) and bool(_HEX.search(word) or word == b"::")
