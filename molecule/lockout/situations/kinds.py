# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a situation is: how a host is set up, how the controller comes in, what happens meanwhile, and what must hold."""

from typing import Any, Dict, NamedTuple, Optional, Tuple

NETWORK, CONTROLLER, JUMP = "10.99.7.0/255.255.255.0", "10.99.7.1", "10.99.7.12"

# Tables: text of each. The owner and mode of the old ones is daemon:adm 640 and 644, of the new ones root 600.
OLD = {"allow": "# the office\nsshd: %s\n" % NETWORK, "deny": "ALL: ALL\n"}

OLD_SIX = {"allow": "sshd: [fd00:99:7::]/64 [fe80::]/10 %s\n" % NETWORK, "deny": "ALL: ALL\n"}

# Policies, as options of hosts_access. REFUSING keeps the controller out, GOOD lets it in.
REFUSING = {"allow": ["sshd: 192.0.2.1"], "deny": ["ALL: ALL"], "exclusive": True}
GOOD = {
    "allow": ["sshd: %s" % CONTROLLER, "in.ftpd: 192.0.2.1"],
    "deny": ["in.ftpd: ALL", "ALL: ALL"],
    "exclusive": True,
    "rollback_timeout": 240,  # a busy machine may confirm it late: nothing is judged by it
}

# Conditions that a step waits for on the host.
PENDING = "ls /etc/.portcullis.tcp_wrappers/*.pending"
# REFUSING stands in both files: hosts.deny keeps its text, and is replaced last
REFUSED = "grep -qx 'sshd: 192.0.2.1' /etc/hosts.allow && [ $(stat -Lc %a /etc/hosts.deny) = 600 ]"
GOOD_STANDS = "grep -qx 'in.ftpd: 192.0.2.1' /etc/hosts.allow"
UNDONE = "! ls /etc/.portcullis.tcp_wrappers/*.pending"

# The script of Debian 11 and 12 starts no xinetd while the old one has not ended; after a reload the guard would say that its files are unread.
RESTART_XINETD = "systemctl stop xinetd; while pidof xinetd; do sleep 0.1; done; systemctl start xinetd\n"
# An ssh server on port 2222 that was just started (xinetd and dropbear come back before they listen): wait for it, with a generous end.
LISTENS = "n=0; until grep -qs ':08AE 0*:0000 0A' /proc/net/tcp /proc/net/tcp6; do n=$((n+1)); [ $n -lt 3000 ] || exit 1; sleep 0.1; done\n"


class Step(NamedTuple):
    """Something that happens while a task runs: wait on the host for `when` (a command of sh), then do it there, or here.

    `do` is a script of sh for the host, or one of runner.HERE: kill, stop, go (on), reboot.
    """

    when: str
    do: str


class Act(NamedTuple):
    """One run of the controller.

    `ends`: refused (by the guard), confirmed, rolled back, failed (with `says`), not needed (no confirmation is), silent (no result: the controller is
    dead, the host alone sees to the old tables), lost (rolled back, or the connection broke before anybody knew), killed (whatever came of it),
    done (all tasks are).
    """

    ends: str
    options: Dict[str, Any] = {}
    says: Tuple[str, ...] = ()  # texts that the task's message has
    never: Tuple[str, ...] = ()  # texts that it does not have
    steps: Tuple[Step, ...] = ()
    tables: str = ""  # old, new or any; by default as `ends` tells
    clean: bool = True  # whether nothing may be left of it
    out: Optional[float] = None  # seconds that the host may refuse the controller; by default rollback_timeout + 5
    module: str = "portcullis.tcp_wrappers.hosts_access"
    tasks: Optional[Tuple[Dict[str, Any], ...]] = None  # in the place of one task of `module`
    play: Dict[str, Any] = {}  # keywords of the play, besides those of the situation
    environment: Dict[str, str] = {}  # of the controller
    second: Optional[Dict[str, Any]] = None  # options of another controller's task, started when the steps are done
    second_way: Dict[str, Any] = {}  # variables of that one's play
    host: str = ""  # a script of sh, run on each host right before, with every right
    after: str = ""  # a script of sh that must succeed on the host at the end
    keep: bool = False  # start from the tables that the act before left


class Situation(NamedTuple):
    """Hosts, how they are reached, and one act or several."""

    name: str
    acts: Tuple[Act, ...]
    spread: bool = False  # part of make test, not only of make test-long: one of each kind, unless another test or situation meets the same
    image: str = "bookworm-xinetd"
    hosts: int = 1
    run: Tuple[str, ...] = ()  # further arguments of podman run
    setup: str = ""  # a script of sh, run on each host before the first act, with every right
    way: Dict[
        str, Any
    ] = {}  # variables of the inventory: {address}, {number}, {link_local}, {folder} and {key} are filled in
    play: Dict[str, Any] = {}  # keywords of the play
    files: Dict[str, str] = {}  # files of the controller, below {folder}
    before: str = ""  # a command of sh on the controller that runs as long as the situation does
    core: str = "2.21"  # a venv of the tests
    environment: Dict[str, str] = {}
    user: str = "root"  # whom the host must say that the controller logs in as
    becomes: str = ""  # and whom it becomes
    old: Dict[str, str] = OLD
    client: str = CONTROLLER  # the controller's address as the host sees it
    prepared: bool = True  # whether a new connection to port 22 shows that the host is up and can be reached


def refused(options: Dict[str, Any], *says: str, **more: Any) -> Act:
    """The guard's default refuses a policy."""
    return Act("refused", options, ("lockout_guard: nothing was written",) + says, **more)


def rolled_back(options: Dict[str, Any], timeout: int = 6, **more: Any) -> Act:
    """With the guard off the host puts the old files back in time."""
    return Act("rolled back", dict(dict({"lockout_guard": "disabled"}, **options), rollback_timeout=timeout), **more)


def confirmed(options: Dict[str, Any], **more: Any) -> Act:
    """A change that is confirmed over a new connection."""
    return Act("confirmed", options, **more)


# What every way to come in must stand: the default refuses, the host comes back, a good policy is confirmed.
REFUSES, RETURNS, CONFIRMS = refused(REFUSING), rolled_back(REFUSING), confirmed(GOOD)
EVERY_WAY = (REFUSES, RETURNS, CONFIRMS)
