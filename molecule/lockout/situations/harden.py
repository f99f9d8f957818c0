# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role harden, killed after each of its tasks, run again, and undone."""

from .kinds import Act, Situation

# an ssh server of its own and a service that nobody needs, both started by xinetd
SETUP = """cat > /etc/xinetd.d/other-ssh <<'END'
service other-ssh
{
    type = UNLISTED
    port = 2222
    socket_type = stream
    protocol = tcp
    wait = no
    user = root
    server = /usr/sbin/sshd
    server_args = -i
}
END
systemctl restart xinetd
mkdir /opt/first
cp -a /etc/xinetd.d /opt/first/
"""
VARIABLES = {
    "harden_allow": [{"daemons": ["sshd"], "clients": ["10.99.7.0/24"]}],
    "harden_packages": [],
    "harden_backup": False,
    "harden_rollback_timeout": 20,
}
MOST = 30  # tasks after which the role is killed; a role that has fewer has ended by itself


def role(state):
    return (
        {
            "name": "the role",
            "ansible.builtin.include_role": {"name": "portcullis.tcp_wrappers.harden"},
            "vars": dict(VARIABLES, harden_state=state),
        },
    )


WRAPPED = "grep -q 'server.*= */usr/sbin/tcpd' /etc/xinetd.d/other-ssh; grep -q 'sshd: 10.99.7.0/' /etc/hosts.allow\n"
# what harden_state: absent must give back, byte for byte
FIRST = """diff -r /opt/first/xinetd.d /etc/xinetd.d
[ "$(cat /etc/hosts.allow)" = "$(printf '# the office\\nsshd: 10.99.7.0/255.255.255.0')" ]
[ "$(cat /etc/hosts.deny)" = 'ALL: ALL' ]
"""

SITUATIONS = [
    Situation(
        "harden is killed after %d tasks, run again and undone" % number,
        (
            Act(
                "killed",
                {},
                tasks=role("present"),
                environment={"SITUATION_KILL_AFTER": str(number)},
                tables="any",
                clean=False,
            ),
            Act("done", {}, tasks=role("present"), after=WRAPPED, tables="any", keep=True, clean=False),
            Act("done", {}, tasks=role("absent"), after=FIRST, tables="any", keep=True),
        ),
        setup=SETUP,
        way={"ansible_port": 2222},
        spread=number in (6, 9),
    )
    for number in range(1, MOST + 1)
] + [
    Situation(
        "harden is killed after %d tasks and undone at once" % number,
        (
            Act(
                "killed",
                {},
                tasks=role("present"),
                environment={"SITUATION_KILL_AFTER": str(number)},
                tables="any",
                clean=False,
            ),
            Act("done", {}, tasks=role("absent"), after=FIRST, tables="any", keep=True),
        ),
        setup=SETUP,
        way={"ansible_port": 2222},
        spread=number in (7,),
    )
    for number in range(1, MOST + 1)
]
