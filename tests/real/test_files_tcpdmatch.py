# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpdmatch asked about copies of the tables; its answers are its own."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.tcpdmatch import ask_tcpdmatch
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

ALLOW = b"sshd: 10.0.0.0/8\nsshd: [2001:db8::]/32\nftpd: ALL: twist /bin/echo no\nyy: root@ALL\nzz@10.0.0.1: ALL\n"
DENY = b"ALL: ALL\n"


@pytest.mark.parametrize(
    "fields,access",
    [
        ({"daemon": "sshd", "address": "10.1.2.3"}, "granted"),
        ({"daemon": "sshd", "address": "192.0.2.1"}, "denied"),
        ({"daemon": "sshd", "address": "2001:db8::1"}, "granted"),
        ({"daemon": "ftpd", "address": "192.0.2.1"}, "delegated"),
        ({"daemon": "yy", "address": "192.0.2.1", "user": "root"}, "granted"),
        ({"daemon": "yy", "address": "192.0.2.1"}, "denied"),
        ({"daemon": "zz", "address": "192.0.2.1", "server_address": "10.0.0.1"}, "granted"),
        ({"daemon": "zz", "address": "192.0.2.1", "server_address": "10.0.0.2"}, "denied"),
        ({"daemon": "sshd"}, "denied"),
    ],
)
def test_tcpdmatch_answers_and_the_engine_agrees(fields, access):
    request = Request(**fields)
    assert ask_tcpdmatch(Root("/"), ALLOW, DENY, request) == (access, None)
    assert Policy.parse(ALLOW, DENY).decide(request, dry_run=True).access == access


@pytest.mark.parametrize(
    "fields,reason",
    [
        ({"address": "10.1.2.3", "hostname": "a.example.com"}, "names"),
        ({"address": "10.1.2.3", "paranoid": True}, "disagree"),
        ({"address": "10.1.2.3", "server_port": 22}, "ports"),
        ({"address": "10.1.2.3", "user": "a@b"}, "names"),
    ],
)
def test_what_tcpdmatch_cannot_express_is_no_agreement(fields, reason):
    answer = ask_tcpdmatch(Root("/"), ALLOW, DENY, Request(daemon="sshd", **fields))
    assert answer.access is None and reason in answer.reason


def test_nothing_is_run(tmp_path):
    mark = tmp_path / "mark"
    deny = ("ALL: ALL: spawn /usr/bin/touch %s\n" % mark).encode()
    assert ask_tcpdmatch(Root("/"), b"", deny, Request(daemon="sshd", address="10.1.2.3")).access == "denied"
    for option in ("aclexec", "ACL\\\nexec"):
        deny = ("ALL: ALL: %s /usr/bin/touch %s\n" % (option, mark)).encode()
        assert ask_tcpdmatch(Root("/"), b"", deny, Request(daemon="sshd", address="10.1.2.3")).access is None
    assert not mark.exists()


def test_other_hosts_and_unreadable_tables(tmp_path):
    request = Request(daemon="sshd", address="10.1.2.3")
    assert "image" in ask_tcpdmatch(Root(str(tmp_path)), ALLOW, DENY, request).reason
    assert "read" in ask_tcpdmatch(Root("/"), Unreadable(13), DENY, request).reason
    assert ask_tcpdmatch(Root("/"), None, None, request).access == "granted"
