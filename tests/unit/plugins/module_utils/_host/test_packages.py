# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checksums of dpkg's database below a root, and what rpm and pkg print."""

import hashlib
import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import packages
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import allowance
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

TCPD = b"the program\n"
MD5 = hashlib.md5(TCPD).hexdigest()
SHA256 = hashlib.sha256(TCPD).hexdigest()


@pytest.fixture
def image(tmp_path):
    info = tmp_path / "var" / "lib" / "dpkg" / "info"
    info.mkdir(parents=True)
    (info / "tcpd.md5sums").write_text("%s  usr/sbin/tcpd\n%s  usr/sbin/tcpd-other\n" % (MD5, "0" * 32))
    (info / "libwrap0:amd64.md5sums").write_text("%s  lib/libwrap.so.0.7.6\n" % MD5)
    (info / "odd.md5sums").write_text("%s  xusr/sbin/tcpdchk\nnonsense  usr/sbin/tcpdchk\n" % MD5)
    return tmp_path


def check(image, path, data=TCPD):
    verdict = packages.Checksums(Root(str(image)), [path]).verdict(path, data)
    return verdict.status, verdict.package


def test_dpkg(image):
    assert check(image, "/usr/sbin/tcpd") == ("match", "tcpd")
    assert check(image, "/usr/sbin/tcpd", TCPD + b"!") == ("mismatch", "tcpd")
    assert check(image, "/usr/sbin/tcpdchk") == ("unknown", None)
    assert check(image, "/usr/local/sbin/tcpd") == ("unknown", None)


def test_folders_that_were_merged_into_usr(image):
    assert check(image, "/usr/lib/libwrap.so.0.7.6") == ("match", "libwrap0:amd64")
    assert check(image, "/lib/libwrap.so.0.7.6") == ("match", "libwrap0:amd64")
    assert check(image, "/sbin/tcpd") == ("match", "tcpd")


def test_a_diverted_file_is_not_the_packages(image):
    (image / "var/lib/dpkg/diversions").write_text("/usr/sbin/tcpd\n/usr/sbin/tcpd.distrib\n:\n")
    verdict = packages.Checksums(Root(str(image)), ["/usr/sbin/tcpd"]).verdict("/usr/sbin/tcpd", TCPD)
    assert verdict.status == "unknown"
    assert verdict.reason == "diverted to /usr/sbin/tcpd.distrib by the administrator"


def test_an_image_asks_no_program(image, monkeypatch):
    def forbidden(*args, **kwargs):
        raise AssertionError("nothing is run for an image")

    monkeypatch.setattr(packages, "run", forbidden)
    monkeypatch.setattr(packages, "find_program", lambda name: "/usr/bin/" + name)
    assert check(image, "/opt/tcpd") == ("unknown", None)


# printed by rpm 4.11 (CentOS 7) for tcp_wrappers-7.6-77, the digests replaced by ours
RPM = "tcp_wrappers\t8\n/usr/sbin/safe_finger\t%s\n/usr/sbin/tcpd\t%s\n/usr/share/doc/tcp_wrappers-7.6\t\n" % (
    "0" * 64,
    SHA256,
)


def test_rpm():
    assert packages.parse_rpm("/usr/sbin/tcpd", TCPD, RPM)[:3] == ("match", "rpm", "tcp_wrappers")
    assert packages.parse_rpm("/usr/sbin/safe_finger", TCPD, RPM).status == "mismatch"
    assert packages.parse_rpm("/usr/sbin/none", TCPD, RPM) is None
    old = "tcp_wrappers\t(none)\n/usr/sbin/tcpd\t%s\n" % MD5
    assert packages.parse_rpm("/usr/sbin/tcpd", TCPD, old).status == "match"
    prelinked = packages.parse_rpm("/usr/sbin/tcpd", TCPD + b".gnu.prelink_undo", RPM)
    assert prelinked.status == "unknown" and "prelink" in prelinked.reason


def test_pkg():
    text = "/usr/local/sbin/tcpd\t1$%s\n/usr/local/etc/x\t-\n" % SHA256
    assert packages.parse_pkg("/usr/local/sbin/tcpd", TCPD, "tcp_wrappers", text).status == "match"
    assert packages.parse_pkg("/usr/local/sbin/tcpd", b"", "tcp_wrappers", text).status == "mismatch"
    assert packages.parse_pkg("/usr/local/etc/x", b"", "tcp_wrappers", text) is None


def test_a_digest_that_the_system_forbids(monkeypatch):
    def fips(name, data=b"", **options):
        raise ValueError("disabled for FIPS")

    monkeypatch.setattr(hashlib, "new", fips)
    assert packages.parse_rpm("/usr/sbin/tcpd", TCPD, RPM).status == "unknown"


def test_lists_of_checksums_without_end_are_not_read(image, monkeypatch):
    """Many names of one large file cost whoever makes an image nothing: what they may hold is unknown, and says which was not read."""
    info = image / "var/lib/dpkg/info"
    (info / "p00.md5sums").write_bytes(b"\0" * 1000)
    for one in range(1, 50):
        os.link(str(info / "p00.md5sums"), str(info / ("p%02d.md5sums" % one)))
    looked = []
    real = allowance.read
    monkeypatch.setattr(allowance, "read", lambda *words: looked.append(words[1]) or real(*words))
    monkeypatch.setattr(packages, "MAX_ALL_LISTS", 10000)
    verdict = packages.Checksums(Root(str(image)), ["/usr/sbin/tcpd"]).verdict("/usr/sbin/tcpd", TCPD)
    assert verdict.status == "unknown" and len(looked) == 12
    assert "info/p09.md5sums was not read: " in verdict.reason and "more than 10000 bytes together" in verdict.reason
    assert check(image, "/usr/lib/libwrap.so.0.7.6") == ("match", "libwrap0:amd64")
    monkeypatch.setattr(packages, "MAX_LISTS", 20)
    monkeypatch.setattr(packages, "MAX_ALL_LISTS", 100000)
    verdict = packages.Checksums(Root(str(image)), ["/usr/sbin/tcpd"]).verdict("/usr/sbin/tcpd", TCPD)
    assert "more than 20 lists of checksums in /var/lib/dpkg/info" in verdict.reason


def test_one_list_that_is_too_large_hides_no_other(image, monkeypatch):
    (image / "var/lib/dpkg/info/a.md5sums").write_bytes(b"\0" * 2000)
    monkeypatch.setattr(packages, "MAX_LIST", 1000)
    assert check(image, "/usr/sbin/tcpd") == ("match", "tcpd")
    verdict = packages.Checksums(Root(str(image)), ["/opt/tcpd"]).verdict("/opt/tcpd", TCPD)
    assert verdict.status == "unknown" and "info/a.md5sums is larger than 1000 bytes" in verdict.reason
