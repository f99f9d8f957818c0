# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What each module's start costs on the host: the payload's size, what it imports, and its process run alone beside ping's."""

import base64
import pathlib
import re
import shutil
import subprocess
from typing import Any, Dict, List, NamedTuple

from .lab import Lab, medians
from .section import Section, Table, Target
from .task import PING, ours

REPEATS = 7
RULES = 100
COLLECTION = "portcullis.tcp_wrappers."
#: -X importtime: microseconds of the module's own, with those that it imports, its name.
IMPORT = re.compile(r"^import time: +([0-9]+) \| +[0-9]+ \| +(\S+)$", re.MULTILINE)


class Payload(NamedTuple):
    """A module as the host gets it."""

    title: str
    path: pathlib.Path

    def size(self) -> int:
        """KiB of the file that goes to the host."""
        return round(self.path.stat().st_size / 1024)

    def zip_size(self) -> int:
        """KiB of the archive in it: the module and what it imports of its collection and of Ansible."""
        text = max(re.findall(r"[A-Za-z0-9+/=]{1000,}", self.path.read_text()), key=len)
        return round(len(base64.b64decode(text)) / 1024)


def payloads(lab: Lab, count: int = 99) -> List[Payload]:
    """The payloads of the first ``count`` modules, made by Ansible for a folder whose tables hold 100 rules."""
    inventory = lab.folders(1)
    task = ours(RULES)[0]
    # with assertions the whole engine is sent, not the first look
    proved = {
        COLLECTION + "hosts_access": dict(
            task[COLLECTION + "hosts_access"],
            assertions=[{"daemon": "nobody", "address": "192.0.2.1", "hostname": "unknown", "expect": "denied"}],
        )
    }
    place = {"root": "{{ folder }}", "dialect": "debian"}
    others = [
        ("hosts_access_evaluate", {"assertions": [{"daemon": "sshd", "address": "192.0.2.1"}]}),
        ("hosts_access_info", {}),
        (
            "harden_plan_info",
            {"tables": task[COLLECTION + "hosts_access"], "inetd_services": [], "xinetd_services": []},
        ),
        ("inetd_tcpd", {"allow_missing_tcpd": True}),
        ("tcpd_coverage_info", {}),
        ("tcpd_integrity_info", {}),
        ("tcpd_refusals_info", {}),
    ]
    wanted = [
        ("`ping`", PING[0]),
        ("`hosts_access`, nothing to do", task),
        ("`hosts_access`, the whole module", proved),
    ]
    wanted += [("`%s`" % name, {COLLECTION + name: dict(place, **options)}) for name, options in others]
    lab.run(
        [task, {"ansible.builtin.copy": {"dest": "{{ folder }}/etc/inetd.conf", "content": "", "mode": "0644"}}],
        inventory,
    )
    made = []
    for title, one in wanted[:count]:
        temporary = lab.path("remote")
        temporary.mkdir()
        lab.run(
            [one],
            inventory,
            ANSIBLE_KEEP_REMOTE_FILES="True",
            ANSIBLE_REMOTE_TMP=str(temporary),
            ANSIBLE_PIPELINING="False",
        )
        kept = sorted(temporary.glob("*/AnsiballZ_*.py"), key=lambda path: path.stat().st_mtime)
        made.append(Payload(title, pathlib.Path(shutil.copy(str(kept[-1]), str(lab.path("payload.py"))))))
    return made


def imports(python: str, payload: Payload) -> Dict[str, float]:
    """Each module that a payload imports, with the milliseconds that it took without those that it imports itself."""
    done = subprocess.run(
        [python, "-X", "importtime", str(payload.path)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        check=True,
        universal_newlines=True,
    )
    return {name: int(microseconds) / 1000 for microseconds, name in IMPORT.findall(done.stderr)}


def measure(lab: Lab, repeats: int = REPEATS, count: int = 99) -> Section:
    python = lab.watched()
    made = payloads(lab, count)

    def alone(payload: Payload) -> Any:
        def way() -> float:
            subprocess.run([str(python.path), str(payload.path)], stdout=subprocess.DEVNULL, check=True)
            return getattr(python.processes()[0], lab.cost)

        return way

    seen = medians({payload.title: alone(payload) for payload in made}, repeats)
    peak = {}
    for payload in made:
        subprocess.run([str(python.path), str(payload.path)], stdout=subprocess.DEVNULL, check=True)
        peak[payload.title] = python.processes()[0].peak
    base = made[0].title
    common = imports(python.python, made[0])
    rows = []
    for payload in made:
        own = {name: cost for name, cost in imports(python.python, payload).items() if name not in common}
        rows.append(
            [
                payload.title,
                "%d KiB" % payload.size(),
                "%d KiB" % payload.zip_size(),
                str(len(own)) if own else "",
                "%.0f ms" % sum(own.values()) if own else "",
                "%.0f ms" % (1000 * seen[payload.title]),
                "%.2f" % (seen[payload.title] / seen[base]),
                "%.1f MiB" % (peak[payload.title] / 1024),
            ]
        )
    return Section(
        "Start-up",
        "The payload that Ansible makes of each module, run alone by Python %s on a folder with %d rules; medians of %d, in turn. "
        "Imports are those that `ping` does not make." % (python.version(), RULES, repeats),
        [
            Table(
                [
                    "Module",
                    "Payload",
                    "Archive in it",
                    "Imports",
                    "their time",
                    "Process",
                    "beside ping's",
                    "Peak memory",
                ],
                rows,
            )
        ],
        [Target("the process of an unchanged `hosts_access`, beside ping's", seen[made[1].title] / seen[base], 1.3)],
    )


def light(lab: Lab) -> Section:
    """The ratio that `make test` looks at."""
    return measure(lab, 5, 2)
