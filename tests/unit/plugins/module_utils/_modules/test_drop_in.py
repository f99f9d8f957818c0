# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether the ssh server of a recorded host (OpenSSH 10 of Debian 13) reads the drop-in, by how it was started and by its files."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import drop_in

CONFIG, FOLDER = "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d"
TITLE = "sshd: /usr/sbin/sshd -D [listener] 0 of 100-100 startups\0"


def test_debian_s_own_start_and_files_read_it(trixie):
    assert trixie.text("/proc/54/cmdline") == TITLE
    assert drop_in.unread(trixie, [22]) is None and drop_in.overruled(trixie) == []
    assert drop_in.unread(trixie, [2222]) is None  # nobody listens there: its files tell


@pytest.mark.parametrize(
    "words, told",
    [
        (" -o RefuseConnection=yes", "process 54 (sshd) was started with -o RefuseConnection"),
        (" -o Port=22", None),
        (" -f /etc/ssh/other", "process 54 (sshd) was started with -f /etc/ssh/other. "),
        (" -f other", "process 54 (sshd): the options that it was started with cannot be read"),
        (" -Z", "process 54 (sshd): the options that it was started with cannot be read"),
    ],
)
def test_how_it_was_started(trixie, words, told):
    trixie.write("/proc/54/cmdline", TITLE.replace(" -D", " -D" + words))
    why = drop_in.unread(trixie, [22])
    assert why is None if told is None else why.startswith(told)


def test_a_file_that_includes_nothing(trixie):
    lines = trixie.text(CONFIG).splitlines(True)
    trixie.write(CONFIG, "".join(line for line in lines if not line.startswith("Include")))
    assert CONFIG in drop_in.unread(trixie, [22]) and drop_in.unread(trixie, [22]) == drop_in.unread(trixie, [2222])


def test_a_server_that_sees_other_files(trixie, monkeypatch):
    monkeypatch.setattr(drop_in, "sees_file", lambda process, path: False)
    assert drop_in.unread(trixie, [22]).startswith("process 54 (sshd) sees other files than this host's")


def test_what_is_said_before_the_drop_in_counts(trixie):
    """sshd_config(5): the first value obtained is used, and the files of a folder are read in the order of their names."""
    trixie.write(CONFIG, "RefuseConnection yes\n" + trixie.text(CONFIG))
    trixie.mkdir(FOLDER)
    trixie.write(FOLDER + "/00-0.conf", "Port 22\nRefuseConnection no\n")
    trixie.write(FOLDER + "/zz.conf", "RefuseConnection no\n")
    trixie.write(FOLDER + "/00-1.text", "RefuseConnection no\n")
    found = drop_in.overruled(trixie)
    assert [told.split(" sets ")[0] for told in found] == ["line 1 of " + CONFIG, "line 2 of %s/00-0.conf" % FOLDER]
