# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the variables of a role of this collection before any module runs on the host; what it returns is what the role's tasks use.

A registered result outranks facts, and facts are the host's own words. Nothing runs on the host.
"""

from __future__ import annotations

import os

import yaml
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.printable import printable
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.settings import document_name, settings
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.variables import ROLES, VariableError
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated

_COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


class ActionModule(ActionBase):
    """The variables of a role, checked, joined and fixed."""

    _requires_connection = False
    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        """One mapping with a key for each variable, without the role's prefix."""
        self._supports_check_mode = True
        self._supports_async = False
        result = super().run(tmp, task_vars)
        del tmp
        role, entry = self._task.args.get("role"), self._task.args.get("entry", "main")
        if role not in ROLES or set(self._task.args) - {"role", "entry"}:
            raise AnsibleActionFail("role_settings takes role (one of %s) and entry." % ", ".join(sorted(ROLES)))
        specs = self._specs(role)
        if entry not in specs:
            raise AnsibleActionFail("the role %s has no entry %r." % (role, entry))
        try:
            made = settings(
                role,
                specs,
                entry,
                [str(name) for name in task_vars],
                self._facts(task_vars),
                lambda name: self._value(name, task_vars),
            )
        except VariableError as error:
            raise AnsibleActionFail(
                printable(str(error))
            ) from None  # it may name facts, and values that are made of them
        if role == "audit":
            if made.get("output_dir"):
                made["document_path"] = os.path.join(made["output_dir"], document_name(task_vars["inventory_hostname"]))
        result.update(untemplated(made), changed=False)
        return result

    @staticmethod
    def _facts(task_vars):
        """The names of all facts of this host. They are asked for where Ansible keeps them: a fact may be called ansible_facts and hide the others."""
        names = set(task_vars.get("ansible_facts") or {})
        cache = getattr(getattr(task_vars.get("hostvars"), "_variable_manager", None), "_fact_cache", None)
        try:
            names.update(cache.get(task_vars["inventory_hostname"]) or {})
        except (AttributeError, KeyError):
            pass  # none were gathered, or this ansible-core keeps them elsewhere
        return names

    def _value(self, name, task_vars):
        """A variable's value, templates evaluated; None where it has none or is omitted."""
        try:
            value = self._templar.template(task_vars[name])
        except AnsibleError as error:
            raise VariableError("%s has no value: %s" % (name, error)) from error
        return (
            None
            if value is task_vars.get("omit") or isinstance(value, str) and value == task_vars.get("omit")
            else value
        )

    @staticmethod
    def _specs(role):
        """The options of a role's entry points, as its argument specs describe them."""
        with open(os.path.join(_COLLECTION, "roles", role, "meta", "argument_specs.yml"), "rb") as stream:
            specs = yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["argument_specs"]
        return {entry: spec["options"] for entry, spec in specs.items()}
