# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the wrapper's own programs are what their packages shipped: the body of tcpd_integrity_info."""

import errno
import hashlib
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..call import Call
from ..._host.system.changers import changers, in_words
from ..._host.system.detect import find_libwrap
from ..._host.errors import HostError
from ..._host.files.allowance import Allowance, AllowanceSpent
from ..._host.files.files import READ_LIMIT, FileState, stat_file
from ..._host.system.packages import Checksums, Verdict
from ..._host.system.connection import command_name
from ..._libwrap.printable import printable
from ..._host.files.root import Root
from ..._libwrap.finding import FILE, Finding
from ..._host.system.sockets import Socket, list_sockets, socket_owners
from ..arguments import Arguments, tables_argument_spec
from .configured import Configured, configured_services
from ..errors import run_safely, short_invocation
from .kinds import finding
from .loading import diversion_findings, preload_findings

PROGRAMS = ("tcpd", "tcpdchk", "tcpdmatch", "safe_finger", "try-from")
FOLDERS = (
    "/usr/sbin",
    "/usr/libexec",
    "/usr/bin",
    "/usr/local/sbin",
    "/usr/local/libexec",
    "/usr/pkg/sbin",
    "/usr/pkg/libexec",
)
MAX_FILES = 200  # that are looked at: no host has so many programs and libraries of the wrapper's
MAX_BYTES = 1024 * 1024 * 1024  # of them together; all of a host have less than a million
MAX_SOCKETS = 1000  # with its port that are listed, and
MAX_HOLDERS = 20  # processes of each
# the trojaned tcp_wrappers 7.6 of January 1999 gave a root shell to clients that came from this port (CERT CA-1999-01)
TROJAN_PORT = 421


class _Item(NamedTuple):
    path: str
    state: FileState  # without its bytes
    named_by: Dict[str, None]  # in order


class IntegrityArguments(Arguments):
    """All options of tcpd_integrity_info."""

    root: str
    paths: Optional[List[str]]


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """What tcpd_integrity_info takes."""
    spec = tables_argument_spec()
    spec["paths"] = {"type": "list", "elements": "path"}
    return spec


def run_module() -> None:
    """Answer the task; nothing is changed."""
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, run, short_invocation(module.params))


def run(call: Call) -> Dict[str, Any]:
    arguments = IntegrityArguments(call.params)
    root = Root(arguments.root)
    return check(root, configured_services(root), arguments.paths)


def check(root: Root, configured: Configured, paths: Optional[Sequence[str]] = None) -> Dict[str, Any]:
    """What tcpd_integrity_info returns of the given files, or of the usual ones."""
    findings: List[Finding] = []
    items = _collect(root, paths, configured)
    look = _Look(root, Checksums(root, [_target(root, item) for item in items]), findings)
    files = [look.describe(item) for item in items]
    named = [path for item in items if item.named_by or paths is not None for path in (item.path, _target(root, item))]
    findings += diversion_findings(root, lambda path: paths is None and _is_wrappers(path), named)
    findings += preload_findings(root)
    sockets = _trojan_sockets(root, findings)
    for problem in configured.problems:
        findings.append(finding("unreadable-configuration", problem=problem))
    return {
        "changed": False,
        "files": files,
        "sockets": sockets,
        "findings": [entry.as_dict(FILE) for entry in findings],
    }


def _collect(root: Root, paths: Optional[Sequence[str]], configured: Configured) -> List[_Item]:
    """The files to look at: the given or usual ones, and every tcpd that a super-server names. A file is taken once,
    whatever its links. Raises HostError for more files than any host has.
    """
    named: Dict[str, List[str]] = {}
    for service in configured.services:
        if service.via_tcpd and service.tcpd and not service.disabled:
            named.setdefault(service.tcpd, []).append("%s:%d" % (printable(service.path), service.line))
    if paths is not None:
        wanted = list(paths)
    else:
        wanted = [os.path.join(folder, name) for name in PROGRAMS for folder in FOLDERS]
        wanted = [path for path in wanted if stat_file(root, path).kind != "missing"] + find_libwrap(root)
    taken: Dict[str, _Item] = {}
    for path in wanted + sorted(named):
        if not path.startswith("/"):
            continue
        state = stat_file(root, path)
        key = state.real_path if state.kind == "file" else path
        item = taken.setdefault(key, _Item(path, state, {}))
        item.named_by.update(dict.fromkeys(named.get(path, [])))
        if len(taken) > MAX_FILES + len(paths or ()):
            raise HostError(
                "%s is one of more than %d files that are named like the wrapper's own or started as tcpd: no host has "
                "so many. Look into its folder." % (path, MAX_FILES)
            )
    return list(taken.values())


def _is_wrappers(path: str) -> bool:
    """Whether a path is one of the wrapper's own programs or libraries, by its name."""
    name = os.path.basename(path)
    return name in PROGRAMS or name.startswith("libwrap.so")


def _target(root: Root, item: _Item) -> str:
    return root.inside(item.state.real_path)


class _Look:
    """The look at each file, one after the other: of the bytes of one nothing is kept but its digests."""

    def __init__(self, root: Root, checksums: Checksums, findings: List[Finding]) -> None:
        self._root = root
        self._checksums = checksums
        self._findings = findings
        self._allowance = Allowance("files of the wrapper's", MAX_FILES * 10, READ_LIMIT, MAX_BYTES)

    def describe(self, item: _Item) -> Dict[str, Any]:
        """What is returned of a file; what is wrong with it goes to the findings."""
        path, named_by = item.path, list(item.named_by)
        state, trouble = self._read(item)
        described = _described(path, _target(self._root, item), state, named_by)
        if not described["exists"]:
            code = "named-tcpd-missing" if named_by else "missing"
            self._findings.append(finding(code, path=printable(path), users=", ".join(named_by)))
            return described
        if state.data is None:
            described["reason"] = trouble
            form = "forbidden" if state.kind == "unreadable" else ""
            self._findings.append(finding("unreadable", form, printable(path), reason=trouble))
            return described
        described["sha256"] = hashlib.sha256(state.data).hexdigest()
        verdict = self._checksums.verdict(_target(self._root, item), state.data)
        described.update(
            checksum=verdict.status, reason=verdict.reason, package=verdict.package, package_manager=verdict.manager
        )
        _judge_checksum(path, verdict, named_by, self._findings)
        described["writable_parents"] = self._judge_changers(path, state)
        if (state.mode or 0) & 0o6000:
            self._findings.append(finding("set-id", path=printable(path), mode="%04o" % (state.mode or 0)))
        return described

    def _read(self, item: _Item) -> Tuple[FileState, str]:
        """A file with its bytes, and why it has none where it is too large to be a program of the wrapper's."""
        if item.state.kind != "file":
            state = item.state
        else:
            try:
                state = self._allowance.read(self._root, item.path)
            except AllowanceSpent as exc:
                return item.state, str(exc)
            except HostError:
                return item.state, os.strerror(errno.EFBIG)
        return state, os.strerror(state.errno) if state.kind == "unreadable" else "not a regular file"

    def _judge_changers(self, path: str, state: FileState) -> List[str]:
        """The folders on the way to a file, those of its links among them, in which somebody other than root can replace
        what is there; and who may write to the file itself.
        """
        found = changers(self._root, path)
        if state.uid != 0:
            self._findings.append(finding("wrong-owner", path=printable(path), user=state.uid))
        who = in_words(self._root, found.writers)
        if who:
            self._findings.append(finding("writable-file", path=printable(path), who=who))
        for folder, writers in found.folders.items():
            who = in_words(self._root, writers)
            form = "everybody" if who == "everybody" else ""
            self._findings.append(finding("writable-parent", form, printable(folder), file=printable(path), who=who))
        return [printable(folder) for folder in found.folders]


def _described(path: str, target: str, state: FileState, named_by: List[str]) -> Dict[str, Any]:
    """The entry of a file before its bytes are looked at."""
    return {
        "path": printable(path),
        "target": printable(target),
        "exists": state.kind not in ("missing", "dangling"),
        "owner": state.uid,
        "group": state.gid,
        "mode": None if state.mode is None else "0%03o" % state.mode,
        "checksum": "unknown",
        "reason": None,
        "package": None,
        "package_manager": None,
        "sha256": None,
        "writable_parents": [],
        "named_by": named_by,
    }


def _judge_checksum(path: str, verdict: Verdict, named_by: List[str], findings: List[Finding]) -> None:
    shown = printable(path)
    if verdict.status == "mismatch":
        findings.append(finding("changed-file", path=shown, reason=verdict.reason, package=verdict.package))
    elif verdict.diverted:
        pass  # a finding of its own
    elif verdict.status == "unknown" and named_by:
        findings.append(finding("unknown-tcpd", path=shown, users=", ".join(named_by), reason=verdict.reason))
    elif verdict.status == "unknown":
        findings.append(finding("unknown-origin", path=shown, reason=verdict.reason))


def _described_socket(entry: Socket, processes: List[Tuple[int, str]]) -> Dict[str, Any]:
    return {
        "protocol": entry.protocol,
        "address": entry.address,
        "port": entry.port,
        "remote_address": entry.remote_address,
        "remote_port": entry.remote_port,
        "listening": entry.listening,
        "processes": [{"pid": pid, "command": printable(name)} for pid, name in processes],
    }


def _trojan_sockets(root: Root, findings: List[Finding]) -> Optional[List[Dict[str, Any]]]:
    """Sockets with port 421 at either end; None where they cannot be listed (an image, a system without /proc)."""
    sockets = list_sockets() if root.is_host else None
    if sockets is None:
        return None
    suspects = [entry for entry in sockets if TROJAN_PORT in (entry.port, entry.remote_port)]
    suspects.sort(key=lambda entry: entry.uid != 0)  # any user may have thousands
    owners = socket_owners() if suspects else {}
    found = []
    if len(suspects) > MAX_SOCKETS:
        problem = "%d sockets with port %d are not listed" % (len(suspects) - MAX_SOCKETS, TROJAN_PORT)
        findings.append(finding("unreadable-configuration", "odd", problem=problem))
    for entry in suspects[:MAX_SOCKETS]:
        pids = owners.get(entry.inode, [])[:MAX_HOLDERS]
        processes = [(pid, name) for pid, name in ((pid, command_name(pid)) for pid in pids) if name]
        found.append(_described_socket(entry, processes))
        holder = (
            ", ".join("%s (process %d)" % (printable(name), pid) for pid, name in processes)
            or "a process that is not to be seen"
        )
        findings.append(
            finding(
                "port-421",
                # tcpd listens to TCP, as root: any user may open such a socket, for no more than a false alarm
                "" if entry.protocol == "tcp" and entry.uid == 0 else "anybody's",
                user=entry.uid,
                holder=holder,
                protocol=entry.protocol.upper(),
                address=entry.address,
                port=entry.port,
                remote_address=entry.remote_address,
                remote_port=entry.remote_port,
            )
        )
    return found
