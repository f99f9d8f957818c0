# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random policies over a small world, and every request of that world."""

import itertools
import random
from typing import List, Optional

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

DIALECTS = (
    "debian",
    "upstream",
    "redhat",
    "suse15",
    "suse12",
    "freebsd",
    "netbsd",
    "macos",
    "upstream-classic",
    "el6",
    "el7",
)

DAEMONS = ["sshd", "in.telnetd", "ALL", "sshd", "ALL", "vsftpd", "in.*", "22"]
SERVERS = ["sshd@10.1.2.9", "sshd@.example.com", "ALL@10.", "vsftpd@KNOWN"]
ADDRESSES = [
    "10.1.2.0/255.255.255.0",
    "10.1.2.0/255.255.255.248",
    "10.1.2.4/255.255.255.252",
    "10.1.2.0/29",
    "10.1.2.8/29",
    "10.1.2.12/30",
    "10.1.2.3",
    "10.1.2.7",
    "10.1.2.15",
    "10.1.2.",
    "10.",
    ".3",
    ".7",
    "*7",
    "10.1.2.?",
    "10.1.2.1?",
    "*.2.*",
    "0.0.0.0/0.0.0.0",
    "0.0.0.1/0.0.0.1",
    "10.1.2.1/255.255.255.9",
    "10.1.2.3/255.255.255.0",
    "0.0.0.0/0",
    "192.0.2.1",
]
IPV6 = ["[2001:db8::1]", "[2001:db8::]/32", "[2001:db8::/32]", "[::]/0", "[2001:db8::7]"]
NAMES = [
    ".example.com",
    ".com",
    "www.example.com",
    "host",
    "LOCAL",
    "KNOWN",
    "UNKNOWN",
    "PARANOID",
    ".sub.example.com",
    "www.",
    "*.example.com",
    "w*",
    "*w?.*m",
    "localhost",
    "a.example.com",
]
USERS = ["root@", "KNOWN@", "r*@", "unknown@"]
OPTIONS = [
    "",
    "",
    "",
    "",
    ": allow",
    ": deny",
    ": spawn x",
    ": twist y",
    ": severity daemon.info",
    ": nonsense",
    ": ALLOW",
    ": deny : allow",
]

ASKED_DAEMONS = ["sshd", "in.telnetd", "vsftpd", "in.other", "unheard-of"]
ASKED_ADDRESSES = ["10.1.2.%d" % last for last in range(16)] + [
    "192.0.2.1",
    "10.9.9.7",
    "255.255.255.255",
    None,
    "2001:db8::1",
    "2001:db8::7",
    "fe80::3",
]
ASKED_NAMES = [
    None,
    "paranoid",
    "www.example.com",
    "a.example.com",
    "x.sub.example.com",
    "host",
    "www.org",
    "www.host.com",
    "localhost",
    "b.com",
    "wx",
]
ASKED_USERS = [None, "root", "rest", "bob"]
ASKED_SERVERS = [(None, None, None), ("10.1.2.9", None, 22), ("192.0.2.5", "s.example.com", None)]


def random_list(rng: random.Random, words: List[str], most: int) -> str:
    """A list of words, perhaps with exceptions."""
    text = ", ".join(rng.choice(words) for _number in range(rng.randint(1, most)))
    for _number in range(rng.choice((0, 0, 0, 1, 1, 2))):
        text += " EXCEPT " + ", ".join(rng.choice(words) for _number in range(rng.randint(1, 2)))
    return text


def random_rule(rng: random.Random, servers: bool = True) -> str:
    """One line of a table."""
    daemons = DAEMONS + (SERVERS if servers and rng.random() < 0.2 else [])
    clients = ADDRESSES + NAMES + ["ALL", "ALL"]
    if rng.random() < 0.3:
        clients = clients + IPV6
    if rng.random() < 0.3:
        clients = [rng.choice(USERS) + client if rng.random() < 0.3 else client for client in clients]
    if rng.random() < 0.4:
        clients = ADDRESSES
    return "%s: %s%s" % (random_list(rng, daemons, 2), random_list(rng, clients, 3), rng.choice(OPTIONS))


def random_tables(rng: random.Random, most: int = 6) -> List[str]:
    """hosts.allow and hosts.deny."""
    tables = ["".join(random_rule(rng) + "\n" for _number in range(rng.randint(0, most))) for _number in range(2)]
    if rng.random() < 0.5:
        tables[1] += "ALL: ALL\n"
    return tables


def changed_tables(rng: random.Random, tables: List[str]) -> List[str]:
    """The tables with a few lines added, removed or moved."""
    lines = [table.splitlines(True) for table in tables]
    for _number in range(rng.randint(1, 2)):
        table = rng.choice(lines)
        move = rng.random()
        if table and move < 0.4:
            table.pop(rng.randrange(len(table)))
        elif table and move < 0.6:
            table.insert(rng.randint(0, len(table) - 1), table.pop(rng.randrange(len(table))))
        else:
            table.insert(rng.randint(0, len(table)), random_rule(rng) + "\n")
    return ["".join(table) for table in lines]


def every_request(rng: Optional[random.Random] = None, share: float = 1.0) -> List[Request]:
    """Every request of the small world, or a share of them."""
    found = []
    for daemon, address, name, user, server in itertools.product(
        ASKED_DAEMONS, ASKED_ADDRESSES, ASKED_NAMES, ASKED_USERS, ASKED_SERVERS
    ):
        if rng is not None and rng.random() >= share:
            continue
        found.append(
            Request(
                daemon,
                address,
                None if name == "paranoid" else name,
                user,
                server[0],
                server[1],
                server[2],
                paranoid=name == "paranoid",
            )
        )
    return found


def random_policy(rng: random.Random, most: int = 6) -> Policy:
    """A policy of a random dialect."""
    allow, deny = random_tables(rng, most)
    return Policy.parse(allow, deny, rng.choice(DIALECTS))
