# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print what stands below a folder as JSON: `state` has kinds, modes, owners, times, inodes and checksums, `contents` the checksums."""

from __future__ import absolute_import, division, print_function

__metaclass__ = type

import hashlib
import json
import os
import sys


def main(root):
    state, contents = {}, {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            short = os.path.relpath(path, root)
            found = os.lstat(path)
            state[short] = [found.st_mode, found.st_uid, found.st_gid, found.st_ino, repr(found.st_mtime)]
            if os.path.isfile(path):
                with open(path, "rb") as opened:
                    contents[short] = hashlib.sha256(opened.read()).hexdigest()
    print(json.dumps({"state": state, "contents": contents}, sort_keys=True))


main(sys.argv[1])
