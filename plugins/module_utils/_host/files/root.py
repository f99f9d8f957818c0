# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The folder that everything on a host is read below: `/`, an image, a chroot, or the demo's tree."""

import errno
import os
import stat
from typing import Callable, List, NamedTuple, Optional, TypeVar

from ..errors import HostError
from .unasked import O_PATH, look
from .way import FOLDER_FLAGS, MAX_LINKS, TRIES, Changed, Way, split

#: Where changes wait to be confirmed: beside the tables, on storage that survives a reboot, and on a running host never
#: below /run.
PENDING_FOLDER = "/etc/.portcullis.tcp_wrappers"

Found = TypeVar("Found")


class Location(NamedTuple):
    real_path: str  # outside path, links followed; where a missing file would be made
    exists: bool
    through_link: bool  # the last name was a symbolic link


class Root:
    """A folder taken as the root of a file system, as chroot(2) would take it.

    Links and `..` never lead out of it: an absolute link starts again at this root, and `..` at the root stays there.
    """

    def __init__(self, path: str = "/") -> None:
        """Raises HostError where `path` is not an existing folder given as an absolute path, where a link of somebody
        else leads to it, or where links or a mount lead to the host's own root.
        """
        if not path.startswith("/") or "\0" in path:
            raise HostError("root %r is not an absolute path: write it from / on." % (path,))
        self.path = _real_path(path)
        if not os.path.isdir(self.path):
            raise HostError("root %s is not a folder: name the folder that holds the image's etc." % path)
        self.is_host = self.path == "/"
        if self.is_host and os.path.normpath(path).strip("/"):
            raise HostError("root %s leads to / by a link: write / for the running host." % path)
        info = os.stat(self.path)
        self._folder = (info.st_dev, info.st_ino)
        if not self.is_host and os.path.samestat(info, os.stat("/")):
            raise HostError("root %s is / once more, by a mount: write / for the running host." % path)

    def __repr__(self) -> str:
        return "Root(%r)" % self.path

    def outside(self, parts: List[str]) -> str:
        """Join names below the root into a path of the running system; nothing is resolved."""
        return os.path.join(self.path, *parts)

    def inside(self, real_path: str) -> str:
        """The path of a resolved file as the host that lives in this root would write it."""
        if self.is_host:
            return real_path
        if real_path == self.path:
            return "/"
        if not real_path.startswith(self.path + "/"):
            raise HostError("%s is not below the root %s." % (real_path, self.path))
        return real_path[len(self.path) :]

    def reach(self, path: str, use: Callable[[Way], Found]) -> Found:
        """What `use` makes of the way of `path`, every link of which is followed within the root; again where what is on
        it changes meanwhile. Raises OSError as the kernel would (ELOOP, ENOTDIR, EACCES, ENAMETOOLONG), and Changed
        where that does not end.
        """
        for left in reversed(range(TRIES)):
            try:
                with Way(self._open(), path, self.path) as way:
                    return use(way)
            except Changed:
                if not left:
                    raise
        raise AssertionError(TRIES)

    def locate(self, path: str) -> Location:
        """Where the way of `path` leads. Raises OSError as reach() does."""
        return self.reach(path, self.location)

    def location(self, way: Way) -> Location:
        """Where a way leads."""
        return Location(self.outside(way.names + way.missing), way.info is not None, way.through_link)

    def resolve(self, path: str) -> str:
        """The outside path that `path` really is, links followed; of a missing file, where it would be made.

        Raises HostError for a path that is not absolute, a loop of links, a file used as a folder, or a folder that
        may not be searched.
        """
        try:
            return self.locate(path).real_path
        except OSError as exc:
            raise HostError(
                "%s cannot be reached: %s. Look at its links and folders."
                % (self.outside(split(path)), os.strerror(exc.errno or 0))
            )

    def open_folder(self, real_path: str) -> int:
        """A descriptor of an already resolved folder, opened name by name without following links.

        A link that somebody puts into the path after it was resolved is refused (ELOOP or ENOTDIR), so a race cannot
        lead out of the root.
        """
        parts = split(self.inside(real_path))
        descriptor = self._open(last=not parts)
        for position, part in enumerate(parts):
            try:
                deeper = _open_one(part, descriptor, last=position == len(parts) - 1)
            finally:
                os.close(descriptor)
            descriptor = deeper
        return descriptor

    def _open(self, last: bool = False) -> int:
        """A descriptor of the root itself."""
        descriptor = _open_one(self.path, None, last)
        info = os.fstat(descriptor)
        if (info.st_dev, info.st_ino) != self._folder:
            os.close(descriptor)
            raise OSError(errno.ELOOP, "another folder took the place of root during the run", self.path)
        return descriptor


def _real_path(path: str) -> str:
    """Where an absolute path leads. Raises HostError for a link that belongs to neither root nor this user: it may lead
    somewhere else tomorrow, and where its owner likes.
    """
    pending = split(path)[::-1]
    done = "/"
    links = 0
    while pending:
        part = pending.pop()
        here = os.path.dirname(done) if part == ".." else os.path.join(done, part)
        try:
            info = os.lstat(here)
        except OSError:
            return os.path.realpath(os.path.join(here, *pending[::-1]))
        if not stat.S_ISLNK(info.st_mode):
            done = here
            continue
        links += 1
        if links > MAX_LINKS:
            return path  # no folder, as stat(2) will say
        if info.st_uid not in (0, os.geteuid()):
            raise HostError(
                "root %s is behind the link %s, which belongs to user %d and may lead anywhere: name the folder itself, "
                "and look where it is." % (path, here, info.st_uid)
            )
        target = os.readlink(here)
        done = "/" if target.startswith("/") else done
        pending.extend(split("/" + target)[::-1])
    return done


def _open_one(name: str, folder: Optional[int], last: bool) -> int:
    """Open one folder to search it, the last one to list and sync it too where that is allowed."""
    if O_PATH is None:
        return os.open(name, os.O_RDONLY | FOLDER_FLAGS, dir_fd=folder)
    descriptor = look(name, folder, os.O_DIRECTORY)
    if not last:
        return descriptor
    try:
        opened = os.open(".", os.O_RDONLY | FOLDER_FLAGS, dir_fd=descriptor)
    except PermissionError:
        return descriptor
    os.close(descriptor)
    return opened
