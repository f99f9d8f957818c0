# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The files of processes that are in a mount namespace and in a chroot, as Debian's haproxy is: their mountinfo lists none
of the mounts outside of the chroot, and the host's program is the host's all the same.
"""

import os
import subprocess
import sys

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import devices, shown
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import read_process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.tables_seen import other_table

JAILED = "import os, sys; os.chroot(sys.argv[1]); os.chdir('/'); print(1, flush=True); sys.stdin.read()"


@pytest.fixture(autouse=True)
def fixture_our_own_mounts():
    """As a module finds them, which looks once: another test's mount may be gone since, and its device be another file system's."""
    shown._our_mounts.cache_clear()
    shown._our_devices.cache_clear()


@pytest.fixture(name="jailed")
def fixture_jailed(tmp_path):
    """The process of a chroot in a mount namespace of its own."""
    command = ["unshare", "--mount", sys.executable, "-c", JAILED, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline() == b"1\n"
        yield child.pid
        child.communicate()


def test_its_program_is_the_host_s(jailed):
    told = shown.stat_shown("/proc/%d" % jailed, "exe")
    ours = os.stat(sys.executable)
    assert (told.st_dev, told.st_ino) == (ours.st_dev, ours.st_ino)


def test_its_tables_are_others(jailed):
    assert other_table(read_process(jailed)) == "/etc/hosts.allow"


def test_a_file_system_of_its_own_is_foreign():
    """A program that was copied to a tmpfs which nobody else has mounted: a container's."""
    script = 'set -e; mount -t tmpfs none /mnt; cp "$0" /mnt/own; exec /mnt/own -S -c "$1"'
    command = ["unshare", "--mount", "sh", "-c", script, os.path.realpath(sys.executable)]
    waits = "import sys; print(1, flush=True); sys.stdin.read()"
    environment = dict(os.environ, PYTHONHOME=sys.base_prefix)
    with subprocess.Popen([*command, waits], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as child:
        assert child.stdout.readline() == b"1\n"
        with pytest.raises(shown.Foreign):
            shown.stat_shown("/proc/%d" % child.pid, "exe")
        child.communicate()


def test_the_device_is_the_one_of_stat():
    descriptor = os.open(sys.executable, os.O_PATH)
    try:
        number = os.fstat(descriptor).st_dev
        assert devices.device_unasked(descriptor) == b"%d:%d" % (os.major(number), os.minor(number))
    finally:
        os.close(descriptor)


@pytest.mark.parametrize(
    "release, asked", [("4.18.0-553.el8", False), ("4.19.0", False), ("5.10.0-28", True), ("6", False)]
)
def test_a_kernel_that_would_ask_the_file_system_is_not_asked(monkeypatch, release, asked):
    assert devices._heeded(release) is asked
