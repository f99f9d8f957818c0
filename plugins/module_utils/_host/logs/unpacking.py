# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Compressed logs, unpacked in bounded memory and time, whatever their makers let them claim.

The readers of the standard library count nothing: they pass over the zeros behind a part, and over parts without text,
until the file ends, and a file with a hole has any size for nothing.
"""

import bz2
import errno
import lzma
import os
import zlib
from typing import IO, Any, Callable, Iterator, Optional

from ..errors import HostError

MAX_UNPACKED = 2 * 1024 * 1024 * 1024  # of one compressed file, which can be made to claim any size; packed as unpacked
MAX_MEMORY = 96 * 1024 * 1024  # of what unpacks an xz file: `xz -9` takes 65 MiB, and its header may ask for four GiB
MAX_ALL_UNPACKED = 8 * MAX_UNPACKED  # of all of a run: an image may have thousands, and one takes ten seconds
PACKED_BLOCK = 64 * 1024  # what stands behind the end of a part is copied
PART_COST = 16 * 1024  # what a part counts at least: an empty one takes 14 bytes, and as long as this to be begun

#: What is raised where a file is damaged, ends too early, or holds more than it may.
DAMAGES = (OSError, EOFError, zlib.error, lzma.LZMAError)


class Unpacking:
    """How many bytes the compressed logs of one run may still unpack to, all together, and how many may be unpacked."""

    def __init__(self) -> None:
        self.left = self.packed_left = MAX_ALL_UNPACKED

    @property
    def is_spent(self) -> bool:
        """Whether no further compressed log is read."""
        return min(self.left, self.packed_left) < 0

    def check(self) -> None:
        """Raises OSError where it is spent."""
        if self.is_spent:
            raise OSError(
                "the compressed logs of the host unpack to more than %d bytes together, and no older or newer copies of "
                "a log are read from here on. Name the logs to read with paths" % MAX_ALL_UNPACKED
            )


class _Inflater:
    """zlib's decompressor of a gzip file, with the attributes of those of bz2 and lzma."""

    def __init__(self) -> None:
        self._one = zlib.decompressobj(zlib.MAX_WBITS | 16)

    @property
    def eof(self) -> bool:
        """Whether the part is over."""
        return self._one.eof

    @property
    def unused_data(self) -> bytes:
        """What was given behind its end."""
        return self._one.unused_data

    @property
    def needs_input(self) -> bool:
        """Whether it has taken all that it was given."""
        return not self._one.unconsumed_tail

    def decompress(self, data: bytes, size: int) -> bytes:
        """At most `size` bytes of the text."""
        return self._one.decompress(self._one.unconsumed_tail + data, size)


def _unxz() -> Any:
    return lzma.LZMADecompressor(memlimit=MAX_MEMORY)


class Unpacked:
    """The text of a compressed file, which may have several parts, with zeros behind each."""

    def __init__(self, raw: IO[bytes], make: Callable[[], Any], unpacking: Unpacking) -> None:
        self._raw = raw
        self._make = make
        self._unpacking = unpacking
        self._packed_left = self._left = MAX_UNPACKED
        self._one: Any = None

    def blocks(self, size: int) -> Iterator[bytes]:
        """The text, in pieces of at most `size` bytes, also empty ones: between two of them little is read.

        Raises one of DAMAGES.
        """
        while True:
            if self._one is None or self._one.eof:
                data = self._next_part()
                if not data:
                    return
                self._one = self._make()
                self._count_packed(PART_COST)
            else:
                data = self._packed() if self._one.needs_input else b""
                if not data and self._one.needs_input and not self._one.eof:
                    yield self._rest(size)
                    continue
            text = self._one.decompress(data, size)
            self._count_text(len(text))
            yield text

    def _rest(self, size: int) -> bytes:
        """What the decompressor still holds at the end of the file."""
        text: bytes = self._one.decompress(b"", size)
        if not text and not self._one.eof:
            raise EOFError("it ends before its end is marked")
        self._count_text(len(text))
        return text

    def _next_part(self) -> bytes:
        """The beginning of the next part behind zeros; b"" where there is none."""
        data: bytes = b"" if self._one is None else self._one.unused_data
        while True:
            data = data.lstrip(b"\0")
            if data:
                return data
            data = self._packed()
            if not data:
                return b""
            if data.count(b"\0") == len(data):
                self._raw.seek(after_hole(self._raw, self._raw.tell()))

    def _packed(self) -> bytes:
        data = self._raw.read(PACKED_BLOCK)
        self._count_packed(len(data))
        return data

    def _count_packed(self, count: int) -> None:
        self._packed_left -= count
        self._unpacking.packed_left -= count
        if self._packed_left < 0:
            raise OSError("it has more than %d packed bytes, or too many parts" % MAX_UNPACKED)
        self._unpacking.check()

    def _count_text(self, count: int) -> None:
        self._left -= count
        self._unpacking.left -= count
        if self._left < 0:
            raise OSError("it unpacks to more than %d bytes" % MAX_UNPACKED)
        self._unpacking.check()


def unpacked(raw: IO[bytes], path: str, unpacking: Unpacking) -> Optional[Unpacked]:
    """A reader of a compressed file by its first bytes, since a name says little about a rotated file; None for a plain
    one. Raises HostError where Python cannot unpack it.
    """
    magic = raw.read(6)
    raw.seek(0)
    if magic.startswith(b"\x1f\x8b"):
        return Unpacked(raw, _Inflater, unpacking)
    if magic.startswith(b"BZh"):
        return Unpacked(raw, bz2.BZ2Decompressor, unpacking)
    if magic.startswith((b"\xfd7zXZ\0", b"\x5d\0\0")):
        return Unpacked(raw, _unxz, unpacking)
    if magic.startswith(b"\x28\xb5\x2f\xfd"):
        raise HostError(
            "%s is compressed with zstd, which Python cannot read here: decompress it or name another file." % path
        )
    return None


def after_hole(raw: IO[bytes], position: int) -> int:
    """Where the next data at or after `position` begins: a sparse file may claim any size."""
    descriptor = raw.fileno()
    here = os.lseek(descriptor, 0, os.SEEK_CUR)
    try:
        return os.lseek(descriptor, position, os.SEEK_DATA)
    except OSError as exc:
        return os.fstat(descriptor).st_size if exc.errno == errno.ENXIO else position
    finally:
        os.lseek(descriptor, here, os.SEEK_SET)  # the reader's buffer goes on from there
