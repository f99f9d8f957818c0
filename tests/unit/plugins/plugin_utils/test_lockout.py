# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose connection the controller finds: with Ansible's own connections, and with Mitogen's, whose commands all come after sudo."""

import sys
import types

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils.lockout import LockoutAction

OURS = "192.0.2.7 50000 192.0.2.10 22"


class MitogenError(Exception):
    pass


class Chain:
    def __init__(self, answer):
        self.answer = answer

    def call(self, function, command):
        assert function == "exec_command" and command == 'echo "portcullis:$SSH_CONNECTION"'
        if isinstance(self.answer, Exception):
            raise self.answer
        return 0, self.answer, b"Shared connection closed."


class Mitogen:
    """What is used of Mitogen's connection plugins."""

    login_context = None

    def __init__(self, answer, hop=True):
        self.answer, self.hop, self.connected = answer, hop, 0

    def _connect(self):
        self.connected += 1
        self.login_context = "login" if self.hop else None

    def get_chain(self, use_login):
        assert use_login
        return Chain(self.answer)


def asked(monkeypatch, connection, become, after_sudo=""):
    """What the action finds, where a command after sudo sees ``after_sudo``."""
    monkeypatch.setitem(sys.modules, "ansible_mitogen", types.ModuleType("ansible_mitogen"))
    for name, content in (("ansible_mitogen.target", {"exec_command": "exec_command"}), ("mitogen", {}), ("mitogen.core", {"Error": MitogenError})):
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    action = LockoutAction.__new__(LockoutAction)
    action._connection = connection
    action._play_context = types.SimpleNamespace(become=become)
    action._low_level_execute_command = lambda command, sudoable: {"stdout": "a banner\nportcullis:%s\n" % after_sudo}
    return action._ask()


def test_ansible_s_own_connections_run_the_command_before_become(monkeypatch):
    assert asked(monkeypatch, object(), True, OURS) == OURS
    assert asked(monkeypatch, object(), False, "") == ""


def test_behind_mitogen_the_log_in_user_is_asked(monkeypatch):
    connection = Mitogen(b"a banner\nportcullis:%s\n" % OURS.encode())
    assert asked(monkeypatch, connection, True, "") == OURS
    assert connection.connected == 1


def test_mitogen_without_sudo_is_asked_as_others_are(monkeypatch):
    assert asked(monkeypatch, Mitogen(b"", hop=False), True, OURS) == OURS
    assert asked(monkeypatch, Mitogen(b""), False, OURS) == OURS


def test_a_connection_that_mitogen_lost_is_one_that_does_not_come_in(monkeypatch):
    with pytest.raises(AnsibleConnectionFailure, match="went away"):
        asked(monkeypatch, Mitogen(MitogenError("went away")), True)
