# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The benchmark's figures as text for a terminal and as the page docs/benchmarks.md."""

import platform
import subprocess
import time
from typing import List

from .section import Section, Table, Target

HEAD = """\
<!--
Copyright: (c) 2026, The portcullis.tcp_wrappers authors
GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

Written by `make bench-fleet`, one section by `make bench-enforce`; a change here is lost with their next run.
-->

# Benchmarks

%s

"""


#: The section that another benchmark writes; it stands before the one on what tcpd costs.
ENFORCED = "The same policy in nftables"
_AFTER_IT = "## What tcpd itself costs"


def enforced_of(text: str) -> str:
    """The section of a page that `make bench-enforce` wrote, or nothing."""
    _before, head, rest = text.partition("## %s\n" % ENFORCED)
    return head + rest[: rest.find(_AFTER_IT)] if head else ""


def with_enforced(text: str, section: str) -> str:
    """A page with that section, and everything else as it is."""
    old = enforced_of(text)
    if old:
        return text.replace(old, section.rstrip("\n") + "\n\n")
    before, head, rest = text.partition(_AFTER_IT)
    return before + (section.rstrip("\n") + "\n\n" if section else "") + head + rest


def machine() -> str:
    """The machine, the programs and the day, in one sentence."""
    processors = subprocess.run(["nproc"], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout.strip()
    memory = next(line.split()[1] for line in open("/proc/meminfo") if line.startswith("MemTotal"))
    return (
        "Measured on %s by `make bench-fleet` on a machine with %s processors and %d GiB: %s, ansible-core 2.21 on the controller, modules on "
        "Python %s. Every ratio is of figures taken in turn in the same run."
        % (
            time.strftime("%Y-%m-%d"),
            processors,
            int(memory) // 1048576,
            platform.platform(),
            platform.python_version(),
        )
    )


def as_text(section: Section) -> str:
    """A section for the terminal."""
    parts = [section.title, "=" * len(section.title), ""]
    for table in section.tables:
        rows = [table.columns] + table.rows
        widths = [max(len(row[column]) for row in rows) for column in range(len(table.columns))]
        for row in rows:
            parts.append(
                "  ".join(
                    [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
                ).rstrip()
            )
        parts.append("")
    return "\n".join(parts + [_said(target) for target in section.targets] + [""])


def as_markdown(section: Section) -> str:
    """A section of the page."""
    parts = ["## " + section.title, "", section.intro.strip(), ""]
    for table in section.tables:
        parts += _table(table) + [""]
    if section.targets:
        parts += _table(
            Table(
                ["Held to", "Seen", "Limit", ""],
                [
                    [
                        target.name,
                        _figure(target.figure, target),
                        ("at least " if target.floor else "at most ") + _figure(target.limit, target),
                        "met" if target.met else "**not met**",
                    ]
                    for target in section.targets
                ],
            )
        ) + [""]
    if section.outro:
        parts += [section.outro.strip(), ""]
    return "\n".join(parts)


def page(sections: List[Section]) -> str:
    """The whole of docs/benchmarks.md."""
    return HEAD % machine() + "\n".join(as_markdown(section) for section in sections)


def _table(table: Table) -> List[str]:
    return [
        "| " + " | ".join(row) + " |"
        for row in [table.columns, ["---"] + ["---:"] * (len(table.columns) - 1)] + table.rows
    ]


def _figure(figure: float, target: Target) -> str:
    return "%.4g %s" % (figure, target.unit)


def _said(target: Target) -> str:
    return "%-8s %s: %s (%s %s)" % (
        "met" if target.met else "NOT MET",
        target.name,
        _figure(target.figure, target),
        "at least" if target.floor else "at most",
        _figure(target.limit, target),
    )
