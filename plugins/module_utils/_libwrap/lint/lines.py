# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Findings on lines as such: where they end, what hides in them, what is no rule (facts of lines)."""

import re
from typing import List, Optional, Tuple

from ..dialects import Dialect
from ..finding import CLOSES, ERROR, FEWER, INFO, NONE, WARNING, quote
from .traps import Trap, trap
from ..lexer import BLANK, BUFFER, COMMENT, HANG, NO_SEPARATOR, RULE, UNFINISHED, Line, split_field, strip_comment
from ..patterns import segments_of, tokens_of

_BLANKS = b" \t\r\n"
_FALSE_CONTINUATION = re.compile(rb"\\[ \t\r]+\n")
_BOM = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
_SIX = re.compile(rb"[0-9a-fA-F:.*?]*\Z")
_HEX = re.compile(rb"[0-9a-fA-F]")

# Jinja2's, ERB's is <%= %>
# Jinja's, and those of ERB and of shells, which no word of a rule begins with; none is looked for behind the next
# beginning of one, or a line of them would take the square of its length
_TEMPLATE = re.compile(
    rb"\{\{[^{}]*\}\}|\{%(?:(?!\{%).)*?%\}|<%(?:(?!<%).)*?%>"
    rb"|(?<![^\s,@:])\$\{?[A-Za-z_][A-Za-z0-9_]*\}?(?![^\s,@:])"
)

# what libwrap does with a line that does not end, or does not fit
_STOPS_ALLOW = ": libwrap ignores it and all that follows"
_STOPS_DENY = ": libwrap gives up and denies all that was not decided before"
_IGNORED = ", so libwrap ignores it"
_DROPPED = ": libwrap drops what it has read and takes the rest for a new line"

#: Traps on the line, and whether they explain it, so that its lists and options need not be looked at.
Verdict = Tuple[List[Trap], bool]


def line_traps(raw: bytes, line: Line, allow: bool, dialect: Dialect) -> Verdict:
    """What is wrong with one logical line; ``raw`` is its bytes in the table, ``allow`` whether that is hosts.allow."""
    kind, text = line.kind, line.text
    if kind == HANG:
        return [trap("endless-loop", limit=BUFFER - 2)], True
    if line.start == 0 and raw[:2] in (_BOM[0][:2], _BOM[1], _BOM[2]) and raw.startswith(_BOM):
        return [_bom_trap(raw)], True
    if kind == UNFINISHED:
        return [_unfinished_trap(raw, text, allow, dialect)], True
    found: List[Trap] = []
    if b"\0" in raw:
        found.append(trap("nul"))
        return found, True
    body = raw[:-2] if raw[-2:] == b"\r\n" else raw
    if b"\r" in body and body.replace(b"\r\n", b"\n").count(b"\r"):
        found.append(_carriage_return_trap(body))
    if kind == COMMENT:
        return found + _swallowed(raw, raw.find(b"#"), FEWER), True
    if kind == BLANK:
        return found, True
    if b"\\" in raw and _FALSE_CONTINUATION.search(raw):
        found.append(trap("backslash-not-last"))
    if dialect.comment_anywhere:
        found += _cut_by_hash(raw, text)
        text = strip_comment(text)
    elif text.lstrip(_BLANKS)[:1] == b"#":
        return found + [_indented_trap(text, kind, dialect)], True
    unfilled = (
        _TEMPLATE.search(b":".join(text.split(b":", 2)[:2])) if b"{" in text or b"$" in text or b"<%" in text else None
    )
    if unfilled:
        return found + [trap("impossible-character", "template", pattern=quote(unfilled.group()))], True
    more = _structure_traps(text, kind, dialect)
    return found + more, bool(more)


def _bom_trap(raw: bytes) -> Trap:
    body = raw[3:] if raw[:3] == _BOM[0] else b""
    if raw[:3] == _BOM[0] and (not body.strip(_BLANKS) or body[:1] == b"#" and b":" not in body):
        return trap("byte-order-mark", "comments")
    what = "belongs to the first word" if raw[:3] == _BOM[0] else "says UTF-16, which libwrap does not read"
    return trap("byte-order-mark", what=what)


def _is_remark(text: bytes) -> bool:
    return text[:1] == b"#" or not text.strip(_BLANKS)


def _unfinished_trap(raw: bytes, text: bytes, allow: bool, dialect: Dialect) -> Trap:
    """The last line without its newline, or a line that does not fit."""
    remark = _is_remark(text)
    if len(text) >= BUFFER - 1:
        code, form = "line-too-long", "comment" if remark else ""
    else:
        code, form = "missing-newline", "backslash" if raw[-1:] == b"\n" else ""
    limit = BUFFER - 2
    if dialect.long_line == "stop":
        return trap(code, form, CLOSES, then=_STOPS_ALLOW if allow else _STOPS_DENY, limit=limit)
    reach = NONE if remark else FEWER
    if code == "missing-newline" or dialect.long_line == "skip":
        return trap(code, form, reach, INFO if remark else ERROR, then=_IGNORED, limit=limit)
    return trap(code, form, reach, WARNING if remark else ERROR, then=_DROPPED, limit=limit)


def rest_trap() -> Trap:
    """The rest of a line that was too long came to be a rule."""
    return trap("line-too-long", "rest")


def _carriage_return_trap(body: bytes) -> Trap:
    hidden = any(b":" in part for part in body.replace(b"\r\n", b"\n").split(b"\r")[1:])
    if hidden:
        return trap("bare-carriage-return")
    return trap("bare-carriage-return", "blank")


def _swallowed(raw: bytes, start: int, reach: str) -> List[Trap]:
    """A comment that goes on behind a backslash."""
    cut = raw.find(b"\\\n", max(start, 0))
    if cut < 0:
        return []
    lines = [text for text in raw[cut + 2 :].split(b"\n") if not _is_remark(text)]
    if any(b":" in text for text in lines):
        return [trap("comment-swallows-line", reach=reach, line=quote(lines[0]))]
    if not lines:
        return []  # what is swallowed are comments: nothing is lost
    return [trap("comment-swallows-line", "comment")]


def _cut_by_hash(raw: bytes, text: bytes) -> List[Trap]:
    """FreeBSD: a comment may start anywhere."""
    kept = strip_comment(text)
    if len(kept) == len(text):
        return []
    found = _swallowed(raw, raw.find(text[len(kept) : len(kept) + 1]), FEWER)
    if kept[-1:].strip(b" \t,:"):
        found.append(trap("hash-cuts-line", text=quote(kept[-20:].lstrip())))
    return found


def _indented_trap(text: bytes, kind: str, dialect: Dialect) -> Trap:
    if kind == RULE:
        daemons = split_field(text, b":", dialect.daemon_brackets)[0]
        words = [word for segment in segments_of(tokens_of(daemons)) for word in segment]
        if len(words) > 1:
            return trap("indented-comment", words=quote(b" ".join(words)))
        return trap("indented-comment", "name", name=quote(words[0]))
    return trap("indented-comment", "skipped")


def _structure_traps(text: bytes, kind: str, dialect: Dialect) -> List[Trap]:
    """Where the colons are, and where they only seem to be."""
    if kind == NO_SEPARATOR:
        if b":" in text and (b"[" in text or b"]" in text):
            return [_bracket_trap(text)]
        return [trap("no-colon", text=quote(text.strip(_BLANKS)))]
    bracketed = b"[" in text or b"]" in text
    if not bracketed and text.count(b":") < 3:
        return []
    if b"@[" in text and dialect.daemon_brackets == "none" and dialect.brackets != "none" and _server_six(text):
        return [trap("ipv6-unsupported", "daemon")]
    _daemons, rest, _found = split_field(text, b":", dialect.daemon_brackets)
    six = _bare_six(text, rest, dialect)
    if six is not None:
        if six[:1] == b"[":
            return [trap("ipv6-unsupported", "colon", word=quote(six))]
        return [trap("bare-ipv6", word=quote(six))]
    if dialect.brackets != "none" and bracketed:
        _clients, _options, found = split_field(rest, b":", dialect.brackets)
        if not found and b":" in rest and _depth(rest) != 0:
            return [_bracket_trap(rest)]
    return []


def _bracket_trap(text: bytes) -> Trap:
    return trap("unbalanced-bracket", "line", text=quote(text.strip(_BLANKS)))


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
