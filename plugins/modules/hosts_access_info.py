#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read hosts.allow and hosts.deny as rules."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: hosts_access_info
short_description: Read hosts.allow and hosts.deny as rules
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Returns the rules of both tables in the form that M(portcullis.tcp_wrappers.hosts_access) takes, and what is wrong with them.
  - Given back with O(portcullis.tcp_wrappers.hosts_access#module:exclusive), the rules change nothing. So a fleet's old tables
    are taken over in one run.
  - What is returned is text of the host. Use it as it is, or keep it as JSON that a lookup reads, as the guide on migrating does. In a file of variables
    it would be a template, and run on the controller.
  - Nothing is ever changed.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
options:
  shadowed_rules:
    description:
      - Whether to look for rules that could go as well. Ten thousand rules take some seconds.
      - Where it cannot be told, for names, users and wildcards combine in too many ways or a minute is not enough, RV(shadowed_rules) is null and a
        warning says why.
    type: bool
    default: false
  all_rules:
    description:
      - Whether to return the rules however many there are. Otherwise, of tables whose rules would be more than 5 megabytes in the result, some 20,000
        rules, RV(rules) is null and a warning says so. RV(rule_count) and RV(findings) speak of all rules in any case.
      - It is null and not shortened, so that nobody gives a part of the rules back for all of them.
    type: bool
    default: false
seealso:
  - module: portcullis.tcp_wrappers.hosts_access
"""

EXAMPLES = r"""
- name: Read the tables
  portcullis.tcp_wrappers.hosts_access_info:
  register: wrappers

- name: Show what is wrong with them
  ansible.builtin.debug:
    msg: "{{ wrappers.findings | map(attribute='message') }}"

- name: Find the rules that could go
  portcullis.tcp_wrappers.hosts_access_info:
    shadowed_rules: true
  register: wrappers

- name: Show them with the rules that cover them
  ansible.builtin.debug:
    msg: "{{ item.text }} ({{ item.reason }}): {{ item.by | map(attribute='text') | join(' and ') }}"
  loop: "{{ wrappers.shadowed_rules }}"

- name: Give the rules back (this changes nothing)
  portcullis.tcp_wrappers.hosts_access:
    allow: "{{ wrappers.rules | selectattr('table', 'eq', 'allow') }}"
    deny: "{{ wrappers.rules | selectattr('table', 'eq', 'deny') }}"
    exclusive: true
    mode: "{{ wrappers.tables.allow.mode }}"
  check_mode: true
"""

RETURN = r"""
dialect:
  description: The libwrap build that the tables were read for.
  returned: success
  type: str
  sample: debian
tables:
  description: The two files.
  returned: success
  type: dict
  contains:
    allow:
      description: The file of hosts.allow.
      type: dict
      contains: &file
        path:
          description: Its path.
          type: str
        exists:
          description: Whether there is anything to open.
          type: bool
        kind:
          description: V(file), V(missing), V(dangling) (a link to nothing), V(directory), V(special) or V(unreadable).
          type: str
        owner:
          description: The number of its user.
          type: int
        group:
          description: The number of its group.
          type: int
        mode:
          description: Its permission bits, in octal digits.
          type: str
        target:
          description: Where its links lead, if anywhere.
          type: str
    deny:
      description: The file of hosts.deny.
      type: dict
      contains: *file
rules:
  description:
    - The rules that libwrap reads, hosts.allow first, each a mapping that M(portcullis.tcp_wrappers.hosts_access) takes.
    - As long as nobody edits its other keys, C(text) is what is written.
    - Null where they are more than 5 megabytes and O(all_rules) is not set.
  returned: success
  type: list
  elements: dict
  contains:
    table:
      description: V(allow) or V(deny).
      type: str
    line:
      description: The last physical line.
      type: int
    text:
      description: The line, continuations joined, with what cannot be printed escaped.
      type: str
    block_name:
      description: The block that the rule stands in, or null.
      type: str
    daemons:
      description: The daemons.
      type: list
      elements: str
    daemons_except:
      description: The daemons excepted. A nested C(EXCEPT) is a word of the list.
      type: list
      elements: str
    clients:
      description: The clients.
      type: list
      elements: str
    clients_except:
      description: The clients excepted.
      type: list
      elements: str
    options:
      description: The options, their colons not escaped.
      type: list
      elements: str
    comment:
      description: The comment right above the rule.
      type: list
      elements: str
rule_count:
  description: How many rules libwrap reads in both tables.
  returned: success
  type: int
findings:
  description: What is wrong with the tables. C(docs/findings.md) describes every code.
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
shadowed_rules:
  description: The rules whose removal, one at a time, would change no answer, in the order in which libwrap tries them.
  returned: with O(shadowed_rules)
  type: list
  elements: dict
  contains:
    table: &table
      description: V(allow) or V(deny).
      type: str
    line: &line
      description: The last physical line.
      type: int
    text: &text
      description: The line, continuations joined.
      type: str
    never_decides:
      description: Whether the rule decides no request at all. Otherwise it decides, and what comes after it would decide the same.
      type: bool
    reason:
      description:
        - V(matches nothing); V(duplicate), V(after a catch-all) or V(covered) by the earlier rules C(by), which together match whatever it matches;
          V(redundant), because the later rules C(by), or the default, would answer the same.
      type: str
    verdict:
      description: Whether the rules C(by) answer the V(same), the V(opposite) or V(mixed); null where there are none.
      type: str
    by:
      description: The rules that make it superfluous, as a union.
      type: list
      elements: dict
      contains:
        table: *table
        line: *line
        text: *text
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.info import run_module

    run_module()


if __name__ == "__main__":
    main()
