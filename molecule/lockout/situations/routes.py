# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the connection comes in: addresses, ports, servers, and programs between."""

from .kinds import (
    CONFIRMS,
    CONTROLLER,
    EVERY_WAY,
    GOOD,
    JUMP,
    LISTENS,
    NETWORK,
    OLD,
    OLD_SIX,
    REFUSING,
    REFUSES,
    RESTART_XINETD,
    RETURNS,
    Act,
    Situation,
    confirmed,
    refused,
    rolled_back,
)

SIX = "[fd00:99:7::1]"
GOOD_SIX = {"allow": ["sshd: %s" % SIX, "in.ftpd: 192.0.2.1"], "deny": ["in.ftpd: ALL", "ALL: ALL"], "exclusive": True}
GOOD_LINK = dict(GOOD_SIX, allow=["sshd: [fe80::]/10", "in.ftpd: 192.0.2.1"])
GOOD_JUMP = dict(GOOD, allow=["sshd: %s" % JUMP, "in.ftpd: 192.0.2.1"])
PORT = "printf 'Port 22\\nPort 2222\\n' > /etc/ssh/sshd_config.d/port.conf; systemctl restart ssh\n"
# NAMEINARGS must stand before the arguments, or xinetd's child crashes at every connection
XINETD = (
    """cat > /etc/xinetd.d/other-ssh <<'END'
service other-ssh
{
    type = UNLISTED
    port = 2222
    socket_type = stream
    protocol = tcp
    wait = no
    user = root
    server = %s
    flags = %s
    server_args = %s
}
END
"""
    + RESTART_XINETD
    + LISTENS
)
DROPBEAR_KEYS = """mkdir -p /root/.ssh /etc/dropbear; cp /etc/ssh/authorized_keys /root/.ssh/authorized_keys; chmod 600 /root/.ssh/authorized_keys
"""
DROPBEAR = DROPBEAR_KEYS + "dropbear -R -p 2222\n" + LISTENS
ACCEPT = """systemctl stop ssh.service
mkdir -p /etc/systemd/system/ssh.socket.d
printf '[Socket]\\nAccept=yes\\n' > /etc/systemd/system/ssh.socket.d/accept.conf
cat > /etc/systemd/system/ssh@.service <<'END'
[Unit]
Description=One connection of ssh
[Service]
ExecStart=-/usr/sbin/sshd -i
StandardInput=socket
RuntimeDirectory=sshd
RuntimeDirectoryPreserve=yes
END
systemctl daemon-reload; systemctl disable ssh.service; systemctl start ssh.socket
"""
CONFIG = """Host *
  ControlMaster auto
  ControlPersist 600
  ControlPath {folder}/own-%h
"""
# A host that is its own jump host: its ssh server sees the host's own address, whoever comes.
OWN_JUMP = """Host jump
  HostName {address}
  User root
  IdentityFile {key}
  ControlMaster auto
  ControlPersist 600
  ControlPath {folder}/own-%h
Host *
  StrictHostKeyChecking no
  UserKnownHostsFile /dev/null
  LogLevel ERROR
"""
OWN_ONLY = dict(GOOD, allow=["sshd: %s EXCEPT %s" % (NETWORK, CONTROLLER)])
OWN_GOOD = dict(GOOD, allow=["sshd: %s" % NETWORK, "in.ftpd: 192.0.2.1"])
OWN_ACTS = (refused(OWN_ONLY, CONTROLLER), refused(REFUSING, CONTROLLER), confirmed(OWN_GOOD))
# As Ansible on the host itself does it by default: ssh goes on in the background there, where nothing shows who started it.
OWN_KEY = """ssh-keygen -q -N '' -f /root/own
cat /etc/ssh/authorized_keys /root/own.pub > /etc/ssh/own_keys
echo 'AuthorizedKeysFile /etc/ssh/own_keys' > /etc/ssh/sshd_config.d/00-own.conf
systemctl reload ssh
cat > /usr/local/bin/hop <<'END'
#!/bin/sh
own="ssh -i /root/own -o ControlMaster=auto -o ControlPersist=600 -o ControlPath=/run/own-ssh -o StrictHostKeyChecking=no -o LogLevel=ERROR"
# the first one ends, and what it leaves in the background holds the connection of the second
$own root@$1 true < /dev/null > /dev/null 2>&1
exec $own -W $1:22 root@$1
END
chmod 755 /usr/local/bin/hop
"""
BY_PERSIST = "-F {folder}/config -o ProxyCommand='ssh -F {folder}/config -o ControlPath=none jump hop {address}'"
# xinetd asks libwrap, and passes on to a server that does not ask
RELAY = (
    DROPBEAR_KEYS
    + """dropbear -R -p 127.0.0.1:2200
cat > /etc/xinetd.d/relay <<'END'
service relay
{
    type = UNLISTED
    port = 2222
    socket_type = stream
    protocol = tcp
    wait = no
    user = root
    redirect = 127.0.0.1 2200
}
END
"""
    + RESTART_XINETD
    + LISTENS
)
# The first ssh of the controller comes from the address that it has, all later ones from another, as behind a provider's address translation.
MOVES = """Match exec "! mkdir {folder}/came 2>/dev/null"
  BindAddress %s
"""
MOVED = "10.99.7.2"
RELAY_GOOD = dict(GOOD, allow=["ALL: %s" % CONTROLLER, "in.ftpd: 192.0.2.1"])
# tcpd asks for the name of the program that it starts
WRAP = {"services": ["other-ssh"], "rollback_timeout": 240}
BY_ENV = DROPBEAR_KEYS + XINETD % (
    "/usr/bin/env",
    "NOLIBWRAP",
    "/usr/sbin/dropbear -i -R",
)
LETS_ENV_IN = "printf 'env: %s\\n' >> /etc/hosts.allow" % CONTROLLER
# what `chkconfig other-ssh off` does, and a service that nobody comes in by
TURNED_OFF = """n=0; until grep -qi ':08AE ' /proc/net/tcp /proc/net/tcp6; do n=$((n+1)); [ $n -lt 300 ] || exit 1; sleep 0.1; done
sed 's/other-ssh/another/; s/2222/2223/; s/sshd/in.more/' /etc/xinetd.d/other-ssh > /etc/xinetd.d/another
sed -i 's/{/{\\n    disable = yes/' /etc/xinetd.d/other-ssh
"""
NO_ACCESS = "sed -i 's/disable = yes/no_access = %s/' /etc/xinetd.d/other-ssh" % CONTROLLER
UNREAD = ("Nothing was changed: xinetd listens on port 2222", "no rollback opens it again")
ENFORCE = "portcullis.tcp_wrappers.hosts_access_enforce"
SSHD_FILTER = {"services": [{"daemon": "sshd", "ports": [22], "target": "sshd"}], "rollback_timeout": 8}
XINETD_TCPD = "portcullis.tcp_wrappers.xinetd_tcpd"
LETS_ROOT_IN = "/etc/ssh/sshd_config.d/aa.conf"
REMOVED = "/etc/ssh/sshd_config.d/ (a file was added or removed) was changed, and sshd has not read it since"
SAFE_FILTER = dict(SSHD_FILTER, rollback_timeout=240)
# mounts that process 1 does not see
OTHERS = "process 1 sees another file at %s"
OWN_XINETD = (
    """systemctl stop xinetd; while pidof xinetd; do sleep 0.1; done
unshare --mount sh -c 'cp -a /etc/xinetd.d /srv/; mount --bind /srv/xinetd.d /etc/xinetd.d; exec xinetd -pidfile /run/own.pid'
"""
    + LISTENS
)
OWN_SETTINGS = """unshare --mount sh -c 'cd /etc/ssh; cp -a sshd_config.d /srv/; mount --bind /srv/sshd_config.d sshd_config.d
exec /usr/sbin/sshd -o PidFile=/run/own.pid -p 922'
sleep 2; systemctl reload ssh
"""
# a server with a configuration and a key of its own, which is gone when it runs
SECOND_SSHD = """cp /etc/ssh/ssh_host_ed25519_key /etc/ssh/second_key
{ printf 'Port 2222\nPidFile /run/second.pid\nHostKey /etc/ssh/second_key\n'; cat /etc/ssh/sshd_config.d/*.conf; } > /etc/ssh/second.conf
/usr/sbin/sshd -f /etc/ssh/second.conf
rm /etc/ssh/second_key
"""
# what the service needed when it was started is gone
STARTED_BY_HAND = """mkdir -p /etc/systemd/system/ssh.service.d
printf '[Service]\nNice=1\nExecStartPre=/usr/bin/test -e /run/needed\n' > /etc/systemd/system/ssh.service.d/x.conf
sleep 1; touch /run/needed; systemctl daemon-reload; systemctl restart ssh.service; rm /run/needed"""
SECOND_LIVES = "grep -qi ':08AE ' /proc/net/tcp"
STILL_REFUSING = dict(REFUSING, allow=["sshd: 192.0.2.1", "in.ftpd: 192.0.2.2"])
JUMPING = (
    "-o ProxyCommand='ssh -i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -W %h:%p root@"
    + JUMP
    + "'"
)
COMMON = " -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o IdentitiesOnly=yes -o PasswordAuthentication=no"
BY_PIPE = "-o ProxyCommand='podman exec -i portcullis-lockout-s{number} /usr/sbin/sshd -i'"
TRANSLATE = (
    "exec ssh -N -i {key} -o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -L {folder}/unused:localhost:1 "
    "-L 127.0.0.1:%d:{address}:22 root@" + JUMP
)
TRANSLATED = 22022
PARAMIKO = {
    "ansible_connection": "paramiko",
    "ansible_ssh_common_args": "",
    "ansible_paramiko_host_key_checking": False,
}
SIX_ACTS = (REFUSES, RETURNS, confirmed(GOOD_SIX))

SITUATIONS = [
    Situation(
        "IPv6 only",
        SIX_ACTS,
        old=OLD_SIX,
        way={"ansible_host": "fd00:99:7::{number}"},
        client="fd00:99:7::1",
        prepared=False,
        setup="echo 'AddressFamily inet6' > /etc/ssh/sshd_config.d/six.conf; systemctl restart ssh",
    ),
    Situation(
        "link-local with a scope",
        (REFUSES, RETURNS, confirmed(GOOD_LINK)),
        old=OLD_SIX,
        way={"ansible_host": "{link_local}"},
        client="fe80::1",
        prepared=False,
        spread=True,
    ),
    Situation(
        "an ssh server behind a pipe",
        (
            refused(REFUSING, "not known from which address"),
            refused(dict(REFUSING, operators=[CONTROLLER]), CONTROLLER),
            confirmed(dict(GOOD, operators=[CONTROLLER])),
        ),
        user="admin",
        becomes="root",
        play={"become": True},
        way={"ansible_ssh_common_args": BY_PIPE + COMMON},
    ),
    Situation("another port", EVERY_WAY, setup=PORT, way={"ansible_port": 2222}),
    Situation(
        "ssh.socket, Accept=no",
        EVERY_WAY,
        setup="systemctl disable --now ssh.service; systemctl start ssh.socket",
        image="trixie-xinetd",
    ),
    Situation("ssh.socket, Accept=yes", EVERY_WAY, setup=ACCEPT, spread=True),
    Situation(
        "ssh.socket, Accept=yes, KillUserProcesses",
        EVERY_WAY,
        setup=ACCEPT + "mkdir -p /etc/systemd/logind.conf.d; "
        "printf '[Login]\\nKillUserProcesses=yes\\n' > /etc/systemd/logind.conf.d/kill.conf; systemctl restart systemd-logind\n",
    ),
    Situation(
        "sshd behind xinetd",
        EVERY_WAY,
        setup=XINETD % ("/usr/sbin/sshd", "NOLIBWRAP", "-i"),
        way={"ansible_port": 2222},
    ),
    Situation(
        "sshd behind xinetd and tcpd",
        EVERY_WAY,
        setup=XINETD % ("/usr/sbin/tcpd", "NAMEINARGS NOLIBWRAP", "/usr/sbin/sshd -i"),
        way={"ansible_port": 2222},
        spread=True,
    ),
    # dropbear links no libwrap, sshd on port 22 does: whoever comes by dropbear cannot be locked out, whoever comes by sshd can
    Situation("two servers, coming by the one that asks", EVERY_WAY, image="bookworm-shells", setup=DROPBEAR),
    # the judge asks for an address that the tables let in throughout: sshd refuses the controller, who still comes in to do the second act
    Situation(
        "two servers, coming by the one that does not ask",
        (confirmed(REFUSING), confirmed(STILL_REFUSING, keep=True)),
        image="bookworm-shells",
        setup=DROPBEAR,
        way={"ansible_port": 2222},
        old={"allow": "sshd: ALL\n", "deny": "ALL: ALL\n"},
        client="192.0.2.1",
        prepared=False,
    ),
    Situation(
        "through a jump host",
        (refused(GOOD, JUMP), refused(REFUSING, JUMP), confirmed(GOOD_JUMP)),
        client=JUMP,
        prepared=False,
        way={"ansible_ssh_common_args": JUMPING + COMMON},
        spread=True,
    ),
    Situation(
        "a translated address",
        (refused(GOOD, JUMP), refused(REFUSING, JUMP), confirmed(GOOD_JUMP)),
        client=JUMP,
        prepared=False,
        way={"ansible_host": "127.0.0.1", "ansible_port": TRANSLATED},
        before=TRANSLATE % TRANSLATED,
    ),
    Situation(
        "the host is its own jump host, by a master connection of the user's own",
        OWN_ACTS,
        files={"config": OWN_JUMP},
        way={"ansible_ssh_common_args": "-F {folder}/config -J jump" + COMMON},
        spread=True,
    ),
    Situation(
        "a program on the host itself passes the connection on",
        OWN_ACTS,
        files={"config": OWN_JUMP},
        way={
            "ansible_ssh_common_args": "-F {folder}/config -o ProxyCommand='ssh -F {folder}/config jump nc %h %p'"
            + COMMON
        },
    ),
    Situation(
        "ssh on the host itself goes on in the background, and passes the connection on",
        OWN_ACTS,
        setup=OWN_KEY,
        files={"config": OWN_JUMP},
        way={"ansible_ssh_common_args": BY_PERSIST + COMMON},
    ),
    Situation(
        "a relay that asks, before a server that does not",
        (rolled_back(dict(REFUSING, lockout_guard="strict")), confirmed(RELAY_GOOD)),
        image="bookworm-shells",
        setup=RELAY,
        old=dict(OLD, allow="# the office\nALL: %s\n" % NETWORK),
        way={"ansible_port": 2222},
        spread=True,
    ),
    Situation(
        "an ssh server that another program starts is put behind tcpd",
        (
            Act("refused", WRAP, ("Nothing was changed", CONTROLLER), module=XINETD_TCPD),
            Act("confirmed", WRAP, module=XINETD_TCPD, host=LETS_ENV_IN, tables="any"),
        ),
        image="bookworm-shells",
        setup=BY_ENV,
        way={"ansible_port": 2222},
    ),
    Situation(
        "xinetd has not read that its ssh server is off",
        (
            Act("refused", WRAP, UNREAD, module=XINETD_TCPD),
            Act("refused", {"services": ["another"], "reload": True}, UNREAD, module=XINETD_TCPD),
            Act(
                "refused",
                WRAP,
                ("nothing was written", "has not been started or told"),
                module=XINETD_TCPD,
                host=NO_ACCESS,
            ),
        ),
        setup=XINETD % ("/usr/sbin/sshd", "NOLIBWRAP", "-i") + TURNED_OFF,
        way={"ansible_port": 2222},
        spread=True,
    ),
    Situation(
        "xinetd has services of its own",
        (Act("refused", WRAP, ("nothing was written", OTHERS % "/etc/xinetd.d/other-ssh"), module=XINETD_TCPD),),
        setup=XINETD % ("/usr/sbin/sshd", "NOLIBWRAP", "-i") + OWN_XINETD,
        way={"ansible_port": 2222},
    ),
    Situation(
        "the ssh server has settings of its own",
        (Act("refused", SAFE_FILTER, ("nothing was written", OTHERS % "/etc/ssh/sshd_config.d/"), module=ENFORCE),),
        setup=OWN_SETTINGS,
        way={"ansible_port": 922},  # of root's alone
    ),
    Situation(
        "sshd has not read whom its files let in",
        (Act("refused", SSHD_FILTER, ("nothing was written", "zz.conf was changed"), module=ENFORCE),),
        setup="sleep 1; echo 'AllowUsers nobody' > /etc/ssh/sshd_config.d/zz.conf\n",
        spread=True,
    ),
    Situation(
        "sshd has not read that a file of its configuration is gone",
        (
            # the collection's own names come and go in that folder, too, after sshd's reading
            Act("confirmed", SAFE_FILTER, module=ENFORCE, tables="old"),
            Act("confirmed", dict(SAFE_FILTER, state="absent"), module=ENFORCE, tables="old"),
            Act(
                "refused",
                SSHD_FILTER,
                ("nothing was written", REMOVED),
                module=ENFORCE,
                host="sleep 1; rm " + LETS_ROOT_IN,
            ),
        ),
        setup="echo 'PermitRootLogin no' >> /etc/ssh/sshd_config; echo 'PermitRootLogin yes' > %s; systemctl reload ssh\n"
        % LETS_ROOT_IN,
        spread=True,
    ),
    Situation(
        "the service of sshd would not start as it did, and its socket is systemd's",
        (
            Act("confirmed", SAFE_FILTER, module=ENFORCE, tables="old"),
            Act(
                "refused",
                dict(SAFE_FILTER, state="absent"),
                ("nothing was written", "/etc/systemd/system/ssh.service.d/x.conf sets ExecStartPre"),
                module=ENFORCE,
                host=STARTED_BY_HAND,
            ),
            Act(
                "refused",
                dict(SAFE_FILTER, state="absent"),
                ("written, for /etc/default/ssh was changed, and the service of sshd has not been started since",),
                module=ENFORCE,
                host="sleep 1; echo 'SSHD_OPTS=\"-o LogLevel=VERBOS\"' > /etc/default/ssh",
            ),
        ),
        image="trixie-xinetd",
        setup="systemctl disable --now ssh.service; systemctl enable --now ssh.socket\n",
        spread=True,
    ),
    Situation(
        "through a second sshd that would not start again",
        (
            Act("confirmed", SAFE_FILTER, module=ENFORCE, tables="old", after=SECOND_LIVES),
            Act(
                "refused",
                dict(SAFE_FILTER, state="absent"),
                ("nothing was written", "would end if it were told to read its files again", "second_key"),
                module=ENFORCE,
                host="echo 'Include /etc/ssh/sshd_config.d/*.conf' >> /etc/ssh/second.conf",
                after=SECOND_LIVES,
            ),
        ),
        image="trixie-xinetd",
        setup=SECOND_SSHD,
        way={"ansible_port": 2222},
    ),
    Situation(
        "a master connection of the user's own",
        EVERY_WAY,
        files={"config": CONFIG},
        environment={"ANSIBLE_SSH_ARGS": "-F {folder}/config"},
    ),
    Situation(
        "the controller's address changes while a change waits",
        (rolled_back(dict(GOOD, lockout_guard="strict")), refused(GOOD, MOVED)),
        files={"config": MOVES % MOVED},
        environment={"ANSIBLE_SSH_ARGS": "-F {folder}/config -o ControlMaster=auto -o ControlPersist=60"},
        client=MOVED,
        before="ip address replace %s/24 dev {link}; exec sleep infinity" % MOVED,
    ),
    Situation(
        "no master connection", EVERY_WAY, environment={"ANSIBLE_SSH_ARGS": "-o ControlMaster=no -o ControlPath=none"}
    ),
    Situation(
        "paramiko",
        EVERY_WAY,
        core="paramiko",
        way=PARAMIKO,
        environment={"ANSIBLE_HOST_KEY_CHECKING": "False"},
        spread=True,
    ),
    Situation(
        "paramiko, sudo, no pipelining",
        EVERY_WAY,
        core="paramiko",
        way=PARAMIKO,
        user="admin",
        becomes="root",
        play={"become": True},
        environment={"ANSIBLE_PIPELINING": "False"},
    ),
    Situation("ansible-core 2.16", EVERY_WAY, core="2.16", user="admin", becomes="root", play={"become": True}),
    Situation(
        "an address of its own is added to operators",
        (
            Act("refused", dict(REFUSING, operators=["192.0.2.1"]), ("lockout_guard: nothing was written", CONTROLLER)),
            CONFIRMS,
        ),
    ),
]
