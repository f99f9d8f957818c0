# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What happens to the controller, or is done by another one, while a change waits."""

from .kinds import (
    CONFIRMS,
    GOOD,
    GOOD_STANDS,
    OLD_SIX,
    REFUSED,
    REFUSING,
    RETURNS,
    UNDONE,
    Act,
    Situation,
    Step,
    confirmed,
    rolled_back,
)

OFF = dict(REFUSING, lockout_guard="disabled", rollback_timeout=6)
NEVER = dict(OFF, rollback_timeout=3600)
SIX = "[fd00:99:7::1]"
MORE = {"allow": ["in.more: 192.0.2.7"]}
SLOW = "cat > /root/.bashrc <<'END'\nsleep 4\nEND\n"
KNOCKED = "journalctl -o cat | grep -q 'refused connect from'"  # the module has answered, and the controller comes back

SITUATIONS = [
    Situation(
        "the login takes longer than rollback_timeout",
        (rolled_back(dict(GOOD, lockout_guard="strict"), 2),),
        setup=SLOW,
        spread=True,
    ),
    Situation("the controller is killed", (Act("silent", OFF, steps=(Step(REFUSED, "kill"),)), CONFIRMS)),
    Situation(
        "the controller is suspended",
        (rolled_back(REFUSING, steps=(Step(REFUSED, "stop"), Step(UNDONE, "go"))), CONFIRMS),
        spread=True,
    ),
    Situation(
        "the controller is suspended with a good policy",
        (rolled_back(dict(GOOD, lockout_guard="strict"), steps=(Step(GOOD_STANDS, "stop"), Step(UNDONE, "go"))),),
        setup=SLOW,  # so that it cannot be confirmed before the controller is stopped
    ),
    Situation(
        "the host goes down while a change waits",
        (Act("silent", NEVER, steps=(Step(REFUSED, "kill"), Step("true", "reboot")), out=120), CONFIRMS),
    ),
    Situation(
        "the host goes down, and the controller lives",
        (Act("lost", dict(OFF, rollback_timeout=120), steps=(Step(REFUSED, "reboot"),)), CONFIRMS),
    ),
    Situation(
        "the host's network goes down while a change waits",
        (
            Act(
                "failed",
                dict(OFF, rollback_timeout=10),
                ("could not be reached again", "It puts its old files back by itself"),
                steps=(Step(KNOCKED, "ip link set eth0 down"),),
            ),
        ),
        environment={"ANSIBLE_PIPELINING": "False", "ANSIBLE_TIMEOUT": "10"},
        prepared=False,
        spread=True,
    ),
    Situation(
        "two controllers of which one dies",
        (
            # the first lets in IPv6 only, so that the second one comes in, and must wait until the change of the dead one is undone
            Act(
                "confirmed",
                dict(OFF, allow=["sshd: %s" % SIX]),
                steps=(Step("grep -qxF 'sshd: %s' /etc/hosts.allow" % SIX, "kill"),),
                second={"allow": ["sshd: %s 10.99.7.1" % SIX], "deny": ["ALL: ALL"], "exclusive": True},
                second_way={"ansible_host": "fd00:99:7::{number}"},
            ),
            RETURNS,
        ),
        old=OLD_SIX,
        spread=True,
    ),
    Situation(
        "a change of another run is added afterwards",
        (CONFIRMS, confirmed(MORE, keep=True, after="grep -qx 'in.more: 192.0.2.7' /etc/hosts.allow\n")),
    ),
]
