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
    # behind the words of the program that starts it
    ("spawn (/usr/bin/flock /run/trap.lock /home/tell flock) &", [_RUN]),
    ("spawn flock -n /run/l /home/tell", [_RUN]),
    ("spawn flock -w 5 -- /run/l sh /home/tell", [_RUN]),
    ("spawn exec -a foo /home/tell", [_RUN]),
    ("spawn chroot / /home/tell", [_RUN]),
    ("spawn strace -o /dev/null /home/tell", [_RUN]),
    ("spawn xargs -a /dev/null /home/tell", [_RUN]),
    ("spawn script /dev/null -c /home/tell", [_RUN]),
    ("spawn bash --rcfile /dev/null /home/tell", [_RUN]),
    ("spawn perl -I/usr/lib/x -w /home/tell", [_RUN]),
    ("spawn bwrap --bind / / /home/tell", [_RUN]),
    ("spawn sg adm -c /home/tell", [_RUN]),
    ("spawn sg mail -c /home/tell", [_RUN]),
    ("spawn trap /home/tell EXIT", [_RUN]),
    ("spawn trap 'sh /home/tell' EXIT", [_RUN]),
    ("spawn run-parts /home/tell", [_RUN]),
    ("spawn watch /home/tell", [_RUN]),
    ("spawn prlimit --nofile=1 /home/tell", [_RUN]),
    ("spawn numactl -N0 /home/tell", [_RUN]),
    ("spawn linux32 /home/tell", [_RUN]),
    ("spawn setarch x86_64 /home/tell", [_RUN]),
    ("spawn ip netns exec ns /home/tell", [_RUN]),
    ("spawn find /etc -exec /home/tell \\;", [_RUN]),
    ("spawn find /etc -name x -execdir sh /home/tell \\;", [_RUN]),
    ("spawn tar xf /root/x.tar --to-command=/home/tell", [_RUN]),
    ("spawn sed -f /home/tell /etc/motd", [_RUN]),
    ("spawn coproc /home/tell", [_RUN]),
    ("spawn pkexec /home/tell", [_RUN]),
    ("spawn parallel /home/tell", [_RUN]),
    ("spawn rbash /home/tell", [_RUN]),
    ("spawn java -jar /home/tell", [_RUN]),
    ("spawn $SHELL /home/tell", [_RUN]),
    ("spawn X=/home/tell; $X %a", [_RUN]),
    ("spawn X=/home/tell; nice sh $X", [_RUN]),
    ("spawn for f in /home/tell; do sh $f; done", [_RUN]),
    ("spawn awk -f /home/tell /etc/motd", [_RUN]),
    ("spawn at -f /home/tell now", [_RUN]),
    ("spawn nice flock /run/l env -u mail timeout -k 5 9 sh -e /home/tell", [_RUN]),
    ("spawn sh -c '$0' /home/tell", [_RUN]),
    ("spawn sh -c 'exec \"$@\"' x /home/tell", [_RUN]),
    ("spawn su -c '$1' root x /home/tell", [_RUN]),
    ("spawn perl -e 'exec @ARGV' x /home/tell", [_RUN]),
    # as root, whatever the group
    ("spawn su -g adm -c /home/tell", [_RUN]),
    ('spawn (su -g adm -c "/home/tell sug") &', [_RUN]),
    ("spawn runuser -g adm -c /home/tell", [_RUN]),
    ("spawn su -w LANG -c /home/tell", [_RUN]),
    ("spawn su -g mail -c /home/tell", [_RUN]),
    ("spawn sudo -u \\#0 /home/tell", [_RUN]),
    ("spawn sudo -g adm /home/tell", [_RUN]),
    ("spawn gosu root /home/tell", [_RUN]),
    ("spawn gosu alice /home/tell", [_NAMED]),
    ("spawn su -g adm alice -c /home/tell", [_NAMED]),
    ("spawn su -s /bin/sh alice -c /home/tell", [_NAMED]),
    ("spawn sudo -g adm -u alice /home/tell", [_NAMED]),
    # put into the words of the other user's command by root's shell
    ('spawn (su alice -c "logger $(/home/tell su)") &', [_RUN]),
    ('spawn (runuser -u alice -- logger "$(date) $(/home/tell runuser)") &', [_RUN]),
    ('spawn sudo -u alice sh -c "logger `/home/tell`"', [_RUN]),
    ('spawn sudo -u alice sh -c "logger $(cat $(/home/tell))"', [_RUN]),
    ("spawn su alice -c 'logger $(/home/tell single)'", [_NAMED]),
    ('spawn su alice -c "cd /; /home/tell $(date)"', [_NAMED]),
    ('spawn su alice -c "logger \\$(/home/tell)"', [_NAMED]),
    # given to a shell as its text
    ("spawn (cat /home/tell | sh -s catsh) &", [_RUN]),
    ("spawn cat /home/tell | sh", [_RUN]),
    ("spawn cat /home/tell | tee /run/x | /bin/bash -o pipefail -x", [_RUN]),
    ("spawn cat /home/tell | sudo python3 -", [_RUN]),
    ("spawn cat /home/tell | su", [_RUN]),
    ("spawn cat /home/tell | (read a; sh)", [_RUN]),
    ("spawn (date; cat /home/tell) | sh", [_RUN]),
    ("spawn { cat /home/tell; date; } | sh", [_RUN]),
    ("spawn cat /home/tell | while read x; do sh; done", [_RUN]),
    ("spawn cat /home/tell | xargs sh -c", [_RUN]),
    ("spawn cat /home/tell | tee >(sh)", [_RUN]),
    ("spawn echo /home/tell | sh", [_RUN]),
    ("spawn cat /home/tell | at now", [_RUN]),
    ("spawn </home/tell sh", [_RUN]),
    ("spawn cat /home/tell | xargs -I{} sh -c {}", [_RUN]),
    ("spawn lckdo -w /run/l /home/tell", [_RUN]),
    ("spawn chronic /home/tell", [_RUN]),
    ("spawn hash -p /home/tell ls; ls", [_RUN]),
    ("spawn X=$(cat /home/tell); eval $X", [_RUN]),
    ('spawn X="$(cat /home/tell)"; eval "$X"', [_RUN]),
    ("spawn X=`cat /home/tell`; $X", [_RUN]),
    ('spawn cat /home/tell | while read a; do eval "$a"; done', [_RUN]),
    ("spawn chrt --other 0 sh -s </home/tell", [_RUN]),
    ("spawn setpriv --regid mail --clear-groups sh -s </home/tell", [_RUN]),
    ("spawn runuser -u root -- bash -o posix /home/tell", [_RUN]),
    ("spawn cat /home/tell | sudo sh -c bash", [_RUN]),
    ("spawn cat /home/tell | sh -c 'read a; sh'", [_RUN]),
    ("spawn sh -c 'read a; sh' < /home/tell", [_RUN]),
    ("spawn (sh) </home/tell", [_RUN]),
    ("spawn sh <<< /home/tell", [_RUN]),
    ("spawn eval `cat /home/tell`", [_RUN]),
    ("spawn eval $(cat /home/tell)", [_RUN]),
    ('spawn eval "$(cat /home/tell)"', [_RUN]),
    ("spawn $(cat /home/tell)", [_RUN]),
    ("spawn sh -c \"$(cat /home/tell)\"", [_RUN]),
    ("spawn bash <(cat /home/tell)", [_RUN]),
    ("spawn bash < <(cat /home/tell)", [_RUN]),
    ("spawn . <(cat /home/tell)", [_RUN]),
    ("spawn sudo -u alice bash <(cat /home/tell)", [_NAMED]),
    ("spawn cat /home/tell | sudo -u alice sh", [_NAMED]),
    # only read or written
    ('spawn mail -s "refused %a" root < /home/tell', [_NAMED]),
    ("spawn logger -f /home/tell", [_NAMED]),
    ("spawn logger `cat /home/tell`", [_NAMED]),
    ('spawn logger "$(cat /home/tell)"', [_NAMED]),
    ("spawn X=$(cat /home/tell); logger $X", [_NAMED]),
    ('spawn X="$(cat /home/tell)"; logger $X', [_NAMED]),
    ("spawn logger $(date) /home/tell", [_NAMED]),
    ("spawn cat /home/tell | mail root", [_NAMED]),
    ("spawn cat /home/tell | sh /root/task", [_NAMED]),
    ("spawn cat /home/tell | sh -c 'mail root'", [_NAMED]),
    ("spawn cat /home/tell | while read x; do logger $x; done", [_NAMED]),
    ("spawn cat /home/tell | xargs -n 1 ping", [_NAMED]),
    ("spawn cat /home/tell; date | sh", [_NAMED]),
    ("spawn (cat /home/tell | mail root); date | sh", [_NAMED]),
    ("spawn date | sh > /home/tell", [_NAMED]),
    ("spawn sh -e /root/task >> /home/tell", [_NAMED]),
    ("spawn sh -e /root/task /home/tell", [_NAMED]),
    ("spawn python3 -I /root/task /home/tell", [_NAMED]),
    ("spawn perl -w /root/task /home/tell", [_NAMED]),
    ("spawn flock /run/l cat /home/tell", [_NAMED]),
    ("spawn flock -n /run/l /usr/local/bin/ask /home/tell", [_NAMED]),
    ("spawn nice -n 5 cat /home/tell", [_NAMED]),
    ("spawn timeout 5 /bin/cat /home/tell", [_NAMED]),
    ("spawn exec ask /home/tell", [_NAMED]),
    ("spawn sudo logger -f /home/tell", [_NAMED]),
    ("spawn find /home/tell -name x -exec cat {} \\;", [_NAMED]),
    ("spawn find /home/tell -type f", [_NAMED]),
    ("spawn awk '{ print $1 }' /home/tell", [_NAMED]),
    ("spawn awk -f /root/p.awk /home/tell", [_NAMED]),
    ("spawn sed -n 1p /home/tell", [_NAMED]),
    ("spawn ip route add $(cat /home/tell)", [_NAMED]),
    ("spawn cat /home/tell | while read a; do timeout 5 ping $a; done", [_NAMED]),
    ("spawn env - head -n 9 /home/tell", [_NAMED]),
    ("spawn sg - mail -c 'head -n 9 /home/tell'", [_NAMED]),
    ("spawn sudo echo /home/tell", []),
    ("spawn (echo %a /home/tell | mail root) &", []),
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
