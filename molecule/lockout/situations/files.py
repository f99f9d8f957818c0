# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the file system does to the tables, before and while a change waits."""

from .kinds import (
    CONFIRMS,
    EVERY_WAY,
    GOOD,
    GOOD_STANDS,
    REFUSED,
    REFUSING,
    RETURNS,
    Act,
    Situation,
    Step,
    confirmed,
    rolled_back,
)

# Each is mended 8 seconds after it began, 2 seconds after the watchdog wants to undo the change.
IMMUTABLE = "chattr +i /etc/hosts.allow /etc/hosts.deny; sleep 8; chattr -i /etc/hosts.allow /etc/hosts.deny"
FULL = "dd if=/dev/zero of=/etc/filler bs=1k 2>/dev/null; sleep 1; rm -f /etc/filler"
TMPFS = """mkdir /opt/etc; cp -a /etc/. /opt/etc/; mount -t tmpfs -o size=%s tmpfs /opt/etc; cp -a /etc/. /opt/etc/
mount --bind /opt/etc /etc
"""
LINKED = "mv /etc/hosts.allow /srv/hosts.allow; mv /etc/hosts.deny /srv/hosts.deny; ln -s /srv/hosts.allow /srv/hosts.deny /etc/\n"
MOUNTED = "cp -a /etc/hosts.allow /etc/hosts.deny /srv/; for name in hosts.allow hosts.deny; do mount --bind /srv/$name /etc/$name; done\n"
# a file system of their own without room for the old rules, which were longer than the new ones; it has some again after the deadline
MANY = {"allow": "".join("sshd: 10.99.7.%d\n" % number for number in range(1, 255)) * 3, "deny": "ALL: ALL\n"}
SMALL = """mkdir /opt/t; mount -t tmpfs -o size=64k,mode=755 tmpfs /opt/t; cp -a /etc/hosts.allow /etc/hosts.deny /opt/t
for name in hosts.allow hosts.deny; do mount --bind /opt/t/$name /etc/$name; done
"""
NO_ROOM = "dd if=/dev/zero of=/opt/t/filler bs=1k 2>/dev/null; sleep 8; rm -f /opt/t/filler"
# the file below each mount has the same text: where it is seen for a while, it is no third policy
SAME_BELOW = "unshare --mount sh -ec 'for name in hosts.allow hosts.deny; do umount /etc/$name; cp -a /srv/$name /etc/$name; done'"
# as by sed -i.bak on the host of a container: the kernel then tells another name of the same mount
RENAMED = "mv /srv/hosts.allow /srv/hosts.allow.bak; cp -a /srv/hosts.allow.bak /srv/hosts.allow"
# over the deadline
AWAY = "umount --lazy /etc/hosts.allow /etc/hosts.deny; sleep 10; for name in hosts.allow hosts.deny; do mount --bind /srv/$name /etc/$name; done"
# as the shares of a network are: a boot mounts them when the ssh server may have started already
LATE = """cp -a /etc/hosts.allow /etc/hosts.deny /srv/
cat > /etc/systemd/system/slow-net.service <<'END'
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/bin/sleep 5
END
for name in hosts.allow hosts.deny; do
cat > /etc/systemd/system/etc-$name.mount <<END
[Unit]
Requires=slow-net.service
After=slow-net.service
[Mount]
What=/srv/$name
Where=/etc/$name
Options=bind,_netdev
[Install]
WantedBy=remote-fs.target
END
done
systemctl daemon-reload
systemctl enable --now etc-hosts.allow.mount etc-hosts.deny.mount
"""
# mounted when the tables are there: a rename elsewhere takes a mount away
OWN_MOUNTS = "unshare --mount /usr/sbin/sshd -o PidFile=/run/own.pid -p 2222\n"
OWN_TABLES = "nsenter --mount --target $(cat /run/own.pid) sh -c '%s'" % MOUNTED.replace("\n", "")
STILL_LINKED = "[ -L /etc/hosts.allow ]; [ -L /etc/hosts.deny ]\n"
STILL_MOUNTED = "[ $(grep -c ' /etc/hosts[.][ad]' /proc/self/mounts) = 2 ]\n"
OVER = (
    "cp -a /etc/hosts.allow /srv/over; mount --bind /srv/over /etc/hosts.allow; sleep 8; umount --lazy /etc/hosts.allow"
)
# at once: between two commands there would be no table, which is torn
LINK = "cp -a /etc/hosts.allow /srv/; ln -s /srv/hosts.allow /etc/link; mv -T /etc/link /etc/hosts.allow"
SWEEP = "find /etc -maxdepth 1 -name '.*portcullis*' -type f -delete"  # what stands beside the tables
# all of it, as git clean would; a watchdog may write into the folder meanwhile, and then the folder itself stays
CLEAN = "find /etc -name '*portcullis*' -not -path '/etc/ssh/*' -delete || true"

SITUATIONS = [
    Situation("/etc is on tmpfs", EVERY_WAY, setup=TMPFS % "64m"),
    Situation(
        "/etc is full",
        (Act("failed", GOOD, ("space",), host="dd if=/dev/zero of=/etc/filler bs=1k 2>/dev/null || true"),),
        setup=TMPFS % "16m",
    ),
    Situation(
        "/etc becomes full",
        (rolled_back(REFUSING, steps=(Step(REFUSED, FULL),)), CONFIRMS),
        setup=TMPFS % "16m",
        spread=True,
    ),
    Situation(
        "/tmp is noexec",
        (RETURNS, CONFIRMS),
        setup="mount -t tmpfs -o noexec,mode=1777 tmpfs /tmp",
        user="admin",
        play={"become": True},
        environment={"ANSIBLE_PIPELINING": "False", "ANSIBLE_REMOTE_TEMP": "/tmp"},
    ),
    Situation(
        "tables are immutable",
        (Act("failed", GOOD, ("/etc/hosts.",), host="chattr +i /etc/hosts.allow /etc/hosts.deny"),),
    ),
    Situation(
        "tables become immutable", (rolled_back(REFUSING, steps=(Step(REFUSED, IMMUTABLE),)), CONFIRMS), spread=True
    ),
    Situation(
        "tables are links", (RETURNS._replace(after=STILL_LINKED), CONFIRMS._replace(after=STILL_LINKED)), setup=LINKED
    ),
    Situation(
        "a table becomes a link",
        (rolled_back(REFUSING, steps=(Step(REFUSED, LINK),)),),
    ),
    Situation(
        "tables are mounts",
        (RETURNS._replace(after=STILL_MOUNTED), CONFIRMS._replace(after=STILL_MOUNTED)),
        setup=MOUNTED,
    ),
    Situation(
        "tables are not mounted when a change is undone",
        (rolled_back(REFUSING, host=SAME_BELOW, steps=(Step(REFUSED, AWAY),)), CONFIRMS._replace(after=STILL_MOUNTED)),
        setup=MOUNTED,
    ),
    Situation(
        "what is mounted over the tables is renamed where it comes from",
        (rolled_back(REFUSING, steps=(Step(REFUSED, RENAMED),)),),
        setup=MOUNTED,
    ),
    Situation(
        "a boot mounts the tables late",
        (
            Act(
                "lost",
                dict(REFUSING, lockout_guard="disabled", rollback_timeout=120),
                host=SAME_BELOW,
                steps=(Step(REFUSED, "reboot"),),
            ),
        ),
        setup=LATE,
        run=("--cap-add=SYS_ADMIN", "--security-opt=apparmor=unconfined"),
    ),
    Situation(
        "tables are mounts of a file system that becomes full",
        (rolled_back(REFUSING, steps=(Step(REFUSED, NO_ROOM),)),),
        setup=SMALL,
        old=MANY,
    ),
    Situation(
        "the ssh server has tables of its own",
        (
            Act(
                "refused",
                GOOD,
                ("nothing was written", "process 1 sees another file at /etc/hosts.allow"),
                host=OWN_TABLES,
            ),
            rolled_back(dict(REFUSING, lockout_guard="disabled"))._replace(tables="any"),
        ),
        setup=OWN_MOUNTS,
        way={"ansible_port": 2222},
    ),
    Situation("a table is mounted over", (rolled_back(REFUSING, steps=(Step(REFUSED, OVER),)),)),
    Situation(
        "temporary names are swept",
        (rolled_back(REFUSING, steps=(Step(REFUSED, SWEEP),)), confirmed(GOOD, steps=(Step(GOOD_STANDS, SWEEP),))),
        spread=True,
    ),
    Situation("everything of ours is swept", (rolled_back(REFUSING, steps=(Step(REFUSED, CLEAN),)),)),
]
