# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which libraries a program would be started with, followed through below a root, as ld.so(8) looks for them."""

import os
import stat
from typing import IO, Callable, Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from .commands import FOLDERS
from .compiled_tables import names_others, names_tables, table_paths
from .contents import MAX_HELD, Contents
from .elf import NO_ELF, Elf, NotElf, read_elf
from ..errors import HostError
from ..files.files import open_file, read, stat_file
from .linker_cache import CACHE, MAX_CACHE, Cached, read_cache
from .linker_folders import LinkerFolders, TooMuch, expanded_folders
from .mappings import NO_TIME, mapped_libraries, mapped_libwraps
from .processes import PROC
from .renamed import OPTIONS, Copies
from .scripts import MAX_SCRIPT, Script, read_script
from ..._libwrap.printable import printable
from ..files.root import Root
from .shown import Foreign, read_shown, stat_shown
from .time_of_users import Unanswered

_DEFAULT_64 = ("/lib64", "/usr/lib64", "/lib", "/usr/lib")
_DEFAULT_32 = ("/lib", "/usr/lib", "/lib32", "/usr/lib32")
_OTHERS = ("/usr/local/lib", "/usr/pkg/lib")
_MAX_LIBRARIES = 500
_MAX_INHERITED = 64
MAX_PLACES = 10000  # that one program's libraries are looked for in: LibreOffice takes some 1500
MAX_STATIC = 256 * 1024 * 1024  # bytes of a static program; the largest of Kubernetes have half of it

_OF_TCPD = "error: cannot execute %s: %m"
_NOT_FOLLOWED = "it belongs to another user than root, and the libraries that it names are not followed"
NOT_MOUNTED = "its program is on a file system that somebody mounted in a namespace of his own"

_EITHER = (
    "which libwrap it gets cannot be told: %s, or %s, which was built for other tables, by the linker's cache, its "
    "configuration and the processor (run ldconfig)"
)
NO_LIBWRAP = "neither it nor a library that it needs links libwrap"
OTHER_LIBWRAP = "its libwrap, %s, was built for other tables than /etc/hosts.allow and /etc/hosts.deny"


class Linkage(NamedTuple):
    libwrap: Optional[bool]  # None: it could not be found out
    through: Tuple[str, ...]  # from the program to libwrap: the paths on the way
    reason: str
    users: Tuple[str, ...] = ()  # the libraries that need libwrap, where the program itself does not
    other_names: bool = False  # it may start others, which ask under names that are not known


class Work:
    """What may still be done for one program, or for all: places looked into, and bytes read of static programs."""

    def __init__(self, places: int, size: int) -> None:
        self.places = places
        self.size = size


class _Found(NamedTuple):
    elf: Optional[Elf]
    ours: bool  # root's, or our own user's: what it names is followed
    trouble: str  # why there is no elf


class Libraries:
    """Answers for many programs of one host; every file is read once.

    A program costs a bounded amount of work, and so do all of them together: one that would cost more is answered with
    None and the reason. Of a file that belongs to another user than root only its own header is believed.
    """

    def __init__(self, root: Root, proc: str = PROC) -> None:
        self._root = root
        self._proc = proc
        self._found: Dict[str, _Found] = {}
        self._answers: Dict[str, Linkage] = {}
        self.contents = Contents(root)
        self.copies = Copies(root, self.contents)
        self._tables: Dict[str, bool] = {}  # by the path of a libwrap: whether it reads other tables
        self._naming: Dict[str, bool] = {}  # by the path of a library: whether it names both tables
        self._linker = LinkerFolders(root)
        self._cached: Optional[Dict[str, List[Cached]]] = None
        self._looked_into: Set[str] = set()  # folders whose libraries for other processors were counted
        self._all = Work(MAX_PLACES * 20, MAX_STATIC * 8)
        self._one = Work(0, 0)

    def find_libwrap(self, path: str) -> Linkage:
        """Whether a program, or any library that it needs, needs libwrap."""
        if path not in self._answers:
            self._answers[path] = self._answer(path, lambda: open_file(self._root, path))
        return self._answers[path]

    def find_libwrap_in(self, pid: int, path: str) -> Linkage:
        """The same of the program that a process runs, whatever has taken its place at `path` since."""
        folder = os.path.join(self._proc, str(pid))
        try:
            info = stat_shown(folder, "exe")
        except Foreign:
            return Linkage(None, (), NOT_MOUNTED)
        except Unanswered:
            return Linkage(None, (), NO_TIME)
        except OSError:
            return self.find_libwrap(path)
        key = "%d %d %s" % (info.st_dev, info.st_ino, path)
        if key not in self._answers:
            self._answers[key] = self._answer(path, lambda: _open_running(folder))
        return self._answers[key]

    def is_there(self, path: str) -> bool:
        """Whether a file stands at a path."""
        return stat_file(self._root, path).kind not in ("missing", "dangling")

    def holds(self, path: str, text: str) -> bool:
        """Whether a text stands in a program; False where it cannot be read or is larger than any."""
        return bool(self.contents.held(path, [text.encode()]))

    def is_tcpd(self, path: str) -> bool:
        """Whether a program is tcpd, whatever it is called: every build says this of a daemon that is not there."""
        return self.holds(path, _OF_TCPD) and self.find_libwrap(path).libwrap is not False

    def option_for_libwrap(self, path: str) -> str:
        """The name of a setting for libwrap that a program has; empty where none is seen."""
        found = self.contents.held(path, [b"\0%s\0" % word.encode() for word in OPTIONS], fold=True)
        return found[0].strip(b"\0").decode() if found else ""

    def find_other_mapped(self, pid: int) -> str:
        """The path of a libwrap in a process's memory that was built for other tables, where it has none that was not;
        empty where there is no such, and where it may not be seen.
        """
        self._one = Work(MAX_PLACES, MAX_STATIC)
        try:
            paths = mapped_libwraps(pid, self._proc) or []
            others = [path for path in paths if self._names_others(path)]
        except TooMuch:
            return ""
        return others[0] if others and len(others) == len(paths) else ""

    def find_users_mapped(self, pid: int) -> Optional[Tuple[str, ...]]:
        """The libraries and modules in a process's memory that need libwrap; () where it has loaded libwrap without one.

        What cannot be read as one counts as one. None: they may not be seen, or are too many.
        """
        paths = mapped_libraries(pid, self._proc)
        if paths is None:
            return None
        self._one = Work(MAX_PLACES, MAX_STATIC)
        try:
            found = [(path, self._at(path).elf) for path in paths[:_MAX_LIBRARIES]]
        except TooMuch:
            return None
        return tuple(path for path, elf in found if elf is None or _needs_libwrap(elf))

    def whose(self, pid: int) -> Optional[str]:
        """Whose the program is that a process runs, in words, where it is neither root's nor our own user's; None
        otherwise, and where it may not be seen.
        """
        try:
            uid = stat_shown(os.path.join(self._proc, str(pid)), "exe").st_uid
        except Foreign:
            return NOT_MOUNTED
        except OSError:
            return None
        return None if self._is_ours(uid) else "its program belongs to user %d, not to root" % uid

    def _answer(self, path: str, opened: Callable[[], IO[bytes]]) -> Linkage:
        self._one = Work(MAX_PLACES, MAX_STATIC)
        try:
            with opened() as stream:
                start = self._read(stream)
                if start.elf is not None and not start.elf.dynamic and start.ours:
                    return self._static(path, stream)
                script = read_script(stream) if start.elf is None else None
        except (HostError, OSError) as exc:
            start, script = _Found(None, False, str(exc)), None
        except TooMuch as exc:
            return Linkage(None, (), str(exc))
        try:
            if script is not None:
                self._spend(size=MAX_SCRIPT)
                return self._of_script(path, script, start.ours)
            if start.elf is None:
                return Linkage(None, (), self._why_not(path, start.trouble))
            link = self._follow(path, start.elf, start.ours)
            if link.libwrap is False and self._holds_tables(opened):
                return Linkage(None, (), "it links no libwrap, but names both tables: libwrap may be inside it")
            return link
        except TooMuch as exc:
            return Linkage(None, (), str(exc))

    def _holds_tables(self, opened: Callable[[], IO[bytes]]) -> bool:
        """Whether a program of the usual size names the host's tables, as one does into which libwrap.a was linked."""
        try:
            with opened() as stream:
                if os.fstat(stream.fileno()).st_size > MAX_HELD:
                    return False
                paths = table_paths(stream, lambda size: self._spend(size=size))
        except (HostError, OSError):
            return False
        return names_tables(paths) and not names_others(paths)

    def _without_libwrap(self, libraries: Set[str], missing: Sequence[str]) -> Linkage:
        """What is said of a program that needs these, none of them libwrap by its name, and some that are not there."""
        if missing:
            return Linkage(None, (), "%s, which it needs, was not found" % printable(missing[0]))
        for path in sorted(libraries):
            if self._names_both(path):
                named = printable(path)
                return Linkage(None, (), "%s, which it needs, names both tables: libwrap may be inside it" % named)
        return Linkage(False, (), NO_LIBWRAP)

    def _names_both(self, path: str) -> bool:
        """Whether a library names the host's tables, as libwrap under another name does."""
        if path not in self._naming:
            self._naming[path] = self._holds_tables(lambda: open_file(self._root, path))
        return self._naming[path]

    def _of_script(self, path: str, script: Script, ours: bool) -> Linkage:
        """A script does what its interpreter can, and what it starts; one that says nothing of libwrap does not ask."""
        if script.doubt or not ours:
            why = script.doubt or "it belongs to another user than root"
            return Linkage(None, (), "%s is a script, and %s" % (printable(path), why), other_names=True)
        places = [script.interpreter] if "/" in script.interpreter else []
        places += [os.path.join(folder, script.interpreter) for folder in FOLDERS if not places]
        for place in places:
            try:
                with open_file(self._root, place) as stream:
                    found = self._read(stream)
            except (HostError, OSError):
                continue
            if found.elf is None or not found.ours or not found.elf.dynamic:
                break
            link = self._follow(place, found.elf, True)
            if link.libwrap is not False:
                break
            return Linkage(
                False,
                (),
                "it is a script, and neither %s, which runs it, nor a library that that needs links libwrap" % place,
            )
        named = printable(script.interpreter)
        return Linkage(
            None, (), "%s is a script, and whether %s, which runs it, asks is not known" % (printable(path), named)
        )

    def _follow(self, path: str, start: Elf, ours: bool) -> Linkage:
        missing: List[str] = []
        seen: Set[str] = set()
        names: Set[str] = set()
        users: List[str] = []
        through: Tuple[str, ...] = ()
        choices: List[str] = []  # of libwrap, for the first that needs it
        pending: List[Tuple[str, Elf, Tuple[str, ...], Tuple[str, ...]]] = [(path, start, (path,), ())]
        while pending:
            here, elf, way, inherited = pending.pop(0)
            rpath = () if elf.runpath else (elf.rpath + inherited)[:_MAX_INHERITED]
            wrap = _needs_libwrap(elf)
            if wrap:
                choices = choices or (self._choices(wrap, here, elf, rpath) if ours else [])
                through = through or way + ((choices + [wrap])[0],)
                if here == path:
                    return self._of_the_host(Linkage(True, through, "it links libwrap"), choices)
                users.append(here)
            for name in elf.needed:
                if not ours or name in names or name == wrap:
                    continue
                found = self._locate(name, here, elf, rpath)
                if found is None:
                    missing.append(name)
                    continue
                names.add(name)
                library = self._at(found)
                if found in seen or library.elf is None:
                    continue
                seen.add(found)
                if len(seen) > _MAX_LIBRARIES:
                    raise TooMuch("it needs more than %d libraries" % _MAX_LIBRARIES)
                followed = library.elf if library.ours else _header_only(library.elf)
                pending.append((found, followed, way + (found,), rpath))
        if users:
            return self._of_the_host(Linkage(True, through, "it links libwrap", tuple(users)), choices)
        return self._without_libwrap(seen, missing) if ours else Linkage(None, (), _NOT_FOLLOWED)

    def _locate(self, name: str, user: str, elf: Elf, rpath: Tuple[str, ...]) -> Optional[str]:
        if "/" in name:
            return name if self._fits(name, elf) else None
        own = [os.path.join(folder, name) for folder in self._own_folders(user, elf, rpath)]
        usual = [os.path.join(folder, name) for folder in self._usual_folders(elf)]
        for path in own + [cached.path for cached in self._cache().get(name, ())] + usual:
            if path.startswith("/") and self._fits(path, elf):
                return path
        return None

    def _choices(self, name: str, user: str, elf: Elf, rpath: Tuple[str, ...]) -> List[str]:
        """All files that the linker may take for a name: by its cache, for the processor that it meets, and after the
        next run of ldconfig.
        """
        if "/" in name:
            return [name] if self._fits(name, elf) else []
        found: List[str] = []
        for folder in self._own_folders(user, elf, rpath):
            found += self._fitting(folder, name, elf, True)
            if os.path.join(folder, name) in found:
                return list(dict.fromkeys(found))
        cached = [one for one in self._cache().get(name, ()) if self._fits(one.path, elf)]
        found += [one.path for one in cached if one.special] + [one.path for one in cached if not one.special][:1]
        plain: List[str] = []
        for folder in self._usual_folders(elf):
            here = self._fitting(folder, name, elf, not plain)
            plain += [path for path in here if path == os.path.join(folder, name)]
            found += here
        return list(dict.fromkeys(found))

    def _fitting(self, folder: str, name: str, elf: Elf, plain: bool) -> List[str]:
        """The files of a name that fit in a folder: those for processors with more abilities, and the folder's own."""
        if folder not in self._looked_into:
            self._spend(places=1)
            self._looked_into.add(folder)
        folders = self._linker.for_abilities(folder) + ([folder] if plain else [])
        return [path for path in (os.path.join(one, name) for one in folders) if self._fits(path, elf)]

    def _own_folders(self, user: str, elf: Elf, rpath: Tuple[str, ...]) -> List[str]:
        """Where a file itself says that its libraries are."""
        names = [os.path.basename(folder) for folder in self._linker.multiarch()]
        found = [
            one
            for folder in rpath + elf.runpath
            for one in expanded_folders(folder, os.path.dirname(user), elf.bits, names)
        ]
        return [folder for folder in dict.fromkeys(found) if folder.startswith("/")]

    def _usual_folders(self, elf: Elf) -> List[str]:
        usual = list(_DEFAULT_64 if elf.bits == 64 else _DEFAULT_32)
        return list(dict.fromkeys(self._linker.configured() + self._linker.multiarch() + usual + list(_OTHERS)))

    def _cache(self) -> Dict[str, List[Cached]]:
        if self._cached is None:
            try:
                data = read(self._root, CACHE, MAX_CACHE).data or b""
            except HostError:
                data = b""
            self._cached = read_cache(data)
        return self._cached

    def _fits(self, path: str, elf: Elf) -> bool:
        """A library of another architecture is passed over, as ld.so does."""
        found = self._at(path).elf
        return found is not None and (found.bits, found.little, found.machine) == (elf.bits, elf.little, elf.machine)

    def _at(self, path: str) -> _Found:
        if path not in self._found:
            self._spend(places=1)
            try:
                with open_file(self._root, path) as stream:
                    self._found[path] = self._read(stream)
            except (HostError, OSError) as exc:
                self._found[path] = _Found(None, False, str(exc))
        return self._found[path]

    def _read(self, stream: IO[bytes]) -> _Found:
        ours = self._is_ours(os.fstat(stream.fileno()).st_uid)
        try:
            return _Found(read_elf(stream), ours, "")
        except NotElf as exc:
            return _Found(None, ours, str(exc))

    def _is_ours(self, uid: int) -> bool:
        """An image's files belong to whoever unpacked it; the bounds alone hold there."""
        return not self._root.is_host or uid in (0, os.geteuid())

    def _why_not(self, path: str, trouble: str) -> str:
        state = stat_file(self._root, path)
        if state.kind in ("missing", "dangling"):
            return "%s does not exist" % printable(path)
        if trouble in ("", NO_ELF):
            return "%s is no program of this system that can be read (a script?)" % printable(path)
        return "%s cannot be read as a program: %s" % (printable(path), trouble.rstrip("."))

    def _spend(self, places: int = 0, size: int = 0) -> None:
        for work, whose in ((self._one, "it"), (self._all, "the host's programs together")):
            work.places -= places
            work.size -= size
            if work.places < 0 or work.size < 0:
                raise TooMuch(
                    "to find out what it links would cost too much: its libraries could be in too many places, or it "
                    "is too large (%s)" % whose
                )

    def _static(self, path: str, stream: IO[bytes]) -> Linkage:
        """A static program names the tables in its own text where libwrap was linked into it."""
        paths = table_paths(stream, lambda size: self._spend(size=size))
        if not names_tables(paths):
            return Linkage(False, (), "it is statically linked and does not name the tables")
        if names_others(paths):
            return Linkage(False, (), OTHER_LIBWRAP % printable(path))
        return Linkage(True, (path,), "it is statically linked and holds libwrap")

    def _of_the_host(self, link: Linkage, choices: List[str]) -> Linkage:
        """What a program links, held against the tables that each libwrap has compiled in that it may get."""
        others = [path for path in choices if self._names_others(path)]
        if not others:
            return link
        if len(others) == len(choices):
            return Linkage(False, (), OTHER_LIBWRAP % printable(others[0]))
        ours = next(path for path in choices if path not in others)
        return Linkage(None, (), _EITHER % (printable(ours), printable(others[0])))

    def _names_others(self, path: str) -> bool:
        """Whether a libwrap reads other tables than the host's; one that cannot be read counts as the host's."""
        if path not in self._tables:
            self._tables[path] = False
            try:
                with open_file(self._root, path) as stream:
                    self._tables[path] = names_others(table_paths(stream, lambda size: self._spend(size=size)))
            except (HostError, OSError):
                pass
        return self._tables[path]


def _needs_libwrap(elf: Elf) -> str:
    """The name that a file needs libwrap by; empty where it does not."""
    return next((name for name in elf.needed if os.path.basename(name).startswith("libwrap.so")), "")


def _header_only(elf: Elf) -> Elf:
    """A library of another user than root: whether it names libwrap counts, where it would lead to does not."""
    wrap = _needs_libwrap(elf)
    return elf._replace(needed=(wrap,) if wrap else ())


def _open_running(folder: str) -> IO[bytes]:
    """The program of a process, by its folder in /proc: the open file, not what stands at its name now."""
    descriptor = read_shown(folder, "exe")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise HostError("it is not a regular file")
    return os.fdopen(descriptor, "rb")
