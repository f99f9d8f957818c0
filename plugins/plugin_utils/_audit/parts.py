# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What the five modules answered on one host, as far as it is what they answer; the rest becomes an error of that part."""

from __future__ import annotations

from typing import Any

from .plain import plain
from .schema import Misfit, fit, shape

PARTS = ("coverage", "tables", "integrity", "refusals", "answers")
# How much of a host's own words an error repeats.
_LONGEST = 2000


def read_part(part: str, result: Any) -> tuple[dict[str, Any], str | None]:
    """What a document takes over of a module's result, and what is wrong with it: nothing, or a sentence and no values."""
    if not isinstance(result, dict) or not result:
        return {}, "it did not run" if not result else "its result is no mapping"
    if not _worked(part, result):
        message = result.get("msg")
        return {}, plain(message[:_LONGEST]) if isinstance(message, str) and message else "it did not run"
    shapes = _shapes(part)
    missing = [key for key in shapes if key not in result and key != "dialect"]
    try:
        if missing:
            raise Misfit("it has no %s" % ", ".join(missing))
        return {key: fit(_asked(part, result[key]), node, key) for key, node in shapes.items() if key in result}, None
    except Misfit as error:
        return {}, "this host's answer is none that the module gives: %s" % error
    except RecursionError:
        return {}, "this host's answer is none that the module gives: it is nested too deeply"


def _worked(part: str, result: dict) -> bool:
    if part == "answers":
        return "decisions" in result
    return not result.get("failed") and "msg" not in result


def _shapes(part: str) -> dict[str, Any]:
    """The keys of a module's result that go into a document, and what they must be."""
    findings = {"findings": {"type": "array", "items": shape("finding")}}
    if part == "coverage":
        return dict(
            findings,
            dialect=shape("host", "dialect"),
            services=shape("host", "services"),
            kernel=shape("host", "kernel"),
        )
    if part == "tables":
        return dict(
            findings, dialect=shape("host", "dialect"), tables=shape("host", "tables"), rules=shape("host", "rules")
        )
    if part == "integrity":
        return dict(findings, files=shape("host", "integrity", "files"), sockets=shape("host", "integrity", "sockets"))
    if part == "refusals":
        return {key: shape("refusals", key) for key in ("count", "first", "last", "by_daemon", "by_client", "refusals")}
    return {"decisions": {"type": "array", "items": shape("decision")}}


def _asked(part: str, value: Any) -> Any:
    """Decisions with the key that a document adds to them."""
    if part != "answers" or not isinstance(value, (list, tuple)):
        return value
    return [dict(item, asked=None) if isinstance(item, dict) else item for item in value]
