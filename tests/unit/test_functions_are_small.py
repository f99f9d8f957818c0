# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A function has 40 lines at most, unless a comment says why; and six parameters, beyond which it takes a type."""

import ast
from pathlib import Path

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
LINES, PARAMETERS = 40, 6
#: Stands above a longer function, with the reason.
LONG = "# Long: "
#: Functions of more parameters: these are what others outside call by keyword, or make a type of them.
MANY = {
    "filter/hosts_access_translate.py: hosts_access_translate": "the options of a filter, which users write by name",
    "module_utils/_libwrap/analysis/compare.py: Change.__init__": "the fields of a type",
    "module_utils/_libwrap/analysis/search.py: Question.__init__": "what a user of the engine asks, by keyword",
    "module_utils/_libwrap/decision.py: Decision.__init__": "the fields of a type",
    "module_utils/_libwrap/request.py: Request.__init__": "what a user of the engine asks, by keyword",
    "module_utils/_libwrap/rules.py: Rule.__init__": "the fields of a type; made for each line, so it is a class with slots",
}


def functions(tree, inside=""):
    """(qualified name, node) of every function of a tree."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield inside + node.name, node
            yield from functions(node, inside)
        else:
            yield from functions(node, node.name + "." if isinstance(node, ast.ClassDef) else inside)


def sources():
    """(path below plugins, its lines, its functions)."""
    for path in sorted(PLUGINS.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        yield str(path.relative_to(PLUGINS)), text.splitlines(), list(functions(ast.parse(text)))


def parameters_of(node):
    """The names that a caller gives."""
    given = node.args.posonlyargs + node.args.args + node.args.kwonlyargs
    return [one.arg for one in given if one.arg not in ("self", "cls")]


def test_a_long_function_has_a_comment_that_says_why():
    found = []
    for path, lines, inside in sources():
        for name, node in inside:
            first = min([node.lineno] + [one.lineno for one in node.decorator_list])
            reason = lines[first - 2].strip() if first > 1 else ""
            if node.end_lineno - node.lineno + 1 > LINES and not (reason.startswith(LONG) and len(reason) > 30):
                found.append("%s: %s has %d lines" % (path, name, node.end_lineno - node.lineno + 1))
    assert found == []


def test_what_needs_more_than_six_parameters_takes_a_type():
    found = {
        "%s: %s" % (path, name)
        for path, _lines, inside in sources()
        for name, node in inside
        if len(parameters_of(node)) > PARAMETERS
    }
    assert found == set(MANY)
