# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to the watchdog and to the module, and who writes meanwhile."""

from .kinds import (
    CONFIRMS,
    EVERY_WAY,
    GOOD,
    GOOD_STANDS,
    REFUSED,
    REFUSING,
    RETURNS,
    Situation,
    Step,
    confirmed,
    rolled_back,
)

OURS = "ps -eo pid,args | awk '/[.]portcullis[.]tcp_wrappers\\// && !/awk/ {print $1}'"
KILL = "kill -KILL $(%s) 2>/dev/null || true" % OURS
FREEZE = "them=$(%s); kill -STOP $them; sleep 8; kill -CONT $them" % OURS
LATE_UNIT = """mv /usr/bin/systemd-run /usr/bin/systemd-run.real
cat > /usr/bin/systemd-run <<'END'
#!/bin/sh
%s
END
chmod 755 /usr/bin/systemd-run
"""
LATE = LATE_UNIT % 'sleep 4; exec /usr/bin/systemd-run.real "$@"'
BROKEN = LATE_UNIT % "exit 0"
# as before systemd 236
OLD = (
    LATE_UNIT
    % """case " $* " in *" --collect "*|*Restart=*) echo "unrecognized option '--collect'" >&2; exit 1; esac
exec /usr/bin/systemd-run.real "$@\""""
)
# the module is stopped when its watchdog has begun, for longer than rollback_timeout, and has replaced no file yet
STALLED = (
    LATE_UNIT
    % """/usr/bin/systemd-run.real "$@" || exit
setsid sh -c "sleep 9; kill -CONT $PPID" > /dev/null 2>&1 < /dev/null &
kill -STOP $PPID"""
)
HOLDER = "setsid flock /run/portcullis-tcp_wrappers.lock sleep 20 > /dev/null 2>&1 < /dev/null & sleep 0.2"
# but for the ssh server's keys, which it does not take with such modes, and what is mounted there
SWEPT = "find /etc -xdev -path /etc/ssh -prune -o ! -type l -exec chmod u=rwX,g=rX,o=rX {} + 2>/dev/null || true"
BAN = "echo 'ALL: 203.0.113.9' >> /etc/hosts.deny"

# what a guide of hardening does to every service, and who administers the host over ssh takes back for that one
CONFINED = """mkdir -p /etc/systemd/system/service.d /etc/systemd/system/ssh.service.d
printf '[Service]\\nProtectSystem=full\\n' > /etc/systemd/system/service.d/hardening.conf
printf '[Service]\\nProtectSystem=no\\n' > /etc/systemd/system/ssh.service.d/zz.conf
systemctl daemon-reload; systemctl restart ssh
"""

VIEWS = ("--cap-add=SYS_ADMIN",)  # without it systemd gives no service a view of its own, and says nothing
# the same in a folder of units that few know, and with a setting that takes nothing away but gives each service a view of its own
FEW_KNOW = CONFINED.replace("/etc/systemd/system/service.d", "/usr/local/lib/systemd/system/service.d")
OWN_VIEW = CONFINED.replace("ProtectSystem=full", "LogNamespace=own")
# where a session's end takes with it what runs in it
ENDS = (
    "mkdir -p /etc/systemd/logind.conf.d; printf '[Login]\\nKillUserProcesses=yes\\n' > /etc/systemd/logind.conf.d/kill.conf; "
    "systemctl restart systemd-logind\n"
)

SITUATIONS = [
    Situation("the watchdog is killed", (rolled_back(REFUSING, steps=(Step(REFUSED, KILL),)), CONFIRMS), spread=True),
    Situation(
        "the watchdog is killed again and again",
        (
            rolled_back(
                REFUSING,
                steps=(Step(REFUSED, KILL), Step("sleep 1", KILL), Step("sleep 1", KILL)),
            ),
        ),
    ),
    Situation("the watchdog is frozen", (rolled_back(REFUSING, steps=(Step(REFUSED, FREEZE),)), CONFIRMS)),
    Situation("the watchdog starts late", EVERY_WAY, setup=LATE),
    Situation("systemd-run does nothing", EVERY_WAY, setup=BROKEN),
    Situation(
        "the watchdog is killed, and systemd is old",
        (rolled_back(REFUSING, steps=(Step(REFUSED, KILL),)), CONFIRMS),
        setup=OLD,
        spread=True,
    ),
    Situation("a drop-in makes /etc read-only for every service", (RETURNS, CONFIRMS), setup=CONFINED, run=VIEWS),
    Situation("such a drop-in in /usr/local/lib", (RETURNS, CONFIRMS), setup=FEW_KNOW, run=VIEWS, spread=True),
    Situation("a drop-in gives every service a view of its own", (RETURNS, CONFIRMS), setup=OWN_VIEW, run=VIEWS),
    Situation("such a drop-in, and KillUserProcesses", EVERY_WAY, setup=CONFINED + ENDS, run=VIEWS),
    Situation(
        "the watchdog's unit is stopped",
        (
            rolled_back(
                REFUSING,
                30,
                says=("ended before its time",),
                out=10.0,  # at once, not when its time is over
                steps=(Step(REFUSED, "systemctl stop 'portcullis-*.service'"),),
            ),
        ),
    ),
    Situation(
        "the module stalls after its watchdog began", (rolled_back(REFUSING, 4), CONFIRMS), setup=STALLED, spread=True
    ),
    Situation(
        "somebody changes the modes of all /etc while a change waits",
        (rolled_back(REFUSING, steps=(Step(REFUSED, SWEPT),)),),
        spread=True,
    ),
    Situation(
        "the ssh server is restarted while a change waits",
        (
            rolled_back(REFUSING, steps=(Step(REFUSED, "systemctl restart ssh"),)),
            confirmed(GOOD, steps=(Step(GOOD_STANDS, "systemctl restart ssh"),)),
        ),
    ),
    Situation("another program holds the lock", (rolled_back(REFUSING, steps=(Step(REFUSED, HOLDER),)),), spread=True),
    Situation(
        "a rival writes while a good change waits",
        (
            confirmed(
                {"allow": ["in.more: 192.0.2.7"]},
                steps=(Step("grep -q in.more /etc/hosts.allow", BAN),),
                after="grep -q 203.0.113.9 /etc/hosts.deny\n",
            ),
        ),
    ),
    Situation(
        "a rival writes while a change waits that is undone", (rolled_back(REFUSING, steps=(Step(REFUSED, BAN),)),)
    ),
]
