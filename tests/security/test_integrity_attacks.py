# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Somebody answers in libwrap's place, or keeps tcpd_integrity_info from looking; a user writes refusals that never were."""

import json
import os
import socket
import subprocess
import sys
import tracemalloc

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import (
    refusals as refused_clients,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import integrity
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import Configured
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs import journal
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.sockets import Socket

from attacked import NOBODY, run_module


def look(scratch):
    ran = run_module("tcpd_integrity_info", root=str(scratch.image), dialect="debian")
    assert not ran.failed, ran.result
    return [(found["code"], found["severity"]) for found in ran.result["findings"] if found["path"] is not None]


def test_a_users_library_that_is_loaded_before_libwrap(scratch):
    home = scratch.write("home/x/lib.so").parent
    os.chown(str(home), NOBODY, NOBODY)
    before = look(scratch)
    scratch.write("etc/ld.so.preload", "/home/x/lib.so\n")
    assert set(look(scratch)) - set(before) == {("preloaded-library", "error")}


def test_a_file_that_somebody_put_before_tcpd(scratch):
    before = look(scratch)
    scratch.write("var/lib/dpkg/diversions", "/usr/sbin/tcpd\n/usr/sbin/tcpd.real\n:\n")
    assert ("diverted-file", "warning") in set(look(scratch)) - set(before)


def test_what_is_no_file_or_has_no_end_hides_nothing(scratch):
    scratch.write("etc/ld.so.preload")
    (scratch.image / "etc/ld.so.preload").unlink()
    os.mkfifo(str(scratch.image / "etc/ld.so.preload"))
    scratch.write("var/lib/dpkg/diversions")
    os.truncate(str(scratch.image / "var/lib/dpkg/diversions"), 65 * 1024 * 1024)
    os.truncate(str(scratch.image / "usr/sbin/tcpd"), 65 * 1024 * 1024)
    found = look(scratch)
    assert ("preloaded-library", "error") in found and ("unreadable", "error") in found


NOTHING_CONFIGURED = Configured([], [], [], "openbsd")
MEBIBYTE = 1 << 20


def libraries_of_one_large_file(scratch, number):
    """Hard links to a file of 4 MiB that takes no room."""
    first = scratch.write("usr/lib/libwrap.so.0000")
    os.truncate(str(first), 4 * MEBIBYTE)
    for one in range(1, number):
        os.link(str(first), str(first.with_name("libwrap.so.%04d" % one)))


def test_many_names_of_one_large_file_do_not_fill_the_memory(scratch):
    libraries_of_one_large_file(scratch, 30)
    tracemalloc.start()
    try:
        found = integrity.check(Root(str(scratch.image)), NOTHING_CONFIGURED)["files"]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert sum(1 for one in found if one["path"].startswith("/usr/lib/libwrap.so.0") and one["sha256"]) == 30
    assert peak < 30 * MEBIBYTE


def test_more_than_a_bounded_number_of_bytes_is_not_read(scratch, monkeypatch):
    libraries_of_one_large_file(scratch, 30)
    monkeypatch.setattr(integrity, "MAX_BYTES", 41 * MEBIBYTE)
    result = integrity.check(Root(str(scratch.image)), NOTHING_CONFIGURED)
    unread = [one for one in result["files"] if one["exists"] and one["sha256"] is None]
    assert len(unread) == 20 and all(
        "have more than %d bytes together" % (41 * MEBIBYTE) in one["reason"] for one in unread
    )
    told = [one["message"] for one in result["findings"] if one["code"] == "unreadable"]
    assert len(told) == 20 and "/usr/lib/libwrap.so.0010" in told[0]


def test_more_files_of_the_wrapper_than_any_host_has_are_an_error_that_names_one(scratch):
    libraries_of_one_large_file(scratch, 2)
    for one in range(300):
        scratch.write("usr/lib/libwrap.so.1%03d" % one)
    with pytest.raises(HostError, match="/usr/lib/libwrap.so.1[0-9]* is one of more than 200 files"):
        integrity.check(Root(str(scratch.image)), NOTHING_CONFIGURED)


def test_a_users_thousands_of_sockets_hide_none_of_roots(monkeypatch):
    sockets = [
        Socket("tcp", 4, "192.0.2.1", 10000 + one, "192.0.2.2", 421, False, NOBODY, 10 + one) for one in range(1200)
    ]
    sockets.append(Socket("tcp", 4, "192.0.2.1", 421, "0.0.0.0", 0, True, 0, 7))
    monkeypatch.setattr(integrity, "list_sockets", lambda: sockets)
    monkeypatch.setattr(integrity, "socket_owners", lambda: {one: list(range(1, 200)) for one in range(2000)})
    monkeypatch.setattr(integrity, "command_name", lambda pid: "c%d" % pid)
    found = []
    listed = integrity._trojan_sockets(Root("/"), found)
    assert len(listed) == 1000 and listed[0]["listening"] and listed[0]["processes"][0] == {"pid": 1, "command": "c1"}
    assert all(len(one["processes"]) <= 20 for one in listed)
    told = [one.message for one in found if one.code == "unreadable-configuration"]
    assert told == ["201 sockets with port 421 are not listed"]


@pytest.mark.parametrize("kind", ["SOCK_DGRAM", "SOCK_STREAM"])
def test_a_user_who_opens_a_socket_with_the_trojans_port_makes_no_error(monkeypatch, kind):
    """He may have any port at the other end. It is another one here, since others look for port 421 at the same time."""
    with socket.socket(socket.AF_INET, getattr(socket, kind)) as server:
        server.bind(("127.0.0.2", 0))
        if kind == "SOCK_STREAM":
            server.listen(1)
        monkeypatch.setattr(integrity, "TROJAN_PORT", server.getsockname()[1])
        program = (
            "import os, socket, time; os.setgroups([]); os.setgid(1500); os.setuid(1500)\n"
            "one = socket.socket(socket.AF_INET, socket.%s); one.connect(('127.0.0.2', %d))\n"
            "print(one.getsockname()[1], flush=True); time.sleep(600)" % (kind, server.getsockname()[1])
        )
        process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
        try:
            port = int(process.stdout.readline())
            result = integrity.check(Root("/"), NOTHING_CONFIGURED)
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
    told = [
        one["severity"]
        for one in result["findings"]
        if one["code"] == "port-421" and "from 127.0.0.1 port %d to" % port in one["message"]
    ]
    assert told == ["warning"]


def test_a_user_who_writes_refusals_refuses_nobody(tmp_path, nobody, monkeypatch):
    """The user's own uid comes from the kernel; what the journal says of the process is what is given here to journalctl's reader."""
    process = nobody("sleep", "600")
    uid = int(subprocess.run(["ps", "-o", "uid=", "-p", str(process.pid)], stdout=subprocess.PIPE, check=True).stdout)
    entries = [
        {
            "MESSAGE": "refused connect from 192.0.2.66 (192.0.2.66)",
            "SYSLOG_IDENTIFIER": "sshd",
            "_PID": "7",
            "_UID": str(writer),
            "_EXE": "/usr/sbin/sshd" if writer == 0 else "/usr/bin/logger",
            "__REALTIME_TIMESTAMP": "1795422908000000",
        }
        for writer in (uid, 0)
    ]
    program = tmp_path / "journalctl"
    (tmp_path / "text").write_text("".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in entries))
    program.write_text("#!/bin/sh\ncat %s/text\n" % tmp_path)
    program.chmod(0o755)
    monkeypatch.setattr(journal, "find_program", lambda name: str(program))
    monkeypatch.setattr(journal, "has_journal", lambda: True)
    for name in ("usual_logs", "own_logs"):
        monkeypatch.setattr(refused_clients, name, lambda root: [])

    params = {"root": "/", "since": None, "until": None, "paths": None, "daemons": None, "limit": 100}
    result = refused_clients.run(Call(params))
    assert (
        result["count"] == 1 and result["by_client"][0]["count"] == 1
    )  # the true one, though the false one is its double
    assert sorted((entry["uid"], entry["forged"]) for entry in result["refusals"]) == [(0, False), (NOBODY, True)]
