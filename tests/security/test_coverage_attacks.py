# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A local user tries to look like an enforcer, to hide services from tcpd_coverage_info, or to make it fail or crawl."""

import os
import shutil
import socket
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import (
    listening_processes,
    machine,
    superserver_services,
    survey as coverage_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import Configured
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.asked import ask_about
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import merged
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import persons
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import sockets
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd

from attacked import NOBODY, run_module
from elves import make_elf

PYTHON = "/usr/bin/python3"
DAEMON = 62000  # one of systemd's dynamic users
# Maps a file again and again; none is one mapping with the next.
MAPPING = """
import ctypes, os, sys
LIBC = ctypes.CDLL(None)
LIBC.mmap.restype, LIBC.mmap.argtypes = ctypes.c_void_p, [ctypes.c_void_p, ctypes.c_size_t] + [ctypes.c_int] * 3 + [ctypes.c_long]
def map_often(path, times):
    descriptor = os.open(path, os.O_RDONLY)
    for number in range(times):
        LIBC.mmap(None, 4096, 1 + number % 2 * 2, 2, descriptor, 0)
"""
# Listens, does what the words say (files are mapped; `load=`: a library is loaded; `many=`: a file is mapped 62000 times; `name=`: it is called so;
# `open=`: that many files), says its port, and waits.
LISTENER = (
    MAPPING
    + """
import mmap, socket
server = socket.socket()
kept = []
for word in sys.argv[1:]:
    kind, _equals, value = word.partition("=")
    if kind == "load":
        ctypes.CDLL(value)
    elif kind == "many":
        map_often(value, 62000)
    elif kind == "name":
        ctypes.CDLL(None).prctl(15, value.encode())
    elif kind == "open":
        kept += [open("/dev/null") for _number in range(int(value))]
    elif word.startswith("/"):
        with open(word, "rb") as stream:
            kept.append(mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ))
if "late" in sys.argv:
    server = socket.socket()
server.bind(("127.0.0.1", 0))
server.listen(1)
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""
)
# Seventeen processes that map the file argv[1] 9500 times each.
MAPPER = (
    MAPPING
    + """
import time
for _number in range(16):
    if not os.fork():
        LIBC.prctl(1, 9)
        map_often(sys.argv[1], 9500)
        os.write(1, b".")
        time.sleep(600)
map_often(sys.argv[1], 9500)
os.write(1, b".")
time.sleep(600)
"""
)


@pytest.fixture(name="listener")
def fixture_listener(nobody):
    """Start LISTENER as a user without rights: listener(*words); returns its Popen and port."""

    def start(*words, program=PYTHON):
        process = nobody(program, "-c", LISTENER, *words, stdin=-1)
        return process, int(process.stdout.readline())

    return start


def cover(scratch, **arguments):
    """The running host's coverage, with the scratch image's tables."""
    ran = run_module(
        "tcpd_coverage_info",
        allow_path=str(scratch.image / "etc/hosts.allow"),
        deny_path=str(scratch.image / "etc/hosts.deny"),
        dialect="debian",
        **arguments,
    )
    assert not ran.failed, ran.result
    return ran.result


def entry_of(result, port):
    (found,) = [entry for entry in result["services"] if "tcp 127.0.0.1:%d" % port in entry["listens"]]
    return found


def services_of(text=""):
    """What the running host has, with an inetd.conf of this text."""
    config = inetd.read(text)
    return coverage_services.find_services(machine.look_at(Root("/")), Configured(config.entries, [], [], "openbsd"))


@pytest.fixture(name="own_program")
def fixture_own_program(scratch):
    """A user's copy of Python, called sshd, in a folder of the user's."""
    folder = scratch.folder / "home"
    folder.mkdir()
    os.chown(str(folder), NOBODY, NOBODY)
    path = folder / "sshd"
    shutil.copy(PYTHON, str(path))
    path.chmod(0o755)
    os.chown(str(path), NOBODY, NOBODY)
    return path


def test_a_file_that_is_only_called_libwrap_enforces_nothing(scratch, listener):
    fake = scratch.write("tmp/libwrap.so.0", "no library\n")
    process, port = listener(fake)
    entry = entry_of(cover(scratch), port)
    assert entry["enforced_by"] == [] and entry["pids"] == [process.pid]


def test_who_loads_the_real_libwrap_and_does_not_ask_it_enforces_nothing(scratch, listener):
    process, port = listener("load=libwrap.so.0")
    with open("/proc/%d/maps" % process.pid, encoding="utf-8") as maps:
        assert "/libwrap.so.0" in maps.read()
    entry = entry_of(cover(scratch), port)
    assert entry["enforced_by"] == [] and entry["pids"] == [process.pid]


def long_named(scratch, letters):
    """A file with a path of so many letters at least."""
    folder = scratch.folder
    for _level in range(letters // 200 + 1):
        folder = folder / ("x" * 200)
    folder.mkdir(parents=True)
    (folder / "file").write_bytes(b"x" * 4096)
    return folder / "file"


def test_a_service_that_maps_without_end_takes_another_s_libwrap_from_nobody(scratch, nobody):
    """Seventeen processes of a dynamic user of systemd's: what was read of the maps of all of these was bounded together."""
    mapper = nobody(PYTHON, "-c", MAPPER, long_named(scratch, 600), stdin=-1, uid=DAEMON - 500)
    assert mapper.stdout.read(17) == b"." * 17
    process = nobody(PYTHON, "-c", LISTENER, "load=libwrap.so.0", stdin=-1, uid=DAEMON)
    port = int(process.stdout.readline())
    assert entry_of(cover(scratch), port)["evidence"].startswith("its process maps libwrap")


def test_what_maps_more_than_is_read_may_ask(scratch, nobody):
    """It is a daemon of the host's that links no libwrap, but has loaded it: 62000 mappings of a file with a long name stand before it."""
    words = ["load=libwrap.so.0", "many=%s" % long_named(scratch, 1200)]
    process = nobody(PYTHON, "-c", LISTENER, *words, stdin=-1, uid=DAEMON)
    port = int(process.stdout.readline())
    entry = entry_of(cover(scratch), port)
    assert entry["enforced_by"] is None and "it may have loaded libwrap" in entry["evidence"]


def test_a_users_own_program_is_listed_and_is_nobodys_enforcement(scratch, listener, own_program):
    """It names libwrap in its header: a copy of tcpd could, too. It is called sshd, and the host's sshd is not judged by it."""
    process, port = listener(program=own_program)
    own_program.unlink()
    own_program.write_bytes(make_elf(["libwrap.so.0"]))
    result = cover(scratch)
    entry = entry_of(result, port)
    assert entry["enforced_by"] == [] and entry["pids"] == [process.pid] and entry["daemon"] is None
    assert entry["name"].endswith(" (a user's own process)")
    assert "belongs to user %d" % NOBODY in entry["evidence"]
    mine = [found for found in result["findings"] if str(port) in found["message"]]
    assert [found["severity"] for found in mine] == ["info"] and "0640" not in mine[0]["remedy"]
    (service,) = [found for found in services_of() if found.port == port]
    assert merged([service._replace(personal=False, askers=None), service]) == {"sshd": None}
    assert merged([service]) == {} and ask_about(Root("/"), [service], "sshd").state == "no such service"


@pytest.mark.parametrize("user", [NOBODY, 60500, 70000])
def test_a_system_program_that_a_user_starts_is_nobodys_enforcement(scratch, nobody, monkeypatch, user):
    """Such as socat with tcpwrap=NAME, which asks by any name he likes; users of a directory have numbers beyond UID_MAX."""
    process = nobody(PYTHON, "-c", LISTENER, stdin=-1, uid=user)
    port = int(process.stdout.readline())
    real = listening_processes.own_check
    monkeypatch.setattr(
        listening_processes, "own_check", lambda *given: real(*given)._replace(asks=True, names=("sendmail",))
    )
    (service,) = [found for found in services_of() if found.port == port]
    assert service.personal and service.askers == () and "a user's own process" in service.evidence
    assert merged([service]) == {} and "sendmail" not in coverage._daemons([service], Configured([], [], [], ""))


def test_a_program_that_was_replaced_by_a_huge_file_fails_nothing(scratch, listener, own_program):
    _process, port = listener(program=own_program)
    own_program.unlink()
    own_program.write_bytes(make_elf(dynamic=False))
    os.truncate(str(own_program), 65 * 1024 * 1024)
    assert entry_of(cover(scratch), port)["enforced_by"] == []


def test_a_daemon_that_was_replaced_is_known_by_the_file_that_runs(scratch, nobody):
    """Root's own, upgraded while it runs: what stands at its name now says nothing about it."""
    program = scratch.write("daemon", b"")
    shutil.copy(PYTHON, str(program))
    process = nobody(program, "-c", LISTENER, stdin=-1, uid=DAEMON)
    port = int(process.stdout.readline())
    program.unlink()
    program.write_bytes(make_elf(["libwrap.so.0"]))
    entry = entry_of(cover(scratch), port)
    assert entry["enforced_by"] == [] and "neither it nor" in entry["evidence"]


def counted(monkeypatch, work):
    """How often `work` made Libraries look at a place."""
    looked = []
    real = Libraries._fits
    monkeypatch.setattr(Libraries, "_fits", lambda self, path, elf: looked.append(path) or real(self, path, elf))
    work()
    return len(looked)


def test_needs_and_folders_without_end_cost_nothing(listener, own_program, monkeypatch):
    _process, port = listener(program=own_program)
    before = counted(monkeypatch, services_of)
    own_program.unlink()
    own_program.write_bytes(
        make_elf(["lib%d.so" % number for number in range(500)], ["/tmp/%d" % number for number in range(60)])
    )
    assert counted(monkeypatch, services_of) <= before + 100
    assert [found.askers for found in services_of() if found.port == port] == [()]


def test_an_images_program_loses_itself_alone(scratch, monkeypatch):
    """500 libraries in 60 folders, each of them to be looked at: at most 10,000 are; the service beside it is told as ever."""
    scratch.write(
        "usr/sbin/evil",
        make_elf(["lib%d.so" % number for number in range(500)], ["/tmp/%d" % number for number in range(60)]),
        0o755,
    )
    scratch.write("usr/sbin/endless", make_elf(["lib%d.so" % number for number in range(3000)]), 0o755)
    scratch.write("usr/sbin/good", make_elf(["libwrap.so.0"]), 0o755)
    libraries = Libraries(Root(str(scratch.image)))
    answers = {}
    count = counted(
        monkeypatch,
        lambda: answers.update(
            (name, libraries.find_libwrap("/usr/sbin/" + name)) for name in ("evil", "endless", "good")
        ),
    )
    assert count <= 10100
    assert answers["good"].libwrap is True
    assert answers["evil"].libwrap is None and "too many places" in answers["evil"].reason
    assert answers["endless"].libwrap is None and "more than 512 libraries" in answers["endless"].reason


def test_an_image_of_many_such_programs_ends(scratch, monkeypatch):
    libraries = Libraries(Root(str(scratch.image)))
    libraries._all.places = 20000
    for number in range(8):
        scratch.write(
            "usr/sbin/evil%d" % number,
            make_elf(["l%d-%d" % (number, one) for one in range(500)], ["/%d" % one for one in range(60)]),
            0o755,
        )
    assert (
        counted(monkeypatch, lambda: [libraries.find_libwrap("/usr/sbin/evil%d" % number) for number in range(8)])
        <= 20100
    )


def test_who_is_called_inetd_is_not_inetd(listener):
    """With -l openbsd-inetd asks libwrap by itself: nobody else can say that it does."""
    text = "17011 stream tcp nowait root /usr/sbin/in.none in.none\n"
    listener("name=inetd", "-l")
    end = time.monotonic() + 300
    while True:  # root's own inetd of another test may run for a while, and is believed
        (service,) = [found for found in services_of(text) if found.kind == "inetd"]
        if not service.askers or time.monotonic() > end:
            break
        time.sleep(1)
    assert not service.askers and "inetd runs with its own libwrap check" not in service.evidence


@pytest.mark.parametrize("words", [["name=inetd"], ["open=300", "late"]])
def test_nobody_passes_for_a_service_of_inetd(listener, monkeypatch, words):
    """A user's socket at the port of a service that is not running, held by a process called inetd, or by one with so many files that it is not found."""
    monkeypatch.setattr(sockets, "MAX_FILES", 200, raising=False)
    process, port = listener(*words)
    found = services_of("%d stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.none\n" % port)
    assert [entry.listens for entry in found if entry.kind == "inetd"] == [()]
    (mine,) = [entry for entry in found if entry.kind == "process" and ("tcp", "127.0.0.1", port) in entry.listens]
    assert not mine.askers and mine.pids in ((process.pid,), ())


def test_open_files_without_end_are_not_all_looked_at(listener, monkeypatch):
    monkeypatch.setattr(sockets, "MAX_FILES", 50, raising=False)
    looked = []
    real = os.readlink
    process, _port = listener("open=900")
    monkeypatch.setattr(os, "readlink", lambda path, **options: looked.append(str(path)) or real(path, **options))
    owners = sockets.socket_owners()
    assert any(process.pid in holders for holders in owners.values())
    assert 0 < len([path for path in looked if path.startswith("/proc/%d/" % process.pid)]) <= 50


# Root's, as far as its users tell, with a socket that a user made: what a set-uid program such as sudo or pkexec is that
# has become root altogether while it waits for a password.
GIVEN = """
import os, socket, sys
os.setresuid(0, %d, 0)
server = socket.socket()
os.setresuid(0, 0, 0)
server.bind(("127.0.0.1", 0))
server.listen(1)
print(server.getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_a_set_uid_program_that_was_given_a_users_socket_is_no_service_of_roots(scratch, nobody):
    process = nobody(PYTHON, "-c", GIVEN % NOBODY, stdin=-1, uid=0)
    port = int(process.stdout.readline())
    (service,) = [found for found in services_of() if found.port == port]
    assert service.personal and service.askers == () and service.runs_as == "root"
    assert entry_of(cover(scratch), port)["enforced_by"] == []


def test_a_set_uid_program_that_is_called_inetd_is_not_inetd(nobody, tmp_path_factory):
    """A link of that name is enough, and with -l openbsd-inetd would ask libwrap by itself."""
    link = tmp_path_factory.mktemp("own") / "inetd"
    link.symlink_to(os.path.realpath(PYTHON))
    process = nobody(
        str(link), "-I", "-S", "-c", "import sys\nprint(1, flush=True)\nsys.stdin.read()", "-l", stdin=-1, uid=0
    )
    assert process.stdout.readline() == b"1\n"
    with open("/proc/%d/comm" % process.pid, encoding="ascii") as name:
        assert name.read() == "inetd\n"
    service = inetd.read("ftp stream tcp nowait root /bin/true true\n").entries[0]
    configured = Configured([service], [], [], "openbsd")
    starters = superserver_services._starters(machine.look_at(Root("/")), configured, service)
    assert process.pid not in starters


MANY = """
import ctypes, os, socket, sys
kept = []
for number in range(int(sys.argv[1])):
    one = socket.socket()
    one.bind(("127.0.0.1", 0))
    one.listen(1)
    kept.append(one)
print(kept[0].getsockname()[1], flush=True)
sys.stdin.read()
"""


def test_thousands_of_sockets_of_a_user_fit_in_every_answer(scratch, nobody):
    process = nobody(PYTHON, "-c", MANY, "800", stdin=-1)
    process.stdout.readline()
    (entry,) = [entry for entry in cover(scratch)["services"] if entry["pids"] == [process.pid]]
    assert len(entry["listens"]) == 50 and "it listens at 750 more places" in entry["evidence"]


def test_many_processes_of_a_user_are_told_together_and_those_of_another_are_not(
    scratch, listener, nobody, monkeypatch
):
    monkeypatch.setattr(persons, "MAX_SERVICES", 8)
    other = nobody(PYTHON, "-c", LISTENER, stdin=-1, uid=NOBODY + 1)
    port = int(other.stdout.readline())
    for number in range(20):
        listener("name=own%d" % number)
    found = [service for service in services_of() if service.personal]
    assert len(found) == 8 and [service.port for service in found if port == service.port] == [port]
    (rest,) = [service for service in found if service.name == "more services of users"]
    assert "more services are users' own processes" in rest.evidence and rest.askers == ()


def test_a_users_long_path_is_cut(scratch, nobody, tmp_path_factory):
    folder = tmp_path_factory.mktemp("own")
    for part in (folder.parent, folder.parent.parent):
        part.chmod(part.stat().st_mode | 0o055)
    for _number in range(9):
        folder = folder / ("\x1b" * 250)
        folder.mkdir()
        folder.chmod(0o755)
    program = folder / "python3"
    shutil.copy(PYTHON, str(program))
    os.chown(str(program), NOBODY, NOBODY)
    process = nobody(str(program), "-I", "-S", "-c", LISTENER, stdin=-1)
    port = int(process.stdout.readline())
    entry = entry_of(cover(scratch), port)
    assert max(len(text) for text in entry.values() if isinstance(text, str)) < 420 and len(entry["program"]) == 203


CHURN = """
import os, socket, sys, time
for _child in range(3):
    if not os.fork():
        break
print("begun", flush=True)
end = time.monotonic() + 60
while time.monotonic() < end and os.getppid() != 1:
    mine = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for number in range(800)]
    for one in mine:
        one.bind(("127.0.0.1", 0))
    time.sleep(0.005)
    for one in mine:
        one.close()
"""


def test_sockets_that_a_user_opens_and_closes_hide_none_of_root_s(nobody):
    """The kernel's table is read in pieces, and leaves out as many sockets as were closed before the place where it goes on."""
    mine = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    mine.bind(("0.0.0.0", 0))
    process = nobody(PYTHON, "-c", CHURN, stdin=-1)
    process.stdout.readline()
    try:
        inode = os.fstat(mine.fileno()).st_ino
        for _time in range(10):
            found, doubt = sockets.list_waiting()
            assert doubt or inode in [one.inode for one in found]
    finally:
        process.kill()
        mine.close()
