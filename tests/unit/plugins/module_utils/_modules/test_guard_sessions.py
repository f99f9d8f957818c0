# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Others who are logged in are named or kept, and a refusal is explained by the host's log."""

import json
import pathlib
import time
import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.arguments import (
    LockoutArguments,
    lockout_argument_spec,
    tables_argument_spec,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import (
    refusal as guard_refusal,
    confirmation as guard_session,
    other_sessions as guard_sessions,
    still_there,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout.guard import Guarded
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs.refusal_lines import read_message
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import enforcers
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import parse_connection
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_sessions import SshSession
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect


#: What nft 1.1.3 lists of a filter for sshd (ports 22 and 2222) that grants 10.0.0.0/8, 192.0.2.7 and 2001:db8::/32.
LISTING = pathlib.Path(__file__).parent.parent / "_backends" / "fixtures" / "nft-1.1.3.json"


def arguments(**given):
    """A task's options of lockout, with their defaults."""
    spec = dict(tables_argument_spec(), **lockout_argument_spec())
    return LockoutArguments(dict({name: about.get("default") for name, about in spec.items()}, **given))


@pytest.fixture
def check(monkeypatch):
    monkeypatch.setattr(
        guard_sessions,
        "list_ssh_sessions",
        lambda: [
            SshSession("alice", "203.0.113.5"),
            SshSession("bob", "192.0.2.8"),
            SshSession("me", "192.0.2.7"),
            SshSession("carol", "::ffff:203.0.113.6"),
        ],
    )

    def run(allow, deny, keep=False, daemons=("sshd",), root="/"):
        return guard_sessions.check_sessions(
            arguments(keep_sessions=keep), Root(root), Policy.parse(allow, deny, "debian"), daemons, ["192.0.2.7"]
        )

    return run


def test_others_who_would_not_get_in_again_are_named_with_the_rule(check):
    (warning,) = check(b"sshd: 192.0.2.8\n", b"ALL: ALL\n")
    assert (
        "alice from 203.0.113.5 (sshd is denied by /etc/hosts.deny line 1, 'ALL: ALL'); carol from ::ffff:203.0.113.6"
        in warning
    )
    assert "bob" not in warning and "me from" not in warning and "keep_sessions: true" in warning


def test_keep_sessions_refuses(check):
    with pytest.raises(TaskError, match="keep_sessions: nothing was changed.*alice from 203.0.113.5"):
        check(b"sshd: 192.0.2.8\n", b"ALL: ALL\n", keep=True)
    assert check(b"sshd: 192.0.2. 203.0.113.\n", b"ALL: ALL\n", keep=True) == []


def test_every_door_must_let_them_in(check):
    assert "doorkeeper is denied" in check(b"sshd: ALL\n", b"ALL: ALL\n", daemons=("doorkeeper", "sshd"))[0]


def test_who_may_get_in_by_a_name_is_not_named(check):
    assert check(b"sshd: .example.com 203.0.113.6\n", b"ALL: ALL\n") == []


def test_an_image_has_nobody_logged_in(check, tmp_path):
    assert check(b"", b"ALL: ALL\n", keep=True, root=str(tmp_path)) == []


# ---- why the new connection was refused; the messages are sshd's and xinetd's of Debian 12


@pytest.fixture
def explain(monkeypatch):
    def run(messages, client="192.0.2.7", allow=b"sshd: 192.0.2.7\n", deny=b"# nobody else\nALL: ALL\n"):
        now = time.time()
        found = [read_message(text, now - age, tag, "1") for age, tag, text in messages]
        monkeypatch.setattr(guard_refusal, "_refusals", lambda root, since: iter(found))
        monkeypatch.setattr(guard_refusal, "_tables", lambda params: (allow, deny, get_dialect("debian")))
        return guard_refusal.explain_refusal(arguments(), 60, client)

    return run


def test_the_name_that_was_asked_and_the_rule_are_told(explain):
    xinetd = (5, "xinetd", "libwrap refused connection to ssh (libwrap=doorkeeper) from 192.0.2.7")
    assert explain([xinetd]) == (
        "the host's log says that doorkeeper refused 192.0.2.7, by /etc/hosts.deny line 2 of the new tables, 'ALL: ALL'"
    )


def test_our_own_refusal_comes_before_those_of_strangers(explain):
    own, stranger = (
        (9, "sshd", "refused connect from 192.0.2.7 (192.0.2.7)"),
        (5, "sshd", "refused connect from 198.51.100.1 (198.51.100.1)"),
    )
    assert "sshd refused 192.0.2.7" in explain([own, stranger], allow=b"")
    assert explain([stranger]) == (
        "the host's log has no refusal of 192.0.2.7 since then; the last one is that sshd refused 198.51.100.1, by /etc/hosts.deny line 2 of the new "
        "tables, 'ALL: ALL'"
    )
    assert "says that sshd refused 198.51.100.1" in explain([stranger], client="")


def test_tables_that_would_let_him_in_name_no_rule(explain):
    assert (
        explain([(5, "sshd", "refused connect from 192.0.2.7 (192.0.2.7)")])
        == "the host's log says that sshd refused 192.0.2.7"
    )


def test_an_old_refusal_is_not_ours(explain):
    assert explain([(600, "sshd", "refused connect from 192.0.2.7 (192.0.2.7)")]) is None
    assert explain([]) is None


@pytest.mark.parametrize(
    "uptime, answered, age",
    [(1000.5, 990.25, 10.25), (12.0, 990.25, 12.0)],  # the second host has started anew since
)
def test_a_refusal_from_before_the_change_is_not_the_reason(monkeypatch, uptime, answered, age):
    asked = []
    monkeypatch.setattr(guard_session, "now", lambda: uptime)
    monkeypatch.setattr(guard_refusal, "explain_refusal", lambda params, seconds, client: asked.append(seconds))
    session = {"token": "0" * 32, "explain": answered, "connection": ""}
    guard_session.confirm_if_asked(arguments(rollback_session=session))
    assert asked == [age]


def test_a_change_that_waits_says_when_the_host_answered(monkeypatch):
    monkeypatch.setattr(guard_session, "now", lambda: 990.25)
    nobody = Guarded(None, None, [], "", [])
    assert guard_session.describe_pending(nobody, "", True)["answered"] == 990.25
    assert "answered" not in guard_session.describe_pending(nobody, "", False)


def test_a_message_does_without_it_rather_than_fail(monkeypatch):
    def fail(*_args):
        raise TaskError("no dialect")

    monkeypatch.setattr(guard_refusal, "explain_refusal", fail)
    session = {"token": "0" * 32, "explain": 60, "connection": ""}
    assert guard_session.confirm_if_asked(arguments(rollback_session=session)) == {
        "changed": False,
        "lockout": {"why": None, "ended": False},
    }


@pytest.mark.parametrize(
    "now, verdict",
    [
        ("192.0.2.7 50022 192.0.2.1 22", "same"),
        ("192.0.2.7 50023 192.0.2.1 22", "confirmed"),
        ("198.51.100.7 50022 192.0.2.1 22", "confirmed"),
        (None, "confirmed"),
    ],
)
def test_a_confirmation_by_the_old_connection_is_none_whatever_the_controller_believes(monkeypatch, now, verdict):
    monkeypatch.setattr(
        guard_session,
        "Pending",
        lambda root: types.SimpleNamespace(confirm=lambda token: True, file_system_away=lambda token: ""),
    )
    monkeypatch.setattr(guard_session, "find_connection", lambda told: now and parse_connection(now, "a test"))
    session = {
        "token": "0" * 32,
        "transport": "ssh",
        "confirm": True,
        "replaces": "::ffff:192.0.2.7 50022 192.0.2.1 22",
    }
    assert guard_session.confirm_if_asked(arguments(rollback_session=session))["lockout"]["verdict"] == verdict


def test_a_table_that_another_program_replaced_meanwhile_is_told(monkeypatch, tmp_path):
    monkeypatch.setattr(
        guard_session,
        "Pending",
        lambda root: types.SimpleNamespace(confirm=lambda token: True, file_system_away=lambda token: ""),
    )
    monkeypatch.setattr(guard_session, "find_connection", lambda told: None)
    ours, theirs, gone, none = (str(tmp_path / name) for name in ("ours", "theirs", "gone", "none"))
    for path, text in ((ours, b"new\n"), (theirs, b"old\n")):
        with open(path, "wb") as stream:
            stream.write(text)
    written = {path: still_there.digest_of(b"new\n") for path in (ours, theirs, gone)}
    written[none] = still_there.digest_of(None)
    session = {"token": "0" * 32, "transport": "ssh", "confirm": True, "written": written}
    assert guard_session.confirm_if_asked(arguments(rollback_session=session))["lockout"] == {
        "verdict": "confirmed",
        "replaced": sorted([theirs, gone]),
    }


@pytest.mark.parametrize(
    "session, there, listing, verdict, loaded",
    [
        ({"filter": True}, None, {"nftables": []}, "reloaded", True),
        ({"filter": True}, b"", None, "reloaded", True),  # an nft without -j
        ({"filter": True}, b"table inet portcullis {}", None, "confirmed", False),
        ({"filter": True}, None, None, "confirmed", False),  # nft does not tell
        ({"filter": False}, b"", {"nftables": []}, "confirmed", False),
    ],
)
def test_a_filter_that_somebody_flushed_meanwhile_is_loaded_again_before_a_connection_counts(
    monkeypatch, session, there, listing, verdict, loaded
):
    """The connection came in over a host without a filter, and the next start of the host brought it back."""
    seen = []
    pending = types.SimpleNamespace(
        confirm=lambda token: True, state=lambda token: "pending", file_system_away=lambda token: ""
    )
    monkeypatch.setattr(guard_session, "Pending", lambda root: pending)
    monkeypatch.setattr(guard_session, "find_connection", lambda told: None)
    monkeypatch.setattr(enforcers, "nft_text", lambda: there)
    monkeypatch.setattr(enforcers, "nft_listing", lambda: listing)
    monkeypatch.setattr(enforcers, "nft_load", seen.append)
    asked = dict(session, token="0" * 32, transport="ssh", confirm=True)
    assert guard_session.confirm_if_asked(arguments(rollback_session=asked))["lockout"]["verdict"] == verdict
    assert bool(seen) is loaded


@pytest.mark.parametrize(
    "told, verdict",
    [
        ("10.1.2.3 50023 10.9.9.9 22", "confirmed"),
        ("203.0.113.7 50023 10.9.9.9 22", "gap"),
        ("::ffff:203.0.113.7 50023 10.9.9.9 2222", "gap"),
        ("fe80::7%eth0 50023 fe80::9 22", "gap"),
        ("203.0.113.7 50023 10.9.9.9 2200", "confirmed"),  # no filter stands there
        (None, "confirmed"),
    ],
)
def test_a_connection_that_the_new_filter_refuses_came_while_it_was_away(monkeypatch, told, verdict):
    """`systemctl restart nftables` empties the kernel for a moment, and loads the filter again."""
    pending = types.SimpleNamespace(
        confirm=lambda token: True, state=lambda token: "pending", file_system_away=lambda token: ""
    )
    monkeypatch.setattr(guard_session, "Pending", lambda root: pending)
    monkeypatch.setattr(guard_session, "find_connection", lambda _told: told and parse_connection(told, "a test"))
    monkeypatch.setattr(enforcers, "nft_listing", lambda: json.loads(LISTING.read_text()))
    asked = {"token": "0" * 32, "transport": "ssh", "confirm": True, "filter": True}
    assert guard_session.confirm_if_asked(arguments(rollback_session=asked))["lockout"]["verdict"] == verdict


def test_tables_that_are_not_mounted_now_are_not_what_a_connection_proves(monkeypatch):
    """Without tables everybody is granted, until the share with the new ones is back."""
    away = {"0" * 32: "/srv/tables/hosts.allow: its file system (nfs4) is not mounted there now"}
    confirmed = []
    pending = types.SimpleNamespace(file_system_away=lambda token: away.get(token, ""), confirm=confirmed.append)
    monkeypatch.setattr(guard_session, "Pending", lambda root: pending)
    monkeypatch.setattr(guard_session, "find_connection", lambda told: None)
    asked = {"token": "0" * 32, "transport": "ssh", "confirm": True}
    assert guard_session.confirm_if_asked(arguments(rollback_session=asked))["lockout"]["verdict"] == "away"
    assert not confirmed


@pytest.mark.parametrize("question", ["confirm", "ask"])
def test_a_name_that_leads_to_another_host_meanwhile_proves_nothing(monkeypatch, tmp_path, question):
    """It was said that the host had put its old files back, by a host that knew of no change."""
    monkeypatch.setattr(still_there, "_MACHINE_ID", str(tmp_path / "machine-id"))
    monkeypatch.setattr(guard_session, "find_connection", lambda told: None)
    pending = types.SimpleNamespace(
        confirm=lambda token: True, state=lambda token: "pending", file_system_away=lambda token: ""
    )
    monkeypatch.setattr(guard_session, "Pending", lambda root: pending)
    token = "0" * 32
    (tmp_path / "machine-id").write_text("a" * 32 + "\n")
    here = still_there.host_mark(token)
    asked = {"token": token, "transport": "ssh", question: True, "host": here}

    def verdict():
        return guard_session.confirm_if_asked(arguments(rollback_session=asked))["lockout"]["verdict"]

    assert verdict() != "elsewhere" and here != still_there.host_mark("1" * 32)
    (tmp_path / "machine-id").write_text("b" * 32 + "\n")
    assert verdict() == "elsewhere"
    (tmp_path / "machine-id").unlink()
    assert verdict() != "elsewhere"


def test_a_host_that_started_again_meanwhile_is_the_reason(monkeypatch, tmp_path):
    """It was said that nobody had confirmed the change within 60 seconds, 17 seconds after it was made."""
    monkeypatch.setattr(guard_session, "_why", lambda arguments, session: "sshd refused you")
    monkeypatch.setattr(guard_session, "was_ended", lambda token: False)
    start = still_there.start_mark()
    assert len(start.split()) == 2
    session = {"token": "1" * 32, "explain": 60, "connection": "", "start": start}
    asked = arguments(rollback_session=session)
    assert guard_session.confirm_if_asked(asked)["lockout"] == {"why": "sshd refused you", "ended": False}
    (tmp_path / "stat").write_text("1 (systemd) S 0 1 1 0 -1 4194560 9 9 9 9 9 9 9 9 20 0 1 0 71233966 0\n")
    monkeypatch.setattr(still_there, "_FIRST_PROCESS", str(tmp_path / "stat"))  # a container that was started again
    told = guard_session.confirm_if_asked(asked)["lockout"]
    assert told["ended"] is True and told["why"].startswith("the host has started again while the change waited")


def test_a_change_that_was_undone_before_its_time_has_its_own_reason(monkeypatch):
    monkeypatch.setattr(guard_session, "was_ended", lambda token: token == "1" * 32)
    session = {"token": "1" * 32, "explain": 60, "connection": ""}
    lockout = guard_session.confirm_if_asked(arguments(rollback_session=session))["lockout"]
    assert lockout["ended"] is True and "ended before its time" in lockout["why"]
