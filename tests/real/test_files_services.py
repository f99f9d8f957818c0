# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services that a tighter mode would blind, though no process of theirs maps libwrap now: those of inetd, and those that
another daemon starts for each client.

Measured on Debian 12: tcpd that openbsd-inetd starts as nobody, and Cyrus's imapd with prefork=0, refuse everybody once
the tables are root's and 0600.
"""

import os
import pathlib
import shutil
import stat
import tempfile
import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import User
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.readers import find_tightenings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.assertions_of_task import Services
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.options import HostsAccessArguments
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.reading import plan_task
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.readers import (
    check_readers,
    find_blocked_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import (
    configured,
    coverage,
    machine,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import (
    LIBWRAP,
    Asker,
    Listener,
)

NOBODY = User("nobody", 65534, 65534, ())


@pytest.fixture(name="folder")
def fixture_folder(monkeypatch):
    """Tables that everybody can read, and a service that inetd starts through tcpd as nobody."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="services."))
    os.chmod(str(path), 0o755)
    for name in ("allow", "deny"):
        (path / ("hosts." + name)).write_text("ALL: 192.0.2.66\n" if name == "deny" else "")
        (path / ("hosts." + name)).chmod(0o644)
    (path / "inetd.conf").write_text("7203 stream tcp nowait nobody /usr/sbin/tcpd /usr/sbin/in.dated\n")
    monkeypatch.setattr(configured, "INETD_PATHS", (str(path / "inetd.conf"),))
    # a super-server that another test has started with a configuration of its own would raise a doubt
    monkeypatch.setattr(machine, "list_processes", list)
    monkeypatch.setattr(machine, "list_waiting", lambda: ([], ""))
    yield path
    shutil.rmtree(str(path))


def run(folder, **options):
    """One hosts_access task on the two tables: what it returns, and its warnings."""
    params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
    params.update({name: None for name in ("seuser", "serole", "setype", "selevel", "attributes")})
    params.update(
        root="/",
        dialect="debian",
        allow_path=str(folder / "hosts.allow"),
        deny_path=str(folder / "hosts.deny"),
    )
    params.update(options)
    call = Call(params, False, False)
    return hosts_access.run(call), call.warnings


def modes(folder):
    return [stat.S_IMODE((folder / ("hosts." + name)).stat().st_mode) for name in ("allow", "deny")]


def test_a_service_of_inetd_that_asks_as_another_user_keeps_the_tables(folder):
    with pytest.raises(TaskError) as failure:
        run(folder)
    assert "in.dated (inetd service 7203, user nobody, uid 65534) could no longer read %s and %s" % (
        folder / "hosts.allow",
        folder / "hosts.deny",
    ) in str(failure.value)
    assert "u:nobody:r" in str(failure.value) and modes(folder) == [0o644, 0o644]
    (told,) = [one for one in failure.value.details["unreadable_daemons"] if one["path"] == str(folder / "hosts.deny")]
    assert (told["pid"], told["command"], told["service"]) == (None, "in.dated", "inetd service 7203")


def test_it_is_accepted_where_the_task_says_so(folder):
    result, warnings = run(folder, unreadable_daemons="warn")
    assert result["changed"] and modes(folder) == [0o600, 0o600]
    assert any("in.dated (inetd service 7203, user nobody, uid 65534) could no longer" in text for text in warnings)


def test_an_undo_gives_back_a_mode_that_shut_a_service_out_and_says_so(folder):
    params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
    paths = {name + "_path": str(folder / ("hosts." + name)) for name in ("allow", "deny")}
    task = plan_task(HostsAccessArguments(dict(params, root="/", dialect="debian", **paths)))
    back = types.SimpleNamespace(attributes={path: (0, 0, 0o600) for path in paths.values()})
    warnings = []
    check_readers(task._replace(undo=back), Services(task), warnings)
    assert len(warnings) == 1 and "in.dated (inetd service 7203, user nobody" in warnings[0]
    with pytest.raises(TaskError):
        check_readers(task, Services(task), [])


def test_a_group_that_it_is_in_is_enough(folder):
    assert run(folder, mode="0640", group="65534")[0]["changed"]
    assert modes(folder) == [0o640, 0o640]


@pytest.mark.parametrize("before, mode", [(0o600, "0600"), (0o600, "0640"), (0o600, "0644"), (0o644, "0644")])
def test_services_are_looked_for_only_where_somebody_may_lose_a_table(folder, monkeypatch, before, mode):
    for name in ("allow", "deny"):
        (folder / ("hosts." + name)).chmod(before)
    monkeypatch.setattr(coverage, "survey", lambda *_words: pytest.fail("it looked for services"))
    result, _warnings = run(folder, mode=mode)
    assert result["changed"] is (before != int(mode, 8))


def listener(pids, askers, personal=False):
    """A service whose process asks no one itself: cyrmaster and dovecot start another program for each client."""
    return Listener(
        "cyrmaster", "process", "tcp", "imap", askers, "", "cyrus", (), 143, pids, None, (), (), None, None, personal
    )


def test_who_asks_for_a_daemon_need_not_run_now(folder):
    tightened = find_tightenings(Root("/"), [str(folder / "hosts.deny")], 0, 0, 0o600)
    cyrus = listener((77,), (Asker(LIBWRAP, "imap", NOBODY, None),))
    (found,) = find_blocked_services(tightened, [cyrus], set())
    assert (found.pid, found.command, found.user, found.service) == (77, "imap", "nobody", "cyrmaster")
    for service in (
        listener((77,), (Asker(LIBWRAP, "imap", NOBODY, None),), personal=True),
        listener((77,), (Asker(LIBWRAP, "imap", User("root", 0, 0, ()), None),)),
        listener((77,), (Asker(LIBWRAP, "imap", None, None),)),
        listener((77,), ()),
        listener((77,), None),
    ):
        assert find_blocked_services(tightened, [service], set()) == []
