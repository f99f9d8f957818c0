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
      - The folder that every path of this task is taken below, as C(chroot) would take it.
      - Included files and links resolve below it too. A path that leads out of it is refused.
        Nothing outside it is read, reloaded or asked.
      - Use it for images, chroots and rehearsals.
    type: path
    default: /
  allow_path:
    description: The table of access control rules that are tried first, hosts.allow.
    type: path
    default: /etc/hosts.allow
  deny_path:
    description: The table of access control rules that are tried second, hosts.deny.
    type: path
    default: /etc/hosts.deny
  dialect:
    description:
      - Which build of libwrap reads the tables. The same line means different things to different builds.
      - V(auto) finds it from the host. Where the host is not known, modules that only read answer as V(upstream) with a warning,
        and modules that write fail and ask for the dialect.
    type: str
    default: auto
    choices: [auto, debian, upstream, upstream-classic, redhat, el7, el6, suse15, suse12, freebsd, netbsd, macos]
"""
