# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""harden_enforce: beside an sshd that asks libwrap nftables refuses whom the tables deny, and both change together.

The tests stand in the order of a host's life, and come after those of test_enforce: no filter is there any more.
"""

import json
import time

import pytest
from test_enforce import CLIENTS, KNOCK, OURS, SERVER, run, table

HARDEN = "portcullis.tcp_wrappers.harden"
CONTROLLER = "10.99.9.1"
LIBRARY = "/usr/lib/openssh/sshd-session"
RULES = [
    "sshd: %s" % CONTROLLER,
    "sshd: 10.77.0.0/255.255.0.0, [2001:db8:77::]/48 EXCEPT 10.77.66.0/255.255.255.0",
]
NARROW = ["sshd: %s, 10.77.64.0/255.255.192.0 EXCEPT 10.77.66.0/255.255.255.0" % CONTROLLER]
NARROWLY = {address: address in ("10.77.65.255", "10.77.67.0") for address in CLIENTS}
#: What a client hears: sshd's first words, nothing where libwrap ends the connection, refused where the filter answers.
SERVED, BY_LIBWRAP, BY_FILTER = "SSH-2.0-", "", "refused"


def heard():
    return json.loads(run("python3", "-c", KNOCK, text=json.dumps([list(CLIENTS), SERVER])))


def expected(clients, refused):
    return {address: SERVED if served else refused for address, served in clients.items()}


def harden(fleet, *arguments, **variables):
    given = {"harden_allow": RULES, "harden_exclusive": True, "harden_backup": False, "harden_enforce": "companion"}
    given.update(variables)
    return fleet.playbook(HARDEN, "-e", json.dumps(given), *arguments)


def settled():
    """Wait until no change waits any more."""
    end = time.monotonic() + 120
    while run("sh", "-c", "ls -d /etc/.portcullis.tcp_wrappers 2>/dev/null || true"):
        assert time.monotonic() < end, "a change still waits"
        time.sleep(0.5)


@pytest.fixture(scope="module", autouse=True)
def sshd_asks():
    """Debian's sshd, as it was before the scenario gave it another library."""
    run("sed", "-i", "s/libnobody.so/libwrap.so.0/", LIBRARY)
    run("systemctl", "restart", "ssh")


def test_the_wrappers_alone_end_a_connection_without_a_word(fleet):
    assert heard() == expected(CLIENTS, BY_LIBWRAP)
    assert table() == ""


def test_the_filter_refuses_before_anybody_asks(fleet):
    status, said = harden(fleet, "--check")
    assert status == 0, said
    assert table() == ""
    status, said = harden(fleet)
    assert status == 0, said
    assert heard() == expected(CLIENTS, BY_FILTER)
    assert 'comment "sshd"' in table()


def test_a_repeated_run_changes_nothing(fleet):
    status, said = harden(fleet)
    assert status == 0 and "changed=0" in said, said


def test_a_filter_that_was_flushed_is_mended(fleet):
    run("nft", "flush", "ruleset")
    assert heard() == expected(CLIENTS, BY_LIBWRAP)
    status, said = harden(fleet)
    assert status == 0 and "changed=1" in said, said
    assert heard() == expected(CLIENTS, BY_FILTER)


def test_tables_and_filter_narrow_and_widen_together(fleet):
    status, said = harden(fleet, harden_allow=NARROW)
    assert status == 0, said
    assert heard() == expected(NARROWLY, BY_FILTER)
    status, said = harden(fleet)
    assert status == 0, said
    assert heard() == expected(CLIENTS, BY_FILTER)


def test_both_are_undone_where_nobody_comes_back(fleet):
    """The rules no longer grant the controller, and nobody looks: the host itself brings tables and filter back."""
    before = (run("cat", "/etc/hosts.allow"), run("sh", "-c", OURS))
    status, said = harden(
        fleet,
        harden_allow=[NARROW[0].replace(CONTROLLER + ", ", "")],
        harden_lockout_guard="disabled",
        harden_rollback_timeout=8,
    )
    assert status != 0, said
    settled()
    assert (run("cat", "/etc/hosts.allow"), run("sh", "-c", OURS)) == before
    assert heard() == expected(CLIENTS, BY_FILTER)


def test_absent_takes_the_filter_away_with_the_policy(fleet):
    status, said = harden(fleet, harden_state="absent")
    assert status == 0, said
    assert table() == "" and [line for line in run("sh", "-c", OURS).splitlines() if "portcullis" in line] == []
    assert heard() == expected(CLIENTS, BY_LIBWRAP)
    status, said = harden(fleet, harden_state="absent")
    assert status == 0 and "changed=0" in said, said
