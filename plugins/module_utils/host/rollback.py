# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Undo a change of files that nobody confirmed. A program of its own, which is copied to the host while a change
waits.

It imports nothing but the standard library, so that `python -I -S rollback.py watch FOLDER TOKEN` runs without
Ansible. pending.py writes the record that it reads.

The state of a change is the name of its record: TOKEN.pending becomes TOKEN.confirmed or TOKEN.rolledback by one
rename, so exactly one of the two happens, whoever comes first.
"""

import errno
import fcntl
import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from typing import Any, Dict, List, Optional

PENDING, CONFIRMED, ROLLED_BACK = "pending", "confirmed", "rolledback"
SUFFIXES = (PENDING, CONFIRMED, ROLLED_BACK)
LOCK_PATIENCE = 10.0  # seconds; a hung run must not keep the operator out
TICK = 0.1


def read_record(folder: str, token: str) -> Optional[Dict[str, Any]]:
    """The record of a change in whatever state it is, with the state as `state`; None where there is none."""
    for _attempt in range(3):
        for suffix in SUFFIXES:
            try:
                with open(record_path(folder, token, suffix), "rb") as stream:
                    record = json.loads(stream.read().decode("utf-8"))  # type: Dict[str, Any]
            except FileNotFoundError:
                continue
            record["state"] = suffix
            return record
    return None


def record_path(folder: str, token: str, state: str) -> str:
    """Where the record of a change stands in a state."""
    return os.path.join(folder, "%s.%s" % (token, state))


def lock_path(folder: str, token: str) -> str:
    """The file whose lock the watchdog of a change holds as long as it lives."""
    return os.path.join(folder, token + ".watchdog")


def settle(folder: str, token: str, verdict: str) -> bool:
    """Give the one verdict on a pending change; False where it has one already."""
    try:
        os.rename(record_path(folder, token, PENDING), record_path(folder, token, verdict))
    except FileNotFoundError:
        return False
    sync_folder(folder)
    return True


def undo(record: Dict[str, Any]) -> List[str]:
    """Take all steps back; each may have been taken back before. Returns what went wrong, [] when all is as it was."""
    problems = []  # type: List[str]
    back = _all_back(record["undo"])
    for step in record["undo"]:
        try:
            if back and step["do"] == "rename":
                unlink(step["names"][0])
            elif not back or step["do"] == "run":
                _step(step)
        except (OSError, subprocess.SubprocessError) as error:
            problems.append("%s: %s" % (" ".join([step["do"]] + step["names"]), error))
    return problems


def clean(folder: str, token: str, record: Dict[str, Any]) -> None:
    """Remove all that the change left beside the files, then its record; harmless when it was done before."""
    names = list(record["junk"])
    if record["state"] == ROLLED_BACK:
        names += record["copies"]
    for name in names:
        unlink(name)
    for name in record["folders"]:
        _remove_folder(name)
    for name in (
        lock_path(folder, token),
        os.path.join(folder, token + ".py"),
        record_path(folder, token, record["state"]),
    ):
        unlink(name)
    _remove_folder(folder)  # not while another change waits in it


def finish(folder: str, token: str, verdict: str) -> List[str]:
    """Carry a verdict out that was given; what cannot be undone now stays recorded for the next run. Returns what went
    wrong.
    """
    record = read_record(folder, token)
    if record is None or record["state"] != verdict:
        return []
    problems = undo(record) if verdict == ROLLED_BACK else []
    if not problems:
        clean(folder, token, record)
    return problems


def roll_back(folder: str, token: str) -> bool:
    """Undo a pending change; False where it was confirmed or undone before."""
    if not settle(folder, token, ROLLED_BACK):
        return False
    _log(token, finish(folder, token, ROLLED_BACK))
    return True


def recover(folder: str) -> List[str]:
    """Undo every change of the folder that is not confirmed, and end what was interrupted. Returns the tokens undone.

    For a boot, or a run that holds the lock: no watchdog may be at work.
    """
    undone = []
    for token, state in states(folder):
        if state == PENDING and roll_back(folder, token):
            undone.append(token)
        elif state != PENDING:
            finish(folder, token, state)
    tidy(folder)
    return undone


def states(folder: str) -> List[Any]:
    """(token, state) of every recorded change."""
    found = []
    for name in _names(folder):
        token, dot, suffix = name.rpartition(".")
        if dot and suffix in SUFFIXES:
            found.append((token, suffix))
    return found


def tidy(folder: str) -> None:
    """Remove what a run left that died before it had a record; only under the lock."""
    tokens = set(token for token, _state in states(folder))
    for name in _names(folder):
        if name.partition(".")[0] not in tokens:
            unlink(os.path.join(folder, name))
    _remove_folder(folder)


def watch(folder: str, token: str) -> int:
    """Wait for the verdict; when there is none in time, or the host goes down, undo the change."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    ended = []  # type: List[int]
    signal.signal(signal.SIGTERM, lambda number, _frame: ended.append(number))
    descriptor = os.open(lock_path(folder, token), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, b"%d\n" % os.getpid(), 0)
    record = read_record(folder, token)
    if record is None:
        return 0
    end = time.monotonic() + record["timeout"]
    while time.monotonic() < end and not ended:
        if not os.path.exists(record_path(folder, token, PENDING)):
            break
        time.sleep(TICK)
    if not os.path.exists(record_path(folder, token, PENDING)):
        finish(folder, token, CONFIRMED)
        if read_record(folder, token) is None:
            return 0
    lock = _wait_for_lock(record["lock"])
    try:
        if not roll_back(folder, token):
            finish(folder, token, CONFIRMED)
            finish(folder, token, ROLLED_BACK)
    finally:
        if lock is not None:
            os.close(lock)
    return 0


def watched(folder: str, token: str) -> bool:
    """Whether the watchdog of a change lives."""
    try:
        descriptor = os.open(lock_path(folder, token), os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False


def unlink(name: str) -> None:
    """Remove a file if it is there and can be removed."""
    try:
        os.unlink(name)
    except OSError:
        return


def _remove_folder(name: str) -> None:
    try:
        os.rmdir(name)
    except OSError:
        return  # not empty, or gone


def sync_folder(folder: str) -> None:
    """Make the names in a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class _Process(subprocess.Popen):
    """A command of a step; there is no module's run_command here, for the watchdog runs by itself."""


def _all_back(steps: List[Dict[str, Any]]) -> bool:
    """Whether every file is as the last step for it leaves it: a file that cannot be written, and never was, needs no undoing."""
    last = dict((step["names"][-1], step) for step in steps if step["do"] != "run")
    return all(_is_back(step) for step in last.values())


def _is_back(step: Dict[str, Any]) -> bool:
    """Whether a step has nothing left to do."""
    names = step["names"]
    if step["do"] == "remove":
        return not os.path.lexists(names[0])
    if not os.path.exists(names[0]):
        return True
    try:
        with open(names[0], "rb") as source, open(names[1], "rb") as target:
            wanted, found = os.fstat(source.fileno()), os.fstat(target.fileno())
            owner = (step["uid"], step["gid"], step["mode"]) if step["do"] == "overwrite" else _ownership(wanted)
            return _ownership(found) == owner and source.read() == target.read()
    except OSError:
        return False


def _ownership(info: os.stat_result) -> Any:
    return info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)


def _step(step: Dict[str, Any]) -> None:
    """One step back. A source that is gone was taken back before; one that was never made means nothing was done."""
    names = step["names"]
    if step["do"] == "rename" and _is_back(step):
        unlink(names[0])
    elif step["do"] == "rename":
        try:
            os.rename(names[0], names[1])
        except FileNotFoundError:
            return
        sync_folder(os.path.dirname(names[1]))
    elif step["do"] == "remove":
        try:
            os.unlink(names[0])
        except FileNotFoundError:
            return
        sync_folder(os.path.dirname(names[0]))
    elif step["do"] == "overwrite":
        if not _is_back(step):
            with open(names[0], "rb") as source, open(names[1], "r+b") as target:
                shutil.copyfileobj(source, target)
                target.truncate()
                target.flush()
                os.fsync(target.fileno())
            os.chown(names[1], step["uid"], step["gid"])
            os.chmod(names[1], step["mode"])
    elif step["do"] == "run":
        environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"}
        _Process(
            names,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=environment,
        ).wait(timeout=60)


def _wait_for_lock(path: str) -> Optional[int]:
    """The lock that runs hold while they write; None where it could not be had in time."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    end = time.monotonic() + LOCK_PATIENCE
    while time.monotonic() < end:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return descriptor
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES, errno.EINTR):
                break
        time.sleep(TICK)
    os.close(descriptor)
    return None


def _names(folder: str) -> List[str]:
    try:
        return sorted(os.listdir(folder))
    except OSError:
        return []


def _log(token: str, problems: List[str]) -> None:
    try:
        import syslog

        syslog.openlog("portcullis", 0, syslog.LOG_DAEMON)
        if problems:
            syslog.syslog(
                syslog.LOG_ERR, "change %s was not confirmed and could not be undone: %s" % (token, "; ".join(problems))
            )
        else:
            syslog.syslog(syslog.LOG_WARNING, "change %s was not confirmed: the old files are back" % token)
    except (ImportError, OSError):
        return


def main(arguments: List[str]) -> int:
    """`watch FOLDER TOKEN`, or `boot FOLDER` when the system starts."""
    if arguments[:1] == ["watch"] and len(arguments) == 3:
        return watch(arguments[1], arguments[2])
    if arguments[:1] == ["boot"] and len(arguments) == 2:
        recover(arguments[1])
        return 0
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
