# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make demo: a legacy host's files in a folder are hardened, evaluated, and hardened again with nothing to change.

usage: python3 tests/tools/demo.py [FOLDER]      (default: .cache/demo)
No root, no container, no network but the package index. Nothing of this machine is read or changed but the folder.
"""

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Any, Dict, List, Optional

import environment
import paths
import venvs

FIXTURE = paths.ROOT / "tests" / "fixtures" / "legacy"
PLAYBOOK = paths.TOOLS / "demo.yml"
AUDIT = paths.ROOT / "playbooks" / "audit.yml"
CLIENTS = [
    {"name": "the office", "network": "10.20.0.0/16", "except": ["10.20.99.0/24"]},
    {"name": "its guests", "network": "10.20.99.0/24"},
    {"name": "anywhere else", "network": "0.0.0.0/0", "except": ["10.20.0.0/16"]},
]
ASSERTIONS = [
    {"daemon": "sshd", "network": "10.20.0.0/16", "except": ["10.20.99.0/24"], "expect": "granted"},
    {"daemon": "sshd", "network": "10.20.99.0/24", "expect": "denied"},
    {"daemon": "in.telnetd", "network": "0.0.0.0/0", "except": ["10.20.30.0/24"], "expect": "denied"},
]


def main(arguments: List[str]) -> int:
    folder = pathlib.Path(arguments[0]).resolve() if arguments else paths.CACHE / "demo"
    host, report = folder / "host", folder / "report.json"
    if folder.exists():
        shutil.rmtree(str(folder))
    shutil.copytree(str(FIXTURE), str(host))
    (host / "usr" / "sbin" / "tcpd").chmod(0o755)
    venvs.ensure("demo")
    print("A legacy host's files are in %s\n" % host)
    first = harden(host, report)
    if first is None:
        return 1
    print("\nOnce more: a repeated run must find nothing to change.")
    second = harden(host, None)
    if second is None:
        return 1
    answers = json.loads(report.read_text(encoding="utf-8"))
    summarize(answers, host)
    print("first run: changed=%d   repeated run: changed=%d" % (first, second))
    if second:
        print("The repeated run changed something: that is a mistake of this collection.")
        return 1
    page = audit(host, folder / "audit")
    if page is None:
        return 1
    print("The audit's page of this host: %s" % page)
    return 0


def harden(host: pathlib.Path, report: Optional[pathlib.Path]) -> Optional[int]:
    """Run the playbook; returns how many tasks changed something, None where it failed."""
    command = [
        "ansible-playbook",
        str(PLAYBOOK),
        "-e",
        json.dumps(
            {
                "demo_root": str(host),
                "demo_owner": str(os.getuid()),
                "demo_group": str(os.getgid()),
                **({"demo_report": str(report)} if report else {}),
            }
        ),
    ]
    env = environment.variables("demo")
    env["ANSIBLE_DEPRECATION_WARNINGS"] = "False"
    run = subprocess.Popen(command, env=env, cwd=str(paths.ROOT), stdout=subprocess.PIPE, universal_newlines=True)
    assert run.stdout is not None
    changed = None
    for line in run.stdout:
        if report or "fatal" in line or "=>" in line or "changed=" in line:
            print("    " + line, end="")
        found = re.search(r"changed=(\d+)", line)
        if found:
            changed = int(found.group(1))
    return changed if run.wait() == 0 else None


def audit(host: pathlib.Path, folder: pathlib.Path) -> Optional[pathlib.Path]:
    """Audit the folder; returns the page, None where it failed."""
    command = [
        "ansible-playbook",
        str(AUDIT),
        "-i",
        "legacy-host,",
        "-e",
        json.dumps(
            {
                "ansible_connection": "local",
                "ansible_python_interpreter": "{{ ansible_playbook_python }}",
                "audit_become": False,
                "audit_root": str(host),
                "audit_output_dir": str(folder),
                "audit_clients": CLIENTS,
                "audit_assertions": ASSERTIONS,
                "audit_fail_on": ["assertions", "errors", "unreachable"],
            }
        ),
    ]
    run = subprocess.run(
        command,
        env=environment.variables("demo"),
        cwd=str(paths.ROOT),
        stdout=subprocess.PIPE,
        universal_newlines=True,
        check=False,
    )
    if run.returncode:
        print(run.stdout)
        return None
    return folder / "fleet.html"


def summarize(answers: Dict[str, Any], host: pathlib.Path) -> None:
    """What one wants to know at a glance: the old mistakes, and who could and can reach what."""
    print("\n" + "=" * 100)
    print("WHAT WAS WRONG WITH THE OLD RULES")
    order = {"error": 0, "warning": 1, "info": 2}
    for finding in sorted(
        answers["findings"], key=lambda item: (order[item["severity"]], item["table"] or "", item["line"] or 0)
    ):
        effect = {"opens": "lets in more", "closes": "keeps out more"}.get(finding["effect"], "")
        print(
            "  %-11s line %-3s %-8s %s%s"
            % (
                "hosts." + finding["table"],
                finding["line"] or "-",
                finding["severity"],
                finding["message"],
                " [%s]" % effect if effect else "",
            )
        )
    bare = sorted(
        set(
            service["daemon"]
            for service in answers["services_before"]
            if not service["wrapped"] and service["wrappable"] and not service["disabled"]
        )
    )
    print("  inetd.conf: nothing asked the tables for %s" % ", ".join(bare))
    print("\nWHO COULD REACH WHAT: before -> after   (yes*: nothing asked the tables)")
    names = [client["who"] for client in answers["clients"]]
    width = max(len(name) for name in names) + 2
    print("  %-12s" % "" + "".join("%-*s" % (width, name) for name in names))
    for row, daemon in enumerate(answers["daemons"]):
        cells = []
        for column in range(len(names)):
            place = row * len(names) + column
            cells.append(
                "%s -> %s"
                % (
                    reach(answers["before"][place], answers["services_before"], daemon),
                    reach(answers["after"][place], answers["services_after"], daemon),
                )
            )
        print("  %-12s" % daemon + "".join("%-*s" % (width, cell) for cell in cells))
    print("\nproved for every request they speak of: %d assertions" % answers["proved"])
    print("the new tables: %s" % (host / "etc" / "hosts.allow"))
    for name in ("hosts.allow", "hosts.deny"):
        for line in (host / "etc" / name).read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                print("  %s | %s" % (name, line))


def reach(decision: Dict[str, Any], services: List[Dict[str, Any]], daemon: str) -> str:
    """yes, no, or yes* where the daemon is started without anybody asking the tables."""
    mine = [service for service in services if service["daemon"] == daemon and not service["disabled"]]
    if mine and not any(service["wrapped"] for service in mine):
        return "yes*"
    return "yes" if decision["access"] == "granted" else "no"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
