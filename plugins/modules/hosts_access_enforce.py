#!/usr/bin/python
# -*- coding: utf-8 -*-

# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: hosts_access_enforce
short_description: Let nftables or sshd enforce the policy of hosts.allow and hosts.deny
version_added: "1.0.0"
description:
  - Most current daemons do not ask libwrap. This module computes the addresses that the tables grant and deny for each service, and configures a
    program that enforces these sets. The sets are exact. The module reads the running configuration back, and compares it for every address.
  - For V(nftables) it writes C(/etc/portcullis.nft), loads it in one transaction, and installs a unit that loads the table again when the host boots,
    and after C(nftables.service) or firewalld start, stop or reload. The table C(inet portcullis) belongs to this module and only refuses. All other
    tables must still accept a packet.
  - For V(sshd) it writes the drop-in C(/etc/ssh/sshd_config.d/00-portcullis.conf), which is checked with C(sshd -t) before it is used.
  - A rule that depends on a hostname, a user, a netgroup or the address of the server cannot be expressed by client addresses. The task then fails
    and names the rule, unless O(unexpressed=deny).
  - The task does not lock out its operator. It checks that the new filter accepts the connection that the task came through, and waits for a new
    connection to confirm the change. Without one, the host rolls the change back.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.attributes
  - portcullis.tcp_wrappers.attributes.actiongroup
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.lockout
  - portcullis.tcp_wrappers.backup
options:
  services:
    description:
      - Services whose policy is enforced. Each is a mapping of C(daemon), the name in the rules, C(ports), a list of its fixed ports, C(protocol),
        C(tcp) or C(udp), and C(target), by default O(target).
      - If omitted, all services of this host that listen for other hosts on fixed ports. Ports that the kernel may have picked, and rpc services, are
        left out with a warning, for their ports are others after the next start. Name a service here whose port is fixed all the same.
      - Daemons that the way to the host may depend on, such as those of a VPN (C(openvpn), C(charon)), DHCP clients, routing and cluster daemons, and
        those that answer for the host's name (mDNS, LLMNR), are left out with a warning, unless a rule names them.
      - Programs whose names no filter can have, such as C(Plex Media Server), are left out with a warning. So is a process whose program another user than
        root can replace, if it shares a port with another daemon, or if its rules mean more than addresses. Users' own processes are left out with a warning.
      - The filter also refuses programs of the host itself where the tables deny C(127.0.0.1) or C(::1), and a daemon that never asked libwrap has served
        them so far. If omitted, a warning names such services.
    type: list
    elements: raw
  target:
    description:
      - The program that enforces. V(auto) is nftables, or sshd for the daemon C(sshd) on a host without nft.
      - V(sshd) makes sshd bind its ports anew. At a port from C(net.ipv4.ip_unprivileged_port_start) on (1024 by default), any local user can take it in that
        moment. O(lockout_guard=strict) refuses that. Use nftables there.
    type: str
    default: auto
    choices: [auto, nftables, sshd]
  mode:
    description:
      - V(replace) is for daemons that do not ask libwrap. It accepts only clients that the tables grant whatever their hostname and user.
      - V(companion) is for daemons that also ask libwrap. It refuses only clients that the tables deny in every case.
    type: str
    default: replace
    choices: [companion, replace]
  unexpressed:
    description:
      - What to do with clients whose address does not settle the decision, in O(mode=replace).
      - V(fail) fails the task and names the rule. V(deny) refuses these clients.
    type: str
    default: fail
    choices: [fail, deny]
  lost_options:
    description:
      - What to do if rules have options that a filter of addresses cannot carry out, such as C(spawn), C(twist), C(banners) and C(severity).
    type: str
    default: warn
    choices: [fail, warn, ignore]
  refuse:
    description: How nftables refuses. V(reset) answers at once. With V(drop), the client waits until it times out.
    type: str
    default: reset
    choices: [reset, drop]
  log:
    description: Whether nftables logs refused packets to the kernel log, which M(portcullis.tcp_wrappers.tcpd_refusals_info) reads.
    type: bool
    default: true
  allow_text:
    description: Policy text to enforce instead of the table at O(allow_path). End it with a newline, because libwrap does not read a last line without one.
    type: str
  deny_text:
    description: Policy text to enforce instead of the table at O(deny_path). End it with a newline, because libwrap does not read a last line without one.
    type: str
  assertions:
    description:
      - Assertions that the policy must satisfy. If one does not hold, the task fails and writes nothing.
      - Each is a mapping in the form that O(portcullis.tcp_wrappers.hosts_access_evaluate#module:assertions) takes.
    type: list
    elements: dict
  state:
    description: V(present) enforces the policy. V(absent) removes all files and the table, and needs only the options of the lockout guard and
      O(root).
    type: str
    default: present
    choices: [present, absent]
seealso:
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
  - plugin: portcullis.tcp_wrappers.hosts_access_sets
    plugin_type: filter
  - plugin: portcullis.tcp_wrappers.hosts_access_translate
    plugin_type: filter
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
"""

EXAMPLES = r"""
- name: Let nftables enforce what the tables say of sshd
  portcullis.tcp_wrappers.hosts_access_enforce:
    services:
      - daemon: sshd
        ports: [22]

- name: Enforce a policy that no table of the host has, in sshd itself
  portcullis.tcp_wrappers.hosts_access_enforce:
    services:
      - daemon: sshd
        ports: [22]
        target: sshd
    allow_text: |
      sshd: 10.0.0.0/8
    deny_text: |
      ALL: ALL
    dialect: debian

- name: Refuse in the kernel what the tables deny in every case, beside daemons that ask
  portcullis.tcp_wrappers.hosts_access_enforce:
    services:
      - daemon: vsftpd
        ports: [21]
    mode: companion
    refuse: drop

- name: Take the filter away
  portcullis.tcp_wrappers.hosts_access_enforce:
    state: absent
"""

RETURN = r"""
dialect:
  description: The libwrap build whose dialect the tables were read in.
  returned: success
  type: str
  sample: debian
services:
  description: What is enforced for each service. Empty with O(state=absent).
  returned: success
  type: list
  elements: dict
  contains:
    daemon:
      description: The name in the rules.
      type: str
      sample: sshd
    ports:
      description: Its ports.
      type: list
      elements: int
      sample: [22]
    protocol:
      description: C(tcp) or C(udp).
      type: str
      sample: tcp
    target:
      description: The program that enforces.
      type: str
      sample: nftables
    granted:
      description: The networks that are granted whatever the hostname and user of the client. At most 1000 of each family; C(count) is the total.
      type: dict
      sample: {ipv4: [10.0.0.0/8], ipv6: [], count: 1}
      contains:
        ipv4:
          description: IPv4, each with its length.
          type: list
          elements: str
        ipv6:
          description: IPv6, without IPv4-mapped addresses.
          type: list
          elements: str
        count:
          description: How many networks there are in all.
          type: int
    denied:
      description: The networks that are denied, in the same form.
      type: dict
      sample: {ipv4: [0.0.0.0/5], ipv6: [], count: 1}
      contains:
        ipv4:
          description: IPv4, each with its length.
          type: list
          elements: str
        ipv6:
          description: IPv6, without IPv4-mapped addresses.
          type: list
          elements: str
        count:
          description: How many networks there are in all.
          type: int
    unexpressed:
      description: The clients whose address does not settle the decision.
      type: list
      elements: dict
      contains:
        clients:
          description: The clients that get C(access), in the words of the rules.
          type: str
          sample: .example.com
        networks:
          description: The networks of these clients, in the same form as C(granted).
          type: dict
          contains:
            ipv4:
              description: IPv4, each with its length.
              type: list
              elements: str
            ipv6:
              description: IPv6, without IPv4-mapped addresses.
              type: list
              elements: str
            count:
              description: How many networks there are in all.
              type: int
        access:
          description: C(granted) or C(denied). Others at the same addresses get the opposite.
          type: str
          sample: granted
        reason:
          description: One of C(name), C(user), C(netgroup), C(server), C(address_text), C(file), C(aclexec) and C(option_length).
          type: str
          sample: name
        rules:
          description: The rules that cause it, with C(table), C(line) and C(text).
          type: list
          elements: dict
          contains:
            table:
              description: C(allow) or C(deny).
              type: str
            line:
              description: Its last line.
              type: int
            text:
              description: The rule.
              type: str
    lost:
      description: Options of rules that are not carried out, with C(option), C(value) and C(rule).
      type: list
      elements: dict
      contains:
        option:
          description: The option.
          type: str
        value:
          description: Its value, or null.
          type: str
        rule:
          description: The rule.
          type: dict
          contains:
            table:
              description: C(allow) or C(deny).
              type: str
            line:
              description: Its last line.
              type: int
            text:
              description: The rule.
              type: str
    in_force:
      description:
        - Whether the running program enforces this for every address. In check mode, whether it does so now. Null with another O(root) than V(/).
        - For sshd, this is what C(sshd -T) says of its configuration. A server that listens and was started with another one (C(-f)) counts only
          if that one includes the drop-in. The options of a server that a socket unit or inetd starts for each connection are not looked at.
      type: bool
      sample: true
findings:
  description: Differences between the running program and the policy.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description:
        - C(filter_drift), or C(filter_unclear) for a filter that others have changed.
        - C(filter_passed) for a port that a rule of NAT hands on to another address, as Docker does with published ports. No packet of these
          connections comes to the filter.
      type: str
      sample: filter_drift
    severity:
      description: C(error) or C(warning).
      type: str
      sample: error
    target:
      description: The program.
      type: str
      sample: nftables
    daemon:
      description: The service.
      type: str
      sample: sshd
    address:
      description: A counterexample.
      type: str
      sample: 10.0.0.0
    message:
      description: One sentence.
      type: str
      sample: nftables refuses 10.0.0.0 on port 22/tcp, and the policy says the opposite.
    remedy:
      description: What to do.
      type: str
      sample: Run hosts_access_enforce again, or look who changed the filter.
backup_files:
  description: The copies of the old files, when O(backup=true).
  returned: success
  type: list
  elements: str
  sample: []
lockout:
  description: The operators that the guard protected, and how the change was confirmed.
  returned: when something changes, and when the guard refuses
  type: dict
  contains:
    operators:
      description: The addresses that must still reach the ssh server, as the host sees them.
      type: list
      elements: str
    connection:
      description: The ssh connection that the task came through (client address and port, server address and port), or null.
      type: str
    daemon:
      description: The name of the ssh server in rules, or null.
      type: str
    guarded:
      description: Whether the filter applies to the ssh server. Null if there is no ssh server, or if no port of it is filtered.
      type: bool
    note:
      description: Why no connection was guarded, or null.
      type: str
    pending:
      description: Whether the change still waits for its confirmation.
      type: bool
    confirmation:
      description: How it was confirmed, or why it did not have to be.
      type: str
    refused:
      description: The clients that the new filter would refuse, if the guard refused the change.
      type: list
      elements: str
    uncertain:
      description: Unknown conditions, if the guard refused the change because of them.
      type: list
      elements: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement.run import run_module

    run_module()


if __name__ == "__main__":
    main()
