# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fixtures for the verify tests of all scenarios: the hosts of the inventory, and real connections between them."""

import json
import os
import pathlib
import re
import shlex
import subprocess
import sys

import pytest
from testinfra.backend.podman import PodmanBackend
from testinfra.host import Host

ROOT = pathlib.Path(os.environ["PORTCULLIS_ROOT"])
sys.path.insert(0, str(ROOT / "tests"))

import inside  # noqa: E402

SCENARIO = pathlib.Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"])
INVENTORIES = ["-i", str(ROOT / "molecule" / "resources" / "inventory"), "-i", str(SCENARIO / "inventory")]
if "PORTCULLIS_MORE_HOSTS" in os.environ:
    INVENTORIES += ["-i", str(SCENARIO / os.environ["PORTCULLIS_MORE_HOSTS"])]
ENVIRONMENT = dict(
    os.environ,
    ANSIBLE_HOST_KEY_CHECKING="False",
    ANSIBLE_PIPELINING="True",
    ANSIBLE_NOCOLOR="1",
    ANSIBLE_FORCE_COLOR="0",
    ANSIBLE_FORKS="10",
    ANSIBLE_LOAD_CALLBACK_PLUGINS="1",  # tests/prebuilt.py
    ANSIBLE_PYTHON_INTERPRETER="/usr/bin/python3",
)

RESULT = re.compile(r"^(\S+) \| [A-Z]+!? => (\{.*?^\})", re.MULTILINE | re.DOTALL)

# Connects, sends nothing, prints what comes until the other end closes. tcpd closes a refused connection after five seconds.
TALK = """\
import socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 8) as connection:
    connection.settimeout(8)
    answer = b""
    while b"\\n" not in answer:
        part = connection.recv(4096)
        if not part:
            break
        answer += part
sys.stdout.write(answer.decode())
"""


def last_line(text):
    """The end of a traceback, which says what happened."""
    return text.rstrip().rpartition("\n")[2]


class Inside(PodmanBackend):
    """As testinfra's own for podman; each question is a program in the container."""

    def run(self, command, *args, **kwargs):
        text = self.get_command(command, *args)
        out = self.run_local("%s /bin/sh -c %%s" % shlex.join(inside.command(self.name)), text)
        out.command = self.encode(text)
        return out


class Fleet:
    """The scenario's hosts."""

    def __init__(self, inventory):
        self.variables = inventory["_meta"]["hostvars"]
        self.said = ""  # all that ansible said last, warnings too

    def address(self, name):
        return self.variables[name]["ansible_host"]

    def host(self, name):
        """A testinfra host."""
        return Host(Inside("portcullis-%s-%s" % (self.variables[name]["portcullis_scenario"], name)))

    def talk(self, client, server, port):
        """What a TCP client on one host gets from a port of another: the first line, '' when closed without an answer."""
        done = self.host(client).run("python3 -c %s %s %s", TALK, self.address(server), str(port))
        if done.rc and "ConnectionResetError" not in done.stderr:
            raise AssertionError(
                "%s to port %s of %s: %s\n%s" % (client, port, server, last_line(done.stderr), self.listening(server))
            )
        return done.stdout

    def listening(self, server):
        """What listens on a host, and what its servers last said: why nobody answers there."""
        question = "ss -Hltnp; journalctl -q -n 12 --no-pager -t xinetd -t inetd -t openbsd-inetd"
        return self.host(server).run(question).stdout

    def ansible(self, name, module, arguments, **variables):
        """Run one module on a host by ssh, as a playbook would; returns its result, failed or not."""
        return self.ansible_all(name, module, arguments, **variables)[name]

    def ansible_all(self, pattern, module, arguments, **variables):
        """Run one module on many hosts side by side; returns each host's result, failed or not."""
        options = ["-a", json.dumps(arguments)] if arguments else []
        options += ["-e", json.dumps(variables)] if variables else []
        done = subprocess.run(
            ["ansible", *INVENTORIES, "-m", module, *options, pattern],
            env=ENVIRONMENT,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        self.said = done.stdout
        results = {name: json.loads(text) for name, text in RESULT.findall(done.stdout)}
        assert results, self.said
        return results

    def playbook(self, name, *arguments):
        """Run a playbook on the hosts; returns (exit status, what it prints)."""
        done = subprocess.run(
            ["ansible-playbook", *INVENTORIES, name, *arguments],
            env=ENVIRONMENT,
            check=False,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )
        return done.returncode, done.stdout


@pytest.fixture(scope="session")
def fleet():
    listed = subprocess.run(["ansible-inventory", *INVENTORIES, "--list"], check=True, stdout=subprocess.PIPE)
    return Fleet(json.loads(listed.stdout))
