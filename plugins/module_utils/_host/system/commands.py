# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Run a program of the host: never a shell, a known folder, plain C messages, a time limit."""

import os
import subprocess
from typing import TYPE_CHECKING, List, NamedTuple, Optional, Sequence

from ..errors import HostError

FOLDERS = (
    "/usr/sbin",
    "/usr/bin",
    "/sbin",
    "/bin",
    "/usr/local/sbin",
    "/usr/local/bin",
    "/usr/libexec",
    "/usr/pkg/sbin",
    "/usr/pkg/bin",
)


class TooSlow(HostError):
    """The program was stopped."""


class CommandResult(NamedTuple):
    status: int  # negative: ended by that signal
    output: bytes
    errors: bytes


def find_program(name: str) -> Optional[str]:
    """The path of a program in the usual system folders, whatever PATH says; None where there is none."""
    for folder in FOLDERS:
        path = os.path.join(folder, name)
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def plain_environment() -> List[str]:
    """Names of the variables that a started program keeps; all others are left out."""
    return [name for name in ("HOME", "TZ", "TMPDIR") if name in os.environ]


if TYPE_CHECKING:
    _Popen = subprocess.Popen[bytes]
else:
    _Popen = subprocess.Popen


class Process(_Popen):
    """A started program of the host: no input, output as bytes, messages in the C locale, few variables of ours."""

    def __init__(self, arguments: Sequence[str], errors: int = subprocess.PIPE, folder: Optional[str] = None) -> None:
        environment = {name: os.environ[name] for name in plain_environment()}
        environment.update({"LC_ALL": "C", "PATH": ":".join(FOLDERS)})
        super().__init__(
            list(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            cwd=folder,
            env=environment,
            close_fds=True,
        )


def run(arguments: Sequence[str], timeout: float = 30.0, folder: Optional[str] = None) -> CommandResult:
    """Run a program given by its absolute path. Raises HostError where it cannot be started, TooSlow where it
    does not end in time.
    """
    if not arguments[0].startswith("/"):
        raise HostError("%r is not the absolute path of a program." % arguments[0])
    try:
        process = Process(arguments, folder=folder)
    except OSError as exc:
        raise HostError("cannot run %s: %s." % (arguments[0], os.strerror(exc.errno or 0)))
    try:
        output, errors = process.communicate(timeout=timeout)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise TooSlow("%s did not end within %d seconds and was stopped." % (arguments[0], int(timeout)))
    return CommandResult(process.returncode, output, errors)
