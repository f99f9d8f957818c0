# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tables a real process sees: in a chroot and in mounts of its own, held against what it reads itself."""

import os
import shutil
import signal
import subprocess
import tempfile

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import known_daemon
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import read_process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.tables_seen import (
    other_table,
    place_of,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.doubts import doubt_about
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import OwnCheck

SHOW = 'cat "$ALLOW" "$DENY" 2>&1 | tr "\\n" " "; echo; read -r end'


@pytest.fixture(name="folder")
def fixture_folder():
    """Two tables, and others of the same text elsewhere."""
    path = tempfile.mkdtemp(prefix="seen.")
    for name in ("etc", "other", "jail/bin"):
        os.makedirs(os.path.join(path, name))
    for name in ("etc/hosts.allow", "etc/hosts.deny", "other/hosts.allow", "other/hosts.deny"):
        with open(os.path.join(path, name), "w") as stream:
            stream.write(name.split("/", maxsplit=1)[0] + "\n")
    yield path
    shutil.rmtree(path)


@pytest.fixture(name="start")
def fixture_start(folder):
    """Start a shell behind some mounts, which tells what it reads in the tables: the process, and that text."""
    running = []

    def start(mounts):
        etc = os.path.join(folder, "etc")
        command = ["unshare", "-m", "sh", "-c", "%s\n%s" % (mounts, SHOW)]
        environment = dict(
            os.environ,
            ALLOW=etc + "/hosts.allow",
            DENY=etc + "/hosts.deny",
            ETC=etc,
            OTHER=os.path.join(folder, "other"),
        )
        running.append(
            subprocess.Popen(command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        )
        told = running[-1].stdout.readline()
        return read_process(running[-1].pid), told

    yield start
    for process in running:
        process.communicate("end\n")


@pytest.mark.parametrize("mounts, other", [
    (":", None),
    ("mount --bind $OTHER $ETC", "hosts.allow"),
    ("mount --bind $OTHER/hosts.deny $DENY", "hosts.deny"),
    ("mount -t tmpfs none $ETC", "hosts.allow"),
    # as TemporaryFileSystem= with BindReadOnlyPaths= of the tables does
    ("mkdir /tmp/$$; mount --bind $ETC /tmp/$$; mount -t tmpfs none $ETC; touch $ALLOW $DENY;"
     " mount --bind /tmp/$$/hosts.allow $ALLOW; mount --bind /tmp/$$/hosts.deny $DENY; umount /tmp/$$; rmdir /tmp/$$", None),
    ("mkdir /tmp/$$; mount --bind $ETC /tmp/$$; mount -t tmpfs none $ETC; touch $ALLOW $DENY;"
     " mount --bind /tmp/$$/hosts.allow $ALLOW; mount --bind $OTHER/hosts.deny $DENY; umount /tmp/$$; rmdir /tmp/$$", "hosts.deny"),
    ("mount --bind $ETC $ETC", None),
])  # fmt: skip
def test_a_process_with_mounts_of_its_own(folder, start, mounts, other):
    process, told = start(mounts)
    tables = [os.path.join(folder, "etc", name) for name in ("hosts.allow", "hosts.deny")]
    assert (told == "etc etc \n") is (other is None), told
    found = other_table(process, tables)
    assert found == (other and os.path.join(folder, "etc", other))
    mine = read_process(os.getpid())
    assert other_table(mine, tables) is None and place_of(process) != place_of(mine)


@pytest.mark.parametrize("present, other", [((), "hosts.allow"), (("hosts.deny",), "hosts.deny")])
def test_a_folder_of_its_own_without_tables(folder, start, present, other):
    """Where the host has no table either, the folder tells whether a table that is written would be seen."""
    tables = [os.path.join(folder, "etc", name) for name in ("hosts.allow", "hosts.deny")]
    for name in ("hosts.allow", "hosts.deny"):
        if name not in present:
            os.unlink(os.path.join(folder, "etc", name))
    process, _told = start("mount -t tmpfs none $ETC")
    assert other_table(process, tables) == os.path.join(folder, "etc", other)
    same, _told = start(":")
    assert other_table(same, tables) is None


def test_a_chroot(folder):
    tables = [os.path.join(folder, "etc", name) for name in ("hosts.allow", "hosts.deny")]
    ready, tell = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.chroot(os.path.join(folder, "jail"))
        os.write(tell, b"r")
        signal.pause()
    try:
        os.close(tell)
        assert os.read(ready, 1) == b"r"
        assert other_table(read_process(pid), tables) == tables[0]
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.close(ready)


@pytest.mark.parametrize("mounts, asks", [
    (":", True),
    ("mount --bind $OTHER/hosts.allow $ALLOW", None),
    ("mount --bind $OTHER $ETC", None),
    ("mount --bind $OTHER/hosts.deny $DENY", True),  # another file
])  # fmt: skip
def test_a_daemon_that_reads_another_configuration(folder, start, mounts, asks):
    """vsftpd below `unshare -m` with another file at its vsftpd.conf served whom the tables refuse (Debian 13)."""
    process, told = start(mounts)
    path = os.path.join(folder, "etc", "hosts.allow")
    check = OwnCheck(True, "it links libwrap", known_daemon("/usr/sbin/vsftpd"), ("vsftpd",), "", files=(path,))
    process = process._replace(executable="/usr/sbin/vsftpd")
    found = doubt_about(Configurations(Root("/")), process, ["/usr/sbin/vsftpd"], "tcp", check)
    assert (True if found is None else found.asks) is asks, told
    assert found is None or "sees another %s than the host" % path in found.reason
