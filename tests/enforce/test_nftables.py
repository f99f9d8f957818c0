# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nftables as enforcer of random policies: engine = libwrap = real connections, and the kernel's sets are the ones that were proved.

Each trap is a test in which a rendering that looks right is loaded beside ours, and shown to be wrong by a real connection.
"""

import json
import pathlib
import random
import socket
import subprocess

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import AccessList, drifts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs.refusal_lines import read_message
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.ranges import (
    contains,
    position_of,
)
from anyip import CannotSend, new_kernel_lines
from agreement import cases, compare_tables

NOBODY = ((), ())
OFFICE = (("10.0.0.0/24",), ("2001:db8::/32",))


def listing():
    done = subprocess.run(["nft", "-j", "list", "table", "inet", "portcullis"], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.decode())


def compare_connections(case, network):
    """Differences between the sets and real connections; how many were refused, and how many addresses no packet can have."""
    wrong, refused, unsent = [], 0, 0
    for address in case.addresses:
        place = position_of(address)
        wanted = (not contains(case.denied, place), contains(case.granted, place))
        try:
            got = tuple(network.served(address, access.ports[0]) for access in case.lists)
        except CannotSend:
            unsent += 1
            continue
        refused += got.count(False)
        if got != wanted:
            wrong.append((case.tables, address, got, wanted))
    return wrong, refused, unsent


def test_random_policies(amount, network, tmp_path, say):
    seed = 20
    policies, addresses = amount.of(200, 20), amount.of(800, 220)
    made = list(cases(seed, policies, addresses, tmp_path))
    lists = [access for case, _machine in made for access in case.lists]
    network.nft(nftables.render(lists, nftables.Style(log=False)))
    reading = nftables.read(listing())
    assert reading.unclear == ()
    assert drifts(lists, reading.enforced) == []  # every address of every policy
    for access in lists:
        network.listen(access.ports[0])
    chooser = random.Random(seed)
    wrong, refused, unsent, asked = [], 0, 0, 0
    for case, machine in made:
        asked += len(case.addresses)
        wrong += compare_tables(case, machine, tmp_path, chooser)
        others, more, not_sent = compare_connections(case, network)
        wrong, refused, unsent = wrong + others, refused + more, unsent + not_sent
    edges = sum(case.edges for case, _machine in made)
    sets = sum(len(nets) for case, _machine in made for access in case.lists for nets in access.granted)
    say(
        "nftables: %d policies, %d random addresses and %d at boundaries, %d connections (%d refused), %d networks, "
        "%d addresses that no packet can have: %d differ"
        % (policies, asked - edges, edges, 2 * (asked - unsent), refused, sets, unsent, len(wrong))
    )
    assert wrong[:3] == []
    assert nftables.read(listing()).packets["sshd"] == refused
    assert refused > asked // 10 and 2 * (asked - unsent) - refused > asked // 10
    assert asked - edges >= amount.of(100000, 2000)


def access_list(port, granted=NOBODY, denied=NOBODY, mode="companion", protocol="tcp"):
    return AccessList("sshd", (port,), protocol, granted, denied, mode)


def test_a_set_without_intervals_takes_a_network_for_its_first_address(network):
    ours = nftables.render([access_list(2000, denied=OFFICE)])
    network.listen(2000)
    naive = ours.replace("\t\tflags interval\n", "")
    assert naive != ours
    done = subprocess.run(["nft", "-f", "-"], input=naive.encode(), stderr=subprocess.PIPE, check=False)
    if done.returncode == 0:  # nft before 1.0
        assert network.served("10.0.0.77", 2000)  # the whole /24 was to be refused
        assert nftables.read(listing()).unclear != ()
    else:
        assert b"flags interval" in done.stderr
    network.nft(ours)
    assert not network.served("10.0.0.77", 2000) and network.served("10.0.1.0", 2000)
    assert nftables.read(listing()).unclear == ()


#: What the table accepts of TCP: what opens no connection.
NO_FIRST_PACKET = "tcp flags & (fin | syn | rst | ack) != syn accept"
#: How many connections the kernel tracks in this network namespace.
COUNT = pathlib.Path("/proc/sys/net/netfilter/nf_conntrack_count")


def test_a_grant_of_one_table_opens_nothing_in_another(network):
    closed = "table inet closed {\n\tchain input {\n\t\ttype filter hook input priority 0;\n\t\ttcp dport 2000 reject with tcp reset\n\t}\n}\n"
    network.listen(2000)
    network.nft(closed)
    naive = "table inet naive {\n\tchain input {\n\t\ttype filter hook input priority -10;\n\t\tip saddr 10.0.0.0/24 accept\n\t}\n}\n"
    network.nft(naive)
    assert not network.served("10.0.0.77", 2000)
    # so ours says nothing of whom it grants: it opens nothing, and takes nobody away whom it grants
    ours = nftables.render([access_list(2000, granted=OFFICE, mode="replace")])
    accepts = [line.strip() for line in ours.splitlines() if "accept" in line and "policy accept" not in line]
    assert accepts == [NO_FIRST_PACKET]
    network.nft("delete table inet closed\n" + ours)
    assert network.served("10.0.0.77", 2000) and not network.served("10.0.1.77", 2000)


#: Somebody who looks at states, without whom the kernel keeps none: fresh hosts have no such table.
STATES = (
    "table inet other {\n\tchain input {\n\t\ttype filter hook input priority 0;\n\t\tct state invalid drop\n\t}\n}\n"
)


@pytest.mark.parametrize("tracked", [True, False])
def test_open_connections_stay(network, tracked):
    ours = nftables.render([access_list(2000, denied=OFFICE)])
    network.listen(2000)
    for text, stays in ((ours.replace("\t\t%s\n" % NO_FIRST_PACKET, ""), False), (ours, True)):
        network.nft("add table inet portcullis\ndelete table inet portcullis\n")
        if tracked:
            network.nft("add table inet other\ndelete table inet other\n" + STATES)
        client = network.client("10.0.0.77")
        client.connect(("198.51.100.99", 2000))
        peer, _seen = network.servers[2000].accept()
        network.nft(text)
        client.sendall(b"x")
        client.settimeout(5)
        try:
            peer.settimeout(5)
            heard = peer.recv(1) == b"x"
        except OSError:
            heard = False
        assert heard is stays, text
        assert not network.served("10.0.0.77", 2000)
        client.close()
        peer.close()


def test_who_was_reset_comes_in_by_no_old_connection(network):
    """For ten seconds the kernel counts a first packet with the same numbers to the connection that the server reset: established."""
    tcp, udp = access_list(2000, denied=OFFICE), access_list(2001, denied=OFFICE, protocol="udp")._replace(daemon="u")
    ours = nftables.render([udp, tcp])
    opening = "\t\t%s\n\t\tmeta l4proto udp ct state established accept\n" % NO_FIRST_PACKET
    assert opening in ours
    naive = ours.replace(opening, "\t\tct state established,related accept\n\t\t%s\n" % NO_FIRST_PACKET)
    network.listen(2000)
    for text, comes in ((naive, True), (ours, False)):
        network.nft(nftables.render([udp, access_list(2000)]))
        port = 40000 + comes
        client = bound_client(port)
        client.connect(("198.51.100.99", 2000))
        peer, _seen = network.servers[2000].accept()
        network.nft(text)
        client.sendall(b"unread")
        assert peer.recv(6, socket.MSG_PEEK) == b"unread"
        peer.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        client.close()
        with bound_client(port) as again:
            assert (again.connect_ex(("198.51.100.99", 2000)) == 0) is comes, text
            if comes:
                network.servers[2000].accept()[0].close()


def bound_client(port):
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    client.bind(("10.0.0.77", port))
    client.settimeout(5)
    return client


def test_a_filter_of_tcp_does_not_begin_the_tracking_of_connections(network):
    """It would be of all ports, and on a busy host its table fills: then nobody gets in."""
    network.listen(2000)

    def new_entries(lists):
        network.nft(nftables.render(lists))
        before = int(COUNT.read_text())
        assert network.served("192.0.2.7", 2000)
        return int(COUNT.read_text()) - before

    tcp = access_list(2000, denied=OFFICE)
    assert new_entries([tcp._replace(daemon="in.udp", protocol="udp", ports=(2001,)), tcp]) > 0
    assert new_entries([tcp]) == 0


def test_overlapping_networks_are_no_set(network):
    network.listen(2000)
    nets = (("10.0.0.0/8", "10.0.0.0/24"), ())
    ours = nftables.render([access_list(2000, denied=nets)])
    said = network.nft_fails(ours.replace("{ 10.0.0.0/8 }", "{ 10.0.0.0/8, 10.0.0.0/24 }"))
    assert "conflicting intervals" in said or "overlap" in said or "File exists" in said
    network.nft(ours)
    assert not network.served("10.0.0.77", 2000)


def test_merged_sets_with_a_timeout_are_not_believed(network):
    ours = nftables.render([access_list(2000, denied=OFFICE)])
    network.nft(ours.replace("flags interval\n", "flags interval,timeout\n\t\tauto-merge\n"))
    assert nftables.read(listing()).unclear != ()


def test_a_dual_stack_listener_gets_ipv4_clients(network):
    network.listen(2000)
    mapped = nftables.render([access_list(2000, denied=OFFICE)])
    # networks in the form in which the daemon sees them match no packet
    naive = mapped.replace("2001:db8::/32", "::ffff:10.0.0.0/120").replace("ip saddr @", "ip saddr != @")
    network.nft(naive)
    assert network.served("10.0.0.77", 2000)
    network.nft(mapped)
    assert not network.served("10.0.0.77", 2000) and not network.served("2001:db8::7", 2000)


def test_udp_is_refused_too(network):
    network.nft(nftables.render([access_list(2000, denied=OFFICE, protocol="udp")]))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("198.51.100.99", 2000))
        server.settimeout(5)
        for address, heard in (("10.0.0.77", False), ("10.0.1.77", True)):
            with network.client(address, socket.SOCK_DGRAM) as client:
                client.connect(("198.51.100.99", 2000))
                client.send(b"x")
                if heard:
                    assert server.recvfrom(10)[1][0] == address
                else:
                    with pytest.raises(ConnectionRefusedError):
                        client.recv(10)


def test_the_same_file_twice_is_the_same_table(network):
    ours = nftables.render([access_list(2000, denied=OFFICE), access_list(2001, granted=OFFICE, mode="replace")])
    network.nft(ours)
    first = nftables.read(listing())
    network.nft(ours)
    assert nftables.read(listing()) == first
    network.nft(nftables.REMOVE)
    assert subprocess.run(["nft", "list", "tables"], stdout=subprocess.PIPE, check=True).stdout == b""
    network.nft(nftables.REMOVE)


@pytest.mark.usefixtures("logging_namespaces")
@pytest.mark.parametrize("address", ["10.0.0.77", "2001:db8::77"])
def test_a_refusal_is_read_from_the_kernels_log(network, address):
    _lines, before = new_kernel_lines(0)
    network.nft(nftables.render([access_list(2000, denied=OFFICE)]))
    network.listen(2000)
    assert not network.served(address, 2000)
    lines, _after = new_kernel_lines(before)
    refusals = [read_message(line, 1.0, "kernel", None) for line in lines]
    assert [(one.daemon, one.address, one.by) for one in refusals if one and one.address == address] == [
        ("sshd", address, "nftables")
    ]
