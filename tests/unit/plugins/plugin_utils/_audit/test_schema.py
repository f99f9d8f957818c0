# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's schema, the RETURN of tcpd_audit_info and those of the modules whose answers it joins say the same."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.schema import shape
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._results import returns

AUDIT = returns("tcpd_audit_info")
JSON = {"str": "string", "int": "integer", "bool": "boolean", "list": "array", "dict": "object"}
#: Where the parts of the module's answer stand in a document.
PLACES = {
    ("coverage", "services"): ("host", "services"),
    ("coverage", "kernel"): ("host", "kernel"),
    ("coverage", "findings"): ("host", "findings", "coverage"),
    ("coverage", "more_findings"): ("host", "more_findings", "coverage"),
    ("tables", "rules"): ("host", "tables", "rules"),
    ("tables", "allow"): ("host", "tables", "allow"),
    ("tables", "deny"): ("host", "tables", "deny"),
    ("tables", "findings"): ("host", "findings", "tables"),
    ("tables", "more_findings"): ("host", "more_findings", "tables"),
    ("integrity", "files"): ("host", "integrity", "files"),
    ("integrity", "sockets"): ("host", "integrity", "sockets"),
    ("integrity", "findings"): ("host", "findings", "integrity"),
    ("integrity", "more_findings"): ("host", "more_findings", "integrity"),
}
#: The three kinds of findings share one shape, and so do requests that say more or less.
SHARED = {"code", "severity", "effect", "table", "service", "path", "line", "message", "remedy", "daemons"}
REQUEST = {"client_port", "server_address", "server_hostname", "server_paranoid", "server_port"}


def keys(node):
    """The names and the inner nodes of an object of the schema."""
    found = {}
    for part in node.get("allOf", [node]):
        found.update(resolved(part).get("properties", {}))
    return found


def resolved(node):
    while "$ref" in node:
        node = shape(node["$ref"].rpartition("/")[2])
    for inner in node.get("anyOf", ()):
        if inner.get("type") != "null":
            return resolved(inner)
    return node


def mistakes(described, node, where):
    """Where a value that RETURN describes has another type or other keys in the schema."""
    node = resolved(node)
    types = node.get("type", "object" if "allOf" in node else None)
    types = [types] if isinstance(types, str) else types
    found = []
    if types is not None and JSON[described["type"]] not in types:
        found.append("%s is %s, and %s in the schema" % (where, described["type"], types))
    if described["type"] == "list" and "items" in node:
        element = {"type": described["elements"], "contains": described.get("contains")}
        found += mistakes(element, node["items"], where + "[]")
    elif described["type"] == "dict" and described.get("contains"):
        inner = keys(node)
        extra = set(inner) - set(described["contains"]) - (SHARED if "severity" in inner else set())
        extra -= REQUEST if where.endswith("request") else set()
        if where.endswith("otherwise.request"):
            extra = set()  # RETURN says: and the other keys of a request
        if extra != {"asked"} & set(inner):  # the controller adds the question in words
            found.append("%s: only the schema has %s" % (where, ", ".join(sorted(extra))))
        for key, one in described["contains"].items():
            if key in inner:
                found += mistakes(one, inner[key], "%s.%s" % (where, key))
            else:
                found.append("%s: only RETURN has %s" % (where, key))
    return found


@pytest.mark.parametrize("part, key", sorted(PLACES))
def test_the_schema_has_what_the_module_returns(part, key):
    assert mistakes(AUDIT[part]["contains"][key], shape(*PLACES[part, key]), "%s.%s" % (part, key)) == []


def test_refusals_and_answers_too():
    assert mistakes(AUDIT["refusals"], shape("refusals"), "refusals") == []
    assert mistakes(AUDIT["answers"], {"type": "array", "items": shape("answer")}, "answers") == []
    told = {(part, key) for part in ("coverage", "tables", "integrity") for key in AUDIT[part]["contains"]}
    assert told == set(PLACES)


def form(described):
    """A description without its words."""
    made = {key: described[key] for key in ("type", "elements") if key in described}
    if described.get("contains"):
        made["contains"] = {key: form(one) for key, one in described["contains"].items()}
    return made


def changed(described, drop=(), **add):
    """The form of a description with other keys in its elements."""
    made = form(described)
    for key in drop:
        del made["contains"][key]
    made["contains"].update(add)
    return made


def test_the_parts_are_those_of_the_modules_that_return_them_alone():
    names = {"type": "list", "elements": "str"}
    coverage, tables = returns("tcpd_coverage_info"), returns("hosts_access_info")
    for key in ("services", "kernel", "findings"):
        assert form(AUDIT["coverage"]["contains"][key]) == changed(
            coverage[key], **({"daemons": names} if key == "findings" else {})
        )
    assert form(AUDIT["tables"]["contains"]["findings"]) == changed(tables["findings"], daemons=names)
    for key in ("allow", "deny"):
        assert form(AUDIT["tables"]["contains"][key]) == changed(tables["tables"]["contains"][key], lines=names)
    integrity = returns("tcpd_integrity_info")
    for key in ("files", "sockets", "findings"):
        assert form(AUDIT["integrity"]["contains"][key]) == form(integrity[key])
    refusals = {key: form(one) for key, one in returns("tcpd_refusals_info").items()}
    assert form(AUDIT["refusals"])["contains"] == dict(refusals, since={"type": "str"})
    decisions = returns("hosts_access_evaluate")["decisions"]
    text = {"type": "str"}
    assert form(AUDIT["answers"]) == changed(decisions, ["cross_check"], id=text, clients=text, daemon=text)
