# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs out of Debian packages that are unpacked below .cache and never installed: they exclude each other, and an installed one starts a service.

usage: python3 tests/tools/unpacked.py
"""

import fcntl
import os
import pathlib
import shutil
import subprocess
import sys
from typing import Dict, List

import paths

PROGRAMS = {
    "busybox": "bin/busybox",
    "fail2ban": "etc/fail2ban/action.d/hostsdeny.conf",
    "openbsd-inetd": "usr/sbin/inetd",
    "inetutils-inetd": "usr/sbin/inetutils-inetd",
    "xinetd": "usr/sbin/xinetd",
}
FOLDER = paths.CACHE / "unpacked"


class CannotUnpack(Exception):
    """A package cannot be had; the message says what apt said."""


def program(package: str) -> pathlib.Path:
    """The path of a package's program, downloaded and unpacked where it is not there yet."""
    folder = FOLDER / package
    path = folder / PROGRAMS[package]
    FOLDER.mkdir(parents=True, exist_ok=True)
    with open(str(FOLDER / "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not path.exists():
            shutil.rmtree(str(folder), ignore_errors=True)
            _unpack([package], folder)
            if _missing_libraries(path):
                _unpack(_library_packages(package), folder)
            left = _missing_libraries(path)
            if left:
                shutil.rmtree(str(folder))
                raise CannotUnpack("%s needs libraries that are not here: %s" % (package, ", ".join(left)))
    return path


def environment(path: pathlib.Path) -> Dict[str, str]:
    """The environment in which an unpacked program finds the libraries that were unpacked with it."""
    base = path
    while base.parent != FOLDER:
        base = base.parent
    folders = sorted({str(library.parent) for library in base.rglob("*.so.*")})
    return dict(os.environ, LC_ALL="C", LD_LIBRARY_PATH=":".join(folders))


def _unpack(packages: List[str], folder: pathlib.Path) -> None:
    downloads = folder / "downloads"
    downloads.mkdir(parents=True, exist_ok=True)
    done = _run(["apt-get", "-q", "download"] + packages, downloads)
    if done.returncode:
        _run(["apt-get", "-q", "update"], downloads)
        done = _run(["apt-get", "-q", "download"] + packages, downloads)
    if done.returncode:
        raise CannotUnpack("%s\napt-get download %s failed" % (done.stdout, " ".join(packages)))
    for archive in downloads.glob("*.deb"):
        done = _run(["dpkg", "-x", archive.name, str(folder)], downloads)
        if done.returncode:
            raise CannotUnpack(done.stdout)
    shutil.rmtree(str(downloads))


def _missing_libraries(path: pathlib.Path) -> List[str]:
    done = subprocess.run(
        ["ldd", str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        universal_newlines=True,
        env=environment(path),
    )
    return [line.split()[0] for line in done.stdout.splitlines() if "not found" in line]


def _library_packages(package: str) -> List[str]:
    done = _run(
        [
            "apt-cache",
            "depends",
            "--recurse",
            "--no-recommends",
            "--no-suggests",
            "--no-conflicts",
            "--no-breaks",
            "--no-replaces",
            "--no-enhances",
            package,
        ],
        FOLDER,
    )
    names = [
        line for line in done.stdout.splitlines() if line.startswith("lib") and not line.startswith(("libc6", "libc-"))
    ]
    return sorted(set(names))


def _run(command: List[str], folder: pathlib.Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command,
        cwd=str(folder),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        universal_newlines=True,
        env=dict(os.environ, LC_ALL="C"),
    )


def main() -> int:
    try:
        for package in PROGRAMS:
            print(program(package))
    except (CannotUnpack, FileNotFoundError) as error:
        print(error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
