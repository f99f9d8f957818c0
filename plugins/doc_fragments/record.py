# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The option that lets a later task undo exactly what was changed."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  record:
    description:
      - A file on the host in which the task records its changes, so that a later task can undo exactly these changes.
        Several tasks and modules can share a record. It is written together with the files that it describes, and rolled back with them.
      - If O(state) removes something, the task undoes the recorded changes of its own module and removes them from the record. It deletes the record
        when nothing is left in it. A file that nobody else has changed since is restored byte for byte.
      - The record belongs to the user that runs the task, with mode 0600. The task fails if it is a link, or if another user can write to it. It
        contains the old texts, so a diff shows only that it changes.
      - The size limit is 64 MiB on a host, and 8 MiB below another O(root). The task fails if the record would be larger.
    type: path
"""
