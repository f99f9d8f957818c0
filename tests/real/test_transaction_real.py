# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A change that nobody confirms, on a host of its own (a mount namespace with its own /etc and /run), while real things go wrong.

Run as root: mounts, chattr(1) and signals are the real ones.
"""

import os
import pathlib
import signal
import subprocess
import sys
import time

import pytest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOKEN = "0123456789abcdef0123456789abcdef"
STATE = "/etc/.portcullis.tcp_wrappers"
OLD = {"hosts.allow": "sshd: 192.0.2.0/255.255.255.0\n", "hosts.deny": "ALL: ALL\n"}
PATIENCE = 60  # seconds: whatever takes longer hangs, also on a busy machine

CHANGE = """\
import os, signal, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import commit, pending, reading, root, staging
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.locks import Lock
token, timeout, stall = sys.argv[2], int(sys.argv[3]), sys.argv[4]
pending.PREPARATION = 0.0  # in the record of this run
host = root.Root(sys.argv[5])

def stalling(function, when):
    def call(*arguments, **named):
        if when == "before":
            os.kill(os.getpid(), signal.SIGSTOP)
        done = function(*arguments, **named)
        if when == "after":
            os.kill(os.getpid(), signal.SIGSTOP)
        return done
    return call

if stall:
    place, when = stall.split(":")
    owner = {"Pending": pending.Pending, "Staging": staging.Staging}[place.split(".")[0]]
    setattr(owner, place.split(".")[1], stalling(getattr(owner, place.split(".")[1]), when))
with Lock(host):
    files, there, back = [], [], []
    for number, name in enumerate(["/etc/hosts.allow", "/etc/hosts.deny"]):
        state = reading.read(host, name)
        files.append(commit.NewFile(state, b"# new\\n", None, None, 0o600))
        there.append(commit.Move(number, b"# new\\n"))
        back.append(commit.Move(number, state.data))
    commit.commit(host, files, there, back, commit.Options(token, timeout, False, 5, ()))
print("written")
"""


class Host:
    """A mount namespace that lives as long as one process of ours."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "etc").mkdir()
        for name, text in OLD.items():
            (folder / "etc" / name).write_text(text)
            (folder / "etc" / name).chmod(0o640)
        script = 'mount --bind "$0" /etc && mount -t tmpfs tmpfs /run && echo ready && exec sleep 600'
        self.process = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script, str(folder / "etc")],
            stdout=subprocess.PIPE,
        )
        assert self.process.stdout.readline() == b"ready\n"

    def command(self, *words):
        return ["nsenter", "--mount=/proc/%d/ns/mnt" % self.process.pid, *words]

    def run(self, *words):
        return subprocess.run(
            self.command(*words), stdout=subprocess.PIPE, check=True, universal_newlines=True, timeout=PATIENCE
        ).stdout

    def start(self, timeout, stall="", root="/"):
        """The module's part of a change: a process in this host."""
        return subprocess.Popen(
            self.command(
                sys.executable, "-c", CHANGE, str(ROOT / ".cache" / "collections"), TOKEN, str(timeout), stall, root
            ),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            universal_newlines=True,
        )

    def change(self, timeout):
        process = self.start(timeout)
        output = process.communicate(timeout=PATIENCE)[0]
        assert output == "written\n", output

    def tables(self):
        """Text and mode of both tables as the host sees them; None where one is away."""
        return [self.run("sh", "-c", "stat -Lc %%a /etc/%s; cat /etc/%s" % (name, name)) for name in sorted(OLD)]

    def left(self):
        return sorted(name for name in self.run("ls", "-A", "/etc").splitlines() if name not in OLD)

    def state(self):
        return [
            name.rpartition(".")[2] for name in self.run("sh", "-c", "ls %s 2>/dev/null || true" % STATE).splitlines()
        ]

    def watchdogs(self):
        """The processes that watch a change of this host."""
        found = []
        for pid in filter(str.isdigit, os.listdir("/proc")):
            try:
                with open("/proc/%s/cmdline" % pid, "rb") as stream:
                    words = stream.read().split(b"\0")
                if (
                    b"watch" in words
                    and TOKEN.encode() in words
                    and os.path.samefile("/proc/%s/ns/mnt" % pid, "/proc/%d/ns/mnt" % self.process.pid)
                ):
                    found.append(int(pid))
            except OSError:
                continue
        return found

    def kill_watchdogs(self):
        """Both at once: each starts the other anew, so neither may go on while the other is killed."""
        for number in (signal.SIGSTOP, signal.SIGKILL):
            for pid in self.watchdogs():
                os.kill(pid, number)

    def close(self):
        self.kill_watchdogs()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def old_tables():
    return ["640\n" + OLD[name] for name in sorted(OLD)]


def wait_until(condition):
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.05)


def stopped(process):
    with open("/proc/%d/stat" % process.pid) as stream:
        return stream.read().rpartition(")")[2].split()[0] in "tT"


@pytest.fixture
def host(tmp_path):
    host = Host(tmp_path)
    yield host
    host.close()


def undone(host):
    """The old files are back, and nothing else is there."""
    wait_until(lambda: not host.state())
    assert host.tables() == old_tables()
    wait_until(lambda: host.left() == [])  # the folder of the record goes last
    wait_until(lambda: not host.watchdogs())


def test_nobody_confirms(host):
    host.change(2)
    assert host.tables() != old_tables()
    undone(host)


def test_etc_is_read_only_for_a_while(host):
    host.change(3)
    host.run("mount", "-o", "remount,ro,bind", "/etc")
    wait_until(host.watchdogs)
    time_is_over(host, 3)
    assert "pending" in host.state() and host.watchdogs()
    host.run("mount", "-o", "remount,rw,bind", "/etc")
    undone(host)


def time_is_over(host, timeout):
    """Until the deadline and one more attempt have passed: the clock of the machine is the event."""
    end = time.monotonic() + timeout + 1
    wait_until(lambda: time.monotonic() > end)


@pytest.mark.parametrize("name", sorted(OLD))
def test_a_table_is_immutable_for_a_while(host, name):
    host.change(2)
    host.run("chattr", "+i", "/etc/" + name)
    try:
        wait_until(lambda: "rolledback" in host.state())
        time_is_over(host, 1)
        assert "rolledback" in host.state() and host.watchdogs()
    finally:
        host.run("chattr", "-i", "/etc/" + name)
    undone(host)


def test_etc_is_a_file_system_in_memory_and_full(host):
    host.run(
        "sh",
        "-c",
        "mkdir /run/copy && cp -a /etc/. /run/copy/ && mount -t tmpfs -o size=512k tmpfs /etc && cp -a /run/copy/. /etc/",
    )
    host.change(3)
    host.run("sh", "-c", "dd if=/dev/zero of=/etc/full bs=4096 2>/dev/null || true")
    assert host.run("sh", "-c", "df --output=avail /etc | tail -1").split() == ["0"]
    wait_until(lambda: not host.state())
    assert host.tables() == old_tables()
    wait_until(lambda: host.left() == ["full"])


def test_temporary_names_are_swept(host):
    host.change(3)
    host.run("find", "/etc", "-maxdepth", "1", "-name", ".hosts.*", "-delete")
    undone(host)


@pytest.mark.parametrize("what", [STATE, STATE + "/*", STATE + "/*.pending", STATE + "/*.copy*"])
def test_the_record_is_swept(host, what):
    """git clean -d and rsync --delete take folders, too."""
    host.change(4)
    wait_until(lambda: len(host.watchdogs()) == 2)
    host.run("sh", "-c", "rm -rf %s /etc/.hosts.*" % what)
    wait_until(lambda: host.tables() == old_tables())
    wait_until(lambda: host.left() == [])
    undone(host)


def test_a_table_becomes_a_link_while_it_waits(host, tmp_path):
    host.change(3)
    (tmp_path / "elsewhere").write_text("of somebody else\n")
    host.run("ln", "-sf", str(tmp_path / "elsewhere"), "/etc/hosts.allow")
    undone(host)
    assert (tmp_path / "elsewhere").read_text() == "of somebody else\n"


def test_a_table_is_mounted_while_it_waits(host):
    host.change(3)
    host.run("sh", "-c", "echo '# mounted' > /run/table && mount --bind /run/table /etc/hosts.allow")
    wait_until(lambda: host.tables() == old_tables())
    assert host.state() and host.watchdogs()  # below the mount lies the new table yet
    host.run("umount", "/etc/hosts.allow")
    undone(host)


def test_a_table_is_a_mount(host):
    host.run("sh", "-c", "cp -a /etc/hosts.deny /run/table && mount --bind /run/table /etc/hosts.deny")
    host.change(3)
    undone(host)


@pytest.mark.parametrize(
    "mounted, image, says",
    [
        ("/", "/run/image", "root /run/image is / once more, by a mount: write / for the running host."),
        ("/etc", "/run/image/etc", "/run/image/etc/hosts.allow is the running host's own, by a mount"),
        (
            "/etc/hosts.allow",
            "/run/image/etc/hosts.allow",
            "/run/image/etc/hosts.allow is the running host's own, by a mount",
        ),
    ],
)
def test_a_mount_makes_no_image_of_the_running_host(host, mounted, image, says):
    """Below an image nobody is guarded and nothing is undone: with root=/mnt, a bind mount of /, the operator was out for good."""
    host.run(
        "sh", "-c", "mkdir -p /run/image/etc; cp /etc/hosts.* /run/image/etc/; mount --bind %s %s" % (mounted, image)
    )
    output = host.start(0, root="/run/image").communicate(timeout=PATIENCE)[0]
    assert says in output, output
    assert host.tables() == old_tables() and host.left() == []


def test_a_table_is_removed_while_it_waits(host):
    host.change(3)
    host.run("rm", "/etc/hosts.allow", "/etc/hosts.deny")
    undone(host)


def test_both_watchdogs_are_gone_and_the_next_run_undoes(host):
    host.change(600)
    wait_until(lambda: len(host.watchdogs()) == 2)
    host.kill_watchdogs()
    wait_until(lambda: not host.watchdogs())
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); "
        "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import pending, root; "
        "print(pending.Pending(root.Root('/')).settle_old())"
    )
    assert host.run(sys.executable, "-c", script, str(ROOT / ".cache" / "collections")) == "['%s']\n" % TOKEN
    undone(host)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP], ids=["killed", "frozen"])
@pytest.mark.parametrize("which", [0, 1], ids=["the first", "the second"])
def test_one_watchdog_is_gone(host, number, which):
    host.change(8)
    wait_until(lambda: len(host.watchdogs()) == 2)
    os.kill(sorted(host.watchdogs())[which], number)
    undone(host)


@pytest.mark.parametrize(
    "stall",
    [
        "Staging.prepare:before",
        "Staging.prepare:after",
        "Pending.start_moving:before",
        "Pending.start_moving:after",
        "Staging.move:before",
        "Staging.move:after",
        "Staging.refuse_late_writes:after",
    ],
)
def test_a_module_that_stalls_until_its_time_is_over_leaves_the_old_files(host, stall):
    """It holds the lock of runs all the time; the watchdog's patience for that is within the time."""
    process = host.start(2, stall)
    wait_until(lambda: stopped(process))
    wait_until(lambda: not host.state())
    assert host.tables() == old_tables()
    process.send_signal(signal.SIGCONT)
    wait_until(lambda: stopped(process) or process.poll() is not None)
    process.send_signal(signal.SIGCONT)
    output = process.communicate(timeout=PATIENCE)[0]
    assert process.returncode == 1 and "written" not in output
    assert host.tables() == old_tables()
    wait_until(lambda: host.left() == [])


@pytest.mark.parametrize("stall", ["Staging.prepare:before", "Pending.start_moving:before"])
def test_a_module_that_is_killed_before_it_begins_leaves_nothing_at_once(host, stall):
    process = host.start(600, stall)
    wait_until(lambda: stopped(process))
    process.kill()
    process.communicate()
    undone(host)


def test_a_module_whose_watchdogs_are_ended_writes_nothing(host):
    process = host.start(600, "Staging.prepare:before")
    wait_until(lambda: stopped(process))
    wait_until(lambda: len(host.watchdogs()) == 2)
    host.kill_watchdogs()
    process.send_signal(signal.SIGCONT)
    output = process.communicate(timeout=PATIENCE)[0]
    assert "the watchdog that would undo the change was ended" in output
    undone(host)
