# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is told to read a change: real processes, of which SIGHUP makes an end."""

import os
import shutil
import signal
import subprocess
import time

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import reload as service_reload


@pytest.fixture(name="start")
def fixture_start(tmp_path, monkeypatch):
    """Starts a program of a name, which does nothing until a signal ends it. Nobody else's is seen: other tests run beside these."""
    started = []
    everybody = service_reload.list_processes
    monkeypatch.setattr(
        service_reload,
        "list_processes",
        lambda: [found for found in everybody() if found.pid in [one.pid for one in started]],
    )

    def start(name):
        path = str(tmp_path / name)
        shutil.copy(shutil.which("sleep"), path)
        # where the tests were started by nohup, SIGHUP would end nobody
        started.append(subprocess.Popen([path, "60"], preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_DFL)))
        while os.readlink("/proc/%d/exe" % started[-1].pid) != path:
            time.sleep(0.01)
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    "kind, told, untold",
    [
        ("inetd", ["inetd", "inetutils-inetd", "xinetd"], ["in.ftpd"]),  # xinetd -inetd_compat reads inetd.conf
        ("xinetd", ["xinetd"], ["inetd"]),
    ],
)
def test_the_programs_that_read_the_files_get_sighup_and_no_others(start, kind, told, untold):
    read = [start(name) for name in told]
    others = [start(name) for name in untold]
    module = Call({})
    assert service_reload.reload_after(module, "/", kind, {"changed": True}) is True
    assert [process.wait(timeout=10) for process in read] == [-signal.SIGHUP] * len(read)
    assert [process.poll() for process in others] == [None] * len(others)
    assert module.warnings == []


@pytest.mark.parametrize(
    "module, root, result",
    [
        (Call({}), "/", {"changed": False}),
        (Call({}, True), "/", {"changed": True}),
        (Call({}), "/srv/image", {"changed": True}),
    ],
    ids=["unchanged", "check mode", "an image"],
)
def test_nobody_is_told_where_nothing_was_written_that_a_server_of_the_host_reads(start, module, root, result):
    process = start("inetd")
    assert service_reload.reload_after(module, root, "inetd", result) is False
    assert process.poll() is None


def test_what_a_new_connection_must_confirm_was_told_before(start):
    process = start("inetd")
    assert service_reload.reload_after(Call({}), "/", "inetd", {"changed": True, "lockout": {}}) is True
    assert process.poll() is None


def test_one_that_sees_another_etc_is_of_a_container_and_left_alone(start, monkeypatch):
    process = start("inetd")
    monkeypatch.setattr(
        service_reload, "sees_file", lambda found, path: not (found.pid == process.pid and path == "/etc")
    )
    assert ["-HUP", str(process.pid)] not in [command[1:] for command in service_reload.reload_commands("inetd")]


def test_a_program_that_cannot_be_told_is_a_warning(start, monkeypatch):
    process = start("inetd")
    monkeypatch.setattr(
        service_reload, "reload_commands", lambda kind: [[shutil.which("kill"), "-HUP", "4194305"]]
    )  # no process has that number
    module, told = Call({}), []
    monkeypatch.setattr(service_reload, "keep_told", told.append)
    assert service_reload.reload_after(module, "/", "inetd", {"changed": True}) is False
    assert told == []
    assert len(module.warnings) == 1 and "-HUP 4194305 failed: " in module.warnings[0] and process.poll() is None


def test_where_systemd_runs_without_systemctl_the_user_is_told_what_is_left_to_do(monkeypatch):
    monkeypatch.setattr(service_reload.os.path, "isdir", lambda path: path == "/run/systemd/system")
    monkeypatch.setattr(service_reload, "find_program", lambda name: None)
    module = Call({})
    assert service_reload.reload_after(module, "/", "systemd", {"changed": True}) is False
    assert module.warnings == ["systemctl was not found: run 'systemctl daemon-reload' for the change to take effect."]


def test_a_change_is_not_proved_before_the_super_server_has_read_it(monkeypatch):
    """xinetd on a busy host: the new connection came first, and the change that shut it out was confirmed."""
    asked = []

    def unread(path, since):
        asked.append((path, since))
        return len(asked) < 4

    monkeypatch.setattr(service_reload, "is_unread", unread)
    assert service_reload.wait_until_read(["/etc/xinetd.d/ssh", "/etc/xinetd.conf"])
    assert [path for path, _since in asked] == ["/etc/xinetd.d/ssh"] * 4 + ["/etc/xinetd.conf"]
    monkeypatch.setattr(service_reload, "is_unread", lambda path, since: True)
    assert not service_reload.wait_until_read(["/etc/xinetd.d/ssh"], 0.1)
