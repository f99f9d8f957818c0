# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether what a change has made is still there when a new connection is to confirm it: else that one has proved something
else.
"""

import hashlib
from typing import Any, List, Optional, Sequence

from ..._backends.access_list import Enforced
from ..._host.rollback.clocks import boot_id
from ..._host.system.connection import Connection, plain_address
from ..._libwrap.analysis.ranges import contains, position_of

_MACHINE_ID = "/etc/machine-id"
_FIRST_PROCESS = "/proc/1/stat"


def digest_of(data: Optional[bytes]) -> str:
    """What a file holds, for replaced_since; "" for none."""
    return "" if data is None else hashlib.sha256(data).hexdigest()


def replaced_since(written: Any) -> List[str]:
    """The tables that another program has replaced while the change waited, by what they held then (digest_of)."""
    found = []
    for path, digest in sorted(written.items()) if isinstance(written, dict) else ():
        try:
            with open(path, "rb") as stream:
                now_there: Optional[bytes] = stream.read()
        except FileNotFoundError:
            now_there = None
        except OSError:
            continue
        if digest_of(now_there) != digest:
            found.append(path)
    return found


def filter_is_missed(connection: Optional[Connection]) -> str:
    """Why a connection proves nothing about the new filter, "" where it may: `reloaded`, as somebody has taken the filter
    out of the kernel, where it is loaded again; `gap`, as the filter refuses the client of a connection that is open, which
    then came in while the filter was away for a moment.

    Both are told by one listing of the kernel: between two of them the filter may come and go.
    """
    from ..._backends import boot, nftables
    from ..._host.system.enforcers import nft_listing, nft_load, nft_text

    listing = nft_listing()
    reading = None if listing is None else nftables.read(listing)
    if nft_text() == b"" if reading is None else not reading.there:
        nft_load(boot.RULES)
        return "reloaded"
    enforced = () if reading is None else reading.enforced
    return "gap" if connection is not None and connection.open and _refuses(enforced, connection) else ""


def _refuses(enforced: Sequence[Enforced], connection: Connection) -> bool:
    place = position_of(plain_address(connection.address))
    return place is not None and any(
        one.protocol == "tcp" and connection.server_port in one.ports and contains(one.refused, place)
        for one in enforced
    )


def host_mark(token: str) -> str:
    """A text that another host does not have (machine-id(5)), and that tells nobody which one it is; "" where the host
    has none.
    """
    try:
        with open(_MACHINE_ID, "rb") as stream:
            identity = stream.read(64).strip()
    except OSError:
        return ""
    return digest_of(identity + token.encode("ascii", "replace"))[:32] if identity else ""


def start_mark() -> str:
    """A text that another start of the host does not have, nor one of a container: its boot, and when its first process began."""
    try:
        with open(_FIRST_PROCESS, "rb") as stream:
            began = stream.read(4096).rpartition(b")")[2].split()[19].decode("ascii", "replace")
    except (OSError, IndexError):
        began = ""
    return "%s %s" % (boot_id(), began)


def is_another_host(mark: Any, token: str) -> bool:
    """Whether a mark of host_mark() is another host's; False where one of both has none."""
    here = host_mark(token)
    return isinstance(mark, str) and mark != "" and here != "" and mark != here
