# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What systemd reads when it starts the service of an ssh server anew: it must, where the server listens at systemd's socket
(Accept=no, the default of Ubuntu since 22.10).
"""

import glob
import os
import re
import shlex
from typing import Dict, List, NamedTuple, Sequence

from ..errors import HostError
from ..rollback.boot_files import UNITS
from ..rollback.ssh_servers import listens_for_init, servers
from ..rollback.ssh_units import unit_of
from .commands import find_program, run

_DROP_INS = (UNITS, "/run/systemd/system")
_UNIT_FILES = ("FragmentPath", "DropInPaths")
_DELIVERED = ("/usr/lib/systemd/", "/lib/systemd/")  # by the distribution: such a unit starts whenever the host does
_SETTING = re.compile(r"^[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(.*)$", re.MULTILINE)
# A service starts with these whatever has become of the host since (systemd.exec(5), systemd.resource-control(5)).
_HARMLESS = re.compile(
    r"(?:Description|Documentation|After|Before|Environment|Nice|OOMScoreAdjust|OOMPolicy|Restart|RestartSec|KillMode|Slice|UMask"
    r"|Limit[A-Z]+|(?:CPU|IO|Memory|Tasks)[A-Za-z]+)\Z"
)
_TAKES_AWAY = re.compile(r"(?:Protect|Private|Restrict|ProcSubset|NoNewPrivileges|LoadCredential)")
_NOTHING = ("", "no", "off", "false", "0", "default", "all")


class Setting(NamedTuple):
    path: str  # of the unit or drop-in
    name: str  # "" where the file cannot be read


class UnitState(NamedTuple):
    name: str
    is_active: bool
    has_job: bool  # systemd is to start or stop it, and has not done it yet


def read_at_start(pid: int) -> List[str]:
    """Patterns of the files: the unit, its drop-ins and its EnvironmentFile=; [] for a server that listens by itself."""
    unit = _unit_at_a_socket(pid)
    folders = [os.path.join(folder, unit + ".d") for folder in _DROP_INS] if unit else []
    found = _told(unit, _UNIT_FILES + ("EnvironmentFiles",))
    return found + [os.path.join(folder, "*.conf") for folder in folders if os.path.isdir(folder)]


def own_settings() -> List[Setting]:
    """What the administrator of the host has set for the start of such services, of the ssh servers that read our drop-in, and what may be
    in its way the next time: a program or a file that is gone by then. [] where all is as the distribution delivers it.
    """
    units = _units_at_a_socket()
    found = []
    for unit in units:
        paths = dict.fromkeys(path for path in _told(unit, _UNIT_FILES) if not path.startswith(_DELIVERED))
        found += [one for path in paths for one in _settings(path, unit)]
        found += [Setting(path, "Requires") for path in _linked(unit, ".requires")]
        wanted = [path for path in _linked(unit, ".wants") if not os.path.realpath(path).startswith(_DELIVERED)]
        found += [Setting(path, "Wants") for path in wanted if _idle([os.path.basename(path)])]
    return list(dict.fromkeys(found))


def awaited_units() -> List[str]:
    """The units that such a service is started after (After= of all its files), and that systemd is starting or stopping just
    now: the service waits for them, however long that takes, and so does everybody who logs in.
    """
    units = _units_at_a_socket()
    after = [name for unit in units for name in _words_told(unit, ("After",)) if name not in units]
    return [state.name for state in _states(list(dict.fromkeys(after))) if state.has_job]


def _linked(unit: str, kind: str) -> List[str]:
    """The links that make a unit need others (`systemctl add-requires`), without that to its socket, which Ubuntu delivers."""
    folders = [os.path.join(folder, unit + kind) for folder in _DROP_INS]
    paths = [path for folder in folders for path in sorted(glob.glob(os.path.join(glob.escape(folder), "*")))]
    return [path for path in paths if os.path.basename(path) != _socket_of(unit)]


def _idle(units: Sequence[str]) -> bool:
    """Whether one of the units does not run: whatever wants it starts it anew, as a oneshot that fetches keys."""
    return not all(state.is_active for state in _states(units))


def _socket_of(unit: str) -> str:
    return re.sub(r"[.]service\Z", ".socket", unit)


def _settings(path: str, unit: str) -> List[Setting]:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            found = _SETTING.findall(stream.read())
    except OSError:
        return [Setting(path, "")]
    # Ubuntu's own 00-socket.conf (22.10 to 23.10) needs the socket, which is there
    needed = [("Requires", _socket_of(unit)), ("BindsTo", _socket_of(unit))]
    stripped = [(name, value.strip()) for name, value in found]
    needed += [one for one in stripped if one[0] == "Wants" and not _idle(one[1].split())]
    return [Setting(path, one[0]) for one in stripped if one not in needed and not _is_harmless(one[0], one[1].lower())]


def _is_harmless(name: str, value: str) -> bool:
    return bool(_HARMLESS.match(name) or _TAKES_AWAY.match(name) and value in _NOTHING)


def _units_at_a_socket() -> List[str]:
    return [unit for unit in dict.fromkeys(_unit_at_a_socket(pid) for pid, _words in servers()) if unit]


def _unit_at_a_socket(pid: int) -> str:
    return unit_of(pid) if listens_for_init(pid) else ""


def _told(unit: str, properties: Sequence[str]) -> List[str]:
    """The absolute paths among some properties of a unit, as systemd knows them."""
    return [word for word in _words_told(unit, properties) if word.startswith("/")]


def _words_told(unit: str, properties: Sequence[str]) -> List[str]:
    return [word for line in _show([unit] if unit else [], properties) for word in _words_of(line.partition("=")[2])]


def _states(units: Sequence[str]) -> List[UnitState]:
    """Of each unit; [] where systemd does not answer."""
    found: List[UnitState] = []
    told: Dict[str, str] = {}
    for line in _show(units, ("Id", "ActiveState", "Job")) + [""]:
        name, _equals, value = line.partition("=")
        told[name] = value
        if not line and "Id" in told:
            found.append(
                UnitState(told["Id"], told.get("ActiveState") == "active", told.get("Job", "") not in ("", "0"))
            )
            told = {}
    return found


def _show(units: Sequence[str], properties: Sequence[str]) -> List[str]:
    program = find_program("systemctl")
    if not units or program is None:
        return []
    try:
        told = run([program, "show"] + ["--property=" + name for name in properties] + ["--"] + list(units)).output
    except HostError:
        return []
    return os.fsdecode(told).splitlines()


def _words_of(value: str) -> List[str]:
    """systemd quotes a word with a blank, as a shell reads it."""
    try:
        return shlex.split(value)
    except ValueError:
        return value.split()
