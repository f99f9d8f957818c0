# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write every task's result as a line of JSON to SITUATION_RESULTS; with SITUATION_KILL_AFTER, kill the controller after so many tasks that were done."""

from __future__ import annotations

import json
import os
import signal

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: record
type: notification
short_description: every result as a line of JSON
description: [for the tests of situations]
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        self._path = os.environ["SITUATION_RESULTS"]
        self._left = int(os.environ.get("SITUATION_KILL_AFTER", "0"))

    def _write(self, word, result, done=True):
        task = result._task
        line = {
            "host": result._host.get_name(),
            "task": task.get_name(),
            "action": task.action,
            "word": word,
            "result": result._result,
        }
        with open(self._path, "a") as stream:
            stream.write(json.dumps(line, default=str) + "\n")
        if done and self._left:
            self._left -= 1
            if not self._left:
                os.killpg(os.getpgrp(), signal.SIGKILL)

    def v2_runner_on_ok(self, result, **_options):
        self._write("ok", result)

    def v2_runner_on_failed(self, result, ignore_errors=False, **_options):
        self._write("failed", result)

    def v2_runner_on_unreachable(self, result, **_options):
        self._write("unreachable", result)

    def v2_runner_item_on_ok(self, result, **_options):
        self._write("item", result, done=False)

    def v2_runner_item_on_failed(self, result, **_options):
        self._write("item failed", result, done=False)
