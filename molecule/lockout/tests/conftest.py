# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Three hosts that are changed through ssh and looked at past it, inside their containers."""

import concurrent.futures
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import threading
import time

import pytest

ROOT = pathlib.Path(os.environ["PORTCULLIS_ROOT"])
SCENARIO = pathlib.Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])
KEY = ROOT / ".cache" / "ssh" / "id_ed25519"
INVENTORIES = ["-i", str(ROOT / "molecule" / "resources" / "inventory"), "-i", str(SCENARIO / "inventory")]
sys.path.insert(0, str(SCENARIO))  # the package of situations stands beside this folder
sys.path.insert(0, str(ROOT / "tests"))

import inside  # noqa: E402

MODULE = "portcullis.tcp_wrappers.hosts_access"
PATHS = ("/etc/hosts.allow", "/etc/hosts.deny")
OLD = {"/etc/hosts.allow": "# the office\nsshd: 10.99.7.0/255.255.255.0\n", "/etc/hosts.deny": "ALL: ALL\n"}
MODES = {"/etc/hosts.allow": "640", "/etc/hosts.deny": "644"}
RESULT = re.compile(r"^(\S+) \| ([A-Z]+)[^{]*(\{.*\})$", re.MULTILINE)
SUMMARY = pytest.StashKey()
# the files, units and processes that a change may leave; a dead unit is a name that an old systemd in a container remembers until it reloads
LEFTOVERS = """
find /etc -name '*portcullis*' -not -path '/etc/ssh/*'
systemctl list-units --all --plain --no-legend 'portcullis*' | grep -v ' inactive *dead '
ls -A /etc/.portcullis.tcp_wrappers 2>/dev/null
ps -eo args | grep -F .portcullis.tcp_wrappers | grep -v grep
true
"""


class Host:
    """One test host."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        self.container = "portcullis-lockout-" + name

    def run(self, *command, check=True, text=None):
        """Run a program in the container, past ssh and libwrap; returns what it prints."""
        done = subprocess.run(
            [*inside.command(self.container), *command],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
        )
        assert not check or done.returncode == 0, done.stderr
        return done.stdout

    def reset(self):
        """The old tables, and nothing of an earlier test."""
        script = ["set -e"]
        for path in PATHS:
            script += [
                "printf '%%s' '%s' > %s.reset" % (OLD[path], path),
                "chmod %s %s.reset" % (MODES[path], path),
                "chown daemon:adm %s.reset" % path,
                "mv -f %s.reset %s" % (path, path),
            ]
        self.run("sh", "-c", "\n".join(script))

    def tables(self):
        """Bytes, owner and mode of both tables."""
        return self.run(
            "sh", "-c", "for path in %s; do stat -c '%%U %%G %%a' $path; sha256sum < $path; done" % " ".join(PATHS)
        )

    def leftovers(self):
        """What a change may leave: files, units, processes."""
        return self.run("sh", "-c", LEFTOVERS).splitlines()

    def wait_clean(self, seconds=10):
        """Wait until nothing is left; returns what still is."""
        end = time.monotonic() + seconds
        left = self.leftovers()
        while left and time.monotonic() < end:
            time.sleep(0.3)
            left = self.leftovers()
        return left

    def journal(self):
        """What happened last on the host, for whoever reads why a test failed."""
        return self.run(
            "sh",
            "-c",
            "systemctl --failed --no-pager; cat /etc/hosts.allow /etc/hosts.deny; journalctl --no-pager -b -n 60",
        )

    def greets(self):
        """Whether the ssh server lets a new connection of the controller in."""
        try:
            with socket.create_connection((self.address, 22), 8) as connection:
                connection.settimeout(8)
                return connection.recv(64).startswith(b"SSH-")
        except OSError:
            return False


class Watch(threading.Thread):
    """Opens a new connection to a host every half second and remembers which were refused: libwrap takes 5 seconds to say no."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.host, self.ended, self.probes, self.threads = host, threading.Event(), [], []

    def run(self):
        while not self.ended.wait(0.5):
            thread = threading.Thread(target=self._probe, daemon=True)
            thread.start()
            self.threads.append(thread)

    def _probe(self):
        started = time.monotonic()
        self.probes.append((started, self.host.greets()))

    def stop(self):
        """The starts of all refused probes, and of all that were greeted."""
        self.ended.set()
        self.join()
        for thread in self.threads:
            thread.join()
        return [start for start, greeted in self.probes if not greeted], [
            start for start, greeted in self.probes if greeted
        ]


class Lab:
    """The three hosts and the controller's commands."""

    def __init__(self, variables):
        self.said = ""
        self.hosts = {name: Host(name, values["ansible_host"]) for name, values in variables.items()}

    def command(self, arguments, pattern="servers", extra=(), module=MODULE):
        return ["ansible", *INVENTORIES, "-m", module, "-a", json.dumps(arguments), *extra, pattern]

    def environment(self, **more):
        settings = {
            "ANSIBLE_LOAD_CALLBACK_PLUGINS": "1",
            "ANSIBLE_STDOUT_CALLBACK": "ansible.builtin.oneline",
            "ANSIBLE_FORKS": "3",
            "ANSIBLE_HOST_KEY_CHECKING": "False",
            "ANSIBLE_NOCOLOR": "1",
            "ANSIBLE_FORCE_COLOR": "0",
            "ANSIBLE_PIPELINING": "True",
        }
        return dict(os.environ, **dict(settings, **more))

    def start(self, arguments, pattern="servers", extra=(), module=MODULE, **more):
        """Start the module on all hosts; the process is the leader of its own group."""
        return subprocess.Popen(
            self.command(arguments, pattern, extra, module),
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            universal_newlines=True,
            start_new_session=True,
        )

    def finish(self, process):
        """Each host's result."""
        output, errors = process.communicate()
        self.said = output + errors
        found = {
            name: dict(json.loads(text), failed=word in ("FAILED", "UNREACHABLE"))
            for name, word, text in RESULT.findall(output)
        }
        assert found, output + errors
        return found

    def ansible(self, arguments, pattern="servers", extra=(), module=MODULE, **more):
        return self.finish(self.start(arguments, pattern, extra, module, **more))

    def kill(self, process):
        """Kill the controller and its workers as a power cut would; ssh's master connections live on."""
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture(scope="session")
def lab():
    listed = subprocess.run(["ansible-inventory", *INVENTORIES, "--list"], check=True, stdout=subprocess.PIPE)
    return Lab(json.loads(listed.stdout)["_meta"]["hostvars"])


@pytest.fixture
def hosts(lab):
    """All hosts with their old tables; afterwards nothing may be left of the test."""
    found = list(lab.hosts.values())
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(Host.reset, found))
        yield found
        assert list(pool.map(Host.wait_clean, found)) == [[] for _host in found]
        list(pool.map(Host.reset, found))


@pytest.fixture(scope="session")
def outcomes(request):
    """What came of each situation that this run chose; all are run at the first question."""
    from pool import run_all, summary
    from situations import chosen

    wanted = {
        item.callspec.params["name"]
        for item in request.session.items
        if "outcomes" in getattr(item, "fixturenames", ())
    }
    found = run_all([situation for situation in chosen() if situation.name in wanted])
    request.config.stash[SUMMARY] = summary(found)
    return found.__getitem__


def pytest_terminal_summary(terminalreporter, config):
    if SUMMARY in config.stash:
        terminalreporter.write_line(config.stash[SUMMARY])
