# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The files of one commit: their new and old text under temporary names, and the renames.

Each folder is opened once, before anything is made, and everything is done below that descriptor: a folder that is
swapped meanwhile leads nowhere else.
"""

import errno
import os
import stat
from contextlib import ExitStack
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .attributes import apply_owner_and_mode, read_extended
from .backups import backup_name, make_backup, prune_backups
from .files import READ_LIMIT, FileChanged, FileState, explain, read
from .mounts import is_mount_point
from .pending import Target
from ..rollback.descriptors import overwrite, read_all, same_time, unlink_beside
from ..rollback.restoring import Owner, Step
from .root import Root
from .writing import complete, leftover_name


# a file as it shall be; `data` None: it goes; uid, gid, mode None: as they are, and of a new file the caller's own and
# 0600
class NewFile(NamedTuple):
    state: FileState  # as it was read
    data: Optional[bytes]
    uid: Optional[int]
    gid: Optional[int]
    mode: Optional[int]


# one rename of the way from the old files to the new ones: the number of the file, and what it holds then
class Move(NamedTuple):
    file: int
    data: Optional[bytes]


class Remains(NamedTuple):
    """What is left of the old files."""

    backup: Sequence[bool]  # of each file, whether a changed text is backed up
    backups: int  # of one file at most
    folders: Sequence[str]  # to be removed if they are empty when the change is settled
    second_names: bool  # whether the old file itself is kept under a second name until then


_CHANGED = "%s was changed by another program while the task ran: nothing was written; run the task again."
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


class Staging:
    """`with Staging(...) as staging:` the temporary files of one commit and what each is for; nothing is made before
    `prepare`.
    """

    def __init__(
        self,
        root: Root,
        files: Sequence[NewFile],
        there: Sequence[Move],
        back: Sequence[Move],
        remains: Remains,
    ) -> None:
        """Raises HostError where a folder cannot be opened, FileChanged where a file is gone."""
        self.root = root
        self.files = files
        self.current = files[0].state.path if files else "/"
        self.late: Dict[int, bytes] = {}  # what another program wrote to an old file after it was read
        self.temporary: Dict[Tuple[int, str], Tuple[Optional[bytes], bool]] = {}  # text, and whether it is a new one
        self.kept: Dict[int, str] = {}  # second names of the old files
        self.backups: Dict[int, str] = {}
        self._keep_backups = max(1, remains.backups)
        self._folders = remains.folders
        self._second_names = remains.second_names
        self._open: Dict[str, int] = {}
        self._old: Dict[int, int] = {}  # the old files, held open
        self._extended: Dict[int, Dict[str, bytes]] = {}
        try:
            for number, item in enumerate(files):
                self._look(number, item, remains.backup[number])
        except BaseException:
            self.close()
            raise
        self.forward = [(move, "" if move.data is None else self._plan(move, True)) for move in there]
        self._backward = [(move, self._plan_back(move)) for move in back]

    def __enter__(self) -> "Staging":
        return self

    def __exit__(self, *_error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Give the folders back."""
        for descriptors in (self._open, self._old):
            while descriptors:
                os.close(descriptors.popitem()[1])

    def targets(self) -> List[Target]:
        """What is recorded of each file."""
        return [
            Target(
                os.path.dirname(item.state.real_path),
                self._name(number),
                [name for other, name in self._temporaries() if other == number],
                self.backups.get(number, ""),
                self._keep_backups,
                os.path.dirname(item.state.real_path) in self._folders,
            )
            for number, item in enumerate(self.files)
        ]

    def steps(self) -> List[Step]:
        """What makes all files as they were, with what another program wrote since."""
        steps = []
        for move, beside in self._backward:
            item = self.files[move.file]
            data = self.late.get(move.file, move.data) if move.data == item.state.data else move.data
            steps.append(
                Step(
                    os.path.dirname(item.state.real_path),
                    self._name(move.file),
                    data,
                    self._owner(item),
                    self._extended.get(move.file, {}),
                    beside,
                    self.mounted(item),
                )
            )
        return steps

    def mounted(self, item: NewFile) -> bool:
        """Whether a file cannot be replaced by a rename."""
        return item.state.kind == "file" and is_mount_point(item.state.real_path)

    def prepare(self) -> None:
        """Keep the old files and write all new ones, complete and synced. Raises OSError."""
        with ExitStack() as times:
            for folder in self._open.values():
                times.enter_context(same_time(folder))
            self._make_temporaries()

    def _make_temporaries(self) -> None:
        for number, name in self.kept.items():
            self.current = self.files[number].state.path
            self._keep(number, name)
        for number, name in self.backups.items():
            self.current = self.files[number].state.path
            make_backup(self._folder(number), name, self.files[number].state.data or b"")
        for (number, name), (data, new) in sorted(self.temporary.items()):
            self.current = self.files[number].state.path
            self._fill(number, name, data or b"", new)
        for folder in self._open.values():
            os.fsync(folder)

    def refuse_changed(self) -> None:
        """Raise FileChanged where a file is not what was read."""
        for item in self.files:
            now = read(self.root, item.state.path, lines=READ_LIMIT)  # compared, not taken apart
            if (now.real_path, now.data) != (item.state.real_path, item.state.data):
                raise FileChanged(_CHANGED % item.state.path)

    def move(self, planned: Tuple[Move, str]) -> None:
        """One rename, synced. Raises OSError, also where the temporary name was taken away because the change was given
        up.
        """
        number, source = planned[0].file, planned[1]
        item, folder, name = self.files[number], self._folder(number), self._name(number)
        self.current = item.state.path
        if not source:
            os.unlink(name, dir_fd=folder)
        elif self.mounted(item):
            self._overwrite(folder, source, name, item)
        else:
            os.rename(source, name, src_dir_fd=folder, dst_dir_fd=folder)
        os.fsync(folder)

    def refuse_late_writes(self) -> None:
        """Raise FileChanged where a program that had the old file open has written to it after the check."""
        for number, descriptor in self._old.items():
            item = self.files[number]
            if self.mounted(item):
                continue
            os.lseek(descriptor, 0, os.SEEK_SET)
            data = read_all(descriptor)
            if data != item.state.data:
                self.late[number] = data
                raise FileChanged("%s was written by another program while it was replaced." % item.state.path)

    def remove_temporaries(self) -> None:
        """Remove all temporary names. Raises OSError."""
        for number, name in self._temporaries():
            unlink_beside(name, self._folder(number))

    def remove_backups(self) -> None:
        """Remove the backups of a change that was undone. Raises OSError."""
        for number, name in self.backups.items():
            unlink_beside(name, self._folder(number))

    def remove_folders(self) -> None:
        """Remove the folders that are to go with their last file."""
        for path in sorted(set(self._folders) & set(self._open)):
            try:
                parent = self.root.open_folder(os.path.dirname(path))
            except OSError:
                continue
            try:
                os.rmdir(os.path.basename(path), dir_fd=parent)
            except OSError:
                continue  # not empty
            finally:
                os.close(parent)

    def prune(self) -> None:
        """Keep only as many backups as the task wants."""
        for number in self.backups:
            prune_backups(self._folder(number), self._name(number), self._keep_backups)

    def backups_inside(self) -> List[str]:
        """The backups as the host in the root sees them."""
        return [
            self.root.inside(os.path.join(os.path.dirname(self.files[number].state.real_path), name))
            for number, name in self.backups.items()
        ]

    def _look(self, number: int, item: NewFile, backup: bool) -> None:
        """Open the folder of a file and the old file, and learn what belongs to the old file beside its text."""
        self.current = item.state.path
        path = os.path.dirname(item.state.real_path)
        try:
            if path not in self._open:
                self._open[path] = self.root.open_folder(path)
        except OSError as error:
            raise explain(error, "write", self.root, item.state.path)
        if item.state.kind != "file":
            return
        try:
            self._old[number] = os.open(self._name(number), _READ, dir_fd=self._folder(number))
        except OSError:
            raise FileChanged(_CHANGED % item.state.path)
        try:
            self._extended[number] = read_extended(self._old[number])
        except OSError as error:
            raise explain(error, "read the attributes of", self.root, item.state.path)
        if self._second_names:
            self.kept[number] = leftover_name(self._name(number))
        if backup and item.data != item.state.data:
            self.backups[number] = backup_name(self._name(number))

    def _plan(self, move: Move, new: bool) -> str:
        name = leftover_name(self._name(move.file))
        self.temporary[(move.file, name)] = (move.data, new)
        return name

    def _plan_back(self, move: Move) -> str:
        """The name that holds the text of a move back: the old file itself is kept under a second name."""
        if move.data is None:
            return ""
        if move.data == self.files[move.file].state.data:
            return self.kept.get(move.file, "")
        return self._plan(move, False)

    def _temporaries(self) -> List[Tuple[int, str]]:
        return sorted(self.temporary) + sorted(self.kept.items())

    def _name(self, number: int) -> str:
        return os.path.basename(self.files[number].state.real_path)

    def _folder(self, number: int) -> int:
        return self._open[os.path.dirname(self.files[number].state.real_path)]

    @staticmethod
    def _owner(item: NewFile) -> Owner:
        state = item.state
        if state.kind == "file" and state.uid is not None and state.gid is not None and state.mode is not None:
            return state.uid, state.gid, state.mode
        return os.geteuid(), os.getegid(), 0o600

    def _keep(self, number: int, name: str) -> None:
        """A second name of the old file; a copy where there can be none."""
        item, folder = self.files[number], self._folder(number)
        if not self.mounted(item):
            try:
                os.link(self._name(number), name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
                return
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EXDEV, errno.ENOSYS):
                    raise
        self._fill(number, name, item.state.data or b"", False)

    def _fill(self, number: int, name: str, data: bytes, new: bool) -> None:
        """Write a complete file with the owner, mode, ACL and label that it shall have."""
        item, folder = self.files[number], self._folder(number)
        wanted = (item.uid, item.gid, item.mode) if new else (None, None, None)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        descriptor = os.open(name, flags, 0o600, dir_fd=folder)
        try:
            complete(descriptor, data, folder, item.state, wanted)
        finally:
            os.close(descriptor)

    def _read(self, number: int, name: str) -> bytes:
        descriptor = os.open(name, _READ, dir_fd=self._folder(number))
        try:
            return read_all(descriptor)
        finally:
            os.close(descriptor)

    def _overwrite(self, folder: int, source: str, name: str, item: NewFile) -> None:
        """Write a file that is a mount in place."""
        number = self.files.index(item)
        data = self._read(number, source)
        descriptor = os.open(name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
        try:
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                raise FileChanged("%s is no longer a regular file." % item.state.path)
            overwrite(descriptor, data)
            apply_owner_and_mode(descriptor, item.uid, item.gid, item.mode)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        unlink_beside(source, folder)
