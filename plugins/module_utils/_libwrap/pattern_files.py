# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of hosts: the words that a ``/file`` pattern stands for, those of the files that it names among them."""

from typing import Any, Dict, Iterator, List, NamedTuple, Sequence, Set, Tuple

from .errors import HostsAccessError
from .lookups import Lookups, Part, Unreadable
from .request import to_raw

#: How much of a file, with those that it names, is read here; libwrap reads all of it at every connection.
MAX_BYTES = 1024 * 1024
MAX_WORDS = 100000
MAX_FILES = 100
#: And of all files that tables name together: a word takes half a kilobyte, and a hard link costs its maker nothing.
MAX_ALL_BYTES = 4 * MAX_BYTES
MAX_ALL_WORDS = 2 * MAX_WORDS
#: So many of its words are told as open questions; whatever more there are is one further question.
OPEN_WORDS = 50


#: The words in the order in which libwrap tries them; ``loops``: behind them a file names itself, which crashes
#: libwrap; ``cut``: behind them stands more, of which nothing is known.
class HostFile(NamedTuple):
    words: Tuple[bytes, ...]
    loops: bool
    cut: bool


class HostFileLoop(HostsAccessError):
    """libwrap would crash here: a file of hosts names itself, and no word before that matched."""


class FilesRead(object):
    """What was read through some look-ups, by path, and how much more of all files together may be.

    ``patterns`` is what patterns.py made of the words, by dialect and path.
    """

    def __init__(self) -> None:
        self.files: Dict[bytes, HostFile] = {}
        self.patterns: Dict[Tuple[str, bytes], Any] = {}
        self.bytes_left = MAX_ALL_BYTES
        self.words_left = MAX_ALL_WORDS


def files_read(lookups: Lookups) -> FilesRead:
    """What is kept with some look-ups; look-ups that are no Lookups and take no attribute keep nothing."""
    kept = getattr(lookups, "files_read", None)
    if kept is None:
        kept = FilesRead()
        try:
            lookups.files_read = kept
        except AttributeError:
            pass
    return kept


def read_host_file(path: bytes, lookups: Lookups) -> HostFile:
    """What a ``/file`` pattern stands for; a file that was read to its end without a match is not read again.

    At most MAX_BYTES, MAX_WORDS and MAX_FILES are looked at, and of all patterns that are asked about through the same
    look-ups MAX_ALL_BYTES and MAX_ALL_WORDS: whoever can write the files decides how long they are.
    """
    kept = files_read(lookups)
    if path not in kept.files:
        reader = _Reader(lookups, min(MAX_BYTES, kept.bytes_left))
        found = _expanded(path, reader, min(MAX_WORDS, kept.words_left))
        kept.bytes_left -= reader.bytes_read
        kept.words_left -= len(found.words)
        kept.files[path] = found
    return kept.files[path]


def _expanded(path: bytes, reader: "_Reader", most: int) -> HostFile:
    words: List[bytes] = []
    done: Set[bytes] = set()
    open_files = [(path, reader.words(path))]
    while open_files:
        word = next(open_files[-1][1], None)
        if word is None:
            if reader.cut:
                break
            done.add(open_files.pop()[0])
        elif word[:1] != b"/":
            if len(words) >= most:
                return HostFile(tuple(words), False, True)
            words.append(word)
        elif any(word == name for name, _words in open_files):
            return HostFile(tuple(words), True, False)
        elif word not in done:
            open_files.append((word, reader.words(word, [name for name, _words in open_files])))
    return HostFile(tuple(words), False, reader.cut)


class _Reader(object):
    """The words of one file after the other, until they are too many; ``cut`` then."""

    def __init__(self, lookups: Lookups, most: int) -> None:
        self.cut = False
        self.bytes_read = 0
        self._lookups = lookups
        self._files = 0
        self._most = most

    def _may_be_named(self, path: bytes, named_in: Sequence[bytes]) -> bool:
        ask = getattr(self._lookups, "may_name", None)
        if ask is None:
            return True
        named = path.decode("utf-8", "surrogateescape")
        return all(ask(name.decode("utf-8", "surrogateescape"), named) for name in named_in)

    def words(self, path: bytes, named_in: Sequence[bytes] = ()) -> Iterator[bytes]:
        """The words of a file; of one that is too long only those that are surely whole. None of one that whoever wrote
        one of the files through which its name was come to may not read.
        """
        self._files += 1
        if self._files > MAX_FILES or not self._may_be_named(path, named_in):
            self.cut = True
            return iter(())
        content = self._lookups.host_file(path.decode("utf-8", "surrogateescape"))
        if content is None or isinstance(content, Unreadable):
            return iter(())
        raw = to_raw(content)
        left = self._most - self.bytes_read
        self.bytes_read += min(left, len(raw))
        if len(raw) <= left and not isinstance(content, Part):
            return iter(raw.split())
        self.cut = True
        raw = raw[:left]
        whole = raw.split()
        return iter(whole if raw[-1:].isspace() else whole[:-1])
