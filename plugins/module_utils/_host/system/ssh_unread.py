# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What of sshd's configuration was changed since the running server read it: files, and folders that lost one."""

import glob
import os
import re
from typing import List, NamedTuple, Optional, Sequence, Set, Tuple

from ..files.reading import list_folder, read
from ..files.root import Root
from ..rollback.ssh_servers import servers
from ..files.unread import changed_since, lies_ahead
from .processes import started_at
from .ssh_start import ssh_starts
from .ssh_unit import read_at_start

CONFIG, FOLDER = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
# sshd writes its number there when it starts and again at SIGHUP, right after it has read its files (sshd.c)
PID_FILES = ("/run/sshd.pid", "/var/run/sshd.pid")
_INCLUDE = re.compile(r"^[ \t]*include[ \t=]+(.*)$", re.IGNORECASE | re.MULTILINE)
_PID_FILE = re.compile(r"^[ \t]*pidfile[ \t=]+(\S+)", re.IGNORECASE | re.MULTILINE)
_HOST_KEY = re.compile(r"^[ \t]*hostkey[ \t=]+(\S+)", re.IGNORECASE | re.MULTILINE)
_HOST_CERTIFICATE = re.compile(r"^[ \t]*hostcertificate[ \t=]+(\S+)", re.IGNORECASE | re.MULTILINE)
_HOST_KEYS = tuple("/etc/ssh/ssh_host_%s_key" % kind for kind in ("rsa", "ecdsa", "ed25519"))  # where it names none
_MOST = 1000  # files
_BUSY = ("/", "/etc")  # folders whose names change all the time, for other reasons
_SOON = 0.1  # second: the kernel's clocks have steps


class Unread(NamedTuple):
    """Paths that were changed since sshd read them, those of folders with a slash at the end; `untold` are those that
    were changed since it started, where nothing tells whether it was told to read them again since. `started_with` are
    those that its service reads at its start, where it must be started anew.
    """

    paths: List[str]
    untold: List[str]
    started_with: List[str] = []


class _Read(NamedTuple):
    """What a server reads: files, their texts, and the folders in which it looks for files."""

    paths: List[str]
    texts: List[str]
    folders: List[str]


def unread_by_sshd(root: Root, but: str) -> Unread:
    """What the servers that would be told to read their files may not have read since it was changed, without `but`."""
    unread: Set[str] = set()
    untold: Set[str] = set()
    started_with: Set[str] = set()
    drop_ins = ["%s/%s" % (FOLDER, name) for name in list_folder(root, FOLDER) if name.endswith(".conf")]
    told_ones = set(pid for pid, _words in servers())
    for start in [one for one in ssh_starts(None) if one.process.pid in told_ones]:
        read_ones = _with_included(root, [CONFIG if start.config is None else start.config] + drop_ins)
        began = started_at(start.process.pid)
        if began is not None:
            started_with |= _changed_since(_found(read_at_start(start.process.pid)), began + _SOON, "")
        last, told = _last_reading(start.process.pid, _PID_FILE.findall("\n".join(read_ones.texts))[:1])
        if last is not None:
            keys = _found(_host_keys("\n".join(read_ones.texts)))
            changed = _changed_since(read_ones, last + _SOON, but) | _changed_since(keys, last + _SOON, "")
            (unread if told else untold).update(changed)
    return Unread(sorted(unread), sorted(untold - unread), sorted(started_with))


def _host_keys(text: str) -> List[str]:
    """The files of the host's keys, which a server keeps in memory."""
    named = _HOST_KEY.findall(text) or _HOST_KEYS
    return [path for path in list(named) + _HOST_CERTIFICATE.findall(text) if path.startswith("/")]


def _found(patterns: Sequence[str]) -> _Read:
    """The files of some patterns, and the folders that decide what these find."""
    paths = [path for pattern in patterns for path in glob.glob(pattern)]
    folders = set(folder for pattern in patterns for folder in _searched(pattern))
    return _Read(paths, [], sorted(folders - set(_BUSY)))


def _changed_since(read_ones: _Read, since: float, but: str) -> Set[str]:
    """The files, and the folders that have lost one or got another name for one; where a file shows it, not its folder."""
    files = set(path for path in read_ones.paths if path != but and _changed(path, since))
    shown = set(os.path.dirname(path) for path in files)
    return files | set(
        path + "/" for path in read_ones.folders if path not in shown and _has_other_names(path, since, but)
    )


def _has_other_names(folder: str, since: float, but: str) -> bool:
    """Whether a name came into a folder or left it since, but for the last time that `but` was replaced."""
    try:
        changed = os.stat(folder).st_mtime
        if os.path.dirname(but) == folder and os.path.lexists(but):
            return changed > since and abs(changed - os.stat(but).st_ctime) > _SOON
        return changed > since
    except OSError:
        return False


def _with_included(root: Root, paths: List[str]) -> _Read:
    """The same with all that they include (sshd_config(5)), in other folders, too."""
    texts = []
    folders: Set[str] = set()
    for path in paths:  # it grows
        text = (read(root, path).data or b"").decode("utf-8", "replace")
        texts.append(text)
        patterns = [word.strip('"') for words in _INCLUDE.findall(text) for word in words.split()]
        patterns = [os.path.join(os.path.dirname(CONFIG), pattern) for pattern in patterns]
        folders.update(folder for pattern in patterns for folder in _searched(pattern))
        found = [one for pattern in patterns for one in glob.glob(pattern)]
        paths += [one for one in dict.fromkeys(found) if one not in paths][: max(0, _MOST - len(paths))]
    return _Read(paths, texts, sorted(folders - set(_BUSY)))


def _searched(pattern: str) -> List[str]:
    """The folders whose names decide what a pattern finds; the nearest where they are not there."""
    head, tail = os.path.split(pattern)
    several = glob.has_magic(head)
    heads = glob.glob(head) if several else [head]
    found = [one for one in heads if glob.has_magic(tail) or not os.path.lexists(os.path.join(one, tail))]
    for number, folder in enumerate(found):
        while not os.path.isdir(folder):
            folder = os.path.dirname(folder)
        found[number] = folder
    return found + (_searched(head) if several else [])


def _changed(path: str, since: float) -> bool:
    """Whether a file, or a link that leads to it, was changed since."""
    try:
        return changed_since(path, since) or os.lstat(path).st_ctime > since
    except OSError:
        return False


def _last_reading(pid: int, named: Sequence[str]) -> Tuple[Optional[float], bool]:
    """When a server has read its files last, in seconds of the epoch: at its start, or at a later SIGHUP; and whether
    that is told. `named`: the PidFile of its configuration.
    """
    began = started_at(pid)
    told = False
    for path in PID_FILES + tuple(named):
        try:
            with open(path, "rb") as stream:
                if began is not None and stream.read(32).strip() == b"%d" % pid:
                    wrote = os.fstat(stream.fileno()).st_mtime
                    if not lies_ahead(wrote):
                        began, told = max(began, wrote), True
        except OSError:
            continue
    return began, told
