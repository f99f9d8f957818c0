# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""Host text for people's eyes."""

from __future__ import annotations


def plain(text) -> str:
    """The text in one line, with everything escaped that cannot be printed.

    Line ends and marks that turn the direction of text too: none of it may pretend to be something else where it is shown.
    """
    return "".join(char if char.isprintable() else "\\u%04x" % ord(char) for char in str(text))
