# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Run the programs of the system, with signs of life meanwhile."""

import os
import subprocess
from typing import Any, Callable, List, Optional

from .clocks import FROZEN, now

FILTER_PATIENCE = 60.0  # seconds that nft may take
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
)  # those of system/commands.py, from which nothing is imported here
ALIVE: List[Callable[[], None]] = [lambda: None]  # called while a program is waited for


def program_path(name: str) -> str:
    """The path of a system program; "" where it is not there."""
    paths = [os.path.join(folder, name) for folder in FOLDERS]
    return next((path for path in paths if os.access(path, os.X_OK)), "")


def run_program(command: List[str], text: Optional[bytes] = None, patience: float = 0.0) -> bool:
    """Run a program, with a text at its input. False where it fails, or has not ended within its seconds; one without
    such goes on by itself where it takes long, and must not keep the watchdog.
    """
    source = subprocess.DEVNULL if text is None else subprocess.PIPE
    try:
        return _ended(_start(command, source, subprocess.DEVNULL), text, patience)
    except (OSError, subprocess.SubprocessError):
        return False


def output_of(command: List[str]) -> Optional[str]:
    """What a program prints; None where it fails or does not end soon."""
    try:
        process = _start(command, subprocess.DEVNULL, subprocess.PIPE)
        text = process.communicate(None, FROZEN / 2)[0].decode("utf-8", "replace")
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        return None
    except (OSError, subprocess.SubprocessError):
        return None
    return None if process.returncode else text


def _start(command: List[str], source: int, output: int) -> Any:
    """A program with an environment that is known. The watchdog runs by itself: there is no module whose run_command it
    could call.
    """
    environment = {"PATH": ":".join(FOLDERS), "LC_ALL": "C"}
    return subprocess.Popen(  # pylint: disable=ansible-bad-function
        command, stdin=source, stdout=output, stderr=subprocess.DEVNULL, env=environment
    )


def _ended(process: Any, text: Optional[bytes], patience: float) -> bool:
    """Whether a program ends well, with signs of life of this process until then."""
    deadline = now() + patience
    while True:
        try:
            process.communicate(text, FROZEN / 2)
            return not process.returncode
        except subprocess.TimeoutExpired:
            text = None  # it is on its way
            ALIVE[0]()
        if now() >= deadline:
            if not patience:
                return True
            process.kill()
            process.communicate()
            return False
