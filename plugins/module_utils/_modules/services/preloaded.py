# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A library of /etc/ld.so.preload that answers in libwrap's place, for every program of the host (ld.so(8))."""

import re

from ..._host.errors import HostError
from ..._host.files.files import read
from ..._host.files.root import Root
from ..._libwrap.printable import printable
from .listener import Listener
from .loading import PRELOAD

_MAX_LIST = 64 * 1024
_MAX_LIBRARY = 16 * 1024 * 1024
_ANSWERS = (b"\0hosts_access\0", b"\0hosts_ctl\0", b"\0request_init\0")  # what daemons call of libwrap


def why_of_preloaded(root: Root) -> str:
    """Why it is not known which libwrap answers on a host; empty where the list names nothing that has its functions."""
    try:
        data = read(root, PRELOAD, _MAX_LIST).data
    except HostError as exc:
        return printable(str(exc))
    text = re.sub(r"#.*", "", (data or b"").decode("utf-8", "surrogateescape"))
    for name in sorted(set(re.split(r"[\s:]+", text)) - {""}):
        if _may_answer(root, name):
            return "%s loads %s before libwrap, so which tables are asked is not known" % (PRELOAD, printable(name))
    return ""


def _may_answer(root: Root, path: str) -> bool:
    if not path.startswith("/"):
        return "libwrap" in path  # it is looked for in the folders of the system
    try:
        state = read(root, path, _MAX_LIBRARY)
    except HostError:
        return True
    return state.kind not in ("missing", "dangling") and (
        state.data is None or any(name in state.data for name in _ANSWERS)
    )


def held_where_preloaded(service: Listener, why: str) -> Listener:
    """The service as it is, or one of which it is not known who asks."""
    if not why or not service.askers:
        return service
    remedy = "Take the library out of %s, and restart what was started with it." % PRELOAD
    return service._replace(askers=None, evidence="%s, but %s" % (service.evidence, why), remedy=remedy)
