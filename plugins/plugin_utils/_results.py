# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What a host's module answered, before the controller believes it: a taken-over host answers what it likes.

Ansible itself acts on some keys of a result: facts, which outrank the inventory, and new hosts and groups. No module of
ours returns them, so they are taken away. What is left must be of the types that the module's own RETURN says.

Ansible shows some of a host's words before an action sees the result: what stands beside the JSON, warnings, and why a
connection failed. So they are made printable where they come in.
"""

from __future__ import annotations

import ast
import dataclasses
import functools
import os
from typing import Any

import yaml
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.unsafe_proxy import wrap_var

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.printable import (
    printable,
    printable_values,
)

from ._host_words import LONGER, LONGEST, TooDeep, TooLong, plain_words, printable_error, refuse_long
from ._long_diff import bounded
from ._roles.words import in_words_of

_MODULES = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "modules")

# What every module may answer beside its own keys, and of which type.
_COMMON = {
    "changed": "bool",
    "failed": "bool",
    "msg": "str",
    "rc": "int",
    "exception": "str",
    "stdout": "str",
    "stderr": "str",
    "module_stdout": "str",
    "module_stderr": "str",
    "warnings": "list of str",
    "deprecations": "list of dict",
    "invocation": "dict",
    "diff": "any",
    "skipped": "bool",
}
_TYPES = {"str": str, "path": str, "int": int, "float": (int, float), "bool": bool, "list": (list, tuple), "dict": dict}
# What Ansible acts on in the result of any module, beside everything that begins with ansible_.
_ORDERS = {
    "add_host",
    "add_group",
    "unreachable",
    "results",
    "include",
    "include_args",
    "include_variables",
    "attempts",
    "retries",
}
# What JSON is made of. Ansible puts objects of its own into a result, which no host can.
_PLAIN = (str, bytes, int, float, bool, list, tuple, dict, type(None))


class WrongAnswer(ValueError):
    """A host's answer is not one that its module gives."""


def believable(answer: dict[str, Any], module: str, strict: bool) -> dict[str, Any]:
    """A module's answer without the keys by which a result gives Ansible orders.

    :param module: the module's name without the collection's; ``strict``: leave out what its RETURN does not name.
    :raises WrongAnswer: a value has another type than RETURN and every module's own keys have.
    """
    if not isinstance(answer, dict):
        raise WrongAnswer("it is no mapping")
    returned = returns(module)
    kept = {}
    for key, value in answer.items():
        if str(key).startswith("_ansible_") or not isinstance(value, _PLAIN):
            kept[key] = value  # Ansible's own: it has taken those of the host away
        elif key in _COMMON:
            _check(value, _common(_COMMON[key]), key)
            kept[key] = value
        elif key in returned:
            _check(value, returned[key], key)
            kept[key] = value
        elif not strict and key not in _ORDERS and not str(key).startswith("ansible_"):
            kept[key] = value
    return kept


def fit_for_a_screen(answer: dict[str, Any]) -> dict[str, Any]:
    """The answer with everything escaped that does not print: a host that lies sends what its modules would have
    escaped.

    Ansible has made objects of errors and warnings by now, and shows those. Where one does not print, it makes a new
    one of the escaped message.
    """
    clean = printable_values(answer)
    if not _prints(clean.get("exception")):
        del clean["exception"]
    if isinstance(clean.get("warnings"), list):
        clean["warnings"] = [one if _prints(one) else printable(_text_of(one)) for one in clean["warnings"]]
    if isinstance(clean.get("deprecations"), list):
        clean["deprecations"] = [one for one in clean["deprecations"] if _prints(one)]
    if "diff" in clean:
        clean["diff"] = bounded(clean["diff"])
    return clean


def _text_of(warning: Any) -> str:
    """The text of a warning: newer Ansibles make an object of it."""
    return str(getattr(getattr(warning, "event", None), "msg", warning))


def _in_words_of(role: str, warning: Any, given: dict[str, Any]) -> Any:
    """A warning with the names of a role's variables; Ansible's own object where it names none."""
    said = _text_of(warning)
    told = in_words_of(role, said, given)
    return warning if told == said and not isinstance(warning, str) else wrap_var(told)


def _prints(value: Any, field: str = "") -> bool:
    """Whether every text in an object of Ansible's own may be shown. A message is one line; a traceback has more."""
    if isinstance(value, str):
        return value == printable(value, "" if field == "msg" else "\n\t")
    if isinstance(value, (list, tuple)):
        return all(_prints(one) for one in value)
    if dataclasses.is_dataclass(value):
        return all(_prints(getattr(value, one.name), one.name) for one in dataclasses.fields(value))
    return True


@functools.lru_cache(maxsize=None)
def returns(module: str) -> dict[str, dict]:
    """What the RETURN of a module of this collection describes."""
    with open(os.path.join(_MODULES, module + ".py"), encoding="utf-8") as source:
        tree = ast.parse(source.read())
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == "RETURN":
            return yaml.load(ast.literal_eval(node.value), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) or {}
    return {}


class HostAnswers(ActionBase):
    """An action whose modules' answers are looked at before anybody uses them.

    Actions ask the host with `_ask_host`, never with `_execute_module`. A strategy may put a class of its own in front
    of an action's, as Mitogen's does, and its `_execute_module` is then the one that runs.
    """

    #: whether keys are left out that RETURN does not name
    _strict_answers = True
    _supports_async = False
    #: the most characters of the answer that is waited for
    _longest_answer = LONGEST

    def _ask_host(self, module_name=None, **options):
        """Run a module on the host; its answer as the module's own, whatever the host made of it."""
        name = (module_name or self._task.action).rpartition(".")[2]
        self._longest_answer = LONGER.get(name, LONGEST)
        try:
            answer = self._answer(module_name, options)
            kept = fit_for_a_screen(believable(answer, name, self._strict_answers))
        except WrongAnswer as error:
            kept = {
                "failed": True,
                "changed": False,
                "_ansible_parsed": True,
                "msg": (
                    "this host's answer is none that %s gives: %s. Nothing of it is used. Its Python, or the module on "
                    "its way, may have been tampered with." % (name, error)
                ),
            }
        self._speak_as_role(kept, options.get("task_vars") or {})
        if self._discovered_interpreter_key:
            kept["ansible_facts"] = {self._discovered_interpreter_key: self._discovered_interpreter}
        return kept

    def _answer(self, module_name, options):
        """What Ansible makes of the host's words. Some, such as a fact that is no mapping, end in an exception of its
        own.
        """
        try:
            return self._execute_module(module_name=module_name, **options)
        except AnsibleError as error:
            raise printable_error(error) from None  # the cause has the host's words as they came
        except (TooDeep, RecursionError):
            raise WrongAnswer("it is nested too deep") from None
        except TooLong as error:
            raise WrongAnswer(str(error)) from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise WrongAnswer("it cannot be read: %s" % printable(str(error))) from None

    def _parse_returned_data(self, res, *profile, **named):
        """The result in a module's output, which holds nothing but printable text and JSON before Ansible looks into
        it.
        """
        return super()._parse_returned_data(dict(res, **plain_words(res, self._longest_answer)), *profile, **named)

    def _low_level_execute_command(self, *arguments, **options):  # pylint: disable=arguments-differ
        """Run a command on the host. Ansible shows what it says on stderr, and why it could not be run, in warnings and
        errors of its own.

        :raises AnsibleError: it says more than any module does, which is found before anything is made of it.
        """
        try:
            answer = super()._low_level_execute_command(*arguments, **options)
        except AnsibleError as error:
            raise printable_error(error) from None  # the cause has the host's words as they came
        try:
            refuse_long(answer["stdout"], answer["stderr"], self._longest_answer)
        except TooLong as error:
            raise AnsibleError("this host's answer is refused: %s. Nothing of it is used." % error) from None
        answer["stderr_lines"] = [printable(line, "\t") for line in answer["stderr"].splitlines()]
        answer["stderr"] = printable(answer["stderr"].strip(), "\t")
        return answer

    def _speak_as_role(self, answer, task_vars):
        """Let messages name the variables of the role that the task is one of."""
        role = str(self._task._role or "").rpartition(".")
        given = task_vars.get("__%s_given" % role[2])
        if role[0] != "portcullis.tcp_wrappers" or not isinstance(given, dict):
            return
        if isinstance(answer.get("msg"), str):
            said = answer["msg"]
            answer["msg"] = wrap_var(in_words_of(role[2], said, given))
            if answer["msg"] != said:
                answer.pop("exception", None)  # newer Ansibles show the message of that, which names a module's options
        if isinstance(answer.get("warnings"), list):
            answer["warnings"] = [_in_words_of(role[2], one, given) for one in answer["warnings"]]


class LookingAction(HostAnswers):
    """The action of a module that cannot cut the connection it comes through: it runs as every module does, and its
    answer is checked.
    """

    def run(self, tmp=None, task_vars=None):
        """Run the module and wait for it: what Ansible's async_status fetches later comes past every check."""
        self._supports_check_mode = True
        if self._task.async_val:
            raise AnsibleActionFail(
                "async is refused: nobody would check the host's answer. Leave async and poll out of this task."
            )
        result = super().run(tmp, task_vars)
        del tmp
        result.update(self._ask_host(task_vars=task_vars))
        self._remove_tmp_path(self._connection._shell.tmpdir)
        return result


def _common(kind: str) -> dict[str, Any]:
    first, _of, elements = kind.partition(" of ")
    return {"type": first, "elements": elements or None}


def _check(value: Any, described: dict[str, Any], where: str) -> None:
    """Raise WrongAnswer where a value is not of the type described. Null stands for what is not known, anywhere."""
    kind = described.get("type")
    if value is None or kind not in _TYPES or not isinstance(value, _PLAIN):
        return
    if not isinstance(value, _TYPES[kind]) or isinstance(value, bool) and kind in ("int", "float"):
        found = next(
            name
            for name, types in (
                ("bool", bool),
                ("str", str),
                ("int", int),
                ("float", float),
                ("dict", dict),
                ("list", object),
            )
            if isinstance(value, types)
        )
        raise WrongAnswer("%s is of type %s, and must be of type %s" % (where, found, kind))
    if kind == "list":
        elements = {"type": described.get("elements"), "contains": described.get("contains")}
        for index, item in enumerate(value):
            _check(item, elements, "%s[%d]" % (where, index))
    elif kind == "dict":
        for key, inner in (described.get("contains") or {}).items():
            if key in value:
                _check(value[key], inner, "%s.%s" % (where, key))
