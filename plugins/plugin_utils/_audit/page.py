# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""The page: markup, style and script, files of their own, and the data joined to one file that loads nothing."""

from __future__ import annotations

import os

_FOLDER = os.path.join(
    os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))),
    "roles",
    "audit",
    "files",
)


def page(data: str) -> str:
    """The whole page.

    :param data: JSON that can stand inside a script element (view.page_data).
    """
    markup = _read("page.html")
    for mark, text in (("@STYLE@", _read("page.css")), ("@SCRIPT@", _read("page.js")), ("@DATA@", data)):
        before, _mark, after = markup.partition(mark)
        markup = before + text + after
    return markup


def _read(name: str) -> str:
    with open(os.path.join(_FOLDER, name), encoding="utf-8") as stream:
        return stream.read()
