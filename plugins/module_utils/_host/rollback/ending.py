# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Carry out the verdict on a change: its files are undone or stay, and what it left goes."""

import os
from typing import Any, Dict, Optional, Set

from .boot_files import remove_boot_files
from .descriptors import open_folder, remove_folder, unlink_beside
from .file_systems import file_system_away
from .known import Known, known_of
from .names import BACKUP, MOVING, OURS, ROLLED_BACK, spare_name
from .nftables import load_text
from .readers import reload_all
from .restoring import undo
from .store import Refused, Store
from .syncing import sync, sync_steps

_KERNEL = "the kernel's filter"
_TOLD: Dict[str, Set[str]] = {}  # by token: who was told already, when an undo is tried again


def finish(store: Store, token: str, verdict: str, known: Optional[Known] = None) -> str:
    """Carry a verdict out that was given. Returns what stands against it, "" when it is done; until then the record
    stays.

    `known`: the change, where it has been read already. Raises Refused where the record is not ours.
    """
    try:
        if store.state(token) != verdict:
            return ""
        record = known.record if known is not None else store.record(token, verdict)
        undone = verdict == ROLLED_BACK and store.has(token + "." + MOVING)
        known = known or (known_of(store, token, record) if undone else None)
        away = file_system_away(record)
        if away:
            return _wait_for_file_system(token, known if undone else None, away)
        if undone and known is not None:
            _remove_temporaries(
                record, set(step.beside for step in known.steps)
            )  # a run that wakes up late finds nothing to rename
            problem = _put_all_back(token, known)
            if problem:
                return problem
        _clean(store, token, record, verdict)
    except FileNotFoundError as error:
        return "" if store.state(token) is None else str(error)  # the other one that does the same was faster
    except OSError as error:
        return str(error)
    return ""


def _put_all_back(token: str, known: Known) -> str:
    """The old files, then whoever reads them, and then the disk. Returns what stands against it, "" when all is as it was.
    Raises OSError.
    """
    problem = undo(known.steps)
    if problem:
        _let_in(token, known)
    else:
        problem = reload_all(known.record["reload"], known.filter, _TOLD.setdefault(token, set()))
    if not problem:
        sync_steps(known.steps)
    return problem


def _wait_for_file_system(token: str, undone: Optional[Known], away: str) -> str:
    """Nothing is touched, not even to tidy up: an automount would start, and what is written goes below the mount. Only the
    kernel needs none.
    """
    if undone is not None:
        _let_in(token, undone)
    return away


def _let_in(token: str, known: Known) -> None:
    """The kernel's old filter, once, while a file cannot be written: it needs none."""
    done = _TOLD.setdefault(token, set())
    if "nftables" in known.record["reload"] and _KERNEL not in done and load_text(known.filter):
        done.add(_KERNEL)


def _clean(store: Store, token: str, record: Dict[str, Any], verdict: str) -> None:
    """Remove all that the change left beside the files, then its record. Raises OSError, and can be done again."""
    _remove_temporaries(record, set())
    for item in record["files"]:
        try:
            folder = open_folder(item["folder"])
        except OSError:
            continue
        try:
            if item["backup"] and verdict == ROLLED_BACK:
                unlink_beside(item["backup"], folder)
            elif item["backup"]:
                prune(folder, item["name"], item["keep"])
        finally:
            os.close(folder)
        if item["remove_folder"]:
            remove_folder(item["folder"])
    remove_boot_files(token)
    store.mark_settled(token)
    store.unlink(token + "." + MOVING)  # from here on nothing can be undone, and needs not be: the copies go
    sync([store.descriptor])
    for name in store.names():
        match = OURS.match(name)
        if match and match.group("token") == token and name != token + "." + verdict:
            store.unlink(name)
    store.unlink(token + "." + verdict)
    sync([store.descriptor])
    store.remove()


def _remove_temporaries(record: Dict[str, Any], keep: Any) -> None:
    for item in record["files"]:
        try:
            folder = open_folder(item["folder"])
        except (FileNotFoundError, NotADirectoryError):
            continue
        try:
            for name in item["temporary"] + [spare_name(item["name"])]:
                if name not in keep:
                    unlink_beside(name, folder)
        finally:
            os.close(folder)


def prune(folder: int, name: str, keep: int) -> None:
    """Remove the oldest backups of a file until `keep` are left; one that cannot be removed stays."""
    copies = sorted(
        entry for entry in os.listdir(folder) if entry.startswith(name) and BACKUP.match(entry[len(name) :])
    )
    for copy in copies[: max(0, len(copies) - keep)]:
        try:
            unlink_beside(copy, folder)
        except OSError:
            return


def is_watched(store: Store, token: str) -> bool:
    """Whether a watchdog lives, as far as that can be told."""
    try:
        return store.watched(token)
    except OSError:
        return False


def end(store: Store, token: str, known: Optional[Known] = None) -> str:
    """End a change that nobody watches any more, or whose time is over. Returns what stands against it, "" when that is
    done.
    """
    try:
        _give_verdict(store, token, known)
        state = store.state(token)
        return "" if state is None else finish(store, token, state, known)
    except Exception as error:
        return reason_of(error)


def _give_verdict(store: Store, token: str, known: Optional[Known]) -> None:
    """That the change is undone, where it has no verdict yet. Raises OSError and Refused."""
    try:
        store.settle(token, ROLLED_BACK, known is not None)
    except OSError:
        if known is not None:
            _let_in(token, known)
        raise


def end_swept(store: Store, token: str, known: Known) -> str:
    """Undo a change whose record somebody removed. Returns what stands against it, "" when that is done."""
    try:
        away = file_system_away(known.record)
        problem = _wait_for_file_system(token, known, away) if away else _put_all_back(token, known)
        if not problem:
            _clean(store, token, known.record, ROLLED_BACK)
        return problem
    except Exception as error:
        return reason_of(error)


def reason_of(error: Exception) -> str:
    """What an error says; of one that nobody has thought of, its name besides."""
    return str(error) if isinstance(error, (OSError, Refused)) else "%s: %s" % (type(error).__name__, error)
