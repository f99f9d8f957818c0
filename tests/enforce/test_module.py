# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""hosts_access_enforce with the real nft, in a network and an /etc of its own: loaded, read back, mended, undone, taken away."""

import pytest
from place import in_place

STEPS = """
TASK = {
    "services": [{"daemon": "in.telnetd", "ports": [4023]}],
    "dialect": "debian",
    "allow_text": "in.telnetd: [2001:db8::]/32, 10.0.0.0/8 EXCEPT 10.66.0.0/16\\n",
    "deny_text": "ALL: ALL\\n",
}

seen = {"before": files()}
first = task()
seen["first"] = [first["changed"], first["services"][0]["in_force"], first["findings"]]
seen["table"] = nft("list", "table", "inet", "portcullis")
seen["again"] = task()["changed"]
nft("flush", "ruleset")
drifted = task(check_mode=True)
seen["drift"] = [drifted["changed"], drifted["services"][0]["in_force"], [one["code"] for one in drifted["findings"]]]
seen["mended"] = [task()["changed"], task()["changed"]]
nft("add", "rule", "inet", "portcullis", "input", "tcp", "dport", "9", "drop")
foreign = task(check_mode=True)
seen["foreign"] = [foreign["changed"], [one["code"] for one in foreign["findings"]]]
task()
try:
    task(keep_access=[{"daemon": "in.telnetd", "address": "10.66.1.2"}], allow_text="in.telnetd: 11.\\n")
except TaskError as error:
    seen["refused"] = str(error)
seen["kept"] = task()["changed"]
nft("flush", "ruleset")
reload_all(["nftables"])
seen["undone"] = task()["changed"]
os.rename("/etc/portcullis.nft", "/etc/portcullis.away")
reload_all(["nftables"])
seen["gone"] = nft("list", "ruleset")
os.rename("/etc/portcullis.away", "/etc/portcullis.nft")
reload_all(["nftables"])
seen["absent"] = [task(state="absent")["changed"], task(state="absent")["changed"], nft("list", "ruleset")]
seen["after"] = files()
print(json.dumps(seen))
"""


@pytest.fixture(name="seen", scope="module")
def fixture_seen():
    return in_place(STEPS)


def test_the_kernel_does_what_the_tables_say(seen):
    assert seen["first"] == [True, True, []]
    assert "10.0.0.0/10" in seen["table"] and "2001:db8::/32" in seen["table"]


def test_twice_is_once(seen):
    assert seen["again"] is False


def test_an_empty_kernel_is_a_finding_and_is_mended(seen):
    assert seen["drift"] == [True, False, ["filter_drift"]]
    assert seen["mended"] == [True, False]


def test_a_rule_of_somebody_else_in_the_table_is_a_finding(seen):
    assert seen["foreign"] == [True, ["filter_unclear"]]


def test_a_translation_that_refuses_whom_it_must_keep_changes_nothing(seen):
    assert "keep_access[0]" in seen["refused"] and "nothing was written" in seen["refused"]
    assert seen["kept"] is False


def test_an_undo_loads_the_table_of_the_file_or_takes_it_away(seen):
    assert seen["undone"] is False and seen["gone"] == ""


def test_absent_leaves_nothing(seen):
    assert seen["absent"] == [True, False, ""]
    assert seen["after"] == seen["before"]


ELSEWHERE = """
import ctypes
TASK = {"services": [{"daemon": "sshd", "ports": [22]}], "dialect": "debian", "allow_text": "sshd: 10.\\n", "deny_text": "ALL: ALL\\n"}
child = os.fork()
if not child:
    assert not ctypes.CDLL(None, use_errno=True).unshare(0x40000000)  # CLONE_NEWNET: sched.h
    os.makedirs("/run/systemd/system")  # systemd runs, and would start a unit in the network of process 1
    options = {name: about.get("default") for name, about in run.argument_spec().items()}
    options.update(TASK, rollback_timeout=2, lockout_guard="disabled", rollback_session=session(1))
    call = Call(options, False)
    done = run.run(call)
    seen = {"in_force": done["services"][0]["in_force"], "warnings": call.warnings, "files": files()}
    seen["settled"], seen["left"] = settled(), nft("list", "ruleset")
    with open("/run/seen", "w") as stream:
        json.dump(seen, stream)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
with open("/run/seen") as stream:
    seen = json.load(stream)
seen["here"] = nft("list", "ruleset")
print(json.dumps(seen))
"""


def test_a_network_namespace_that_process_1_is_not_in():
    """As of a ssh server of its own namespace: the filter is taken back where it was loaded, and no unit loads it elsewhere."""
    seen = in_place(ELSEWHERE)
    assert seen["in_force"] is True and [seen["settled"], seen["left"], seen["here"]] == [True, "", ""]
    assert "ip netns exec" in " ".join(seen["warnings"])
    assert not any("portcullis-enforce" in path for path in seen["files"])
