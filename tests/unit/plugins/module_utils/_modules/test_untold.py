# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that keep a part of the connection to themselves: what a real client met on Debian 12. 10.139.0.66 is
bad.example.com there, by the resolver and back, and 10.139.0.12 is the host.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_requests import (
    FALSE_NAME,
    NAME,
    SERVER,
    untold_by,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import (
    check_assertions,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.enforcement import (
    find_enforcements,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.prover import Prover, View
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.report import explain
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.tables import Tables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import (
    LIBWRAP,
    Asker,
    Listener,
)

BY_NAME = "ALL: .example.com EXCEPT good.example.com\n"
BY_SERVER = "ALL@10.139.0.12: 10.139.0.66\n"
CLIENT = {"address": "10.139.0.66", "hostname": "bad.example.com", "server_address": "10.139.0.12"}


def untold(tmp_path, program, *arguments):
    return untold_by(Configurations(Root(str(tmp_path))), program, arguments)


def answer(tmp_path, program, allow, deny, **question):
    view = View((), None, untold(tmp_path, program))
    prover = Prover(Policy.parse(allow, deny), lambda address: ("bad.example.com", False), view)
    daemon = program.rsplit("/", 1)[-1]
    (assertion,) = check_assertions([dict(CLIENT, daemon=daemon, **question)], "assertions")
    return prover.answer(assertion)


@pytest.mark.parametrize(
    "program, deny, refused",
    [
        ("/usr/sbin/sshd", BY_NAME, True),
        ("/usr/sbin/vsftpd", BY_NAME, True),
        ("/usr/sbin/slapd", BY_NAME, False),
        ("/usr/sbin/snmpd", BY_NAME, False),
        ("/usr/sbin/p910nd", BY_NAME, False),
        ("/usr/sbin/slapd", "ALL: 10.139.0.66\n", True),
        ("/usr/sbin/sshd", BY_SERVER, True),
        ("/usr/sbin/nrpe", BY_SERVER, True),
        ("/usr/sbin/slapd", BY_SERVER, False),
        ("/usr/sbin/rpcbind", BY_SERVER, False),
        ("/usr/sbin/rpc.mountd", BY_SERVER, False),
        ("/usr/sbin/rpcbind", "ALL: 10.139.0.66\n", True),
    ],
)
@pytest.mark.parametrize("hostname", ["bad.example.com", "resolve"])
def test_what_the_client_meets_is_what_is_proved(tmp_path, program, deny, refused, hostname):
    assert answer(tmp_path, program, "", deny, expect="denied", hostname=hostname).met is refused


def test_a_grant_by_name_shuts_everybody_out(tmp_path):
    grant = "slapd sshd: .example.com\n"
    assert answer(tmp_path, "/usr/sbin/slapd", grant, "ALL: ALL\n", expect="granted").met is False
    assert answer(tmp_path, "/usr/sbin/sshd", grant, "ALL: ALL\n", expect="granted").met is True


def test_the_answer_says_why(tmp_path):
    item = answer(tmp_path, "/usr/sbin/slapd", "", BY_NAME, expect="denied")
    tables = Tables(Root(str(tmp_path)), None, None, None, [])
    told = explain(item, tables)
    assert "since slapd never tells libwrap the client's name or the server's address" in told


@pytest.mark.parametrize(
    "path, text, arguments, expected",
    [
        ("etc/ldap/slapd.d/cn=config.ldif", "olcReverseLookup: FALSE\n", (), (NAME, SERVER)),
        ("etc/ldap/slapd.d/cn=config.ldif", "olcPidFile: x\nolcReverseLookup: TRUE\n", (), (FALSE_NAME, SERVER)),
        ("etc/ldap/slapd.conf", "reverse-lookup on\n", (), (FALSE_NAME, SERVER)),
        ("srv/own.conf", "reverse-lookup  on\n", ("-f", "/srv/own.conf"), (FALSE_NAME, SERVER)),
        ("etc/ldap/slapd.conf", "reverse-lookup on\n", ("-f", "/srv/none.conf"), (NAME, SERVER)),
    ],
)
def test_slapd_can_be_told_to_look_names_up(tmp_path, path, text, arguments, expected):
    """slapd.conf(5), slapd-config(5)."""
    (tmp_path / path).parent.mkdir(parents=True)
    (tmp_path / path).write_text(text)
    assert untold(tmp_path, "/usr/sbin/slapd", *arguments) == expected


def test_who_asks_by_one_name_and_tells_less_is_a_view_of_its_own(tmp_path):
    def listening(*askers):
        return Listener(
            "x", "process", "tcp", "x", askers, "", "root", (), 1, (), None, (), (), None, None, False
        )  # fmt: skip

    class Readable:
        kind, real_path = "missing", "/none"

    tables = Tables(Root(str(tmp_path)), None, Readable(), Readable(), [])
    told = find_enforcements(
        tables,
        [listening(Asker(LIBWRAP, "x", None, None)), listening(Asker(LIBWRAP, "x", None, None, (NAME,)))],
        Policy.parse("", "", "debian"),
    )
    assert [view.untold for view in told["x"].views] == [(), (NAME,)]
