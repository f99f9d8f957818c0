# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that inetd_tcpd, xinetd_tcpd and systemd_tcpd share."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type


class ModuleDocFragment(object):
    DOCUMENTATION = r"""
options:
  services:
    description:
      - The services to wrap or unwrap, by name, or by C(name/protocol) where several have the same name.
      - By default, with O(state=wrapped), all that are switched on, can be wrapped and do not ask libwrap by themselves.
      - A service that is switched off, or whose daemon asks by itself, is changed only when it is named.
      - A named service that cannot be wrapped fails the task, and nothing is written.
      - With O(state=unwrapped) they must be named; with O(record) they are left out.
    type: list
    elements: str
  state:
    description:
      - V(wrapped) puts tcpd in front of the services.
      - V(unwrapped) starts their daemons directly again. What this module wrapped becomes what it was, byte for byte.
      - With V(unwrapped) and O(record), the services that the record tells of are taken from behind tcpd, and no others.
    type: str
    default: wrapped
    choices: [wrapped, unwrapped]
  missing:
    description:
      - What to do when a named service, or the whole configuration file, does not exist.
      - With V(ignore) such services are returned in RV(missing), and the rest is done.
    type: str
    default: fail
    choices: [fail, ignore]
  tcpd:
    description:
      - The path of tcpd, below O(root).
      - By default the first of C(/usr/sbin/tcpd) and C(/usr/libexec/tcpd) that is an executable file.
    type: path
  allow_missing_tcpd:
    description:
      - Wrap services even though tcpd is not there, for an image that gets it later.
      - Until then the services do not start.
    type: bool
    default: false
seealso:
  - module: portcullis.tcp_wrappers.hosts_access
    description: Writes the rules that tcpd asks.
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
    description: Tells for every service who enforces the rules.
notes:
  - tcpd knows a service by the name of its daemon's file, such as C(in.telnetd), and not by the name of the service, such as C(telnet).
    Write rules for the names in RV(services[].daemon).
  - The module does not reload the server. Notify a handler.
"""
