# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Dovecot's configuration as it reads it, with the files that it includes; and the user that its tcpwrap asks as."""

import fnmatch
import os
from typing import List, NamedTuple, Optional, Sequence, Tuple

from .accounts import User
from .daemon_configurations import Configurations, configurations
from ..errors import HostError
from ..files.files import list_folder

CONFIGURATION = "/etc/dovecot/dovecot.conf"
_MAX_FILES = 100
_USER = "$default_internal_user"
# what they are where nothing is said (doveconf -d)
_DEFAULTS = {"default_internal_user": "dovecot", "default_login_user": "dovenull", "default_internal_group": "dovecot"}


class DovecotSetting(NamedTuple):
    """`key = value` inside `sections`, the outer first: `("service tcpwrap",)`."""

    sections: Tuple[str, ...]
    key: str
    value: str


def dovecot_settings(read: Configurations, arguments: Sequence[str]) -> List[DovecotSetting]:
    """All settings in the order of reading, so the last one of a key counts; [] where the configuration is not found.
    `-c FILE` names another one. Raises TooMuchToRead.
    """
    (path,) = list(configurations((CONFIGURATION,), arguments))[:1]
    found: List[DovecotSetting] = read.once(("dovecot settings", path), lambda: _settings(read, path))
    return found


def tcpwrap_user(read: Configurations, arguments: Sequence[str]) -> Optional[User]:
    """The user, with its groups, that dovecot's tcpwrap asks libwrap as: `user`, `group` and `extra_groups` of `service
    tcpwrap`. None where there is no such user. Raises TooMuchToRead.

    Measured on Debian 12, dovecot 2.3.19: tcpwrap is started for each login and reads the tables as this user.
    """
    everywhere = dict(_DEFAULTS)
    service = {"user": _USER, "group": "", "extra_groups": ""}
    for setting in dovecot_settings(read, arguments):
        if setting.sections == ():
            everywhere[setting.key] = setting.value
        elif setting.sections == ("service tcpwrap",):
            service[setting.key] = setting.value
    words = {key: everywhere.get(value[1:], "") if value.startswith("$") else value for key, value in service.items()}
    user = read.accounts.user(words["user"])
    if user is None:
        return None
    group = read.accounts.group(words["group"]) if words["group"] else None
    more = [read.accounts.group(name) for name in words["extra_groups"].replace(",", " ").split()]
    groups = user.groups + tuple(number for number in more if number is not None)
    return user._replace(gid=user.gid if group is None else group, groups=groups)


def _settings(read: Configurations, path: str) -> List[DovecotSetting]:
    found: List[DovecotSetting] = []
    _read(read, path, found, [])
    return found


def _read(read: Configurations, path: str, found: List[DovecotSetting], seen: List[str]) -> None:
    """One file, and in its place what a line includes."""
    if path in seen or len(seen) >= _MAX_FILES:
        return
    seen.append(path)
    sections: List[str] = []
    for line in read.lines(path):
        bare = line.strip()
        word, _blank, rest = bare.partition(" ")
        if word in ("!include", "!include_try"):
            for inner in _included(read, os.path.join(os.path.dirname(path), rest.strip())):
                _read(read, inner, found, seen)
        elif bare.endswith("{") and not bare.startswith("#"):
            sections.append(" ".join(bare[:-1].split()))
        elif bare == "}":
            del sections[-1:]
        elif "=" in bare and not bare.startswith("#"):
            key, _equals, value = bare.partition("=")
            value = value.partition(" #")[0].strip()
            found.append(DovecotSetting(tuple(sections), key.strip(), value.strip("\"'")))


def _included(read: Configurations, pattern: str) -> List[str]:
    """The files that an include names, in the order in which dovecot reads them."""
    folder, last = os.path.split(pattern)
    if not any(char in last for char in "*?["):
        return [pattern]
    try:
        names = list_folder(read.root, folder)
    except HostError:
        return []
    return [os.path.join(folder, name) for name in sorted(names) if fnmatch.fnmatchcase(name, last)]
