# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tables and the filter beside them change as one: neither order of the two lets anybody in or keeps anybody out, and both are undone together."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import nftables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
    AccessList,
    boundaries,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from anyip import CannotSend
from libwrap import Libwrap, Question
from place import in_place

DENY = b"ALL: ALL\n"
#: Before and after: (hosts.allow, hosts.deny).
CHANGES = {
    "widened": ((b"sshd: 10.0.0.0/8\n", DENY), (b"sshd: 10.0.0.0/8, 192.0.2.0/24, [2001:db8::]/32\n", DENY)),
    "narrowed": ((b"sshd: 10.0.0.0/8, 192.0.2.0/24, [2001:db8::]/32\n", DENY), (b"sshd: 10.0.0.0/8\n", DENY)),
    "both": (
        (b"sshd: 10.0.0.0/8 EXCEPT 10.66.0.0/16\nsshd: [2001:db8::]/33\n", DENY),
        (
            b"sshd: 10.64.0.0/255.192.0.0, .example.com\nsshd: [2001:db8:8000::]/33\n",
            b"ALL: ALL EXCEPT 198.51.100.0/24\n",
        ),
    ),
    "opened": ((b"sshd: 10.0.0.0/8\n", DENY), (b"", b"sshd: 192.0.2.0/24\n")),
    "closed": ((b"", b"sshd: 192.0.2.0/24\n"), (b"sshd: 10.0.0.0/8\n", DENY)),
}
PORT = 2000


def filter_of(tables):
    """The filter beside a pair of tables."""
    sets = Policy.parse(tables[0], tables[1], "debian").sets("sshd", PORT)
    return AccessList("sshd", (PORT,), "tcp", sets.granted, sets.denied, "companion")


def edges(lists):
    """Addresses on both sides of every edge of what the filters refuse and the tables grant, and some in the midst."""
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
        ranges_of,
        refused_ranges,
    )

    found = {"10.1.2.3", "10.66.1.1", "10.77.1.1", "192.0.2.7", "198.51.100.7", "2001:db8::7", "2001:db8:8000::7"}
    for one in lists:
        found.update(boundaries(refused_ranges(one)))
        found.update(boundaries(ranges_of(one.granted)))
    return sorted(found)


def by_libwrap(folder, tables, addresses, name):
    """Whom the real libwrap lets in."""
    with Libwrap(folder, True, ()) as libwrap:
        libwrap.write("allow", tables[0])
        libwrap.write("deny", tables[1])
        asked = [Question("sshd", address, name, "", "", "", "", "", "0") for address in addresses]
        answers = []
        for start in range(0, len(asked), 40):  # as many as the pipe holds
            answers += libwrap.ask(asked[start : start + 40])
    return {address: answer[0] == "granted" for address, answer in zip(addresses, answers)}


def by_filter(network, access):
    """Whom real connections reach, through the real nft."""
    network.nft(nftables.render([access], nftables.Style(log=False)))

    def passes(address):
        try:
            return network.served(address, PORT)
        except CannotSend:
            return None

    return passes


@pytest.mark.parametrize("name", ["", "host.example.com"])
@pytest.mark.parametrize("kind", sorted(CHANGES))
def test_neither_order_lets_anybody_in_or_keeps_anybody_out(kind, name, network, tmp_path, say):
    """Of each client the answer in between is that of before or that of afterwards, whichever of the two halves is new."""
    network.listen(PORT)
    lists = [filter_of(tables) for tables in CHANGES[kind]]
    addresses = edges(lists)
    tables = [by_libwrap(tmp_path, pair, addresses, name) for pair in CHANGES[kind]]
    passes = []
    for access in lists:
        passed = by_filter(network, access)
        passes.append({address: passed(address) for address in addresses})
    sendable = [address for address in addresses if passes[0][address] is not None]
    in_between = [
        {address: tables[table][address] and passes[which][address] for address in sendable}
        for table, which in ((0, 0), (1, 1), (0, 1), (1, 0))
    ]
    old, new, filter_first, tables_first = in_between
    assert old == {
        address: tables[0][address] for address in sendable
    }  # the filter refuses nobody whom the tables grant
    assert new == {address: tables[1][address] for address in sendable}
    for between in (filter_first, tables_first):
        assert [address for address in sendable if between[address] not in (old[address], new[address])] == []
    say(
        "%s, %s: %d addresses, %d change hands"
        % (kind, name or "no name", len(sendable), sum(old[one] != new[one] for one in sendable))
    )
    assert old != new and len(sendable) > 10


STEPS = """
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import write
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access

SSH = [{"daemon": "sshd", "ports": [22]}]
OLD = {"allow": "# by hand\\nsshd: 10.0.0.0/8\\n", "deny": "ALL: ALL\\n"}
WIDE = ["sshd: 10.0.0.0/8", "sshd: 192.0.2.0/24"]

def declare(check_mode=False, **params):
    options = {name: about.get("default") for name, about in hosts_access.argument_spec().items()}
    options.update(allow=WIDE, deny=[], default="deny", exclusive=True, dialect="debian", unenforced="ignore", companion=SSH)
    options.update(record="/etc/record.json", rollback_timeout=2)
    options.update(params)
    return hosts_access.run(Call(options, check_mode, True))

def etc():
    found = {}
    for name in files():
        with open(name.replace("/mnt/new", "/etc")) as stream:
            found[name] = stream.read()
    return found

def state():
    return [etc(), nft(*TABLE)]

for name, text in OLD.items():
    with open("/etc/hosts.%s.new" % name, "w") as stream:
        stream.write(text)
    os.chmod("/etc/hosts.%s.new" % name, 0o600)
    os.rename("/etc/hosts.%s.new" % name, "/etc/hosts.%s" % name)

seen = {"before": state()}
done = declare(check_mode=True)
seen["check"] = [done["changed"], [one.get("after_header") for one in done["diff"]], state() == seen["before"]]
done = declare(rollback_session=session(1))
seen["lent"] = [done["lockout"]["pending"], done["companion"], state(), settled(), state() == seen["before"]]
commit = write.commit
holders = []
real = write.take_effect
write.take_effect = lambda *given: (holders.append(owned_table()), real(*given))[1]
for name, params in (("failed", {"rollback_session": session(2)}), ("failed_at_once", {"rollback_timeout": 0})):
    try:
        declare(**params)
    except TaskError as error:
        seen[name] = str(error)
    holders.pop().close()
    seen[name + "_left"] = [settled(), state() == seen["before"]]
write.take_effect = real
done = declare(rollback_session=session(3), rollback_timeout=60)
seen["confirmed"] = [task(rollback_session=session(3, confirm=True))["lockout"], settled(), state()]
seen["again"] = declare()["changed"]
nft("flush", "ruleset")
seen["drift"] = [declare(check_mode=True)["changed"], declare()["changed"], nft(*TABLE) == seen["confirmed"][2][1], declare()["changed"]]
wide = state()
done = declare(allow=WIDE[:1], rollback_session=session(4))
seen["narrowed"] = [nft(*TABLE), settled(), state() == wide]
done = declare(allow=None, deny=None, default=None, exclusive=False, state="absent", companion=[], rollback_session=session(5))
seen["absent_lent"] = [done["lockout"]["pending"], nft(*TABLE), settled(), state() == wide]
done = declare(allow=None, deny=None, default=None, exclusive=False, state="absent", companion=[])
seen["absent"] = [done["changed"], state() == seen["before"], state()]
task(services=SSH, dialect="debian", allow_text="sshd: 10.\\n", deny_text="ALL: ALL\\n")
others = state()
try:
    declare()
except TaskError as error:
    seen["anothers"] = str(error)
seen["anothers_left"] = state() == others
declare(allow=None, deny=None, default=None, exclusive=False, state="absent", companion=[])
seen["anothers_stays"] = state() == others
print(json.dumps(seen))
"""


@pytest.fixture(name="seen", scope="module")
def fixture_seen():
    return in_place(STEPS)


def test_check_mode_shows_both_and_changes_nothing(seen):
    changed, paths, left = seen["check"]
    assert changed and left and "/etc/portcullis.nft" in paths


def test_what_is_not_confirmed_is_undone_together(seen):
    pending, rows, (files, table), settled, back = seen["lent"]
    assert pending and settled and back
    assert rows == [{"daemon": "sshd", "ports": [22], "protocol": "tcp", "refuses": True, "in_force": True}]
    assert "192.0.2.0/24" in files["/mnt/new/hosts.allow"] and "/mnt/new/portcullis.nft" in files
    assert "@d_sshd_tcp_22_v4" in table and seen["before"][1] == ""


@pytest.mark.parametrize("name", ["failed", "failed_at_once"])
def test_tables_do_not_stay_new_where_the_filter_cannot_be_loaded(seen, name):
    assert "nft does not load /etc/portcullis.nft" in seen[name] and "All is as it was" in seen[name]
    assert seen[name + "_left"] == [True, True]


def test_one_confirmation_is_for_both(seen):
    verdict, settled, (files, table) = seen["confirmed"]
    assert verdict == {"verdict": "confirmed"} and settled
    assert "192.0.2.0/24" in files["/mnt/new/hosts.allow"] and table == seen["lent"][2][1]


def test_twice_is_once_and_drift_is_mended(seen):
    assert seen["again"] is False
    assert seen["drift"] == [True, True, True, False]


def test_a_narrower_filter_goes_with_its_tables(seen):
    table, settled, back = seen["narrowed"]
    assert table not in ("", seen["lent"][2][1]) and settled and back


def test_absent_takes_both_away(seen):
    assert seen["absent_lent"][1:] == ["", True, True]
    assert seen["absent"][0] and seen["absent"][1], seen["absent"][2]


def test_the_filter_of_another_task_is_left_alone(seen):
    assert seen["anothers"].startswith("/etc/portcullis.nft was written by the role enforce or by a task")
    assert seen["anothers_left"] and seen["anothers_stays"]
