#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report which services enforce hosts.allow and hosts.deny."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: tcpd_coverage_info
short_description: Report which services enforce hosts.allow and hosts.deny
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - A rule for a daemon that never asks libwrap has no effect. This module lists every service that accepts connections on a host, from inetd.conf,
    xinetd, the sockets of systemd and the listening processes, and reports for each what enforces the tables.
  - It runs no program to find this out. It reads the libraries that the ELF header of the program needs, recursively, and the memory maps of the
    running process, and knows which daemons need a setting or another binary.
  - For each service it also reports the user that asks libwrap, whether this user can read the tables, the decision for an unknown client, and
    whether a packet filter has rules for its port.
  - A process of an ordinary user is listed, and never counts as enforcement, because its memory cannot be trusted. A process whose program does not
    belong to root is not inspected.
  - Other network namespaces than that of the module are not inspected.
options:
  kinds:
    description: Kinds of services to return. Rules without a daemon are reported only if all kinds are selected.
    type: list
    elements: str
    choices: [inetd, xinetd, systemd, process]
    default: [inetd, xinetd, systemd, process]
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
notes:
  - Run it as root. In a container without C(CAP_SYS_PTRACE) even root cannot see which process of another user holds a socket. Such a
    service has RV(services[].enforced_by) null.
  - For an image (O(root)), only services that its super-servers are configured to start are reported.
seealso:
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
  - module: portcullis.tcp_wrappers.tcpd_integrity_info
  - module: portcullis.tcp_wrappers.tcpd_refusals_info
"""

EXAMPLES = r"""
- name: See who obeys the tables
  portcullis.tcp_wrappers.tcpd_coverage_info:
  register: coverage

- name: Show what the rules do not protect
  ansible.builtin.debug:
    msg: "{{ coverage.services | selectattr('enforced_by', 'eq', []) | map(attribute='name') }}"

- name: Show what is wrong
  ansible.builtin.debug:
    msg: "{{ coverage.findings | map(attribute='message') }}"
"""

RETURN = r"""
dialect:
  description: The build of libwrap that the tables were read as.
  returned: success
  type: str
  sample: debian
services:
  description: All services that accept connections.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The name of the service in its configuration, or the command of the process.
      type: str
      sample: sshd
    kind:
      description: V(inetd), V(xinetd), V(systemd) (started by a socket unit) or V(process).
      type: str
      sample: process
    daemon:
      description: The daemon name that libwrap uses. Write rules for this name. Null for a user's own process.
      type: str
      sample: sshd
    enforced_by:
      description:
        - What asks libwrap. V(tcpd), V(libwrap) (the daemon itself, or inetd with its own check) or V(xinetd).
        - Also V(nftables) or V(sshd), if a running filter that M(portcullis.tcp_wrappers.hosts_access_enforce) wrote refuses the clients that the
          tables deny.
        - Empty means that nothing does. Two entries mean that each connection is checked twice. Null means that it could not be determined.
        - Empty also for a UDP service whose server stays (C(wait)), because only its first packet is checked.
        - Null also for a program that names an excessive number of libraries or folders, and for a service of inetd or xinetd whose file has not been
          read since it changed.
      type: list
      elements: str
      sample: [libwrap]
    evidence:
      description: The evidence for RV(services[].enforced_by).
      type: str
      sample: it links libwrap
    remedy:
      description: How to enforce the tables for the service. Null if they are enforced.
      type: str
      sample: Set tcp_wrappers=YES in vsftpd.conf, and restart it.
    also_asked_as:
      description:
        - More daemon names that the daemon uses when it asks libwrap, such as the services of the protocols of sslh.
        - Also present for a daemon that does not ask libwrap about every connection.
      type: list
      elements: str
      sample: []
    runs_as:
      description: The user that asks libwrap.
      type: str
      sample: root
    reads_tables:
      description: Whether that user can read both tables. Null if nothing asks libwrap, or if the user is not known.
      type: bool
      sample: true
    anywhere:
      description: The decision for an unknown client, with an IPv4 or IPv6 address and no hostname. Takes into account whether the daemon can read
        the tables.
      type: dict
      contains:
        ipv4:
          description: V(granted), V(denied), V(delegated) or V(aborted), null if it is not known what asks libwrap, or if only a part of the packets is denied.
          type: str
        ipv6:
          description: The same for IPv6.
          type: str
      sample: {"ipv4": denied, "ipv6": denied}
    packet_filter:
      description: Whether the nftables or iptables rules of the host mention its port. V(yes), V(no) or V(unknown).
      type: str
      sample: "no"
    listens:
      description: Its sockets.
      type: list
      elements: str
      sample: ["tcp 0.0.0.0:22", "tcp [::]:22"]
    pids:
      description: The processes that hold the sockets, without super-servers.
      type: list
      elements: int
    program:
      description: The daemon's program.
      type: str
      sample: /usr/sbin/sshd
    forwarded_by:
      description:
        - Forwarders on the same host that relay connections to one of its ports, such as sslh, socat or a C(redirect) of xinetd.
        - The service then sees 127.0.0.1 or ::1 as the address of all their clients.
      type: list
      elements: str
      sample: ["sslh (tcp port 443)"]
    own_access:
      description: Access lists of the daemon itself, with owner and mode, and C(only_from) and C(no_access) of xinetd.
      type: list
      elements: dict
      contains:
        name:
          description: The attribute of xinetd, or null for a file.
          type: str
        value:
          description: The attribute's value, or null for a file.
          type: str
        path:
          description: The file.
          type: str
        mode:
          description: The file's permission bits, or null for an attribute.
          type: str
        owner:
          description: The number of the file's user, or null for an attribute.
          type: int
    path:
      description: The file that configures it.
      type: str
    line:
      description: The line in that file.
      type: int
kernel:
  description: For each interface, whether the kernel accepts source-routed packets, and whether it checks source addresses.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The interface.
      type: str
      sample: eth0
    source_route_ipv4:
      description: Whether the kernel accepts IPv4 packets with a source route.
      type: bool
    source_route_ipv6:
      description: Whether the kernel accepts IPv6 packets with a routing header.
      type: bool
    reverse_path:
      description: V(off), V(strict) or V(loose).
      type: str
findings:
  description: Problems, each with a remedy.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description:
        - V(unenforced), V(unknown-enforcement), V(unreadable-tables), V(checked-twice), V(name-not-told), V(filter-drift), V(filter-passed),
          V(rule-without-daemon), V(behind-forwarder), V(loopback-granted), V(tcpd-without-nameinargs),
          V(nameinargs-too-late), V(tcpd-without-argv0), V(argv0-repeated), V(argv0-missing), V(tcpd-on-listening-socket), V(malformed),
          V(source-routing), V(reverse-path) or V(unreadable-configuration).
      type: str
      sample: unenforced
    severity:
      description: V(error), V(warning) or V(info).
      type: str
      sample: warning
    service:
      description: The service it is about.
      type: str
    path:
      description: The file it is about.
      type: str
    line:
      description: The line in that file.
      type: int
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
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.coverage import run_module

    run_module()


if __name__ == "__main__":
    main()
