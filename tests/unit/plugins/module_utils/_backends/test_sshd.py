# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The drop-in of sshd: only networks to refuse, and read back as the same sets."""

import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends import sshd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
    AccessList,
    Drift,
    drifts,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError

from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils._backends.lists import (
    DENIED,
    EVERYBODY,
    GRANTED,
    NOBODY,
)

OLD, NEW = (9, 2), (9, 9)
SSHD = AccessList("sshd", (22, 2222), "tcp", GRANTED, DENIED, "companion")


@pytest.mark.parametrize(
    "text, version",
    [
        ("OpenSSH_9.2p1 Debian-2+deb12u10, OpenSSL 3.0.22 25 Aug 2026", (9, 2)),
        ("SSH-2.0-OpenSSH_10.0p2 Debian-7+deb13u4", (10, 0)),
        ("OpenSSH_8.4p1 Debian-5+deb11u7, OpenSSL 1.1.1w  11 Sep 2023", (8, 4)),
        ("SSH-2.0-dropbear_2022.83", None),
    ],
)
def test_releases(text, version):
    assert sshd.version_of(text) == version


@pytest.mark.parametrize(
    "version, refusal", [(OLD, "DenyUsers *"), ((9, 8), "DenyUsers *"), (NEW, "RefuseConnection yes")]
)
def test_a_companion(version, refusal):
    assert sshd.render([SSHD], version).splitlines()[1:] == [
        "Match Address 11.0.0.0/8,12.0.0.0/30,12.0.0.4/32,2001:db9::/32",
        "\t" + refusal,
    ]


@pytest.mark.parametrize("mode", ["companion", "replace"])
@pytest.mark.parametrize(
    "granted, denied", [(GRANTED, DENIED), (NOBODY, EVERYBODY), (EVERYBODY, NOBODY), (NOBODY, NOBODY)]
)
def test_what_was_written_is_read_back(mode, granted, denied):
    access = SSHD._replace(granted=granted, denied=denied, mode=mode)
    for version in (OLD, NEW):
        text = sshd.render([access], version)
        reading = sshd.read(text)
        assert reading.unclear == () and drifts([access], reading.enforced) == []
        assert "!" not in text and "AllowUsers" not in text
        assert all(len(line) < 2500 for line in text.splitlines())


def test_everybody_is_two_networks_and_who_has_an_interface():
    text = sshd.render([SSHD._replace(granted=NOBODY, mode="replace")], NEW)
    assert "Match Address 0.0.0.0/0,::/0,fe8?:*%*,fe9?:*%*,fea?:*%*,feb?:*%*\n" in text


def test_two_lists_are_told_apart_by_port():
    other = SSHD._replace(ports=(2022,), denied=(("198.51.100.0/24",), ()))
    text = sshd.render([SSHD, other], NEW)
    assert "Match LocalPort 2022 Address 198.51.100.0/24\n" in text and "Match Address" not in text
    assert drifts([SSHD, other], sshd.read(text).enforced) == []
    wrong = sshd.read(text.replace("198.51.100.0/24", "198.51.100.0/25"))
    assert drifts([SSHD, other], wrong.enforced) == [Drift("sshd", 2022, "tcp", "198.51.100.128", False)]


@pytest.mark.parametrize(
    "text",
    [
        "PermitRootLogin yes\n",
        "Match Address 10.0.0.0/8\n",
        "Match Address 10.0.0.0/8\n\tRefuseConnection no\n",
        "Match Address 10.0.0.0/8\n\tDenyUsers root\n",
        "Match Address *,!10.0.0.0/8\n\tDenyUsers *\n",
        "Match Address 10.0.0.1/8\n\tDenyUsers *\n",
        "Match Address 10.0.0.0/8 User root\n\tDenyUsers *\n",
        "Match User root Address 10.0.0.0/8\n\tDenyUsers *\n",
        "\x1b[2JMatch\n",
    ],
)
def test_lines_of_others_are_said(text):
    reading = sshd.read(text)
    assert reading.unclear and reading.enforced == () and all(line.isprintable() for line in reading.unclear)


def test_what_sshd_cannot_do():
    with pytest.raises(BackendError, match="OpenSSH 8.0 reads no drop-ins .*8.2.*nftables"):
        sshd.render([SSHD], (8, 0))
    with pytest.raises(BackendError, match="TCP ports only"):
        sshd.render([SSHD._replace(protocol="udp")], NEW)


@pytest.mark.parametrize(
    "effective, refused",
    [
        ("port 22\nrefuseconnection yes\n", True),
        ("port 22\nrefuseconnection no\n", False),
        ("denyusers *\n", True),
        ("denyusers root\n", False),
        ("denyusers root\ndenyusers *\n", True),
        ("persourcepenalties refuseconnection:10\n", False),
    ],
)
def test_what_sshd_says_of_a_client(effective, refused):
    assert sshd.refuses(effective) is refused


def test_the_words_that_sshd_takes():
    assert sshd.connection_words("10.0.0.1", 22) == "addr=10.0.0.1,user=root,host=10.0.0.1,laddr=10.0.0.1,lport=22"


@pytest.mark.parametrize(
    "config, read",
    [
        ("Include /etc/ssh/sshd_config.d/*.conf\nPort 22\n", True),
        ("# x\n\ninclude=sshd_config.d/*.conf\n", True),
        ('Include "/etc/ssh/sshd_config.d/*.conf" /other\n', True),
        ("Include /etc/ssh/sshd_config.d/*.conf # all\n", True),
        ("Include /etc/ssh/sshd_config.d/00-portcullis.conf\n", True),
        ("#Include /etc/ssh/sshd_config.d/*.conf\n", False),
        ("Include /etc/ssh/other.d/*.conf\n", False),
        ("Include /etc/ssh/sshd_config.d/*.cfg\n", False),
        ("Match User git\nInclude /etc/ssh/sshd_config.d/*.conf\n", False),
        ("Port 22\n", False),
        ("", False),
    ],
)
def test_a_missing_include_is_said(config, read):
    problem = sshd.include_problem(config)
    assert (problem is None) is read
    if problem:
        assert "Put 'Include /etc/ssh/sshd_config.d/*.conf' above everything else" in problem


@pytest.mark.parametrize(
    "text, line",
    [
        ("Port 22\nMatch Address 10.0.0.0/8\n\tRefuseConnection no\n", 3),
        ("refuseconnection=yes\n", 1),
        ("Include /etc/ssh/sshd_config.d/*.conf\nRefuseConnection no\n", None),
        ("Include /etc/ssh/other.d/*.conf\nRefuseConnection no\n", 2),
        ("#RefuseConnection no\nDenyUsers git\n", None),
        ("", None),
    ],
)
def test_the_first_value_of_a_refusal_counts(text, line):
    assert sshd.earlier_refusal(text) == line


def test_a_word_of_a_million_letters_costs_no_square():
    """1.6 million letters had not ended in 40 s."""
    start = time.process_time()
    assert sshd.include_problem("Banner %s\n" % ("x" * 2000000)) is not None
    assert time.process_time() - start < 10


def test_a_client_with_an_interface_is_refused_by_its_text():
    """OpenSSH 10.0: `sshd -T -C addr=fe80::99%eth0` said "refuseconnection no" for ::/0, and the client was served."""
    whole = sshd.render([SSHD._replace(granted=NOBODY, denied=((), ("fe80::/10",)))], NEW)
    assert "Match Address fe80::/10,fe8?:*%*,fe9?:*%*,fea?:*%*,feb?:*%*\n" in whole and sshd.read(whole).unclear == ()
    for less in ("fe80::/10", "fe80::/10,fe8?:*%*"):
        told = sshd.read("Match Address %s\n\tRefuseConnection yes\n" % less)
        assert "link-local" in told.unclear[0] and len(told.enforced) == 1
    assert "%" not in sshd.render([SSHD], NEW)
    with pytest.raises(BackendError, match="only some of the link-local addresses .* nftables"):
        sshd.render([SSHD._replace(granted=NOBODY, denied=((), ("fe80::/64",)))], NEW)
