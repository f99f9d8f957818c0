# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a daemon that links libwrap asks it, and under which name: what known_daemons.py says, held against its
configuration.
"""

import getopt
from typing import Optional, Sequence

from . import daemon_switches
from .daemon_configurations import Configurations
from .daemon_names import Names, names_in_configuration
from .daemon_questions import Question
from .known_daemons import BY_PROGRAM, NOTHING, Known, Opening


_BY_LISTENER = ("mosquitto", "snmpd")  # they ask for one kind of their listeners


def known_daemon(program: str) -> Known:
    """What is known of a program by its base name, and by its path where others have that name; NOTHING where that is
    nothing.
    """
    base = _base(program)
    known = BY_PROGRAM.get(base, NOTHING)
    return known if all(word in program for name, word in known.elsewhere if name == base) else NOTHING


def switched_on(read: Configurations, program: str, arguments: Sequence[str], port: int) -> Optional[bool]:
    """Whether a daemon that asks only when told to does so for a port (0: any), by its command line and configuration;
    None where that cannot be told.

    A daemon that names its configuration on the command line reads that one. Raises TooMuchToRead.
    """
    switch = known_daemon(program).switch
    if switch is None:
        return True
    return daemon_switches.switched_on(switch.reader, Question(read, _base(program), arguments, port))


def is_opened(opening: Opening, arguments: Sequence[str]) -> Optional[bool]:
    """Whether a daemon was started with the option; None where its words cannot be told."""
    try:
        found, rest = getopt.gnu_getopt(list(arguments), opening.options)
    except getopt.GetoptError:
        return None
    if ("-" + opening.letter, "") in found:
        return True
    return None if rest else False


def named_by_port(program: str) -> bool:
    """Whether a program asks libwrap by the name of each service that it offers, or for some of its ports alone."""
    known = known_daemon(program)
    return (
        known.named_by in ("cyrus", "dovecot", "pulseaudio", "socat", "stunnel")
        or program.rsplit("/", 1)[-1] in _BY_LISTENER
    )


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
        return found._replace(names=(base,), told=False)
    return Names((known.daemon or base,))


def _base(program: str) -> str:
    return program.rsplit("/", 1)[-1]
