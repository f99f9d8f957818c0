# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""The documents of a fleet's hosts, joined."""

from __future__ import annotations

import json
from typing import Any

from .host import SCHEMA as HOST_SCHEMA
from .host import document
from .schema import Misfit, fit, shape

SCHEMA = "portcullis.tcp_wrappers audit fleet 3"


def fleet(documents: list[dict], names: list[str], time: str, evidence: dict | None = None) -> dict:
    """The fleet's document: every host of ``names`` in that order, those without a document as not reached.

    :param documents: hosts' documents (host.document); ``time``: when the audit ended, in UTC. One that is none becomes
        an error of its host.
    :param evidence: how the audit was made (evidence.evidence).
    """
    known = {
        document["host"]: document
        for document in documents
        if isinstance(document, dict) and isinstance(document.get("host"), str)
    }
    hosts = [as_document(known[name], name, time) if name in known else unreached(name, time) for name in names]
    return dict(heading(time, evidence), hosts=hosts)


def heading(time: str, evidence: dict | None = None) -> dict:
    """The fleet's document without its hosts."""
    return {"schema": SCHEMA, "time": time, "evidence": evidence}


def unreached(name: str, time: str) -> dict:
    """The document of a host that was not reached."""
    return {"schema": HOST_SCHEMA, "host": name, "time": time, "reachable": False}


def as_document(found: Any, name: str, time: str) -> dict:
    """What was found in the place of a host's document; where that is none, an error of the host."""
    try:
        if isinstance(found, dict) and found.get("host") == name:
            return fit(found, shape("host"), name)
        raise Misfit("it is about another host")
    except (Misfit, RecursionError) as error:
        made = document(name, time, {})
        made["errors"]["document"] = "what this host answered is no report: %s" % error
        return made


def read_previous(found: Any) -> dict | None:
    """The fleet's document of an earlier report, of the text of its file or what that holds; None where it is none, or
    of another version.
    """
    try:
        written = json.loads(found) if isinstance(found, str) else found
        return fit(written["portcullis_audit"], shape("fleet"), "fleet.json")
    except (KeyError, TypeError, ValueError, RecursionError):
        return None
