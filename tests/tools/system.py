# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Install the Debian packages that the tests need and write podman's configuration. No service is ever started.

usage: python3 tests/tools/system.py [GROUP ...]      (default: all that most tests need; browser and benchmarks are only installed when named)
"""

import fcntl
import os
import pathlib
import subprocess
import sys
from typing import List, Sequence

import environment
import paths

PACKAGES = {
    "real programs": ["tcpd", "libwrap0-dev", "gcc", "libc6-dev", "openssh-client"],
    "gates": ["git", "shellcheck"],
    "containers": [
        "podman",
        "runc",
        "conmon",
        "netavark",
        "aardvark-dns",
        "mmdebstrap",
        "iptables",
        "nftables",
        "iproute2",
    ],
}
BY_NAME_ONLY = {
    "browser": ["chromium", "chromium-driver", "fonts-dejavu-core"],
    "benchmarks": ["tcpd", "libwrap0-dev", "gcc", "libc6-dev", "augeas-tools"],
}
NO_SERVICES = pathlib.Path("/usr/sbin/policy-rc.d")


class CannotInstall(Exception):
    """Packages are missing and cannot be installed here; the message names them."""


def wanted_packages(groups: Sequence[str]) -> List[str]:
    """The packages of the groups, or of all groups of PACKAGES."""
    chosen = [BY_NAME_ONLY.get(group) or PACKAGES[group] for group in groups] if groups else list(PACKAGES.values())
    return [package for group in chosen for package in group]


def missing(wanted: List[str]) -> List[str]:
    """The packages that are not installed, asked of dpkg in one call."""
    answer = subprocess.run(
        ["dpkg-query", "-W", "-f", "${db:Status-Status} ${Package}\n"] + wanted,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=False,
        universal_newlines=True,
    )
    there = {line.split()[1] for line in answer.stdout.splitlines() if line.startswith("installed ")}
    return [package for package in wanted if package not in there]


def ensure(groups: Sequence[str] = ()) -> None:
    """Install what is missing of the groups, as root."""
    paths.CACHE.mkdir(exist_ok=True)
    with open(str(paths.CACHE / "apt.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        packages = missing(wanted_packages(groups))
        if not packages:
            return
        if os.geteuid() != 0:
            raise CannotInstall("not root, and these packages are missing: apt-get install %s" % " ".join(packages))
        ours = not NO_SERVICES.exists()
        if ours:
            NO_SERVICES.write_text("#!/bin/sh\nexit 101\n")
            NO_SERVICES.chmod(0o755)
        try:
            _apt(["update"])
            _apt(["install", "-y", "--no-install-recommends"] + packages)
        finally:
            if ours:
                NO_SERVICES.unlink()
        print("installed %s" % " ".join(packages), flush=True)


def _apt(arguments: List[str]) -> None:
    command = ["apt-get", "-q", "-o", "DPkg::Lock::Timeout=300"] + arguments
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        check=False,
        universal_newlines=True,
        env=dict(os.environ, DEBIAN_FRONTEND="noninteractive"),
    )
    if done.returncode:
        raise CannotInstall("%s\n%s failed" % ("\n".join(done.stdout.splitlines()[-20:]), " ".join(command)))


def main(groups: List[str]) -> int:
    environment.containers_conf()
    paths.link_collection()
    try:
        ensure(groups)
    except (CannotInstall, FileNotFoundError, KeyError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
