# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user's file system that stops answering: FUSE in a mount namespace of its own, and processes whose program, library and /etc are on it.

`python silent_mount.py FOLDER USER`, as root: what a user reaches by a user namespace and an overlay over FUSE is mounted here in one step, for not every
machine lets users have namespaces. It prints the number of a process that maps a library there, that of one that listens and whose program is there, that of
one that maps the library in a chroot, where its list of mounts is empty, and the port, and goes on
until its standard input ends, PATIENCE seconds at most. From then on whoever asked is answered with an error.
"""

import ctypes
import mmap
import os
import pathlib
import select
import signal
import socket
import stat
import struct
import sys

LIBC = ctypes.CDLL(None, use_errno=True)
NEW_NAMESPACE, BIND, PRIVATE = 0x20000, 0x1000, 0x44000
FOLDER, FILE = 1, 2
LOOKUP, GETATTR, OPEN, READ, STATFS, INIT, OPENDIR = 1, 3, 14, 15, 17, 26, 27
QUIET = (2, 18, 25, 29, 36, 42)  # forget, release, flush and the like
NO_SUCH_CALL = -38
PATIENCE = 100


def mount(source, target, kind, flags, data=""):
    """mount(2)."""
    if LIBC.mount(source.encode(), str(target).encode(), kind.encode(), flags, data.encode()):
        raise OSError(ctypes.get_errno(), "mount of %s at %s" % (source, target))


class Silent:
    """A file system in which every name is one program, until it is told to be silent."""

    def __init__(self, device, program):
        self.device, self.program, self.silent = device, program, False

    def attributes(self, inode):
        """struct fuse_attr."""
        mode = stat.S_IFDIR | 0o755 if inode == FOLDER else stat.S_IFREG | 0o755
        return struct.pack("<6Q10I", inode, len(self.program), 0, 0, 0, 0, 0, 0, 0, mode, 1, 0, 0, 0, 4096, 0)

    def serve(self):
        """Answer one request, or leave it where it is."""
        data = os.read(self.device, 1 << 20)
        _length, code, number, inode = struct.unpack_from("<IIQQ", data)
        if code in QUIET or self.silent:
            return
        answer = self.answer(code, inode, data[40:])
        status = answer if isinstance(answer, int) else 0
        body = b"" if status else answer
        os.write(self.device, struct.pack("<IiQ", 16 + len(body), status, number) + body)

    def answer(self, code, inode, body):
        """The bytes of an answer, or an error's number."""
        if code == INIT:
            return struct.pack("<IIIIHHII8I", 7, 31, 65536, 0, 16, 12, 65536, 1, *[0] * 8)
        if code == LOOKUP:
            return struct.pack("<4Q2I", FILE, 0, 0, 0, 0, 0) + self.attributes(FILE)
        if code == GETATTR:
            return struct.pack("<Q2I", 0, 0, 0) + self.attributes(inode)
        if code in (OPEN, OPENDIR):
            return struct.pack("<Q2I", 1, 0, 0)
        if code == READ:
            _handle, start, size = struct.unpack_from("<QQI", body)
            return self.program[start : start + size]
        if code == STATFS:
            return struct.pack("<5Q10I", 1000, 500, 500, 10, 10, 4096, 255, 4096, *[0] * 7)
        return NO_SUCH_CALL


def map_library(folder, user, bound, jail, told):
    """A process of the user's with a library of the silent file system in its memory; in a chroot where there is one."""
    bound.close()
    descriptor = os.open(str(folder / "libwrap.so.0"), os.O_RDONLY)
    mapped = mmap.mmap(descriptor, 4096, mmap.MAP_PRIVATE, mmap.PROT_READ)
    if jail:
        os.chroot(str(jail))
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.write(told, b".")
    signal.pause()
    mapped.close()


def listen(folder, user, bound, told):
    """A process of the user's whose program is on the silent file system, and which listens."""
    bound.set_inheritable(True)
    os.setresgid(user, user, user)
    os.setresuid(user, user, user)
    os.set_inheritable(told, False)  # its end tells that the program was started
    os.execv(str(folder / "libwrap.so.0"), ["sshd: user@pts/0", "1000"])


def start(function, *arguments):
    """Run a function in a process of its own; returns its number once it tells."""
    ready, told = os.pipe()
    child = os.fork()
    if not child:
        os.close(ready)
        try:
            function(*arguments, told)
        finally:
            os._exit(1)
    os.close(told)
    os.read(ready, 1)
    os.close(ready)
    return child


def main(folder, user):
    """Mount, start the processes, be silent, and end when nobody listens any more."""
    signal.alarm(PATIENCE)  # nothing else ends whoever waits for an answer
    os.setgroups([])
    if LIBC.unshare(NEW_NAMESPACE):
        raise OSError(ctypes.get_errno(), "unshare")
    mount("none", "/", "", PRIVATE)
    place = folder / "silent"
    place.mkdir()
    jail = folder / "jail"
    jail.mkdir()
    os.mknod(str(folder / "fuse"), stat.S_IFCHR | 0o600, os.makedev(10, 229))
    device = os.open(str(folder / "fuse"), os.O_RDWR)
    mount("fuse", place, "fuse", 0, "fd=%d,rootmode=40755,user_id=0,group_id=0,allow_other" % device)
    server = Silent(device, pathlib.Path("/bin/sleep").read_bytes())
    ended, end = os.pipe()
    worker = os.fork()
    if not worker:  # it asks what the other one answers
        os.close(device)
        os.close(ended)
        bound = socket.create_server(("127.0.0.1", 0))
        # the descriptor is there: neither needs a path below /etc from now on
        mount(str(place), "/etc", "", BIND)
        children = [start(map_library, place, user, bound, None), start(listen, place, user, bound)]
        children.append(start(map_library, place, user, bound, jail))
        print(*children, bound.getsockname()[1], flush=True)
        bound.close()
        os.write(end, b".")
        os.read(0, 1)
        for child in children:
            os.kill(child, signal.SIGKILL)
        os._exit(0)
    while True:
        ready = select.select([device, ended] if not server.silent else [device, 0], [], [])[0]
        if ended in ready:
            server.silent = True
        elif 0 in ready and server.silent:
            return
        elif device in ready:
            server.serve()


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]), int(sys.argv[2]))
