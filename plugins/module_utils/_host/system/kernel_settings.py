# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The running kernel's settings below net, as sysctl(8) names them: read and set in /proc/sys."""

import errno
import os
import re
from typing import Dict, List, Optional, Sequence

from ..errors import HostError
from .processes import PROC

# no name leaves /proc/sys/net: an interface with a dot in its name cannot be named
NAME = re.compile(r"\Anet(?:\.[A-Za-z0-9_-]+)+\Z")
VALUE = re.compile(r"\A-?[0-9]{1,10}\Z")


def read_settings(names: Sequence[str], proc: str = PROC) -> Dict[str, str]:
    """The settings that this kernel has, as numbers in text; those that it lacks, such as IPv6's, are left out."""
    found: Dict[str, str] = {}
    for name in names:
        value = _read(_path(name, proc))
        if value is not None:
            found[name] = value
    return found


def check_settable(names: Sequence[str], proc: str = PROC) -> None:
    """Raise HostError where the kernel would not take a setting from this process: another user's, or a container's
    /proc/sys.
    """
    for name in names:
        if not os.access(_path(name, proc), os.W_OK):
            raise _refused(name, OSError(errno.EACCES, os.strerror(errno.EACCES)))


def set_settings(values: Dict[str, str], proc: str = PROC) -> None:
    """Set all of them, or none: what was set before a failure is set back. Raises HostError."""
    before = read_settings(sorted(values), proc)
    done: List[str] = []
    for name in sorted(values):
        try:
            with open(_path(name, proc), "w", encoding="ascii") as stream:
                stream.write(values[name] + "\n")
        except OSError as error:
            set_settings(dict((other, before[other]) for other in done if other in before), proc)
            raise _refused(name, error)
        done.append(name)


def _path(name: str, proc: str) -> str:
    if not NAME.match(name):
        raise HostError("%r is no setting of the kernel below net." % name)
    return os.path.join(proc, "sys", *name.split("."))


def _read(path: str) -> Optional[str]:
    try:
        with open(path, encoding="ascii") as stream:
            value = stream.read().strip()
    except (OSError, UnicodeDecodeError):
        return None
    return value if VALUE.match(value) else None


def _refused(name: str, error: OSError) -> HostError:
    return HostError(
        "the kernel does not let this task set %s: %s. In a container the host sets it; else run the task as root "
        "(become: true)." % (name, os.strerror(error.errno or 0))
    )
