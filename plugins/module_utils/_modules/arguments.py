# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Argument specifications that several modules share, each with a documentation fragment of the same name, and the
types that carry them.
"""

import copy
from typing import Any, Dict, List, Mapping, Optional, TypeVar

Given = TypeVar("Given", bound="Arguments")


class Arguments:
    """What a task gives, as Ansible checked it. A class of a module annotates the name and the type of each; made once,
    where its body begins.
    """

    def __init__(self, params: Mapping[str, Any]) -> None:
        for kind in type(self).__mro__:
            for name in getattr(kind, "__annotations__", ()):
                setattr(self, name, params[name])

    def replaced(self: Given, **changes: Any) -> Given:
        """The same with some of them changed."""
        other = copy.copy(self)
        other.__dict__.update(changes)
        return other


class TablesArguments(Arguments):
    """Where the tables are and how their libwrap reads them."""

    root: str
    allow_path: str
    deny_path: str
    dialect: str

    @property
    def paths(self) -> Dict[str, str]:
        """The path of each table."""
        return {"allow": self.allow_path, "deny": self.deny_path}


class LockoutArguments(TablesArguments):
    """How a task keeps its own operator from being locked out."""

    lockout_guard: str
    operators: Optional[List[Any]]
    keep_access: Optional[List[Dict[str, Any]]]
    keep_sessions: bool
    rollback_timeout: int
    rollback_session: Optional[Dict[str, Any]]


DIALECT_NAMES = [
    "auto",
    "debian",
    "upstream",
    "upstream-classic",
    "redhat",
    "el7",
    "el6",
    "suse15",
    "suse12",
    "freebsd",
    "netbsd",
    "macos",
]


def tables_argument_spec() -> Dict[str, Dict[str, Any]]:
    """Where the tables are and how their libwrap reads them (fragment `tables`)."""
    return {
        "root": {"type": "path", "default": "/"},
        "allow_path": {"type": "path", "default": "/etc/hosts.allow"},
        "deny_path": {"type": "path", "default": "/etc/hosts.deny"},
        "dialect": {"type": "str", "default": "auto", "choices": list(DIALECT_NAMES)},
    }


def lockout_argument_spec() -> Dict[str, Dict[str, Any]]:
    """How the task keeps its own operator from being locked out (fragment `lockout`)."""
    return {
        "lockout_guard": {"type": "str", "default": "strict", "choices": ["strict", "warn", "disabled"]},
        "operators": {"type": "list", "elements": "str"},
        "keep_access": {"type": "list", "elements": "dict"},
        "keep_sessions": {"type": "bool", "default": False},
        "rollback_timeout": {"type": "int", "default": 60},
        "rollback_session": {"type": "dict"},
    }


def backup_argument_spec() -> Dict[str, Dict[str, Any]]:
    """Whether the old file is kept beside the new one (fragment `backup`)."""
    return {
        "backup": {"type": "bool", "default": False},
        "backup_keep": {"type": "int", "default": 5},
    }


def record_argument_spec() -> Dict[str, Dict[str, Any]]:
    """Where it is written down what the tasks changed, so that it can be undone (fragment `record`)."""
    return {"record": {"type": "path"}}
