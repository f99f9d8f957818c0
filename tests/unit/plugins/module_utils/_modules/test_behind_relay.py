# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""With a local connection, nothing shows whether a relay of the host still lets the operator in: the strict guard says so."""

import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import (
    Connection,
    SshServer,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.arguments import (
    LockoutArguments,
    lockout_argument_spec,
    tables_argument_spec,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import guard as of_filter
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import (
    behind_relay,
    newly_checked,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout.guard import Guarded

OWN = Connection("127.0.0.1", 40000, "127.0.0.1", 22, "a test")
GUARDED = Guarded(OWN, SshServer("sshd", True, "it links libwrap"), [], "", [], relayed=True, came=["127.0.0.1"])
RELAY = "xinetd (process 7, port 2222)"
LOCAL = {"transport": "local", "token": "0" * 32}


def arguments(**given):
    spec = dict(tables_argument_spec(), **lockout_argument_spec())
    given = dict({"rollback_session": LOCAL}, **given)
    return LockoutArguments(dict({name: about.get("default") for name, about in spec.items()}, **given))


@pytest.fixture(autouse=True)
def relays(monkeypatch):
    found = [RELAY]
    monkeypatch.setattr(behind_relay, "find_relays", lambda connection: found)
    return found


def test_the_strict_guard_refuses_what_nothing_would_show(relays):
    for given in (arguments(), arguments(rollback_session=dict(LOCAL, transport="ssh"), rollback_timeout=0)):
        with pytest.raises(
            TaskError, match=r"nothing was written, for you come through xinetd \(process 7, port 2222\)"
        ):
            behind_relay.check_relay(given, GUARDED)
    assert RELAY in behind_relay.check_relay(arguments(lockout_guard="warn"), GUARDED)[0]
    relays.clear()
    assert behind_relay.check_relay(arguments(), GUARDED) == []


@pytest.mark.parametrize(
    "given",
    [
        {"rollback_session": dict(LOCAL, transport="ssh")},  # the new connection goes through the relay
        {"lockout_guard": "disabled"},
        {"keep_access": [{"daemon": "relay", "address": "192.0.2.7"}]},
    ],
)
def test_what_is_shown_or_told_otherwise_passes(given):
    assert behind_relay.check_relay(arguments(**given), GUARDED) == []


def test_a_filter_and_a_service_that_is_wrapped_ask_the_same(monkeypatch):
    monkeypatch.setattr(of_filter, "find_guarded", lambda arguments, root: GUARDED)
    plan = types.SimpleNamespace(planned=[], tables=types.SimpleNamespace(root=Root("/")))
    with pytest.raises(TaskError, match="you come through xinetd"):
        of_filter.check_kept(arguments(), plan)
    monkeypatch.setattr(newly_checked, "find_guarded", lambda arguments, root: GUARDED)
    monkeypatch.setattr(
        newly_checked, "newly_asked", lambda *given: [types.SimpleNamespace(seen_as="relay", server="/bin/nc")]
    )
    monkeypatch.setattr(newly_checked, "is_ssh_server", lambda root, service, connection: False)
    with pytest.raises(TaskError, match="you come through xinetd"):
        newly_checked.check_services(arguments(), [], [])
