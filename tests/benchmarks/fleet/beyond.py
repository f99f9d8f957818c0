# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What grows with the number of hosts: bytes that come back, the controller's own work with forks, and a host that pulls."""

import json
import os
import pathlib
import resource
import subprocess
import sys
import time
from typing import Any, Dict, List, NamedTuple, Sequence, Tuple

import environment

from .lab import Failed, Lab
from .section import Section, Table, Target
from .task import PING, ours

CALLBACKS = pathlib.Path(__file__).with_name("callbacks")
CORES = ("2.21", "2.16")
FORKS = (1, 5, 20)
FEW, MANY = 5, 20
FLEETS = (1000, 10000)
LIMIT = 4.0  # KiB
DENIED = {"daemon": "sshd", "address": "0.0.0.1", "hostname": "nobody.test", "expect": "denied"}


class Cost(NamedTuple):
    """What a whole command cost this machine."""

    seconds: float  # wall
    processor: float  # seconds of it and all that it started
    peak: int  # KiB of its largest process


class Sizes(NamedTuple):
    """The bytes of one task."""

    host: List[int]  # what each module printed on the host
    controller: int  # what the callback got


def measure(lab: Lab, forks: Sequence[int] = FORKS, few: int = FEW, many: int = MANY) -> Section:
    tables, targets = [], []
    for table, limits in (output(lab), roles(lab)):
        tables.append(table)
        targets += limits
    growth, computed = fleets(lab, forks, few, many)
    tables += [growth, computed, pull(lab)]
    return Section(
        "Beyond one controller",
        "What grows with every host. The bytes are those of the JSON that a module prints on the host, and of the result that a callback of the "
        "controller gets. For the controller's work, %d and %d folders of this machine stood for hosts: the difference of the two runs is what a "
        "host costs, start-up left out. The seconds hold the modules' work too, which hosts of their own would do; the processor time of the "
        "controller does not." % (few, many),
        tables,
        targets,
        "The figures of 1,000 and 10,000 hosts are computed from those of one: they assume that hosts answer at once and that the modules' "
        "work is done elsewhere, so only the controller's processors limit. A host over ssh adds its login, and `forks` times that runs side by side. "
        "Measured apart, for they take minutes: `python3 tests/benchmarks/bench_fleet.py beyond_mitogen beyond_runner`.",
    )


def light(lab: Lab) -> Section:
    """The bytes that `make test` looks at."""
    table, targets = output(lab, diff=False)
    return Section("What comes back from a host", "", [table], targets)


class Told:
    """Runs playbooks and knows what the modules printed and what the controller got."""

    def __init__(self, lab: Lab, core: str) -> None:
        folder = lab.path("core-" + core)
        folder.mkdir()
        self.lab = Lab(folder, core)
        self.printed = self.lab.path("printed")
        self.python = self.lab.path("python")
        # A Python whose output is also kept: only modules write to its standard output.
        self.python.write_text('#!/bin/sh\n"%s" "$@" | tee -a "%s"\n' % (sys.executable, self.printed))
        self.python.chmod(0o755)

    def host(self) -> pathlib.Path:
        return self.lab.folders(1, str(self.python))

    def run(self, play: Any, inventory: pathlib.Path, *arguments: str) -> List[Tuple[str, Sizes, int, List[str]]]:
        """(action, sizes, bytes of facts, names of the result) of every task of the run."""
        sizes = self.lab.path("sizes")
        sizes.write_text("")
        self.printed.write_text("")
        self.lab.run(
            play,
            inventory,
            arguments,
            RESULT_SIZES=str(sizes),
            ANSIBLE_CALLBACK_PLUGINS=str(CALLBACKS),
            ANSIBLE_CALLBACKS_ENABLED="result_sizes",
        )
        printed = [len(line) for line in self.printed.read_bytes().splitlines() if line.startswith(b"{")]
        tasks = [json.loads(line) for line in sizes.read_text().splitlines()]
        return [
            (action, Sizes(printed if len(tasks) == 1 else [], size), facts, names)
            for action, size, facts, names in tasks
        ]


def output(lab: Lab, count: int = 1000, diff: bool = True) -> Tuple[Table, List[Target]]:
    """Bytes of one task with many rules, on the newest ansible-core and on the one that would echo all arguments."""
    rows, targets = [], []
    for core in CORES:
        told = Told(lab, core)
        play = told.lab.play(ours(count))
        # With an assertion the small module cannot answer, so that the whole one speaks.
        proved = told.lab.play(
            [
                dict(
                    ours(count)[0],
                    **{
                        "portcullis.tcp_wrappers.hosts_access": dict(
                            ours(count)[0]["portcullis.tcp_wrappers.hosts_access"], assertions=[DENIED]
                        )
                    },
                )
            ]
        )
        host = told.host()
        seen = [
            ("changed", told.run(play, host)),
            ("unchanged", told.run(play, host)),
            ("unchanged, `-vvv`", told.run(play, host, "-vvv")),
            ("unchanged, with an assertion", told.run(proved, host)),
        ]
        if diff:
            seen.append(("changed, `--diff`", told.run(play, told.host(), "--diff")))
        for name, ((_action, sizes, _facts, _names),) in seen:
            rows.append(
                [
                    "%s, %s" % (core, name),
                    " + ".join(format(size, ",") for size in sizes.host),
                    format(sizes.controller, ","),
                ]
            )
            if name.startswith("unchanged"):
                targets.append(
                    Target(
                        "output of 1,000 rules, %s, ansible-core %s" % (name, core),
                        max(sum(sizes.host), sizes.controller) / 1024,
                        LIMIT,
                        unit="KiB",
                    )
                )
    return Table(
        [
            "`hosts_access`, %s rules, ansible-core" % format(count, ","),
            "Bytes that modules print",
            "Bytes that a callback gets",
        ],
        rows,
    ), targets


def roles(lab: Lab, count: int = 1000) -> Tuple[Table, List[Target]]:
    """Bytes of each module of the two roles on a host that has everything, and of the facts that they keep."""
    told = Told(lab, "2.21")
    host = told.host()
    allow = ours(count)[0]["portcullis.tcp_wrappers.hosts_access"]["allow"]
    harden = told.lab.play(
        [],
        roles=[
            {
                "role": "portcullis.tcp_wrappers.harden",
                "vars": {
                    "harden_root": "{{ folder }}",
                    "harden_dialect": "debian",
                    "harden_allow": allow,
                    "harden_inetd_services": [],
                    "harden_xinetd_services": [],
                    "harden_assertions": [DENIED],
                },
            }
        ],
    )
    audit = told.lab.play(
        [],
        roles=[
            {
                "role": "portcullis.tcp_wrappers.audit",
                "vars": {
                    "audit_root": "{{ folder }}",
                    "audit_dialect": "debian",
                    "audit_output_dir": str(told.lab.path("report")),
                },
            }
        ],
    )
    rows = []
    told.run(harden, host)
    for role, play in (("harden, unchanged", harden), ("audit", audit)):
        kept = 0
        for action, sizes, facts, _names in told.run(play, host):
            kept += facts
            if action.startswith("portcullis.") or action.endswith("setup"):
                rows.append(["%s: `%s`" % (role, action.rpartition(".")[2]), format(sizes.controller, ",")])
        rows.append(["%s: facts that it sets" % role, format(kept, ",")])
    return Table(["Role, %s rules: result of" % format(count, ","), "Bytes that a callback gets"], rows), []


def fleets(lab: Lab, forks: Sequence[int], few: int, many: int) -> Tuple[Table, Table]:
    """What one more host costs the controller with forks, and what follows for large fleets."""
    python = lab.watched()
    places = {count: lab.folders(count, str(python.path)) for count in (few, many)}
    plays = {"ping": lab.play(PING), "ours": lab.play(ours(100))}
    for count in places:
        lab.run(plays["ours"], places[count], ["--forks", "10"])
    each: Dict[Tuple[str, int], Cost] = {}
    rows = []
    for number in forks:
        for name in plays:
            costs = {}
            for count, inventory in places.items():
                python.processes()
                whole = cost(lambda: lab.run(plays[name], inventory, ["--forks", str(number)]))  # noqa: B023 (called at once)
                modules = sum(process.processor for process in python.processes())
                costs[count] = Cost(whole.seconds, whole.processor - modules, whole.peak)
            each[name, number] = Cost(
                (costs[many].seconds - costs[few].seconds) / (many - few),
                (costs[many].processor - costs[few].processor) / (many - few),
                costs[many].peak,
            )
        ping, task = each["ping", number], each["ours", number]
        rows.append(
            [
                str(number),
                "%.3f s" % ping.seconds,
                "%.3f s" % task.seconds,
                "%.2f" % (task.seconds / ping.seconds),
                "%.3f s" % ping.processor,
                "%.3f s" % task.processor,
            ]
        )
    growth = Table(
        [
            "Forks, one more host, 100 rules, unchanged",
            "`ping`: seconds",
            "ours: seconds",
            "beside ping",
            "`ping`: processor of the controller",
            "ours: processor of the controller",
        ],
        rows,
    )
    return growth, computed(each, max(forks))


def computed(each: Dict[Tuple[str, int], Cost], forks: int) -> Table:
    """What fleets would take this controller at the least, if hosts did their own work."""
    processors = os.cpu_count() or 1
    rows = []
    for hosts in FLEETS:
        row = ["%s hosts" % format(hosts, ",")]
        for name in ("ping", "ours"):
            row += [
                "%s min" % format(hosts * each[name, forks].processor / processors / 60, ".1f"),
                "%s min" % format(hosts * each[name, forks].seconds / 60, ".1f"),
            ]
        rows.append(row)
    return Table(
        [
            "Computed, %d forks, %d processors" % (forks, processors),
            "`ping`, hosts do their own work",
            "`ping`, all on this machine",
            "ours, hosts do their own work",
            "ours, all on this machine",
        ],
        rows,
    )


def pull(lab: Lab) -> Table:
    """ansible-pull of a repository with a playbook that hardens the host: the first time, and with nothing new."""
    repository, target = lab.path("repository"), lab.path("pulled")
    root = lab.path("host")
    (root / "etc").mkdir(parents=True)
    repository.mkdir()
    # The guard asks who must still get in, and is given an answer that no name server can change.
    allow = ["sshd: 10.0.0.1"] + ours(100)[0]["portcullis.tcp_wrappers.hosts_access"]["allow"]
    (repository / "local.yml").write_text(
        json.dumps(
            [
                {
                    "ansible.builtin.import_playbook": "portcullis.tcp_wrappers.harden",
                    "vars": {
                        "harden_hosts": "localhost",
                        "harden_become": False,
                        "harden_root": str(root),
                        "harden_dialect": "debian",
                        "harden_allow": allow,
                        "harden_inetd_services": [],
                        "harden_xinetd_services": [],
                        "harden_operators": ["10.0.0.1"],
                    },
                }
            ]
        )
    )
    env = dict(environment.variables(lab.core), ANSIBLE_DEPRECATION_WARNINGS="False")
    git = ["git", "-C", str(repository), "-c", "user.name=bench", "-c", "user.email=bench@example.com"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "The policy"]):
        subprocess.run(git + command, check=True, env=env)

    def run() -> None:
        done = subprocess.run(
            ["ansible-pull", "-U", "file://%s" % repository, "-d", str(target), "-i", "localhost,", "local.yml"],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        if done.returncode:
            raise Failed(done.stdout[-3000:])

    rows = []
    for name in ("first", "nothing new"):
        seen = cost(run)
        rows.append([name, "%.1f s" % seen.seconds, "%.1f s" % seen.processor, "%.0f MiB" % (seen.peak / 1024)])
    return Table(
        ["`ansible-pull` and `harden` on one host, 100 rules", "Seconds", "Processor", "Memory of the largest process"],
        rows,
    )


def cost(function: Any) -> Cost:
    """What a call costs that starts processes and waits for them. The peak is right only for a call in a process of its own, so it is."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        told: bytes = b""
        try:
            started = time.monotonic()
            function()
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            told = json.dumps([time.monotonic() - started, used.ru_utime + used.ru_stime, used.ru_maxrss]).encode()
        except Failed as error:
            told = json.dumps(str(error)).encode()
        finally:
            os.write(writing, told)
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as stream:
        figures = json.loads(stream.read().decode() or '"it ended without a word"')
    os.waitpid(child, 0)
    if isinstance(figures, str):
        raise Failed(figures)
    return Cost(*figures)
