# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Putting tcpd in front of services in inetd.conf, and taking it away again, byte for byte.

The classic rewrite: field 6 becomes tcpd, and argv[0] names the server, always by its full path: openbsd-inetd -l never
runs the tcpd of its file but checks by itself and then executes argv[0], so that a bare name fails there (measured).
Only these two words change. Where the old line cannot be told from the new one, it stands in `#portcullis: ` comments
right above, which go when it is unwrapped.
"""

from typing import List, NamedTuple, Optional, Sequence, Tuple

from . import tcpd
from .errors import SuperserverError
from .inetd import Config, Item, read, split
from .inetd_flavours import FLAVOURS, Flavour
from .service import Service
from .text import COMMENT, Word, encode, lines

_NEAR = 16  # lines above a service: a line that was typed has fewer


class _Kept(NamedTuple):
    """The original that our comments above a line hold."""

    above: int
    core: str


def wrap(config: Config, chosen: Sequence[Service], program: str) -> str:
    """The file's text with tcpd (its path is `program`) in front of the `chosen` services; those behind it already
    stay.

    Raises SuperserverError for a service that cannot be wrapped: ask `obstacle` first.
    """
    edits = []
    for service in chosen:
        reason = obstacle(config, service, program)
        if reason is not None:
            raise SuperserverError(
                "%s line %d: %s cannot go through tcpd: %s." % (config.path, service.line, service.name, reason)
            )
        if not service.via_tcpd:
            edits.append((service, _wrapped_lines(config, config.item(service), program)))
    return _apply(config, edits)


def unwrap(config: Config, chosen: Sequence[Service]) -> str:
    """The file's text with the `chosen` services started directly; those that are already stay."""
    edits = []
    for service in chosen:
        if service.unwrappable:
            edits.append((service, _unwrapped_lines(config, config.item(service))))
    return _apply(config, edits)


def obstacle(config: Config, service: Service, program: str) -> Optional[str]:
    """Why the service cannot be wrapped in this file, or None."""
    if not service.wrappable:
        return service.reason
    limit = FLAVOURS[config.flavour].line_limit
    if service.via_tcpd or limit is None:
        return None
    if any(len(encode(line)) > limit for line in _wrapped_lines(config, config.item(service), program)[1]):
        return "the new line would be longer than the %d bytes that inetd reads at once" % limit
    return None


def _wrapped_lines(config: Config, item: Item, program: str) -> Tuple[int, List[str]]:
    """How many comment lines above to replace, and the lines that replace them and the item."""
    rules = FLAVOURS[config.flavour]
    old = item.core
    new = _wrapped_core(old, rules, program)
    comments: List[str] = []
    if _unwrapped_core(new, rules, None) != old:
        comments = [COMMENT + line.rstrip("\n") + "\n" for line in lines(old)]
    stale = _kept(config, item)
    return (stale.above if stale else 0), comments + [item.prefix + new]


def _unwrapped_lines(config: Config, item: Item) -> Tuple[int, List[str]]:
    rules = FLAVOURS[config.flavour]
    kept = _kept(config, item)
    if kept is None:
        return 0, [item.prefix + _unwrapped_core(item.core, rules, None)]
    program = split(item.core, rules)[5].value
    if _wrapped_core(kept.core, rules, program) == item.core:
        return kept.above, [item.prefix + kept.core]
    return kept.above, [item.prefix + _unwrapped_core(item.core, rules, kept.core)]


def _wrapped_core(core: str, rules: Flavour, program: str) -> str:
    found = split(core, rules)
    server = found[5]
    argument = _quoted(server.value, rules)
    if len(found) == 6:
        return core[: server.start] + program + " " + argument + core[server.end :]
    argv0 = found[6]
    between = core[server.end : argv0.start] or " "
    return core[: server.start] + program + between + argument + _parted(core, argv0.end, rules)


def _unwrapped_core(core: str, rules: Flavour, original: Optional[str]) -> str:
    """The line without tcpd; argv[0] is the one that `original` had for the same server, else the server's base name."""
    found = split(core, rules)
    program, argument = found[5], found[6]
    server = tcpd.server(argument.value, program.value)
    name = _quoted(tcpd.daemon(server), rules)
    if original is not None:
        old = split(original, rules)
        if len(old) >= 6 and old[5].value == server:
            if len(old) == 6:
                return core[: program.start] + _quoted(server, rules) + core[argument.end :]
            name = original[old[6].start : old[6].end]
    return (
        core[: program.start]
        + _quoted(server, rules)
        + core[program.end : argument.start]
        + name
        + core[argument.end :]
    )


def _parted(core: str, start: int, rules: Flavour) -> str:
    """The rest of a line, parted from the word before it: quotes part words by themselves, plain words need a blank."""
    rest = core[start:]
    return " " + rest if rest and rest[0] not in rules.blanks + "\n" else rest


def _quoted(word: str, rules: Flavour) -> str:
    if not any(char in rules.blanks + rules.quoting.marks for char in word):
        return word
    for quote in rules.quoting.marks:
        if quote not in word:
            return quote + word + quote
    return word


def _kept(config: Config, item: Item) -> Optional[_Kept]:
    """The original of this service in the comments right above it; None where there is none, or it is another's."""
    # our rewrite keeps the number of physical lines; where somebody changed it, the nearest counts
    for above in [len(item.raw)] + list(range(1, _NEAR + 1)):
        core = _comment_above(config, item, above)
        if core is not None and _same_service(split(core, FLAVOURS[config.flavour]), item):
            return _Kept(above, core)
    return None


def _comment_above(config: Config, item: Item, above: int) -> Optional[str]:
    """The text of so many comment lines of ours right above a service; None where there are fewer."""
    physical = config.lines[max(item.first - above, 0) : item.first]
    if len(physical) < above or not all(line.startswith(COMMENT) for line in physical):
        return None
    bodies = [line[len(COMMENT) :] for line in physical]
    end = item.raw[-1][len(item.raw[-1].rstrip("\n")) :]
    return "".join(bodies[:-1]) + bodies[-1].rstrip("\n") + end


def _same_service(found: List[Word], item: Item) -> bool:
    return (
        item.service is not None
        and len(found) >= 6
        and (found[0].value, found[2].value) == (item.service.name, item.service.protocol)
    )


def _apply(config: Config, edits: Sequence[Tuple[Service, Tuple[int, List[str]]]]) -> str:
    """The text with each service's lines (and the comments above them) replaced; from the bottom up, so that places
    hold.
    """
    physical = list(config.lines)
    for service, (above, new) in sorted(edits, key=lambda edit: -edit[0].line):
        item = config.item(service)
        physical[item.first - above : item.first + len(item.raw)] = new
    text = "".join(physical)
    _verify(config, text, [service for service, _line in edits])
    return text


def _verify(config: Config, text: str, changed: Sequence[Service]) -> None:
    """Every service must still be there, with its own server and arguments, and only the asked ones changed hands."""
    before, after = config.entries, read(text, config.flavour, config.path).entries
    touched = {service.line for service in changed}
    same = len(before) == len(after) and all(
        (old.name, old.protocol, old.server, old.args, old.disabled)
        == (new.name, new.protocol, new.server, new.args, new.disabled)
        and (new.via_tcpd != old.via_tcpd) == (old.line in touched)
        for old, new in zip(before, after)
    )
    if not same:
        raise SuperserverError(
            "%s cannot be rewritten safely: a changed line would be read as something else. Nothing was changed."
            % config.path
        )
