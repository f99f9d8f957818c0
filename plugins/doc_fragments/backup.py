# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that keep the old text of a changed file."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  backup:
    description: Keep a backup of each changed file in the same folder, owned by root with mode 0600.
    type: bool
    default: false
  backup_keep:
    description: Number of backups to keep for each file. Older backups are removed.
    type: int
    default: 5
"""
