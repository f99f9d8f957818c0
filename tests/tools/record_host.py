# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write down what this collection reads of a running Debian host, as JSON: the unit tests unpack it (recorded_host.py).

usage: podman exec -i CONTAINER python3 - < tests/tools/record_host.py > tests/fixtures/hosts/NAME.json
Programs are not taken, only whether each of them links libwrap, and some words that it holds. Of maps the lines count of what can be executed,
of logs those about refusals.
"""

import glob
import json
import os
import re
import subprocess
import sys
from typing import Dict, List

DAEMONS = (
    "systemd",
    "rpcbind",
    "sshd",
    "xinetd",
    "inetd",
    "slapd",
    "mosquitto",
    "vsftpd",
    "nc",
    "in.answers",
    "python3",
)
OF_A_PROCESS = ("comm", "status", "cmdline", "maps", "cgroup", "loginuid")
LINKS_OF_A_PROCESS = ("exe", "root", "ns/user", "ns/mnt", "ns/net")
PLACES = (
    "/bin",
    "/lib",
    "/sbin",
    "/etc/group",
    "/etc/hosts.allow",
    "/etc/hosts.deny",
    "/etc/inetd.conf",
    "/etc/mosquitto/mosquitto.conf",
    "/etc/os-release",
    "/etc/passwd",
    "/etc/services",
    "/etc/ssh/sshd_config",
    "/etc/systemd/system/*.s*",
    "/etc/systemd/system/inetd.service.d/*",
    "/etc/systemd/system/sockets.target.wants/*",
    "/etc/vsftpd.conf",
    "/etc/xinetd.conf",
    "/etc/xinetd.d/*",
    "/usr/lib/os-release",
    "/usr/share/doc/libwrap0/copyright",
    "/usr/lib/systemd/system/*inetd.service",
    "/usr/lib/systemd/system/rpcbind.s*",
    "/usr/lib/systemd/system/ssh.s*",
    "/var/lib/dpkg/diversions",
    "/var/lib/dpkg/info/tcpd.md5sums",
    "/var/lib/dpkg/info/libwrap0:*.md5sums",
)
# services(5) of the ports that a configuration of these hosts names
NAMED = r"^(chargen|daytime|discard|echo|finger|ftp|ldap|mqtt|ssh|sunrpc|telnet|time)\s"
OF_THE_NETWORK = (
    "net/tcp",
    "net/tcp6",
    "net/udp",
    "net/udp6",
    "sys/net/ipv4/ip_local_port_range",
    "sys/net/ipv4/conf/*/accept_source_route",
    "sys/net/ipv4/conf/*/rp_filter",
    "sys/net/ipv6/conf/*/accept_source_route",
)
LOGS = ("/var/log/syslog", "/var/log/auth.log", "/var/log/mosquitto/mosquitto.log")
ABOUT_REFUSALS = re.compile(r"refused|denied access|FAIL|Started|Listening")
SSHD_SESSION = "/usr/lib/openssh/sshd-session"
PROGRAMS = ("/bin/cat", "/usr/sbin/tcpd", "/usr/sbin/xinetd", "/usr/sbin/inetd", "/usr/bin/logger", SSHD_SESSION)
WORDS = ("NOLIBWRAP", SSHD_SESSION, "error: cannot execute %s: %m")  # that say what a program does
JOURNAL = (
    "journalctl --quiet --no-pager --output=json "
    "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_UID,_COMM,_EXE,_TRANSPORT,_SOURCE_REALTIME_TIMESTAMP"
)


class Recording:
    """Texts as lists of lines, and where links lead, by their paths."""

    def __init__(self) -> None:
        self.files: Dict[str, List[str]] = {}
        self.links: Dict[str, str] = {}

    def text(self, path: str, wanted: str = "") -> None:
        """Take a file, or those of its lines in which `wanted` is found."""
        with open(path, encoding="utf-8", errors="surrogateescape") as stream:
            lines = stream.read().split("\n")
        self.files[path] = [line for line in lines if not line or re.search(wanted, line)]

    def take(self, path: str) -> None:
        """Take whatever stands at a path, a folder but for what is in it."""
        if os.path.islink(path):
            self.links[path] = os.readlink(path)
        elif os.path.isfile(path):
            self.text(path, NAMED if path == "/etc/services" else r"^\s*[^#\s]")

    def process(self, folder: str) -> None:
        """Take a process of one of the daemons, with the sockets that it holds."""
        with open(folder + "/comm", encoding="utf-8") as stream:
            if stream.read().strip() not in DAEMONS:
                return
        for name in OF_A_PROCESS:
            self.text(folder + "/" + name, " [r-][w-]xp .* /" if name == "maps" else "")
        for name in LINKS_OF_A_PROCESS:
            self.links[folder + "/" + name] = os.readlink(folder + "/" + name)
        for name in os.listdir(folder + "/fd"):
            target = os.readlink(folder + "/fd/" + name)
            if target.startswith("socket:"):
                self.links[folder + "/fd/" + name] = target


def programs(links: Dict[str, str]) -> Dict[str, List[str]]:
    """For each program "libwrap" where it, or a library that it needs, links that, and those of WORDS that it holds."""
    paths = {target for path, target in links.items() if path.endswith("/exe")} | set(PROGRAMS)
    found = {}
    for path in sorted(path for path in paths if os.path.exists(path)):
        listed = subprocess.run(["ldd", path], stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
        with open(path, "rb") as stream:
            data = stream.read()
        found[path] = ["libwrap"] * ("libwrap.so" in listed) + [word for word in WORDS if word.encode() in data]
    return found


def main() -> None:
    """Print the recording of this host."""
    host = Recording()
    for pattern in PLACES:
        for path in sorted(glob.glob(pattern, recursive=True)):
            host.take(path)
    for pattern in OF_THE_NETWORK:
        for path in sorted(glob.glob("/proc/" + pattern)):
            host.text(path)
    for name in sorted(filter(str.isdigit, os.listdir("/proc")), key=int):
        if int(name) != os.getpid():
            host.process("/proc/" + name)
    for name in ("ns/user", "ns/mnt", "ns/net"):
        host.links["/proc/self/" + name] = os.readlink("/proc/1/" + name)
    for path in filter(os.path.exists, LOGS):
        host.text(path, ABOUT_REFUSALS.pattern)
    journal = subprocess.run(JOURNAL.split(), stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
    recording = {
        "files": host.files,
        "links": host.links,
        "programs": programs(host.links),
        "journal": [line for line in journal.split("\n") if ABOUT_REFUSALS.search(line)],
    }
    json.dump(recording, sys.stdout, indent=1, sort_keys=True)
    print()


main()
