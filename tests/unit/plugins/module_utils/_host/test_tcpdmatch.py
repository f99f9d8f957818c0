# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The host's tcpdmatch, asked as a dry run. A program in its place prints what the real one printed (tcpdmatch -d of Debian 12, tcpd 7.6.q-32)."""

import stat

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.commands import TooSlow
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import tcpdmatch
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

ALLOW, DENY = b"sshd: 10.0.0.0/255.0.0.0\n", b"ALL: ALL\n"
GRANTED = "client:   address  10.0.0.1\\nserver:   process  sshd\\naccess:   granted\\n"
DENIED = "client:   address  192.0.2.1\\nserver:   process  sshd\\naccess:   denied\\n"
#: Of `sshd: ALL: twist /bin/echo no` for sshd@192.0.2.9 root@192.0.2.1.
DELEGATED = (
    "client:   address  192.0.2.1\\nclient:   username root\\nserver:   address  192.0.2.9\\n"
    "server:   process  sshd\\naccess:   delegated\\n"
)


@pytest.fixture
def program(tmp_path, monkeypatch):
    """A tcpdmatch that prints a text, and keeps its words and its folder."""

    def prints(text, errors="", status=0):
        path = tmp_path / "tcpdmatch"
        path.write_text(
            "#!/bin/sh\nprintf '%%s\\n' \"$@\" > %s/words\nls -ln > %s/listing\ncat hosts.allow > %s/allow 2>/dev/null\n"
            "pwd > %s/folder\nprintf '%s'\nprintf '%s' >&2\nexit %d\n"
            % (tmp_path, tmp_path, tmp_path, tmp_path, text, errors, status)
        )
        path.chmod(0o755)
        monkeypatch.setattr(tcpdmatch, "find_program", lambda name: str(path))
        return tmp_path

    return prints


def ask(allow=ALLOW, deny=DENY, root="/", **request):
    asked = Request(**dict({"daemon": "sshd", "address": "10.0.0.1"}, **request))
    return tcpdmatch.ask_tcpdmatch(Root(root), allow, deny, asked)


@pytest.mark.parametrize("text, access", [(GRANTED, "granted"), (DENIED, "denied"), (DELEGATED, "delegated")])
def test_what_it_prints_is_the_answer(program, text, access):
    program(text)
    assert ask() == (access, None)


def test_it_gets_copies_of_the_tables_that_nobody_else_reads(program):
    folder = program(DELEGATED)
    ask(address="192.0.2.1", user="root", server_address="192.0.2.9")
    assert (folder / "words").read_text().splitlines() == ["-d", "-i", "inetd.conf", "sshd@192.0.2.9", "root@192.0.2.1"]
    assert (folder / "allow").read_bytes() == ALLOW
    listing = [line.split() for line in (folder / "listing").read_text().splitlines()[1:]]
    assert [(words[0], words[-1]) for words in listing] == [
        (stat.filemode(stat.S_IFREG | 0o600), name) for name in ("hosts.allow", "hosts.deny", "inetd.conf")
    ]
    with pytest.raises(FileNotFoundError):
        open((folder / "folder").read_text().strip() + "/inetd.conf")


def test_a_table_that_does_not_exist_is_not_made(program):
    """Neither is there for the real one; without a table it grants, and a client without an address is `unknown`."""
    folder = program("server:   process  sshd\\naccess:   granted\\n")
    assert ask(None, None, address=None) == ("granted", None)
    assert (folder / "words").read_text().splitlines()[-1] == "unknown"
    assert "hosts." not in (folder / "listing").read_text()


@pytest.mark.parametrize(
    "text, errors, reason",
    [
        # the real one ended so, without a word, for the address 999.1.1.1
        ("", "", "tcpdmatch gave no answer"),
        ("", "warning: one\\nerror: no daemon \\377\\n", "tcpdmatch gave no answer: error: no daemon \\\\xff"),
        (GRANTED + DENIED, "", "tcpdmatch gave no answer"),
    ],
)
def test_no_answer_is_no_agreement(program, text, errors, reason):
    program(text, errors, 1)
    answer = ask()
    assert answer.access is None and answer.reason.replace("\\\\", "\\") == reason.replace("\\\\", "\\")


@pytest.mark.parametrize(
    "request_, reason",
    [
        ({"hostname": "a.example"}, "looks names up by itself"),
        ({"server_hostname": "a.example"}, "looks names up by itself"),
        ({"paranoid": True}, "that name and address disagree"),
        ({"server_paranoid": True}, "that name and address disagree"),
        ({"server_port": 22}, "knows no ports"),
        ({"client_port": 22}, "knows no ports"),
        ({"daemon": "-x"}, "cannot be given these names"),
        ({"daemon": "a@b"}, "cannot be given these names"),
        ({"user": "a@b"}, "cannot be given these names"),
    ],
)
def test_what_cannot_be_asked(program, request_, reason):
    folder = program(GRANTED)
    answer = ask(**request_)
    assert answer.access is None and reason in answer.reason
    assert not (folder / "words").exists()


@pytest.mark.parametrize(
    "allow, deny, reason",
    [
        (Unreadable(13), DENY, "cannot be handed to tcpdmatch"),
        (ALLOW, Unreadable(13), "cannot be handed to tcpdmatch"),
        (b"ALL: ALL: acl\\\nexec /bin/true\n", DENY, "aclexec"),
        (ALLOW, b"ALL: ALL: ACLEXEC /bin/true\n", "aclexec"),
    ],
)
def test_tables_that_it_cannot_be_asked_about(program, allow, deny, reason):
    program(GRANTED)
    assert reason in ask(allow, deny).reason


def test_no_program_of_an_image_and_none_that_is_missing(program, tmp_path, monkeypatch):
    program(GRANTED)
    assert ask(root=str(tmp_path)).reason == "tcpdmatch of an image is not run"
    monkeypatch.setattr(tcpdmatch, "find_program", lambda name: None)
    assert ask() == (None, "the host has no tcpdmatch")


def test_a_folder_that_was_cleaned_away_is_told(program, tmp_path, monkeypatch):
    program(GRANTED)
    monkeypatch.setattr(tcpdmatch.tempfile, "mkdtemp", lambda prefix: str(tmp_path / "none"))
    with pytest.raises(HostError, match="/none/hosts.allow for tcpdmatch: No such file or directory"):
        ask()


def test_a_question_that_never_ends_is_an_error_of_its_own(program, monkeypatch):
    """A FIFO of somebody's in the place of a file of hosts, which tcpdmatch opens."""
    folder = program(GRANTED)
    (folder / "tcpdmatch").write_text("#!/bin/sh\nexec sleep 600\n")
    monkeypatch.setattr(tcpdmatch, "MAX_SECONDS", 0.2)
    with pytest.raises(TooSlow, match="tcpdmatch did not end within"):
        ask()
