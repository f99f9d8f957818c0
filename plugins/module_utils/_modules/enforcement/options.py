# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a hosts_access_enforce task gives: its options, the services it means, and the program of each."""

from typing import Any, Callable, Dict, List, NamedTuple, Optional, Tuple

from ..._backends import sshd
from ..._backends.translate import DENY, FAIL, NFTABLES, SSHD, Service, read_services
from ..._host.files.reading import stat_file
from ..._host.files.root import Root
from ..._host.system.commands import find_program
from ..arguments import LockoutArguments, backup_argument_spec, lockout_argument_spec, tables_argument_spec
from ..errors import TaskError

NFT = "/usr/sbin/nft"


class Found(NamedTuple):
    """A service that listens, and that no task has named."""

    service: Service
    on_the_way: bool = False  # the way to the host may depend on it, by what its processes do
    brought: str = ""  # its process in words, where it is not one of the host's own (services/brought.py)


#: Tells all services that listen on a host, and warnings of what is left out.
Finder = Callable[[Root], Tuple[List[Found], List[str]]]


class Chosen(NamedTuple):
    service: Service
    target: str  # nftables or sshd
    on_the_way: bool = False
    brought: str = ""


class EnforceArguments(LockoutArguments):
    """All options of hosts_access_enforce; services are what the task gives, unchecked."""

    services: Optional[List[Any]]
    target: str
    mode: str
    unexpressed: str
    lost_options: str
    refuse: str
    log: bool
    allow_text: Optional[str]
    deny_text: Optional[str]
    assertions: Optional[List[Dict[str, Any]]]
    state: str
    backup: bool
    backup_keep: int


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of hosts_access_enforce."""
    spec: Dict[str, Dict[str, Any]] = {
        "services": {"type": "list", "elements": "raw"},
        "target": {"type": "str", "default": "auto", "choices": ["auto", NFTABLES, SSHD]},
        "mode": {"type": "str", "default": "replace", "choices": ["companion", "replace"]},
        "unexpressed": {"type": "str", "default": FAIL, "choices": [FAIL, DENY]},
        "lost_options": {"type": "str", "default": "warn", "choices": ["fail", "warn", "ignore"]},
        "refuse": {"type": "str", "default": "reset", "choices": ["reset", "drop"]},
        "log": {"type": "bool", "default": True},
        "allow_text": {"type": "str"},
        "deny_text": {"type": "str"},
        "assertions": {"type": "list", "elements": "dict"},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
    }
    spec.update(tables_argument_spec())
    spec.update(lockout_argument_spec())
    spec.update(backup_argument_spec())
    return spec


def chosen_services(arguments: EnforceArguments, root: Root, find: Optional[Finder]) -> Tuple[List[Chosen], List[str]]:
    """The services of a task, each with its program, and warnings; ``find`` tells all that listen. Raises TaskError or
    BackendError.
    """
    warnings: List[str] = []
    if arguments.services is None:
        if find is None or not root.is_host:
            raise TaskError("nothing runs in %s: name services, with their daemons and ports." % root.path)
        found, warnings = find(root)
        wanted = [arguments.target] * len(found)
    else:
        found = [Found(service) for service in read_services(arguments.services)]
        wanted = [entry.get("target") or arguments.target for entry in arguments.services]
    chosen = [
        Chosen(one.service, _target(root, one.service, target), one.on_the_way, one.brought)
        for one, target in zip(found, wanted)
    ]
    return chosen, warnings


def _target(root: Root, service: Service, wanted: Any) -> str:
    """The program for a service. Raises TaskError where it is not there."""
    if wanted not in ("auto", NFTABLES, SSHD):
        raise TaskError("target is %r, and must be auto, nftables or sshd." % (wanted,))
    is_ssh = service.daemon in sshd.NAMES and service.protocol == "tcp"
    if wanted == SSHD and not is_ssh:
        raise TaskError(
            "target sshd enforces the rules of sshd over tcp only, and not those of %s: set target: nftables."
            % service.daemon
        )
    if wanted == "auto":
        wanted = SSHD if is_ssh and not has_program(root, "nft") and has_program(root, "sshd") else NFTABLES
    name = "nft" if wanted == NFTABLES else "sshd"
    if not has_program(root, name):
        raise TaskError(
            "%s is to enforce the rules of %s, and there is no %s %s: install it. Otherwise set another "
            "target, or leave companion out (harden_enforce: none)."
            % (wanted, service.daemon, name, "on this host" if root.is_host else "below %s" % root.path)
        )
    return str(wanted)


def has_program(root: Root, name: str) -> bool:
    """Whether a program is there, on the host or in an image."""
    if root.is_host:
        return find_program(name) is not None
    return any(
        stat_file(root, "%s/%s" % (folder, name)).kind == "file" for folder in ("/usr/sbin", "/sbin", "/usr/bin")
    )
