# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the host's package manager says a file must be: dpkg's and rpm's and pkg's checksums."""

import hashlib
import re
from typing import Dict, List, NamedTuple, Optional, Sequence, Tuple

from .commands import find_program, run
from ..errors import HostError
from ..files.allowance import Allowance, AllowanceSpent
from ..files.files import list_folder, read
from ..files.root import Root

DPKG_INFO = "/var/lib/dpkg/info"
DPKG_DIVERSIONS = "/var/lib/dpkg/diversions"
_MAX_DIVERSIONS = 8 * 1024 * 1024
MAX_LISTS = 100000  # of dpkg's checksums, one a package; Debian has some 60,000 packages
MAX_LIST = 16 * 1024 * 1024  # bytes of one; the largest of Debian have some two million
MAX_ALL_LISTS = 256 * 1024 * 1024  # bytes of all; a host with 4,000 packages has some 40 million


class Verdict(NamedTuple):
    status: str  # match, mismatch, unknown
    manager: Optional[str]  # dpkg, rpm, pkg
    package: Optional[str]
    reason: str
    diverted: bool = False  # dpkg keeps the package's own file under another name


_RPM_DIGESTS = {"1": "md5", "2": "sha1", "8": "sha256", "9": "sha384", "10": "sha512", "11": "sha224"}
_RPM_FORMAT = "%{NAME}\t%{FILEDIGESTALGO}\n[%{FILENAMES}\t%{FILEDIGESTS}\n]"


class Checksums:
    """What the package manager says of some paths; their bytes are given one file at a time.

    dpkg's database is read as files, so images can be checked too; rpm and pkg are asked on the running host only.
    Whoever is root on the host can rewrite these databases as well: a match says that nothing broke or replaced the
    file clumsily, a mismatch that somebody did.
    """

    def __init__(self, root: Root, paths: Sequence[str]) -> None:
        self._root = root
        self._unread = ""  # why a list of checksums was not read
        self._sums = self._dpkg_sums(paths)
        try:
            self._diverted = dpkg_diversions(root)
        except HostError:
            self._diverted = {}

    def verdict(self, path: str, data: bytes) -> Verdict:
        """Compare the bytes of one of the paths with its checksum; "unknown" is what no package claims."""
        verdict = self._of_dpkg(path, data)
        if verdict is None and self._root.is_host:
            verdict = _verify_rpm(path, data) or _verify_pkg(path, data)
        return verdict or Verdict("unknown", None, None, self._unread or "no package manager has a checksum for it")

    def _of_dpkg(self, path: str, data: bytes) -> Optional[Verdict]:
        names = spellings(path)
        diversion = next((self._diverted[name] for name in names if name in self._diverted), None)
        if diversion is not None:
            return Verdict("unknown", "dpkg", None, "diverted to %s by %s" % diversion, True)
        found = next((self._sums[name] for name in names if name in self._sums), None)
        return _compare("dpkg", found[0], "md5", found[1], data) if found is not None else None

    def _dpkg_sums(self, paths: Sequence[str]) -> Dict[str, Tuple[str, str]]:
        """The package and MD5 sum of each path that dpkg knows."""
        wanted = {name[1:].encode("utf-8", "surrogateescape"): name for path in paths for name in spellings(path)}
        found: Dict[str, Tuple[str, str]] = {}
        allowance = Allowance("lists of checksums in " + DPKG_INFO, MAX_LISTS, MAX_LIST, MAX_ALL_LISTS)
        for entry in _names(self._root, DPKG_INFO):
            if not entry.endswith(".md5sums"):
                continue
            try:
                data = allowance.read(self._root, DPKG_INFO + "/" + entry).data or b""
            except HostError as exc:
                self._unread = str(exc)
                if isinstance(exc, AllowanceSpent):
                    break
                continue
            for line in data.split(b"\n"):
                name = wanted.get(line[34:])
                if name is not None and re.match(rb"[0-9a-f]{32}  ", line):
                    found[name] = (entry[: -len(".md5sums")], line[:32].decode("ascii"))
        return found


def dpkg_diversions(root: Root) -> Dict[str, Tuple[str, str]]:
    """Diverted path: where the package's own file went, and who diverted it. Raises HostError for a list without end."""
    data = read(root, DPKG_DIVERSIONS, _MAX_DIVERSIONS).data or b""
    lines = data.decode("utf-8", "surrogateescape").splitlines()
    triples = zip(lines[0::3], lines[1::3], lines[2::3])
    return {path: (target, "the administrator" if who == ":" else "package " + who) for path, target, who in triples}


def _verify_rpm(path: str, data: bytes) -> Optional[Verdict]:
    program = find_program("rpm")
    if program is None:
        return None
    result = run([program, "-qf", "--queryformat", _RPM_FORMAT, path], timeout=60)
    if result.status != 0:
        return None
    return parse_rpm(path, data, result.output.decode("utf-8", "replace"))


def parse_rpm(path: str, data: bytes, text: str) -> Optional[Verdict]:
    """What `rpm -qf` printed for the file, compared with its bytes; None where the file is not in the list."""
    package, algorithm = "", "md5"
    for line in text.splitlines():
        first, tab, second = line.partition("\t")
        if not tab:
            continue
        if not first.startswith("/"):
            package, algorithm = first, _RPM_DIGESTS.get(second, "md5")  # old packages name none: MD5
        elif first in spellings(path) and second:
            verdict = _compare("rpm", package, algorithm, second, data)
            if verdict.status == "mismatch" and b".gnu.prelink_undo" in data:
                return Verdict("unknown", "rpm", package, "prelink rewrote it: check it with rpm -V %s" % package)
            return verdict
    return None


def _verify_pkg(path: str, data: bytes) -> Optional[Verdict]:
    program = find_program("pkg")
    if program is None:
        return None
    owner = run([program, "which", "-q", path], timeout=60)
    package = owner.output.decode("utf-8", "replace").strip()
    if owner.status != 0 or not package:
        return None
    return parse_pkg(
        path, data, package, run([program, "query", "%Fp\t%Fs", package], timeout=60).output.decode("utf-8", "replace")
    )


def parse_pkg(path: str, data: bytes, package: str, text: str) -> Optional[Verdict]:
    """What `pkg query` printed for the package's files (path, tab, 1$SHA-256), compared with the bytes of one."""
    for line in text.splitlines():
        name, _tab, digest = line.partition("\t")
        if name in spellings(path) and digest.startswith("1$"):
            return _compare("pkg", package, "sha256", digest[2:], data)
    return None


def _compare(manager: str, package: str, algorithm: str, digest: str, data: bytes) -> Verdict:
    actual = _digest(algorithm, data)
    if actual is None:
        return Verdict("unknown", manager, package, "this host's Python cannot compute %s" % algorithm.upper())
    if actual == digest.lower():
        return Verdict("match", manager, package, "%s of %s" % (algorithm.upper(), package))
    return Verdict("mismatch", manager, package, "its %s is not the one of package %s" % (algorithm.upper(), package))


def _digest(algorithm: str, data: bytes) -> Optional[str]:
    """The digest in hexadecimal; None where the system forbids the algorithm (FIPS and MD5 before Python 3.9)."""
    for options in ({}, {"usedforsecurity": False}):
        try:
            return hashlib.new(algorithm, data, **options).hexdigest()
        except (ValueError, TypeError):
            continue
    return None


def spellings(path: str) -> List[str]:
    """The names that a file may have in a package, where /bin, /sbin and /lib are links into /usr."""
    names = [path]
    if path.startswith("/usr/"):
        names.append(path[len("/usr") :])
    elif path.startswith(("/bin/", "/sbin/", "/lib")):
        names.append("/usr" + path)
    return names


def _names(root: Root, folder: str) -> List[str]:
    try:
        return list_folder(root, folder)
    except HostError:
        return []
