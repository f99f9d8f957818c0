# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make mutate: mutmut changes the engine's matching and decisions one place at a time, and the unit tests and a sample of the golden answers must notice.

usage: python3 tests/tools/mutate.py [FILE ...]      (default: the files of FILES; names without .py)
Prints the mutants that survived, each with its reason from tests/mutation/survivors.txt or under "WITHOUT A REASON", and how many were
killed; exit status 1 where fewer than 90 per cent were.
"""

import ast
import collections
import difflib
import json
import pathlib
import re
import shutil
import subprocess
import sys
from typing import Dict, List, Optional, Tuple

import environment
import paths
import venvs

FILES = ["addresses", "decision", "facts", "globs", "index", "networks", "pattern_files", "patterns", "policy"]
#: The unit tests that are asked before the sample of the golden answers; those of findings and edits would take three times as long.
TESTS = [
    "addresses",
    "globs",
    "index",
    "networks",
    "options",
    "pattern_files",
    "patterns",
    "policy",
    "probes",
    "request",
    "search",
]
LEAST = 90.0
#: How mutmut names a mutant's function.
MANGLED = re.compile("x[_\u01c1][\\w\u01c1]*__mutmut_(?:orig|[0-9]+)")
COLLECTION = pathlib.PurePosixPath("ansible_collections/portcullis/tcp_wrappers")
ENGINE = COLLECTION / "plugins" / "module_utils" / "_libwrap"
UNITS = COLLECTION / "tests" / "unit" / "plugins" / "module_utils" / "_libwrap"
COPIED = [
    "plugins/module_utils",
    "tests/conftest.py",
    "tests/unit/plugins/module_utils/_libwrap",
    "tests/conformance",
    "tests/mutation",
    "docs",
]
#: mutmut's exit codes of a mutant's tests: they passed, no test reaches it, mutmut gave it up; all others tell that it was noticed.
SURVIVED, UNREACHED, SKIPPED = 0, 33, 34
#: The same of those whose tests did not end, as in an endless loop; they count as noticed.
OUT_OF_TIME = (-24, 24, 36, 152, 255)
SURVIVORS = paths.ROOT / "tests" / "mutation" / "survivors.txt"


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
    lines = [
        "[mutmut]",
        "source_paths=%s" % ENGINE,
        "also_copy=%s" % COLLECTION,
        "use_git_change_detection=false",
        "only_mutate=",
    ]
    lines += ["    %s/%s.py" % (ENGINE, name) for name in files]
    lines += (
        ["pytest_add_cli_args_test_selection="]
        + ["    %s/test_%s.py" % (UNITS, name) for name in TESTS]
        + ["    %s/tests/mutation" % COLLECTION]
    )
    # an endless loop is given up after three times what all tests take, not fifteen times
    lines += ["timeout_multiplier=3", "timeout_constant=5"]
    lines += ["pytest_add_cli_args=", "    -p", "    no:cacheprovider"]
    (folder / "setup.cfg").write_text("\n".join(lines) + "\n")


def exit_codes(folder: pathlib.Path) -> Dict[str, Optional[int]]:
    """What the tests of every mutant ended with, by the mutant's name."""
    found: Dict[str, Optional[int]] = {}
    for path in sorted((folder / "mutants").rglob("*.py.meta")):
        found.update(json.loads(path.read_text())["exit_code_by_key"])
    return found


def texts(folder: pathlib.Path) -> Dict[str, List[str]]:
    """The lines of every mutant, and of what it was made of, by mutmut's name of the function."""
    found: Dict[str, List[str]] = {}
    for path in sorted((folder / "mutants" / ENGINE).glob("*.py.meta")):
        source = path.with_suffix("").read_text()
        lines = source.splitlines()
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.FunctionDef) and "__mutmut_" in node.name and node.end_lineno:
                found["%s.%s" % (path.name[: -len(".py.meta")], node.name)] = lines[node.lineno - 1 : node.end_lineno]
    return found


def change(name: str, lines: Dict[str, List[str]]) -> Tuple[str, str]:
    """The function that a mutant changes, and its change as "- old line + new line", whatever the mutant's number."""
    name = name.rpartition("hosts_access.")[2]
    function = name.rsplit("__mutmut_", 1)[0]
    old, new = ([MANGLED.sub("", line).strip() for line in lines[key]] for key in (function + "__mutmut_orig", name))
    told = [
        line[0] + " " + line[1:]
        for line in difflib.unified_diff(old, new, n=0, lineterm="")
        if line[:2] not in ("--", "++", "@@")
    ]
    return function.replace(".x_", ".").replace(".x\u01c1", ".").replace("\u01c1", "."), " ".join(told)


def reasons() -> List[Tuple[str, List["re.Pattern[str]"]]]:
    """The reasons of survivors.txt, each with the changes under it; "..." in a change stands for anything."""
    found: List[Tuple[str, List[re.Pattern[str]]]] = []
    for line in SURVIVORS.read_text().splitlines():
        if line.startswith("  "):
            found[-1][1].append(re.compile(re.escape(line.strip()).replace(re.escape("..."), ".*") + r"\Z"))
        elif line.strip() and not line.startswith("#"):
            found.append((line.strip(), []))
    return found


def report(codes: Dict[str, Optional[int]], folder: pathlib.Path, whole: bool) -> int:
    """Print who survived and why, and the figures; the exit status."""
    unfinished = [name for name, code in codes.items() if code is None]
    kinds = collections.Counter(
        "survived" if code in (SURVIVED, UNREACHED) else "skipped" if code == SKIPPED else "killed"
        for code in codes.values()
    )
    judged = kinds["killed"] + kinds["survived"]
    if unfinished or not judged:
        print("%d mutants, %d of them not asked" % (len(codes), len(unfinished)))
        return 1
    lines = texts(folder)
    known = reasons()
    explained: Dict[str, List[str]] = collections.defaultdict(list)
    used: List["re.Pattern[str]"] = []
    for name, code in sorted(codes.items()):
        if code in (SURVIVED, UNREACHED):
            function, told = change(name, lines)
            found = [(reason, one) for reason, some in known for one in some if one.match("%s: %s" % (function, told))]
            used += [one for _reason, one in found]
            explained[found[0][0] if found else ""].append(
                "%s%s: %s" % ("" if code == SURVIVED else "(no test) ", function, told)
            )
    for reason in [reason for reason, _some in known] + [""]:
        if explained[reason]:
            print(reason or "WITHOUT A REASON in %s:" % SURVIVORS.relative_to(paths.ROOT))
            print("".join("    %s\n" % told for told in explained[reason]))
    for reason, some in known if whole else ():
        for one in some:
            if one not in used:
                print("no survivor any more: %s  (%s)" % (re.sub(r"\\(.)", r"\1", one.pattern), reason))
    late = [change(name, lines) for name, code in sorted(codes.items()) if code in OUT_OF_TIME]
    if late:
        print("out of time, so killed:\n" + "".join("    %s: %s\n" % told for told in late))
    rate = 100.0 * kinds["killed"] / judged
    print(
        "%d mutants: %d killed (%d of them out of time), %d survived (%d without a reason), %d skipped; %.1f per cent killed (at least %g)"
        % (len(codes), kinds["killed"], len(late), kinds["survived"], len(explained[""]), kinds["skipped"], rate, LEAST)
    )
    return 0 if rate >= LEAST else 1


def main(files: List[str]) -> int:
    venvs.ensure("mutants")
    folder = paths.CACHE / "mutate"
    lay_out(folder, files or FILES)
    with open(str(paths.CACHE / "mutate.log"), "wb") as log:
        subprocess.run(
            ["mutmut", "run", "--max-children", "2"],
            cwd=str(folder),
            env=environment.variables("mutants"),
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    codes = exit_codes(folder)
    if not codes:
        print("\n".join((paths.CACHE / "mutate.log").read_text(errors="replace").splitlines()[-40:]))
    return report(codes, folder, not files)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
