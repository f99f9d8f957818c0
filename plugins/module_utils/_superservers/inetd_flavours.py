# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""In what the readers of inetd.conf differ. Measured on the programs; FreeBSD's from its source."""

from typing import Dict, NamedTuple, Optional

from .text import Quoting


class Flavour(NamedTuple):
    """How one inetd reads its file.

    `blanks` part the words; `quoting` holds a word together; `continues`: a next line that starts with a blank belongs
    to this one; `line_limit` (bytes with the line feed) is where it cuts a line off; `indented_comments`: `#` starts a
    comment after blanks too; `default_address`: `ADDRESS:` alone on a line is no service; `own_check`: it can ask
    libwrap itself, for argv[0] as written.
    """

    blanks: str
    quoting: Quoting
    continues: bool
    line_limit: Optional[int]
    indented_comments: bool
    default_address: bool
    own_check: bool


FLAVOURS: Dict[str, Flavour] = {
    "openbsd": Flavour(" \t", Quoting(), True, 1023, False, True, True),
    "inetutils": Flavour(" \t\r", Quoting("\"'", True, True), False, None, False, False, False),
    "freebsd": Flavour(" \t", Quoting("\"'"), True, 1023, False, False, True),
    "xinetd": Flavour(" \t", Quoting(), False, None, True, False, False),
}
