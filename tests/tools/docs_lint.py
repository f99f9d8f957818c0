# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run antsibull-docs' check of the collection's documentation on a copy of the working tree, which it wants at a real path.

usage: python3 tests/tools/docs_lint.py
"""

import subprocess
import sys

import environment
import paths
import venvs
from copy_tree import copy_tree


def main() -> int:
    tree = paths.CACHE / "docs-lint" / "ansible_collections" / "portcullis" / "tcp_wrappers"
    copy_tree(tree)
    command = [
        str(venvs.ensure("2.21") / "bin" / "antsibull-docs"),
        "lint-collection-docs",
        "--plugin-docs",
        "--validate-collection-refs=self",
        "--disallow-unknown-collection-refs",
        ".",
    ]
    return subprocess.run(command, cwd=str(tree), env=environment.variables("2.21"), check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
