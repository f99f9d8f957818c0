# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Record every state of both tables, to be judged afterwards: a line of JSON with the time of the kernel's clock whenever one of them differs.

Runs on a test host as root: python3 recorder.py FILE
"""

import json
import os
import stat
import sys
import time

PATHS = ("/etc/hosts.allow", "/etc/hosts.deny")
TICK = 0.02


def look(path):
    """Text, owner, group and mode of a file, and what tells whether it has changed since; None where there is no such file."""
    try:
        with open(path, "rb") as stream:
            info = os.fstat(stream.fileno())
            text = stream.read().decode("utf-8", "surrogateescape")
            link = os.lstat(path)
    except OSError:
        return None, None
    return [text, info.st_uid, info.st_gid, "%o" % stat.S_IMODE(info.st_mode)], (
        info.st_ino,
        info.st_mtime_ns,
        info.st_ctime_ns,
        link.st_ino,
    )


def picture():
    """Both files as they were at one instant: neither changed while the other was read."""
    while True:
        first, second, again = look(PATHS[0]), look(PATHS[1]), look(PATHS[0])
        if first == again and look(PATHS[1]) == second:
            return {"allow": first[0], "deny": second[0]}


def signs():
    """What changes whenever a table does: looking at that costs a tenth of reading both."""
    found = []
    for path in PATHS:
        for see in (os.stat, os.lstat):
            try:
                info = see(path)
                found.append((info.st_dev, info.st_ino, info.st_size, info.st_mtime_ns, info.st_ctime_ns))
            except OSError:
                found.append(None)
    return found


def main(target):
    last = seen = None
    with open(target, "a") as stream:
        while True:
            before = signs()
            if before != seen:
                seen = before  # what changes while the picture is taken is seen at the next tick
                now = picture()
                if now != last:
                    stream.write(json.dumps(dict(now, at=time.monotonic())) + "\n")
                    stream.flush()
                    last = now
            time.sleep(TICK)


if __name__ == "__main__":
    main(sys.argv[1])
