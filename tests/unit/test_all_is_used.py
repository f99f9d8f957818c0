# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever the private code defines is used by the code, not by its tests alone."""

import ast
import collections
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
#: What others use.
OUTSIDE = {
    "render": "Policy.render is a promise to filters of other collections",
    "documented_rows": "tests/tools/daemons_page.py makes docs/daemons.md of it",
    "read_previous": "tests read a report back by it",
    "stop_line": "the conformance tests say by it where a table ends",
}


def names_of(tree):
    """(name, line) of each function, class and constant that a module or class defines."""
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
        elif isinstance(node, ast.Module):
            for one in node.body:
                targets = (
                    one.targets
                    if isinstance(one, ast.Assign)
                    else [one.target]
                    if isinstance(one, ast.AnnAssign)
                    else []
                )
                yield from (target.id for target in targets if isinstance(target, ast.Name))


def uses_of(tree):
    """Every name that is read, imported or looked up."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.isidentifier():
            yield node.value


def test_nothing_is_there_that_nobody_uses():
    used = collections.Counter()
    defined = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        used.update(uses_of(tree))
        if "_backends" in path.parts:
            continue  # a library of enforcers: what the modules use of it is theirs to choose
        if "module_utils" in path.parts or "plugin_utils" in path.parts:
            for name in names_of(tree):
                defined.setdefault(name, str(path.relative_to(PLUGINS)))
    unused = {
        name: path
        for name, path in defined.items()
        if not used[name] and name not in OUTSIDE and not (name.startswith("__") or name == "run")
    }
    assert unused == {}
