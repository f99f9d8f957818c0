# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the collection, look at what is in the file, and install it on every supported ansible-core with nothing else.

usage: python3 tests/tools/build.py [--only-build]
The built file stays as .cache/build/portcullis-tcp_wrappers-VERSION.tar.gz.
"""

import fcntl
import pathlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from typing import List

import environment
import paths
import venvs
from copy_tree import copy_tree

CORES = ("2.21", "2.19", "2.16")
BUILD = paths.CACHE / "build"
# What a user needs. Anything else in the built file is a mistake in galaxy.yml's build_ignore.
WANTED = re.compile(
    r"(plugins|roles|playbooks|meta|docs|LICENSES)/|(changelogs/changelog\.yaml|README\.md|"
    r"CHANGELOG\.(md|rst)|COPYING|CODE_OF_CONDUCT\.md|CONTRIBUTING\.md|MAINTAINERS\.md|SECURITY\.md|REUSE\.toml|bindep\.txt|"
    r"MANIFEST\.json|FILES\.json)$"
)
UNWANTED = re.compile(
    r"(^|/)(__pycache__|\.cache|fixtures|molecule|\.git[^/]*)(/|$)|\.pyc$|^docs/(architecture|inclusion|index|style)\.md$"
)


def build() -> pathlib.Path:
    """Build from a copy of the working tree; returns the file."""
    galaxy = venvs.ensure("2.21") / "bin" / "ansible-galaxy"
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(str(BUILD / "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        copy_tree(BUILD / "tree")
        shutil.rmtree(str(BUILD / "new"), ignore_errors=True)
        subprocess.run(
            [str(galaxy), "collection", "build", str(BUILD / "tree"), "--output-path", str(BUILD / "new")],
            env=environment.variables("2.21"),
            check=True,
        )
        (made,) = (BUILD / "new").glob("*.tar.gz")
        # another stage may be installing the file of the same name just now: it is replaced, and never away
        built = made.replace(BUILD / made.name)
        for old in set(BUILD.glob("*.tar.gz")) - {built}:
            old.unlink()
        return built


def unwanted(built: pathlib.Path) -> List[str]:
    """Names in the built file that no user needs."""
    with tarfile.open(str(built)) as archive:
        names = [member.name for member in archive.getmembers() if member.isfile()]
    return [name for name in names if not WANTED.match(name) or UNWANTED.search(name)]


def install(built: pathlib.Path, core: str) -> None:
    """Install with one ansible-core and let it document a module and list the roles: what is broken shows there."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="portcullis-install-"))
    env = dict(environment.variables(core), ANSIBLE_COLLECTIONS_PATH=str(folder), ANSIBLE_HOME=str(folder / "home"))
    binaries = venvs.ensure(core) / "bin"
    try:
        subprocess.run(
            [str(binaries / "ansible-galaxy"), "collection", "install", "--offline", "-p", str(folder), str(built)],
            env=env,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        installed = folder / "ansible_collections"
        others = [
            str(path)
            for path in installed.glob("*/*")
            if path.name != "tcp_wrappers" and not path.parent.name.endswith(".info")
        ]
        if others:
            raise SystemExit("%s brought other collections: %s" % (built.name, others))
        modules = sorted(path.stem for path in (paths.ROOT / "plugins" / "modules").glob("*.py"))
        for name in modules:
            subprocess.run(
                [str(binaries / "ansible-doc"), "-t", "module", "portcullis.tcp_wrappers." + name],
                env=env,
                check=True,
                stdout=subprocess.DEVNULL,
            )
        roles = subprocess.run(
            [str(binaries / "ansible-doc"), "-t", "role", "-l", "portcullis.tcp_wrappers"],
            env=env,
            check=True,
            stdout=subprocess.PIPE,
            universal_newlines=True,
        ).stdout
        for role in (paths.ROOT / "roles").glob("*/meta/argument_specs.yml"):
            if "portcullis.tcp_wrappers." + role.parent.parent.name not in roles:
                raise SystemExit("ansible-doc of %s does not know the role %s" % (core, role.parent.parent.name))
        print("ansible-core %s: installed, %d modules documented" % (core, len(modules)))
    finally:
        shutil.rmtree(str(folder))


def main(arguments: List[str]) -> int:
    built = build()
    extra = unwanted(built)
    if extra:
        print("in %s but of no use to a user:\n  %s" % (built.name, "\n  ".join(extra)))
        return 1
    if "--only-build" not in arguments:
        for core in CORES:
            install(built, core)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
