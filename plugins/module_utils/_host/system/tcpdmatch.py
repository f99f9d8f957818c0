# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The host's own tcpdmatch, asked as a dry run about copies of the tables."""

import os
import re
import shutil
import tempfile
from typing import NamedTuple, Optional

from ..._libwrap.lookups import Unreadable
from ..._libwrap.request import Request
from .commands import find_program, run
from ..errors import HostError
from ..lookups import TableText
from ..files.root import Root


class TcpdmatchAnswer(NamedTuple):
    access: Optional[str]  # granted, denied, delegated; None: not comparable
    reason: Optional[str]  # why it is not comparable


MAX_SECONDS = 20.0
_ACCESS = re.compile(rb"^access:\s+(granted|denied|delegated)\s*$", re.MULTILINE)


def ask_tcpdmatch(root: Root, allow: TableText, deny: TableText, request: Request) -> TcpdmatchAnswer:
    """What tcpdmatch of the running host says to `request` by these two tables; compare it with a dry run of the
    engine.

    tcpdmatch looks every name up by itself, knows no ports and no failed comparison of name and address: such a
    request is not comparable. Nothing is executed and the host's own tables are not touched. Raises TooSlow where
    tcpdmatch hangs, as with a FIFO of somebody's in the place of a file of hosts, and HostError where it cannot be started.
    """
    reason = _not_comparable(root, allow, deny, request)
    if reason:
        return TcpdmatchAnswer(None, reason)
    program = find_program("tcpdmatch")
    if program is None:
        return TcpdmatchAnswer(None, "the host has no tcpdmatch")
    folder = tempfile.mkdtemp(prefix="portcullis.")
    try:
        for name, text in (("hosts.allow", allow), ("hosts.deny", deny), ("inetd.conf", b"")):
            if isinstance(text, bytes):
                _write(os.path.join(folder, name), text)
        daemon = request.daemon + ("@" + request.server_address if request.server_address else "")
        client = (request.user + "@" if request.user else "") + (request.address or "unknown")
        result = run([program, "-d", "-i", "inetd.conf", daemon, client], timeout=MAX_SECONDS, folder=folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    answers = set(_ACCESS.findall(result.output))
    if len(answers) != 1:
        message = result.errors.decode("utf-8", "backslashreplace").strip().splitlines()
        return TcpdmatchAnswer(
            None, "tcpdmatch gave no answer%s" % (": " + ascii(message[-1])[1:-1] if message else "")
        )
    return TcpdmatchAnswer(answers.pop().decode("ascii"), None)


def _not_comparable(root: Root, allow: TableText, deny: TableText, request: Request) -> Optional[str]:
    if not root.is_host:
        return "tcpdmatch of an image is not run"
    if isinstance(allow, Unreadable) or isinstance(deny, Unreadable):
        return "a table that cannot be read cannot be handed to tcpdmatch"
    if request.hostname is not None or request.server_hostname is not None:
        return "tcpdmatch looks names up by itself"
    if request.paranoid or request.server_paranoid:
        return "tcpdmatch cannot be told that name and address disagree"
    if request.server_port is not None or request.client_port is not None:
        return "tcpdmatch knows no ports"
    texts = [request.daemon, request.user or "", request.address or "", request.server_address or ""]
    if request.daemon.startswith("-") or any("@" in text or "\0" in text for text in texts) or not request.daemon:
        return "tcpdmatch cannot be given these names"
    for text in (allow, deny):
        if isinstance(text, bytes) and b"aclexec" in text.replace(b"\\\n", b"").lower():
            return "the tables hold aclexec, whose outcome a dry run does not know"
    return None


def _write(path: str, text: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text)
    except OSError as exc:
        raise HostError("cannot write %s for tcpdmatch: %s." % (path, os.strerror(exc.errno or 0)))
