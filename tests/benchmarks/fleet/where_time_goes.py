# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tasks take longest on the host, and what the slowest three do with their time."""

import json
import pathlib
import random
import statistics
import subprocess
from typing import Any, Callable, Dict, List, NamedTuple, Sequence, Tuple

import environment

from .evaluation import DENY, singles
from .lab import Lab, with_python
from .section import Section, Table

import workload

REPEATS = 3
SCRIPT = pathlib.Path(__file__).with_name("stages_of.py")
ENGINE = "_libwrap.policy:Policy."
#: What several modules do; titles of stages and the functions that make them up.
READING = ("reading the files", ["_modules.rules.tables:open_tables"])
PARSING = ("lines to rules", [ENGINE + "__init__"])
INDEX = ("rules to an index", [ENGINE + "compile"])
FINDINGS = ("findings", [ENGINE + "findings"])

Stages = Sequence[Tuple[str, List[str]]]


class Way(NamedTuple):
    """One task whose time is looked into."""

    title: str
    module: str
    arguments: Dict[str, Any]  # what the playbook says; `root` is added
    body: str  # MODULE:FUNCTION below _modules
    stages: Stages
    prepare: Callable[[pathlib.Path], None]  # makes the host's folder


def nothing(host: pathlib.Path) -> None:
    """A host without tables."""


def ways(rules: int, assertions: int, refusals: int) -> List[Way]:
    """The tasks that are long because much is asked of them."""
    lines = workload.rules(rules).splitlines()
    declared = {"dialect": "debian", "allow": lines, "deny": ["ALL: ALL"], "exclusive": True}
    texts = {
        "dialect": "debian",
        "allow_text": workload.rules(min(rules, 1000)),
        "deny_text": DENY,
        "return_decisions": "unmet",
    }

    def tables(host: pathlib.Path) -> None:
        for name, text in (("allow", workload.rules(rules)), ("deny", DENY)):
            path = host / "etc" / ("hosts." + name)
            path.write_text(text)
            path.chmod(0o600)

    def log(host: pathlib.Path) -> None:
        rng = random.Random(9)
        (host / "var" / "log").mkdir(parents=True)
        (host / "var" / "log" / "auth.log").write_text(
            "".join(
                "Nov 22 %02d:%02d:%02d web1 %s[%d]: refused connect from 198.51.%d.%d\n"
                % (
                    number * 24 // refusals,
                    number % 3600 // 60,
                    number % 60,
                    rng.choice(workload.DAEMONS),
                    number,
                    rng.randrange(256),
                    rng.randrange(256),
                )
                for number in range(refusals)
            )
        )

    size = format(rules, ",")
    change: Stages = [
        READING,
        ("rules of the task, and the new text", ["_modules.rules.plan:make_plan"]),
        PARSING,
        INDEX,
        FINDINGS,
        ("rules that come too late", ["_modules.rules.checks:_warn_of_late", "_modules.rules.checks:_check_alive"]),
        ("who gains and who loses", ["_modules.rules.diff:find_changes"]),
        ("the guard", ["_modules.lockout.guard:find_guarded", "_modules.lockout.guard:check_guard"]),
        ("the order of the renames", ["_modules.lockout.write_order:plan_moves"]),
        ("writing", ["_host.files.commit:commit"]),
    ]
    ask: Stages = [
        READING,
        PARSING,
        INDEX,
        ("checking the assertions", ["_modules.proofs.assertions:check_assertions"]),
        ("deciding", [ENGINE + "decide"]),
        ("proving", ["_libwrap.analysis.search:Searcher.search"]),
    ]
    read: Stages = [
        READING,
        PARSING,
        INDEX,
        FINDINGS,
        ("rules as mappings", ["_libwrap.edit.report:describe_rules"]),
        ("shadowed rules", [ENGINE + "shadowed_rules"]),
    ]
    logs: Stages = [
        ("lines to refusals", ["_host.logs.refusal_lines:read_line"]),
        ("is it counted already?", ["_modules.services.refusals:Memory.is_new"]),
        ("counting", ["_modules.services.refusals:Tally.add"]),
    ]
    return [
        Way("`hosts_access`, %s rules, changed" % size, "hosts_access", declared, "rules.task:run", change, nothing),
        Way(
            "`hosts_access`, %s rules, unchanged" % size,
            "hosts_access",
            declared,
            "rules.task:run",
            change,
            tables,
        ),
        Way(
            "`hosts_access_evaluate`, %s assertions" % format(assertions, ","),
            "hosts_access_evaluate",
            dict(texts, assertions=singles(assertions, min(rules, 1000))),
            "proofs.evaluate:evaluate",
            ask,
            nothing,
        ),
        Way(
            "`hosts_access_info` with `shadowed_rules`, %s rules" % size,
            "hosts_access_info",
            {"dialect": "debian", "shadowed_rules": True},
            "rules.info:run",
            read,
            tables,
        ),
        Way(
            "`tcpd_refusals_info`, %s refusals" % format(refusals, ","),
            "tcpd_refusals_info",
            {"paths": ["/var/log/auth.log"]},
            "services.refusals:run",
            logs,
            log,
        ),
    ]


class Profile:
    """Runs ways, and says how long their stages took."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.env = environment.variables(lab.core)

    def host(self, way: Way) -> Tuple[pathlib.Path, pathlib.Path]:
        """A host's inventory and its folder."""
        inventory = self.lab.folders(1)
        (variables,) = json.loads(inventory.read_text())["all"]["hosts"].values()
        folder = pathlib.Path(variables["folder"])
        way.prepare(folder)
        return inventory, folder

    def stages(self, way: Way, timed: bool = True) -> Dict[str, float]:
        """Processor seconds by stage, within the module's own code; not `timed`, all of them as one."""
        _inventory, folder = self.host(way)
        arguments, stages = self.lab.path("arguments.json"), self.lab.path("stages.json")
        params = dict(self._defaults(way), root=str(folder), **way.arguments)
        arguments.write_text(json.dumps(params))
        stages.write_text(json.dumps(way.stages if timed else []))
        done = subprocess.run(
            ["python", str(SCRIPT), self.env["ANSIBLE_COLLECTIONS_PATH"], way.body, str(arguments), str(stages)],
            env=self.env,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            check=True,
        )
        return json.loads(done.stdout)

    def process(self, way: Way) -> float:
        """Processor seconds of the task's processes on the host, Ansible's part included."""
        inventory, folder = self.host(way)
        python = self.lab.watched()
        value = dict(way.arguments, root=str(folder))
        path = self.lab.path("arguments.json")
        path.write_text(json.dumps(value))
        task = {
            "portcullis.tcp_wrappers." + way.module: "{{ lookup('ansible.builtin.file', '%s') | from_json }}" % path
        }
        self.lab.run([task], with_python(inventory, str(python.path)), ANSIBLE_INJECT_FACT_VARS="False")
        return sum(process.processor for process in python.processes())

    def _defaults(self, way: Way) -> Dict[str, Any]:
        """What AnsibleModule would fill in."""
        code = (
            "import sys, json; sys.path.insert(0, sys.argv[1]); from importlib import import_module as load; "
            "bodies = 'ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.'; "
            "spec = load(bodies + sys.argv[2]).argument_spec(); "
            "print(json.dumps(dict([(name, option.get('default')) for name, option in spec.items()])))"
        )
        module = {"hosts_access": "hosts_access_plan"}.get(way.body.partition(":")[0], way.body.partition(":")[0])
        done = subprocess.run(
            ["python", "-c", code, self.env["ANSIBLE_COLLECTIONS_PATH"], module],
            env=self.env,
            stdout=subprocess.PIPE,
            universal_newlines=True,
            check=True,
        )
        return json.loads(done.stdout)


def measure(
    lab: Lab, rules: int = 10000, assertions: int = 100000, refusals: int = 100000, repeats: int = REPEATS
) -> Section:
    profile = Profile(lab)
    tasks = ways(rules, assertions, refusals)
    bare = [
        statistics.median(sum(profile.stages(way, timed=False).values()) for _number in range(repeats)) for way in tasks
    ]
    tables = [
        Table(
            ["The module's own code", "processor time"],
            [[way.title, "%.2f s" % seconds] for way, seconds in zip(tasks, bare)],
        )
    ]
    for number in sorted(range(len(tasks)), key=lambda number: -bare[number])[:3]:
        way = tasks[number]
        runs = [profile.stages(way) for _number in range(repeats)]
        spent = dict((title, statistics.median(run.get(title, 0.0) for run in runs)) for title in runs[0])
        timed = sum(spent.values())  # more than without: the watches themselves take time
        spent = dict((title, seconds * bare[number] / timed) for title, seconds in spent.items())
        spent["Python and Ansible: start, arguments, result"] = max(0.0, profile.process(way) - bare[number])
        spent["all else"] = spent.pop("")
        whole = sum(spent.values())
        tables.append(
            Table(
                [way.title, "processor time", "share"],
                [
                    [title, "%.3f s" % seconds, "%.0f %%" % (100 * seconds / whole)]
                    for title, seconds in sorted(spent.items(), key=lambda item: -item[1])
                    if seconds >= 0.005 * whole
                ],
            )
        )
    return Section(
        "Where the time goes",
        "The tasks that are long because much is asked of them, run without Ansible and timed by stage; the three that took longest "
        "with all their stages, medians of %d. Python and Ansible are what the task's whole processes on the host took beyond that, once. "
        "A stage within another counts by itself only; the time that the watches take is taken off all stages alike."
        % repeats,
        tables,
        outro=TRIED,
    )


TRIED = """\
What was tried, and what it gave, in processor seconds of the module's own code beside the commit before it (59c30ed), in turn on one machine
on 2026-11-25.
Answers, warnings and messages of some thousand random tasks stayed the same to the byte.

| Tried | Before | After | Ratio |
|---|---:|---:|---:|
| Changed run of 10,000 rules | 3.50 s | 1.55 s | 2.3 |
| 200 assertions about networks, 10,000 rules: the classes of clients are worked out once a daemon, and rules are found by their place | 7.46 s | 0.97 s | 7.7 |
| One request without a name, proved for all names, 1,000 rules: the same | 3.5 ms | 0.11 ms | 31 |
| One request with a name, 1,000 rules: decided, not proved, where no rule asks for user, server or the world | 3.2 ms | 0.019 ms | 170 |

The changed run: rules that come too late are looked up by a daemon and a client that they name, and no longer beside every earlier rule of the
daemon; of who gains and who loses, only the 40 networks that are shown become text; new lines that are the whole table are judged once; the new
tables are parsed once for findings and comparison.

The whole role `harden` over ssh on one host, 100 rules and 20 services, beside the commit before it (1521e2f), in turn; medians of 7 repeated runs and of
3 first ones:

| Tried | Before | After | Ratio |
|---|---:|---:|---:|
| A repeated run: one look at tables, super-servers and proofs (`harden_plan_info`) in the place of four modules | 3.65 s | 1.69 s | 2.2 |
| A first run: the modules let the super-server read its files, handlers no longer look for it with `service_facts` | 7.81 s | 5.90 s | 1.3 |

Long tables, in processor seconds of the module's own code beside the commit before it (2b95995), on one machine with other work on 2026-11-26:

| Tried | Before | After |
|---|---:|---:|
| One rule added to 100,000 addresses of others: only rules that have to do with it are judged and compared | 21.1 s, 316 MiB | 2.5 s, 116 MiB |
| One rule added to 500,000 of them | over 240 s | 12.1 s, 443 MiB |
| The same rule added to 100,000 lines of all kinds: networks, names, IPv6, users, EXCEPT |  | 6.0 s, 148 MiB |
| The plan of an unchanged run, one rule among 100,000: it is looked for by its longest word | 0.72 s | 0.01 s |
| `hosts_access_info`, 100,000 addresses; the rules are left out unless they are asked for | 5.9 s, 20.5 MB | 0.64 s, below 0.1 MB |
| `hosts_access_info`, 100,000 lines of all kinds |  | 3.7 s, below 0.1 MB |

| Shape of the rules | `shadowed_rules` before | after | compare before | after |
|---|---:|---:|---:|---:|
| mixed: 4,000 | 2.4 s | 0.8 s | 0.12 s | 0.1 s |
| mixed: 10,000 | over 15 s | 4.4 s | 0.34 s | 0.12 s |
| mixed: 50,000 | over 15 s | refused after 1.2 s | 3.3 s | 0.65 s |
| 400 users and 3,000 mixed rules | over 15 s | 2.9 s | 0.17 s | 0.12 s |
| networks EXCEPT a suffix: 8,000 | 4.3 s | 0.4 s | 0.10 s |  |
| networks EXCEPT a suffix: 20,000 | over 15 s | 2.0 s | 0.27 s |  |
| suffixes EXCEPT a name: 5,193 | 0.5 s | 0.5 s | over 15 s | 0.54 s |
| one daemon at 2,000 addresses of the server |  | 0.2 s | 14.5 s | 0.21 s |
| 1,000 servers and mixed rules | 5.2 s | 1.7 s | 3.5 s | 0.15 s |
| 40 masks with holes and mixed rules | 4.0 s | 0.14 s | 0.05 s |  |
| 12 wildcards that combine | refused after 3.6 s | refused after 0.65 s | refused after 3.8 s | 0.01 s |

`shadowed_rules` now asks of each rule what the rules before it leave of it, and of the rules that speak of names and addresses at once only of those that it
meets. What is left: 200 masks with holes take 8 s, and tables in which hundreds of users, thousands of names and exceptions with addresses are crossed
are refused within a second or two. A rule by a name added above 100,000 addresses is written, but who gains and who loses is left out after 5 seconds.
`tests/property/test_analysis_costs.py` holds the growth at three sizes of each shape.

One rule added to a table of the running host, `hosts_access` as the host's own process, Python 3.13, 2026-11-27; an unchanged run on the same table beside
it. From 10,000 lines on it is linear, in time and in memory. A table of the host may have 1,048,576 lines, one of an image 250,000:

| Lines of others | changed, addresses | changed, lines of all kinds | unchanged, lines of all kinds |
|---|---:|---:|---:|
| 10,000 | 1.0 s, 39 MiB | 1.3 s, 43 MiB | 0.2 s, 29 MiB |
| 100,000 | 2.4 s, 117 MiB | 6.1 s, 157 MiB | 0.4 s, 64 MiB |
| 1,000,000 | 17.0 s, 831 MiB | 57.5 s, 1,454 MiB | 2.8 s, 407 MiB |

What a module is sent with, and processor seconds of whole `ansible-playbook` commands beside `ping` in the same turn, 100 rules, medians of 5 turns on a busy
machine on 2026-11-27, beside the commit before it (0528e84):

| Tried | Before | After |
|---|---:|---:|
| The archive of an unchanged run's plan: one import inside a function had brought the engine into it | 319 KiB, 166 files | 169 KiB, 108 files |
| Ansible packs it | 0.33 s | 0.15 s |
| Unchanged, beside `ping` | 1.50 | 1.14 to 1.25 |
| Changed, beside `ping` | 3.27 | 3.04 to 3.10 |
| Two `blockinfile`, changed, beside `ping` | 1.28 | 1.31 to 1.34 |
| `harden_kernel`: waiting for its turn is a file of its own | 500 KiB, 250 files | 179 KiB, 110 files |

A changed run is one look at the tables and then the whole module, and the processor time of the second is not won. Packing 308 files takes 0.6 s on the
controller, for Ansible parses each of them and looks for every imported name in several places; Python's start, compiling 200 of these files and the checks
take 0.7 s on the host. So 1.5 times `ping` is out of reach while a change checks who asks for each daemon, who gains, who loses and who would be locked out;
`blockinfile` checks nothing of it. Over ssh a confirmation costs one more module. Pipelining changes nothing on a local connection, unless
`PYTHONUNBUFFERED` is set for the host's Python, which then reads the module byte by byte.

Left as it is: what Ansible takes to start, check and return, and the regular expression that each line of a log meets.
"""
