# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill the module hosts_access, its confirmation and its watchdog at one system call after another, and ask the real libwrap and the real sshd what is
left.

Runs on a test host as root: python3 kill_points.py FOLDER HOW_MANY SHIFT    (FOLDER holds ansible_collections; HOW_MANY: a number or all; SHIFT: how far
the points are moved, in parts of their distance, so that several hosts try different ones)
Prints one JSON line for each point. strace(1) delivers SIGKILL at the entry of the chosen call. Right after it one picture is taken of both
files; everything is asked of that picture, however long it takes, for the host goes on meanwhile.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import time

ALLOW, DENY = "/etc/hosts.allow", "/etc/hosts.deny"
STATE = "/etc/.portcullis.tcp_wrappers"
PROGRAM = "/root/kill-points-undo.py"
CALLS = (
    "openat,write,pwrite64,rename,renameat,renameat2,link,linkat,unlink,unlinkat,symlink,symlinkat,mkdir,mkdirat,rmdir,fsync,fdatasync,"
    "chmod,fchmod,fchmodat,chown,fchown,fchownat,ftruncate,fallocate,flock,clone,clone3,fork,vfork,execve,wait4,setsid,dup2,fsetxattr,close,"
    "exit_group"
)
OLD = {
    ALLOW: "# kept by hand\nsshd: 10.99.7.\nin.old: 192.0.2.1\nin.both: 192.0.2.0/255.255.255.0 EXCEPT 192.0.2.9\n",
    DENY: "in.denied: 192.0.2.4\nALL: ALL EXCEPT 192.0.2.8\n",
}
RULES = {
    "allow": ["sshd: 10.99.7.0/255.255.255.0", "in.new: 192.0.2.2", "in.both: 192.0.2.9"],
    "deny": ["in.new: 192.0.2.3", "in.other: ALL", "in.trap: ALL: severity auth.notice"],
}
# systemd may remember a unit that was killed and was about to start again as failed: that is this script's doing
KILL_AND_FORGET = (
    "systemctl kill --signal=KILL 'portcullis*.service'; systemctl stop 'portcullis*.service'; "
    "systemctl reset-failed 'portcullis*.service' || true"
)
CONTROLLER = ("sshd", "10.99.7.1")
DAEMONS = ("in.old", "in.new", "in.both", "in.denied", "in.other", "in.trap")
REQUESTS = [CONTROLLER] + [(daemon, "192.0.2.%d" % number) for daemon in DAEMONS for number in (1, 2, 3, 4, 8, 9)]

RUN = """\
import sys, types
for name, values in (("", {}), (".module_utils", {}), (".module_utils.basic", {"AnsibleModule": None}), (".module_utils.parsing", {}),
                     (".module_utils.parsing.convert_bool", {"BOOLEANS_TRUE": frozenset([True]), "BOOLEANS_FALSE": frozenset([False])})):
    sys.modules["ansible" + name] = types.ModuleType("ansible" + name)
    vars(sys.modules["ansible" + name]).update(values)
sys.path.insert(0, %(folder)r)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access

params = dict((name, option.get("default")) for name, option in hosts_access.argument_spec().items())
params.update(%(options)r)
result = hosts_access.run(Call(params))
print(result)
"""


def program(folder, token, timeout, confirm):
    """The module's own run, as the action plugin starts it, without Ansible's wrapper."""
    session = {"token": token, "transport": "ssh", "connection": "10.99.7.1 50000 10.99.7.11 22", "confirm": confirm}
    options = {
        "exclusive": True,
        "allow": RULES["allow"],
        "deny": RULES["deny"],
        "rollback_timeout": timeout,
        "rollback_session": session,
    }
    return [sys.executable, "-c", RUN % {"folder": folder, "options": options}]


def reset():
    for path in (ALLOW, DENY):
        with open(path + ".reset", "w") as stream:
            stream.write(OLD[path])
        os.chmod(path + ".reset", 0o640 if path == ALLOW else 0o644)
        os.rename(path + ".reset", path)


def undo_program(token):
    """What undoes a change that nobody watches: the program of its watchdog, as a boot starts it. It is kept, for it removes itself."""
    shutil.copy("%s/%s.py" % (STATE, token), PROGRAM)
    return [sys.executable, "-I", "-S", PROGRAM, "boot", STATE]


def begin_unwatched(command):
    """A change that waits, whose watchdogs are ended and not started again."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(
        ["sh", "-c", KILL_AND_FORGET],
        check=True,
    )


def look(path):
    """Text and permission bits of a file, and what tells whether it has changed since."""
    with open(path) as stream:
        info = os.fstat(stream.fileno())
        return [stream.read(), info.st_mode & 0o7777], (info.st_ino, info.st_mtime_ns, info.st_ctime_ns)


def picture():
    """Both files as they were at one instant: neither changed while the other was read."""
    while True:
        first, second = look(ALLOW), look(DENY)
        if first == look(ALLOW) and second == look(DENY):
            return first[0] + second[0]


def answers(files):
    """What the real libwrap says to every request, with the files of a picture."""
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for name, text in (("hosts.allow", files[0]), ("hosts.deny", files[2])):
            with open(os.path.join(folder, name), "w") as stream:
                stream.write(text)
        for daemon, address in REQUESTS:
            output = subprocess.run(
                ["tcpdmatch", "-d", daemon, address],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                universal_newlines=True,
                check=False,
                cwd=folder,
            ).stdout
            found.append(re.findall(r"^access:\s*(\w+)", output, re.MULTILINE)[:1])
    return found


def reachable():
    """Whether the real sshd greets a new connection; libwrap closes a refused one without a word."""
    address = socket.gethostbyname(socket.gethostname())
    with socket.create_connection((address, 22), 8) as connection:
        connection.settimeout(8)
        try:
            return connection.recv(64).startswith(b"SSH-")
        except ConnectionResetError:
            return False


def settled(patience):
    """Wait until no change is pending; True where that came to pass."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        try:
            if not any(name.endswith((".pending", ".rolledback", ".confirmed")) for name in os.listdir(STATE)):
                return True
        except FileNotFoundError:
            return True
        time.sleep(0.1)
    return False


def next_run_settles(folder):
    """Whether the next run ends what a run left that died before anybody watched it."""
    code = (
        "import sys; sys.path.insert(0, %r); "
        "from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import pending, root; "
        "pending.Pending(root.Root('/')).settle_old()" % folder
    )
    return subprocess.run([sys.executable, "-c", code], check=False).returncode == 0 and settled(1)


def leftovers():
    """What is there yet of a change that is over: its watchdog takes the folder away at the same time as the run ends."""
    end = time.monotonic() + 20
    while True:
        left = sorted(name for name in os.listdir("/etc") if ".portcullis" in name)
        if not left or time.monotonic() > end:
            return left
        time.sleep(0.1)


def quiet():
    """Wait until no watchdog of an earlier run lives: a run looks at each process, so that it makes more calls beside one."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        args = subprocess.run(["ps", "-eo", "args"], stdout=subprocess.PIPE, check=True).stdout
        if STATE.encode() not in args and PROGRAM.encode() not in args:
            return
        time.sleep(0.1)


def points(command):
    """(call, ordinal) of every call from the lock on, as a run without a kill makes them."""
    log = "/tmp/kill-points.log"
    subprocess.run(
        ["strace", "-qq", "-o", log, "-e", "trace=" + CALLS, "-e", "signal=none"] + command,
        check=True,
        stdout=subprocess.DEVNULL,
    )
    counts, found, started = {}, [], False
    with open(log) as stream:
        for line in stream:
            call = line.partition("(")[0].strip()
            if not call.isidentifier():
                continue
            counts[call] = counts.get(call, 0) + 1
            started = started or "portcullis-tcp_wrappers.lock" in line or '".portcullis.tcp_wrappers"' in line
            if started:
                found.append((call, counts[call]))
    os.unlink(log)
    return found


def kill_at(command, point):
    """The exit status of a run that is killed there; 0 where it made fewer calls of that kind than the one that was counted."""
    call, number = point
    inject = "inject=%s:signal=SIGKILL:when=%d" % (call, number)
    done = subprocess.run(
        ["strace", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", inject] + command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
    )
    return done.returncode


def spread(found, wanted, shift=0.0):
    """As many of them as are wanted, at equal distances; or all."""
    count = len(found) if wanted == "all" else min(int(wanted), len(found))
    return [found[int((number + shift) * len(found) / float(count))] for number in range(count)]


def places(begin, wanted, shift):
    """(how many calls before the end, all calls of a run) for the points that are tried; `begin` makes everything ready and returns the command."""
    found = points(begin())
    return [(len(found) - place, found) for place in spread(range(len(found)), wanted, shift)]


def hit(begin, count, number, found):
    """Kill a run `number` calls before its end: (point, exit status, picture). A run looks at each process of the host, so that it makes more or
    fewer calls than the one that was counted: where it came to its end, they are counted anew."""
    for _attempt in range(4):
        point = found[-min(number, len(found))]
        status = kill_at(begin(), point)
        files = picture()
        if status:
            break
        found = points(count())
    return point, status, files


def main(folder, wanted, shift):
    serial = [0]
    last = [""]

    def fresh(timeout):
        serial[0] += 1
        last[0] = "%032x" % (int(time.time()) * 100000 + serial[0])
        return program(folder, last[0], timeout, False)

    def judged(phase, point, status, files, allowed):
        """What a kill left. The picture was taken when it happened; the host has its end and is asked last."""
        # killed before its watchdog was there, a run has changed nothing, and the next one tidies up after it
        done = settled(5 if files == old[1] else 20) or files == old[1] and next_run_settles(folder)
        said, after = answers(files), picture()
        return json.dumps(
            {
                "phase": phase,
                "point": point,
                "killed": status,
                "torn": said not in (old[0], new[0]),
                "let_in": said[0] == ["granted"],
                "settled": done,
                "restored": after in allowed,
                "greeted_after": reachable(),
                "files": files,
                "after": after,
            }
        )

    reset()
    old = answers(picture()), picture()
    subprocess.run(fresh(30), check=True, stdout=subprocess.DEVNULL)
    new = answers(picture()), picture()
    subprocess.run(program(folder, last[0], 30, True), check=True, stdout=subprocess.DEVNULL)
    print(json.dumps({"old": old[0], "new": new[0], "left": leftovers()}), flush=True)

    def change():
        settled(20)
        reset()
        quiet()
        return fresh(1)

    for number, found in places(change, wanted, shift):
        point, status, files = hit(change, change, number, found)
        print(judged("change", point, status, files, (old[1],)), flush=True)

    def confirmation(timeout=30):
        settled(40)
        reset()
        quiet()
        subprocess.run(fresh(timeout), check=True, stdout=subprocess.DEVNULL)
        return program(folder, last[0], timeout, True)

    few = wanted if wanted == "all" else str(max(1, int(wanted) // 4))
    for number, found in places(confirmation, few, shift):
        point, status, files = hit(lambda: confirmation(3), confirmation, number, found)
        print(judged("confirm", point, status, files, (old[1], new[1])), flush=True)

    def undo():
        settled(20)
        reset()
        begin_unwatched(fresh(3600))
        return undo_program(last[0])

    for number, found in places(undo, wanted if wanted == "all" else str(max(1, int(wanted) // 2)), shift):
        point, status, files = hit(undo, undo, number, found)
        subprocess.run([sys.executable, "-I", "-S", PROGRAM, "boot", STATE], check=True, stdout=subprocess.DEVNULL)
        print(judged("watchdog", point, status, files, (old[1],)), flush=True)
    os.unlink(PROGRAM)
    reset()
    subprocess.run(fresh(30), check=True, stdout=subprocess.DEVNULL)
    subprocess.run(program(folder, last[0], 30, True), check=True, stdout=subprocess.DEVNULL)
    print(json.dumps({"left_at_the_end": leftovers()}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]))
