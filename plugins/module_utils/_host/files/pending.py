# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Changes that wait to be confirmed: recorded before anything is touched, and undone by the host itself without a
confirmation.

Only the running host has such records. An image has none: what looks like one there is refused, and never read.
"""

import base64
import json
import os
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..rollback.boot_files import CRON, UNITS
from ..rollback.clocks import boot_id, now
from ..rollback.deadlines import PREPARATION
from ..rollback.descriptors import open_folder
from ..rollback.ending import end, finish, is_watched
from ..rollback.file_systems import file_system_away, places_of
from ..rollback.names import CONFIRMED, MOVING, PENDING, ROLLED_BACK, TOKEN, bytes_of
from ..rollback.record import VERSION, check_record, with_names
from ..rollback.restoring import Step
from ..rollback.store import Refused, Store
from .boot import write_boot_files
from ..errors import HostError
from ..system.namespaces import init_has_this_network, init_sees
from .one_file import program_text
from .reading import explain
from .root import PENDING_FOLDER, Root
from .verdicts import remember_confirmed, was_confirmed, was_ended
from .watchdog import start_watchdog

START_PATIENCE = 10.0  # seconds a watchdog may take to start, or another process to end what it does
ENDED_EARLY = (
    "the process that would undo the change was ended before its time: somebody stopped its unit, the host is going "
    "down, or it was ended with the session that started it"
)
RESTART_PATIENCE = 3.0  # seconds in which a watchdog that was killed is replaced


# what a change does to one file, beside its text
class Target(NamedTuple):
    folder: str  # outside path, links followed
    name: str
    temporary: List[str]  # names beside it that go when the change is settled, whichever way
    backup: str  # a copy that stays if it is confirmed; "" for none
    keep: int  # how many copies may stay then
    remove_folder: bool  # the folder goes if it is empty when the change is settled


class Change(NamedTuple):
    token: str
    timeout: Optional[
        int
    ]  # None: nobody needs to confirm; the record is there in case the run dies between two renames
    targets: List[Target]
    undo: List[Step]  # in this order
    reload: Sequence[str]  # who must read the old files again: inetd, xinetd, systemd, nftables, sshd
    filter: Optional[bytes] = None  # the kernel's table as it was, for nft, where nftables is among them


def keeps_records(root: Root) -> bool:
    """Whether changes below a root are recorded: on the running host only. A stranger may have made what is in an
    image.
    """
    return root.is_host


class Pending:
    """The changes of one host that wait. Nothing of it is left when none does."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.recorded = keeps_records(root)
        folder, name = os.path.split(PENDING_FOLDER)
        self.folder = os.path.join(root.resolve(folder), name)

    def left(self) -> bool:
        """Whether there is anything to settle or to tidy up. Raises HostError where an image has something that looks
        like it.
        """
        there = os.path.lexists(self.folder)
        if there and not self.recorded:
            raise HostError(
                "%s looks like changes of a running host that wait to be confirmed, and an image has none: nothing of "
                "it was read and nothing was changed. Find out who created it, and remove it." % self.folder
            )
        return there

    def begin(self, change: Change) -> None:
        """Record a change and start its watchdog; only then may it be made. Raises HostError, and then nothing is
        left.
        """
        if not TOKEN.match(change.token):
            raise HostError("the token of the change is not one that the controller makes.")
        if self.left() or self.recorded:
            self._begin(change)

    def _begin(self, change: Change) -> None:
        try:
            with self._make_store(change) as store:
                try:
                    self._write(store, change)
                    if change.timeout is not None:
                        store.write(change.token + ".py", program_text().encode("utf-8"))
                        if self.root.is_host:
                            self._write_boot_files(change.token)
                        self._watch(store, change)
                except BaseException:
                    _forget(store, change.token)
                    raise
        except OSError as error:
            raise explain(error, "record the change in", self.root, PENDING_FOLDER)
        except Refused as error:
            raise HostError("%s: nothing was changed. Look at it, and remove it." % error)

    def _write_boot_files(self, token: str) -> None:
        try:
            write_boot_files(self.folder, token)
        except OSError as error:
            raise HostError(
                "what undoes the change if the host starts again cannot be written below %s or in %s: %s. Nothing was "
                "changed. Make that writable, or set rollback_timeout: 0." % (UNITS, CRON, error.strerror)
            )

    def confirm(self, token: str) -> bool:
        """Make a change final, or say again that it was; False where it was undone before, or is not known. Waits until
        its watchdog is gone.

        Raises HostError where it is being undone, and that does not come to its end.
        """
        store = self._open() if TOKEN.match(token) else None
        if store is None:
            return was_confirmed(token)
        with store:
            try:
                if not store.settle(token, CONFIRMED) and store.state(token) != CONFIRMED:
                    self._wait_until_undone(store, token)
                    return was_confirmed(token)
                if self.root.is_host:
                    remember_confirmed(token)
                deadline = time.monotonic() + START_PATIENCE
                while is_watched(store, token) and time.monotonic() < deadline:
                    time.sleep(0.02)
                finish(store, token, CONFIRMED)
            except OSError as error:
                raise explain(error, "confirm the change in", self.root, PENDING_FOLDER)
            except Refused as error:
                raise HostError(
                    "%s. So the change was not confirmed, and the host undoes it when its time is over." % error
                )
        return True

    def file_system_away(self, token: str, state_of_it: str = PENDING) -> str:
        """The file of a change in this state whose file system is not mounted where it was; "" where all are there, or there
        is no such change.
        """
        store = self._open() if TOKEN.match(token) else None
        if store is None:
            return ""
        with store:
            try:
                state = store.state(token)
                return file_system_away(store.record(token, state)) if state == state_of_it else ""
            except (OSError, Refused):
                return ""  # whoever confirms it says so

    def state(self, token: str) -> Optional[str]:
        """pending, or confirmed while it is being settled; None where there is nothing of it left.

        Raises HostError where it is being undone, and that does not come to its end.
        """
        store = self._open() if TOKEN.match(token) else None
        if store is None:
            return None
        with store:
            self._wait_until_undone(store, token)
            return store.state(token)

    def start_moving(self, token: str, timeout: Optional[int]) -> None:
        """Right before the first rename, from which the time-out counts. Raises HostError where the change is no longer
        pending, or nobody would undo it.
        """
        self.check(token, timeout)
        store = self._open() if self.recorded else None
        if store is not None:
            with store:
                store.write(token + "." + MOVING, b"%.3f" % (now() + (timeout or 0)))
                store.sync()
        self.check(token, timeout)

    def check(self, token: str, timeout: Optional[int]) -> None:
        """Raise HostError where the change is no longer pending, or has lost its watchdog."""
        if not self.recorded:
            return
        store = self._open()
        state = None
        watched = timeout is None
        if store is not None:
            with store:
                deadline = time.monotonic() + RESTART_PATIENCE
                try:
                    while not watched and time.monotonic() < deadline:
                        watched = store.watched(token)
                        time.sleep(0.0 if watched else 0.02)
                except OSError as error:
                    raise explain(error, "see whether the change is watched in", self.root, PENDING_FOLDER)
                state = store.state(token)
        if state != PENDING and was_ended(token):
            raise HostError(ENDED_EARLY + ": all files are as they were. Run the task again.")
        if state != PENDING:
            raise HostError(
                "the task took longer than rollback_timeout (%s) to write its files, so the host has given the change "
                "up: all files are as they were. Give it more "
                "time." % ("1 second" if timeout == 1 else "%s seconds" % timeout)
            )
        if not watched:
            raise HostError(
                "the watchdog that would undo the change was ended by somebody: all files are as they were. Run the "
                "task again."
            )

    def give_up(self, token: str) -> None:
        """No confirmation may come any more; what is recorded stays until `forget`, and is undone by others if this run
        dies.
        """
        store = self._open() if self.recorded else None
        if store is not None:
            with store:
                store.settle(token, ROLLED_BACK)

    def forget(self, token: str) -> None:
        """Remove what is left of a change that was given up and is undone."""
        store = self._open() if self.recorded else None
        if store is not None:
            with store:
                store.unlink(token + "." + MOVING)
                finish(store, token, ROLLED_BACK)

    def waiting(self) -> bool:
        """Whether any change of this host is not settled."""
        store = self._open() if self.recorded else None
        if store is None:
            return False
        with store:
            return bool(store.changes())

    def settle_old(self) -> List[str]:
        """Under the lock: undo what nobody watches any more. Returns the tokens of those undone.

        A change whose watchdog lives is left to it: ask `waiting` again. Raises HostError where a file cannot be
        restored, or something else than our own records is found.
        """
        undone: List[str] = []
        if not self.left():
            return undone
        store = self._open()
        if store is None:
            return undone
        with store:
            try:
                for token, state in store.changes():
                    if is_watched(store, token):
                        continue
                    problem = end(store, token)
                    if problem:
                        raise HostError(
                            "an unconfirmed change could not be undone: %s. Restore the files; the record of the "
                            "change is in %s." % (problem, self.folder)
                        )
                    if state == PENDING:
                        undone.append(token)
                store.tidy()
            except OSError as error:
                raise explain(error, "settle the changes in", self.root, PENDING_FOLDER)
            except Refused as error:
                raise HostError("%s: nothing was changed. Look at it, and remove it." % error)
        return undone

    def _open(self) -> Optional[Store]:
        """The folder, checked; None where there is none. Raises HostError where it is not ours."""
        try:
            return Store(self.folder)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise explain(error, "open", self.root, PENDING_FOLDER)
        except Refused as error:
            raise HostError("%s: nothing of it was read and nothing was changed. Look at it, and remove it." % error)

    def _make_store(self, change: Change) -> Store:
        """The folder, made if need be, with a first file in it, so that no other change that ends takes it away."""
        for _attempt in range(20):
            parent = open_folder(os.path.dirname(self.folder))
            try:
                os.mkdir(os.path.basename(self.folder), 0o700, dir_fd=parent)
                new = True
            except FileExistsError:
                new = False
            finally:
                os.close(parent)
            try:
                store = Store(self.folder, new)
            except FileNotFoundError:
                continue
            try:
                os.close(store.open(change.token + ".watchdog", os.O_RDONLY | os.O_CREAT))
                return store
            except FileNotFoundError:
                store.close()
            except BaseException:
                store.remove()
                store.close()
                raise
        raise HostError("%s is removed again and again by another program: stop it." % self.folder)

    def _write(self, store: Store, change: Change) -> None:
        """The old bytes, then the record that names them."""
        numbers = dict(((target.folder, target.name), number) for number, target in enumerate(change.targets))
        files: List[Dict[str, Any]] = [
            dict(target._asdict(), owner=[0, 0, 0], extended={}, mounted=True, **place._asdict())
            for target, place in zip(change.targets, places_of(_paths_of(change), self.folder))
        ]
        steps = []
        for count, step in enumerate(change.undo):
            number = numbers[(step.folder, step.name)]
            if step.data is not None:
                store.write("%s.copy%d" % (change.token, count), step.data)
            files[number]["owner"] = list(step.owner)
            files[number]["mounted"] = step.mounted
            files[number]["extended"] = dict(
                (key, base64.b64encode(step.extended[key]).decode("ascii")) for key in step.extended
            )
            steps.append({"file": number, "copy": None if step.data is None else count, "beside": step.beside})
        if change.filter is not None:
            store.write("%s.copy%d" % (change.token, len(change.undo)), change.filter)
        record = {
            "version": VERSION,
            "timeout": change.timeout or 0,
            "boot": boot_id(),
            "end": now() + (change.timeout or 0) + PREPARATION,
            "files": files,
            "undo": steps,
            "reload": list(change.reload),
            "filter": None if change.filter is None else len(change.undo),
        }
        record = with_names(record, bytes_of)
        check_record(record)
        store.write(change.token + "." + PENDING, json.dumps(record).encode("ascii"))
        store.sync()

    def _wait_until_undone(self, store: Store, token: str) -> None:
        deadline = time.monotonic() + START_PATIENCE
        while store.state(token) == ROLLED_BACK:
            if time.monotonic() > deadline:
                raise HostError(
                    "the change was not confirmed in time, and the host has not been able to undo it yet: it "
                    "tries again until it succeeds, and gives the reason in its log (portcullis)."
                )
            time.sleep(0.05)

    def _watch(self, store: Store, change: Change) -> None:
        token = change.token
        program = os.path.join(self.folder, token + ".py")
        arguments = [sys.executable, "-I", "-S", program, "watch", self.folder, token]
        paths = [self.folder] + _paths_of(change)
        here = not init_sees(paths) or ("nftables" in change.reload and not init_has_this_network())
        for start in start_watchdog("portcullis-" + token, arguments, here):
            deadline = time.monotonic() + START_PATIENCE
            while start and time.monotonic() < deadline:
                if store.watched(token):
                    return
                time.sleep(0.02)
        raise HostError(
            "the watchdog that would undo the change could not be started with %s, so nothing was changed. One that "
            "needs variables of its own (LD_LIBRARY_PATH) does not start without them: set ansible_python_interpreter "
            "to the system's own. rollback_timeout: 0 changes the files without a watchdog." % sys.executable
        )


def _paths_of(change: Change) -> List[str]:
    return [os.path.join(target.folder, target.name) for target in change.targets]


def _forget(store: Store, token: str) -> None:
    """Take back a change that was not begun."""
    if store.settle(token, CONFIRMED):
        finish(store, token, CONFIRMED)
    else:
        store.tidy()
