# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Several files replaced as one change: all that can fail is done before the first rename, and every rename can be
taken back.

Everything here runs under lock.Lock.
"""

import errno
import os
import stat
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .attributes import apply_owner_and_mode
from .backups import backup_name, make_backup, prune_backups, write_all
from .files import FileChanged, FileState, explain, read, remove_leftovers
from .errors import HostError
from .pending import Change, Pending, Step
from .root import Root
from .writing import check_writable, complete, is_mount_point, leftover_name

# a file as it shall be; `data` None: it goes; uid, gid, mode None: as they are, and of a new file the caller's own and
# 0600
NewFile = NamedTuple(
    "NewFile",
    [
        ("state", FileState),  # as it was read
        ("data", Optional[bytes]),
        ("uid", Optional[int]),
        ("gid", Optional[int]),
        ("mode", Optional[int]),
    ],
)

# one rename of the way from the old files to the new ones: the number of the file, and what it holds then
Move = NamedTuple(
    "Move",
    [
        ("file", int),
        ("data", Optional[bytes]),
    ],
)


class Options(NamedTuple):
    """How a commit is made. `timeout` None: nobody confirms it."""

    token: str
    timeout: Optional[int]
    backup: bool
    keep: int
    after_undo: Sequence[List[str]]  # programs that let a daemon read the old files again
    folders: Sequence[str] = ()  # to be removed if they are empty when the change is settled


Committed = NamedTuple(
    "Committed",
    [
        ("backups", List[str]),  # as the host in the root sees them
        ("in_place", List[str]),  # files that were overwritten, because each is a mount of its own
    ],
)


def commit(
    root: Root, files: Sequence[NewFile], there: Sequence[Move], back: Sequence[Move], options: Options
) -> Committed:
    """Bring all files to their new state by the moves `there`; `back` are the moves that undo them.

    The last move of each way must leave every file in its new, or old, state. With a time-out the change waits for
    Pending.confirm afterwards. Raises FileChanged where another program wrote a file since it was read: then the files
    are as that program left them. Raises HostError, and then all files are as they were.
    """
    work = _Work(root, files, options)
    pending = Pending(root)
    moved = set(move.file for move in there)
    for number, item in enumerate(files):
        if number in moved:
            check_writable(root, item.state)
        remove_leftovers(root, item.state.path)
    forward = [work.plan(move) for move in there]
    backward = [work.plan_back(move) for move in back]
    undo = [step for step in backward if step is not None] + [
        Step("run", list(program), -1, -1, -1) for program in options.after_undo
    ]
    pending.begin(Change(options.token, options.timeout, undo, work.junk(), work.copies(), list(options.folders)))
    try:
        work.prepare()
        work.refuse_changed()
        for planned in forward:
            work.move(planned)
        work.refuse_late_writes()
    except BaseException as error:
        pending.take_back(options.token)
        if isinstance(error, OSError):
            raise explain(error, "write", root, work.current)
        raise
    if options.timeout is None:
        pending.confirm(options.token)
    work.prune()
    return Committed(
        [root.inside(name) for name in work.backups.values()], [item.state.path for item in files if work.mounted(item)]
    )


class _Work:
    """The temporary files of one commit and what each is for."""

    def __init__(self, root: Root, files: Sequence[NewFile], options: Options) -> None:
        self.root = root
        self.files = files
        self.options = options
        self.current = files[0].state.path if files else "/"
        self.temporary = {}  # type: Dict[str, Tuple[int, Optional[bytes], bool]]
        self.kept = {}  # type: Dict[int, str]
        self.backups = {}  # type: Dict[int, str]
        for number, item in enumerate(files):
            if item.state.kind == "file":
                self.kept[number] = self._name(item)
                if options.backup and item.data != item.state.data:
                    self.backups[number] = ""

    def plan(self, move: Move) -> Tuple[int, Optional[str]]:
        """A temporary file for a move; None where the file goes."""
        if move.data is None:
            return move.file, None
        name = self._name(self.files[move.file])
        self.temporary[name] = (move.file, move.data, True)
        return move.file, name

    def plan_back(self, move: Move) -> Optional[Step]:
        """The step that undoes; the old file itself is kept under a second name."""
        item = self.files[move.file]
        path = item.state.real_path
        if move.data is None:
            return Step("remove", [path], -1, -1, -1)
        if move.data == item.state.data and move.file in self.kept:
            source = self.kept[move.file]
        else:
            source = self._name(item)
            self.temporary[source] = (move.file, move.data, False)
        if self.mounted(item):
            return Step("overwrite", [source, path], item.state.uid or 0, item.state.gid or 0, item.state.mode or 0)
        return Step("rename", [source, path], -1, -1, -1)

    def junk(self) -> List[str]:
        """All temporary files."""
        return sorted(self.temporary) + sorted(self.kept.values())

    def copies(self) -> List[str]:
        """The backups that this change makes; their names are fixed now, so that an undo can remove them."""
        for number in list(self.backups):
            path = self.files[number].state.real_path
            self.backups[number] = os.path.join(os.path.dirname(path), backup_name(os.path.basename(path)))
        return sorted(self.backups.values())

    def mounted(self, item: NewFile) -> bool:
        """Whether a file cannot be replaced by a rename."""
        return item.state.kind == "file" and is_mount_point(item.state.real_path)

    def prepare(self) -> None:
        """Keep the old files and write all new ones, complete and synced. Raises OSError."""
        for number, name in self.kept.items():
            self.current = self.files[number].state.path
            self._keep(self.files[number], name)
        for number, name in self.backups.items():
            self.current = self.files[number].state.path
            self.backups[number] = self._back_up(self.files[number], name)
        for name, (number, data, new) in sorted(self.temporary.items()):
            self.current = self.files[number].state.path
            self._fill(self.files[number], name, data or b"", new)
        for folder in sorted(set(os.path.dirname(item.state.real_path) for item in self.files)):
            _sync(folder)

    def move(self, planned: Tuple[int, Optional[str]]) -> None:
        """One rename, synced. Raises OSError."""
        number, name = planned
        item = self.files[number]
        path = item.state.real_path
        self.current = item.state.path
        if name is None:
            os.unlink(path)
        elif self.mounted(item):
            _overwrite(name, path, item)
        else:
            os.rename(name, path)
        _sync(os.path.dirname(path))

    def refuse_changed(self) -> None:
        """Raise FileChanged where a file is not what was read."""
        for item in self.files:
            now = read(self.root, item.state.path)
            if (now.real_path, now.data) != (item.state.real_path, item.state.data):
                raise FileChanged(
                    "%s was changed by another program while the task ran: nothing was written; run the task again."
                    % item.state.path
                )

    def refuse_late_writes(self) -> None:
        """Raise FileChanged where a program that had the old file open has written to it after the check."""
        for number, name in self.kept.items():
            item = self.files[number]
            if self.mounted(item):
                continue
            with open(name, "rb") as stream:
                if stream.read() != item.state.data:
                    raise FileChanged("%s was written by another program while it was replaced." % item.state.path)

    def prune(self) -> None:
        """Keep only as many backups as the task wants."""
        for number in self.backups:
            folder, name = os.path.split(self.files[number].state.real_path)
            descriptor = self.root.open_folder(folder)
            try:
                prune_backups(descriptor, name, max(1, self.options.keep))
            finally:
                os.close(descriptor)

    def _name(self, item: NewFile) -> str:
        folder, name = os.path.split(item.state.real_path)
        return os.path.join(folder, leftover_name(name))

    def _keep(self, item: NewFile, name: str) -> None:
        """A second name of the old file; a copy where there can be none."""
        if not self.mounted(item):
            try:
                os.link(item.state.real_path, name, follow_symlinks=False)
                return
            except OSError as error:
                if error.errno not in (errno.EPERM, errno.EMLINK, errno.ENOTSUP, errno.EXDEV, errno.ENOSYS):
                    raise
        self._fill(item, name, item.state.data or b"", False)

    def _back_up(self, item: NewFile, name: str) -> str:
        folder = self.root.open_folder(os.path.dirname(name))
        try:
            made = make_backup(folder, os.path.basename(item.state.real_path), item.state.data or b"")
            os.rename(made, os.path.basename(name), src_dir_fd=folder, dst_dir_fd=folder)
        finally:
            os.close(folder)
        return name

    def _fill(self, item: NewFile, name: str, data: bytes, new: bool) -> None:
        """Write a complete file with the owner, mode, ACL and label that it shall have."""
        uid, gid, mode = (item.uid, item.gid, item.mode) if new else (None, None, None)
        folder = self.root.open_folder(os.path.dirname(name))
        try:
            descriptor = os.open(
                os.path.basename(name),
                os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC,
                0o600,
                dir_fd=folder,
            )
            try:
                complete(descriptor, data, folder, os.path.basename(item.state.real_path), item.state, uid, gid, mode)
            finally:
                os.close(descriptor)
        finally:
            os.close(folder)


def _overwrite(source: str, path: str, item: NewFile) -> None:
    with open(source, "rb") as stream:
        data = stream.read()
    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise HostError("%s is no longer a regular file." % path)
        if hasattr(os, "posix_fallocate") and data:
            os.posix_fallocate(descriptor, 0, len(data))
        write_all(descriptor, data)
        os.ftruncate(descriptor, len(data))
        apply_owner_and_mode(descriptor, item.uid, item.gid, item.mode)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    _unlink(source)


def _sync(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _unlink(name: str) -> None:
    try:
        os.unlink(name)
    except OSError:
        return
