# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that grant the controller, and whose options keep it out all the same."""

from .kinds import CONTROLLER, GOOD, Situation, refused, rolled_back

# each option, and the reason that the controller's ssh gives: a confirmation that only came too late has none
OPTIONS = {
    "waits for a command that hangs": ("spawn /bin/sleep 600", "timed out during banner exchange"),
    "sends more lines than an ssh client waits for (1024)": ("banners /etc/banners", "in first 1024 lines"),
}
BANNERS = "mkdir -p /etc/banners; yes 'go away' | head -n 2000 > /etc/banners/sshd\n"


def policy(option):
    return dict(GOOD, allow=["sshd: %s: %s" % (CONTROLLER, option)])


# libwrap grants these, and only a new connection shows what the option does
SITUATIONS = [
    Situation(
        "a rule that %s" % what,
        (
            rolled_back(
                dict(policy(option), lockout_guard="strict"),
                20,
                says=(reason,),
                never=("no new connection was ready",),
            ),
        ),
        setup=BANNERS,
    )
    for what, (option, reason) in OPTIONS.items()
] + [
    Situation(
        "a rule that starts another program in the ssh server's place", (refused(policy("twist /bin/echo go away")),)
    )
]
