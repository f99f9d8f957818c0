# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tests that share the starts of ansible-playbook: each has hosts of its own, and one run takes a step of every test.

A start costs as much as several modules, and so does the first use of each module in a run. A test is a generator: it yields a Step, and gets what its
host did as a Ran. All tests of a file that were chosen go on together; each then passes or fails by itself.
"""

import functools
import inspect
import json
import os
import pathlib
import re
import shutil
import sys
from typing import Any, Dict, List, NamedTuple, Tuple

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.tests import left_alone, prebuilt, preloaded

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PATIENCE = 1800  # seconds for one run over all hosts, also on a busy machine


class Step(NamedTuple):
    """What a test wants done next on its host: plays (`hosts` is filled in where it is missing), more arguments, and the host's variables."""

    plays: List[Dict[str, Any]]
    arguments: Tuple[str, ...]
    variables: Dict[str, Any]

    @property
    def kind(self):
        """Steps of one kind can be one run. What a playbook that is imported takes for its hosts are all of the run's."""
        imports = any("ansible.builtin.import_playbook" in play for play in self.plays)
        return self.arguments, json.dumps(self.plays) if imports else ""


class Ran(NamedTuple):
    """What became of a step on one host."""

    failed: bool
    changed: int  # tasks
    told: str  # the lines of the output that name the host
    output: str  # all of it, of the other hosts too

    @property
    def modules(self):
        """The modules that were started on the host, in their order; for runs with -vvv."""
        return re.findall(r"AnsiballZ_(\w+)\.py && sleep 0", self.told) or re.findall(
            r"TO \S*AnsiballZ_(\w+)\.py", self.told
        )


def shared(story):
    """A test whose steps are run together with those of the other tests of its file. `story` is a generator that takes `folder`, an empty folder, first."""
    parameters = list(inspect.signature(story).parameters.values())[1:]

    @functools.wraps(story)
    def test(request, shared_runs, **_arguments):
        error = shared_runs[request.node.nodeid]
        if error is not None:
            raise error

    del test.__wrapped__  # pytest would ask the story for its arguments
    own = [inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY) for name in ("request", "shared_runs")]
    test.__signature__ = inspect.Signature(own + [one.replace(kind=one.KEYWORD_ONLY) for one in parameters])
    test.story = story
    return test


@pytest.fixture(name="shared_runs", scope="module")
def fixture_shared_runs(request, tmp_path_factory):
    """What became of each shared test of the file, by its node: None where it passed, else its exception."""
    chosen = [
        item
        for item in request.session.items
        if item.module is request.module and hasattr(getattr(item, "function", None), "story")
    ]
    base = tmp_path_factory.mktemp("shared")
    stories = {}
    for number, item in enumerate(chosen):
        folder = base / ("host-%d" % number)
        folder.mkdir()
        arguments = item.callspec.params if hasattr(item, "callspec") else {}
        stories[folder.name] = (item.nodeid, item.function.story(folder, **arguments))
    before = left_alone.of_the_machine()
    ended = take_steps({name: story for name, (_node, story) in stories.items()}, base)
    assert left_alone.of_the_machine() == before
    return {node: ended[name] for name, (node, _story) in stories.items()}


def take_steps(stories, base):
    """Let every story (by the name of its host) go on to its end; returns what each raised, or None."""
    ended, waiting = {}, {}

    def resume(name, ran):
        try:
            waiting[name] = stories[name].send(ran)
        except StopIteration:
            ended[name] = None
        except Exception as error:  # whatever it is, it is this test's own
            ended[name] = error

    for name in stories:
        resume(name, None)
    while waiting:
        kinds = [step.kind for step in waiting.values()]
        most = max(kinds, key=kinds.count)
        steps = {name: waiting.pop(name) for name in list(waiting) if waiting[name].kind == most}
        for name, ran in run_steps(steps, base).items():
            resume(name, ran)
    return ended


def run_steps(steps, base):
    """The steps of all these hosts, which are of one kind, in as few runs of ansible-playbook as can be. Returns a Ran for each.

    A run ends where all hosts of a play failed: those that did not have their turn have it in the next one.
    """
    ran, left = {}, dict(steps)
    while left:
        output = run_once(left, base)
        done = [name for name in left if recap_of(name, output)] or list(left)
        ran.update({name: ran_on(name, output) for name in done})
        left = {name: step for name, step in left.items() if name not in ran}
    return ran


def run_once(steps, base):
    """One run. Plays that several hosts have in common are one play; those with `hosts` stand as they are. Returns what it said."""
    hosts = {}
    for name, step in steps.items():
        hosts.setdefault(json.dumps(step.plays), []).append(name)
    plays = [
        play if "hosts" in play or "ansible.builtin.import_playbook" in play else dict(play, hosts=",".join(names))
        for text, names in hosts.items()
        for play in json.loads(text)
    ]
    arguments = next(iter(steps.values())).arguments
    (base / "plays.yml").write_text(yaml.safe_dump(plays, sort_keys=False), encoding="utf-8")
    own = {"ansible_connection": "local", "ansible_python_interpreter": prebuilt.OF_HOSTS}
    inventory = {"all": {"hosts": {name: dict(own, **step.variables) for name, step in steps.items()}}}
    (base / "hosts.json").write_text(json.dumps(inventory), encoding="utf-8")
    env = dict(
        os.environ,
        **prebuilt.variables(),
        ANSIBLE_COLLECTIONS_PATH=str(ROOT / ".cache" / "collections"),
        ANSIBLE_HOME=str(base / "ansible"),
        ANSIBLE_NOCOLOR="1",
    )
    program = shutil.which(
        "ansible-playbook", path=os.path.dirname(sys.executable) + os.pathsep + os.environ.get("PATH", "")
    )
    words = ["-f", "2", "-i", "hosts.json", "plays.yml"] + list(arguments)
    return preloaded.run(program, words, env, base, PATIENCE).stdout.decode()


def recap_of(name, output):
    """How many tasks changed something on a host, and how many failed; None where it had no turn."""
    return re.search(r"^%s +: ok=\d+ +changed=(\d+) +unreachable=0 +failed=(\d+)" % re.escape(name), output, re.M)


def ran_on(name, output):
    """A host's part of what a run said."""
    recap = recap_of(name, output)
    if not recap:
        return Ran(True, -1, "", output)
    lines, open_ = [], False
    for line in output.splitlines():
        if re.search(r"(\[|<|^)%s\b(?!-)" % re.escape(name), line):
            open_ = line.endswith("{")  # some results are shown on several lines
            lines.append(line)
        elif open_:
            open_ = line != "}"
            lines.append(line)
    return Ran(recap.group(2) != "0", int(recap.group(1)), "\n".join(lines), output)
