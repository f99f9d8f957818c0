# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""Confirm or roll back, seen from the controller: let the host change itself, then come back through a new connection."""

from __future__ import annotations

import os
import re
import secrets
import time

from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError
from ansible.utils.display import Display

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._host_words import one_line, printable_error
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._results import HostAnswers

display = Display()

# The host waits so much longer than rollback_timeout for its lock, and ssh for a refusal (libwrap sleeps 5 seconds).
PATIENCE = 45
# asked of the login user's shell, whatever else that prints; the question itself is no answer, for it has a $
QUESTION = 'echo "portcullis<$SSH_CONNECTION>portcullis"'
ANSWER = re.compile(r"portcullis<([0-9A-Za-z.:%_ -]*)>portcullis")
# colours, titles and the like, which a terminal does not show
ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])")
LEAVE_MASTER = "-o ControlMaster=no -o ControlPath=none "
# what ssh says where nobody took the connection: the host logs nothing of it
NOT_TAKEN = re.compile(
    r"timed out(?! during banner)|Connection refused|No route to host|Network is unreachable|resolve", re.IGNORECASE
)
MAYBE_LIMITED = re.compile(r"timed out|Connection refused", re.IGNORECASE)
# seconds between those that nobody took. `ufw limit` and its like count each of them, and look back 30 or 60 seconds: knocking on would keep them shut
PAUSES = (1, 2, 4, 8, 31, 61)
NOT_NEW = "the connection of this task could not be replaced by a new one"
# what the host answers to a connection that proves nothing
NOT_YET = {
    "same": NOT_NEW,
    "reloaded": "another program had removed the new filter, and the host has loaded it again",
    "away": "a file of the change is on a file system that is not mounted now",
    "gap": "the new filter refuses this connection, which was made while another program had removed the filter",
    "elsewhere": "the name or address of this host leads to another host now",
}
SSH_PLUGINS = re.compile(r"connection\.(?:ssh|paramiko|paramiko_ssh|libssh)\Z")
BANNED = (
    " It has refused the new connections: a program that bans clients there, such as fail2ban, may have banned the "
    "controller for a while."
)
NO_LOG_IN = (
    " It took the new connections and let nobody log in: see whether the key, certificate or agent is still good. Each "
    "change needs one fresh login without a hand."
)
LIMITED = (
    " A limit of new connections there, such as that of `ufw limit`, may hold the controller back: wait for a minute before you try "
    "it again."
)
COUNTED = (
    " A program there that bans clients, such as fail2ban, counts the refused connections, and adds those of the next run: "
    "correct the policy first."
)
# what ssh and paramiko say where the host asked who is there
DENIED = re.compile(r"Permission denied|Authentication (?:failed|timeout)", re.IGNORECASE)
# connections whose reset() really ends them, so that what comes next is new
ENDED_BY_RESET = ("paramiko", "paramiko_ssh", "libssh")


class Attempts:
    """When to try a new connection again.

    One that nobody took is tried again after PAUSES, and right after the rollback. One that was taken and refused stands in the host's log: fail2ban
    bans an address for the fifth of them (its default, for 10 minutes), so there are four at most. `again`: the task
    itself is tried again, so that one is refused before the rollback, and one after it at most.
    """

    def __init__(self, started, timeout, again=False):
        self.end, self.next, self.refused, self.untaken = started + timeout + PATIENCE, started, 0, 0
        self.refusing = False  # whether the last one was refused
        self._back = started + timeout + 3  # right after the host has rolled back
        waits = [started + min(timeout / 2, 15), self._back, self.end - 10, self.end]
        self._waits = waits[1:4:2] if again else waits

    def count(self, why):
        """A connection failed, and ssh said why."""
        self.refusing = not NOT_TAKEN.search(why)
        if self.refusing:
            self.refused += 1
            self.next = self._waits[min(self.refused, len(self._waits)) - 1]
            return
        self.untaken += 1
        now = time.monotonic()
        wait = now + PAUSES[min(self.untaken, len(PAUSES)) - 1]
        # one that began before the rollback may have ended after it
        moments = (wait, self._back, self._back + 10, self.end - 10)
        self.next = min([moment for moment in moments if moment > now] or [self.end])


def _nothing_changed(result):
    """A result that told of a change, now that there is none."""
    result["failed"] = True
    result["changed"] = False
    for name in ("services", "access_changes", "companion"):
        result.pop(name, None)  # as they would have been
    for name in ("rewritten", "backup_files"):
        if name in result:
            result[name] = []


def _advice(refusing, reason):
    """A sentence for who looks why a host lets no new connection in."""
    if refusing:
        return NO_LOG_IN if DENIED.search(reason) else BANNED
    return LIMITED if MAYBE_LIMITED.search(reason) else ""


def _rolled_back(reason, ended, timeout):
    """What the task says after a rollback; `ended`: the change was undone before its time was over."""
    if ended:
        return "%s. The host has put its old files back: text, owner and mode. Run the task again." % reason
    return (
        "the change was not confirmed over a new connection within %s (%s). The host has put its old files back: text, owner and mode."
        % (
            "1 second" if timeout == 1 else "%d seconds" % timeout,
            reason
            or "no new connection was ready in that time: a rule may keep it waiting, or rollback_timeout is too short for it",
        )
    )


class LockoutAction(HostAnswers):
    """The action of every module that may cut the connection it comes through."""

    _strict_answers = False  # what module and action say to each other is in no RETURN
    _retries = None  # what the connection tries by itself, while that is held

    def run(self, tmp=None, task_vars=None):
        """Run the module; where it says that a change waits, confirm it through a new connection."""
        self._supports_check_mode = True
        self._check_task()
        result = super().run(tmp, task_vars)
        del tmp
        arguments = dict(self._task.args)
        done = self._look(arguments, task_vars)
        if done is not None:
            result.update(done)
            return result
        session = {"token": secrets.token_hex(16), "transport": self._kind()}
        if session["transport"] == "ssh" and self._play_context.become and self._asks(arguments):
            session["connection"] = self._ask()
        if session["transport"] == "local":
            # the module runs on this host; run0 and machinectl start it away from this process and its login
            session.update(connection=os.environ.get("SSH_CONNECTION", ""), controller=os.getpid())
        try:
            result.update(self._ask_host(module_args=dict(arguments, rollback_session=session), task_vars=task_vars))
        except AnsibleConnectionFailure as error:
            self._leave_temporary_files()
            raise AnsibleConnectionFailure(
                "%s. If the host had begun to change its files, it undoes that by itself within rollback_timeout."
                % one_line(error)
            ) from None
        lockout = result.get("lockout") or {}
        # what each table held when the change was in place, whether a filter was, marks of the host and its start, and its uptime then
        session.update({name: lockout.pop(name, None) for name in ("written", "filter", "host", "start", "answered")})
        mistaken = lockout.pop("mistaken", False)  # the shell names a connection that the host does not have
        if lockout.get("pending"):
            session["host_saw"] = lockout.get("connection")
            session["before"] = "" if mistaken else session.get("connection") or lockout.get("connection")
            self._connect_once()
            try:
                self._confirm(result, arguments, session, task_vars)
            finally:
                self._return_to_master()
        elif lockout.get("confirmation"):
            display.vv("%s: confirmation %s" % (self._task.action, lockout["confirmation"]))
        return result

    def cleanup(self, force=False):
        """Remove the module's files, where Ansible left some (no pipelining). A host that is gone by now must not
        replace what the task has to say.
        """
        try:
            super().cleanup(force)
        except (AnsibleError, EOFError, OSError) as error:
            display.vv("portcullis: temporary files stay on the host: %s" % one_line(error))
            self._leave_temporary_files()

    def _leave_temporary_files(self):
        """Make no connection for them alone: the host may count it as one more that it refused."""
        self._connection._shell.tmpdir = None

    def _check_task(self):
        """Raise AnsibleActionFail for a task that nobody could confirm, or that would change another host than it names."""
        if self._task.async_val:
            raise AnsibleActionFail(
                "async is refused: nobody would confirm the change. Leave async and poll out of this task."
            )
        if getattr(self._connection, "_remote_is_local", False):
            raise AnsibleActionFail(
                "the connection plugin %s runs modules on the control node, so this task would change the control node "
                "and not %s. Leave the host out of this play, or set ansible_connection: local if you mean the control "
                "node." % (self._plugin(), self._play_context.remote_addr)
            )
        if "rollback_session" in self._task.args:
            raise AnsibleActionFail("rollback_session is filled in by the collection itself: leave it out.")

    def _look(self, arguments, task_vars):
        """The result of a task that finds everything as it should be; None where the module itself must see to it."""
        del arguments, task_vars

    def _kind(self):
        """ssh for every connection that may come in through an ssh server, local, or the plugin's own name."""
        transport = self._plugin()
        if "ssh" in transport or transport in ("paramiko", "smart", "mitogen"):
            return "ssh"
        if any(SSH_PLUGINS.search(one.__module__) for one in type(self._connection).__mro__):
            return "ssh"  # a site's own plugin, made of one of these
        return transport or "unknown"

    def _plugin(self):
        """The name of the connection plugin, without its collection."""
        return str(getattr(self._connection, "transport", "") or "").rpartition(".")[2]

    @staticmethod
    def _asks(arguments):
        """Whether anybody wants to know whose connection this is: nobody does for the tables of an image."""
        return arguments.get("root") in (None, "/")

    def _ask(self):
        """SSH_CONNECTION of the login user's shell, which sudo would hide; "" where nothing tells: that proves nothing."""
        answer = self._ask_before_become(QUESTION)
        if answer is None:
            answer = str(self._say(QUESTION).get("stdout", ""))
        found = ANSWER.findall(answer) or ANSWER.findall(ESCAPES.sub("", answer))
        return found[-1].strip() if found else ""

    def _say(self, command):
        """Run a command as the login user. Where it cannot be run, the error is printable, whichever class in front of this one raised it."""
        try:
            return self._low_level_execute_command(command, sudoable=False)
        except AnsibleError as error:
            raise printable_error(error) from None

    def _ask_before_become(self, command):
        """What a command says to the login user behind Mitogen, which heeds no sudoable=False; None where no sudo hides him."""
        if not self._play_context.become or not hasattr(self._connection, "login_context"):
            return None
        from ansible_mitogen.target import exec_command
        from mitogen.core import Error

        self._connection._connect()
        if self._connection.login_context is None:
            return None  # the login user is the one to become: Mitogen starts no sudo
        try:
            _status, output, _errors = self._connection.get_chain(use_login=True).call(exec_command, command)
        except Error as error:
            raise AnsibleConnectionFailure(one_line(error)) from None
        return output.decode("utf-8", "replace")

    def _confirm(self, result, arguments, session, task_vars):
        """Come back through the ssh server and libwrap; a host that cannot be reached undoes the change by itself."""
        timeout = int(arguments.get("rollback_timeout", 60))
        started = time.monotonic()
        lockout = result["lockout"]
        before = session.get("before")
        attempts = Attempts(started, timeout, self._is_retried())
        verdict, reason = self._ask_until(attempts, arguments, session, task_vars)
        lockout["pending"] = False
        if verdict == "confirmed":
            lockout["confirmation"] = "confirmed over a new connection"
            self._tell_replaced(result, session.get("replaced"))
            return
        _nothing_changed(result)
        if verdict == "rolledback":
            why, ended = self._explain(before or lockout.get("connection"), arguments, session, task_vars)
            lockout["confirmation"] = "not confirmed: rolled back"
            result["msg"] = _rolled_back(why or reason, ended, timeout)
            result["msg"] += COUNTED if attempts.refused and not ended else ""
            return
        self._leave_temporary_files()
        lockout["confirmation"] = "not confirmed: the host could not be asked"
        result["msg"] = (
            "the change was not confirmed, and the host could not be reached again within %d seconds (%s). It puts its old files back "
            "by itself; look why it cannot be reached.%s"
            % (timeout + PATIENCE, reason or "no reason given", _advice(attempts.refusing, reason))
        )

    def _is_retried(self):
        """Whether Ansible runs a task that fails once more by itself (`retries`, `until`)."""
        return bool(getattr(self._task, "until", None) or getattr(self._task, "retries", None))

    @staticmethod
    def _tell_replaced(result, paths):
        """Say which tables are no longer those of the task: the new connection has proved others."""
        if isinstance(paths, list) and paths:
            named = " and ".join(one_line(path) for path in paths[:2])
            result.setdefault("warnings", []).append(
                "Another program replaced %s while the change waited for its confirmation. What the new connection has "
                "confirmed are its tables, not those of this task. Let one tool alone manage a table." % named
            )

    def _ask_until(self, attempts, arguments, session, task_vars):
        """(confirmed, rolledback, or "" where nothing was heard until then; why not)."""
        verdict, reason = "", ""
        while not verdict and time.monotonic() < attempts.end:
            why = ""
            try:
                verdict, why = self._try_to_confirm(session.get("before"), arguments, session, task_vars)
            except AnsibleConnectionFailure as error:
                why = one_line(error)
                attempts.count(why)
            except (AnsibleError, EOFError, OSError) as error:
                # a sudo that is slow or gone is no connection failure to Ansible
                why, attempts.refusing = one_line(error), False
            reason = why or reason
            if not verdict:
                display.vv("portcullis: no new connection yet: %s" % why)
                time.sleep(max(attempts.next - time.monotonic(), 1))
        return verdict, reason

    def _try_to_confirm(self, before, arguments, session, task_vars):
        """(confirmed, rolledback or nothing yet; why not). Raises AnsibleConnectionFailure where the host refuses."""
        self._connection.reset()
        if not self._is_new(before):
            return self._undone(session, arguments, task_vars), NOT_NEW
        answer = self._settle(session, arguments, task_vars, "confirm")
        if answer == "elsewhere":
            return "", NOT_YET[answer]
        if answer in NOT_YET:
            return self._undone(session, arguments, task_vars), NOT_YET[answer]
        return answer, ""

    def _is_new(self, before):
        """Whether what comes next is a new connection. An old one goes on working whatever the tables say, so it proves nothing.

        SSH_CONNECTION tells where the shell has it. Else ssh is made to leave any master that reset() does not know of
        (ControlPath in ssh_config): what it starts by itself is new.
        """
        differs = self._differs(before, self._ask())
        if differs:
            return True
        if self._leave_master():
            return self._differs(before, self._ask()) is not False
        return differs is None and self._plugin() in ENDED_BY_RESET

    @staticmethod
    def _differs(before, now):
        """Whether two SSH_CONNECTIONs are of two connections, by the client's port; None where one is not known.

        One address may be written in two ways, by the shell and by the host's socket. Where sshd has no socket of TCP
        (vsock, `sshd -i` behind a pipe), it says UNKNOWN and always the same port.
        """
        ports = [text.split()[1:2] for text in (before or "", now or "") if not text.startswith("UNKNOWN ")]
        return ports[0] != ports[1] if len(ports) == 2 and all(ports) else None

    def _undone(self, session, arguments, task_vars):
        """Ask through the old connection whether the host has undone the change."""
        return "" if self._settle(session, arguments, task_vars, "ask") in ("pending", "elsewhere") else "rolledback"

    def _explain(self, connection, arguments, session, task_vars):
        """What the host's log since the change says about the connection that was refused, and whether the change was undone before its time.

        "" where it says nothing, or cannot be asked.
        """
        if not isinstance(session.get("answered"), (int, float)):
            return "", False
        asked = {
            "token": session["token"],
            "transport": session["transport"],
            "connection": connection or "",
            "explain": session["answered"],
            "start": session.get("start") or "",
        }
        try:
            done = self._ask_host(module_args=dict(arguments, rollback_session=asked), task_vars=task_vars)
        except (AnsibleError, EOFError, OSError) as error:
            display.vv("portcullis: the host could not be asked why: %s" % one_line(error))
            return "", False
        lockout = done.get("lockout") or {}
        return str(lockout.get("why") or ""), lockout.get("ended") is True

    def _settle(self, session, arguments, task_vars, question):
        """Start the module only to confirm the change, or to ask what became of it."""
        small = {
            "root": arguments.get("root", "/"),
            "rollback_session": {"token": session["token"], "transport": session["transport"], question: True},
        }
        small["rollback_session"]["host"] = session.get("host")
        if question == "confirm":
            known = {name: session.get(name) for name in ("written", "filter")}
            small["rollback_session"].update(known, replaces=session.get("host_saw"))
        done = self._ask_host(module_args=small, task_vars=task_vars)
        lockout = done.get("lockout") or {}
        if "verdict" not in lockout:
            raise AnsibleError("the host did not answer: %s" % done.get("msg", "no reason given"))
        session["replaced"] = lockout.get("replaced")
        return lockout["verdict"]

    def _connect_once(self):
        """Let ssh itself try each connection once (`retries` of ansible.cfg): the host counts every one that it refuses."""
        try:
            self._retries = self._connection.get_option("reconnection_retries")
            self._connection.set_option("reconnection_retries", 0)
        except (AnsibleError, KeyError):
            self._retries = None

    def _leave_master(self):
        """Let ssh connect by itself from now on; False where the connection is not OpenSSH's ssh."""
        try:
            old = self._connection.get_option("ssh_args") or ""
            if not old.startswith(LEAVE_MASTER):
                self._connection.set_option("ssh_args", LEAVE_MASTER + old)
        except (AnsibleError, KeyError):
            return False
        return True

    def _return_to_master(self):
        """Let later tasks share a connection again, and try one as often as they did."""
        try:
            if self._retries is not None:
                self._connection.set_option("reconnection_retries", self._retries)
            old = self._connection.get_option("ssh_args") or ""
            if old.startswith(LEAVE_MASTER):
                self._connection.set_option("ssh_args", old[len(LEAVE_MASTER) :])
        except (AnsibleError, KeyError):
            return
