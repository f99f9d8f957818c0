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
  - Brings both tables of TCP Wrappers to a declared state in one run, however many rules there are.
  - Rules are given as lines, or as mappings of their meaning, which are written in the form that the host's libwrap understands.
  - Before anything is written, every new rule is checked as libwrap would read it, the assertions of the task are proved against
    the resulting tables, and the connection that the task came through is kept open.
  - Comments, other people's rules and their order survive byte for byte, unless the task asks for O(exclusive).
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
      - The rules of hosts.allow that the task speaks of, as a list. Left out, the rules of this table are not touched, even with O(exclusive).
        An empty list means no rules.
      - An entry is either a line, written as it stands, or a mapping with the keys C(daemons), C(daemons_except), C(clients),
        C(clients_except), C(options) and C(comment), of which C(daemons) and C(clients) are needed.
      - In a mapping, C(10.0.0.0/8) becomes the netmask form where this libwrap does not understand a length, C(/32) an address,
        C(0.0.0.0/0) what matches all of IPv4 there, and IPv6 addresses get the brackets of this libwrap. A colon in an option is escaped.
        A rule too long for one line becomes several rules of the same meaning.
      - Write a line in quotes. Without them YAML reads C(ALL:) followed by a blank as a mapping, C(1:2) as 62 and C(10.) as 10.0;
        such values are refused, with their index and the remedy. Only a daemon may be a number; it is a port of the server's end, which Debian's libwrap knows.
      - New rules are printable UTF-8 without line breaks and control characters; a tab may separate words of a line.
      - What M(portcullis.tcp_wrappers.hosts_access_info) returns can be given back as it is.
    type: raw
  deny:
    description: The rules of hosts.deny that the task speaks of, in the same form as O(allow).
    type: raw
  block_name:
    description:
      - The task owns a block of this name in each table that it gives rules for. The block holds exactly these rules in this order,
        between the comments C(# BEGIN portcullis NAME) and C(# END portcullis NAME). Everything else stays.
      - One to 64 letters, digits, dots, dashes and underlines. One marker without the other is an error.
      - With an empty list the block goes.
    type: str
  priority:
    description:
      - The order of blocks, lowest first; blocks of one priority are ordered by their names. A block in the wrong place is moved.
    type: int
    default: 500
  position:
    description:
      - Whether the block stands after the foreign lines of the table or before them. A catch-all that closes the table stays below all blocks.
      - Rules without options that others add to hosts.deny below a block do not move it, for they refuse as its own rules do.
    type: str
    default: last
    choices: [last, first]
  state:
    description:
      - With V(present) and no O(block_name), missing rules are added after the last rule, but before the blocks that stand last and before
        a catch-all that closes the table.
        Rules that are present stay where they are. Two rules are the same when their daemons, clients and options are the same in the same order.
        A rule that could never decide where it would stand fails the task, and the message names what covers it.
      - With V(absent), the given rules are removed, or the whole block of O(block_name), which takes no rules.
      - With V(absent) and a O(record) that tells of the tables, they become what they were before the first task with this record, text, owner and
        mode; a table that was missing is missing again. What others wrote since stays. Then it is proved that every request is answered as before
        that task, or as now; else the task fails. Where the record tells nothing of the tables, owner and mode stay as they are.
    type: str
    default: present
    choices: [present, absent]
  exclusive:
    description:
      - The tables that the task gives rules for hold these rules, in this order, and no others. Comments and blank lines stay.
      - Not together with O(block_name) or O(state=absent).
    type: bool
    default: false
  default:
    description:
      - What happens to requests that no rule matches. V(deny) keeps one C(ALL) for all clients in hosts.deny, outside all blocks. V(allow) removes it.
      - Other people's C(ALL) for all clients closes hosts.deny too, and keeps its options - a trap, C(DENY), C(banners), C(twist) - unless the task
        gives O(default_options). What others write below it never decides, and is no reason to write the table again.
        With O(record), options that an earlier task gave are not other people's, and go when they are no longer given.
      - Left out, it stays as it is.
    type: str
    choices: [deny, allow]
  default_options:
    description:
      - Options of the default rule, such as a booby trap. Goes with O(default=deny) only. A colon in an option is escaped.
      - They replace the options that the rule has, and the task says so. An empty list replaces them by none. Left out, they stay.
    type: raw
  unfinished_line:
    description:
      - What becomes of a last line that has no newline at its end, where the task does not speak of that line itself. libwrap ignores it in hosts.allow;
        in hosts.deny Debian's refuses every request that comes so far, and the others ignore it.
      - With V(keep) it stays as it is, below the rules of the task, with a warning. Where that cannot be, the task fails
        if ending the line would change what others may do.
      - With V(complete) it gets its newline, so it counts. With V(refuse) a task that would change the table fails.
    type: str
    default: keep
    choices: [keep, complete, refuse]
  layout:
    description:
      - V(single) keeps the rules that tasks give in hosts.allow, with an explicit C(allow) or C(deny) each, after proving that the answers are the same
        as with two files. What others wrote keeps its file and its bytes; fail2ban and DenyHosts look for their lines in hosts.deny.
      - V(two_files) takes such a table apart again.
    type: str
    default: two_files
    choices: [two_files, single]
  owner:
    description:
      - Name or number of the user that owns the tables. A number by default, for not every system calls group 0 root.
    type: str
    default: '0'
  group:
    description: Name or number of the group of the tables.
    type: str
    default: '0'
  mode:
    description:
      - Permission bits of the tables, as octal digits in quotes, or as YAML's octal integer.
        Execute, set-id and sticky bits and writing by others are refused.
    type: raw
    default: '0600'
  unreadable_daemons:
    description:
      - Running processes that use libwrap and that could no longer read the tables with the owner and mode of the task are looked for
        before anything is tightened. V(refuse) fails the task, V(warn) warns.
    type: str
    default: refuse
    choices: [refuse, warn]
  allow_unenforced:
    description: Write the tables even if the host has neither libwrap nor tcpd, so that nothing would obey them. An image (O(root)) is not asked.
    type: bool
    default: false
  unenforced:
    description:
      - What happens where the tables would not do what the task expects of them, looked at before anything is written.
      - An assertion expects a refusal of a daemon that runs and does not ask libwrap, so that it lets everybody in.
      - A rule of the task names such a daemon, or one that nobody asks as while another name is asked for, such as C(ssh) for C(sshd).
      - V(refuse) fails the task and says who listens where and what would enforce the tables, V(warn) warns.
      - Of an image (O(root)) its configuration and its programs are looked at.
    type: str
    default: warn
    choices: [refuse, warn, ignore]
  assertions:
    description:
      - What must hold for the resulting tables, in the form of O(portcullis.tcp_wrappers.hosts_access_evaluate#module:assertions).
      - They are proved before anything is written, in check mode too. One that does not hold fails the task.
      - One about a daemon that asks as another user than root must also hold for what that user can read with the task's owner and mode.
    type: list
    elements: dict
  forbid_gains:
    description:
      - Whether the task fails where it would let anybody in who is refused so far. V(true) looks at every daemon, a list at the daemons that it names.
      - Nothing is written then, and check mode fails too. The message has the clients, one of them as an example, the daemon and the rule.
      - A rule that hands a refused client to a program (C(twist)) counts as letting in.
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
access_changes:
  description:
    - The sets of requests that change hands, each with a witness. Empty where nobody gains or loses anything.
    - Only the rules that have to do with the change are looked at. Empty with a warning where these cannot be taken apart, such as a dozen wildcards of
      the form C(*1*2*), or where it would take more than 5 seconds of the host's processor. With O(forbid_gains) it may take a minute; then the task fails.
  returned: success
  type: list
  elements: dict
  contains:
    daemon:
      description: The daemon, or V(any other) for every daemon that no rule names.
      type: str
    clients:
      description: The clients, in words.
      type: str
    before:
      description: How they were answered.
      type: str
    after:
      description: How they are answered now.
      type: str
    witness:
      description: One request of the set.
      type: dict
      contains:
        daemon:
          description: The daemon.
          type: str
        address:
          description: The client's address.
          type: str
        hostname:
          description: The client's name, null where the look-up fails.
          type: str
        paranoid:
          description: Whether name and address disagree. Only where they do.
          type: bool
        user:
          description: The client's user. Only where the answer is about one; so the server's address, name and port, and the client's port.
          type: str
    depends:
      description: The questions about the world, such as a netgroup, that the set rests on. Empty for nearly every set.
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
    - What is wrong with the resulting tables. A run that changes no text looks for nothing and returns an empty list;
      M(portcullis.tcp_wrappers.hosts_access_info) always looks.
  returned: success
  type: list
  elements: dict
  contains:
    code:
      description: A short name of the kind of finding.
      type: str
    severity:
      description: V(error), V(warning) or V(info).
      type: str
    effect:
      description: Whether the mistake lets in more than the line seems to say (V(opens)), less (V(closes)), or neither (V(none)).
      type: str
    table:
      description: V(allow) or V(deny).
      type: str
    line:
      description: The last physical line.
      type: int
    message:
      description: What is wrong.
      type: str
    remedy:
      description: What to do.
      type: str
gains:
  description: Who would be let in, in the form of RV(access_changes).
  returned: when O(forbid_gains) refuses
  type: list
  elements: dict
  contains:
    daemon:
      description: The daemon, or V(any other).
      type: str
    clients:
      description: The clients, in words.
      type: str
    before:
      description: How they are answered.
      type: str
    after:
      description: How they would be answered.
      type: str
    witness:
      description: One request of the set, as in RV(access_changes[].witness).
      type: dict
      contains:
        daemon:
          description: The daemon.
          type: str
        address:
          description: The client's address.
          type: str
    depends:
      description: The questions about the world that the set rests on.
      type: list
      elements: str
enforcement:
  description: For each daemon that an assertion is about whether somebody asks libwrap about its connections.
  returned: success
  type: list
  elements: dict
  contains:
    daemon:
      description: The daemon.
      type: str
      sample: sshd
    state:
      description:
        - V(asks); V(does not ask), everybody is let in then; V(not known).
        - V(no such service) where it does not run, and of an image where it is neither configured nor installed. Then nobody is refused.
      type: str
      sample: asks
    listens:
      description: Where it listens.
      type: list
      elements: str
      sample: [tcp port 22]
    evidence:
      description: What that rests on, null for no such service.
      type: str
      sample: it links libwrap
    remedy:
      description: What would enforce the tables, null where somebody asks.
      type: str
backup_files:
  description: The files that keep the old texts.
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
      description: Its options, their colons not escaped.
      type: list
      elements: str
  sample: {options: []}
lockout:
  description: Whom the guard looked out for, and how the change was confirmed.
  returned: when the task changes something, and when the guard refuses
  type: dict
  contains:
    operators:
      description: The addresses that must still reach the ssh server, as the host sees them.
      type: list
      elements: str
    connection:
      description: The ssh connection that the task came through - client, its port, server, its port - or null.
      type: str
    daemon:
      description: The name that the ssh server asks libwrap with, or null where nobody comes by ssh.
      type: str
    guarded:
      description: Whether the ssh server obeys the tables; null where that is not known, and then it is taken to.
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
      description: Who would be refused, and by which rule. Only where the guard refuses.
      type: list
      elements: str
    uncertain:
      description: Whose access would depend on something that may fail. Only where the guard refuses.
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
  description: The resulting text of hosts.allow; bytes that cannot be printed are escaped.
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
