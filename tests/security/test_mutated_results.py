# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of modules with something else in a place: whatever it is, it is that host's own error, and the report of all is written."""

import copy
import csv
import io
import json
import os
import pickle
import random
import shutil
import sys
from xml.etree import ElementTree

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.exports import COLUMNS, junit, to_csv
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import fleet, read_previous
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document, failures
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.view import page_data, view
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._results import WrongAnswer, believable
from attacked import ROOT

sys.path.insert(0, str(ROOT / "tests" / "browser"))

import fleets  # noqa: E402

# So many times as many mutations in `make test-long`: other ones of the same kind.
MORE = int(os.environ.get("PORTCULLIS_MUTATIONS", "1"))
MODULES = [
    "hosts_access_evaluate",
    "hosts_access_info",
    "tcpd_audit_info",
    "tcpd_coverage_info",
    "tcpd_integrity_info",
    "tcpd_refusals_info",
]
EVERYTHING = ["assertions", "findings", "coverage", "integrity", "errors", "unreachable"]
OTHERS = [
    None,
    True,
    False,
    0,
    -1,
    2**70,
    1.5,
    "",
    "x",
    "\ud800",
    "\u202e\x00",
    "{{ lookup('pipe', 'id') }}",
    "../../etc/passwd",
    [],
    [None],
    [[]],
    ["x"],
    {},
    {"": None},
    {"daemon": []},
    [{}],
    [{"daemon": "x"}],
    {"portcullis_audit": {}},
    "y" * 5000,
]


def places(value):
    """Every place in a value, as the keys that lead to it."""
    found = [()]
    _below(value, (), found)
    return found


def _below(value, path, found):
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        here = path + (key,)
        found.append(here)
        if isinstance(item, (dict, list)):
            _below(item, here, found)


def mutated(rng, value):
    """A copy with something else, nothing, or something more in one to three places."""
    made = pickle.loads(pickle.dumps(value))  # a third of what copy.deepcopy takes, thousands of times
    for _time in range(rng.choice((1, 1, 2, 3))):
        path = rng.choice(places(made))
        if not path:
            continue
        holder = made
        for key in path[:-1]:
            holder = holder[key]
        act = rng.randrange(4)
        if act == 0:
            del holder[path[-1]]
        elif act == 1 and isinstance(holder, dict):
            holder[
                rng.choice(
                    ["surprise", "msg", "failed", "ansible_facts", "add_host", "hosts", "host", "reachable", "daemon"]
                )
            ] = copy.deepcopy(rng.choice(OTHERS))
        elif act == 2 and isinstance(holder, list):
            holder.append(copy.deepcopy(holder[path[-1]]))
        else:
            holder[path[-1]] = copy.deepcopy(rng.choice(OTHERS))
    return made


def as_the_action_returns(result, module):
    """What the role gets of a module's answer."""
    try:
        return believable(result, module, True)
    except WrongAnswer as error:
        return {"failed": True, "msg": str(error)}


def as_the_role_does(host, result):
    """A host's document of what the module answered."""
    seen = as_the_action_returns(result, "tcpd_audit_info")
    return document(host, fleets.TIME, seen, fleets.ASSERTIONS, fleets.CLIENTS)


def check_report(joined, before):
    """Every form of the report can be made, and can be read by its readers."""
    page = json.loads(page_data(view(joined, before)))
    assert [host["name"] for host in page["hosts"]] == [host["host"] for host in joined["hosts"]]
    assert {len(row) for row in csv.reader(io.StringIO(to_csv(joined)))} == {len(COLUMNS)}
    assert len(ElementTree.fromstring(junit(joined))) == len(joined["hosts"])
    told = [sentence for host in joined["hosts"] for sentence in failures(host, EVERYTHING)]
    assert all(sentence.isprintable() for sentence in told)


@pytest.mark.parametrize("seed", range(2 * MORE))
def test_whatever_a_module_answers_the_report_is_made_and_the_other_hosts_stand_in_it(seed):
    rng = random.Random(seed)
    good = fleets.host_answers(rng, daemons=("sshd", "in.telnetd"))
    fine = document("fine", fleets.TIME, good, fleets.ASSERTIONS, fleets.CLIENTS)
    assert fine["errors"] == {}
    before = fleet([fine], ["fine"], fleets.TIME)
    errors = 0
    names = [
        "bad%d" % number for number in range(10)
    ]  # in one report, for the honest host's part of it is most of the work
    for _number in range(200):
        bad = [as_the_role_does(name, mutated(rng, good)) for name in names]
        joined = fleet(bad + [fine], names + ["fine", "gone"], fleets.TIME)
        assert joined["hosts"][10] == fine and [host["host"] for host in joined["hosts"][:10]] == names
        check_report(joined, before)
        errors += sum(bool(host["errors"]) for host in joined["hosts"][:10])
        written = json.dumps({"portcullis_audit": joined})
        before = read_previous(written)
        assert before == json.loads(written)["portcullis_audit"]
    assert errors > 500  # the mutations are not harmless


@pytest.mark.parametrize("seed", range(MORE))
def test_a_document_of_anybodys_is_that_hosts_error(seed):
    rng = random.Random(seed)
    good = fleets.host_answers(rng, daemons=("sshd",))
    fine = document("fine", fleets.TIME, good, fleets.ASSERTIONS, fleets.CLIENTS)
    for _number in range(1500):
        joined = fleet([mutated(rng, dict(fine, host="bad")), fine, rng.choice(OTHERS)], ["bad", "fine"], fleets.TIME)
        assert joined["hosts"][1] == fine and joined["hosts"][0]["host"] == "bad"
        check_report(joined, read_previous(mutated(rng, {"portcullis_audit": joined})))


@pytest.mark.parametrize(
    "module",
    MODULES
    + ["harden_plan_info", "hosts_access_plan_info", "hosts_access", "inetd_tcpd", "xinetd_tcpd", "systemd_tcpd"],
)
@pytest.mark.parametrize("strict", [True, False])
def test_no_answer_gives_orders_or_breaks_the_action(module, strict):
    rng = random.Random(module)
    good = {
        "changed": False,
        "msg": "x",
        "warnings": ["x"],
        "dialect": "debian",
        "unchanged": True,
        "found": ["/usr/sbin/tcpd"],
        "services": [{"name": "x"}],
        "lockout": {"pending": False},
        "findings": [{"code": "x"}],
        "ansible_facts": {"audit_output_dir": "/x"},
        "add_host": {"host_name": "x"},
    }
    for _number in range(500):
        seen = as_the_action_returns(mutated(rng, good), module) if strict else not_strict(mutated(rng, good), module)
        assert not {"ansible_facts", "add_host", "add_group", "unreachable", "results"} & set(seen)
        assert not seen.get("warnings") or all(item is None or isinstance(item, str) for item in seen["warnings"])
        json.dumps(seen)


def not_strict(result, module):
    try:
        return believable(result, module, False)
    except WrongAnswer as error:
        return {"failed": True, "msg": str(error)}


def test_a_fleet_of_liars_is_reported_with_the_honest_host(controller):
    """By ansible-playbook itself: 24 hosts, each of which answers with a mutated result of each module."""
    rng = random.Random(7)
    good = fleets.host_answers(rng, daemons=("sshd",))
    out = controller.folder / "out"
    controller.hosts("honest", audit_dialect="debian")
    names = ["liar%02d" % number for number in range(24)]
    for name in names:
        bad = mutated(rng, good)
        controller.lie(name, tcpd_audit_info=json.dumps(bad))
    there = {path.relative_to(controller.folder) for path in controller.folder.rglob("*")}
    done = controller.play(
        "portcullis.tcp_wrappers.audit",
        "--forks",
        "4",
        audit_output_dir=str(out),
        audit_become=False,
        audit_assertions=fleets.ASSERTIONS,
        audit_clients=fleets.CLIENTS,
    )
    said = done.stdout.decode("utf-8", "surrogateescape")
    assert (
        "Traceback" not in said
        and "Unexpected failure" not in said
        and "traceback" not in said
        and "The report is %s/fleet.html" % out in said
    ), said
    report = json.loads((out / "fleet.json").read_text(encoding="utf-8"))["portcullis_audit"]
    assert [host["host"] for host in report["hosts"]] == ["honest"] + names
    assert report["hosts"][0]["errors"] == {} and sum(bool(host.get("errors")) for host in report["hosts"]) >= 12, said
    assert {host["reachable"] for host in report["hosts"]} == {True}, said
    assert [name for name in ("fleet.html", "fleet.csv", "fleet.xml") if not (out / name).stat().st_size] == []
    new = {path.relative_to(controller.folder) for path in controller.folder.rglob("*")} - there
    assert {str(path) for path in new if path.parts[0] not in ("ansible", "out")} == set(), new


def test_harden_meets_liars_and_nothing_is_written_but_below_the_root(controller):
    """By ansible-playbook itself: 12 hosts that answer the role harden with mutated results, and an honest one that is hardened all the same."""
    rng = random.Random(9)
    good = {
        "harden_plan_info": {
            "changed": False,
            "unchanged": True,
            "found": ["/usr/sbin/tcpd"],
            "dialect": "debian",
            "proved": 0,
        },
        "hosts_access_plan_info": {"changed": False, "unchanged": False},
        "hosts_access": {"changed": True, "dialect": "debian", "findings": []},
    }
    images = controller.folder / "images"
    names = ["liar%02d" % number for number in range(12)]
    controller.hosts("honest")
    for name in names:
        bad = mutated(rng, good)
        controller.lie(name, **{module: json.dumps(bad.get(module)) for module in good})
    for name in ["honest"] + names:
        shutil.copytree(str(ROOT / "tests" / "fixtures" / "legacy"), str(images / name), symlinks=True)
    there = {path.relative_to(controller.folder) for path in controller.folder.rglob("*")}
    done = controller.play(
        [{"hosts": "all", "gather_facts": False, "roles": ["portcullis.tcp_wrappers.harden"]}],
        "--forks",
        "4",
        harden_root=str(images) + "/{{ inventory_hostname }}",
        harden_dialect="debian",
        harden_allow=["sshd: 10.0.0.0/8"],
        harden_lockout_guard="disabled",
        harden_inetd_services=[],
        harden_xinetd_services=[],
        harden_mode="0644",
    )
    said = done.stdout.decode("utf-8", "surrogateescape")
    assert "Traceback" not in said and "Unexpected failure" not in said and "traceback" not in said, said
    assert "sshd: 10.0.0.0/8\n" in (images / "honest" / "etc" / "hosts.allow").read_text(encoding="utf-8"), said
    new = {path.relative_to(controller.folder) for path in controller.folder.rglob("*")} - there
    assert {str(path) for path in new if path.parts[0] not in ("ansible", "play.yml", "images")} == set(), new
