# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The playbook audit on folders of this machine: what a host more costs the controller's processor, its memory and its disk, beside ping.

While all forks are busy, Ansible's main process asks some thousand times a second whether one is free. So a third way is measured: a command that takes
as long as the look at a host and does nothing.
"""

import functools
import json
import pathlib
import statistics
from typing import Any, Callable, Dict, List, NamedTuple, Tuple

from .beyond import CALLBACKS, Cost, Sizes, Told, cost
from .lab import Lab, Process, Watched, medians
from .section import Section, Table, Target
from .task import PING

import workload

RULES, SERVICES, REFUSALS, FORKS = 1000, 20, 50, 5
FEW, MANY = 10, 60
SMALL, CROWD, REPEATS = 100, 50, 3
AUDIT = "portcullis.tcp_wrappers.audit"
INTRO = """\
Hosts are folders of this machine with %(rules)s rules, %(services)d services of inetd, a log with %(refusals)d refusals, three groups of clients and one
assertion, reached by local connections with %(forks)d forks. `ping`, the playbook `audit` and a `sleep` that takes as long as the look at a host did took turns
in one run, on %(few)d and on %(many)d of them: the difference is what one host more costs. The controller's own processor time is that of the whole command
without its module processes. The peak is that of the main process. Files are those of all forms of the report. The machine did other work as well.
"""
OUTRO = """\
While all forks are busy, Ansible's main process asks again and again whether one is free, and that costs it processor time for as long as the hosts work,
whatever they do. Here they worked on the controller's own processors. Beside a command that takes as long, the rest is seen: the answer of each host is
parsed and checked, its document is written and read once more for the report. Fifty folders share the processors with the controller, so what they compute is
in their figure; over ssh, where a ping takes longer, the part `role` holds fifty hosts to three pings.
"""


class Seen(NamedTuple):
    """What a run cost."""

    whole: Cost
    processor: float  # seconds of the controller alone
    peak: int  # KiB of its main process
    modules: List[Process]


class Hosts:
    """Folders that are audited, and the report of them."""

    def __init__(self, lab: Lab, count: int, python: Watched, rules: int = RULES) -> None:
        self.lab, self.count, self.python = lab, count, python
        self.inventory = lab.folders(count, str(python.path))
        self.report = lab.path("report")
        content = json.loads(self.inventory.read_text())
        for variables in content["all"]["hosts"].values():
            furnish(pathlib.Path(variables["folder"]), rules)
        content["all"]["vars"] = {
            "audit_root": "{{ folder }}",
            "audit_dialect": "debian",
            "audit_output_dir": str(self.report),
            "audit_become": False,
            "audit_since": "2000-01-01",
            "audit_fail_on": [],
            "audit_assertions": [{"daemon": "sshd", "network": "0.0.0.0/0", "expect": "denied"}],
            "audit_clients": [
                {"name": "operators", "network": "192.0.2.0/24"},
                {"name": "monitoring", "address": "198.51.100.7"},
                {"name": "anywhere", "network": "0.0.0.0/0"},
            ],
        }
        self.inventory.write_text(json.dumps(content))

    def run(self, play: Any, forks: int = FORKS) -> Seen:
        """What it costs to run a playbook on them."""
        told = self.lab.path("peak")
        self.python.processes()
        whole = cost(
            lambda: self.lab.run(
                play,
                self.inventory,
                ["--forks", str(forks)],
                PEAK_MEMORY=str(told),
                ANSIBLE_CALLBACK_PLUGINS=str(CALLBACKS),
                ANSIBLE_CALLBACKS_ENABLED="peak_memory",
            )
        )
        modules = self.python.processes()
        own = whole.processor - sum(process.processor for process in modules)
        return Seen(whole, own, int(told.read_text()), modules)

    def kilobytes(self) -> float:
        """The size of the report's files, a host."""
        return sum(path.stat().st_size for path in self.report.iterdir()) / 1000 / self.count


def furnish(folder: pathlib.Path, rules: int) -> None:
    """A host's files."""
    etc, log = folder / "etc", folder / "var" / "log"
    log.mkdir(parents=True)
    (etc / "hosts.allow").write_text(workload.rules(rules - 1))
    (etc / "hosts.deny").write_text("ALL: ALL\n")
    (etc / "inetd.conf").write_text(
        "".join(
            "%d stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.bench%d\n" % (7000 + number, number)
            for number in range(SERVICES)
        )
    )
    (log / "auth.log").write_text(
        "".join(
            "2026-11-%02dT%02d:00:00+00:00 host sshd[7]: refused connect from 203.0.113.%d (203.0.113.%d)\n"
            % (20 + number % 7, number % 24, number % 9, number % 9)
            for number in range(REFUSALS)
        )
    )


def measure(lab: Lab, few: int = FEW, many: int = MANY) -> Section:
    python = lab.watched()
    fleets = {count: Hosts(lab, count, python) for count in (few, many)}
    fleets[few].run(lab.play(PING))  # what is compiled once is paid before
    took = statistics.median(process.seconds for process in fleets[few].run(AUDIT).modules)
    asleep = lab.play([{"ansible.builtin.command": {"argv": ["sleep", "%.2f" % took]}}])
    plays = {"ping": lab.play(PING), "sleep": asleep, "audit": AUDIT}
    seen = {(name, count): hosts.run(play) for count, hosts in fleets.items() for name, play in plays.items()}
    section = _section(seen, fleets[many], returned(lab, python), few, many)
    table, targets = beside_ping(lab, python)
    return section._replace(tables=[*section.tables, table], targets=[*section.targets, *targets])


def beside_ping(lab: Lab, python: Watched) -> Tuple[Table, List[Target]]:
    """Whole commands on one host and on fifty, beside ping, with as many rules as most hosts have."""
    rows, targets = [], []
    for count in (1, CROWD):
        hosts = Hosts(lab, count, python, SMALL)
        ways = {
            name: functools.partial(_seconds, hosts, play)
            for name, play in (("ping", lab.play(PING)), ("audit", AUDIT))
        }
        seen = medians(ways, REPEATS if count == 1 else 1)
        ratio = seen["audit"] / seen["ping"]
        told = "%d host%s, %d rules" % (count, "s" if count > 1 else "", SMALL)
        rows.append([told, "%.1f s" % seen["ping"], "%.1f s" % seen["audit"], "%.2f" % ratio])
        if count == 1:
            targets.append(Target("an audit of %s in a folder beside ping" % told, ratio, 2.5))
    return Table(["Whole command", "`ping`", "`audit`", "beside ping"], rows), targets


def _seconds(hosts: Hosts, play: Any) -> float:
    return hosts.run(play).whole.seconds


def returned(lab: Lab, python: Watched) -> Sizes:
    """The bytes of one host: what its module prints, and the largest result that a callback gets."""
    told = Told(lab, "2.21")
    one = Hosts(told.lab, 1, python)
    content = json.loads(one.inventory.read_text())
    content["all"]["hosts"]["host0"]["ansible_python_interpreter"] = str(told.python)
    one.inventory.write_text(json.dumps(content))
    results = told.run(AUDIT, one.inventory)
    printed = [len(line) for line in told.printed.read_bytes().splitlines() if line.startswith(b"{")]
    return Sizes(printed, max(sizes.controller for _action, sizes, _facts, _names in results))


def _section(seen: Dict[Tuple[str, int], Seen], fleet: Hosts, sizes: Sizes, few: int, many: int) -> Section:
    names = ("ping", "sleep", "audit")

    def more(figure: Callable[[Seen], float]) -> Dict[str, float]:
        """What one host more costs each way."""
        return {name: (figure(seen[name, many]) - figure(seen[name, few])) / (many - few) for name in names}

    own, whole = more(lambda one: one.processor), more(lambda one: one.whole.seconds)
    peak, kept = more(lambda one: one.peak / 1024), fleet.kilobytes()
    runs = len(seen["audit", many].modules) / many
    table = Table(
        ["One host more", "`ping`", "a `sleep` as long", "`audit`"],
        [
            ["the controller's own processor"] + ["%.3f s" % own[name] for name in names],
            ["beside ping"] + ["%.2f" % (own[name] / own["ping"]) for name in names],
            ["the whole, the hosts' work on this machine too"] + ["%.3f s" % whole[name] for name in names],
            ["the main process's peak"] + ["%.3f MiB" % peak[name] for name in names],
            ["that peak, %d hosts" % many] + ["%.1f MiB" % (seen[name, many].peak / 1024) for name in names],
            ["printed by the module", "", "", "%.1f KB" % (sum(sizes.host) / 1000)],
            ["the largest result for a callback", "", "", "%.1f KB" % (sizes.controller / 1000)],
            ["files", "", "", "%.0f KB" % kept],
        ],
    )
    targets = [
        Target("module runs of an audited folder", runs, 1, unit="runs"),
        Target(
            "the controller's processor for an audit beside that for a command as long",
            own["audit"] / own["sleep"],
            1.5,
        ),
        Target("growth of the controller's memory by an audited host", max(0.0, peak["audit"]), 0.5, unit="MiB"),
        Target("an audited host's largest result for a callback", sizes.controller / 1000, 60, unit="KB"),
        Target("files of an audited host", kept, 250, unit="KB"),
    ]
    figures = {"rules": format(RULES, ","), "services": SERVICES, "refusals": REFUSALS, "forks": FORKS}
    return Section("The audit of many hosts", INTRO % dict(figures, few=few, many=many), [table], targets, OUTRO)
