# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.
"""How an audit was made: by whom, with what, and of which hosts. All of it is the controller's own."""

from __future__ import annotations

import getpass
import json
import os
import platform
from typing import Any, Mapping

import yaml
from ansible.release import __version__ as ansible_core

_COLLECTION = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))


def evidence(arguments: Mapping[str, Any], hosts: str, fail_on: list[str]) -> dict[str, Any]:
    """What a reader of the report asks first about the report itself.

    :param arguments: the arguments of the ansible-playbook command (ansible.context.CLIARGS); ``hosts``: the pattern of
        the audited hosts.
    """
    return {
        "user": _user(),
        "controller": platform.node() or None,
        "collection": collection_version(),
        "ansible_core": ansible_core,
        "inventory": [str(source) for source in arguments.get("inventory") or ()],
        "limit": None if arguments.get("subset") is None else str(arguments.get("subset")),
        "hosts": hosts,
        "fail_on": list(fail_on),
    }


def collection_version() -> str | None:
    """The version of this collection: of what was installed, or of the checkout; None where neither says it."""
    try:
        with open(os.path.join(_COLLECTION, "MANIFEST.json"), encoding="utf-8") as stream:
            return str(json.load(stream)["collection_info"]["version"])
    except (OSError, KeyError, TypeError, ValueError):
        pass
    try:
        with open(os.path.join(_COLLECTION, "galaxy.yml"), encoding="utf-8") as stream:
            return str(yaml.safe_load(stream)["version"])
    except (OSError, KeyError, TypeError, yaml.YAMLError):
        return None


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return None
