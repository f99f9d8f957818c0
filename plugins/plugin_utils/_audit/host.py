# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""The document that the answers of an audited host become. Runs on the controller, reads and writes nothing."""

from __future__ import annotations

import json
from typing import Any

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.questions import about, question_id
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import (
    check_assertions,
    describe,
)

from .parts import REFUSALS, WITH_FINDINGS, dialect_of, read_parts
from .plain import plain
from .schema import fit, shape

#: The shape of a host's document; the number rises when a reader of the old shape would misread the new one.
SCHEMA = "portcullis.tcp_wrappers audit host 3"
#: The most characters of a document as JSON. Every form of the report is made of the documents of all hosts. One of a
#: host with 1,000 rules has some 100,000 characters, and a table of 100,000 lines some 5 million.
LONGEST = 8 * 1024 * 1024
#: The part of a document that each kind of failure looks at for findings.
PART_OF = {"findings": "tables", "coverage": "coverage", "integrity": "integrity"}


def document(
    host: str, time: str, result: Any, assertions: list[dict] | None = None, clients: list[dict] | None = None
) -> dict:
    """One host's document from what tcpd_audit_info returned there, of LONGEST characters at most.

    :param host: its name in the inventory; ``time``: when, in UTC.
    :param result: the module's result; what failed is told under ``errors``, and so is what makes it too long.
    :param assertions: what must hold; ``clients``: the groups of clients that every daemon was asked about.
    """
    made = _document(host, time, result, assertions or [], clients or [])
    size = len(json.dumps(made))
    if size <= LONGEST:
        return made
    told = "this host's document has %d characters, and may have %d at most" % (size, LONGEST)
    tables = {key: dict(one, lines=None) if isinstance(one, dict) else one for key, one in made["tables"].items()}
    short = dict(made, tables=tables, errors=dict(made["errors"]))
    if len(json.dumps(short)) <= LONGEST:
        short["errors"]["tables"] = "the lines of the tables are left out: %s. Set audit_keep_rules: false." % told
        return short
    return _document(host, time, {"failed": True, "msg": told + ". Nothing of it is used."}, [], [])


def _document(host: str, time: str, result: Any, assertions: list[dict], clients: list[dict]) -> dict:
    """The document, of any length."""
    read, errors = read_parts(result)
    held: list[dict] = []
    access: list[dict] = []
    if "answers" not in errors:
        try:
            held = _held(read["answers"], assertions)
            access = _access(read["answers"], clients, read["coverage"].get("services") or [])
        except (TaskError, ValueError) as error:
            held, access, errors["answers"] = [], [], plain(error)
    integrity, tables = read["integrity"], read["tables"]
    return {
        "schema": SCHEMA,
        "host": host,
        "time": time,
        "reachable": True,
        "dialect": dialect_of(result),
        "tables": {key: tables[key] for key in ("rules", "allow", "deny") if key in tables},
        "services": read["coverage"].get("services") or [],
        "kernel": read["coverage"].get("kernel") or [],
        "findings": {part: read[part].get("findings") or [] for part in WITH_FINDINGS},
        "more_findings": {part: read[part].get("more_findings") or [] for part in WITH_FINDINGS},
        "integrity": {"files": integrity.get("files") or [], "sockets": integrity.get("sockets")},
        "refusals": {key: read["refusals"].get(key) for key in REFUSALS},
        "assertions": held,
        "access": access,
        "errors": errors,
    }


def _held(answers: list[dict], assertions: list[dict]) -> list[dict]:
    """The answer to each assertion, with the question in words. Raises ValueError where one is missing or is to another
    question.
    """
    known = {answer["id"]: answer for answer in answers if answer["clients"] is None}
    words = [describe(assertion) for assertion in check_assertions(assertions, "assertions")]
    found = []
    for assertion, told in zip(assertions, words):
        answer = known.get(question_id(None, assertion))
        if answer is None:
            raise ValueError("this host did not answer the question about %s" % told)
        _must_fit(answer, assertion)
        found.append(dict(answer, asked=_asked(told)))
    if len(known) > len({answer["id"] for answer in found}):
        raise ValueError("this host gave answers to questions that it was not asked")
    return found


def _access(answers: list[dict], clients: list[dict], services: list[dict]) -> list[dict]:
    """The answers about groups of clients. Raises ValueError for one that was not asked for, and where one is missing."""
    groups = {group["name"]: group for group in clients}
    found: dict[tuple, dict] = {}
    for answer in answers:
        name, daemon = answer["clients"], answer["daemon"]
        if name is None:
            continue
        question = about(groups[name], daemon) if name in groups else None
        if question is None or not daemon or answer["id"] != question_id(name, question):
            raise ValueError("this host gave answers to questions that it was not asked")
        _must_fit(answer, question)
        told = describe(check_assertions([question], "clients")[0])
        found[daemon, name] = dict(answer, asked=_asked(told))
    for daemon in sorted({service["daemon"] for service in services if service["daemon"]}):
        missing = [name for name in groups if (daemon, name) not in found]
        if missing:
            raise ValueError("this host did not answer the question about %s and the clients %s" % (daemon, missing[0]))
    return list(found.values())


def _asked(told: str) -> str:
    """A question in words; one with many exceptions is cut as every text of a document."""
    return fit(told, shape("decision", "asked"), "asked")


def _must_fit(answer: dict, question: dict) -> None:
    if answer["expect"] != question.get("expect") or answer["daemon"] != question["daemon"]:
        raise ValueError("this host's answers are not those to the questions that it was asked")


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
    for kind in PART_OF:
        if kind in fail_on:
            told += ["%s: %s" % (host, sentence) for sentence in sentences(doc, kind)]
    return told


def sentences(doc: dict, kind: str) -> list[str]:
    """What is wrong in the part of a host's document that a kind of failure, a key of PART_OF, looks at."""
    found = doc["findings"][PART_OF[kind]]
    if kind == "coverage":
        # what users start for themselves is told, and fails no run
        users = {service["name"] for service in doc["services"] if not service["daemon"]}
        wanted = ("unenforced", "unreadable-tables")
        return [one["message"] for one in found if one["code"] in wanted and one.get("service") not in users]
    return [one["message"] for one in found if one["severity"] == "error"]


def asked_of(decision: dict) -> str:
    """What a decision was asked about, in words; of a document that does not say it, its request."""
    return decision.get("asked") or _about(decision)


def unmet(decision: dict) -> str:
    """What is wrong with a decision that does not meet its assertion, in words; where a network was asked about, the
    counterexample is named.
    """
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
