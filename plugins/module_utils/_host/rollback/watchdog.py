# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The two processes that wait for the verdict on a change, and undo it without one."""

import errno
import fcntl
import os
import select
import signal
import time
from typing import Any, Dict, List, Optional

from .clocks import FROZEN, TICK, now
from .deadlines import PREPARATION, remaining
from .ending import end, end_swept, reason_of
from .host_lock import HELD, LOCK_PATIENCE, try_lock
from .kept import ENDED, keep_token
from .known import Known, known_of
from .log import log
from .names import CONFIRMED, MOVING, PENDING, ROLLED_BACK
from .programs import ALIVE
from .store import Refused, Store


class Watchdog:
    """Two processes: the first holds the lock of the change and does the work, its child takes over where the first is
    gone or frozen.
    """

    def __init__(self, store: Store, token: str) -> None:
        self.store = store
        self.token = token
        self.ended: List[int] = []  # signals that mean: the host goes down
        self.held = -1
        self.lock: Optional[int] = None
        self.sign = -1  # where the first tells the second that it lives
        self.second = 0
        self.known: Optional[Known] = None
        self.told = ""  # what the log said last of why the work is not done
        self.latest: Dict[bool, float] = {}  # when its time is over, until the first rename and from it on

    def run(self) -> None:
        """Wait for the verdict; when there is none in time, or the host goes down, undo the change."""
        ALIVE[0] = self._sign
        if not self._hold():
            return
        self.known = self.known or self._read()
        if self.known is not None:
            self._see_through(self.known)
        if self.second:
            os.kill(self.second, signal.SIGKILL)  # our own child, not waited for yet

    def _see_through(self, known: Known) -> None:
        """Wait, then do what the verdict says. Whatever fails on the way, and be it this program, is tried again: whoever
        took over would meet the same.
        """
        while True:
            try:
                self._wait(known.record)
                if self.ended and self.store.state(self.token) == PENDING:
                    keep_token(ENDED, self.token)
                self._carry_out(known)
                return
            except Exception as error:
                self._tell(reason_of(error))
                self._sign()
                time.sleep(1)

    def _tell(self, problem: str) -> None:
        """Let the log say, once, why the work is not done yet."""
        if problem != self.told:
            log(
                "change %s cannot be %s yet, and this is tried again until it can: %s"
                % (self.token, "tidied up after" if self._is_confirmed() else "undone", problem),
                error=True,
            )
            self.told = problem

    def _is_confirmed(self) -> bool:
        try:
            return self.store.state(self.token) == CONFIRMED
        except OSError:
            return False

    def _read(self) -> Optional[Known]:
        """Read the change; None where nothing is left of it."""
        while True:
            state = self.store.state(self.token)
            if state is None:
                return None
            try:
                return known_of(self.store, self.token, self.store.record(self.token, state))
            except FileNotFoundError:
                if self.store.state(self.token) == state:
                    raise

    def _hold(self) -> bool:
        """The lock that shows that the change is watched; waits while another watchdog has it, but not when the host
        goes down. Where the file system has none any more, the work goes on without.

        False where the change is settled meanwhile.
        """
        if self.store.state(self.token) is None:
            return False
        try:
            self.held = self.store.open(self.token + ".watchdog", os.O_RDONLY | os.O_CREAT)
        except (OSError, Refused):
            if self.known is None:
                raise
            return True
        while self.store.state(self.token) is not None:
            try:
                fcntl.flock(self.held, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return True
            except OSError as error:
                if error.errno not in HELD + (errno.EINTR,):
                    return True
            if self.ended:
                return True
            time.sleep(TICK)
        self.store.unlink(self.token + ".watchdog")
        self.store.remove()
        return False

    def _wait(self, record: Dict[str, Any]) -> None:
        """Until the change has its verdict, its time is over or its run died before it began. The lock of runs is
        waited for within that time.
        """
        patience = min(LOCK_PATIENCE, record["timeout"] / 2.0)
        while not self.ended and self.store.state(self.token) == PENDING and not self._settled():
            left = min(self._recorded_time(record), self._own_time(record))
            if left <= 0:
                return
            if self.lock is None and (left <= patience or not self._moving()):
                self.lock = try_lock()
                if self.lock is not None and not self._moving():
                    return  # the run is gone: it holds the lock until it has begun
                if left > patience:
                    self._release()
            self._tick()

    def _recorded_time(self, record: Dict[str, Any]) -> float:
        """Seconds that are left by the record; all of them where its file has become another's, or somebody else may
        write it.
        """
        try:
            return remaining(self.store, self.token, record)
        except Refused:
            return record["timeout"] + PREPARATION

    def _own_time(self, record: Dict[str, Any]) -> float:
        """Seconds that are left by this process's own look: the recorded deadline may be of a clock that it does not have
        (time_namespaces(7)).
        """
        moving = self._moving()
        if moving not in self.latest:
            self.latest[moving] = now() + record["timeout"] + (0 if moving else PREPARATION)
        return self.latest[moving] - now()

    def _moving(self) -> bool:
        return self.store.has(self.token + "." + MOVING)

    def _carry_out(self, known: Known) -> None:
        """Do what the verdict says, again and again until it is done; the log says why it is not yet."""
        self._wait_for_run()
        tries = 0
        while True:
            state = self.store.state(self.token)
            if state in (None, PENDING) and self._settled():
                return  # done by another; what is pending now is a later attempt of the same run
            problem = self._attempt(state, known)
            if not problem:
                if state is None:
                    return
                continue
            self._tell(problem)
            self._release()
            tries += 1
            for _tick in range(5 if tries < 120 else 50):
                self._tick()

    def _attempt(self, state: Optional[str], known: Known) -> str:
        """Do it once. Returns what stands against it."""
        if state is None:
            problem = end_swept(self.store, self.token, known)
        else:
            problem = end(self.store, self.token, known)
        if not problem and state != CONFIRMED and self.store.state(self.token) is None:
            why = "was not confirmed" if state else "waited when somebody removed its record"
            log("change %s %s: the old files are back" % (self.token, why))
        return problem

    def _settled(self) -> bool:
        """Whether the change was settled by whoever removed its record."""
        return self.held >= 0 and os.fstat(self.held).st_mtime == 0

    def _wait_for_run(self) -> None:
        """A run that gave its change up undoes it by itself, under the lock; one that is frozen must not keep the
        operator out.
        """
        state = self.store.state(self.token)
        tries = {ROLLED_BACK: LOCK_PATIENCE, PENDING: 1.0 if self.ended else 0.0}.get(state or "", 0.0) / TICK
        while self.lock is None and tries > 0 and self.store.state(self.token) == state:
            self.lock = try_lock()
            self._tick()
            tries -= 1

    def _release(self) -> None:
        if self.lock is not None:
            os.close(self.lock)
            self.lock = None

    def _tick(self) -> None:
        """Show that this process is not frozen, and see that there is another."""
        if self.second and os.waitpid(self.second, os.WNOHANG)[0]:
            os.close(self.sign)
            self.second = 0
        if not self.second:
            self._start_second()
        self._sign()
        time.sleep(TICK)

    def _sign(self) -> None:
        """Show that this process is not frozen."""
        try:
            os.write(self.sign, b".")
        except OSError:
            pass  # full, or nobody listens: the next tick sees that

    def _start_second(self) -> None:
        first = os.getpid()
        listen, self.sign = os.pipe()
        os.set_blocking(self.sign, False)
        try:
            self.second = os.fork()
        except OSError:  # no more processes: the next tick tries again
            os.close(self.sign)
            self.sign = -1
        if self.second or self.sign < 0:
            os.close(listen)
            return
        try:
            os.setsid()
            for descriptor in (self.sign, self.held):
                if descriptor >= 0:
                    os.close(descriptor)
            self.held = -1
            self._release()
            self.second = 0
            _listen(listen, first)
            os.close(listen)
            self.run()
        finally:
            os._exit(0)


def _listen(sign: int, first: int) -> None:
    """Return when the first watchdog is gone; one that gives no sign of life is ended."""
    while True:
        if select.select([sign], [], [], FROZEN)[0]:
            if not os.read(sign, 4096):
                return
        elif os.getppid() == first:
            try:
                os.kill(first, signal.SIGKILL)
            except ProcessLookupError:
                return
        else:
            return
