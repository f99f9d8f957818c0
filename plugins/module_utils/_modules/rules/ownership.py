# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Owner, group and mode of the tables, as a task gives them."""

import re
from typing import Any, Optional

from ..._host.files.reading import read
from ..._host.files.root import Root
from ..errors import TaskError

_OCTAL = re.compile(r"(?:0o)?[0-7]{3,5}\Z")
_WRITTEN_ID = re.compile(rb"[0-9]{1,10}\Z")
_NUMBER = re.compile(r"[0-9]+\Z")
_MISTAKEN = (400, 404)  # written without quotes and leading zero; all other such numbers set a bit that is refused
_LAST_ID = 2**32 - 2  # chown(2) takes 32 bits, and all of them set for "leave it"


def parse_mode(value: Any) -> Optional[int]:
    """Permission bits of a table from octal text or YAML's octal integer; None stays None.

    Raises TaskError for anything else, and for bits that a table must not have: execute, set-id and sticky, write for
    others.
    """
    if value is None:
        return None
    if isinstance(value, str) and _OCTAL.match(value):
        mode = int(value.replace("0o", ""), 8)
    elif isinstance(value, int) and not isinstance(value, bool):
        if value in _MISTAKEN:
            raise TaskError(
                "mode is the number %d, which is 0%o in octal. Write octal digits in quotes, such as '0600' or '0%d'."
                % (value, value, value)
            )
        mode = value
    else:
        raise TaskError("mode is %r, and must be octal digits in quotes, such as '0600'." % (value,))
    if mode & ~0o664 or mode < 0:
        raise TaskError(
            "mode %r sets bits 0%o: execute, set-id and sticky bits and writing by others are refused for a table. "
            "Write octal digits in quotes, such as '0600' or '0640'." % (value, mode & 0o7777 if mode >= 0 else 0)
        )
    return mode


def find_user(root: Root, value: Optional[str]) -> Optional[int]:
    """The number of a user given as name or number; names are looked up in the root. Raises TaskError."""
    return _find(root, value, "owner", "/etc/passwd")


def find_group(root: Root, value: Optional[str]) -> Optional[int]:
    """The number of a group given as name or number; names are looked up in the root. Raises TaskError."""
    return _find(root, value, "group", "/etc/group")


def _find(root: Root, value: Optional[str], option: str, database: str) -> Optional[int]:
    if value is None or value == "":
        return None
    if _NUMBER.match(value):
        if int(value) > _LAST_ID:
            raise TaskError(
                "%s %s is larger than any number that a %s can have."
                % (option, value, "user" if option == "owner" else option)
            )
        return int(value)
    if root.is_host:
        import grp
        import pwd

        try:
            return pwd.getpwnam(value).pw_uid if option == "owner" else grp.getgrnam(value).gr_gid
        except KeyError:
            raise TaskError("%s %r does not exist on the host: give one that does, or its number." % (option, value))
    for line in (read(root, database).data or b"").split(b"\n"):
        fields = line.split(b":")
        if len(fields) > 2 and fields[0] == value.encode("utf-8", "surrogateescape") and _WRITTEN_ID.match(fields[2]):
            return int(fields[2])
    raise TaskError(
        "%s %r is not in %s below %s: give one that is, or its number." % (option, value, database, root.path)
    )
