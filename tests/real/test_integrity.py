# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_integrity_info against the real package, a tampered copy, and a real socket on port 421."""

import os
import shutil
import socket
import struct
import subprocess

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import integrity

NOBODY = 65534


def look(**params):
    return integrity.run(Call(dict({"root": "/", "paths": None}, **params)))


def codes(result, severity="error"):
    return sorted(finding["code"] for finding in result["findings"] if finding["severity"] == severity)


@pytest.fixture
def image(tmp_path):
    """The real package's files and checksums in a folder of their own."""
    os.chmod(str(tmp_path), 0o755)
    for folder in ("usr/sbin", "usr/lib/x86_64-linux-gnu", "var/lib/dpkg/info", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("tcpd", "tcpdchk", "tcpdmatch", "safe_finger"):
        shutil.copy2("/usr/sbin/" + name, str(tmp_path / "usr/sbin" / name))
    for name in os.listdir("/usr/lib/x86_64-linux-gnu"):
        if name.startswith("libwrap.so.0"):
            shutil.copy2(
                "/usr/lib/x86_64-linux-gnu/" + name,
                str(tmp_path / "usr/lib/x86_64-linux-gnu" / name),
                follow_symlinks=False,
            )
    for name in os.listdir("/var/lib/dpkg/info"):
        if name.startswith(("tcpd.md5", "libwrap0:")) and name.endswith("md5sums"):
            shutil.copy2("/var/lib/dpkg/info/" + name, str(tmp_path / "var/lib/dpkg/info" / name))
    return tmp_path


def test_the_hosts_own_package_is_whole():
    result = look()
    by_path = {entry["path"]: entry for entry in result["files"]}
    assert by_path["/usr/sbin/tcpd"]["checksum"] == "match"
    assert by_path["/usr/sbin/tcpd"]["package"] == "tcpd"
    libraries = [
        entry for entry in result["files"] if "libwrap" in entry["target"] and entry["package"] == "libwrap0:amd64"
    ]
    assert [entry["checksum"] for entry in libraries] == ["match"]
    assert "changed-file" not in codes(result)


def test_an_image_is_checked_by_its_own_database(image):
    result = look(root=str(image))
    assert {entry["checksum"] for entry in result["files"]} == {"match"}
    assert len(result["files"]) == 5
    assert result["findings"] == [] and result["sockets"] is None


def test_one_byte_is_noticed(image):
    for path in ("usr/sbin/tcpd", "usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6"):
        data = bytearray((image / path).read_bytes())
        data[-1] ^= 1
        (image / path).write_bytes(bytes(data))
    assert codes(look(root=str(image))) == ["changed-file", "changed-file"]


def test_owner_mode_and_folders(image):
    tcpd = image / "usr/sbin/tcpd"
    os.chown(str(tcpd), NOBODY, 0)
    assert codes(look(root=str(image))) == ["wrong-owner"]
    os.chown(str(tcpd), 0, NOBODY)
    os.chmod(str(tcpd), 0o4775)
    assert codes(look(root=str(image))) == ["set-id", "writable-file"]
    os.chown(str(tcpd), 0, 0)
    os.chmod(str(tcpd), 0o775)
    assert codes(look(root=str(image))) == []
    os.chmod(str(image / "usr"), 0o777)
    result = look(root=str(image))
    assert set(codes(result)) == {"writable-parent"}
    assert result["files"][0]["writable_parents"] == ["/usr"]
    os.chmod(str(image / "usr"), 0o1777)
    assert codes(look(root=str(image))) == []


def test_lists_of_access(image):
    """What setfacl -m u:NOBODY:rwx leaves: owner and group are still root's."""
    entries = ((1, 7, 2**32 - 1), (2, 7, NOBODY), (4, 5, 2**32 - 1), (16, 7, 2**32 - 1), (32, 5, 2**32 - 1))
    raw = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    for path in ("usr/sbin", "usr/sbin/tcpd"):
        os.setxattr(str(image / path), "system.posix_acl_access", raw)
    assert os.stat(str(image / "usr/sbin/tcpd")).st_mode & 0o777 == 0o775
    result = look(root=str(image))
    assert codes(result) == ["writable-file"] and set(codes(result, "warning")) == {"writable-parent"}
    assert {file["path"]: file["writable_parents"] for file in result["files"]}["/usr/sbin/tcpd"] == ["/usr/sbin"]


def test_a_tcpd_elsewhere_that_inetd_conf_names(image):
    (image / "opt").mkdir()
    shutil.copy2("/usr/sbin/tcpd", str(image / "opt/tcpd"))
    (image / "etc/inetd.conf").write_text(
        "telnet stream tcp nowait root /opt/tcpd in.telnetd\nftp stream tcp nowait root /gone/tcpd in.ftpd\n"
        "#<off># shell stream tcp nowait root /off/tcpd in.rshd\ntime stream tcp nowait root /usr/sbin/tcpd in.timed\n"
    )
    result = look(root=str(image))
    named = {entry["path"]: entry["named_by"] for entry in result["files"] if entry["named_by"]}
    assert named == {
        "/opt/tcpd": ["/etc/inetd.conf:1"],
        "/gone/tcpd": ["/etc/inetd.conf:2"],
        "/usr/sbin/tcpd": ["/etc/inetd.conf:4"],
    }
    assert codes(result) == ["named-tcpd-missing"]
    assert codes(result, "warning") == ["unknown-tcpd"]


def test_given_paths(image):
    (image / "usr/sbin/fifo").parent.mkdir(exist_ok=True)
    os.mkfifo(str(image / "usr/sbin/fifo"))
    result = look(root=str(image), paths=["/usr/sbin/tcpd", "/none", "/usr/sbin/fifo"])
    assert [entry["exists"] for entry in result["files"]] == [True, False, True]
    assert codes(result, "warning") == ["missing"] and codes(result) == ["unreadable"]


def test_sockets_on_port_421():
    assert "port-421" not in codes(look())
    with socket.socket() as server, socket.socket() as client, socket.socket(
        socket.AF_INET, socket.SOCK_DGRAM
    ) as datagrams:
        server.bind(("127.0.0.1", 0))
        server.listen(1)
        client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        client.bind(("127.0.0.1", 421))
        client.connect(server.getsockname())
        accepted, _address = server.accept()
        for end in (client, accepted):  # no TIME_WAIT afterwards: the next run must find none
            end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        datagrams.bind(("127.0.0.1", 421))
        result = look()
        accepted.close()
    ends = sorted(
        (entry["protocol"], entry["port"] == 421, entry["remote_port"] == 421, entry["listening"])
        for entry in result["sockets"]
    )
    assert ends == [("tcp", False, True, False), ("tcp", True, False, False), ("udp", True, False, True)]
    assert codes(result).count("port-421") == 2 and codes(result, "warning").count("port-421") == 1  # UDP
    assert result["sockets"][0]["processes"][0]["pid"] == os.getpid()


def test_a_user_raises_no_alarm_with_a_socket_of_his_own():
    script = (
        "import socket; one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); one.connect(('127.0.0.1', 421)); "
        "two = socket.create_connection(%r, 30); print(flush=True); input()"
    )
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", 421))
        server.listen(1)
        process = subprocess.Popen(
            ["setpriv", "--reuid", str(NOBODY), "--regid", str(NOBODY), "--clear-groups", "/usr/bin/python3", "-c"]
            + [script % (server.getsockname(),)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        try:
            assert process.stdout.readline()
            result = look()
        finally:
            process.communicate(b"\n")
    told = [one for one in result["findings"] if one["code"] == "port-421" and one["severity"] == "warning"]
    words = "(process %d) holds a %s socket of user %d from"
    assert all(any(words % (process.pid, kind, NOBODY) in one["message"] for one in told) for kind in ("TCP", "UDP"))
    assert len(told) == 2 and codes(result).count("port-421") == 1  # root's own, which listens


def test_diversions_that_dpkg_made(image):
    (image / "var/lib/dpkg/status").write_text("")
    (image / "var/lib/dpkg/updates").mkdir()
    for path in ("/usr/sbin/tcpd", "/usr/sbin/safe_finger", "/usr/bin/other"):
        subprocess.run(
            ["dpkg-divert", "--root", str(image), "--local", "--no-rename", "--divert", path + ".orig", "--add", path],
            check=True,
        )
    result = look(root=str(image))
    found = {finding["path"]: finding for finding in result["findings"]}
    assert {path: finding["code"] for path, finding in found.items()} == {
        "/usr/sbin/tcpd": "diverted-file",
        "/usr/sbin/safe_finger": "diverted-file",
    }
    assert "as /usr/sbin/tcpd.orig, by order of the administrator" in found["/usr/sbin/tcpd"]["message"]
    (image / "etc/inetd.conf").write_text("x stream tcp nowait root /usr/sbin/tcpd /usr/sbin/in.x\n")
    assert codes(look(root=str(image), paths=["/usr/sbin/tcpdchk"]), "warning") == ["diverted-file"]


@pytest.mark.parametrize(
    "text, mode, found",
    [
        ("", 0o644, []),
        ("# /lib/none.so\n", 0o644, []),
        ("/usr/lib/one.so:/usr/lib/two.so # here\n", 0o644, ["warning", "warning"]),
        ("libname.so\n", 0o644, ["warning"]),
        ("/usr/lib/one.so\n", 0o666, ["error", "warning"]),
        ("/home/x/lib.so\n", 0o644, ["error"]),
        ("/tmp/gone.so\n", 0o644, ["error"]),
        ("/x.so " * 20000, 0o644, ["error"]),
    ],
)
def test_what_is_loaded_before_libwrap(image, text, mode, found):
    (image / "home/x").mkdir(parents=True)
    os.chown(str(image / "home/x"), NOBODY, NOBODY)
    (image / "tmp").mkdir()
    os.chmod(str(image / "tmp"), 0o1777)
    (image / "usr/lib/one.so").write_text("")
    preload = image / "etc/ld.so.preload"
    preload.write_text(text)
    os.chmod(str(preload), mode)
    result = look(root=str(image))
    assert sorted(finding["severity"] for finding in result["findings"]) == sorted(found)
    assert {finding["code"] for finding in result["findings"]} <= {"preloaded-library"}
