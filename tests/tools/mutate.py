# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make mutate: mutmut changes the engine's matching and decisions one place at a time, and the unit tests and a sample of the golden answers must notice.

usage: python3 tests/tools/mutate.py [FILE ...]      (default: the files of FILES; names without .py)
Prints the mutants that survived and how many were killed; exit status 1 where fewer than 90 per cent were.
"""

import collections
import json
import pathlib
import shutil
import subprocess
import sys
from typing import Dict, List, Optional

import environment
import paths
import venvs

FILES = ["addresses", "decision", "facts", "globs", "index", "networks", "pattern_files", "patterns", "policy"]
LEAST = 90.0
COLLECTION = pathlib.PurePosixPath("ansible_collections/portcullis/tcp_wrappers")
ENGINE = COLLECTION / "plugins" / "module_utils" / "hosts_access"
UNITS = COLLECTION / "tests" / "unit" / "plugins" / "module_utils" / "hosts_access"
COPIED = ["plugins/module_utils", "tests/conftest.py", "tests/unit/plugins/module_utils/hosts_access", "tests/conformance", "tests/mutation", "docs"]
#: mutmut's exit codes of a mutant's tests: they passed, no test reaches it, mutmut gave it up; all others tell that it was noticed.
SURVIVED, UNREACHED, SKIPPED = 0, 33, 34


def lay_out(folder: pathlib.Path, files: List[str]) -> None:
    """The engine and its tests at the place where their imports look for them, and mutmut's configuration."""
    if folder.exists():
        shutil.rmtree(str(folder))
    for name in COPIED:
        source, target = paths.ROOT / name, folder / COLLECTION / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(str(source), str(target), ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(str(source), str(target))
    lines = ["[mutmut]", "source_paths=%s" % ENGINE, "also_copy=%s" % COLLECTION, "use_git_change_detection=false", "only_mutate="]
    lines += ["    %s/%s.py" % (ENGINE, name) for name in files]
    lines += ["pytest_add_cli_args_test_selection=", "    %s" % UNITS, "    %s/tests/mutation" % COLLECTION]
    lines += ["pytest_add_cli_args=", "    -p", "    no:cacheprovider"]
    (folder / "setup.cfg").write_text("\n".join(lines) + "\n")


def exit_codes(folder: pathlib.Path) -> Dict[str, Optional[int]]:
    """What the tests of every mutant ended with, by the mutant's name."""
    found = {}  # type: Dict[str, Optional[int]]
    for path in sorted((folder / "mutants").rglob("*.py.meta")):
        found.update(json.loads(path.read_text())["exit_code_by_key"])
    return found


def report(codes: Dict[str, Optional[int]]) -> int:
    """Print who survived and the figures; the exit status."""
    unfinished = [name for name, code in codes.items() if code is None]
    kinds = collections.Counter("survived" if code in (SURVIVED, UNREACHED) else "skipped" if code == SKIPPED else "killed" for code in codes.values())
    for name, code in sorted(codes.items()):
        if code in (SURVIVED, UNREACHED):
            print("%s %s" % ("survived:" if code == SURVIVED else "no test: ", name.split("hosts_access.")[-1]))
    judged = kinds["killed"] + kinds["survived"]
    if unfinished or not judged:
        print("%d mutants, %d of them not asked" % (len(codes), len(unfinished)))
        return 1
    print("what one of them is: cd .cache/mutate && ../venv-mutants/bin/mutmut show %s.NAME" % str(ENGINE).replace("/", "."))
    rate = 100.0 * kinds["killed"] / judged
    print("%d mutants: %d killed, %d survived, %d skipped; %.1f per cent killed (at least %g)" % (
        len(codes), kinds["killed"], kinds["survived"], kinds["skipped"], rate, LEAST))
    return 0 if rate >= LEAST else 1


def main(files: List[str]) -> int:
    venvs.ensure("mutants")
    folder = paths.CACHE / "mutate"
    lay_out(folder, files or FILES)
    with open(str(paths.CACHE / "mutate.log"), "wb") as log:
        subprocess.run(["mutmut", "run", "--max-children", "2"], cwd=str(folder), env=environment.variables("mutants"), stdout=log, stderr=subprocess.STDOUT,
                       check=False)
    codes = exit_codes(folder)
    if not codes:
        print("\n".join((paths.CACHE / "mutate.log").read_text(errors="replace").splitlines()[-40:]))
    return report(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
