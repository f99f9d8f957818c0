# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules and requests for the engine's benchmarks: a mix of what real tables hold, always the same for a seed."""

import random

DAEMONS = [
    "sshd",
    "in.telnetd",
    "in.ftpd",
    "vsftpd",
    "rpcbind",
    "smtpd",
    "nrpe",
    "slapd",
    "cupsd",
    "mysqld",
    "exim",
    "imapd",
]


def rules(count, seed=1):
    """A table of ``count`` rules: networks, hosts, IPv6, suffixes, prefixes and EXCEPT, for one or more daemons."""
    rng = random.Random(seed)
    return "".join("%s: %s\n" % (_daemons(rng), _clients(rng, number)) for number in range(count))


def _daemons(rng):
    kind = rng.random()
    if kind < 0.85:
        return rng.choice(DAEMONS)
    return "ALL" if kind < 0.9 else "%s, %s" % (rng.choice(DAEMONS), rng.choice(DAEMONS))


def _clients(rng, number):
    a, b, c, d = rng.randrange(1, 224), rng.randrange(256), rng.randrange(256), rng.randrange(256)
    kind = rng.random()
    if kind < 0.3:
        return "%d.%d.%d.0/24" % (a, b, c)
    if kind < 0.4:
        return "%d.%d.0.0/255.255.0.0" % (a, b)
    if kind < 0.55:
        return "%d.%d.%d.%d" % (a, b, c, d)
    if kind < 0.65:
        return "[2001:db8:%x::]/48" % rng.randrange(65536)
    if kind < 0.75:
        return "host%d.example.net" % number
    if kind < 0.85:
        return ".dom%d.example.com" % number
    if kind < 0.93:
        return "%d.%d.%d." % (a, b, c)
    return "%d.%d.0.0/16 EXCEPT %d.%d.%d.0/24" % (a, b, a, b, c)


def questions(count, size, seed=2):
    """``count`` triples (daemon, address, name or None) for a table of ``size`` rules: some hit, most go to its end."""
    rng = random.Random(seed)
    asked = []
    for _number in range(count):
        kind = rng.random()
        name = None
        if kind < 0.4:
            name = "host%d.example.net" % rng.randrange(2 * size)
        elif kind < 0.6:
            name = "www.dom%d.example.com" % rng.randrange(2 * size)
        elif kind < 0.8:
            name = "a.b.c.other.test"
        if rng.random() < 0.85:
            address = "%d.%d.%d.%d" % (
                rng.randrange(1, 224),
                rng.randrange(256),
                rng.randrange(256),
                rng.randrange(256),
            )
        else:
            address = "2001:db8:%x::%x" % (rng.randrange(65536), rng.randrange(65536))
        asked.append((rng.choice(DAEMONS + ["other"]), address, name))
    return asked
