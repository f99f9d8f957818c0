# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The name that a daemon asks under by what it was started as: told by a rule that runs spawn on Debian 11, 12 and 13."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import known_daemon
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Linkage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.argv0 import names_by_argv0
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import OwnCheck

LINKED = Linkage(True, ("libwrap.so.0",), "it links libwrap")
SESSION = Linkage(False, (), "")  # Debian 13's: sshd-session links it


def named(program, link, *arguments, names=None):
    known = known_daemon(program)
    check = OwnCheck(True, "", known, names or (known.daemon or program.rsplit("/", 1)[-1],), "")
    return names_by_argv0(check, link, arguments)


@pytest.mark.parametrize(
    "title, name",
    [
        ("sshd-ext: /usr/sbin/sshd-ext -D -p 2222 [listener] 0 of 100-100 startups", "sshd-ext"),
        ("otherd: /opt/x/otherd -D -p 2223 [listener] 0 of 100-100 startups", "otherd"),
        ("sshd: /usr/sbin/sshd -D [listener] 0 of 10-100 startups", "sshd"),
        ("/usr/sbin/sshd-ext", "sshd-ext"),
    ],
)
def test_sshd_asks_by_what_it_was_started_as(title, name):
    assert named("/usr/sbin/sshd", LINKED, title) == (name,)
    assert named("/usr/sbin/sshd", SESSION, title) == ("sshd",)


def test_a_name_that_is_compiled_in_stays():
    assert named("/usr/sbin/slapd", LINKED, "/usr/sbin/ldapd") == ("slapd",)


def test_a_name_of_the_configuration_stays():
    assert named("/usr/bin/stunnel4", LINKED, "stunnel", names=("web",)) == ("web",)


def test_of_one_that_asks_by_its_programs_name_both_count():
    assert named("/usr/sbin/in.tftpd", LINKED, "/srv/tftpd", "--listen") == ("tftpd", "in.tftpd")
    assert named("/usr/sbin/in.tftpd", LINKED, "/usr/sbin/in.tftpd", "--listen") == ("in.tftpd",)
    assert named("/usr/sbin/in.tftpd", LINKED, "in.tftpd: waiting") == ("in.tftpd",)


def test_an_unknown_program_keeps_its_name():
    assert named("/usr/bin/python3.11", LINKED, "python3", names=("python3.11",)) == ("python3.11",)
