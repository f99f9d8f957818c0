# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ELF files of 64 bits that say what an attacker likes, made by hand from elf(5). None of them can be run."""

import struct

_BASE = 0x400000


def make_elf(needed=(), runpath=(), dynamic=True):
    """A program that needs these libraries and looks for them in these folders; not `dynamic`: a static one."""
    strings, tags = b"\0", []
    for tag, names in ((1, needed), (29, [":".join(runpath)] if runpath else [])):
        for name in names:
            tags.append((tag, len(strings)))
            strings += name.encode() + b"\0"
    start = 64 + 2 * 56
    tags += [(5, _BASE + start), (10, len(strings)), (0, 0)]
    section = b"".join(struct.pack("<qQ", tag, value) for tag, value in tags)
    place = start + len(strings)
    data = b"\x7fELF\x02\x01\x01" + b"\0" * 9 + struct.pack("<HHIQQQIHHHHHH", 3, 62, 1, 0, 64, 0, 0, 64, 56, 2, 0, 0, 0)
    for kind, offset, size in ((1, 0, place + len(section)), (2, place, len(section)) if dynamic else (4, 0, 0)):
        data += struct.pack("<IIQQQQQQ", kind, 5, offset, _BASE + offset, _BASE + offset, size, size, 8)
    return data + strings + section
