# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A daemon of the table that goes by another name is known all the same: measured with a copy of Debian 12's vsftpd, which
serves whom the tables refuse unless its configuration says tcp_wrappers=YES.
"""

import os
import shutil
import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import contents
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries, Linkage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.known_daemons import BY_PROGRAM
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import own_check

LINKED = Linkage(True, ("libwrap.so.0",), "it links libwrap")
NAMED = ("/etc/public.conf",)


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    """A host with vsftpd, slapd and xinetd (stand-ins), and the configuration of a public ftp server."""
    for folder in ("usr/sbin", "usr/local/sbin", "etc"):
        (tmp_path / folder).mkdir(parents=True)
    for name in ("vsftpd", "slapd", "xinetd"):
        (tmp_path / "usr/sbin" / name).write_bytes(b"\x7fELF program of %s" % name.encode())
    (tmp_path / "etc/public.conf").write_text("anonymous_enable=YES\n")
    return tmp_path


def check(image, path, arguments=NAMED):
    root = Root(str(image))
    return own_check(Configurations(root), Libraries(root), LINKED, path, arguments)


def test_a_copy_has_the_switch_of_its_original(image):
    shutil.copy(str(image / "usr/sbin/vsftpd"), str(image / "usr/local/sbin/pubftpd"))
    found = check(image, "/usr/local/sbin/pubftpd")
    assert found.asks is False and "tcp_wrappers" in found.remedy and found.names == ("vsftpd",)
    assert found.reason.endswith("; it is /usr/sbin/vsftpd by another name")
    (image / "etc/public.conf").write_text("tcp_wrappers=YES\n")
    assert check(image, "/usr/local/sbin/pubftpd").asks is True


def test_the_name_that_is_compiled_in_goes_with_it(image):
    os.link(str(image / "usr/sbin/slapd"), str(image / "usr/local/sbin/ldapd"))
    found = check(image, "/usr/local/sbin/ldapd", ())
    assert found.asks is True and found.names == ("slapd",)


def test_one_that_asks_by_its_program_s_name_asks_by_the_new_one(image):
    """known_daemons.py has no name for argus: it is its program's."""
    (image / "usr/sbin/argus").write_bytes(b"\x7fELF program of argus")
    shutil.copy(str(image / "usr/sbin/argus"), str(image / "usr/local/sbin/flows"))
    found = check(image, "/usr/local/sbin/flows", ())
    assert found.asks is True and found.names == ("flows",)


@pytest.mark.parametrize("name", ["vsftpd.distrib", "vsftpd.real"])
def test_what_was_moved_aside_is_known_by_its_old_name(image, name):
    (image / "usr/sbin/vsftpd").rename(image / "usr/sbin" / name)
    assert check(image, "/usr/sbin/" + name).asks is False


def test_a_copy_of_a_super_server_is_one(image):
    shutil.copy(str(image / "usr/sbin/xinetd"), str(image / "usr/local/sbin/superd"))
    assert check(image, "/usr/local/sbin/superd", ()).program == "/usr/sbin/xinetd"


def test_another_program_of_the_same_size_is_no_copy(image):
    (image / "usr/local/sbin/other").write_bytes(b"\x7fELF program of VSFTPD")
    found = check(image, "/usr/local/sbin/other")
    assert found.asks is True and found.names == ("other",)


@pytest.mark.parametrize("word", [b"tcp_wrappers", b"use_libwrap", b"TCPWrapper", b"libwrap"])
def test_an_unknown_program_with_a_setting_for_libwrap_may_not_ask(image, word):
    """The settings of Debian's vsftpd, auditd, ftp-proxy and stunnel4, as their programs hold them."""
    (image / "usr/local/sbin/own").write_bytes(b"\x7fELF\0anonymous\0" + word + b"\0text\0")
    found = check(image, "/usr/local/sbin/own")
    assert found.asks is None and "may ask only when told to" in found.reason
    (image / "usr/local/sbin/plain").write_bytes(b"\x7fELF\0libwrap.so.0\0hosts_ctl\0")
    assert check(image, "/usr/local/sbin/plain").asks is True


def sparse(path, end, size=64 * 1024 * 1024):
    """A program that takes no room on the disk."""
    with open(str(path), "wb") as stream:
        stream.write(b"\x7fELF")
        stream.seek(size - len(end))
        stream.write(end)


def test_names_of_one_large_file_are_one_file(image):
    """A hundred services and all known names took half an hour of one core."""
    folder = image / "usr/local/sbin"
    sparse(folder / "p0", b"0")
    sparse(image / "known", b"1")
    for name in [name for name, row in BY_PROGRAM.items() if row.links and name != "argus"]:
        if not (image / "usr/sbin" / name).exists():
            os.link(str(image / "known"), str(image / "usr/sbin" / name))
    for number in range(1, 100):
        os.link(str(folder / "p0"), str(folder / ("p%d" % number)))
    root = Root(str(image))
    libraries, begin = Libraries(root), time.process_time()
    for number in range(100):
        found = own_check(Configurations(root), libraries, LINKED, "/usr/local/sbin/p%d" % number, ())
        assert found.asks is True and found.program == "/usr/local/sbin/p%d" % number
    assert time.process_time() - begin < 20
    sparse(image / "usr/sbin/argus", b"0")
    assert check(image, "/usr/local/sbin/p7", ()).program == "/usr/sbin/argus"


def test_names_of_one_file_are_compared_with_all_known_daemons_once(image, monkeypatch):
    """Each service took as many looks as there are known daemons of its size: 65536 services were 48 minutes of one core."""
    known = [name for name, row in BY_PROGRAM.items() if row.links and name not in ("argus", "in.aaaa")][:100]
    for number, name in enumerate(known):
        (image / "usr/sbin" / name).write_bytes(b"\x7fELF%04d" % number)
    (image / "p0").write_bytes(b"\x7fELF%04d" % 5000)
    (image / "k0").write_bytes(b"\x7fELF%04d" % 60)
    for number in range(1, 101):
        os.link(str(image / "p0"), str(image / ("p%d" % number)))
        os.link(str(image / "k0"), str(image / ("k%d" % number)))
    opened = []
    real = contents.open_file
    monkeypatch.setattr(contents, "open_file", lambda root, path: opened.append(path) or real(root, path))
    copies = Libraries(Root(str(image))).copies
    assert {copies.original("/p%d" % number) for number in range(101)} == {"/p%d" % number for number in range(101)}
    assert {copies.original("/k%d" % number) for number in range(101)} == {"/usr/sbin/" + known[60]}
    assert len(opened) <= 2 * (len(known) + 3) + 202 + 2


def test_beyond_a_bound_a_program_is_not_read_and_it_cannot_be_told(image, monkeypatch):
    monkeypatch.setattr(contents, "MAX_CONTENTS", 3 * 1024 * 1024)
    sparse(image / "usr/sbin/slapd", b"s", 1024 * 1024)
    for name in ("one", "two", "three"):
        sparse(image / "usr/local/sbin" / name, name[:1].encode(), 1024 * 1024)
    root, found = Root(str(image)), []
    libraries = Libraries(root)
    for name in ("one", "two", "three", "one"):
        found.append(own_check(Configurations(root), libraries, LINKED, "/usr/local/sbin/" + name, ()))
    assert [one.asks for one in found] == [True, None, None, True]
    assert "cannot be told" in found[2].reason and "/usr/local/sbin/three was not read" in found[2].reason


def test_a_program_that_grows_while_it_is_read_is_read_as_long_as_it_was(tmp_path, monkeypatch):
    """Its owner may make it 8 TiB of nothing at each block."""
    (tmp_path / "grows").write_bytes(b"x" * 1000)
    read = []
    real = contents.open_file

    class Growing:
        def __init__(self, stream):
            self.stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *_error):
            self.stream.close()

        def fileno(self):
            return self.stream.fileno()

        def read(self, size):
            read.append(size)
            os.truncate(str(tmp_path / "grows"), 1 << 40)
            assert sum(read) <= 1000
            return self.stream.read(size)

    monkeypatch.setattr(contents, "open_file", lambda root, path: Growing(real(root, path)))
    monkeypatch.setattr(contents, "_BLOCK", 100)
    assert contents.Contents(Root(str(tmp_path))).digest("/grows") is not None
    assert sum(read) == 1000
