# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A fact of the world stands in one file of the code."""

import ast
from pathlib import Path

import pytest

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
#: A text that the code may hold in one file only, and that file.
FACTS = {
    "/usr/libexec/tcpd": "_libwrap/programs.py",
    "/usr/lib/openssh/sshd-session": "_libwrap/programs.py",
    "sshd|\\Adropbear": "_libwrap/programs.py",
    "/etc/.portcullis.tcp_wrappers": "_host/files/root.py",
    "/usr/sbin/xinetd": "_modules/wrapping/installed.py",
    "/usr/sbin/inetutils-inetd": "_modules/wrapping/installed.py",
}


def texts(path):
    """The constants of a file, but for its docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


@pytest.mark.parametrize("fact", sorted(FACTS))
def test_a_fact_stands_once(fact):
    found = [
        str(path.relative_to(PLUGINS / "module_utils"))
        for path in sorted((PLUGINS / "module_utils").rglob("*.py"))
        if fact in texts(path)
    ]
    assert found == [FACTS[fact]]


def test_one_function_makes_text_printable():
    """Every other one calls it. The rules' values are asked whether they are printable, too."""
    found = [
        str(path.relative_to(PLUGINS))
        for path in sorted(PLUGINS.rglob("*.py"))
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Attribute) and call.attr == "isprintable"
    ]
    assert set(found) == {"module_utils/_libwrap/printable.py", "module_utils/_modules/rules/values.py"}
