# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What one part of the benchmark saw: tables of figures, what they are held to, and words about them."""

from typing import List, NamedTuple


class Table(NamedTuple):
    columns: List[str]
    rows: List[List[str]]  # ready to print


class Target(NamedTuple):
    """A figure and its limit. ``floor``: the figure must not be less; else it must not be more."""

    name: str
    figure: float
    limit: float
    floor: bool = False
    unit: str = "times"

    @property
    def met(self) -> bool:
        return self.figure >= self.limit if self.floor else self.figure <= self.limit


class Section(NamedTuple):
    title: str
    intro: str  # Markdown, one paragraph or more: what was measured, and how
    tables: List[Table]
    targets: List[Target] = []
    outro: str = ""  # Markdown: what the figures say
