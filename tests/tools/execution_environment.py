# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Define an execution environment with the built collection, and see that ansible-builder takes what meta/execution-environment.yml asks for.

usage: python3 tests/tools/execution_environment.py [--build]
With --build the environment is built, which takes a registry, and asked for a page of the reference.
"""

import pathlib
import shutil
import subprocess
import sys
import tarfile
from typing import List

import build
import environment
import paths
import venvs

FOLDER = paths.CACHE / "execution-environment"
IMAGE = "localhost/portcullis-ee:latest"
DEFINITION = """\
---
version: 3
images:
  base_image:
    name: registry.fedoraproject.org/fedora:latest
dependencies:
  python_interpreter:
    package_system: python3
  ansible_core:
    package_pip: ansible-core
  ansible_runner:
    package_pip: ansible-runner
  galaxy:
    collections:
      - name: /build/collections/%(archive)s
        type: file
additional_build_files:
  - src: %(archive)s
    dest: collections
"""
QUESTION = ["ansible-doc", "--type", "module", "portcullis.tcp_wrappers.hosts_access"]


def run(command: List[str]) -> str:
    """Run a program of the venv in the folder of the environment; returns what it prints."""
    return subprocess.run(
        command,
        cwd=str(FOLDER),
        env=environment.variables("importer"),
        stdout=subprocess.PIPE,
        check=True,
        universal_newlines=True,
    ).stdout


def define(archive: pathlib.Path) -> None:
    """Write the definition beside the archive, and the archive as it lies when it is installed."""
    shutil.rmtree(str(FOLDER), ignore_errors=True)
    installed = FOLDER / "collections" / "ansible_collections" / "portcullis" / "tcp_wrappers"
    installed.mkdir(parents=True)
    shutil.copy2(str(archive), str(FOLDER))
    with tarfile.open(str(archive)) as opened:
        opened.extractall(str(installed))
    (FOLDER / "execution-environment.yml").write_text(DEFINITION % {"archive": archive.name})


def wanted_packages() -> List[str]:
    """The lines of bindep.txt that name a package."""
    lines = (paths.ROOT / "bindep.txt").read_text(encoding="utf-8").splitlines()
    return [line.strip() for line in lines if line.strip() and not line.startswith("#")]


def main(arguments: List[str]) -> int:
    venvs.ensure("importer")
    define(build.build())
    found = run(["ansible-builder", "introspect", str(FOLDER / "collections")])
    missing = [line for line in wanted_packages() if line not in found]
    if missing:
        print("ansible-builder does not see in the collection: %s\n%s" % (missing, found))
        return 1
    run(["ansible-builder", "create"])
    print("ansible-builder takes the definition; packages: %s" % ", ".join(wanted_packages()))
    if "--build" in arguments:
        runtime = "podman" if shutil.which("podman") else "docker"
        run(["ansible-builder", "build", "--container-runtime", runtime, "--tag", IMAGE])
        run([runtime, "run", "--rm", IMAGE] + QUESTION)
        print("built %s; it has the reference" % IMAGE)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
