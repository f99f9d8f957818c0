# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What every module of this collection does in check mode, in diff mode, and when it is repeated."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    # for modules that change something
    DOCUMENTATION = r"""
options: {}
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details:
      - The task fails with C(async), because the action plugin could not check the result of the host.
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - Reads, checks and proves everything as in a real run, and writes nothing.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: full
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
    support: full
  platform:
    description: Target OS or families that can be operated against.
    platforms: posix
    support: full
"""

    # for modules that only look, in place of the block above
    INFO = r"""
options: {}
attributes:
  async:
    description: Supports being used with the C(async) keyword.
    support: none
    details:
      - The task fails with C(async), because the action plugin could not check the result of the host.
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - This module never changes anything.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: N/A
    details:
      - This module never changes anything.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
      - This assumes that the system controlled or queried by the module has not changed in a relevant way.
    support: full
    details:
      - This module never changes anything.
  platform:
    description: Target OS or families that can be operated against.
    platforms: posix
    support: full
"""

    # for what runs on the controller only
    CONTROLLER = r"""
options: {}
attributes:
  check_mode:
    description: Can run in check_mode and return changed status prediction without modifying target.
    support: full
    details:
      - It runs on the controller and never changes anything.
  diff_mode:
    description: Will return details on what has changed (or possibly needs changing in check_mode), when in diff mode.
    support: N/A
    details:
      - It never changes anything.
  idempotent:
    description:
      - When run twice in a row outside check mode, with the same arguments, the second invocation indicates no change.
    support: full
    details:
      - It never changes anything.
  platform:
    description: Target OS or families that can be operated against.
    platforms: posix
    support: full
"""

    # for every module: the name that module_defaults takes
    ACTIONGROUP = r"""
options: {}
attributes:
  action_group:
    description: Use C(group/portcullis.tcp_wrappers.tcp_wrappers) in C(module_defaults) to set defaults for all modules of this collection but the internal
      ones C(audit_documents), C(audit_report_folder), C(harden_kernel) and C(role_settings).
    support: full
    membership:
      - portcullis.tcp_wrappers.tcp_wrappers
"""
