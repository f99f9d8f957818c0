# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""systemd_tcpd in a container with systemd: services are served and refused for real, as the tables say, and come back as they were."""

import json
import os
import pathlib
import subprocess
import sys
import sysconfig

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))

import environment

IMAGE = "bookworm-xinetd"
NAME = "portcullis-real-systemd-%d" % os.getpid()

# Runs the module's main() as AnsiballZ does, with the arguments from standard input.
DRIVER = """
import sys
sys.path[:0] = ["/collections", "/site"]
from ansible.module_utils import basic
basic._ANSIBLE_ARGS = sys.stdin.buffer.read()
basic._ANSIBLE_PROFILE = "legacy"
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping.systemd import run_module
run_module()
"""

CLIENT = """
import socket, sys
client = socket.socket()
client.settimeout(12)
client.bind((sys.argv[2], 0))
client.connect(("127.0.0.1", int(sys.argv[1])))
answer = b""
while True:
    try:
        part = client.recv(4096)
    except ConnectionResetError:
        break
    if not part:
        break
    answer += part
sys.stdout.write(answer.decode())
"""

SOCKET = "[Unit]\nDescription=x\n[Socket]\nListenStream=%d\nAccept=yes\n[Install]\nWantedBy=sockets.target\n"
UNITS = {
    "plain": (
        7001,
        '[Service]\nExecStart=/usr/local/sbin/in.hello -a "b c" %p $WORD \\x41\nEnvironment=WORD=word\nStandardInput=socket\n',
    ),
    "prefix": (
        7002,
        "[Service]\nType=oneshot\nExecStart=-/usr/local/sbin/in.hello one\nExecStart=-!/usr/local/sbin/in.hello two\nStandardInput=socket\n",
    ),
    "named": (7003, '[Service]\nExecStart=@"/usr/local/sbin/in.hello" other -v\nStandardInput=socket\n'),
    "bare": (7004, "[Service]\nExecStart=in.hello\nStandardInput=socket\n"),
}


class Container:
    """A running host."""

    def run(self, *command, **options):
        done = subprocess.run(
            ["podman", "exec", "-i", NAME] + list(command),
            env=environment.variables(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            universal_newlines=True,
            timeout=120,
            check=False,
            input=options.get("text", ""),
        )
        assert done.returncode == 0 or options.get("may_fail"), done.stderr + done.stdout
        return done.stdout

    def write(self, path, text):
        self.run("sh", "-c", 'mkdir -p "${1%/*}" && cat > "$1"', "sh", path, text=text)

    def module(self, **arguments):
        arguments = dict({"dialect": "debian", "_ansible_check_mode": False}, **arguments)
        return json.loads(
            self.run("python3", "-c", DRIVER, text=json.dumps({"ANSIBLE_MODULE_ARGS": arguments}), may_fail=True)
        )

    def ask(self, port, source="127.0.0.1"):
        return self.run("python3", "-c", CLIENT, str(port), source)

    def units(self):
        return self.run(
            "sh", "-c", "cd /etc/systemd/system && find . -type f -exec md5sum {} + | sort; find . -type d | sort"
        )


@pytest.fixture(scope="module", name="host")
def fixture_host():
    subprocess.run(
        [sys.executable, str(ROOT / "tests" / "tools" / "images.py"), IMAGE], check=True, stdout=subprocess.DEVNULL
    )
    site = sysconfig.get_paths()["purelib"]
    command = [
        "podman",
        "run",
        "--detach",
        "--systemd=always",
        "--stop-timeout",
        "0",
        "--network",
        "none",
        "--name",
        NAME,
        "--volume",
        "%s:/collections/ansible_collections/portcullis/tcp_wrappers:ro" % ROOT,
        "--volume",
        "%s/ansible:/site/ansible:ro" % site,
        "localhost/portcullis-" + IMAGE,
        "/sbin/init",
    ]
    subprocess.run(command, env=environment.variables(), check=True, stdout=subprocess.DEVNULL)
    try:
        host = Container()
        for _attempt in range(50):
            if host.run("systemctl", "is-system-running", "--wait", may_fail=True).strip() in ("running", "degraded"):
                break
        host.write("/usr/local/sbin/in.hello", '#!/bin/sh\nprintf "%s" "${0##*/}"\nprintf " [%s]" "$@"\necho\n')
        host.run("chmod", "755", "/usr/local/sbin/in.hello")
        for name, (port, service) in UNITS.items():
            host.write("/etc/systemd/system/%s.socket" % name, SOCKET % port)
            host.write("/etc/systemd/system/%s@.service" % name, service)
        host.write("/etc/systemd/system/whole.socket", (SOCKET % 7005).replace("Accept=yes", "Accept=no"))
        host.write(
            "/etc/systemd/system/whole.service", "[Service]\nExecStart=/usr/local/sbin/in.hello\nStandardInput=socket\n"
        )
        host.run("systemctl", "daemon-reload")
        host.run("systemctl", "enable", "--now", *[name + ".socket" for name in list(UNITS) + ["whole"]])
        host.write("/etc/hosts.allow", "ALL: 127.0.0.1\n")
        host.write("/etc/hosts.deny", "ALL: ALL: spawn (echo %d >> /trap)\n")
        yield host
    finally:
        subprocess.run(
            ["podman", "rm", "--force", "--time", "0", NAME],
            env=environment.variables(),
            check=False,
            stdout=subprocess.DEVNULL,
        )


def test_served_refused_and_back(host):
    before = host.units()
    direct = {name: host.ask(port, "127.0.0.2") for name, (port, _service) in UNITS.items()}
    assert direct == {
        "plain": "in.hello [-a] [b c] [plain] [word] [A]\n",
        "prefix": "in.hello [one]\nin.hello [two]\n",
        "named": "in.hello [-v]\n",
        "bare": "in.hello []\n",
    }

    predicted = host.module(_ansible_check_mode=True)
    assert predicted["changed"] and not predicted["daemon_reloaded"] and host.units() == before
    done = host.module()
    assert done["changed"] and done["daemon_reloaded"] and done["diff"] == predicted["diff"]
    states = {service["name"]: service for service in done["services"]}
    assert {name for name in states if states[name]["wrapped"]} == {name + "@.service" for name in UNITS}
    assert not states["whole.service"]["wrappable"] and "Accept=no" in states["whole.service"]["reason"]
    again = host.module()
    assert not again["changed"] and not again["daemon_reloaded"]

    served = {name: host.ask(port) for name, (port, _service) in UNITS.items()}
    assert served == direct
    host.run("rm", "-f", "/trap")
    for name, (port, _service) in UNITS.items():
        assert host.ask(port, "127.0.0.2") == "", name
    # two commands ask twice, which the note says; all others once
    assert host.run("cat", "/trap").split("\n")[:-1] == ["in.hello"] * 5
    assert "fires once for each" in states["prefix@.service"]["note"]

    back = host.module(state="unwrapped", services=done["rewritten"])
    assert back["changed"] and back["daemon_reloaded"] and host.units() == before
    assert host.ask(7001, "127.0.0.2") == direct["plain"]


def test_a_listening_socket_is_refused(host):
    result = host.module(services=["whole"])
    assert result["failed"] and "Accept=no" in result["msg"]
