# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module is sent with: Ansible packs whatever a file imports, also inside of a function that nobody calls."""

import ast

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT

PLUGINS = ROOT / "plugins"
PACKAGE = ("ansible_collections", "portcullis", "tcp_wrappers", "plugins")


def imported(path):
    """The files of this collection that a file imports anywhere in it."""
    here = path.relative_to(PLUGINS).with_suffix("").parts
    for node in ast.walk(ast.parse(path.read_bytes())):
        if not isinstance(node, ast.ImportFrom):
            continue
        parts = tuple((node.module or "").split(".")) if node.module else ()
        if node.level:
            parts = here[: -node.level] + parts
        elif parts[:4] == PACKAGE:
            parts = parts[4:]
        else:
            continue
        for one in [parts] + [parts + (alias.name,) for alias in node.names]:
            found = PLUGINS.joinpath(*one).with_suffix(".py") if one else PLUGINS
            if found.is_file():
                yield found


def sent_with(module):
    """All files of ours in the archive of a module, below plugins/."""
    queue = [PLUGINS / "modules" / (module + ".py")]
    found = set(queue)
    while queue:
        for path in imported(queue.pop()):
            if path not in found:
                found.add(path)
                queue.append(path)
    return {str(path.relative_to(PLUGINS)) for path in found}


def test_the_plan_of_an_unchanged_run_is_sent_without_the_engine_and_its_analysis():
    """One import of it doubled what every unchanged run sends and Ansible packs."""
    sent = sent_with("hosts_access_plan_info")
    heavy = ("_libwrap/policy.py", "_libwrap/analysis/", "_libwrap/lint/", "_modules/services/", "_modules/lockout/")
    assert [path for path in sorted(sent) if any("module_utils/" + one in path for one in heavy)] == []
    assert "module_utils/_modules/rules/plan.py" in sent
    assert "module_utils/_libwrap/analysis/compare.py" in sent_with("hosts_access")


def test_what_sets_the_kernel_is_sent_without_the_engine():
    sent = sent_with("harden_kernel")
    assert [path for path in sorted(sent) if "_libwrap/policy" in path or "_libwrap/analysis" in path] == []
    assert "module_utils/_modules/lockout/turn.py" in sent
