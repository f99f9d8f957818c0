# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Several files replaced as one change: all that can fail is done before the first rename, and every rename can be
taken back.

Everything here runs under lock.Lock.
"""

from typing import Callable, List, NamedTuple, Optional, Sequence

from ..errors import HostError
from .files import check_writable, explain, remove_leftovers
from .pending import Change, Pending, keeps_records
from ..rollback.names import ROLLED_BACK
from ..rollback.readers import reload_all
from ..rollback.restoring import undo
from ..rollback.syncing import sync_steps
from .root import Root
from .staging import Remains, Move, NewFile, Staging

__all__ = ["Committed", "Move", "NewFile", "Options", "commit"]


class Options(NamedTuple):
    """How a commit is made. `timeout` None: nobody confirms it."""

    token: str
    timeout: Optional[int]
    backup: bool
    keep: int
    after_undo: Sequence[str]  # who must read the old files again after an undo: inetd, xinetd, systemd, nftables, sshd
    folders: Sequence[str] = ()  # of the files; to be removed if they are empty when the change is settled
    unsaved: Sequence[str] = ()  # files that no backup is made of
    take_effect: Optional[Callable[[], None]] = None  # lets programs read the new files; an error of it undoes all
    filter: Optional[bytes] = None  # the kernel's table as it is, which an undo loads again


class Committed(NamedTuple):
    backups: List[str]  # as the host in the root sees them
    in_place: List[str]  # files that were overwritten, because each is a mount of its own


def commit(
    root: Root, files: Sequence[NewFile], there: Sequence[Move], back: Sequence[Move], options: Options
) -> Committed:
    """Bring all files to their new state by the moves `there`; `back` are the moves that undo them.

    The last move of each way must leave every file in its new, or old, state. With a time-out the change waits for
    Pending.confirm afterwards; below a root that is an image nothing waits, and each file is replaced once. Raises
    FileChanged where another program wrote a file since it was read: then the files are as that program left them.
    Raises HostError, and then all files are as they were.
    """
    if not keeps_records(root):
        there, back = _direct(there), _direct(back)
    moved = set(move.file for move in there)
    for number, item in enumerate(files):
        if number in moved:
            check_writable(root, item.state)
        remove_leftovers(root, item.state.path)
    saved = [options.backup and item.state.path not in options.unsaved for item in files]
    remains = Remains(saved, options.keep, options.folders, keeps_records(root))
    with Staging(root, files, there, back, remains) as work:
        transaction = _Transaction(root, work, options)
        transaction.begin()
        try:
            transaction.make()
        except BaseException as error:
            transaction.undo(error)
            if isinstance(error, OSError):
                raise explain(error, "write", root, work.current)
            raise
        transaction.end()
        return Committed(work.backups_inside(), [item.state.path for item in files if work.mounted(item)])


def _direct(moves: Sequence[Move]) -> List[Move]:
    """The last move of each file.

    What stands between is for hosts that somebody comes in through; nothing would bring the old text back to an image
    whose run was killed there.
    """
    last = dict((move.file, position) for position, move in enumerate(moves))
    return [move for position, move in enumerate(moves) if last[move.file] == position]


class _Transaction:
    """One commit: what is recorded of it, and how far it has come."""

    def __init__(self, root: Root, work: Staging, options: Options) -> None:
        self.work = work
        self.options = options
        self.pending = Pending(root)
        self.moving = False

    def begin(self) -> None:
        """Raises HostError; then nothing was made."""
        self.pending.begin(
            Change(
                self.options.token,
                self.options.timeout,
                self.work.targets(),
                self.work.steps(),
                self.options.after_undo,
                self.options.filter,
            )
        )

    def make(self) -> None:
        """All that can fail first, then the moves."""
        self.work.prepare()
        self.work.refuse_changed()
        self.pending.start_moving(self.options.token, self.options.timeout)
        self.moving = True
        for planned in self.work.forward:
            self.work.move(planned)
        self.work.refuse_late_writes()
        if self.options.take_effect is not None:
            self.options.take_effect()
        self.pending.check(self.options.token, self.options.timeout)

    def undo(self, why: BaseException) -> None:
        """Bring all files back. Raises HostError where that cannot be done now: then the record stays, and others try
        again.
        """
        problem = ""
        try:
            self.pending.give_up(self.options.token)
        except (OSError, HostError):
            pass  # the files first
        if self.moving:
            problem = self._put_back()
        if not problem:
            try:
                self._clear()
            except (OSError, HostError) as error:
                problem = str(error)
        if problem:
            raise HostError(
                "%s The change could not be undone in full (%s): %s"
                % (
                    _sentence(why),
                    problem,
                    "the host tries again by itself, at the latest in the next run."
                    if self.pending.recorded
                    else "put them right by hand.",
                )
            )

    def _put_back(self) -> str:
        """The old files, then the disk. Returns what stands against it: what is written below a mount that is away undoes
        nothing, and its watchdog waits for it.
        """
        steps, opener = self.work.steps(), self.work.root.open_folder
        try:
            away = self.pending.file_system_away(self.options.token, ROLLED_BACK) if self.pending.recorded else ""
            problem = away or undo(steps, opener)
            if not problem:
                sync_steps(steps, opener)
            return problem
        except OSError as error:
            return str(error)

    def _clear(self) -> None:
        """Nothing of an undone change is left."""
        self.work.remove_temporaries()
        self.work.remove_backups()
        if self.moving and self.work.root.is_host:
            problem = reload_all(self.options.after_undo, self.options.filter)
            if problem:
                raise HostError(problem)
        self.pending.forget(self.options.token)
        self.work.remove_folders()

    def end(self) -> None:
        """Nobody needs to confirm it: it is final now."""
        if not self.pending.recorded:
            self.work.remove_temporaries()
            self.work.prune()
            self.work.remove_folders()
        elif self.options.timeout is None:
            self.pending.confirm(self.options.token)


def _sentence(error: BaseException) -> str:
    """The text of an error as a sentence."""
    text = str(error)
    return text if text.endswith(".") else text + "."
