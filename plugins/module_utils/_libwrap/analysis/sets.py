# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""One daemon's clients as sets of addresses, for programs that know addresses and ports and nothing else."""

from bisect import bisect_left
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..errors import HostsAccessError
from ..patterns import ALL, tokens_of
from ..printable import printable
from ..request import to_port
from .client_space import ClientSpace, DaemonView, daemon_bytes
from .describe import listed
from .endpoints import Wanted
from .first_match import DENIED, GRANTED, NOBODY, OPEN, Line, Partial, Stretch
from .networks_list import CLIENTS, Networks, networks_of
from .outcomes import Answer, answer_of, default_answer
from .patience import Patience
from .ranges import Ranges, meet, pairs, union
from .space import QUESTIONS

#: What a policy may need before it is refused: ranges of addresses, and bits of all sets of states together.
MOST_RANGES = 3000000
MOST_BITS = 400 * 1024 * 1024 * 8
#: Distinct patterns on names and users; the classes they make need the square of this in bits.
MOST_WORDS = 40000
#: So many parts of what is unexpressed are told apart; more are put together by reason and answer.
PARTS = 64

NAME, USER, NETGROUP, SERVER = "name", "user", "netgroup", "server"
ADDRESS_TEXT, FILE, ACLEXEC, OPTION_LENGTH = "address_text", "file", "aclexec", "option_length"


class Unexpressed(NamedTuple):
    """Clients whose answer is not settled by their address.

    ``clients``: in words, those that get ``access`` (granted or denied) there while others get the opposite;
    ``networks``: where; ``reason``: name, user, netgroup, server, address_text, file, aclexec or option_length;
    ``rules``: the rules that do it.
    """

    clients: str
    networks: Networks
    access: str
    reason: str
    rules: Tuple[Any, ...]


class Lost(NamedTuple):
    """What a rule would also do, and a list of addresses cannot: an option (``spawn``), its value or None, the rule."""

    option: str
    value: Optional[str]
    rule: Any


class Sets(NamedTuple):
    """All addresses once: ``granted`` and ``denied`` whatever name, user and world say, the rest in ``unexpressed``;
    and what is ``lost``.
    """

    granted: Networks
    denied: Networks
    unexpressed: Tuple[Unexpressed, ...]
    lost: Tuple[Lost, ...]


def sets_of(policy: Any, daemon: str, port: Optional[int] = None, patience: Optional[Patience] = None) -> Sets:
    """The sets of one daemon.

    :param daemon: the name that libwrap sees.
    :param port: the server's port, which rules of some builds name; None is any port, and such a rule is then
        unexpressed.
    :param patience: how long it may take; None is no limit.
    :raises HostsAccessError: the policy's names, users and addresses combine in too many ways, or the time is over.
    """
    parts = _Daemon(policy, daemon_bytes(daemon), to_port(port), patience).parts()
    # what told clients apart is gone by now: the texts may need as much room
    return Sets(networks_of(parts.granted), networks_of(parts.denied), parts.unexpressed, parts.lost)


class _Parts(NamedTuple):
    """Sets whose networks are not written out yet."""

    granted: Ranges
    denied: Ranges
    unexpressed: Tuple[Unexpressed, ...]
    lost: Tuple[Lost, ...]


class _Daemon(object):
    """The rules of one daemon, and what they come to."""

    def __init__(self, policy: Any, daemon: bytes, port: Optional[int], patience: Optional[Patience] = None) -> None:
        self.view = DaemonView(policy, daemon, port)
        self.rules = self.view.rules
        _check_words(self.rules, daemon)
        self.space = ClientSpace(self.view, patience)
        self.ends = self._ends(daemon, port)
        self.answers: List[Answer] = [answer_of(self.view, rule) for rule in self.rules]
        self.default = default_answer(self.view)
        self._size = self.space.everyone.bit_length()
        self._copies = dict(
            (key, sum(1 << number * self._size for number, end in enumerate(self.ends) if key in end.lists))
            for key in set(self.space.daemon_key(self.view, rule) for rule in self.rules)
        )
        self.everyone = self.space.everyone * sum(1 << number * self._size for number in range(len(self.ends)))
        self.whole: List[Tuple[int, Ranges]] = []
        self.partial: List[Partial] = []
        self._divide()
        self.line = Line(
            self.everyone,
            [_kind(answer) for answer in self.answers],
            self.whole,
            self.partial,
            _kind(self.default),
        )

    def _ends(self, daemon: bytes, port: Optional[int]) -> List[Any]:
        ends = self.space.ends(Wanted(daemon, port))
        if len([one for one in ends.questions if one.startswith("@")]) > QUESTIONS:
            raise HostsAccessError(
                "the rules of %s ask for more than %d netgroups of the server's end, which combine in too many ways"
                % (daemon.decode("utf-8", "replace"), QUESTIONS)
            )
        return ends.all

    def _divide(self) -> None:
        """Every rule's clients: where it takes all of them, and where some."""
        ranges_left, bits_left = MOST_RANGES, MOST_BITS
        width = self.everyone.bit_length()
        for number, rule in enumerate(self.rules):
            copies = self._copies[self.space.daemon_key(self.view, rule)]
            if not copies:
                continue
            for region, may, must in self.space.bounds(rule):
                for states, ranges in region:
                    mask = states * copies
                    ranges_left -= len(ranges)
                    if mask == self.everyone and must:
                        self.whole.append((number, ranges))
                        continue
                    bits_left -= width
                    self.partial.append(Partial(number, mask if may else 0, mask if must else 0, ranges))
            if ranges_left < 0 or bits_left < 0:
                raise HostsAccessError(
                    "the rules up to hosts.%s line %s combine in too many ways to be listed as networks: %s"
                    % (
                        rule.table.name,
                        rule.line,
                        "their addresses make more than %d ranges" % MOST_RANGES
                        if ranges_left < 0
                        else "they tell too many names and users apart",
                    )
                )

    def parts(self) -> _Parts:
        """The sets of addresses, and what else there is to say."""
        settled: Tuple[List[int], List[int]] = ([], [])
        rest = _Rest(self)
        deciding = set(self.partial[number].rule for number in self.line.live)
        for stretch in self.line.stretches():
            deciding.add(stretch.owner)
            deciding.update(self.partial[number].rule for number in stretch.partial)
            if len(stretch.kinds) == 1 and stretch.kinds[0] != OPEN:
                _append(settled[stretch.kinds[0]], stretch.start, stretch.end)
            else:
                rest.add(stretch)
        deciding.discard(NOBODY)
        return _Parts(
            tuple(settled[GRANTED]),
            tuple(settled[DENIED]),
            rest.entries(),
            tuple(lost for number in sorted(deciding) for lost in self._lost(number)),
        )

    def _lost(self, number: int) -> List[Lost]:
        """What one rule would do besides answering; the command of aclexec is part of the answer."""
        rule = self.rules[number]
        if rule.option_field is None:
            return []
        if not self.view.dialect.extended_options:
            return [Lost("spawn", _text(rule.option_field), rule)]
        return [
            Lost(name.decode("utf-8", "replace"), None if value is None else _text(value), rule)
            for name, value in self.answers[number].effects
            if name != b"aclexec"
        ]

    def words_of(self, number: int) -> str:
        """A rule's clients as it has them, without those that addresses settle."""
        rule = self.rules[number]
        clients = rule.clients
        tokens = tokens_of(rule.client_field)
        if (
            len(clients) == 1
            and self._copies[self.space.daemon_key(self.view, rule)] * self.space.everyone == self.everyone
        ):
            tokens = [
                pattern.token for pattern in clients[0] if self.answers[number].depends or self.space.is_open(pattern)
            ] or tokens
        return _text(b" ".join(tokens))

    def reason(self, part: Partial) -> str:
        """Why a part of a rule is not all clients of its addresses."""
        rule = self.rules[part.rule]
        if self.answers[part.rule].depends:
            return _open_reason(self.answers[part.rule])
        states = (part.may or part.must) >> _lowest(part.may or part.must) // self._size * self._size
        return _state_reason(self.space, states & self.space.everyone, rule)


class _Rest(object):
    """The stretches that addresses do not settle, put together by what leaves them open."""

    def __init__(self, daemon: _Daemon) -> None:
        self.daemon = daemon
        self._found: Dict[Any, List[int]] = {}
        self._before: Dict[Any, int] = {}
        line = daemon.line
        self._live = [number for number in line.everywhere if number in line.live]
        self._live_rules = [daemon.partial[number].rule for number in self._live]
        self._reasons: Dict[int, str] = {}

    def add(self, stretch: Stretch) -> None:
        """One more stretch."""
        owner = stretch.owner
        key = (
            self._other_kind(stretch),
            bisect_left(self._live_rules, owner),
            owner if self.daemon.line.kind_of(owner) == OPEN and stretch.reached else None,
            tuple(number for number in stretch.partial if self.daemon.partial[number].rule < owner),
            stretch.holes,
        )
        self._before[key] = max(self._before.get(key, 0), owner)
        _append(self._found.setdefault(key, []), stretch.start, stretch.end)

    def _other_kind(self, stretch: Stretch) -> int:
        """What those get who are in none of the parts that leave a stretch open."""
        kind = self.daemon.line.kind_of(stretch.owner)
        if not stretch.reached:
            return DENIED if DENIED in stretch.kinds else GRANTED
        if kind == OPEN:
            return DENIED if self.daemon.answers[stretch.owner].access == "granted" else GRANTED
        return kind

    def entries(self) -> Tuple[Unexpressed, ...]:
        """What is unexpressed, the first addresses first."""
        merged: Dict[Any, Tuple[List[Tuple[int, int]], List[int]]] = {}
        told = [(self._tell(key), ranges) for key, ranges in self._found.items()]
        many = len(set(one for one, _ranges in told)) > PARTS
        for (reason, access, rules), flat in told:
            key = (reason, access) if many else (reason, access, rules)
            pieces, numbers = merged.setdefault(key, ([], []))
            pieces += pairs(tuple(flat))
            numbers += rules
        found = []
        for key, (pieces, numbers) in merged.items():
            ranges = meet(union(pieces), CLIENTS)
            if ranges:
                found.append((ranges[0], self._entry(key[0], key[1], sorted(set(numbers)), ranges)))
        return tuple(entry for _start, entry in sorted(found, key=lambda one: one[0]))

    def _entry(self, reason: str, access: str, numbers: Sequence[int], ranges: Ranges) -> Unexpressed:
        rules = tuple(self.daemon.rules[number] for number in numbers)
        words: Dict[str, None] = dict.fromkeys(self.daemon.words_of(number) for number in numbers)
        return Unexpressed(listed(list(words)), networks_of(ranges), access, reason, rules)

    def _tell(self, key: Any) -> Tuple[str, str, Tuple[int, ...]]:
        """(reason, access, rules) of a kind of stretch."""
        rest, seen, owner, local, holes = key
        parts = [number for number in local if self._matters(number, key)]
        wide = [number for number in self._live[:seen] if number not in holes and self._matters(number, key)]
        if not parts + wide and owner is None:
            # a part that another one covers everywhere but here
            wide = [
                number for number in self.daemon.line.everywhere if number not in holes and self._matters(number, key)
            ]
        access = "granted" if rest == DENIED else "denied"
        rules = set(self.daemon.partial[number].rule for number in parts + wide)
        if owner is not None:
            return _open_reason(self.daemon.answers[owner]), access, tuple(sorted(rules | {owner}))
        return self._reason((parts + wide)[0]), access, tuple(sorted(rules))

    def _matters(self, number: int, key: Any) -> bool:
        """Whether a part's rule answers something else than the rest gets."""
        rule = self.daemon.partial[number].rule
        return rule < self._before[key] and self.daemon.line.kind_of(rule) != key[0]

    def _reason(self, number: int) -> str:
        if number not in self._reasons:
            self._reasons[number] = self.daemon.reason(self.daemon.partial[number])
        return self._reasons[number]


def _kind(answer: Answer) -> int:
    """What an answer is to a list of addresses; a twist serves the client in the daemon's place, which no list can."""
    if answer.depends:
        return OPEN
    return GRANTED if answer.access == "granted" else DENIED


def _open_reason(answer: Answer) -> str:
    """Why nobody knows what a rule answers."""
    return ACLEXEC if any(one.startswith("aclexec ") for one in answer.depends) else OPTION_LENGTH


def _append(flat: List[int], start: int, end: int) -> None:
    """One more range behind others."""
    if flat and flat[-1] == start:
        flat[-1] = end
    else:
        flat += (start, end)


def _lowest(mask: int) -> int:
    """The number of the lowest bit that is set."""
    return (mask & -mask).bit_length() - 1


def _text(raw: bytes) -> str:
    return printable(raw.decode("utf-8", "surrogateescape").strip())


def _state_reason(space: ClientSpace, states: int, rule: Any) -> str:
    """What of a client, besides its address, some states rest on."""
    by_user: Dict[int, Dict[int, int]] = {}
    for (user, answer, _number), names in space.take_apart(states).items():
        by_user.setdefault(user, {})[answer] = names
    rows = list(by_user.values())
    if rows and (len(rows) < len(space.users.words) or any(row != rows[0] for row in rows)):
        return USER
    row = rows[0] if rows else {}
    if any(row.get(answer) != row.get(space.answers[0]) for answer in space.answers):
        for number, question in enumerate(space.questions):
            if any(
                row.get(answer) != row.get(answer ^ 1 << number)
                for answer in space.answers
                if answer ^ 1 << number in space.answers
            ):
                return _question_reason(question)
    if space.loose and states == space.everyone:
        return _loose_reason(space, rule)
    return SERVER if states == space.everyone else NAME


def _question_reason(question: str) -> str:
    if question.startswith("netgroup "):
        return NETGROUP
    return FILE if question.startswith(("the rest of the file", "the file")) else ADDRESS_TEXT


def _loose_reason(space: ClientSpace, rule: Any) -> str:
    """The first thing in a rule that the world must be asked, where questions are not told apart."""
    for question in space.questions:
        word = question.partition(" ")[2]
        if any(word.lstrip("@") in _text(pattern.token) for segment in rule.clients for pattern in segment):
            return _question_reason(question)
    return SERVER


def _check_words(rules: Sequence[Any], daemon: bytes) -> None:
    """HostsAccessError where names and users are so many that telling them apart would need all memory."""
    words = set()
    for rule in rules:
        for segment in rule.clients:
            for pattern in segment:
                string = pattern.host.string
                named = string is not None and pattern.host.on_name and string.kind != ALL
                if named or pattern.user is not None:
                    words.add(pattern.token)
    if len(words) > MOST_WORDS:
        raise HostsAccessError(
            "the rules of %s name %d hosts and users, more than the %d that can be told apart: put the names of one "
            "domain together, as .example.com" % (daemon.decode("utf-8", "replace"), len(words), MOST_WORDS)
        )
