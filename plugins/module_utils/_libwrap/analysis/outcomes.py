# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a rule answers to every request that it decides, and what that answer rests on."""

from typing import Any, List, NamedTuple, Optional, Tuple

from ..lookups import Lookups, Unreadable, answers
from ..options import run_command, run_options
from ..request import Request


#: ``access`` as in Decision; ``depends``: what it rests on without anybody knowing it; ``effects``: the options as
#: read.
class Answer(NamedTuple):
    access: str
    depends: Tuple[str, ...]
    effects: Any


_LONG = "x" * 127
#: The answers of rules without options, shared by all of them.
_PLAIN = {"granted": Answer("granted", (), None), "denied": Answer("denied", (), None)}


class _Listening(Lookups):
    """The policy's own look-ups, and whether a command was asked about."""

    def __init__(self, lookups: Lookups) -> None:
        self.lookups = lookups
        self.commands: List[str] = []

    def user_exists(self, name: str) -> bool:
        """As the policy knows it."""
        return self.lookups.user_exists(name)

    def group_exists(self, name: str) -> bool:
        """As the policy knows it."""
        return self.lookups.group_exists(name)

    def host_file(self, path: str) -> Any:
        """Not asked by options."""
        return Unreadable(2)

    def aclexec_status(self, command: str) -> Optional[int]:
        """Success, noted down."""
        self.commands.append(command)
        return 0


def default_answer(policy: Any) -> Answer:
    """What happens to requests that no rule matches."""
    failed = policy.deny.stop and policy.dialect.unreadable_deny == "denied"
    return Answer("denied" if failed else "granted", (), None)


def answer_of(policy: Any, rule: Any) -> Answer:
    """What a rule answers."""
    own = "granted" if rule.table is policy.allow else "denied"
    if rule.option_field is None:
        return _PLAIN[own]
    short = Request("d", "::", None)
    long = Request(_LONG, _LONG, _LONG, _LONG, _LONG, _LONG, 65535, 65535, pid=4194304)
    if not policy.dialect.extended_options:
        brief, wide = (run_command(rule.option_field, request, policy.dialect) for request in (short, long))
        depends: Tuple[str, ...] = () if brief.access == wide.access else ("the length of what the command expands to",)
        return Answer(brief.access or own, depends, (rule.option_field,))
    listening = _Listening(policy.lookups)
    brief, wide = (run_options(rule.options, request, policy.dialect, listening) for request in (short, long))
    depends = () if brief.access == wide.access else ("the length of what an option expands to",)
    if listening.commands and answers(policy.lookups, "aclexec_status"):
        depends += tuple(
            "aclexec %s" % command
            for command in sorted(
                set(
                    (option.value or b"").decode("utf-8", "replace")
                    for option in rule.options
                    if option.name.lower() == b"aclexec"
                )
            )
        )
    effects = tuple(
        (option.name.lower(), option.value) for option in rule.options if option.name.lower() not in (b"allow", b"deny")
    )
    return Answer(brief.access or own, depends, effects)
