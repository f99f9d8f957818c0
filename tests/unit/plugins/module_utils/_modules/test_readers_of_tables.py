# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`unreadable_daemons` of hosts_access on a recorded host: processes that ask, and services that would be started to ask."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import (
    readers as host_readers,
    time_of_users,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.readers import find_tightenings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import readers
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.assertions_of_task import Services
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.options import (
    HostsAccessArguments,
    argument_spec,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.reading import plan_task
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import PLAIN

DENY = "/etc/hosts.deny"


@pytest.fixture(autouse=True)
def system_programs(bookworm, monkeypatch):
    """The programs of the recording are the system's own."""
    monkeypatch.setattr(host_readers, "trusted_program", lambda pid, proc: True)


def check(**options):
    """The warnings of a task with these options."""
    params = {name: option.get("default") for name, option in argument_spec().items()}
    params.update({name: None for name in ("seuser", "serole", "setype", "selevel", "attributes")})
    params.update(dialect="debian", owner="0", group="0", mode="0600", deny=["in.none: ALL"], **options)
    task = plan_task(HostsAccessArguments(params))
    warnings = []
    readers.check_readers(task, Services(task), warnings)
    return warnings


def test_a_task_that_takes_a_table_from_daemons_is_refused(bookworm):
    with pytest.raises(TaskError) as failure:
        check()
    told = str(failure.value)
    for name in ("mosquitto (process 53, user mosquitto, uid 104)", "slapd (process 60, user openldap, uid 105)"):
        assert name + " could no longer read /etc/hosts.allow and /etc/hosts.deny" in told
    # xinetd asks for finger, and starts tcpd for own-lists, as nobody
    assert "cat (xinetd service finger, user nobody, uid 65534)" in told
    assert "cat (xinetd service own-lists, user nobody, uid 65534)" in told
    assert "sshd" not in told and "vsftpd" not in told and "asks@" not in told
    assert "Remedy: an ACL with mode: '0640' (setfacl -m u:_rpc:r," in told
    listed = failure.value.details["unreadable_daemons"]
    assert [entry["pid"] for entry in listed if entry["path"] == DENY] == [27, 53, 60, None, None]


def test_a_process_that_nobody_looked_at_is_told_as_one_that_may_ask(bookworm, monkeypatch):
    bookworm.write("/usr/sbin/mosquitto", PLAIN)
    monkeypatch.setattr(time_of_users, "_spent", {(104, ""): time_of_users.MAX_SECONDS})
    with pytest.raises(TaskError) as failure:
        check()
    told = [part for part in str(failure.value).split("; ") if "mosquitto" in part]
    assert told[0].startswith("mosquitto (process 53,") and "(whether it asks libwrap is not known: the proc" in told[0]


def test_processes_without_a_veto_are_a_warning_alone(bookworm, monkeypatch):
    real = readers.find_blocked_readers
    monkeypatch.setattr(
        readers, "find_blocked_readers", lambda *given: [one._replace(vetoes=False) for one in real(*given)]
    )
    monkeypatch.setattr(readers, "find_blocked_services", lambda *given: [])
    (told,) = check()
    assert "mosquitto (process 53," in told and "Remedy" not in told


def test_it_may_be_accepted_with_a_warning(bookworm):
    (told,) = check(unreadable_daemons="warn")
    assert told.startswith("With this owner and mode cat (xinetd service finger") and "slapd (process 60" in told


def test_a_task_that_takes_it_from_nobody_says_nothing(bookworm, monkeypatch):
    for name in ("allow", "deny"):
        bookworm.chmod("/etc/hosts." + name, 0o600)
    assert check() == []
    monkeypatch.setattr(bookworm, "is_host", False)
    bookworm.chmod(DENY, 0o644)
    assert check() == []


def test_a_process_that_is_told_of_already_is_not_told_again(bookworm):
    tightened = find_tightenings(bookworm, [DENY], 0, 0, 0o600)
    services = coverage.survey(bookworm, "debian")
    found = readers.find_blocked_services(tightened, services, set())
    assert [(one.pid, one.service) for one in found if one.pid] == [
        (27, "systemd service rpcbind.service"),
        (60, "slapd"),
        (53, "mosquitto"),
    ]
    again = readers.find_blocked_services(tightened, services, {27, 53, 60})
    assert {one.service for one in again} == {"xinetd service finger", "xinetd service own-lists"}
