# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shadowed rules and compare beside Aerleon's shade check on the same policies, in one run.

usage: python tests/benchmarks/bench_analysis.py [--sizes 300,1000,10000] [--repeats 5]

Figures are CPU seconds, medians of as many measurements. Every measurement is in a process of its own, so that no heap is larger for what was measured
before. Aerleon's shade check is quadratic, so it is asked up to 1,000 terms. Exit status 1 when a target is missed, and the last lines say which.
"""

import argparse
import json
import logging
import os
import random
import resource
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, ".cache", "collections"))

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy

AERLEON_MOST = 1000
REPEATS = 5
#: Rules: seconds that shadowed rules and compare may take together; how much longer ten times the rules may take; MiB.
SECONDS = {1000: 1.0, 10000: 15.0}
GROWTH = 15
MEMORY = 300
DAEMONS = ["sshd", "in.telnetd", "in.ftpd", "vsftpd", "rpcbind", "slapd", "nrpe", "snmpd", "imapd", "in.tftpd"]


def make_rules(count):
    """Realistic rules: (daemon, client); three in four are networks, the rest hosts and suffixes; one pair's union covers a third."""
    rng = random.Random(count)
    rules = []
    while len(rules) < count - 3:
        daemon = rng.choice(DAEMONS) if rng.random() < 0.97 else "ALL"
        kind = rng.random()
        if kind < 0.5:
            client = "10.%d.%d.0/255.255.255.0" % (rng.randrange(256), rng.randrange(256))
        elif kind < 0.7:
            client = "10.%d.%d.%d" % (rng.randrange(256), rng.randrange(256), rng.randrange(1, 255))
        elif kind < 0.8:
            client = "172.%d.%d.0/255.255.254.0" % (rng.randrange(16, 32), rng.randrange(0, 256, 2))
        elif kind < 0.9:
            client = "host%d.site%d.example.com" % (rng.randrange(count), rng.randrange(count // 10 + 1))
        else:
            client = ".site%d.example.com" % rng.randrange(count // 10 + 1)
        rules.append((daemon, client))
    return rules + [
        ("sshd", "192.168.0.0/255.255.255.128"),
        ("sshd", "192.168.0.128/255.255.255.128"),
        ("sshd", "192.168.0.0/255.255.255.0"),
    ]


def policy_of(rules):
    """hosts.allow with these rules before ALL: ALL in hosts.deny."""
    return Policy.parse("".join("%s: %s\n" % rule for rule in rules), "ALL: ALL\n")


def timed(work):
    """(CPU seconds, what work returned)."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def changed(rules):
    """The same rules but for five that went and five networks that came."""
    found = list(rules)
    rng = random.Random(len(rules))
    for _number in range(5):
        found.pop(rng.randrange(len(found)))
        found.insert(rng.randrange(len(found)), ("sshd", "10.%d.0.0/255.255.0.0" % rng.randrange(256)))
    return found


def ours(size):
    """What this process measures: seconds of reading, of shadowed_rules(), of compare(), MiB, what was found."""
    policy_of([("sshd", "10.0.0.1")]).compare(policy_of([]))  # imports are not measured
    policy_of([("sshd", ".example.com")]).shadowed_rules()
    rules = make_rules(size)
    parse, policy = timed(lambda: policy_of(rules))
    shadowed, found = timed(policy.shadowed_rules)
    count, union = (
        len(found),
        any(len(one.by) > 1 and one.rule.number == size - 1 for one in found if one.never_decides),
    )
    del policy, found
    before, after = policy_of(rules), policy_of(changed(rules))
    compare, changes = timed(lambda: before.compare(after))
    return {
        "parse": parse,
        "shadowed": shadowed,
        "compare": compare,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
        "found": count,
        "changes": len(changes),
        "union": union,
    }


def aerleon(count):
    """Seconds of Aerleon's shade check on as many terms, and whether it saw that two networks cover a third."""
    from aerleon.lib import naming, policy

    logging.disable(logging.CRITICAL)
    definitions = naming.Naming()
    terms, services = [], []
    for number, (daemon, client) in enumerate(rule for rule in make_rules(count) if rule[1][0].isdigit()):
        address, _slash, mask = client.partition("/")
        length = sum(bin(int(part)).count("1") for part in mask.split(".")) if mask else 32
        services.append("N%d = %s/%d" % (number, address, length))
        port = "ANY" if daemon == "ALL" else "P%d" % DAEMONS.index(daemon)
        terms.append(
            "term t%d {\n  source-address:: N%d\n%s  protocol:: tcp\n  action:: accept\n}\n"
            % (number, number, "" if port == "ANY" else "  destination-port:: %s\n" % port)
        )
    # as many terms as rules: names are no networks, so further networks stand for them
    while len(terms) < count:
        number = len(terms)
        services.append("N%d = 100.%d.%d.0/24" % (number, 64 + number // 256 % 64, number % 256))
        terms.append(
            "term t%d {\n  source-address:: N%d\n  destination-port:: P0\n  protocol:: tcp\n  action:: accept\n}\n"
            % (number, number)
        )
    definitions.ParseNetworkList(services)
    definitions.ParseServiceList(["P%d = %d/tcp" % (number, 1000 + number) for number in range(len(DAEMONS))])
    text = "header {\n  target:: iptables INPUT DROP\n}\n" + "".join(terms)
    seen = []
    original = policy.Policy._DetectShading

    def listen(self, *arguments):
        seconds, found = timed(lambda: original(self, *arguments))
        seen.append(seconds)
        return found

    policy.Policy._DetectShading = listen
    shaded = ""
    try:
        policy.ParsePolicy(text, definitions, shade_check=True)
    except policy.ShadingError as error:
        shaded = str(error)
    finally:
        policy.Policy._DetectShading = original
    last = sum(1 for rule in make_rules(count) if rule[1][0].isdigit()) - 1
    return {"shadowed": sum(seen), "union": "t%d " % last in shaded or "'t%d'" % last in shaded}


def measured(side, size, repeats):
    """The medians of what as many processes measure."""
    rows = [
        json.loads(
            subprocess.run(
                [sys.executable, os.path.abspath(__file__), "--measure", side, "--sizes", str(size)],
                stdout=subprocess.PIPE,
                universal_newlines=True,
                check=True,
            ).stdout
        )
        for _repeat in range(repeats)
    ]
    return dict((key, statistics.median(row[key] for row in rows)) for key in rows[0])


def show(sizes, repeats):
    """Print the table; returns what was missed."""
    missed = []
    took = {}
    print(
        "%8s %10s %10s %10s %10s %10s  %s"
        % (
            "rules",
            "parse s",
            "shadowed s",
            "compare s",
            "MiB",
            "Aerleon s",
            "the union of two networks that covers a third",
        )
    )
    for size in sizes:
        mine = measured("ours", size, repeats)
        theirs = measured("aerleon", size, repeats) if size <= AERLEON_MOST else None
        took[size] = mine["shadowed"] + mine["compare"]
        print(
            "%8d %10.3f %10.3f %10.3f %10.0f %10s  ours: %s%s"
            % (
                size,
                mine["parse"],
                mine["shadowed"],
                mine["compare"],
                mine["memory"],
                "-" if theirs is None else "%.3f" % theirs["shadowed"],
                "found" if mine["union"] else "MISSED",
                "" if theirs is None else ", Aerleon: %s" % ("found" if theirs["union"] else "missed"),
            )
        )
        print("%8s %d shadowed or redundant rules, %d changes" % ("", mine["found"], mine["changes"]), flush=True)
        if took[size] > SECONDS.get(size, took[size]):
            missed.append("%d rules took %.2f s, more than %g" % (size, took[size], SECONDS[size]))
        if theirs is not None and mine["shadowed"] >= theirs["shadowed"]:
            missed.append("Aerleon was faster at %d rules" % size)
        if not mine["union"]:
            missed.append("the union was missed at %d rules" % size)
        if mine["memory"] > MEMORY:
            missed.append("%d rules took %.0f MiB, more than %d" % (size, mine["memory"], MEMORY))
    for size in sizes:
        if size * 10 in took and size in SECONDS:
            growth = took[size * 10] / took[size]
            print("%d times 10 rules: %.1f times as long (at most %d)" % (size, growth, GROWTH))
            if growth > GROWTH:
                missed.append("ten times %d rules took %.1f times as long" % (size, growth))
    return missed


def main():
    """Print the table, or what one process measures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="300,1000,10000")
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--measure", choices=("ours", "aerleon"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    sizes = [int(word) for word in options.sizes.split(",")]
    if options.measure:
        print(json.dumps({"ours": ours, "aerleon": aerleon}[options.measure](sizes[0])))
        return 0
    missed = show(sizes, options.repeats)
    print("every target met" if not missed else "missed: " + "; ".join(missed))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
