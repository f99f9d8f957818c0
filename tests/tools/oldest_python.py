# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the unit tests of what runs on a host with the oldest Python, in one process: ansible-test forks for each, which is two thirds of its time.

usage: python3 tests/tools/oldest_python.py [pytest's arguments]      (`make test-long` runs ansible-test on every Python)
"""

import os
import subprocess
import sys
from typing import List

import environment
import paths
import venvs

TESTS = "tests/unit/plugins/module_utils"


def main(arguments: List[str]) -> int:
    """The code of a host imports ansible.module_utils: ansible-core 2.16 is the last one whose own runs on Python 3.6."""
    libraries = paths.CACHE / "module_utils-2.16"
    libraries.mkdir(parents=True, exist_ok=True)
    (package,) = venvs.ensure("2.16").glob("lib/python*/site-packages/ansible")
    link = libraries / "ansible"
    if not link.is_symlink() or os.readlink(str(link)) != str(package):
        link.unlink(missing_ok=True)
        link.symlink_to(package)
    command = [str(venvs.ensure("3.6") / "bin" / "python"), "-m", "pytest", "-q"] + arguments + [TESTS]
    env = dict(environment.variables("3.6"), PYTHONPATH=str(libraries))
    return subprocess.run(command, cwd=str(paths.ROOT), env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
