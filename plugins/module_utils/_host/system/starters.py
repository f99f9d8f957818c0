# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Programs that start another one, which their words or their text name: shells, and what goes on as another program."""

import re
from typing import Iterable, List

# they read a command as one word, and a variable in it may be any program
_SHELLS = re.compile(
    r"(?:r?bash|sh|dash|[mlp]?ksh(?:93)?|zsh|fish|t?csh|ash|busybox|python[\d.]*|perl[\d.]*|ruby[\d.]*|tclsh|expect|lua[\d.]*)\Z"
)
# they start what their words name
_LAUNCHERS = frozenset(
    "authbind bwrap capsh cgexec chpst chroot chrt choom daemon doas dumb-init eatmydata env envdir envuidgid faketime "
    "fakeroot firejail flock gosu ionice ip linux32 linux64 logger nice nohup nsenter numactl prlimit runcon runuser "
    "script setarch setlock setpriv setsid setuidgid softlimit ssh-agent start-stop-daemon stdbuf strace su su-exec sudo "
    "systemd-cat systemd-run taskset time timeout tini torsocks tsocks unbuffer unshare xargs".split()
)
_WORDS = re.compile(r"[^\s;&|()<>'\"`{}=,]+")
MAX_WORDS = 200


def is_shell(program: str) -> bool:
    """Whether a program reads commands, by its name."""
    return _SHELLS.match(program.rsplit("/", 1)[-1]) is not None


def is_launcher(program: str) -> bool:
    """Whether a program starts another in its place, by its name."""
    return program.rsplit("/", 1)[-1] in _LAUNCHERS


def command_words(arguments: Iterable[str]) -> List[str]:
    """The words in the words of a command line, those of a shell's command too; not more than MAX_WORDS."""
    return [word for argument in arguments for word in _WORDS.findall(argument)][:MAX_WORDS]
