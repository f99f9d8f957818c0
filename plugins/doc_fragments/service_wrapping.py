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
      - If omitted with O(state=wrapped), the module wraps every enabled service that can be wrapped and does not ask libwrap itself.
      - A service that is disabled, or whose daemon asks libwrap itself, is changed only if it is named.
      - If a named service cannot be wrapped, the task fails and writes nothing.
      - Required with O(state=unwrapped), except with O(record), where it must be omitted.
    type: list
    elements: str
  state:
    description:
      - V(wrapped) puts tcpd in front of the services.
      - V(unwrapped) starts the daemons directly again. A service that this module wrapped is restored byte for byte.
      - With V(unwrapped) and O(record), the module unwraps only the services in the record.
    type: str
    default: wrapped
    choices: [wrapped, unwrapped]
  missing:
    description:
      - What to do if a named service, or the whole configuration file, does not exist.
      - With V(ignore), these services are returned in RV(missing), and the other services are processed.
    type: str
    default: fail
    choices: [fail, ignore]
  tcpd:
    description:
      - The path of tcpd, below O(root).
      - If omitted, the first of C(/usr/sbin/tcpd) and C(/usr/libexec/tcpd) that is an executable file.
    type: path
  allow_missing_tcpd:
    description:
      - Wrap services even if tcpd does not exist, for an image that gets tcpd later.
      - Without tcpd the services do not start.
    type: bool
    default: false
seealso:
  - module: portcullis.tcp_wrappers.hosts_access
    description: Writes the rules that tcpd evaluates.
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
    description: Reports for each service what enforces the rules.
notes:
  - tcpd identifies a service by the file name of its daemon, such as C(in.telnetd), not by the name of the service, such as C(telnet).
    Write rules for the names in RV(services[].daemon).
  - The module does not reload the server. Notify a handler.
"""
