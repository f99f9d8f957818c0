# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a policy to nftables: sets of addresses and their text, beside Aerleon on the same policy, and what the kernel then costs.

usage: python tests/benchmarks/bench_enforce.py [--small]      (as root: nft loads into a network namespace of its own)

Figures are CPU seconds, medians of three, but for loading and connections, which are wall-clock seconds. Every measurement is in a process of
its own. Connections with and without a filter are made in turns, so that both meet the same machine. Exit status 1 when a target is missed, and
the last lines say which.
"""

import argparse
import json
import logging
import os
import random
import resource
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, ".cache", "collections"))

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import AccessList
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy

REPEATS = 3
DAEMONS = ["sshd", "in.telnetd", "in.ftpd", "vsftpd", "rpcbind", "slapd", "nrpe", "snmpd", "imapd", "in.tftpd"]
#: What is measured: (name, rules): CPU seconds and MiB that the sets may take, and wall-clock seconds that nft may.
TARGETS = {
    ("mixed", 10000): (1.5, 120, 0.2),
    ("networks", 100000): (12.0, 250, None),
    ("mixed", 100000): (30.0, 1024, None),
}
#: Of granted connections without a filter, the share that a set of 10,000 must let through.
CONNECTIONS = 0.85
ROUNDS = 5
SECONDS_A_ROUND = 1.0
PORT = 4022


def mixed(count):
    """Rules of every kind that people write, for ten daemons."""
    rng = random.Random(count)
    lines = []
    for number in range(count):
        daemon = rng.choice(DAEMONS) if rng.random() < 0.95 else "ALL"
        kind, one, two, three = rng.random(), rng.randrange(256), rng.randrange(256), rng.randrange(1, 255)
        site = rng.randrange(count // 10 + 1)
        if kind < 0.35:
            client = "10.%d.%d.0/255.255.255.0" % (one, two)
        elif kind < 0.5:
            client = "10.%d.%d.%d" % (one, two, three)
        elif kind < 0.6:
            client = "host%d.site%d.example.com" % (number, site)
        elif kind < 0.7:
            client = ".site%d.example.com" % site
        elif kind < 0.8:
            client = "[2001:db8:%x::]/48" % rng.randrange(65536)
        elif kind < 0.88:
            client = "10.%d.0.0/255.255.0.0 EXCEPT 10.%d.%d.0/255.255.255.0" % (one, one, two)
        elif kind < 0.92:
            client = ".site%d.example.com EXCEPT 10.%d.%d.%d" % (site, one, two, three)
        elif kind < 0.95:
            client = "user%d@10.%d.%d.%d" % (rng.randrange(20), one, two, three)
        else:
            client = "10.%d.%d." % (one, two)
        lines.append("%s: %s" % (daemon, client))
    return lines


def networks(count):
    """As many addresses that do not touch."""
    return [
        "ALL: %d.%d.%d.%d" % (1 + i * 7919 % 223, i * 104729 % 256, i * 1299709 % 256, i % 254 + 1)
        for i in range(count)
    ]


def first_match(count):
    """Networks that are granted and refused in turns and cover each other: the first that matches decides."""
    rng = random.Random("first match %d" % count)
    found = []
    for number in range(count):
        length = rng.choice((12, 16, 20, 24, 28, 32))
        value = rng.getrandbits(24) & 0xFFFFFF
        address = (10 << 24 | value) >> (32 - length) << (32 - length)
        found.append((socket.inet_ntoa(address.to_bytes(4, "big")), length, number % 2 == 0))
    return found


def sets_and_text(lines, daemon="sshd"):
    """The text of nftables for one daemon, its port 22."""
    sets = Policy.parse("\n".join(lines) + "\n", "ALL: ALL\n").sets(daemon, 22)
    return sets, nftables.render([AccessList(daemon, (22,), "tcp", sets.granted, sets.denied, "replace")])


def measure_sets(kind, size):
    """Seconds to parse and to make the sets, MiB, and of the text seconds to render and to load."""
    sets_and_text(["sshd: .a.example, 10.0.0.1, user@192.0.2.4"])  # imports are not measured
    table = "\n".join({"mixed": mixed, "networks": networks}[kind](size)) + "\n"
    start = time.process_time()
    sets = Policy.parse(table, "ALL: ALL\n").sets("sshd", 22)
    took = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    start = time.process_time()
    text = nftables.render([AccessList("sshd", (22,), "tcp", sets.granted, sets.denied, "replace")])
    return {
        "sets": took,
        "memory": memory,
        "render": time.process_time() - start,
        "load": load(text),
        "networks": len(sets.granted[0]) + len(sets.granted[1]),
    }


def load(text):
    """Wall-clock seconds of `nft -f`."""
    with tempfile.NamedTemporaryFile("w", suffix=".nft") as file:
        file.write(text)
        file.flush()
        start = time.perf_counter()
        subprocess.run(["nft", "-f", file.name], check=True)
        return time.perf_counter() - start


def measure_ours(size):
    """Seconds from first-match rules to the text of nftables."""
    sets_and_text(["sshd: 10.0.0.1"])
    lines = [
        "sshd: %s/%d: %s" % (net, length, "allow" if grants else "deny") for net, length, grants in first_match(size)
    ]
    start = time.process_time()
    _sets, text = sets_and_text(lines)
    took = time.process_time() - start
    return {"seconds": took, "load": load(text)}


def measure_aerleon(size):
    """Seconds that Aerleon takes from as many terms to its text for nftables."""
    from aerleon.lib import naming, policy
    from aerleon.lib import nftables as theirs

    logging.disable(logging.CRITICAL)
    definitions = naming.Naming()
    rules = first_match(size)
    definitions.ParseNetworkList(
        ["N%d = %s/%d" % (number, net, length) for number, (net, length, _g) in enumerate(rules)]
    )
    definitions.ParseServiceList(["SSH = 22/tcp"])
    terms = "".join(
        "term t%d {\n  source-address:: N%d\n  destination-port:: SSH\n  protocol:: tcp\n  action:: %s\n}\n"
        % (number, number, "accept" if grants else "deny")
        for number, (_net, _length, grants) in enumerate(rules)
    )
    text = "header {\n  target:: nftables inet input\n}\n" + terms
    start = time.process_time()
    result = str(theirs.Nftables(policy.ParsePolicy(text, definitions, shade_check=False), 2))
    took = time.process_time() - start
    assert result.count("dport") >= size
    return {"seconds": took, "load": load(result)}


def connections(seconds):
    """Connections a second of one client to one service on loopback."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", PORT))
    listener.listen(128)

    def serve():
        while True:
            try:
                listener.accept()[0].close()
            except OSError:
                return

    threading.Thread(target=serve, daemon=True).start()
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            client.recv(1)
        count += 1
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    return count / seconds


def measure_connections(size):
    """Granted connections a second without a filter and with a set of some networks, in turns."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    lines = networks(size) + ["sshd: 127.0.0.1"]
    sets = Policy.parse("\n".join(lines) + "\n", "ALL: ALL\n").sets("sshd", PORT)
    text = nftables.render([AccessList("sshd", (PORT,), "tcp", sets.granted, sets.denied, "replace")])
    without, beside = [], []
    for _round in range(ROUNDS):
        subprocess.run(["nft", "flush", "ruleset"], check=True)
        without.append(connections(SECONDS_A_ROUND))
        load(text)
        beside.append(connections(SECONDS_A_ROUND))
    ratios = [two / one for one, two in zip(without, beside)]
    return {
        "without": statistics.median(without),
        "with": statistics.median(beside),
        "ratio": statistics.median(ratios),
    }


def measured(what, size, repeats=REPEATS):
    """The medians of what as many processes measure, each in a network namespace of its own."""
    rows = [
        json.loads(
            subprocess.run(
                ["unshare", "-n", sys.executable, os.path.abspath(__file__), "--measure", what, "--size", str(size)],
                stdout=subprocess.PIPE,
                universal_newlines=True,
                check=True,
            ).stdout
        )
        for _repeat in range(repeats)
    ]
    return dict((key, statistics.median(row[key] for row in rows)) for key in rows[0])


def show_sets(small):
    """From rules to sets; returns what was missed."""
    missed = []
    print("%10s %8s %8s %6s %9s %8s %8s" % ("rules", "of", "sets s", "MiB", "render s", "load s", "networks"))
    for (kind, size), (seconds, memory, loads) in TARGETS.items():
        if small and size > 10000:
            continue
        row = measured(kind, size)
        print(
            "%10s %8d %8.2f %6.0f %9.2f %8.2f %8d"
            % (kind, size, row["sets"], row["memory"], row["render"], row["load"], row["networks"]),
            flush=True,
        )
        for key, most, unit in (("sets", seconds, "s"), ("memory", memory, "MiB"), ("load", loads, "s to load")):
            if most is not None and row[key] > most:
                missed.append("%d %s took %.2f %s, more than %g" % (size, kind, row[key], unit, most))
    return missed


def show_first_match(size):
    """Beside Aerleon; returns what was missed."""
    ours, theirs = measured("ours", size), measured("aerleon", size)
    print(
        "%d first-match rules to nftables: ours %.2f s and %.2f s to load, Aerleon %.2f s and %.2f s to load: %.1f times as long"
        % (size, ours["seconds"], ours["load"], theirs["seconds"], theirs["load"], theirs["seconds"] / ours["seconds"]),
        flush=True,
    )
    return ["Aerleon was faster at %d terms" % size] if ours["seconds"] > theirs["seconds"] else []


def show_connections(size):
    """What a set costs each connection; returns what was missed."""
    row = measured("connections", size, 1)
    print(
        "granted connections a second: %.0f without a filter, %.0f with a set of %d: %.0f %%"
        % (row["without"], row["with"], size, 100 * row["ratio"]),
        flush=True,
    )
    if row["ratio"] < CONNECTIONS:
        return ["a set of %d let %.0f %% of the connections through, less than %.0f" % (size, 100 * row["ratio"], 85)]
    return []


def main():
    """Print the table, or what one process measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--small", action="store_true", help="nothing larger than 10,000 rules")
    parser.add_argument("--measure", help=argparse.SUPPRESS)
    parser.add_argument("--size", type=int, default=10000, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure in ("mixed", "networks"):
        print(json.dumps(measure_sets(options.measure, options.size)))
        return 0
    if options.measure:
        known = {"ours": measure_ours, "aerleon": measure_aerleon, "connections": measure_connections}
        print(json.dumps(known[options.measure](options.size)))
        return 0
    missed = show_sets(options.small) + show_first_match(10000) + show_connections(10000)
    print("every target met" if not missed else "missed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
