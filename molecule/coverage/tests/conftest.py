# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What listens on the test hosts, and real connections to all of it at once."""

import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(os.environ["PORTCULLIS_ROOT"]) / "tests"))

import inside  # noqa: E402

KNOCK = pathlib.Path(os.environ["MOLECULE_SCENARIO_DIRECTORY"]) / "files" / "knock.py"
COVERAGE = "portcullis.tcp_wrappers.tcpd_coverage_info"
# what a port of these hosts speaks: see files/services.sh
PROTOCOLS = {
    ("tcp", 21): "ftp",
    ("tcp", 22): "ssh",
    ("tcp", 111): "rpc",
    ("udp", 111): "rpc/udp",
    ("tcp", 389): "ldap",
    ("tcp", 1883): "mqtt",
    ("tcp", 7107): "ssh",
    ("udp", 7108): "hello/udp",
    ("tcp", 7204): "ssh",
    ("tcp", 7205): "ssh",
    ("udp", 7206): "hello/udp",
    ("udp", 7207): "hello/udp",
    ("tcp", 7401): "http",
}


class Service:
    """A listening service as the module describes it."""

    def __init__(self, host, entry):
        self.host, self.entry, self.name = host, entry, entry["name"]
        self.enforced_by, self.reads_tables, self.daemon = entry["enforced_by"], entry["reads_tables"], entry["daemon"]
        ends = [end.split(" ", 1) for end in entry["listens"]]
        self.ports = sorted({(kind, int(place.rsplit(":", 1)[1])) for kind, place in ends})
        # a datagram for each address to one socket would meet a super-server that is still busy with the first
        both = {place for place in self.ports if "udp 0.0.0.0:%d" % place[1] in entry["listens"] or place[0] == "tcp"}
        self.ipv6 = sorted({place for place in both if "%s [::]:%d" % place in entry["listens"]})

    def __repr__(self):
        return "%s: %s %s enforced_by=%s reads_tables=%s" % (
            self.host,
            self.name,
            self.ports,
            self.enforced_by,
            self.reads_tables,
        )

    @property
    def obeys(self):
        """Somebody asks libwrap for it."""
        return bool(self.enforced_by)


class Lab:
    """The fleet, and what its services do to clients."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.names = sorted(name for name in fleet.variables if name != "client")

    def container(self, name):
        return "portcullis-coverage-" + name

    def run(self, name, *command, text=None):
        done = subprocess.run(
            [*inside.command(self.container(name)), *command],
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def everywhere(self, *command, names=None):
        """Run a command on all servers side by side; returns what each prints."""
        names = names or self.names
        with concurrent.futures.ThreadPoolExecutor() as pool:
            return dict(zip(names, pool.map(lambda name: self.run(name, *command), names)))

    def look(self):
        """Every listening service of all servers, and each server's whole result."""
        results = self.fleet.ansible_all("servers", COVERAGE, {})
        assert sorted(results) == self.names, results
        return [
            Service(host, entry) for host in self.names for entry in results[host]["services"] if entry["listens"]
        ], results

    def knock(self, services):
        """For each service the set of answers to a client from outside, and to one at ::1 where it listens there: True is served."""
        outside = [(service, place) for service in services for place in service.ports]
        jobs = {
            "client": [(service, self._question(self.fleet.address(service.host), place)) for service, place in outside]
        }
        for service in services:
            for place in service.ipv6:
                jobs.setdefault(service.host, []).append((service, self._question("::1", place)))
        with concurrent.futures.ThreadPoolExecutor() as pool:
            answers = pool.map(lambda name: self.ask(name, [question for _service, question in jobs[name]]), jobs)
        found = {}
        for asked, told in zip(jobs.values(), answers):
            for (service, _question), served in zip(asked, told):
                found.setdefault(service, set()).add(served)
        return found

    def ask(self, name, questions):
        """Knock from one host; a question is [protocol, address, port]. Returns for each whether it was served."""
        return json.loads(self.run(name, "python3", "-c", KNOCK.read_text(), text=json.dumps(questions)))

    @staticmethod
    def _question(address, place):
        kind, port = place
        return [PROTOCOLS.get(place) or ("hello" if 7000 < port < 8000 else "unknown"), address, port]

    def declare(self, **options):
        """Let the client in everywhere and refuse the rest; returns each server's result."""
        arguments = dict(
            {"allow": ["sshd: 10.99.6.1", "ALL: 10.99.6.40, [::1]"], "deny": ["ALL: ALL"], "exclusive": True}, **options
        )
        return self.fleet.ansible_all("servers", "portcullis.tcp_wrappers.hosts_access", arguments)


@pytest.fixture(scope="session")
def lab(fleet):
    return Lab(fleet)
