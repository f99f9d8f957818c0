# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reads the variables of a role of this collection before any module runs on the host; what it returns is what the
role's tasks use.

A registered result outranks facts, and facts are the host's own words. Nothing runs on the host.
"""

from __future__ import annotations

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.reading import read_settings
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.variables import ROLES
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated


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
        result.update(untemplated(read_settings(role, entry, task_vars, self._templar)), changed=False)
        return result
