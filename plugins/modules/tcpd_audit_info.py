#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report in one look what TCP Wrappers enforce on a host."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: tcpd_audit_info
short_description: Report in one look what TCP Wrappers enforce on a host
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Looks once at a host and returns what M(portcullis.tcp_wrappers.tcpd_coverage_info), M(portcullis.tcp_wrappers.hosts_access_info),
    M(portcullis.tcp_wrappers.tcpd_integrity_info), M(portcullis.tcp_wrappers.tcpd_refusals_info) and
    M(portcullis.tcp_wrappers.hosts_access_evaluate) would say, by their code, in one module run.
  - Every daemon of the host is asked about every group of O(clients); an answer about a network is a proof, or names a client that is answered
    differently.
  - An assertion that does not hold has RV(answers[].met=false) and does not fail the task. Neither does a part that cannot be read. It is told under
    RV(errors), and the others are returned.
  - The role C(portcullis.tcp_wrappers.audit) makes a page and documents of this.
options:
  assertions:
    description: What must hold, as in M(portcullis.tcp_wrappers.hosts_access_evaluate).
    type: list
    elements: dict
    default: []
  clients:
    description:
      - Groups of clients to ask every daemon about. Each is an assertion with a C(name), without C(daemon) and C(expect).
    type: list
    elements: dict
    default: []
  since:
    description: How far back refusals are counted, as in M(portcullis.tcp_wrappers.tcpd_refusals_info).
    type: str
  refusals_limit:
    description: How many refusals to return in full, the newest ones. V(0) returns counts alone.
    type: int
    default: 100
  keep_rules:
    description:
      - Whether to return the lines of both tables. Without them they stay on the host; the rules that decide an answer are returned all the same.
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
  description: Who accepts connections and obeys the tables, as M(portcullis.tcp_wrappers.tcpd_coverage_info) returns it.
  returned: where it could be read
  type: dict
  contains:
    services:
      description: Everything that accepts connections.
      type: list
      elements: dict
      contains:
        name:
          description: The service as its configuration calls it, or the command of the process.
          type: str
        kind:
          description: V(inetd), V(xinetd), V(systemd) (started by a socket unit) or V(process).
          type: str
        daemon:
          description: The name that libwrap is asked for, which a rule must use.
          type: str
        enforced_by:
          description:
            - Who asks libwrap. V(tcpd), V(libwrap) (the daemon itself, or inetd with its own check) or V(xinetd).
            - Also V(nftables) or V(sshd), where a filter that M(portcullis.tcp_wrappers.hosts_access_enforce) wrote refuses, as it runs, whom the tables
              deny.
            - Empty means nobody, two entries mean that it is checked twice, and null that it could not be found out.
            - Null also where it would cost too much, for a program that names more libraries or folders than any real one does.
          type: list
          elements: str
        evidence:
          description: What RV(coverage.services[].enforced_by) rests on.
          type: str
        remedy:
          description: What makes somebody ask, or enforces the tables in another way. Null where somebody asks.
          type: str
        also_asked_as:
          description:
            - Further names that the daemon asks libwrap under, such as the services of sslh's protocols.
            - Also of a daemon that is not asked about every connection.
          type: list
          elements: str
        runs_as:
          description: The user as whom libwrap is asked.
          type: str
        reads_tables:
          description: Whether that user can read both tables. Null where nobody asks or the user is not known.
          type: bool
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
        packet_filter:
          description: Whether the host's own nftables or iptables rules speak of its port. V(yes), V(no) or V(unknown).
          type: str
        listens:
          description: Its sockets.
          type: list
          elements: str
        pids:
          description: The processes that hold them, superservers left out.
          type: list
          elements: int
        program:
          description: The daemon's program.
          type: str
        forwarded_by:
          description: Forwarders of the host itself that hand connections on to one of its ports, where it sees 127.0.0.1 for their clients.
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
      type: list
      elements: dict
      contains:
        name:
          description: The interface.
          type: str
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
      type: list
      elements: dict
      contains:
        code:
          description: The code of the finding. C(docs/findings.md) lists all codes.
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
      description: Findings of a kind beyond the 50 of it that are returned.
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
  description: The two files and what is wrong with them.
  returned: where they could be read
  type: dict
  contains:
    rules:
      description: How many rules libwrap reads.
      type: int
    allow:
      description: The file of hosts.allow.
      type: dict
      contains:
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
        lines:
          description:
            - The physical lines of the file, comments too, with what cannot be printed escaped. RV(answers[].line) counts them from 1.
            - Null without O(keep_rules), and where there is no file.
          type: list
          elements: str
    deny:
      description: The file of hosts.deny.
      type: dict
      contains:
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
        lines:
          description:
            - The physical lines of the file, comments too, with what cannot be printed escaped. RV(answers[].line) counts them from 1.
            - Null without O(keep_rules), and where there is no file.
          type: list
          elements: str
    findings:
      description: Problems in the tables. C(docs/findings.md) describes every code.
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
      description: Findings of a kind beyond the 50 of it that are returned.
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
      description: One entry for each file, links counted once.
      type: list
      elements: dict
      contains:
        path:
          description: The path as it was asked for or found.
          type: str
        target:
          description: The file it is once all links are followed.
          type: str
        exists:
          description: Whether there is anything.
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
          description: V(match), V(mismatch), or V(unknown) where no package manager has a checksum for it.
          type: str
        reason:
          description: What RV(integrity.files[].checksum) rests on.
          type: str
        package:
          description: The package that shipped it.
          type: str
        package_manager:
          description: V(dpkg), V(rpm) or V(pkg).
          type: str
        sha256:
          description: The SHA-256 of what the file holds now, to compare hosts with.
          type: str
        writable_parents:
          description: Folders above it in which somebody other than root can replace what is below.
          type: list
          elements: str
        named_by:
          description: File and line of each enabled service that is started through it.
          type: list
          elements: str
    sockets:
      description: Sockets with port 421 at either end. Null where sockets cannot be listed, as in an image.
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
          description: Whether it waits for clients.
          type: bool
        processes:
          description: Who holds it.
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
      description: Findings of a kind beyond the 50 of it that are returned.
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
  description: Who was refused, as M(portcullis.tcp_wrappers.tcpd_refusals_info) returns it.
  returned: where it could be read
  type: dict
  contains:
    count:
      description: How many refusals there were, without those that are RV(refusals.forged).
      type: int
    forged:
      description:
        - How many lines of the journal look like refusals and were written by neither root nor the daemon's user. They stand among RV(refusals.refusals),
          and in no other count.
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
          description: How many refusals.
          type: int
    by_client:
      description: Refusals by client's address (its name where the log has no address), the most frequent first, 1000 at most.
      type: list
      elements: dict
      contains:
        client:
          description: The address, or the name.
          type: str
        count:
          description: How many refusals.
          type: int
        first:
          description: When the first was, in UTC, or null.
          type: str
        last:
          description: When the last was, in UTC, or null.
          type: str
    other_clients:
      description: Refusals of clients beyond the 50000 that are counted one by one.
      type: int
    refusals:
      description: The newest refusals, the oldest of them first.
      type: list
      elements: dict
      contains:
        time:
          description: When, in UTC. Null where the line has no time that can be read.
          type: str
        daemon:
          description: The daemon as libwrap knows it, or xinetd's id of the service.
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
              one that inetd, xinetd or systemd starts it as, or a user of the system, no person, who runs its program or tcpd.
            - V(false) where one of them did, and null where that cannot be told, as in every file of syslog.
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
  description: One answer for each question, the assertions first. A question that is asked twice is answered once.
  returned: where the tables could be read
  type: list
  elements: dict
  contains:
    id:
      description: The question's id, 16 hexadecimal digits of what it says.
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
      description: External conditions that the decision depends on.
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
      description: The tables that the daemon cannot read, because it asks libwrap as another user than root. The decision is then made without them.
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
          description: External conditions that the decision depends on.
          type: list
          elements: str
errors:
  description: For each part that could not be read, why not.
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
