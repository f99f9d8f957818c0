# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Filters and tests take what their reference says, and nothing else."""

import importlib
import inspect

import pytest
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import plugin_files

PLUGINS = [(kind, path) for kind in ("filter", "test") for path in plugin_files(kind)]
POLICY = {"allow": "sshd: 10.0.0.0/255.0.0.0\n", "deny": "ALL: ALL\n"}
REQUEST = {"daemon": "sshd", "address": "10.1.2.3"}
# A value for what a plugin must have, and for each option that has neither a default nor choices.
VALUES = {
    "address": "10.1.2.3",
    "after": POLICY,
    "client_port": 1024,
    "daemon": "sshd",
    "except": ["10.66.0.0/16"],
    "hostname": "a.example.com",
    "network": ["10.0.0.0/8"],
    "request": REQUEST,
    "server_address": "192.0.2.1",
    "server_hostname": "b.example.com",
    "server_port": 22,
    "services": [{"daemon": "sshd", "ports": [22], "protocol": "tcp"}],
    "tables": POLICY,
    "target": "nftables",
    "user": "carol",
}
INPUTS = {
    "hosts_access_granted": REQUEST,
    "hosts_access_render": [{"table": "allow", "daemons": ["sshd"], "clients": ["10."]}],
    "tcpd_expand": "%d",
}
WITH = {("hosts_access_search", "except"): {"network": ["10.0.0.0/8"]}}


def documented(path):
    return get_docstring(str(path), fragment_loader)[0]


def function(kind, path):
    module = importlib.import_module("ansible_collections.portcullis.tcp_wrappers.plugins.%s.%s" % (kind, path.stem))
    plugin = module.FilterModule().filters() if kind == "filter" else module.TestModule().tests()
    return plugin[path.stem]


TABLES = [(kind, path) for kind, path in PLUGINS if path.stem.startswith(("hosts_access", "tcpd_expand"))]


@pytest.mark.parametrize("kind, path", PLUGINS, ids=lambda value: getattr(value, "stem", value))
def test_every_option_has_its_parameter(kind, path):
    said = documented(path)
    assert "_input" in said["options"]
    parameters = list(inspect.signature(function(kind, path)).parameters.values())[1:]
    named = {one.name for one in parameters if one.kind is not inspect.Parameter.VAR_KEYWORD}
    options = set(said["options"]) - {"_input"}
    assert named <= options
    if all(one.kind is not inspect.Parameter.VAR_KEYWORD for one in parameters):
        assert named == options
    required = {one.name for one in parameters if one.default is one.empty and one.name in named}
    positional = [word.strip() for word in said.get("positional", "").split(",") if word.strip()]
    assert required <= set(positional), "what may be given without its name is said in `positional`"


@pytest.mark.parametrize("kind, path", TABLES, ids=lambda value: getattr(value, "stem", value))
def test_a_plugin_takes_each_of_its_options(kind, path):
    said = documented(path)
    call, given = function(kind, path), INPUTS.get(path.stem, POLICY)
    options = {name: about for name, about in said["options"].items() if name != "_input"}
    must = {name: VALUES[name] for name, about in options.items() if about.get("required")}
    call(given, **must)
    for name, about in options.items():
        value = VALUES.get(name, about.get("default", (about.get("choices") or [None])[0]))
        call(given, **dict(must, **dict(WITH.get((path.stem, name), {}), **{name: value})))


@pytest.mark.parametrize("kind, path", TABLES, ids=lambda value: getattr(value, "stem", value))
def test_a_plugin_takes_no_other_option(kind, path):
    options = documented(path)["options"]
    must = {name: VALUES[name] for name, about in options.items() if about.get("required") and name != "_input"}
    with pytest.raises(Exception, match="nonsense"):
        function(kind, path)(INPUTS.get(path.stem, POLICY), nonsense=1, **must)
