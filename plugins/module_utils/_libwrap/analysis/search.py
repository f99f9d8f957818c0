# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Find a request that is answered in some way, or prove that there is none."""

from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from ..addresses import canonical_ipv4, ipv6, mask_from_length
from ..errors import HostsAccessError
from ..facts import PARANOID, UNKNOWN
from ..patterns import SUFFIX, StringPattern
from ..request import Request, to_bytes, to_port
from .endpoints import Endpoint, Endpoints, Wanted
from .outcomes import Answer, answer_of, default_answer
from .patience import A_DECISION, Patience
from .places import Places
from .ranges import EVERYTHING, IPV6_START, Ranges, pairs, position_of, subtract, union
from .requests import example_of, open_questions
from .space import Region, Space
from .sweep import NOBODY, Done, Rules, stretches, sweep

ANY = "any"


#: ``found``: whether a request is answered so; ``witness``: that request; ``depends``: what it rests on. Nothing found
#: that depends on nothing is a proof; nothing found that depends on something is no answer.
class Result(NamedTuple):
    found: bool
    witness: Optional[Request]
    depends: Tuple[str, ...]


Networks = Union[None, str, Sequence[str]]

#: So many clients of a question who rest on open questions are decided one by one; further ones are told as open.
TRIES = 100
_ANSWERS = ("granted", "denied", "delegated", "aborted")


class Question(object):
    """What is fixed of the requests that are searched.

    - ``daemon``: a name, or None for every daemon.
    - ``network``: a network or several (``10.0.0.0/8``, ``2001:db8::/32``, one address, ``unknown``), None for every
    address;
      ``except_``: networks left out.
    - ``hostname``: ``any``, ``unknown``, ``paranoid``, a name, or ``.example.com`` for every name that ends so.
    - ``address``: the same as ``network`` for one address; None is unknown.
    - ``paranoid``, ``server_paranoid``: True: name and address disagree; False: they do not; None: either.
    - ``client_port``: a number for the witness; no rule asks for it.
    - ``user``: ``any``, ``unknown`` or a name. ``server_address``, ``server_hostname``: the same for the server's end,
    with
      ``paranoid`` for the name. ``server_port``: a number or None for any.
    """

    def __init__(
        self,
        daemon: Optional[str] = None,
        network: Networks = None,
        except_: Networks = None,
        hostname: Optional[str] = ANY,
        user: Optional[str] = ANY,
        server_address: Optional[str] = ANY,
        server_hostname: Optional[str] = ANY,
        server_port: Optional[int] = None,
        address: Optional[str] = ANY,
        client_port: Optional[int] = None,
        paranoid: Optional[bool] = None,
        server_paranoid: Optional[bool] = None,
        **others: Any,
    ) -> None:
        if "except" in others:
            except_ = others.pop("except")
        if others:
            raise HostsAccessError("a search has no constraint %s" % ", ".join(sorted(others)))
        self.daemon = daemon
        if address != ANY:
            network = _one_network(network, "unknown" if address is None else address)
        self.client_port = client_port
        self.paranoid = paranoid
        self.server_paranoid = server_paranoid
        self.networks = None if network is None else _texts(network)
        self.ranges = subtract(
            EVERYTHING if self.networks is None else _ranges(self.networks), _ranges(_texts(except_))
        )
        self.hostname = "unknown" if hostname is None else hostname
        self.user = "unknown" if user is None else user
        self.server_address = "unknown" if server_address is None else server_address
        self.server_hostname = "unknown" if server_hostname is None else server_hostname
        self.server_port = to_port(server_port)

    @property
    def single(self) -> Optional[Tuple[int, bytes]]:
        """The one address that is asked about, as position and text."""
        if (
            self.networks is None
            or len(self.networks) != 1
            or len(self.ranges) != 2
            or self.ranges[1] - self.ranges[0] != 1
        ):
            return None
        return self.ranges[0], to_bytes(self.networks[0].partition("/")[0])

    @property
    def suffix(self) -> bool:
        """Whether the name is given by how it ends."""
        return self.hostname.startswith(".")

    def region(self, space: Space, suffix: Optional[StringPattern]) -> Region:
        """The clients that are meant."""
        users = None
        names = space.names.everything
        if suffix is not None:
            names = space.names.mask(suffix)
        elif self.hostname != ANY:
            names = 1 << space.names.class_of(to_bytes(self.hostname))
        if self.paranoid is not None:
            names &= space.names.special(PARANOID) if self.paranoid else ~space.names.special(PARANOID)
        if self.user != ANY:
            users = 1 << space.users.class_of(to_bytes(self.user))
        states = space.states(names=names, users=users)
        return [(states, self.ranges)] if states and self.ranges else []

    def fixed(self) -> Dict[str, Any]:
        """The fields of a witness that the question gives."""
        fields: Dict[str, Any] = {}
        if self.hostname != ANY and not self.suffix:
            paranoid = self.hostname.lower() == "paranoid"
            fields.update(
                hostname=None if paranoid or self.hostname.lower() == "unknown" else self.hostname, paranoid=paranoid
            )
        if self.client_port is not None:
            fields["client_port"] = self.client_port
        if self.user != ANY:
            fields["user"] = None if self.user.lower() == "unknown" else self.user
        if self.server_address != ANY:
            fields["server_address"] = None if self.server_address == "unknown" else self.server_address
        if self.server_hostname != ANY:
            paranoid = self.server_hostname.lower() == "paranoid"
            fields.update(
                server_paranoid=paranoid,
                server_hostname=None if paranoid or self.server_hostname.lower() == "unknown" else self.server_hostname,
            )
        single = self.single
        if single is not None and single[1] != UNKNOWN:
            fields["address"] = single[1].decode("ascii", "replace")
        return fields

    def wanted(self) -> Wanted:
        """What is fixed of the server's end."""
        place = name = None
        if self.server_address != ANY:
            place = position_of(self.server_address)
            if place is None:
                raise HostsAccessError("server_address %r is no address" % self.server_address)
        if self.server_hostname != ANY:
            name = {"unknown": UNKNOWN, "paranoid": PARANOID}.get(
                self.server_hostname.lower(), to_bytes(self.server_hostname)
            )
        return Wanted(
            None if self.daemon is None else to_bytes(self.daemon), self.server_port, place, name, self.server_paranoid
        )


class Searcher(object):
    """Questions to one policy: what its rules can tell apart is worked out once for all of them."""

    def __init__(self, policy: Any, patience: Optional[Patience] = None) -> None:
        """:param patience: how long all questions together may take; None is no limit."""
        self.policy = policy
        self._patience = patience or Patience()
        self._sides: Dict[Any, _Side] = {}

    def search(self, access: Union[str, Sequence[str]], question: Question) -> Result:
        """A request that the policy answers in one of some ways (``granted``, ``denied``, ``delegated``, ``aborted``),
        or the proof that there is none.
        """
        policy = self.policy
        wanted = (access,) if isinstance(access, str) else tuple(access)
        for word in wanted:
            if word not in _ANSWERS:
                raise HostsAccessError("access %r is none of %s" % (word, ", ".join(_ANSWERS)))
        suffix = StringPattern(to_bytes(question.hostname), policy.dialect) if question.suffix else None
        if suffix is not None and suffix.kind != SUFFIX:
            raise HostsAccessError("hostname %r is no suffix without wildcards" % question.hostname)
        side = self._side(question, suffix)
        space = side.space
        fixed = question.fixed()
        depends: List[str] = list(side.endpoints.questions)
        region = question.region(space, suffix)
        tries = 0  # at clients who rest on an open question
        for endpoint, rules in side.ends(region):
            for done, start, end, answer in side.answered(rules, region):
                if answer.access not in wanted:
                    depends += answer.depends
                    continue
                place = space.first_address(done[1].number, start, end)
                if place is None:
                    continue
                opened = tuple(open_questions(space, done[0])) if space.questions else ()
                if opened and tries == TRIES:
                    depends += answer.depends or opened
                    continue
                request = example_of(space, endpoint.examples[0], done[0], place, fixed)
                self._patience.spend(A_DECISION)
                decision = policy.decide(request)
                if decision.access in wanted and not decision.depends:
                    return Result(True, request, ())
                depends += answer.depends or decision.depends or opened
                tries += bool(opened)
        return Result(False, None, tuple(sorted(set(depends))))

    def _side(self, question: Question, suffix: Optional[StringPattern]) -> "_Side":
        """The space and the server's ends for a question; one of its own where the question itself tells clients apart."""
        server = question.wanted()
        if suffix is not None:
            return self._new_side(server, self._space([suffix], question.single))
        key = (server.daemon, server.port, server.place, server.name, server.paranoid)
        if key not in self._sides:
            space = next((side.space for side in self._sides.values()), None)
            self._sides[key] = self._new_side(server, space or self._space())
        side = self._sides[key]
        if question.single is not None and side.space.unsure:
            return self._new_side(server, self._space((), question.single))
        return side

    def _space(self, names: Sequence[StringPattern] = (), single: Optional[Tuple[int, bytes]] = None) -> Space:
        return Space([self.policy], names, single, self._patience)

    def _new_side(self, server: Wanted, space: Space) -> "_Side":
        return _Side(self.policy, server, space, self._patience)


class _Side(object):
    """What a policy can tell apart, and the rules for each server's end that a question may mean."""

    def __init__(
        self,
        policy: Any,
        server: Wanted,
        space: Space,
        patience: Patience,
    ) -> None:
        self.policy = policy
        self.space = space
        self._patience = patience
        self.endpoints = Endpoints(self.space, server)
        rules = Rules(self.space, policy)
        self._rules = [rules.at(endpoint.lists) for endpoint in self.endpoints.all]
        self._places: Optional[List[Places]] = None
        self._asked = False
        self._answers: Dict[Tuple[int, bool], Answer] = {(NOBODY, False): default_answer(policy)}

    def ends(self, region: Region) -> Iterator[Tuple[Endpoint, Sequence[Any]]]:
        """Every server's end with the rules that may meet a region there; to find those by their places pays from the
        second question on.
        """
        if self._asked and self._places is None:
            self._places = [Places(self.space, self.policy, rules) for rules in self._rules]
        self._asked = True
        wanted = union(piece for _states, ranges in region for piece in pairs(ranges))
        for number, endpoint in enumerate(self.endpoints.all):
            yield endpoint, self._rules[number] if self._places is None else self._places[number].meeting(wanted)

    def answered(self, rules: Sequence[Any], region: Region) -> Iterator[Tuple[Done, int, int, Answer]]:
        """Every stretch of a region with what is answered there: (done, start, end, answer)."""
        for done in sweep(self.space, self.policy, rules, region, self._patience):
            for start, end, owner in stretches(done):
                self._patience.spend()
                answer = self._answer(owner)
                if not answer.falls:
                    yield done, start, end, answer
                    continue
                later = [rule for rule in rules if rule.table is self.policy.deny]
                for rest in sweep(self.space, self.policy, later, [(done[0], (start, end))], self._patience):
                    for low, high, other in stretches(rest):
                        self._patience.spend()
                        yield rest, low, high, self._answer(other, True)

    def _answer(self, owner: int, failed: bool = False) -> Answer:
        """What a rule answers, or nobody; ``failed`` as in answer_of."""
        key = (owner, failed and owner != NOBODY)
        if key not in self._answers:
            self._answers[key] = answer_of(self.policy, self.policy.rules[owner], failed)
        return self._answers[key]


def _one_network(network: Networks, address: str) -> List[str]:
    """An address as the network that is searched."""
    if network is not None:
        raise HostsAccessError("a search takes an address or a network, not both")
    return [address]


def _texts(value: Networks) -> List[str]:
    if value is None:
        return []
    return [value] if isinstance(value, str) else list(value)


def _ranges(networks: Sequence[str]) -> Ranges:
    return union(_range(text) for text in networks)


def _range(text: str) -> Tuple[int, int]:
    """A network's or address's positions."""
    address, slash, length = text.partition("/")
    place = position_of(address)
    if place is not None and (not slash or length.isdigit()):
        raw = address.encode("utf-8", "surrogateescape")
        bits = 32 if canonical_ipv4(raw) is not None else 128 if ipv6(raw.partition(b"%")[0]) is not None else 0
        size = int(length) if slash else bits
        base = place - IPV6_START if bits == 128 else place
        if size <= bits and (not bits or base & mask_from_length(size, bits) == base):
            return place, place + (1 << (bits - size))
    raise HostsAccessError(
        "%r is no address and no network without host bits, such as 10.0.0.0/8 or 2001:db8::/32" % text
    )
