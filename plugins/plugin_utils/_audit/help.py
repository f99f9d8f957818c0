# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""Where the documentation tells of a kind of finding."""

from __future__ import annotations

from urllib.parse import quote

from .plain import plain

INFORMATION = "https://github.com/portcullis/tcp_wrappers"
_DOCS = INFORMATION + "/blob/main/docs/"
_PAGES = {
    "coverage": "guides/coverage.md#findings",
    "integrity": "guides/integrity.md#findings",
    None: "guides/audit.md",
}


def help_of(code: str | None, part: str | None) -> str:
    """The address of what is documented of a code: a rule's finding has a section of its own, the others stand in a
    table of their part's guide.

    :param part: the part of a host's document that has the finding; None where the audit itself says it.
    """
    return _DOCS + (_PAGES.get(part) or "findings.md#%s" % quote(plain(code or "")))
