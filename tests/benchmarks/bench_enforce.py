# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a policy to nftables: sets of addresses and their text, beside Aerleon on the same policy, and what the kernel then costs.

usage: python tests/benchmarks/bench_enforce.py [--small]      (as root: nft loads into a network namespace of its own)

Figures are CPU seconds, medians of three, but for loading, connections and tasks, which are wall-clock seconds. Every measurement is in a process
of its own. What is compared is done in turns, so that all meet the same machine. A whole run also writes its part of docs/benchmarks.md. Exit
status 1 when a target is missed, and the last lines say which.
"""

import argparse
import ctypes
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
sys.path[:0] = [os.path.join(ROOT, "tests", "tools"), os.path.join(ROOT, "tests", "benchmarks")]

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import AccessList
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
import environment
import paths
from fleet import page
from fleet.section import Section, Table, Target

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
ROUNDS = 11
SECONDS_A_ROUND = 0.4
PORT = 4022
#: An unchanged task of so many rules beside ping.
UNCHANGED = 1.3
TASK_RULES = 1000
TASKS = 4
TASK_ROUNDS = 3
PAGE = os.path.join(ROOT, "docs", "benchmarks.md")
#: A place with the machine's own programs, that sees neither its network nor its /etc.
PLACE = """
mount -t tmpfs tmpfs /mnt && mkdir /mnt/new /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/new,workdir=/mnt/work /etc
mkdir -p /etc/systemd/system
exec "$@"
"""


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


def connections(seconds, asks=None):
    """Connections a second of one client to one service on loopback, which may ask somebody before it serves."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", PORT))
    listener.listen(128)

    def serve():
        while True:
            try:
                peer = listener.accept()[0]
            except OSError:
                return
            assert asks is None or asks()
            peer.close()

    threading.Thread(target=serve, daemon=True).start()
    count, end = 0, time.perf_counter() + seconds
    while time.perf_counter() < end:
        with socket.create_connection(("127.0.0.1", PORT)) as client:
            client.recv(1)
        count += 1
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    return count / seconds


def ask_libwrap(lines, folder):
    """A function that asks the installed libwrap about a client of loopback, as daemons do at each connection."""
    library = ctypes.CDLL("libwrap.so.0")
    held = []  # what the library points to
    for name, rules in (("allow", lines), ("deny", ["ALL: ALL"])):
        path = os.path.join(folder, name)
        with open(path, "w", encoding="utf-8") as table:
            table.write("\n".join(rules) + "\n")
        held.append(path.encode())
        ctypes.c_char_p.in_dll(library, "hosts_%s_table" % name).value = held[-1]

    def asks(address=b"127.0.0.1"):
        return bool(held) and library.hosts_ctl(b"sshd", b"unknown", address, b"unknown")

    assert asks() and not asks(b"127.0.0.2")
    return asks


def one_rule_each(lines):
    """The same networks as rules of nftables, one each: what translators without sets write."""
    clients = [line.split(": ")[1] for line in lines]
    rules = "".join("\t\tip saddr %s tcp dport %d accept\n" % (client, PORT) for client in clients)
    return (
        "table inet each {\n\tchain input {\n\t\ttype filter hook input priority 0;\n%s\t\ttcp dport %d drop\n\t}\n}\n"
        % ("\t\tct state established,related accept\n" + rules, PORT)
    )


def measure_connections(size):
    """Granted connections a second in all ways, in turns: each a list of as many figures."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    lines = networks(size) + ["sshd: 127.0.0.1"]
    sets = Policy.parse("\n".join(lines) + "\n", "ALL: ALL\n").sets("sshd", PORT)
    ours = nftables.render([AccessList("sshd", (PORT,), "tcp", sets.granted, sets.denied, "replace")])
    with tempfile.TemporaryDirectory() as folder:
        asks = ask_libwrap(lines, folder)
        ways = [
            ("none", None, None),
            ("set", ours, None),
            ("rules", one_rule_each(lines), None),
            ("libwrap", None, asks),
        ]
        found = dict((name, []) for name, _text, _asks in ways)
        for _round in range(ROUNDS):
            for name, text, asks in ways:
                subprocess.run(["nft", "flush", "ruleset"], check=True)
                if text is not None:
                    load(text)
                found[name].append(connections(SECONDS_A_ROUND, asks))
    row = {name: statistics.median(figures) for name, figures in found.items()}
    for name, figures in found.items():
        row[name + " beside none"] = statistics.median(two / one for one, two in zip(found["none"], figures))
    return row


def measure_tasks(size):
    """Wall-clock seconds of a task that finds nothing to do, and of ping, in turns; each a median."""
    tables = {
        "allow": "".join("in.telnetd: 10.%d.%d.0/255.255.255.0\n" % (n >> 7, 2 * n & 255) for n in range(size)),
        "deny": "ALL: ALL\n",
    }
    with tempfile.TemporaryDirectory() as folder:
        enforce = {"services": [{"daemon": "in.telnetd", "ports": [PORT]}], "dialect": "debian"}
        for name, text in tables.items():
            enforce[name + "_path"] = os.path.join(folder, name)
            with open(enforce[name + "_path"], "w", encoding="utf-8") as table:
                table.write(text)
        plays = {}
        for name, module, arguments, count in (
            ("nothing", "ansible.builtin.ping", {}, 1),
            ("ping", "ansible.builtin.ping", {}, 1 + TASKS),
            ("enforce", "portcullis.tcp_wrappers.hosts_access_enforce", enforce, TASKS),
        ):
            tasks = [{module: arguments}] * count
            if name == "enforce":
                tasks = [{"ansible.builtin.ping": {}}] + tasks
            plays[name] = os.path.join(folder, name + ".json")
            with open(plays[name], "w", encoding="utf-8") as play:
                json.dump([{"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": tasks}], play)
        run_play(plays["enforce"])  # loads it
        found = {name: [] for name in plays}
        for _round in range(TASK_ROUNDS):
            for name, path in plays.items():
                start = time.perf_counter()
                said = run_play(path)
                found[name].append(time.perf_counter() - start)
                assert "changed=0" in said and "failed=0" in said, said
    rows = list(zip(found["nothing"], found["ping"], found["enforce"]))
    return {
        "ping": statistics.median((ping - none) / TASKS for none, ping, _ours in rows),
        "unchanged": statistics.median((ours - none) / TASKS for none, _ping, ours in rows),
        "ratio": statistics.median((ours - none) / (ping - none) for none, ping, ours in rows),
    }


def run_play(path):
    """What ansible-playbook says."""
    command = ["ansible-playbook", "-i", "localhost,", "-e", "ansible_python_interpreter=%s" % sys.executable, path]
    env = environment.variables("2.21")
    return subprocess.run(command, env=env, stdout=subprocess.PIPE, universal_newlines=True, check=False).stdout


def measured(what, size, repeats=REPEATS):
    """The medians of what as many processes measure, each in a network namespace and with an /etc of its own."""
    rows = [
        json.loads(
            subprocess.run(
                ["unshare", "-n", "-m", "sh", "-ec", PLACE, "sh", sys.executable, os.path.abspath(__file__)]
                + ["--measure", what, "--size", str(size)],
                stdout=subprocess.PIPE,
                universal_newlines=True,
                check=True,
            ).stdout
        )
        for _repeat in range(repeats)
    ]
    return dict((key, statistics.median(row[key] for row in rows)) for key in rows[0])


def sets_part(small):
    """From rules to sets: a table, and the targets."""
    rows, targets = [], []
    for (kind, size), (seconds, memory, loads) in TARGETS.items():
        if small and size > 10000:
            continue
        row = measured(kind, size)
        rows.append(
            ["%s %s" % (format(size, ","), "mixed rules" if kind == "mixed" else kind)]
            + ["%.2f s" % row["sets"], "%.0f MiB" % row["memory"], "%.2f s" % row["render"], "%.2f s" % row["load"]]
            + [format(int(row["networks"]), ",")]
        )
        for key, most, unit in (("sets", seconds, "s"), ("memory", memory, "MiB"), ("load", loads, "s")):
            if most is not None:
                targets.append(Target("%s: %s" % (rows[-1][0], WORDS[key]), row[key], most, unit=unit))
    return Table(
        ["The policy of one daemon", "to sets", "peak memory", "to text", "loaded by nft", "networks"], rows
    ), targets


WORDS = {"sets": "to sets", "memory": "peak memory", "load": "loaded by nft"}


def first_match_part(size):
    """Beside Aerleon."""
    ours, theirs = measured("ours", size), measured("aerleon", size)
    ratio = ours["seconds"] / theirs["seconds"]
    rows = [
        ["this collection", "%.2f s" % ours["seconds"], "%.2f" % ratio, "%.2f s" % ours["load"]],
        ["Aerleon", "%.2f s" % theirs["seconds"], "1.00", "%.2f s" % theirs["load"]],
    ]
    columns = ["%s first-match rules" % format(size, ","), "to the text of nftables", "beside Aerleon", "loaded by nft"]
    return Table(columns, rows), [Target("%s first-match rules beside Aerleon's terms" % format(size, ","), ratio, 1.0)]


def connections_part(size):
    """What each way costs a connection."""
    row = measured("connections", size, 1)
    count = format(size, ",")
    rows = [
        [words, "%.0f" % row[name], "%.2f" % row[name + " beside none"]]
        for name, words in (
            ("none", "nobody asks"),
            ("set", "nftables, a set of %s networks" % count),
            ("rules", "nftables, %s rules, one for each network" % count),
            ("libwrap", "the daemon asks libwrap, %s rules" % count),
        )
    ]
    columns = ["The last of the networks is the client's", "Connections a second", "beside nobody"]
    target = Target(
        "connections with a set of %s, beside none" % count, row["set beside none"], CONNECTIONS, floor=True
    )
    return Table(columns, rows), [target]


def tasks_part(size):
    """What an unchanged task costs."""
    row = measured("tasks", size, 1)
    rows = [
        ["`ping`", "%.3f s" % row["ping"], "1.00"],
        ["`hosts_access_enforce`, unchanged", "%.3f s" % row["unchanged"], "%.2f" % row["ratio"]],
    ]
    count = format(size, ",")
    target = Target("unchanged `hosts_access_enforce`, %s rules, beside ping" % count, row["ratio"], UNCHANGED)
    return Table(["One task, %s rules, local connection" % count, "takes", "beside `ping`"], rows), [target]


INTRO = """
Measured on %s by `make bench-enforce`, %s. From a policy to sets of addresses, to the text of nftables, and what the kernel then costs each
connection, beside Aerleon on the same rules and beside libwrap on the same table. To sets, and to text: processor seconds and memory of a process
of its own, medians of %d. Loading, connections and tasks are wall-clock seconds. What stands in one table was done in turns, and ratios are medians
of those of each turn. One service on loopback that closes each connection at once, and one client: nothing else costs less, so every other service
loses less. The client that is granted comes last in the table, which libwrap and a chain of rules read from the top.
"""
OUTRO = """
A set is searched in a few steps, however long it is. libwrap reads its table again at each connection, as the next section shows for real daemons;
a filter that has one rule for each network passes them in the kernel, one after the other. What is left of the difference to nobody is the state
of each connection, which the kernel keeps once a filter asks for it.
"""


def measure(small):
    """The part of the page."""
    parts = [sets_part(small), first_match_part(10000), connections_part(10000), tasks_part(TASK_RULES)]
    tables = [table for table, _targets in parts]
    targets = [target for _table, held in parts for target in held]
    quiet = (
        "a busy machine, so that wall-clock seconds are several times those of a quiet one"
        if os.getloadavg()[1] > 1.5 * (os.cpu_count() or 1)
        else "a machine with no other work"
    )
    return Section(page.ENFORCED, INTRO % (time.strftime("%Y-%m-%d"), "on " + quiet, REPEATS), tables, targets, OUTRO)


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
        known = {
            "ours": measure_ours,
            "aerleon": measure_aerleon,
            "connections": measure_connections,
            "tasks": measure_tasks,
        }
        print(json.dumps(known[options.measure](options.size)))
        return 0
    paths.link_collection()
    section = measure(options.small)
    print(page.as_text(section))
    if not options.small:
        with open(PAGE, encoding="utf-8") as file:
            text = file.read()
        with open(PAGE, "w", encoding="utf-8") as file:
            file.write(page.with_enforced(text, page.as_markdown(section)))
    missed = [target.name for target in section.targets if not target.met]
    print("every target met" if not missed else "missed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
