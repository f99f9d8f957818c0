# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random rule files: the engine answers as the installed libwrap does, live and as tcpdmatch asks (fuzz_libwrap.py runs on)."""

import pathlib
import secrets
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "oracle"))
import differences
from libwrap import Question

QUESTIONS = 40000


@pytest.fixture(name="comparison")
def fixture_comparison():
    with differences.Comparison() as comparison:
        yield comparison


def test_random_rule_files(comparison):
    seed = secrets.randbits(32)
    difference = comparison.fuzz(seed, QUESTIONS)
    assert difference is None, "python3 tests/real/fuzz_libwrap.py --seed %d --questions %d\n%s" % (
        seed,
        QUESTIONS,
        difference,
    )
    assert comparison.asked >= QUESTIONS
    # about a third of the answers come from a rule, by the seed a little more or less
    assert comparison.matched > comparison.asked / 5


def test_a_difference_is_found_and_shrunk(comparison, monkeypatch):
    right = differences.ask_engine

    def wrong(policy, machine, question, live):
        answer = right(policy, machine, question, live)
        return answer if b"10.1.2.3" not in policy.allow.data else ("denied", None, None, [])

    monkeypatch.setattr(differences, "ask_engine", wrong)
    tables = (b"# one\nin.ftpd: ALL\nsshd: 192.168. 10.1.2.3 .example.com\nx: y\n", b"ALL: ALL\n")
    found = comparison.differences(tables, [Question("sshd", "192.168.1.77")])
    assert [(one.live, one.libwrap[:3]) for one in found] == [
        (True, ("granted", "allow", 3)),
        (False, ("granted", "allow", 3)),
    ]
    assert comparison.shrink(found[0]).tables == (b"10.1.2.3", b"")


def test_the_server_records_instead_of_acting(comparison):
    libwrap = comparison.libwraps[True]
    libwrap.write(
        "allow",
        b"a: ALL: setenv A %c: umask 022: nice 3: linger 4: keepalive: spawn touch /tmp/%d\n"
        b"b: ALL: aclexec /bin/false\nc: ALL: twist echo %a\nd: @home: allow\n",
    )
    libwrap.write("deny", b"ALL: ALL\n")
    questions = [
        Question("a", "10.1.2.3", user="bob"),
        Question("b", aclexec_status="1"),
        Question("c", "10.1.2.3"),
        Question("d", name="gw"),
        Question("d", name="x"),
    ]
    assert libwrap.ask(questions) == [
        (
            "granted",
            "allow",
            1,
            ["setenv A=bob@10.1.2.3", "umask 22", "nice 3", "linger 4", "keepalive", "spawn touch /tmp/a"],
        ),
        ("denied", "deny", 1, []),
        ("delegated", "allow", 3, ["twist echo 10.1.2.3"]),
        ("granted", "allow", 4, []),
        ("denied", "deny", 1, []),
    ]


def test_a_file_of_hosts_that_names_itself_crashes_libwrap(comparison, tmp_path):
    path = str(tmp_path / "hosts")
    text = "10.1.2.3 %s 10.9.9.9\n" % path
    (tmp_path / "hosts").write_text(text)
    tables = ("sshd: %s\n" % path).encode(), b"ALL: ALL\n"
    questions = [Question("sshd", "10.1.2.3"), Question("sshd", "10.9.9.9"), Question("x", "10.9.9.9")]
    found = comparison.differences(tables, questions)
    assert [(one.question.address, one.libwrap[0], one.engine[:3]) for one in found] == [
        ("10.9.9.9", "signal 11", ("aborted", None, None))
    ] * 2


def test_a_file_of_hosts_is_found_by_every_spelling_of_its_path(comparison, tmp_path):
    (tmp_path / "hosts").write_text("10.1.2.3\n")
    parent, name = str(tmp_path.parent), tmp_path.name
    for path in ("%s//%s/hosts", "/" + "%s/./%s/hosts", "%s/%s/../" + name + "/hosts", "%s/%s/hosts/", "%s/%s"):
        rule = ("sshd: %s\n" % (path % (parent, name))).encode()
        assert comparison.differences((rule, b"ALL: ALL\n"), [Question("sshd", "10.1.2.3")]) == [], path
