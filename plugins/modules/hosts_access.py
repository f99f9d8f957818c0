#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Declare the rules of hosts.allow and hosts.deny."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: hosts_access
short_description: Declare the rules of hosts.allow and hosts.deny
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Brings both tables of TCP Wrappers to a declared state in one module run.
  - Takes rules as lines, or as mappings. A mapping is written in the syntax that the libwrap of the host understands.
  - Before anything is written, the module parses every new rule as libwrap does, proves the assertions of the task against the resulting tables, and
    checks that the change does not lock out the operator.
  - Comments, rules of other owners, and their order are preserved byte for byte, unless O(exclusive=true).
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.backup
  - portcullis.tcp_wrappers.lockout
  - portcullis.tcp_wrappers.record
  - ansible.builtin.files
  - portcullis.tcp_wrappers.attributes
  - portcullis.tcp_wrappers.attributes.actiongroup
options:
  allow:
    description:
      - Rules for hosts.allow. If omitted, the rules of this table are left unchanged, even with O(exclusive). An empty list means no rules.
      - A rule is a line, which is written unchanged, or a mapping with the keys C(daemons), C(daemons_except), C(clients),
        C(clients_except), C(options) and C(comment). C(daemons) and C(clients) are required.
      - In a mapping, the module converts networks to the syntax of the libwrap build. C(10.0.0.0/8) becomes address and netmask if the build does not
        support a prefix length, C(/32) becomes an address, C(0.0.0.0/0) becomes a pattern that matches every IPv4 address, and IPv6 addresses get
        brackets if the build needs them. It escapes colons in options. It splits a rule that is too long for one line into several rules with the
        same meaning.
      - Quote a line. Without quotes, YAML reads C(ALL:) followed by a space as a mapping, C(1:2) as 62 and C(10.) as 10.0. The task fails for such a
        value, and names its index and the remedy. Only a daemon can be a number. It is then a port of the server, which the libwrap of Debian
        supports.
      - New rules must be printable UTF-8 without line breaks and control characters. A tab may separate words.
      - Accepts the rules that M(portcullis.tcp_wrappers.hosts_access_info) returns.
    type: raw
  deny:
    description: Rules for hosts.deny, in the same form as O(allow). If omitted, the rules of this table are left unchanged.
    type: raw
  block_name:
    description:
      - Name of a block that the task manages in each table for which it has rules. The block contains exactly these rules in this order,
        between the comments C(# BEGIN portcullis NAME) and C(# END portcullis NAME). Everything else is left unchanged.
      - Must have 1 to 64 letters, digits, dots, dashes and underscores. The task fails if a table has only one of the two markers.
      - An empty list of rules removes the block.
    type: str
  priority:
    description:
      - Order of the blocks, lowest first. Blocks with the same priority are ordered by name. A block in the wrong place is moved.
    type: int
    default: 500
  position:
    description:
      - Whether to put the block after (V(last)) or before (V(first)) the lines that the task does not manage. A catch-all rule that closes the table
        stays below all blocks.
      - Rules without options that other owners add to hosts.deny below a block do not move the block, because they only deny, as its own rules do.
    type: str
    default: last
    choices: [last, first]
  state:
    description:
      - With V(present) and without O(block_name), the module adds missing rules after the last rule, but before blocks with O(position=last) and
        before a catch-all rule that closes the table.
        Existing rules stay in place. Two rules are equal if their daemons, clients and options are equal and in the same order. The task fails if an
        earlier rule covers a new rule, so that the new rule would never decide. The message names the earlier rule.
      - With V(absent), the module removes the given rules. With O(block_name), it removes the whole block, and the task must not have rules.
      - With V(absent) and a O(record) that describes the tables, the module restores text, owner and mode from before the first task with this
        record, and removes a table that did not exist. Changes that others made since are kept. The task fails unless it can prove that every request
        gets the decision from before that task, or its current one. If the record does not describe the tables, owner and mode are left unchanged.
    type: str
    default: present
    choices: [present, absent]
  exclusive:
    description:
      - Whether each table for which the task has rules contains only these rules, in this order. Comments and blank lines are kept.
      - Mutually exclusive with O(block_name) and O(state=absent).
    type: bool
    default: false
  default:
    description:
      - Decision for requests that no rule matches. V(deny) keeps one rule C(ALL) for all clients in hosts.deny, outside all blocks. V(allow) removes
        it. If omitted, this rule is left unchanged.
      - An existing rule C(ALL) for all clients of another owner closes hosts.deny too. It keeps its options, such as a booby trap, C(DENY),
        C(banners) or C(twist), unless the task has O(default_options). Rules that others write below it never decide, and do not cause a change.
        With O(record), the module removes options that an earlier task with this record set and that this task does not have.
    type: str
    choices: [deny, allow]
  default_options:
    description:
      - Options of the default rule, such as a booby trap. Requires O(default=deny). The module escapes colons in options.
      - They replace the options of the rule, with a warning. An empty list removes all options. If omitted, the options are left unchanged.
    type: raw
  unfinished_line:
    description:
      - What to do with a last line that has no newline at its end, if the task does not manage that line. In hosts.allow, libwrap ignores such a
        line. In hosts.deny, the build of Debian denies every request that reaches the line, and the other builds ignore it.
      - With V(keep), the line stays as it is, below the rules of the task, with a warning. If it cannot stay last, the task fails if a newline would
        change the access of other clients.
      - With V(complete), the module adds the newline, so the line takes effect. With V(refuse), a task that would change the table fails.
    type: str
    default: keep
    choices: [keep, complete, refuse]
  layout:
    description:
      - V(single) keeps all rules of tasks in hosts.allow, each with an explicit C(allow) or C(deny), after it has proved that the decisions are the
        same as with two files. Lines of other owners stay unchanged in their file, because fail2ban and DenyHosts look for their lines in hosts.deny.
      - V(two_files) moves the rules back to two files.
    type: str
    default: two_files
    choices: [two_files, single]
  owner:
    description:
      - Name or number of the user that owns the tables.
    type: str
    default: '0'
  group:
    description: Name or number of the group of the tables. The default is a number, because group 0 is not called root on every system.
    type: str
    default: '0'
  mode:
    description:
      - Permission bits of the tables, as quoted octal digits or as an octal integer of YAML. The task fails for execute, set-id and sticky bits, and
        for write permission of others.
    type: raw
    default: '0600'
  unreadable_daemons:
    description:
      - What to do if something that asks libwrap could no longer read the tables with the owner and mode of the task. This can be a running process, or a
        service that is started only for a client, such as tcpd that inetd starts as another user, or a login service of Cyrus or Dovecot. V(refuse) fails
        before anything is written, V(warn) warns. Images (O(root)) are not checked.
      - A run that undoes an earlier one (O(state=absent) with O(record)) and gives back the old mode only warns if such services alone lose the tables.
    type: str
    default: refuse
    choices: [refuse, warn]
  allow_unenforced:
    description: Write the tables even if the host has neither libwrap nor tcpd, so that nothing enforces them. Images (O(root)) are not checked.
    type: bool
    default: false
  companion:
    description:
      - Services beside which nftables refuses whom the tables, as this task leaves them, deny in every case. Nobody whom the tables grant is refused, whatever
        name and user a client has.
      - Each is a mapping of C(daemon), C(ports) and C(protocol), as in O(portcullis.tcp_wrappers.hosts_access_enforce#module:services). Name daemons that
        ask libwrap, since a filter before others would close them.
      - Tables and filter are one change, with one confirmation and one rollback.
      - An empty list takes the filter away. Without this option no filter is looked at.
    type: list
    elements: raw
  unenforced:
    description:
      - What to do if nothing would enforce a decision that the task relies on. Checked before anything is written.
      - This is the case if an assertion expects V(denied) for a daemon that runs and does not ask libwrap, so that it serves every client.
      - It is also the case if a rule of the task names such a daemon, or a wrong name, such as C(ssh) for C(sshd).
      - V(refuse) fails. The message names the daemon, its port, and what would enforce the tables. V(warn) warns, V(ignore) does not check.
        If it is not known whether the daemon asks, V(refuse) warns, too.
      - For an image (O(root)), the module checks its configuration and its programs.
    type: str
    default: warn
    choices: [refuse, warn, ignore]
  assertions:
    description:
      - Assertions that must hold for the resulting tables, in the form of O(portcullis.tcp_wrappers.hosts_access_evaluate#module:assertions).
      - The module proves them before anything is written, in check mode too. The task fails if one does not hold.
      - If a daemon asks libwrap as another user than root, the assertion must also hold for the tables that this user can read with the owner and
        mode of the task.
    type: list
    elements: dict
  forbid_gains:
    description:
      - Whether the task fails if it would grant a request that is denied now. V(true) checks every daemon. A list checks the daemons that it names.
      - The task then writes nothing, and fails in check mode too. The message names the daemon, the rule, the clients, and one address as an example.
      - A rule that answers a denied client with a program (C(twist)) counts as granting.
    type: raw
    default: false
  return_text:
    description: Return the resulting text of both tables.
    type: bool
    default: false
seealso:
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
  - module: portcullis.tcp_wrappers.hosts_access_info
  - name: hosts_access(5), hosts_options(5)
    description: The manual pages of the rule language.
    link: https://manpages.debian.org/hosts_access.5
"""

EXAMPLES = r"""
- name: Own a block for ssh, refuse everything else, and prove it
  portcullis.tcp_wrappers.hosts_access:
    block_name: ssh
    allow:
      - daemons: sshd
        clients: [10.0.0.0/8, '2001:db8::/32']
        clients_except: [10.66.0.0/16]
        comment: the office
      - 'in.telnetd: 192.0.2.7'
    default: deny
    operators: [10.0.0.1]
    assertions:
      - {daemon: sshd, network: 10.1.0.0/16, expect: granted}
      - {daemon: sshd, address: 198.51.100.1, expect: denied}

- name: Let nftables refuse, too, whom the tables deny in every case
  portcullis.tcp_wrappers.hosts_access:
    block_name: ssh
    allow:
      - 'sshd: 10.0.0.0/8'
    default: deny
    operators: [10.0.0.1]
    companion:
      - {daemon: sshd, ports: [22]}

- name: Nothing but these rules in both tables, with a booby trap and backups
  portcullis.tcp_wrappers.hosts_access:
    allow:
      - 'ALL: LOCAL'
      - 'sshd: 10.'
    deny: []
    exclusive: true
    default: deny
    default_options:
      - 'spawn (/usr/bin/logger -p auth.warning "refused: %d from %h") &'
    backup: true
    operators: [10.0.0.1]

- name: Add one rule to what others keep there
  portcullis.tcp_wrappers.hosts_access:
    allow: ['in.ftpd: 192.0.2.0/255.255.255.0']

- name: Take it away again, and fail if that would let anybody in
  portcullis.tcp_wrappers.hosts_access:
    allow: ['in.ftpd: 192.0.2.0/255.255.255.0']
    state: absent
    forbid_gains: true

- name: Remove a block from both tables
  portcullis.tcp_wrappers.hosts_access:
    block_name: ssh
    state: absent
    operators: [10.0.0.1]

- name: Close the host, and write down how it was
  portcullis.tcp_wrappers.hosts_access:
    block_name: closed
    allow: ['sshd: 10.0.0.0/8']
    default: deny
    operators: [10.0.0.1]
    record: /etc/wrappers.json

- name: Give the tables back, whatever shape they had
  portcullis.tcp_wrappers.hosts_access:
    block_name: closed
    state: absent
    operators: [10.0.0.1]
    record: /etc/wrappers.json

- name: Put owner and mode right, and nothing else, in an image
  portcullis.tcp_wrappers.hosts_access:
    root: /srv/images/web
    dialect: debian
    group: '0'
    mode: '0600'
"""

RETURN = r"""
dialect:
  description: The libwrap build that the tables were written for.
  returned: success
  type: str
  sample: debian
companion:
  description: What the filter does for each service.
  returned: when O(companion) is given
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
    refuses:
      description: Whether the tables deny anybody in every case.
      type: bool
      sample: true
    in_force:
      description: Whether the kernel does this for every address. In check mode, whether it does now. Null below another O(root).
      type: bool
      sample: true
access_changes:
  description:
    - The sets of requests whose decision changes, each with a witness. Empty if no decision changes.
    - Empty with a warning if the changed rules are too complex to compare, for example with a dozen wildcards of the form C(*1*2*), or if the
      comparison would take more than 5 seconds of processor time on the host. With O(forbid_gains), it may take a minute. After that the task fails.
  returned: success
  type: list
  elements: dict
  contains:
    daemon:
      description: The daemon, or V(any other) for every daemon that no rule names.
      type: str
    clients:
      description: Description of the clients.
      type: str
    before:
      description: The decision before the change.
      type: str
    after:
      description: The decision after the change.
      type: str
    witness:
      description: One request of the set.
      type: dict
      contains:
        daemon:
          description: The daemon. A made-up name such as V(host) if the set is about every daemon, or about daemons that no rule names.
          type: str
        address:
          description: The client's address.
          type: str
        hostname:
          description: The hostname of the client, null if the look-up fails.
          type: str
        paranoid:
          description: Whether hostname and address disagree. Present only if they do.
          type: bool
        user:
          description: The user of the client. Present only if the decision is about one user. The same applies to the keys for address, hostname and
            port of the server, and the port of the client.
          type: str
    depends:
      description: External conditions that the set depends on, such as a netgroup. Usually empty.
      type: list
      elements: str
  sample:
    - daemon: sshd
      clients: 10.1.0.0/16 except 10.1.2.0/24
      before: denied
      after: granted
      witness: {daemon: sshd, address: 10.1.0.1, hostname: null}
      depends: []
findings:
  description:
    - Problems in the resulting tables. Empty if the run changes no text. M(portcullis.tcp_wrappers.hosts_access_info) always checks.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: The code of the finding.
      type: str
    severity:
      description: V(error), V(warning) or V(info).
      type: str
    effect:
      description: Whether the mistake grants more than the line seems to grant (V(opens)), less (V(closes)), or neither (V(none)).
      type: str
    table:
      description: V(allow) or V(deny).
      type: str
    line:
      description: The last physical line.
      type: int
    message:
      description: The problem.
      type: str
    remedy:
      description: The remedy.
      type: str
gains:
  description: Requests that would be granted, in the form of RV(access_changes).
  returned: when O(forbid_gains) refuses
  type: list
  elements: dict
  contains:
    daemon:
      description: The daemon, or V(any other).
      type: str
    clients:
      description: Description of the clients.
      type: str
    before:
      description: The decision now.
      type: str
    after:
      description: The decision after the change.
      type: str
    witness:
      description: One request of the set, as in RV(access_changes[].witness).
      type: dict
      contains:
        daemon:
          description: The daemon. A made-up name such as V(host) if the set is about every daemon, or about daemons that no rule names.
          type: str
        address:
          description: The client's address.
          type: str
    depends:
      description: External conditions that the set depends on.
      type: list
      elements: str
enforcement:
  description: For each daemon of an assertion, whether libwrap is asked about its connections.
  returned: success
  type: list
  elements: dict
  contains:
    daemon:
      description: The daemon. A made-up name such as V(host) if the set is about every daemon, or about daemons that no rule names.
      type: str
      sample: sshd
    state:
      description:
        - V(asks); V(does not ask), the daemon then serves every client; V(not known).
        - V(no such service) if it does not run, or, in an image, if it is neither configured nor installed. No client is then refused.
      type: str
      sample: asks
    listens:
      description: Where it listens.
      type: list
      elements: str
      sample: [tcp port 22]
    evidence:
      description: The evidence for RV(enforcement[].state), null for V(no such service).
      type: str
      sample: it links libwrap
    remedy:
      description: What would enforce the tables, null for V(asks).
      type: str
backup_files:
  description: The paths of the backups.
  returned: success
  type: list
  elements: str
  sample: [/etc/hosts.allow.portcullis.20260131T120000.123456Z~]
default_before:
  description:
    - The default rule that closed hosts.deny before this task, as a mapping with its C(options), or null where there was none.
  returned: when the task changes something and gives O(default)
  type: dict
  contains:
    options:
      description: Its options, without escaped colons.
      type: list
      elements: str
  sample: {options: []}
lockout:
  description: The operators that the guard protected, and how the change was confirmed.
  returned: when the task changes something, and when the guard refuses
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
      description: The daemon name of the ssh server, or null if the task did not come through ssh.
      type: str
    guarded:
      description:
        - Whether the tables are enforced for the ssh server, with O(lockout_guard=disabled) too.
        - Null if that is not known; the guard then assumes that they are.
      type: bool
    note:
      description: Why no connection was guarded, or null.
      type: str
    confirmation:
      description: V(confirmed over a new connection), or why none was needed.
      type: str
    pending:
      description: Whether the change still waits for a confirmation.
      type: bool
    refused:
      description: The clients that would be denied, and the rule that denies them. Only if the guard refuses the change.
      type: list
      elements: str
    uncertain:
      description: The clients whose access would depend on something that can fail. Only if the guard refuses the change.
      type: list
      elements: str
  sample:
    connection: 192.0.2.7 50022 192.0.2.1 22
    operators: [192.0.2.7]
    daemon: sshd
    guarded: true
    note: null
    confirmation: confirmed over a new connection
    pending: false
allow_text:
  description: The resulting text of hosts.allow, with unprintable bytes escaped.
  returned: when O(return_text=true)
  type: str
deny_text:
  description: The resulting text of hosts.deny.
  returned: when O(return_text=true)
  type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.task import run_module

    run_module()


if __name__ == "__main__":
    main()
