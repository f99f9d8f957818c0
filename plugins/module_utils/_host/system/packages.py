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
from ..files.files import list_folder, read
from ..files.root import Root

DPKG_INFO = "/var/lib/dpkg/info"
DPKG_DIVERSIONS = "/var/lib/dpkg/diversions"
_MAX_DIVERSIONS = 8 * 1024 * 1024


class Verdict(NamedTuple):
    status: str  # match, mismatch, unknown
    manager: Optional[str]  # dpkg, rpm, pkg
    package: Optional[str]
    reason: str
    diverted: bool = False  # dpkg keeps the package's own file under another name


_RPM_DIGESTS = {"1": "md5", "2": "sha1", "8": "sha256", "9": "sha384", "10": "sha512", "11": "sha224"}
_RPM_FORMAT = "%{NAME}\t%{FILEDIGESTALGO}\n[%{FILENAMES}\t%{FILEDIGESTS}\n]"


def verify(root: Root, contents: Dict[str, bytes]) -> Dict[str, Verdict]:
    """Compare the bytes of each path with the checksum that the package manager has for it.

    dpkg's database is read as files, so images can be checked too; rpm and pkg are asked on the running host only.
    "unknown" is what no package claims. Whoever is root on the host can rewrite these databases as well: a match says
    that nothing broke or replaced the file clumsily, a mismatch that somebody did.
    """
    verdicts = _verify_dpkg(root, contents)
    for path in sorted(set(contents) - set(verdicts)):
        verdict = None
        if root.is_host:
            verdict = _verify_rpm(path, contents[path]) or _verify_pkg(path, contents[path])
        verdicts[path] = verdict or Verdict("unknown", None, None, "no package manager has a checksum for it")
    return verdicts


def _verify_dpkg(root: Root, contents: Dict[str, bytes]) -> Dict[str, Verdict]:
    sums = _dpkg_sums(root, list(contents))
    try:
        diverted = dpkg_diversions(root)
    except HostError:
        diverted = {}
    verdicts = {}
    for path, data in contents.items():
        names = spellings(path)
        diversion = next((diverted[name] for name in names if name in diverted), None)
        if diversion is not None:
            verdicts[path] = Verdict("unknown", "dpkg", None, "diverted to %s by %s" % diversion, True)
            continue
        found = next((sums[name] for name in names if name in sums), None)
        if found is not None:
            verdicts[path] = _compare("dpkg", found[0], "md5", found[1], data)
    return verdicts


def _dpkg_sums(root: Root, paths: Sequence[str]) -> Dict[str, Tuple[str, str]]:
    """The package and MD5 sum of each path that dpkg knows."""
    wanted = [name for path in paths for name in spellings(path)]
    lines = [(name, b"  " + name[1:].encode("utf-8", "surrogateescape") + b"\n") for name in wanted]
    found: Dict[str, Tuple[str, str]] = {}
    for entry in _names(root, DPKG_INFO):
        if not entry.endswith(".md5sums"):
            continue
        data = b"\n" + (read(root, DPKG_INFO + "/" + entry).data or b"")
        for name, line in lines:
            position = data.find(line)
            if position >= 32:
                digest = data[position - 32 : position]
                if re.match(rb"\n[0-9a-f]{32}\Z", data[position - 33 : position]):
                    found[name] = (entry[: -len(".md5sums")], digest.decode("ascii"))
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
