# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Translate a policy to the configuration of nftables or sshd."""

from __future__ import annotations

DOCUMENTATION = r"""
name: hosts_access_translate
short_description: Translate a policy to the configuration of nftables or sshd
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Returns the configuration by which nftables or sshd refuses the clients that the tables deny. Writes nothing. To write, load and prove it, use
    M(portcullis.tcp_wrappers.hosts_access_enforce).
positional: _input, target, services
options:
  target:
    description: The program. V(nftables) gives a file for C(nft -f). V(sshd) gives a drop-in of C(sshd_config).
    type: str
    required: true
    choices: [nftables, sshd]
  services:
    description: Mappings of C(daemon), the name in the rules, C(ports), a list of its fixed ports, and C(protocol), C(tcp) or C(udp).
    type: list
    elements: dict
    required: true
  mode:
    description:
      - V(replace) accepts only clients that are granted in every case. V(companion) refuses only clients that are denied in every case.
    type: str
    default: replace
    choices: [replace, companion]
  unexpressed:
    description: Whether to fail if the address of a client does not settle the decision in O(mode=replace), or to deny such clients.
    type: str
    default: fail
    choices: [fail, deny]
  refuse:
    description: How nftables refuses. V(reset) answers at once. With V(drop), the client waits until it times out.
    type: str
    default: reset
    choices: [reset, drop]
  log:
    description: Whether nftables logs refused packets to the kernel log.
    type: bool
    default: true
  sshd_version:
    description: The OpenSSH release that reads the text. From 9.9 on, sshd closes a refused connection before authentication.
    type: str
    default: '9.2'
extends_documentation_fragment:
  - portcullis.tcp_wrappers.policy
  - portcullis.tcp_wrappers.policy.policy_texts
seealso:
  - plugin: portcullis.tcp_wrappers.hosts_access_sets
    plugin_type: filter
  - module: portcullis.tcp_wrappers.hosts_access_enforce
"""

EXAMPLES = r"""
- name: A drop-in for sshd
  ansible.builtin.debug:
    msg: "{{ {'allow': 'sshd: 0.0.0.0/1\n', 'deny': 'ALL: ALL\n'}
             | portcullis.tcp_wrappers.hosts_access_translate('sshd', [{'daemon': 'sshd', 'ports': [22]}]) | regex_findall('Match .*') }}"
  # => ["Match Address 128.0.0.0/1,::/0,fe8?:*%*,fe9?:*%*,fea?:*%*,feb?:*%*"]

- name: The rules of nftables for two services
  ansible.builtin.debug:
    msg: "{{ {'allow': 'ALL: 10.0.0.0/8\n', 'deny': 'ALL: ALL\n'}
             | portcullis.tcp_wrappers.hosts_access_translate('nftables', [{'daemon': 'sshd', 'ports': [22]}, {'daemon': 'vsftpd', 'ports': [21]}])
             | regex_findall('saddr != @[a-z0-9_]+') }}"
  # => ["saddr != @d_sshd_tcp_22_v4", "saddr != @d_vsftpd_tcp_21_v4"]
"""

RETURN = r"""
  _value:
    description: The text, ready for its program.
    type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables, sshd, translate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import MODES
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._policies import (
    new_patience,
    read_policy,
    told_plainly,
)


@told_plainly("hosts_access_translate")
def hosts_access_translate(
    tables,
    target,
    services,
    mode="replace",
    unexpressed="fail",
    dialect="debian",
    refuse="reset",
    log=True,
    sshd_version="9.2",
):
    """The filter; see DOCUMENTATION."""
    for name, value, choices in (
        ("mode", mode, MODES),
        ("unexpressed", unexpressed, (translate.FAIL, translate.DENY)),
        ("target", target, translate.TARGETS),
    ):
        if value not in choices:
            raise BackendError("%s is %r, and must be one of %s" % (name, value, ", ".join(choices)))
    version = sshd.version_of("OpenSSH_%s" % sshd_version)
    if version is None:
        raise BackendError("sshd_version is %r, and must be a release of OpenSSH such as '9.2'" % (sshd_version,))
    policy = read_policy(tables, dialect)
    patience = new_patience()
    lists = [
        translate.access_list_of(
            service, policy.sets(service.daemon, translate.port_of(service), patience), mode, unexpressed
        )
        for service in translate.read_services(services)
    ]
    return translate.render(target, lists, nftables.Style(refuse, bool(log)), version)


class FilterModule:
    """The filter by its name."""

    def filters(self):
        """What Ansible asks for."""
        return {"hosts_access_translate": hosts_access_translate}
