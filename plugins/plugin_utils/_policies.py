# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What the filters and the test share: tables and requests as playbooks write them. Nothing here asks a host anything."""

from __future__ import annotations

import functools

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import FIELDS, Request

TABLES = ("allow", "deny")


def read_policy(tables, dialect: str) -> Policy:
    """The policy of a mapping with the texts C(allow) and C(deny); a table that is not there is missing on the host.

    :raises HostsAccessError: it is no such mapping, or the dialect is unknown.
    """
    if not isinstance(tables, dict) or set(tables) - set(TABLES) or not set(tables) & set(TABLES):
        raise HostsAccessError("give both tables' texts as {'allow': TEXT, 'deny': TEXT}")
    texts = [None if tables.get(name) is None else str(tables[name]) for name in TABLES]
    return Policy.parse(texts[0], texts[1], get_dialect(dialect))


def read_request(fields: dict) -> Request:
    """A request of its fields.

    :raises HostsAccessError: a field that a request does not have, or no daemon.
    """
    unknown = sorted(set(fields) - set(FIELDS))
    if unknown:
        raise HostsAccessError("a request has no %s; it has %s" % (", ".join(unknown), ", ".join(FIELDS)))
    if not fields.get("daemon"):
        raise HostsAccessError("a request needs a daemon")
    return Request(
        **{
            name: value
            if name in ("paranoid", "server_paranoid") or value is None or isinstance(value, int)
            else str(value)
            for name, value in fields.items()
        }
    )


def show_request(request: Request | None) -> dict | None:
    """A request as a mapping, without what nobody knows of it."""
    if request is None:
        return None
    return {name: value for name, value in request.as_dict().items() if name != "pid"}


def told_plainly(name: str):
    """A decorator: what the engine refuses becomes Ansible's error, in one line that names the plugin."""

    def decorate(function):
        @functools.wraps(function)
        def plugin(*arguments, **options):
            try:
                return function(*arguments, **options)
            except (HostsAccessError, BackendError, TypeError, ValueError) as error:
                raise AnsibleFilterError("%s: %s" % (name, error))

        return plugin

    return decorate
