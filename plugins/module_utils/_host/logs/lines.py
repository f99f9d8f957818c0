# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Log files read as a stream: plain or compressed, rotated, of any size, in constant memory."""

import bz2
import errno
import gzip
import lzma
import os
import re
import zlib
from typing import IO, Any, Iterator, List, NamedTuple, Optional, Sequence

from ..errors import HostError
from ..files.files import list_folder, open_file, stat_file
from ..files.root import Root

BLOCK = 1048576
MAX_PENDING = 64 * 1024  # a longer line is no log line of ours
MAX_UNPACKED = 2 * 1024 * 1024 * 1024  # of one compressed file, which can be made to claim any size
MAX_MEMORY = 96 * 1024 * 1024  # of what unpacks an xz file: `xz -9` takes 65 MiB, and its header may ask for four GiB
MAX_ALL_UNPACKED = 8 * MAX_UNPACKED  # of all of a run: an image may have thousands, and one takes ten seconds

# one group of files that hold different lines; within a group the first that is there counts, since the others repeat
# it
GENERAL = (
    ("/var/log/syslog",),
    ("/var/log/messages",),
    ("/var/log/daemon.log", "/var/log/mail.log", "/var/log/kern.log"),
)
ALWAYS = ("/var/log/auth.log", "/var/log/secure", "/var/log/maillog", "/var/log/slapd.log", "/var/log/debug")
OWN = ("/var/log/xinetd.log", "/var/log/vsftpd.log", "/var/log/mosquitto/mosquitto.log")

_ROTATED = re.compile(r"\A(?:[.-]\d{1,10}(?:-\d{1,10})?)?(?:\.(?:gz|xz|bz2|lzma|zst))?\Z")


class Unpacking:
    """How many bytes the compressed logs of one run may still unpack to, all together."""

    def __init__(self) -> None:
        self.left = MAX_ALL_UNPACKED


class LogFile(NamedTuple):
    path: str
    written: float


def usual_logs(root: Root) -> List[str]:
    """Syslog's files on this host, each without its rotated copies; [] on a host that logs to the journal alone."""
    found = []
    for group in GENERAL:
        present = [path for path in group if stat_file(root, path).kind == "file"]
        if present:
            found += present
            break
    return found + [path for path in ALWAYS if stat_file(root, path).kind == "file"]


def own_logs(root: Root) -> List[str]:
    """Files that daemons write without syslog."""
    return [path for path in OWN if stat_file(root, path).kind == "file"]


def rotations(root: Root, path: str) -> List[LogFile]:
    """A log and its rotated copies, the oldest first."""
    folder, name = os.path.split(path)
    found = []
    for entry in list_folder(root, folder):
        if entry.startswith(name) and _ROTATED.match(entry[len(name) :]):
            full = os.path.join(folder, entry)
            if stat_file(root, full).kind == "file":
                found.append(LogFile(full, written(root, full)))
    return sorted(found, key=lambda log: (log.written, log.path))


def written(root: Root, path: str) -> float:
    """When a file was last written, in seconds since 1970."""
    try:
        return os.stat(root.resolve(path)).st_mtime
    except OSError:
        return 0.0


def find_lines(
    root: Root, path: str, needles: Sequence[bytes], unpacking: Optional[Unpacking] = None
) -> Iterator[bytes]:
    """The lines of a log that hold one of `needles`, without their line feed, in order.

    Raises HostError where the file cannot be read or its compression is damaged; lines before the damage were given by
    then.
    """
    with open_file(root, path) as raw:
        try:
            stream = _decompressed(raw, path)
            if stream is raw:
                yield from _plain_lines(raw, needles)
            else:
                yield from _stream_lines(stream, needles, unpacking or Unpacking())
        except (OSError, EOFError, zlib.error, lzma.LZMAError) as exc:
            raise HostError("%s could be read only in part: %s." % (path, str(exc) or type(exc).__name__))


def _plain_lines(raw: IO[bytes], needles: Sequence[bytes]) -> Iterator[bytes]:
    """A file that can go back: a line cut by the end of a block is read again, and nothing is copied."""
    position = 0
    while True:
        block = raw.read(BLOCK)
        if not block:
            return
        if block.count(b"\0") == len(block):
            position = _after_hole(raw, position + len(block))
            raw.seek(position)
            continue
        end = block.rfind(b"\n") + 1
        if not end or len(block) < BLOCK:
            end = len(block)
        yield from _hits(block, end, needles)
        position += end
        if end < len(block):
            raw.seek(position)


def _after_hole(raw: IO[bytes], position: int) -> int:
    """Where the next data at or after `position` begins: a sparse file may claim any size."""
    descriptor = raw.fileno()
    here = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        return os.lseek(descriptor, position, os.SEEK_DATA)
    except OSError as exc:
        return os.fstat(descriptor).st_size if exc.errno == errno.ENXIO else position
    finally:
        os.lseek(descriptor, here, os.SEEK_SET)  # the reader's buffer goes on from there


def _stream_lines(stream: IO[bytes], needles: Sequence[bytes], unpacking: Unpacking) -> Iterator[bytes]:
    pending = b""
    left = MAX_UNPACKED
    while True:
        block = stream.read(BLOCK)
        if not block:
            break
        left -= len(block)
        if left < 0:
            raise OSError("it unpacks to more than %d bytes" % MAX_UNPACKED)
        unpacking.left -= len(block)
        if unpacking.left < 0:
            raise OSError(
                "the compressed logs of the host unpack to more than %d bytes together, and no older or newer copies of "
                "a log are read from here on. Name the logs to read with paths" % MAX_ALL_UNPACKED
            )
        end = block.rfind(b"\n") + 1
        if end:
            text = pending + block[:end]
            yield from _hits(text, len(text), needles)
            pending = block[end:]
        else:
            pending = (pending + block)[-MAX_PENDING:]
    yield from _hits(pending, len(pending), needles)


def _hits(text: bytes, stop: int, needles: Sequence[bytes]) -> Iterator[bytes]:
    """The lines of `text` up to `stop` that hold a needle, in order."""
    starts = set()
    for needle in needles:
        position = text.find(needle, 0, stop)
        while position >= 0:
            starts.add(text.rfind(b"\n", 0, position) + 1)
            end = text.find(b"\n", position, stop)
            position = text.find(needle, end, stop) if end >= 0 else -1
    for start in sorted(starts):
        end = text.find(b"\n", start, stop)
        yield text[start : end if end >= 0 else stop]


def _decompressed(raw: IO[bytes], path: str) -> Any:
    """A reader of what a file holds, by its first bytes: a name says little about a rotated file."""
    magic = raw.read(6)
    raw.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return gzip.GzipFile(fileobj=raw, mode="rb")
    if magic.startswith(b"BZh"):
        return bz2.BZ2File(raw, "rb")
    if magic.startswith((b"\xfd7zXZ\0", b"\x5d\0\0")):
        return _Xz(raw)
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        raise HostError(
            "%s is compressed with zstd, which Python cannot read here: decompress it or name another file." % path
        )
    return raw


class _Xz:
    """An xz or lzma file, unpacked in bounded memory, which lzma.LZMAFile does not offer."""

    def __init__(self, raw: IO[bytes]) -> None:
        self._raw = raw
        self._one: Optional[lzma.LZMADecompressor] = None

    def read(self, size: int) -> bytes:
        """Some of the text, at most `size` bytes; b"" at the end. Raises LZMAError, or EOFError where the file ends too
        early.
        """
        while True:
            if self._one is None or self._one.eof:
                data = (b"" if self._one is None else self._one.unused_data).lstrip(b"\0")
                data = data or self._raw.read(BLOCK).lstrip(b"\0")  # padding between the parts of a file
                if not data:
                    return b""
                self._one = lzma.LZMADecompressor(memlimit=MAX_MEMORY)
            elif self._one.needs_input is True:
                data = self._raw.read(BLOCK)
                if not data:
                    raise EOFError("it ends before its end is marked")
            else:
                data = b""
            text = self._one.decompress(data, size)
            if text:
                return text
