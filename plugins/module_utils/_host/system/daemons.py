# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a daemon that links libwrap asks it, and under which name: what known_daemons.py says, held against its
configuration.
"""

import re
from typing import List, Optional, Sequence

from .daemon_configurations import Configurations, configurations
from .daemon_names import Names, Question, names_in_configuration
from .known_daemons import BY_PROGRAM, NOTHING, Known, Switch

_MAX_LINE = 1024
_MAX_WORD = 4096


def known_daemon(program: str) -> Known:
    """What is known of a program by its base name; NOTHING where that is nothing."""
    return BY_PROGRAM.get(_base(program), NOTHING)


def switched_on(read: Configurations, switch: Switch, arguments: Sequence[str]) -> Optional[bool]:
    """Whether a daemon's command line or configuration switches libwrap on; None where its configuration is not found
    or not to be read.

    A daemon that names its configuration on the command line reads that one. Raises TooMuchToRead.
    """
    if switch.word and any(re.match(switch.word, word) for word in arguments if len(word) <= _MAX_WORD):
        return True
    if not switch.files:
        return False
    files = tuple(configurations(switch.files, arguments))
    found: Optional[bool] = read.once((switch, files), lambda: _switched_in(read, switch, files))
    return found


def _switched_in(read: Configurations, switch: Switch, files: Sequence[str]) -> Optional[bool]:
    texts: List[str] = []
    for path in files:
        data = read.data(path)
        if data is not None:
            texts.append(data.decode("utf-8", "replace"))
    if not texts:
        return True if switch.by_default else None
    lines = [line for text in texts for line in text.split("\n") if len(line) <= _MAX_LINE]
    if switch.off and any(re.match(switch.off, line) for line in lines):
        return False
    return switch.by_default or any(re.match(switch.on, line) for line in lines)


def named_by_port(program: str) -> bool:
    """Whether a program asks libwrap by the name of each service that it offers, not by its own."""
    return known_daemon(program).named_by in ("cyrus", "dovecot", "stunnel")


def names_asked(read: Configurations, program: str, arguments: Sequence[str], port: int) -> Names:
    """The names that libwrap is asked for by a program that listens on a port, its own or those of its configuration;
    never none. Raises TooMuchToRead.
    """
    base = _base(program)
    known = known_daemon(program)
    if known.named_by:
        found = names_in_configuration(known.named_by, Question(read, base, arguments, port))
        if found.names:
            return found
        return found._replace(names=(base,))
    return Names((known.daemon or base,))


def _base(program: str) -> str:
    return program.rsplit("/", 1)[-1]
