# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many assertions in one hosts_access_evaluate task: single requests, and proofs over networks."""

import json
import os
import pathlib
import random
import re
import shutil
import statistics
import sys
from typing import Any, Dict, List, NamedTuple, Sequence

import environment
import paths

from .lab import Lab, with_python
from .section import Section, Table, Target

import workload

Assertions = List[Dict[str, Any]]

REPEATS = 3
DENY = "ALL: ALL\n"
_PLAIN = re.compile(r"(\S+): (\d+\.\d+\.\d+\.0/24)$")
_HOLED = re.compile(r"(\S+): (\S+/16) EXCEPT (\S+/24)$")


class Cost(NamedTuple):
    """One task: the whole command, and the module's process in it."""

    seconds: float
    controller: float  # MiB, the largest process on the controller
    module: float  # seconds
    memory: float  # MiB, the module


class Runner:
    """Runs a task and says what it cost. The assertions come from a file, as long ones do, or stand in the playbook."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.python = lab.watched()
        self.inventory = with_python(lab.folders(1), str(self.python.path))
        folder = lab.path("bin")
        folder.mkdir()
        path = environment.variables(lab.core)["PATH"]
        self.controller = lab.watched(str(shutil.which("ansible-playbook", path=path)))
        script = folder / "ansible-playbook"
        script.write_text(
            '#!/bin/sh\nexec %s "$@"\n' % self.controller.path
        )  # the watch finds its configuration by its own whole path
        script.chmod(0o755)
        self.variables = {
            "PATH": os.pathsep.join([str(folder), path]),
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.default",
        }

    def task(self, rules: int, assertions: Assertions, returned: str, written: bool = False) -> pathlib.Path:
        """A playbook with one task."""
        value: Any = assertions
        if not written:
            path = self.lab.path("assertions.json")
            path.write_text(json.dumps(assertions))
            value = "{{ lookup('ansible.builtin.file', '%s') | from_json }}" % path
        return self.lab.play(
            [
                {
                    "portcullis.tcp_wrappers.hosts_access_evaluate": {
                        "dialect": "debian",
                        "allow_text": workload.rules(rules),
                        "deny_text": DENY,
                        "assertions": value,
                        "return_decisions": returned,
                    }
                }
            ]
        )

    def cost(self, play: pathlib.Path) -> Cost:
        """Run it once."""
        seconds = self.lab.run(play, self.inventory, **self.variables).seconds
        (module,), (controller,) = self.python.processes(), self.controller.processes()
        return Cost(seconds, controller.peak / 1024, module.seconds, module.peak / 1024)


def middle(costs: Sequence[Cost]) -> Cost:
    """Medians of the seconds, the largest of the peaks."""
    return Cost(
        statistics.median(cost.seconds for cost in costs),
        max(cost.controller for cost in costs),
        statistics.median(cost.module for cost in costs),
        max(cost.memory for cost in costs),
    )


def engine(rules: int) -> Any:
    """The policy, asked here for what the assertions must expect."""
    sys.path.insert(0, str(paths.link_collection()))
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy

    return Policy.parse(workload.rules(rules), DENY)


def singles(count: int, rules: int) -> Assertions:
    """Single requests, each with the answer that holds."""
    policy = engine(rules)
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

    return [
        {
            "daemon": daemon,
            "address": address,
            "hostname": name or "unknown",
            "expect": policy.decide(Request(daemon, address, name)).access,
        }
        for daemon, address, name in workload.questions(count, rules)
    ]


def networks(count: int, rules: int) -> Assertions:
    """Networks of which all is granted, half of those that rules name, and networks that nobody may come from; a quarter with `except`."""
    rng = random.Random(5)
    lines = workload.rules(rules).splitlines()
    whole = [match.groups() for match in map(_PLAIN.match, lines) if match and match.group(1) != "ALL"]
    holed = [match.groups() for match in map(_HOLED.match, lines) if match and match.group(1) != "ALL"]
    searcher = engine(rules).searcher()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.search import Question

    found: Assertions = []
    while len(found) < count:
        if len(found) % 4 == 0:
            daemon, network = rng.choice(whole)
            found.append({"daemon": daemon, "network": network, "expect": "granted"})
        elif len(found) % 4 == 1:
            daemon, network, hole = rng.choice(holed)
            found.append({"daemon": daemon, "network": network, "except": [hole], "expect": "granted"})
        else:
            one = {
                "daemon": rng.choice(workload.DAEMONS),
                "network": "%d.%d.%d.0/24" % (rng.randrange(1, 224), rng.randrange(256), rng.randrange(256)),
                "hostname": "unknown",
            }
            if not searcher.search("granted", Question(**one)).found:
                found.append(dict(one, expect="denied"))
    return found


def measure(
    lab: Lab,
    count: int = 100000,
    rules: int = 1000,
    proofs: Sequence[int] = (100, 1000),
    sizes: Sequence[int] = (1000, 10000),
    repeats: int = REPEATS,
) -> Section:
    runner = Runner(lab)
    few = count // 10
    many = singles(count, rules)
    plays = {
        "%s of %s, from a file, met decisions left out" % (format(few, ","), format(rules, ",")): runner.task(
            rules, many[:few], "unmet"
        )
    }
    slow = {
        "%s of %s, from a file, met decisions left out" % (format(count, ","), format(rules, ",")): runner.task(
            rules, many, "unmet"
        ),
        "%s of %s, written in the playbook, all decisions" % (format(few, ","), format(rules, ",")): runner.task(
            rules, many[:few], "all", written=True
        ),
        "%s of %s, from a file, all decisions" % (format(few, ","), format(rules, ",")): runner.task(
            rules, many[:few], "all"
        ),
    }
    shapes = [(number, size) for size in sizes for number in proofs]
    proving = {
        "%s over %s" % (format(number, ","), format(size, ",")): runner.task(size, networks(number, size), "all")
        for number, size in shapes
    }
    seen: Dict[str, List[Cost]] = dict((name, []) for name in list(plays) + list(proving))
    for _number in range(repeats):
        for name, play in list(plays.items()) + list(proving.items()):
            seen[name].append(runner.cost(play))
    figures = dict((name, middle(costs)) for name, costs in seen.items())
    figures.update((name, runner.cost(play)) for name, play in slow.items())

    def row(name: str) -> List[str]:
        cost = figures[name]
        return [
            name,
            "%.2f s" % cost.seconds,
            "%.0f MiB" % cost.controller,
            "%.2f s" % cost.module,
            "%.0f MiB" % cost.memory,
        ]

    heads = ["Whole command", "peak memory, controller", "Module process", "peak memory, host"]
    small, large = [figures[name] for name in list(plays) + list(slow)[:1]]
    targets = [
        Target("the module's process for ten times as many assertions", large.module / small.module, 12),
        Target(
            "memory of the module, %s assertions, beside what %s take" % (format(count, ","), format(few, ",")),
            large.memory / small.memory,
            10,
        ),
    ]
    if len(proofs) > 1:
        first, last = [
            "%s over %s" % (format(number, ","), format(sizes[-1], ",")) for number in (proofs[0], proofs[-1])
        ]
        targets.append(
            Target(
                "the module's process for %d times as many proofs, %s rules"
                % (proofs[-1] // proofs[0], format(sizes[-1], ",")),
                figures[last].module / figures[first].module,
                proofs[-1] / proofs[0],
            )
        )
    return Section(
        "Evaluation",
        "One `hosts_access_evaluate` task on one host, a folder of this machine by a local connection. Every assertion has an expectation, and "
        "every expectation holds, so that nothing ends early. Medians of %d; the long list, and what stands in the playbook, were run "
        "once. A proof is an assertion about a network: each client in it, whatever its user and port, half of them whatever their names, a quarter with "
        "`except`." % repeats,
        [
            Table(["Single requests, of how many rules"] + heads, [row(name) for name in list(plays) + list(slow)]),
            Table(["Proofs over networks, over how many rules"] + heads, [row(name) for name in proving]),
        ],
        targets,
        "A long list of assertions belongs in a file of JSON: in a playbook, YAML and Ansible's templates take far longer to read it than the host takes to "
        "answer. `return_decisions: unmet` keeps what is as expected on the host; else the controller reads, checks and copies a mapping for each assertion.",
    )
