# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Write the table of daemons into docs/daemons.md, from what the code knows of them.

usage: python3 tests/tools/daemons_page.py
"""

import importlib
import sys
from typing import Any, List

import paths

PAGE = paths.ROOT / "docs" / "daemons.md"
PLUGINS = paths.ROOT / "plugins"
BEGIN, END = "<!-- table: tests/tools/daemons_page.py -->\n", "<!-- end of the table -->\n"


def known_daemons() -> Any:
    """The module with the table, without Ansible: nothing that it imports leaves module_utils."""
    if str(PLUGINS) not in sys.path:
        sys.path.insert(0, str(PLUGINS))
    return importlib.import_module("module_utils._host.system.known_daemons")


def name_of(row: Any) -> str:
    """The name that a rule must have."""
    if row.daemon:
        return "`%s`" % row.daemon
    return "of its configuration" if row.named_by else "its program's"


def untold_of(row: Any) -> str:
    """What the row's programs do not tell libwrap of a connection."""
    requests = importlib.import_module("module_utils._host.system.daemon_requests")
    found = requests.UNTOLD.get(row.programs[0], ())
    return "never tells libwrap %s" % " or ".join(found) if found else ""


def line_of(row: Any) -> str:
    """One row of the page."""
    when = row.asks
    if row.switch is not None:
        when += ": " + row.switch.remedy.rstrip(".").replace("|", "\\|")
    if row.accepted_alone:
        when += "; not when a super-server starts it"
    if row.partly:
        when += ": " + row.partly
    if row.opening is not None:
        when += "; with -%s it %s" % (row.opening.letter, row.opening.partly.replace(" (-%s)" % row.opening.letter, ""))
    cells = [
        ", ".join("`%s`" % name for name in row.programs),
        row.package or "none",
        name_of(row),
        when,
        "; ".join(part for part in (row.note, untold_of(row)) if part),
        row.how,
    ]
    return "| %s |" % " | ".join(cells)


def table() -> str:
    """The whole table."""
    lines: List[str] = [
        "| Program | Debian's package | Asks as | When | Remarks | Found out |",
        "|---|---|---|---|---|---|",
    ]
    lines += [line_of(row) for row in known_daemons().documented_rows()]
    return "\n".join(lines) + "\n"


def page(text: str) -> str:
    """The page with the table as it must be."""
    before, begin, rest = text.partition(BEGIN)
    _old, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit("%s has lost the lines that the table stands between." % PAGE)
    return before + begin + "\n" + table() + "\n" + end + after


def main() -> None:
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
