# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules by name, with name servers that change their mind or never answer."""

from .kinds import CONTROLLER, GOOD, Situation, confirmed, refused, rolled_back

NAMED = {"allow": ["sshd: .example.com"], "deny": ["ALL: ALL"], "exclusive": True}
MIXED = {"allow": ["sshd: %s EXCEPT .example.net" % CONTROLLER], "deny": ["ALL: ALL"], "exclusive": True}
# the host's resolver asks 127.0.0.1 only
SERVER = """systemd-run --quiet --unit nameserver python3 /opt/nameserver.py 10.99.7.1 controller.example.com %d
printf 'nameserver 127.0.0.1\\noptions timeout:30 attempts:1\\n' > /etc/resolv.conf
n=0; until [ -n "$(ss -Hlun sport = 53)" ]; do n=$((n+1)); [ $n -lt 300 ] || exit 1; sleep 0.1; done
"""
DEPENDS = "depends on name lookups, which can fail"

SITUATIONS = [
    Situation(
        "a name that resolves once",
        (refused(NAMED, DEPENDS), rolled_back(dict(NAMED, lockout_guard="warn"))),
        setup=SERVER % 1,
    ),
    Situation(
        "a name that never resolves",
        (refused(MIXED, DEPENDS), rolled_back(dict(NAMED, lockout_guard="warn"))),
        setup=SERVER % -1,
        spread=True,
    ),
    Situation(
        "a resolver that hangs",
        (confirmed(GOOD), refused(NAMED, DEPENDS), rolled_back(dict(NAMED, lockout_guard="warn"), 12)),
        setup=SERVER % 0,
    ),
]
