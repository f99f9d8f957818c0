# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A script in the place of a server: it asks no more than who runs it, unless its text says otherwise."""

import io
import shutil
import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.scripts import (
    MAX_SCRIPT,
    read_script,
)


def link_of(tmp_path, text):
    path = tmp_path / "agent"
    path.write_text(text)
    return Libraries(Root("/")).find_libwrap(str(path))


# served on Debian 12 by systemd whatever hosts.deny says: Check_MK's agent up to 2.0, a script for bash
@pytest.mark.parametrize("first", ["#!/bin/sh", "#! /bin/sh -e", "#!/usr/bin/env sh"])
def test_a_script_does_not_ask(tmp_path, first):
    found = link_of(tmp_path, first + "\nexec </dev/null 2>/dev/null\necho '<<<check_mk>>>'\n")
    assert found.libwrap is False
    assert found.reason.startswith("it is a script, and neither /") and found.reason.endswith("links libwrap")


@pytest.mark.parametrize("text, told", [
    ("exec /usr/sbin/sshd -i\n", "starts another program"),
    ("test -t 0 && exec \"$@\"\n", "starts another program"),
    ("/usr/sbin/try-from\n", "names libwrap, tcpd or the tables"),
    ("use Authen::Libwrap qw(hosts_ctl);\n", "names libwrap, tcpd or the tables"),
    ("#" * (MAX_SCRIPT + 1), "it has more than"),
])  # fmt: skip
def test_a_script_that_may_ask_is_not_judged(tmp_path, text, told):
    found = link_of(tmp_path, "#!/bin/sh\n" + text)
    assert found.libwrap is None and told in found.reason


def test_an_interpreter_that_is_not_there(tmp_path):
    found = link_of(tmp_path, "#!/nowhere/sh\n")
    assert found.libwrap is None and "/nowhere/sh" in found.reason


def test_an_interpreter_that_is_a_script_is_not_judged(tmp_path):
    inner = tmp_path / "inner"
    inner.write_text("#!/bin/sh\n")
    assert link_of(tmp_path, "#!%s\n" % inner).libwrap is None


@pytest.mark.parametrize("text", ["", "#", "#!", "#!\n", "#!/usr/bin/env\n", "text"])
def test_what_is_no_script(text):
    assert read_script(io.BytesIO(text.encode())) is None


@pytest.mark.parametrize("text", [
    "docker exec x", "find . -exec stat {} +", "# exec /bin/x", "exec 3>&1", "execute it", "exec > >(openssl enc)",
])  # fmt: skip
def test_the_word_exec_is_no_other_program(text):
    assert read_script(io.BytesIO(b"#!/bin/sh\n" + text.encode())).doubt == ""


def test_pythons_exec_is_one():
    assert read_script(io.BytesIO(b"#!/usr/bin/env -S python3 -u\nos.execv('/x', [])\n")) == (
        "python3",
        "it starts another program in its place (exec), which may ask",
    )


def test_an_interpreter_is_found_in_the_folders_of_the_system(tmp_path):
    assert shutil.which("python3") and sys.version_info[0] == 3
    assert link_of(tmp_path, "#!/usr/bin/env no-such-interpreter\n").libwrap is None
