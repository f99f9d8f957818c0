#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tell which services obey hosts.allow and hosts.deny."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: tcpd_coverage_info
short_description: Tell which services obey hosts.allow and hosts.deny
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - A rule for a daemon that never asks libwrap protects nothing. This module lists everything that accepts connections on a host, from
    inetd.conf, xinetd, systemd's sockets and the listening processes, and says for each who makes it obey the tables.
  - That is found out without running anything, from the libraries that the program's ELF header needs (followed through), the memory of the
    running process, and what is known of daemons that need a switch or another binary.
  - For each it also says as whom libwrap is asked and whether that user can read the tables, what a stranger is told, and whether a packet
    filter stands in front.
  - A user's own process is listed, and is nobody's enforcement, whatever it has in its memory; one whose program belongs to another user than
    root is not looked into at all.
  - Another network namespace than the one that the module runs in is not looked at.
options:
  kinds:
    description: Which services to return. Rules without a daemon are looked for only when all kinds are.
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
  - Of an image (O(root)) only what its superservers are configured to start is known.
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
  description: Everything that accepts connections.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The service as its configuration calls it, or the command of the process.
      type: str
      sample: sshd
    kind:
      description: V(inetd), V(xinetd), V(systemd) (started by a socket unit) or V(process).
      type: str
      sample: process
    daemon:
      description: The name that libwrap is asked for, which a rule must use.
      type: str
      sample: sshd
    enforced_by:
      description:
        - Who asks libwrap. V(tcpd), V(libwrap) (the daemon itself, or inetd with its own check) or V(xinetd).
        - Also V(nftables) or V(sshd), where a filter that M(portcullis.tcp_wrappers.hosts_access_enforce) wrote refuses, as it runs, whom the tables deny.
        - Empty means nobody, two entries mean that it is checked twice, and null that it could not be found out.
        - Null also where it would cost too much, for a program that names more libraries or folders than any real one does.
      type: list
      elements: str
      sample: [libwrap]
    evidence:
      description: What RV(services[].enforced_by) rests on.
      type: str
      sample: it links libwrap
    remedy:
      description: What makes somebody ask, or enforces the tables in another way. Null where somebody asks.
      type: str
      sample: Set tcp_wrappers=YES in vsftpd.conf.
    also_asked_as:
      description:
        - Further names that the daemon asks libwrap under, such as the services of sslh's protocols.
        - Also of a daemon that is not asked about every connection.
      type: list
      elements: str
      sample: []
    runs_as:
      description: The user as whom libwrap is asked.
      type: str
      sample: root
    reads_tables:
      description: Whether that user can read both tables. Null where nobody asks or the user is not known.
      type: bool
      sample: true
    anywhere:
      description: What a stranger with an IPv4 or IPv6 address and no name is told, with the tables as unreadable as they are to the daemon.
      type: dict
      contains:
        ipv4:
          description: V(granted), V(denied), V(delegated) or V(aborted), null where it is not known who asks.
          type: str
        ipv6:
          description: The same for IPv6.
          type: str
      sample: {"ipv4": denied, "ipv6": denied}
    packet_filter:
      description: Whether the host's own nftables or iptables rules speak of its port. V(yes), V(no) or V(unknown).
      type: str
      sample: "no"
    listens:
      description: Its sockets.
      type: list
      elements: str
      sample: ["tcp 0.0.0.0:22", "tcp [::]:22"]
    pids:
      description: The processes that hold them, superservers left out.
      type: list
      elements: int
    program:
      description: The daemon's program.
      type: str
      sample: /usr/sbin/sshd
    forwarded_by:
      description:
        - Forwarders of the host itself that hand connections on to one of its ports, such as sslh, socat or a redirect of xinetd's.
        - The service sees 127.0.0.1 in the place of their clients.
      type: list
      elements: str
      sample: ["sslh (tcp port 443)"]
    own_access:
      description: Access tables of the daemon's own, with owner and mode, and xinetd's only_from and no_access.
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
  description: For each interface whether source-routed packets are taken and whether senders' addresses are checked.
  returned: success
  type: list
  elements: dict
  contains:
    name:
      description: The interface.
      type: str
      sample: eth0
    source_route_ipv4:
      description: Whether IPv4 packets with a source route are taken.
      type: bool
    source_route_ipv6:
      description: Whether IPv6 packets with a routing header are taken.
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
        - V(unenforced), V(unknown-enforcement), V(unreadable-tables), V(checked-twice), V(filter-drift), V(rule-without-daemon), V(behind-forwarder),
          V(loopback-granted), V(tcpd-without-nameinargs),
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
