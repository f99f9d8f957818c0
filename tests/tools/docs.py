# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Build the documentation: the guides of docs/ and the reference of all plugins and roles, with no warning.

usage: python3 tests/tools/docs.py
The result is .cache/docs/html/index.html.
"""

import shutil
import subprocess
import sys
from typing import List

import environment
import paths
import venvs

# What the generated reference refers to in Ansible's own documentation; the build needs no network for it.
ELSEWHERE = {
    "action_plugins": ("Action plugins", "plugins/action.html"),
    "ansible_configuration_settings": ("Configuration settings", "reference_appendices/config.html"),
    "common_return_values": ("Common return values", "reference_appendices/common_return_values.html"),
}
SOURCE = paths.CACHE / "docs" / "source"
HTML = paths.CACHE / "docs" / "html"


def run(command: List[str]) -> None:
    if subprocess.run(command, env=environment.variables("docs"), cwd=str(paths.ROOT), check=False).returncode:
        raise SystemExit(1)


def elsewhere() -> str:
    """A page that has the labels of ELSEWHERE and leads on."""
    parts = [":orphan:", "", "In Ansible's documentation", "=========================="]
    for label, (title, page) in sorted(ELSEWHERE.items()):
        parts += [
            "",
            ".. _%s:" % label,
            "",
            title,
            "-" * len(title),
            "",
            "See https://docs.ansible.com/ansible/latest/%s." % page,
        ]
    return "\n".join(parts) + "\n"


def main() -> int:
    binaries = venvs.ensure("docs") / "bin"
    for folder in (SOURCE, HTML):
        shutil.rmtree(str(folder), ignore_errors=True)
    shutil.copytree(str(paths.ROOT / "docs"), str(SOURCE), ignore=shutil.ignore_patterns("_build", "docsite"))
    shutil.copy(str(paths.TOOLS / "sphinx" / "conf.py"), str(SOURCE))
    (SOURCE / "elsewhere.rst").write_text(elsewhere())
    contributing = (paths.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (SOURCE / "contributing.md").write_text(contributing.replace("](docs/", "]("), encoding="utf-8")
    reference = SOURCE / "collections"
    reference.mkdir()
    run(
        [
            str(binaries / "antsibull-docs"),
            "collection",
            "--use-current",
            "--squash-hierarchy",
            "--fail-on-error",
            "--dest-dir",
            str(reference),
            "portcullis.tcp_wrappers",
        ]
    )
    run(
        [str(binaries / "sphinx-build"), "-q", "-W", "--keep-going", "-j", "auto", "-b", "html", str(SOURCE), str(HTML)]
    )
    print("%d pages: %s" % (len(list(HTML.rglob("*.html"))), HTML / "index.html"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
