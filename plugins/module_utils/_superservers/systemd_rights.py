# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""As whom the commands of a unit run, and whether the modes of files hold them back: systemd.exec(5), systemd.service(5).

Measured with systemd 257, tables of root:root 0600 and tcpd behind each: `!` leaves the user root, and the sandbox as it
is; a capability of AmbientCapabilities= counts where CapabilityBoundingSet= has it too.
"""

from typing import FrozenSet, Sequence, Set, Tuple

from .systemd_syntax import Command, Setting, last, listed, raw_words, true, unquoted

#: What a service's attribute `rights` says where its user alone does not tell.
PASSES_MODES, OBEYS_MODES, RIGHTS_UNKNOWN = "passes modes", "obeys modes", "unknown"

_READ = frozenset(("cap_dac_override", "cap_dac_read_search"))
_NUMBERS = {"1": "cap_dac_override", "2": "cap_dac_read_search"}
_OTHER = "any other"


def user_of(name: str, settings: Sequence[Setting], effective: Sequence[Command]) -> str:
    """The user that the commands of a unit run as. One with DynamicUser= has a number that is made at each start, and a
    name that no file knows: the unit's.
    """
    kept = [_keeps_root(command) for command in effective]
    if any(kept):
        return "root"  # whatever User= says
    stated = last(list(settings), "Service", "User")
    if stated or not true(last(list(settings), "Service", "DynamicUser")):
        return stated or "root"
    return name.partition("@")[0].rpartition(".service")[0] or name.partition("@")[0]


def attributes_of(settings: Sequence[Setting], effective: Sequence[Command]) -> Tuple[Tuple[str, str], ...]:
    """What a service has besides its user: groups, a number of its own, and rights that its user alone does not tell."""
    found = list(settings)
    kept = [_keeps_root(command) for command in effective]
    rights = _rights(found, effective)
    told: Tuple[Tuple[str, str], ...] = (("rights", rights),) if rights else ()
    if rights == PASSES_MODES:
        told += (("ambient", " ".join(sorted(_ambient(found)))),)
    if any(kept) and not all(kept):
        return (("rights", RIGHTS_UNKNOWN),)
    if any(kept):
        return told
    group = last(found, "Service", "Group")
    more = " ".join(one.value for one in listed(found, "Service", "SupplementaryGroups"))
    dynamic = true(last(found, "Service", "DynamicUser"))
    return (
        ((("group", group),) if group else ())
        + ((("supplementary_groups", more),) if more else ())
        + ((("dynamic_user", "yes"),) if dynamic else ())
        + told
    )


def _keeps_root(command: Command) -> bool:
    """Whether a command runs as root, whatever User= says; `!!` is for kernels without ambient capabilities."""
    return "+" in command.prefixes or command.prefixes.count("!") == 1


def _rights(settings: Sequence[Setting], effective: Sequence[Command]) -> str:
    """Whether the modes of files hold the commands back; empty where their user tells."""
    found = list(settings)
    if effective and all("+" in command.prefixes for command in effective):
        return ""
    bounding, ambient = _bounding(found), _ambient(found)
    namespace = last(found, "Service", "PrivateUsers")
    bits = [bit for one in listed(found, "Service", "SecureBits") for bit in one.value.split()]
    if namespace is not None and not _is_false(namespace):
        # root and the user stand for themselves there: capabilities count for the files of these two alone
        return RIGHTS_UNKNOWN if ambient or not true(namespace) else OBEYS_MODES
    if ambient:
        return PASSES_MODES
    return OBEYS_MODES if not bounding or "noroot" in bits or "noroot-locked" in bits else ""


def _bounding(settings: Sequence[Setting]) -> FrozenSet[str]:
    return _READ & _capabilities(settings, "CapabilityBoundingSet", all_at_first=True)


def _ambient(settings: Sequence[Setting]) -> FrozenSet[str]:
    return _bounding(settings) & _capabilities(settings, "AmbientCapabilities", all_at_first=False)


def _is_false(value: str) -> bool:
    return value.lower() in ("0", "no", "n", "false", "f", "off")


def _capabilities(settings: Sequence[Setting], key: str, all_at_first: bool) -> FrozenSet[str]:
    """The capabilities that a setting leaves: its lines add up, `~` takes away, and none at all begins anew."""
    values = [one.value for one in settings if (one.section, one.key) == ("Service", key)]
    named = [
        (
            {_capability(word) for word in raw_words(value[1:] if value.startswith("~") else value)},
            value.startswith("~"),
        )
        for value in values
    ]
    whole: FrozenSet[str] = frozenset(_READ | {_OTHER}).union(*(words for words, _inverted in named))
    start = whole if all_at_first else frozenset()
    found: Set[str] = set(start)
    for words, inverted in named:
        if not words or found == start:
            found = set(whole - words) if inverted else set(words)
        elif inverted:
            found -= words
        else:
            found |= words
    return frozenset(found)


def _capability(word: str) -> str:
    name = unquoted(word).lower()
    return _NUMBERS.get(name, name)
