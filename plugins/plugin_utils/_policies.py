# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What the filters and the test share: tables and requests as playbooks write them. Nothing here asks a host anything."""

from __future__ import annotations

import functools
import inspect
from time import process_time

from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.patience import Patience
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import FIELDS, Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.strange_keys import strange_keys

TABLES = ("allow", "deny")
#: Seconds of the controller's processor that one filter may take: a stranger wrote the tables.
PATIENCE = 120


def read_policy(tables, dialect: str) -> Policy:
    """The policy of a mapping with the texts C(allow) and C(deny); a table that is not there is missing on the host.

    :raises HostsAccessError: it is no such mapping, or the dialect is unknown.
    """
    if not isinstance(tables, dict) or not tables:
        raise HostsAccessError("give the texts of the tables as {'allow': TEXT, 'deny': TEXT}; one alone is enough")
    strange = strange_keys(tables, TABLES)
    if strange is not None:
        raise HostsAccessError("the mapping of the tables %s" % strange)
    texts = [None if tables.get(name) is None else str(tables[name]) for name in TABLES]
    return Policy.parse(texts[0], texts[1], get_dialect(dialect))


def new_patience() -> Patience:
    """For one filter: HostsAccessError when it is used up."""
    return Patience(PATIENCE, process_time, "the rules tell clients apart in too many ways to be analysed")


def read_request(fields: dict) -> Request:
    """A request of its fields.

    :raises HostsAccessError: a field that a request does not have, or no daemon.
    """
    strange = strange_keys(fields, FIELDS)
    if strange is not None:
        raise HostsAccessError("the request %s" % strange)
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


def _check_call(function, arguments: tuple, options: dict, where: str) -> None:
    """HostsAccessError where a plugin is called with options that it does not take, or without those that it needs."""
    parameters = list(inspect.signature(function).parameters.values())
    named = [one for one in parameters if one.kind == one.POSITIONAL_OR_KEYWORD][1:]  # the first is the input
    names = [one.name for one in named]
    strange = None if len(named) + 1 < len(parameters) else strange_keys(options, names)
    if strange is not None:
        raise HostsAccessError(
            "the call %s.%s" % (strange, " " + where if where and set(options) & set(FIELDS) else "")
        )
    given = names[: max(0, len(arguments) - 1)]
    if len(arguments) > len(named) + 1:
        raise HostsAccessError("the call has more values than %s" % ", ".join(names))
    twice = [name for name in given if name in options]
    if twice:
        raise HostsAccessError("the call has %s twice" % " and ".join(twice))
    missing = [
        one.name for one in named if one.default is one.empty and one.name not in given and one.name not in options
    ]
    if missing:
        raise HostsAccessError(
            "the call has no %s: give %s" % (" and no ".join(missing), "both" if missing[1:] else "it")
        )


def show_request(request: Request | None) -> dict | None:
    """A request as a mapping, without what nobody knows of it."""
    if request is None:
        return None
    return {name: value for name, value in request.as_dict().items() if name != "pid"}


def told_plainly(name: str, where: str = ""):
    """A decorator: what the engine refuses becomes Ansible's error, in one line that names the plugin.

    :param where: where the plugin takes the request from, for who gives its fields as options.
    """

    def decorate(function):
        @functools.wraps(function)
        def plugin(*arguments, **options):
            try:
                _check_call(function, arguments, options, where)
                return function(*arguments, **options)
            except (HostsAccessError, BackendError, TypeError, ValueError) as error:
                raise AnsibleFilterError("%s: %s" % (name, error))

        return plugin

    return decorate
