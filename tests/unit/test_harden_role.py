# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role harden looks for the very things that its tasks then declare, and goes on wherever a task may have something to do."""

import os

import jinja2
import pytest
import yaml

TASKS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "roles", "harden", "tasks")
PREFIX = "portcullis.tcp_wrappers."
# Of hosts_access: what the look has of its own, what says how a change is made, and what is meant for check mode only.
APART = {
    "root",
    "dialect",
    "record",
    "assertions",
    "backup",
    "lockout_guard",
    "operators",
    "keep_access",
    "rollback_timeout",
    "allow_unenforced",
    "return_text",
    "forbid_gains",
    "unenforced",
    "keep_sessions",
    "companion",
}
SUPERSERVERS = ("inetd", "xinetd", "systemd")


def arguments(*files):
    """The arguments of the collection's modules in the role's tasks, by module."""
    found = {}

    def walk(tasks):
        for task in tasks:
            for name, value in task.items():
                if name in ("block", "always", "rescue"):
                    walk(value)
                elif name.startswith(PREFIX):
                    assert name[len(PREFIX) :] not in found
                    found[name[len(PREFIX) :]] = value

    for name in files or ("present.yml", "change.yml"):
        with open(os.path.join(TASKS, name), encoding="utf-8") as stream:
            walk(yaml.safe_load(stream))
    return found


def test_the_look_and_the_task_mean_the_same_tables():
    look, task = arguments()["harden_plan_info"], arguments()["hosts_access"]
    assert look["tables"] == {name: value for name, value in task.items() if name not in APART}


def test_the_filter_stands_beside_what_the_look_has_found_and_goes_with_the_tables():
    assert arguments()["hosts_access"]["companion"] == "{{ __harden_plan.companion | default(omit) }}"
    back = arguments("absent.yml")["hosts_access"]["companion"]
    assert jinja2.Environment().from_string(back).render(__harden_plan={"undo": ["filter"]}) == "[]"


@pytest.mark.parametrize("name", SUPERSERVERS)
def test_the_look_and_the_task_mean_the_same_services(name):
    assert arguments()["harden_plan_info"][name + "_services"] == arguments()[name + "_tcpd"]["services"]


def test_the_look_and_the_tasks_mean_the_same_host_and_prove_the_same():
    found = arguments()
    look = found.pop("harden_plan_info")
    assert set(found) == {"hosts_access", "hosts_access_evaluate", "harden_kernel"} | {
        name + "_tcpd" for name in SUPERSERVERS
    }
    assert found["harden_kernel"]["settings"] == look["kernel"]
    for name, task in found.items():
        assert task["root"] == look["root"]
        # the proof at the end takes the dialect that hosts_access has found
        assert name in ("hosts_access_evaluate", "harden_kernel") or task["dialect"] == look["dialect"]
        assert name == "hosts_access_evaluate" or task["record"] == look["record"]
        assert task.get("assertions", look["assertions"]) == look["assertions"]


def test_what_changes_something_is_undone_by_the_same_module_with_the_same_record():
    there, back = arguments(), arguments("absent.yml")
    look = back.pop("harden_plan_info")
    assert set(back) == set(there) - {"harden_plan_info", "hosts_access_evaluate"}
    assert look["tables"] == {name: back["hosts_access"][name] for name in ("allow", "deny", "block_name")}
    for name, task in dict(back, harden_plan_info=look).items():
        assert task["state"] == ("unwrapped" if name.endswith("_tcpd") else "absent")
        assert (task["root"], task["record"]) == (there[name]["root"], there[name]["record"])
        assert "services" not in task
    for name in ("hosts_access",) + tuple(kind + "_tcpd" for kind in SUPERSERVERS):
        for option in (
            "dialect",
            "backup",
            "lockout_guard",
            "operators",
            "keep_access",
            "keep_sessions",
            "rollback_timeout",
        ):
            assert back[name][option] == there[name][option]


@pytest.mark.parametrize(
    "goes_on, variables",
    [
        (False, {}),
        (False, {"packages": []}),
        (False, {"packages": [], "found": []}),
        (True, {"unchanged": False}),
        (True, {"packages": ["tcpd"]}),
        # somebody has removed the package
        (True, {"found": ["/etc/inetd.conf"]}),
        # nothing is installed in an image
        (False, {"found": ["/etc/inetd.conf"], "root": "/srv/image"}),
        (False, {"packages": ["tcpd"], "root": "/srv/image"}),
    ],
    ids=str,
)
def test_the_role_goes_on_wherever_a_task_may_have_something_to_do(goes_on, variables):
    with open(os.path.join(TASKS, "present.yml"), encoding="utf-8") as stream:
        (condition,) = [
            task["when"] for task in yaml.safe_load(stream) if task.get("ansible.builtin.include_tasks") == "change.yml"
        ]
    given = dict({"unchanged": True, "found": ["/usr/sbin/tcpd"], "packages": None, "root": "/"}, **variables)
    given.update(
        __harden_plan={"unchanged": given.pop("unchanged"), "found": given.pop("found")},
        __harden_given={"packages": given.pop("packages"), "root": given.pop("root")},
    )
    assert (
        jinja2.Environment(undefined=jinja2.StrictUndefined).compile_expression(condition, undefined_to_none=False)(
            **given
        )
        is goes_on
    )
