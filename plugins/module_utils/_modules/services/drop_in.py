# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the drop-in of sshd is what decides: another file may stand before it."""

import os
from typing import List, Optional, Sequence

from ..._backends import sshd
from ..._host.files.reading import list_folder, read
from ..._host.files.root import Root
from ..._host.system.commands import find_program
from ..._host.system.processes import sees_file
from ..._host.system.ssh_program import other_configurations
from ..._host.system.ssh_start import SshStart, ssh_starts
from ..._libwrap.printable import printable


def overruled(root: Root) -> List[str]:
    """What other files of sshd say of refusals before the drop-in is read, in words."""
    folder, _slash, ours = sshd.DROPIN.rpartition("/")
    names = [name for name in list_folder(root, folder) if name.endswith(".conf") and name < ours]
    found = []
    for path in [sshd.CONFIG] + ["%s/%s" % (folder, name) for name in names]:
        line = sshd.earlier_refusal((read(root, path).data or b"").decode("utf-8", "replace"))
        if line is not None:
            found.append(
                "line %d of %s sets RefuseConnection before %s is read, and sshd takes the first value: remove that "
                "line, or let nftables enforce sshd's rules" % (line, path, sshd.DROPIN)
            )
    return found


def unread(root: Root, ports: Sequence[int]) -> Optional[str]:
    """Why an ssh server that listens at one of these TCP ports does not read the drop-in for every client, with the
    remedy; None where all do. In an image, and where no server listens, sshd's own configuration tells.
    """
    starts = ssh_starts(ports) if root.is_host else []
    if not starts:
        return _not_included(root, sshd.CONFIG)
    return next((why for why in (_unread_by(root, start) for start in starts) if why is not None), None)


def _unread_by(root: Root, start: SshStart) -> Optional[str]:
    """What keeps one server that runs from the drop-in."""
    server = "process %d (%s)" % (start.process.pid, start.process.command)
    if sees_file(start.process, sshd.CONFIG) is False:
        return "%s sees other files than this host's (a container or a chroot): manage it there" % server
    program = find_program("sshd")
    if program is not None and start.process.executable not in (None, program, os.path.realpath(program)):
        return (
            "%s runs %s, and the drop-in is for %s, whose release and configuration may be others. Let nftables enforce "
            "sshd's rules" % (server, printable(start.process.executable or ""), program)
        )
    named = other_configurations(program) if program is not None and start.config is None else []
    if named:
        return "%s was built to read %s, and not %s. Let nftables enforce sshd's rules" % (
            server,
            printable(" or ".join(named)),
            sshd.CONFIG,
        )
    config = sshd.CONFIG if start.config is None else start.config
    if start.options is None or not config.startswith("/"):
        return "%s: the options that it was started with cannot be read. Let nftables enforce sshd's rules" % server
    for option in start.options:
        if sshd.earlier_refusal(option) is not None:
            return (
                "%s was started with -o RefuseConnection, which comes before every file: start it without, or let "
                "nftables enforce sshd's rules" % server
            )
    why = _not_included(root, config)
    if why is None or start.config is None:
        return why
    return "%s was started with -f %s. %s" % (server, config, why[:1].upper() + why[1:])


def _not_included(root: Root, config: str) -> Optional[str]:
    return sshd.include_problem((read(root, config).data or b"").decode("utf-8", "replace"), config)
