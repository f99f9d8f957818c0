# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A library of /etc/ld.so.preload that answers in libwrap's place, for every program of the host (ld.so(8))."""

import re
from typing import List

from ..._host.errors import HostError
from ..._host.files.files import list_folder, read
from ..._host.files.root import Root
from ..._host.system.linker_folders import expanded_folders
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
        if any(_may_answer(root, path) for path in _expanded(root, name)):
            return "%s loads %s before libwrap, so which tables are asked is not known" % (PRELOAD, printable(name))
    return ""


def _expanded(root: Root, path: str) -> List[str]:
    """A path without $LIB, which may be one of several names of folders (ld.so(8)); $ORIGIN stays."""
    if "$" not in path:
        return [path]
    names = [name for folder in ("/lib", "/usr/lib") for name in _names(root, folder) if "-linux-" in name]
    return [one for bits in (64, 32) for one in expanded_folders(path, "$ORIGIN", bits, names)]


def _names(root: Root, folder: str) -> List[str]:
    try:
        return list_folder(root, folder)
    except HostError:
        return []


def _may_answer(root: Root, path: str) -> bool:
    if not path.startswith("/"):
        return "libwrap" in path  # it is looked for in the folders of the system
    if "$" in path:
        return True  # $PLATFORM
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
