#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Verify the programs of TCP Wrappers against their packages."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: tcpd_integrity_info
short_description: Verify the programs of TCP Wrappers against their packages
version_added: 1.0.0
description:
  - Compares tcpd, libwrap, tcpdchk, tcpdmatch, safe_finger and try-from with the checksums of the package manager (dpkg, rpm or pkg),
    and checks their owner, mode and set-id bits, and the folders above them.
  - Also checks every tcpd that inetd.conf or xinetd names, at any path.
  - Reports libraries that C(/etc/ld.so.preload) loads into every program before libwrap, and diversions of these files by dpkg.
  - Reports sockets with port 421 at either end. The trojaned tcp_wrappers 7.6 of 1999 (CERT CA-1999-01) gave a root shell to clients that came
    from this port.
  - Programs are read and never run. The checksums come from the host itself, and root can rewrite them. Compare RV(files[].sha256) between hosts as
    well.
options:
  paths:
    description:
      - Files to check instead of the default ones. Every tcpd that a super-server names is always checked.
    type: list
    elements: path
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
seealso:
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
  - module: portcullis.tcp_wrappers.tcpd_refusals_info
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
"""

EXAMPLES = r"""
- name: Look at the wrapper's own programs
  portcullis.tcp_wrappers.tcpd_integrity_info:
  register: integrity

- name: Stop where one of them was changed
  ansible.builtin.assert:
    that: integrity.findings | selectattr('severity', 'eq', 'error') | length == 0
    fail_msg: "{{ integrity.findings | map(attribute='message') | join('; ') }}"

- name: Look at one file, and at every tcpd that a super-server names
  portcullis.tcp_wrappers.tcpd_integrity_info:
    paths:
      - /usr/sbin/tcpd
"""

RETURN = r"""
files:
  description: One entry for each file. Several links to one file have one entry.
  returned: success
  type: list
  elements: dict
  contains:
    path:
      description: The path that was requested or found.
      type: str
      sample: /usr/sbin/tcpd
    target:
      description: The path after all links are resolved.
      type: str
      sample: /usr/sbin/tcpd
    exists:
      description: Whether the file exists.
      type: bool
    owner:
      description: The number of its owner.
      type: int
      sample: 0
    group:
      description: The number of its group.
      type: int
      sample: 0
    mode:
      description: Its permission bits in octal.
      type: str
      sample: "0755"
    checksum:
      description: V(match), V(mismatch), or V(unknown) if no package manager has a checksum for it, or if the list that may have it is too large to
        be read.
      type: str
      sample: match
    reason:
      description: The evidence for RV(files[].checksum).
      type: str
      sample: MD5 of tcpd
    package:
      description: The package that contains it.
      type: str
      sample: tcpd
    package_manager:
      description: V(dpkg), V(rpm) or V(pkg).
      type: str
      sample: dpkg
    sha256:
      description: The SHA-256 checksum of the file, to compare hosts.
      type: str
    writable_parents:
      description: Parent folders in which another user than root can replace files.
      type: list
      elements: str
    named_by:
      description: File and line of each enabled service that starts it.
      type: list
      elements: str
      sample: ["/etc/inetd.conf:12"]
sockets:
  description: Sockets with port 421 at either end, at most 1000, those of root first, each with at most 20 processes. Null if sockets cannot be
    listed, as in an image.
  returned: success
  type: list
  elements: dict
  contains:
    protocol:
      description: V(tcp) or V(udp).
      type: str
    address:
      description: The local address.
      type: str
    port:
      description: The local port.
      type: int
    remote_address:
      description: The address of the other end.
      type: str
    remote_port:
      description: The port of the other end.
      type: int
    listening:
      description: Whether the socket is listening.
      type: bool
    processes:
      description: The processes that hold the socket.
      type: list
      elements: dict
      contains:
        pid:
          description: The process's number.
          type: int
        command:
          description: Its name.
          type: str
findings:
  description: Problems, each with a remedy.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description:
        - V(changed-file), V(unknown-tcpd), V(unknown-origin), V(missing), V(named-tcpd-missing), V(unreadable), V(wrong-owner),
          V(writable-file), V(writable-parent), V(set-id), V(diverted-file), V(preloaded-library), V(port-421) or V(unreadable-configuration).
      type: str
      sample: changed-file
    severity:
      description: V(error), V(warning) or V(info).
      type: str
      sample: error
    path:
      description: The file or folder it is about.
      type: str
    message:
      description: The problem.
      type: str
    remedy:
      description: The remedy.
      type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.integrity import run_module

    run_module()


if __name__ == "__main__":
    main()
