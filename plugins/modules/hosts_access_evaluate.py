#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask hosts.allow and hosts.deny what they decide."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: hosts_access_evaluate
short_description: Prove who may reach which daemon
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Decides requests as the libwrap of the host does, from the tables of the host or from text. Runs no command of a rule.
  - Proves an assertion for every request that it covers, namely every address of a network, and every hostname and user unless they are given. If it
    does not hold, the task fails, and names the rule that decides and a counterexample.
  - A daemon that drops root privileges before it asks libwrap may be unable to read the tables. The module then decides as libwrap does without them.
    If several services use the same daemon name, an assertion must hold for each of them.
  - Never changes anything.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
options:
  assertions:
    description:
      - A list of mappings, each with these keys.
      - C(daemon), the name that libwrap sees, such as V(sshd) or V(in.telnetd). Required.
      - C(address), one address; or C(network), a network with its length, which stands for every address in it, with C(except), a list of networks
        to leave out. One of the two is required.
      - C(hostname), V(any) (the default, every possible hostname of the client), V(unknown), V(paranoid) (name and address disagree),
        V(resolve) (ask the resolver of the host), or a hostname.
      - C(user), C(server_address), C(server_hostname), C(server_port), each V(any) by default.
      - C(expect), V(granted), V(denied) or V(delegated) (a C(twist) command answers).
        V(denied) also holds where the process exits while it expands a C(%) letter.
        Without C(expect), the module returns the decision and does not check it.
      - A decision that depends on something unknown to the module, such as the exit status of an C(aclexec) command, never meets C(expect).
        The same applies to a file of hosts that somebody other than root can change.
        A command that is one program, which the host does not have or cannot execute, is known to fail.
    type: list
    elements: dict
    required: true
  allow_text:
    description:
      - Text to evaluate instead of the file hosts.allow. If only one of the two texts is given, the other table is empty.
      - End the text with a newline. libwrap does not read a last line without one.
    type: str
  deny_text:
    description:
      - Text to evaluate instead of the file hosts.deny.
      - End the text with a newline. libwrap does not read a last line without one, and on Debian then denies every client that no rule before it
        matches.
    type: str
  require_enforced:
    description: Fail if nothing on the host enforces the tables for a daemon of an assertion.
    type: bool
    default: false
  unenforced:
    description:
      - What to do if an assertion expects V(denied) for a daemon that runs on the host and does not ask libwrap, so that it serves every client.
      - V(refuse) fails, and names the daemon, its port, and what would enforce the tables. With O(allow_text) or O(deny_text), only V(refuse) checks.
      - If it is not known whether the daemon asks, V(refuse) and V(warn) warn.
      - If no such service runs, no client is refused, and RV(decisions[].service) is V(no such service). O(require_enforced) fails in this case.
    type: str
    default: warn
    choices: [refuse, warn, ignore]
  cross_check:
    description:
      - Compare each decision with the C(tcpdmatch) of the host, and fail if they differ. A request that tcpdmatch cannot express, or that it hangs at,
        is reported as V(not_comparable).
    type: bool
    default: false
  return_decisions:
    description:
      - Which decisions to return. V(all) returns one for each assertion.
      - V(unmet) leaves out decisions that meet C(expect). With many thousand assertions, this saves time and memory on the controller.
    type: str
    choices: [all, unmet]
    default: all
seealso:
  - module: portcullis.tcp_wrappers.hosts_access
"""

EXAMPLES = r"""
- name: Prove the policy of this host
  portcullis.tcp_wrappers.hosts_access_evaluate:
    assertions:
      - {daemon: sshd, network: 10.0.0.0/8, except: [10.66.0.0/16], expect: granted}
      - {daemon: sshd, address: 198.51.100.7, expect: denied}
      - {daemon: in.telnetd, network: 0.0.0.0/0, hostname: unknown, expect: denied}

- name: Ask what a text would decide, before it is anybody's policy
  portcullis.tcp_wrappers.hosts_access_evaluate:
    dialect: debian
    allow_text: |
      sshd: 10.0.0.0/8
    deny_text: |
      ALL: ALL
    assertions:
      - {daemon: sshd, address: 10.1.2.3}
      - {daemon: sshd, address: 192.0.2.1, expect: denied}
  register: answers

- name: Hold the tables against a long list, and hear only of what does not hold
  portcullis.tcp_wrappers.hosts_access_evaluate:
    assertions: "{{ lookup('ansible.builtin.file', 'assertions.json') | from_json }}"
    return_decisions: unmet
"""

RETURN = r"""
dialect:
  description: The libwrap build that was used.
  returned: success
  type: str
  sample: debian
decisions:
  description:
    - One decision for each assertion, in order, unless O(return_decisions) leaves it out.
    - A task that fails because of an assertion returns them too.
  returned: success
  type: list
  elements: dict
  contains:
    request:
      description: The request that the decision is about. If an assertion does not hold, this is the counterexample.
      type: dict
      contains:
        daemon:
          description: The daemon.
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
    expect:
      description: What the assertion expects, or null.
      type: str
    access:
      description: V(granted), V(denied), V(delegated) or V(aborted).
      type: str
    table:
      description: V(allow) or V(deny), null where no rule matches.
      type: str
    path:
      description: The table's path, or V(allow_text) or V(deny_text).
      type: str
    line:
      description: The rule's last physical line.
      type: int
    rule:
      description: The rule's text.
      type: str
    depends:
      description: External conditions that the decision depends on, such as a file of hosts that somebody other than root can change.
      type: list
      elements: str
    enforced_by:
      description: What enforces the tables for the daemon on the host, a list of V(tcpd), V(libwrap) and V(xinetd).
        Empty if nothing does. Null if it is not known, if the host has no such daemon, and for text without O(require_enforced).
      type: list
      elements: str
    service:
      description: V(asks), V(does not ask), V(not known) or V(no such service), null for text unless O(unenforced=refuse) or O(require_enforced).
      type: str
      sample: asks
    unreadable:
      description: The tables, and files of hosts that they name, which the daemon cannot read, because it asks libwrap as another user than root,
        or in a namespace of its own. The decision is then made without them.
      type: list
      elements: str
    met:
      description: Whether the decision meets C(expect), null without C(expect).
      type: bool
    otherwise:
      description:
        - Without C(expect), a request from the network that gets another decision. The other keys are as in RV(decisions).
        - Null means that the same decision is proved for every client of the network.
      type: dict
      contains:
        request:
          description: The request.
          type: dict
          contains:
            address:
              description: The client's address, and the other keys of RV(decisions[].request).
              type: str
        access:
          description: The decision.
          type: str
        table:
          description: V(allow) or V(deny), null where no rule matches.
          type: str
        path:
          description: The table's path.
          type: str
        line:
          description: The rule's last physical line.
          type: int
        rule:
          description: The rule's text.
          type: str
        depends:
          description: External conditions that the decision depends on, such as a file of hosts that somebody other than root can change.
          type: list
          elements: str
      returned: when the assertion has C(network) and no C(expect)
    cross_check:
      description: The decision of tcpdmatch for this request.
      type: dict
      contains:
        result:
          description: V(agrees), V(disagrees) or V(not_comparable).
          type: str
        reason:
          description: Why the two cannot be compared, or the decision of tcpdmatch. Null for V(agrees).
          type: str
      returned: when O(cross_check=true)
  sample:
    - request: {daemon: sshd, address: 10.1.2.3, hostname: null}
      expect: granted
      access: granted
      table: allow
      path: /etc/hosts.allow
      line: 1
      rule: 'sshd: 10.0.0.0/8'
      depends: []
      enforced_by: [libwrap]
      service: asks
      unreadable: []
      met: true
unmet:
  description: The decisions that do not meet C(expect), with the keys of RV(decisions).
  returned: when an expectation is not met
  type: list
  elements: dict
  contains:
    request:
      description: The counterexample.
      type: dict
      contains:
        address:
          description: The client's address, and the other keys of RV(decisions[].request).
          type: str
    access:
      description: The decision, and the other keys of RV(decisions).
      type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.evaluate import run_module

    run_module()


if __name__ == "__main__":
    main()
