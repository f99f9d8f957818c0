# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons that ask libwrap by the name that they were started under: argv[0], which a link or a copy changes.

Measured on Debian 11 and 12: `ln -s sshd /usr/sbin/sshd-ext`, started so, asks as sshd-ext. On 13 sshd-session asks,
always as sshd.
"""

import re
from typing import Sequence, Tuple

from ..._host.system.libraries import Linkage
from .listener import OwnCheck

_TITLE = re.compile(r"([^\s/:]+): ")  # sshd writes its arguments over: "sshd-ext: /usr/sbin/sshd-ext -D [listener] ..."
_PLAIN = re.compile(r"(?:[^\s:]*/)?([^\s/:]+)\Z")


def names_by_argv0(check: OwnCheck, link: Linkage, arguments: Sequence[str]) -> Tuple[str, ...]:
    """The names that a process asks under, or would. `arguments`: with argv[0]."""
    known = check.known
    if known.named_by or not known.links or not arguments:
        return check.names
    if known.daemon == "sshd":
        found = (_TITLE.match(arguments[0]) or _PLAIN.match(arguments[0])) if link.libwrap else None
        return check.names if found is None else (found.group(1),)
    plain = _PLAIN.match(arguments[0])
    if known.daemon is not None or plain is None or plain.group(1) in check.names:
        return check.names
    return (plain.group(1),) + check.names  # its program's name: which of the two is not known of each
