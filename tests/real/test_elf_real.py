# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Our ELF reader against ldd on the programs of this machine."""

import os
import subprocess

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root

FOLDERS = ("/usr/sbin", "/usr/bin")
EVERY = 12  # ldd takes its time


def programs():
    for folder in FOLDERS:
        for name in sorted(os.listdir(folder)):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path):
                with open(path, "rb") as stream:
                    if stream.read(4) == b"\x7fELF":
                        yield path


def ldd(path):
    done = subprocess.run(["ldd", path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return b"libwrap" in done.stdout


def test_agrees_with_ldd():
    libraries = Libraries(Root("/"))
    ours = {path: libraries.find_libwrap(path).libwrap for path in programs()}
    linked = [path for path in ours if ours[path]]
    assert {"/usr/sbin/tcpd", "/usr/sbin/tcpdmatch"} <= set(linked)
    asked = sorted(set(linked) | set(list(ours)[::EVERY]))
    assert {path: ours[path] for path in asked} == {path: ldd(path) for path in asked}
    print("%d programs read, %d compared with ldd, %d link libwrap" % (len(ours), len(asked), len(linked)))


def test_the_way_to_libwrap_is_told():
    link = Libraries(Root("/")).find_libwrap("/usr/sbin/tcpd")
    assert link.through[0] == "/usr/sbin/tcpd" and "libwrap.so.0" in link.through[-1]


SOURCE = """
#include <syslog.h>
#include <tcpd.h>
int allow_severity = LOG_INFO, deny_severity = LOG_WARNING;
int main(int argc, char **argv) { return argc > 1 ? hosts_ctl(argv[1], "", "192.0.2.1", "") : 0; }
"""


def test_libwrap_inside_a_dynamic_program_is_not_denied(tmp_path):
    (tmp_path / "a.c").write_text(SOURCE)
    for name, wrap in (("inside", ["-Wl,-Bstatic", "-lwrap", "-Wl,-Bdynamic", "-lnsl"]), ("linked", ["-lwrap"])):
        subprocess.run(["gcc", "-o", str(tmp_path / name), str(tmp_path / "a.c"), *wrap], check=True)
    libraries = Libraries(Root("/"))
    assert not ldd(str(tmp_path / "inside")) and ldd(str(tmp_path / "linked"))
    assert libraries.find_libwrap(str(tmp_path / "linked")).libwrap is True
    inside = libraries.find_libwrap(str(tmp_path / "inside"))
    assert inside.libwrap is None and "may be inside it" in inside.reason
