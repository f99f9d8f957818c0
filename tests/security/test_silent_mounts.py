# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user's file system that never answers stops nobody: neither where it holds his program, nor a library, nor his own /etc."""

import errno
import json
import os
import pathlib
import subprocess
import sys
from typing import NamedTuple

import pytest

from attacked import NOBODY, PATIENCE, ROOT, run_module

SYSTEM = "ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host."
# What every module that changes the tables asks about processes.
QUESTIONS = """
import importlib, json, sys
mapper, listener, jailed = [int(word) for word in sys.argv[2:5]]
module = lambda name: importlib.import_module(sys.argv[1] + name)
processes = {process.pid: process for process in module("system.processes").list_processes()}
found = module("rollback.processes")
found.pids_of(["libwrap.so.0", "python", "python3"])
module("system.ssh_sessions").list_ssh_sessions()
print(json.dumps([
    processes[mapper].maps_libwrap,
    processes[jailed].maps_libwrap,
    module("system.programs").trusted_program(listener),
    module("system.processes").sees_file(processes[mapper], "/etc/hosts.allow"),
    module("system.processes").sees_file(processes[mapper], "/etc"),
]))
"""


class Silent(NamedTuple):
    mapper: int  # a process with a library there in its memory, and /etc there
    listener: int  # a process whose program is there
    jailed: int  # a process with a library there in its memory, in a chroot that hides the mount
    port: int


@pytest.fixture(name="silent")
def fixture_silent(scratch):
    """The processes of a user whose file system stopped answering."""
    program = str(pathlib.Path(__file__).with_name("silent_mount.py"))
    process = subprocess.Popen(
        [sys.executable, program, str(scratch.folder), str(NOBODY)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Silent(*(int(word) for word in process.stdout.readline().split()))
    finally:
        process.stdin.close()
        process.wait(PATIENCE)
        process.stdout.close()


def test_coverage_tells_such_a_process_and_ends(silent):
    services = run_module("tcpd_coverage_info").result["services"]
    (service,) = [one for one in services if any(place.endswith(":%d" % silent.port) for place in one["listens"])]
    assert service["enforced_by"] == [] and "mounted in a namespace of his own" in service["evidence"], service


def test_no_question_about_a_process_waits_for_such_a_file_system(silent):
    environment = dict(os.environ, PYTHONPATH=str(ROOT / ".cache" / "collections"), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(
        [sys.executable, "-c", QUESTIONS, SYSTEM, *map(str, silent[:3])],
        stdout=subprocess.PIPE,
        env=environment,
        timeout=PATIENCE,
        check=True,
    )
    assert json.loads(done.stdout.decode()) == [False] * 5


def test_one_that_a_user_mounts_when_the_run_has_begun_is_not_asked(scratch):
    program = str(pathlib.Path(__file__).with_name("late_mount.py"))
    environment = dict(os.environ, PYTHONPATH=str(ROOT / ".cache" / "collections"), PYTHONDONTWRITEBYTECODE="1")
    done = subprocess.run(
        [sys.executable, program, str(scratch.folder), str(NOBODY)],
        stdout=subprocess.PIPE,
        env=environment,
        timeout=PATIENCE,
        check=True,
    )
    before, behind = json.loads(done.stdout.decode())
    assert before[:3] == ["file", 0, "opened"]
    assert behind == ["unreadable", errno.ETIMEDOUT, errno.ETIMEDOUT, False, False]
