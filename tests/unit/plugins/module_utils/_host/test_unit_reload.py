# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When systemd reloaded a service, by what its systemctl shows: of Debian 11, 12 and 13 (systemd 247, 252 and 257)."""

import calendar
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import unit_reload
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.commands import CommandResult

GROUP = "/system.slice/inetd.service"
KILL = "ExecReload={ path=/bin/kill ; argv[]=/bin/kill -HUP $MAINPID ; ignore_errors=no ; %s }\n"
DONE = "start_time=[Sat 2026-11-28 15:07:39 UTC] ; stop_time=[Sat 2026-11-28 15:07:39 UTC] ; pid=95 ; code=exited ; status=0"
FAILED = DONE.replace("status=0", "status=1")
NEVER = "start_time=[n/a] ; stop_time=[n/a] ; pid=0 ; code=(null) ; status=0/0"
STATE = (
    "NotifyAccess=main\nReloadResult=success\n%sActiveState=active\nStateChangeTimestamp=Sat 2026-11-28 15:07:41 UTC\n"
    "ControlGroup=" + GROUP + "\n"
)
EXEC = calendar.timegm((2026, 11, 28, 15, 7, 39))
CHANGED = EXEC + 2


@pytest.fixture(name="told")
def fixture_told(monkeypatch):
    """What reloaded_at() makes of the text that systemctl shows."""
    asked = []

    def tell(text, group=GROUP, now=CHANGED + 60):
        def run(arguments, timeout):
            asked.append(list(arguments))
            if text is None:
                raise HostError("it did not end")
            return CommandResult(0, text.encode(), b"")

        unit_reload._told.cache_clear()
        monkeypatch.setattr(unit_reload, "service_of", lambda pid: group)
        monkeypatch.setattr(unit_reload, "find_program", lambda name: "/usr/bin/" + name)
        monkeypatch.setattr(unit_reload, "run", run)
        monkeypatch.setattr(time, "time", lambda: now)
        return unit_reload.reloaded_at(41)

    tell.asked = asked
    yield tell
    unit_reload._told.cache_clear()


def test_a_service_changes_its_state_when_it_is_reloaded(told):
    assert told(STATE % (KILL % DONE)) == CHANGED
    ((env, zone, systemctl, *words),) = told.asked
    assert (env, zone, systemctl) == ("/usr/bin/env", "TZ=UTC", "/usr/bin/systemctl") and words[-1] == "inetd.service"
    assert unit_reload.reloaded_at(42) == CHANGED and len(told.asked) == 1  # asked once for all files of xinetd


def test_it_is_still_known_after_systemd_has_read_its_own_files_again(told):
    """daemon-reload, daemon-reexec: any package does the former, and the times of the commands are lost."""
    assert told(STATE % (KILL % NEVER)) == CHANGED


def test_a_reload_that_failed_does_not_count(told):
    failed = STATE.replace("=success", "=exit-code")
    assert told(failed % (KILL % FAILED + KILL % NEVER)) == 0.0
    assert told(failed % (KILL % NEVER)) == 0.0  # and systemd has read its own files since
    assert told(STATE.replace("=active", "=reloading") % (KILL % NEVER)) == 0.0


def test_an_old_systemd_does_not_tell_how_a_reload_ended(told):
    old = STATE.replace("ReloadResult=success\n", "")
    assert told(old % (KILL % DONE)) == EXEC
    assert told(old % (KILL % DONE.replace("15:07:39", "15:07:09", 1) + KILL % DONE)) == EXEC - 30
    assert told(old % (KILL % DONE + KILL % FAILED)) == 0.0
    assert told(old % (KILL % NEVER)) == 0.0 and told(old % "") == 0.0


def test_what_a_service_starts_may_not_say_that_it_was_reloaded(told):
    """NotifyAccess=all lets a server of any user say so; systemd's own commands still count."""
    everybody = STATE.replace("NotifyAccess=main", "NotifyAccess=all")
    assert told(everybody % (KILL % NEVER)) == 0.0
    assert told(everybody % (KILL % DONE)) == EXEC


@pytest.mark.parametrize(
    "group",
    [
        "/user.slice/user-1000.slice/user@1000.service/app.slice/inetd.service",
        "/system.slice/docker-5f.scope/system.slice/inetd.service",
        "0::/user.slice/user-0.slice/session-1.scope\n",
        "",
    ],
)
def test_another_service_of_that_name_is_not_the_one_that_systemd_tells_of(told, group):
    assert told(STATE % (KILL % DONE), group) == 0.0


def test_what_is_not_told_is_never(told):
    assert told(None) == 0.0 and told("") == 0.0
    assert told(STATE.replace("15:07:41 UTC", "15:07:41 CET") % (KILL % NEVER)) == 0.0
    assert told(STATE.replace("2026-11-28 15:07:41", "2026-13-48 15:07:41") % (KILL % NEVER)) == 0.0
    assert told(STATE % (KILL % DONE), now=CHANGED - 60) == 0.0  # the clock was set back
