# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Who was refused, by the logs: the body of tcpd_refusals_info. Counts in constant memory, however large the logs
are.
"""

import functools
import heapq
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..call import Call
from ..._host.logs import journal
from ..._host.errors import HostError
from ..._host.logs.times import YearlessClock, parse_moment, show
from ..._host.logs.lines import find_lines, own_logs, rotations, usual_logs
from ..._host.logs.refusal_lines import JOURNAL_NEEDLES, NEEDLES, Refusal, read_line, read_message
from ..._host.logs.unpacking import Unpacking
from ..._host.files.reading import stat_file
from ..._host.files.root import Root
from ..arguments import Arguments, tables_argument_spec
from ..errors import TaskError, run_safely, short_invocation
from .refusal_writers import Writers

# what is remembered to tell a line that stands in two logs; beyond it such a line counts twice
MAX_REMEMBERED = 200000
MAX_CLIENTS = 50000
SHOWN_CLIENTS = 1000
# days that are counted by client: the newest, of the clients that were refused most often
MAX_DAYS = 31
CLIENTS_BY_DAY = 10
_DAY = 24 * 60 * 60
_TOO_LONG = "reading the logs took too long"
_JOURNAL = "the journal"


class Wanted(NamedTuple):
    since: Optional[float]
    until: Optional[float]
    daemons: Optional[Set[str]]


class RefusalsArguments(Arguments):
    """The options of tcpd_refusals_info that are read; it looks at no table."""

    root: str
    since: Optional[str]
    until: Optional[str]
    paths: Optional[List[str]]
    daemons: Optional[List[str]]
    limit: int


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """What tcpd_refusals_info takes."""
    spec = tables_argument_spec()
    spec.update(
        since={"type": "str"},
        until={"type": "str"},
        paths={"type": "list", "elements": "path"},
        daemons={"type": "list", "elements": "str"},
        limit={"type": "int", "default": 100},
    )
    return spec


def run_module() -> None:
    """Answer the task; nothing is changed."""
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


class Tally:
    """Counts by daemon and client, and the newest refusals; its size does not grow with the logs."""

    def __init__(self, limit: int) -> None:
        self.count = 0
        self.forged = 0
        self.first: Optional[float] = None
        self.last: Optional[float] = None
        self.daemons: Dict[str, int] = {}
        self.clients: Dict[str, List[Any]] = {}  # count, first, last, counts by day
        self.days: Dict[int, int] = {}
        self.other_clients = 0
        self._limit = limit
        self._newest: List[Tuple[float, int, Dict[str, Any]]] = []

    def add(self, refusal: Refusal, source: str, uid: Optional[int], forged: Optional[bool]) -> None:
        """Count one refusal; one that is `forged` is shown and counted apart, for nobody was refused."""
        if forged:
            self.forged += 1
        else:
            self._count(refusal)
        if self._limit <= 0:
            return
        moment = refusal.time
        item = (-1.0 if moment is None else moment, self.count + self.forged)
        if len(self._newest) < self._limit:
            heapq.heappush(self._newest, item + (self._entry(refusal, source, uid, forged),))
        elif item > self._newest[0][:2]:
            heapq.heapreplace(self._newest, item + (self._entry(refusal, source, uid, forged),))

    def _count(self, refusal: Refusal) -> None:
        self.count += 1
        moment = refusal.time
        if moment is not None:
            self.first = moment if self.first is None or moment < self.first else self.first
            self.last = moment if self.last is None or moment > self.last else self.last
            _count_day(self.days, moment)
        if refusal.daemon in self.daemons or len(self.daemons) < MAX_CLIENTS:
            self.daemons[refusal.daemon] = self.daemons.get(refusal.daemon, 0) + 1
        self._count_client(refusal.address or refusal.client, moment)

    def newest(self) -> List[Dict[str, Any]]:
        """The newest refusals, in order."""
        return [entry for _moment, _number, entry in sorted(self._newest, key=lambda item: item[:2])]

    def by_daemon(self) -> List[Dict[str, Any]]:
        """Daemons with their counts, the largest first."""
        counts = sorted(self.daemons.items(), key=lambda item: (-item[1], item[0]))
        return [{"daemon": daemon, "count": count} for daemon, count in counts[:SHOWN_CLIENTS]]

    def by_client(self) -> List[Dict[str, Any]]:
        """Clients with their counts, the largest first."""
        counts = sorted(self.clients.items(), key=lambda item: (-item[1][0], item[0]))
        return [
            {"client": client, "count": count, "first": _shown(first), "last": _shown(last)}
            for client, (count, first, last, _days) in counts[:SHOWN_CLIENTS]
        ]

    def by_day(self) -> List[Dict[str, Any]]:
        """The newest days on which somebody was refused, each with those of the most refused clients that were."""
        counts = sorted(self.clients.items(), key=lambda item: (-item[1][0], item[0]))[:CLIENTS_BY_DAY]
        return [
            {
                "day": time.strftime("%Y-%m-%d", time.gmtime(day * _DAY)),
                "count": count,
                "clients": [
                    {"client": client, "count": known[3][day]} for client, known in counts if day in (known[3] or ())
                ],
            }
            for day, count in sorted(self.days.items())
        ]

    def _count_client(self, client: str, moment: Optional[float]) -> None:
        known = self.clients.get(client)
        if known is None:
            if len(self.clients) >= MAX_CLIENTS:
                self.other_clients += 1
                return
            known = self.clients[client] = [0, moment, moment, None]
        known[0] += 1
        if moment is not None:
            known[3] = known[3] or {}
            _count_day(known[3], moment)
            known[1] = moment if known[1] is None or moment < known[1] else known[1]
            known[2] = moment if known[2] is None or moment > known[2] else known[2]

    @staticmethod
    def _entry(refusal: Refusal, source: str, uid: Optional[int], forged: Optional[bool]) -> Dict[str, Any]:
        return {
            "time": _shown(refusal.time),
            "daemon": refusal.daemon,
            "pid": refusal.pid,
            "client": refusal.client,
            "address": refusal.address,
            "by": refusal.by,
            "source": source,
            "uid": uid,
            "forged": forged,
        }


def _count_day(days: Dict[int, int], moment: float) -> None:
    """Count one more on the day of a moment, in UTC; the oldest day goes where there would be too many."""
    day = int(moment // _DAY)
    days[day] = days.get(day, 0) + 1
    if len(days) > MAX_DAYS:
        del days[min(days)]


class Memory:
    """Tells a refusal that an earlier log held already; within one log every line counts.

    Logs lose lines: rsyslog and journald drop some where anybody writes many. So a line stands for one line of another log and
    for no more: of each kind in each second, as many count as the log with the most of them holds.
    """

    def __init__(self) -> None:
        self._earlier: Dict[int, int] = {}  # how often at most in one log
        self._current: Dict[int, int] = {}
        self._found: Dict[int, int] = {}  # of those of earlier logs, how many the current one has too
        self._xinetd: Set[int] = set()
        self._forged: Dict[int, int] = {}

    def next_log(self) -> None:
        """From here on what was seen so far is another log's."""
        for key, count in self._current.items():
            if key in self._earlier or len(self._earlier) < 2 * MAX_REMEMBERED:
                self._earlier[key] = max(count, self._earlier.get(key, 0))
        self._current, self._found = {}, {}

    def is_new(self, refusal: Refusal) -> bool:
        """Whether to count it; it is remembered."""
        second = _second_of(refusal)
        if refusal.repeats and any(hash((near, refusal.client)) in self._xinetd for near in _near(second)):
            return False
        # the clocks of two logs, and a daemon's own file that names no process
        for near in _near(second):
            keys = _keys(refusal, near)
            if self._found.get(keys[0], 0) < self._earlier.get(keys[0], 0):
                self._count(self._found, keys)
                self._count(self._current, keys)
                return False
        self.remember(refusal)
        if not refusal.repeats and len(self._xinetd) < MAX_REMEMBERED:
            self._xinetd.add(hash((second, refusal.client)))
        return True

    def remember(self, refusal: Refusal) -> None:
        """Know it again in a later log."""
        self._count(self._current, _keys(refusal, _second_of(refusal)))

    def remember_forged(self, refusal: Refusal) -> None:
        """Know the copy of a false line again, in the files of syslog."""
        self._count(self._forged, _keys(refusal, _second_of(refusal)))
        self.remember(refusal)

    def forget_forged(self) -> None:
        """What comes now is of a daemon's own file, which nobody else writes to."""
        for key, count in self._forged.items():
            self._earlier[key] = self._earlier.get(key, 0) - count
        self._forged = {}

    @staticmethod
    def _count(counts: Dict[int, int], keys: Sequence[int]) -> None:
        for key in keys:
            if key in counts or len(counts) < 2 * MAX_REMEMBERED:
                counts[key] = counts.get(key, 0) + 1


def _second_of(refusal: Refusal) -> Optional[int]:
    return None if refusal.time is None else int(refusal.time)


def _keys(refusal: Refusal, second: Optional[int]) -> List[int]:
    """By what a line is known again, the first by itself; of a line that names its process also what one without has."""
    keys = [hash((second, refusal.daemon, refusal.address))]
    if refusal.pid is not None:
        keys.insert(0, hash((second, refusal.daemon, refusal.pid, refusal.client)))
    return keys


class _Search(NamedTuple):
    """What is looked for in all logs of a host, and what was found so far."""

    root: Root
    wanted: Wanted
    tally: Tally
    memory: Memory
    sources: List[str]
    problems: List[str]
    unpacking: Unpacking
    end: Optional[float]  # by time.monotonic(): no more is read then; None is never

    def is_over(self, path: str) -> bool:
        """Whether the time for reading is used up; the first file that is not read to its end for that is a problem, and the journal."""
        if self.end is None or time.monotonic() <= self.end:
            return False
        rest = "" if path == _JOURNAL else ", nor any log after it"
        if not any(rest in problem and _TOO_LONG in problem for problem in self.problems):
            self.problems.append(
                "%s was not read to its end%s: %s. Give a shorter time to look back, and find out who writes so much."
                % (path, rest, _TOO_LONG)
            )
        return True


def run(call: Call) -> Dict[str, Any]:
    result = read_refusals(RefusalsArguments(call.params))
    for problem in result["problems"]:
        call.warn(problem)
    return result


def read_refusals(arguments: RefusalsArguments, seconds: Optional[float] = None) -> Dict[str, Any]:
    """What tcpd_refusals_info returns for its options; where reading takes longer than `seconds`, the rest is a problem."""
    root = Root(arguments.root)
    now = time.time()
    wanted = Wanted(
        None if arguments.since is None else parse_moment(arguments.since, now, "since"),
        None if arguments.until is None else parse_moment(arguments.until, now, "until"),
        None if arguments.daemons is None else {name.lower() for name in arguments.daemons},
    )
    if arguments.limit < 0:
        raise TaskError("limit is %d: write 0 for counts alone, or a number of entries." % arguments.limit)
    end = None if seconds is None else time.monotonic() + seconds
    search = _Search(root, wanted, Tally(arguments.limit), Memory(), [], [], Unpacking(), end)
    tally = search.tally
    names = arguments.paths if arguments.paths is not None else usual_logs(root)
    if arguments.paths is None and root.is_host and journal.has_journal():
        # it alone knows who wrote a line, and files lose lines that it has; half of the time is the files'
        _read_journal(search._replace(end=None if seconds is None else time.monotonic() + seconds / 2))
        search.memory.next_log()
    own = [] if arguments.paths is not None else own_logs(root)
    for number, path in enumerate(names + own):
        if number == len(names):
            search.memory.forget_forged()
        _read_log(search, path, arguments.paths is not None)
        search.memory.next_log()
    return {
        "changed": False,
        "count": tally.count,
        "forged": tally.forged,
        "first": _shown(tally.first),
        "last": _shown(tally.last),
        "by_daemon": tally.by_daemon(),
        "by_client": tally.by_client(),
        "by_day": tally.by_day(),
        "other_clients": tally.other_clients,
        "refusals": tally.newest(),
        "sources": search.sources,
        "problems": search.problems,
    }


def _read_log(search: _Search, path: str, named: bool) -> None:
    """A log and its rotated copies; a file that cannot be read is a problem, and an error where the task named it."""
    try:
        logs = rotations(search.root, path)
        if named and not any(log.path == path for log in logs):
            what = "does not exist" if stat_file(search.root, path).kind in ("missing", "dangling") else "is not a file"
            below = "" if search.root.is_host else " below %s" % search.root.path
            raise TaskError("paths names %s, which %s%s: name a log." % (path, what, below))
    except HostError as exc:
        search.problems.append(str(exc))
        return
    for log in logs:
        if search.wanted.since is not None and log.written < search.wanted.since:
            continue
        is_over = functools.partial(search.is_over, log.path)
        if is_over() or search.unpacking.is_spent and log.path != path:
            continue  # the problem that was told says so
        search.sources.append(log.path)
        clock = YearlessClock(log.written)
        try:
            for line in find_lines(search.root, log.path, NEEDLES, search.unpacking, is_over):
                if is_over():
                    break
                refusal = read_line(line, clock)
                if refusal is not None and _is_wanted(refusal, search.wanted) and search.memory.is_new(refusal):
                    search.tally.add(refusal, log.path, None, None)
        except HostError as exc:
            search.problems.append(str(exc))


def _read_journal(search: _Search) -> None:
    search.sources.append("journal")
    writers = Writers(search.root)
    try:
        is_over = functools.partial(search.is_over, _JOURNAL)
        for message, refusal in _journal_refusals(search.wanted.since, search.wanted.until, is_over):
            if is_over():
                break
            if refusal is None or not _is_wanted(refusal, search.wanted):
                continue
            forged = writers.is_forged(refusal.daemon, message.uid, message.program)
            if forged:  # it stands for its own copy in another log, and never for a true one of the same
                search.memory.remember_forged(refusal)
            if forged or search.memory.is_new(refusal):
                search.tally.add(refusal, "journal", message.uid, forged)
    except HostError as exc:
        search.problems.append(str(exc))


def _journal_refusals(
    since: Optional[float], until: Optional[float], is_over: Callable[[], bool]
) -> Iterator[Tuple[journal.Message, Optional[Refusal]]]:
    for message in journal.find_messages(JOURNAL_NEEDLES, since, until, is_over):
        yield message, read_message(message.text, message.time, message.tag, message.pid)


def _is_wanted(refusal: Refusal, wanted: Wanted) -> bool:
    if wanted.daemons is not None and refusal.daemon.lower() not in wanted.daemons:
        return False
    if wanted.since is not None and (refusal.time is None or refusal.time < wanted.since):
        return False
    return wanted.until is None or (refusal.time is not None and refusal.time <= wanted.until)


def _near(second: Optional[int]) -> List[Optional[int]]:
    return [None] if second is None else [second, second - 1, second + 1]


def _shown(moment: Optional[float]) -> Optional[str]:
    return None if moment is None else show(moment)
