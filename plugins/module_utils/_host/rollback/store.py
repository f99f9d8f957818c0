# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The folder of pending changes.

The state of a change is the name of its record: TOKEN.pending becomes TOKEN.confirmed or TOKEN.rolledback by one rename, so exactly one
of the two happens, whoever comes first.
"""

import errno
import fcntl
import json
import os
import stat
from typing import Any, Dict, List, Optional, Tuple

from .descriptors import FOLDER_FLAGS, NEW_FLAGS, is_in, open_folder, read_all, unlink, write_all
from .host_lock import HELD
from .names import CONFIRMED, OURS, PENDING, STATES, TOKEN
from .record import check_record, with_names


class Refused(Exception):
    """Something that stands where our own things should be is not ours; nothing of it was touched."""


class Store:
    """The folder of pending changes, held open. Only the effective user may be able to write in it, or Refused is
    raised. `swept`: whoever changed the modes of what is in /etc does not keep a change from being undone, as long as
    nobody else may write here.

    Raises FileNotFoundError where there is none.
    """

    def __init__(self, path: str, new: bool = False, swept: bool = False) -> None:
        self.path = path
        self.swept = swept
        self.parent = open_folder(os.path.dirname(path))
        self.descriptor = -1
        try:
            try:
                self.descriptor = os.open(os.path.basename(path), FOLDER_FLAGS, dir_fd=self.parent)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EACCES):
                    raise Refused(refusal(path, "a link, or no folder, or closed to this user"))
                raise
            if new:
                os.fchmod(self.descriptor, 0o700)
            info = os.fstat(self.descriptor)
            if info.st_uid != os.geteuid() or not self._has_mode(info, 0o700):
                raise Refused(
                    refusal(path, "a folder of user %d with mode %04o" % (info.st_uid, stat.S_IMODE(info.st_mode)))
                )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Give the descriptors back; harmless when that was done."""
        for descriptor in (self.descriptor, self.parent):
            if descriptor >= 0:
                os.close(descriptor)
        self.descriptor = self.parent = -1

    def _has_mode(self, info: os.stat_result, wanted: int) -> bool:
        mode = stat.S_IMODE(info.st_mode) & 0o777
        return not mode & 0o022 if self.swept else mode == wanted

    def names(self) -> List[str]:
        """All names in it."""
        return sorted(os.listdir(self.descriptor))

    def has(self, name: str) -> bool:
        """Whether the name is there, whatever it is."""
        return is_in(name, self.descriptor)

    def open(self, name: str, flags: int) -> int:
        """A descriptor of one of our files. Raises Refused where it is not a regular file of this user with mode 0600
        and one name, FileNotFoundError where it is not there or goes meanwhile.
        """
        try:
            descriptor = os.open(
                name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=self.descriptor
            )
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise Refused(refusal("%s/%s" % (self.path, name), "not a regular file"))
            raise
        info = os.fstat(descriptor)
        seen = (stat.S_ISREG(info.st_mode), info.st_uid, self._has_mode(info, 0o600), info.st_nlink)
        if not info.st_nlink:  # whose it was may remove it at any time
            os.close(descriptor)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "%s/%s" % (self.path, name))
        if seen != (True, os.geteuid(), True, 1):
            os.close(descriptor)
            raise Refused(
                refusal(
                    "%s/%s" % (self.path, name),
                    "of user %d with mode %04o and %d names" % (info.st_uid, stat.S_IMODE(info.st_mode), info.st_nlink),
                )
            )
        return descriptor

    def read(self, name: str) -> bytes:
        """The bytes of one of our files."""
        descriptor = self.open(name, os.O_RDONLY)
        try:
            return read_all(descriptor)
        finally:
            os.close(descriptor)

    def write(self, name: str, data: bytes) -> None:
        """A complete, synced file or none."""
        self.unlink(name + ".new")
        descriptor = os.open(name + ".new", NEW_FLAGS, 0o600, dir_fd=self.descriptor)
        try:
            os.fchmod(descriptor, 0o600)
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(name + ".new", name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def unlink(self, name: str) -> None:
        """Remove a name, if it is there and is one of ours."""
        if OURS.match(name):
            unlink(name, self.descriptor)

    def sync(self) -> None:
        """Make the names survive a power cut."""
        os.fsync(self.descriptor)

    def remove(self) -> None:
        """Remove the folder; not while another change waits in it."""
        try:
            os.rmdir(os.path.basename(self.path), dir_fd=self.parent)
        except OSError:
            return

    def changes(self) -> List[Tuple[str, str]]:
        """(token, state) of every recorded change."""
        split = [name.rpartition(".") for name in self.names()]
        return [(token, state) for token, _dot, state in split if state in STATES and TOKEN.match(token)]

    def state(self, token: str) -> Optional[str]:
        """The state of a change; None where nothing is left of it."""
        for _attempt in range(2):  # it may get its verdict between two looks
            for state in STATES:
                if self.has(token + "." + state):
                    return state
        return None

    def settle(self, token: str, verdict: str, known: bool = False) -> bool:
        """Give the one verdict on a pending change; False where it has one already. Raises Refused where its record is
        not ours; one that is known was read before. Only what is confirmed waits for the disk: what must be undone is
        undone after a power cut, too.
        """
        try:
            if not known:
                self.record(token, PENDING)
            os.rename(
                token + "." + PENDING, token + "." + verdict, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor
            )
        except FileNotFoundError:
            return False
        if verdict == CONFIRMED:
            self.sync()
        return True

    def record(self, token: str, state: str) -> Dict[str, Any]:
        """The record of a change, checked. Raises Refused where it cannot be one of ours."""
        path = "%s/%s.%s" % (self.path, token, state)
        try:
            record = json.loads(self.read(token + "." + state).decode("ascii"))
            check_record(record)
            return with_names(record, lambda name: os.fsdecode(name.encode("latin-1")))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Refused(refusal(path, "no record of a change (%s)" % error))

    def watched(self, token: str) -> bool:
        """Whether the watchdog of a change lives: it holds the lock of its file as long as it does. Raises OSError where
        the file system has no locks (NFS without lockd: ENOLCK): then nobody can tell.
        """
        try:
            descriptor = self.open(token + ".watchdog", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in HELD:
                raise
            return True
        finally:
            os.close(descriptor)
        return False

    def mark_settled(self, token: str) -> None:
        """Tell the watchdog, who holds this file open, that the record goes in good order: a time needs no room on a
        full file system.
        """
        try:
            os.utime(token + ".watchdog", (0, 0), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return

    def tidy(self) -> None:
        """Remove what a run left that died before it had a record; only under the lock, and only names of ours."""
        tokens = set(token for token, _state in self.changes())
        for name in self.names():
            match = OURS.match(name)
            if match and match.group("token") not in tokens:
                self.unlink(name)
        self.remove()


def refusal(path: str, what: str) -> str:
    """The sentence for something that is not what this program made."""
    return (
        "%s is %s. It should be a folder with mode 0700 with files with mode 0600, made by this collection and of the "
        "user who runs it" % (path, what)
    )
