# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What an audited host is asked, and the document that its answers become. Runs on the controller, reads and writes nothing."""

from __future__ import annotations

import re

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import (
    check_assertions,
    describe,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError

from .parts import PARTS, read_part
from .plain import plain

#: The shape of a host's document; the number rises when a reader of the old shape would misread the new one.
SCHEMA = "portcullis.tcp_wrappers audit host 2"

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_WILDCARDS = frozenset(("all", "known", "unknown", "local", "paranoid", "except"))


def daemons_of(coverage: dict, tables: dict) -> list[str]:
    """The daemons that libwrap may be asked for on a host: those of its services and those its rules name, sorted. What is no name is passed over."""
    found = {
        service["daemon"]
        for service in _mappings(coverage, "services")
        if isinstance(service.get("daemon"), str) and service["daemon"]
    }
    for rule in _mappings(tables, "rules"):
        words = rule.get("daemons")
        found.update(
            word
            for word in (words if isinstance(words, (list, tuple)) else ())
            if isinstance(word, str) and _NAME.match(word) and word.lower() not in _WILDCARDS
        )
    return sorted(found)


def questions(coverage: dict, tables: dict, clients: list[dict]) -> list[dict]:
    """Every daemon for every group of clients: mappings with ``clients`` (the group's name), ``daemon`` and ``assertion``.

    Raises ValueError for a group without a name or without address and network.
    """
    for group in clients:
        if not group.get("name") or not (group.get("address") or group.get("network")):
            raise ValueError("a group of clients needs a name, and an address or a network: %r" % (group,))
    asked = []
    for daemon in daemons_of(coverage, tables):
        for group in clients:
            assertion = {key: value for key, value in group.items() if key != "name"}
            asked.append({"clients": group["name"], "daemon": daemon, "assertion": dict(assertion, daemon=daemon)})
    return asked


def document(host: str, time: str, parts: dict, asked: list[dict], assertions: list[dict] | None = None) -> dict:
    """One host's document from the results of the modules.

    :param host: its name in the inventory; ``time``: when, in UTC.
    :param parts: the results by the names of PARTS; what failed is told under ``errors``.
    :param asked: what ``questions`` returned; the answers to it are the last ones of ``parts["answers"]``.
    :param assertions: what must hold; the answers to it come first.
    """
    read = {part: read_part(part, parts.get(part)) for part in PARTS}
    results = {part: values for part, (values, _wrong) in read.items()}
    errors = {part: wrong for part, (_values, wrong) in read.items() if wrong}
    decisions = []
    if "answers" not in errors:
        try:
            decisions = _answered(
                results["answers"]["decisions"], [*(assertions or []), *(item["assertion"] for item in asked)]
            )
        except (TaskError, ValueError) as error:
            errors["answers"] = plain(error)
    first = len(decisions) - len(asked) if decisions else 0
    return {
        "schema": SCHEMA,
        "host": host,
        "time": time,
        "reachable": True,
        "dialect": results["tables"].get("dialect") or results["coverage"].get("dialect"),
        "tables": results["tables"].get("tables") or {},
        "rules": results["tables"].get("rules") or [],
        "services": results["coverage"].get("services") or [],
        "kernel": results["coverage"].get("kernel") or [],
        "findings": {part: results[part].get("findings") or [] for part in ("tables", "coverage", "integrity")},
        "integrity": {"files": results["integrity"].get("files") or [], "sockets": results["integrity"].get("sockets")},
        "refusals": {
            key: results["refusals"].get(key)
            for key in ("count", "first", "last", "by_daemon", "by_client", "refusals")
        },
        "assertions": decisions[:first],
        "access": [
            dict(decision, clients=question["clients"], daemon=question["daemon"])
            for question, decision in zip(asked, decisions[first:])
        ],
        "errors": errors,
    }


def _answered(decisions: list[dict], asked: list[dict]) -> list[dict]:
    """Each decision with its question in words. Raises ValueError where they are no answers to these questions."""
    if len(decisions) != len(asked):
        raise ValueError("this host gave %d answers to %d questions" % (len(decisions), len(asked)))
    words = [describe(assertion) for assertion in check_assertions(asked, "assertions")]
    for decision, assertion in zip(decisions, asked):
        if decision["expect"] != assertion.get("expect"):
            raise ValueError("this host's answers are not those to the questions that it was asked")
    return [dict(decision, asked=told) for decision, told in zip(decisions, words)]


def failures(doc: dict, fail_on: list[str]) -> list[str]:
    """One sentence for each thing in a host's document that the run shall fail on."""
    return [plain(sentence) for sentence in _failures(doc, fail_on)]


def _failures(doc: dict, fail_on: list[str]) -> list[str]:
    host = doc["host"]
    if not doc["reachable"]:
        return ["%s was not reached" % host] if "unreachable" in fail_on else []
    told = []
    if "errors" in fail_on:
        told += ["%s: %s: %s" % (host, part, message) for part, message in sorted(doc["errors"].items())]
    if "assertions" in fail_on:
        for decision in doc["assertions"]:
            if decision.get("met") is False:
                told.append("%s: %s" % (host, unmet(decision)))
        if "answers" in doc["errors"] and "errors" not in fail_on:
            told.append("%s: the assertions could not be asked: %s" % (host, doc["errors"]["answers"]))
    for kind, part in (("findings", "tables"), ("integrity", "integrity")):
        if kind in fail_on:
            told += [
                "%s: %s" % (host, finding["message"])
                for finding in doc["findings"][part]
                if finding["severity"] == "error"
            ]
    if "coverage" in fail_on:
        told += [
            "%s: %s" % (host, finding["message"])
            for finding in doc["findings"]["coverage"]
            if finding["code"] in ("unenforced", "unreadable-tables")
        ]
    return told


def asked_of(decision: dict) -> str:
    """What a decision was asked about, in words; of a document that does not say it, its request."""
    return decision.get("asked") or _about(decision)


def unmet(decision: dict) -> str:
    """What is wrong with a decision that does not meet its assertion, in words; where a network was asked about, the counterexample is named."""
    about, asked = _about(decision), asked_of(decision)
    told = "%s is %s and must be %s" % (about, decision["access"], decision["expect"])
    return (
        told
        if asked == about
        else "%s must be %s, and %s is %s"
        % (asked, decision["expect"], decision["request"].get("address"), decision["access"])
    )


def _about(decision: dict) -> str:
    return "%s from %s" % (decision["request"].get("daemon"), decision["request"].get("address"))


def _mappings(result: dict, key: str) -> list[dict]:
    """The mappings in a list of a module's result."""
    value = result.get(key) if isinstance(result, dict) else None
    return [item for item in value if isinstance(item, dict)] if isinstance(value, (list, tuple)) else []
