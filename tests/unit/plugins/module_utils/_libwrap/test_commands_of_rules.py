# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a rule runs: which words of a command are programs, and what their absence does."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.lookups import HostLookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lint.commands import programs_of
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy


# the words that sh(1) takes for the name of a command
@pytest.mark.parametrize("command, programs", [
    (b"/usr/local/bin/ask %a", [b"/usr/local/bin/ask"]),
    (b"(/usr/sbin/safe_finger -l @%h | /usr/bin/mail root) &", [b"/usr/sbin/safe_finger", b"/usr/bin/mail"]),
    (b"LANG=C exec /bin/x; /bin/y && /bin/z", [b"/bin/x", b"/bin/y", b"/bin/z"]),
    (b"echo /bin/x '; /bin/y'", []),
    (b"/opt/%d/x", []),  # it is called after the daemon
    (b"/bin/x\\; /bin/y", []),  # one word with a semicolon
    (b"$HOME/x", []),
    (b"", []),
])  # fmt: skip
def test_programs(command, programs):
    assert programs_of(command) == programs


@pytest.fixture(name="lookups")
def fixture_lookups(tmp_path):
    for name, mode in (("runs", 0o755), ("text", 0o644)):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(mode)
    (tmp_path / "banners").mkdir()
    return HostLookups(Root(str(tmp_path)))


@pytest.mark.parametrize("allow, deny, found", [
    ("sshd: ALL: aclexec /runs %a", "", []),
    ("sshd: ALL: aclexec /gone %a", "", [("error", "closes")]),
    ("sshd: ALL: aclexec /text", "", [("error", "closes")]),
    ("", "sshd: ALL: aclexec /gone", [("error", "opens")]),
    ("sshd: ALL: spawn /gone %a", "", [("warning", "none")]),
    ("sshd: ALL: spawn (/runs %a | /banners) &", "", [("warning", "none")]),
    ("sshd: ALL: twist /gone", "", [("error", "closes")]),
    ("sshd: ALL: banners /banners", "", []),
    ("sshd: ALL: banners /runs", "", [("warning", "none")]),
])  # fmt: skip
def test_findings(lookups, allow, deny, found):
    policy = Policy.parse(allow and allow + "\n", deny and deny + "\n", "debian", lookups)
    told = [one for one in policy.findings() if one.code == "program-missing"]
    assert [(one.severity, one.effect) for one in told] == found


def test_nothing_is_said_where_the_host_is_not_known():
    policy = Policy.parse("sshd: ALL: aclexec /gone %a\n", "", "debian")
    assert "program-missing" not in {one.code for one in policy.findings()}


@pytest.mark.parametrize("rule, found", [
    ("sshd: ALL: spawn (/bin/true; /home/tell %a) &", [("error", "opens", "/home/tell")]),
    ("sshd: ALL: twist /home/tell", [("error", "opens", "/home/tell")]),
    ("sshd: ALL: aclexec /home/tell", [("error", "opens", "/home/tell")]),
    ("sshd: ALL: banners /home", [("info", "none", "/home")]),
    ("sshd: ALL: spawn /bin/true", []),
    ("sshd: ALL: spawn echo /home/tell", []),
])  # fmt: skip
def test_what_somebody_else_than_root_may_replace(rule, found):
    class Host(Lookups):
        def who_changes(self, path):
            return "user alice" if path.startswith("/home") else None

    policy = Policy.parse(rule + "\n", "", "debian", Host())
    told = [one for one in policy.findings() if one.code == "program-replaceable"]
    assert [(one.severity, one.effect) for one in told] == [entry[:2] for entry in found]
    assert all("'%s', which user alice can" % entry[2] in one.message for one, entry in zip(told, found))
