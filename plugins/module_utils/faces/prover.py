# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""One assertion held against a policy: decided where it speaks of one request, searched for a counterexample where it speaks of many."""

import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..hosts_access.decision import Decision
from ..hosts_access.policy import Policy
from ..hosts_access.request import Request
from .assertions import ANY, Assertion, meets, parse_network

Resolver = Callable[[str], Tuple[Optional[str], bool]]

View = NamedTuple("View", [
    ("hidden", Tuple[str, ...]),  # "allow", "deny": tables that whoever asks cannot read
    ("user", Optional[str]),      # as whom it asks; None where nothing is hidden
])
PLAIN = View((), None)

Answer = NamedTuple("Answer", [
    ("assertion", Assertion),
    ("request", Request),      # the one that the decision is about: the counterexample where there is one
    ("decision", Decision),
    ("met", Optional[bool]),   # None without an expectation
    ("depends", Sequence[str]),
    ("view", View),            # how the tables look to who asks
])

_AGAINST = {
    "granted": ("denied", "delegated", "aborted"),
    "denied": ("granted", "delegated"),
    "delegated": ("granted", "denied", "aborted"),
}
# patterns that look at nothing but the client's address
_ADDRESS_ONLY = re.compile(br"(?:ALL|[0-9.][0-9./]*|\[[^\]]*\](?:/[0-9]*)?)\Z", re.IGNORECASE)
_PLAIN_DAEMON = re.compile(br"[A-Za-z_][^@*?]*[^@*?.]\Z|[A-Za-z_]\Z")
_EXPANSIONS = 7  # so few cannot fill the smallest buffer, whatever the client's name


class Prover(object):
    """Answers assertions about one policy; what it works out for a daemon is kept."""

    def __init__(self, policy: Policy, resolve: Optional[Resolver] = None, view: View = PLAIN) -> None:
        """`policy` is as the view has it: a table that is hidden from who asks is Unreadable in it."""
        self.policy = policy
        self.resolve = resolve
        self.view = view
        self._about = {}  # type: Dict[str, Tuple[Policy, bool]]

    def answer(self, assertion: Assertion) -> Answer:
        """What the policy says; a set is proved, or shown a counterexample."""
        request = self.base_request(assertion)
        decision = self.policy.decide(request)
        expect = assertion.expect
        if expect is None:
            return Answer(assertion, request, decision, None, decision.depends, self.view)
        if not meets(decision.access, expect) or decision.depends:
            return Answer(assertion, request, decision, False, decision.depends, self.view)
        about, address_only = self._policy_about(assertion.daemon)
        if assertion.network is None and (address_only or _is_one_request(assertion)):
            return Answer(assertion, request, decision, True, (), self.view)
        result = about.search(_AGAINST[expect], **_question(assertion, request))
        if result.found and result.witness is not None:
            return Answer(assertion, result.witness, self.policy.decide(result.witness), False, (), self.view)
        return Answer(assertion, request, decision, not result.depends, result.depends, self.view)

    def otherwise(self, item: Answer) -> Optional[Request]:
        """A request that a question without expectation speaks of and that is answered differently; None proves that there is none.

        What depends on something that nobody can know counts as answered differently: the request of the answer itself is returned.
        """
        about, address_only = self._policy_about(item.assertion.daemon)
        if item.assertion.network is None and (address_only or _is_one_request(item.assertion)):
            return None
        others = [access for access in ("granted", "denied", "delegated", "aborted") if access != item.decision.access]
        result = about.search(others, **_question(item.assertion, item.request))
        return result.witness or (item.request if result.depends else None)

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
            daemon=assertion.daemon, address=None if address == "unknown" else address, hostname=hostname, paranoid=paranoid,
            user=_given(assertion.user), server_address=_given(assertion.server_address),
            server_hostname=None if assertion.server_hostname == "paranoid" else _given(assertion.server_hostname),
            server_paranoid=assertion.server_hostname == "paranoid", server_port=assertion.server_port)

    def _policy_about(self, daemon: str) -> Tuple[Policy, bool]:
        """The policy without the rules that name other daemons only, and whether it looks at nothing but addresses."""
        if daemon not in self._about:
            self._about[daemon] = self._reduce(daemon)
        return self._about[daemon]

    def _reduce(self, daemon: str) -> Tuple[Policy, bool]:
        name = daemon.encode("utf-8", "surrogateescape").lower()
        address_only = True
        kept = {"allow": [], "deny": []}  # type: Dict[str, List[bytes]]
        for rule in self.policy.rules:
            if all(_other_daemon(pattern.token, name) for segment in rule.daemons[:1] for pattern in segment):
                continue
            kept[rule.table.name].append(rule.raw)
            tokens = [pattern.token for segment in rule.clients for pattern in segment]
            servers = [pattern.token for segment in rule.daemons for pattern in segment]
            if not all(_ADDRESS_ONLY.match(token) for token in tokens) or not all(token.upper() == b"ALL" or _PLAIN_DAEMON.match(token) for token in servers):
                address_only = False
            if rule.option_field is not None and rule.option_field.count(b"%") > _EXPANSIONS:
                address_only = False
        policy = self.policy
        whole = policy.allow.stop is None and policy.deny.stop is None
        if whole and len(kept["allow"]) + len(kept["deny"]) < len(policy.rules):
            policy = Policy.parse(b"".join(kept["allow"]), b"".join(kept["deny"]), policy.dialect, policy.lookups)
        return policy, address_only


def first_address(assertion: Assertion) -> str:
    """The first address of an assertion's network that is not excepted."""
    from ..hosts_access.addresses import format_ipv4, format_ipv6
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


def _is_one_request(assertion: Assertion) -> bool:
    return (assertion.hostname != ANY and assertion.user != ANY and assertion.server_address != ANY and assertion.server_hostname != ANY
            and assertion.server_port is not None)


def _question(assertion: Assertion, request: Request) -> Dict[str, Any]:
    """The assertion as Policy.search takes it."""
    hostname = assertion.hostname
    if hostname == "resolve":
        hostname = "paranoid" if request.paranoid else request.hostname or "unknown"
    return {"daemon": assertion.daemon, "network": assertion.network or assertion.address, "except_": list(assertion.exceptions) or None,
            "hostname": hostname, "user": assertion.user, "server_address": assertion.server_address,
            "server_hostname": assertion.server_hostname, "server_port": assertion.server_port}


def _given(value: str) -> Optional[str]:
    return None if value in (ANY, "unknown") else value


def _other_daemon(token: bytes, name: bytes) -> bool:
    """Whether a word of a daemon list is surely another daemon's plain name."""
    return bool(_PLAIN_DAEMON.match(token)) and token.lower() != name and token.upper() not in (b"ALL", b"KNOWN") and not token.lower().startswith(b"localhost")
