# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the engine may ask the world: names, netgroups, pattern files, commands."""

from typing import Any, Optional, Union


class Unreadable(object):
    """A table or pattern file that exists but cannot be opened.

    :param errno: the number of the error that open(2) would set (EACCES, ELOOP, ENOTDIR, ENAMETOOLONG; EISDIR is a
        directory, which libwrap opens and reads as empty).
    """

    __slots__ = ("errno",)

    def __init__(self, errno: int) -> None:
        self.errno = errno

    def __repr__(self) -> str:
        return "Unreadable(%d)" % self.errno

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Unreadable) and other.errno == self.errno

    def __hash__(self) -> int:
        return hash(("Unreadable", self.errno))


class Part(bytes):
    """The beginning of a pattern file of which no more was read, perhaps nothing; its last word may be cut."""


class Withheld(Part):
    """Nothing of a pattern file: somebody leads to it who may not read it himself."""


class Unsettled(Part):
    """Nothing of a pattern file: what libwrap finds there is another thing for each process, or at each moment."""


class Lookups(object):
    """The world as it is when nothing is known of it: no netgroups, no files, every account and interface exists,
    commands succeed.

    Subclass it to answer from a host. The engine calls nothing else and executes nothing.
    """

    #: What pattern_files.py read through these look-ups, which it bounds for all files together.
    files_read: Any = None

    def in_netgroup(self, group: str, host: str) -> Optional[bool]:
        """Whether ``host`` (a name, or "unknown") is in the netgroup; None when that cannot be told."""
        return False

    def asks_netgroups(self) -> bool:
        """Whether libwrap asks for netgroups: a build without them finds nobody in any."""
        return True

    def host_file(self, path: str) -> Union[bytes, None, Unreadable]:
        """The content of a ``/file`` pattern, or a :class:`Part` of it; None when it does not exist."""
        return None

    def may_name(self, path: str, named: str) -> bool:
        """Whether a pattern file may have another one read, whose name stands in it."""
        return True

    def user_exists(self, name: str) -> bool:
        """Whether the password database has this user."""
        return True

    def group_exists(self, name: str) -> bool:
        """Whether the group database has this group."""
        return True

    def interface_exists(self, name: str) -> Optional[bool]:
        """Whether the host has this network interface, the scope of ``[fe80::1%eth0]``; None when that cannot be told."""
        return True

    def program_runs(self, path: str) -> Optional[bool]:
        """Whether there is a program at this absolute path that can be run; None when that cannot be told."""
        return True

    def folder_exists(self, path: str) -> Optional[bool]:
        """Whether there is a folder at this absolute path; None when that cannot be told."""
        return True

    def who_changes(self, path: str) -> Optional[str]:
        """Who but root may change what stands at this absolute path, in words ("user alice"); None where nobody may, or
        that cannot be told.
        """
        return None

    def aclexec_status(self, command: str) -> Optional[int]:
        """The exit status that an aclexec command would have; None when nobody can know, which counts as success."""
        return 0


def asks_netgroups(lookups: Any) -> bool:
    """Whether libwrap asks for netgroups at all; other people's look-ups may not know the question."""
    ask = getattr(lookups, "asks_netgroups", None)
    return ask is None or bool(ask())


def answers(lookups: Any, question: str) -> bool:
    """Whether these look-ups answer a question themselves; :class:`Lookups` answers as one who knows nothing of the
    world.
    """
    if question == "in_netgroup" and not asks_netgroups(lookups):
        return False
    method = getattr(lookups, question)
    return getattr(method, "__func__", method) is not getattr(Lookups, question)
