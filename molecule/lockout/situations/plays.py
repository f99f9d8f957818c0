# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a playbook may be run: strategies, batches, loops, delegation."""

from .kinds import GOOD, REFUSING, Act, Situation

MODULE = "portcullis.tcp_wrappers.hosts_access"
CONFIRMED = "confirmed over a new connection"
GOOD_TASK = {"name": "the task", MODULE: GOOD}


def check(condition):
    return {"name": "what came of it", "ansible.builtin.assert": {"that": condition}}


LOOP = (
    {
        "name": "the task",
        MODULE: {"allow": ["{{ item }}"]},
        "loop": ["in.one: 192.0.2.1", "in.two: 192.0.2.2"],
        "register": "done",
    },
    check("done.results | map(attribute='lockout.confirmation') | unique == ['%s']" % CONFIRMED),
)
LOOPED = "grep -q '^in.one: ' /etc/hosts.allow; grep -q '^in.two: ' /etc/hosts.allow\n"
# the second host's task is done on the first one: both by the first one's connection
DELEGATED = (
    {
        "name": "the task",
        MODULE: {"allow": ["{{ inventory_hostname }}.d: 192.0.2.1"]},
        "delegate_to": "{{ ansible_play_hosts_all[0] }}",
        "register": "done",
    },
    check("done.lockout.connection.split()[2] == hostvars[ansible_play_hosts_all[0]].ansible_host"),
)
REFUSED_TASK = {"name": "the task", MODULE: dict(REFUSING, lockout_guard="disabled", rollback_timeout=6)}
RESCUED = (
    {
        "name": "a block",
        "block": [REFUSED_TASK],
        "rescue": [{"name": "rescued", "ansible.builtin.command": {"argv": ["true"]}}],
    },
)
RESTART = {"name": "restart the ssh server", "ansible.builtin.service": {"name": "ssh", "state": "restarted"}}
RESTARTED = (dict(GOOD_TASK, notify="restart the ssh server"), {"ansible.builtin.meta": "flush_handlers"})
RESET_FIRST = ({"name": "reset", "ansible.builtin.meta": "reset_connection"},)

SITUATIONS = [
    Situation(
        "strategy: free",
        (Act("confirmed", GOOD), Act("rolled back", REFUSED_TASK[MODULE])),
        hosts=3,
        play={"strategy": "free"},
        spread=True,
    ),
    Situation("serial", (Act("confirmed", GOOD),), hosts=2, play={"serial": 1}),
    Situation("throttle", (Act("confirmed", GOOD, tasks=(dict(GOOD_TASK, throttle=1),)),), hosts=2),
    Situation(
        "any_errors_fatal",
        (Act("rolled back", REFUSED_TASK[MODULE]), Act("confirmed", GOOD)),
        hosts=2,
        play={"any_errors_fatal": True},
    ),
    Situation("a loop", (Act("done", {}, tasks=LOOP, after=LOOPED, tables="any"),)),
    Situation("delegation", (Act("confirmed", {}, tasks=DELEGATED, tables="any"),), hosts=2),
    Situation("a rescue", (Act("rolled back", REFUSED_TASK[MODULE], tasks=RESCUED),)),
    Situation(
        "two hosts at once, of which one is asleep",
        (Act("confirmed", GOOD),),
        hosts=2,
        play={"strategy": "free"},
        environment={"ANSIBLE_FORKS": "1"},
    ),
    Situation(
        "a handler restarts the ssh server",
        (
            Act("rolled back", REFUSED_TASK[MODULE], tasks=(REFUSED_TASK, *RESTARTED[1:])),
            Act("confirmed", GOOD, tasks=RESTARTED),
            Act("refused", REFUSING, ("lockout_guard: nothing was written",)),
        ),
        play={"handlers": [RESTART]},
    ),
    Situation(
        "the connection is reset before the task, and after it",
        (
            Act("rolled back", REFUSED_TASK[MODULE], tasks=(*RESET_FIRST, REFUSED_TASK)),
            Act("confirmed", GOOD, tasks=(*RESET_FIRST, GOOD_TASK, *RESET_FIRST)),
        ),
    ),
]
