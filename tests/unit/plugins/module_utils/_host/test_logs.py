# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Log files as streams: compressed, rotated, damaged, with lines of any length."""

import bz2
import gzip
import lzma
import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs import lines as logs
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs import unpacking
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

LINES = [b"line %d %s" % (number, b"refused connect" if number % 7 == 3 else b"accepted") for number in range(500)]
TEXT = b"\n".join(LINES) + b"\n"
WANTED = [line for line in LINES if b"refused" in line]
NEEDLES = (b"refused connect", b"unauthorized host")


@pytest.fixture
def log(tmp_path):
    (tmp_path / "log").mkdir()
    return tmp_path / "log"


def find(log, name="x"):
    return list(logs.find_lines(Root(str(log.parent)), "/log/" + name, NEEDLES))


@pytest.mark.parametrize("block", [64, 100, 1000, 1024 * 1024])
@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
def test_every_line_whatever_the_blocks(log, monkeypatch, pack, block):
    monkeypatch.setattr(logs, "BLOCK", block)
    (log / "x").write_bytes(pack(TEXT))
    assert find(log) == WANTED
    (log / "x").write_bytes(pack(TEXT + b"no line feed, refused connect"))
    assert find(log) == WANTED + [b"no line feed, refused connect"]


def test_several_compressed_parts_in_one_file(log):
    (log / "x").write_bytes(gzip.compress(TEXT) + gzip.compress(b"unauthorized host\n"))
    assert find(log) == WANTED + [b"unauthorized host"]


def test_a_line_with_two_needles_comes_once(log):
    (log / "x").write_bytes(b"unauthorized host refused connect refused connect\n")
    assert len(find(log)) == 1


def test_a_damaged_file_gives_what_it_has(log, monkeypatch):
    monkeypatch.setattr(logs, "BLOCK", 512)
    (log / "x").write_bytes(gzip.compress(TEXT)[:-100])
    found = []
    with pytest.raises(HostError, match="only in part"):
        for line in logs.find_lines(Root(str(log.parent)), "/log/x", NEEDLES):
            found.append(line)
    assert found and found == WANTED[: len(found)]


def test_a_line_without_end_is_not_kept_in_memory(log, monkeypatch):
    monkeypatch.setattr(logs, "BLOCK", 1000)
    monkeypatch.setattr(logs, "MAX_PENDING", 3000)
    (log / "x").write_bytes(gzip.compress(b"x" * 100000 + b"\nrefused connect\n"))
    assert find(log) == [b"refused connect"]


def test_the_compressed_logs_of_a_run_have_a_bound_together(log, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_ALL_UNPACKED", 2 * len(TEXT) + 10)
    monkeypatch.setattr(unpacking, "PART_COST", 0)
    (log / "x").write_bytes(gzip.compress(TEXT))
    left = unpacking.Unpacking()
    root = Root(str(log.parent))
    for _copy in range(2):
        assert list(logs.find_lines(root, "/log/x", NEEDLES, left)) == WANTED
    with pytest.raises(HostError, match="/log/x could be read only in part: the compressed logs of the host"):
        list(logs.find_lines(root, "/log/x", NEEDLES, left))
    (log / "plain").write_bytes(TEXT)
    assert list(logs.find_lines(root, "/log/plain", NEEDLES, left)) == WANTED


@pytest.mark.parametrize("form", [lzma.FORMAT_XZ, lzma.FORMAT_ALONE], ids=["xz", "lzma"])
def test_both_forms_of_xz_in_several_parts(log, form):
    padding = b"\0" * (8 if form == lzma.FORMAT_XZ else 0)
    (log / "x").write_bytes(b"".join(lzma.compress(part, form) + padding for part in (TEXT, b"unauthorized host\n")))
    assert find(log) == WANTED + [b"unauthorized host"]
    (log / "x").write_bytes(lzma.compress(TEXT, form)[:-20])
    with pytest.raises(HostError, match="only in part"):
        find(log)


def test_an_xz_file_that_asks_for_a_gigabyte_of_memory_is_not_unpacked(log):
    packed = bytearray(lzma.compress(TEXT, lzma.FORMAT_ALONE))
    packed[1:5] = (1 << 30).to_bytes(4, "little")
    (log / "x").write_bytes(packed)
    with pytest.raises(HostError, match="/log/x could be read only in part: Memory usage limit"):
        find(log)


class Counted:
    """A file of which no more than so many bytes may be read."""

    def __init__(self, raw, most):
        self._raw, self._left = raw, most

    def __getattr__(self, name):
        return getattr(self._raw, name)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self._raw.close()

    def read(self, size=-1):
        data = self._raw.read(size)
        self._left -= max(len(data), 64)  # a call costs something, too
        assert self._left >= 0, "more is read than anything that stands on the disk"
        return data


PACKS = [gzip.compress, bz2.compress, lzma.compress]


@pytest.mark.parametrize("pack", PACKS)
def test_the_hole_behind_a_compressed_log_is_not_read(log, monkeypatch, pack):
    """8 TiB of zeros that take no room: padding, as every reader of these files takes it."""
    path = log / "x"
    path.write_bytes(pack(TEXT))
    os.truncate(str(path), 1 << 43)
    monkeypatch.setattr(logs, "open_file", lambda *words, real=logs.open_file: Counted(real(*words), 8 << 20))
    assert find(log) == WANTED
    with open(str(path), "r+b") as stream:
        stream.seek(1 << 42)
        stream.write(pack(b"unauthorized host\n"))
    assert find(log) == WANTED + [b"unauthorized host"]


@pytest.mark.parametrize("pack", PACKS)
def test_parts_without_text_are_counted(log, monkeypatch, pack):
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 1 << 20)
    (log / "x").write_bytes(pack(TEXT) * 3 + pack(b"") * 50)
    assert find(log) == WANTED * 3
    (log / "x").write_bytes(pack(TEXT) + pack(b"") * 70)
    with pytest.raises(
        HostError, match="/log/x could be read only in part: it has more than 1048576 packed bytes, or too"
    ):
        find(log)


def test_zeros_on_the_disk_behind_a_compressed_log_are_counted(log, monkeypatch):
    monkeypatch.setattr(unpacking, "MAX_UNPACKED", 1 << 20)
    (log / "x").write_bytes(gzip.compress(TEXT) + bytes(1 << 21))
    with pytest.raises(HostError, match="/log/x could be read only in part: it has more than 1048576 packed bytes"):
        find(log)


@pytest.mark.parametrize("pack", [bytes] + PACKS)
def test_the_time_for_reading_holds_between_two_lines_as_well(log, monkeypatch, pack):
    """A log without any line that is looked for: nothing is given out, and it ends all the same."""
    monkeypatch.setattr(logs, "BLOCK", 1 << 16)
    (log / "x").write_bytes(pack(b"\n".join(b"%d" % number for number in range(50000))))
    asked = []
    found = logs.find_lines(Root(str(log.parent)), "/log/x", NEEDLES, None, lambda: asked.append(1) or len(asked) > 2)
    assert (list(found), len(asked)) == ([], 3)


def test_several_names_of_one_log_are_read_once(log):
    (log / "syslog").write_bytes(TEXT)
    for number in range(20):
        os.link(str(log / "syslog"), str(log / ("syslog.%d" % number)))
    (log / "syslog.20").symlink_to("syslog")
    (log / "syslog.21").write_bytes(TEXT)
    found = [entry.path for entry in logs.rotations(Root(str(log.parent)), "/log/syslog")]
    assert sorted(found) == ["/log/syslog", "/log/syslog.21"]


@pytest.mark.parametrize(
    "ending", ["-20261127", "-2026-11-27", ".2026-11-27.gz", "-20261127-1795809936", ".1", ".2.xz"]
)
def test_rotated_copies_by_every_usual_date(log, ending):
    """logrotate's dateext with its default dateformat, and with -%Y-%m-%d and -%Y%m%d-%s."""
    (log / ("auth.log" + ending)).write_bytes(TEXT)
    (log / "auth.log-old").write_bytes(TEXT)
    assert [entry.path for entry in logs.rotations(Root(str(log.parent)), "/log/auth.log")] == [
        "/log/auth.log" + ending
    ]


def test_zstd_is_named(log):
    (log / "x").write_bytes(b"\x28\xb5\x2f\xfd rest")
    with pytest.raises(HostError, match="zstd"):
        find(log)


def test_no_fifo_is_opened(log):
    os.mkfifo(str(log / "x"))
    with pytest.raises(HostError, match="regular"):
        find(log)


def test_rotations_come_oldest_first(log):
    for age, name in enumerate(
        ("auth.log", "auth.log.1", "auth.log.2.gz", "auth.log-20260101", "auth.log-20260102-12.xz")
    ):
        (log / name).write_bytes(b"")
        os.utime(str(log / name), (1e9 - age, 1e9 - age))
    for name in ("auth.log.bak", "auth.logs", "auth.log.1~", "xauth.log"):
        (log / name).write_bytes(b"")
    (log / "auth.log.3").mkdir()
    found = logs.rotations(Root(str(log.parent)), "/log/auth.log")
    assert [entry.path for entry in found] == [
        "/log/auth.log-20260102-12.xz",
        "/log/auth.log-20260101",
        "/log/auth.log.2.gz",
        "/log/auth.log.1",
        "/log/auth.log",
    ]
    assert found[-1].written == 1e9


def test_usual_logs_do_not_repeat_each_other(tmp_path):
    folder = tmp_path / "var" / "log"
    folder.mkdir(parents=True)
    for name in ("syslog", "daemon.log", "mail.log", "auth.log", "xinetd.log"):
        (folder / name).write_bytes(b"")
    root = Root(str(tmp_path))
    assert logs.usual_logs(root) == ["/var/log/syslog", "/var/log/auth.log"]
    assert logs.own_logs(root) == ["/var/log/xinetd.log"]
