# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether what a change has made is still there when a new connection is to confirm it: else that one has proved something
else.
"""

import hashlib
from typing import Any, List, Optional

_MACHINE_ID = "/etc/machine-id"


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


def load_missing_filter() -> bool:
    """Whether somebody has taken the new filter out of the kernel. It is loaded again: a connection without it proves
    nothing.
    """
    from ..._backends import boot
    from ..._host.system.enforcers import nft_load, nft_text

    if nft_text() != b"":
        return False
    nft_load(boot.RULES)
    return True


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


def is_another_host(mark: Any, token: str) -> bool:
    """Whether a mark of host_mark() is another host's; False where one of both has none."""
    here = host_mark(token)
    return isinstance(mark, str) and mark != "" and here != "" and mark != here
