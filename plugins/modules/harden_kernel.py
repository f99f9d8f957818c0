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
short_description: Set the kernel's own defences, for now and for the next start
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - The role P(portcullis.tcp_wrappers.harden#role) starts this module where its variables ask for settings of the kernel.
  - It writes them into C(/etc/sysctl.d/zz-portcullis-harden.conf), tells the running kernel, and writes down what it found, so that it can be undone.
  - A setting that the kernel does not have, such as one of IPv6, is left for the next start. Linux only.
  - Somebody else's file in the place of the drop-in is replaced, never shown, and comes back when the settings are undone.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes
  - portcullis.tcp_wrappers.record
options:
  root:
    description: The folder to work below, for images. The running kernel is asked and told only where this is V(/).
    type: path
    default: /
  settings:
    description: The settings, by the names of sysctl(8) below C(net). The values are numbers.
    type: dict
    default: {}
  state:
    description:
      - With V(present), O(settings) hold. Other settings of the running kernel, also of an earlier task, stay as they are.
      - With V(absent), what the record tells is undone. A setting that somebody has changed since stays as it is.
    type: str
    default: present
    choices: [present, absent]
  record:
    required: true
seealso:
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
    description: Tells in RV(portcullis.tcp_wrappers.tcpd_coverage_info#module:kernel) what holds for each interface.
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
  description: What the running kernel was told; in check mode, what it would be told.
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
