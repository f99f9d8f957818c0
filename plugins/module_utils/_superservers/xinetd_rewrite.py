# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Putting tcpd in front of services of xinetd, and taking it away again, byte for byte.

`server` becomes tcpd, the old server becomes the first word of `server_args`, and `flags` gains NAMEINARGS, which must
be read before server_args, and NOLIBWRAP where xinetd links libwrap, so that libwrap is asked once. Where the old lines
cannot be told from the new ones, each changed line has the old one in a `#portcullis: ` comment right above it.
"""

from typing import Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from . import tcpd
from .errors import SuperserverError
from .service import Service
from .sources import TextSources
from .text import COMMENT, ending
from .xinetd import Config, read
from .xinetd_syntax import Attribute, Block, blocks

_NO_LINE = "(no line)"
_OURS = ("NAMEINARGS", "NOLIBWRAP")


class _Edit(NamedTuple):
    """A new line (`""` is none): it replaces the line `at` this index, or is put before it."""

    at: int
    replaces: bool
    text: str


def wrap(config: Config, chosen: Sequence[Service], program: str, nolibwrap: bool = True) -> Dict[str, str]:
    """The new text of each file that changes, with tcpd (its path is `program`) in front of the `chosen` services.

    Those behind tcpd already gain what they lack of NAMEINARGS and NOLIBWRAP. Raises SuperserverError for a service
    that cannot be wrapped.
    """
    for service in chosen:
        if not service.wrappable:
            raise SuperserverError(
                "%s line %d: %s cannot go through tcpd: %s."
                % (service.path, service.line, service.name, service.reason)
            )
    return _rewrite(config, chosen, lambda region: _wrapped(region, program, nolibwrap))


def unwrap(config: Config, chosen: Sequence[Service]) -> Dict[str, str]:
    """The new text of each file that changes, with the `chosen` services started directly; those that are already stay."""
    return _rewrite(config, [service for service in chosen if service.unwrappable], _unwrapped)


def _rewrite(config: Config, chosen: Sequence[Service], change: Callable[[List[str]], List[str]]) -> Dict[str, str]:
    """Change the lines of each chosen service's block."""
    files: Dict[str, List[str]] = {}
    behind: Dict[str, int] = {}  # the old line behind the last block that was changed
    for service in sorted(chosen, key=lambda service: service.line):
        block = config.block(service)
        old, new = config.files[service.path], files.setdefault(service.path, [])
        new.extend(old[behind.get(service.path, 0) : block.first])
        new.extend(change(old[block.first : block.last + 1]))
        behind[service.path] = block.last + 1
    for path, place in behind.items():
        files[path].extend(config.files[path][place:])
    changed = {path: "".join(text) for path, text in files.items() if text != config.files[path]}
    for path in changed:
        _verify(config, path, changed[path])
    return changed


def _wrapped(region: List[str], program: str, nolibwrap: bool) -> List[str]:
    """The lines of a service (header to closing brace) with tcpd in front of it."""
    block = _only_block(region)
    if tcpd.is_tcpd(block.value("server") or ""):
        old = _original(region)
        if old is None:
            return _applied(region, _edits(region, block, None, nolibwrap), False)
        flags = block.attribute("flags")
        already = flags is not None and "NOLIBWRAP" in flags.options
        return _wrapped(old, block.value("server") or program, nolibwrap or already)
    region = _without_comments(region)
    edits = _edits(region, _only_block(region), program, nolibwrap)
    plain = _applied(region, edits, False)
    return plain if _directly_unwrapped(plain) == region else _applied(region, edits, True)


def _unwrapped(region: List[str]) -> List[str]:
    """The lines of a service without tcpd: as our comments keep them, unless somebody edited the service since."""
    old = _original(region)
    return _directly_unwrapped(_without_comments(region)) if old is None else old


def _edits(region: List[str], block: Block, program: Optional[str], nolibwrap: bool) -> List[_Edit]:
    """The changes that put `program` before the server; None for a program: tcpd is there, only the flags are put
    right.
    """
    server, flags, arguments = block.attribute("server"), block.attribute("flags"), block.attribute("server_args")
    if server is None:
        raise SuperserverError("The service %s has no server." % block.name)
    present = flags.options if flags is not None else ()
    missing = [flag for flag in _OURS if flag not in present and (nolibwrap or flag != "NOLIBWRAP")]
    new_arguments = _with_server(region, server, flags, arguments, program)
    edits: List[_Edit] = []
    if program is not None:
        edits.append(_Edit(server.at, True, _replaced(region[server.at], server, program)))
    if flags is None:
        first = server.at if arguments is None else min(server.at, arguments.at)
        edits.append(_Edit(first, False, _line_like(region[server.at], server, "flags", " ".join(missing))))
    elif arguments is not None and arguments.at < flags.at:
        between = [
            other for other in block.attributes if other.name == "server_args" and arguments.at < other.at < flags.at
        ]
        # the two lines change places; where one more server_args, which xinetd ignores so far, would then come first,
        # flags are stated twice
        edits.append(_Edit(arguments.at, not between, _appended(region[flags.at], flags, missing)))
        edits.append(_Edit(arguments.at if between else flags.at, True, new_arguments))
        return edits
    elif missing:
        edits.append(_Edit(flags.at, True, _appended(region[flags.at], flags, missing)))
    if arguments is None:
        last = server.at if flags is None else max(server.at, flags.at)
        edits.append(_Edit(last + 1, False, new_arguments))
    elif new_arguments != region[arguments.at]:
        edits.append(_Edit(arguments.at, True, new_arguments))
    return edits


def _with_server(
    region: List[str],
    server: Attribute,
    flags: Optional[Attribute],
    arguments: Optional[Attribute],
    program: Optional[str],
) -> str:
    """The line of server_args that names the server for tcpd."""
    path = server.texts[0]
    if arguments is None:
        return _line_like(region[server.at], server, "server_args", path)
    line = region[arguments.at]
    if program is None:
        return line
    first = arguments.values[0]
    named = flags is not None and "NAMEINARGS" in flags.options
    return line[: first.start] + path + (line[first.end :] if named else " " + line[first.start :])


def _directly_unwrapped(region: List[str]) -> List[str]:
    """The lines of a service without tcpd, told from the lines themselves."""
    block = _only_block(region)
    server, flags, arguments = block.attribute("server"), block.attribute("flags"), block.attribute("server_args")
    if server is None or arguments is None or not arguments.values:
        return region
    path = tcpd.server(arguments.texts[0], server.texts[0])
    edits = [_Edit(server.at, True, _replaced(region[server.at], server, path))]
    line, kept = region[arguments.at], arguments.values[1:]
    edits.append(_Edit(arguments.at, True, line[: arguments.values[0].start] + line[kept[0].start :] if kept else ""))
    if flags is not None:
        edits.append(_Edit(flags.at, True, _reduced(region[flags.at], flags)))
    return _applied(region, edits, False)


def _reduced(line: str, flags: Attribute) -> str:
    """The flags without the two that tcpd needs; no line when none is left."""
    words = flags.values
    kept = [place for place, word in enumerate(words) if word.value.upper() not in _OURS]
    if not kept:
        return ""
    first = words[kept[0]]
    pieces = [line[: words[0].start], line[first.start : first.end]]
    pieces += [line[words[place - 1].end : words[place].end] for place in kept[1:]]  # each with the blanks before it
    return "".join(pieces) + line[words[-1].end :]


def _appended(line: str, attribute: Attribute, words: List[str]) -> str:
    end = attribute.values[-1].end
    return line[:end] + "".join(" " + word for word in words) + line[end:]


def _replaced(line: str, attribute: Attribute, value: str) -> str:
    word = attribute.values[0]
    return line[: word.start] + value + line[word.end :]


def _line_like(line: str, model: Attribute, name: str, value: str) -> str:
    """A line `name = value` with the indentation, column of the `=` (or single blank before it) and line ending of the
    model's line.
    """
    indent = line[: len(line) - len(line.lstrip())]
    after_name = len(indent) + len(model.name)
    place = line.index("=", after_name)
    column = len(line[:place].expandtabs(8))
    here = len((indent + name).expandtabs(8))
    gap = line[after_name:place]
    pad = " " if gap == " " else " " * max(1, column - here)
    if "\t" in gap and column % 8 == 0 and column > here:
        pad = "\t" * ((column - here + 7) // 8)
    return indent + name + pad + "=" + line[place + 1 : model.values[0].start] + value + ending(line)


def _applied(region: List[str], edits: Sequence[_Edit], commented: bool) -> List[str]:
    """The lines after the edits; `commented`: each with the line that it replaces right above it."""
    new: List[str] = []
    for index, line in enumerate(region):
        for edit in edits:
            if edit.at == index and not edit.replaces:
                new.extend([COMMENT + _NO_LINE + ending(line)] if commented else [])
                new.append(edit.text)
        replacement = next((edit.text for edit in edits if edit.at == index and edit.replaces), line)
        if commented and replacement != line:
            new.append(COMMENT + line)
        new.extend([replacement] if replacement else [])
    return new


def _original(region: List[str]) -> Optional[List[str]]:
    """The lines before we wrapped them, as our comments keep them; None where there are none or the service was edited
    since.
    """
    old = _restored(region)
    program = _only_block(region).value("server") or ""
    if old is None or tcpd.is_tcpd(_only_block(old).value("server") or "tcpd"):
        return None
    return old if any(_wrapped(old, program, nolibwrap) == region for nolibwrap in (True, False)) else None


def _restored(region: List[str]) -> Optional[List[str]]:
    """The lines that our comments keep, or None where there is no comment of ours."""
    old: List[str] = []
    index = 0
    while index < len(region):
        line = region[index]
        if line.startswith(COMMENT):
            kept = line[len(COMMENT) :]
            old.extend([] if kept.strip() == _NO_LINE else [kept])
            index += 2
            continue
        old.append(line)
        index += 1
    return old if len(old) != len(region) and old and old[-1].strip() == "}" else None


def _without_comments(region: List[str]) -> List[str]:
    return [line for line in region if not line.startswith(COMMENT)]


def _only_block(region: List[str]) -> Block:
    return next(blocks(region))


def _verify(config: Config, path: str, text: str) -> None:
    """Every service of the file must still be there, with its own server, arguments and daemon name."""

    def meaning(service: Service) -> Tuple[object, ...]:
        return (
            service.name,
            service.protocol,
            service.server,
            service.args,
            service.daemon,
            service.user,
            service.reason,
        )

    before = [meaning(service) for service in config.entries if service.path == path]
    after = [
        meaning(service)
        for service in read(TextSources({path: text}, None, config.other_names), path, config.libwrap).entries
        if service.path == path
    ]
    if before != after:
        raise SuperserverError(
            "%s cannot be rewritten safely: a changed line would be read as something else. Nothing was changed." % path
        )
