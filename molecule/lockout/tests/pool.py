# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run situations several at a time: each waits most of its time for an ssh server or a watchdog, not for a processor."""

import concurrent.futures
import json
import os
import pathlib
import queue
import re
import subprocess
import sys
from typing import Dict, List, Sequence

from conftest import ROOT
from judge import Outcome
from runner import podman, run_situation
from situations.kinds import Situation

AT_ONCE = int(os.environ.get("PORTCULLIS_AT_ONCE", "6"))
FIRST, LAST = 20, 250  # last bytes of addresses that are handed out
LOG = ROOT / ".cache" / "logs" / "lockout-situations.log"  # each as it ends
VENVS, IMAGES = ROOT / "tests" / "tools" / "venvs.py", ROOT / "tests" / "tools" / "images.py"


def bridge() -> str:
    """The controller's interface on the scenario's network, with an IPv6 address besides."""
    link = str(json.loads(podman("network", "inspect", "portcullis-lockout"))[0]["network_interface"])
    subprocess.run(["ip", "-6", "address", "replace", "fd00:99:7::1/64", "dev", link, "nodad"], check=True)
    # a bridge whose address nobody has set takes the lowest of its ports: with each container that comes or goes, the others may send
    # what is for it to an address that is gone, for as long as a minute
    address = pathlib.Path("/sys/class/net", link, "address").read_text().strip()
    subprocess.run(["ip", "link", "set", link, "address", address], check=True)
    return link


def run_all(situations: Sequence[Situation]) -> Dict[str, List[Outcome]]:
    """The outcomes of each situation by its name."""
    images = sorted(set(situation.image for situation in situations))
    cores = sorted(set(situation.core for situation in situations))
    subprocess.run([sys.executable, str(IMAGES), *images], check=True)
    subprocess.run([sys.executable, str(VENVS), *cores], check=True)
    for name in podman("ps", "--all", "--format", "{{.Names}}").split():
        if re.match(r"portcullis-lockout-s[0-9]+\Z", name):
            podman("rm", "--force", "--volumes", name)  # of a run that was killed
    link = bridge()
    LOG.parent.mkdir(parents=True, exist_ok=True)
    LOG.write_text("")
    numbers: "queue.Queue[int]" = queue.Queue()
    for number in range(FIRST, LAST):
        numbers.put(number)

    def one(situation: Situation) -> List[Outcome]:
        taken = [numbers.get() for _host in range(situation.hosts)]
        try:
            found = run_situation(situation, taken, link, ROOT / ".cache" / ("venv-" + situation.core))
            with open(str(LOG), "a") as stream:
                stream.write(
                    "## %s\n%s\n"
                    % (situation.name, "\n".join(problem for outcome in found for problem in outcome.all()) or "ok")
                )
            return found
        finally:
            for number in taken:
                numbers.put(number)

    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as workers:
        return dict(zip((situation.name for situation in situations), workers.map(one, situations)))


def summary(outcomes: Dict[str, List[Outcome]]) -> str:
    """What the run ends by saying: how many situations were tried, and in how many of them something was wrong."""
    counts = [
        sum(any(getattr(outcome, kind) for outcome in found) for found in outcomes.values())
        for kind in ("locked_out", "torn", "left", "problems")
    ]
    text = "%d situations tried, %d locked out, %d torn, %d left over" % (
        len(outcomes),
        counts[0],
        counts[1],
        counts[2],
    )
    return text + (", %d with something else" % counts[3] if counts[3] else "")
