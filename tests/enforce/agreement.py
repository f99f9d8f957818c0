# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random policies as sets, held against the engine and the real libwrap."""

import random

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import (
    contains,
    position_of,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from differences import ThisMachine, ask_engine
from libwrap import Libwrap, Question
from policies import AddressRules, make_case
from rule_files import NAMES, NETGROUPS, USERS


def cases(seed, policies, addresses, folder):
    """Random policies as sets, each with two ports of its own."""
    maker = AddressRules(seed, folder)
    chooser = random.Random(seed)
    for number in range(policies):
        tables = (maker.table(), maker.table())
        machine = ThisMachine()
        policy = Policy.parse(tables[0], tables[1], "debian", machine)
        ports = (10000 + 2 * number, 10001 + 2 * number)
        yield make_case(tables, policy, policy.sets("sshd"), ports, chooser, addresses), machine


def question(chooser, address):
    """A client of whatever name and user, as seen by a server of whatever name."""
    return Question(
        "sshd",
        address,
        chooser.choice(NAMES),
        chooser.choice(USERS),
        chooser.choice(("", "198.51.100.99", "::1")),
        chooser.choice(("", "gw", "paranoid")),
        chooser.choice(("", "22", "23")),
        "",
        chooser.choice("01"),
    )


def lets_in(answer):
    return answer[0] == "granted"


def compare_tables(case, machine, folder, chooser):
    """Differences between the sets, the engine and libwrap, which gets a new process now and then: a wrong option leaves a file open."""
    wrong = []
    for start in range(0, len(case.addresses), 400):
        with Libwrap(folder, True, NETGROUPS) as libwrap:
            libwrap.write("allow", case.tables[0])
            libwrap.write("deny", case.tables[1])
            for first in range(start, min(start + 400, len(case.addresses)), 40):  # as many as the pipe holds
                questions = [question(chooser, address) for address in case.addresses[first : first + 40]]
                wrong += _differences(case, machine, questions, libwrap.ask(questions))
    return wrong


def _differences(case, machine, questions, answers):
    wrong = []
    for asked, answer in zip(questions, answers):
        place = position_of(asked.address)
        engine = ask_engine(case.policy, machine, asked, True)
        expected = True if contains(case.granted, place) else False if contains(case.denied, place) else None
        if engine[0] != answer[0] or (expected is not None and lets_in(answer) is not expected):
            wrong.append((case.tables, asked, answer, engine, expected))
    return wrong
