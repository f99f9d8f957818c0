# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""/etc/ld.so.cache, which the dynamic linker of glibc reads in the place of ld.so.conf and its folders (ldconfig(8)).

Its form is `struct cache_file_new` of glibc's sysdeps/generic/dl-cache.h; before it an older form may stand, for programs of
libc 5.
"""

import struct
from typing import Dict, List, NamedTuple

CACHE = "/etc/ld.so.cache"
MAX_CACHE = 4 * 1024 * 1024  # bytes; a large host has some hundred thousand
_MAX_ENTRIES = 50000
_MAX_NAME = 1024
_MANY = 4  # times the bytes of the cache may be told: names that many entries share count for each
_MAGIC = b"glibc-ld.so.cache1.1"
_HEADER = 48
_COUNT = len(_MAGIC)
_ORDER = 28  # of the flags: 2 is little-endian, 3 big-endian, 0 of before glibc 2.33 that of the machine
_ENTRY = 24


class Cached(NamedTuple):
    path: str
    special: bool  # for processors with more abilities, or kept back by another condition


def read_cache(data: bytes) -> Dict[str, List[Cached]]:
    """The files that it has for each name, in the order in which they are tried; of what is no cache, or damaged,
    nothing.
    """
    start = data.find(_MAGIC)
    if start < 0 or len(data) < start + _HEADER:
        return {}
    order = ">" if data[start + _ORDER] & 3 == 3 else "<"
    (count,) = struct.unpack_from(order + "I", data, start + _COUNT)
    if order == "<" and count > 0xFFFFFF:  # the machine's own order is the other one
        order = ">"
        (count,) = struct.unpack_from(order + "I", data, start + _COUNT)
    found: Dict[str, List[Cached]] = {}
    left = _MANY * len(data)
    end = min(count, _MAX_ENTRIES, (len(data) - start - _HEADER) // _ENTRY)
    for number in range(end):
        _flags, key, value, _version, special = struct.unpack_from(
            order + "iIIIQ", data, start + _HEADER + number * _ENTRY
        )
        name, path = _text(data, start + key), _text(data, start + value)
        left -= len(name) + len(path)
        if left < 0:
            break
        if name and path.startswith("/"):
            found.setdefault(name, []).append(Cached(path, special != 0))
    return found


def _text(data: bytes, place: int) -> str:
    end = data.find(b"\0", place, place + _MAX_NAME)
    return data[place:end].decode("utf-8", "surrogateescape") if 0 <= place < end else ""
