# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The layers: data flows one way, and nothing imports from above (docs/architecture.md)."""

import ast
import glob
import os
import re

import pytest

PLUGINS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "plugins")
UTILS = os.path.join(PLUGINS, "module_utils")
PACKAGE = "ansible_collections.portcullis.tcp_wrappers.plugins.module_utils"

#: What each folder of module_utils may import of the others.
BELOW = {
    "_libwrap": set(),
    "_superservers": {"_libwrap"},
    "_backends": {"_libwrap"},
    "_host": {"_libwrap"},
    "_modules": {"_libwrap", "_superservers", "_backends", "_host"},
}
#: What the engine and the pure text of other programs must never touch.
WORLD = {
    "os",
    "sys",
    "subprocess",
    "socket",
    "io",
    "pathlib",
    "shutil",
    "tempfile",
    "glob",
    "ctypes",
    "importlib",
    "ansible",
    "threading",
    "time",
}
PURE = ("_libwrap", "_superservers", "_backends")
#: What is allowed all the same: the text of an error number.
ALLOWED = {("lint.py", "os")}


def python_files(folder):
    found = []
    for base, _folders, names in os.walk(os.path.join(UTILS, folder)):
        found += [os.path.join(base, name) for name in names if name.endswith(".py")]
    return sorted(found)


def imports(path, folder):
    """(layer or None, top-level module or None) of every import in a file, those inside functions too."""
    with open(path, encoding="utf-8") as source:
        tree = ast.parse(source.read())
    depth = os.path.relpath(path, os.path.join(UTILS, folder)).count(os.sep) + 1
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for name in node.names:
                yield absolute(name.name)
        elif isinstance(node, ast.ImportFrom):
            if not node.level:
                yield absolute(node.module)
            elif node.level > depth:
                # Relative to module_utils: the first word is the layer.
                words = (node.module or node.names[0].name).split(".")
                yield words[0], None


def absolute(module):
    if module.startswith(PACKAGE + "."):
        return module[len(PACKAGE) + 1 :].split(".")[0], None
    return None, module.split(".")[0]


@pytest.mark.parametrize("folder", sorted(BELOW))
def test_nothing_imports_from_above(folder):
    wrong = []
    for path in python_files(folder):
        for layer, _module in imports(path, folder):
            if layer is not None and layer != folder and layer not in BELOW[folder]:
                wrong.append("%s imports %s" % (os.path.relpath(path, PLUGINS), layer))
    assert wrong == []
    assert python_files(folder)


def test_what_runs_on_a_host_by_itself_needs_nothing_else():
    """It is copied there alone, and reads all of itself when it starts."""
    folder = os.path.join("_host", "rollback")
    wrong = []
    for path in python_files(folder):
        for layer, module in imports(path, folder):
            if layer is not None or module.startswith("ansible"):
                wrong.append("%s imports %s" % (os.path.relpath(path, PLUGINS), layer or module))
    assert wrong == [] and len(python_files(folder)) > 20


@pytest.mark.parametrize("folder", PURE)
def test_the_pure_layers_touch_nothing(folder):
    wrong = []
    for path in python_files(folder):
        for _layer, module in imports(path, folder):
            if module in WORLD and (os.path.basename(path), module) not in ALLOWED:
                wrong.append("%s imports %s" % (os.path.relpath(path, PLUGINS), module))
    assert wrong == []


def test_a_wrong_import_would_be_seen(tmp_path, monkeypatch):
    # The checks above must be able to fail.
    folder = tmp_path / "_libwrap"
    (folder / "analysis").mkdir(parents=True)
    (folder / "one.py").write_text("import os.path\nfrom .._host.files import read\nfrom .two import three\n")
    (folder / "analysis" / "two.py").write_text(
        "def late():\n    from ..._modules import errors\n    from ..one import x\n"
    )
    monkeypatch.setitem(globals(), "UTILS", str(tmp_path))
    seen = [set(imports(path, "_libwrap")) for path in python_files("_libwrap")]
    assert seen == [{("_modules", None)}, {(None, "os"), ("_host", None)}]


@pytest.mark.parametrize("page", ["docs/architecture.md", "CONTRIBUTING.md"])
def test_the_places_that_a_page_names_are_there(page):
    root = os.path.dirname(PLUGINS)
    with open(os.path.join(root, page), encoding="utf-8") as text:
        words = re.findall(r"`([A-Za-z_.*/0-9]+)`", text.read())
    names = [word for word in words if "/" in word or word.endswith((".py", ".md"))]
    places = (
        "",
        "plugins",
        "plugins/module_utils",
        "plugins/module_utils/_libwrap",
        "plugins/module_utils/_modules",
        "plugins/plugin_utils",
        "plugins/doc_fragments",
        "tests/unit/plugins/module_utils/_libwrap",
    )
    folders = [os.path.join(root, place) for place in places]
    gone = [
        name
        for name in names
        if name != ".cache/" and not any(glob.glob(os.path.join(folder, name)) for folder in folders)
    ]
    assert gone == [] and len(names) > 10


def modules_below(folder):
    """Each module of a folder of plugins by its dotted name, with the modules that it imports when it is loaded."""
    found = {}
    for path in sorted(glob.glob(os.path.join(PLUGINS, folder, "**", "*.py"), recursive=True)):
        name = os.path.relpath(path, PLUGINS)[: -len(".py")].replace(os.sep, ".")
        with open(path, encoding="utf-8") as stream:
            tree = ast.parse(stream.read())
        found[name] = [
            target for node in tree.body if isinstance(node, ast.ImportFrom) for target in targets_of(node, name)
        ]
    return found


def targets_of(node, name):
    """The dotted names that an import may mean: the module, and its names, which may be modules too."""
    base = node.module or ""
    if node.level:
        base = ".".join(name.split(".")[: -node.level] + ([base] if base else []))
    base = base.replace("ansible_collections.portcullis.tcp_wrappers.plugins.", "")
    return [base] + [base + "." + one.name for one in node.names]


@pytest.mark.parametrize("folder", ["module_utils", "plugin_utils"])
def test_no_imports_go_in_a_circle(folder):
    known = modules_below(folder)
    done, circles = set(), []

    def follow(name, path):
        if name in path:
            circles.append(" -> ".join(path[path.index(name) :] + [name]))
        elif name not in done:
            for target in known.get(name, ()):
                if target in known:
                    follow(target, path + [name])
            done.add(name)

    for name in sorted(known):
        follow(name, [])
    assert circles == [] and len(known) > 5


def test_no_two_unit_tests_have_one_name():
    """pytest imports them by their bare names."""
    here = os.path.dirname(os.path.abspath(__file__))
    names = [os.path.basename(path) for path in glob.glob(os.path.join(here, "**", "test_*.py"), recursive=True)]
    assert len(names) > 50
    assert sorted(set(names)) == sorted(names)
