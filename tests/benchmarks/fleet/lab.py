# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The place where playbooks are timed: folders that stand for hosts, containers that are hosts, and ansible-playbook run on them."""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import time
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Sequence

import environment
import images
import ssh_key
import venvs

WATCH = pathlib.Path(__file__).with_name("watch.c")
LIMIT = pathlib.Path("/proc/sys/fs/inotify/max_user_instances")
#: what systemd and the services of one container take of it
INSTANCES = 10
SSH = "-C -o ControlMaster=auto -o ControlPersist=60s -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes"


class Run(NamedTuple):
    """What one ansible-playbook command cost and said."""

    seconds: float  # wall
    processor: float  # seconds of it and all that it started
    output: str


class Process(NamedTuple):
    """What one module process on the host cost."""

    seconds: float  # wall
    processor: float  # seconds of user and system time
    peak: int  # KiB of resident memory


class Failed(Exception):
    """A playbook that had to succeed did not; the message is the end of its output."""


def medians(ways: Dict[str, Callable[[], float]], repeats: int) -> Dict[str, float]:
    """Call every way in turn, ``repeats`` times over, so that a busy moment falls on all; returns the median of each."""
    seen: Dict[str, List[float]] = {name: [] for name in ways}
    for _number in range(repeats):
        for name, way in ways.items():
            seen[name].append(way())
    return {name: statistics.median(figures) for name, figures in seen.items()}


@contextlib.contextmanager
def room(hosts: int) -> Iterator[None]:
    """Let the kernel give inotify instances to so many systemds: by default it has 128 for all of root's. Put back at the end."""
    before = int(LIMIT.read_text())
    wanted = INSTANCES * hosts + 128
    if before < wanted:
        LIMIT.write_text(str(wanted))
    try:
        yield
    finally:
        if before < wanted:
            LIMIT.write_text(str(before))


class Lab:
    """Hosts and playbooks in one temporary folder. ``cost`` is what is compared: the seconds, or the processor's where the machine is busy."""

    def __init__(self, folder: pathlib.Path, core: str = "2.21", cost: str = "seconds") -> None:
        self.folder = folder
        self.core = core
        self.cost = cost
        self.fresh = 0
        venvs.ensure(core)

    def path(self, name: str) -> pathlib.Path:
        """A path in the lab that nobody has used yet."""
        self.fresh += 1
        return self.folder / ("%d-%s" % (self.fresh, name))

    def folders(self, count: int, interpreter: str = sys.executable) -> pathlib.Path:
        """The inventory of hosts that are folders of this machine, reached by local connections; ``folder`` is each one's."""
        inventory = self.path("inventory.json")
        hosts = {}
        for number in range(count):
            place = self.path("host")
            (place / "etc").mkdir(parents=True)
            hosts["host%d" % number] = {
                "ansible_connection": "local",
                "ansible_python_interpreter": interpreter,
                "folder": str(place),
            }
        inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
        return inventory

    @contextlib.contextmanager
    def containers(
        self, count: int, image: str = "bookworm-xinetd", name: str = "bench", subnet: str = "10.91.7"
    ) -> Iterator[pathlib.Path]:
        """The inventory of containers with systemd and sshd, reached by ssh as root; they are removed at the end.

        Two callers at once give names and subnets (three numbers of four) of their own.
        """
        images.ensure(image)
        ssh_key.ensure()
        env = environment.variables(self.core)
        network = "portcullis-" + name
        names = ["%s-%d" % (network, number) for number in range(count)]
        quiet: Dict[str, Any] = {"env": env, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["podman", "rm", "-f", "-t", "0", *names], check=False, **quiet)
        subprocess.run(["podman", "network", "create", "--subnet", subnet + ".0/24", network], check=False, **quiet)
        hosts = {
            host: {
                "ansible_host": "%s.%d" % (subnet, 10 + number),
                "ansible_user": "root",
                "ansible_python_interpreter": "/usr/bin/python3",
                "ansible_ssh_private_key_file": str(ssh_key.KEY),
            }
            for number, host in enumerate(names)
        }

        def start(host: str) -> None:
            subprocess.run(
                [
                    "podman",
                    "run",
                    "--detach",
                    "--systemd=always",
                    "--stop-timeout",
                    "0",
                    "--name",
                    host,
                    "--hostname",
                    host,
                    "--network",
                    network,
                    "--ip",
                    hosts[host]["ansible_host"],
                    "--volume",
                    "%s.pub:/etc/ssh/authorized_keys:ro" % ssh_key.KEY,
                    images.tag(image),
                    "/sbin/init",
                ],
                check=True,
                **quiet,
            )

        with room(count):
            try:
                with concurrent.futures.ThreadPoolExecutor(2) as pool:
                    list(pool.map(start, names))
                inventory = self.path("inventory.json")
                inventory.write_text(json.dumps({"all": {"hosts": hosts}}))
                # Root's systemd stays, or a login ten seconds after the last has gone waits two minutes for it to stop, which systemd does not see
                # in a container with cgroups v1.
                self.run(
                    [
                        {"ansible.builtin.wait_for_connection": {"timeout": 120, "sleep": 1}},
                        {"ansible.builtin.command": {"argv": ["loginctl", "enable-linger", "root"]}},
                    ],
                    inventory,
                )
                yield inventory
            finally:
                subprocess.run(["podman", "rm", "-f", "-t", "0", *names], check=False, **quiet)
                subprocess.run(["podman", "network", "rm", "-f", network], check=False, **quiet)

    def play(self, tasks: Sequence[Dict[str, Any]], **play: Any) -> pathlib.Path:
        """A playbook of these tasks for all hosts, without facts unless asked for."""
        path = self.path("play.json")
        path.write_text(json.dumps([dict({"hosts": "all", "gather_facts": False, "tasks": list(tasks)}, **play)]))
        return path

    def run(self, tasks: Any, inventory: pathlib.Path, arguments: Sequence[str] = (), **variables: str) -> Run:
        """Run tasks, or a playbook's path or name; ``variables`` go into the environment. It must succeed on all hosts."""
        play = str(self.play(tasks)) if isinstance(tasks, list) else str(tasks)
        env = dict(
            environment.variables(self.core),
            ANSIBLE_STDOUT_CALLBACK="ansible.builtin.minimal",
            ANSIBLE_HOST_KEY_CHECKING="False",
            ANSIBLE_DEPRECATION_WARNINGS="False",
            ANSIBLE_INVENTORY_ANY_UNPARSED_IS_FAILED="True",
            ANSIBLE_SSH_ARGS=SSH,
        )
        env.update(variables)
        started, worked = time.monotonic(), processor_of_children()
        done = subprocess.run(
            ["ansible-playbook", "-i", str(inventory), play, *arguments],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
            check=False,
        )
        seconds = time.monotonic() - started
        if done.returncode:
            raise Failed(done.stdout[-3000:])
        return Run(seconds, processor_of_children() - worked, done.stdout)

    def program(self) -> pathlib.Path:
        """watch.c, compiled without libraries, so that it runs in a container too."""
        program = self.folder / "watch"
        if not program.exists():
            subprocess.run(["cc", "-O2", "-static", "-o", str(program), str(WATCH)], check=True)
        return program

    def watched(self, python: str = sys.executable) -> "Watched":
        """An interpreter for ansible_python_interpreter that writes down what each module process cost."""
        return Watched(self.path("watched-python"), self.program(), python)

    def watch_containers(self, inventory: pathlib.Path) -> "WatchedContainers":
        """The same for containers: their python3 is watched from now on, by way of another inventory."""
        return WatchedContainers(self, inventory)


class Watched:
    """A Python that is watched: ``path`` is the interpreter, ``processes()`` what has run since it was last asked."""

    def __init__(self, path: pathlib.Path, program: pathlib.Path, python: str) -> None:
        self.path = path
        self.python = python
        self.log = path.with_name(path.name + ".log")
        shutil.copy(str(program), str(path))
        path.with_name(path.name + ".conf").write_text("%s\n%s\n" % (python, self.log))

    def version(self) -> str:
        return subprocess.run(
            [self.python, "-c", "import platform; print(platform.python_version())"],
            stdout=subprocess.PIPE,
            check=True,
            universal_newlines=True,
        ).stdout.strip()

    def processes(self) -> List[Process]:
        text = self.log.read_text() if self.log.exists() else ""
        self.log.write_text("")
        return _processes(text)


class WatchedContainers:
    """The containers of an inventory, their modules watched: ``inventory`` is the one to use."""

    def __init__(self, lab: Lab, inventory: pathlib.Path) -> None:
        self.env = environment.variables(lab.core)
        self.names = list(json.loads(inventory.read_text())["all"]["hosts"])
        self.inventory = with_python(inventory, "/usr/local/bin/watched-python")
        conf = lab.path("watched-python.conf")
        conf.write_text("/usr/bin/python3\n/var/log/watched-python.log\n")
        for name in self.names:
            for source, target in (
                (lab.program(), "/usr/local/bin/watched-python"),
                (conf, "/usr/local/bin/watched-python.conf"),
            ):
                subprocess.run(["podman", "cp", str(source), "%s:%s" % (name, target)], env=self.env, check=True)

    def processes(self) -> Dict[str, List[Process]]:
        """What has run on each since it was last asked."""
        seen = {}
        for name in self.names:
            done = subprocess.run(
                [
                    "podman",
                    "exec",
                    name,
                    "sh",
                    "-c",
                    "cat /var/log/watched-python.log; : > /var/log/watched-python.log",
                ],
                env=self.env,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                check=False,
                universal_newlines=True,
            )
            seen[name] = _processes(done.stdout)
        return seen


def processor_of_children() -> float:
    """Processor seconds of all that this process started and that has ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _processes(text: str) -> List[Process]:
    figures = [line.split() for line in text.splitlines()]
    return [Process(float(wall), float(processor), int(peak)) for wall, processor, peak in figures]


def with_python(inventory: pathlib.Path, python: str) -> pathlib.Path:
    """A copy of an inventory whose hosts' modules are run by another interpreter."""
    content = json.loads(inventory.read_text())
    for variables in content["all"]["hosts"].values():
        variables["ansible_python_interpreter"] = python
    copy = inventory.with_name("%s-%s.json" % (inventory.stem, os.path.basename(python)))
    copy.write_text(json.dumps(content))
    return copy
