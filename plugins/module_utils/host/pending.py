# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Changes that wait to be confirmed: recorded before anything is touched, and undone by the host itself without a
confirmation.
"""

import inspect
import json
import os
import re
import stat
import sys
import time
from typing import Any, Dict, List, NamedTuple, Optional

from . import rollback
from .backups import write_all
from .boot import boot_files, write_boot_files
from .errors import HostError
from .lock import Lock
from .reading import explain
from .root import Root
from .watchdog import start_watchdog

FOLDER = "/etc/.portcullis.tcp_wrappers"  # beside the tables: on storage that survives a reboot, and on a running host never below /run
TOKEN = re.compile(r"\A[0-9a-f]{16,64}\Z")
START_PATIENCE = 10.0  # seconds a watchdog may take to start

Step = NamedTuple(
    "Step",
    [
        ("do", str),  # rename FROM TO, remove PATH, overwrite FROM TO, run PROGRAM ...
        ("names", List[str]),
        ("uid", int),  # of the file that is overwritten
        ("gid", int),
        ("mode", int),
    ],
)

Change = NamedTuple(
    "Change",
    [
        ("token", str),
        (
            "timeout",
            Optional[int],
        ),  # None: nobody needs to confirm; the record is there in case the run dies between two renames
        ("undo", List[Step]),  # in this order
        ("junk", List[str]),  # files to remove when the change is settled, whichever way
        ("copies", List[str]),  # further files to remove when it is undone
        ("folders", List[str]),  # to remove if they are empty then
    ],
)


class Pending:
    """The changes of one host that wait. Nothing of it is left when none does."""

    def __init__(self, root: Root) -> None:
        self.root = root
        self.folder = root.outside([part for part in FOLDER.split("/") if part])

    def begin(self, change: Change) -> None:
        """Record a change and start its watchdog; only then may it be made. Raises HostError, and then nothing is
        left.
        """
        if not TOKEN.match(change.token):
            raise HostError("the token of the change is not one that the controller makes.")
        boot = boot_files(self.root, self.folder, change.token) if change.timeout is not None else {}
        record = {
            "timeout": change.timeout or 0,
            "lock": self._lock_path(),
            "undo": [dict(step._asdict()) for step in change.undo],
            "junk": change.junk + sorted(boot),
            "copies": change.copies,
            "folders": change.folders,
        }  # type: Dict[str, Any]
        try:
            self._make_folder()
            self._write(change.token + "." + rollback.PENDING, json.dumps(record).encode("utf-8"))
            if change.timeout is not None:
                self._write(change.token + ".py", inspect.getsource(rollback).encode("utf-8"))
                write_boot_files(boot)
                self._watch(change.token)
        except (OSError, HostError) as error:
            self._forget(change.token)
            if isinstance(error, OSError):
                raise explain(error, "record the change in", self.root, FOLDER)
            raise

    def confirm(self, token: str) -> bool:
        """Make a change final; False where it was undone before, or is not known. Waits until its watchdog is gone."""
        if not TOKEN.match(token) or not rollback.settle(self.folder, token, rollback.CONFIRMED):
            return False
        deadline = time.monotonic() + START_PATIENCE
        while rollback.watched(self.folder, token) and time.monotonic() < deadline:
            time.sleep(0.02)
        rollback.finish(self.folder, token, rollback.CONFIRMED)
        return True

    def state(self, token: str) -> Optional[str]:
        """pending, confirmed, rolledback while it is being settled; None where there is nothing of it left."""
        record = rollback.read_record(self.folder, token) if TOKEN.match(token) else None
        return None if record is None else str(record["state"])

    def take_back(self, token: str) -> None:
        """Undo a change at once, under the lock. Raises HostError where that fails; the next run or boot tries
        again.
        """
        if rollback.settle(self.folder, token, rollback.ROLLED_BACK):
            self._finish(token, rollback.ROLLED_BACK)

    def left(self) -> bool:
        """Whether there is anything to settle or to tidy up."""
        return os.path.isdir(self.folder)

    def waiting(self) -> bool:
        """Whether any change of this host is not settled."""
        return bool(rollback.states(self.folder))

    def settle_old(self) -> List[str]:
        """Under the lock: undo what nobody watches any more. Returns the tokens of those undone.

        A change whose watchdog lives is left to it: ask `waiting` again. Raises HostError where a file cannot be
        restored.
        """
        undone = []
        for token, state in rollback.states(self.folder):
            if rollback.watched(self.folder, token):
                continue
            if state == rollback.PENDING and rollback.settle(self.folder, token, rollback.ROLLED_BACK):
                undone.append(token)
                state = rollback.ROLLED_BACK
            self._finish(token, state)
        rollback.tidy(self.folder)
        return undone

    def _finish(self, token: str, verdict: str) -> None:
        problems = rollback.finish(self.folder, token, verdict)
        if problems:
            raise HostError(
                "an unconfirmed change could not be undone: %s. Put the files right; what is known of it is in %s."
                % ("; ".join(problems), self.folder)
            )

    def _watch(self, token: str) -> None:
        program = os.path.join(self.folder, token + ".py")
        arguments = [sys.executable, "-I", "-S", program, "watch", self.folder, token]
        for start in start_watchdog("portcullis-" + token, arguments):
            deadline = time.monotonic() + START_PATIENCE
            while start and time.monotonic() < deadline:
                if rollback.watched(self.folder, token):
                    return
                time.sleep(0.02)
        raise HostError(
            "the watchdog that would undo the change could not be started, so nothing was changed. rollback_timeout: 0 does without it."
        )

    def _forget(self, token: str) -> None:
        record = rollback.read_record(self.folder, token)
        if record is not None:
            rollback.settle(self.folder, token, rollback.CONFIRMED)
            rollback.finish(self.folder, token, rollback.CONFIRMED)
        rollback.tidy(self.folder)

    def _make_folder(self) -> None:
        parent = os.path.dirname(self.folder)
        if not os.path.isdir(parent):
            raise HostError("%s is not a folder: make it first." % parent)
        for _attempt in range(20):
            try:
                os.mkdir(self.folder, 0o700)
                return
            except FileExistsError:
                try:
                    info = os.lstat(self.folder)
                except FileNotFoundError:
                    continue  # another change ended and took it away
                if not stat.S_ISDIR(info.st_mode) or info.st_uid != os.geteuid():
                    raise HostError(
                        "%s is there and is not a folder of the user that runs the task: remove it." % self.folder
                    )
                os.chmod(self.folder, 0o700)
                return

    def _write(self, name: str, data: bytes) -> None:
        """A complete file or none. Another change that ends may take the empty folder away: then it is made again."""
        for attempt in range(20):
            try:
                self._write_once(name, data)
                return
            except FileNotFoundError:
                if attempt == 19:
                    raise
                self._make_folder()

    def _write_once(self, name: str, data: bytes) -> None:
        path = os.path.join(self.folder, name)
        descriptor = os.open(path + ".new", os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        try:
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(path + ".new", path)
        rollback.sync_folder(self.folder)

    def _lock_path(self) -> str:
        return Lock.path_for(self.root)
