# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of hosts_access_enforce: confirm a change over a new connection, or let the host undo it."""

from __future__ import annotations

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._lockout import LockoutAction


class ActionModule(LockoutAction):
    """All of it is shared by the modules that may cut the connection they come through, but for a first look: a small
    module tells whether all is in force already.
    """

    def _look(self, arguments, task_vars):
        if arguments.get("assertions"):
            return None
        done = self._ask_host(
            module_name="portcullis.tcp_wrappers.hosts_access_enforce_plan_info",
            module_args={"task": arguments},
            task_vars=task_vars,
        )
        if not done.pop("unchanged", False):
            return None
        return done
