# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""One hosts_access task on one host, beside ping, a loop of lineinfile and two templates."""

from typing import Any, Dict, List

from .lab import Lab, medians, with_python
from .section import Section, Table, Target

import workload

SIZES = (10, 100, 1000, 10000)
REPEATS, LOOP_REPEATS = 7, 1
PING = [{"ansible.builtin.ping": {}}]  # type: List[Dict[str, Any]]


def ours(count: int) -> List[Dict[str, Any]]:
    """Both tables, nothing else in them."""
    return [{"portcullis.tcp_wrappers.hosts_access": {
        "root": "{{ folder }}", "dialect": "debian", "allow": workload.rules(count).splitlines(), "deny": ["ALL: ALL"], "exclusive": True}}]


def templates(count: int) -> List[Dict[str, Any]]:
    """What a role without a module does: nothing is checked, nothing is kept."""
    return [{"ansible.builtin.template": {"src": "rules.j2", "dest": "{{ folder }}/etc/hosts.%s" % name, "mode": "0600"}, "vars": {"rules": lines}}
            for name, lines in (("allow", workload.rules(count).splitlines()), ("deny", ["ALL: ALL"]))]


def loop(count: int) -> List[Dict[str, Any]]:
    """What a role without a template does."""
    return [{"ansible.builtin.lineinfile": {"path": "{{ folder }}/etc/hosts.%s" % name, "line": "{{ item }}", "create": True, "mode": "0600"}, "loop": lines}
            for name, lines in (("allow", workload.rules(count).splitlines()), ("deny", ["ALL: ALL"]))]


class Way:
    """One way to bring rules to a host: the first run of a new host and the next run of one that has them."""

    def __init__(self, lab: Lab, tasks: List[Dict[str, Any]]) -> None:
        self.lab = lab
        self.play = lab.play(tasks)
        self.there = lab.folders(1)
        lab.run(self.play, self.there)

    def changed(self) -> float:
        return self.lab.run(self.play, self.lab.folders(1)).seconds

    def unchanged(self) -> float:
        return self.lab.run(self.play, self.there).seconds


def measure(lab: Lab, sizes=SIZES, repeats: int = REPEATS, loop_repeats: int = LOOP_REPEATS) -> Section:
    """``loop_repeats`` 0 leaves out what others do."""
    (lab.folder / "rules.j2").write_text("{% for rule in rules %}\n{{ rule }}\n{% endfor %}\n")
    ping = Way(lab, PING)
    ways = {"ping": ping.unchanged}
    for count in sizes:
        for name, tasks in (("ours", ours), ("templates", templates)):
            if name == "ours" or loop_repeats and count in (100, 10000):
                way = Way(lab, tasks(count))
                ways.update({"%s %d changed" % (name, count): way.changed, "%s %d" % (name, count): way.unchanged})
    seen = medians(ways, repeats)
    looped = {}
    if loop_repeats:
        slow = Way(lab, loop(100))
        looped = medians({"ours": Way(lab, ours(100)).unchanged, "changed": slow.changed, "unchanged": slow.unchanged}, loop_repeats)
    looks = 3 if loop_repeats else 1
    memory = {"ping": peaks(lab, PING, looks)}
    memory.update({count: peaks(lab, ours(count), looks) for count in sizes})

    def row(title: str, key: str) -> List[str]:
        return [title, "%.2f s" % seen[key + " changed"], "%.2f s" % seen[key], "%.2f" % (seen[key] / seen["ping"])]

    rows = [["`ping`", "", "%.2f s" % seen["ping"], "1.00"]]
    rows += [row("one `hosts_access` task, %s rules" % format(count, ","), "ours %d" % count) for count in sizes]
    if looped:
        rows += [row("two templates, %s rules" % format(count, ","), "templates %d" % count) for count in sizes if count in (100, 10000)]
        rows += [["`lineinfile` in a loop, 100 rules", "%.2f s" % looped["changed"], "%.2f s" % looped["unchanged"],
                  "%.2f" % (looped["unchanged"] / seen["ping"])]]
    base = memory["ping"]["peak"]
    modules = [["`ping`", "1", "%.3f s" % memory["ping"]["seconds"], "%.1f MiB" % (base / 1024), "1.00", "", ""]]
    for count in sizes:
        figures = memory[count]
        modules.append(["`hosts_access`, %s rules" % format(count, ","), str(figures["processes"]), "%.3f s" % figures["seconds"],
                        "%.1f MiB" % (figures["peak"] / 1024), "%.2f" % (figures["peak"] / base), "%.3f s" % figures["changed seconds"],
                        "%.1f MiB" % (figures["changed peak"] / 1024)])
    limits = {100: 1.15, 1000: 1.3, 10000: 2.0}
    targets = [Target("unchanged, %s rules, beside ping" % format(count, ","), seen["ours %d" % count] / seen["ping"], limits[count])
               for count in sizes if count in limits]
    targets += [Target("memory of the module, %s rules, beside ping's" % format(count, ","), memory[count]["peak"] / base, limit)
                for count, limit in ((100, 1.3), (10000, 2.5)) if count in sizes]
    if looped:
        targets.append(Target("the loop of lineinfile beside one task, 100 rules", looped["unchanged"] / looped["ours"], 20, floor=True))
    return Section(
        "One task", "Whole `ansible-playbook` commands on one host, a folder of this machine by a local connection, so that no network is in the "
        "figures. The commands took turns: medians of %d; the loop was timed %s. The rules mix daemons, networks, hosts, IPv6, names and EXCEPT." % (
            repeats, "once" if loop_repeats == 1 else "%d times" % loop_repeats),
        [Table(["Whole command", "Changed", "Unchanged", "Unchanged, beside ping"], rows),
         Table(["Module processes on the host", "Unchanged run: processes", "seconds", "peak memory", "beside ping's", "Changed run: seconds", "peak memory"],
               modules)], targets)


def light(lab: Lab) -> Section:
    """The ratios that `make test` looks at."""
    return measure(lab, (100, 1000), 3, 0)


def peaks(lab: Lab, tasks: List[Dict[str, Any]], repeats: int) -> Dict[str, Any]:
    """What the module processes of a first and of a repeated run cost; medians of the seconds, the largest of the peaks."""
    python = lab.watched()
    first, again = [], []
    for _number in range(repeats):
        inventory = with_python(lab.folders(1), str(python.path))
        play = lab.play(tasks)
        lab.run(play, inventory)
        first.append(python.processes())
        lab.run(play, inventory)
        again.append(python.processes())

    def middle(runs):
        return sorted(sum(process.seconds for process in run) for run in runs)[len(runs) // 2]
    return {"processes": len(again[0]), "seconds": middle(again), "peak": max(process.peak for run in again for process in run),
            "changed seconds": middle(first), "changed peak": max(process.peak for run in first for process in run)}
