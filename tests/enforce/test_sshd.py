# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""sshd of Debian 11, 12 and 13 as enforcer of random policies: what it says of each client (`sshd -T -C`), and real logins.

Each trap is a drop-in that looks right, and what the real sshd makes of it.
"""

import random

import pytest
from agreement import cases, compare_tables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import sshd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
    AccessList,
    drifts,
    refused_ranges,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import (
    contains,
    position_of,
)
from anyip import AnyIP, CannotSend
from sshd_host import log_in, wait_for

#: Larger drop-ins are left to the tests of speed.
MOST_NETWORKS = 1500
NOBODY = ((), ())


def small_cases(seed, folder, count, addresses):
    """Policies whose drop-in has so many networks at most, and whose clients are not all of one kind."""
    for case, machine in cases(seed, 10 * count, addresses, folder):
        lists = [one for one in case.lists if case.granted and case.denied and small(one)]
        if lists:
            yield case, machine, lists[count % len(lists)]._replace(ports=(22,))
            count -= 1
            if not count:
                return


def small(access):
    if sshd._of_link_local(refused_ranges(access)) is None:
        return False  # sshd can refuse all link-local clients or none, and says so
    return sum(len(line.split(",")) for line in sshd.render([access], (9, 9)).splitlines()) < MOST_NETWORKS


def test_random_policies(amount, host, tmp_path, say):
    seed, policies, addresses, log_ins = 20, amount.of(12, 3), amount.of(260, 40), amount.of(30, 6)
    asked, logged_in, wrong = 0, 0, []
    chooser = random.Random(seed)
    for case, machine, access in small_cases(seed, tmp_path, policies, addresses):
        wrong += compare_tables(case, machine, tmp_path, chooser)
        text = sshd.render([access], host.version)
        assert drifts([access], sshd.read(text).enforced) == []
        host.write(text)
        assert host.problem() == ""
        refused = refused_ranges(access)
        clients = chooser.sample(case.addresses, min(len(case.addresses), addresses))
        for address, got in zip(clients, host.refused(clients)):
            asked += 1
            if got is not contains(refused, position_of(address)):
                wrong.append((case.tables, access.mode, address, got))
    others, logged_in = compare_log_ins(host, access, clients, log_ins)
    say(
        "sshd %d.%d: %d policies, %d addresses by sshd -T -C, %d logins: %d differ"
        % (host.version + (policies, asked, logged_in, len(wrong + others)))
    )
    assert (wrong + others)[:3] == []
    assert asked >= amount.of(2000, 80) and logged_in >= log_ins


def compare_log_ins(host, access, clients, count):
    """The last policy with real logins, from addresses of both kinds; sshd is asked for one that it must let in first."""
    refused = refused_ranges(access)
    shut = [one for one in clients if contains(refused, position_of(one))][: count // 2]
    let_in = [one for one in clients if one not in shut and not contains(refused, position_of(one))]
    wrong, done = [], 0
    with AnyIP(host.pid) as network:
        can = []
        for address in shut + let_in:
            try:
                network.client(address).close()
                can.append(address)
            except CannotSend:
                continue
        host.serve()
        wait_for(network, next(one for one in can if one not in shut))
        for address in can[:count]:
            done += 1
            if log_in(network, address) is contains(refused, position_of(address)):
                wrong.append((address, "login"))
    return wrong, done


NARROW = "10.66.0.1"


@pytest.mark.parametrize(
    "naive, address, what",
    [
        ("AllowUsers nobody\nMatch Address 10.0.0.0/8\n\tAllowUsers root\n", NARROW, "replaces the global list"),
        ("Match Address *,!10.0.0.0/8,10.66.0.0/16\n\tDenyUsers *\n", NARROW, "a negated network wins"),
    ],
)
def test_a_drop_in_that_opens(host, naive, address, what):
    host.write(naive)
    assert host.problem() == "" and host.refused([address]) == [False], what
    access = AccessList("sshd", (22,), "tcp", NOBODY, (("10.66.0.0/16",), ()), "companion")
    text = sshd.render([access], host.version)
    assert "AllowUsers" not in text and "!" not in text
    host.write(text)
    assert host.refused([address, "10.67.0.1"]) == [True, False]


def test_a_client_with_an_interface_is_in_no_network(host):
    """OpenSSH has a link-local client as fe80::99%eth0, and compares its scope with the network's, which has none."""
    clients = ["fe80::99", "fe80::99%lo", "febf::99%lo", "2001:db8::99"]
    host.write("Match Address ::/0\n\tDenyUsers *\n")
    assert host.refused(clients) == [True, False, False, True]
    host.write(sshd.render([AccessList("sshd", (22,), "tcp", NOBODY, ((), ("::/0",)), "companion")], host.version))
    assert host.problem() == "" and host.refused(clients) == [True] * 4


def test_host_bits_keep_sshd_from_starting(host):
    host.write("Match Address 10.66.0.1/16\n\tDenyUsers *\n")
    done = host.podman(
        "exec", host.name, "/usr/sbin/sshd", "-T", "-C", sshd.connection_words("10.66.0.1", 22), check=False
    )
    assert done.returncode != 0 or host.problem()
    with pytest.raises(Exception, match="bits set behind its length"):
        sshd.render([AccessList("sshd", (22,), "tcp", NOBODY, (("10.66.0.1/16",), ()), "companion")], host.version)
    host.write("")


def test_the_word_that_only_new_releases_know(host):
    host.write("Match Address 10.66.0.0/16\n\tRefuseConnection yes\n")
    assert bool(host.problem()) is (host.version < sshd.REFUSES_SINCE)
    host.write("")
    assert host.problem() == ""


def test_the_image_reads_drop_ins(host):
    assert sshd.include_problem(host.run("cat " + sshd.CONFIG)) is None
