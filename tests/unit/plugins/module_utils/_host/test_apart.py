# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The memory of other users' processes, read where the kernel may never answer. A FIFO that nobody writes to stands for it: opening it waits, too."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import apart, time_of_users
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.connection import environment
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.mappings import (
    Genuine,
    find_mapped_libwrap,
    mapped_libraries,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import read_arguments
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_sessions import (
    list_ssh_sessions,
)

STATUS = "Name:\t%s\nUid:\t%d\t%d\t%d\t%d\nGid:\t1\t1\t1\t1\nGroups:\t\nCapEff:\t0\n"
NOTHING = Genuine(frozenset(), frozenset())


@pytest.fixture(autouse=True)
def fresh(monkeypatch):
    monkeypatch.setattr(apart, "PATIENCE", 0.5)
    monkeypatch.setattr(time_of_users, "_spent", {})


def process(proc, pid, uid, name="x", silent=False):
    folder = proc / str(pid)
    folder.mkdir()
    (folder / "status").write_text(STATUS % ((name,) + (uid,) * 4))
    for file, text in (
        ("cmdline", b"word\0"),
        ("environ", b"A=b\0"),
        ("maps", b"1-2 r-xp 0 8:1 5 /usr/lib/libc.so.6\n"),
    ):
        if silent:
            os.mkfifo(str(folder / file))
        else:
            (folder / file).write_bytes(text)


@pytest.mark.parametrize(
    "question, nothing, answer",
    [
        (read_arguments, [], ["word"]),
        (environment, {}, {"A": "b"}),
        (mapped_libraries, None, ["/usr/lib/libc.so.6"]),
        (lambda pid, proc: find_mapped_libwrap(pid, NOTHING, proc).mapped, None, False),
    ],
    ids=["command line", "environment", "mapped libraries", "libwrap"],
)
def test_a_process_that_never_answers_stops_nobody(tmp_path, question, nothing, answer):
    process(tmp_path, 20, 1500)
    process(tmp_path, 21, 1500, silent=True)
    process(tmp_path, 22, 200000)
    process(tmp_path, 23, 33)
    process(tmp_path, 24, 0)
    asked = [question(pid, str(tmp_path)) for pid in (20, 21, 22, 23, 24)]
    assert asked == [answer, nothing, nothing, answer, answer]  # people lose their answers, daemons and root do not


def test_what_protects_somebody_is_asked_though_others_used_up_the_time(tmp_path):
    process(tmp_path, 21, 1500, silent=True)
    process(tmp_path, 22, 1500)
    assert read_arguments(21, str(tmp_path)) == read_arguments(22, str(tmp_path)) == []
    assert read_arguments(22, str(tmp_path), "ssh sessions") == ["word"]
    assert environment(22, str(tmp_path)) == {"A": "b"}


def test_sessions_of_ssh_are_looked_for_among_the_programs_of_ssh_alone(tmp_path):
    process(tmp_path, 21, 1500, silent=True)
    assert list_ssh_sessions(str(tmp_path), str(tmp_path / "none")) == []
    assert (1000, "ssh sessions") not in time_of_users._spent


def test_the_reader_keeps_nothing_open_of_its_parents(tmp_path):
    process(tmp_path, 22, 1500)
    receiving, sending = os.pipe()
    apart._Reader._now = None
    assert read_arguments(22, str(tmp_path)) == ["word"]
    os.close(sending)
    os.set_blocking(receiving, False)
    assert os.read(receiving, 1) == b""  # and not that somebody may still write
    os.close(receiving)


def test_answers_of_any_length_and_errors_come_through(tmp_path):
    process(tmp_path, 22, 1500)
    (tmp_path / "22" / "maps").write_bytes(b"x" * 3000000)
    assert len(apart.read_memory(str(tmp_path / "22"), "maps")) == 3000000
    assert apart.read_memory(str(tmp_path / "22"), "maps", 10) == b"x" * 10
    with pytest.raises(FileNotFoundError):
        apart.read_memory(str(tmp_path / "22"), "none")
