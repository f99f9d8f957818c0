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
  - Returns the rules of both tables in the form that M(portcullis.tcp_wrappers.hosts_access) takes, and reports problems in the tables.
  - A M(portcullis.tcp_wrappers.hosts_access) task with these rules and O(portcullis.tcp_wrappers.hosts_access#module:exclusive) changes nothing. Use
    this to take over the existing tables of a fleet in one run.
  - The result contains text of the host. Use the registered result, or store it as JSON that a lookup reads, as the guide to migration shows. Do not
    store it in a variables file, because Ansible would evaluate it as a template on the controller.
  - Never changes anything.
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
options:
  shadowed_rules:
    description:
      - Whether to look for rules that can be removed without changing a decision. This takes some seconds for ten thousand rules.
      - If names, users and wildcards combine in too many ways, or if the check takes longer than a minute, RV(shadowed_rules) is null and a warning
        gives the reason.
    type: bool
    default: false
  all_rules:
    description:
      - Whether to return the rules even if they exceed 5 megabytes, which is about 20,000 rules. If V(false), RV(rules) is then null, with a warning.
        RV(rule_count) and RV(findings) always cover all rules.
      - The list is never shortened, because a task that wrote a part of the rules back would remove the rest.
      - The controller refuses a result of more than 64 MiB, which is about 250,000 rules.
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
  description: Both tables.
  returned: success
  type: dict
  contains:
    allow:
      description: The table hosts.allow.
      type: dict
      contains: &file
        path:
          description: Its path.
          type: str
        exists:
          description: Whether the file exists.
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
          description: The target of the link, null if the path is not a link.
          type: str
    deny:
      description: The table hosts.deny.
      type: dict
      contains: *file
rules:
  description:
    - The rules that libwrap reads, hosts.allow first, each a mapping that M(portcullis.tcp_wrappers.hosts_access) takes.
    - M(portcullis.tcp_wrappers.hosts_access) writes C(text) unchanged unless another key was edited.
    - Null if they exceed 5 megabytes and O(all_rules=false).
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
      description: The line, with continuation lines joined and unprintable characters escaped.
      type: str
    block_name:
      description: The name of the block that contains the rule, or null.
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
      description: The options, without escaped colons.
      type: list
      elements: str
    comment:
      description: The comment directly above the rule.
      type: list
      elements: str
rule_count:
  description: The number of rules that libwrap reads in both tables.
  returned: success
  type: int
findings:
  description: Problems in the tables. U(https://github.com/portcullis/tcp_wrappers/blob/main/docs/findings.md) describes every code.
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
shadowed_rules:
  description: The rules that could be removed, one at a time, without changing a decision, in the order in which libwrap searches them.
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
      description: Whether the rule decides no request at all. If V(false), later rules, or the default, would make the same decision.
      type: bool
    reason:
      description:
        - V(matches nothing); V(duplicate), V(after a catch-all) or V(covered) by the earlier rules C(by), which together match every request that it
          matches;
          V(redundant), because the later rules C(by), or the default, would make the same decision.
      type: str
    verdict:
      description: Whether the decision of the rules C(by) is the V(same), the V(opposite) or V(mixed). Null if there are no such rules.
      type: str
    by:
      description: The rules that together make it superfluous.
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
