#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: xinetd_tcpd
short_description: Put tcpd in front of services of xinetd
version_added: "1.0.0"
description:
  - Rewrites services in C(xinetd.conf), and in the files that it includes, so that xinetd starts tcpd, which evaluates C(hosts.allow) and
    C(hosts.deny) and then runs the daemon. Also removes tcpd again.
  - The C(server) becomes tcpd, the old server becomes the first word of C(server_args), and C(flags) gains C(NAMEINARGS), in a line before C(server_args),
    because the child of xinetd crashes if the order is reversed. The rest of the file is preserved byte for byte.
  - xinetd usually asks libwrap itself. The module then adds C(NOLIBWRAP), because otherwise each connection would be checked twice, and each booby
    trap would run twice. If a service is already wrapped, the module adds the missing ones of these two flags.
  - If the old lines cannot be derived from the new ones, the module keeps each in a C(#portcullis:) comment directly above. The comments are removed
    when the service is unwrapped.
  - Services that cannot be wrapped are returned with the reason, and never rewritten. These are internal services, C(redirect), C(SENSOR), C(INTERCEPT),
    rpc over TCP, C(wait = yes) on a stream, and services that xinetd itself rejects because of an error.
  - Services with C(disable = yes), or disabled by C(enabled) and C(disabled) in the defaults, are left unchanged unless they are named.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes
  - portcullis.tcp_wrappers.attributes.actiongroup
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.service_wrapping
  - portcullis.tcp_wrappers.lockout
  - portcullis.tcp_wrappers.record
  - portcullis.tcp_wrappers.backup
options:
  path:
    description: The main file. Files that it includes are read and changed too.
    type: path
    default: /etc/xinetd.conf
  nolibwrap:
    description:
      - Whether to add the flag C(NOLIBWRAP).
      - V(auto) adds it if the xinetd below O(root) supports it, or if no xinetd is installed. A build without libwrap rejects services with this
        flag.
    type: str
    default: auto
    choices: [auto, 'yes', 'no']
  reload:
    description:
      - Send SIGHUP to every running xinetd after a change, so that it reads its configuration again. Only with O(root=/).
      - The processes are found in C(/proc). On a system without C(/proc), use a handler.
    type: bool
    default: false
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
"""

EXAMPLES = r"""
- name: Put tcpd in front of everything of xinetd that can be wrapped
  portcullis.tcp_wrappers.xinetd_tcpd:
    backup: true
  register: wrapped
  notify: Reload xinetd

- name: Wrap two services by their ids, also where they are switched off
  portcullis.tcp_wrappers.xinetd_tcpd:
    services:
      - telnet
      - tftp/udp
  notify: Reload xinetd

- name: Wrap a service, and let xinetd read the change at once
  portcullis.tcp_wrappers.xinetd_tcpd:
    services: [telnet]
    reload: true

- name: Leave the check to xinetd alone again
  portcullis.tcp_wrappers.xinetd_tcpd:
    services: [telnet, tftp]
    state: unwrapped
  notify: Reload xinetd

# handlers:
# - name: Reload xinetd
#   ansible.builtin.service:
#     name: xinetd
#     state: reloaded
"""

RETURN = r"""
services:
  description: All services of the configuration after the task, in the order of the files.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The id of the service, or its name if it has no id.
      type: str
      sample: telnet
    protocol:
      description: The protocol. If it is not configured, it is derived from the socket type.
      type: str
      sample: tcp
    daemon:
      description: The daemon name that libwrap uses. Write rules for this name.
      type: str
      sample: in.telnetd
    server:
      description: The path of the daemon, also if the service is wrapped.
      type: str
      sample: /usr/sbin/in.telnetd
    user:
      description: The user that tcpd and the daemon run as. tcpd must be able to read the tables as this user.
      type: str
      sample: root
    disabled:
      description: Whether the service is disabled.
      type: bool
      sample: false
    wrapped:
      description: Whether the service is wrapped.
      type: bool
      sample: true
    wrappable:
      description: Whether the service can be wrapped.
      type: bool
      sample: true
    reason:
      description: Why the service cannot be wrapped.
      type: str
      sample: null
    note:
      description: A limitation of a service that can be wrapped, for example that tcpd sees only the first packet of UDP.
      type: str
      sample: null
    path:
      description: The file that configures the service.
      type: str
      sample: /etc/xinetd.d/telnet
    line:
      description: The first line of the service in this file.
      type: int
      sample: 12
rewritten:
  description: The services that this task wrapped or unwrapped, as C(name/protocol).
  returned: always
  type: list
  elements: str
  sample: [telnet/tcp]
missing:
  description: Names in O(services) that do not exist, with O(missing=ignore).
  returned: always
  type: list
  elements: str
  sample: []
findings:
  description: Problems in the configuration. The module leaves these lines unchanged.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description: The code of the finding.
      type: str
      sample: malformed
    severity:
      description: V(error), V(warning) or V(info).
      type: str
      sample: warning
    path:
      description: The file.
      type: str
      sample: /etc/xinetd.d/telnet
    line:
      description: The line, or null for the whole file.
      type: int
      sample: 7
    message:
      description: The problem, in one sentence.
      type: str
      sample: "/etc/xinetd.d/old line 7: the closing '}' is missing, so xinetd skips the service old up to line 9. It is kept as it is."
    remedy:
      description: The remedy.
      type: str
      sample: Correct the line or remove it.
backup_files:
  description: The paths of the backups, with O(backup=true).
  returned: always
  type: list
  elements: str
  sample: []
nolibwrap:
  description: Whether the module assumed that xinetd asks libwrap itself.
  returned: success
  type: bool
  sample: true
reloaded:
  description: Whether a running xinetd received SIGHUP.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping.xinetd import run_module

    run_module()


if __name__ == "__main__":
    main()
