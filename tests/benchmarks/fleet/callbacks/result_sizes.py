# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes down how many bytes of JSON each task's result is for the controller: one line a task, host and run, in the file RESULT_SIZES."""

import json
import os

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: result_sizes
type: notification
short_description: Sizes of results
description: Writes down the sizes of results.
"""


class CallbackModule(CallbackBase):
    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "result_sizes"

    def v2_runner_on_ok(self, result):
        # `result` has the public name from ansible-core 2.19 on.
        told = dict(getattr(result, "result", None) or result._result)
        told.pop("_ansible_no_log", None)
        task = getattr(result, "task", None) or result._task
        facts = {} if task.action.endswith("setup") else told.get("ansible_facts", {})
        with open(os.environ["RESULT_SIZES"], "a") as stream:
            stream.write(
                json.dumps(
                    [
                        task.action,
                        len(json.dumps(told, default=str)),
                        len(json.dumps(facts, default=str)) if facts else 0,
                        sorted(told),
                    ]
                )
                + "\n"
            )
