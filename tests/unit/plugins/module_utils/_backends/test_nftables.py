# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The table of nftables: what real releases list of it is read back, and what is not of our making is never taken for it.

fixtures/nft-*.json is what `nft -j list table inet portcullis` printed in Debian 11, 12 and 13 for the text of `lists.LISTS`.
"""

import copy
import json
import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import boot, nftables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
    AccessList,
    Drift,
    Enforced,
    drifts,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError

HERE = os.path.dirname(os.path.abspath(__file__))
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils._backends.lists import (
    DENIED,
    GRANTED,
    LISTS,
    NOBODY,
)


def listing(release):
    with open(os.path.join(HERE, "fixtures", "nft-%s.json" % release), encoding="utf-8") as text:
        return json.load(text)


@pytest.mark.parametrize("release", ["0.9.8", "1.0.6", "1.1.3"])
def test_what_a_kernel_lists_is_what_was_asked_for(release):
    reading = nftables.read(listing(release))
    assert reading.unclear == () and reading.there
    assert drifts(LISTS, reading.enforced) == []
    assert reading.packets["sshd"] == 0
    # the reader can tell: another list for the same port differs
    other = [LISTS[0]._replace(granted=(GRANTED[0], ("2001:db8::/33", "::1.2.3.4/128")))] + LISTS[1:]
    assert drifts(other, reading.enforced) == [
        Drift("sshd", 22, "tcp", "2001:db8:8000::", False),
        Drift("sshd", 2222, "tcp", "2001:db8:8000::", False),
    ]


def test_a_table_that_is_not_there_refuses_nothing():
    reading = nftables.read({"nftables": [{"metainfo": {"version": "1.0.6"}}]})
    assert reading == nftables.Reading((), (), {}, False)
    assert drifts(LISTS[:1], reading.enforced)[0] == Drift("sshd", 22, "tcp", "0.0.0.0", False)


def test_the_tables_of_others_are_not_read():
    theirs = copy.deepcopy(listing("1.0.6"))
    for item in theirs["nftables"]:
        for kind in ("table", "set", "chain", "rule"):
            if kind in item:
                item[kind]["family"] = "ip"
    assert not nftables.read(theirs).there


def places(value, path=()):
    """The path to each value in a listing."""
    yield path
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield from places(value[key], path + (key,))


@pytest.mark.parametrize("odd", [None, 1, -1, 2**80, "odd", [], [1, 2], {}, {"match": 7}], ids=repr)
def test_a_listing_of_any_form_is_read_and_never_an_error(odd):
    """A host's own nft may say anything. What is odd in our table makes it unclear, another set, or less enforced."""
    for path in places(listing("1.0.6")):
        whole = [listing("1.0.6")]
        inner, keys = whole, (0,) + path
        for key in keys[:-1]:
            inner = inner[key]
        inner[keys[-1]] = odd
        reading = nftables.read(whole[0])
        assert all(isinstance(drift, Drift) for drift in drifts(LISTS, reading.enforced))
        assert all(isinstance(words, str) for words in reading.unclear)


def part(items, kind, **wanted):
    return next(
        item[kind]
        for item in items["nftables"]
        if kind in item and all(item[kind].get(name) == value for name, value in wanted.items())
    )


def input_rules(items):
    return [item["rule"] for item in items["nftables"] if item.get("rule", {}).get("chain") == "input"]


def dormant(items):
    part(items, "table")["flags"] = "dormant"


def unhooked(items):
    chain = part(items, "chain", name="input")
    for name in ("type", "hook", "prio", "policy"):
        del chain[name]


def forward(items):
    part(items, "chain", name="input")["hook"] = "forward"


def drops_all(items):
    part(items, "chain", name="input")["policy"] = "drop"


def no_intervals(items):
    del part(items, "set")["flags"]


def timeouts(items):
    part(items, "set")["flags"] = ["interval", "timeout"]


def element_expires(items):
    part(items, "set")["elem"][0] = {"elem": {"val": "10.0.0.0", "timeout": 60}}


def no_established(items):
    items["nftables"].remove({"rule": input_rules(items)[1]})


def established_tcp(items):
    """What stood there before: a first packet after a reset is established, too."""
    del input_rules(items)[1]["expr"][0]


def established_of_another_protocol(items):
    input_rules(items)[1]["expr"][0]["match"]["right"] = "tcp"


def new_flows(items):
    input_rules(items)[1]["expr"][1]["match"]["right"] = ["established", "new"]


def established_first(items):
    rules = input_rules(items)
    items["nftables"].remove({"rule": rules[1]})
    items["nftables"].insert(items["nftables"].index({"rule": rules[0]}), {"rule": rules[1]})


def no_first_packets(items):
    items["nftables"].remove({"rule": input_rules(items)[0]})


def accepts_first_packets(items):
    input_rules(items)[0]["expr"][0]["match"]["op"] = "=="


def other_flags(items):
    input_rules(items)[0]["expr"][0]["match"]["left"]["&"][1] = ["fin", "syn"]


def accepts_first(items):
    part(items, "rule", chain="input", comment="sshd")["expr"] = [{"accept": None}]


def only_from_one_interface(items):
    rule = part(items, "rule", chain="input", comment="sshd")
    rule["expr"].insert(0, {"match": {"op": "==", "left": {"meta": {"key": "iifname"}}, "right": "eth0"}})


def refusal_accepts(items):
    part(items, "rule", chain="refuse_tcp_sshd")["expr"] = [{"accept": None}]


def refusal_sometimes(items):
    rules = [item["rule"] for item in items["nftables"] if item.get("rule", {}).get("chain") == "refuse_tcp_sshd"]
    rules[-1]["expr"].insert(0, {"limit": {"rate": 1, "per": "second"}})


def refusal_gone(items):
    items["nftables"] = [item for item in items["nftables"] if item.get("rule", {}).get("chain") != "refuse_tcp_sshd"]


def other_hook(items):
    items["nftables"].append(
        {"chain": {"family": "inet", "table": "portcullis", "name": "more", "hook": "prerouting", "type": "filter"}}
    )


@pytest.mark.parametrize(
    "change",
    [
        dormant,
        unhooked,
        forward,
        drops_all,
        no_intervals,
        timeouts,
        element_expires,
        no_established,
        established_tcp,
        established_of_another_protocol,
        new_flows,
        established_first,
        no_first_packets,
        accepts_first_packets,
        other_flags,
        accepts_first,
        only_from_one_interface,
        refusal_accepts,
        refusal_sometimes,
        refusal_gone,
        other_hook,
    ],
)
def test_a_table_that_somebody_changed_is_said(change):
    changed = copy.deepcopy(listing("1.0.6"))
    change(changed)
    assert nftables.read(changed).unclear != ()


def test_an_element_less_is_a_drift():
    changed = copy.deepcopy(listing("1.0.6"))
    part(changed, "set", name="d_sshd_tcp_22_v4")["elem"].remove("192.0.2.7")
    assert drifts(LISTS, nftables.read(changed).enforced)[0] == Drift("sshd", 22, "tcp", "192.0.2.7", True)


def test_a_port_that_nobody_asked_for_is_a_drift():
    enforced = nftables.read(listing("1.0.6")).enforced
    assert Drift("none", 2, "tcp", "0.0.0.0", True) in drifts(LISTS[:3] + LISTS[4:], enforced)
    assert drifts([], [Enforced("sshd", (22,), "tcp", ())]) == []


def test_the_text_only_refuses_and_is_one_change():
    text = nftables.render(LISTS)
    assert [line.strip() for line in text.splitlines() if "accept" in line] == [
        "type filter hook input priority 10; policy accept;",
        "tcp flags & (fin | syn | rst | ack) != syn accept",
        "meta l4proto udp ct state established accept",
    ]
    assert text.index("ct state established accept") < text.index("dport")
    assert text.index("table inet portcullis\ndelete table inet portcullis\n") < text.index("table inet portcullis {")
    assert text.count("flags interval") == text.count("\tset ") and "auto-merge" not in text
    assert 'log prefix "portcullis in.tftpd refused: "' in text and "reject with tcp reset" in text
    quiet = nftables.render(LISTS, nftables.Style("drop", False))
    assert "log prefix" not in quiet and "reject" not in quiet and "counter drop" in quiet


def test_tcp_alone_needs_no_tracking_of_connections():
    """Nor does a table whose service of UDP is gone need it, and one that still has it is read all the same."""
    tcp = [one for one in LISTS if one.protocol == "tcp"]
    assert "ct state" not in nftables.render(tcp)
    items = listing("1.0.6")
    without = copy.deepcopy(items)
    for one in input_rules(without)[2:]:
        if "udp" in str(one["expr"]):
            without["nftables"].remove({"rule": one})
    assert nftables.read(without).unclear == ()
    no_established(without)
    assert nftables.read(without).unclear == ()
    no_first_packets(without)
    assert nftables.read(without).unclear == (
        "chain input does not begin with: tcp flags & (fin | syn | rst | ack) != syn accept",
    )


def test_names_of_two_daemons_stay_apart():
    one = AccessList("a.b", (7,), "tcp", GRANTED, DENIED, "replace")
    text = nftables.render([one, one._replace(daemon="a-b", ports=(8,)), one._replace(daemon="a_db", ports=(9,))])
    assert len(set(line for line in text.splitlines() if line.startswith("\tchain refuse"))) == 3


def test_bad_styles_are_refused():
    with pytest.raises(BackendError, match="must be reset or drop"):
        nftables.render(LISTS, nftables.Style("ignore"))


@pytest.mark.parametrize("field", ["granted", "denied"])
def test_overlaps_never_reach_nft(field):
    # nft refuses a set whose elements overlap ("conflicting intervals specified")
    nets = (("10.0.0.0/8", "10.1.0.0/16", "10.1.2.3/32"), ())
    access = AccessList("sshd", (22,), "tcp", NOBODY, NOBODY, "replace" if field == "granted" else "companion")
    text = nftables.render([access._replace(**{field: nets})])
    assert "elements = { 10.0.0.0/8 }" in text


def test_the_unit_comes_before_the_network_and_others_bring_the_table_back():
    unit = boot.unit_text("/usr/sbin/nft")
    assert "ExecStart=/usr/sbin/nft -f /etc/portcullis.nft\n" in unit and "Before=network-pre.target" in unit
    dropin = boot.dropin_text("/usr/sbin/nft")
    for step in ("ExecStartPost", "ExecReload", "ExecStopPost"):
        assert "%s=-/usr/sbin/nft -f /etc/portcullis.nft\n" % step in dropin


def test_ranges_of_elements():
    assert nftables.read(listing("0.9.8")).enforced[0].ports == (22, 2222)
    changed = copy.deepcopy(listing("1.0.6"))
    one = part(changed, "set", name="d_in_tftpd_udp_69_v4")
    one["elem"] = [{"range": ["11.0.0.0", "11.255.255.255"]}, {"range": ["12.0.0.0", "12.0.0.4"]}]
    assert drifts(LISTS, nftables.read(changed).enforced) == []
