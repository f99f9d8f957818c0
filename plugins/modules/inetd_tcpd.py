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
  - Rewrites lines of C(inetd.conf) so that inetd starts tcpd, which evaluates C(hosts.allow) and C(hosts.deny) and then runs the daemon. Also removes
    tcpd again.
  - Changes only two words of a line. The sixth field becomes tcpd, and the next word names the daemon. The rest of the file is preserved byte for
    byte.
  - If the old line cannot be derived from the new one, for example because it had no argv[0], the module keeps it in a C(#portcullis:) comment
    directly above. The comment is removed when the service is unwrapped.
  - Supports the files of openbsd-inetd, inetutils-inetd and FreeBSD, and C(inetd.conf) as xinetd reads it with C(-inetd_compat).
  - Services that cannot be wrapped are returned with the reason, and never rewritten. These are C(internal) services, rpc over TCP, C(stream) services
    with C(wait), and programs whose behaviour depends on argv[0], which tcpd does not pass on.
  - A program is treated as dependent on argv[0] if it is known to be (busybox, toybox, dropbearmulti and others), or if it has several names (links)
    and is started under another name than that of the sixth field.
  - Lines disabled by update-inetd (C(#<off>#)) are left unchanged unless the service is named. Lines that do not describe a service are kept and
    reported.
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
      - The file to change. With the default, the files in C(/etc/inetd.d) are read and changed too, if inetutils-inetd reads them. No O(backup) is
        kept of these files, because inetd would read the backup too. To change only one of them, set this option to its path, without O(backup).
    type: path
    default: /etc/inetd.conf
  flavour:
    description:
      - The program that reads the file. The programs differ in quotes, continuation lines and limits.
      - V(auto) detects the installed program below O(root), and uses V(openbsd) if it finds none.
    type: str
    default: auto
    choices: [auto, freebsd, inetutils, openbsd, xinetd]
  reload:
    description:
      - Send SIGHUP to every running inetd and xinetd after a change, so that it reads its configuration again. Only with O(root=/).
      - The processes are found in C(/proc). On a system without C(/proc), use a handler.
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
  description: All services of the configuration after the task, in the order of the files.
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
        - The listen address that a preceding line C(ADDRESS:) of openbsd-inetd sets, or V(*) before the first such line. The service can then also be
          named C(ADDRESS:NAME).
        - Null if the file has no such line, and for a service that sets its own address.
      type: str
      sample: null
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
      sample: /etc/inetd.conf
    line:
      description: The first line of the service in this file.
      type: int
      sample: 12
rewritten:
  description:
    - The services that this task wrapped or unwrapped, as C(name/protocol), or C(address:name/protocol) below a default address. As O(services),
      these names select exactly these services.
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
      description:
        - The code of the finding. V(argv0-repeated) is a daemon behind tcpd that gets its own name as an argument, V(argv0-missing) a line without
          the name of the server between path and arguments, V(tcpd-without-argv0) a line by which tcpd starts itself without end.
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
      description: The problem, in one sentence.
      type: str
      sample: "/etc/inetd.conf line 7 is not a service: the field 'user' is missing. It is kept as it is."
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
flavour:
  description: The program whose syntax was used to read the file.
  returned: success
  type: str
  sample: openbsd
reloaded:
  description: Whether a running inetd received SIGHUP.
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
