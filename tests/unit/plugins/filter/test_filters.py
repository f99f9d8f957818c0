# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the filters say to what is not in their examples."""

import functools

import pytest
from ansible.errors import AnsibleFilterError

from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_compare import hosts_access_compare
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_decide import hosts_access_decide
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_lint import hosts_access_lint
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_parse import hosts_access_parse
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_render import hosts_access_render
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_search import hosts_access_search
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_sets import hosts_access_sets
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_translate import hosts_access_translate
from ansible_collections.portcullis.tcp_wrappers.plugins.filter.tcpd_expand import tcpd_expand
from ansible_collections.portcullis.tcp_wrappers.plugins.test.hosts_access_granted import hosts_access_granted

SSH = [{"daemon": "sshd", "ports": [22]}]
TABLES = {"allow": "sshd: 10.0.0.0/8\n", "deny": "ALL: ALL: spawn echo %h\n"}


def test_a_decision_tells_the_rule():
    told = hosts_access_decide(TABLES, daemon="sshd", address="11.1.2.3", hostname="a b.example.com")
    assert (told["access"], told["table"], told["line"], told["actions"]) == (
        "denied",
        "deny",
        1,
        ["spawn echo a_b.example.com"],
    )
    assert hosts_access_decide(TABLES, daemon="sshd", address="10.1.2.3", dialect="el6")["access"] == "denied"


def test_missing_tables_grant():
    assert hosts_access_decide({"allow": None}, daemon="sshd", address="10.1.2.3")["access"] == "granted"


@pytest.mark.parametrize(
    "call, words",
    [
        (lambda: hosts_access_decide("sshd: ALL", daemon="sshd"), "give the texts of the tables as"),
        (lambda: hosts_access_decide({}, daemon="sshd"), "give the texts of the tables as"),
        (
            lambda: hosts_access_decide({"alow": ""}, daemon="sshd"),
            "the mapping of the tables has 'alow', which it does not take. Write allow for alow. It takes allow, deny",
        ),
        (
            lambda: hosts_access_decide(TABLES, daemon="sshd", addres="10.1.2.3"),
            "the request has 'addres', which it does not take. Write address for addres",
        ),
        (lambda: hosts_access_decide(TABLES, address="10.1.2.3"), "a request needs a daemon"),
        (lambda: hosts_access_lint(TABLES, dialect="solaris"), "unknown dialect"),
        (lambda: hosts_access_search(TABLES, access="maybe"), "maybe"),
        (lambda: hosts_access_search(TABLES, port=22), "port"),
        (lambda: hosts_access_render([12]), "rule"),
        (lambda: hosts_access_translate(TABLES, "ufw", SSH), "target is 'ufw', and must be one of nftables, sshd"),
        (lambda: hosts_access_translate(TABLES, "sshd", SSH, mode="both"), "mode is 'both'"),
        (lambda: hosts_access_translate(TABLES, "sshd", SSH, sshd_version="new"), "sshd_version is 'new'"),
        (lambda: hosts_access_translate(TABLES, "sshd", []), "services must be a list of mappings"),
        (lambda: hosts_access_translate(TABLES, "sshd", ["sshd"]), r"services\[0\] is 'sshd', and must be a mapping"),
        (lambda: hosts_access_translate(TABLES, "sshd", [{"daemon": "sshd"}]), r"services\[0\]: ports is None"),
        (
            lambda: hosts_access_translate(TABLES, "sshd", [dict(SSH[0], port=1)]),
            r"services\[0\] has 'port', which it does not take. Write ports for port",
        ),
        (
            lambda: hosts_access_translate({"allow": "sshd: .example.com\n", "deny": "ALL: ALL\n"}, "sshd", SSH),
            r"hosts.allow line 1 \(.example.com\) makes .example.com granted",
        ),
        (lambda: tcpd_expand("%h", {}), "needs a daemon"),
        (lambda: hosts_access_granted({"daemon": "sshd"}, None), "give the texts of the tables as"),
        (
            lambda: hosts_access_granted(TABLES, daemon="sshd"),
            "hosts_access_granted: the call has 'daemon', which it does not take. It takes tables, dialect. The request "
            "stands before `is`",
        ),
        (lambda: tcpd_expand("%h", daemon="sshd"), "It takes request, dialect. The request is one mapping"),
        (
            lambda: hosts_access_translate(TABLES, dialect="freebds"),
            "hosts_access_translate: the call has no target and no services: give both",
        ),
        (lambda: hosts_access_sets(TABLES), "the call has no daemon: give it"),
        (functools.partial(hosts_access_sets, TABLES, "sshd", daemon="sshd"), "the call has daemon twice"),
        (lambda: hosts_access_lint(TABLES, "debian", "sshd"), "the call has more values than dialect"),
        (lambda: hosts_access_lint(TABLES, dialct="el7"), "Write dialect for dialct"),
    ],
)
def test_a_mistake_is_told_in_one_line(call, words):
    with pytest.raises(AnsibleFilterError, match=words) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_parse_and_render_are_each_other_s_way_back():
    rules = hosts_access_parse({"allow": "sshd, in.ftpd: 10.0.0.0/8 EXCEPT 10.9.0.0/16: severity auth.info\n"})
    assert rules[0]["daemons"] == ["sshd", "in.ftpd"] and rules[0]["options"] == ["severity auth.info"]
    assert hosts_access_parse({"allow": hosts_access_render(rules)})[0]["clients_except"] == ["10.9.0.0/16"]


def test_the_same_policy_compares_as_nothing():
    other = {"allow": "sshd: 10.\n", "deny": "ALL: ALL: spawn echo %h\n"}
    assert hosts_access_compare(TABLES, other) == []
    (change,) = hosts_access_compare(TABLES, dict(TABLES, allow="sshd: 10.0.0.0/9\n"))
    assert (change["daemon"], change["clients"], change["before"], change["after"]) == (
        "sshd",
        "10.128.0.0/9",
        "granted",
        "denied",
    )


def test_a_search_shows_a_witness():
    told = hosts_access_search(TABLES, daemon="sshd", network=["10.0.0.0/8", "11.0.0.0/8"])
    assert told["found"] and told["witness"]["address"].startswith("10.") and "pid" not in told["witness"]
    assert hosts_access_search(TABLES, access="granted", daemon="in.telnetd") == {
        "found": False,
        "witness": None,
        "depends": [],
    }


def test_a_request_is_granted_or_not():
    assert hosts_access_granted({"daemon": "sshd", "address": "10.1.2.3"}, TABLES)
    assert not hosts_access_granted({"daemon": "sshd", "address": "11.1.2.3"}, TABLES)


def test_sets_are_plain_values():
    told = hosts_access_sets(
        {"allow": "sshd: 10.0.0.0/8, .example.com\n", "deny": "ALL: ALL: spawn echo\n"}, "sshd", port=22
    )
    assert told["granted"] == {"ipv4": ["10.0.0.0/8"], "ipv6": [], "count": 1}
    assert [one["reason"] for one in told["unexpressed"]] == ["name"]
    assert told["unexpressed"][0]["rules"] == [{"table": "allow", "line": 1, "text": "sshd: 10.0.0.0/8, .example.com"}]
    assert told["lost"] == [
        {"option": "spawn", "value": "echo", "rule": {"table": "deny", "line": 1, "text": "ALL: ALL: spawn echo"}}
    ]


def test_a_translation_may_deny_what_addresses_do_not_settle():
    tables = {"allow": "sshd: 0.0.0.0/1, .example.com\n", "deny": "ALL: ALL\n"}
    text = hosts_access_translate(tables, "sshd", SSH, unexpressed="deny")
    assert "Match Address 128.0.0.0/1,::/0,fe8?:*%*,fe9?:*%*,fea?:*%*,feb?:*%*\n" in text
    companion = hosts_access_translate(tables, "sshd", SSH, mode="companion")
    assert "Match" not in companion


def test_ports_settle_rules_that_name_ports():
    tables = {"allow": "22: 0.0.0.0/1\n", "deny": "ALL: ALL\n"}
    assert "128.0.0.0/1" in hosts_access_translate(tables, "sshd", [{"daemon": "sshd", "ports": ["22"]}])
