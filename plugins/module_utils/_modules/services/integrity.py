# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the wrapper's own programs are what their packages shipped: the body of tcpd_integrity_info."""

import errno
import hashlib
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..call import Call
from ..._host.system.detect import find_libwrap
from ..._host.errors import HostError
from ..._host.files.files import FileState, read, stat_file
from ..._host.system.packages import Verdict, verify
from ..._host.system.processes import read_process
from ..._libwrap.printable import printable
from ..._host.files.root import Root
from ..._libwrap.finding import FILE, Finding
from ..._host.system.sockets import list_sockets, socket_owners
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
# the trojaned tcp_wrappers 7.6 of January 1999 gave a root shell to clients that came from this port (CERT CA-1999-01)
TROJAN_PORT = 421


class _Item(NamedTuple):
    path: str
    state: FileState
    named_by: List[str]


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
    contents = {item.state.real_path: item.state.data for item in items if item.state.data is not None}
    verdicts = verify(root, {root.inside(path): data for path, data in contents.items()})
    files = [_describe(root, item, verdicts.get(_target(root, item)), findings) for item in items]
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
    whatever its links.
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
    items: List[_Item] = []
    taken = set()
    for path in wanted + sorted(named):
        if not path.startswith("/"):
            continue
        state = _read(root, path)
        key = state.real_path if state.kind == "file" else path
        if key in taken:
            for item in items:
                if item.state.real_path == key:
                    item.named_by.extend(entry for entry in named.get(path, []) if entry not in item.named_by)
            continue
        taken.add(key)
        items.append(_Item(path, state, list(named.get(path, []))))
    return items


def _read(root: Root, path: str) -> FileState:
    """A file with its bytes; one that is too large to be a program of the wrapper's has none."""
    try:
        return read(root, path)
    except HostError:
        return stat_file(root, path)._replace(errno=errno.EFBIG)


def _is_wrappers(path: str) -> bool:
    """Whether a path is one of the wrapper's own programs or libraries, by its name."""
    name = os.path.basename(path)
    return name in PROGRAMS or name.startswith("libwrap.so")


def _target(root: Root, item: _Item) -> str:
    return root.inside(item.state.real_path)


def _describe(root: Root, item: _Item, verdict: Optional[Verdict], findings: List[Finding]) -> Dict[str, Any]:
    path, state = item.path, item.state
    described: Dict[str, Any] = {
        "path": printable(path),
        "target": printable(_target(root, item)),
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
        "named_by": item.named_by,
    }
    if not described["exists"]:
        code = "named-tcpd-missing" if item.named_by else "missing"
        findings.append(finding(code, path=printable(path), users=", ".join(item.named_by)))
        return described
    if state.data is None:
        described["reason"] = os.strerror(state.errno) if state.kind in ("unreadable", "file") else "not a regular file"
        form = "forbidden" if state.kind == "unreadable" else ""
        findings.append(finding("unreadable", form, printable(path), reason=described["reason"]))
        return described
    described["sha256"] = hashlib.sha256(state.data).hexdigest()
    if verdict is not None:
        described.update(
            checksum=verdict.status, reason=verdict.reason, package=verdict.package, package_manager=verdict.manager
        )
        _judge_checksum(path, verdict, item.named_by, findings)
    _judge_mode(path, state, findings)
    described["writable_parents"] = _writable_parents(root, path, state.real_path, findings)
    return described


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


def _judge_mode(path: str, state: FileState, findings: List[Finding]) -> None:
    shown, mode = printable(path), state.mode or 0
    if state.uid != 0:
        findings.append(finding("wrong-owner", path=shown, user=state.uid))
    if mode & 0o002 or (mode & 0o020 and state.gid != 0):
        who = "everybody" if mode & 0o002 else "group %s" % state.gid
        findings.append(finding("writable-file", path=shown, who=who))
    if mode & 0o6000:
        findings.append(finding("set-id", path=shown, mode="%04o" % mode))


def _writable_parents(root: Root, path: str, real_path: str, findings: List[Finding]) -> List[str]:
    """The folders above a file, by its name and by where its links lead, in which somebody other than root can replace
    what is below.
    """
    found: List[str] = []
    for start in (path, root.inside(real_path)):
        folder = os.path.dirname(start)
        while folder not in found:
            state = stat_file(root, folder)
            if state.mode is not None:
                who = _who_may_replace(state)
                if who:
                    found.append(folder)
                    form = "everybody" if who == "everybody" else ""
                    findings.append(finding("writable-parent", form, printable(folder), file=printable(path), who=who))
            if folder == "/":
                break
            folder = os.path.dirname(folder)
    return [printable(folder) for folder in found]


def _who_may_replace(state: FileState) -> Optional[str]:
    mode = state.mode or 0
    if state.uid != 0:
        return "user %s" % state.uid
    if mode & 0o1000:
        return None  # sticky: only the owner of a file may replace it
    if mode & 0o002:
        return "everybody"
    return "group %s" % state.gid if mode & 0o020 and state.gid != 0 else None


def _trojan_sockets(root: Root, findings: List[Finding]) -> Optional[List[Dict[str, Any]]]:
    """Sockets with port 421 at either end; None where they cannot be listed (an image, a system without /proc)."""
    sockets = list_sockets() if root.is_host else None
    if sockets is None:
        return None
    suspects = [entry for entry in sockets if TROJAN_PORT in (entry.port, entry.remote_port)]
    owners = socket_owners() if suspects else {}
    found = []
    for entry in suspects:
        processes = [process for process in (read_process(pid) for pid in owners.get(entry.inode, [])) if process]
        described = {
            "protocol": entry.protocol,
            "address": entry.address,
            "port": entry.port,
            "remote_address": entry.remote_address,
            "remote_port": entry.remote_port,
            "listening": entry.listening,
            "processes": [{"pid": process.pid, "command": process.command} for process in processes],
        }
        found.append(described)
        holder = (
            ", ".join("%s (process %d)" % (process.command, process.pid) for process in processes)
            or "a process that is not to be seen"
        )
        findings.append(
            finding(
                "port-421",
                holder=holder,
                protocol=entry.protocol.upper(),
                address=entry.address,
                port=entry.port,
                remote_address=entry.remote_address,
                remote_port=entry.remote_port,
            )
        )
    return found
