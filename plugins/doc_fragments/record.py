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
      - A file of the host that the task writes down in what it changes, so that a later task can undo exactly that.
        Several tasks and modules may share one. It is written as one change with the files that it tells of, and is rolled back with them.
      - Where O(state) takes something away, the task undoes what the file tells of its module's work, and takes that out of the file,
        which goes with the last of it. Where nobody has written to the files since, they become what they were, byte for byte.
      - It belongs to the user that runs the task, with mode 0600. A link, or a file that somebody else may write to, is refused.
        It holds the old texts, so a diff says only that it changes.
      - It has at most 64 MiB on a host and 8 MiB below another O(root). A task that would need more is refused.
    type: path
"""
