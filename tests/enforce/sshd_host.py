# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sshd of a Debian release in a container of this run alone, asked and logged in to."""

import os
import subprocess
import sys
import time

import ansible
import environment
import ssh_key
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import sshd
from anyip import SERVER
from paths import ROOT

from ansible_collections.portcullis.tcp_wrappers.tests import inside

#: Where a container finds this collection and Ansible's own code for modules.
CODE = {
    "/opt/code/ansible_collections/portcullis/tcp_wrappers": str(ROOT),
    "/opt/code/ansible": os.path.dirname(ansible.__file__),
}
RELEASES = ("bullseye", "bookworm", "trixie")
ASK = """\
mkdir -p /run/sshd
while read -r address words; do
  printf '%s ' "$address"
  /usr/sbin/sshd -T -C "$words" | tr '\\n' ';'
  echo
done
"""


class Host:
    """A container with nothing but sshd, and a network in which this process has every address."""

    def __init__(self, release):
        # of this run alone: another checkout of the same machine may run the same tests
        self.name = "portcullis-sshd-%s-%d" % (release, os.getpid())
        self.image = "localhost/portcullis-%s-xinetd" % release
        self.server = None

    def podman(self, *command, text="", check=True):
        return self._call(["podman"] + list(command), text, check)

    def inside(self, *command, text="", check=True):
        """A program in the container."""
        return self._call(inside.entering(self.pid) + list(command), text, check)

    @staticmethod
    def _call(words, text, check):
        return subprocess.run(
            words,
            env=environment.variables(),
            input=text,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            check=check,
            timeout=300,
        )

    def start(self):
        subprocess.run(
            [sys.executable, str(ROOT / "tests" / "tools" / "images.py"), self.image[21:]],
            check=True,
            stdout=subprocess.DEVNULL,
        )
        ssh_key.ensure()
        self.remove()
        mounts = ["--volume=%s.pub:/etc/ssh/authorized_keys:ro" % ssh_key.KEY]
        mounts += ["--volume=%s:%s:ro" % (source, there) for there, source in CODE.items()]
        self.podman(
            "run", "--detach", "--rm", "--network", "none", "--stop-timeout", "0", *mounts, "--name", self.name, self.image, "sleep", "2h",
        )  # fmt: skip
        self.pid = int(self.podman("inspect", "-f", "{{.State.Pid}}", self.name).stdout)
        self.run("mkdir -p /run/sshd && ssh-keygen -A")
        self.version = sshd.version_of(self.run("ssh -V 2>&1"))

    def remove(self):
        self.podman("rm", "--force", "--time", "0", self.name, check=False)

    def run(self, command, text="", check=True):
        return self.inside("sh", "-c", command, text=text, check=check).stdout

    def write(self, text):
        self.run("cat > " + sshd.DROPIN, text)

    def python(self, program, *arguments):
        """What a program prints that uses the collection on the host, with the host's own Python."""
        done = self.inside("python3", "-c", program, *arguments, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def problem(self):
        """What `sshd -t` has against its configuration; nothing where it would start."""
        done = self.inside("/usr/sbin/sshd", "-t", check=False)
        assert bool(done.returncode) is bool(done.stderr.strip())
        return done.stderr

    def refused(self, addresses):
        """By `sshd -T -C`: whether each of these clients is refused."""
        text = "".join("%s %s\n" % (address, sshd.connection_words(address, 22)) for address in addresses)
        said = [line.split(" ", 1) for line in self.run(ASK, text).splitlines()]
        assert [one[0] for one in said] == list(addresses)
        assert all("port 22;" in one[1] for one in said)
        return [sshd.refuses(one[1].replace(";", "\n")) for one in said]

    def serve(self, *options, folder="/"):
        """Start sshd with these options in a folder, or let it read its files again."""
        if self.server is not None:
            self.run("kill -HUP $(cat /run/sshd.pid)")
        else:
            self.server = subprocess.Popen(
                ["podman", "exec", "-w", folder, self.name, "/usr/sbin/sshd", "-D", "-e", *options],
                env=environment.variables(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )

    def stop(self):
        if self.server is not None:
            self.run("kill $(cat /run/sshd.pid)", check=False)
            self.server.wait()
            self.server = None


def log_in(network, address):
    """Whether root can log in from an address, with a key that the server takes."""
    return try_to_log_in(network, address)[0]


def try_to_log_in(network, address):
    """(whether root got in from an address, what ssh said)"""
    server = SERVER[network.client(address).family]
    command = [
        "ssh", "-F", "/dev/null", "-b", address, "-i", str(ssh_key.KEY), "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null",
        "-o", "BatchMode=yes", "-o", "ConnectTimeout=60", "root@" + server, "echo", "in",
    ]  # fmt: skip
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
    assert done.returncode in (0, 255), done.stderr
    return done.stdout == b"in\n", done.stderr.decode("utf-8", "replace")


def wait_for(network, address):
    """Until sshd has started and lets this address in, which its rules grant."""
    end = time.monotonic() + 120
    while not log_in(network, address):
        assert time.monotonic() < end, "sshd does not answer"
