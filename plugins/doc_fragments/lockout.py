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
      - How to handle a change that would lock out the operator. Before anything is written, the module checks that the new policy still grants the
        connection that this task came through.
      - With V(strict), the task fails, and writes nothing, if the policy denies that connection, or if the decision depends on something that can
        fail, such as DNS. It also fails if the task came through ssh and the host cannot determine the client address.
      - With V(warn), a decision that depends on something that can fail gives a warning. With V(disabled), nothing is checked.
    type: str
    default: strict
    choices: [strict, warn, disabled]
  operators:
    description:
      - Addresses that must still reach the ssh server of the host after the change, in addition to the address that this task came from.
      - Set your own address here if the host cannot determine it.
    type: list
    elements: str
  keep_access:
    description:
      - More requests that must stay granted, such as monitoring and backup.
      - Each is a mapping in the form that O(portcullis.tcp_wrappers.hosts_access_evaluate#module:assertions) takes, without C(expect).
    type: list
    elements: dict
  keep_sessions:
    description:
      - What to do if other users are logged in over ssh, and could not log in again from the same address after the change.
      - With V(false), a warning names them. With V(true), the task fails and writes nothing.
      - Open connections are never closed, because libwrap decides only about new connections.
    type: bool
    default: false
  rollback_timeout:
    description:
      - Seconds that the host waits for a new connection from the controller to confirm the change. Without one, the host rolls back text, owner and
        mode.
      - V(0) disables the rollback. If libwrap does not decide about the connection, no confirmation is needed.
      - The task fails with C(async), because nothing would confirm the change.
    type: int
    default: 60
  rollback_session:
    description:
      - Internal. Data about the connection, which the action plugin sets. Do not set it in playbooks.
    type: dict
"""
