# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Configurations of xinetd for the tests."""

import os

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "..", "fixtures")
BASE = {
    "type": "UNLISTED",
    "port": "7201",
    "socket_type": "stream",
    "protocol": "tcp",
    "wait": "no",
    "user": "root",
    "server": "/t/argv",
}


def service(name="a", **attributes):
    lines = ["service %s\n" % name, "{\n"]
    for key, value in dict(BASE, **attributes).items():
        if value is not None:
            lines.append("\t%s = %s\n" % (key, value))
    return "".join(lines) + "}\n"


def legacy(folder="/etc/xinetd.d"):
    files = {}
    base = os.path.join(FIXTURES, "legacy", "etc")
    with open(os.path.join(base, "xinetd.conf"), "rb") as stream:
        files["/etc/xinetd.conf"] = stream.read()
    for name in os.listdir(os.path.join(base, "xinetd.d")):
        with open(os.path.join(base, "xinetd.d", name), "rb") as stream:
            files[folder + "/" + name] = stream.read()
    return files
