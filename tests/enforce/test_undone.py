# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A filter that is not confirmed, or that the kernel does not take, is taken back with the real nft: files and what the kernel had loaded."""

import pytest
from place import in_place

STEPS = """
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import write

TASK.update(
    services=[{"daemon": "sshd", "ports": [22]}],
    dialect="debian",
    allow_text="sshd: 10.0.0.0/8\\n",
    deny_text="ALL: ALL\\n",
    rollback_timeout=2,
)
OTHER = "sshd: 10.1.0.0/16\\n"
def lent(number, **params):
    done = task(rollback_session=session(number), **params)
    now = nft(*TABLE)
    return [done["changed"], done["lockout"]["pending"], now, settled(), nft(*TABLE)]

seen = {"before": files()}
seen["new"] = lent(1)
seen["new_left"] = files()
task()
seen["loaded"] = nft(*TABLE)
seen["narrowed"] = lent(2, allow_text=OTHER)
seen["narrowed_again"] = task()["changed"]
nft("flush", "ruleset")
seen["drift"] = lent(3)
nft("add", "table", "inet", "portcullis")
nft("add", "chain", "inet", "portcullis", "other")
seen["foreign_before"] = nft(*TABLE)
seen["foreign"] = lent(4)
seen["taken_away"] = lent(5, state="absent")
done = task(rollback_session=session(6), rollback_timeout=60)
seen["confirmed"] = [
    done["lockout"]["pending"], task(rollback_session=session(6, confirm=True))["lockout"], settled(), task()["changed"], nft(*TABLE)
]
task(state="absent")

def tried(name, **params):
    try:
        task(rollback_session=session(7), **params)
        seen[name] = "it was taken"
    except TaskError as error:
        seen[name] = str(error)
    seen[name + "_left"] = [files(), settled(), nft(*TABLE)]

with owned_table():
    tried("refused_before")
commit = write.commit
for name, params in (("refused", {}), ("refused_at_once", {"rollback_timeout": 0})):
    holders = []
    # somebody takes the name right after nft has been asked whether it would load the text
    write.commit = lambda *given: (holders.append(owned_table()), commit(*given))[1]
    tried(name, **params)
    holders[0].close()
    seen[name + "_then"] = [nft(*TABLE), files()]
print(json.dumps(seen))
"""


@pytest.fixture(name="seen", scope="module")
def fixture_seen():
    return in_place(STEPS)


def test_what_is_not_confirmed_is_taken_back(seen):
    assert seen["new"][:2] == [True, True] and "10.0.0.0/8" in seen["new"][2]
    assert seen["new"][3:] == [True, ""]
    assert seen["new_left"] == seen["before"]


def test_the_kernel_has_the_earlier_table_again(seen):
    assert seen["narrowed"][:2] == [True, True] and "10.1.0.0/16" in seen["narrowed"][2]
    assert seen["narrowed"][3:] == [True, seen["loaded"]]
    assert seen["narrowed_again"] is False


def test_a_kernel_that_was_mended_is_as_it_was_without_a_confirmation(seen):
    """The file was right, and the kernel had nothing: that is what let the operator in."""
    assert seen["drift"] == [True, True, seen["loaded"], True, ""]
    assert seen["foreign"] == [True, True, seen["loaded"], True, seen["foreign_before"]]


def test_a_table_that_was_taken_away_comes_back(seen):
    assert seen["taken_away"] == [True, True, "", True, seen["foreign_before"]]


def test_what_is_confirmed_stays(seen):
    assert seen["confirmed"] == [True, {"verdict": "confirmed"}, True, False, seen["loaded"]]


def test_a_kernel_that_would_not_take_the_table_is_asked_before_anything_is_written(seen):
    assert seen["before"] == [] and seen["refused_before"].startswith("nothing was written, "), seen["refused_before"]
    assert seen["refused_before_left"][:2] == [[], True]


@pytest.mark.parametrize("name", ["refused", "refused_at_once"])
def test_a_kernel_that_does_not_take_the_table_has_all_taken_back_at_once(seen, name):
    assert seen[name].startswith("nft does not load /etc/portcullis.nft: ") and seen[name].endswith(
        ". All is as it was: the files, and what was loaded."
    ), seen[name]
    left, settled, table = seen[name + "_left"]
    assert left == seen["before"] and settled and "owner" in table


AWAY = """
import glob
TASK.update(services=[{"daemon": "sshd", "ports": [22]}], dialect="debian", allow_text="sshd: 10.\\n", deny_text="ALL: ALL\\n", rollback_timeout=2)
program = os.path.realpath([os.path.join(one, "nft") for one in FOLDERS if os.access(os.path.join(one, "nft"), os.X_OK)][0])
subprocess.run(["cp", program, "/run/nft"], check=True)  # to look with, while the watchdog has none
task(rollback_session=session(1))
subprocess.run(["mount", "--bind", "/bin/false", program], check=True)  # as while a package is replaced
end = time.monotonic() + 60
while not glob.glob(STATE + "/*.rolledback") and time.monotonic() < end:
    time.sleep(0.02)
time.sleep(1)  # the first tries fail
seen = {"waits": os.path.isdir(STATE)}
seen["loaded"] = b"hook input" in subprocess.run(("/run/nft",) + TABLE, stdout=subprocess.PIPE).stdout
subprocess.run(["umount", "--lazy", program], check=True)  # a try of the watchdog may be running it just now
seen["settled"], seen["left"] = settled(), nft(*TABLE)
print(json.dumps(seen))
"""


def test_a_filter_that_nft_cannot_take_away_at_the_deadline_is_taken_away_later():
    """nft was replaced at that moment: the log said that all was back, and the filter stayed for good."""
    assert in_place(AWAY) == {"waits": True, "loaded": True, "settled": True, "left": ""}


GAP = """
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import parse_connection
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import still_there

TASK.update(services=[{"daemon": "sshd", "ports": [22]}], dialect="debian", allow_text="sshd: 10.\\n", deny_text="ALL: ALL\\n")
task()
# what of a connection the host knows; it is there still, as in a session that began while the filter was away
came = lambda address: still_there.filter_is_missed(parse_connection("%s 50022 192.0.2.1 22" % address, "a test"))
loaded = nft(*TABLE)
seen = {"granted": came("10.1.2.3"), "refused": [came("203.0.113.7"), came("2001:db8::7")]}
nft("flush", "ruleset")
seen["flushed"] = [came("203.0.113.7"), nft(*TABLE) == loaded, came("203.0.113.7"), came("10.1.2.3")]
task(state="absent")
print(json.dumps(seen))
"""


def test_a_connection_that_came_while_the_filter_was_away_proves_nothing():
    seen = in_place(GAP)
    assert seen["granted"] == "" and seen["refused"] == ["gap", "gap"]
    assert seen["flushed"] == ["reloaded", True, "gap", ""]
