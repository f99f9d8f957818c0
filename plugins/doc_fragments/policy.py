# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that the filters on tables share."""

from __future__ import annotations


class ModuleDocFragment:
    """Documentation fragments; Ansible looks for this class."""

    DOCUMENTATION = r"""
options:
  dialect:
    description: The libwrap build that reads the tables. U(https://github.com/portcullis/tcp_wrappers/blob/main/docs/dialects.md) describes the builds.
    type: str
    default: debian
    choices: [debian, upstream, upstream-classic, redhat, el7, el6, suse15, suse12, freebsd, netbsd, macos]
"""

    # not called TABLES: Ansible would take the fragment of modules of that name
    POLICY_TEXTS = r"""
options:
  _input:
    description:
      - A mapping with the texts of the tables, C(allow) and C(deny). If a key is omitted, the table is treated as missing.
      - End each text with a newline. libwrap does not read a last line without one.
    type: dict
    required: true
"""
