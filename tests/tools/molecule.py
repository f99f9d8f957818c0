# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run one Molecule scenario from start to end; its containers are removed whatever happens.

A scenario's containers and networks have the same names in every checkout: two runs of one scenario wait for each other.

usage: python3 tests/tools/molecule.py SCENARIO [MOLECULE-COMMAND]      (default: test)
"""

import contextlib
import fcntl
import pathlib
import signal
import subprocess
import sys
from typing import Dict, Iterator, List

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import environment
import paths
import prebuilt
import pythons
import system
import venvs

# The Pythons of the images: modules are compiled for that of their host. Where one is missing here, its hosts compile what they get.
PYTHONS = {"bullseye": "3.9", "bookworm": "3.11", "trixie": "3.13"}
LOCKS = pathlib.Path("/run")  # root's alone: podman wants root too


@contextlib.contextmanager
def alone(scenario: str) -> Iterator[None]:
    """Wait until no other checkout of this machine runs the scenario."""
    with open(str(LOCKS / ("portcullis-molecule-%s.lock" % scenario)), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def main(arguments: List[str]) -> int:
    if not arguments:
        print(__doc__)
        return 2
    scenario, command = arguments[0], (arguments[1:] or ["test"])[0]
    try:
        system.ensure()
        venv = venvs.ensure("2.21")
    except (system.CannotInstall, venvs.CannotMake) as error:
        print(error)
        return 1
    env = dict(environment.variables("2.21"), NO_COLOR="1", PY_COLORS="0", ANSIBLE_FORCE_COLOR="0")
    hosts = {release: pythons.find(version) for release, version in PYTHONS.items()}
    env.update(prebuilt.variables(str(venv / "bin" / "python"), **hosts))
    molecule = str(venv / "bin" / "molecule")
    signal.signal(signal.SIGTERM, lambda *_signal: sys.exit(143))
    with alone(scenario):
        return run(molecule, scenario, command, env)


def run(molecule: str, scenario: str, command: str, env: Dict[str, str]) -> int:
    """The status of one command; a test that failed leaves no container."""
    done = False
    try:
        status = subprocess.run(
            [molecule, command, "-s", scenario], cwd=str(paths.ROOT), env=env, check=False
        ).returncode
        done = status == 0
        return status
    finally:
        if command == "test" and not done:
            subprocess.run(
                [molecule, "destroy", "-s", scenario],
                cwd=str(paths.ROOT),
                env=env,
                check=False,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
