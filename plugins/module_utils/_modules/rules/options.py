# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a hosts_access task gives."""

from typing import Any, Dict, List, Mapping, Optional

from ..arguments import (
    LockoutArguments,
    backup_argument_spec,
    lockout_argument_spec,
    record_argument_spec,
    tables_argument_spec,
)

# Ansible's own options of files, beside owner, group and mode
_FURTHER_ATTRIBUTES = ("seuser", "serole", "setype", "selevel", "attributes")


class HostsAccessArguments(LockoutArguments):
    """All options of hosts_access; rules are what the task gives, unchecked."""

    allow: Any
    deny: Any
    block_name: Optional[str]
    priority: int
    position: str
    state: str
    exclusive: bool
    default: Optional[str]
    default_options: Any
    unfinished_line: str
    forbid_gains: Any
    layout: str
    owner: Optional[str]
    group: Optional[str]
    mode: Any
    unreadable_daemons: str
    allow_unenforced: bool
    unenforced: str
    companion: Optional[List[Any]]
    assertions: Optional[List[Dict[str, Any]]]
    return_text: bool
    backup: bool
    backup_keep: int
    record: Optional[str]

    def __init__(self, params: Mapping[str, Any]) -> None:
        super().__init__(params)
        #: Whether the task gives one of Ansible's further options of files, which only Ansible itself can set.
        self.further_attributes = any(params.get(name) is not None for name in _FURTHER_ATTRIBUTES)


def argument_spec() -> Dict[str, Dict[str, Any]]:
    """All options of hosts_access."""
    spec: Dict[str, Dict[str, Any]] = {
        "allow": {"type": "raw"},
        "deny": {"type": "raw"},
        "block_name": {"type": "str"},
        "priority": {"type": "int", "default": 500},
        "position": {"type": "str", "default": "last", "choices": ["last", "first"]},
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "exclusive": {"type": "bool", "default": False},
        "default": {"type": "str", "choices": ["deny", "allow"]},
        "default_options": {"type": "raw"},
        "unfinished_line": {"type": "str", "default": "keep", "choices": ["keep", "complete", "refuse"]},
        "forbid_gains": {"type": "raw", "default": False},
        "layout": {"type": "str", "default": "two_files", "choices": ["two_files", "single"]},
        "owner": {"type": "str", "default": "0"},
        "group": {"type": "str", "default": "0"},
        "mode": {"type": "raw", "default": "0600"},
        "unreadable_daemons": {"type": "str", "default": "refuse", "choices": ["refuse", "warn"]},
        "allow_unenforced": {"type": "bool", "default": False},
        "unenforced": {"type": "str", "default": "warn", "choices": ["refuse", "warn", "ignore"]},
        "companion": {"type": "list", "elements": "raw"},
        "assertions": {"type": "list", "elements": "dict"},
        "return_text": {"type": "bool", "default": False},
    }
    spec.update(tables_argument_spec())
    spec.update(lockout_argument_spec())
    spec.update(backup_argument_spec())
    spec.update(record_argument_spec())
    return spec
