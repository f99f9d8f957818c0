# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What of a host's answer the controller believes."""

import glob
import os
import types

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._results import (
    HostAnswers,
    WrongAnswer,
    believable,
    returns,
)

PLUGINS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "..", "plugins")
ORDERS = {
    "ansible_facts": {"x": 1},
    "add_host": {"host_name": "x"},
    "add_group": "x",
    "ansible_stats": {},
    "unreachable": True,
    "results": [1],
    "ansible_anything": 1,
}
GOOD = {
    "changed": False,
    "dialect": "debian",
    "rules": [],
    "tables": {"allow": {"path": "/etc/hosts.allow", "owner": None}},
    "warnings": ["x"],
    "invocation": {"module_args": {}},
}


def modules():
    return sorted(
        os.path.basename(path)[: -len(".py")]
        for path in glob.glob(os.path.join(PLUGINS, "modules", "*.py"))
        if not path.endswith("__init__.py")
    )


@pytest.mark.parametrize("strict", [True, False])
def test_orders_to_ansible_are_taken_away_and_the_answer_stays(strict):
    assert believable(dict(GOOD, **ORDERS), "hosts_access_info", strict) == GOOD


def test_what_return_does_not_name_is_left_out_where_nothing_else_is_said():
    assert believable(dict(GOOD, surprise=1), "hosts_access_info", True) == GOOD
    assert believable(dict(GOOD, surprise=1), "hosts_access_info", False)["surprise"] == 1


@pytest.mark.parametrize(
    "more, said",
    [
        ({"changed": "no"}, "changed is of type str, and must be of type bool"),
        ({"warnings": "x"}, "warnings is of type str, and must be of type list"),
        ({"warnings": [{}]}, r"warnings\[0\] is of type dict, and must be of type str"),
        ({"msg": ["x"]}, "msg is of type list, and must be of type str"),
        ({"rules": [{"line": True}]}, r"rules\[0\].line is of type bool, and must be of type int"),
        ({"tables": {"deny": {"path": 1}}}, "tables.deny.path is of type int, and must be of type str"),
    ],
)
def test_another_type_is_no_answer(more, said):
    with pytest.raises(WrongAnswer, match=said):
        believable(dict(GOOD, **more), "hosts_access_info", True)


def test_what_ansible_itself_puts_into_a_result_stays():
    class Summary:
        """As ansible-core 2.19 has them: no host can make one."""

    said = Summary()
    assert believable({"warnings": [said], "exception": said, "_ansible_parsed": True}, "hosts_access_info", True) == {
        "warnings": [said],
        "exception": said,
        "_ansible_parsed": True,
    }


@pytest.mark.parametrize("module", modules())
def test_every_module_says_what_it_returns_and_has_an_action_that_looks_at_its_answer(module):
    assert returns(module)
    if module in ("hosts_access_plan_info", "hosts_access_enforce_plan_info", "role_settings"):
        return  # the actions of what they look for start the first, and no host the last
    loaded = __import__(
        "ansible_collections.portcullis.tcp_wrappers.plugins.action." + module, fromlist=["ActionModule"]
    )
    assert issubclass(loaded.ActionModule, HostAnswers)


@pytest.mark.parametrize(
    "role, shown",
    [
        ("portcullis.tcp_wrappers.harden", "harden_forbid_gains: nothing was written."),
        ("", "forbid_gains: nothing was written."),
    ],
)
def test_a_message_of_a_roles_task_is_shown_with_the_roles_words_alone(role, shown):
    action = types.SimpleNamespace(_task=types.SimpleNamespace(_role=role or None))
    answer = {"msg": "forbid_gains: nothing was written.", "exception": "what a newer Ansible shows instead of msg"}
    HostAnswers._speak_as_role(action, answer, {"__harden_given": {"forbid_gains": True}})
    assert answer["msg"] == shown
    assert ("exception" in answer) is (not role)


def test_a_warning_of_a_roles_task_is_shown_with_the_roles_words_in_newer_ansibles_too():
    """They make objects of a module's warnings, with the text in an event."""

    class Warned:
        def __init__(self, text):
            self.event = types.SimpleNamespace(msg=text)

    other = Warned("something else")
    action = types.SimpleNamespace(_task=types.SimpleNamespace(_role="portcullis.tcp_wrappers.harden"))
    answer = {
        "warnings": ["keep_sessions: true refuses it.", Warned("keep_sessions: true refuses such a change."), other]
    }
    HostAnswers._speak_as_role(action, answer, {"__harden_given": {"keep_sessions": False}})
    assert answer["warnings"] == [
        "harden_keep_sessions: true refuses it.",
        "harden_keep_sessions: true refuses such a change.",
        other,
    ]
