# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Let Ansible look for results a hundred times a second while it waits for its hosts.

By itself it looks a thousand times, and ten thousand times where more hosts than forks wait their turn. tests/prebuilt.py switches this on.
"""

from __future__ import annotations

import time

from ansible import constants
from ansible.plugins import strategy
from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: looks_less_often
type: notification
short_description: less work while Ansible waits
description: [for the tests]
"""

LOOK = 0.01  # seconds


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "looks_less_often"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        constants.DEFAULT_INTERNAL_POLL_INTERVAL = LOOK
        strategy.time = Patient()


class Patient:
    """Stands in for the module time where strategies wait."""

    def __getattr__(self, name):
        return getattr(time, name)

    @staticmethod
    def sleep(seconds):
        time.sleep(max(seconds, LOOK))
