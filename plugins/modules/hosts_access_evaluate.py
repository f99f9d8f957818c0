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
  - Answers as the host's libwrap answers, from the host's own tables or from text, without executing anything.
  - An assertion about a network, or about a name or user that is not given, is proved for every request that it speaks of. Where it does not
    hold, the task fails and names the rule that decides and a counterexample.
  - A daemon that gave root up before it asks may not be able to read the tables. The answer is then what libwrap tells it.
    Where several services ask by one name, an assertion must hold for each of them.
  - Nothing is ever changed.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
options:
  assertions:
    description:
      - A list of mappings, each with these keys.
      - C(daemon), the name that libwrap sees, such as V(sshd) or V(in.telnetd). Required.
      - C(address), one address; or C(network), a network whose every address is meant, with C(except), a list of networks left out. One of the two is required.
      - C(hostname), V(any) (the default, every state of the client's name), V(unknown), V(paranoid) (name and address disagree),
        V(resolve) (ask the host's resolver), or a name.
      - C(user), C(server_address), C(server_hostname), C(server_port), each V(any) by default.
      - C(expect), V(granted), V(denied) or V(delegated) (a C(twist) command answers).
        V(denied) also holds where the process exits while it expands a C(%) letter.
        Without C(expect) the assertion is only answered.
      - An answer that depends on something that the module cannot know, such as the exit status of an C(aclexec) command, does not meet an expectation.
    type: list
    elements: dict
    required: true
  allow_text:
    description: Ask this text instead of the file hosts.allow. If only one of the two texts is given, the other table is empty.
    type: str
  deny_text:
    description: Ask this text instead of the file hosts.deny.
    type: str
  require_enforced:
    description: Fail for a daemon that nothing on the host makes obey the tables.
    type: bool
    default: false
  unenforced:
    description:
      - What happens where an assertion expects a refusal of a daemon that runs on the host and does not ask libwrap, so that it lets everybody in.
      - V(refuse) fails and says who listens where and what would enforce the tables. For O(allow_text) and O(deny_text) only V(refuse) looks.
      - Where no such service runs nothing is refused, and RV(decisions[].service) says so. O(require_enforced) fails there too.
    type: str
    default: warn
    choices: [refuse, warn, ignore]
  cross_check:
    description:
      - Ask the host's own C(tcpdmatch) too, as a dry run, and fail where the two disagree.
        What tcpdmatch cannot express is reported as V(not_comparable), never as agreement.
    type: bool
    default: false
  return_decisions:
    description:
      - Which answers RV(decisions) has. V(all) is one for each assertion.
      - V(unmet) leaves out those whose expectation is met, which is all of them where the task succeeds and every assertion has C(expect).
        Of many thousand assertions this keeps the controller's work and memory small.
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
  description: The libwrap build that was asked.
  returned: success
  type: str
  sample: debian
decisions:
  description:
    - One answer for each assertion, in order; O(return_decisions) may leave some out.
    - They are returned by a task that fails for an unmet expectation as well.
  returned: success
  type: list
  elements: dict
  contains:
    request:
      description: The request that the answer is about; the counterexample where an expectation is not met.
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
      description: What the answer depends on without anybody knowing it.
      type: list
      elements: str
    enforced_by:
      description: What on the host makes the daemon obey the tables, a list of V(tcpd), V(libwrap) and V(xinetd).
        Empty for nothing. Null where it is not known, where the host has no such daemon, and for text without O(require_enforced).
      type: list
      elements: str
    service:
      description: V(asks), V(does not ask), V(not known) or V(no such service), null for text unless O(unenforced=refuse) or O(require_enforced).
      type: str
      sample: asks
    unreadable:
      description: The tables that the daemon cannot read, since it asks libwrap as another user than root. The answer is then the one without them.
      type: list
      elements: str
    met:
      description: Whether the expectation is met, null without one.
      type: bool
    otherwise:
      description:
        - Without C(expect), a request out of the network that is answered differently. The other keys are as in RV(decisions).
        - Null is the proof that every client of the network gets the same answer.
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
          description: How it is answered.
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
          description: What the answer depends on without anybody knowing it.
          type: list
          elements: str
      returned: when the assertion has C(network) and no C(expect)
    cross_check:
      description: What the host's tcpdmatch says to this request.
      type: dict
      contains:
        result:
          description: V(agrees), V(disagrees) or V(not_comparable).
          type: str
        reason:
          description: Why the two cannot be compared, or what tcpdmatch says instead; null where they agree.
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
  description: The decisions whose expectation is not met, with the keys of RV(decisions).
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
      description: How it is answered, and the other keys of RV(decisions).
      type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.evaluate import run_module

    run_module()


if __name__ == "__main__":
    main()
