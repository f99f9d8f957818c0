# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What an ELF file says it needs: a reader of its dynamic section (elf(5)). It reads and never executes, unlike ldd."""

import struct
from typing import IO, List, NamedTuple, Optional, Tuple

_DYNAMIC = 2
_LOAD = 1
_INTERPRETER = 3
_NEEDED, _STRTAB, _STRSZ, _RPATH, _RUNPATH = 1, 5, 10, 15, 29
_MAX_HEADERS = 512
_MAX_DYNAMIC = 64 * 1024
_MAX_NAME = 4096
_MAX_NEEDED = 512
_MAX_FOLDERS = 64
NO_ELF = "it is no ELF file"


class Elf(NamedTuple):
    bits: int  # 32 or 64
    little: bool
    machine: int  # EM_X86_64 is 62
    needed: Tuple[str, ...]  # names as the linker wrote them
    rpath: Tuple[str, ...]
    runpath: Tuple[str, ...]
    dynamic: bool  # False: statically linked


class NotElf(Exception):
    """The file is no ELF file, a damaged one, or one that claims more than a real one does."""


def read_elf(stream: IO[bytes]) -> Elf:
    """Read the header and the dynamic section of an open file, some three MiB of it at most. Raises NotElf."""
    try:
        return _read(stream)
    except (struct.error, ValueError, OverflowError, OSError) as exc:
        raise NotElf(str(exc))


def _read(stream: IO[bytes]) -> Elf:
    ident = _take(stream, 0, 16)
    if ident[:4] != b"\x7fELF" or ident[4] not in (1, 2) or ident[5] not in (1, 2):
        raise NotElf(NO_ELF)
    wide, little = ident[4] == 2, ident[5] == 1
    order = "<" if little else ">"
    header = struct.unpack(order + ("HHIQQQIHHH" if wide else "HHIIIIIHHH"), _take(stream, 16, 42 if wide else 30))
    machine, table, size, count = header[1], header[4], header[8], header[9]
    segments = _segments(stream, order, wide, table, size, min(count, _MAX_HEADERS))
    dynamic = next((segment for segment in segments if segment[0] == _DYNAMIC), None)
    bits = 64 if wide else 32
    if dynamic is None:
        return Elf(bits, little, machine, (), (), (), any(segment[0] == _INTERPRETER for segment in segments))
    entries = _entries(_take(stream, dynamic[1], min(dynamic[3], _MAX_DYNAMIC)), order, wide)
    needed = [value for tag, value in entries if tag == _NEEDED]
    if len(needed) > _MAX_NEEDED:
        raise NotElf("it needs more than %d libraries" % _MAX_NEEDED)
    strings = _strings(entries, segments)
    return Elf(
        bits,
        little,
        machine,
        tuple(_name(stream, strings, value) for value in needed),
        _folders(stream, strings, entries, _RPATH),
        _folders(stream, strings, entries, _RUNPATH),
        True,
    )


def _take(stream: IO[bytes], offset: int, size: int) -> bytes:
    stream.seek(offset)
    data = stream.read(size)
    if len(data) != size:
        raise NotElf("the file ends early")
    return data


def _segments(
    stream: IO[bytes], order: str, wide: bool, table: int, size: int, count: int
) -> List[Tuple[int, int, int, int]]:
    """Type, offset in the file, address in memory and size in the file of each program header."""
    found = []
    for number in range(count):
        raw = _take(stream, table + number * size, 56 if wide else 32)
        if wide:
            kind, _flags, offset, address, _physical, length = struct.unpack(order + "IIQQQQ", raw[:40])
        else:
            kind, offset, address, _physical, length = struct.unpack(order + "IIIII", raw[:20])
        found.append((kind, offset, address, length))
    return found


def _entries(data: bytes, order: str, wide: bool) -> List[Tuple[int, int]]:
    form = struct.Struct(order + ("qQ" if wide else "iI"))
    entries = []
    for start in range(0, len(data) - form.size + 1, form.size):
        tag, value = form.unpack_from(data, start)
        if tag == 0:
            break
        entries.append((tag, value))
    return entries


def _strings(entries: List[Tuple[int, int]], segments: List[Tuple[int, int, int, int]]) -> Optional[Tuple[int, int]]:
    """Where the string table starts and ends in the file; None where there is none."""
    address = next((value for tag, value in entries if tag == _STRTAB), None)
    size = next((value for tag, value in entries if tag == _STRSZ), 0)
    if address is None:
        return None
    for kind, offset, start, length in segments:
        if kind == _LOAD and start <= address < start + length:
            return offset + address - start, offset + address - start + size
    raise NotElf("its string table is nowhere in the file")


def _name(stream: IO[bytes], strings: Optional[Tuple[int, int]], position: int) -> str:
    """One name of the string table: only what is asked for is read, for the table may claim any size."""
    start, stop = strings or (0, 0)
    size = min(_MAX_NAME + 1, stop - start - position)
    if size > 0:
        stream.seek(start + position)
        name, end, _rest = stream.read(size).partition(b"\0")
        if end:
            return name.decode("utf-8", "surrogateescape")
    raise NotElf("a name in it has no end")


def _folders(
    stream: IO[bytes], strings: Optional[Tuple[int, int]], entries: List[Tuple[int, int]], wanted: int
) -> Tuple[str, ...]:
    value = next((value for tag, value in entries if tag == wanted), None)
    if value is None:
        return ()
    folders = tuple(folder for folder in _name(stream, strings, value).split(":") if folder)
    if len(folders) > _MAX_FOLDERS:
        raise NotElf("its libraries are looked for in more than %d folders" % _MAX_FOLDERS)
    return folders
