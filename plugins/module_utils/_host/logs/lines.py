# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Log files read as a stream: plain or compressed, rotated, of any size, in constant memory."""

import os
import re
from typing import IO, Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple, Union

from ..errors import HostError
from ..files.files import list_folder, open_file, stat_file
from ..files.root import Root
from .unpacking import DAMAGES, Unpacked, Unpacking, after_hole, unpacked

BLOCK = 1048576
MAX_PENDING = 64 * 1024  # a longer line is no log line of ours

# one group of files that hold different lines; within a group the first that is there counts, since the others repeat
# it
GENERAL = (
    ("/var/log/syslog",),
    ("/var/log/messages",),
    ("/var/log/daemon.log", "/var/log/mail.log", "/var/log/kern.log"),
)
ALWAYS = ("/var/log/auth.log", "/var/log/secure", "/var/log/maillog", "/var/log/slapd.log", "/var/log/debug")
OWN = ("/var/log/xinetd.log", "/var/log/vsftpd.log", "/var/log/mosquitto/mosquitto.log")

_ROTATED = re.compile(r"\A(?:[.-]\d{1,10}(?:-\d{1,10}){0,3})?(?:\.(?:gz|xz|bz2|lzma|zst))?\Z")


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
    """A log and its rotated copies, the oldest first. Of several names of one file only one, the log's own where it is
    among them: a name costs its maker nothing.
    """
    folder, name = os.path.split(path)
    found: Dict[Union[str, Tuple[int, int]], LogFile] = {}
    for entry in reversed([entry for entry in list_folder(root, folder) if entry.startswith(name)]):
        if not _ROTATED.match(entry[len(name) :]):
            continue
        full = os.path.join(folder, entry)
        if stat_file(root, full).kind == "file":
            moment, which = _written(root, full)
            found[which or full] = LogFile(full, moment)  # the log's own name comes last here
    return sorted(found.values(), key=lambda log: (log.written, log.path))


def written(root: Root, path: str) -> float:
    """When a file was last written, in seconds since 1970."""
    return _written(root, path)[0]


def _written(root: Root, path: str) -> Tuple[float, Optional[Tuple[int, int]]]:
    """The same, and which file it is, whatever its name."""
    try:
        info = os.stat(root.resolve(path))
    except OSError:
        return 0.0, None
    return info.st_mtime, (info.st_dev, info.st_ino)


def find_lines(
    root: Root,
    path: str,
    needles: Sequence[bytes],
    unpacking: Optional[Unpacking] = None,
    is_over: Callable[[], bool] = lambda: False,
) -> Iterator[bytes]:
    """The lines of a file that hold one of `needles`, without their line feed, in order, until `is_over` says so, which
    is asked before each block: a file may hold none of them.

    Raises HostError where the file cannot be read or its compression is damaged; lines before the damage were given by
    then.
    """
    with open_file(root, path) as raw:
        try:
            stream = unpacked(raw, path, unpacking or Unpacking())
            if stream is None:
                yield from _plain_lines(raw, needles, is_over)
            else:
                yield from _stream_lines(stream, needles, is_over)
        except DAMAGES as exc:
            raise HostError("%s could be read only in part: %s." % (path, str(exc) or type(exc).__name__))


def _plain_lines(raw: IO[bytes], needles: Sequence[bytes], is_over: Callable[[], bool]) -> Iterator[bytes]:
    """A file that can go back: a line cut by the end of a block is read again, and nothing is copied."""
    position = 0
    while not is_over():
        block = raw.read(BLOCK)
        if not block:
            return
        if block.count(b"\0") == len(block):
            position = after_hole(raw, position + len(block))
            raw.seek(position)
            continue
        end = block.rfind(b"\n") + 1
        if not end or len(block) < BLOCK:
            end = len(block)
        yield from _hits(block, end, needles)
        position += end
        if end < len(block):
            raw.seek(position)


def _stream_lines(stream: Unpacked, needles: Sequence[bytes], is_over: Callable[[], bool]) -> Iterator[bytes]:
    pending = b""
    for block in stream.blocks(BLOCK):
        if is_over():
            return
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
