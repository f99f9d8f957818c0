# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that say where the tables are: root, allow_path, deny_path, dialect."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  root:
    description:
      - The folder that every path of this task is relative to, as with C(chroot).
      - Included files and links are resolved below it too. The task fails if a path leads out of it. Nothing outside it is read, run or reloaded.
      - A link that leads to this folder must belong to root or to the user who runs the task.
      - No link and no mount may lead to the root of the host itself, or to a file that is changed.
      - Use it for images, chroots and dry runs.
    type: path
    default: /
  allow_path:
    description: The path of hosts.allow, the table that libwrap searches first.
    type: path
    default: /etc/hosts.allow
  deny_path:
    description: The path of hosts.deny, the table that libwrap searches second.
    type: path
    default: /etc/hosts.deny
  dialect:
    description:
      - The libwrap build that reads the tables. The same line has different meanings in different builds.
      - V(auto) detects the build of the host. If it cannot be detected, modules that only read use V(upstream) and warn. Modules that write fail.
    type: str
    default: auto
    choices: [auto, debian, upstream, upstream-classic, redhat, el7, el6, suse15, suse12, freebsd, netbsd, macos]
"""
