# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Which build of libwrap reads the tables of a host, and whether there is one at all."""

import os
import re
from typing import Dict, List, NamedTuple, Optional

from ..._libwrap.programs import TCPD
from ..errors import HostError
from ..files.reading import list_folder, read, stat_file
from ..files.root import Root


class Detected(NamedTuple):
    dialect: Optional[str]  # a name of hosts_access.dialects, or None
    reason: str


_LIBRARY_FOLDERS = (
    "/lib",
    "/usr/lib",
    "/lib64",
    "/usr/lib64",
    "/lib32",
    "/usr/lib32",
    "/usr/local/lib",
    "/usr/pkg/lib",
)
_LIBRARY = re.compile(r"\Alibwrap\.(so|dylib|[0-9]+\.dylib)")
_NO_NETGROUPS = b"netgroup support is disabled\0"
_OS_RELEASE = ("/etc/os-release", "/usr/lib/os-release", "/var/run/os-release")
_RELEASE_FILE = re.compile(r"(?:release|Linux)\s+(\d+)")


def detect_dialect(root: Root) -> Detected:
    """The dialect of the host in `root`, with the evidence; the dialect is None where no known build fits.

    An image is judged by its own files alone: the running kernel says nothing about it.
    """
    release = read_os_release(root)
    if release:
        name = " ".join(part for part in (release.get("ID", ""), release.get("VERSION_ID", "")) if part)
        found = _from_release(release)
        if found:
            return Detected(found, "os-release says %s" % name)
        return Detected(None, "os-release says %s, whose libwrap is not known" % (name or "nothing"))
    for path in ("/etc/system-release", "/etc/redhat-release"):
        text = _text(root, path)
        match = _RELEASE_FILE.search(text)
        if match and match.group(1) in ("6", "7"):
            return Detected("el" + match.group(1), "%s says %s" % (path, text.strip()))
    if stat_file(root, "/etc/debian_version").kind == "file":
        return Detected("debian", "/etc/debian_version is there")
    system = os.uname().sysname if root.is_host else _image_system(root)
    found = {"FreeBSD": "freebsd", "NetBSD": "netbsd", "Darwin": "macos"}.get(system)
    if found:
        return Detected(found, "the system is %s" % system)
    return Detected(None, "neither os-release nor another file says what system this is")


def read_os_release(root: Root) -> Dict[str, str]:
    """The variables of os-release(5); {} where there is none."""
    for path in _OS_RELEASE:
        text = _text(root, path)
        if text:
            return _variables(text)
    return {}


def find_tcpd(root: Root) -> Optional[str]:
    """Where tcpd is, as the host in the root sees it: the first of the usual places; None where it is nowhere."""
    for path in TCPD:
        state = stat_file(root, path)
        if state.kind == "file" and (state.mode or 0) & 0o111:
            return path
    return None


def find_libwrap(root: Root) -> List[str]:
    """The libwrap libraries in the usual folders and in the folder of each architecture below them."""
    found = []
    for folder in _LIBRARY_FOLDERS:
        names = _names(root, folder)
        found += [os.path.join(folder, name) for name in names if _LIBRARY.match(name)]
        seen = set()  # an image may have thousands of links to one folder
        for name in names:
            if not name.endswith(("-gnu", "-gnueabihf", "-gnueabi", "-musl", "-gnux32")):
                continue
            deeper = os.path.join(folder, name)
            real_path = _real_path(root, deeper)
            if real_path not in seen:
                seen.add(real_path)
                found += [os.path.join(deeper, entry) for entry in _names(root, deeper) if _LIBRARY.match(entry)]
    return found


def built_without_netgroups(root: Root) -> bool:
    """Whether every libwrap of a host says that it knows no netgroups (7.6.q-36 of Debian 13); False where there is none."""
    texts = [_bytes(root, path) for path in find_libwrap(root)]
    return bool(texts) and all(_NO_NETGROUPS in text for text in texts)


def _bytes(root: Root, path: str) -> bytes:
    try:
        return read(root, path, limit=1024 * 1024).data or b""
    except HostError:
        return b""


def libwrap_or_tcpd_present(root: Root) -> bool:
    """Whether anything on the host can ask the tables."""
    return find_tcpd(root) is not None or bool(find_libwrap(root))


def _names(root: Root, folder: str) -> List[str]:
    try:
        return list_folder(root, folder)
    except HostError:
        return []  # a folder that may not be listed holds nothing we can find


def _real_path(root: Root, path: str) -> str:
    try:
        return root.resolve(path)
    except HostError:
        return path


def _text(root: Root, path: str) -> str:
    data = read(root, path, limit=1024 * 1024).data
    return data.decode("utf-8", "replace") if data else ""


def _variables(text: str) -> Dict[str, str]:
    values = {}
    for line in text.splitlines():
        name, equals, value = line.strip().partition("=")
        if equals and not name.startswith("#"):
            values[name.strip()] = value.strip().strip("\"'")
    return values


def _from_release(release: Dict[str, str]) -> Optional[str]:
    name = release.get("ID", "").lower()
    kin = [name] + release.get("ID_LIKE", "").lower().split()
    version = re.match(r"([0-9]{1,8})(?![0-9])", release.get("VERSION_ID", ""))
    major = int(version.group()) if version else None
    if name in ("freebsd", "netbsd"):
        return name
    if "debian" in kin or "ubuntu" in kin:
        return "debian"
    if "suse" in kin or "opensuse" in kin or name.startswith(("sle", "opensuse")):
        return _suse(name, major)
    if name == "fedora":
        return "redhat"
    if name == "amzn":
        return {2: "el7"}.get(major or 0)  # Amazon Linux 2 has RHEL 7's package, 1 and 2023 none that is known
    if "rhel" in kin or "centos" in kin or "fedora" in kin:
        if major in (6, 7):
            return "el%d" % major
        return "redhat" if major is not None and major >= 8 else None  # EPEL builds Fedora's package
    return None


def _suse(name: str, major: Optional[int]) -> Optional[str]:
    if name == "opensuse-tumbleweed":
        return "suse15"
    if major is None:
        return None
    if major in (12, 13, 42):  # Leap 42 is SLES 12
        return "suse12"
    return "suse15" if 15 <= major < 42 else None


def _image_system(root: Root) -> str:
    if stat_file(root, "/System/Library/CoreServices/SystemVersion.plist").kind == "file":
        return "Darwin"
    if stat_file(root, "/bin/freebsd-version").kind == "file":
        return "FreeBSD"
    return "NetBSD" if _text(root, "/etc/release").lstrip().startswith("NetBSD") else ""
