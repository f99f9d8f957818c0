# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A place where a module may do its work: the machine's own programs, and a network, an /etc and a /run of its own."""

import json
import os
import subprocess
import sys
from typing import Any, List

import paths

SETUP = """
mount -t tmpfs tmpfs /mnt && mkdir /mnt/new /mnt/work
mount -t overlay overlay -o lowerdir=/etc,upperdir=/mnt/new,workdir=/mnt/work /etc
mount -t tmpfs tmpfs /run
mkdir -p /etc/systemd/system
rm -f /etc/portcullis.nft
ip link set lo up
exec "$@"
"""
#: What steps may use. `TASK` has the options that every task of theirs gives.
PRELUDE = """
import json, os, socket, struct, subprocess, sys, time
sys.path.insert(0, sys.argv[1])
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import pending
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.programs import FOLDERS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.readers import reload_all
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.store import Store
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.enforcement import run
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError

STATE = "/etc/.portcullis.tcp_wrappers"
TABLE = ("list", "table", "inet", "portcullis")
TASK = {}

def task(check_mode=False, **params):
    options = {name: about.get("default") for name, about in run.argument_spec().items()}
    options.update(TASK)
    options.update(params)
    return run.run(Call(options, check_mode))

def nft(*words):
    done = subprocess.run(("nft",) + words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, universal_newlines=True)
    return done.stdout

def session(number, **more):
    # what the action plugin says of a task that comes through ssh
    return dict({"token": "%032x" % number, "transport": "ssh", "connection": "10.1.2.3 50000 198.51.100.9 22"}, **more)

def files():
    # what /etc has that the machine's has not
    return sorted(os.path.join(folder, name) for folder, _folders, names in os.walk("/mnt/new") for name in names)

def owned_table():
    # a table that only the program that made it may change, as firewalld's may be: netlink, for nft itself lets go of it when it ends
    def attribute(kind, data):
        return struct.pack("=HH", 4 + len(data), kind) + data + b"\\0" * (-len(data) % 4)

    def message(kind, flags, number, family, group, data=b""):
        body = struct.pack("=BB", family, 0) + struct.pack("!H", group) + data
        return struct.pack("=IHHII", 16 + len(body), kind, flags, number, 0) + body

    holder = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12)
    holder.bind((0, 0))
    table = attribute(1, b"portcullis\\0") + attribute(2, struct.pack("!I", 2))
    holder.send(message(0x10, 1, 0, 0, 10) + message(0xA00, 0x605, 1, 1, 0, table) + message(0x11, 1, 2, 0, 10))
    assert struct.unpack("=i", holder.recv(4096)[16:20])[0] == 0
    return holder

def settled(patience=60):
    # whether no change waits any more
    end = time.monotonic() + patience
    while os.path.isdir(STATE) and time.monotonic() < end:
        time.sleep(0.02)
    return not os.path.isdir(STATE)
"""


def in_place(steps: str, *arguments: str) -> Any:
    """Run Python text after PRELUDE in such a place; returns what it prints, as JSON."""
    command: List[str] = [
        "unshare",
        "-n",
        "-m",
        "-p",
        "-f",
        "--mount-proc",
        "sh",
        "-ec",
        SETUP,
        "sh",
        sys.executable,
        "-c",
        PRELUDE + steps,
    ]
    command += [str(paths.link_collection())] + list(arguments)
    # what Python compiles of the collection is kept: that is half of a task
    environment = dict(os.environ, PYTHONPYCACHEPREFIX=str(paths.CACHE / "pycache"))
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    done = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True, check=True, env=environment)
    return json.loads(done.stdout)
