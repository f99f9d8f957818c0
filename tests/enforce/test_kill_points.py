# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A filter is changed, confirmed and undone, and whoever does it is killed at one system call after another: the host comes back by itself.

Files and the kernel's table are as they were, or as they were confirmed; in between nobody is answered as neither the old policy nor the new one would.

PORTCULLIS_KILL_POINTS: how many of each phase, spread over the run, or all.
"""

import json
import os
import pathlib

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import (
    contains,
    position_of,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from place import PRELUDE, in_place

FILES = pathlib.Path(__file__).resolve().parent.parent.parent / "molecule" / "lockout" / "files"
OPERATOR = "10.1.2.3"
CLIENTS = (OPERATOR, "10.66.0.1", "192.0.2.7", "198.51.100.7", "2001:db8::7")

#: The task itself, in a process of its own: argv has its number, its time-out, and what it does.
TASK = """
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access

SSH = [{"daemon": "sshd", "ports": [22]}]
number, timeout, what = int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
options = {name: about.get("default") for name, about in hosts_access.argument_spec().items()}
options.update(deny=["sshd: 198.51.100.0/24"], default="deny", exclusive=True, dialect="debian", unenforced="ignore", companion=SSH)
options.update(allow=["sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16", "sshd: [2001:db8::]/32"], rollback_timeout=timeout)
if what == "confirm":
    options.update(rollback_session=session(number, confirm=True))
elif what != "old":
    options.update(rollback_session=session(number))
if what == "old":
    options.update(allow=["sshd: 10.0.0.0/8", "sshd: 192.0.2.0/24"], deny=[])
hosts_access.run(Call(options))
"""
STEPS = """
import shutil, signal
sys.path.insert(0, sys.argv[2])
import kill_points

ONE_TASK = sys.argv[3]
WANTED = sys.argv[4]
UNDO = "/run/undo.py"
serial = [0]

def command(number, timeout, what):
    return [sys.executable, "-c", ONE_TASK, sys.argv[1], str(number), str(timeout), what]

def new(timeout):
    serial[0] += 1
    return command(serial[0], timeout, "new")

def listing():
    done = subprocess.run(("nft", "-j") + TABLE, stdout=subprocess.PIPE, universal_newlines=True)
    return json.loads(done.stdout) if done.returncode == 0 else {}

# /etc shows what other programs of the machine do there meanwhile; the layer above it has only what is done here
MACHINES = {os.path.join(folder, name) for folder, folders, names in os.walk("/etc") for name in folders + names}

def tree():
    here = [os.path.join(folder, name) for folder, folders, names in os.walk("/mnt/new") for name in folders + names]
    return sorted({name.replace("/mnt/new", "/etc") for name in here} - MACHINES)

def read(path):
    with open(path) as stream:
        return [stream.read(), os.fstat(stream.fileno()).st_mode & 0o7777]

def state():
    found = {name: read(name.replace("/mnt/new", "/etc")) for name in files()}
    return [found, tree(), nft(*TABLE)]

def seen_now():
    # what a client meets at this moment: one picture of both tables, and what the kernel has
    picture = kill_points.picture()
    return {"allow": picture[0], "deny": picture[2], "filter": listing()}

def reset():
    subprocess.run(command(0, 0, "old"), check=True)
    end = time.monotonic() + 60
    while state() != old and time.monotonic() < end:
        time.sleep(0.02)
    after = state()
    assert after == old, ("the host cannot be brought to its first state", after, old)

def comes_back(patience):
    # by itself; what died before anybody watched it has changed nothing, and the next run tidies up after it
    if settled(patience):
        return "by itself"
    pending.Pending(Root("/")).settle_old()
    return "by the next run" if settled(1) else ""

def judged(phase, point, status, seen, allowed):
    # killed before its watchdog was there, a run has changed nothing
    began = any(name.endswith(".moving") for name in os.listdir(STATE)) if os.path.isdir(STATE) else False
    back = comes_back(60 if began else 3)
    after = state()
    restored = after in allowed
    found = {"phase": phase, "point": point, "killed": status, "seen": seen, "began": began, "back": back, "restored": restored}
    if not restored:
        found["after"] = [sorted(set(map(str, after[1])) ^ set(map(str, old[1]))), after[2]]
    points.append(found)

def begin(timeout):
    subprocess.run(new(timeout), check=True)

def begin_unwatched():
    # a change that waits, and whose watchdogs are gone
    begin(3600)
    shutil.copy(os.path.join(STATE, "%032x.py" % serial[0]), UNDO)
    token = ("%032x" % serial[0]).encode()
    for number in (signal.SIGSTOP, signal.SIGKILL):  # each starts the other anew
        for entry in os.listdir("/proc"):
            try:
                with open("/proc/%s/cmdline" % entry, "rb") as stream:
                    if entry.isdigit() and int(entry) != os.getpid() and token in stream.read():
                        os.kill(int(entry), number)
            except OSError:
                continue
    with Store(STATE) as store:
        while store.watched("%032x" % serial[0]):
            time.sleep(0.02)

for name in ("allow", "deny"):
    open("/etc/hosts.%s" % name, "w").close()
    os.chmod("/etc/hosts.%s" % name, 0o600)
subprocess.run(command(0, 0, "old"), check=True)
old = state()
points = []
found = {"old": seen_now()}
begin(60)
found["new"] = seen_now()
subprocess.run(command(serial[0], 60, "confirm"), check=True)
new_state = state()

reset()
calls = kill_points.points(new(1))
found["calls"] = len(calls)
settled()
for point in kill_points.spread(calls, WANTED):
    reset()
    status = kill_points.kill_at(new(1), point)
    judged("change", point, status, seen_now(), (old,))

few = WANTED if WANTED == "all" else str(max(2, int(WANTED) // 4))
reset()
begin(60)
for point in kill_points.spread(kill_points.points(command(serial[0], 60, "confirm")), few):
    settled()
    reset()
    begin(5)
    status = kill_points.kill_at(command(serial[0], 5, "confirm"), point)
    judged("confirm", point, status, seen_now(), (old, new_state))

undo = [sys.executable, "-I", "-S", UNDO, "boot", STATE]
reset()
begin_unwatched()
chosen = kill_points.spread(kill_points.points(undo), WANTED if WANTED == "all" else str(max(2, int(WANTED) // 2)))
settled()
for point in chosen:
    reset()
    begin_unwatched()
    status = kill_points.kill_at(undo, point)
    seen = seen_now()
    subprocess.run(undo, check=True)
    judged("undo", point, status, seen, (old,))
reset()
found["points"], found["left"] = points, not os.path.exists(STATE)
print(json.dumps(found))
"""


def met(seen):
    """Who gets in: what the tables of a picture grant and the kernel's table does not refuse."""
    policy = Policy.parse(seen["allow"], seen["deny"], "debian")
    refused = [one.refused for one in nftables.read(seen["filter"]).enforced]
    return [
        policy.decide(Request(daemon="sshd", address=address)).granted
        and not any(contains(ranges, position_of(address)) for ranges in refused)
        for address in CLIENTS
    ]


def test_no_kill_point_tears_shuts_out_or_leaves_anything(amount, say):
    wanted = os.environ.get("PORTCULLIS_KILL_POINTS") or str(amount.of(60, 8))
    found = in_place(STEPS, str(FILES), PRELUDE + TASK, wanted)
    old, new = met(found["old"]), met(found["new"])
    assert old == [True, True, True, False, False] and new == [True, False, False, False, True]
    tried, missed, torn, out, stuck, wrong = 0, 0, 0, 0, 0, []
    for point in found["points"]:
        if point["killed"] == 0:
            # A run has a call more or less than the one that was counted, so the last ones of a kind are not always reached.
            missed += 1
            continue
        tried += 1
        answers = met(point["seen"])
        tears = any(answer not in pair for answer, pair in zip(answers, zip(old, new)))
        torn += tears
        out += not answers[0]
        stuck += not (point["restored"] and point["back"])
        if (
            point["began"]
            and point["back"] != "by itself"
            or tears
            or not (answers[0] and point["restored"] and point["back"])
        ):
            wrong.append(json.dumps(dict(point, seen=answers), indent=1))
    say(
        "%d kill points of %d calls: %d torn, %d locked out, %d not as it was afterwards"
        % (tried, found["calls"], torn, out, stuck)
    )
    assert not wrong, "\n".join(wrong)
    assert tried >= 10 and missed <= tried / 10 and found["left"]
