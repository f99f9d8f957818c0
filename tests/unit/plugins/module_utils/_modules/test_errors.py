# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every end of a module carries a short invocation of its own: ansible-core 2.16 would send all rules back."""

import ast
import json
import os

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules import errors
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import (
    TaskError,
    run_safely,
    short_invocation,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError

MANY = {
    "allow": ["sshd: 10.0.%d.0/24" % number for number in range(1000)],
    "deny": ["ALL: ALL"],
    "text": "x" * 5000,
    "backup": True,
    "mode": None,
}


class Ansible:
    """The two ends of AnsibleModule, and its warnings."""

    check_mode = _diff = False

    def __init__(self):
        self.params = {}
        self.ended = None
        self.warned = []

    def warn(self, text):
        self.warned.append(text)

    def exit_json(self, **result):
        self.ended = ("exit", result)

    def fail_json(self, **result):
        self.ended = ("fail", result)


def end(error=None):
    module = Ansible()

    def body(_call):
        if error:
            raise error
        return {"changed": False}

    run_safely(module, body, short_invocation(MANY))
    return module.ended


@pytest.mark.parametrize(
    "error, how, keys",
    [
        (None, "exit", ["changed", "invocation"]),
        (HostError("no"), "fail", ["invocation", "msg"]),
        (TaskError("no", unmet=[]), "fail", ["invocation", "msg", "unmet"]),
    ],
)
def test_every_end_has_a_short_invocation(error, how, keys):
    ended, result = end(error)
    assert (ended, sorted(result)) == (how, keys)
    assert result["invocation"] == {
        "module_args": {"allow": "1000 given", "deny": ["ALL: ALL"], "text": "5000 characters", "backup": True}
    }
    assert len(json.dumps(result)) < 400


def test_no_end_sends_what_a_terminal_would_act_on():
    def body(call):
        call.warn("\x1b[31mred\nline")
        raise TaskError("cannot read /x\x1b\n/y\u202e", files=["\x9b"])

    module = Ansible()
    run_safely(module, body, {})
    assert module.warned == ["\\x1b[31mred\\x0aline"]
    assert module.ended == (
        "fail",
        {
            "msg": "cannot read /x\\x1b\\x0a/y\\xe2\\x80\\xae",
            "files": ["\\xc2\\x9b"],
            "invocation": {"module_args": {}},
        },
    )


def test_every_body_is_called_run_and_sees_no_module_of_ansibles():
    folder = os.path.dirname(errors.__file__)
    for place, _folders, names in os.walk(folder):
        for name in names:
            if not name.endswith(".py") or name == "errors.py":
                continue
            with open(os.path.join(place, name), encoding="utf-8") as stream:
                text = stream.read()
            for function in [one for one in ast.walk(ast.parse(text)) if isinstance(one, ast.FunctionDef)]:
                given = [argument.arg for argument in function.args.args]
                assert "module" not in given, (name, function.name)
                if function.name == "run_module":
                    calls = [one for one in ast.walk(function) if isinstance(one, ast.Call)]
                    named = [one for one in calls if getattr(one.func, "id", "") == "run_safely"]
                    assert [[word.id for word in one.args[:2]] for one in named] == [["module", "run"]], name
