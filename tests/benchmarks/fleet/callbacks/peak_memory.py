# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes down the peak of the controller's main process, in KiB, when the run ends: in the file PEAK_MEMORY."""

import os
import resource

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: peak_memory
type: notification
short_description: Peak of the main process
description: Writes down the peak of the main process.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "peak_memory"

    def v2_playbook_on_stats(self, _stats):
        with open(os.environ["PEAK_MEMORY"], "w") as stream:
            stream.write(str(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss))
