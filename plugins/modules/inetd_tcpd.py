#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: inetd_tcpd
short_description: Put tcpd in front of services in inetd.conf
version_added: "1.0.0"
description:
  - Rewrites lines of C(inetd.conf) so that inetd starts tcpd, which asks C(hosts.allow) and C(hosts.deny) and then runs the daemon. Takes tcpd away again.
  - Only two words of a line change. The sixth field becomes tcpd, and the next word names the daemon. Nothing else in the file changes by a byte.
  - Where the old line cannot be told from the new one, as when it had no argv[0], it is kept in a C(#portcullis:) comment right above, which goes when the
    service is unwrapped.
  - Understands the files of openbsd-inetd, inetutils-inetd and FreeBSD, and C(inetd.conf) as xinetd reads it with C(-inetd_compat).
  - Services that cannot go through tcpd are returned with the reason and never rewritten. These are C(internal) services, rpc over TCP, C(stream) services
    with C(wait), and programs that choose by argv[0] what to do, which tcpd does not pass on.
  - A program chooses by argv[0] where it is one of those known for it (busybox, toybox, dropbearmulti and others), or where it has several names (links)
    and is started under another one than the sixth field's.
  - Lines switched off by update-inetd (C(#<off>#)) stay as they are unless the service is named. Lines that are no service are kept and reported.
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
    description:
      - The file to change. Beside the default the files of C(/etc/inetd.d) are read and changed where inetutils-inetd reads them; no O(backup) is kept
        of those, for the copy would be read, too. One of them can also be named alone, without O(backup).
    type: path
    default: /etc/inetd.conf
  flavour:
    description:
      - Which program reads the file. They differ in quotes, continuation lines and limits.
      - V(auto) looks below O(root) at what is installed. Where nothing tells it takes V(openbsd).
    type: str
    default: auto
    choices: [auto, freebsd, inetutils, openbsd, xinetd]
  reload:
    description:
      - Let every running inetd, and xinetd, read its configuration again after a change, by SIGHUP. Only done where O(root=/).
      - One is found in C(/proc). On a system without it use a handler.
    type: bool
    default: false
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
"""

EXAMPLES = r"""
- name: Put tcpd in front of everything in inetd.conf that can be wrapped
  portcullis.tcp_wrappers.inetd_tcpd:
    backup: true
  register: wrapped
  notify: Reload inetd

- name: Wrap two services, one of them by its protocol
  portcullis.tcp_wrappers.inetd_tcpd:
    services:
      - ftp
      - tftp/udp
  notify: Reload inetd

- name: Wrap what of a common list this host has
  portcullis.tcp_wrappers.inetd_tcpd:
    services: [ftp, telnet, finger, uucp]
    missing: ignore
  notify: Reload inetd

- name: Prepare an image in a folder, where tcpd is installed later
  portcullis.tcp_wrappers.inetd_tcpd:
    root: /srv/images/legacy
    allow_missing_tcpd: true

- name: Wrap the FTP server, and let inetd read the change at once
  portcullis.tcp_wrappers.inetd_tcpd:
    services: [ftp]
    reload: true

- name: Start the FTP server directly again
  portcullis.tcp_wrappers.inetd_tcpd:
    services: [ftp]
    state: unwrapped
  notify: Reload inetd

# handlers:
# - name: Reload inetd
#   ansible.builtin.service:
#     name: openbsd-inetd
#     state: reloaded
"""

RETURN = r"""
services:
  description: Every service of the configuration, as it is after the task, in the order of the files.
  returned: always
  type: list
  elements: dict
  contains:
    name:
      description: The first field of the line.
      type: str
      sample: telnet
    protocol:
      description: The third field of the line.
      type: str
      sample: tcp
    default_address:
      description:
        - Where the service listens by a line C(ADDRESS:) above it, which openbsd-inetd reads, or V(*) above the first such line. The service then also goes
          by the name C(ADDRESS:NAME).
        - Null where the file has no such line, and for a service that names its address itself.
      type: str
      sample: null
    daemon:
      description: The daemon name that libwrap sees, which is the name that rules must have.
      type: str
      sample: in.telnetd
    server:
      description: The path of the daemon that serves, also when tcpd stands before it.
      type: str
      sample: /usr/sbin/in.telnetd
    user:
      description: The user that tcpd and the daemon run as. tcpd must be able to read the tables as this user.
      type: str
      sample: root
    disabled:
      description: Whether the service is switched off.
      type: bool
      sample: false
    wrapped:
      description: Whether the service goes through tcpd.
      type: bool
      sample: true
    wrappable:
      description: Whether the service can go through tcpd.
      type: bool
      sample: true
    reason:
      description: Why it cannot.
      type: str
      sample: null
    note:
      description: What to know about a service that can, such as that tcpd sees only the first packet of UDP.
      type: str
      sample: null
    path:
      description: The file that states the service.
      type: str
      sample: /etc/inetd.conf
    line:
      description: The line in this file where the service starts.
      type: int
      sample: 12
rewritten:
  description:
    - The services that this task put behind tcpd, or took from behind it, as C(name/protocol), below a default address as C(address:name/protocol). Fed back
      as O(services) they mean these services and no others.
  returned: always
  type: list
  elements: str
  sample: [telnet/tcp]
missing:
  description: Names in O(services) that no service has, when O(missing=ignore).
  returned: always
  type: list
  elements: str
  sample: []
findings:
  description: What is wrong with the configuration. Such lines are kept as they are.
  returned: always
  type: list
  elements: dict
  contains:
    code:
      description:
        - A word for the kind. V(argv0-repeated) is a daemon behind tcpd that is given its own name as an argument, V(argv0-missing) a line without the
          server's name between its path and its arguments, V(tcpd-without-argv0) one that starts tcpd for ever.
      type: str
      sample: malformed
    severity:
      description: V(error), V(warning) or V(info).
      type: str
      sample: warning
    path:
      description: The file.
      type: str
      sample: /etc/inetd.conf
    line:
      description: The line, or null for the whole file.
      type: int
      sample: 7
    message:
      description: One sentence.
      type: str
      sample: "/etc/inetd.conf line 7 is not a service: the field 'user' is missing. It is kept as it is."
    remedy:
      description: What to do.
      type: str
      sample: Correct the line or remove it.
backup_files:
  description: The copies of the old files, when O(backup=true).
  returned: always
  type: list
  elements: str
  sample: []
flavour:
  description: As what the file was read.
  returned: success
  type: str
  sample: openbsd
reloaded:
  description: Whether a running inetd was told to read its configuration again.
  returned: success
  type: bool
  sample: true
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping.inetd import run_module

    run_module()


if __name__ == "__main__":
    main()
