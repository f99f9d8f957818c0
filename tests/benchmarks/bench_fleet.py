# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run costs: one hosts_access task beside a loop of lineinfile and two copied files, and the same on ten hosts.

usage: python3 tests/benchmarks/bench_fleet.py
Local connections to folders, so that no network is measured: with ssh every module adds its round trips. About four minutes.
"""

import json
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import environment
import venvs

RULES = 100
HOSTS = 10
REPEATS = 3


def rules(count):
    """Lines for hosts.allow, each of another network."""
    return ["sshd: 10.%d.%d.0/255.255.255.0" % (number // 250, number % 250) for number in range(count)]


def ours(count):
    return [{"portcullis.tcp_wrappers.hosts_access": {
        "root": "{{ folder }}", "dialect": "debian", "allow": rules(count), "deny": ["ALL: ALL"], "exclusive": True}}]


def files(count):
    return [{"ansible.builtin.copy": {"dest": "{{ folder }}/etc/hosts.%s" % name, "content": "\n".join(lines) + "\n", "mode": "0600"}}
            for name, lines in (("allow", rules(count)), ("deny", ["ALL: ALL"]))]


def loop(count):
    return [{"ansible.builtin.lineinfile": {"path": "{{ folder }}/etc/hosts.allow", "line": "{{ item }}", "create": True, "mode": "0600"},
             "loop": rules(count)},
            {"ansible.builtin.lineinfile": {"path": "{{ folder }}/etc/hosts.deny", "line": "ALL: ALL", "create": True, "mode": "0600"}}]


class Lab:
    """Folders that stand for hosts, and playbooks run on them."""

    def __init__(self, folder):
        self.folder = folder
        self.fresh = 0

    def hosts(self, count):
        """An inventory of hosts whose folders nobody has worked in yet."""
        self.fresh += 1
        names = {}
        for number in range(count):
            place = self.folder / ("%d-%d" % (self.fresh, number))
            (place / "etc").mkdir(parents=True)
            names["host%d" % number] = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable, "folder": str(place)}
        inventory = self.folder / ("%d.json" % self.fresh)
        inventory.write_text(json.dumps({"all": {"hosts": names}}))
        return inventory

    def run(self, tasks, inventory, **more):
        """Seconds that a playbook of these tasks takes; it must succeed on all hosts."""
        play = self.folder / "play.json"
        play.write_text(json.dumps([{"hosts": "all", "gather_facts": False, "tasks": tasks}]))
        env = dict(environment.variables("2.21"), ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal", **more)
        started = time.monotonic()
        done = subprocess.run(["ansible-playbook", "-i", str(inventory), str(play)], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              universal_newlines=True, check=False)
        seconds = time.monotonic() - started
        if done.returncode:
            raise SystemExit(done.stdout[-3000:])
        return seconds

    def twice(self, tasks, repeats, hosts=1, **more):
        """The medians of a first and of a repeated run."""
        first, again = [], []
        for _number in range(repeats):
            inventory = self.hosts(hosts)
            first.append(self.run(tasks, inventory, **more))
            again.append(self.run(tasks, inventory, **more))
        return statistics.median(first), statistics.median(again)


def main():
    venvs.ensure("2.21")
    print("%s, Python %s, %s" % (platform.platform(), platform.python_version(), time.strftime("%Y-%m-%d")))
    with tempfile.TemporaryDirectory(prefix="portcullis-fleet-") as name:
        lab = Lab(pathlib.Path(name))
        empty = statistics.median(lab.run([], lab.hosts(1)) for _number in range(REPEATS))
        print("an empty playbook: %.2f s\n" % empty)
        print("%-44s %12s %12s %10s %10s" % ("one host, %d rules" % RULES, "module runs", "first run", "repeated", "ratio"))
        table = [("one hosts_access task", ours(RULES), "2, then 1", REPEATS), ("two copied files, nothing checked", files(RULES), "2", REPEATS),
                 ("a loop of lineinfile", loop(RULES), str(RULES + 1), 1)]
        base = None
        for title, tasks, runs, repeats in table:
            first, again = lab.twice(tasks, repeats)
            base = base or again
            print("%-44s %12s %10.2f s %8.2f s %9.1fx" % (title, runs, first, again, again / base))
        for count in (10, 1000):
            first, again = lab.twice(ours(count), REPEATS)
            print("%-44s %12s %10.2f s %8.2f s %9.1fx" % ("one hosts_access task, %d rules" % count, "2, then 1", first, again, again / base))
        print("\n%-44s %12s %10s" % ("%d hosts, %d rules, one hosts_access task" % (HOSTS, RULES), "first run", "repeated"))
        for forks, pipelining in ((1, "False"), (5, "False"), (10, "False"), (10, "True")):
            first, again = lab.twice(ours(RULES), 1, HOSTS, ANSIBLE_FORKS=str(forks), ANSIBLE_PIPELINING=pipelining)
            print("%-44s %10.2f s %8.2f s" % ("forks %d, pipelining %s" % (forks, "on" if pipelining == "True" else "off"), first, again))
    return 0


if __name__ == "__main__":
    sys.exit(main())
