# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The dialect of a host from its release files, and whether libwrap is there at all."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import detect
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.detect import (
    detect_dialect,
    find_libwrap,
    find_tcpd,
    libwrap_or_tcpd_present,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

# the lines as the distributions ship them
RELEASES = [
    ('ID=debian\nVERSION_ID="12"\n', "debian"),
    ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="22.04"\n', "debian"),
    ('ID=linuxmint\nID_LIKE="ubuntu debian"\nVERSION_ID="21"\n', "debian"),
    ("ID=raspbian\nID_LIKE=debian\n", "debian"),
    ("ID=fedora\nVERSION_ID=40\n", "redhat"),
    ('ID="centos"\nID_LIKE="rhel fedora"\nVERSION_ID="7"\n', "el7"),
    ('ID="rhel"\nID_LIKE="fedora"\nVERSION_ID="7.9"\n', "el7"),
    ('ID="ol"\nID_LIKE="fedora"\nVERSION_ID="6.10"\n', "el6"),
    ('ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"\n', "redhat"),
    ('ID="amzn"\nID_LIKE="centos rhel fedora"\nVERSION_ID="2"\n', "el7"),
    ('ID="amzn"\nID_LIKE="fedora"\nVERSION_ID="2023"\n', None),
    ('ID="sles"\nID_LIKE="suse"\nVERSION_ID="15.5"\n', "suse15"),
    ('ID="sles"\nVERSION_ID="12.5"\n', "suse12"),
    ('ID="sles"\nVERSION_ID="11.4"\n', None),
    ('ID="opensuse-leap"\nID_LIKE="suse opensuse"\nVERSION_ID="15.6"\n', "suse15"),
    ("ID=opensuse\nID_LIKE=suse\nVERSION_ID=42.3\n", "suse12"),
    ('ID="opensuse-tumbleweed"\nID_LIKE="opensuse suse"\nVERSION_ID="20240801"\n', "suse15"),
    ('NAME=FreeBSD\nID=freebsd\nVERSION_ID="14.0"\n', "freebsd"),
    ("ID=arch\n", None),
    ("ID=alpine\nVERSION_ID=3.19.1\n", None),
    ("# nothing\n", None),
]


@pytest.fixture
def etc(tmp_path):
    (tmp_path / "etc").mkdir()
    return tmp_path / "etc"


@pytest.mark.parametrize("text,dialect", RELEASES)
def test_os_release(tmp_path, etc, text, dialect):
    (etc / "os-release").write_text(text)
    found = detect_dialect(Root(str(tmp_path)))
    assert found.dialect == dialect
    assert "os-release" in found.reason


def test_os_release_is_usually_a_link(tmp_path, etc):
    (tmp_path / "usr" / "lib").mkdir(parents=True)
    (tmp_path / "usr" / "lib" / "os-release").write_text("ID=debian\n")
    assert detect_dialect(Root(str(tmp_path))).dialect == "debian"
    (etc / "os-release").symlink_to("../usr/lib/os-release")
    assert detect_dialect(Root(str(tmp_path))).dialect == "debian"


@pytest.mark.parametrize(
    "name,text,dialect",
    [
        ("redhat-release", "CentOS release 6.10 (Final)\n", "el6"),
        ("redhat-release", "Red Hat Enterprise Linux Server release 7.9 (Maipo)\n", "el7"),
        ("redhat-release", "CentOS release 5.11 (Final)\n", None),
        ("debian_version", "6.0.10\n", "debian"),
        ("release", "NetBSD 9.3/amd64\n", "netbsd"),
    ],
)
def test_hosts_older_than_os_release(tmp_path, etc, name, text, dialect):
    (etc / name).write_text(text)
    assert detect_dialect(Root(str(tmp_path))).dialect == dialect


def test_images_of_other_systems(tmp_path, etc):
    assert detect_dialect(Root(str(tmp_path))).dialect is None
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "freebsd-version").write_text("")
    assert detect_dialect(Root(str(tmp_path))).dialect == "freebsd"


def test_libwrap_and_tcpd(tmp_path):
    root = Root(str(tmp_path))
    assert not libwrap_or_tcpd_present(root)
    deep = tmp_path / "usr" / "lib" / "x86_64-linux-gnu"
    deep.mkdir(parents=True)
    (deep / "libwrapper.so").write_text("")
    assert not libwrap_or_tcpd_present(root)
    (deep / "libwrap.so.0.7.6").write_text("")
    assert find_libwrap(root) == ["/usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6"]
    assert libwrap_or_tcpd_present(root)
    sbin = tmp_path / "usr" / "sbin"
    sbin.mkdir()
    (sbin / "tcpd").write_text("")
    assert find_tcpd(root) is None  # not executable
    (sbin / "tcpd").chmod(0o755)
    assert find_tcpd(root) == "/usr/sbin/tcpd"


def test_thousands_of_links_to_one_folder_are_one_folder(tmp_path, monkeypatch):
    (tmp_path / "usr/lib/x86_64-linux-gnu").mkdir(parents=True)
    (tmp_path / "usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6").write_bytes(b"")
    for number in range(200):
        (tmp_path / ("usr/lib/y%d-gnu" % number)).symlink_to("x86_64-linux-gnu")
    listed = []
    real = detect.list_folder
    monkeypatch.setattr(detect, "list_folder", lambda root, path: listed.append(path) or real(root, path))
    assert find_libwrap(Root(str(tmp_path))) == ["/usr/lib/x86_64-linux-gnu/libwrap.so.0.7.6"]
    assert len(listed) < 20
