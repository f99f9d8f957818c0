# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The golden answers: what eleven libwrap builds said, read from the packed files in vectors/ (README.md)."""

import json
import lzma
import pathlib
from typing import Any, Dict, Iterator, List, NamedTuple, Optional, Tuple

HERE = pathlib.Path(__file__).resolve().parent
VECTORS = HERE / "vectors"
PROBES = HERE.parent / "unit" / "plugins" / "module_utils" / "_libwrap" / "fixtures" / "probes.json"
DIALECTS = (
    "debian",
    "upstream",
    "upstream-classic",
    "redhat",
    "el7",
    "el6",
    "suse15",
    "suse12",
    "freebsd",
    "netbsd",
    "macos",
)

#: access, table, line and, unless the build's answer without side effects was not kept, actions
Answer = Tuple[Any, ...]
#: table, line (0 or None: the file's end), text
Warned = Tuple[Optional[str], Optional[int], str]


class Case(NamedTuple):
    """Two tables and the requests that were asked about them."""

    id: str
    feature: str
    allow: Optional[str]
    deny: Optional[str]
    files: Dict[str, str]
    netgroups: Dict[str, List[str]]
    requests: List[Dict[str, Any]]
    live: List[Answer]
    dry: List[Answer]
    warned: List[Warned]


class Expansion(NamedTuple):
    id: str
    template: str
    request: Dict[str, Any]
    dialect: str
    result: str
    warnings: List[str]


class Fault(NamedTuple):
    dialect: str
    fault: str
    allow: Optional[str]
    deny: Optional[str]
    requests: List[Dict[str, Any]]
    answers: List[Answer]
    warned: List[Warned]


def columns(name: str) -> List[List[Any]]:
    """A packed file: one JSON list a line, each a column of the table of cases."""
    with lzma.open(str(VECTORS / (name + ".xz")), "rt", encoding="ascii") as lines:
        return [json.loads(line) for line in lines]


def answer(row: List[Any]) -> Answer:
    """An answer as stored: the actions are left out where there are none."""
    return (row[0], row[1], row[2], row[3] if len(row) > 3 else [])


def cases(dialect: str) -> Iterator[Case]:
    """Every case of a dialect.

    Dry answers were kept where any differs in access, table or line (only aclexec does that); elsewhere these three are the live ones.
    """
    for case, feature, allow, deny, files, netgroups, requests, live, dry, warned in zip(*columns(dialect)):
        live_answers = [answer(row) for row in live]
        dry_answers = [answer(row) for row in dry] if dry else [row[:3] for row in live_answers]
        yield Case(
            case,
            feature,
            allow,
            deny,
            files,
            netgroups,
            requests,
            live_answers,
            dry_answers,
            [tuple(row) for row in warned],
        )


def expansions() -> Iterator[Expansion]:
    """Every template with each dialect's expansion."""
    for case, template, request, results in zip(*columns("expand")):
        for dialects, result, warnings in results:
            for dialect in dialects:
                yield Expansion(case, template, request, dialect, result, warnings)


def faults() -> Iterator[Fault]:
    """Tables that cannot be opened or never end."""
    for dialect, fault, allow, deny, requests, answers, warned in zip(*columns("faults")):
        yield Fault(
            dialect, fault, allow, deny, requests, [answer(row) for row in answers], [tuple(row) for row in warned]
        )


def probes() -> Iterator[Tuple[str, Case]]:
    """The questions asked by hand, live only: dialect and case. The unit tests keep them."""
    for probe in json.loads(PROBES.read_text(encoding="ascii")):
        for dialects, row, *warned in probe["answers"]:
            for dialect in dialects.split():
                yield (
                    dialect,
                    Case(
                        probe["id"],
                        probe["label"],
                        probe["allow"],
                        probe["deny"],
                        probe.get("files", {}),
                        probe.get("netgroups", {}),
                        [probe["request"]],
                        [answer(row)],
                        [],
                        [tuple(line) for lines in warned for line in lines],
                    ),
                )
