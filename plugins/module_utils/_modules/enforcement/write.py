# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""A filter put in force as one change: its files, what the kernel has loaded, and what the programs do afterwards.

Whatever fails, the files are as they were, and so is the kernel's table.
"""

import os
from contextlib import contextmanager
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

from ..._backends import boot, nftables, sshd
from ..._backends.translate import NFTABLES, SSHD
from ..._host.errors import HostError
from ..._host.files.commit import Move, NewFile, Options, commit
from ..._host.files.files import make_folder, remove_folder
from ..._host.rollback.readers import reload_all
from ..._host.system import commands
from ..._host.system.commands import find_program
from ..._host.system.enforcers import nft_load, nft_problem, nft_remove, nft_text, sshd_problem, sshd_servers_problem
from ..errors import TaskError
from ..lockout.confirmation import token_of
from .options import EnforceArguments
from .plan import Plan
from .running import Running, all_in_force, findings, look


class Written(NamedTuple):
    backups: List[str]
    running: Dict[str, Running]  # what the programs do now


class Steps(NamedTuple):
    """What commit() needs of a filter, alone or beside other files."""

    files: List[NewFile]
    words: List[str]  # who reads the files, and who reads them again after an undo
    folders: List[str]  # those that go when nothing is left in them
    made: List[str]  # those that were made for the files
    before: Optional[bytes]  # the kernel's table as it is


def check_texts(plan: Plan) -> None:
    """TaskError where a program would not take its text. Nothing was written."""
    if not plan.tables.root.is_host:
        return
    for change in plan.changes:
        text = (change.data or b"").decode("utf-8")
        problem = ""
        if change.state.path == boot.RULES and change.data is not None:
            problem = nft_problem(text)
        elif change.state.path == sshd.DROPIN:
            # the drop-in may be what stands against a start: it may go
            problem = "" if change.data is None else sshd_problem(text)
            problem = problem or ("" if sshd_problem() else sshd_servers_problem())
        if problem:
            raise TaskError(
                "nothing was written, because the program that reads %s says: %s" % (change.state.path, problem)
            )


def write(arguments: EnforceArguments, plan: Plan, timeout: Optional[int]) -> Written:
    """Write the files, load them, and look whether they are in force. Raises TaskError or HostError, and then all is as it was."""
    running: Dict[str, Running] = {}
    options = Options(token_of(arguments), timeout, arguments.backup, arguments.backup_keep, ())
    with beside(plan, running) as filter_too:
        done = commit(plan.tables.root, *filter_too([], [], [], options))
    return Written(done.backups, running)


Given = Tuple[List[NewFile], List[Move], List[Move], Options]


@contextmanager
def beside(plan: Plan, running: Dict[str, Running]) -> Iterator[Callable[..., Given]]:
    """`with beside(plan, running) as filter_too: commit(root, *filter_too(files, there, back, options))`: other files and a filter as one change.

    `running` becomes what the programs do then. Raises what commit() raises, and nothing is left.
    """
    steps = steps_of(plan)

    def filter_too(files: Sequence[NewFile], there: Sequence[Move], back: Sequence[Move], options: Options) -> Given:
        first = len(files)
        moves = [Move(first + number, item.data) for number, item in enumerate(steps.files)]
        again = [Move(first + number, item.state.data) for number, item in enumerate(steps.files)]
        more = options._replace(
            after_undo=list(options.after_undo) + steps.words,
            folders=list(options.folders) + steps.folders,
            take_effect=lambda: running.update(take_effect(plan, steps.words)),
            filter=steps.before,
        )
        return list(files) + steps.files, list(there) + moves, again[::-1] + list(back), more

    try:
        yield filter_too
    except BaseException as error:
        drop_folders(plan, steps)
        raise taken_back(error)


def steps_of(plan: Plan) -> Steps:
    """The files of a plan, and the folders for them, which are made."""
    root = plan.tables.root
    files = [NewFile(one.state, one.data, 0, 0, one.mode) for one in plan.changes]
    if not root.is_host:
        files = [item._replace(uid=None, gid=None) for item in files]
    words = _words(plan) if root.is_host else []
    made = [
        folder
        for folder in sorted(set(os.path.dirname(one.state.path) for one in plan.changes if one.data is not None))
        if make_folder(root, folder)
    ]
    folders = sorted(set(os.path.dirname(one.state.real_path) for one in plan.changes))
    own = [folder for folder in folders if folder.endswith(".d") and "/systemd/" in folder]  # never the system's own
    return Steps(files, words, own, made, _before() if NFTABLES in words else None)


def drop_folders(plan: Plan, steps: Steps) -> None:
    """Take the folders away that were made for nothing."""
    for folder in steps.made:
        remove_folder(plan.tables.root, folder)


def _words(plan: Plan) -> List[str]:
    """Who reads a file that changes, and who does something else than its file says."""
    running = look(plan.tables.root, plan.wanted)
    drifted = [
        target for target in (NFTABLES, SSHD) if target in running and not all_in_force({target: running[target]})
    ]
    return [word for word in ("systemd", NFTABLES, SSHD) if word in plan.words or word in drifted]


def _before() -> Optional[bytes]:
    text = nft_text()
    return None if text is None else nftables.REMOVE.encode("ascii") + text


def take_effect(plan: Plan, words: List[str]) -> Dict[str, Running]:
    """Let each program read its file; what they do then. Raises TaskError where one does not do what its file says."""
    if not plan.tables.root.is_host:
        return {}
    if "systemd" in words:
        _told(["systemd"])
    if NFTABLES in words:
        wanted = bool(plan.wanted[NFTABLES])
        problem = nft_load(boot.RULES) if wanted else nft_remove()
        if problem:
            raise TaskError(
                "nft does not %s: %s" % ("load %s" % boot.RULES if wanted else "take its table away", problem)
            )
        _start_unit(wanted)
    if SSHD in words:
        problem = sshd_problem()
        if problem:
            raise TaskError("sshd would not start with %s: %s" % (sshd.DROPIN, problem))
        _told(["sshd"])
    running = look(plan.tables.root, plan.wanted)
    if not all_in_force(running):
        found = findings(running)
        told = "; ".join(one["message"].rstrip(".") for one in found[:3])
        raise TaskError("the filter was loaded and is not in force: %s" % told, findings=found)
    return running


def _told(words: List[str]) -> None:
    """Let programs read their files. Raises TaskError where one cannot be told."""
    problem = reload_all(words)
    if problem:
        raise TaskError("%s." % problem)


def taken_back(error: BaseException) -> BaseException:
    """The error of a change that commit() has undone, in words of its end."""
    if not isinstance(error, TaskError):
        return error
    text = str(error).rstrip(".")
    return TaskError("%s. All is as it was: the files, and what was loaded." % text, **error.details)


def _start_unit(wanted: bool) -> None:
    """systemd knows the unit as active from now on, so that it stays so; a failure is seen by what is in force."""
    program = find_program("systemctl")
    if program is None or not os.path.isdir("/run/systemd/system"):
        return
    try:
        commands.run([program, "--no-block", "start" if wanted else "stop", boot.UNIT], timeout=30)
    except HostError:
        return
