# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whose connection the controller finds, whatever the login shell says besides, and whether the connection that confirms is a new one."""

import sys
import types

import pytest
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.plugins.loader import connection_loader

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils import _lockout as lockout
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._lockout import LockoutAction

OURS = "192.0.2.7 50000 192.0.2.10 22"


class MitogenError(Exception):
    pass


class Chain:
    def __init__(self, answer):
        self.answer = answer

    def call(self, function, command):
        assert function == "exec_command" and command == lockout.QUESTION
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
    for name, content in (
        ("ansible_mitogen.target", {"exec_command": "exec_command"}),
        ("mitogen", {}),
        ("mitogen.core", {"Error": MitogenError}),
    ):
        module = types.ModuleType(name)
        vars(module).update(content)
        monkeypatch.setitem(sys.modules, name, module)
    action = LockoutAction.__new__(LockoutAction)
    action._connection = connection
    action._play_context = types.SimpleNamespace(become=become)
    action._low_level_execute_command = lambda command, sudoable: {
        "stdout": "a banner\nportcullis<%s>portcullis\n" % after_sudo
    }
    return action._ask()


def test_ansible_s_own_connections_run_the_command_before_become(monkeypatch):
    assert asked(monkeypatch, object(), True, OURS) == OURS
    assert asked(monkeypatch, object(), False, "") == ""


def test_behind_mitogen_the_log_in_user_is_asked(monkeypatch):
    connection = Mitogen(b"a banner\nportcullis<%s>portcullis\n" % OURS.encode())
    assert asked(monkeypatch, connection, True, "") == OURS
    assert connection.connected == 1


def test_mitogen_without_sudo_is_asked_as_others_are(monkeypatch):
    assert asked(monkeypatch, Mitogen(b"", hop=False), True, OURS) == OURS
    assert asked(monkeypatch, Mitogen(b""), False, OURS) == OURS


def test_a_connection_that_mitogen_lost_is_one_that_does_not_come_in(monkeypatch):
    with pytest.raises(AnsibleConnectionFailure, match="went away"):
        asked(monkeypatch, Mitogen(MitogenError("went away")), True)


# ---- what login shells say, as real ones do (bash, zsh, fish and tcsh with such start files, over ssh)


@pytest.mark.parametrize(
    "before, after",
    [
        ("", "\n"),
        ("Welcome ", "\n"),  # printf "Welcome "
        ("\x1b]0;admin@host\x07", "\n"),  # a terminal's title
        ("\x1b[32mHello\x1b[0m \x1b[1m", "\x1b[0m\r\n"),  # colours
        ('+ echo "portcullis<$SSH_CONNECTION>portcullis"\n', "\nbye"),  # set -v, and a farewell
    ],
)
def test_the_answer_is_found_wherever_it_stands(before, after):
    assert answered("%sportcullis<%s>portcullis%s" % (before, OURS, after)) == OURS


@pytest.mark.parametrize(
    "output",
    [
        "",
        "Welcome",
        "portcullis<>portcullis\n",
        'echo "portcullis<$SSH_CONNECTION>portcullis"',
        "portcullis<192.0.2.7 50000",
        "portcullis:x 1 y 22",
    ],
)
def test_no_answer_is_empty(output):
    assert answered(output) == ""


def test_colours_inside_the_answer_are_taken_out():
    assert answered("\x1b[1mportcullis<\x1b[32m%s\x1b[0m>portcullis\x1b]0;t\x1b\\" % OURS) == OURS


def answered(output):
    action = LockoutAction.__new__(LockoutAction)
    action._play_context = types.SimpleNamespace(become=True)
    action._connection = object()
    action._low_level_execute_command = lambda command, sudoable: {"stdout": output}
    return action._ask()


# ---- a new connection

NEW = "192.0.2.7 50001 192.0.2.10 22"


class Ssh:
    """An ssh connection whose master, if it has one that reset() does not know of, goes on until ssh is told to leave it."""

    transport = "ansible.builtin.ssh"

    def __init__(self, hidden_master, says=True, options=True):
        self.hidden, self.says, self.options = hidden_master, says, {"ssh_args": "-C"} if options else {}

    def get_option(self, name):
        return self.options[name]

    def set_option(self, name, value):
        self.options[name] = value

    def shell(self):
        old = self.hidden and "ControlPath=none" not in self.options.get("ssh_args", "")
        return "portcullis<%s>portcullis" % ((OURS if old else NEW) if self.says else "")


def judged(connection, before):
    action = LockoutAction.__new__(LockoutAction)
    action._play_context = types.SimpleNamespace(become=False)
    action._connection = connection
    action._low_level_execute_command = lambda command, sudoable: {"stdout": connection.shell()}
    return action, action._is_new(before)


def test_another_port_of_the_client_is_a_new_connection():
    connection = Ssh(hidden_master=False)
    assert judged(connection, OURS)[1] is True
    assert connection.options["ssh_args"] == "-C"  # it may go on sharing


@pytest.mark.parametrize("before, says", [(OURS, True), (OURS, False), ("", False), (None, True)])
def test_a_master_of_the_user_s_own_is_left_where_nothing_tells_them_apart(before, says):
    connection = Ssh(hidden_master=True, says=says)
    action, new = judged(connection, before)
    assert new is True and "ControlPath=none" in connection.options["ssh_args"]
    assert action._is_new(before) is True and connection.options["ssh_args"].count("ControlPath") == 1
    action._return_to_master()
    assert connection.options["ssh_args"] == "-C"


def test_an_sshd_without_a_socket_of_tcp_tells_no_two_connections_apart():
    """Its SSH_CONNECTION is the same each time (vsock, `sshd -i` behind a pipe): then ssh leaves every master."""
    connection = Ssh(hidden_master=False)
    connection.shell = lambda: "portcullis<UNKNOWN 65535 UNKNOWN 65535>portcullis"
    assert judged(connection, "UNKNOWN 65535 UNKNOWN 65535")[1] is True
    assert "ControlPath=none" in connection.options["ssh_args"]


def test_a_connection_that_cannot_be_left_is_not_new():
    assert judged(Ssh(hidden_master=True, options=False), OURS)[1] is False
    unknown = Ssh(hidden_master=True, says=False, options=False)
    assert judged(unknown, OURS)[1] is False
    unknown.transport = "paramiko"  # its reset() ends the connection
    assert judged(unknown, OURS)[1] is True


# ---- how often it knocks


def with_temporary_files():
    """A connection without pipelining, as Ansible's default is: the module has left files on the host."""
    return types.SimpleNamespace(_shell=types.SimpleNamespace(tmpdir="/root/.ansible/tmp/ansible-tmp-1"))


def knocked(monkeypatch, errors, timeout=60, takes=5.0, back_at=None, **task):
    """Moments, in seconds from the change, at which a new connection is tried; each fails with the next of `errors`, the last one again and again, until
    the host has its old files back and is asked. What the task then says."""
    clock, moments = [0.0], []
    monkeypatch.setattr(lockout.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(lockout.time, "sleep", lambda seconds: clock.__setitem__(0, clock[0] + seconds))

    def try_it(*_arguments):
        moments.append(clock[0])
        if back_at is not None and clock[0] >= back_at:
            return "rolledback", ""
        clock[0] += takes
        error = errors[min(len(moments), len(errors)) - 1]
        raise error if isinstance(error, Exception) else AnsibleConnectionFailure(error)

    action = LockoutAction.__new__(LockoutAction)
    action._connection = with_temporary_files()
    action._task = types.SimpleNamespace(**task)
    action._try_to_confirm = try_it
    action._explain = lambda *_arguments: ("", False)
    result = {"changed": True, "lockout": {"pending": True, "connection": OURS}}
    action._confirm(result, {"rollback_timeout": timeout}, {"token": "0" * 32, "transport": "ssh"}, {})
    return moments, result["msg"]


REFUSED = "Failed to connect to the host via ssh: kex_exchange_identification: Connection closed by remote host"


HANGING = "Failed to connect to the host via ssh: Connection timed out during banner exchange"  # each holds a start-up slot of sshd


@pytest.mark.parametrize("why", [REFUSED, HANGING])
@pytest.mark.parametrize("timeout", [1, 8, 60, 600])
def test_refused_connections_are_fewer_than_those_that_fail2ban_bans_for(monkeypatch, timeout, why):
    """Its jail for sshd bans for the fifth "refused connect" within 10 minutes, in the package's own configuration."""
    moments, said = knocked(monkeypatch, [why], timeout)
    assert 2 <= len(moments) <= 4 and moments[0] == 0, moments
    assert "such as fail2ban" in said
    back, said = knocked(monkeypatch, [REFUSED], timeout, back_at=timeout + 1)
    assert len(back) <= 4 and back[-1] <= timeout + 10 and "put its old files back" in said, back
    assert "adds those of the next run" in said


@pytest.mark.parametrize("timeout", [8, 60])
@pytest.mark.parametrize("task", [{"until": ["r is succeeded"]}, {"retries": 2}])
def test_a_task_that_ansible_tries_again_is_refused_once_each_time(monkeypatch, timeout, task):
    """`retries: 2` brought the fifth refusal within its second run."""
    back, _said = knocked(monkeypatch, [REFUSED], timeout, back_at=timeout + 1, **task)
    assert len(back) == 2 and back[-1] > timeout, back
    moments, _said = knocked(monkeypatch, [REFUSED], timeout, **task)
    assert len(moments) == 2, moments


@pytest.mark.parametrize(
    "why", ["ssh: connect to host h port 22: Connection timed out", "ssh: connect to host h port 22: No route to host"]
)
def test_a_connection_that_nobody_took_is_tried_again_soon(monkeypatch, why):
    moments, said = knocked(monkeypatch, [why])
    assert moments == [0, 6, 13, 22, 35, 63, 73, 95] and "fail2ban" not in said
    assert ("ufw limit" in said) is ("timed out" in why)
    back, said = knocked(monkeypatch, [why], 600, back_at=601)
    assert 601 <= back[-1] <= 613 and max(late - early for early, late in zip(back, back[1:])) == 66.0


def limited(monkeypatch, seconds, hits, earlier):
    """The moment at which a limit of new connections lets the controller in again: `recent --update` of iptables counts those that it drops, too."""
    seen = list(earlier)

    def try_it(*_arguments):
        now = lockout.time.monotonic()
        seen.append(now)
        if len([moment for moment in seen if moment > now - seconds]) >= hits:
            raise AnsibleConnectionFailure("ssh: connect to host h port 22: Connection refused")
        return "confirmed", ""

    clock = [0.0]
    monkeypatch.setattr(lockout.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(lockout.time, "sleep", lambda length: clock.__setitem__(0, clock[0] + length))
    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace()
    action._try_to_confirm = try_it
    result = {"changed": True, "lockout": {"pending": True, "connection": OURS}}
    action._confirm(result, {"rollback_timeout": 60}, {"token": "0" * 32, "transport": "ssh"}, {})
    return clock[0], result["lockout"]["confirmation"]


@pytest.mark.parametrize("earlier", [[-5.0] * 5, [-29.0, -20.0, -10.0, -2.0, -1.0]])
def test_a_limit_of_new_connections_is_waited_for(monkeypatch, earlier):
    """`ufw limit ssh` refuses the sixth new connection in 30 seconds: knocking each second kept it shut for 105, and a good change was undone."""
    when, how = limited(monkeypatch, 30, 6, earlier)
    assert when < 60 and how == "confirmed over a new connection"


class Retrying:
    """An ssh connection that tries each of its own three times, as `retries` of ansible.cfg says."""

    transport = "ansible.builtin.ssh"

    def __init__(self, options):
        self.options, self.held = options, []

    def get_option(self, name):
        return self.options[name]

    def set_option(self, name, value):
        self.options[name] = value
        self.held.append((name, value))


@pytest.mark.parametrize("options", [{"reconnection_retries": 2, "ssh_args": "-C"}, {}])
def test_ssh_tries_each_new_connection_once(monkeypatch, options):
    """Each of its own attempts is a refused connection, which nobody would have counted."""
    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace(async_val=0, args={}, action="portcullis.tcp_wrappers.hosts_access")
    action._play_context = types.SimpleNamespace(become=False)
    action._connection = Retrying(dict(options))
    monkeypatch.setattr(lockout.HostAnswers, "run", lambda self, tmp, task_vars: {})
    action._ask_host = lambda module_args, task_vars: {"lockout": {"pending": True, "connection": OURS}}
    tries = []
    action._confirm = lambda *_words: tries.append(action._connection.options.get("reconnection_retries"))
    action.run(None, {})
    assert tries == [0 if options else None] and action._connection.options == options


def test_a_host_that_lets_in_and_does_not_answer_has_refused_nobody(monkeypatch):
    """Its interpreter was gone: it is tried again at once, and no program that bans clients is named."""
    action = LockoutAction.__new__(LockoutAction)
    action._ask_host = lambda module_args, task_vars: {"msg": "The module interpreter was not found."}
    with pytest.raises(AnsibleError) as caught:
        action._settle({"token": "0" * 32, "transport": "ssh"}, {}, {}, "confirm")
    assert not isinstance(caught.value, AnsibleConnectionFailure)
    moments, said = knocked(monkeypatch, [REFUSED, caught.value])
    assert len(moments) > 10 and "fail2ban" not in said and "interpreter was not found" in said


# ---- a host that is gone when Ansible removes the module's files


def cleaned(run):
    """What Ansible has of a task after cleanup(), which it calls last, and how often the dead host was asked."""
    tries = []

    def gone(*_arguments, **_options):
        tries.append(1)
        raise AnsibleConnectionFailure(REFUSED)

    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace(async_val=0, args={}, action="portcullis.tcp_wrappers.hosts_access")
    action._play_context = types.SimpleNamespace(become=False)
    action._cleanup_remote_tmp = True
    action._connection = with_temporary_files()
    action._connection._shell.remove = lambda path, recurse: "rm -rf " + path
    action._low_level_execute_command = gone
    said = ""
    try:
        said = run(action)
    except AnsibleConnectionFailure as error:
        said = str(error)
    finally:
        action.cleanup()
    assert action._connection._shell.tmpdir is None
    return said, len(tries)


def test_what_a_task_has_to_say_is_not_replaced_by_a_cleanup_that_fails(monkeypatch):
    """As a connection that breaks when the change is confirmed already."""
    assert cleaned(lambda action: "confirmed") == ("confirmed", 1)


def test_a_host_that_could_not_be_reached_again_is_not_asked_to_clean_up(monkeypatch):
    """That would be the fifth connection that it refuses."""
    monkeypatch.setattr(lockout.time, "sleep", lambda seconds: None)

    def run(action):
        action._ask_until = lambda *_arguments: ("", "No route to host")
        result = {"changed": True, "lockout": {"pending": True, "connection": OURS}}
        action._confirm(result, {}, {"token": "0" * 32, "transport": "ssh"}, {})
        return result["msg"]

    said, tries = cleaned(run)
    assert "It puts its old files back by itself" in said and not tries


def test_a_module_whose_host_was_lost_leaves_its_files(monkeypatch):
    monkeypatch.setattr(lockout.HostAnswers, "run", lambda self, tmp, task_vars: {})

    def run(action):
        action._kind = lambda: "ssh"
        action._ask_host = action._low_level_execute_command
        action.run(None, {})

    said, tries = cleaned(run)
    assert "it undoes that by itself" in said and tries == 1


# ---- what is told after a rollback


@pytest.mark.parametrize(
    "why, told",
    [
        (
            {"lockout": {"why": "the log says that doorkeeper refused you"}},
            "within 5 seconds (the log says that doorkeeper refused you). The",
        ),
        ({"lockout": {"why": None}}, "within 5 seconds (Connection closed by 192.0.2.10). The"),
        ({"lockout": {"why": "its unit was stopped", "ended": True}}, "its unit was stopped. The host has put its old"),
        (AnsibleConnectionFailure("gone again"), "within 5 seconds (Connection closed by 192.0.2.10). The"),
    ],
)
def test_a_roll_back_tells_why_the_new_connection_was_refused(monkeypatch, why, told):
    """The first knock is refused, at the second the host has its old files back."""
    answers = [AnsibleConnectionFailure("Connection closed by 192.0.2.10"), {"lockout": {"verdict": "rolledback"}}, why]
    asked = []

    def execute(module_args, task_vars):
        asked.append(module_args["rollback_session"])
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace()
    action._play_context = types.SimpleNamespace(become=False)
    action._connection = Ssh(hidden_master=False)
    action._connection.reset = lambda: None
    action._low_level_execute_command = lambda command, sudoable: {"stdout": action._connection.shell()}
    action._ask_host = execute
    monkeypatch.setattr(lockout.time, "sleep", lambda seconds: None)
    result = {"changed": True, "lockout": {"pending": True, "connection": OURS}}
    session = {"token": "0" * 32, "transport": "ssh", "answered": 4711.25}
    action._confirm(result, {"rollback_timeout": 5}, session, {})
    assert told in result["msg"] and result["failed"] and not result["changed"]
    assert asked[-1]["connection"] == OURS and asked[-1]["explain"] == 4711.25


@pytest.mark.parametrize("answered", [None, "4711", [1]])
def test_a_host_that_does_not_say_when_it_answered_is_not_asked_why(answered):
    action = LockoutAction.__new__(LockoutAction)
    action._ask_host = None  # would raise
    assert action._explain(OURS, {}, {"token": "0" * 32, "transport": "ssh", "answered": answered}, {}) == ("", False)


@pytest.mark.parametrize("timeout, told", [(1, "within 1 second ("), (2, "within 2 seconds (")])
def test_one_second_is_no_seconds(timeout, told):
    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace()
    action._try_to_confirm = lambda *_arguments: ("rolledback", "")
    action._explain = lambda *_arguments: ("", False)
    result = {"changed": True, "lockout": {"pending": True, "connection": OURS}}
    action._confirm(result, {"rollback_timeout": timeout}, {"token": "0" * 32, "transport": "ssh"}, {})
    assert told in result["msg"]


@pytest.mark.parametrize("mistaken, before", [(True, ""), (False, OURS)])
def test_a_shell_that_names_another_connection_proves_no_new_one(monkeypatch, mistaken, before):
    """It names that one at the second look, too: then ssh must leave every master, and nothing is compared."""
    given = []
    found = {"changed": True, "lockout": {"pending": True, "connection": OURS}}
    if mistaken:
        found["lockout"]["mistaken"] = True
    found["lockout"]["answered"] = 4711.25
    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace(async_val=0, args={}, action="portcullis.tcp_wrappers.hosts_access")
    action._play_context = types.SimpleNamespace(become=False)
    action._connection = Ssh(hidden_master=False)
    monkeypatch.setattr(lockout.HostAnswers, "run", lambda self, tmp, task_vars: {})
    action._ask_host = lambda module_args, task_vars: found
    action._confirm = lambda result, arguments, session, task_vars: given.append(
        (session["before"], session["answered"])
    )
    action._return_to_master = lambda: None
    assert not {"mistaken", "answered"} & set(action.run(None, {})["lockout"])
    assert given == [(before, 4711.25)]


def test_a_host_that_sees_the_old_connection_is_asked_again():
    """ssh -S in ssh_args leaves no master, whatever else it is told; the host's word is the last one."""
    action = LockoutAction.__new__(LockoutAction)
    action._connection = types.SimpleNamespace(reset=lambda: None)
    action._is_new = lambda before: True
    answers = {"confirm": "same", "ask": "pending"}
    asked = []

    def execute(module_args, task_vars):
        asked.append(module_args["rollback_session"])
        return {"lockout": {"verdict": next(answers[name] for name in answers if name in asked[-1])}}

    action._ask_host = execute
    session = {"token": "0" * 32, "transport": "ssh", "host_saw": OURS}
    assert action._try_to_confirm(OURS, {}, session, {}) == ("", lockout.NOT_NEW)
    assert asked[0]["replaces"] == OURS
    answers["ask"] = "rolledback"
    assert action._try_to_confirm(OURS, {}, session, {}) == ("rolledback", lockout.NOT_NEW)


@pytest.mark.parametrize(
    "replaced, told", [(["/etc/hosts.allow\x1b[2J"], "replaced /etc/hosts.allow"), ([], ""), ("x", ""), (None, "")]
)
def test_a_confirmation_of_other_tables_is_told(replaced, told):
    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace()

    def ask(attempts, arguments, session, task_vars):
        session["replaced"] = replaced
        return "confirmed", ""

    action._ask_until = ask
    result = {"changed": True, "lockout": {"pending": True, "connection": OURS}}
    action._confirm(result, {}, {"token": "0" * 32, "transport": "ssh"}, {})
    warnings = " ".join(result.get("warnings", []))
    assert (told in warnings and "\x1b" not in warnings) if told else not warnings


@pytest.mark.parametrize(
    "said, then, verdict, told",
    [
        ("reloaded", "pending", "", "removed the new filter"),
        ("gap", "pending", "", "the new filter refuses this connection"),
        ("away", "pending", "", "on a file system that is not mounted now"),
        ("gap", "rolledback", "rolledback", "the new filter refuses this connection"),
        ("elsewhere", "elsewhere", "", "leads to another host"),
        ("reloaded", "rolledback", "rolledback", "removed the new filter"),
    ],
)
def test_a_connection_that_proves_nothing_is_no_verdict(said, then, verdict, told):
    action = LockoutAction.__new__(LockoutAction)
    action._connection = types.SimpleNamespace(reset=lambda: None)
    action._is_new = lambda before: True
    answers = {"confirm": said, "ask": then}

    def execute(module_args, task_vars):
        asked = module_args["rollback_session"]
        assert asked["host"] == "mark" and ("filter" in asked) is ("confirm" in asked)
        return {"lockout": {"verdict": next(answers[name] for name in answers if name in asked)}}

    action._ask_host = execute
    session = {"token": "0" * 32, "transport": "ssh", "host_saw": OURS, "host": "mark", "filter": True}
    found, why = action._try_to_confirm(OURS, {}, session, {})
    assert found == verdict and told in why


def test_a_plugin_that_a_site_made_of_ssh_goes_through_the_ssh_server():
    class Bastion(connection_loader.get("ansible.builtin.ssh", class_only=True)):
        transport = "bastion"

    class Podman:
        transport = "containers.podman.podman"

    action = LockoutAction.__new__(LockoutAction)
    for plugin, kind in ((Bastion, "ssh"), (Podman, "podman")):
        action._connection = plugin.__new__(plugin)
        assert action._kind() == kind


def test_a_plugin_for_network_devices_would_change_the_control_node():
    """As every NetworkConnectionBase of Ansible: netconf, httpapi, network_cli."""
    action = LockoutAction.__new__(LockoutAction)
    action._task = types.SimpleNamespace(async_val=0, args={})
    action._play_context = types.SimpleNamespace(remote_addr="switch1")
    action._connection = types.SimpleNamespace(_remote_is_local=True, transport="ansible.netcommon.netconf")
    with pytest.raises(AnsibleActionFail, match="netconf runs modules on the control node.*not switch1"):
        action.run()


@pytest.mark.parametrize(
    "refusing, reason, told",
    [
        (True, "admin@h32: Permission denied (publickey,password).", "let nobody log in"),  # a certificate that expired
        (True, "Authentication failed.", "let nobody log in"),
        (True, "kex_exchange_identification: read: Connection reset by peer", "such as fail2ban"),
        (False, "ssh: connect to host h32 port 22: Connection timed out", "ufw limit"),
        (False, "ssh: connect to host h32 port 22: No route to host", ""),
    ],
)
def test_why_a_host_that_answers_lets_no_new_connection_in(refusing, reason, told):
    assert told in lockout._advice(refusing, reason) and bool(told) is bool(lockout._advice(refusing, reason))
