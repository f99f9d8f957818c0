# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Undo a change of files that nobody confirmed. A program of its own, which is copied to the host while a change waits.

It imports nothing but the standard library, so that `python -I -S TOKEN.py watch FOLDER TOKEN` runs without Ansible.
pending.py writes the record that it reads. A record has names as the bytes that they are, each byte one character: whoever reads it
may have another locale than who wrote it.

The state of a change is the name of its record: TOKEN.pending becomes TOKEN.confirmed or TOKEN.rolledback by one
rename, so exactly one of the two happens, whoever comes first. A record names files by folder and name, their old bytes
stand beside it; it names no program and no path that anything is written to but the files of the change. Everything is
reached through descriptors of folders that no link leads to.
"""

import base64
import errno
import fcntl
import getopt
import json
import os
import re
import select
import signal
import stat
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import Any, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

PENDING, CONFIRMED, ROLLED_BACK = "pending", "confirmed", "rolledback"
STATES = (PENDING, CONFIRMED, ROLLED_BACK)
MOVING = "moving"  # TOKEN.moving is there from right before the first rename on: without it there is nothing to undo. It holds the deadline
PREPARATION = 30.0  # seconds that a run may take, beside its time-out, until its first rename
TOKEN = re.compile(r"\A[0-9a-f]{16,64}\Z")
RELOADS = {
    "xinetd": ("xinetd",),
    "inetd": ("inetd", "inetutils-inetd", "xinetd"),
    "systemd": (),
    "nftables": (),
    "sshd": ("sshd",),
}  # programs that read their files again on SIGHUP
FILTER_RULES = "/etc/portcullis.nft"  # what nftables loads; without it, the table goes
FILTER_UNIT = "portcullis-enforce.service"
FILTER_TABLE = "table inet portcullis"
FILTER_REMOVE = b"table inet portcullis\ndelete table inet portcullis\n"  # whether it is there or not
FILTER_PATIENCE = 60.0  # seconds that nft may take
FOLDERS = (
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/libexec",
    "/usr/pkg/sbin",
    "/usr/pkg/bin",
)  # those of system/commands.py, from which nothing is imported here
UNITS = "/etc/systemd/system"
RUN_UNITS = "/run/systemd/system"  # a unit of a systemd that is too old for systemd-run is here while the change waits
WANTS = ("sysinit.target.wants", "basic.target.wants", "multi-user.target.wants")
MADE = 0o700  # the mode of one of them that was made for our link alone; systemd and its tools make none like it
CRON = "/etc/cron.d"
ENDED = "ended"  # of a change: its watchdog was ended by a signal, and undid it before its time was over
TOLD = "told"  # a super-server: who, and when
KEPT = 20  # tokens of changes that were confirmed, and of those that were ended
LOCK_NAME = "portcullis-tcp_wrappers.lock"
LOCK_PATIENCE = 10.0  # seconds; a hung run must not keep the operator out
FROZEN = 3.0  # seconds without a sign of life, and the other watchdog takes over
TICK = 0.1
VERSION = 4

_OURS = re.compile(
    r"\A(?P<token>[0-9a-f]{16,64})\.(?:pending|confirmed|rolledback|moving|watchdog|py|copy[0-9]{1,5})(?:\.new)?\Z"
)
_TEMPORARY = re.compile(r"\A\.(?P<name>.+)\.portcullis\.[0-9]+\.[0-9a-f]{8}\.tmp\Z", re.DOTALL)
_BACKUP = re.compile(r"\.portcullis\.[0-9]{8}T[0-9]{6}\.[0-9]{6}Z~\Z")
_ACL = "system.posix_acl_access"
_CONTENT_HASHES = ("security.ima", "security.evm")
_HELD = (errno.EAGAIN, errno.EACCES)  # what flock(2) says of a lock that another has
_LONGEST = 180  # bytes
# by which somebody ends a program: without an undo the change would stay, for systemd takes some of them for a clean end
_ENDING = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
    signal.SIGALRM,
    signal.SIGXCPU,
)
_SIZE_LIMIT = 128 * 1024 * 1024
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC

ALIVE: List[Callable[[], None]] = [lambda: None]  # called while a program is waited for
# sshd(8) of OpenSSH 6.6 to 10.0: the options that take a value, and those that take none
SSHD_OPTIONS = "46DGQRTVdeiqrtB:C:E:b:c:f:g:h:k:o:p:u:"
_VALUE_COMES = re.compile("-[%s]*[%s]$" % ("46DGQRTVdeiqrt", "BCEbcfghkopu"))
_FLAGS = re.compile("-[46DGQRTVdeiqrt]+$")
_INCLUDES = re.compile(rb"^[ \t]*include[ \t=]", re.IGNORECASE | re.MULTILINE)
NOT_TO_BE_RUN = "/etc/ssh/sshd_not_to_be_run"  # a condition of Debian's ssh.service
SSH_UNITS = ("ssh.service", "sshd.service", "ssh.socket", "sshd.socket")
_NOBODY = "nobody logs in by it until it does"
_BINDS = 5.0  # seconds that an ssh server may take until it listens again
_MOST_THIEVES = 10  # times that a port is taken from somebody who has taken it
_STOPPED: Set[str] = set()  # services of sshd that did not start anew
_TOLD: Dict[str, Set[str]] = {}  # by token: who was told already, when an undo is tried again

Owner = Tuple[int, int, int]  # uid, gid, permission bits


# one file as it shall be again; `data` None: it shall not be there
class Step(NamedTuple):
    folder: str
    name: str
    data: Optional[bytes]
    owner: Owner
    extended: Dict[str, bytes]
    beside: str  # a second name that may hold it already; "" for none
    mounted: bool = True  # whether it was a mount of its own before the change, or that is not known


# a change as its record has it: what a watchdog has read once it needs not read again, whatever becomes of the files
class Known(NamedTuple):
    record: Dict[str, Any]
    steps: List[Step]
    filter: Optional[bytes]


class Refused(Exception):
    """Something that stands where our own things should be is not ours; nothing of it was touched."""


class Store:
    """The folder of pending changes, held open. Only the effective user may be able to write in it, or Refused is
    raised. `swept`: whoever changed the modes of what is in /etc does not keep a change from being undone, as long as
    nobody else may write here.

    Raises FileNotFoundError where there is none.
    """

    def __init__(self, path: str, new: bool = False, swept: bool = False) -> None:
        self.path = path
        self.swept = swept
        self.parent = open_folder(os.path.dirname(path))
        self.descriptor = -1
        try:
            try:
                self.descriptor = os.open(os.path.basename(path), _FOLDER, dir_fd=self.parent)
            except OSError as error:
                if error.errno in (errno.ELOOP, errno.ENOTDIR, errno.EACCES):
                    raise Refused(refusal(path, "a link, or no folder, or closed to this user"))
                raise
            if new:
                os.fchmod(self.descriptor, 0o700)
            info = os.fstat(self.descriptor)
            if info.st_uid != os.geteuid() or not self._has_mode(info, 0o700):
                raise Refused(
                    refusal(path, "a folder of user %d with mode %04o" % (info.st_uid, stat.S_IMODE(info.st_mode)))
                )
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Store":
        return self

    def __exit__(self, *_error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Give the descriptors back; harmless when that was done."""
        for descriptor in (self.descriptor, self.parent):
            if descriptor >= 0:
                os.close(descriptor)
        self.descriptor = self.parent = -1

    def _has_mode(self, info: os.stat_result, wanted: int) -> bool:
        mode = stat.S_IMODE(info.st_mode) & 0o777
        return not mode & 0o022 if self.swept else mode == wanted

    def names(self) -> List[str]:
        """All names in it."""
        return sorted(os.listdir(self.descriptor))

    def has(self, name: str) -> bool:
        """Whether the name is there, whatever it is."""
        return _is_in(name, self.descriptor)

    def open(self, name: str, flags: int) -> int:
        """A descriptor of one of our files. Raises Refused where it is not a regular file of this user with mode 0600
        and one name, FileNotFoundError where it is not there or goes meanwhile.
        """
        try:
            descriptor = os.open(
                name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600, dir_fd=self.descriptor
            )
        except OSError as error:
            if error.errno in (errno.ELOOP, errno.EISDIR, errno.ENXIO):
                raise Refused(refusal("%s/%s" % (self.path, name), "not a regular file"))
            raise
        info = os.fstat(descriptor)
        seen = (stat.S_ISREG(info.st_mode), info.st_uid, self._has_mode(info, 0o600), info.st_nlink)
        if not info.st_nlink:  # whose it was may remove it at any time
            os.close(descriptor)
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), "%s/%s" % (self.path, name))
        if seen != (True, os.geteuid(), True, 1):
            os.close(descriptor)
            raise Refused(
                refusal(
                    "%s/%s" % (self.path, name),
                    "of user %d with mode %04o and %d names" % (info.st_uid, stat.S_IMODE(info.st_mode), info.st_nlink),
                )
            )
        return descriptor

    def read(self, name: str) -> bytes:
        """The bytes of one of our files."""
        descriptor = self.open(name, os.O_RDONLY)
        try:
            return read_all(descriptor)
        finally:
            os.close(descriptor)

    def write(self, name: str, data: bytes) -> None:
        """A complete, synced file or none."""
        self.unlink(name + ".new")
        descriptor = os.open(name + ".new", _CREATE, 0o600, dir_fd=self.descriptor)
        try:
            os.fchmod(descriptor, 0o600)
            write_all(descriptor, data)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        os.rename(name + ".new", name, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor)

    def unlink(self, name: str) -> None:
        """Remove a name, if it is there and is one of ours."""
        if _OURS.match(name):
            unlink(name, self.descriptor)

    def sync(self) -> None:
        """Make the names survive a power cut."""
        os.fsync(self.descriptor)

    def remove(self) -> None:
        """Remove the folder; not while another change waits in it."""
        try:
            os.rmdir(os.path.basename(self.path), dir_fd=self.parent)
        except OSError:
            return

    def changes(self) -> List[Tuple[str, str]]:
        """(token, state) of every recorded change."""
        split = [name.rpartition(".") for name in self.names()]
        return [(token, state) for token, _dot, state in split if state in STATES and TOKEN.match(token)]

    def state(self, token: str) -> Optional[str]:
        """The state of a change; None where nothing is left of it."""
        for _attempt in range(2):  # it may get its verdict between two looks
            for state in STATES:
                if self.has(token + "." + state):
                    return state
        return None

    def settle(self, token: str, verdict: str, known: bool = False) -> bool:
        """Give the one verdict on a pending change; False where it has one already. Raises Refused where its record is
        not ours; one that is known was read before.
        """
        try:
            if not known:
                self.record(token, PENDING)
            os.rename(
                token + "." + PENDING, token + "." + verdict, src_dir_fd=self.descriptor, dst_dir_fd=self.descriptor
            )
        except FileNotFoundError:
            return False
        self.sync()
        return True

    def record(self, token: str, state: str) -> Dict[str, Any]:
        """The record of a change, checked. Raises Refused where it cannot be one of ours."""
        path = "%s/%s.%s" % (self.path, token, state)
        try:
            record = json.loads(self.read(token + "." + state).decode("ascii"))
            check_record(record)
            return with_names(record, lambda name: os.fsdecode(name.encode("latin-1")))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise Refused(refusal(path, "no record of a change (%s)" % error))

    def watched(self, token: str) -> bool:
        """Whether the watchdog of a change lives: it holds the lock of its file as long as it does. Raises OSError where
        the file system has no locks (NFS without lockd: ENOLCK): then nobody can tell.
        """
        try:
            descriptor = self.open(token + ".watchdog", os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _HELD:
                raise
            return True
        finally:
            os.close(descriptor)
        return False

    def mark_settled(self, token: str) -> None:
        """Tell the watchdog, who holds this file open, that the record goes in good order: a time needs no room on a
        full file system.
        """
        try:
            os.utime(token + ".watchdog", (0, 0), dir_fd=self.descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return

    def tidy(self) -> None:
        """Remove what a run left that died before it had a record; only under the lock, and only names of ours."""
        tokens = set(token for token, _state in self.changes())
        for name in self.names():
            match = _OURS.match(name)
            if match and match.group("token") not in tokens:
                self.unlink(name)
        self.remove()


def refusal(path: str, what: str) -> str:
    """The sentence for something that is not what this program made."""
    return (
        "%s is %s. It should be a folder with mode 0700 with files with mode 0600, made by this collection and of the "
        "user who runs it" % (path, what)
    )


def bytes_of(name: str) -> str:
    """A name as a record has it: a character for each byte."""
    return os.fsencode(name).decode("latin-1")


def with_names(record: Dict[str, Any], convert: Callable[[str], str]) -> Dict[str, Any]:
    """The same record, with all names of files and attributes converted. Raises UnicodeError for what is none."""
    files = [
        dict(
            item,
            folder=convert(item["folder"]),
            name=convert(item["name"]),
            temporary=[convert(name) for name in item["temporary"]],
            backup=convert(item["backup"]),
            extended=dict((convert(key), value) for key, value in item["extended"].items()),
        )
        for item in record["files"]
    ]
    return dict(record, files=files, undo=[dict(step, beside=convert(step["beside"])) for step in record["undo"]])


def shortened(name: str) -> str:
    """As much of a name as a longer one can be made of, in bytes."""
    return os.fsdecode(os.fsencode(name)[:_LONGEST])


def check_record(record: Any) -> None:
    """Raise ValueError, KeyError, TypeError or AttributeError where a record is not one that pending.py writes."""
    _need(set(record) == {"version", "timeout", "boot", "end", "files", "undo", "reload", "filter"}, "its keys")
    _need(record["version"] == VERSION, "its version")
    _need(_is_number(record["timeout"]) and 0 <= record["timeout"] <= 86400, "timeout")
    _need(
        isinstance(record["boot"], str) and (_is_number(record["end"]) or isinstance(record["end"], float)), "its end"
    )
    _need(isinstance(record["reload"], list) and all(word in RELOADS for word in record["reload"]), "reload")
    _need(record["filter"] is None or _is_number(record["filter"]) and 0 <= record["filter"] < 10000, "its filter")
    _need(isinstance(record["files"], list) and isinstance(record["undo"], list), "its lists")
    for item in record["files"]:
        _check_file(item)
    for step in record["undo"]:
        _need(set(step) == {"file", "copy", "beside"}, "the keys of a step")
        _need(_is_number(step["file"]) and 0 <= step["file"] < len(record["files"]), "the file of a step")
        _need(step["copy"] is None or _is_number(step["copy"]) and 0 <= step["copy"] < 10000, "the copy of a step")
        _need(
            step["beside"] == "" or step["beside"] in record["files"][step["file"]]["temporary"],
            "the second name of a step",
        )


def _check_file(item: Any) -> None:
    _need(
        set(item) == {"folder", "name", "owner", "extended", "temporary", "backup", "keep", "remove_folder", "mounted"},
        "the keys of a file",
    )
    folder, name = item["folder"], item["name"]
    parts = folder.split("/")
    _need(
        folder == "/"
        or parts[0] == ""
        and all(part not in ("", ".", "..") for part in parts[1:])
        and "\0" not in folder,
        "a folder",
    )
    _need(_is_name(name), "the name of a file")
    _need(
        len(item["owner"]) == 3
        and all(_is_number(number) and number >= 0 for number in item["owner"])
        and item["owner"][2] <= 0o7777,
        "an owner",
    )
    for key, value in item["extended"].items():
        _need("\0" not in key, "an extended attribute")
        base64.b64decode(value, validate=True)
    for temporary in item["temporary"]:
        match = _TEMPORARY.match(temporary)
        _need(_is_name(temporary) and match is not None and match.group("name") == name[:_LONGEST], "a temporary name")
    backup = item["backup"]
    _need(
        backup == "" or _is_name(backup) and backup.startswith(name) and _BACKUP.match(backup[len(name) :]) is not None,
        "the name of a backup",
    )
    _need(_is_number(item["keep"]) and item["keep"] >= 1, "what is kept")
    _need(isinstance(item["remove_folder"], bool) and isinstance(item["mounted"], bool), "a folder or a mount")


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name not in ("", ".", "..") and "/" not in name and "\0" not in name


def _need(condition: bool, what: str) -> None:
    if not condition:
        raise ValueError("%s" % what)


def open_folder(path: str) -> int:
    """A descriptor of a folder, reached name by name without following a link. Raises OSError (ELOOP, ENOTDIR) where
    one is in the way.
    """
    descriptor = os.open("/", _FOLDER)
    for part in [part for part in path.split("/") if part]:
        try:
            deeper = os.open(part, _FOLDER, dir_fd=descriptor)
        finally:
            os.close(descriptor)
        descriptor = deeper
    return descriptor


def read_all(descriptor: int) -> bytes:
    """All bytes of an open file. Raises OSError (EFBIG) beyond what a table can be."""
    chunks: List[bytes] = []
    total = 0
    while True:
        chunk = os.read(descriptor, 1024 * 1024)
        total += len(chunk)
        if total > _SIZE_LIMIT:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        if not chunk:
            return b"".join(chunks)
        chunks.append(chunk)


def write_all(descriptor: int, data: bytes) -> None:
    """Write every byte."""
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def unlink(name: str, folder: int) -> None:
    """Remove a name from an open folder, if it is there."""
    try:
        os.unlink(name, dir_fd=folder)
    except FileNotFoundError:
        return
    except OSError as error:
        if error.errno != errno.EROFS or _is_in(name, folder):
            raise  # on a read-only file system a name that is not there cannot be removed either


@contextmanager
def same_time(folder: int) -> Iterator[None]:
    """What is done to an open folder leaves the time of its last change. Names of ours come and go beside the files that
    a program reads, and that time tells whether it has read them since (system/ssh_unread.py).
    """
    before = os.fstat(folder)
    try:
        yield
    finally:
        try:
            os.utime(folder, ns=(before.st_atime_ns, before.st_mtime_ns))
        except OSError:
            pass  # it is another's, or read-only


def unlink_beside(name: str, folder: int) -> None:
    """Remove a name of ours that no program reads from an open folder, if it is there."""
    with same_time(folder):
        unlink(name, folder)


def _is_in(name: str, folder: int) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


def undo(steps: Sequence[Step], opener: Callable[[str], int] = open_folder) -> str:
    """Make the files of all steps, in this order, as the steps say. Returns what stands against it, "" when each has
    been so.

    Where the last step for each file is met already nothing is touched: a file that cannot be written, and never was,
    needs no undoing. A step that fails ends it, for those after it could leave the files half of one policy and half of
    the other. A file below a mount does not end it: whoever opens it finds what the step says.
    """
    last = dict(((step.folder, step.name), step) for step in steps)
    if all(_is_met(step, opener) for step in last.values()):
        return ""
    hidden = ""
    for step in steps:
        try:
            folder = opener(step.folder)
        except OSError as error:
            if step.data is None and error.errno == errno.ENOENT:
                continue
            return "%s: %s" % (step.folder, error.strerror or error)
        path = "%s/%s" % (step.folder.rstrip("/"), step.name)
        try:
            if put_back(folder, step):
                hidden = hidden or "%s: a mount lies over it, and what is below stays new until that is gone" % path
        except OSError as error:
            return "%s: %s" % (path, error.strerror or error)
        finally:
            os.close(folder)
    return hidden


def _is_met(step: Step, opener: Callable[[str], int]) -> bool:
    try:
        folder = opener(step.folder)
    except OSError as error:
        return step.data is None and error.errno == errno.ENOENT
    try:
        return is_as(folder, step.name, step) and not lies_over(folder, step)
    except OSError:
        return False
    finally:
        os.close(folder)


def put_back(folder: int, step: Step) -> bool:
    """Make one file of an open folder as a step says; whether a mount hides another file below it. Raises OSError where
    it is not so afterwards.
    """
    over = lies_over(folder, step)
    if not is_as(folder, step.name, step):
        _replace(folder, step)
    return over


def _replace(folder: int, step: Step) -> None:
    if step.data is None:
        unlink(step.name, folder)
    else:
        source = step.beside
        if not source or not is_as(folder, source, step):
            source = _make_anew(folder, step)
        try:
            os.rename(source, step.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError as error:
            if error.errno not in (errno.EBUSY, errno.EXDEV):
                raise
            _overwrite(folder, step)
            unlink(source, folder)
    os.fsync(folder)
    if not is_as(folder, step.name, step, extended=False):
        raise OSError(errno.EBUSY, "another program writes it")


def lies_over(folder: int, step: Step) -> bool:
    """Whether a mount that was not there before the change hides the file; False where the system does not tell."""
    if step.mounted or step.data is None:
        return False
    try:
        descriptor = os.open(step.name, _READ, dir_fd=folder)
    except OSError:
        return False
    try:
        mounts = _mount_of(folder), _mount_of(descriptor)
    finally:
        os.close(descriptor)
    return "" not in mounts and mounts[0] != mounts[1]


def _mount_of(descriptor: int) -> str:
    """The number of the mount that an open file is on (Linux); "" where nothing tells."""
    try:
        with open("/proc/self/fdinfo/%d" % descriptor, "r") as stream:
            numbers = [line.split()[1] for line in stream if line.startswith("mnt_id:")]
    except OSError:
        return ""
    return numbers[0] if numbers else ""


def is_as(folder: int, name: str, step: Step, extended: bool = True) -> bool:
    """Whether a name in an open folder is a file with the bytes, owner and mode of a step, or is not there where it
    shall not be.
    """
    try:
        info = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return step.data is None
    if step.data is None or not stat.S_ISREG(info.st_mode) or info.st_size != len(step.data):
        return False
    descriptor = os.open(name, _READ, dir_fd=folder)
    try:
        info = os.fstat(descriptor)
        if not stat.S_ISREG(info.st_mode) or (info.st_uid, info.st_gid, stat.S_IMODE(info.st_mode)) != step.owner:
            return False
        return read_all(descriptor) == step.data and (not extended or _has_extended(descriptor, step.extended))
    finally:
        os.close(descriptor)


def spare_name(name: str) -> str:
    """The one temporary name beside a file that an undo makes by itself."""
    return ".%s.portcullis.0.00000000.tmp" % shortened(name)


def _make_anew(folder: int, step: Step) -> str:
    """A complete file with the old bytes, owner, mode and attributes, under a temporary name."""
    source = spare_name(step.name)
    unlink(source, folder)
    descriptor = os.open(source, _CREATE, 0o600, dir_fd=folder)
    try:
        write_all(descriptor, step.data or b"")
        _dress(descriptor, step)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    return source


def _overwrite(folder: int, step: Step) -> None:
    """A file that is a mount of its own is written in place."""
    descriptor = os.open(step.name, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    try:
        write_all(descriptor, step.data or b"")
        os.ftruncate(descriptor, len(step.data or b""))
        _dress(descriptor, step)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _dress(descriptor: int, step: Step) -> None:
    """Owner first: chown takes set-id bits away. Mode last: it is the mask of an ACL, too."""
    info = os.fstat(descriptor)
    if (info.st_uid, info.st_gid) != step.owner[:2]:
        os.fchown(descriptor, step.owner[0], step.owner[1])
    for key in sorted(step.extended):
        try:
            if os.getxattr(descriptor, key) == step.extended[key]:
                continue
        except OSError:
            pass
        try:
            os.setxattr(descriptor, key, step.extended[key])
        except OSError:
            continue  # a label that this process may not set must not keep the old text away
    if _ACL not in step.extended and hasattr(os, "removexattr"):
        try:
            os.removexattr(descriptor, _ACL)  # of the folder's default
        except OSError:
            pass  # it has none
    os.fchmod(descriptor, step.owner[2])


def _has_extended(descriptor: int, wanted: Dict[str, bytes]) -> bool:
    try:
        return all(key in _CONTENT_HASHES or os.getxattr(descriptor, key) == wanted[key] for key in wanted)
    except (AttributeError, OSError):
        return False


def steps_of(store: Store, token: str, record: Dict[str, Any]) -> List[Step]:
    """The steps of a record, with the old bytes that are kept beside it."""
    steps = []
    for step in record["undo"]:
        item = record["files"][step["file"]]
        data = None if step["copy"] is None else store.read("%s.copy%d" % (token, step["copy"]))
        extended = dict((key, base64.b64decode(value)) for key, value in item["extended"].items())
        steps.append(
            Step(
                item["folder"],
                item["name"],
                data,
                (item["owner"][0], item["owner"][1], item["owner"][2]),
                extended,
                step["beside"],
                item["mounted"],
            )
        )
    return steps


def filter_of(store: Store, token: str, record: Dict[str, Any]) -> Optional[bytes]:
    """What the kernel's table was before the change, as a text for nft; None where the change is about no filter, or
    nobody could tell.
    """
    return None if record["filter"] is None else store.read("%s.copy%d" % (token, record["filter"]))


def known_of(store: Store, token: str, record: Dict[str, Any]) -> Known:
    """A change by its record and the old bytes beside it. Raises Refused where they are not ours."""
    return Known(record, steps_of(store, token, record), filter_of(store, token, record))


def finish(store: Store, token: str, verdict: str, known: Optional[Known] = None) -> str:
    """Carry a verdict out that was given. Returns what stands against it, "" when it is done; until then the record
    stays.

    `known`: the change, where it has been read already. Raises Refused where the record is not ours.
    """
    try:
        if store.state(token) != verdict:
            return ""
        record = known.record if known is not None else store.record(token, verdict)
        if verdict == ROLLED_BACK and store.has(token + "." + MOVING):
            known = known or known_of(store, token, record)
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
    """The old files, then whoever reads them. Returns what stands against it, "" when all is as it was."""
    return undo(known.steps) or reload_all(known.record["reload"], known.filter, _TOLD.setdefault(token, set()))


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
    store.sync()
    for name in store.names():
        match = _OURS.match(name)
        if match and match.group("token") == token and name != token + "." + verdict:
            store.unlink(name)
    store.unlink(token + "." + verdict)
    store.sync()
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
        entry for entry in os.listdir(folder) if entry.startswith(name) and _BACKUP.match(entry[len(name) :])
    )
    for copy in copies[: max(0, len(copies) - keep)]:
        try:
            unlink_beside(copy, folder)
        except OSError:
            return


def remove_folder(path: str) -> None:
    """Remove a folder that is empty."""
    try:
        parent = open_folder(os.path.dirname(path))
    except OSError:
        return
    try:
        os.rmdir(os.path.basename(path), dir_fd=parent)
    except OSError:
        return
    finally:
        os.close(parent)


def boot_names(token: str) -> List[Tuple[str, str]]:
    """(folder, name) of everything that may make a starting host undo the change of a token."""
    unit = "portcullis-undo-%s.service" % token
    return [(UNITS + "/" + wants, unit) for wants in WANTS] + [(UNITS, unit), (CRON, "portcullis-" + token)]


def remove_boot_files(token: str) -> None:
    """Remove them. Raises OSError where one cannot be removed; on a file system that has become read-only it stays, and
    finds nothing to do.
    """
    for path, name in boot_names(token):
        try:
            folder = open_folder(os.path.realpath(path))
        except OSError:
            continue
        try:
            _unlink_or_tell(name, folder)
            ours = os.path.basename(path) in WANTS and stat.S_IMODE(os.fstat(folder).st_mode) == MADE
            if ours and not os.listdir(folder):
                os.rmdir(os.path.realpath(path))
        finally:
            os.close(folder)
    _remove_unit("portcullis-%s.service" % token)


def _remove_unit(name: str) -> None:
    """Remove the watchdog's own unit, where it has a file. It runs to its end all the same."""
    try:
        os.unlink(os.path.join(RUN_UNITS, name))
    except OSError:
        return
    program = _program("systemctl")
    if program:
        _run([program, "reset-failed", name])


def _unlink_or_tell(name: str, folder: int) -> None:
    try:
        unlink(name, folder)
    except OSError as error:
        if error.errno != errno.EROFS:
            raise
        log("%s cannot be removed from a read-only file system: it has nothing to do any more" % name, error=True)


def reload_all(words: Sequence[str], filter_text: Optional[bytes] = None, done: Optional[Set[str]] = None) -> str:
    """Let programs read their files again: systemd, nftables, or the processes of inetd, xinetd and sshd that have our
    /etc. Returns what stands against it, "" where all were told.

    `filter_text`: what nftables loads instead of its file. `done`: the words of an earlier try that need nothing more;
    this one adds its own.
    """
    done = set() if done is None else done
    problems = []
    for word in [one for one in words if one not in done]:
        if word == "sshd":
            problem = _tell_sshd(done)
        else:
            problem = load_filter(filter_text) if word == "nftables" else _tell(word)
        if problem:
            problems.append(problem)
        else:
            done.add(word)
    return "; ".join(problems)


def _tell(word: str) -> str:
    """Let systemd, or the processes behind a word, read their files again. Returns what stands against it."""
    if word == "systemd" and os.path.isdir("/run/systemd/system"):
        program = _program("systemctl")
        if program and not _run([program, "daemon-reload"]):
            return "systemctl daemon-reload fails"
        if program:
            # a killed watchdog's unit that fails while systemd reads its files stays in the list of failed ones
            _run([program, "reset-failed", "portcullis-*.service"])
        return ""
    for pid in _pids_of(RELOADS[word]):
        _hang_up(pid)
        keep_told(pid)
    return ""


def _hang_up(pid: int) -> None:
    """Let a program read its files again; one that has ended needs not."""
    try:
        os.kill(pid, signal.SIGHUP)
    except OSError:
        return


def _tell_sshd(done: Set[str]) -> str:
    """Let the ssh servers that read the drop-in read it again. One that would not start is not told: it would end, and
    nobody would come in by it. Returns what stands against it; who was told is in `done`, by number or unit.
    """
    listeners = _listeners()
    problems = _start_again([] if listeners else _failed_units())
    for pid, words in servers(listeners):
        name = (unit_of(pid) if listens_for_init(pid) else "") or "process %d" % pid
        problem = "" if name in done else _start_anew(pid, name, words)
        if problem:
            problems.append(problem)
        else:
            done.add(name)
    return "; ".join(problems)


def _start_anew(pid: int, name: str, words: Sequence[str]) -> str:
    """Let one ssh server start itself anew, or systemd its service. Returns what stands against it."""
    if not _sshd_would_start(words):
        return "sshd (%s) does not take its configuration, and would end if it were told to read it again" % name
    if name.endswith(".service"):
        problem = unit_problem(name)
        if problem:
            return problem
        if _restart(name):
            return ""
        _STOPPED.add(name)
        return "%s does not start anew, as it must since its socket is systemd's: %s" % (name, _NOBODY)
    if listens_for_init(pid):
        return "sshd (%s) could not be started anew: its socket is systemd's, and it is no service" % name
    places = _Places(pid)
    unit = unit_of(pid)
    _hang_up(pid)
    for _time in range(_MOST_THIEVES):
        thief = places.taken_by()
        if thief is None:
            return _is_gone(pid, name, unit)
        with _Halted(thief):
            places.set_free(thief)
            _come_back(pid, unit, words)
            places.wait()
    return "sshd (%s): processes of users take its port again and again, and nobody logs in by it" % name


def _is_gone(pid: int, name: str, unit: str) -> str:
    """What stands against a server that has not come back, as where somebody holds its port who cannot be seen."""
    if _is_listener(pid) or _listeners():
        return ""
    if unit in SSH_UNITS:
        _STOPPED.add(unit)
    return "sshd (%s) has ended instead of reading its files again: %s" % (name, _NOBODY)


def _come_back(pid: int, unit: str, words: Sequence[str]) -> None:
    """Let a server that could not bind a port bind it: told again where it lives, else started."""
    systemctl, sshd = _program("systemctl"), _program("sshd")
    if os.path.exists("/proc/%d" % pid) and _is_listener(pid):
        _hang_up(pid)
    elif unit in SSH_UNITS and systemctl:
        _start_unit(systemctl, unit)
    elif sshd:
        kept = [word.replace("D", "") if _FLAGS.match(word) else word for word in words]  # it goes into the background
        _run([sshd] + [word for word in kept if word != "-"])


class _Places:
    """The ports that an ssh server listens at. It closes them when it reads its files again, and binds them anew: one from
    net.ipv4.ip_unprivileged_port_start on is anybody's in between (sighup_restart() of sshd.c).
    """

    def __init__(self, pid: int) -> None:
        own = _sockets_of(pid, "/proc")
        there = _tcp_sockets() if _shares_network(pid) else []
        self._own = set(one.place for one in there if one.inode in own and one.listening)
        self._before = set(one.inode for one in there)

    def taken_by(self) -> Optional[int]:
        """The number of the user who has taken one of the ports; None where all listen again, or nobody seen has one."""
        there = self.wait()
        if self._own <= self._listening(there):
            return None
        return next((one.uid for one in self._strangers(there)), None)

    def wait(self) -> List["_TcpSocket"]:
        """All sockets as soon as the server listens everywhere again, or somebody else does, or after a while."""
        end = now() + _BINDS
        while True:
            there = _tcp_sockets()
            if self._own <= self._listening(there) or self._strangers(there) or now() > end:
                return there
            time.sleep(TICK / 10)

    def set_free(self, uid: int) -> None:
        """End the processes of a user that hold one of the ports."""
        theirs = set(one.inode for one in self._strangers(_tcp_sockets()) if one.uid == uid)
        for pid in _pids_of_user(uid):
            if _sockets_of(pid, "/proc") & theirs:
                log(
                    "process %d of user %d took a port of sshd while that read its files again: it is ended"
                    % (pid, uid)
                )
                os.kill(pid, signal.SIGKILL)
        end = now() + _BINDS
        while any(one.inode in theirs for one in _tcp_sockets()) and now() < end:
            time.sleep(TICK / 10)

    def _listening(self, there: Sequence["_TcpSocket"]) -> Set[str]:
        """Where a server of this user listens anew: the old sockets may be there until it has seen the signal."""
        mine = [one for one in there if one.listening and one.uid == os.geteuid()]
        return set(one.place for one in mine if one.inode not in self._before)

    def _strangers(self, there: Sequence["_TcpSocket"]) -> List["_TcpSocket"]:
        """What listens anew for somebody else where that keeps the server from a place of its own."""
        theirs = [one for one in there if one.listening and one.uid != os.geteuid() and one.inode not in self._before]
        return [one for one in theirs if any(_stands_against(one.place, place) for place in self._own)]


def _stands_against(other: str, place: str) -> bool:
    """Whether one who listens at a place keeps a server from another (ip(7), ipv6(7)); a server of IPv6 alone keeps none
    from IPv4, but who knows that of another's?
    """
    (address, _colon, port), (own, _colon, own_port) = other.rpartition(":"), place.rpartition(":")
    if port != own_port:
        return False
    everywhere = not address.strip("0")
    if len(address) != len(own):
        return everywhere and len(address) > len(own)
    return address == own or everywhere or not own.strip("0")


class _Halted:
    """The processes of a user stand still: one that has lost a port would take it again at once."""

    def __init__(self, uid: int) -> None:
        self._uid = uid
        self._pids: Set[int] = set()

    def __enter__(self) -> None:
        for _time in range(_MOST_THIEVES):
            new = set(_pids_of_user(self._uid)) - self._pids
            if not new:
                return
            self._signal(new, signal.SIGSTOP)
            self._pids |= new

    def __exit__(self, *_error: Any) -> None:
        self._signal(self._pids, signal.SIGCONT)

    def _signal(self, pids: Set[int], number: int) -> None:
        for pid in pids:
            try:
                os.kill(pid, number)
            except OSError:
                continue


class _TcpSocket(NamedTuple):
    place: str  # address and port, as the kernel writes them
    listening: bool
    uid: int
    inode: str


def _tcp_sockets() -> List[_TcpSocket]:
    """The TCP sockets of this network namespace (proc(5))."""
    found = []
    for name in ("tcp", "tcp6"):
        try:
            with open("/proc/net/" + name) as stream:
                lines = [line.split() for line in stream]
        except OSError:
            continue
        found += [
            _TcpSocket(words[1], words[3] == "0A", int(words[7]), words[9]) for words in lines[1:] if len(words) > 9
        ]
    return found


def _shares_network(pid: int) -> bool:
    try:
        return os.path.samestat(os.stat("/proc/%d/ns/net" % pid), os.stat("/proc/self/ns/net"))
    except OSError:
        return False


def _pids_of_user(uid: int) -> List[int]:
    found = []
    for entry in os.listdir("/proc"):
        try:
            if entry.isdigit() and os.stat("/proc/" + entry).st_uid == uid:
                found.append(int(entry))
        except OSError:
            continue
    return found


def servers(listeners: Optional[Sequence[int]] = None) -> List[Tuple[int, List[str]]]:
    """The ssh servers that read the drop-in when they are told to, each with the words that it was started with. One
    with a file of its own (-f) that includes nothing, or that is gone, is none.
    """
    listeners = _listeners() if listeners is None else listeners
    started = [(pid, _words_of(pid)) for pid in listeners if _is_the_hosts(pid)]
    return [(pid, words) for pid, words in started if _includes(words)]


def _is_the_hosts(pid: int) -> bool:
    """Whether a server runs the sshd whose configuration the drop-in belongs to: another one, as of /opt, may have other
    files, or be of a release that does not know our words.
    """
    program = _program("sshd")
    try:
        runs = os.readlink("/proc/%d/exe" % pid).replace(" (deleted)", "")
    except OSError:
        return False
    return not program or runs in (program, os.path.realpath(program))


def _words_of(pid: int) -> List[str]:
    """What stands behind the name in a server's command line, or in the title that sshd makes of it from 8.2 on, which
    keeps no quotes: a word that is no option belongs to the value before it.
    """
    words = os.fsdecode(_command_line(pid).rstrip(b"\0")).split("\0")
    if not words[0].startswith("sshd: "):
        return words[1:]
    found: List[str] = []
    for word in " ".join(words).partition(" [listener]")[0].split()[2:]:
        if word.startswith("-") or not found or _VALUE_COMES.match(found[-1]):
            found.append(word)
        else:
            found[-1] += " " + word
    return found


def _includes(words: Sequence[str]) -> bool:
    """Whether a server with these options may read files of other folders, as its own configuration does."""
    try:
        named = [value for name, value in getopt.getopt(list(words), SSHD_OPTIONS)[0] if name == "-f"]
        if not named:
            return True
        if not named[-1].startswith("/"):
            return False
        with open(named[-1], "rb") as stream:
            return bool(_INCLUDES.search(stream.read(_SIZE_LIMIT)))
    except getopt.GetoptError:
        return True
    except OSError:
        return False


def _start_again(failed: Sequence[str]) -> List[str]:
    """Start what we stopped, or what failed meanwhile; what of ours does not start, in words."""
    program = _program("systemctl")
    for unit in sorted(_STOPPED | set(failed)) if program else ():
        if _start_unit(program, unit) and _run([program, "--quiet", "is-active", unit]):
            _STOPPED.discard(unit)
    return ["%s does not start: %s" % (unit, _NOBODY) for unit in sorted(_STOPPED)]


def _start_unit(systemctl: str, unit: str) -> bool:
    """Start a unit also where systemd has given it up."""
    _run([systemctl, "reset-failed", unit])
    return _run([systemctl, "start", unit])


def _failed_units() -> List[str]:
    """The units of ssh servers that systemd gave up."""
    program = _program("systemctl")
    return [unit for unit in SSH_UNITS if program and _run([program, "--quiet", "is-failed", unit])]


def load_filter(text: Optional[bytes] = None) -> str:
    """The kernel's table is that of a text, else that of its file again; without a file of this user's own it goes. So
    does its unit. Returns what stands against it.
    """
    own = _is_own(FILTER_RULES)
    problem = _load(text, own)
    systemctl = _program("systemctl")
    if systemctl and os.path.isdir("/run/systemd/system"):
        _run([systemctl, "--no-block", "start" if own else "stop", FILTER_UNIT])
    return problem


def _load(text: Optional[bytes], own: bool) -> str:
    nft = _program("nft")
    if not nft:
        return "" if text is None and not own else "nft is not there, and the kernel keeps the filter that it has"
    if text is not None and _run([nft, "-f", "-"], text, FILTER_PATIENCE):
        return ""
    last = [nft, "-f", FILTER_RULES if own else "-"]
    if _run(last, None if own else FILTER_REMOVE, FILTER_PATIENCE) or _refuses_nobody(nft):
        return ""
    return "nft does not load the old filter"


def _refuses_nobody(nft: str) -> bool:
    """Whether the kernel has no table of that name that takes packets, but perhaps one that another program owns and
    nobody else can change.
    """
    tables = _output([nft, "list", "tables"])
    if tables is None or FILTER_TABLE not in tables:
        return tables is not None
    table = _output([nft, "list"] + FILTER_TABLE.split())
    return table is not None and (" hook " not in table or "flags owner" in table)


def _sshd_would_start(words: Sequence[str]) -> bool:
    """Whether sshd takes its configuration, with the options of a server that runs."""
    program = _program("sshd")
    return not program or _run([program, "-t"] + list(words))


def _program(name: str) -> str:
    """The path of a system program; "" where it is not there."""
    paths = [os.path.join(folder, name) for folder in FOLDERS]
    return next((path for path in paths if os.access(path, os.X_OK)), "")


def _is_own(path: str) -> bool:
    """Whether a file is this user's, and nobody else may write it."""
    try:
        info = os.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o022


def _listeners() -> List[int]:
    """The ssh servers of this host that wait for connections."""
    return [pid for pid in _pids_of(RELOADS["sshd"]) if _is_listener(pid)]


def _is_listener(pid: int) -> bool:
    """Whether a process of sshd waits for connections: one that serves a session ends by SIGHUP."""
    first = _command_line(pid).split(b"\0")[0]
    return bool(first) and (not first.startswith(b"sshd: ") or b"[listener]" in first)


def listens_for_init(pid: int, proc: str = "/proc") -> bool:
    """Whether a server listens at a socket that systemd handed it (Accept=no, systemd.socket(5)): SIGHUP makes sshd
    start itself anew without it, and so ends it.
    """
    shared = _sockets_of(pid, proc) & _sockets_of(1, proc) if pid != 1 else set()  # a container's only program
    for name in ("tcp", "tcp6") if shared else ():
        try:
            with open(os.path.join(proc, "net", name), "rb") as stream:
                lines = [line.split() for line in stream]
        except OSError:
            continue
        if any(len(words) > 9 and words[3] == b"0A" and words[9].decode() in shared for words in lines):
            return True
    return False


def _sockets_of(pid: int, proc: str) -> Set[str]:
    """The inodes of the sockets that a process holds; an empty set where they may not be seen."""
    folder = "%s/%d/fd" % (proc, pid)
    found = set()
    try:
        for name in os.listdir(folder):
            target = os.readlink(os.path.join(folder, name))
            if target.startswith("socket:["):
                found.add(target[8:-1])
    except OSError:
        pass
    return found


def unit_of(pid: int) -> str:
    """The service of systemd that a process belongs to; "" where there is none."""
    try:
        with open("/proc/%d/cgroup" % pid, "rb") as stream:
            units = [line.rstrip(b"\n").rsplit(b"/", 1)[-1].decode("utf-8", "replace") for line in stream]
    except OSError:
        return ""
    return next((unit for unit in units if unit.endswith(".service")), "")


def _restart(unit: str) -> bool:
    """Let systemd start a service anew, with the socket that it holds. What the service serves stays (KillMode=process of
    every ssh.service). A start that systemd skips counts as one to it.
    """
    program = _program("systemctl")
    return bool(program) and _run([program, "restart", unit]) and _run([program, "--quiet", "is-active", unit])


def unit_problem(unit: str) -> str:
    """Why systemd would skip a start of a service, "" where it would not: a condition that does not hold any more. It can
    be asked from systemd 250 on; before that, only the one of Debian's ssh.service is known.
    """
    systemctl, analyze = _program("systemctl"), _program("systemd-analyze")
    version = re.match(r"systemd ([0-9]+)", (_output([systemctl, "--version"]) if systemctl else None) or "")
    skipped = os.path.exists(NOT_TO_BE_RUN) and unit == SSH_UNITS[0]
    if analyze and version and int(version.group(1)) >= 250:
        skipped = not _run([analyze, "--no-pager", "condition", "--unit=" + unit], None, FILTER_PATIENCE)
    if not skipped:
        return ""
    return "systemd would stop %s and not start it again, since a condition of it does not hold (%s)" % (
        unit,
        "systemd-analyze condition --unit=" + unit,
    )


def _command_line(pid: int) -> bytes:
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as stream:
            return stream.read(4096)
    except OSError:
        return b""


def _run(command: List[str], text: Optional[bytes] = None, patience: float = 0.0) -> bool:
    """Run a program, with a text at its input. False where it fails, or has not ended within its seconds; one without
    such goes on by itself where it takes long, and must not keep the watchdog.
    """
    source = subprocess.DEVNULL if text is None else subprocess.PIPE
    try:
        return _ended(_start(command, source, subprocess.DEVNULL), text, patience)
    except (OSError, subprocess.SubprocessError):
        return False


def _output(command: List[str]) -> Optional[str]:
    """What a program prints; None where it fails or does not end soon."""
    try:
        process = _start(command, subprocess.DEVNULL, subprocess.PIPE)
        text = process.communicate(None, FROZEN / 2)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    except (OSError, subprocess.SubprocessError):
        return None
    return None if process.returncode else text


def _start(command: List[str], source: int, output: int) -> Any:
    """A program with an environment that is known. The watchdog runs by itself: there is no module whose run_command it
    could call.
    """
    environment = {"PATH": ":".join(FOLDERS), "LC_ALL": "C"}
    return subprocess.Popen(  # pylint: disable=ansible-bad-function
        command, stdin=source, stdout=output, stderr=subprocess.DEVNULL, env=environment
    )


def _ended(process: Any, text: Optional[bytes], patience: float) -> bool:
    """Whether a program ends well, with signs of life of this process until then."""
    deadline = now() + patience
    while True:
        try:
            process.communicate(text, FROZEN / 2)
            return not process.returncode
        except subprocess.TimeoutExpired:
            text = None  # it is on its way
            ALIVE[0]()
        if now() >= deadline:
            if not patience:
                return True
            process.kill()
            process.communicate()
            return False


def _pids_of(programs: Sequence[str]) -> List[int]:
    """Processes of this user that run one of the programs and see the same /etc; [] where /proc does not tell."""
    found = []
    for entry in os.listdir("/proc") if programs and os.path.isdir("/proc/self") else []:
        try:
            # an old kernel shows the program of a process only while its memory is not locked, which users do to theirs
            if not entry.isdigit() or os.stat("/proc/" + entry).st_uid != os.geteuid():
                continue
            name = os.path.basename(os.readlink("/proc/%s/exe" % entry))
            if name.replace(" (deleted)", "") not in programs or not _is_ours(entry):
                continue
            if os.path.samestat(os.stat("/proc/%s/root/etc" % entry), os.stat("/etc")):
                found.append(int(entry))
        except OSError:
            continue
    return found


def _is_ours(pid: str) -> bool:
    """Whether a process runs as this user. Of another user's, nothing may be asked below its root: what is mounted
    there may never answer.

    The owner of its folder in /proc does not tell: root's is that of every process that may not be looked into.
    """
    with open("/proc/%s/status" % pid, "rb") as stream:
        users = [line.split()[1:] for line in stream if line.startswith(b"Uid:")]
    return bool(users) and all(int(user) == os.geteuid() for user in users[0])


def now() -> float:
    """Seconds that no clock change touches; a suspended host's sleep counts, where the system can tell (Linux's
    CLOCK_BOOTTIME).
    """
    if sys.platform.startswith("linux"):
        try:
            return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", 7))
        except OSError:
            pass
    return time.monotonic()


def boot_id() -> str:
    """A text that another start of the system does not have; "" where there is none."""
    try:
        with open("/proc/sys/kernel/random/boot_id", "r") as stream:
            return stream.read().strip()
    except OSError:
        return ""


def remaining(store: Store, token: str, record: Dict[str, Any]) -> float:
    """Seconds until a change must be undone: its time-out counts from its first rename. 0 where the system has started
    again since.
    """
    started = boot_id()
    if started and record["boot"] and started != record["boot"]:
        return 0.0
    try:
        moving = store.read(token + "." + MOVING).decode("ascii")
        most, end_of_time = float(record["timeout"]), float(moving or record["end"])
    except FileNotFoundError:
        most, end_of_time = record["timeout"] + PREPARATION, record["end"]
    except ValueError:
        return 0.0
    left = end_of_time - now()
    return min(most, left) if left > 0 else 0.0  # no number is over, too


def host_lock() -> str:
    """The file whose lock runs on this host hold while they write."""
    return os.path.join("/run" if os.path.isdir("/run") else "/var/run", LOCK_NAME)


def try_lock() -> Optional[int]:
    """The lock that runs hold while they write; None where it cannot be had now."""
    try:
        descriptor = os.open(host_lock(), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return descriptor
    except OSError:
        os.close(descriptor)
        return None


def keep_token(ending: str, token: str) -> None:
    """Keep the token of a change that was confirmed, or ended before its time; where that cannot be done, only a later
    question is answered worse.
    """
    try:
        descriptor = _open_kept(ending, os.O_RDWR | os.O_CREAT)
    except OSError:
        return
    try:
        text = "".join(known + "\n" for known in (_tokens(descriptor) + [token])[-KEPT:])
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.ftruncate(descriptor, 0)
        write_all(descriptor, text.encode("ascii"))
    except OSError:
        return
    finally:
        os.close(descriptor)


def keep_told(pid: int) -> None:
    """Keep when a super-server was told to read its files again: nothing else shows that it has."""
    mark = _mark_of(pid)
    if mark:
        keep_token(TOLD, "%s%012x" % (mark, int(time.time() * 1000)))


def told_at(pid: int) -> float:
    """When that was the last time, in seconds of the epoch; 0 for never, and before the clock was set back."""
    mark = _mark_of(pid)
    try:
        descriptor = _open_kept(TOLD, os.O_RDONLY)
    except OSError:
        return 0.0
    try:
        times = [int(token[24:36], 16) / 1000.0 for token in _tokens(descriptor) if mark and token.startswith(mark)]
        return max([moment for moment in times if moment <= time.time() + 1], default=0.0)
    finally:
        os.close(descriptor)


def _mark_of(pid: int) -> str:
    """What no other process has: its number, and when it was started (proc(5)); "" where it is gone."""
    try:
        with open("/proc/%d/stat" % pid, "rb") as stream:
            return "%08x%016x" % (pid, int(stream.read(4096).rpartition(b")")[2].split()[19]))
    except (OSError, IndexError, ValueError):
        return ""


def is_kept(ending: str, token: str) -> bool:
    """Whether a change ended so since the system started, as far as that is known."""
    try:
        descriptor = _open_kept(ending, os.O_RDONLY)
    except OSError:
        return False
    try:
        return token in _tokens(descriptor)
    finally:
        os.close(descriptor)


def _open_kept(ending: str, flags: int) -> int:
    """The file beside the lock. Raises OSError where it is not a file of this user alone."""
    path = "%s.%s" % (os.path.splitext(host_lock())[0], ending)
    descriptor = os.open(path, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, 0o600)
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode) or info.st_uid != os.geteuid() or stat.S_IMODE(info.st_mode) & 0o077:
        os.close(descriptor)
        raise PermissionError()
    return descriptor


def _tokens(descriptor: int) -> List[str]:
    return [line for line in read_all(descriptor).decode("ascii", "replace").split("\n") if TOKEN.match(line)]


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
        store.settle(token, ROLLED_BACK, known is not None)
        state = store.state(token)
        return "" if state is None else finish(store, token, state, known)
    except Exception as error:
        return _reason(error)


def end_swept(store: Store, token: str, known: Known) -> str:
    """Undo a change whose record somebody removed. Returns what stands against it, "" when that is done."""
    try:
        problem = _put_all_back(token, known)
        if not problem:
            _clean(store, token, known.record, ROLLED_BACK)
        return problem
    except Exception as error:
        return _reason(error)


def _reason(error: Exception) -> str:
    """What an error says; of one that nobody has thought of, its name besides."""
    return str(error) if isinstance(error, (OSError, Refused)) else "%s: %s" % (type(error).__name__, error)


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
                self._tell(_reason(error))
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
                if error.errno not in _HELD + (errno.EINTR,):
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


def watch(path: str, token: str, unit: bool = False) -> int:
    """The watchdog of one change. As a unit of systemd that is confined it leaves the change to the next way to start it."""
    if unit and is_confined():
        log("a unit of systemd has less rights here than process 1, so it does not watch change %s" % token)
        return 2
    _protect()
    try:
        store = Store(path, swept=True)
    except FileNotFoundError:
        return 0
    with store:
        watchdog = Watchdog(store, token)
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        for number in _ENDING:
            signal.signal(number, lambda given, _frame: watchdog.ended.append(given))
        watchdog.run()
    return 0


def is_confined() -> bool:
    """Whether this process has other namespaces than process 1, fewer capabilities, or more filters of system calls: an
    undo may need what it has not (systemd.exec(5)).
    """
    try:
        for kind in ("mnt", "net", "pid", "user"):
            own = "/proc/self/ns/" + kind
            if os.path.lexists(own) and os.readlink(own) != os.readlink("/proc/1/ns/" + kind):
                return True
        return _rights("self") != _rights("1")
    except OSError:
        return True


def _rights(pid: str) -> List[bytes]:
    with open("/proc/%s/status" % pid, "rb") as stream:
        return [line for line in stream if line.startswith((b"CapEff:", b"Seccomp"))]


def _protect() -> None:
    """Nobody is helped if memory runs out and the watchdog goes first."""
    try:
        with open("/proc/self/oom_score_adj", "w") as stream:
            stream.write("-1000")
    except OSError:
        return


def boot(path: str, running: bool = False) -> int:
    """Undo every change that waited when the system went down; what cannot be undone now is tried again in the
    background. `running`: the system may have started long ago, and a run may be at work.
    """
    try:
        store = Store(path, swept=True)
    except FileNotFoundError:
        return 0
    with store:
        lock = try_lock() if running else None
        for token, state in store.changes():
            if is_watched(store, token) or (running and _is_at_work(store, token, lock is None)):
                continue
            problem = end(store, token)
            if problem:
                log(
                    "change %s cannot be undone yet, and this is tried again until it can: %s" % (token, problem),
                    error=True,
                )
                _watch_detached(path, token)
            elif state != CONFIRMED:
                log("change %s was not confirmed: the old files are back" % token)
        lock = try_lock() if lock is None else lock
        if lock is not None:
            store.tidy()
            os.close(lock)
    return 0


def _is_at_work(store: Store, token: str, locked: bool) -> bool:
    """Whether a run that has the lock may still begin or end a change by itself, or a watchdog takes over now."""
    try:
        if locked:
            return remaining(store, token, store.record(token, store.state(token) or PENDING)) > 0
    except FileNotFoundError:
        return True
    time.sleep(10 * TICK)
    return is_watched(store, token)


def _watch_detached(path: str, token: str) -> None:
    if os.fork():
        return
    try:
        os.setsid()
        watch(path, token)
    finally:
        os._exit(0)


def log(text: str, error: bool = False) -> None:
    """Tell the system's log."""
    try:
        import syslog

        syslog.openlog("portcullis", 0, syslog.LOG_DAEMON)
        plain = text.encode("ascii", "backslashreplace").decode("ascii")  # a name may be of bytes that are no text
        syslog.syslog(syslog.LOG_ERR if error else syslog.LOG_WARNING, plain)
    except (ImportError, OSError):
        return


def main(arguments: List[str]) -> int:
    """`watch FOLDER TOKEN`, with `unit` as a unit of systemd; `boot FOLDER` when the system starts, with `running` at any time."""
    try:
        if (
            arguments[:1] == ["watch"]
            and len(arguments) > 2
            and TOKEN.match(arguments[2])
            and arguments[3:] in ([], ["unit"])
        ):
            return watch(arguments[1], arguments[2], bool(arguments[3:]))
        if arguments[:1] == ["boot"] and len(arguments) > 1 and arguments[2:] in ([], ["running"]):
            return boot(arguments[1], bool(arguments[2:]))
    except Refused as error:
        log("%s: nothing was undone." % error, error=True)
    return 2


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
