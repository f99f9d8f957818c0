# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Draw docs/images/audit.png: the audit's page of a dozen invented hosts.

usage, with the environment `browser`: python tests/browser/picture.py
"""

import copy
import pathlib
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / ".cache" / "collections"))

import conftest  # noqa: E402
import fleets  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.questions import about, question_id  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import fleet  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.parts import REFUSALS  # noqa: E402

PICTURE = ROOT / "docs" / "images" / "audit.png"
# Daemon: who enforces, and what operators, monitoring and everybody get; P is granted to some.
USUAL = {"sshd": (["libwrap"], "GDP"), "nrpe": (["libwrap"], "DGP")}
HOSTS = {
    "db1.example.com": dict(USUAL, slapd=(["libwrap"], "GDP")),
    "db2.example.com": dict(USUAL, slapd=(["libwrap"], "GDG")),
    "ftp.example.com": dict(USUAL, vsftpd=(["libwrap"], "GGG")),
    "gate.example.com": dict(USUAL, sshd=(["libwrap"], "GDP"), rpcbind=([], "DDD")),
    "lab1.example.com": {"sshd": (["libwrap"], "GDP"), "in.telnetd": (["tcpd"], "GDP"), "in.tftpd": (["tcpd"], "GDP")},
    "lab2.example.com": {
        "sshd": (["libwrap"], "GDG"),
        "in.telnetd": ([], "DDD"),
        "in.tftpd": (["xinetd", "tcpd"], "GDP"),
    },
    "mail.example.com": dict(USUAL, rpcbind=(["libwrap"], "DDD")),
    "old.example.com": {
        "sshd": (["libwrap"], "GDP"),
        "in.telnetd": (None, "DDD"),
        "rpcbind": ([], "DDD"),
        "vsftpd": (None, "GDP"),
    },
    "web1.example.com": dict(USUAL),
    "web2.example.com": dict(USUAL),
    "web3.example.com": None,
}
WORDS = {"G": "granted", "D": "denied", "P": "denied"}


def host(name, daemons):
    """One host's document."""
    coverage = {
        "kernel": [],
        "services": [
            {
                "name": daemon,
                "daemon": daemon,
                "kind": "process",
                "enforced_by": by,
                "evidence": "",
                "runs_as": "root",
                "reads_tables": True,
                "packet_filter": "no",
                "listens": [],
                "pids": [],
                "program": None,
                "own_access": [],
                "path": None,
                "line": None,
                "anywhere": {"ipv4": "granted" if told[2] == "G" else "denied", "ipv6": "denied"},
            }
            for daemon, (by, told) in daemons.items()
        ],
        "findings": [
            {
                "code": "unenforced",
                "severity": "error",
                "service": daemon,
                "message": "%s does not obey the tables; a rule names it all the same" % daemon,
                "remedy": "Put tcpd in front of it (inetd_tcpd).",
            }
            for daemon, (by, _told) in daemons.items()
            if by == []
        ],
    }
    answers = [answer("sshd", daemons["sshd"][1][2], fleets.ASSERTIONS[0], None)]
    for daemon, (_by, letters) in sorted(daemons.items()):
        for letter, group in zip(letters, fleets.CLIENTS):
            answers.append(answer(daemon, letter, about(group, daemon), group["name"]))
    refusals = dict.fromkeys(REFUSALS, None)
    refusals.update(refused(name))
    result = {
        "dialect": "debian",
        "coverage": dict(coverage, more_findings=[]),
        "tables": {
            "rules": 3,
            "allow": dict(fleets.file_of("/etc/hosts.allow"), lines=None),
            "deny": dict(fleets.file_of("/etc/hosts.deny"), lines=None),
            "findings": [],
            "more_findings": [],
        },
        "integrity": {"files": [], "sockets": [], "findings": [], "more_findings": []},
        "refusals": refusals,
        "answers": answers,
    }
    made = document(name, fleets.TIME, result, fleets.ASSERTIONS, fleets.CLIENTS)
    assert made["errors"] == {}, made["errors"]
    return made


def refused(name):
    """What the logs of a host tell: some clients, on some days of a week."""
    count = sum(map(ord, name)) % 97
    clients = [("203.0.113.%d" % number, 16 + (count + number) % 4, 19 + (count + number) % 4) for number in (9, 77)]
    return {
        "count": count,
        "since": "2026-11-16T08:00:00Z",
        "by_client": [
            {
                "client": one,
                "count": count // 2,
                "first": "2026-11-%02dT09:00:00Z" % first,
                "last": "2026-11-%02dT21:00:00Z" % last,
            }
            for one, first, last in clients
        ],
        "by_daemon": [{"daemon": "sshd", "count": count}],
        "by_day": [
            {
                "day": "2026-11-%02d" % day,
                "count": part,
                "clients": [
                    {"client": one, "count": part // 2}
                    for one, first, last in clients
                    if first <= day <= last and part > 1
                ],
            }
            for day in range(16, 23)
            for part in [count // (7 + (day + count) % 5)]
        ],
        "refusals": [],
        "sources": ["journal"],
        "problems": [],
    }


def answer(daemon, letter, assertion, clients):
    """What tcpd_audit_info says to a question."""
    told = decision(daemon, letter, assertion)
    return dict(told, id=question_id(clients, assertion), clients=clients, daemon=daemon)


def decision(daemon, letter, assertion):
    """An answer."""
    made = {
        "request": {"daemon": daemon, "address": "192.0.2.1", "hostname": None},
        "access": WORDS[letter],
        "table": "deny",
        "path": "/etc/hosts.deny",
        "line": 1,
        "rule": "ALL: ALL",
        "depends": [],
        "enforced_by": None,
        "service": "asks",
        "unreadable": [],
        "expect": assertion.get("expect"),
        "met": None,
    }
    if made["expect"]:
        made["met"] = made["access"] == made["expect"]
    elif "network" in assertion:
        made["otherwise"] = (
            dict(made, access="granted", path="/etc/hosts.allow", rule="%s: 192.0.2.0/24" % daemon)
            if letter == "P"
            else None
        )
    return made


def now_and_before():
    """The fleet's report, and the one of a week before."""
    reached = [host(name, daemons) for name, daemons in HOSTS.items() if daemons]
    now = fleet(reached, list(HOSTS), fleets.TIME, fleets.EVIDENCE)
    before = copy.deepcopy(now)
    before["time"] = "2026-11-16T08:00:00Z"
    for service in before["hosts"][3]["services"]:
        service["enforced_by"] = service["enforced_by"] or ["libwrap"]
    before["hosts"][5]["assertions"][0]["met"] = True
    return now, before


def main():
    with tempfile.TemporaryDirectory() as folder:
        page = pathlib.Path(folder) / "fleet.html"
        page.write_text(conftest.render(*now_and_before()), encoding="utf-8")
        for driver in conftest.browsers():
            driver.execute_cdp_cmd(
                "Emulation.setDeviceMetricsOverride",
                {"width": 1280, "height": 1150, "deviceScaleFactor": 1, "mobile": False},
            )
            conftest.Page(driver, page)
            driver.save_screenshot(str(PICTURE))


if __name__ == "__main__":
    main()
