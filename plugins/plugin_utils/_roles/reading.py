# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""The variables of a role, read where an action runs: from a task's variables, before any module runs on the host."""

from __future__ import annotations

import functools
import multiprocessing
import os
from typing import Any

import yaml
from ansible.errors import AnsibleActionFail, AnsibleError

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.printable import printable

from .settings import document_name, settings
from .variables import VariableError

_COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def read_settings(role: str, entry: str, task_vars: dict[str, Any], templar: Any) -> dict[str, Any]:
    """The variables of a role, checked, joined and fixed: a key for each, without the role's prefix.

    :param task_vars: the variables of the task's host; ``templar`` evaluates those of the operator.
    :raises AnsibleActionFail: a variable or a fact that must not be, or a value that means nothing.
    """
    specs = options_of(role)
    if entry not in specs:
        raise AnsibleActionFail("the role %s has no entry %r." % (role, entry))
    names = [str(name) for name in task_vars]
    try:
        made = settings(role, specs, entry, names, _facts(task_vars), lambda name: _value(name, task_vars, templar))
    except VariableError as error:
        raise AnsibleActionFail(printable(str(error))) from None  # it may name facts, and values that are made of them
    if role == "audit" and made.get("output_dir"):
        made["document_path"] = os.path.join(made["output_dir"], document_name(task_vars["inventory_hostname"]))
    return made


@functools.lru_cache(maxsize=None)
def options_of(role: str) -> dict[str, dict]:
    """The options of a role's entry points, as its argument specs describe them."""
    with open(os.path.join(_COLLECTION, "roles", role, "meta", "argument_specs.yml"), "rb") as stream:
        specs = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"]
    return {entry: spec["options"] for entry, spec in specs.items()}


def _facts(task_vars: dict[str, Any]) -> set[str]:
    """The names of all facts of this host. They are asked for where Ansible keeps them: a fact may be called
    ansible_facts and hide the others.
    """
    names = set(task_vars.get("ansible_facts") or {})
    real = getattr(getattr(multiprocessing.current_process(), "_host", None), "name", None)
    if real is not None and real != task_vars["inventory_hostname"]:
        names.add("inventory_hostname")  # two facts together would hide it: these are another host's then
    cache: Any = getattr(getattr(task_vars.get("hostvars"), "_variable_manager", None), "_fact_cache", None)
    try:
        names.update(cache.get(task_vars["inventory_hostname"]) or {})
    except (AttributeError, KeyError):
        pass  # none were gathered, or this ansible-core keeps them elsewhere
    return names


def _value(name: str, task_vars: dict[str, Any], templar: Any) -> Any:
    """A variable's value, templates evaluated; None where it has none or is omitted."""
    try:
        value = templar.template(task_vars[name])
    except AnsibleError as error:
        raise VariableError("%s has no value: %s" % (name, error)) from error
    omitted = value is task_vars.get("omit") or isinstance(value, str) and value == task_vars.get("omit")
    return None if omitted else value
