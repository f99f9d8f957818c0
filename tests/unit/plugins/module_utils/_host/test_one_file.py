# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The program that undoes a change is one file with all of its parts, each of which means there what it means by itself."""

import ast
import subprocess
import sys
from pathlib import Path

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host import rollback
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.one_file import program_text

PARTS = {
    path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in Path(rollback.__file__).parent.glob("[!_]*.py")
}


def defined(tree):
    """The names that a part gives to something at its outermost level, each once."""
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            yield node.name
        for one in ast.walk(node) if isinstance(node, (ast.Assign, ast.AnnAssign)) else ():
            if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
                yield one.id


def imported(tree, own):
    """(what the name means, the name) of all imports, from other parts or from Python."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import) and not own:
            yield from ((one.name, one.asname or one.name) for one in node.names)
        if isinstance(node, ast.ImportFrom) and bool(node.level) == own:
            yield from (("%s.%s" % (node.module, one.name), one.asname or one.name) for one in node.names)


def test_no_two_parts_have_one_name_for_two_things():
    """What is private in its own file, too: in the program each part sees the names of all."""
    names = [name for tree in PARTS.values() for name in defined(tree)]
    assert len(names) > 150 and sorted(set(names)) == sorted(names)
    meanings = {pair for tree in PARTS.values() for pair in imported(tree, own=False)}
    outside = [name for _meaning, name in meanings]
    assert sorted(set(outside)) == sorted(outside) and not set(outside) & set(names)


def test_parts_import_names_of_parts_as_they_are():
    for part, tree in PARTS.items():
        for node in tree.body:
            assert not isinstance(node, (ast.If, ast.Try, ast.With)), part
        for meaning, name in imported(tree, own=True):
            there, _dot, given = meaning.rpartition(".")
            assert given == name and name in set(defined(PARTS[there])), "%s imports %s" % (part, meaning)


def test_all_parts_are_there_and_nothing_of_the_collection_is_missing():
    tree = ast.parse(program_text())
    assert sorted(defined(tree)) == sorted(name for part in PARTS.values() for name in defined(part))
    assert [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.level] == []
    assert program_text() == program_text()


def run(*words):
    """A process without anything but the standard library."""
    done = subprocess.run(
        [sys.executable, "-I", "-S"] + list(words),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout


def test_the_program_says_what_it_takes_and_that_it_is_gone(program, tmp_path):
    """With status 2 systemd starts it no more."""
    assert run(program) == (2, "")
    assert run(program, "watch", "/nowhere", "../etc") == (2, "")
    assert run(program, "boot", str(tmp_path / "nowhere")) == (0, "")
    assert run(str(tmp_path / "nowhere.py"), "boot", str(tmp_path / "nowhere"))[0] == 2
