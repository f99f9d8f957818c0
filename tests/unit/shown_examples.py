# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The YAML that the collection shows to its users: the blocks of all Markdown files, and the EXAMPLES of all plugins."""

import ast
import pathlib
import re
from typing import Iterator, List, NamedTuple

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FENCE = re.compile(r"^( *)(`{3,}|~{3,})([^\n`]*)\n(.*?)^ *\2[ ]*$", re.MULTILINE | re.DOTALL)
YAML = ("yaml", "yml", "yaml+jinja")
# What else a fence may hold. One with no word could hide YAML from the tests.
OTHER = ("text", "shell", "console", "ini", "json", "{toctree}")
# Folders with Markdown that no user reads, or that a tool made.
NOT_FOR_USERS = (".cache", ".git", "tests", ".ansible", "docs/_build")


class Example(NamedTuple):
    """Where it stands (file, and line of the block or name of the plugin), its text, and the word that its fence says it is."""

    file: str
    place: str
    text: str
    word: str = "yaml"

    @property
    def data(self):
        """The YAML, read."""
        return yaml.safe_load(self.text)

    @property
    def is_playbook(self) -> bool:
        """Whether it is a list of plays, and not of tasks, nor a mapping of variables."""
        data = self.data
        return isinstance(data, list) and all(is_play(entry) for entry in data)


def is_play(entry) -> bool:
    """Whether an entry of a list is a play and not a task."""
    return isinstance(entry, dict) and bool({"hosts", "ansible.builtin.import_playbook"} & set(entry))


def markdown_files() -> List[pathlib.Path]:
    """All Markdown that users read."""
    found = [
        path
        for path in ROOT.rglob("*.md")
        if not any(str(path.relative_to(ROOT)).startswith(folder + "/") for folder in NOT_FOR_USERS)
    ]
    return sorted(found)


def fences(path: pathlib.Path) -> Iterator[Example]:
    """Every fenced block of a file."""
    text = path.read_text(encoding="utf-8")
    for match in FENCE.finditer(text):
        indent = len(match.group(1))
        body = "".join(line[indent:] if not line[:indent].strip() else line for line in match.group(4).splitlines(True))
        yield Example(
            str(path.relative_to(ROOT)),
            "line %d" % (text.count("\n", 0, match.start()) + 1),
            body,
            (match.group(3).split() or [""])[0],
        )


def in_markdown() -> List[Example]:
    """The YAML blocks of all Markdown."""
    return [block for path in markdown_files() for block in fences(path) if block.word in YAML]


def constant(path: pathlib.Path, name: str):
    """The text of DOCUMENTATION, EXAMPLES or RETURN in a plugin's file, or None."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", None) == name:
            return ast.literal_eval(node.value)
    return None


def plugin_files(kind: str) -> List[pathlib.Path]:
    """The plugins of a kind: modules, filter or test."""
    return sorted(path for path in (ROOT / "plugins" / kind).glob("*.py") if path.name != "__init__.py")


def in_plugins() -> List[Example]:
    """The EXAMPLES of all modules, filters and tests."""
    return [
        Example(str(path.relative_to(ROOT)), path.stem, constant(path, "EXAMPLES") or "")
        for kind in ("modules", "filter", "test")
        for path in plugin_files(kind)
    ]
