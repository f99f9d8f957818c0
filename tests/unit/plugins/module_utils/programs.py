# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Programs of an image that are as small as can be: the header of a static ELF file of x86-64 (elf(5))."""

import struct

#: One that does not ask libwrap.
PLAIN = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 64, 0, 0, 64, 56, 0, 0, 0, 0)
#: One that has libwrap in it: it names the tables.
ASKING = PLAIN + b"/etc/hosts.allow\0/etc/hosts.deny\0"
#: tcpd of every Debian has this message.
TCPD = ASKING + b"error: cannot execute %s: %m\0"
