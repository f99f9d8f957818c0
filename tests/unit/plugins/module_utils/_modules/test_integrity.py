# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_integrity_info on a recorded host: the lists of dpkg, modes, diversions, libraries that are loaded first, and sockets with port 421."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import reading
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import (
    changers,
    folders_on_way,
    packages,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import integrity

TCPD, CHECKER, PRELOAD = "/usr/sbin/tcpd", "/usr/sbin/tcpdchk", "/etc/ld.so.preload"
LISTS, DIVERSIONS = "/var/lib/dpkg/info/tcpd.md5sums", "/var/lib/dpkg/diversions"
#: What md5sum(1) and sha256sum(1) say of an empty file.
NOTHING = "d41d8cd98f00b204e9800998ecf8427e"
NOTHING_SHA256 = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#: Port 421 as the kernel writes it in /proc/net/tcp; sshd of the recording listens at 0016.
TROJAN = ":%04X " % 421


def look(**params):
    return integrity.run(Call(dict({"root": "/", "paths": None}, **params)))


def codes(result):
    return sorted((entry["code"], entry["path"]) for entry in result["findings"])


def file_of(result, path=TCPD):
    (entry,) = [entry for entry in result["files"] if entry["path"] == path]
    return entry


def empty(bookworm, path):
    """Make a program of the recording an empty file, and dpkg's list say that it is one."""
    bookworm.write(path, "")
    lines = bookworm.text(LISTS).split("\n")
    bookworm.write(LISTS, "\n".join(NOTHING + line[32:] if line.endswith(path[1:]) else line for line in lines))


def test_a_file_that_is_what_its_package_shipped(bookworm):
    empty(bookworm, TCPD)
    result = look()
    assert codes(result) == [] and [entry["path"] for entry in result["files"]] == [TCPD]
    entry = file_of(result)
    assert (entry["checksum"], entry["package"], entry["package_manager"], entry["reason"]) == (
        "match",
        "tcpd",
        "dpkg",
        "MD5 of tcpd",
    )
    assert (entry["owner"], entry["group"], entry["exists"], entry["sha256"]) == (0, 0, True, NOTHING_SHA256)
    # by the unit asks@.service and by xinetd's own-lists
    assert sorted(entry["named_by"]) == ["/etc/systemd/system/asks@.service:2", "/etc/xinetd.d/wrapped:19"]
    assert result["sockets"] == [] and result["changed"] is False


def test_another_program_in_its_place(bookworm):
    """The list is Debian's of tcpd 7.6.q-32, and what stands there is not Debian's tcpd."""
    assert codes(look()) == [("changed-file", TCPD)]
    assert file_of(look())["reason"] == "its MD5 is not the one of package tcpd"


def test_a_file_that_no_package_has(bookworm):
    bookworm.write("/usr/local/sbin/tcpd", "")
    empty(bookworm, TCPD)
    unit = "/etc/systemd/system/asks@.service"
    bookworm.write(unit, bookworm.text(unit).replace(TCPD, "/opt/tcpd"))
    bookworm.write("/opt/tcpd", "")
    assert codes(look()) == [("unknown-origin", "/usr/local/sbin/tcpd"), ("unknown-tcpd", "/opt/tcpd")]
    bookworm.remove("/opt/tcpd")
    assert ("named-tcpd-missing", "/opt/tcpd") in codes(look())


def state_of(monkeypatch, **states):
    """Let some files have another owner, group or mode."""
    look_at = reading._look

    def altered(root, path, limit):
        found = look_at(root, path, limit)
        changes = states.get("of_" + path.rsplit("/", 1)[-1], {})
        return found if found.kind == "missing" else found._replace(**changes)

    monkeypatch.setattr(reading, "_look", altered)


def place(bookworm, monkeypatch, path, uid=None, gid=None, mode=None):
    """Give something a mode, and, in what fstat(2) tells of it, another owner and group: no test needs root."""
    if mode is not None:
        os.chmod(bookworm.path + path, mode)
    inode, fstat = os.lstat(bookworm.path + path).st_ino, os.fstat

    def told(descriptor):
        info = fstat(descriptor)
        if info.st_ino != inode:
            return info
        owners = (info.st_uid if uid is None else uid, info.st_gid if gid is None else gid)
        return os.stat_result(info[:4] + owners + info[6:])

    monkeypatch.setattr(os, "fstat", told)


@pytest.fixture(name="mode_of")
def fixture_mode_of(bookworm):
    """The modes of what the tests change are put back: the recorded host is unpacked once for all."""
    kept = {path: os.stat(bookworm.path + path).st_mode & 0o7777 for path in ("/usr", "/usr/sbin", TCPD)}
    yield kept
    for path, mode in kept.items():
        os.chmod(bookworm.path + path, mode)


@pytest.mark.parametrize(
    "state, found",
    [
        ({"uid": 4711, "mode": 0o755}, ["wrong-owner"]),
        ({"gid": 4712, "mode": 0o775}, ["writable-file"]),
        ({"mode": 0o775}, []),
        ({"mode": 0o757}, ["writable-file"]),
        ({"mode": 0o4755}, ["set-id"]),
        ({"mode": 0o2755}, ["set-id"]),
        ({"uid": 4711, "mode": 0o6777}, ["set-id", "writable-file", "wrong-owner"]),
    ],
)
def test_who_can_change_the_file(bookworm, monkeypatch, mode_of, state, found):
    empty(bookworm, TCPD)
    state_of(monkeypatch, of_tcpd=state)
    place(bookworm, monkeypatch, TCPD, **state)
    assert codes(look()) == [(code, TCPD) for code in found]


@pytest.mark.parametrize(
    "state, who",
    [
        ({"mode": 0o777}, "everybody"),
        ({"mode": 0o1777}, None),  # sticky, as /tmp is: nobody takes another's file away
        ({"mode": 0o775, "gid": 4712}, "group 4712"),
        ({"mode": 0o775}, None),
        ({"mode": 0o755, "uid": 4711}, "user 4711"),
    ],
)
def test_who_can_replace_the_file(bookworm, monkeypatch, mode_of, state, who):
    empty(bookworm, TCPD)
    place(bookworm, monkeypatch, "/usr", **state)
    result = look()
    assert file_of(result)["writable_parents"] == (["/usr"] if who else [])
    assert codes(result) == ([("writable-parent", "/usr")] if who else [])
    assert not who or who in result["findings"][0]["message"]


def test_who_can_replace_it_by_a_list_of_access(bookworm, monkeypatch, mode_of):
    """As setfacl -m u:4711:rwx leaves it: owner and group are root's, and the mode's bits for the group are the mask."""
    entries = ((1, 7, 0), (2, 7, 4711), (4, 5, 0), (16, 7, 0), (32, 5, 0))
    empty(bookworm, TCPD)
    os.chmod(bookworm.path + TCPD, 0o775)
    os.chmod(bookworm.path + "/usr/sbin", 0o775)
    listed = {bookworm.path + "/usr/sbin": entries, bookworm.path + TCPD: entries}
    for module in (changers, folders_on_way):
        monkeypatch.setattr(module, "read_acl", lambda name: listed.get(name, ()))
    result = look()
    assert codes(result) == [("writable-file", TCPD), ("writable-parent", "/usr/sbin")]
    assert file_of(result)["writable_parents"] == ["/usr/sbin"]
    assert all("user 4711 can" in entry["message"] for entry in result["findings"])


def test_who_can_replace_a_link_to_it(bookworm, monkeypatch):
    """The folders of all links on the way count, not only the first and the last."""
    empty(bookworm, TCPD)
    bookworm.mkdir("/opt/bin")
    for name, target in (("/opt/bin/tcpd", TCPD), ("/opt/tcpd", "/opt/bin/tcpd")):
        os.symlink(target, bookworm.path + name)
    try:
        place(bookworm, monkeypatch, "/opt/bin", uid=4711)
        result = look(paths=["/opt/tcpd"])
    finally:
        for name in ("/opt/bin/tcpd", "/opt/tcpd"):
            os.remove(bookworm.path + name)
    assert codes(result) == [("writable-parent", "/opt/bin")]


def test_given_paths(bookworm):
    empty(bookworm, TCPD)
    bookworm.remove("/usr/sbin/fifo")
    os.mkfifo(bookworm.path + "/usr/sbin/fifo")
    result = look(paths=["/usr/sbin/fifo", "/none", "not absolute", "/usr/sbin/../sbin/tcpd"])
    assert [(entry["path"], entry["exists"], entry["reason"]) for entry in result["files"]] == [
        ("/usr/sbin/fifo", True, "not a regular file"),
        ("/none", False, None),
        ("/usr/sbin/../sbin/tcpd", True, "MD5 of tcpd"),
    ]
    assert codes(result) == [("missing", "/none"), ("unreadable", "/usr/sbin/fifo")]


def test_a_file_that_may_not_be_read_or_is_too_large(bookworm, monkeypatch):
    empty(bookworm, TCPD)
    monkeypatch.setattr(integrity, "READ_LIMIT", 0)
    bookworm.write(TCPD, "x")
    (entry,) = look()["files"]
    assert (entry["reason"], entry["sha256"]) == ("File too large", None)
    monkeypatch.setattr(integrity, "MAX_BYTES", -1)
    assert look()["files"][0]["sha256"] is None
    state_of(monkeypatch, of_tcpd={"kind": "unreadable", "data": None, "errno": 13})
    result = look()
    assert codes(result) == [("unreadable", TCPD)] and "Permission denied" in result["files"][0]["reason"]


def test_more_files_than_any_host_has(bookworm, monkeypatch):
    monkeypatch.setattr(integrity, "MAX_FILES", 0)
    with pytest.raises(HostError, match="one of more than 0 files that are named like the wrapper's own"):
        look()


def test_diversions(bookworm):
    """The form is dpkg-divert(1)'s: three lines each, and ":" for the administrator. Those of the recording are dash's."""
    empty(bookworm, TCPD)
    recorded = bookworm.text(DIVERSIONS)
    assert recorded.startswith("/usr/share/man/man1/sh.1.gz\n/usr/share/man/man1/sh.distrib.1.gz\ndash\n")
    bookworm.write(DIVERSIONS, recorded + "%s\n%s.orig\n:\n" % (TCPD, TCPD))
    result = look()
    assert codes(result) == [("diverted-file", TCPD)]
    assert "as /usr/sbin/tcpd.orig, by order of the administrator" in result["findings"][0]["message"]
    assert file_of(result)["reason"] == "diverted to /usr/sbin/tcpd.orig by the administrator"
    assert codes(look(paths=[CHECKER])) == [("diverted-file", TCPD), ("missing", CHECKER)]  # xinetd starts it


def test_a_list_of_diversions_without_end(bookworm, monkeypatch):
    empty(bookworm, TCPD)
    monkeypatch.setattr(packages, "_MAX_DIVERSIONS", 10)
    assert [code for code, _path in codes(look())] == ["unreadable-configuration"]


@pytest.mark.parametrize(
    "text, state, found",
    [
        ("", {}, []),
        ("# /lib/none.so\n", {}, []),
        ("/usr/lib/one.so:/usr/lib/two.so # here\n", {}, ["/usr/lib/one.so", "/usr/lib/two.so"]),
        ("libname.so\n", {}, ["libname.so"]),
        ("", {"mode": 0o666}, ["only root can write"]),
        ("", {"uid": 4711}, ["only root can write"]),
        ("", {"mode": 0o664, "gid": 4712}, ["only root can write"]),
        ("/home/x/lib.so\n", {}, ["user 4711"]),
        ("/tmp/gone.so\n", {}, ["everybody"]),
        ("/x.so " * 20000, {}, ["larger than"]),
    ],
)
def test_what_is_loaded_before_libwrap(bookworm, monkeypatch, text, state, found):
    empty(bookworm, TCPD)
    bookworm.mkdir("/home/x")
    bookworm.mkdir("/tmp", 0o1777)
    bookworm.write("/usr/lib/one.so", "")
    bookworm.write(PRELOAD, text)
    place(bookworm, monkeypatch, "/home/x", uid=4711)
    place(bookworm, monkeypatch, PRELOAD, **dict({"mode": 0o644}, **state))
    told = look()["findings"]
    assert {entry["code"] for entry in told} == ({"preloaded-library"} if found else set())
    assert len(told) == len(found) and all(any(word in entry["message"] for entry in told) for word in found), told


def test_sockets_with_port_421(bookworm, monkeypatch):
    """The line of the listening sshd in the recorded /proc/net/tcp, with another port."""
    empty(bookworm, TCPD)
    table = bookworm.text("/proc/net/tcp")
    bookworm.write("/proc/net/tcp", table.replace(":0016 00000000:0000", TROJAN.strip() + " 00000000:0000"))
    result = look()
    assert result["sockets"] == [
        {
            "protocol": "tcp",
            "address": "0.0.0.0",
            "port": 421,
            "remote_address": "0.0.0.0",
            "remote_port": 0,
            "listening": True,
            "processes": [{"pid": 46, "command": "sshd"}],
        }
    ]
    (told,) = result["findings"]
    assert told["code"] == "port-421" and "sshd (process 46)" in told["message"]
    monkeypatch.setattr(integrity, "MAX_SOCKETS", 0)
    assert "1 sockets with port 421 are not listed" in look()["findings"][0]["message"]


def test_a_holder_that_is_not_seen(bookworm):
    empty(bookworm, TCPD)
    table = bookworm.text("/proc/net/tcp")
    bookworm.write("/proc/net/tcp", table.replace(":0016 00000000:0000", TROJAN.strip() + " 00000000:0000"))
    bookworm.remove("/proc/46/fd")
    result = look()
    assert result["sockets"][0]["processes"] == []
    assert "a process that is not to be seen" in result["findings"][0]["message"]


def test_a_system_without_proc_lists_no_sockets(bookworm):
    bookworm.remove("/proc/net")
    assert look()["sockets"] is None


def test_a_configuration_that_cannot_be_read(bookworm):
    empty(bookworm, TCPD)
    bookworm.remove("/etc/xinetd.conf")
    bookworm.mkdir("/etc/xinetd.conf")
    assert [code for code, _path in codes(look())] == ["unreadable-configuration"]
