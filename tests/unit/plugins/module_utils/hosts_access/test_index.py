# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The index: what its gate lets pass, and long lists, which are asked as a whole."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils.hosts_access import Policy, Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils.hosts_access.index import PAIRS, Gate


@pytest.mark.parametrize(
    "net, mask, passing",
    [
        (0x0A000000, 0xFF000000, range(0x0A00, 0x0B00)),
        (0x0A010000, 0xFFFF0000, range(0x0A01, 0x0A02)),
        (0x0A010000, 0xFFFE0000, range(0x0A01, 0x0A03)),
        (0x80000000, 0x80000000, range(0x8000, 0x10000)),
        (0, 0, range(0x10000)),
        (0x00000003, 0x00FF00FF, range(0x10000)),  # a mask with holes in its first half
        (0x0A000000, 0xFFFA0000, range(0x10000)),
    ],
)
def test_the_gate_lets_a_network_pass_and_nothing_else(net, mask, passing):
    gate = Gate()
    gate.open(net, mask)
    assert len(gate.nets4) == 0x10000
    assert [number for number, byte in enumerate(gate.nets4) if byte] == list(passing)


def test_long_lists_are_answered_as_short_ones():
    size = 40
    assert size * size > PAIRS
    daemons, clients = ["d%d" % number for number in range(size)], ["10.%d." % number for number in range(size)]
    policy = Policy.parse("x: ALL\n%s: %s\nALL: 192.0.2.\n" % (" ".join(daemons), " ".join(clients)), "ALL: ALL\n")

    def line(daemon, address):
        decision = policy.decide(Request(daemon, address))
        return (decision.table, decision.line)

    assert [line(daemon, "10.7.1.1") for daemon in daemons] == [("allow", 2)] * size
    assert [line("d7", "10.%d.1.1" % number) for number in range(size)] == [("allow", 2)] * size
    assert line("d7", "10.40.1.1") == line("d40", "10.7.1.1") == ("deny", 1)
    assert line("d7", "192.0.2.1") == ("allow", 3) and line("x", "10.7.1.1") == ("allow", 1)
