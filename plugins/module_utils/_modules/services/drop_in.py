# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the drop-in of sshd is what decides: another file may stand before it."""

from typing import List

from ..._backends import sshd
from ..._host.files.reading import list_folder, read
from ..._host.files.root import Root


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
