# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What brings the table of nftables back: at boot, and after other programs have emptied the kernel's rules."""

#: The file that `nft -f` loads.
RULES = "/etc/portcullis.nft"
UNIT = "portcullis-enforce.service"
UNIT_FILE = "/etc/systemd/system/" + UNIT
#: nftables.service empties all tables when it starts, reloads and stops; firewalld leaves them, but may start anew on
#: old releases.
_OTHERS = ("nftables.service", "firewalld.service")
DROPINS = tuple("/etc/systemd/system/%s.d/portcullis.conf" % name for name in _OTHERS)

_HEAD = "# Managed by Ansible (portcullis.tcp_wrappers.hosts_access_enforce).\n"


def unit_text(program: str) -> str:
    """The unit that loads the table before the network is up; `program` is the path of nft."""
    return (
        _HEAD
        + """\
[Unit]
Description=Refuse whom the TCP Wrappers' policy refuses (portcullis)
Documentation=https://github.com/portcullis/tcp_wrappers
DefaultDependencies=no
Wants=network-pre.target
After=nftables.service
Before=network-pre.target shutdown.target
Conflicts=shutdown.target
ConditionPathExists=%(rules)s

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=%(nft)s -f %(rules)s
ExecReload=%(nft)s -f %(rules)s

[Install]
WantedBy=sysinit.target
"""
        % {"nft": program, "rules": RULES}
    )


def dropin_text(program: str) -> str:
    """What the units of other filters do after each of their steps. A failure is not theirs, so none of them fails by
    it.
    """
    load = "-%s -f %s" % (program, RULES)
    return _HEAD + "[Service]\nExecStartPost=%s\nExecReload=%s\nExecStopPost=%s\n" % (load, load, load)
