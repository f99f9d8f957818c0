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
#: read; ``falls``: an aclexec is known to fail, so that hosts.deny answers in the place of this rule of hosts.allow
#: (``depends`` names it for those who do not ask hosts.deny).
class Answer(NamedTuple):
    access: str
    depends: Tuple[str, ...]
    effects: Any
    falls: bool = False


_LONG = "x" * 127
#: The answers of rules without options, shared by all of them.
_PLAIN = {"granted": Answer("granted", (), None), "denied": Answer("denied", (), None)}


class _Listening(Lookups):
    """The policy's own look-ups, and whether a command was asked about."""

    def __init__(self, lookups: Lookups, known: bool) -> None:
        self.lookups = lookups
        self.commands: List[str] = []
        self._known = known  # whether the look-ups are asked for the program of a command: no request changes its name

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
        """A failure that is known, or success, noted down."""
        status = self.lookups.aclexec_status(command) if self._known else None
        if status:
            return status
        self.commands.append(command)
        return 0


def default_answer(policy: Any) -> Answer:
    """What happens to requests that no rule matches."""
    failed = policy.deny.stop and policy.dialect.unreadable_deny == "denied"
    return Answer("denied" if failed else "granted", (), None)


def _commands(rule: Any) -> Tuple[str, ...]:
    """What a rule's aclexec options run, as dependencies."""
    values = set(option.value or b"" for option in rule.options if option.name.lower() == b"aclexec")
    return tuple("aclexec %s" % value.decode("utf-8", "replace") for value in sorted(values))


def _names_program_by_request(rule: Any) -> bool:
    """Whether the program of an aclexec is another one for each request: ``aclexec /bin/%d``."""
    return any(b"%" in b"".join((option.value or b"").split(None, 1)[:1]) for option in rule.options)


def answer_of(policy: Any, rule: Any, failed: bool = False) -> Answer:
    """What a rule answers; ``failed``: to those for whom an aclexec of an earlier rule has failed.

    libwrap keeps such a failure: afterwards no rule counts as a match that has options and neither allow nor deny.
    """
    own = "granted" if rule.table is policy.allow else "denied"
    if rule.option_field is None:
        return _PLAIN[own]
    short = Request("d", "::", None)
    long = Request(_LONG, _LONG, _LONG, _LONG, _LONG, _LONG, 65535, 65535, pid=4194304)
    if not policy.dialect.extended_options:
        brief, wide = (run_command(rule.option_field, request, policy.dialect) for request in (short, long))
        depends: Tuple[str, ...] = () if brief.access == wide.access else ("the length of what the command expands to",)
        return Answer(brief.access or own, depends, (rule.option_field,))
    listening = _Listening(policy.lookups, not _names_program_by_request(rule))
    brief, wide = (run_options(rule.options, request, policy.dialect, listening) for request in (short, long))
    depends = () if brief.access == wide.access else ("the length of what an option expands to",)
    fails = failed or (brief.access is None and not (brief.matched or wide.matched))
    falls = fails and brief.access is None and rule.table is policy.allow
    if falls or (listening.commands and answers(policy.lookups, "aclexec_status")):
        depends += _commands(rule)
    effects = tuple(
        (option.name.lower(), option.value) for option in rule.options if option.name.lower() not in (b"allow", b"deny")
    )
    # a failing aclexec ends hosts.deny without a match
    return Answer(brief.access or ("granted" if fails else own), depends, effects, falls)
