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


_RUN, _NAMED = ("error", "opens"), ("warning", "none")


@pytest.mark.parametrize("rule, found", [
    ("spawn (/bin/true; /home/tell %a) &", [_RUN]),
    ("twist /home/tell", [_RUN]),
    ("aclexec /home/tell", [_RUN]),
    ("banners /home/tell", [("info", "none")]),
    ("spawn /bin/true", []),
    ("spawn echo /home/tell", []),  # its text
    # written otherwise
    ('spawn "/home/tell" %a', [_RUN]),
    ("spawn '/home/tell'", [_RUN]),
    ("spawn /home/te\\\\ll", [_RUN]),
    ("spawn /home/tell*", [_RUN]),
    ("spawn /home/$X/tell", [_RUN]),
    ("spawn /home/tell/%d", [_RUN]),
    ("spawn 2>/dev/null /home/tell", [_RUN]),
    ("spawn exec -c /home/tell", [_RUN]),
    ("spawn X=1 /home/tell", [_RUN]),
    ("spawn echo $(/home/tell)", [_RUN]),
    ('spawn echo "`/home/tell`"', [_RUN]),
    # given to what runs it
    ("spawn sh /home/tell", [_RUN]),
    ("aclexec /bin/sh -e /home/tell %a", [_RUN]),
    ("twist /usr/bin/python3.11 -u /home/tell", [_RUN]),
    ("spawn . /home/tell", [_RUN]),
    ("spawn sh -c '/bin/true; /home/tell'", [_RUN]),
    ("spawn sudo -u root nice -n 5 sh -c 'exec perl /home/tell'", [_RUN]),
    ("spawn env A=b /home/tell", [_RUN]),
    ("spawn timeout 5 /bin/sh /home/tell", [_RUN]),
    ("spawn sh </home/tell", [_RUN]),
    ("spawn perl -I/home/tell -e 1", [_RUN]),
    ("spawn cd /home && ./tell", [_NAMED, _RUN]),
    ("spawn cd /home; sh tell", [_NAMED, _RUN]),
    ("spawn cd /home; cd alice; ./tell", [_NAMED, _RUN]),
    # run as another user than root
    ("spawn /usr/bin/sudo -u alice /home/tell %a", [_NAMED]),
    ("spawn sudo --user=alice -- sh /home/tell", [_NAMED]),
    ("spawn /usr/sbin/runuser -u alice -- /home/tell", [_NAMED]),
    ("spawn /bin/su alice -c /home/tell", [_NAMED]),
    ("spawn su - alice -c 'cd /; /home/tell'", [_NAMED]),
    ("spawn setpriv --reuid alice /home/tell", [_NAMED]),
    ("spawn nice sudo -u alice env A=b /home/tell", [_NAMED]),
    ("spawn sudo -u alice true; /home/tell", [_RUN]),
    ("spawn sudo /home/tell", [_RUN]),
    ("spawn su -c /home/tell", [_RUN]),
    ("spawn su root -c /home/tell", [_RUN]),
    ("spawn setpriv --reuid 0 /home/tell", [_RUN]),
    ("spawn LD_PRELOAD=/home/tell sudo -u alice true", [_RUN]),
    # found by a variable
    ("spawn LD_PRELOAD=/home/tell /bin/true", [_RUN]),
    ("spawn env PATH=/bin\\:/home/tell logger", [_RUN]),
    ("setenv PATH /bin\\:/home/tell", [_RUN]),
    ("setenv LD_PRELOAD /home/tell", [_RUN]),
    # read or written
    ("setenv FILE /home/tell", [_NAMED]),
    ("spawn FILE=/home/tell logger x", [_NAMED]),
    ("spawn cat /home/tell", [_NAMED]),
    ("twist /bin/cat '/home/tell'", [_NAMED]),
    ("spawn logger --file=/home/tell", [_NAMED]),
    ("spawn (echo %a >> /home/tell)", [_NAMED]),
    ("spawn mail root </home/tell", [_NAMED]),
    ("spawn sh /bin/cat /home/tell", [_NAMED]),
    ("spawn cat /home/tell; sh /home/tell", [_RUN]),  # once
])  # fmt: skip
def test_what_somebody_else_than_root_may_replace(rule, found):
    policy = Policy.parse("sshd: ALL: %s\n" % rule, "", "debian", _OfAlice())
    told = [one for one in policy.findings() if one.code == "program-replaceable"]
    assert [(one.severity, one.effect) for one in told] == found
    assert all("which user alice can" in one.message and "'/home" in one.message for one in told)


class _OfAlice(Lookups):
    def who_changes(self, path):
        return "user alice" if path.startswith("/home") else None


def test_a_third_field_that_is_a_command_alone():
    policy = Policy.parse("sshd: ALL: sh /home/tell\n", "", "upstream-classic", _OfAlice())
    (told,) = [one for one in policy.findings() if one.code == "program-replaceable"]
    assert told.severity == "error" and "the command runs '/home/tell', which user alice can replace" in told.message


def test_a_program_that_a_user_may_put_there_is_not_known_to_be_missing(tmp_path):
    """What aclexec answers is the user's choice from the next moment on."""
    for folder, mode in (("users", 0o777), ("roots", 0o755)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder).chmod(mode)
    lookups = HostLookups(Root(str(tmp_path)))
    assert lookups.aclexec_status("/roots/gone %a") == 127
    assert lookups.aclexec_status("/users/gone %a") is None
