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

SCHEMA = "portcullis.tcp_wrappers audit fleet 2"


def fleet(documents: list[dict], names: list[str], time: str, sources: list[str] | None = None) -> dict:
    """The fleet's document: every host of ``names`` in that order, those without a document as not reached.

    :param documents: hosts' documents (host.document); ``time``: when the audit ended, in UTC. One that is none becomes an error of its host.
    :param sources: the host that each document came from, where that is known: one about another host is an error of the host that it came from.
    """
    if sources is None:
        known = {
            document["host"]: document
            for document in documents
            if isinstance(document, dict) and isinstance(document.get("host"), str)
        }
    else:
        known = dict(zip(sources, documents))
    hosts = [
        _read(known[name], name, time)
        if name in known
        else {"schema": HOST_SCHEMA, "host": name, "time": time, "reachable": False}
        for name in names
    ]
    return {"schema": SCHEMA, "time": time, "hosts": hosts}


def read_previous(found: Any) -> dict | None:
    """The fleet's document of an earlier report, of the text of its file or what that holds; None where it is none, or of another version."""
    try:
        written = json.loads(found) if isinstance(found, str) else found
        return fit(written["portcullis_audit"], shape("fleet"), "fleet.json")
    except (KeyError, TypeError, ValueError, RecursionError):
        return None


def _read(found: Any, name: str, time: str) -> dict:
    try:
        read = fit(found, shape("host"), name)
        if read["host"] != name:
            raise Misfit("it is about another host")
        return read
    except (Misfit, RecursionError) as error:
        made = document(name, time, {}, [])
        made["errors"]["document"] = "what this host answered is no report: %s" % error
        return made
