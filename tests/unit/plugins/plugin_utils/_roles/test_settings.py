# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the roles were told: what is refused before anything runs on a host, and how lists add up."""

import pathlib

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.settings import document_name, settings
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.variables import VariableError

ROLES = pathlib.Path(__file__).resolve().parents[5] / "roles"
RULE = "sshd: 10.0.0.0/8"


def told(role, variables, facts=(), entry="main"):
    """What a role's tasks get of these variables beside its defaults."""
    specs = yaml.safe_load((ROLES / role / "meta" / "argument_specs.yml").read_text(encoding="utf-8"))["argument_specs"]
    values = dict(yaml.safe_load((ROLES / role / "defaults" / "main.yml").read_text(encoding="utf-8")), **variables)
    return settings(
        role, {name: spec["options"] for name, spec in specs.items()}, entry, values, facts, values.__getitem__
    )


@pytest.mark.parametrize("role", ["harden", "audit", "enforce"])
@pytest.mark.parametrize(
    "fact",
    [
        "harden_operators",
        "harden_root",
        "audit_output_dir",
        "audit_anything",
        "enforce_state",
        "__harden_given",
        "__audit_document",
        "__enforce_done",
    ],
)
def test_a_fact_called_as_a_variable_is_refused(role, fact):
    with pytest.raises(VariableError, match="the facts of this host hold %s[.] .*nothing was done" % fact):
        told(role, {"harden_allow": [RULE]} if role == "harden" else {}, facts=["distribution", fact])


@pytest.mark.parametrize("fact", ["inventory_hostname", "omit", "group_names"])
def test_a_fact_that_is_called_as_what_ansible_says_of_a_host_is_refused(fact):
    """A host took the place of another in the report, and emptied variables of the roles."""
    with pytest.raises(VariableError, match="the facts of this host hold %s[.]" % fact):
        told("harden", {"harden_allow": [RULE]}, ["distribution", fact])


@pytest.mark.parametrize("facts", [[], ["distribution", "hardening", "auditd", "my_harden_fact"]])
def test_other_facts_are_nothing_to_the_roles(facts):
    assert told("harden", {"harden_allow": [RULE]}, facts)["allow"] == [RULE]


@pytest.mark.parametrize(
    "role, name, near",
    [
        ("harden", "harden_alow", "harden_allow"),
        ("harden", "harden_operator", "harden_operators"),
        ("harden", "harden_alow_web", None),
        ("harden", "harden_exklusive", "harden_exclusive"),
        ("audit", "audit_assertion", "audit_assertions"),
        ("enforce", "enforce_service", "enforce_services"),
        ("enforce", "enforce_unexpresed", "enforce_unexpressed"),
        ("enforce", "enforce_xyzzy", None),
        ("audit", "audit_outputdir", "audit_output_dir"),
        ("audit", "audit_xyzzy", None),
    ],
)
def test_a_variable_that_nobody_knows_is_refused_and_the_nearest_is_named(role, name, near):
    with pytest.raises(VariableError) as caught:
        told(role, {name: [RULE], "harden_allow": [RULE]})
    said = str(caught.value)
    assert (
        said.startswith("the role %s has no variable %s" % (role, name))
        and "Nothing was done" in said
        and role + "_ignore_variables" in said
    )
    assert near is None or "did you mean %s?" % near in said


@pytest.mark.parametrize(
    "role, name",
    [
        ("harden", "harden_hosts"),
        ("harden", "harden_serial"),
        ("harden", "harden_become"),
        ("audit", "audit_hosts"),
        ("audit", "audit_become"),
        ("harden", "audit_anything"),
        ("harden", "hardening"),
        ("harden", "__harden_plan"),
    ],
)
def test_variables_of_the_playbooks_and_of_others_are_passed_over(role, name):
    told(role, {name: "x", "harden_allow": [RULE]} if role == "harden" else {name: "x"})


@pytest.mark.parametrize("ignored", [["harden_ssh_*"], ["harden_ssh_port"], "harden_ssh_port"])
def test_variables_of_another_role_can_be_named(ignored):
    told("harden", {"harden_ssh_port": 22, "harden_ignore_variables": ignored, "harden_allow": [RULE]})


@pytest.mark.parametrize("entry", ["main", "fleet"])
def test_both_parts_of_the_audit_know_the_variables_of_the_other(entry):
    told(
        "audit",
        {"audit_hosts": "web", "audit_root": "/srv", "audit_assertions_web": [], "audit_output_dir": "/root/audit"},
        entry=entry,
    )


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"harden_allow": []},
        {"harden_allow_web": []},
        {"harden_deny": ["ALL: 192.0.2.1"]},
        {"harden_exclusive": True},
        {"harden_allow": None},
    ],
)
def test_a_host_is_not_closed_for_want_of_a_rule(variables):
    with pytest.raises(
        VariableError, match="harden_allow.*harden_default is deny.*nothing was changed.*harden_default to allow"
    ):
        told("harden", variables)


@pytest.mark.parametrize(
    "variables",
    [
        {"harden_default": "allow"},
        {"harden_state": "absent"},
        {"harden_allow_web": [RULE]},
        {"harden_host_allow": RULE},
    ],
)
def test_where_somebody_may_come_in_or_nothing_is_closed_it_goes_on(variables):
    told("harden", variables)


def test_lists_add_up_in_a_stated_order_and_each_entry_knows_its_variable():
    made = told(
        "harden",
        {
            "harden_host_allow": "five: ALL",
            "harden_allow_web": ["four: ALL"],
            "harden_allow": [{"daemons": ["one"], "clients": ["ALL"]}, "two: ALL"],
            "harden_allow_db": {"daemons": "three", "clients": "ALL"},
            "harden_group_allow": ["group: ALL"],
        },
    )
    assert made["allow"] == [
        {"daemons": ["one"], "clients": ["ALL"]},
        "two: ALL",
        "group: ALL",
        {"daemons": "three", "clients": "ALL"},
        "four: ALL",
        "five: ALL",
    ]
    assert made["origins"]["allow"] == [
        "harden_allow[0]",
        "harden_allow[1]",
        "harden_group_allow[0]",
        "harden_allow_db",
        "harden_allow_web[0]",
        "harden_host_allow",
    ]
    assert not [name for name in made if "_allow" in name or "allow_" in name]


@pytest.mark.parametrize("name", ["deny", "assertions", "keep_access"])
def test_the_other_lists_add_up_too(name):
    entries = (
        ["a: ALL", "b: ALL", "c: ALL"]
        if name == "deny"
        else [{"daemon": word, "address": "192.0.2.1"} for word in "abc"]
    )
    made = told(
        "harden",
        {
            "harden_allow": [RULE],
            "harden_" + name: entries[:1],
            "harden_%s_web" % name: entries[1:2],
            "harden_host_" + name: entries[2:],
        },
    )
    assert made[name] == entries


@pytest.mark.parametrize(
    "variables, said",
    [
        ({"harden_allow": [RULE, {"ALL": "ALL"}]}, "harden_allow[1] is the mapping"),
        ({"harden_allow": [RULE], "harden_group_deny": [62]}, "harden_group_deny[0] is the number 62"),
        ({"harden_allow_web": [RULE, 3]}, "harden_allow_web[1] is the number 3"),
        (
            {"harden_allow": [RULE], "harden_assertions": [{"daemon": "sshd"}]},
            "harden_assertions[0] names no client: give address or network",
        ),
        (
            {"harden_allow": [RULE], "harden_keep_access_web": [{"daemon": "sshd", "address": "x"}]},
            "harden_keep_access_web[0].address is 'x'",
        ),
        (
            {"harden_allow": [RULE], "harden_trap": ["root; rm -rf /"]},
            "harden_trap takes mail addresses, not 'root; rm -rf /'.",
        ),
        (
            {"harden_allow": [RULE], "harden_trap": ["a@example.com"], "harden_default": "allow"},
            "harden_trap has an effect only if harden_default is deny",
        ),
        ({"harden_allow": [RULE], "harden_default": "maybe"}, "harden_default"),
        (
            {"harden_allow": [RULE], "harden_forbid_gains": 3},
            "harden_forbid_gains is 3, and must be true, false, or a list of daemons",
        ),
    ],
)
def test_what_cannot_be_meant_is_told_by_the_variables_name(variables, said):
    with pytest.raises(VariableError) as caught:
        told("harden", variables)
    assert said in str(caught.value)


@pytest.mark.parametrize("seconds", [-1, 86401, "soon"])
def test_a_timeout_that_no_alarm_can_be_set_to_is_refused(seconds):
    with pytest.raises(VariableError, match="audit_timeout"):
        told("audit", {"audit_timeout": seconds})


@pytest.mark.parametrize("given, seconds", [({}, 600), ({"audit_timeout": 0}, 0), ({"audit_timeout": "5"}, 5)])
def test_the_modules_of_the_audit_have_a_timeout(given, seconds):
    assert told("audit", given)["timeout"] == seconds


def test_values_have_the_types_of_the_argument_specs():
    made = told(
        "harden",
        {
            "harden_allow": RULE,
            "harden_exclusive": "yes",
            "harden_rollback_timeout": "30",
            "harden_trap": "a@example.com",
            "harden_root": "~/image",
            "harden_mode": 420,
            "harden_dialect": None,
        },
    )
    assert (made["exclusive"], made["rollback_timeout"], made["trap"]) == (True, 30, ["a@example.com"])
    assert (made["root"], made["mode"], made["dialect"], made["packages"]) == ("~/image", 420, "auto", None)


def test_the_folder_of_the_reports_is_an_absolute_path_of_the_controller(monkeypatch):
    monkeypatch.setenv("HOME", "/home/operator")
    assert told("audit", {"audit_output_dir": "~/audit"})["output_dir"] == "/home/operator/audit"
    assert told("audit", {"audit_output_dir": "/srv/x/../audit"})["output_dir"] == "/srv/audit"


def test_no_two_hosts_share_a_document_and_none_leaves_the_folder():
    hosts = [
        "web1",
        "a/b",
        "a_b",
        "a.b",
        "a b",
        "fleet",
        "Fleet",
        "fleet_",
        "..",
        "../x",
        ".hidden",
        "",
        "x" * 300,
        "x" * 301,
        "\u202e",
        "\ud800",
        "a\nb",
    ]
    hosts += [document_name("a/b")[: -len(".json")], document_name("fleet")[: -len(".json")]]
    names = [document_name(host) for host in hosts]
    assert len(set(names)) == len(hosts)
    assert [
        name
        for name in names
        if "/" in name or name.startswith(".") or len(name) > 255 or not name.isascii() or name.lower() == "fleet.json"
    ] == []
    assert names[:3] == ["web1.json", "a_b-c14cddc033f64b9d.json", "a_b.json"]


@pytest.mark.parametrize(
    "variables, message",
    [
        ({"enforce_services": [{"daemon": "sshd"}]}, r"enforce_services\[0\]: ports is None"),
        (
            {"enforce_services": [{"daemon": "sshd", "ports": [22], "port": 22}]},
            r"enforce_services\[0\] has 'port', which .* Write ports for port",
        ),
        ({"enforce_services": ["sshd"]}, r"enforce_services\[0\] is 'sshd'"),
        ({"enforce_services": []}, "enforce_services must be a list of mappings"),
        ({"enforce_mode": "both"}, "enforce_mode"),
        ({"enforce_assertions": [{"daemon": "sshd", "adress": "10.0.0.1"}]}, r"enforce_assertions\[0\]"),
        ({"enforce_keep_access": [{"daemon": "sshd"}]}, r"enforce_keep_access\[0\]"),
    ],
)
def test_what_enforce_cannot_mean(variables, message):
    with pytest.raises(VariableError, match=message):
        told("enforce", variables)


def test_enforce_has_all_that_it_was_told():
    made = told("enforce", {"enforce_services": [{"daemon": "sshd", "ports": [22]}], "enforce_host_keep_access": []})
    assert made["services"] == [{"daemon": "sshd", "ports": [22]}] and made["mode"] == "replace"
    assert told("enforce", {}).get("services") is None
