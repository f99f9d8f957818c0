# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that keep a task from locking its own operator out."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  lockout_guard:
    description:
      - Before anything is written, the new policy is asked whether it still lets in the connection that this task came through.
      - With V(strict) the task fails, and nothing is written, where the answer is denied, or depends on something that may fail, such as DNS.
        It fails, too, where the task came through ssh and the host cannot tell from which address.
      - With V(warn) an answer that depends on something is a warning. With V(disabled) nothing is asked.
    type: str
    default: strict
    choices: [strict, warn, disabled]
  operators:
    description:
      - Addresses that must still reach the ssh server of the host afterwards, besides that of the connection that this task came through.
      - Name your own here where the host cannot tell from where the task came.
    type: list
    elements: str
  keep_access:
    description:
      - Further requests that must stay granted, such as monitoring and backup.
      - Each is a mapping in the form that O(portcullis.tcp_wrappers.hosts_access_evaluate#module:assertions) takes, without C(expect).
    type: list
    elements: dict
  keep_sessions:
    description:
      - What becomes of other people who are logged in over ssh, and who would not get in again from where they are.
      - With V(false) they are named in a warning. With V(true) the task fails, and nothing is written.
      - Their own connections go on in any case, since libwrap is asked about new ones only.
    type: bool
    default: false
  rollback_timeout:
    description:
      - Seconds that the host waits for a new connection of the controller to confirm the change.
        Without it, the host restores the old text, owner and mode by itself.
      - V(0) turns this off. A connection that libwrap does not guard needs no confirmation.
      - C(async) is refused, since nobody would confirm.
    type: int
    default: 60
  rollback_session:
    description:
      - What the controller tells the host about its connection. The collection fills it in by itself; leave it out of playbooks.
    type: dict
"""
