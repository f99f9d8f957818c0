# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the wrapper's own programs are what their packages shipped: the body of tcpd_integrity_info."""

import errno
import hashlib
import os
from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from ..._host.system.detect import find_libwrap
from ..._host.errors import HostError
from ..._host.files.files import FileState, read, stat_file
from ..._host.system.packages import DIVERTED, Verdict, verify
from ..._host.system.processes import printable, read_process
from ..._host.files.root import Root
from ..._host.system.sockets import list_sockets, socket_owners
from ..arguments import tables_argument_spec
from .configured import Configured, configured_services
from ..errors import run_safely, short_invocation
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


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """What tcpd_integrity_info takes."""
    spec = tables_argument_spec()
    spec["paths"] = {"type": "list", "elements": "path"}
    return spec


def run_module() -> None:
    """Answer the task; nothing is changed."""
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    run_safely(module, _body, short_invocation(module.params))


def _body(module: Any) -> Dict[str, Any]:
    root = Root(module.params["root"])
    configured = configured_services(root)
    findings: List[Dict[str, Any]] = []
    items = _collect(root, module.params["paths"], configured)
    contents = {item.state.real_path: item.state.data for item in items if item.state.data is not None}
    verdicts = verify(root, {root.inside(path): data for path, data in contents.items()})
    files = [_describe(root, item, verdicts.get(_target(root, item)), findings) for item in items]
    named = [
        path
        for item in items
        if item.named_by or module.params["paths"] is not None
        for path in (item.path, _target(root, item))
    ]
    findings += diversion_findings(
        root, lambda path: module.params["paths"] is None and _is_wrappers(path), named, _finding
    )
    findings += preload_findings(root, _finding)
    sockets = _trojan_sockets(root, findings)
    for problem in configured.problems:
        findings.append(_finding("unreadable_configuration", "warning", None, problem, "Run the task as root."))
    return {"changed": False, "files": files, "sockets": sockets, "findings": findings}


def _collect(root: Root, paths: Optional[Sequence[str]], configured: Configured) -> List[_Item]:
    """The files to look at: the given or usual ones, and every tcpd that a superserver names. A file is taken once,
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


def _describe(root: Root, item: _Item, verdict: Optional[Verdict], findings: List[Dict[str, Any]]) -> Dict[str, Any]:
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
        code = "named_tcpd_missing" if item.named_by else "missing"
        message = "%s does not exist" % printable(path)
        if item.named_by:
            message += ", but %s start their services through it" % ", ".join(item.named_by)
        findings.append(
            _finding(code, "error" if item.named_by else "warning", path, message, "Install the package that holds it.")
        )
        return described
    if state.data is None:
        described["reason"] = os.strerror(state.errno) if state.kind in ("unreadable", "file") else "not a regular file"
        severity = "warning" if state.kind == "unreadable" else "error"
        findings.append(
            _finding(
                "unreadable", severity, path, "%s: %s" % (printable(path), described["reason"]), "Look at it as root."
            )
        )
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


def _judge_checksum(path: str, verdict: Verdict, named_by: List[str], findings: List[Dict[str, Any]]) -> None:
    shown = printable(path)
    if verdict.status == "mismatch":
        findings.append(
            _finding(
                "changed_file",
                "error",
                path,
                "%s is not the file that was shipped: %s" % (shown, verdict.reason),
                "Take the host off the network, find out who changed it, and install package %s again."
                % verdict.package,
            )
        )
    elif verdict.reason.startswith(DIVERTED):
        pass  # a finding of its own
    elif verdict.status == "unknown" and named_by:
        findings.append(
            _finding(
                "unknown_tcpd",
                "warning",
                path,
                "%s start their services through %s, and %s" % (", ".join(named_by), shown, verdict.reason),
                "Name the tcpd of the package, or compare its sha256 with a host that you trust.",
            )
        )
    elif verdict.status == "unknown":
        findings.append(
            _finding(
                "unknown_origin",
                "info",
                path,
                "%s: %s" % (shown, verdict.reason),
                "Compare its sha256 with a host that you trust.",
            )
        )


def _judge_mode(path: str, state: FileState, findings: List[Dict[str, Any]]) -> None:
    shown, mode = printable(path), state.mode or 0
    if state.uid != 0:
        findings.append(
            _finding(
                "wrong_owner",
                "error",
                path,
                "%s belongs to user %s, who can change it" % (shown, state.uid),
                "chown root %s" % shown,
            )
        )
    if mode & 0o002 or (mode & 0o020 and state.gid != 0):
        who = "everybody" if mode & 0o002 else "group %s" % state.gid
        findings.append(
            _finding("writable_file", "error", path, "%s can be written by %s" % (shown, who), "chmod go-w %s" % shown)
        )
    if mode & 0o6000:
        findings.append(
            _finding(
                "set_id",
                "error",
                path,
                "%s runs with its owner's or group's rights (mode %04o)" % (shown, mode),
                "chmod ug-s %s" % shown,
            )
        )


def _writable_parents(root: Root, path: str, real_path: str, findings: List[Dict[str, Any]]) -> List[str]:
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
                    findings.append(
                        _finding(
                            "writable_parent",
                            "error" if who == "everybody" else "warning",
                            folder,
                            "%s lies below %s, where %s can put another file in its place"
                            % (printable(path), printable(folder), who),
                            "chown root %s and chmod go-w %s" % (printable(folder), printable(folder)),
                        )
                    )
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


def _trojan_sockets(root: Root, findings: List[Dict[str, Any]]) -> Optional[List[Dict[str, Any]]]:
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
            _finding(
                "port_421",
                "error",
                None,
                "%s holds a %s socket from %s port %d to %s port %d; the trojaned tcp_wrappers 7.6 obeyed clients at port 421"
                % (holder, entry.protocol.upper(), entry.address, entry.port, entry.remote_address, entry.remote_port),
                "Find out what it is: no common service uses this port.",
            )
        )
    return found


def _finding(code: str, severity: str, path: Optional[str], message: str, remedy: str) -> Dict[str, Any]:
    shown = path if path is None else printable(path)
    return {"code": code, "severity": severity, "path": shown, "message": message, "remedy": remedy}
