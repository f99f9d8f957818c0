# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Make the key that the tests reach their containers with, .cache/ssh/id_ed25519, unless it is there.

usage: python3 tests/tools/ssh_key.py
"""

import fcntl
import subprocess
import sys

import paths

KEY = paths.CACHE / "ssh" / "id_ed25519"


def ensure() -> None:
    KEY.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with open(str(KEY.parent / "lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not KEY.exists():
            subprocess.run(
                ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "portcullis tests", "-f", str(KEY)], check=True
            )
            print("made %s" % KEY)


if __name__ == "__main__":
    sys.exit(ensure())
