# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile text takes a regular expression, a pattern of file names or a rewrite no longer than its length says: some of these took hours, or for ever."""

import contextlib
import fnmatch
import itertools
import random
import signal

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.lookups import HostLookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_questions import (
    without_comments,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.file_names import fits
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lint.commands import lone_program
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd, inetd_rewrite
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import xinetd, xinetd_rewrite
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources

MEBIBYTE = 1 << 20


@contextlib.contextmanager
def seconds(most):
    """So much time of the processor is enough, on any machine."""

    def stop(_number, _frame):
        raise AssertionError("more than %d seconds of the processor" % most)

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, most)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.mark.parametrize("end, program", [(b"", b"/bin/x"), (b";", None), (b"a", b"/bin/x"), (b"a ;", None)])
def test_a_command_of_blanks(end, program):
    with seconds(20):
        assert lone_program(b"/bin/x" + b" \t" * 1000 + end) == program


@pytest.mark.parametrize("begin", ["{%", "<%", "{{", "$", "{% <%"])
def test_a_table_of_templates_that_do_not_end(begin):
    with seconds(20):
        Policy.parse(("sshd: " + begin * (2000 // len(begin)) + "\n") * 3000, "ALL: ALL\n", "debian").findings()


@pytest.mark.parametrize("text", ["{% a %}", "{% {% b %}", "<% c %>", "<% <%= d %>"])
def test_templates_are_found_as_ever(text):
    findings = Policy.parse("sshd: %s\n" % text, "ALL: ALL\n", "debian").findings()
    assert "impossible-character" in [found.code for found in findings]


@pytest.mark.parametrize("piece", ["/* ", '"\\', '"\\"', '"', "/*/", "#", "/"])
def test_a_configuration_of_comments_that_do_not_end(piece):
    with seconds(20):
        without_comments((piece * 300 + "\n") * (MEBIBYTE // len(piece) // 300))


@pytest.mark.parametrize("piece", ["[", "[a", "[[]"])
def test_a_line_of_brackets_in_nsswitch(scratch, piece):
    scratch.write("etc/nsswitch.conf", "netgroup: files " + piece * MEBIBYTE + "\n")
    with seconds(20):
        HostLookups(Root(str(scratch.image))).in_netgroup("g", "h")


def test_a_pattern_of_many_stars():
    with seconds(20):
        assert not fits("a" * 200, "*a" * 30 + "b")
        assert not fits("a" * 200, "*[a]" * 30 + "*?b*")
        assert fits("a" * 200 + "b", "*a" * 30 + "b")


@pytest.mark.parametrize("piece", ["[", "[!", "[a", "[]", "[!]", "[]a-", "-", "?", "*[", "[[a]", "[a-"])
def test_a_pattern_of_brackets_without_end(piece):
    for begin, end in (("", ""), ("[", "]"), ("[", "x]"), ("*", "*")):
        with seconds(20):
            assert not fits("xyz", begin + piece * MEBIBYTE + end)
            assert (
                sum(fits("xyz", "%s%s%s%d" % (begin, piece * (1000 // len(piece)), end, one)) for one in range(30)) == 0
            )


def test_patterns_stand_for_what_pythons_own_do():
    letters = ["a", "b", "*", "?", "[", "]", "!", "-", "[ab]", "[!a]", "[]a]", "[a-c]", "."]
    chance = random.Random(14)
    patterns = ["".join(chance.choice(letters) for _letter in range(chance.randrange(7))) for _one in range(1000)]
    names = ["".join(name) for length in range(4) for name in itertools.product("ab]", repeat=length)] + [
        "[a",
        "a-b",
        "!",
    ]
    for pattern in patterns:
        fitting = [name for name in names if fnmatch.fnmatchcase(name, pattern)]
        assert (pattern, [name for name in names if fits(name, pattern)]) == (pattern, fitting)


def test_comments_of_ours_without_end_above_a_service():
    line = "ftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd\n"
    config = inetd.read("#portcullis: x\n" * 100000 + line)
    (service,) = config.entries
    with seconds(20):
        assert inetd_rewrite.obstacle(config, service, "/usr/sbin/tcpd") is None
        wrapped = inetd_rewrite.wrap(config, [service], "/usr/sbin/tcpd")
    assert wrapped.endswith(" /usr/sbin/tcpd /usr/sbin/in.ftpd\n")


def test_a_line_of_flags_without_end():
    text = "service ftp\n{\n\tserver = /usr/sbin/tcpd\n\tserver_args = /usr/sbin/in.ftpd\n\tflags = NAMEINARGS%s REUSE\n}\n"
    read = xinetd.read(TextSources({"/etc/xinetd.conf": text % (" NOLIBWRAP" * 50000)}))
    (service,) = read.entries
    with seconds(20):
        ((_path, unwrapped),) = xinetd_rewrite.unwrap(read, [service]).items()
    assert "\tflags = REUSE\n" in unwrapped
