# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One job for all hosts beside the same job cut into slices that run side by side, as AWX does it with ansible-runner."""

import json
import pathlib
import shutil
import subprocess
from typing import List

import environment

from .beyond import cost
from .lab import Failed, Lab
from .section import Section, Table
from .task import PING, ours

HOSTS = 40
SLICES = (1, 2, 4)
FORKS = 5


def measure(lab: Lab, hosts: int = HOSTS) -> Section:
    folder = lab.path("runner")
    folder.mkdir()
    lab = Lab(folder, "runner")
    inventory = lab.folders(hosts)
    plays = {"ping": lab.play(PING), "ours": lab.play(ours(100))}
    lab.run(plays["ours"], inventory, ["--forks", "10"])
    rows = []
    for count in SLICES:
        row = ["%d" % count]
        for play in plays.values():
            folders = slices(lab, inventory, play, count)
            seen = cost(lambda: run(lab, folders))  # noqa: B023 (called at once)
            kept = sum(
                path.stat().st_size for place in folders for path in place.glob("artifacts/**/*") if path.is_file()
            )
            row += ["%.1f s" % seen.seconds, "%.2f s" % (seen.processor / hosts), "%.1f KiB" % (kept / hosts / 1024)]
        rows.append(row)
    return Section(
        "A sliced job",
        "%d folders of this machine, cut into slices; one `ansible-runner` process for each, all at once, each with %d forks. AWX slices a job in the same "
        "way and starts the slices on its nodes; AWX itself was not run. Unchanged, 100 rules." % (hosts, FORKS),
        [
            Table(
                [
                    "Slices",
                    "`ping`: seconds",
                    "processor a host",
                    "kept a host",
                    "ours: seconds",
                    "processor a host",
                    "kept a host",
                ],
                rows,
            )
        ],
    )


def slices(lab: Lab, inventory: pathlib.Path, play: pathlib.Path, count: int) -> List[pathlib.Path]:
    """The private data folders of the slices: every host is in one of them."""
    hosts = sorted(json.loads(inventory.read_text())["all"]["hosts"].items())
    made = []
    for number in range(count):
        place = lab.path("slice")
        (place / "project").mkdir(parents=True)
        (place / "inventory").mkdir()
        shutil.copy(str(play), str(place / "project" / "play.json"))
        (place / "inventory" / "hosts.json").write_text(json.dumps({"all": {"hosts": dict(hosts[number::count])}}))
        made.append(place)
    return made


def run(lab: Lab, folders: List[pathlib.Path]) -> None:
    """Run all slices at once."""
    env = dict(environment.variables(lab.core), ANSIBLE_DEPRECATION_WARNINGS="False")
    jobs = [
        subprocess.Popen(
            ["ansible-runner", "run", str(place), "-p", "play.json", "--quiet", "--forks", str(FORKS)],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        for place in folders
    ]
    for job in jobs:
        told, _nothing = job.communicate()
        if job.returncode:
            raise Failed(told[-3000:])
