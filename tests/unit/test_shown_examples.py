# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every YAML example that a user sees is held to the real argument specs: a wrong option, keyword, filter or variable fails here, before anything runs."""

import importlib

import jinja2
import pytest
import yaml
from ansible.module_utils import basic
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.playbook.block import Block
from ansible.playbook.handler import Handler
from ansible.playbook.play import Play
from ansible.playbook.task import Task
from ansible.plugins.loader import filter_loader, fragment_loader, module_loader, test_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import (
    FENCE,
    OTHER,
    ROOT,
    YAML,
    Example,
    constant,
    fences,
    in_markdown,
    in_plugins,
    is_play,
    markdown_files,
    plugin_files,
)

PREFIX = "portcullis.tcp_wrappers."
EXAMPLES = in_markdown() + in_plugins()
RELATIONS = ("mutually_exclusive", "required_together", "required_one_of", "required_if", "required_by")
# Keywords whose whole value is an expression.
EXPRESSIONS = ("when", "changed_when", "failed_when", "until", "that")
NAMED_TESTS = ("select", "reject", "selectattr", "rejectattr")
# A value of each type, for what a template gives only when it runs.
SAMPLES = {"bool": True, "int": 1, "float": 1.0, "list": [], "dict": {}}


class Captured(Exception):
    """What a module gives to AnsibleModule."""


def module_arguments(name, monkeypatch):
    """(argument_spec, relations) of one of our modules, as its own run_module() states them."""
    if name not in module_arguments.known:

        def capture(_self, *_arguments, **options):
            raise Captured(options)

        with monkeypatch.context() as patch:
            patch.setattr(basic.AnsibleModule, "__init__", capture)
            with pytest.raises(Captured) as caught:
                importlib.import_module("ansible_collections.portcullis.tcp_wrappers.plugins.modules." + name).main()
        options = caught.value.args[0]
        spec = dict(options["argument_spec"])
        if options.get("add_file_common_args"):
            spec = dict(basic.FILE_COMMON_ARGUMENTS, **spec)
        module_arguments.known[name] = spec, {key: options[key] for key in RELATIONS if options.get(key)}
    return module_arguments.known[name]


module_arguments.known = {}


def documented_arguments(name):
    """The argument spec of one of Ansible's own modules, out of its documentation; None where there is no such module."""
    path = module_loader.find_plugin(name)
    if path is None:
        return None
    options = get_docstring(path, fragment_loader)[0]["options"]
    return {
        option: {
            key: value for key, value in about.items() if key in ("type", "elements", "choices", "required", "aliases")
        }
        for option, about in options.items()
    }


def is_template(value):
    return isinstance(value, str) and ("{{" in value or "{%" in value)


def plain(value, about):
    """A value that stands for it, where it is a template."""
    if not is_template(value):
        return value
    choices = about.get("choices")
    return choices[0] if choices else SAMPLES.get(about.get("type", "str"), value)


def check_arguments(arguments, spec, relations=None):
    """The complaints of Ansible's own validator."""
    known = dict(spec)
    for option, about in spec.items():
        known.update({alias: about for alias in about.get("aliases", ())})
    values = {option: plain(value, known.get(option, {})) for option, value in arguments.items()}
    return ArgumentSpecValidator(spec, **(relations or {})).validate(values).error_messages


def role_options(role):
    """The options of one of our roles."""
    path = ROOT / "roles" / role / "meta" / "argument_specs.yml"
    assert path.exists(), "no role %s" % role
    return yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]


def check_variables(variables):
    """Complaints about variables that start with the name of a role of ours."""
    found = []
    for role in ("harden", "audit", "enforce"):
        mine = {name: value for name, value in variables.items() if name.startswith(role + "_")}
        # these are read by the playbook and not by the role
        playbook = (ROOT / "playbooks" / (role + ".yml")).read_text(encoding="utf-8")
        spec = {
            name: {key: value for key, value in about.items() if key in ("type", "elements", "choices")}
            for name, about in role_options(role).items()
        }
        mine = {name: value for name, value in mine.items() if name in spec or "{{ %s | default" % name not in playbook}
        found += check_arguments(mine, spec)
    return found


def check_templates(value, keyword=""):
    """Complaints about the filters and tests that templates use, and about the options they give ours."""
    if isinstance(value, dict):
        return [line for key, entry in value.items() for line in check_templates(entry, key)]
    if isinstance(value, list):
        return [line for entry in value for line in check_templates(entry, keyword)]
    if not is_template(value) and not (keyword in EXPRESSIONS and isinstance(value, str)):
        return []
    environment = jinja2.Environment(autoescape=True)
    tree = environment.parse(value if is_template(value) else "{{ %s }}" % value)
    found = []
    for kind, loader, builtin in (
        (jinja2.nodes.Filter, filter_loader, environment.filters),
        (jinja2.nodes.Test, test_loader, environment.tests),
    ):
        for node in tree.find_all(kind):
            if node.name not in builtin and loader.get(node.name) is None:
                found.append("no %s %s" % (kind.__name__.lower(), node.name))
            elif node.name.startswith(PREFIX):
                found += check_plugin_call(kind.__name__.lower(), node)
            if node.name in NAMED_TESTS and len(node.args) > 1 - (node.name in ("select", "reject")):
                test = node.args[0 if node.name in ("select", "reject") else 1]
                if (
                    isinstance(test, jinja2.nodes.Const)
                    and test.value not in builtin
                    and test.value not in environment.tests
                ):
                    found += [] if test_loader.get(test.value) else ["no test %s" % test.value]
    return found


def check_plugin_call(kind, node):
    """Complaints about the options of one of our filters or tests."""
    path = ROOT / "plugins" / kind / (node.name[len(PREFIX) :] + ".py")
    names = set(yaml.safe_load(constant(path, "DOCUMENTATION")).get("options", {})) | set(fragment_options(path))
    return ["%s knows no %s" % (node.name, keyword.key) for keyword in node.kwargs if keyword.key not in names]


def fragment_options(path):
    """The options that a plugin takes from a fragment."""
    return get_docstring(str(path), fragment_loader)[0]["options"]


def check_task(task, monkeypatch, handler=False):
    keywords = set((Handler if handler else Task).fattributes)
    if "block" in task:
        unknown = set(task) - set(Block.fattributes)
        inner = [entry for part in ("block", "rescue", "always") for entry in task.get(part, [])]
        return ["no keyword %s" % name for name in sorted(unknown)] + [
            line for entry in inner for line in check_task(entry, monkeypatch)
        ]
    actions = [key for key in task if key not in keywords and not key.startswith("with_")]
    if len(actions) != 1:
        return ["a task of %d modules: %s" % (len(actions), ", ".join(actions) or "none")]
    name, arguments = actions[0], task[actions[0]] or {}
    found = [] if task.get("name") else ["a task with no name"]
    if not isinstance(arguments, dict):
        return found + ["%s: its arguments are no mapping" % name]
    if name.startswith(PREFIX):
        if not (ROOT / "plugins" / "modules" / (name[len(PREFIX) :] + ".py")).exists():
            return found + ["no module %s" % name]
        spec, relations = module_arguments(name[len(PREFIX) :], monkeypatch)
    else:
        spec, relations = documented_arguments(name), None
        if spec is None or not name.startswith("ansible.builtin."):
            return found + ["no module %s" % name]
    found += ["%s: %s" % (name, line) for line in check_arguments(arguments, spec, relations)]
    if name.endswith(("include_role", "import_role")) and str(arguments.get("name")).startswith(PREFIX):
        role_options(arguments["name"][len(PREFIX) :])
    return found + check_variables(task.get("vars", {}))


def check_play(play, monkeypatch):
    if "ansible.builtin.import_playbook" in play:
        name = play["ansible.builtin.import_playbook"]
        there = name.startswith(PREFIX) and (ROOT / "playbooks" / (name[len(PREFIX) :] + ".yml")).exists()
        unknown = set(play) - {"name", "ansible.builtin.import_playbook", "vars", "when", "tags"}
        return (
            ([] if there else ["no playbook %s" % name])
            + ["no keyword %s" % key for key in sorted(unknown)]
            + check_variables(play.get("vars", {}))
        )
    found = ["no keyword %s" % key for key in sorted(set(play) - set(Play.fattributes))]
    for part in ("pre_tasks", "tasks", "post_tasks", "handlers"):
        for task in play.get(part, []):
            found += check_task(task, monkeypatch, part == "handlers")
    for role in play.get("roles", []):
        role = role if isinstance(role, dict) else {"role": role}
        role_options(role["role"][len(PREFIX) :] if role["role"].startswith(PREFIX) else role["role"])
        found += check_variables(role.get("vars", {}))
    groups = play.get("module_defaults", {})
    for group, defaults in groups.items():
        known = set()
        for path in plugin_files("modules"):
            known |= set(module_arguments(path.stem, monkeypatch)[0])
        found += ["%s knows no %s" % (group, name) for name in sorted(set(defaults) - known)]
    return found + check_variables(play.get("vars", {}))


def fragment_sections():
    """The sections that a fragment of the changelog may have."""
    config = yaml.safe_load((ROOT / "changelogs" / "config.yaml").read_text(encoding="utf-8"))
    return {name for name, _title in config["sections"]}


def complaints(data, monkeypatch):
    """What is wrong with an example; a kind that nobody knows how to check is wrong too."""
    if isinstance(data, list) and data and all(isinstance(entry, dict) for entry in data):
        found = [line for entry in data for line in (check_play if is_play(entry) else check_task)(entry, monkeypatch)]
        return found + check_templates(data)
    if isinstance(data, dict) and set(data) == {"collections"}:
        return [] if [entry["name"] for entry in data["collections"]] == [PREFIX[:-1]] else ["another collection"]
    if isinstance(data, dict) and data and all(name.startswith(("harden_", "audit_", "enforce_")) for name in data):
        return check_variables(data) + check_templates(data)
    if isinstance(data, dict) and data and set(data) <= fragment_sections():
        texts = [entry for entries in data.values() for entry in (entries if isinstance(entries, list) else [None])]
        return [] if all(isinstance(entry, str) for entry in texts) else ["a fragment's section is a list of strings"]
    return ["neither plays, nor tasks, nor a role's variables, nor requirements, nor a fragment of the changelog"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "%s:%s" % (example.file, example.place))
def test_every_example_is_what_the_argument_specs_allow(example, monkeypatch):
    assert complaints(example.data, monkeypatch) == []


@pytest.mark.parametrize("path", markdown_files(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_block_hides_from_the_tests(path):
    text = path.read_text(encoding="utf-8")
    words = [example.word for example in fences(path)]
    assert set(words) <= set(YAML + OTHER)
    # the expression above must have seen every fence
    assert len([line for line in text.splitlines() if line.lstrip().startswith(("```", "~~~"))]) == 2 * len(
        FENCE.findall(text)
    )


def test_all_that_should_have_examples_has():
    files = {example.file for example in EXAMPLES if example.data}
    assert {
        str(path.relative_to(ROOT)) for kind in ("modules", "filter", "test") for path in plugin_files(kind)
    } <= files
    assert {
        "README.md",
        "docs/getting_started.md",
        "roles/harden/README.md",
        "roles/audit/README.md",
        "roles/enforce/README.md",
    } <= files


GOOD = """
- name: A task
  portcullis.tcp_wrappers.hosts_access:
    allow: ['sshd: 10.0.0.0/8']
    exclusive: "{{ only_these }}"
    assertions: "{{ [] | map('upper') }}"
  when: before | portcullis.tcp_wrappers.hosts_access_compare(after, dialect='debian') | length > 0
"""


@pytest.mark.parametrize(
    "old, new",
    [
        ("allow:", "allows:"),
        ("exclusive:", "state: gone\n    exclusive:"),
        ("'upper') }}", "'upper') | no_such }}"),
        ("hosts_access:", "hosts_acess:"),
        ("when:", "wen:"),
        ("dialect=", "dialct="),
        ("{{ only_these }}", "perhaps"),
        ("hosts_access_compare", "hosts_access_compar"),
    ],
)
def test_a_mistake_in_an_example_is_seen(old, new, monkeypatch):
    assert complaints(Example("", "", GOOD).data, monkeypatch) == []
    broken = GOOD.replace(old, new)
    assert broken != GOOD and complaints(Example("", "", broken).data, monkeypatch)


@pytest.mark.parametrize(
    "text",
    [
        "bugfixes: a text",
        "bugfix: [a text]",
        "harden_alow: []",
        "audit_fail_on: [no_such_choice]",
        "key: value",
        "collections: [{name: other.one}]",
        "- hosts: all\n  taks: []",
        "- hosts: all\n  roles: [{role: portcullis.tcp_wrappers.harden, vars: {harden_nothing: 1}}]",
        "- ansible.builtin.import_playbook: portcullis.tcp_wrappers.hardn",
        "- hosts: all\n  module_defaults: {group/portcullis.tcp_wrappers.tcp_wrappers: {rot: /}}",
    ],
)
def test_a_mistake_in_a_play_or_in_variables_is_seen(text, monkeypatch):
    assert complaints(Example("", "", text).data, monkeypatch)
