# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ports that NAT hands on, by the rules that Docker, kube-proxy and administrators write; tests/enforce has the real kernel."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.handed_on import (
    from_iptables,
    from_nft,
    is_handed_on,
    own_addresses,
)

OWN = {"10.0.0.2", "172.17.0.1", "127.0.0.1", "::1"}

#: `docker run -p 8080:80`, of Docker 24.
DOCKER = """*nat
:PREROUTING ACCEPT [0:0]
:DOCKER - [0:0]
-A PREROUTING -m addrtype --dst-type LOCAL -j DOCKER
-A OUTPUT ! -d 127.0.0.0/8 -m addrtype --dst-type LOCAL -j DOCKER
-A POSTROUTING -s 172.17.0.0/16 ! -o docker0 -j MASQUERADE
-A DOCKER -i docker0 -j RETURN
-A DOCKER ! -i docker0 -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.17.0.2:80
COMMIT
"""
#: kube-proxy: a cluster's address that is not the host's own, and a port of the node.
CLUSTER = """*nat
:PREROUTING ACCEPT [0:0]
-A PREROUTING -j KUBE-SERVICES
-A KUBE-SERVICES -d 10.96.0.1/32 -p tcp -m tcp --dport 443 -j KUBE-SVC-A
-A KUBE-SERVICES -m addrtype --dst-type LOCAL -j KUBE-NODEPORTS
-A KUBE-NODEPORTS -p tcp -m tcp --dport 30080 -j KUBE-SVC-B
-A KUBE-SVC-A -j KUBE-SEP-A
-A KUBE-SEP-A -p tcp -m tcp -j DNAT --to-destination 10.0.0.9:6443
-A KUBE-SVC-B -j KUBE-SEP-B
-A KUBE-SEP-B -p tcp -m tcp -j DNAT --to-destination 10.244.0.3:80
COMMIT
"""


@pytest.mark.parametrize(
    "rules, protocol, port, told",
    [
        (DOCKER, "tcp", 8080, True),
        (DOCKER, "udp", 8080, False),
        (DOCKER, "tcp", 80, False),
        (CLUSTER, "tcp", 443, False),
        (CLUSTER, "tcp", 30080, True),
        ("-A PREROUTING -p tcp --dport 80 -j REDIRECT --to-ports 8080", "tcp", 80, False),
        ("-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination :8080", "tcp", 80, False),
        ("-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 127.0.0.1:8080", "tcp", 80, False),
        ("-A PREROUTING -d 10.0.0.2/32 -p tcp --dport 25 -j DNAT --to-destination 192.0.2.9", "tcp", 25, True),
        ("-A PREROUTING -d 192.0.2.1/32 -p tcp --dport 25 -j DNAT --to-destination 10.9.9.9", "tcp", 25, False),
        ("-A PREROUTING ! -d 192.0.2.1/32 -p tcp --dport 25 -j DNAT --to-destination 10.9.9.9", "tcp", 25, True),
        (
            "-A PREROUTING -p udp -m multiport --dports 53,5000:5010 -j DNAT --to-destination 10.9.9.9",
            "udp",
            5005,
            True,
        ),
        ("-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination [::1]:8080", "tcp", 80, False),
        ("-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination [2001:db8::9]:8080", "tcp", 80, True),
        ("-A PREROUTING -p tcp --dport 80 -j DNAT --to-destination 2001:db8::9", "tcp", 80, True),
        ("-A OUTPUT -p tcp --dport 25 -j DNAT --to-destination 10.9.9.9", "tcp", 25, False),
        ("-A PREROUTING -j A\n-A A -j PREROUTING", "tcp", 25, False),
        ("", "tcp", 25, False),
    ],
)
def test_iptables(rules, protocol, port, told):
    assert is_handed_on(from_iptables(rules, OWN), protocol, port) is told


def nft(*expressions, hook="prerouting", table="mine"):
    """A chain for NAT with one rule, as `nft -j list ruleset` shows it."""
    place = {"family": "ip", "table": table}
    return {
        "nftables": [
            {"chain": dict(place, name="c", type="nat", hook=hook, prio=-100, policy="accept")},
            {"rule": dict(place, chain="c", expr=list(expressions))},
        ]
    }


def match(protocol, field, right, op="=="):
    return {"match": {"op": op, "left": {"payload": {"protocol": protocol, "field": field}}, "right": right}}


ELSEWHERE = {"dnat": {"addr": "172.20.0.2", "port": 80}}


@pytest.mark.parametrize(
    "listing, told",
    [
        (nft(match("tcp", "dport", 8080), ELSEWHERE), True),
        (nft(match("tcp", "dport", {"set": [22, {"range": [8000, 8100]}]}), ELSEWHERE), True),
        (nft(match("udp", "dport", 8080), ELSEWHERE), False),
        (nft(match("tcp", "dport", 8080), ELSEWHERE, hook="output"), False),
        (nft(match("tcp", "dport", 8080), {"dnat": {"port": 80}}), False),
        (nft(match("tcp", "dport", 8080), {"redirect": {"port": 80}}), False),
        (nft(match("tcp", "dport", 8080), {"dnat": {"addr": "10.0.0.2", "port": 80}}), False),
        (nft(match("ip", "daddr", "192.0.2.1"), match("tcp", "dport", 8080), ELSEWHERE), False),
        (nft(match("ip", "daddr", {"prefix": {"addr": "10.0.0.0", "len": 8}}), ELSEWHERE), True),
        (nft(match("ip", "daddr", "@published"), match("tcp", "dport", 8080), ELSEWHERE), True),
        (nft(match("tcp", "dport", 8080), ELSEWHERE, table="nat"), False),  # iptables-save showed that one
        ({}, False),
    ],
)
def test_nft(listing, told):
    assert is_handed_on(from_nft(listing, OWN, [("ip", "nat")]), "tcp", 8080) is told


def test_the_host_s_own_addresses(tmp_path):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "fib_trie").write_text(
        "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n     |-- 10.0.0.2\n        /32 host LOCAL\n"
        "     |-- 10.0.0.255\n        /32 link BROADCAST\n"
    )
    (tmp_path / "net" / "if_inet6").write_text("20010db8000000000000000000000007 02 40 00 80     eth0\n")
    assert own_addresses(str(tmp_path)) == {"10.0.0.2", "2001:db8::7"}
