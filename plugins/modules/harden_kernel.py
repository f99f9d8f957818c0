#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Set the kernel's own defences against source routing and forged senders, for now and for the next start, and take them back."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: harden_kernel
short_description: Set kernel parameters, at once and for the next boot
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - The role P(portcullis.tcp_wrappers.harden#role) starts this module if its variables set kernel parameters.
  - Writes them to C(/etc/sysctl.d/zz-portcullis-harden.conf), applies them to the running kernel, and records the previous values, so that they can
    be restored.
  - A parameter that the running kernel does not have, such as one of IPv6, applies from the next boot. Linux only.
  - An existing file of another owner at this path is replaced, never shown, and restored when the changes are undone.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes
  - portcullis.tcp_wrappers.record
options:
  root:
    description: The folder that all paths are relative to, for images. The running kernel is read and changed only with V(/).
    type: path
    default: /
  settings:
    description: Kernel parameters, by their sysctl(8) names below C(net). The values are numbers.
    type: dict
    default: {}
  state:
    description:
      - With V(present), sets O(settings). Other parameters of the running kernel are left unchanged, including those of earlier tasks.
      - With V(absent), restores the values in the record. A parameter that was changed since is left unchanged.
    type: str
    default: present
    choices: [present, absent]
  record:
    required: true
seealso:
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
    description: Reports the parameters of each interface in RV(portcullis.tcp_wrappers.tcpd_coverage_info#module:kernel).
"""

EXAMPLES = r"""
- name: Let an image refuse source-routed packets
  portcullis.tcp_wrappers.harden_kernel:
    root: /srv/images/web
    settings:
      net.ipv4.conf.all.accept_source_route: 0
      net.ipv4.conf.default.accept_source_route: 0
    record: /etc/portcullis.harden.json

- name: Take that back
  portcullis.tcp_wrappers.harden_kernel:
    root: /srv/images/web
    record: /etc/portcullis.harden.json
    state: absent
"""

RETURN = r"""
told:
  description: The parameters that were set in the running kernel. In check mode, the parameters that would be set.
  returned: success
  type: list
  elements: str
  sample: [net.ipv4.conf.all.accept_source_route = 0]
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.kernel.run import run_module

    run_module()


if __name__ == "__main__":
    main()
