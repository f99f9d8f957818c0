# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a server that listens was started, from its words as /proc shows them (Debian 10 to 13)."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.ssh_start import ssh_starts

TCP = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1081 1 0000000000000000 100 0 0 10 0
   1: 00000000:0017 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1082 1 0000000000000000 100 0 0 10 0
"""


def process(proc, pid, name, words, inode, uid=0):
    folder = proc / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "status").write_text("Name:\t%s\nUid:\t%s\nGid:\t0\t0\t0\t0\n" % (name, "\t".join([str(uid)] * 4)))
    (folder / "cmdline").write_bytes(b"".join(word.encode() + b"\0" for word in words))
    os.symlink("socket:[%d]" % inode, str(folder / "fd" / "3"))


def started(tmp_path, words, **about):
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "tcp").write_text(TCP)
    process(tmp_path, 70, about.pop("name", "sshd"), words, about.pop("inode", 1081), **about)
    return [(one.config, one.options) for one in ssh_starts([22], str(tmp_path))]


@pytest.mark.parametrize(
    "words, found",
    [
        (["sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups"], (None, ())),
        (["sshd: /usr/sbin/sshd -f /etc/ssh/other [listener] 3 of 10-100 startups"], ("/etc/ssh/other", ())),
        (["/usr/sbin/sshd", "-D"], (None, ())),  # before 8.2
        (["/usr/sbin/sshd", "-Df/etc/ssh/other", "-oUseDNS=no", "-o", "Port=22"], ("/etc/ssh/other", ("UseDNS=no", "Port=22"))),
        (["/usr/sbin/sshd", "-f", "/first", "-f", "/second"], ("/second", ())),
        (["sshd: /usr/sbin/sshd -o UseDNS no [listener] 0 of 10-100 startups"], (None, None)),
        (["/usr/sbin/sshd", "-Z"], (None, None)),
    ],
)  # fmt: skip
def test_the_words_of_a_server(tmp_path, words, found):
    assert started(tmp_path, words) == [found]


@pytest.mark.parametrize("about", [{"uid": 1000}, {"inode": 1082}, {"name": "systemd"}])
def test_others_are_no_ssh_server_of_this_port(tmp_path, about):
    assert started(tmp_path, ["/usr/sbin/sshd", "-f", "/x"], **about) == []
