# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guard: who is refused by which rule, what is in doubt, and the order in which two tables are replaced."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.arguments import (
    LockoutArguments,
    lockout_argument_spec,
    tables_argument_spec,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.prover import Prover
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.lookups import HostLookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout import (
    guard,
    looked_up,
    own_tunnel,
    write_order as guard_moves,
    confirmation as guard_session,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.lockout.unconfirmed import (
    check_unconfirmed,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import (
    Connection,
    SshServer,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.origins import Origins
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_sessions import SshSession
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.tunnels import TunnelServer
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS, get_dialect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

OPERATOR = "192.0.2.7"
SERVER = SshServer("sshd", True, "it links libwrap")
CONNECTION = Connection(OPERATOR, 50022, "192.0.2.1", 22, "a test")


def arguments(**given):
    """A task's options of lockout, with their defaults."""
    spec = dict(tables_argument_spec(), **lockout_argument_spec())
    return LockoutArguments(dict({name: about.get("default") for name, about in spec.items()}, **given))


def check(root, allow, deny, dialect="debian", requests=None, unknown=False, **options):
    given = arguments(**options)
    wanted = [Request("sshd", OPERATOR, server_address="192.0.2.1", server_port=22)] if requests is None else requests
    guarded = guard.Guarded(None if unknown else CONNECTION, SERVER, wanted, "", [], unknown)
    return guard.check_guard(given, guarded, root, Prover(Policy.parse(allow, deny, dialect, HostLookups(root))))


@pytest.fixture
def root(tmp_path):
    return Root(str(tmp_path))


@pytest.mark.parametrize(
    "allow, deny",
    [
        (b"sshd: 192.0.2.7\n", b"ALL: ALL\n"),
        (b"ALL: 192.0.2.0/24\n", b"ALL: ALL\n"),
        (b"", b"sshd: ALL EXCEPT 192.0.2.\n"),
        (b"sshd: ALL\n", b""),
        (b"sshd: 192.0.2. EXCEPT 192.0.2.8\nsshd: .example.com\n", b"ALL: ALL\n"),
    ],
)
def test_a_policy_that_keeps_the_operator_in_passes(root, allow, deny):
    assert check(root, allow, deny) == []


@pytest.mark.parametrize(
    "allow, deny, rule",
    [
        (b"sshd: 192.0.2.8\n", b"\nALL: ALL\n", "/etc/hosts.deny line 2, 'ALL: ALL'"),
        (b"sshd: 192.0.2. : deny\nsshd: ALL\n", b"", "/etc/hosts.allow line 1, 'sshd: 192.0.2. : deny'"),
        (b"sshd: ALL: twist /bin/echo no\n", b"", "is delegated by /etc/hosts.allow line 1"),
        (b"", b"22: ALL\n", "/etc/hosts.deny line 1, '22: ALL'"),
        (b"", b"sshd@192.0.2.1: ALL\n", "/etc/hosts.deny line 1"),
        (b"", b"in.ftpd: ALL", "hosts.deny cannot be read to its end"),
        (b"sshd: ALL: aclexec /no/such %a\n", b"ALL: ALL\n", "/etc/hosts.deny line 1, 'ALL: ALL'"),
    ],
)
def test_a_refusal_names_its_rule_and_the_rule_that_helps(root, allow, deny, rule):
    with pytest.raises(TaskError) as caught:
        check(root, allow, deny)
    assert rule in str(caught.value)
    assert "'sshd: 192.0.2.7' in /etc/hosts.allow" in str(caught.value)
    with pytest.raises(TaskError):
        check(root, allow, deny, lockout_guard="warn")
    assert check(root, allow, deny, lockout_guard="disabled") == []


@pytest.mark.parametrize(
    "allow, deny",
    [
        (b"sshd: .example.com\n", b"ALL: ALL\n"),
        (b"sshd: ALL EXCEPT PARANOID\n", b"ALL: ALL\n"),
        (b"sshd: KNOWN\n", b"ALL: ALL\n"),
        (b"", b"sshd: host.example.com\n"),
        (b"x.example.com: ALL\nsshd: x.example.com\n", b"sshd: .example.com\n"),
        (b"sshd: @trusted\n", b"ALL: ALL\n"),
        (b"sshd: root@192.0.2.7\n", b"ALL: ALL\n"),
        (b"sshd@server.example.com: ALL\n", b"ALL: ALL\n"),
        (b"", b"sshd: *.*.example.org\n"),
        (b"sshd: ALL: aclexec true\n", b"ALL: ALL\n"),
    ],
)
def test_what_rests_on_something_that_may_fail_is_refused_or_warned_of(root, allow, deny):
    with pytest.raises(TaskError, match="depends on name lookups|only if"):
        check(root, allow, deny)
    assert check(root, allow, deny, lockout_guard="warn")


def test_an_ipv6_operator_is_told_the_rule_in_the_dialect(root):
    with pytest.raises(TaskError, match=r"'sshd: \[2001:db8::7\]' in"):
        check(root, b"", b"ALL: ALL\n", requests=[Request("sshd", "2001:db8::7")])


def test_a_mapped_client_is_compared_as_the_dialect_does(root):
    mapped = [Request("sshd", "::ffff:192.0.2.7")]
    assert check(root, b"sshd: 192.0.2.7\n", b"ALL: ALL\n", requests=mapped) == []
    with pytest.raises(TaskError):
        check(root, b"sshd: 192.0.2.7\n", b"ALL: ALL\n", dialect="redhat", requests=mapped)


def test_keep_access_must_stay_granted(root):
    wanted = [{"daemon": "nrpe", "address": "198.51.100.7"}]
    assert check(root, b"ALL: 192.0.2.7\nnrpe: 198.51.100.7\n", b"ALL: ALL\n", keep_access=wanted) == []
    with pytest.raises(
        TaskError, match=r"keep_access\[0\], nrpe from 198.51.100.7 is denied by /etc/hosts.deny line 1"
    ):
        check(root, b"ALL: 192.0.2.7\n", b"ALL: ALL\n", keep_access=wanted)


@pytest.mark.parametrize("value", ["server.example.com", "10.0.0.0/8", "", 5])
def test_operators_are_addresses(value):
    with pytest.raises(TaskError, match=r"operators\[0\]"):
        guard.check_operators([value])


def test_a_link_local_operator_is_told_a_rule_without_scope(root):
    with pytest.raises(TaskError, match=r"'sshd: \[fe80::7\]' in"):
        check(root, b"", b"ALL: ALL\n", requests=[Request("sshd", "fe80::7%eth0")])
    assert check(root, b"sshd: [fe80::]/10\n", b"ALL: ALL\n", requests=[Request("sshd", "fe80::7%eth0")]) == []


# ---- through ssh, and nobody knows from where


def test_an_unknown_address_is_refused_strictly_and_warned_of_otherwise(root):
    with pytest.raises(
        TaskError, match="nothing was written.*not known from which address.*Give operators.*lockout_guard: warn"
    ):
        check(root, b"sshd: 192.0.2.7\n", b"ALL: ALL\n", requests=[], unknown=True)
    assert check(root, b"", b"", requests=[], unknown=True, lockout_guard="warn")[0].startswith(
        "It is not known from which address"
    )
    assert check(root, b"", b"", requests=[], unknown=True, lockout_guard="disabled") == []
    assert check(root, b"sshd: 192.0.2.7\n", b"ALL: ALL\n", unknown=True, operators=[OPERATOR]) == []


def find(
    monkeypatch,
    connection,
    session,
    operators=None,
    server=SERVER,
    root="/",
    behind=((), ()),
    enclosing=None,
    **options,
):
    monkeypatch.setattr(guard, "find_enclosing_connection", lambda: enclosing)
    monkeypatch.setattr(guard, "find_connection", lambda told, controller=None: connection)
    monkeypatch.setattr(guard, "find_origins", lambda connection: Origins(*map(list, behind)))
    monkeypatch.setattr(guard, "find_doors", lambda root, connection: [server])
    monkeypatch.setattr(guard, "address_forms", lambda connection: [connection.address])
    given = arguments(operators=operators, rollback_session=session, **options)
    return given, guard.find_guarded(given, Root(root))


SESSION = {"transport": "ssh", "token": "0" * 32}


def test_a_change_that_came_by_ssh_waits_even_if_nobody_knows_from_where(monkeypatch):
    given, guarded = find(monkeypatch, None, SESSION)
    assert (
        guarded.unknown
        and guard_session.why_unconfirmed(given, guarded) == ""
        and guard_session.timeout_of(given, guarded) == 60
    )
    given, guarded = find(monkeypatch, None, SESSION, operators=[OPERATOR])
    assert guarded.unknown and guard_session.why_unconfirmed(given, guarded) == ""
    given, guarded = find(monkeypatch, None, SESSION, server=SshServer("sshd", False, "it does not link libwrap"))
    assert guard_session.why_unconfirmed(given, guarded).startswith("not needed: the ssh server does not obey")


@pytest.mark.parametrize(
    "session", [{"transport": "podman", "token": "0" * 32}, {"transport": "local", "token": "0" * 32}, {}]
)
def test_a_change_that_did_not_come_by_ssh_waits_for_nobody(monkeypatch, session):
    given, guarded = find(monkeypatch, None, session)
    assert not guarded.unknown and guard_session.why_unconfirmed(given, guarded).startswith(
        "not needed: this task did not come through ssh"
    )


@pytest.mark.parametrize(
    "away, transport, guarded", [(True, "local", True), (False, "local", False), (True, "podman", False)]
)
def test_a_run_away_from_its_user_guards_all_who_are_logged_in_over_ssh(monkeypatch, away, transport, guarded):
    """`run0 ansible-playbook -c local`, or a tmux of root's that outlived its login: nothing tells which of them typed it."""
    monkeypatch.setattr(guard, "may_be_anybodys", lambda controller: away)
    monkeypatch.setattr(guard, "list_ssh_sessions", lambda: [SshSession("admin", "192.0.2.7")])
    _given, found = find(monkeypatch, None, {"transport": transport, "token": "0" * 32})
    assert [one.address for one in found.requests] == (["192.0.2.7"] if guarded else [])


def test_a_plugin_of_another_name_that_runs_modules_here_is_guarded(monkeypatch):
    """A site's own, made of `local`: the task runs below the ssh server that the operator came through."""
    given, guarded = find(monkeypatch, None, {"transport": "site", "token": "0" * 32}, enclosing=CONNECTION)
    assert guarded.connection == CONNECTION and [one.address for one in guarded.requests]
    assert "(site) does not go through the ssh server" in guard_session.why_unconfirmed(given, guarded)


LOCAL = "not needed: the connection of this task (local) does not go through the ssh server"


def unconfirmed(after, before="sshd: ALL\n", why=LOCAL, dialect="debian", deny="ALL: ALL\n", server=SERVER, **options):
    """What the guard says of new tables that no new connection confirms."""
    dialect = get_dialect(dialect)
    guarded = guard.Guarded(CONNECTION, server, [Request("sshd", OPERATOR)], "", [])
    old, new = (Policy.parse(allow, deny, dialect) for allow in (before, after))
    return check_unconfirmed(arguments(**options), guarded, why, old, new)


@pytest.mark.parametrize(
    "option",
    ["spawn /bin/sleep 600", "banners /etc/banners", "setenv PATH /nowhere", "user nobody", "nice: spawn /bin/x"],
)
def test_an_option_that_can_keep_the_operator_out_is_in_doubt_where_no_connection_shows_it(option):
    """On paper the rule grants; whoever logs in hangs, and nothing is undone."""
    rule = "sshd: 192.0.2. : %s\n" % option
    with pytest.raises(
        TaskError, match="whose option [a-z]+ can still keep it out.*No new connection would show"
    ) as caught:
        unconfirmed(rule)
    assert caught.value.details["lockout"]["uncertain"]
    assert "can still keep it out" in unconfirmed(rule, lockout_guard="warn")[0]
    assert unconfirmed(rule, lockout_guard="disabled") == []
    waits = unconfirmed(rule, why="")  # a new connection shows it
    assert not waits if "spawn" not in rule else "libwrap waits for the command of spawn" in waits[0]
    assert unconfirmed(rule, before="# moved down a line\n" + rule) == []  # it has let the operator in already
    assert unconfirmed(rule, server=SshServer("sshd", False, "it does not link libwrap")) == []


def test_a_tunnel_of_this_host_must_let_its_own_client_in_again(monkeypatch):
    """ocserv asks libwrap: the confirmation came through the open tunnel, and each later dial-in was refused."""
    monkeypatch.setattr(own_tunnel, "comes_by_tunnel", lambda address: address == "10.88.7.27")
    server = TunnelServer("ocserv", 9, ("10.77.15.11",))
    monkeypatch.setattr(own_tunnel, "tunnel_servers", lambda: [server])
    sshd = "sshd: 10.88.7.0/255.255.255.0\n"
    old, same, new = (
        Policy.parse(text, "ALL: ALL\n", get_dialect("debian"))
        for text in (sshd + "ocserv: 10.77.\n", sshd + "ocserv: 10.77.15.\n", sshd)
    )
    by_tunnel = guard.Guarded(CONNECTION, SERVER, [], "", [], came=["10.88.7.27"])
    with pytest.raises(TaskError, match="ocserv from 10.77.15.11 is denied.*could not open the next one"):
        own_tunnel.check_own_tunnel(arguments(), by_tunnel, old, new)
    (told,) = own_tunnel.check_own_tunnel(arguments(lockout_guard="warn"), by_tunnel, old, new)
    assert told.startswith("You come through a tunnel")
    assert own_tunnel.check_own_tunnel(arguments(), by_tunnel, old, same) == []
    assert own_tunnel.check_own_tunnel(arguments(), by_tunnel, new, new) == []
    outside = by_tunnel._replace(came=["10.77.15.11"])
    assert own_tunnel.check_own_tunnel(arguments(), outside, old, new) == []


@pytest.mark.parametrize(
    "allow, asks",
    [
        ("sshd: 192.0.2.7\nsshd: .example.net\n", False),
        ("sshd: .example.net 192.0.2.7\n", True),
        ("sshd: 192.0.2.7 .example.net\n", False),
        ("vsftpd: .example.net\nsshd: 192.0.2.7\n", False),
        ("ALL: LOCAL\nsshd: 192.0.2.7\n", True),
        ("sshd: KNOWN@192.0.2.7 192.0.2.7\n", True),
        ("sshd: root@198.51.100.1 192.0.2.7\n", False),  # the host is asked first
        ("sshd: @admins 192.0.2.7\n", True),
        ("sshd: ALL EXCEPT .example.net\n", True),
        ("sshd: 192.0.2.0/255.255.255.0\n", False),
    ],
)
def test_a_name_that_is_asked_for_before_the_operators_address_is_warned_of(allow, asks):
    """Each such login took 10 s, which is longer than Ansible waits, once the resolver was silent."""
    plain, new = (Policy.parse(text, "ALL: ALL\n", get_dialect("debian")) for text in ("sshd: 192.0.2.7\n", allow))
    guarded = guard.Guarded(CONNECTION, SERVER, [Request(daemon="sshd", address=OPERATOR)], "", [])
    told = looked_up.check_looked_up(arguments(), guarded, plain, new)
    assert bool(told) is asks
    assert looked_up.check_looked_up(arguments(), guarded, new, new) == []


def test_a_command_that_libwrap_does_not_wait_for_is_no_warning():
    assert unconfirmed("sshd: 192.0.2. : spawn (/bin/sleep 600) &\n", why="") == []


@pytest.mark.parametrize("rule", ["sshd: 192.0.2.\n", "sshd: 192.0.2. : nice 5: keepalive: severity auth.info\n"])
def test_other_rules_need_no_new_connection(rule):
    assert unconfirmed(rule) == []


def test_a_command_is_an_option_where_the_third_field_is_one():
    with pytest.raises(TaskError, match="whose option spawn can"):
        unconfirmed("sshd: 192.0.2. : /bin/sleep 600\n", dialect="upstream-classic")


def test_an_image_waits_for_nobody(monkeypatch, tmp_path):
    given, guarded = find(monkeypatch, None, SESSION, root=str(tmp_path))
    assert not guarded.unknown and guard_session.why_unconfirmed(given, guarded)


def test_operators_are_looked_out_for_besides_the_task_s_own_connection(monkeypatch):
    guarded = find(monkeypatch, CONNECTION, SESSION, operators=["192.0.2.9", OPERATOR])[1]
    assert [(request.daemon, request.address, request.server_port) for request in guarded.requests] == [
        ("sshd", OPERATOR, 22),
        ("sshd", "192.0.2.9", 22),
    ]
    given = arguments(operators=["192.0.2.9", OPERATOR])
    assert guard.own_addresses(given, guarded) == [OPERATOR, "192.0.2.9"]


# ---- through the host itself, through a relay, in a terminal multiplexer


def test_a_relay_of_the_host_makes_every_change_wait(monkeypatch):
    """Whatever stands before the relay may ask for it: tcpd, or another daemon."""
    monkeypatch.setattr(guard, "comes_from_here", lambda connection: True)
    given, guarded = find(monkeypatch, CONNECTION, SESSION, server=SshServer("sshd", False, "it does not link libwrap"))
    assert guarded.relayed and guard_session.why_unconfirmed(given, guarded) == ""


OTHER = Connection("198.51.100.7", 50023, "198.51.100.1", 2222, "a test")
SILENT = SshServer("sshd", False, "it does not link libwrap")


def test_who_stands_behind_a_connection_must_stay_in_too(monkeypatch):
    guarded = find(monkeypatch, CONNECTION, SESSION, behind=((OTHER,), ()))[1]
    assert [(request.address, request.server_address, request.server_port) for request in guarded.requests] == [
        (OPERATOR, "192.0.2.1", 22),
        ("198.51.100.7", "198.51.100.1", 2222),
    ]
    assert guard.own_addresses(arguments(), guarded) == [OPERATOR, "198.51.100.7"]


def test_a_relay_that_asks_by_itself_is_named_and_the_change_waits_whatever_the_server_does(monkeypatch):
    given, guarded = find(monkeypatch, CONNECTION, SESSION, server=SILENT, behind=((), ("sslh (process 7)",)))
    assert guarded.requests == [] and guard_session.why_unconfirmed(given, guarded) == ""
    assert "sslh (process 7)" in guarded.warnings[0] and "Only the new connection shows" in guarded.warnings[0]
    local = {"transport": "local", "token": "0" * 32}  # where there is no new connection
    assert find(monkeypatch, CONNECTION, local, server=SILENT, behind=((), ("sslh (process 7)",)))[1].warnings == []


def test_a_server_that_is_not_seen_at_work_makes_no_change_final(monkeypatch):
    """Another ssh server, of a name that is not known, may be what the task came through."""
    given, guarded = find(monkeypatch, CONNECTION, SESSION, server=SILENT._replace(seen=False))
    assert guard_session.why_unconfirmed(given, guarded) == ""
    given, guarded = find(monkeypatch, CONNECTION, SESSION, server=SILENT)
    assert guard_session.why_unconfirmed(given, guarded).startswith("not needed: the ssh server does not obey")


@pytest.mark.parametrize("given", [{"transport": "local"}, {"transport": "ssh", "off": True}])
def test_where_nothing_can_wait_a_server_that_is_said_not_to_ask_is_judged_as_one_that_does(monkeypatch, root, given):
    """It may have libwrap inside, or under another name, and no new connection would prove that it does not ask."""
    monkeypatch.setattr(guard, "is_below_server", lambda: True)
    session = {"transport": given["transport"], "token": "0" * 32}
    options = {"rollback_timeout": 0} if given.get("off") else {}
    told, guarded = find(monkeypatch, CONNECTION, session, server=SILENT, **options)
    assert [request.address for request in guarded.requests] == [OPERATOR] and guarded.server.guarded is None
    assert guard_session.why_unconfirmed(told, guarded)
    with pytest.raises(TaskError, match="nothing was written. With the new tables, sshd from 192.0.2.7"):
        guard.check_guard(told, guarded, root, Prover(Policy.parse(b"sshd: 192.0.2.1\n", b"ALL: ALL\n", "debian")))
    before, after = (Policy.parse(text, b"", "debian") for text in (b"", b"sshd: ALL: spawn (sleep 3600)\n"))
    with pytest.raises(TaskError, match="option spawn can still keep it out"):
        check_unconfirmed(told, guarded, "off", before, after)
    assert find(monkeypatch, CONNECTION, SESSION, server=SILENT)[1].requests == []


def test_in_a_terminal_multiplexer_all_who_are_logged_in_must_stay_in(monkeypatch):
    local = {"transport": "local", "token": "0" * 32}
    monkeypatch.setattr(guard, "list_ssh_sessions", lambda: [SshSession("ada", "203.0.113.5")])
    monkeypatch.setattr(guard, "is_below_server", lambda: True)
    old = CONNECTION._replace(open=False)
    assert [request.address for request in find(monkeypatch, old, local)[1].requests] == ["203.0.113.5"]
    assert [request.address for request in find(monkeypatch, old, SESSION)[1].requests] == [OPERATOR]
    assert [request.address for request in find(monkeypatch, CONNECTION, local)[1].requests] == [OPERATOR]
    # the login that started it was left standing, and another one sits there now
    monkeypatch.setattr(guard, "is_below_server", lambda: False)
    found = [request.address for request in find(monkeypatch, CONNECTION, local)[1].requests]
    assert found == ["203.0.113.5", OPERATOR]
    assert [request.address for request in find(monkeypatch, CONNECTION, SESSION)[1].requests] == [OPERATOR]
    monkeypatch.setattr(guard, "list_ssh_sessions", list)
    assert [request.address for request in find(monkeypatch, old, local)[1].requests] == [OPERATOR]


def test_a_word_that_was_no_connection_is_told_to_the_controller(monkeypatch):
    assert guard.describe_guarded(find(monkeypatch, CONNECTION._replace(mistaken=True), SESSION)[1])["mistaken"]
    assert "mistaken" not in guard.describe_guarded(find(monkeypatch, CONNECTION, SESSION)[1])


def test_one_client_is_named_once_however_its_address_may_be_written(root):
    forms = [Request("sshd", OPERATOR), Request("sshd", "::ffff:" + OPERATOR)]
    with pytest.raises(TaskError) as caught:
        check(root, b"", b"ALL: ALL\n", requests=forms)
    assert str(caught.value).count(OPERATOR + ", which") == 1
    with pytest.raises(TaskError, match="from ::ffff:192.0.2.7, which"):
        check(root, b"sshd: 192.0.2.7\n", b"ALL: ALL\n", dialect="redhat", requests=forms)


# ---- the order of the renames

REQUESTS = [Request(daemon, "192.0.2.%d" % number) for daemon in ("in.a", "in.b", "in.c") for number in range(1, 6)]
POLICIES = [
    (b"in.a: 192.0.2.1\n", b"ALL: ALL\n"),
    (b"in.b: 192.0.2.2: severity auth.info\n# x\nin.a: ALL EXCEPT 192.0.2.3 : deny\n", b"in.c: 192.0.2.4\n"),
    (b"in.c: 192.0.2.5: twist /bin/echo no\n", b"in.a: ALL: allow\nin.b: ALL: spawn (echo a\\:b) &\n"),
    (b"in.a: 192.0.2. \\\n EXCEPT 192.0.2.5\n", b"in.c: ALL:\nin.b: ALL: nonsense\n"),
]


def reader(dialect):
    return lambda allow, deny: Policy.parse(allow, deny, dialect)


def answers(allow, deny, dialect):
    policy = Policy.parse(allow, deny, dialect)
    return [policy.decide(request).access for request in REQUESTS]


@pytest.mark.parametrize("name", sorted(name for name in DIALECTS if name != "upstream-classic"))
def test_no_step_answers_as_neither_policy_does(name):
    dialect = get_dialect(name)
    for before in POLICIES:
        for after in POLICIES:
            if before == after:
                continue
            moves = guard_moves.plan_moves(before, after, (False, False), reader(dialect), None)
            assert moves.note is None
            ways = (answers(before[0], before[1], dialect), answers(after[0], after[1], dialect))
            for start, way in ((before, moves.there), (after, moves.back)):
                files = list(start)
                for move in way:
                    files[move.file] = move.data
                    assert answers(files[0], files[1], dialect) in ways
                assert tuple(files) == (after if start is before else before)


def test_debian_refuses_what_follows_an_unfinished_line_and_so_does_the_whole_policy():
    dialect = get_dialect("debian")
    whole = guard_moves.whole_policy(reader(dialect)(b"in.a: 192.0.2.1\n", b"in.b: 192.0.2.2\nin.c: ALL"))
    assert answers(whole, b"", dialect) == answers(b"in.a: 192.0.2.1\n", b"in.b: 192.0.2.2\nin.c: ALL", dialect)


def test_one_changed_table_is_one_rename():
    before, after = POLICIES[0], (POLICIES[0][0], POLICIES[1][1])
    moves = guard_moves.plan_moves(before, after, (False, False), reader("debian"), None)
    assert (moves.there, moves.back) == ([(1, after[1])], [(1, before[1])])


@pytest.mark.parametrize(
    "dialect, rule", [("upstream-classic", b"in.a: 192.0.2.1\n"), ("debian", b"in.a: ALL: aclexec /bin/x\n")]
)
@pytest.mark.parametrize("first", [0, 1])
def test_without_one_commit_point_the_order_keeps_the_operators_in_and_says_so(dialect, rule, first):
    before, after = (rule, b"ALL: ALL\n"), (b"in.b: 192.0.2.1\n", b"in.b: ALL\n")
    wanted = (after[0], before[1]) if first == 0 else None
    moves = guard_moves.plan_moves(
        before, after, (False, False), reader(dialect), lambda allow, deny: (allow, deny) == wanted
    )
    assert moves.there[0].file == first or moves.there[0].data == guard_moves.whole_policy(reader(dialect)(*after))
    assert moves.back[0].file == 1 - first
    assert "could not be replaced in one moment" in moves.note and "nothing is left to do" in moves.note


@pytest.mark.parametrize(
    "connection, allow, deny, standalone, waits",
    [
        (CONNECTION, "", "ALL: ALL\n", True, True),
        (CONNECTION, "", "", True, False),
        (CONNECTION, "sshd: ALL\n", "ALL: ALL\n", True, False),
        (CONNECTION, "sshd: ALL\n", "ALL: ALL\n", False, True),  # what started it may ask under another name
        (CONNECTION, "sshd: ALL: spawn (sleep 3600)\n", "ALL: ALL\n", True, True),  # each connection would wait
        (None, "", "", True, True),
    ],
)
def test_a_policy_that_may_refuse_the_task_waits_whatever_the_program_links(
    monkeypatch, connection, allow, deny, standalone, waits
):
    """An ssh server may have libwrap inside, or under another name: that it does not ask is inferred, a connection proves it."""
    monkeypatch.setattr(guard, "is_standalone", lambda: standalone)
    given, guarded = find(monkeypatch, connection, SESSION, server=SILENT)
    guarded = guard.doubt_server(guarded, Policy.parse(allow, deny, "debian"))
    assert guarded.requests == []
    assert (guard_session.why_unconfirmed(given, guarded) == "") is waits
