# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Dead rules and compare beside Aerleon's shade check on the same policies, in one run.

    python tests/benchmarks/bench_analysis.py [--sizes 100,300,1000,10000] [--check]

Aerleon (pip install aerleon) is asked where it is installed; its shade check is quadratic, so it is asked up to 1,000 terms.
"""

import argparse
import logging
import os
import random
import resource
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, ".cache", "collections"))

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils.hosts_access.policy import Policy

AERLEON_MOST = 1000
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
    return rules + [("sshd", "192.168.0.0/255.255.255.128"), ("sshd", "192.168.0.128/255.255.255.128"), ("sshd", "192.168.0.0/255.255.255.0")]


def policy_of(rules):
    """hosts.allow with these rules before ALL: ALL in hosts.deny."""
    return Policy.parse("".join("%s: %s\n" % rule for rule in rules), "ALL: ALL\n")


def timed(work):
    """(seconds, what work returned)."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def aerleon(count):
    """Seconds of Aerleon's shade check on as many terms, and whether it saw that two networks cover a third; None without it."""
    try:
        from aerleon.lib import naming, policy
    except ImportError:
        return None
    logging.disable(logging.CRITICAL)
    definitions = naming.Naming()
    terms, services = [], []
    for number, (daemon, client) in enumerate(rule for rule in make_rules(count) if rule[1][0].isdigit()):
        address, _slash, mask = client.partition("/")
        length = sum(bin(int(part)).count("1") for part in mask.split(".")) if mask else 32
        services.append("N%d = %s/%d" % (number, address, length))
        port = "ANY" if daemon == "ALL" else "P%d" % DAEMONS.index(daemon)
        terms.append("term t%d {\n  source-address:: N%d\n%s  protocol:: tcp\n  action:: accept\n}\n" % (
            number, number, "" if port == "ANY" else "  destination-port:: %s\n" % port))
    # as many terms as rules: names are no networks, so further networks stand for them
    while len(terms) < count:
        number = len(terms)
        services.append("N%d = 100.%d.%d.0/24" % (number, 64 + number // 256 % 64, number % 256))
        terms.append("term t%d {\n  source-address:: N%d\n  destination-port:: P0\n  protocol:: tcp\n  action:: accept\n}\n" % (number, number))
    definitions.ParseNetworkList(services)
    definitions.ParseServiceList(["P%d = %d/tcp" % (number, 1000 + number) for number in range(len(DAEMONS))])
    text = "header {\n  target:: iptables INPUT DROP\n}\n" + "".join(terms)
    without, _policy = timed(lambda: policy.ParsePolicy(text, definitions, shade_check=False))
    seen = []
    original = policy.Policy._DetectShading

    def listen(self, *arguments):
        seconds, found = timed(lambda: original(self, *arguments))
        seen.append(seconds)
        return found
    policy.Policy._DetectShading = listen
    shaded = []
    try:
        policy.ParsePolicy(text, definitions, shade_check=True)
    except policy.ShadingError as error:
        shaded = str(error)
    finally:
        policy.Policy._DetectShading = original
    last = sum(1 for rule in make_rules(count) if rule[1][0].isdigit()) - 1
    return sum(seen), "t%d " % last in str(shaded) or "'t%d'" % last in str(shaded), without


def main():
    """Print the table; with --check, exit 1 where a limit is missed."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", default="100,300,1000,10000")
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    failed = []
    took = {}
    policy_of([("sshd", "10.0.0.1")]).compare(policy_of([])), policy_of([("sshd", ".example.com")]).dead_rules()  # imports are not measured
    print("%8s %10s %10s %10s %10s  %s" % ("rules", "parse s", "dead s", "compare s", "Aerleon s", "the union of two networks that covers a third"))
    for size in [int(word) for word in options.sizes.split(",")]:
        rules = make_rules(size)
        parse, policy = timed(lambda: policy_of(rules))
        dead, found = timed(policy.dead_rules)
        changed = list(rules)
        rng = random.Random(size)
        for _number in range(5):
            changed.pop(rng.randrange(len(changed)))
            changed.insert(rng.randrange(len(changed)), ("sshd", "10.%d.0.0/255.255.0.0" % rng.randrange(256)))
        other = policy_of(changed)
        compare, changes = timed(lambda: policy.compare(other))
        union = any(len(one.by) > 1 and one.rule.number == size - 1 for one in found if one.never_decides)
        theirs = aerleon(size) if size <= AERLEON_MOST else None
        took[size] = dead + compare
        print("%8d %10.3f %10.3f %10.3f %10s  ours: %s%s" % (
            size, parse, dead, compare, "-" if theirs is None else "%.3f" % theirs[0], "found" if union else "MISSED",
            "" if theirs is None else ", Aerleon: %s" % ("found" if theirs[1] else "missed")))
        print("%8s %d dead or redundant rules, %d changes" % ("", len(found), len(changes)))
        limit = {1000: 1.0, 10000: 15.0}.get(size)
        if limit is not None and dead + compare > limit:
            failed.append("%d rules took %.2f s, more than %.0f" % (size, dead + compare, limit))
        if theirs is not None and dead >= theirs[0]:
            failed.append("Aerleon was faster at %d rules" % size)
        if not union:
            failed.append("the union was missed at %d rules" % size)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    print("memory at most %.0f MiB" % memory)
    if 1000 in took and 10000 in took:
        growth = took[10000] / took[1000]
        print("10-fold rules, %.1f-fold time" % growth)
        if growth > 15:
            failed.append("growth was %.1f-fold" % growth)
    if memory > 300:
        failed.append("memory was %.0f MiB" % memory)
    for line in failed:
        print("FAILED: " + line)
    return 1 if failed and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
