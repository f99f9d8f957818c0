#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Collect all data for an audit of TCP Wrappers on a host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: tcpd_audit_info
short_description: Collect all data for an audit of TCP Wrappers on a host
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Returns in one module run the results of M(portcullis.tcp_wrappers.tcpd_coverage_info), M(portcullis.tcp_wrappers.hosts_access_info),
    M(portcullis.tcp_wrappers.tcpd_integrity_info), M(portcullis.tcp_wrappers.tcpd_refusals_info) and
    M(portcullis.tcp_wrappers.hosts_access_evaluate), from the same code.
  - Decides for every daemon of the host and every group of O(clients). A decision about a network is proved for every address, or names a client that
    gets another decision.
  - An assertion that does not hold has RV(answers[].met=false), and does not fail the task. If a part cannot be read, RV(errors) gives the reason,
    and the other parts are returned.
  - The role P(portcullis.tcp_wrappers.audit#role) creates a report from the results.
options:
  assertions:
    description: Assertions to check, in the form of O(portcullis.tcp_wrappers.hosts_access_evaluate#module:assertions).
    type: list
    elements: dict
    default: []
  clients:
    description:
      - Groups of clients whose access to every daemon is decided. Each is a mapping in the form of an assertion, with C(name) and without C(daemon)
        and C(expect).
    type: list
    elements: dict
    default: []
  since:
    description: How far back refusals are counted, in the form of O(portcullis.tcp_wrappers.tcpd_refusals_info#module:since).
    type: str
  refusals_limit:
    description: Number of refusals to return in full, the newest ones. V(0) returns only the counts.
    type: int
    default: 100
  keep_rules:
    description:
      - Whether to return the lines of both tables. If V(false), only the rules that decide an answer are returned.
    type: bool
    default: true
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
notes:
  - Run it as root.
seealso:
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
  - module: portcullis.tcp_wrappers.hosts_access_info
  - module: portcullis.tcp_wrappers.tcpd_integrity_info
  - module: portcullis.tcp_wrappers.tcpd_refusals_info
  - module: portcullis.tcp_wrappers.hosts_access_evaluate
"""

EXAMPLES = r"""
- name: Look at a host
  portcullis.tcp_wrappers.tcpd_audit_info:
    clients:
      - {name: operators, network: 192.0.2.0/24}
      - {name: anywhere, network: 0.0.0.0/0}
    assertions:
      - {daemon: sshd, network: 0.0.0.0/0, except: [192.0.2.0/24], expect: denied}
    since: 7d
    keep_rules: false
  register: audit

- name: Show what does not hold
  ansible.builtin.debug:
    msg: "{{ audit.answers | default([]) | selectattr('met', 'eq', false) | map(attribute='request') }}"

- name: Show what could not be read
  ansible.builtin.debug:
    msg: "{{ audit.errors }}"
"""

RETURN = r"""
dialect:
  description: The build of libwrap that the tables were read as; null where they could not be.
  returned: success
  type: str
  sample: debian
coverage:
  description: The services that accept connections and what enforces the tables for them, as M(portcullis.tcp_wrappers.tcpd_coverage_info) returns
    them.
  returned: where it could be read
  type: dict
  contains:
    services:
      description: All services that accept connections.
      type: list
      elements: dict
      contains:
        name:
          description: The name of the service in its configuration, or the command of the process.
          type: str
        kind:
          description: V(inetd), V(xinetd), V(systemd) (started by a socket unit) or V(process).
          type: str
        daemon:
          description: The daemon name that libwrap uses. Write rules for this name. Null for a user's own process.
          type: str
        enforced_by:
          description:
            - What asks libwrap. V(tcpd), V(libwrap) (the daemon itself, or inetd with its own check) or V(xinetd).
            - Also V(nftables) or V(sshd), if a running filter that M(portcullis.tcp_wrappers.hosts_access_enforce) wrote refuses the clients that the
              tables deny.
            - Empty means that nothing does. Two entries mean that each connection is checked twice. Null means that it could not be determined.
            - Null also for a program that names an excessive number of libraries or folders.
          type: list
          elements: str
        evidence:
          description: The evidence for RV(coverage.services[].enforced_by).
          type: str
        remedy:
          description: How to enforce the tables for the service. Null if they are enforced.
          type: str
        also_asked_as:
          description:
            - More daemon names that the daemon uses when it asks libwrap, such as the services of the protocols of sslh.
            - Also present for a daemon that does not ask libwrap about every connection.
          type: list
          elements: str
        runs_as:
          description: The user that asks libwrap.
          type: str
        reads_tables:
          description: Whether that user can read both tables. Null if nothing asks libwrap, or if the user is not known.
          type: bool
        anywhere:
          description: The decision for an unknown client, with an IPv4 or IPv6 address and no hostname. Takes into account whether the daemon can
            read the tables.
          type: dict
          contains:
            ipv4:
              description: V(granted), V(denied), V(delegated) or V(aborted), null if it is not known what asks libwrap.
              type: str
            ipv6:
              description: The same for IPv6.
              type: str
        packet_filter:
          description: Whether the nftables or iptables rules of the host mention its port. V(yes), V(no) or V(unknown).
          type: str
        listens:
          description: Its sockets.
          type: list
          elements: str
        pids:
          description: The processes that hold the sockets, without super-servers.
          type: list
          elements: int
        program:
          description: The daemon's program.
          type: str
        forwarded_by:
          description: Forwarders on the same host that relay connections to one of its ports. The service then sees the client address 127.0.0.1.
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
      type: list
      elements: dict
      contains:
        name:
          description: The interface.
          type: str
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
      type: list
      elements: dict
      contains:
        code:
          description: The code of the finding. U(https://github.com/portcullis/tcp_wrappers/blob/main/docs/findings.md) lists all codes.
          type: str
        severity:
          description: V(error), V(warning) or V(info).
          type: str
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
        daemons:
          description: The daemons that the rule names, where it is about a rule.
          type: list
          elements: str
    more_findings:
      description: Number of findings of each kind beyond the first 50.
      type: list
      elements: dict
      contains:
        code:
          description: The kind.
          type: str
        severity:
          description: V(error), V(warning) or V(info).
          type: str
        count:
          description: How many more.
          type: int
tables:
  description: Both tables and the problems in them.
  returned: where they could be read
  type: dict
  contains:
    rules:
      description: The number of rules that libwrap reads.
      type: int
    allow:
      description: The table hosts.allow.
      type: dict
      contains:
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
        lines:
          description:
            - The physical lines of the file, comments too, with what cannot be printed escaped. RV(answers[].line) counts them from 1.
            - Null without O(keep_rules), and where there is no file.
          type: list
          elements: str
    deny:
      description: The table hosts.deny.
      type: dict
      contains:
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
        lines:
          description:
            - The physical lines of the file, comments too, with what cannot be printed escaped. RV(answers[].line) counts them from 1.
            - Null without O(keep_rules), and where there is no file.
          type: list
          elements: str
    findings:
      description: Problems in the tables. U(https://github.com/portcullis/tcp_wrappers/blob/main/docs/findings.md) describes every code.
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
        daemons:
          description: The daemons that the rule names.
          type: list
          elements: str
    more_findings:
      description: Number of findings of each kind beyond the first 50.
      type: list
      elements: dict
      contains:
        code:
          description: The kind.
          type: str
        severity:
          description: V(error), V(warning) or V(info).
          type: str
        count:
          description: How many more.
          type: int
integrity:
  description: The programs of TCP Wrappers, as M(portcullis.tcp_wrappers.tcpd_integrity_info) returns them.
  returned: where it could be read
  type: dict
  contains:
    files:
      description: One entry for each file. Several links to one file have one entry.
      type: list
      elements: dict
      contains:
        path:
          description: The path that was requested or found.
          type: str
        target:
          description: The path after all links are resolved.
          type: str
        exists:
          description: Whether the file exists.
          type: bool
        owner:
          description: The number of its owner.
          type: int
        group:
          description: The number of its group.
          type: int
        mode:
          description: Its permission bits in octal.
          type: str
        checksum:
          description: V(match), V(mismatch), or V(unknown) if no package manager has a checksum for it.
          type: str
        reason:
          description: The evidence for RV(integrity.files[].checksum).
          type: str
        package:
          description: The package that contains it.
          type: str
        package_manager:
          description: V(dpkg), V(rpm) or V(pkg).
          type: str
        sha256:
          description: The SHA-256 checksum of the file, to compare hosts.
          type: str
        writable_parents:
          description: Parent folders in which another user than root can replace files.
          type: list
          elements: str
        named_by:
          description: File and line of each enabled service that starts it.
          type: list
          elements: str
    sockets:
      description: Sockets with port 421 at either end. Null if sockets cannot be listed, as in an image.
      type: list
      elements: dict
      contains:
        protocol:
          description: V(tcp) or V(udp).
          type: str
        address:
          description: The local address.
          type: str
        port:
          description: The local port.
          type: int
        remote_address:
          description: The address of the other end.
          type: str
        remote_port:
          description: The port of the other end.
          type: int
        listening:
          description: Whether the socket is listening.
          type: bool
        processes:
          description: The processes that hold the socket.
          type: list
          elements: dict
          contains:
            pid:
              description: The process's number.
              type: int
            command:
              description: Its name.
              type: str
    findings:
      description: Problems, each with a remedy.
      type: list
      elements: dict
      contains:
        code:
          description:
            - V(changed-file), V(unknown-tcpd), V(unknown-origin), V(missing), V(named-tcpd-missing), V(unreadable), V(wrong-owner), V(writable-file),
              V(writable-parent), V(set-id), V(diverted-file), V(preloaded-library), V(port-421) or V(unreadable-configuration).
          type: str
        severity:
          description: V(error), V(warning) or V(info).
          type: str
        path:
          description: The file or folder it is about.
          type: str
        message:
          description: The problem.
          type: str
        remedy:
          description: The remedy.
          type: str
    more_findings:
      description: Number of findings of each kind beyond the first 50.
      type: list
      elements: dict
      contains:
        code:
          description: The kind.
          type: str
        severity:
          description: V(error), V(warning) or V(info).
          type: str
        count:
          description: How many more.
          type: int
refusals:
  description: The refused clients, as M(portcullis.tcp_wrappers.tcpd_refusals_info) returns them.
  returned: where it could be read
  type: dict
  contains:
    count:
      description: How many refusals there were, without those that are RV(refusals.forged).
      type: int
    forged:
      description:
        - Number of lines in the journal that look like refusals but were written by neither root nor the user of the daemon. They are included in
          RV(refusals.refusals),
          and are not counted elsewhere.
      type: int
    first:
      description: The time of the oldest one, in UTC.
      type: str
    last:
      description: The time of the newest one, in UTC.
      type: str
    by_daemon:
      description: Refusals by daemon, the most frequent first.
      type: list
      elements: dict
      contains:
        daemon:
          description: The daemon's name.
          type: str
        count:
          description: The number of refusals.
          type: int
    by_client:
      description: Refusals by client address (hostname if the log has no address), the most frequent first, at most 1000.
      type: list
      elements: dict
      contains:
        client:
          description: The address, or the name.
          type: str
        count:
          description: The number of refusals.
          type: int
        first:
          description: When the first was, in UTC, or null.
          type: str
        last:
          description: When the last was, in UTC, or null.
          type: str
    by_day:
      description:
        - Refusals by day, in UTC, the oldest day first. The newest 31 days on which somebody was refused. Lines without a time that can be read are in no day.
      type: list
      elements: dict
      contains:
        day:
          description: The day.
          type: str
        count:
          description: How many refusals.
          type: int
        clients:
          description: Those of the ten clients refused most often that were refused on this day, in the order of RV(refusals.by_client).
          type: list
          elements: dict
          contains:
            client:
              description: The address, or the name.
              type: str
            count:
              description: How many refusals.
              type: int
    other_clients:
      description: Refusals of clients beyond the 50000 that are counted one by one.
      type: int
    refusals:
      description: The newest refusals, oldest first.
      type: list
      elements: dict
      contains:
        time:
          description: The time, in UTC. Null if the line has no readable time.
          type: str
        daemon:
          description: The daemon name that libwrap uses, or the id of the service in xinetd.
          type: str
        pid:
          description: The process that wrote the line.
          type: int
        client:
          description: The client as the daemon wrote it, escaped.
          type: str
        address:
          description: The client's address. An IPv4 client of an IPv6 socket is written as IPv4.
          type: str
        by:
          description:
            - V(libwrap) (the tables), V(xinetd) (its own only_from and no_access), V(nftables) (the table that enforces the tables for daemons
              that do not ask) or V(source_routing).
          type: str
        source:
          description: The file, or V(journal).
          type: str
        uid:
          description: The user who wrote the line, as the kernel told the journal. Null in files.
          type: int
        forged:
          description:
            - V(true) where neither root nor the daemon's user wrote the line, so that nobody need have been refused. The daemon's user is the
              one that inetd, xinetd or systemd starts it as, or that it becomes by itself (rpcbind, slapd, mosquitto).
            - V(false) where one of them did, and null where that cannot be told, as in every file of syslog, and of another user of the system, no
              person, who runs the daemon's program or one of that name.
          type: bool
    sources:
      description: What was read.
      type: list
      elements: str
    problems:
      description: What could not be read, or only in part.
      type: list
      elements: str
    since:
      description: The time that O(since) means, in UTC; null without it.
      type: str
answers:
  description: One answer for each question, assertions first. Duplicate questions have one answer.
  returned: where the tables could be read
  type: list
  elements: dict
  contains:
    id:
      description: The id of the question, 16 hexadecimal digits that are derived from its content.
      type: str
    clients:
      description: The name of the group of clients, null for an assertion.
      type: str
    daemon:
      description: The daemon that was asked about.
      type: str
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
    enforced_by:
      description:
        - What enforces the tables for the daemon on the host, a list of V(tcpd), V(libwrap) and V(xinetd). Empty if nothing does.
          Null if it is not known, or if the host has no such daemon.
      type: list
      elements: str
    service:
      description: V(asks), V(does not ask), V(not known) or V(no such service).
      type: str
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
        - For a network without C(expect), a request from it that gets another decision. The other keys are as in RV(answers).
        - Null means that the same decision is proved for every client of the network.
      type: dict
      contains:
        request:
          description: The request.
          type: dict
          contains:
            address:
              description: The client's address, and the other keys of RV(answers[].request).
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
errors:
  description: The reason for each part that could not be read.
  returned: success
  type: dict
  contains:
    coverage:
      description: Why there is no RV(coverage).
      type: str
    tables:
      description: Why there is no RV(tables).
      type: str
    integrity:
      description: Why there is no RV(integrity).
      type: str
    refusals:
      description: Why there is no RV(refusals).
      type: str
    answers:
      description: Why there is no RV(answers).
      type: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.run import run_module

    run_module()


if __name__ == "__main__":
    main()
