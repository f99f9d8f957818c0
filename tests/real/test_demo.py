# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make demo hardens a folder, changes nothing the second time, and leaves this machine's own /etc alone."""

import hashlib
import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


# what would be changed if the role worked on this machine instead of the folder
OURS = ("hosts.allow", "hosts.deny", "inetd.conf", "xinetd.conf", "xinetd.d", "systemd/system")

# Other tests install packages meanwhile, so that /etc cannot be compared as a whole: the demo gets one that nobody can write.
READ_ONLY = (
    'mount --bind /etc /etc && mount -o remount,bind,ro /etc && ! touch /etc/portcullis-demo 2>/dev/null && exec "$@"'
)


def hashes():
    """Path, mode, owner and content of the files in /etc that the role writes on a host."""
    found = {}
    for name in OURS:
        top = pathlib.Path("/etc") / name
        for path in [top] + sorted(top.rglob("*")):
            if path.is_file():
                info = path.stat()
                found[str(path)] = (info.st_mode, info.st_uid, info.st_gid, hashlib.sha256(path.read_bytes()).digest())
    return found


def test_the_demo_keeps_to_its_folder(tmp_path):
    before = hashes()
    command = [sys.executable, str(ROOT / "tests" / "tools" / "demo.py"), str(tmp_path / "demo")]
    if os.geteuid() == 0:
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", READ_ONLY, "sh"] + command
    run = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=600, check=False
    )
    assert run.returncode == 0, run.stdout
    assert hashes() == before
    assert re.search(r"first run: changed=[1-9]\d*   repeated run: changed=0\n", run.stdout)
    summary = run.stdout[run.stdout.index("WHAT WAS WRONG") :]
    assert re.search(r"in\.telnetd +yes -> no +yes -> yes +yes -> no", summary)
    assert re.search(r"in\.ftpd +yes\* -> yes +yes\* -> yes +yes\* -> no", summary)
    assert re.search(r"sshd +yes -> yes +yes -> yes +yes -> no +yes -> no +yes -> no", summary)
    host = tmp_path / "demo" / "host" / "etc"
    assert (host / "hosts.deny").read_text().splitlines()[-1].startswith("ALL: ALL: spawn ")
    assert "/usr/sbin/tcpd" in (host / "xinetd.d" / "telnet").read_text()
