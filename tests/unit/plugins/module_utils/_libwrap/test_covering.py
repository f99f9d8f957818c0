# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Rules that one earlier rule covers word by word, beside the plainest way to find them."""

import random

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.covering import (
    Standing,
    find_covering,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.identity import rule_key


def standing(*lines):
    return [
        Standing("allow", number, rule_key(line.encode(), get_dialect("debian")))
        for number, line in enumerate(lines, 1)
    ]


def covers(lines):
    rules = standing(*lines)
    return dict((rule.line, cover.line) for rule, cover in find_covering(rules, rules).items())


def test_a_rule_is_covered_by_one_that_names_all_its_words_or_all():
    assert covers(
        ["sshd: 10. 11.", "sshd: 11.", "sshd, in.ftpd: 10.", "ALL: 10.", "sshd, in.ftpd: 10. EXCEPT 10.1."]
    ) == {2: 1, 5: 4}
    assert covers(["sshd: 10. EXCEPT 10.1.", "sshd: 10."]) == {}
    assert covers(["sshd: all", "sshd: 10.", "ALL: ALL", "sshd: 10.", "in.ftpd: ALL"]) == {2: 1, 4: 3, 5: 3}


def test_only_wanted_rules_are_looked_at():
    rules = standing("sshd: ALL", "sshd: 10.", "sshd: 11.")
    assert list(find_covering(rules, rules[2:])) == rules[2:]


def plainly(lines):
    """The numbers of the covered rules, each pair of rules looked at."""
    found = set()
    rules = [line.split(": ") for line in lines]
    for number, (daemons, clients) in enumerate(rules):
        for earlier_daemons, earlier_clients in rules[:number]:
            pairs = (
                (daemons.split(", "), earlier_daemons.split(", ")),
                (clients.split(" EXCEPT ")[0].split(), earlier_clients.split()),
            )
            if "EXCEPT" not in earlier_clients and all(
                "ALL" in outer or set(inner) <= set(outer) for inner, outer in pairs
            ):
                found.add(number + 1)
    return found


def test_it_finds_what_looking_at_each_pair_finds():
    rng = random.Random(3)
    for _round in range(400):
        lines = []
        for _line in range(rng.randrange(2, 9)):
            clients = " ".join(rng.sample(["10.", "11.", "a.example", "ALL", "LOCAL"], rng.randrange(1, 4)))
            lines.append(
                "%s: %s%s"
                % (
                    ", ".join(rng.sample(["sshd", "in.ftpd", "ALL"], rng.randrange(1, 3))),
                    clients,
                    rng.choice(["", "", " EXCEPT 12."]),
                )
            )
        assert set(covers(lines)) == plainly(lines), lines
