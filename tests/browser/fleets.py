# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Fleets of any size for the page, made of what the modules return."""

import functools
import pickle
import random

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.questions import about, question_id
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import fleet
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document

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
EVIDENCE = {
    "user": "alice",
    "controller": "control.example.com",
    "collection": "1.0.0",
    "ansible_core": "2.21.0",
    "inventory": ["inventory"],
    "limit": None,
    "hosts": "all",
    "fail_on": ["assertions", "unreachable"],
}

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
    return document(name, TIME, host_answers(rng, words), ASSERTIONS, CLIENTS)


def host_answers(rng, words=None, daemons=tuple(DAEMONS)):
    """What tcpd_audit_info answered on a host that was asked ASSERTIONS and about CLIENTS."""
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
                "daemons": [],
            }
        ],
        "more_findings": [],
    }
    tables = {
        "rules": 3,
        "allow": dict(file_of("/etc/hosts.allow"), lines=[pick("sshd: ALL") for _line in range(4)]),
        "deny": dict(file_of("/etc/hosts.deny"), lines=None),
        "more_findings": [{"code": "no-colon", "severity": "warning", "count": 7}],
        "findings": [
            {
                "code": "no-colon",
                "severity": rng.choice(["error", "warning"]),
                "effect": "closes",
                "table": "allow",
                "line": 4,
                "message": pick("line 4 has no colon"),
                "remedy": pick("write a colon"),
                "daemons": [],
            }
        ],
    }
    answers = [
        dict(
            _decision(item["daemon"], rng, pick, item), id=question_id(None, item), clients=None, daemon=item["daemon"]
        )
        for item in ASSERTIONS
    ]
    for daemon in sorted({service["daemon"] for service in services}):
        for group in CLIENTS:
            item, name = about(group, daemon), group["name"]
            told = _decision(daemon, rng, pick, item)
            answers.append(dict(told, id=question_id(name, item), clients=name, daemon=daemon))
    refusals = {
        "count": rng.randrange(500),
        "first": TIME,
        "last": TIME,
        "since": "2026-11-16T08:00:00Z",
        "forged": 0,
        "other_clients": 0,
        "sources": [pick("/var/log/auth.log")],
        "problems": [],
        "by_daemon": [{"daemon": pick("sshd"), "count": 7}],
        "by_client": [
            {"client": pick("203.0.113.%d" % number), "count": number, "first": TIME, "last": TIME}
            for number in range(5)
        ],
        "by_day": [
            {
                "day": "2026-11-%02d" % (16 + day),
                "count": 10 + day,
                "clients": [
                    {"client": pick("203.0.113.%d" % number), "count": number}
                    for number in range(1, 5)
                    if (day + number) % 3
                ],
            }
            for day in range(8)
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
    return {
        "changed": False,
        "dialect": "debian",
        "coverage": coverage,
        "tables": tables,
        "integrity": {"files": [], "sockets": [], "findings": [], "more_findings": []},
        "refusals": refusals,
        "answers": answers,
        "errors": {},
    }


def file_of(path):
    """A table's file."""
    return {"path": path, "exists": True, "kind": "file", "owner": 0, "group": 0, "mode": "0600"}


def _service(daemon, rng, pick):
    by = rng.choice([["tcpd"], ["libwrap"], [], None, ["xinetd", "tcpd"]])
    told = rng.choice(["granted", "denied", "denied"])
    return {
        "name": pick(daemon),
        "kind": "xinetd",
        "daemon": daemon,
        "evidence": pick("it links libwrap"),
        "remedy": None,
        "also_asked_as": [],
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
        "service": "asks",
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
    return _make_fleet(count, seed, words) if words else pickle.loads(_packed_fleet(count, seed))


@functools.lru_cache(maxsize=None)
def _packed_fleet(count, seed):
    """To be had again for a tenth of what a thousand hosts take, eight seconds."""
    return pickle.dumps(_make_fleet(count, seed))


def _make_fleet(count, seed, words=None):
    rng = random.Random(seed)
    names = [
        "host%04d.example.com" % number if not words else "%04d %s" % (number, rng.choice(words))
        for number in range(count)
    ]
    return fleet(
        [host_document(name, rng, words) for number, name in enumerate(names) if number % 20 != 19], names, TIME
    )
