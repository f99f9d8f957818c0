# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""All services that inetd, xinetd and systemd of a host are configured to start, whatever the module that asks."""

import os
from typing import List, NamedTuple, Optional, Sequence, Tuple

from ..wrapping.installed import inetd_flavour, xinetd_links_libwrap
from ..._host.system.accounts import Accounts, User
from ..._host.errors import HostError
from ..._host.files.allowance import AllowanceSpent
from ..._host.files.files import list_folder, stat_file
from ..._host.files.root import Root
from ..._host.system.processes import system_may
from ..._superservers import inetd, systemd, xinetd
from ..._superservers.errors import SuperserverError
from ..._libwrap.finding import Finding
from ..._superservers.service import Service
from ..._superservers.systemd_rights import PASSES_MODES, RIGHTS_UNKNOWN
from ..wrapping.sources import HostSources

INETD_PATHS = ("/etc/inetd.conf", "/etc/inet/inetd.conf")
INETD_FOLDER = "/etc/inetd.d"
NOBODY_YET = -1  # the number of a user or group that systemd makes at each start: no file belongs to it
_UNREAD = "what its unit sets, which cannot be read (%s),"
MAX_SERVICES = 65536  # of inetd: as many as there are ports


class Configured(NamedTuple):
    services: List[Service]  # switched-off ones too
    findings: List[Finding]
    problems: List[str]  # configurations that could not be read
    inetd: str  # whose inetd.conf it is: openbsd, inetutils, freebsd, or xinetd in its compatible mode
    units: Tuple[systemd.Config, ...] = ()  # of systemd, where they could be read
    unread_units: str = ""  # why they could not

    def loader_of(self, unit: str) -> Optional[str]:
        """What a unit of systemd sets that decides which libraries it gets, in words; None where nothing does."""
        try:
            return next((config.loader_of(unit) for config in self.units), self.unread_units or None)
        except (SuperserverError, HostError) as exc:
            return _UNREAD % exc

    def own_place_of(self, unit: str, paths: Sequence[str]) -> Optional[str]:
        """The setting of a unit of systemd by which it sees something of its own at one of the paths, in words; None
        where there is none.
        """
        try:
            return next((config.own_place_of(unit, paths) for config in self.units), None)
        except (SuperserverError, HostError):
            return None


def configured_services(root: Root, dialect: Optional[str] = None) -> Configured:
    """Read every super-server's configuration that is there. One that cannot be read is a problem, not an error."""
    result = Configured([], [], [], inetd_flavour(root, dialect))
    _read_inetd(root, result)
    _read_xinetd(root, result)
    return _read_systemd(root, result)


def asks_as(accounts: Accounts, service: Service) -> Optional[User]:
    """The user that a service is started as, with the groups and rights that it then has; None for one that does not
    exist, and where it is not known what it may do.
    """
    attributes = dict(service.attributes)
    rights = attributes.get("rights")
    user = accounts.user(service.user or "root")
    if user is None and "dynamic_user" in attributes:
        user = User(service.user, NOBODY_YET, NOBODY_YET, ())
    if user is None or rights == RIGHTS_UNKNOWN:
        return None
    gid = accounts.group(attributes["group"]) if "group" in attributes else None
    # xinetd leaves the user's further groups out unless it is told otherwise
    groups = user.groups if service.kind != "xinetd" or attributes.get("groups", "").lower() == "yes" else ()
    more = [accounts.group(name) for name in attributes.get("supplementary_groups", "").split()]
    groups += tuple(gid_of for gid_of in more if gid_of is not None)
    passes = None if rights is None else rights == PASSES_MODES
    if passes and accounts.of_host:
        passes = system_may(attributes["ambient"].split())
    return user._replace(gid=user.gid if gid is None else gid, groups=groups, passes_modes=passes)


def _read_inetd(root: Root, result: Configured) -> None:
    sources = HostSources(root)
    for path in INETD_PATHS + tuple(_inetd_folder(root, result)):
        try:
            state = sources.state(path)
        except HostError as exc:
            result.problems.append(str(exc))
            if isinstance(exc, AllowanceSpent):
                break
            continue
        if state.data is None:
            if state.kind not in ("missing", "dangling"):
                result.problems.append("%s cannot be read: %s" % (path, os.strerror(state.errno)))
            continue
        config = inetd.read(state.data, result.inetd, path, sources.other_names)
        if len(result.services) + len(config.entries) > MAX_SERVICES:
            result.problems.append(
                "%s: inetd has more than %d services: no host needs so many. Look for a file that repeats itself."
                % (path, MAX_SERVICES)
            )
            break
        result.services.extend(config.entries)
        result.findings.extend(config.findings)


def _inetd_folder(root: Root, result: Configured) -> List[str]:
    """The files of inetutils-inetd's folder: it reads every regular one, also a backup copy and one whose name starts
    with a dot.
    """
    if result.inetd != "inetutils" or stat_file(root, INETD_FOLDER).kind != "directory":
        return []
    try:
        paths = [os.path.join(INETD_FOLDER, name) for name in list_folder(root, INETD_FOLDER)]
    except HostError as exc:
        result.problems.append(str(exc))
        return []
    return [path for path in paths if stat_file(root, path).kind in ("file", "unreadable")]


def _read_xinetd(root: Root, result: Configured) -> None:
    if stat_file(root, xinetd.PATH).kind in ("missing", "dangling"):
        return
    try:
        config = xinetd.read(HostSources(root), xinetd.PATH, xinetd_links_libwrap(root))
    except (SuperserverError, HostError) as exc:
        result.problems.append(str(exc))
        return
    result.services.extend(config.entries)
    result.findings.extend(config.findings)


def _read_systemd(root: Root, result: Configured) -> Configured:
    try:
        config = systemd.read(HostSources(root))
    except (SuperserverError, HostError) as exc:
        result.problems.append(str(exc))
        return result._replace(unread_units=_UNREAD % exc)
    result.services.extend(config.entries)
    result.findings.extend(config.findings)
    return result._replace(units=(config,))
