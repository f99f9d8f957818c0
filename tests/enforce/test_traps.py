# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the meaning of a rule is lost on the way to a packet filter. Each test loads a text that looks right, shows by a real connection that
it answers otherwise than the real libwrap, and then shows that ours does not.
"""

import subprocess
import threading
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables, translate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs.refusal_lines import read_message
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.enforcers import nft_listing
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from anyip import new_kernel_lines
from libwrap import Libwrap, Question

PORT, OTHER = 2000, 2001
DENY_ALL = "ALL: ALL\n"
#: A chain of somebody who translates by hand.
BY_HAND = """\
table inet naive
delete table inet naive
table inet naive {
    chain input {
        type filter hook input priority 0; policy accept;
%s
    }
}
"""


def by_hand(*rules):
    return BY_HAND % "\n".join("\t\t" + rule for rule in rules)


def ours(allow, deny=DENY_ALL, mode="replace", unexpressed="fail", services=(("sshd", PORT),), style=nftables.Style()):
    policy = Policy.parse(allow, deny, "debian")
    lists = []
    for daemon, port in services:
        service = translate.Service(daemon, (port,), "tcp")
        lists.append(translate.access_list_of(service, policy.sets(daemon, port), mode, unexpressed))
    return nftables.render(lists, style)


@pytest.fixture(name="libwrap")
def fixture_libwrap(tmp_path):
    """What the real libwrap grants by two tables: (daemon, address, name) to bool."""

    def grants(allow, daemon, address, name=""):
        with Libwrap(tmp_path, True, {}) as library:
            library.write("allow", allow.encode())
            library.write("deny", DENY_ALL.encode())
            return library.ask([Question(daemon, address, name)])[0][0] == "granted"

    return grants


def test_octets_with_holes_are_no_range(network, libwrap):
    allow = "sshd: 10.0.0.5/255.255.0.255\n"
    network.listen(PORT)
    asked = {"10.0.1.5": True, "10.0.255.5": True, "10.0.1.77": False, "10.1.0.5": False}
    assert {address: libwrap(allow, "sshd", address) for address in asked} == asked
    network.nft(by_hand("tcp dport %d ip saddr != 10.0.0.5-10.0.255.5 reject" % PORT))
    assert network.served("10.0.1.77", PORT), "the range opens what libwrap denies"
    network.nft("delete table inet naive\n" + ours(allow))
    assert {address: network.served(address, PORT) for address in asked} == asked


def test_a_rule_by_name_leaves_every_address_open(network, libwrap):
    allow = "sshd: 10.0.0.0/255.255.255.0, .example.com\n"
    network.listen(PORT)
    assert libwrap(allow, "sshd", "10.9.9.9", "a.example.com") and not libwrap(
        allow, "sshd", "10.9.9.9", "a.example.org"
    )
    network.nft(by_hand("tcp dport %d ip saddr != 10.0.0.0/24 reject" % PORT))
    assert not network.served("10.9.9.9", PORT), "the rule by name was left out, and its clients are shut out"
    with pytest.raises(BackendError, match=r"hosts\.allow line 1 .*example\.com"):
        ours(allow)
    network.nft("delete table inet naive\n" + ours(allow, mode="companion"))
    assert network.served("10.9.9.9", PORT) and network.served("10.0.0.77", PORT)
    network.nft(ours(allow, unexpressed="deny"))
    assert not network.served("10.9.9.9", PORT) and network.served("10.0.0.77", PORT)


@pytest.mark.parametrize("word", ["PARANOID", "LOCAL", "UNKNOWN"])
def test_a_word_before_a_network_is_not_passed_over(network, libwrap, word):
    """Who has such a name is denied by the first rule; the naive text grants the network that stands behind it."""
    allow = "sshd: %s: deny\nsshd: 10.0.0.0/255.255.255.0\n" % word
    name = {"PARANOID": "paranoid", "LOCAL": "host", "UNKNOWN": ""}[word]
    network.listen(PORT)
    assert not libwrap(allow, "sshd", "10.0.0.77", name) and libwrap(allow, "sshd", "10.0.0.77", "a.example.com")
    network.nft(by_hand("tcp dport %d ip saddr != 10.0.0.0/24 reject" % PORT))
    assert network.served("10.0.0.77", PORT), "whatever its name"
    with pytest.raises(BackendError, match=r"hosts\.allow line 1"):
        ours(allow)
    network.nft("delete table inet naive\n" + ours(allow, unexpressed="deny"))
    assert not network.served("10.0.0.77", PORT)


def test_all_daemons_are_not_all_ports(network, libwrap):
    allow = "vsftpd: ALL\n"
    network.listen(PORT)
    network.listen(OTHER)
    assert libwrap(allow, "vsftpd", "10.0.0.77") and not libwrap(allow, "sshd", "10.0.0.77")
    network.nft(by_hand("ct state established,related accept", "meta l4proto tcp reject"))
    assert not network.served("10.0.0.77", OTHER), "ALL taken for all ports shuts out whom vsftpd serves"
    network.nft("delete table inet naive\n" + ours(allow, services=(("sshd", PORT), ("vsftpd", OTHER))))
    assert not network.served("10.0.0.77", PORT) and network.served("10.0.0.77", OTHER)


def test_the_first_match_decides(network, libwrap):
    """Refusals first, as filters are mostly written, shut out whom an earlier rule of hosts.allow grants."""
    allow = "sshd: 10.0.0.64/255.255.255.192\nsshd: 10.0.0.0/255.255.255.0: deny\nsshd: 10.0.0.0/255.255.0.0\n"
    asked = {"10.0.0.77": True, "10.0.0.7": False, "10.0.7.7": True, "10.1.0.7": False}
    network.listen(PORT)
    assert {address: libwrap(allow, "sshd", address) for address in asked} == asked
    network.nft(
        by_hand("tcp dport %d ip saddr 10.0.0.0/24 reject" % PORT, "tcp dport %d ip saddr != 10.0.0.0/16 reject" % PORT)
    )
    assert not network.served("10.0.0.77", PORT)
    network.nft("delete table inet naive\n" + ours(allow))
    assert {address: network.served(address, PORT) for address in asked} == asked


def test_merged_elements_expire_together(network):
    """With `auto-merge` and `timeout` one short-lived neighbour takes a lasting refusal with it: a range that nobody wrote."""
    naive = by_hand("tcp dport %d ip saddr @refused reject" % PORT).replace(
        "    chain", "    set refused {\n\t\ttype ipv4_addr\n\t\tflags interval,timeout\n\t\tauto-merge\n"
        "\t\telements = { 10.0.0.77, 10.0.0.79 }\n    }\n    chain", 1
    )  # fmt: skip
    network.listen(PORT)
    network.nft(naive)
    assert not network.served("10.0.0.77", PORT)
    network.nft("add element inet naive refused { 10.0.0.78 timeout 1s }\n")
    assert not network.served("10.0.0.77", PORT)
    end = time.monotonic() + 60
    while not network.served("10.0.0.77", PORT):
        assert time.monotonic() < end, "the lasting element was not merged with the one that expires"
    network.nft("delete table inet naive\n" + ours("sshd: ALL EXCEPT 10.0.0.77 10.0.0.79\n"))
    assert "auto-merge" not in ours("sshd: 10.0.0.77\n") and "timeout" not in ours("sshd: 10.0.0.77\n")
    assert not network.served("10.0.0.77", PORT) and network.served("10.0.0.78", PORT)


def test_one_file_is_one_change(network):
    """Nobody gets in while a filter is replaced, and one that does not load as a whole changes nothing."""
    text = ours("sshd: 10.0.0.0/255.255.255.0\n")
    network.listen(PORT)
    network.nft(text)
    network.nft("flush table inet portcullis\n")  # what a script does first that loads rule by rule
    assert network.served("10.9.9.9", PORT), "between two commands everybody gets in"
    network.nft(text)
    let_in = []
    ended = threading.Event()

    def load():
        try:
            for _time in range(30):
                network.nft(text)
        finally:
            ended.set()

    loader = threading.Thread(target=load)
    loader.start()
    knocks = 0
    while not ended.is_set() or knocks < 30:
        knocks += 1
        let_in.append(network.served("10.9.9.9", PORT))
    loader.join()
    assert not any(let_in)
    broken = ours("sshd: 10.9.9.9\n")[:-2] + "\t\ttcp dport 1 goto nowhere\n}\n"
    network.nft_fails(broken)
    assert not network.served("10.9.9.9", PORT) and network.served("10.0.0.77", PORT)


def test_the_sets_of_others_are_not_read(network):
    """`list ruleset` reads every set of everybody; a look at our own table does not grow with them."""
    many = ", ".join("100.%d.%d.%d" % (n >> 14, n >> 7 & 127, 2 * (n & 127)) for n in range(20000))
    network.nft(ours("sshd: 10.0.0.0/255.255.255.0\n"))
    alone = nft_listing()
    network.nft(
        "table inet theirs {\n\tset many {\n\t\ttype ipv4_addr\n\t\tflags interval\n\t\telements = { %s }\n\t}\n}\n"
        % many
    )
    naive = subprocess.run(["nft", "-j", "list", "ruleset"], stdout=subprocess.PIPE, check=True).stdout
    assert b"100.1.0.2" in naive and len(naive) > 200000
    assert nft_listing() == alone


@pytest.mark.usefixtures("logging_namespaces")
@pytest.mark.parametrize("log", [True, False])
def test_a_refusal_vanishes_unless_the_filter_logs(network, log):
    _lines, before = new_kernel_lines(0)
    network.nft(ours("sshd: 10.0.0.0/255.255.255.0\n", style=nftables.Style(log=log)))
    network.listen(PORT)
    address = "10.9.8.%d" % (7 + log)
    assert not network.served(address, PORT)
    lines, _after = new_kernel_lines(before)
    found = [read_message(line, 1.0, "kernel", None) for line in lines if address in line]
    assert [(one.daemon, one.address) for one in found if one] == [("sshd", address)] * log
