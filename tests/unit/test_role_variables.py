# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The roles' tasks use what role_settings has registered, and no variable that a fact of the host outranks."""

import pathlib
import re

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import KEYS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.values import MAPPING_KEYS

ROLES = pathlib.Path(__file__).resolve().parents[2] / "roles"
FILES = sorted(path for folder in ("tasks", "vars", "templates", "handlers") for path in ROLES.glob("*/%s/*" % folder))
# What is shown to people may name a variable.
SHOWN = ("name", "fail_msg")


def options(role):
    """The variables that a role's argument specs describe."""
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    return {name for spec in specs.values() for name in spec["options"]}


@pytest.mark.parametrize("role", ["harden", "audit", "enforce"])
def test_the_keys_of_rules_and_assertions_are_those_that_the_modules_take(role):
    described = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))
    lists = {
        name: about
        for name, about in described["argument_specs"]["main"]["options"].items()
        if re.search(r"_(allow|deny|assertions|keep_access)$", name)
    }
    assert len(lists) >= 3
    for name, about in lists.items():
        kind = name.rpartition("_")[2]
        wanted = KEYS if kind == "assertions" else KEYS[:-1] if kind == "access" else MAPPING_KEYS
        assert set(about["options"]) == set(wanted), name


@pytest.mark.parametrize("role", ["harden", "audit", "enforce"])
def test_the_readme_of_a_role_has_a_table_of_its_variables(role):
    rows = re.findall(r"^\| (`.*?) \|", (ROLES / role / "README.md").read_text(encoding="utf-8"), re.MULTILINE)
    named = set(re.findall(r"`(\w+)`", " ".join(rows)))
    assert {name for name in options(role) - named if not re.search("_(group|host)_", name)} == set()


def values(node):
    """Every text in YAML that Ansible reads as a template or an expression, without what is only shown."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key not in SHOWN:
                yield from values(value)
    elif isinstance(node, list):
        for value in node:
            yield from values(value)
    elif isinstance(node, str):
        yield node


def used(text, role):
    """The role's variables in a text of a task."""
    return sorted(name for name in options(role) if re.search(r"(?<![\w.])%s(?![\w=])" % name, text))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROLES)))
def test_no_task_uses_a_variable_that_a_fact_outranks(path):
    text = path.read_text(encoding="utf-8")
    texts = list(values(yaml.safe_load(text))) if path.suffix == ".yml" else [text]
    assert [name for part in texts for name in used(part, path.parts[-3])] == []


class MergedOnce(yaml.SafeLoader):
    """As Ansible reads YAML: a key that a merged mapping has already is a duplicate, and every run would warn of it."""

    def construct_mapping(self, node, deep=False):
        self.flatten_mapping(node)
        keys = [key.value for key, _value in node.value]
        assert sorted(keys) == sorted(set(keys)), "%s: a key stands twice in %s" % (node.start_mark, keys)
        return super().construct_mapping(node, deep)


@pytest.mark.parametrize(
    "path", [path for path in FILES if path.suffix == ".yml"], ids=lambda path: str(path.relative_to(ROLES))
)
def test_no_key_overrides_a_merged_one(path):
    assert yaml.load(path.read_text(encoding="utf-8"), MergedOnce)


def test_a_key_that_overrides_a_merged_one_would_be_seen():
    with pytest.raises(AssertionError):
        yaml.load("a: &x {b: 1}\nc: {<<: *x, b: 2}\n", MergedOnce)


def test_the_first_module_of_each_entry_reads_the_variables():
    (only,) = yaml.safe_load((ROLES / "audit" / "tasks" / "main.yml").read_text(encoding="utf-8"))
    assert only["portcullis.tcp_wrappers.audit_documents"] == {"part": "host"}  # it reads them by itself
    for role, entry in (("harden", "main"), ("audit", "fleet"), ("enforce", "main")):
        tasks = yaml.safe_load((ROLES / role / "tasks" / (entry + ".yml")).read_text(encoding="utf-8"))
        # set_fact of a constant runs nothing anywhere
        first = next(task for task in tasks if task.get("ansible.builtin.set_fact") != {"__audit_begun": True})
        assert first["portcullis.tcp_wrappers.role_settings"] == dict(
            {"role": role}, **({} if entry == "main" else {"entry": entry})
        )
        assert first["register"] == "__%s_given" % role


@pytest.mark.parametrize(
    "text",
    ["{{ harden_root }}/x", "harden_state == 'absent'", "{{ [harden_trap] }}", "a or harden_operators | length > 0"],
)
def test_such_a_use_is_seen(text):
    assert len(used(text, "harden")) == 1
