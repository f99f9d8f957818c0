# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ELF headers of both classes and byte orders, and damaged ones, made here by hand from elf(5)."""

import io
import random
import struct

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import linker_folders
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.elf import NotElf, read_elf
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.linker_cache import (
    Cached,
    read_cache,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import own_check
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.tcpd_itself import doubt_tcpd

BASE = 0x400000


def make(needed=(), rpath=None, runpath=None, wide=True, little=True, machine=62, dynamic=True):
    """A file with two program headers (all of it loaded at BASE; the dynamic section) and nothing else."""
    order = "<" if little else ">"
    header_size, entry_size = (64, 56) if wide else (52, 32)
    strings, tags = b"\0", []
    for tag, names in ((1, needed), (15, [rpath] if rpath else []), (29, [runpath] if runpath else [])):
        for name in names:
            tags.append((tag, len(strings)))
            strings += name.encode() + b"\0"
    start = header_size + 2 * entry_size
    tags += [(5, BASE + start), (10, len(strings)), (0, 0)]
    section = b"".join(struct.pack(order + ("qQ" if wide else "iI"), tag, value) for tag, value in tags)
    place = start + len(strings)
    segments = [(1, 0, BASE, place + len(section))]
    segments.append((2, place, BASE + place, len(section)) if dynamic else (4, 0, 0, 0))
    ident = b"\x7fELF" + bytes(bytearray([2 if wide else 1, 1 if little else 2, 1])) + b"\0" * 9
    form = "HHIQQQIHHHHHH" if wide else "HHIIIIIHHHHHH"
    data = ident + struct.pack(order + form, 3, machine, 1, 0, header_size, 0, 0, header_size, entry_size, 2, 0, 0, 0)
    for kind, offset, address, size in segments:
        if wide:
            data += struct.pack(order + "IIQQQQQQ", kind, 5, offset, address, address, size, size, 8)
        else:
            data += struct.pack(order + "IIIIIIII", kind, offset, address, address, size, size, 5, 4)
    return data + strings + section


@pytest.mark.parametrize("wide", [True, False])
@pytest.mark.parametrize("little", [True, False])
def test_every_class_and_byte_order(wide, little):
    data = make(["libwrap.so.0", "libc.so.6"], "/opt/lib:$ORIGIN", "/run", wide=wide, little=little, machine=8)
    elf = read_elf(io.BytesIO(data))
    assert elf.needed == ("libwrap.so.0", "libc.so.6")
    assert (elf.rpath, elf.runpath) == (("/opt/lib", "$ORIGIN"), ("/run",))
    assert (elf.bits, elf.little, elf.machine, elf.dynamic) == (64 if wide else 32, little, 8, True)


def test_a_static_program():
    assert not read_elf(io.BytesIO(make(dynamic=False))).dynamic


@pytest.mark.parametrize(
    "data", [b"", b"#!/bin/sh\n", b"\x7fELF", b"\x7fELF\x09\x09" + b"\0" * 100, b"MZ" + b"\0" * 100]
)
def test_what_is_no_elf(data):
    with pytest.raises(NotElf):
        read_elf(io.BytesIO(data))


def test_damaged_files_raise_and_do_nothing_else():
    whole = make(["libwrap.so.0"], "/x")
    for size in range(len(whole)):
        try:
            read_elf(io.BytesIO(whole[:size]))
        except NotElf:
            continue
    generator = random.Random(7)
    for _round in range(3000):
        data = bytearray(whole)
        for _byte in range(generator.randrange(1, 6)):
            data[generator.randrange(len(data))] = generator.randrange(256)
        try:
            read_elf(io.BytesIO(bytes(data)))
        except NotElf:
            continue


@pytest.fixture
def image(tmp_path):
    for folder in ("usr/sbin", "usr/lib", "lib", "opt/x", "etc/ld.so.conf.d"):
        (tmp_path / folder).mkdir(parents=True)
    return tmp_path


def put(image, path, *args, **kwargs):
    (image / path).write_bytes(make(*args, **kwargs))


def link(image, path="/usr/sbin/d"):
    return Libraries(Root(str(image))).find_libwrap(path)


def test_linked_directly_even_where_the_library_is_missing(image):
    put(image, "usr/sbin/d", ["libwrap.so.0"])
    assert link(image).libwrap is True


def test_followed_through(image):
    put(image, "usr/sbin/d", ["liba.so"])
    put(image, "usr/lib/liba.so", ["libb.so"])
    put(image, "lib/libb.so", ["libwrap.so.0"])
    put(image, "usr/lib/libwrap.so.0")
    found = link(image)
    assert found.libwrap is True
    assert found.through == ("/usr/sbin/d", "/usr/lib/liba.so", "/lib/libb.so", "/usr/lib/libwrap.so.0")


def test_libwrap_under_another_name_is_not_denied(image):
    """A copy of libwrap.so.0.7.6 with the soname libwrp1.so.0 was said not to ask, and sshd obeyed the tables."""
    put(image, "usr/sbin/d", ["liba.so"])
    put(image, "usr/lib/liba.so", ["libwrp1.so.0"])
    for text, libwrap in (
        (b"\0/etc/hosts.allow\0/etc/hosts.deny\0", None),
        (b"\0/etc/hosts.allow\0", False),
        (b"\0/opt/etc/hosts.allow\0/opt/etc/hosts.deny\0", False),
    ):
        (image / "usr/lib/libwrp1.so.0").write_bytes(make() + text)
        found = link(image)
        assert found.libwrap is libwrap
        assert ("/usr/lib/libwrp1.so.0, which it needs, names both tables" in found.reason) is (libwrap is None)


def test_every_library_that_links_it_is_told_where_the_program_does_not(image):
    put(image, "usr/sbin/d", ["liba.so", "libc.so"])
    put(image, "usr/lib/liba.so", ["libwrap.so.0"])
    put(image, "usr/lib/libc.so", ["libwrap.so.0"])
    assert link(image).users == ("/usr/lib/liba.so", "/usr/lib/libc.so")
    put(image, "usr/sbin/d", ["liba.so", "libwrap.so.0"])
    assert (link(image).libwrap, link(image).users) == (True, ())


def test_what_uses_libwrap_in_a_process(image):
    """FRR's zebra -M snmp has libnetsnmpagent in its memory; Python that loads libwrap itself has nothing between."""
    put(image, "usr/lib/module.so", ["libwrap.so.0"])
    put(image, "usr/lib/other.so", ["libc.so.6"])
    (image / "proc/7").mkdir(parents=True)
    lines = "7f00-7f01 r-xp 00000000 08:01 %d                    /usr/lib/%s\n"
    names = ["libwrap.so.0.7.6", "other.so", "locale-archive"]
    (image / "proc/7/maps").write_text("".join(lines % (number, name) for number, name in enumerate(names)))
    libraries = Libraries(Root(str(image)), str(image / "proc"))
    assert libraries.find_users_mapped(7) == ()
    names += ["module.so", "module.so", "gone.so.1 (deleted)"]
    (image / "proc/7/maps").write_text("".join(lines % (number, name) for number, name in enumerate(names)))
    assert libraries.find_users_mapped(7) == ("/usr/lib/module.so", "/usr/lib/gone.so.1")
    assert libraries.find_users_mapped(8) is None


def test_not_linked_circles_and_missing_ones(image):
    put(image, "usr/sbin/d", ["liba.so"])
    put(image, "usr/lib/liba.so", ["libb.so"])
    put(image, "usr/lib/libb.so", ["liba.so"])
    assert link(image).libwrap is False
    put(image, "usr/lib/libb.so", ["libgone.so"])
    found = link(image)
    assert found.libwrap is None and "libgone.so" in found.reason


def test_rpath_runpath_and_origin(image):
    put(image, "opt/x/libb.so", ["libwrap.so.0"])
    put(image, "usr/sbin/d", ["libb.so"], rpath="/opt/x")
    assert link(image).libwrap is True
    put(image, "usr/sbin/d", ["libb.so"], runpath="${ORIGIN}/../../opt/x")
    assert link(image).libwrap is True
    # DT_RPATH of the program reaches the libraries of its libraries, DT_RUNPATH does not
    put(image, "usr/lib/liba.so", ["libb.so"])
    put(image, "usr/sbin/d", ["liba.so"], rpath="/opt/x")
    assert link(image).libwrap is True
    put(image, "usr/sbin/d", ["liba.so"], runpath="/opt/x")
    assert link(image).libwrap is None


def test_ld_so_conf(image):
    put(image, "usr/sbin/d", ["libb.so"])
    put(image, "opt/x/libb.so", ["libwrap.so.0"])
    assert link(image).libwrap is None
    (image / "etc/ld.so.conf").write_text("include /etc/ld.so.conf.d/*.conf\n# /none\n")
    (image / "etc/ld.so.conf.d/x.conf").write_text("/opt/x # here\ninclude ld.so.conf.d/../../ld.so.conf\n")
    assert link(image).libwrap is True


def test_patterns_of_ld_so_conf_without_end_are_told(image, monkeypatch):
    """So many patterns in a folder of so many names: each was matched with each, and the folder listed for each."""
    listed = []
    real = linker_folders.list_folder
    monkeypatch.setattr(linker_folders, "list_folder", lambda root, path: listed.append(path) or real(root, path))
    monkeypatch.setattr(linker_folders, "MAX_COMPARISONS", 5000)
    put(image, "usr/sbin/d", ["libb.so"])
    for number in range(100):
        (image / ("etc/ld.so.conf.d/%d.conf" % number)).write_text("")
    (image / "etc/ld.so.conf").write_text("include /etc/ld.so.conf.d/*.x\n" * 200)
    found = link(image)
    assert found.libwrap is None and found.reason == "/etc/ld.so.conf includes too many patterns in too large folders"
    assert listed.count("/etc/ld.so.conf.d") == 1


def test_another_architecture_is_passed_over(image):
    put(image, "usr/sbin/d", ["libb.so"])
    put(image, "lib/libb.so", ["libwrap.so.0"], wide=False, machine=3)
    put(image, "usr/lib/libb.so", [])
    assert link(image).libwrap is False


def test_links_stay_in_the_image(image, tmp_path):
    (image / "usr/sbin/d").symlink_to("/opt/x/real")
    put(image, "opt/x/real", ["libwrap.so.0"])
    assert link(image).libwrap is True


def test_static_programs_scripts_and_nothing(image):
    put(image, "usr/sbin/d", dynamic=False)
    assert link(image).libwrap is False
    (image / "usr/sbin/d").write_bytes(make(dynamic=False) + b"/etc/hosts.allow\0/etc/hosts.deny\0")
    assert link(image).libwrap is True
    (image / "usr/sbin/d").write_text("#!/usr/bin/perl\n")
    assert link(image).libwrap is None
    assert "does not exist" in link(image, "/usr/sbin/none").reason


def test_an_sshd_of_another_build_does_not_ask_through_debians_session(image):
    """Debian 13: its sshd holds the path of its session program, an OpenSSH below /usr/local that of its own."""
    session = "/usr/lib/openssh/sshd-session"
    root = Root(str(image))
    for path, needed, text in (
        (session, ["libwrap.so.0"], ""),
        ("/usr/sbin/sshd", [], session),
        ("/usr/local/sbin/sshd", [], "/usr/local/libexec/sshd-session"),
    ):
        (image / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (image / path[1:]).write_bytes(make(needed) + text.encode() + b"\0")
    for path, asks in (("/usr/sbin/sshd", True), ("/usr/local/sbin/sshd", False)):
        libraries = Libraries(root)
        assert own_check(Configurations(root), libraries, libraries.find_libwrap(path), path, (), 22).asks is asks


def cache(*entries, order="<", before=b""):
    """An /etc/ld.so.cache: (name, path, special) of each entry, as ldconfig of glibc 2.41 writes it."""
    strings, records = b"", b""
    start = 48 + 24 * len(entries)
    for name, path, special in entries:
        key, value = start + len(strings), start + len(strings) + len(name) + 1
        strings += name.encode() + b"\0" + path.encode() + b"\0"
        records += struct.pack(order + "iIIIQ", 0x303, key, value, 0, special)
    head = (
        struct.pack(order + "II", len(entries), len(strings)) + bytes(bytearray([2 if order == "<" else 3])) + bytes(19)
    )
    return before + b"glibc-ld.so.cache1.1" + head + records + strings


OURS, THEIRS = b"\0/etc/hosts.allow\0/etc/hosts.deny\0", b"\0/opt/hosts.allow\0/opt/hosts.deny\0"
WRAP, OTHER = "/usr/lib/libwrap.so.0", "/opt/x/libwrap.so.0"
HWCAPS = "/usr/lib/glibc-hwcaps/x86-64-v2/libwrap.so.0"


@pytest.mark.parametrize("entries, conf, files, libwrap", [
    # each met with sshd and tcpd of Debian 13 (hosts.deny `ALL: ALL`): True refused the client, and all but the last None served it
    ([(WRAP, 0)], "", {WRAP: OURS, OTHER: THEIRS}, True),
    ([(OTHER, 0), (WRAP, 0)], "/opt/x", {WRAP: OURS, OTHER: THEIRS}, False),
    ([(HWCAPS, 1 << 62), (WRAP, 0)], "", {WRAP: OURS, HWCAPS: THEIRS}, None),
    ([(OTHER, 0), (WRAP, 0)], "", {WRAP: OURS, OTHER: THEIRS}, None),  # ld.so.conf named it once
    ([(WRAP, 0)], "/opt/x", {WRAP: OURS, OTHER: THEIRS}, None),  # ldconfig has not run
    ([(HWCAPS, 1 << 62), (WRAP, 0)], "", {WRAP: OURS, HWCAPS: OURS}, True),
    ([(WRAP, 0)], "", {WRAP: OURS, HWCAPS: THEIRS}, None),  # nor here
    ([(OTHER, 0)], "", {WRAP: OURS}, True),  # what the cache names is gone
    ([], "", {WRAP: OURS, OTHER: THEIRS}, True),
    ([], "", {HWCAPS: THEIRS}, False),
])  # fmt: skip
def test_which_libwrap_the_linker_takes(image, entries, conf, files, libwrap):
    put(image, "usr/sbin/d", ["libwrap.so.0"])
    (image / "etc/ld.so.conf").write_text(conf + "\n")
    (image / "etc/ld.so.cache").write_bytes(cache(*[("libwrap.so.0", path, special) for path, special in entries]))
    (image / HWCAPS[1:]).parent.mkdir(parents=True)
    for path, text in files.items():
        (image / path[1:]).write_bytes(make() + text)
    found = link(image)
    assert found.libwrap is libwrap, found.reason
    assert libwrap is not None or ("run ldconfig" in found.reason and WRAP in found.reason)


def test_the_cache_finds_libraries_that_no_folder_has(image):
    put(image, "usr/sbin/d", ["libb.so"])
    put(image, "opt/x/libb.so", ["libwrap.so.0"])
    (image / "etc/ld.so.cache").write_bytes(
        cache(("libb.so", "/opt/x/libb.so", 0), before=b"ld.so-1.7.0\0" + bytes(36))
    )
    assert link(image).libwrap is True


def test_an_rpath_comes_before_the_cache(image):
    put(image, "usr/sbin/d", ["libwrap.so.0"], runpath="/opt/$LIB")
    (image / "etc/ld.so.cache").write_bytes(cache(("libwrap.so.0", WRAP, 0)))
    (image / WRAP[1:]).write_bytes(make() + OURS)
    assert link(image).libwrap is True
    for folder in ("opt/lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu"):
        (image / folder).mkdir(parents=True)
    (image / "opt/lib/x86_64-linux-gnu/libwrap.so.0").write_bytes(make() + THEIRS)
    assert link(image).libwrap is False


def test_a_cache_of_the_other_byte_order_and_damaged_ones():
    whole = cache(("liba.so", "/a", 0), ("liba.so", "/b", 4), order=">")
    assert read_cache(whole) == {"liba.so": [Cached("/a", False), Cached("/b", True)]}
    generator = random.Random(7)
    for size in range(len(whole)):
        read_cache(whole[:size])
    for _round in range(2000):
        data = bytearray(whole)
        data[generator.randrange(len(data))] = generator.randrange(256)
        read_cache(bytes(data))
    text = 48 + 24 * 9000  # where all entries have one name and one long path
    shared = struct.pack("<iIIIQ", 0x303, text, text + 8, 0, 0) * 9000 + b"liba.so\0/" + b"a" * 1000 + b"\0"
    many = cache()[:20] + struct.pack("<I", 9000) + cache()[24:48] + shared
    assert 0 < sum(len(one.path) for one in read_cache(many)["liba.so"]) <= 4 * len(many)
    assert read_cache(b"") == read_cache(b"\0" * 100) == {}


def test_a_session_program_whose_libwrap_is_not_known_or_another(image):
    """Debian 13 with another libwrap in glibc-hwcaps, or in /usr/local/lib: sshd served whom `ALL: ALL` refuses."""
    session = "/usr/lib/openssh/sshd-session"
    (image / "usr/lib/openssh").mkdir()
    put(image, session[1:], ["libwrap.so.0"])
    (image / "usr/sbin/sshd").write_bytes(make() + session.encode() + b"\0")
    (image / HWCAPS[1:]).parent.mkdir(parents=True)
    (image / HWCAPS[1:]).write_bytes(make() + THEIRS)
    for text, asks in ((OURS, None), (THEIRS, False)):
        (image / WRAP[1:]).write_bytes(make() + text)
        known = Libraries(Root(str(image)))
        read = Configurations(Root(str(image)))
        check = own_check(read, known, known.find_libwrap("/usr/sbin/sshd"), "/usr/sbin/sshd", (), 22)
        assert check.asks is asks and check.reason.startswith(session + " would ask for it: "), check.reason


def test_a_tcpd_whose_libwrap_is_for_other_tables(image):
    """`cp /opt/other/lib/libwrap.so.0 /usr/local/lib; ldconfig`, and tcpd of Debian 13 and 11 starts the server for everybody."""
    put(image, "usr/sbin/tcpd", ["libwrap.so.0"])
    (image / "usr/local/lib").mkdir(parents=True)
    (image / "etc/ld.so.conf").write_text("/usr/local/lib\n")
    (image / WRAP[1:]).write_bytes(make() + OURS)
    (image / "usr/local/lib/libwrap.so.0").write_bytes(make() + THEIRS)
    doubt = doubt_tcpd(Root(str(image)), Libraries(Root(str(image))), "/usr/sbin/tcpd")
    assert doubt.asks is False and "was built for other tables" in doubt.reason
