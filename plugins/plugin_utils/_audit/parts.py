# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What tcpd_audit_info answered on one host, as far as it is what the module answers; the rest becomes an error of its part."""

from __future__ import annotations

from typing import Any

from .plain import plain
from .schema import Misfit, fit, shape

PARTS = ("coverage", "tables", "integrity", "refusals", "answers")
WITH_FINDINGS = ("tables", "coverage", "integrity")
REFUSALS = (
    "count",
    "forged",
    "first",
    "last",
    "since",
    "by_daemon",
    "by_client",
    "by_day",
    "other_clients",
    "refusals",
    "sources",
    "problems",
)
# How much of a host's own words an error repeats.
_LONGEST = 2000
_WRONG = "this host's answer is none that the module gives: %s"


def read_parts(result: Any) -> tuple[dict[str, Any], dict[str, str]]:
    """What a document takes over of the module's result, by part, and for each part without values what is wrong with it."""
    read: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for part in PARTS:
        values, error = _read_part(part, result)
        read[part] = values
        if error is not None:
            wrong[part] = error
    return read, wrong


def _read_part(part: str, result: Any) -> tuple[Any, str | None]:
    """What one part says, or nothing and a sentence."""
    empty: Any = [] if part == "answers" else {}
    if not isinstance(result, dict) or not result:
        return empty, "it did not run" if not result else "its result is no mapping"
    told = result.get("errors")
    if part not in result:
        message = told.get(part) if isinstance(told, dict) else result.get("msg")
        return empty, plain(message[:_LONGEST]) if isinstance(message, str) and message else "it did not run"
    try:
        return _fit_part(part, result[part]), None
    except Misfit as error:
        return empty, _WRONG % error
    except RecursionError:
        return empty, _WRONG % "it is nested too deeply"


def dialect_of(result: Any) -> str | None:
    """The build that the tables were read as; None where the host does not say it."""
    told = result.get("dialect") if isinstance(result, dict) else None
    return fit(plain(told), shape("host", "dialect"), "dialect") if isinstance(told, str) else None


def _fit_part(part: str, value: Any) -> Any:
    if part == "answers":
        return fit(_asked(value), shape("host", "access"), part)
    if not isinstance(value, dict):
        raise Misfit("%s is no mapping" % part)
    shapes = _shapes(part)
    missing = [key for key in shapes if key not in value]
    if missing:
        raise Misfit("%s has no %s" % (part, ", ".join(missing)))
    return {key: fit(value[key], node, "%s.%s" % (part, key)) for key, node in shapes.items()}


def _shapes(part: str) -> dict[str, Any]:
    """The keys of a part that go into a document, and what they must be."""
    if part == "refusals":
        return {key: shape("refusals", key) for key in REFUSALS}
    found = {key: shape("host", key, part) for key in ("findings", "more_findings")}
    if part == "coverage":
        return dict(found, services=shape("host", "services"), kernel=shape("host", "kernel"))
    if part == "tables":
        return dict(found, **{key: shape("host", "tables", key) for key in ("rules", "allow", "deny")})
    return dict(found, files=shape("host", "integrity", "files"), sockets=shape("host", "integrity", "sockets"))


def _asked(value: Any) -> Any:
    """Answers with the key that a document adds to them."""
    if not isinstance(value, (list, tuple)):
        return value
    return [dict(item, asked=None) if isinstance(item, dict) else item for item in value]
