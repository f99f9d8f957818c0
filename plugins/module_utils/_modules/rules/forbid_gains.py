# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The option `forbid_gains` by itself: a plan checks it, and is sent to a host without the analysis that gains.py needs."""

from typing import Any, List, Union

from ansible.module_utils.parsing.convert_bool import BOOLEANS_FALSE, BOOLEANS_TRUE

from ..errors import TaskError


def check_forbid_gains(value: Any, option: str = "forbid_gains") -> Union[bool, List[str]]:
    """The option as true, false, or a list of daemons. Raises TaskError."""
    if isinstance(value, bool):
        return value
    if value is None or isinstance(value, (str, int)) and value in BOOLEANS_FALSE:
        return False
    if isinstance(value, (str, int)) and value in BOOLEANS_TRUE:
        return True
    names = [value] if isinstance(value, str) else value
    if not isinstance(names, (list, tuple)) or not all(isinstance(name, str) and name for name in names):
        raise TaskError(
            "%s is %r, and must be true, false, or a list of daemons such as [sshd, in.telnetd]." % (option, value)
        )
    return list(names)
