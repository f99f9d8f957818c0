# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which users of the running host are people, and which processes are a person's own and no daemon."""

import os
import pwd
import re
from functools import lru_cache
from typing import Dict, FrozenSet, List, Optional, Set, Tuple

from .processes import PROC, Process
from .time_of_users import OF_THE_SYSTEM, subordinates

_DEFINITIONS = "/etc/login.defs"
_FIRST = 1000
_NOBODY = 65534
_SUBORDINATES = "/etc/subuid"
_NO_LOG_IN = ("", "4294967295")
# the first NAME.service below slices: deeper, and below user.slice, users call their own control groups as they like
_SERVICE = re.compile(
    r"^\d+:[^:\n]*:((?:/(?!user\.slice/|[^/\n]*\.service/)[^/\n]+)*?/(?!user\.slice/)[^/\n]+\.slice/(?:[^/\n]+\.slice/)*[^/\n]+\.service)(?:/|$)",
    re.MULTILINE,
)
# as container engines call the control group of a container that the system runs: Docker, Podman, CRI-O, containerd
_CONTAINER = re.compile(r"/(?:docker|libpod|crio|cri-containerd|kubepods)[-/.]")
CONTROL_GROUPS = "/sys/fs/cgroup"
_OF_A_CRONTAB = re.compile(r"cron-.*\.service\Z")  # systemd-cron's units: cron-USER-USER-0.service
MAX_GROUPS = 2000  # below one service
_TOO_MANY = -1
_MORE = "more"


def is_person(number: int, definitions: str = _DEFINITIONS) -> bool:
    """Whether a user, or a group of the same number, is an ordinary one: from UID_MIN of login.defs on.

    Beyond UID_MAX are users too: those of directories, of systemd-homed, and of people's own user namespaces.
    """
    return number >= _first(definitions) and number not in OF_THE_SYSTEM


def is_persons_process(
    process: Process, proc: str = PROC, definitions: str = _DEFINITIONS, groups: str = CONTROL_GROUPS
) -> bool:
    """Whether an ordinary user started the process: it belongs to a login, or to the user's own services.

    A service of systemd's, or a container, that runs as an ordinary user was started by the system and belongs to no login. One that
    others run in, too, starts programs for its users, as a mail server does for a .forward. Where the program may not
    be seen, nothing speaks for an ordinary user's process. A set-uid program that an ordinary user started is theirs.
    """
    folder = os.path.join(proc, str(process.pid))
    # a set-uid program that a person started is root's by its effective user alone: su keeps the sockets that it was given
    uids = {process.uid} | _uids_of(folder)
    if not any(is_person(uid, definitions) for uid in uids) and not _may_be_a_persons(folder, uids, proc):
        return False
    if process.executable is None or _text(os.path.join(folder, "loginuid")).strip() not in _NO_LOG_IN:
        return True
    service = _service_in(_text(os.path.join(folder, "cgroup")), groups)
    if not service:
        return not is_in_a_container(process.pid, proc, groups)
    return _others_run_in(service, process.uid, proc, groups)


def _may_be_a_persons(folder: str, uids: Set[int], proc: str) -> bool:
    """Whether a process runs as a user of the system's numbers that a person may be, too: in a namespace that a person
    may have made, as one of those that subuid(5) gives to people, or as one who logs in. A set-uid file of such a user
    takes the number out of the namespace.
    """
    odd = [uid for uid in uids if uid in OF_THE_SYSTEM]
    if not odd:
        return False
    if any(uid in numbers for numbers in subordinates(_SUBORDINATES) for uid in odd) or any(map(_logs_in, odd)):
        return True
    try:
        return os.readlink(os.path.join(folder, "ns", "user")) != os.readlink(os.path.join(proc, "self", "ns", "user"))
    except OSError:
        return False


@lru_cache(maxsize=None)
def _logs_in(uid: int) -> bool:
    """Whether a user has a shell: systemd's own have none, and nobody had one once."""
    if uid == _NOBODY:
        return False
    try:
        shell = pwd.getpwuid(uid).pw_shell
    except KeyError:
        return False
    return os.path.basename(shell) not in ("nologin", "false")


def is_of_the_system(process: Process, proc: str = PROC, groups: str = CONTROL_GROUPS) -> bool:
    """Whether the system itself started a process, whoever its program belongs to: it is root's altogether, or runs in a
    service of its own, or in a container, and belongs to no login.
    """
    folder = os.path.join(proc, str(process.pid))
    if is_roots(process, proc):
        return True
    if is_in_a_login(process.pid, proc):
        return False
    service = _service_in(_text(os.path.join(folder, "cgroup")), groups)
    if not service:
        return is_in_a_container(process.pid, proc, groups)
    return not _others_run_in(service, process.uid, proc, groups)


def is_roots(process: Process, proc: str = PROC) -> bool:
    """Whether a process is root's altogether, by all of its users: nobody else can have started it."""
    return {process.uid} | _uids_of(os.path.join(proc, str(process.pid))) == {0}


def service_of(pid: int, proc: str = PROC) -> str:
    """The control group of the service of systemd's that a process runs in, else all its control groups; "" where it is gone."""
    groups = _text(os.path.join(proc, str(pid), "cgroup"))
    return _service_in(groups) or groups


def _service_in(text: str, groups: str = CONTROL_GROUPS) -> str:
    """The control group of a service among those of a process; "" for none. Its slice is root's, as far as that can be seen."""
    for found in _SERVICE.finditer(text):
        if _is_roots_group(("", "systemd", "unified"), os.path.dirname(found.group(1)), groups) is not False:
            return found.group(1)
    return ""


def is_below_roots(process: Process, proc: str = PROC) -> bool:
    """Whether a process of root's alone, but not the first of all, started it in its own service, as a master does a worker."""
    found = re.search(r"^PPid:\s*(\d+)", _text(os.path.join(proc, str(process.pid), "status")), re.MULTILINE)
    above = int(found.group(1)) if found else 0
    if above < 2 or service_of(above, proc) != service_of(process.pid, proc):
        return False
    return _uids_of(os.path.join(proc, str(above))) == {0}


def is_in_a_login(pid: int, proc: str = PROC) -> bool:
    """Whether a process belongs to somebody's login, by its number."""
    return _text(os.path.join(proc, str(pid), "loginuid")).strip() not in _NO_LOG_IN


def is_in_a_container(pid: int, proc: str = PROC, groups: str = CONTROL_GROUPS) -> bool:
    """Whether a container engine of the system's has put a process into one. Process 1 has such a group too where the host
    is a container. Below a service with Delegate=, its user calls control groups as he likes, and users of
    pam_cgfs(8) do so in their own.
    """
    ours = control_groups(os.path.join(proc, "1"))
    for hierarchy, path in control_groups(os.path.join(proc, str(pid))).items():
        base = re.sub(r"/init\.scope\Z", "", ours.get(hierarchy, "")).rstrip("/")
        inner = path[len(base) :] if path.startswith(base + "/") else "" if path == base else path
        found = None if "/user.slice" in inner else _CONTAINER.search(inner + "/")
        if found is None:
            continue
        end = len(path) - len(inner) + (inner + "/").index("/", found.start() + 1)
        mounted = (hierarchy.replace("name=", ""),) if hierarchy else ("", "unified")
        made = _is_roots_group(mounted, path[:end], groups)
        if made or made is None and ".service/" not in inner[: found.start() + 1]:
            return True
    return False


def _is_roots_group(hierarchies: Tuple[str, ...], path: str, groups: str) -> Optional[bool]:
    """Whether root has made a control group, in the first of some hierarchies that has it; None where that cannot be seen."""
    for hierarchy in hierarchies:
        try:
            return os.stat(os.path.join(groups, hierarchy, path.lstrip("/"))).st_uid == 0
        except OSError:
            continue
    return None


def control_groups(folder: str) -> Dict[str, str]:
    """The control groups of a process by hierarchy (cgroups(7))."""
    lines = (line.split(":", 2) for line in _text(os.path.join(folder, "cgroup")).split("\n"))
    return {words[1]: words[2] for words in lines if len(words) == 3}


def _others_run_in(service: str, uid: int, proc: str, groups: str) -> bool:
    """Whether a service runs processes of several users, or such as people have told it to: batch systems have a group for
    each job below their own, and systemd-cron a service for each line of a crontab. False where that cannot be read.
    """
    if _OF_A_CRONTAB.match(service.rpartition("/")[2]):
        return True
    users = _users_in(service, proc, groups)
    return bool(users) and users != {uid}


@lru_cache(maxsize=256)
def _users_in(service: str, proc: str, groups: str) -> FrozenSet[int]:
    """The users of all members of a service, whoever came first, and _TOO_MANY where its control groups are more than any
    service has: read once, for each of thousands is asked about.
    """
    members = members_of(service, groups)
    uids = {_uid_of(os.path.join(proc, member)) for member in members if member != _MORE}
    return frozenset([uid for uid in uids if uid is not None] + ([_TOO_MANY] if _MORE in members else []))


@lru_cache(maxsize=256)
def members_of(service: str, groups: str = CONTROL_GROUPS) -> Tuple[str, ...]:
    """The processes in the control group of a service and in those below it; with _MORE where these are more than any has."""
    for hierarchy in ("", "systemd", "unified"):
        found: List[str] = []
        for number, (folder, _folders, _files) in enumerate(
            os.walk(os.path.join(groups, hierarchy, service.lstrip("/")))
        ):
            if number > MAX_GROUPS:
                return tuple(found + [_MORE])
            found += _text(os.path.join(folder, "cgroup.procs")).split()
        if found:
            return tuple(found)
    return ()


def _uids_of(folder: str) -> Set[int]:
    """The real, effective, saved and file users of a process; none where it is gone."""
    found = re.search(r"^Uid:((?:\s+\d+)+)", _text(os.path.join(folder, "status")), re.MULTILINE)
    return {int(uid) for uid in found.group(1).split()} if found else set()


def _uid_of(folder: str) -> Optional[int]:
    found = re.search(r"^Uid:\s+\d+\s+(\d+)", _text(os.path.join(folder, "status")), re.MULTILINE)
    return int(found.group(1)) if found else None


def _first(definitions: str) -> int:
    found = re.findall(r"^[ \t]*UID_MIN[ \t]+(\d+)[ \t]*$", _text(definitions), re.MULTILINE)
    return int(found[-1]) if found else _FIRST


def _text(path: str) -> str:
    try:
        with open(path, "rb") as stream:
            return stream.read(1 << 20).decode("utf-8", "replace")
    except OSError:
        return ""
