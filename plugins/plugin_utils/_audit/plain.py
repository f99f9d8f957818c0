# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""Host text for people's eyes."""

from __future__ import annotations

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.printable import printable


def plain(text) -> str:
    """The text in one line, with everything escaped that cannot be printed.

    Line ends and marks that turn the direction of text too: none of it may pretend to be something else where it is
    shown.
    """
    return printable(str(text))
