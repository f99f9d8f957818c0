# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Sets of addresses against brute force: whatever name, user and server's end a client has, decide() answers as the sets say."""

import itertools
import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.networks_list import CLIENTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.networks_list import networks_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import address_at
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import contains
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import position_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import union
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from random_policies import ASKED_NAMES, ASKED_SERVERS, ASKED_USERS, DIALECTS, random_tables

ADDRESSES = (
    ["10.1.2.%d" % last for last in range(18)]
    + "0.0.0.0 0.0.0.1 9.255.255.255 10.0.0.0 10.255.255.255 11.0.0.0 192.0.2.0 192.0.2.1 192.0.2.2".split()
    + "10.9.9.7 10.1.2.255 10.1.3.0 255.255.255.254 255.255.255.255 172.16.2.37 1.2.2.3".split()
    + ":: ::1 ::3 ::10.1.2.3 ::fffe:ffff:ffff ::1:0:0:0 2001:db7:ffff::1 2001:db8::1 2001:db8::7 2001:db9:: fe80::3".split()
    + ["ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]
)
#: What a name, a user or the server's end may be, of which the sets must know nothing.
STATES = list(itertools.product(ASKED_NAMES + ["example.com", "nobody.invalid"], ASKED_USERS, ASKED_SERVERS))


def ranges_of(nets):
    """Both families' networks as ranges, each place of which stands in one network only."""
    pieces = []
    for text in nets[0] + nets[1]:
        address, length = text.split("/")
        start = position_of(address)
        pieces.append((start, start + (1 << (128 if ":" in address else 32) - int(length))))
    found = union(pieces)
    assert sum(end - start for start, end in pieces) == sum(found[1::2]) - sum(found[::2]), "networks overlap"
    assert networks_of(found) == nets, "not canonical, or not in order"
    return found


def answers(policy, daemon, address, port):
    """All that libwrap may answer to a client at an address."""
    found = set()
    for name, user, server in STATES:
        request = Request(
            daemon,
            address,
            None if name == "paranoid" else name,
            user,
            server[0],
            server[1],
            port,
            paranoid=name == "paranoid",
        )
        found.add(policy.decide(request).granted)
    return found


def check(policy, daemon, port, story):
    """Every address once, and each as it is answered; returns how many were settled."""
    sets = policy.sets(daemon, port)
    parts = [ranges_of(sets.granted), ranges_of(sets.denied)] + [ranges_of(one.networks) for one in sets.unexpressed]
    size = sum(sum(part[1::2]) - sum(part[::2]) for part in parts)
    assert size == sum(CLIENTS[1::2]) - sum(CLIENTS[::2]), (story, "not every address once")
    assert union((start, end) for part in parts for start, end in zip(part[::2], part[1::2])) == CLIENTS, story
    places = set(ADDRESSES)
    rng = random.Random(str(story))
    for part in parts:
        for edge in rng.sample(part, min(6, len(part))):
            places.update(address_at(place) for place in (edge - 1, edge) if contains(CLIENTS, place))
    settled = 0
    for address in sorted(places):
        place = position_of(address)
        said = [number for number, part in enumerate(parts) if contains(part, place)]
        seen = answers(policy, daemon, address, port)
        if said[0] < 2:
            settled += 1
            assert seen == {said[0] == 0}, (story, address, sets)
        else:
            open_to = sets.unexpressed[said[0] - 2]
            assert len(seen) == 2 or open_to.reason in ("address_text", "user", "server", "name"), (
                story,
                address,
                open_to,
            )
            assert open_to.rules, (story, address)
    return settled


@pytest.mark.parametrize("dialect", DIALECTS)
def test_every_address_is_answered_as_its_set_says(dialect):
    rng = random.Random("sets " + dialect)
    settled = 0
    for number in range(4):
        allow, deny = random_tables(rng)
        policy = Policy.parse(allow, deny, dialect)
        for daemon, port in (("sshd", 22), ("in.telnetd", 23)):
            settled += check(policy, daemon, port, (dialect, number, daemon, allow, deny))
    assert settled > 60
