# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The variables of a unit's command line: the words are those that systemd 252 and 257 started a program with."""

import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import systemd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.systemd_environment import (
    environment,
    file_values,
    filled,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.systemd_syntax import settings

FILE = (
    '# of the package\n; too\nA=one two\nB=\'x  y\' \nC="-o \\"P q\\""\nD=a\\\nb\nE=\nnothing\nexport F=1\n G = s t  \n'
)


def of(text, **files):
    files = {"/etc/default/" + name: data for name, data in files.items()}
    return environment(settings("[Service]\n" + text, "/x"), TextSources(files))


def test_a_file_of_variables():
    assert file_values(FILE) == {"A": "one two", "B": "x  y", "C": '-o "P q"', "D": "ab", "E": "", "G": "s t"}


def test_the_words_of_a_command():
    known = of('EnvironmentFile=-/etc/default/foo\nEnvironment=A=lost "H=h i" X=%i\n', foo=FILE)
    words = ("-D", "$A", "${A}", "$B", "$C", "$E", "${E}", "$NONE", "a${H}b", "$$x", "$X", "${X}", "$A-b")
    assert filled(words, known) == (
        "-D", "one", "two", "one two", "x", "y", "-o", "P q", "", "ah ib", "$x", "$X", "${X}",
    )  # fmt: skip


@pytest.mark.parametrize(
    "text, value",
    [
        ("EnvironmentFile=-/etc/default/none\n", ""),
        ("EnvironmentFile=/etc/default/f*\n", None),
        ("EnvironmentFile=/etc/default/%p\n", None),
        ("PassEnvironment=A\n", None),
        ("PassEnvironment=B\n", ""),
        ("Environment=A=1\nUnsetEnvironment=A\n", ""),
        ("Environment=A=1\nUnsetEnvironment=A=2\n", "1"),
        ("Environment=A=1\nEnvironment=\n", ""),
    ],
)
def test_what_is_set_and_what_cannot_be_told(text, value):
    assert of(text, foo="A=1\n").value("A") == value


def test_a_service_is_known_with_the_words_that_it_is_started_with():
    files = {
        "/usr/lib/systemd/system/ssh.socket": "[Socket]\nListenStream=22\nAccept=yes\n",
        "/usr/lib/systemd/system/ssh@.service": "[Service]\nEnvironmentFile=-/etc/default/ssh\n"
        "ExecStart=-/usr/sbin/sshd -i $SSHD_OPTS\nStandardInput=socket\n",
        "/etc/default/ssh": 'SSHD_OPTS="-f /etc/other -o Port=3"\n',
    }
    (entry,) = systemd.read(TextSources(files)).entries
    assert entry.args == ("-i", "-f", "/etc/other", "-o", "Port=3")
    files["/etc/default/ssh"] = "SSHD_OPTS=\n"
    assert systemd.read(TextSources(files)).entries[0].args == ("-i",)


SOCKET = {"/usr/lib/systemd/system/a-u\\x2dk.socket": "[Socket]\nListenStream=22\nAccept=yes\n"}


@pytest.mark.parametrize(
    "lines, daemon, args, untold",
    [
        ("ExecStart=-@/usr/sbin/tcpd /usr/local/sbin/in.%j -%p %P %% %t\n", "in.u\\x2dk", ("-a-u\\x2dk", "a/u-k", "%", "/run"), None),
        ("ExecStart=-@/usr/sbin/tcpd /usr/local/sbin/in.%J\n", "in.u-k", (), None),
        ("Environment=PROG=/opt/in.%J\nExecStart=-@/usr/sbin/tcpd ${PROG} -x\n", "in.u-k", ("-x",), None),
        ("Environment=\"PROG=/opt/in.l -y\"\nExecStart=-@/usr/sbin/tcpd $PROG -x\n", "in.l", ("-y", "-x"), None),
        ("ExecStart=-@/usr/sbin/tcpd /opt/in.%i %I\n", "in.%i", ("%I",), "/opt/in.%i"),
        ("PassEnvironment=PROG\nExecStart=-@/usr/sbin/tcpd ${PROG} -x\n", "${PROG}", ("-x",), "${PROG}"),
        ("ExecStart=-/opt/%j/in.%i\n", "in.%i", (), "/opt/%j/in.%i"),
    ],
)  # fmt: skip
def test_specifiers_are_filled_in_and_those_of_an_instance_are_not_told(lines, daemon, args, untold):
    """The words are those that systemd 252 and 257 started a program with."""
    files = dict(SOCKET, **{"/usr/lib/systemd/system/a-u\\x2dk@.service": "[Service]\n" + lines})
    (entry,) = systemd.read(TextSources(files)).entries
    assert (entry.daemon, entry.args) == (daemon, args)
    assert dict(entry.attributes).get("untold_name") == untold


@pytest.mark.parametrize(
    "text, value",
    [
        (
            "EnvironmentFile=/etc/default/one\nEnvironmentFile=/etc/default/two\nEnvironmentFile=-/etc/default/one\n",
            "1",
        ),
        ("EnvironmentFile=/etc/default/one\nEnvironmentFile=-/etc/default/two\n", "2"),
    ],
)
def test_a_file_that_is_named_twice_counts_where_it_is_named_last(text, value):
    assert of(text, one="A=1\n", two="A=2\n").value("A") == value


def test_files_of_variables_cost_time_in_proportion_to_what_they_hold():
    """Two thousand times the same file, or many files, did not end."""
    begin = time.process_time()
    assert of("EnvironmentFile=/etc/default/e\n" * 2000, e="a\n" * 32000 + "A=1\n").value("A") == "1"
    files = {"e%d" % number: "a=\n" * 16000 for number in range(2000)}
    known = of("".join("EnvironmentFile=/etc/default/%s\n" % name for name in files), **files)
    assert known.unknown == "EnvironmentFile=/etc/default/e2" and known.value("A") is None
    assert time.process_time() - begin < 5


@pytest.mark.parametrize("words", [("/opt/x", "${A}" * 60000), ("${A}",) * 60000, ("$A",) * 60000])
def test_a_command_line_longer_than_any_stays_as_written(words):
    known = of("Environment=A=" + "x" * 100000 + "\n")
    assert filled(words, known) == words
    assert filled(words[:1], of("Environment=A=1\n"))[0] in ("/opt/x", "1")


def test_a_line_of_specifiers_stays_as_written():
    name = "a" * 240
    files = {
        "/usr/lib/systemd/system/%s.socket" % name: "[Socket]\nListenStream=22\nAccept=yes\n",
        "/usr/lib/systemd/system/%s@.service" % name: "[Service]\nExecStart=/opt/x " + "%p " * 20000 + "%p" * 20000,
    }
    (entry,) = systemd.read(TextSources(files)).entries
    assert entry.args[0] == name and entry.args[-1] == "%p" * 20000 and entry.args[-2] == "%p"


@pytest.mark.parametrize("text, values", [
    # each as a service of systemd 257 got it (Debian 13)
    ('A="in.x" trailing\n', {"A": "in.xtrailing"}),
    ('B=in"x"y\n', {"B": 'in"x"y'}),
    ("C='a' 'b'\n", {"C": "ab"}),
    ('D="a"b"c"\n', {"D": 'ab"c"'}),
    ("E=a\\ b\n", {"E": "a b"}),
    ("F=a 'b' c  \n", {"F": "a 'b' c"}),
    ("G=  x\n", {"G": "x"}),
    ('H="a" \n', {"H": "a"}),
    ("I='a\\b'\n", {"I": "a\\b"}),
    ('J="a\\b\\$c\\"d"\n', {"J": 'a\\b$c"d'}),
    ('K=a\\"b\n', {"K": 'a"b'}),
    ('L="a\nb" c\n', {"L": "a\nbc"}),
    ('M="a"\\\n b\n', {"M": "a b"}),
    ('N=x"\nO=q\n', {"N": 'x"', "O": "q"}),
])  # fmt: skip
def test_quotes_of_a_file_of_variables(text, values):
    assert file_values(text) == values


@pytest.mark.parametrize(
    "file, known",
    [
        ("A=1\n", True),
        ("A=1\tx\n", True),
        ("A=1\rLD_PRELOAD=/home/alice/evil.so\n", False),
        ("# x\rLD_PRELOAD=/home/alice/evil.so\n", False),
        ("garbage\rLD_PRELOAD=/home/alice/evil.so\n", False),
        ("A=1\x0bB=2\n", False),
    ],
)
def test_of_a_file_of_variables_with_control_characters_nothing_is_known(file, known):
    """systemd 257 ends an assignment, a comment and other lines at a carriage return, too."""
    assert (of("EnvironmentFile=/etc/default/foo\n", foo=file).unknown == "") is known


def test_a_carriage_return_ends_a_line_of_a_unit():
    found = settings("[Service]\r\nUser=a\rEnvironment=LD_PRELOAD=/evil.so\0Group=b\n", "/x")
    assert [(one.key, one.value) for one in found] == [
        ("User", "a"),
        ("Environment", "LD_PRELOAD=/evil.so"),
        ("Group", "b"),
    ]
