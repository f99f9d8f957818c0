# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/audit_schema.json describes what the audit writes: every key of it, and nothing that is not written."""

import copy
import json
import pathlib
import sys

import jsonschema
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "browser"))

import fleets  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import fleet  # noqa: E402
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document  # noqa: E402

SCHEMA = json.loads((ROOT / "docs" / "audit_schema.json").read_text(encoding="utf-8"))


def closed(node):
    """The schema without room for keys that it does not name: readers pass over these, but we must not forget to describe one."""
    if isinstance(node, dict):
        node = {key: closed(value) for key, value in node.items()}
        if node.get("type") == "object" and "properties" in node and "allOf" not in node:
            node.setdefault("unevaluatedProperties", False)
        if "allOf" in node:
            for part in node["allOf"]:
                part.pop("unevaluatedProperties", None)
            node["unevaluatedProperties"] = False
    return [closed(value) for value in node] if isinstance(node, list) else node


def strict():
    made = closed(copy.deepcopy(SCHEMA))
    # What two descriptions share is closed where they meet.
    shared = copy.deepcopy(made["$defs"]["decision"])
    shared.pop("unevaluatedProperties")
    made["$defs"]["open_decision"] = shared
    made["$defs"]["answer"]["allOf"][0] = {"$ref": "#/$defs/open_decision"}
    return jsonschema.Draft202012Validator(made)


def mistakes(doc):
    """Where a document is not as the schema says."""
    # As it is written and read again: what JSON cannot hold must not hide here.
    return [
        "%s: %s" % (list(error.absolute_path), error.message[:200])
        for top in strict().iter_errors(json.loads(json.dumps({"portcullis_audit": doc})))
        for error in [top, *(top.context or [])]
    ]


def small(words=None):
    """Two hosts, and one that was not reached."""
    made = fleets.make_fleet(20, words=words)
    made["hosts"] = made["hosts"][:2] + made["hosts"][19:]
    return made


def test_the_schema_is_one():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("words", [None, fleets.HOSTILE])
def test_the_documents_of_a_fleet_are_as_the_schema_says(words):
    made = small(words)
    assert mistakes(made) == []
    for host in made["hosts"]:
        assert mistakes(host) == []


def test_a_host_of_which_nothing_could_be_read_is_as_the_schema_says():
    failed = {"failed": True, "msg": "no Python"}
    assert mistakes(fleet([document("web1", fleets.TIME, failed)], ["web1", "gone"], fleets.TIME)) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda doc: doc.update(surprise=1),
        lambda doc: doc.pop("time"),
        lambda doc: doc["hosts"][0].update(surprise=1),
        lambda doc: doc["hosts"][0].pop("access"),
        lambda doc: doc["hosts"][0]["access"][0].pop("clients"),
        lambda doc: doc["hosts"][0]["access"][0].update(surprise=1),
        lambda doc: doc["hosts"][0]["access"][0].update(access="maybe"),
        lambda doc: doc["hosts"][0]["services"][0].update(enforced_by="tcpd"),
        lambda doc: doc["hosts"][2].update(services=[]),
    ],
)
def test_what_is_otherwise_is_seen(spoil):
    made = small()
    spoil(made)
    assert mistakes(made) != []
