# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""One assertion held against a policy: decided where it speaks of one request, searched for a counterexample where it
speaks of many.
"""

import re
from typing import Any, Callable, Dict, FrozenSet, List, NamedTuple, Optional, Sequence, Tuple

from ..._host.system.daemon_requests import FALSE_NAME, NAME, SERVER
from ..._libwrap.analysis.patience import A_DECISION
from ..._libwrap.decision import Decision
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from .files_of_others import changers_of_files, in_words, without_words
from .assertions import ANY, Assertion, meets, parse_network
from .patience import new_patience

Resolver = Callable[[str], Tuple[Optional[str], bool]]


class View(NamedTuple):
    hidden: Tuple[str, ...]  # "allow", "deny": tables that whoever asks cannot read
    user: Optional[str]  # as whom it asks; None where nothing is hidden
    untold: Tuple[str, ...] = ()  # what it does not tell libwrap: NAME, FALSE_NAME, SERVER of daemon_requests.py
    files: Tuple[str, ...] = ()  # files of hosts that it cannot read


PLAIN = View((), None)


class Answer(NamedTuple):
    assertion: Assertion
    request: Request  # the one that the decision is about: the counterexample where there is one
    decision: Decision
    met: Optional[bool]  # None without an expectation
    depends: Sequence[str]
    view: View  # how the tables look to who asks


class _Reading(NamedTuple):
    rule: Any
    names: Optional[
        FrozenSet[bytes]
    ]  # the daemons that the rule names, in lower case; None where it may be meant for any
    asks: int  # _ADDRESS, _NAME or _ALL: what it looks at


_AGAINST = {
    "granted": ("denied", "delegated", "aborted"),
    "denied": ("granted", "delegated"),
    "delegated": ("granted", "denied", "aborted"),
}
# patterns that look at nothing but the client's address
_ADDRESS_ONLY = re.compile(rb"(?:ALL|[0-9.][0-9./]*|\[[^\]]*\](?:/[0-9]*)?)\Z", re.IGNORECASE)
_PLAIN_DAEMON = re.compile(rb"[A-Za-z_][^@*?]*[^@*?.]\Z|[A-Za-z_]\Z")
# what rules look at: the client's address; its name too; its user, the server's end or the world as well
_ADDRESS, _NAME, _ALL = range(3)
_EXPANSIONS = 7  # so few cannot fill the smallest buffer, whatever the client's name


class Prover(object):
    """Answers assertions about one policy; what it works out for a daemon is kept."""

    def __init__(
        self, policy: Policy, resolve: Optional[Resolver] = None, view: View = PLAIN, patience: Any = None
    ) -> None:
        """`policy` is as the view has it: a table that is hidden from who asks is Unreadable in it. All answers together
        may take PATIENCE seconds of work, or what `patience` has left: HostsAccessError then.
        """
        self.policy = policy
        self.resolve = resolve
        self.view = view
        self._patience = new_patience() if patience is None else patience
        self._about: Dict[str, Tuple[Any, int]] = {}
        self._readings: Optional[List[_Reading]] = None
        self._changers: Optional[Dict[str, str]] = None  # who but root changes a file of hosts, and
        self._unsettled: Optional["Prover"] = None  # what is proved whatever they write there

    def answer(self, assertion: Assertion) -> Answer:
        """What the policy says; a set is proved, or shown a counterexample. What holds only until somebody else than root
        changes a file of hosts depends on that.
        """
        item = self._answer(self.as_told(assertion))
        if item.met is False or item.depends or item.decision.access not in _AGAINST:
            return item
        depends = self._on_others(item)
        return item._replace(met=None if item.met is None else False, depends=depends) if depends else item

    def _answer(self, assertion: Assertion) -> Answer:
        request = self.base_request(assertion)
        self._patience.spend(A_DECISION)
        decision = self.policy.decide(request)
        expect = assertion.expect
        if expect is None:
            return Answer(assertion, request, decision, None, decision.depends, self.view)
        if not meets(decision.access, expect) or decision.depends:
            return Answer(assertion, request, decision, False, decision.depends, self.view)
        about, asks = self._policy_about(assertion.daemon)
        if _is_one_request(assertion, asks):
            return Answer(assertion, request, decision, True, (), self.view)
        result = about.search(_AGAINST[expect], _question(assertion, request))
        if result.found and result.witness is not None:
            return Answer(assertion, result.witness, self.policy.decide(result.witness), False, (), self.view)
        return Answer(assertion, request, decision, not result.depends, result.depends, self.view)

    def otherwise(self, item: Answer) -> Optional[Request]:
        """A request that a question without expectation speaks of and that is answered differently; None proves that
        there is none.

        What depends on something that nobody can know counts as answered differently: the request of the answer itself
        is returned.
        """
        about, asks = self._policy_about(item.assertion.daemon)
        asked = self.as_told(item.assertion)
        if _is_one_request(asked, asks):
            return None
        others = [access for access in ("granted", "denied", "delegated", "aborted") if access != item.decision.access]
        result = about.search(others, _question(asked, item.request))
        return result.witness or (item.request if result.depends or item.depends else None)

    def _on_others(self, item: Answer) -> Tuple[str, ...]:
        """The files of hosts that somebody else than root can change so that the answer becomes another one."""
        if self._changers is None:
            self._changers = changers_of_files(self.policy)
            if self._changers:
                unsettled = without_words(self.policy, self._changers)
                self._unsettled = Prover(unsettled, self.resolve, self.view, self._patience)
        if self._unsettled is None:
            return ()
        asked = item.assertion if item.met else _pinned(item)
        about, _asks = self._unsettled._policy_about(asked.daemon)
        result = about.search(_AGAINST[asked.expect or item.decision.access], _question(asked, item.request))
        depends = self._unsettled.policy.decide(item.request).depends if result.found else result.depends
        return in_words(depends, self._changers)

    def as_told(self, assertion: Assertion) -> Assertion:
        """An assertion as libwrap is told of it: what a daemon keeps to itself is unknown, whatever it really is. A name
        that is not checked may be any where it does not lead back to the address.
        """
        untold = self.view.untold
        if SERVER in untold:
            assertion = assertion._replace(server_address="unknown", server_hostname="unknown")
        if NAME in untold:
            return assertion._replace(hostname="unknown")
        if FALSE_NAME not in untold:
            return assertion
        hostname, paranoid = assertion.hostname, assertion.hostname == "paranoid"
        if hostname == "resolve" and self.resolve is not None:
            name, paranoid = self.resolve(assertion.address or "")
            hostname = name or "unknown"
        return assertion._replace(hostname=ANY if paranoid else hostname)

    def base_request(self, assertion: Assertion) -> Request:
        """The plainest request that an assertion speaks of."""
        address = assertion.address
        if address is None:
            address = first_address(assertion)
        hostname = None if assertion.hostname in (ANY, "unknown", "paranoid", "resolve") else assertion.hostname
        paranoid = assertion.hostname == "paranoid"
        if assertion.hostname == "resolve" and self.resolve is not None:
            hostname, paranoid = self.resolve(address)
        return Request(
            daemon=assertion.daemon,
            address=None if address == "unknown" else address,
            hostname=hostname,
            paranoid=paranoid,
            user=_given(assertion.user),
            server_address=_given(assertion.server_address),
            server_hostname=None if assertion.server_hostname == "paranoid" else _given(assertion.server_hostname),
            server_paranoid=assertion.server_hostname == "paranoid",
            server_port=assertion.server_port,
        )

    def _policy_about(self, daemon: str) -> Tuple[Any, int]:
        """A searcher in the policy without the rules that name other daemons only, and what those rules look at."""
        if daemon not in self._about:
            self._about[daemon] = self._reduce(daemon)
        return self._about[daemon]

    def _reduce(self, daemon: str) -> Tuple[Any, int]:
        name = daemon.encode("utf-8", "surrogateescape").lower()
        if self._readings is None:
            self._readings = _read_rules(self.policy)
        policy = self.policy
        kept = [reading for reading in self._readings if reading.names is None or name in reading.names]
        if policy.allow.stop is None and policy.deny.stop is None and len(kept) < len(policy.rules):
            texts = [
                b"".join(reading.rule.raw for reading in kept if reading.rule.table is table)
                for table in (policy.allow, policy.deny)
            ]
            policy = Policy.parse(texts[0], texts[1], policy.dialect, policy.lookups)
        return policy.searcher(self._patience), max([_ADDRESS] + [reading.asks for reading in kept])


def _read_rules(policy: Policy) -> List[_Reading]:
    """What a prover must know of each rule; each daemon list is looked at once, however many rules have it."""
    lists: Dict[bytes, Tuple[Optional[FrozenSet[bytes]], int]] = {}
    readings = []
    for rule in policy.rules:
        if rule.daemon_field not in lists:
            servers = [pattern.token for segment in rule.daemons for pattern in segment]
            first = [pattern.token for segment in rule.daemons[:1] for pattern in segment]
            lists[rule.daemon_field] = (
                frozenset(token.lower() for token in first) if all(_is_plain_name(token) for token in first) else None,
                _ADDRESS if all(token.upper() == b"ALL" or _PLAIN_DAEMON.match(token) for token in servers) else _ALL,
            )
        names, asks = lists[rule.daemon_field]
        if rule.option_field is not None and rule.option_field.count(b"%") > _EXPANSIONS:
            asks = _ALL
        for token in () if asks == _ALL else [pattern.token for segment in rule.clients for pattern in segment]:
            if not _ADDRESS_ONLY.match(token):
                asks = max(asks, _ALL if b"@" in token or token[:1] == b"/" else _NAME)
        readings.append(_Reading(rule, names, asks))
    return readings


def first_address(assertion: Assertion) -> str:
    """The first address of an assertion's network that is not excepted."""
    from ..._libwrap.addresses import format_ipv4, format_ipv6

    family, number, length = parse_network(assertion.network or "", "network")
    bits = 32 if family == 4 else 128
    end = number + (1 << (bits - length))
    holes = []
    for text in assertion.exceptions:
        other, start, size = parse_network(text, "except")
        if other == family:
            holes.append((start, start + (1 << (bits - size))))
    for start, behind in sorted(holes):
        if start <= number < behind:
            number = behind
    if number >= end:
        number = end - 1  # nothing is left: the search finds that out
    return format_ipv4(number) if family == 4 else format_ipv6(number)


def _is_one_request(assertion: Assertion, asks: int) -> bool:
    """Whether an assertion speaks of one request only, as far as rules can tell that look at no more than `asks`."""
    if assertion.network is not None:
        return False
    if asks == _ADDRESS:
        return True
    if assertion.hostname == ANY or assertion.hostname.startswith("."):
        return False
    return asks == _NAME or (
        assertion.user != ANY
        and assertion.server_address != ANY
        and assertion.server_hostname != ANY
        and assertion.server_port is not None
    )


def _question(assertion: Assertion, request: Request) -> Any:
    """The assertion as a searcher takes it."""
    from ..._libwrap.analysis.search import Question

    hostname = assertion.hostname
    if hostname == "resolve":
        hostname = "paranoid" if request.paranoid else request.hostname or "unknown"
    return Question(
        daemon=assertion.daemon,
        network=assertion.network or assertion.address,
        except_=list(assertion.exceptions) or None,
        hostname=hostname,
        user=assertion.user,
        server_address=assertion.server_address,
        server_hostname=assertion.server_hostname,
        server_port=assertion.server_port,
    )


def _pinned(item: Answer) -> Assertion:
    """The one request that an answer without expectation is about."""
    request = item.request
    return item.assertion._replace(
        network=None,
        exceptions=(),
        address="unknown" if request.address is None else request.address,
        hostname="paranoid" if request.paranoid else request.hostname or "unknown",
        user=request.user or "unknown",
        server_address=request.server_address or "unknown",
        server_hostname="paranoid" if request.server_paranoid else request.server_hostname or "unknown",
        server_port=request.server_port,
    )


def _given(value: str) -> Optional[str]:
    return None if value in (ANY, "unknown") else value


def _is_plain_name(token: bytes) -> bool:
    """Whether a word of a daemon list is surely a plain name, which matches no other daemon."""
    return (
        bool(_PLAIN_DAEMON.match(token))
        and token.upper() not in (b"ALL", b"KNOWN")
        and not token.lower().startswith(b"localhost")
    )
