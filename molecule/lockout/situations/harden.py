# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The role harden, killed after each of its tasks, run again, and undone."""

from .kinds import LISTENS, PENDING, RESTART_XINETD, Act, Situation, Step

# an ssh server of its own and a service that nobody needs, both started by xinetd
SETUP = (
    """cat > /etc/xinetd.d/other-ssh <<'END'
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
mkdir /opt/first
cp -a /etc/xinetd.d /opt/first/
"""
    + RESTART_XINETD
    + LISTENS
)
VARIABLES = {
    "harden_allow": [{"daemons": ["sshd"], "clients": ["10.99.7.0/24"]}],
    "harden_packages": [],
    "harden_xinetd_services": ["other-ssh"],  # by name: this sshd asks libwrap by itself, and is left alone otherwise
    "harden_backup": False,
}
MOST = 9  # tasks that are done from the login to the last service; a role that has ended by itself is a mistake of this table


def role(state, timeout=240):  # a busy machine may confirm late
    return (
        {
            "name": "the role",
            "ansible.builtin.include_role": {"name": "portcullis.tcp_wrappers.harden"},
            "vars": dict(VARIABLES, harden_state=state, harden_rollback_timeout=timeout),
        },
    )


WRAPPED = "grep -q 'server.*= */usr/sbin/tcpd' /etc/xinetd.d/other-ssh; grep -q 'sshd: 10.99.7.0/' /etc/hosts.allow\n"
# what harden_state: absent must give back, byte for byte
FIRST = """diff -r /opt/first/xinetd.d /etc/xinetd.d
[ "$(cat /etc/hosts.allow)" = "$(printf '# the office\\nsshd: 10.99.7.0/255.255.255.0')" ]
[ "$(cat /etc/hosts.deny)" = 'ALL: ALL' ]
"""

AGAIN = Act("done", {}, tasks=role("present"), after=WRAPPED, tables="any", keep=True, clean=False)
UNDONE = Act("done", {}, tasks=role("absent"), after=FIRST, tables="any", keep=True)


def killed(steps=(), **environment):
    """The role's first run, which is killed after so many tasks, or when a step says so."""
    tasks = role("present", 60 if steps else 240)  # a busy machine must confirm the step before in that time
    return Act("killed", {}, tasks=tasks, steps=steps, environment=environment, tables="any", clean=False)


def situation(name, *acts, **more):
    return Situation(name, acts, setup=SETUP, way={"ansible_port": 2222}, **more)


SITUATIONS = []
for number in range(1, MOST + 1):
    FIRST_RUN = killed(SITUATION_KILL_AFTER=str(number))
    SITUATIONS += [
        situation(
            "harden is killed after %d tasks, run again and undone" % number,
            FIRST_RUN,
            AGAIN,
            UNDONE,
            spread=number == 6,
        ),
        situation("harden is killed after %d tasks and undone at once" % number, FIRST_RUN, UNDONE, spread=number == 9),
    ]
for what, condition in (
    ("rules", PENDING),
    ("services", "%s && grep -q /usr/sbin/tcpd /etc/xinetd.d/other-ssh" % PENDING),
):
    FIRST_RUN = killed((Step(condition, "kill"),))
    SITUATIONS += [
        situation("harden is killed while its %s wait, run again and undone" % what, FIRST_RUN, AGAIN, UNDONE),
        situation("harden is killed while its %s wait, and undone" % what, FIRST_RUN, UNDONE),
    ]
