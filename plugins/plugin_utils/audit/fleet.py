# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents of a fleet's hosts, joined."""

from __future__ import annotations

from .host import SCHEMA as HOST_SCHEMA

SCHEMA = "portcullis.tcp_wrappers audit fleet 1"


def fleet(documents: list[dict], names: list[str], time: str) -> dict:
    """The fleet's document: every host of ``names`` in that order, those without a document as not reached.

    :param documents: hosts' documents (host.document); ``time``: when the audit ended, in UTC.
    """
    known = {document["host"]: document for document in documents}
    hosts = [known.get(name) or {"schema": HOST_SCHEMA, "host": name, "time": time, "reachable": False} for name in names]
    return {"schema": SCHEMA, "time": time, "hosts": hosts}
