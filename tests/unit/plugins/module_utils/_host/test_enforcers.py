# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What stand-ins for sshd and nft are asked, and what is made of what the real ones print."""

import os

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import enforcers

# Takes any text (-f) that has no "bad" in it; what it has already is in a file beside it.
SSHD = """#!/bin/sh
here=$(dirname "$0")/config
[ "$2" = -f ] && here=$3
! grep -q bad "$here" || { echo "$here: line 1: bad" >&2; exit 255; }
"""


@pytest.fixture(name="sshd")
def fixture_sshd(tmp_path, monkeypatch):
    """The configuration that the stand-in has."""
    program = tmp_path / "sshd"
    program.write_text(SSHD)
    program.chmod(0o755)
    monkeypatch.setattr(enforcers, "find_program", lambda name: str(tmp_path / name))
    return tmp_path / "config"


@pytest.mark.parametrize(
    "there, text, words", [("", "", ""), ("", "bad", "the new text: line 1"), ("bad", "", "with its present files")]
)
def test_sshd_reads_nothing_that_ends_it(sshd, there, text, words):
    sshd.write_text(there)
    problem = enforcers.sshd_problem(text)
    assert (problem == "") is (words == "") and words in problem


#: What nft 1.0.6 (Debian 12) printed, in a network namespace of its own and as nobody; of LISTING the first part.
GONE = "Error: No such file or directory\nlist table inet portcullis\n                ^^^^^^^^^^\n"
NOTHING_TO_DELETE = "Error: Could not process rule: No such file or directory\ndelete table inet portcullis\n                  ^^^^^^^^^^\n"
FORBIDDEN = (
    "Operation not permitted (you must be root)\nnetlink: Error: cache initialization failed: Operation not permitted\n"
)
LISTING = (
    '{"nftables": [{"metainfo": {"version": "1.0.6", "json_schema_version": 1}}, {"table": {"name": "portcullis"}}]}\n'
)
TEXT = "table inet portcullis {\n\tchain i {\n\t\ttcp dport 22 accept\n\t}\n}\n"


@pytest.fixture(name="nft")
def fixture_nft(tmp_path, monkeypatch):
    """An nft that prints, complains and ends as it is told; its words are in a file."""

    def program(output="", errors="", status=0):
        (tmp_path / "output").write_text(output)
        (tmp_path / "errors").write_text(errors)
        here = str(tmp_path)
        (tmp_path / "nft").write_text(
            '#!/bin/sh\necho "$@" > %s/words\ncat %s/output\ncat %s/errors >&2\nexit %d\n' % (here, here, here, status)
        )
        (tmp_path / "nft").chmod(0o755)
        monkeypatch.setattr(enforcers, "find_program", lambda name: str(tmp_path / name))
        return tmp_path / "words"

    return program


def test_the_table_that_is_in_the_kernel(nft):
    words = nft(LISTING)
    assert enforcers.nft_listing()["nftables"][1] == {"table": {"name": "portcullis"}}
    assert words.read_text() == "-j list table inet portcullis\n"
    nft(TEXT)
    assert enforcers.nft_text() == TEXT.encode()


@pytest.mark.parametrize(
    "output, errors, status, listing, text",
    [
        ("", GONE, 1, {"nftables": []}, b""),
        ("", FORBIDDEN, 1, None, None),
        ("no json", "", 0, None, b"no json"),
        ("[]", "", 0, None, b"[]"),
    ],
)
def test_no_table_is_something_else_than_no_answer(nft, output, errors, status, listing, text):
    nft(output, errors, status)
    assert enforcers.nft_listing() == listing and enforcers.nft_text() == text


def test_a_table_is_loaded_and_taken_away(nft):
    words = nft()
    assert enforcers.nft_load("/etc/portcullis.nft") == "" and words.read_text() == "-f /etc/portcullis.nft\n"
    assert enforcers.nft_remove() == "" and words.read_text() == "delete table inet portcullis\n"
    nft("", NOTHING_TO_DELETE, 1)
    assert enforcers.nft_remove() == ""
    nft("", FORBIDDEN, 1)
    assert enforcers.nft_remove() == enforcers.nft_load("/x") == "Operation not permitted (you must be root)"


def test_a_text_that_the_kernel_would_not_take(nft):
    """The complaint names the file; here the one that was made for the question, which is gone afterwards."""
    words = nft()
    complaint = "$3:1:16-18: Error: syntax error, unexpected string"
    (words.parent / "nft").write_text(
        '#!/bin/sh\ncp "$3" %s/given\necho "%s" >&2\nexit 1\n' % (words.parent, complaint)
    )
    assert enforcers.nft_problem("table inet x { bad }\n") == complaint.replace("$3", "the new text")
    assert (words.parent / "given").read_text() == "table inet x { bad }\n"
    (words.parent / "nft").write_text("#!/bin/sh\nexit 4\n")
    assert enforcers.nft_problem("x") == "exit status 4"


def test_a_program_that_cannot_be_started_is_told(nft, monkeypatch):
    nft()
    monkeypatch.setattr(enforcers, "find_program", lambda name: "/none/" + name)
    assert "cannot run /none/nft: No such file or directory" in enforcers.nft_problem("x")


def test_a_host_without_the_programs(monkeypatch):
    monkeypatch.setattr(enforcers, "find_program", lambda name: None)
    assert (enforcers.nft_listing(), enforcers.nft_text(), enforcers.nft_remove()) == (None, None, "")
    assert enforcers.nft_load("/x") == enforcers.nft_problem("x") == "nft is not there"
    assert enforcers.sshd_banner() is None and enforcers.sshd_problem() == "sshd is not there"
    assert enforcers.sshd_servers_problem() == ""
    assert enforcers.sshd_effective("addr=192.0.2.1") == (False, "sshd is not there")


def test_what_sshd_says_of_itself_and_of_a_client(sshd):
    """OpenSSH 9.2 of Debian 12 writes its release to the standard error."""
    program = sshd.parent / "sshd"
    program.write_text(
        '#!/bin/sh\n[ "$1" = -V ] && { echo "OpenSSH_9.2, OpenSSL 3.0.22 25 Aug 2026" >&2; exit; }\necho "port 22"\necho "$@"\n'
    )
    assert enforcers.sshd_banner().startswith("OpenSSH_9.2,")
    assert enforcers.sshd_effective("addr=192.0.2.1") == (True, "port 22\n-T -C addr=192.0.2.1\n")
    program.write_text("#!/bin/sh\necho '/x line 1: no argument after keyword \"Bad\"' >&2\nexit 255\n")
    assert enforcers.sshd_effective("addr=192.0.2.1") == (False, '/x line 1: no argument after keyword "Bad"')


def test_each_server_is_tried_with_the_options_that_it_was_started_with(sshd, monkeypatch):
    program = sshd.parent / "sshd"
    program.write_text('#!/bin/sh\n[ "$*" = "-t -f /etc/ssh/second.conf" ] || exit 0\necho "no hostkeys" >&2\nexit 1\n')
    started = [(7, ["-D"])]
    monkeypatch.setattr(enforcers, "servers", lambda: started)
    assert enforcers.sshd_servers_problem() == ""
    started.append((8, ["-f", "/etc/ssh/second.conf"]))
    assert enforcers.sshd_servers_problem() == (
        "process 8 (sshd -f /etc/ssh/second.conf) would end if it were told to read its files again: no hostkeys"
    )


def test_the_folder_that_sshd_wants_is_made_for_the_question(sshd, tmp_path, monkeypatch):
    """As `sshd -t` of Debian 12 says it where no server runs; where the folder cannot be made its word counts."""
    made, (make, remove) = [], (os.mkdir, os.rmdir)
    program = sshd.parent / "sshd"
    program.write_text(
        "#!/bin/sh\n[ -d %s/run ] || { echo 'Missing privilege separation directory: /run/sshd' >&2; exit 255; }\n"
        % tmp_path
    )
    monkeypatch.setattr(enforcers.os, "mkdir", lambda path, mode: made.append(path) or make(str(tmp_path / "run")))
    monkeypatch.setattr(enforcers.os, "rmdir", lambda path: made.append(path) or remove(str(tmp_path / "run")))
    assert enforcers.sshd_problem() == "" and made == ["/run/sshd", "/run/sshd"]
    assert not (tmp_path / "run").exists()

    def refused(*_arguments):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(enforcers.os, "mkdir", refused)
    assert enforcers.sshd_problem() == "Missing privilege separation directory: /run/sshd"
