# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Daemons of an image, where nothing runs: what is installed."""

import os
from typing import List, Optional, Sequence

from ..._host.errors import HostError
from ..._host.files.files import list_folder
from ..._host.files.reading import stat_file
from ..._host.files.root import Root
from ..._host.system.commands import FOLDERS
from ..._host.system.daemon_configurations import Configurations
from ..._host.system.daemon_users import becomes
from ..._host.system.known_daemons import BY_PROGRAM, ROWS
from ..._host.system.libraries import Libraries
from ..._host.system.ssh_session_program import other_session
from ..._libwrap.printable import printable
from ..._superservers.systemd_view import own_place
from .doubts import files_of, held_apart
from .listener import LIBWRAP, Asker, Listener, OwnCheck, own_check
from .preloaded import held_where_preloaded, why_of_preloaded
from .remedies import remedy_of_process
from .started_as import started_as
from .started_by_units import Start, Starts

_WANTS = "/etc/systemd/system/multi-user.target.wants"
_OF_DAEMONS = tuple(folder for folder in FOLDERS if folder.endswith(("/sbin", "/libexec")))
_UNREAD = Start(doubt="the units that may start it cannot be read")
# they ask by names of their configuration, never by their own
_NEVER_BY_THEIR_OWN = ("bacula", "cyrus", "dovecot", "stunnel")


def installed_daemon(root: Root, daemon: str, started: bool = False) -> Optional[Listener]:
    """The program that asks libwrap by the name of a daemon, or would; None where none is installed. `started`: only one
    that starts with the system.
    """
    libraries, read = Libraries(root), Configurations(root)
    units = Starts(root, libraries)
    for path in _places(daemon):
        if stat_file(root, path).kind != "file":
            continue
        starts = units.of(path)
        check = _least([_check(read, libraries, path, start) for start in _or_usual(starts)])
        if daemon.lower() not in [name.lower() for name in check.names]:
            continue
        if check.known.named_by in _NEVER_BY_THEIR_OWN and daemon == os.path.basename(path):
            continue
        if started and starts == [] and not is_enabled(root, daemon):
            continue
        return held_where_preloaded(_listener(daemon, path, check), why_of_preloaded(root))
    return None


def _or_usual(starts: Optional[List[Start]]) -> List[Start]:
    """How it is started, without words of its own where no unit of the image does."""
    return [_UNREAD] if starts is None else starts or [Start()]


def _check(read: Configurations, libraries: Libraries, path: str, start: Start) -> OwnCheck:
    program = start.program or path
    link = libraries.find_libwrap(program)
    # a copy does what the program does, whatever it is called
    known_as = program if os.path.basename(program) == os.path.basename(path) else path
    check = own_check(read, libraries, link, known_as, start.args)
    if start.doubt and not (start.words_alone and check.asks and _asks_always(check)):
        return check._replace(asks=None, reason=start.doubt, remedy="")
    if check.asks is False:
        return check
    if start.other:
        told = "%s, but its unit gives it other tables than the image's (%s)" % (check.reason, printable(start.other))
        return check._replace(asks=False, reason=told)
    words = ("sshd",) + start.args
    other, files = read.noted(lambda: other_session(read, words, check.session) if check.session else "")
    if other:
        return check._replace(asks=None, reason=other)
    if start.settings is not None:
        own = own_place(start.settings.settings, start.commands, files_of(check._replace(session_files=files)))
        if own:
            return held_apart(check, own)
    return _as_asked(read, check, program, start)


def _asks_always(check: OwnCheck) -> bool:
    """Whether neither its words nor its configuration can make a daemon not ask."""
    known = check.known
    return not (known.switch or known.opening or known.named_by or known.asks_in)


def _as_asked(read: Configurations, check: OwnCheck, program: str, start: Start) -> OwnCheck:
    """With the user that it is started as, or becomes before it asks, where that is known."""
    if check.user is not None:
        return check
    user = read.accounts.user("root") if start.settings is None else start.user
    return check._replace(user=becomes(check.known, read.accounts, started_as(read.root, program, user)))


def _least(checks: Sequence[OwnCheck]) -> OwnCheck:
    """Of several starts of one program the one that holds for all: who does not ask, else of whom it is not known, else
    who may not read everything.
    """
    return min(
        checks,
        key=lambda check: (
            (False, None, True).index(check.asks),
            check.user is not None and check.user.reads_anything,
        ),
    )


def is_enabled(root: Root, daemon: str) -> bool:
    """Whether a service of systemd's that is called like the daemon, its program or its package starts with the system."""
    wanted = {daemon.lower()}
    for row in ROWS:
        if daemon in (row.daemon, *row.programs):
            wanted |= {name.lower() for name in row.programs} | {row.package, row.package.partition("-server")[0]}
    if "sshd" in wanted:
        wanted.add("ssh")
    try:
        names = list_folder(root, _WANTS)
    except HostError:
        return False
    return any(name.endswith(".service") and name[: -len(".service")].lower() in wanted for name in names)


def _places(daemon: str) -> List[str]:
    """Where a program may be that asks by this name: a client of that name is none (/usr/bin/ssh)."""
    if "/" in daemon:
        return []
    rows = [row for row in ROWS if row.daemon == daemon or daemon in row.programs]
    known = list(dict.fromkeys(name for row in rows for name in row.programs))
    own = [] if daemon in BY_PROGRAM else [os.path.join(folder, daemon) for folder in _OF_DAEMONS]
    return own + [os.path.join(folder, name) for name in known for folder in FOLDERS]


def _listener(daemon: str, path: str, check: OwnCheck) -> Listener:
    asker = Asker(LIBWRAP, daemon, check.user, None, check.untold)
    askers = None if check.asks is None else (asker,) if check.asks else ()
    remedy = "" if askers else remedy_of_process(daemon, check.remedy)
    return Listener(
        daemon,
        "process",
        "tcp",
        daemon,
        askers,
        check.reason,
        None,
        (),
        None,
        (),
        path,
        check.known.own_tables,
        (),
        path,
        None,
        False,
        remedy=remedy,
    )
