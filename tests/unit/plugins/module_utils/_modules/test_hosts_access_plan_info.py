# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The first look says that nothing is to be done only where hosts_access itself would do nothing."""

import os

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import plan_info
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError


def ask_plan(task, **tables):
    """What the module says of a task, and that it warns of nothing."""
    params = {name: option.get("default") for name, option in plan_info.argument_spec().items()}
    call = Call(dict(params, task=task, **tables), diff=True)
    result = plan_info.run(call)
    assert call.warnings == []
    return result


@pytest.fixture(name="look")
def fixture_look(tmp_path):
    (tmp_path / "etc").mkdir()
    for name, text in (("hosts.allow", "sshd: 10.\n"), ("hosts.deny", "ALL: ALL\n")):
        path = tmp_path / "etc" / name
        path.write_text(text)
        path.chmod(0o600)

    def ask(**task):
        task.setdefault("root", str(tmp_path))
        return ask_plan(dict(task, dialect="debian", owner=str(os.getuid()), group=str(os.getgid())))

    ask.folder = tmp_path
    return ask


def test_a_task_that_is_done_is_told_so_with_the_result_of_the_module(look):
    assert look(allow=["sshd:10."], default="deny") == {
        "changed": False,
        "unchanged": True,
        "dialect": "debian",
        "access_changes": [],
        "findings": [],
        "enforcement": [],
        "backup_files": [],
        "diff": [],
    }


@pytest.mark.parametrize(
    "task",
    [
        {"allow": ["sshd: 11."]},
        {"default": "allow"},
        {"mode": "0640"},
        {"assertions": [{"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"}]},
        {"return_text": True},
        {"setype": "etc_t"},
        {"nonsense": True},
        {"state": "sideways"},
    ],
)
def test_everything_else_is_left_to_the_module_itself(look, task):
    assert look(**task) == {"changed": False, "unchanged": False}


def test_a_change_that_waits_to_be_confirmed_is_left_to_the_module_itself(look):
    (look.folder / "etc" / ".portcullis.tcp_wrappers").mkdir()
    assert look(allow=["sshd: 10."])["unchanged"] is False


def test_a_mistake_in_a_rule_is_an_error_that_the_module_itself_will_repeat(look):
    with pytest.raises(TaskError):
        look(allow=[{"ALL": "ALL"}])


def test_the_tables_of_the_modules_own_options_are_those_of_the_task(look):
    os.rename(str(look.folder / "etc" / "hosts.allow"), str(look.folder / "etc" / "other"))
    task = {"allow": ["sshd: 10."], "owner": str(os.getuid()), "group": str(os.getgid())}
    tables = {"root": str(look.folder), "allow_path": "/etc/other", "dialect": "debian"}
    assert ask_plan(task, **tables)["unchanged"]
    assert not ask_plan(dict(task, allow_path="/etc/hosts.allow"), **tables)["unchanged"]
