# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Servers that start another program in their place (`env`, `nice`, `sh -c`): that one may ask, under a name of its own.

Measured on Debian 13: `bash -c 'exec -a /usr/local/sbin/in.foo /usr/sbin/tcpd'` and `env -a ...` ask as in.foo.
"""

import os
from typing import Iterator, Sequence

from ..._host.files.reading import stat_file
from ..._host.files.root import Root
from ..._host.system.commands import FOLDERS
from ..._host.system.libraries import Libraries
from ..._host.system.scripts import names_libwrap
from ..._host.system.starters import command_words, is_launcher, is_shell
from ..._libwrap.printable import printable
from ..._superservers.tcpd import is_tcpd


def hands_on(root: Root, libraries: Libraries, program: str, arguments: Sequence[str]) -> str:
    """Why a server that does not ask may start one that does, by its command line; empty where nothing says so."""
    shell, launcher = is_shell(program), is_launcher(program)
    if shell and any("$" in word or "`" in word or names_libwrap(word) for word in arguments):
        return "%s reads a command that may start a program that asks" % printable(program)
    for place in _programs(root, arguments, shell or launcher):
        link = None if is_tcpd(place) else libraries.find_libwrap(place).libwrap
        if link or (link is None and (shell or launcher or is_tcpd(place))):
            return "%s may start %s in its place, which may ask" % (printable(program), printable(place))
    return ""


def _programs(root: Root, arguments: Sequence[str], bare: bool) -> Iterator[str]:
    """The files that words of a command line name, and with `bare` those that a shell would find by a name."""
    for word in command_words(arguments):
        places = [word] if word.startswith("/") else []
        if bare and "/" not in word and not word.startswith("-"):
            places = [os.path.join(folder, word) for folder in FOLDERS]
        for place in places:
            state = stat_file(root, place)
            if state.kind == "file" and (state.mode or 0) & 0o111:
                yield place
