#!/usr/bin/python
# -*- coding: utf-8 -*-
# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Report the clients that TCP Wrappers refused, from the logs."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

DOCUMENTATION = r"""
module: tcpd_refusals_info
short_description: Report the clients that TCP Wrappers refused, from the logs
version_added: 1.0.0
author:
  - The portcullis.tcp_wrappers authors (@portcullis)
description:
  - Finds refusals by tcpd, by daemons that ask libwrap themselves, and by xinetd. Reads the files of syslog (including rotated and compressed files),
    of xinetd, vsftpd and mosquitto, and the systemd journal. Counts refusals by daemon and client.
  - Reads logs as a stream, so memory use does not grow with their size.
  - The journal is read first, since it records who wrote each line, and since files of syslog can lack lines that it has. A line that is in two logs
    is counted once.
  - Log lines are untrusted text. A line counts only if the whole message has a known form. The module escapes what it returns. Any local user can
    write a false line to syslog. This cannot be detected in files. In the journal it can, see RV(refusals[].forged).
options:
  since:
    description:
      - Ignore older refusals. A time such as V(2026-11-23), V(2026-11-23 08:00:00) or V(2026-11-23T08:00:00Z), or a duration before now, such as
        V(30m), V(24h), V(7d) or V(2w).
      - A time without a zone is in the time zone of the host.
    type: str
  until:
    description: Ignore newer refusals. Has the same form as O(since).
    type: str
  paths:
    description:
      - Files to read, with their rotated copies, instead of the default files and the journal.
    type: list
    elements: path
  daemons:
    description: Count only refusals by these daemons.
    type: list
    elements: str
  limit:
    description: Number of refusals to return in full, the newest ones. V(0) returns only the counts.
    type: int
    default: 100
extends_documentation_fragment:
  - portcullis.tcp_wrappers.tables
  - portcullis.tcp_wrappers.attributes.info
  - portcullis.tcp_wrappers.attributes.actiongroup
seealso:
  - module: portcullis.tcp_wrappers.tcpd_coverage_info
  - module: portcullis.tcp_wrappers.tcpd_integrity_info
"""

EXAMPLES = r"""
- name: Who was refused since yesterday
  portcullis.tcp_wrappers.tcpd_refusals_info:
    since: 24h
  register: refusals

- name: Show the ten clients refused most often
  ansible.builtin.debug:
    msg: "{{ refusals.by_client[:10] }}"

- name: Counts alone, for one daemon
  portcullis.tcp_wrappers.tcpd_refusals_info:
    daemons:
      - sshd
    limit: 0
"""

RETURN = r"""
count:
  description: How many refusals there were, without those that are RV(forged).
  returned: success
  type: int
forged:
  description:
    - Number of lines in the journal that look like refusals but were written by neither root nor the user of the daemon. They are included in
      RV(refusals), and are not counted
      elsewhere.
  returned: success
  type: int
first:
  description: The time of the oldest one, in UTC.
  returned: success
  type: str
  sample: "2026-11-23T08:34:58Z"
last:
  description: The time of the newest one, in UTC.
  returned: success
  type: str
by_daemon:
  description: Refusals by daemon, the most frequent first.
  returned: success
  type: list
  elements: dict
  contains:
    daemon:
      description: The daemon's name.
      type: str
    count:
      description: The number of refusals.
      type: int
  sample: [{"daemon": "sshd", "count": 12}]
by_client:
  description: Refusals by client address (hostname if the log has no address), the most frequent first, at most 1000.
  returned: success
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
  sample: [{"client": "203.0.113.9", "count": 7, "first": "2026-11-22T10:00:00Z", "last": "2026-11-23T08:34:58Z"}]
by_day:
  description:
    - Refusals by day, in UTC, the oldest day first. The newest 31 days on which somebody was refused. Lines without a time that can be read are in no day.
  returned: success
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
      description: Those of the ten clients refused most often that were refused on this day, in the order of RV(by_client).
      type: list
      elements: dict
      contains:
        client:
          description: The address, or the name.
          type: str
        count:
          description: How many refusals.
          type: int
  sample: [{"day": "2026-11-23", "count": 9, "clients": [{"client": "203.0.113.9", "count": 7}]}]
other_clients:
  description: Refusals of clients beyond the 50000 that are counted one by one.
  returned: success
  type: int
refusals:
  description: The newest refusals, oldest first.
  returned: success
  type: list
  elements: dict
  contains:
    time:
      description: The time, in UTC. Null if the line has no readable time.
      type: str
      sample: "2026-11-23T08:34:58Z"
    daemon:
      description: The daemon name that libwrap uses, or the id of the service in xinetd.
      type: str
      sample: sshd
    pid:
      description: The process that wrote the line.
      type: int
    client:
      description: The client as the daemon wrote it, escaped.
      type: str
      sample: client.example.com (203.0.113.9)
    address:
      description: The client's address. An IPv4 client of an IPv6 socket is written as IPv4.
      type: str
      sample: 203.0.113.9
    by:
      description:
        - V(libwrap) (the tables), V(xinetd) (its own only_from and no_access), V(nftables) (the table that enforces the tables for daemons that do
          not ask) or V(source_routing).
      type: str
      sample: libwrap
    source:
      description: The file, or V(journal).
      type: str
      sample: /var/log/auth.log
    uid:
      description: The user who wrote the line, as the kernel told the journal. Null in files.
      type: int
    forged:
      description:
        - V(true) where neither root nor the daemon's user wrote the line, so that nobody need have been refused. The daemon's user is the one that
          inetd, xinetd or systemd starts it as, or that it becomes by itself (rpcbind, slapd, mosquitto).
        - V(false) where one of them did, and null where that cannot be told, as in every file of syslog, and of another user of the system, no person,
          who runs the daemon's program or one of that name.
      type: bool
      sample: false
sources:
  description: What was read.
  returned: success
  type: list
  elements: str
problems:
  description: What could not be read, or only in part.
  returned: success
  type: list
  elements: str
"""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.python import require_python36


def main():
    require_python36()
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.refusals import run_module

    run_module()


if __name__ == "__main__":
    main()
