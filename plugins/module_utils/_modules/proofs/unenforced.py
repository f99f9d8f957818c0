# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""`unenforced`: an assertion or a rule about a daemon that runs and does not ask, or under whose name nobody asks."""

from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence, Tuple

from ..._host.files.root import Root
from ..._host.system.accounts import Accounts
from ..._libwrap.printable import printable
from ..._libwrap.dialects import Dialect
from ..._libwrap.policy import Policy
from ..errors import TaskError
from ..services.asked import DOES_NOT_ASK, NO_SERVICE, NOT_KNOWN, Asked, ask_about, places_of
from ..services.better_names import better_name
from ..services.listener import Listener, names_of
from ..services.remedies import INSTALL
from .assertions import Assertion, describe

_SHOWN = 10


class Judged(NamedTuple):
    """What is not enforced, in sentences, and what is known of each daemon that an assertion is about."""

    complaints: List[str]
    daemons: List[Asked]
    doubts: List[str]  # refusals of which it is not known whether somebody asks, in sentences

    def state(self, daemon: str) -> Optional[str]:
        """Whether somebody asks for a daemon, in the words of services/asked.py."""
        return next((asked.state for asked in self.daemons if asked.daemon == daemon), None)

    def report(self) -> List[Dict[str, Any]]:
        """As modules return it."""
        return [asked.report() for asked in self.daemons]


def judge(
    root: Root,
    services: Sequence[Listener],
    assertions: Sequence[Assertion],
    rules: Iterable[Tuple[str, str]],
    wrapped: Sequence[str] = (),
) -> Judged:
    """Hold assertions that expect a refusal, and rules (where, daemon), against who asks.

    `wrapped`: daemons that the same run puts tcpd in front of.
    """
    judging = _Judging(root, services, wrapped)
    for assertion in assertions:
        if assertion.expect not in (None, "granted"):
            judging.hold_assertion(assertion)
    for where, daemon in rules:
        judging.hold_rule(where, daemon)
    daemons = [ask_about(root, services, daemon) for daemon in dict.fromkeys(one.daemon for one in assertions)]
    return Judged(list(judging.complaints), daemons, list(judging.doubts))


class _Judging:
    """Collects what assertions and rules say of services that do not ask."""

    def __init__(self, root: Root, services: Sequence[Listener], wrapped: Sequence[str]) -> None:
        self.complaints: Dict[str, None] = {}
        self.doubts: Dict[str, None] = {}
        self._root = root
        self._services = services
        self._spared = {name.lower() for name in wrapped}
        self._accounts = Accounts(root)
        self._known: Dict[str, Optional[Asked]] = {}

    def hold_assertion(self, assertion: Assertion) -> None:
        """One that expects a refusal."""
        asked = self._about(assertion.daemon)
        expects = "An assertion expects that %s is refused" % describe(assertion)
        if asked is None:
            return
        if asked.state == DOES_NOT_ASK and asked.service is not None:
            self.complaints[_not_asked(expects, asked.service)] = None
        elif asked.state == NOT_KNOWN and asked.service is not None and asked.service.remedy != INSTALL:
            self.doubts[_not_known(expects, asked.service)] = None
        if _has_no_service(asked):
            self._add_better("An assertion is about %s" % assertion.daemon, assertion.daemon)

    def hold_rule(self, where: str, daemon: str) -> None:
        """One that names a daemon."""
        asked = self._about(daemon)
        names = "%s names %s" % (where, printable(daemon))
        if asked is not None and _has_no_service(asked):
            self._add_better(names, daemon)
        elif asked is not None and asked.state == DOES_NOT_ASK and asked.service is not None:
            if not asked.service.wrappable:
                self.complaints[_not_asked(names, asked.service)] = None

    def _about(self, daemon: str) -> Optional[Asked]:
        """What holds for a daemon; None for one of which the run wraps every service."""
        if daemon not in self._known:
            services, wanted = self._services, daemon.lower()
            if wanted in self._spared:
                staying = [one for one in services if not one.wrappable]
                services = [one for one in staying if wanted in [name.lower() for name in names_of(one)]]
            spared = wanted in self._spared and not services
            self._known[daemon] = None if spared else ask_about(self._root, services, daemon)
        return self._known[daemon]

    def _add_better(self, what: str, daemon: str) -> None:
        """Nobody asks by that name: where another one is meant, it is told."""
        name = better_name(daemon, list(self._services), self._accounts)
        if name is not None:
            words = (what, printable(name), printable(name), printable(daemon))
            self.complaints["%s, but the name of that daemon is %s. Write %s instead of %s." % words] = None


def _has_no_service(asked: Asked) -> bool:
    """Whether no service is known to ask by a name; one whose names are not known may."""
    by_name = asked.service is not None and asked.daemon.lower() in [name.lower() for name in names_of(asked.service)]
    return asked.state == NO_SERVICE or (asked.state == NOT_KNOWN and not by_name)


def tell(judged: Judged, mode: str, warnings: List[str]) -> None:
    """Fail, warn, or say nothing; of what is not known, warn in both modes. Raises TaskError in the mode `refuse`;
    nothing is written then.
    """
    if mode == "ignore":
        return
    warnings.extend(_shown(judged.doubts))
    shown = _shown(judged.complaints)
    if shown and mode == "refuse":
        raise TaskError(
            "the tables would not have the expected effect. %s Nothing was changed. To continue anyway, set "
            "unenforced: warn." % " ".join(shown),
            enforcement=judged.report(),
        )
    warnings.extend(shown)


def _shown(sentences: List[str]) -> List[str]:
    """The first of them, and how many more there are."""
    more = len(sentences) - _SHOWN
    return sentences[:_SHOWN] + (["%d more of this kind." % more] if more > 0 else [])


def daemons_of_rules(lines: Sequence[Tuple[str, str, bytes]], dialect: Dialect) -> List[Tuple[str, str]]:
    """(where, daemon) for each daemon that a rule names plainly, of (where, table, line)."""
    found: List[Tuple[str, str]] = []
    for where, _table, line in lines:
        for rule in Policy.parse(line + b"\n", b"", dialect).rules:
            found += [(where, daemon) for daemon in rule.named_daemons]
    return found


def not_asked(daemon: str, service: Listener) -> str:
    """A sentence of a service that does not ask under the name of a daemon, with what would make it obey the tables."""
    return "%s: %s %s: %s. %s" % (daemon, _who(service), _does_not_ask(service), service.evidence, service.remedy)


def _who(service: Listener) -> str:
    place = ", ".join(places_of(service)[:4])
    return "%s%s" % (service.name, " (%s%s)" % (place, _processes(service)) if place else "")


def _not_asked(what: str, service: Listener) -> str:
    effect = "" if service.askers else " Everybody is let in whatever the tables say."
    return "%s, but %s %s: %s.%s %s" % (
        what,
        _who(service),
        _does_not_ask(service),
        service.evidence,
        effect,
        service.remedy,
    )


def _does_not_ask(service: Listener) -> str:
    if service.asked_of is None:
        return "may not ask libwrap"
    return "does not ask libwrap about every packet" if service.askers else "does not ask libwrap"


def _not_known(what: str, service: Listener) -> str:
    return "%s, but it is not known whether %s asks libwrap: %s.%s" % (
        what,
        _who(service),
        service.evidence,
        " " + service.remedy if service.remedy else "",
    )


def _processes(service: Listener) -> str:
    return ", process %s" % ", ".join("%d" % pid for pid in service.pids[:3]) if service.pids else ""
