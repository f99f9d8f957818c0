# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets of any size for the page, made of what the modules return."""

import random

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import fleet
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document, questions

DAEMONS = [
    "sshd",
    "in.telnetd",
    "in.ftpd",
    "in.tftpd",
    "vsftpd",
    "rpcbind",
    "smtpd",
    "nrpe",
    "slapd",
    "cupsd",
    "mysqld",
    "exim",
    "imapd",
    "popd",
    "in.fingerd",
    "in.rshd",
    "in.talkd",
    "cvs",
    "rsync",
    "snmpd",
]
CLIENTS = [
    {"name": "operators", "network": "192.0.2.0/24"},
    {"name": "monitoring", "address": "198.51.100.7"},
    {"name": "anywhere", "network": "0.0.0.0/0"},
]
TIME = "2026-11-23T08:00:00Z"

ASSERTIONS = [{"daemon": "sshd", "network": "0.0.0.0/0", "except": ["192.0.2.0/24"], "expect": "denied"}]

#: What tries to run, to close an element or to turn the text around.
HOSTILE = [
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 2'>",
    '"><svg onload=window.hacked=3>',
    "'-(window.hacked = 4)-'",
    "{{ lookup('pipe', 'id') }}{% raw %}",
    "<!--<script>",
    "]]>",
    "\u202egnp.exe\u2066",
    "a\x00b\x07\x1b[31m",
    "\u2028\u2029",
    "\ud800",
    "javascript:window.hacked=5",
    "&lt;b&gt;",
    "\\u003cscript>",
    "\u05e9\u05dc\u05d5\u05dd 12",
    "\u0627\u0644 7 )",
    '=HYPERLINK("https://example.com")',
    "a\u00adb\U000e0041",
]


def host_document(name, rng, words=None):
    """One audited host; ``words`` stand wherever a host's own text can."""
    parts, asked = host_answers(rng, words)
    return document(name, TIME, parts, asked, ASSERTIONS)


def host_answers(rng, words=None, daemons=tuple(DAEMONS)):
    """What the five modules answered on a host, and what it was asked beside ASSERTIONS."""
    pick = (lambda plain: rng.choice(words)) if words else (lambda plain: plain)
    services = [_service(daemon if not words else pick(daemon) + daemon, rng, pick) for daemon in daemons]
    wrong = rng.choice(services)
    coverage = {
        "services": services,
        "kernel": [],
        "findings": [
            {
                "code": "unenforced",
                "severity": "warning",
                "service": wrong["name"],
                "path": pick("/etc/inetd.conf"),
                "line": 3,
                "message": pick("nothing makes %s obey the tables" % wrong["name"]),
                "remedy": pick("put tcpd in front"),
            }
        ],
    }
    tables = {
        "dialect": "debian",
        "tables": {},
        "rules": [
            {
                "table": "allow",
                "line": line,
                "text": pick("sshd: ALL"),
                "block_name": None,
                "daemons": [pick("sshd")],
                "daemons_except": [],
                "clients": [pick("ALL")],
                "clients_except": [],
                "options": [],
                "comment": [],
            }
            for line in range(1, 4)
        ],
        "findings": [
            {
                "code": "no-colon",
                "severity": rng.choice(["error", "warning"]),
                "effect": "closes",
                "table": "allow",
                "line": 4,
                "message": pick("line 4 has no colon"),
                "remedy": pick("write a colon"),
            }
        ],
    }
    asked = questions(coverage, tables, CLIENTS)
    decisions = [
        _decision(item["daemon"], rng, pick, item) for item in ASSERTIONS + [item["assertion"] for item in asked]
    ]
    refusals = {
        "count": rng.randrange(500),
        "first": TIME,
        "last": TIME,
        "by_daemon": [{"daemon": pick("sshd"), "count": 7}],
        "by_client": [
            {"client": pick("203.0.113.%d" % number), "count": number, "first": TIME, "last": TIME}
            for number in range(5)
        ],
        "refusals": [
            {
                "time": TIME,
                "daemon": pick("sshd"),
                "pid": 7,
                "client": pick("203.0.113.1"),
                "address": pick("203.0.113.1"),
                "by": "libwrap",
                "source": "journal",
                "uid": 0,
            }
        ],
    }
    parts = {
        "coverage": coverage,
        "tables": tables,
        "integrity": {"files": [], "sockets": [], "findings": []},
        "refusals": refusals,
        "answers": {"decisions": decisions},
    }
    return parts, asked


def _service(daemon, rng, pick):
    by = rng.choice([["tcpd"], ["libwrap"], [], None, ["xinetd", "tcpd"]])
    told = rng.choice(["granted", "denied", "denied"])
    return {
        "name": pick(daemon),
        "kind": "xinetd",
        "daemon": daemon,
        "evidence": pick("it links libwrap"),
        "enforced_by": by,
        "runs_as": pick("root"),
        "reads_tables": rng.choice([True, True, False, None]),
        "anywhere": {"ipv4": told, "ipv6": told},
        "packet_filter": rng.choice(["yes", "no", "unknown"]),
        "listens": [pick("tcp 0.0.0.0:22")],
        "pids": [7],
        "program": pick("/usr/sbin/x"),
        "own_access": [],
        "path": pick("/etc/xinetd.d/x"),
        "line": 3,
    }


def _decision(daemon, rng, pick, assertion):
    access = rng.choice(["granted", "denied", "denied"])
    line = rng.randrange(1, 40)
    expect = assertion.get("expect")
    made = {
        "request": {"daemon": daemon, "address": pick("192.0.2.1"), "hostname": None},
        "access": access,
        "table": "allow",
        "path": "/etc/hosts.allow",
        "line": line,
        "rule": pick("%s: 10.%d.0.0/16" % (daemon, line)),
        "depends": [pick("netgroup admins")] if rng.random() < 0.1 else [],
        "expect": expect,
        "met": None if expect is None else access == expect,
        "enforced_by": None,
        "unreadable": [],
    }
    if expect is None and "network" in assertion:
        other = dict(made, access="denied" if access == "granted" else "granted", rule=pick("ALL: ALL"))
        made["otherwise"] = (
            {key: other[key] for key in ("request", "access", "table", "path", "line", "rule", "depends")}
            if rng.random() < 0.3
            else None
        )
    return made


def make_fleet(count, seed=1, words=None):
    """A fleet's document; each twentieth host was not reached."""
    rng = random.Random(seed)
    names = [
        "host%04d.example.com" % number if not words else "%04d %s" % (number, rng.choice(words))
        for number in range(count)
    ]
    return fleet(
        [host_document(name, rng, words) for number, name in enumerate(names) if number % 20 != 19], names, TIME
    )
