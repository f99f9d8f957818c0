# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task gives travels as typed arguments: each module's type has all its options, and no code below reads Ansible's dictionary."""

import ast
import pathlib

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils import _modules
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules import arguments, harden_plan_info
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit import run as audit
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import options as enforcement
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.kernel import plan as kernel
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs import evaluate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import info, options
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import (
    inetd_plan,
    systemd_plan,
    xinetd_plan,
)

ROOM = pathlib.Path(_modules.__file__).parent
TYPES = {
    options.HostsAccessArguments: options.argument_spec,
    info.InfoArguments: info.argument_spec,
    evaluate.EvaluateArguments: evaluate.argument_spec,
    enforcement.EnforceArguments: enforcement.argument_spec,
    inetd_plan.ServiceArguments: inetd_plan.argument_spec,
    xinetd_plan.ServiceArguments: xinetd_plan.argument_spec,
    systemd_plan.ServiceArguments: systemd_plan.argument_spec,
    kernel.KernelArguments: kernel.argument_spec,
    coverage.CoverageArguments: coverage.argument_spec,
    audit.AuditArguments: audit.argument_spec,
    harden_plan_info.HardenArguments: harden_plan_info.argument_spec,
}
# a body begins with Ansible's dictionary; these make the arguments of another module's task of it, or its short form
BORDER = {"call.py", "errors.py", "arguments.py", "rules/options.py"}


@pytest.mark.parametrize("kind", TYPES, ids=lambda kind: "%s.%s" % (kind.__module__.rpartition(".")[2], kind.__name__))
def test_a_type_has_every_option_of_its_module_and_no_other(kind):
    spec = TYPES[kind]()
    made = kind({name: about.get("default") for name, about in spec.items()})
    assert set(vars(made)) - {"further_attributes"} == set(spec)


def test_an_option_that_ansible_did_not_check_is_noticed():
    with pytest.raises(KeyError):
        arguments.TablesArguments({"root": "/", "dialect": "auto", "allow_path": "/etc/hosts.allow"})


def test_a_changed_copy_leaves_the_first_alone():
    first = arguments.TablesArguments(
        {"root": "/", "dialect": "auto", "allow_path": "/etc/hosts.allow", "deny_path": "/etc/hosts.deny"}
    )
    assert first.replaced(dialect="debian").dialect == "debian" and first.dialect == "auto"
    assert first.paths == {"allow": "/etc/hosts.allow", "deny": "/etc/hosts.deny"}


@pytest.mark.parametrize(
    "params, given",
    [({}, False), ({"setype": None}, False), ({"setype": "etc_t"}, True), ({"attributes": "+i"}, True)],
)
def test_whether_ansible_s_further_options_of_files_are_given_is_known(params, given):
    defaults = {name: about.get("default") for name, about in options.argument_spec().items()}
    assert options.HostsAccessArguments(dict(defaults, **params)).further_attributes is given


def _reads_of_params(path):
    """The functions of a file that read Ansible's dictionary."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef):
            names = [one.attr for one in ast.walk(node) if isinstance(one, ast.Attribute)]
            names += [one.id for one in ast.walk(node) if isinstance(one, ast.Name)]
            if "params" in names and node.name not in ("run", "run_module"):
                yield "%s: %s" % (path.relative_to(ROOM), node.name)


def test_only_where_a_body_begins_is_ansible_s_dictionary_read():
    files = [path for path in sorted(ROOM.rglob("*.py")) if str(path.relative_to(ROOM)) not in BORDER]
    assert len(files) > 60
    assert [found for path in files for found in _reads_of_params(path)] == []
