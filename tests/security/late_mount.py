# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user's file system that never answers, mounted on the host when a run has begun.

`python late_mount.py FOLDER USER`, as root, in a mount namespace of its own. It asks, as modules do, before the mount and behind it, and prints the answers.
"""

import ctypes
import importlib
import json
import os
import pathlib
import signal
import stat
import sys

from silent_mount import LIBC, NEW_NAMESPACE, PRIVATE, Silent, mount

HOST = "ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host."
PATIENCE = 30


def ask(root, place):
    """What is said of a file, of a folder and of a program in the user's folder."""
    host = importlib.import_module(HOST + "files.root").Root(root)
    state = importlib.import_module(HOST + "files.reading").read(host, str(place / "bin" / "tool"))
    told = [state.kind, state.errno]
    try:
        os.close(host.open_folder(str(place / "bin")))
        told.append("opened")
    except OSError as exc:
        told.append(exc.errno)
    only_roots = importlib.import_module(HOST + "system.mappings").only_roots
    return told + [only_roots(str(place / "bin")), only_roots(str(place / "bin" / "tool"))]


def main(folder, user):
    """Ask, mount, ask again."""
    signal.alarm(PATIENCE)
    if LIBC.unshare(NEW_NAMESPACE):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", "", PRIVATE)
    place = folder / "home"
    (place / "bin").mkdir(parents=True)
    (place / "bin" / "tool").write_text("x")
    before = ask("/", place)
    os.mknod(str(folder / "fuse"), stat.S_IFCHR | 0o600, os.makedev(10, 229))
    device = os.open(str(folder / "fuse"), os.O_RDWR)
    mount("fuse", place / "bin", "fuse", 0, "fd=%d,rootmode=40755,user_id=%d,group_id=0,allow_other" % (device, user))
    Silent(device, b"").serve()  # the first request alone, which the kernel makes itself
    worker = os.fork()
    if not worker:  # whoever asks there waits until the device is closed, which its parent does after some seconds
        os.close(device)
        print(json.dumps([before, ask("/", place)]), flush=True)
        os._exit(0)
    signal.alarm(PATIENCE)
    os.waitpid(worker, 0)


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
