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


def hashes(folder):
    """Path, kind, owner, mode, time and content of everything below a folder."""
    found = {}
    for place, folders, names in os.walk(folder):
        for name in folders + names:
            path = os.path.join(place, name)
            info = os.lstat(path)
            content = b""
            if os.path.islink(path):
                content = os.readlink(path).encode()
            elif os.path.isfile(path) and os.access(path, os.R_OK):
                content = hashlib.sha256(pathlib.Path(path).read_bytes()).digest()
            found[path] = (info.st_mode, info.st_uid, info.st_gid, info.st_mtime_ns, content)
    return found


def test_the_demo_keeps_to_its_folder(tmp_path):
    before = hashes("/etc")
    run = subprocess.run([sys.executable, str(ROOT / "tests" / "tools" / "demo.py"), str(tmp_path / "demo")],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, universal_newlines=True, timeout=600, check=False)
    assert run.returncode == 0, run.stdout
    assert hashes("/etc") == before
    assert re.search(r"first run: changed=[1-9]\d*   repeated run: changed=0\n", run.stdout)
    summary = run.stdout[run.stdout.index("WHAT WAS WRONG"):]
    assert re.search(r"in\.telnetd +yes -> no +yes -> yes +yes -> no", summary)
    assert re.search(r"in\.ftpd +yes\* -> yes +yes\* -> yes +yes\* -> no", summary)
    assert re.search(r"sshd +yes -> yes +yes -> yes +yes -> no +yes -> no +yes -> no", summary)
    host = tmp_path / "demo" / "host" / "etc"
    assert (host / "hosts.deny").read_text().splitlines()[-1].startswith("ALL: ALL: spawn ")
    assert "/usr/sbin/tcpd" in (host / "xinetd.d" / "telnet").read_text()
