# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The catch-all that closes hosts.deny: which rule counts as one, and how `default` changes it.

The first catch-all outside all blocks answers whatever comes so far, so what others write below it never decides.
fail2ban, DenyHosts and their like append there, and nothing of that is a reason to write the table again.
"""

from typing import List, Optional

from .blocks import Entry
from ..dialects import Dialect
from .identity import RuleKey, is_catch_all, rule_key
from ..lexer import RULE


def find_catch_all(entries: List[Entry], dialect: Dialect) -> Optional[Entry]:
    """The first rule outside all blocks that matches every request, whatever it then does."""
    for entry in entries:
        if entry.kind == RULE and entry.block is None and is_catch_all(entry.key(dialect)):
            return entry
    return None


def closes(key: RuleKey, dialect: Dialect) -> bool:
    """Whether a catch-all of hosts.deny lets nobody in: a trap, banners and twist close as a bare one does."""
    if not is_catch_all(key) or _grants(key, dialect):
        return False
    # where its command fails, aclexec grants
    return not dialect.extended_options or b"aclexec" not in [_name(option) for option in key[2]]


def edit_default(entries: List[Entry], default: bytes, keep: bool, dialect: Dialect) -> List[Entry]:
    """The table closed by the rule `default`; b"" takes what closes it outside the blocks away.

    `keep`: a catch-all that closes already stays as it is, whatever its options.
    """
    catch_alls = [
        entry for entry in entries if entry.kind == RULE and entry.block is None and is_catch_all(entry.key(dialect))
    ]
    doomed: List[Entry] = []
    for entry in catch_alls:
        key = entry.key(dialect)
        stays = keep and closes(key, dialect) or key == rule_key(default, dialect) if default else _grants(key, dialect)
        if stays:
            return _without(entries, doomed)
        doomed.append(entry)
    if not default:
        return _without(entries, doomed)
    new = Entry(RULE, default + b"\n", default + b"\n")
    if not doomed:
        return entries + [new]
    place = next(index for index, entry in enumerate(entries) if entry is doomed[0])
    return entries[:place] + [new] + _without(entries[place:], doomed)


def _grants(key: RuleKey, dialect: Dialect) -> bool:
    """Whether a rule ends in allow; in the classic language the third field is one shell command."""
    return dialect.extended_options and key[2] != () and _name(key[2][-1]) == b"allow"


def _name(option: bytes) -> bytes:
    """The option's name in small letters."""
    words = option.replace(b"=", b" ").split()
    return words[0].lower() if words else b""


def _without(entries: List[Entry], doomed: List[Entry]) -> List[Entry]:
    if not doomed:
        return entries
    gone = set(id(entry) for entry in doomed)
    return [entry for entry in entries if id(entry) not in gone]
