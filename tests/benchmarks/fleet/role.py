# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles harden and audit on one host and on a fleet, beside ping and beside what users have today."""

import json
import pathlib
import statistics
from typing import Any, Callable, Dict, List, Sequence

from . import peers
from .lab import Lab
from .section import Section, Table, Target

import workload

NAME, SUBNET, IMAGE = "role", "10.91.8", "bookworm-inetd"
SIZES = (1, 10, 50)
FORKS = 20
RULES, SERVICES = 100, 20
PING: List[Dict[str, Any]] = [{"ansible.builtin.ping": {}}]
#: repeated runs of ping and of harden on one host; everything else takes too long for more than one
OURS = 3
#: what the growth may seem worse than ping's: the seconds that ten hosts add to a ping are few, and scatter by some hundredths
NOISE = 1.1
INTRO = """\
Whole `ansible-playbook` commands on Debian 12 containers with systemd, openbsd-inetd and sshd, as root over ssh with pipelining and %(forks)d forks; every
command opens its own connections. The containers share the machine's processors with the controller, so a host more costs what its modules
compute. Both roles run by their playbooks as they are, but for `harden_serial: 100%%`, so that the figures are those of one batch without its canaries.

On one host each way has the same rules, ends with `ALL: ALL`, sees to the package tcpd, puts it in front of the same %(services)d services of
`inetd.conf` and reloads inetd. What is compared is the whole role `harden`, with its check for lockouts and its proofs, against a whole play of the
peers' structure, which checks nothing. The Python of these hosts counts module runs, at a fork for each. Repeated runs of `ping` and `harden` on one
host are medians of %(ours)d, taken in turn, as are audits; everything else was timed once. An audit changes nothing, so each is like its first.

Starting Ansible is paid once whatever the number of hosts, and is most of what a ping of ten hosts takes. So growth is compared without it: what
the hosts beyond the first added, limit %(margin).1f for the scatter of ping's few seconds.
"""
OUTRO = """\
A repeated `harden` costs one module run: one look at tables, super-servers and proofs, by the code of the modules that would change them. An `audit`
costs one too: all questions are answered in it.
Neither depends on the number of rules and services; the peers' structure costs one or two for each of them, on the first
run and on every other.
"""


def rules(count: int) -> List[str]:
    """The controller's way in, and rules of all kinds."""
    return ["sshd: %s.1" % SUBNET] + workload.rules(count - 1).splitlines()


def variables(count: int) -> Dict[str, Any]:
    """The inventory's: a policy, what must hold, and all hosts at once, so that the figures are those of one batch."""
    return {
        "harden_allow": rules(count),
        "harden_serial": "100%",
        "harden_assertions": [
            {"daemon": "sshd", "address": SUBNET + ".1", "expect": "granted"},
            {"daemon": "in.bench1", "address": "198.51.100.1", "hostname": "unknown", "expect": "denied"},
        ],
    }


class Fleet:
    """The first hosts of an inventory, and the commands that are run on them."""

    def __init__(self, lab: Lab, inventory: pathlib.Path, hosts: Sequence[str], count: int) -> None:
        self.lab = lab
        content = json.loads(inventory.read_text())["all"]
        self.inventory = lab.path("fleet.json")
        self.inventory.write_text(
            json.dumps({"all": {"hosts": {name: content["hosts"][name] for name in hosts}, "vars": variables(count)}})
        )
        self.report = lab.path("report")

    def run(self, tasks: Any, *arguments: str) -> float:
        """Seconds of a command that opens connections of its own, as one that somebody types does."""
        return self.lab.run(
            tasks,
            self.inventory,
            arguments,
            ANSIBLE_PIPELINING="True",
            ANSIBLE_FORKS=str(FORKS),
            ANSIBLE_SSH_CONTROL_PATH_DIR=str(self.lab.path("ssh")),
        ).seconds

    def ping(self) -> float:
        return self.run(PING)

    def new_again(self) -> None:
        self.run(peers.new_again())

    def harden(self) -> float:
        return self.run("portcullis.tcp_wrappers.harden")

    def audit(self) -> float:
        return self.run("portcullis.tcp_wrappers.audit", "-e", "audit_output_dir=%s" % self.report)


class Seen:
    """Seconds of commands that took turns, by any key; medians are given back."""

    def __init__(self) -> None:
        self.figures: Dict[Any, List[float]] = {}
        self.modules: Dict[Any, int] = {}

    def add(self, way: Callable[[], float], *key: Any) -> None:
        self.figures.setdefault(key, []).append(way())

    def __call__(self, *key: Any) -> float:
        return statistics.median(self.figures[key])


def alone(lab: Lab, inventory: pathlib.Path, count: int, services: int) -> Seen:
    """Each way on a host of its own: seconds and module runs, the first time and again. The watching interpreter costs each of them a fork."""
    hosts = list(json.loads(inventory.read_text())["all"]["hosts"])[:3]
    watched = lab.watch_containers(Fleet(lab, inventory, hosts, count).inventory)
    fleets = [Fleet(lab, watched.inventory, [host], count) for host in hosts]
    plays = [lab.play(**play(rules(count), services)) for play in (peers.fragments, peers.loop)]
    theirs: Dict[str, Callable[[], float]] = {
        "fragments": lambda: fleets[1].run(plays[0]),
        "loop": lambda: fleets[2].run(plays[1]),
    }
    seen = Seen()

    def note(way: Callable[[], float], name: str, moment: str) -> None:
        seen.add(way, name, moment)
        seen.modules[name, moment] = sum(len(processes) for processes in watched.processes().values())

    for name, way in dict(theirs, harden=fleets[0].harden, audit=fleets[0].audit).items():
        note(way, name, "first")
    for name, way in theirs.items():
        note(way, name, "again")
    for _turn in range(OURS):
        for name, way in (("ping", fleets[0].ping), ("harden", fleets[0].harden), ("audit", fleets[0].audit)):
            note(way, name, "again")
    return seen


def fleet(lab: Lab, inventory: pathlib.Path, sizes: Sequence[int], count: int) -> Seen:
    """ping and both roles on so many hosts."""
    hosts = list(json.loads(inventory.read_text())["all"]["hosts"])
    seen = Seen()
    for size in sizes:
        some = Fleet(lab, inventory, hosts[:size], count)
        some.new_again()
        seen.add(some.harden, "harden", "first", size)
        for name, way in (("ping", some.ping), ("harden", some.harden), ("audit", some.audit)):
            seen.add(way, name, "again", size)
    return seen


def measure(lab: Lab, sizes: Sequence[int] = SIZES, count: int = RULES, services: int = SERVICES) -> Section:
    with lab.containers(max(3, *sizes), image=IMAGE, name=NAME, subnet=SUBNET) as inventory:
        lab.run(peers.legacy(services), inventory, ANSIBLE_FORKS=str(FORKS))
        one = alone(lab, inventory, count, services)
        many = fleet(lab, inventory, sizes[1:], count)
    for name, moment in (("ping", "again"), ("harden", "first"), ("harden", "again"), ("audit", "again")):
        many.figures[name, moment, sizes[0]] = one.figures[name, moment]
    below, most = sizes[-2:]
    beside = Table(
        [
            "One host, %d rules, %d services" % (count, services),
            "First: module runs",
            "seconds",
            "Repeated: module runs",
            "seconds",
            "beside `harden`",
        ],
        [
            [title] + _figures(one, name)
            for title, name in (
                ("`ping`", "ping"),
                ("the role `harden`", "harden"),
                ("the role `audit`", "audit"),
                ("a file for each rule, then `assemble`", "fragments"),
                ("`lineinfile` in loops", "loop"),
            )
        ],
    )
    crowd = Table(
        ["A fleet"]
        + ["%d host%s" % (size, "s" if size > 1 else "") for size in sizes]
        + ["A host, of %d" % most, "%d beside %d" % (most, below), "the same without the start"],
        [
            [title]
            + ["%.1f s" % many(name, moment, size) for size in sizes]
            + [
                "%.2f s" % (many(name, moment, most) / most),
                "%.2f" % (many(name, moment, most) / many(name, moment, below)),
                "%.2f" % growth(many, name, moment, sizes),
            ]
            for title, name, moment in (
                ("`ping`", "ping", "again"),
                ("`harden`, first", "harden", "first"),
                ("`harden`, repeated", "harden", "again"),
                ("`audit`", "audit", "again"),
            )
        ],
    )
    targets = [
        Target(
            "a file for each rule beside the whole role `harden`, both repeated",
            one("fragments", "again") / one("harden", "again"),
            20,
            floor=True,
        ),
        Target("module runs of a repeated `harden`", one.modules["harden", "again"], 8, unit="runs"),
        Target("module runs of an `audit`", one.modules["audit", "again"], 1, unit="runs"),
        Target("an `audit` of one host beside `ping`", one("audit", "again") / one("ping", "again"), 2.5),
        Target(
            "an `audit` of %d hosts beside `ping`" % most,
            many("audit", "again", most) / many("ping", "again", most),
            3.0,
        ),
    ]
    targets += [
        Target(
            "growth of a repeated %s from %d to %d hosts beside ping's" % (name, below, most),
            growth(many, name, "again", sizes) / growth(many, "ping", "again", sizes),
            NOISE,
        )
        for name in ("harden", "audit")
    ]
    return Section(
        "The role",
        INTRO % {"forks": FORKS, "services": services, "ours": OURS, "margin": NOISE},
        [beside, crowd],
        targets,
        OUTRO,
    )


def growth(seen: Seen, name: str, moment: str, sizes: Sequence[int]) -> float:
    """How much more the largest fleet takes than the one before, each without what one host takes: starting Ansible is paid once."""
    start = seen(name, moment, sizes[0])
    return (seen(name, moment, sizes[-1]) - start) / (seen(name, moment, sizes[-2]) - start)


def _figures(seen: Seen, name: str) -> List[str]:
    cells = []
    for moment in ("first", "again"):
        there = (name, moment) in seen.figures
        cells += [str(seen.modules[name, moment]), "%.1f s" % seen(name, moment)] if there else ["", ""]
    return cells + ["%.2f" % (seen(name, "again") / seen("harden", "again"))]
