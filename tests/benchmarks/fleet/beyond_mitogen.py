# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mitogen beside Ansible's own connections: is a change still confirmed or rolled back over a new login, and what does a task cost?"""

import json
import pathlib
import re
import subprocess
import time
from typing import Any, Dict, List, Tuple

import environment
import venvs

from .beyond import FEW, MANY, cost
from .lab import Lab, medians
from .section import Section, Table, Target
from .task import PING, ours

NETWORK = "10.91.10"
TIMEOUT = 15  # rollback_timeout of the change that refuses the controller
PATIENCE = 5  # seconds more until the old tables must be back
REPEATS = 3
MORE = 10  # tasks more in the longer of two plays
# One line a tenth of a second for as long as hosts.allow has the rule that refuses the controller.
WATCH = "echo $$ > /var/tmp/watcher; while :; do grep -q 192.0.2.0 /etc/hosts.allow && date +%s.%N; sleep 0.1; done > /var/tmp/refusing"


def measure(lab: Lab) -> Section:
    folder = lab.path("mitogen")
    folder.mkdir()
    lab = Lab(folder, "mitogen")
    with lab.containers(1, name="beyond", subnet=NETWORK) as inventory:
        host = Host(lab, inventory)
        safety, targets = safe(host)
        quick = tasks(host)
    return Section(
        "With Mitogen",
        "Mitogen 0.3.54 with ansible-core 2.19, one container over ssh, beside Ansible's own ssh connection with pipelining. A policy that refuses the "
        "controller was written with the guard off and a `rollback_timeout` of %d s: the host must have its old tables again at most %d s after that. "
        "Logins are those that the ssh server accepted." % (TIMEOUT, PATIENCE),
        [safety, quick, fleet(lab)],
        targets,
    )


def ways(lab: Lab) -> Dict[str, Dict[str, str]]:
    """The variables of the two ways to connect."""
    (plugins,) = venvs.folder(lab.core).glob("lib/python3.*/site-packages/ansible_mitogen/plugins/strategy")
    return {
        "ssh": {"ANSIBLE_PIPELINING": "True"},
        "Mitogen": {"ANSIBLE_STRATEGY": "mitogen_linear", "ANSIBLE_STRATEGY_PLUGINS": str(plugins)},
    }


class Host:
    """The container, as root and as a user who needs sudo."""

    def __init__(self, lab: Lab, inventory: pathlib.Path) -> None:
        self.lab = lab
        self.inventory = inventory
        (self.name,) = json.loads(inventory.read_text())["all"]["hosts"]
        # A user manager that stops with each log-out holds up the next login in such a container.
        self.shell(
            "useradd -m -s /bin/bash op && echo 'op ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/op && loginctl enable-linger op"
        )

    def shell(self, command: str) -> str:
        done = subprocess.run(
            ["podman", "exec", self.name, "sh", "-c", command],
            env=environment.variables(self.lab.core),
            stdout=subprocess.PIPE,
            check=True,
            universal_newlines=True,
        )
        return done.stdout

    def logins(self) -> int:
        return int(self.shell("journalctl -q --no-pager _COMM=sshd | grep -c 'Accepted publickey' || true"))

    def run(self, play: Any, way: Dict[str, str], user: str = "root") -> str:
        """The output of a run that starts with a login of its own: no master connection is left from another."""
        arguments = ["-e", "ansible_user=%s" % user] + (["-e", "ansible_become=true"] if user != "root" else [])
        masters = self.lab.path("m")
        return self.lab.run(play, self.inventory, arguments, ANSIBLE_SSH_CONTROL_PATH_DIR=str(masters), **way).output


def task(*allow: str, **options: Any) -> List[Dict[str, Any]]:
    """Both tables of the container; the result of the task is shown and never fails."""
    return [
        {
            "portcullis.tcp_wrappers.hosts_access": dict(
                {"allow": list(allow), "deny": ["ALL: ALL"], "exclusive": True}, **options
            ),
            "register": "told",
            "failed_when": False,
        },
        {
            "ansible.builtin.debug": {
                "msg": "SAID {{ told.lockout.confirmation | default(told.msg | default('nothing')) }}"
            }
        },
    ]


def safe(host: Host) -> Tuple[Table, List[Target]]:
    """A good change is confirmed over a second login; one that refuses the controller is stopped by the guard, or undone where the guard is off."""
    office = "sshd: %s.0/24" % NETWORK
    rows, targets = [], []
    for name, way in ways(host.lab).items():
        for user in ("root", "op"):
            who = "%s, %s" % (name, "root" if user == "root" else "a user with sudo")
            host.shell("printf '%s\\n' > /etc/hosts.allow; printf 'ALL: ALL\\n' > /etc/hosts.deny" % office)
            before = host.logins()
            good = said(host.run(task(office, "in.ftpd: 10."), way, user))
            logins = host.logins() - before
            guarded = said(host.run(task("sshd: 192.0.2.0/24"), way, user))
            subprocess.run(
                ["podman", "exec", "--detach", host.name, "sh", "-c", WATCH],
                env=environment.variables(host.lab.core),
                check=True,
                stdout=subprocess.DEVNULL,
            )
            started = time.monotonic()
            bad = said(
                host.run(task("sshd: 192.0.2.0/24", lockout_guard="disabled", rollback_timeout=TIMEOUT), way, user)
            )
            seconds = time.monotonic() - started
            seen = [float(line) for line in host.shell("kill $(cat /var/tmp/watcher); cat /var/tmp/refusing").split()]
            stood = seen[-1] - seen[0] if seen else 0.0
            undone = office in host.shell("cat /etc/hosts.allow")
            rows.append(
                [
                    who,
                    "%s, %d logins" % (good, logins),
                    guarded.partition(".")[0],
                    bad,
                    "%.1f s" % stood,
                    "%.1f s" % seconds,
                ]
            )
            # A table that never stood was not tried: that must not look like a success.
            targets.append(
                Target(
                    "the refusing table stands, %s" % who,
                    stood if seen and undone else 86400.0,
                    TIMEOUT + PATIENCE,
                    unit="s",
                )
            )
    return Table(
        ["A change over", "The good one", "The guard", "The bad one, guard off", "It stood", "The command took"], rows
    ), targets


def said(output: str) -> str:
    (text,) = re.findall(r'"msg": "SAID (.*)"', output)
    return text


def tasks(host: Host) -> Table:
    """Whole commands with one task and with several: the first holds start-up and login, the difference is a task's own."""
    allow = ["sshd: %s.0/24" % NETWORK] + ours(100)[0]["portcullis.tcp_wrappers.hosts_access"]["allow"]
    kinds = {
        "ping": PING,
        "ours": [{"portcullis.tcp_wrappers.hosts_access": {"allow": allow, "deny": ["ALL: ALL"], "exclusive": True}}],
    }
    host.run(host.lab.play(kinds["ours"]), {})
    timed: Dict[Tuple[str, str, int], Any] = {}
    for name, way in ways(host.lab).items():
        for kind, one in kinds.items():
            for count in (1, 1 + MORE):
                play = host.lab.play(one * count)
                timed[name, kind, count] = lambda play=play, way=way: _timed(host, play, way)
    seen = medians(timed, REPEATS)
    rows = []
    for name in ways(host.lab):
        rows.append(
            [name]
            + [
                text
                for kind in kinds
                for text in (
                    "%.2f s" % seen[name, kind, 1],
                    "%.3f s" % ((seen[name, kind, 1 + MORE] - seen[name, kind, 1]) / MORE),
                )
            ]
        )
    return Table(
        [
            "One host over, 100 rules, unchanged",
            "`ping`, whole command",
            "`ping`, one task more",
            "ours, whole command",
            "ours, one task more",
        ],
        rows,
    )


def _timed(host: Host, play: pathlib.Path, way: Dict[str, str]) -> float:
    started = time.monotonic()
    host.run(play, way)
    return time.monotonic() - started


def fleet(lab: Lab, forks: int = 5) -> Table:
    """What one more host costs where folders of this machine stand for hosts."""
    play, ping = lab.play(ours(100)), lab.play(PING)
    places = {count: lab.folders(count, "/usr/bin/python3") for count in (FEW, MANY)}
    for inventory in places.values():
        lab.run(play, inventory, ["--forks", "10"])
    rows = []
    for name, way in ways(lab).items():
        figures = []
        for book in (ping, play):
            seen = {}
            for count, inventory in places.items():
                seen[count] = cost(lambda: lab.run(book, inventory, ["--forks", str(forks)], **way))  # noqa: B023 (called at once)
            figures += [
                "%.3f s" % ((seen[MANY].seconds - seen[FEW].seconds) / (MANY - FEW)),
                "%.3f s" % ((seen[MANY].processor - seen[FEW].processor) / (MANY - FEW)),
            ]
        rows.append([name.replace("ssh", "Ansible's own")] + figures)
    return Table(
        [
            "One more local host, %d forks" % forks,
            "`ping`: seconds",
            "`ping`: processor",
            "ours, 100 rules: seconds",
            "ours: processor",
        ],
        rows,
    )
