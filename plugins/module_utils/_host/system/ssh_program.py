# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which configuration an sshd was built to read (`./configure --sysconfdir` of OpenSSH)."""

import re
from typing import List

_NAME = re.compile(rb"(?<![!-~])[!-~]*/sshd_config(?=\0)")  # from a name's beginning: linear in the program
_MOST = 16 * 1024 * 1024  # bytes; a program of a distribution has one or two million
# openSUSE's reads the second where the first is not there
_USUAL = (b"/etc/ssh/sshd_config", b"/usr/etc/ssh/sshd_config")


def other_configurations(program: str) -> List[str]:
    """The files that a program names as its configuration, where the usual one is not among them; [] where it is, and
    where the program cannot be read or names none.
    """
    try:
        with open(program, "rb") as stream:
            found = _NAME.findall(stream.read(_MOST))
    except OSError:
        return []
    if any(name in _USUAL for name in found):
        return []
    return [name.decode("ascii") for name in found if name.startswith(b"/")]
