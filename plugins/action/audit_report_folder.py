# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The controller's part of audit_report_folder: a host answers what it likes, so its answer is looked at before anybody uses
it.
"""

from __future__ import annotations

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._results import LookingAction


class ActionModule(LookingAction):
    """All of it is shared by the modules that cannot cut the connection they come through."""
