# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real super-servers on high ports of 127.0.0.1, with tables of their own: the machine's tables and services are never touched.

tcpd reads /etc/hosts.allow and /etc/hosts.deny wherever it runs, so each server gets a mount namespace in which temporary files stand in their place.
"""

import contextlib
import os
import pathlib
import pty
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

TOOLS = pathlib.Path(__file__).resolve().parent.parent / "tools"
sys.path.insert(0, str(TOOLS))

import unpacked

PATIENCE = 12.0  # tcpd takes 5 seconds to refuse

_IN_NAMESPACE = """set -e
mount --bind "$1" /etc/hosts.allow
mount --bind "$2" /etc/hosts.deny
shift 2
while [ "$1" != -- ]; do mount --bind "$1" "$2"; shift 2; done
shift
exec "$@"
"""


class World:
    """A folder with two tables, a daemon that says what it was started as, and a booby trap that notes each refusal."""

    def __init__(self, folder):
        self.folder = folder
        self.trap = folder / "trap"
        self.allow = folder / "hosts.allow"
        self.deny = folder / "hosts.deny"
        self.trap.write_text("")
        self.trap.chmod(0o666)
        self.allow.write_text("ALL: 127.0.0.1\n")
        self.deny.write_text("ALL: ALL: spawn (echo %%d %%a >> %s)\n" % self.trap)
        self.overlays = []

    def daemon(self, name="in.hello"):
        """A program that answers with its own name and arguments and goes."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text('#!/bin/sh\nprintf "served by %s with" "${0##*/}"\nprintf " [%s]" "$@"\necho\n')
        path.chmod(0o755)
        return str(path)

    def acceptor(self, name="in.accepts"):
        """A program that gets the listening socket (stream, wait), takes connections by itself and answers each."""
        path = self.folder / name
        path.write_text(
            "#!%s\nimport socket\nlistening = socket.socket(fileno=0)\nwhile True:\n    client = listening.accept()[0]\n"
            "    client.sendall(b'accepted by %s\\n')\n    client.close()\n" % ("/usr/bin/python3", name)
        )
        path.chmod(0o755)
        return str(path)

    def stands_for(self, path, installed):
        """Inside the namespace, `installed` (a file that the machine has) is `path`."""
        self.overlays += [path, installed]

    def trapped(self):
        """The lines that the trap has written."""
        return self.trap.read_text().split("\n")[:-1]

    @contextlib.contextmanager
    def running(self, package, arguments, port):
        """The package's server, in the foreground, until it listens on `port`; ended afterwards, with all that it started."""
        path = unpacked.program(package)
        command = [
            "unshare",
            "--mount",
            "--propagation",
            "private",
            "sh",
            "-c",
            _IN_NAMESPACE,
            "sh",
            str(self.allow),
            str(self.deny),
        ]
        log = self.folder / "log"
        with open(str(log), "wb") as output:
            process = subprocess.Popen(
                command + self.overlays + ["--", str(path)] + arguments,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=unpacked.environment(path),
                cwd=str(self.folder),
                start_new_session=True,
            )
            try:
                _wait_until_it_listens(port, process, log)
                yield process
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
                process.wait()


@contextlib.contextmanager
def temporary_world():
    """A world in a folder that every user may enter: some services do not run as root."""
    with tempfile.TemporaryDirectory(prefix="portcullis-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)
        yield World(pathlib.Path(folder))


def free_ports(count, kind=socket.SOCK_STREAM):
    """Ports of 127.0.0.1 that nobody uses."""
    sockets = [socket.socket(socket.AF_INET, kind) for _number in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def ask(port, source="127.0.0.1"):
    """What a client at `source` is answered; b"" where it is refused."""
    with socket.socket() as client:
        client.settimeout(PATIENCE)
        client.bind((source, 0))
        client.connect(("127.0.0.1", port))
        answer = b""
        while True:
            try:
                part = client.recv(4096)
            except ConnectionResetError:
                return answer
            if not part:
                return answer
            answer += part


def ask_all(ports, source):
    """The answers of several ports at once: a refusal takes 5 seconds."""
    answers = {}

    def one(port):
        answers[port] = ask(port, source)

    threads = [threading.Thread(target=one, args=(port,)) for port in ports]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 2)
    return [answers[port] for port in ports]


def xinetd_dump(configuration, folder):
    """What xinetd in debug mode says that it has read, by service: {id: {attribute: text}}. It wants a terminal."""
    path = unpacked.program("xinetd")
    pid, terminal = pty.fork()
    if pid == 0:
        os.execve(
            str(path),
            [str(path), "-d", "-dontfork", "-pidfile", str(folder / "pid"), "-f", str(configuration)],
            unpacked.environment(path),
        )
    text = b""
    deadline = time.monotonic() + PATIENCE
    while b"{main} Started working" not in text and b"no services. Exiting" not in text and time.monotonic() < deadline:
        if select.select([terminal], [], [], 0.2)[0]:
            try:
                text += os.read(terminal, 65536)
            except OSError:
                break
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)
    return _parse_dump(text.decode("utf-8", "surrogateescape"))


def _parse_dump(text):
    services, current = {}, None
    for line in text.replace("\r", "").split("\n"):
        if line.startswith("Service configuration: "):
            current = {}
        elif current is not None and line.startswith("\t") and " = " in line:
            key, value = line[1:].split(" = ", 1)
            current[key] = value.strip()
            if key == "id":
                services[value] = current
    return services


def _wait_until_it_listens(port, process, log):
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with open("/proc/net/tcp") as four, open("/proc/net/tcp6") as six:
            lines = four.readlines()[1:] + six.readlines()[1:]
        if any(line.split()[1].endswith(":%04X" % port) and line.split()[3] == "0A" for line in lines):
            return
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise AssertionError("the server does not listen on %d: %s" % (port, log.read_text()))
