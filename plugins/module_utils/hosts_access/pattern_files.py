# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Files of hosts: the words that a ``/file`` pattern stands for, those of the files that it names among them."""

from typing import Any, List, NamedTuple, Set, Tuple

from .errors import HostsAccessError
from .lookups import Lookups, Unreadable
from .request import to_raw

#: The words in the order in which libwrap tries them; ``loops``: behind them a file names itself, which crashes libwrap.
HostFile = NamedTuple("HostFile", [("words", Tuple[bytes, ...]), ("loops", bool)])


class HostFileLoop(HostsAccessError):
    """libwrap would crash here: a file of hosts names itself, and no word before that matched."""


def file_words(content: Any) -> Tuple[bytes, ...]:
    """The words of a file's content, separated by white space; none of a file that is missing or unreadable."""
    if content is None or isinstance(content, Unreadable):
        return ()
    return tuple(to_raw(content).split())


def read_host_file(path: bytes, lookups: Lookups) -> HostFile:
    """What a ``/file`` pattern stands for; a file that was read to its end without a match is not read again."""
    words = []  # type: List[bytes]
    done = set()  # type: Set[bytes]
    open_files = [(path, iter(file_words(lookups.host_file(path.decode("utf-8", "surrogateescape")))))]
    while open_files:
        word = next(open_files[-1][1], None)
        if word is None:
            done.add(open_files.pop()[0])
        elif word[:1] != b"/":
            words.append(word)
        elif any(word == name for name, _words in open_files):
            return HostFile(tuple(words), True)
        elif word not in done:
            open_files.append((word, iter(file_words(lookups.host_file(word.decode("utf-8", "surrogateescape"))))))
    return HostFile(tuple(words), False)
