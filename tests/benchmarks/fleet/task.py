# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One hosts_access task on one host, beside ping, a loop of lineinfile and two templates."""

import pathlib
import statistics
from typing import Any, Dict, List

from .lab import Lab, Process, medians, with_python
from .section import Section, Table, Target

import workload

SIZES = (10, 100, 1000, 10000)
REPEATS, SLOW_REPEATS = 7, 1
PING: List[Dict[str, Any]] = [{"ansible.builtin.ping": {}}]


def ours(count: int) -> List[Dict[str, Any]]:
    """Both tables, nothing else in them."""
    return [
        {
            "portcullis.tcp_wrappers.hosts_access": {
                "root": "{{ folder }}",
                "dialect": "debian",
                "allow": workload.rules(count).splitlines(),
                "deny": ["ALL: ALL"],
                "exclusive": True,
            }
        }
    ]


def templates(count: int) -> List[Dict[str, Any]]:
    """What a role without a module does: nothing is checked, nothing is kept."""
    return [
        {
            "ansible.builtin.template": {"src": "rules.j2", "dest": "{{ folder }}/etc/hosts.%s" % name, "mode": "0600"},
            "vars": {"rules": lines},
        }
        for name, lines in (("allow", workload.rules(count).splitlines()), ("deny", ["ALL: ALL"]))
    ]


def loop(count: int) -> List[Dict[str, Any]]:
    """What a role without a template does."""
    return [
        {
            "ansible.builtin.lineinfile": {
                "path": "{{ folder }}/etc/hosts.%s" % name,
                "line": "{{ item }}",
                "create": True,
                "mode": "0600",
            },
            "loop": lines,
        }
        for name, lines in (("allow", workload.rules(count).splitlines()), ("deny", ["ALL: ALL"]))
    ]


class Way:
    """One way to bring rules to a host: the first run of a new host, and the next run of the one that was new last. What their modules cost is kept."""

    def __init__(self, lab: Lab, tasks: List[Dict[str, Any]]) -> None:
        self.lab = lab
        self.python = lab.watched()
        self.play = lab.play(tasks)
        self.there = self._new()
        self.first: List[List[Process]] = []
        self.again: List[List[Process]] = []

    def _new(self) -> pathlib.Path:
        return with_python(self.lab.folders(1), str(self.python.path))

    def changed(self) -> float:
        self.there = self._new()
        return self._run(self.first)

    def unchanged(self) -> float:
        return self._run(self.again)

    def _run(self, processes: List[List[Process]]) -> float:
        run = self.lab.run(self.play, self.there)
        processes.append(self.python.processes())
        return getattr(run, self.lab.cost)


def seconds(runs: List[List[Process]]) -> float:
    """Of the module processes of a run, the median."""
    return statistics.median(sum(process.seconds for process in run) for run in runs)


def peak(runs: List[List[Process]]) -> int:
    """KiB, the largest."""
    return max(process.peak for run in runs for process in run)


def measure(lab: Lab, sizes=SIZES, repeats: int = REPEATS, slow_repeats: int = SLOW_REPEATS) -> Section:
    """``slow_repeats`` 0 leaves out what others do, and brings the rules to a new host once."""
    (lab.folder / "rules.j2").write_text("{% for rule in rules %}\n{{ rule }}\n{% endfor %}\n")
    ping, one = Way(lab, PING), {count: Way(lab, ours(count)) for count in sizes}
    ways, slow, seen = {"ping": ping.unchanged}, {}, {}
    for count in sizes:
        changed = {"ours %d changed" % count: one[count].changed}
        if slow_repeats:
            ways.update(changed)
        else:
            seen.update(medians(changed, 1))
        ways["ours %d" % count] = one[count].unchanged
    if slow_repeats:
        for name, way, where in (
            ("templates 100", Way(lab, templates(100)), ways),
            ("templates 10000", Way(lab, templates(10000)), slow),
            ("loop 100", Way(lab, loop(100)), slow),
        ):
            where.update({name + " changed": way.changed, name: way.unchanged})
    seen.update(medians(ways, repeats))
    if slow:
        slow["ours"] = one[100].unchanged
        seen.update(medians(slow, slow_repeats))

    def row(title: str, key: str) -> List[str]:
        return [title, "%.2f s" % seen[key + " changed"], "%.2f s" % seen[key], "%.2f" % (seen[key] / seen["ping"])]

    rows = [["`ping`", "", "%.2f s" % seen["ping"], "1.00"]]
    rows += [row("one `hosts_access` task, %s rules" % format(count, ","), "ours %d" % count) for count in sizes]
    if slow:
        rows += [row("two templates, %s rules" % format(count, ","), "templates %d" % count) for count in (100, 10000)]
        rows.append(row("`lineinfile` in a loop, 100 rules", "loop 100"))
    base = peak(ping.again)
    modules = [["`ping`", "1", "%.3f s" % seconds(ping.again), "%.1f MiB" % (base / 1024), "1.00", "", ""]]
    for count, way in one.items():
        modules.append(
            [
                "`hosts_access`, %s rules" % format(count, ","),
                str(len(way.again[0])),
                "%.3f s" % seconds(way.again),
                "%.1f MiB" % (peak(way.again) / 1024),
                "%.2f" % (peak(way.again) / base),
                "%.3f s" % seconds(way.first),
                "%.1f MiB" % (peak(way.first) / 1024),
            ]
        )
    limits = {100: 1.15, 1000: 1.3, 10000: 2.0}
    targets = [
        Target(
            "unchanged, %s rules, beside ping" % format(count, ","),
            seen["ours %d" % count] / seen["ping"],
            limits[count],
        )
        for count in sizes
        if count in limits
    ]
    targets += [
        Target(
            "memory of the module, %s rules, beside ping's" % format(count, ","), peak(one[count].again) / base, limit
        )
        for count, limit in ((100, 1.3), (10000, 2.5))
        if count in sizes
    ]
    if slow:
        targets.append(
            Target("the loop of lineinfile beside one task, 100 rules", seen["loop 100"] / seen["ours"], 20, floor=True)
        )
    return Section(
        "One task",
        "Whole `ansible-playbook` commands on one host, a folder of this machine by a local connection, so that no network is in the "
        "figures. The commands took turns: medians of %d; the loop and the templates of 10,000 rules were timed %s. The rules mix daemons, networks, hosts, "
        "IPv6, names and EXCEPT. Of the module processes the seconds are medians and the peaks the largest of the same runs."
        % (repeats, "once" if slow_repeats == 1 else "%d times" % slow_repeats),
        [
            Table(["Whole command", "Changed", "Unchanged", "Unchanged, beside ping"], rows),
            Table(
                [
                    "Module processes on the host",
                    "Unchanged run: processes",
                    "seconds",
                    "peak memory",
                    "beside ping's",
                    "Changed run: seconds",
                    "peak memory",
                ],
                modules,
            ),
        ],
        targets,
    )


def light(lab: Lab) -> Section:
    """The ratios that `make test` looks at."""
    return measure(lab, (100, 1000), 3, 0)
