# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""prebuilt_modules for ansible-test, which switches on callbacks of its own choice, and hands no variables on: tests/tools/ansible_test.py."""

from __future__ import annotations

import os
import pathlib
import sys

DOCUMENTATION = """
name: always_prebuilt_modules
type: notification
short_description: modules that are put together once, for ansible-test
description: [for the tests]
"""

HERE = pathlib.Path(__file__).resolve().parent
os.environ["PORTCULLIS_PREBUILT"] = str(HERE.parent / "output" / ".prebuilt")  # git ignores it
os.environ["PORTCULLIS_COMPILED"] = sys.executable
sys.path.insert(0, str(HERE.parent / "callback"))  # below that folder every run of Ansible would load this one

import prebuilt_modules


class CallbackModule(prebuilt_modules.CallbackModule):
    CALLBACK_NAME = "always_prebuilt_modules"
    CALLBACK_NEEDS_ENABLED = False
