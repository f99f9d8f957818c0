# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the virtual environments under .cache/; a stamp makes repeats cost nothing.

usage: python3 tests/tools/venvs.py [NAME ...]      (default: all that `make test` uses)
Prints one line for each that had to be made or cannot be made. With CI=true one that cannot be made is a failure.
"""

import fcntl
import hashlib
import pathlib
import shutil
import subprocess
import sys
from typing import List, NamedTuple, Optional, Tuple

import paths
import pythons


class Venv(NamedTuple):
    pythons: Tuple[str, ...]  # which to try, best first
    used_for: str


VENVS = {
    "2.21": Venv(("3.13", "3.12", "3.14"), "ansible-core 2.21, the linters, Molecule, units and coverage on 3.13"),
    "2.19": Venv(("3.12", "3.13", "3.11"), "ansible-core 2.19"),
    "2.16": Venv(("3.11", "3.12", "3.10"), "ansible-core 2.16"),
    "devel": Venv(("3.14", "3.13"), "the next ansible-core, in the public CI"),
    "2.20": Venv(("3.13", "3.12", "3.14"), "ansible-core 2.20, in the public CI"),
    "2.18": Venv(("3.12", "3.13", "3.11"), "ansible-core 2.18, in the public CI"),
    "2.17": Venv(("3.12", "3.11", "3.10"), "ansible-core 2.17, in the public CI"),
    "importer": Venv(("3.12", "3.11"), "galaxy-importer, ansible-builder"),
    "browser": Venv(("3.13", "3.12", "3.14"), "the audit's page in a browser, and its other forms"),
    "docs": Venv(("3.13", "3.12", "3.14"), "make docs, antsibull-nox"),
    "fuzz": Venv(("3.11", "3.12", "3.13"), "the coverage-guided run of make test-long"),
    "mutants": Venv(("3.13", "3.12", "3.14"), "make mutate"),
    "mitogen": Venv(("3.12", "3.13", "3.11"), "the benchmark beside Mitogen"),
    "paramiko": Venv(("3.11", "3.12", "3.10"), "the connection by paramiko of ansible-core 2.16"),
    "runner": Venv(("3.13", "3.12", "3.14"), "the benchmark of sliced jobs"),
    "bench": Venv(("3.11", "3.12", "3.13"), "the benchmarks"),
    "3.6": Venv(("3.6",), "the unit tests on the oldest Python of a host"),
    "demo": Venv(("3.13", "3.12", "3.14", "3.11", "3.10"), "make demo"),
}
FOR_TESTS = ("2.21", "2.19", "2.16", "importer", "browser", "bench")


class CannotMake(Exception):
    """A venv cannot be made; the message says why, and for want of an interpreter what does not run."""


def folder(name: str) -> pathlib.Path:
    return paths.CACHE / ("venv-" + name)


def requirements(name: str) -> pathlib.Path:
    return paths.TOOLS / "requirements" / (name + ".txt")


def interpreter(name: str) -> str:
    for version in VENVS[name].pythons:
        found = pythons.find(version)
        if found:
            return found
    raise CannotMake(
        "venv-%s: no Python %s found, so this does not run: %s"
        % (name, " or ".join(VENVS[name].pythons), VENVS[name].used_for)
    )


def ensure(name: str) -> pathlib.Path:
    """Make the venv unless it is there with the same requirements; returns its folder. Two callers wait for each other."""
    python = interpreter(name)
    target = folder(name)
    wanted = hashlib.sha256(requirements(name).read_bytes() + python.encode()).hexdigest()
    stamp = target / ".stamp"
    paths.CACHE.mkdir(exist_ok=True)
    with open(str(paths.CACHE / ("venv-" + name + ".lock")), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.exists() and stamp.read_text() == wanted):
            _make(name, python, target)
            stamp.write_text(wanted)
            print("made %s with %s" % (target.relative_to(paths.ROOT), python), flush=True)
    return target


def _make(name: str, python: str, target: pathlib.Path) -> None:
    """uv takes half of pip's processor time. It knows no Python 3.6, and nothing of pip's configuration: what it cannot make, pip makes."""
    if target.exists():
        shutil.rmtree(str(target))
    uv = _uv(python) if name != "3.6" else None
    if uv:
        try:
            _run([uv, "venv", "--quiet", "--seed", "--python", python, str(target)])
            wanted = ["--python", str(target / "bin" / "python"), "-r", str(requirements(name))]
            return _run([uv, "pip", "install", "--quiet", "--compile-bytecode", *wanted])
        except CannotMake as error:
            print("with uv: %s" % error, flush=True)
            shutil.rmtree(str(target), ignore_errors=True)
    pip = _bare_venv(python, target) + ["install", "--disable-pip-version-check", "--no-warn-script-location"]
    _run(pip + ["-r", str(requirements(name))])


def _uv(python: str) -> Optional[str]:
    """The program uv: the machine's own, or one below .cache; None where there is none and it cannot be had."""
    found = shutil.which("uv")
    if found:
        return found
    program = paths.CACHE / "uv" / "bin" / "uv"
    with open(str(paths.CACHE / "uv.lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not program.exists():
            try:
                _run([python, "-m", "pip", "install", "--quiet", "--target", str(paths.CACHE / "uv"), "uv"])
            except CannotMake:
                return None
    return str(program) if program.exists() else None


def _bare_venv(python: str, target: pathlib.Path) -> List[str]:
    """Make an empty venv; returns the pip command for it. Debian's python3 may lack ensurepip: then pip works from outside."""
    made = subprocess.run(
        [python, "-m", "venv", str(target)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False
    )
    if made.returncode == 0:
        return [str(target / "bin" / "python"), "-m", "pip"]
    shutil.rmtree(str(target), ignore_errors=True)
    _run([python, "-m", "venv", "--without-pip", str(target)])
    return ["python3", "-m", "pip", "--python", str(target / "bin" / "python")]


def _run(command: List[str]) -> None:
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, universal_newlines=True
    )
    if done.returncode:
        raise CannotMake("%s\n%s failed" % ("\n".join(done.stdout.splitlines()[-30:]), " ".join(command)))


def main(names: Optional[List[str]] = None) -> int:
    failed = 0
    for name in names or FOR_TESTS:
        if name not in VENVS:
            print("no such venv: %s (there are %s)" % (name, ", ".join(VENVS)))
            return 2
        try:
            ensure(name)
        except CannotMake as error:
            print(error)
            failed += 1
    return 1 if failed and paths.in_ci() else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
