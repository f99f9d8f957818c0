# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run ansible-test of one ansible-core on a copy of the working tree (it refuses a symlink), uncommitted files included.

usage: python3 tests/tools/ansible_test.py 2.16|...|2.21|devel sanity|units|integration [argument ...]
With PORTCULLIS_ONCE in the environment, integration tests put each module together once (tests/integration_callback).
"""

import fcntl
import os
import pathlib
import subprocess
import sys
from typing import List

import environment
import paths
import pythons
import venvs
from copy_tree import copy_tree

# ansible-test downloads get-pip.py from a host of its own; this stands in for it and takes the pip that Python itself carries.
GET_PIP = """\
import ensurepip, glob, os, sys
bundled = os.path.join(os.path.dirname(ensurepip.__file__), "_bundled")
sys.path.insert(0, glob.glob(os.path.join(bundled, "pip-*.whl"))[0])
try:
    from pip._internal.cli.main import main
except ImportError:
    from pip._internal import main
sys.exit(main(["install"] + [word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel")]))
"""
GET_PIP_NAMES = ("get_pip_25_2.py", "get_pip_24_2.py", "get_pip_23_1_2.py", "get_pip_20_3_4.py", "get_pip_21_3_1.py")


def prepare(core: str, kind: str) -> pathlib.Path:
    """Set up home and tree for one ansible-core and kind of test; returns the tree. Kinds may run side by side."""
    base = paths.CACHE / "ansible-test" / core
    home_cache = base / "home" / ".ansible" / "test" / "cache"
    home_cache.mkdir(parents=True, exist_ok=True)
    for name in GET_PIP_NAMES:
        (home_cache / name).write_text(GET_PIP)
    tree = base / kind / "ansible_collections" / "portcullis" / "tcp_wrappers"
    copy_tree(tree)
    if (
        kind == "integration" and "PORTCULLIS_ONCE" in os.environ
    ):  # ansible-test hands no variables on that would say so
        folder = tree / "tests" / "integration_callback"
        (tree / "tests" / "integration" / "integration.cfg").write_text("[defaults]\ncallback_plugins = %s\n" % folder)
    return tree


def main(arguments: List[str]) -> int:
    if len(arguments) < 2:
        print(__doc__)
        return 2
    core, kind = arguments[:2]
    venv = venvs.ensure(core)
    with open(str(paths.CACHE / ("ansible-test-%s-%s.lock" % (core, kind))), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        tree = prepare(core, kind)
        env = environment.variables(core)
        env["HOME"] = str(paths.CACHE / "ansible-test" / core / "home")
        env["PATH"] = os.pathsep.join([str(venv / "bin")] + pythons.bin_folders() + [env["PATH"]])
        for name in ("ANSIBLE_HOME", "ANSIBLE_COLLECTIONS_PATH", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV"):
            env.pop(name, None)
        command = [str(venv / "bin" / "ansible-test"), kind, "--venv", "--color", "no"] + arguments[2:]
        return subprocess.run(command, cwd=str(tree), env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
