# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host that was written down by tests/tools/record_host.py, in the place of the running one, whoever runs the test.

The recordings in tests/fixtures/hosts are of containers of the images that tests/tools/images.py makes, on 2026-11-27. Clients at 127.0.0.1
and 127.0.0.2 had asked every service, with `ALL: 127.0.0.1` in hosts.allow and `ALL: ALL` in hosts.deny:

- bookworm: of bookworm-daemons: sshd, slapd, mosquitto, vsftpd, rpcbind, four services of xinetd, two sockets of systemd, and nc of user 1000.
- trixie: of trixie-inetd: sshd, openbsd-inetd as `inetd -l` with five services, nc of nobody, and a process with two sockets of UDP.
"""

import grp
import json
import os
import pathlib
import pwd
import shutil
import sys
import types

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import reading
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import (
    libraries,
    processes,
    programs,
    time_of_users,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.access import read_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.mappings import Genuine
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import ASKING, PLAIN

RECORDINGS = pathlib.Path(__file__).resolve().parents[3] / "fixtures" / "hosts"
_OURS = "ansible_collections.portcullis.tcp_wrappers.plugins.module_utils."
#: Where functions look by themselves: each of these is below the recording.
_PLACES = ("/proc", "/sys/fs/cgroup", "/sys/class/net", "/etc/login.defs", "/run/systemd/sessions")


class RecordedHost(Root):
    """The root of a recorded host: paths below it are named as on that host, and it counts as the running one."""

    def __init__(self, folder, name):
        with (RECORDINGS / (name + ".json")).open(encoding="utf-8") as stream:
            self.recording = json.load(stream)
        self.folder = pathlib.Path(str(folder))
        self._undo = []
        for path, target in self.recording["links"].items():
            self._place(path).symlink_to(target)
        for path in self.recording["files"]:
            self._place(path).write_bytes(self.text(path).encode("utf-8", "surrogateescape"))
        for path, holds in self.recording["programs"].items():
            words = "\0".join(word for word in holds if word != "libwrap")
            self._place(path).write_bytes((ASKING if "libwrap" in holds else PLAIN) + words.encode("ascii"))
        self.folder.chmod(0o755)
        super(RecordedHost, self).__init__(str(folder))
        self.is_host = True

    def inside(self, real_path):
        """The path as the recorded host has it."""
        return real_path[len(self.path) :] or "/" if real_path.startswith(self.path) else real_path

    def text(self, path):
        """A text file as it was recorded."""
        return "\n".join(self.recording["files"][path])

    def write(self, path, data):
        """Put a file there until the end of the test, in the place of whatever stands there."""
        self.remove(path)
        place = self._place(path)
        place.write_bytes(data if isinstance(data, bytes) else data.encode("utf-8"))
        return place

    def remove(self, path):
        """Take a file or folder away until the end of the test."""
        place = self._place(path)
        away = self.folder / ("removed-%d" % len(self._undo))
        if place.is_symlink() or place.exists():
            place.rename(away)
        self._undo.append((place, away))

    def chmod(self, path, mode):
        """Give a file another mode until the end of the test."""
        place = self._place(path)
        self.write(path, place.read_bytes()).chmod(mode)

    def mkdir(self, path, mode=0o755):
        """Make a folder until the end of the test, in the place of whatever stands there."""
        self.remove(path)
        self._place(path).mkdir()
        self._place(path).chmod(mode)

    def undo(self):
        """Be again as recorded."""
        for place, away in self._undo[::-1]:
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(str(place))
            elif place.is_symlink() or place.exists():
                place.unlink()
            if away.is_symlink() or away.exists():
                away.rename(place)
        self._undo = []

    def _place(self, path):
        parts = [part for part in path.split("/") if part]
        if "/" + parts[0] in self.recording["links"] and len(parts) > 1:  # /bin, /lib and /sbin are links into /usr
            parts.insert(0, "usr")
        place = self.folder.joinpath(*parts)
        place.parent.mkdir(parents=True, exist_ok=True)
        return place


def stand_in(monkeypatch, host):
    """Let everything that looks at the running host look at a recorded one. Its files belong to root, and none of its programs can be started.
    Modules that are imported later look elsewhere: import all that a test uses before.
    """
    for module in [module for name, module in sorted(sys.modules.items()) if name.startswith(_OURS)]:
        if getattr(module, "Root", None) is Root and module.__name__ != Root.__module__:
            monkeypatch.setattr(module, "Root", lambda path="/": host)
        if hasattr(module, "find_program"):
            monkeypatch.setattr(module, "find_program", lambda name: None)
        if hasattr(module, "read_access"):
            monkeypatch.setattr(module, "read_access", _access_as_roots)
        for function in _functions(module):
            if any(value in _PLACES for value in function.__defaults__ or () if isinstance(value, str)):
                moved = tuple(host.path + value if value in _PLACES else value for value in function.__defaults__)
                monkeypatch.setattr(function, "__defaults__", moved)
    for module in (libraries, programs):
        monkeypatch.setattr(module, "stat_shown", _not_recorded)  # links of /proc that lead to this machine's programs
    monkeypatch.setattr(processes, "genuine_libwraps", lambda: _genuine(host))
    for name in ("_users", "_spent"):  # what is remembered of processes by their numbers
        monkeypatch.setattr(time_of_users, name, {})
    _be_roots(monkeypatch)
    _know_users(monkeypatch, host)


def _functions(module):
    found = [value for value in vars(module).values() if isinstance(value, types.FunctionType)]
    for kind in [value for value in vars(module).values() if isinstance(value, type)]:
        found += [value for value in vars(kind).values() if isinstance(value, types.FunctionType)]
    return [function for function in found if function.__module__.startswith(_OURS)]


def _not_recorded(folder, name):
    raise FileNotFoundError(folder, name)


def _genuine(host):
    """The libwrap in the memory of the host's processes: all of them have the one of /usr/lib."""
    files, folders = set(), set()
    for path, lines in host.recording["files"].items():
        for words in [line.split() for line in lines if path.endswith("/maps") and "/libwrap.so" in line]:
            major, minor = (int(part, 16) for part in words[3].split(":"))
            files.add((os.makedev(major, minor), int(words[4])))
            folders.add(os.path.dirname(words[5]))
    return Genuine(frozenset(files), frozenset(folders))


def _be_roots(monkeypatch):
    """Files that the test wrote count as root's."""
    look = reading._look

    def as_roots(root, path, limit):
        state = look(root, path, limit)
        return state if state.uid is None else state._replace(uid=0, gid=0)

    monkeypatch.setattr(reading, "_look", as_roots)


def _access_as_roots(real_path):
    found = read_access(real_path)
    return None if found is None else found._replace(uid=0, gid=0)


def _know_users(monkeypatch, host):
    users = [line.split(":") for line in host.text("/etc/passwd").splitlines()]
    groups = [line.split(":") for line in host.text("/etc/group").splitlines()]
    entries = [pwd.struct_passwd((one[0], one[1], int(one[2]), int(one[3])) + tuple(one[4:])) for one in users]
    teams = [grp.struct_group((one[0], one[1], int(one[2]), one[3].split(","))) for one in groups]

    def known(found, name):
        def look_up(wanted):
            for entry in found:
                if getattr(entry, name) == wanted:
                    return entry
            raise KeyError(wanted)

        return look_up

    monkeypatch.setattr(pwd, "getpwnam", known(entries, "pw_name"))
    monkeypatch.setattr(pwd, "getpwuid", known(entries, "pw_uid"))
    monkeypatch.setattr(grp, "getgrnam", known(teams, "gr_name"))
    monkeypatch.setattr(grp, "getgrgid", known(teams, "gr_gid"))
    monkeypatch.setattr(
        os, "getgrouplist", lambda name, gid: [gid] + [team.gr_gid for team in teams if name in team.gr_mem]
    )
