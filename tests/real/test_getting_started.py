# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/getting_started.md works word by word: its files are saved, its commands typed one after the other, and they print what the page shows.

What differs from the page is in `words`: names and a port that are this run's own, the archive in place of Galaxy's, and an image that is at hand.
"""

import json
import os
import pathlib
import re
import shlex
import socket
import subprocess
import sys
import sysconfig

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import FENCE

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))
import build
import environment

PAGE = ROOT / "docs" / "getting_started.md"
# One shell of a reader's: each command begins where the last one ended, with what it had set.
SHELL = "test ! -e %(state)s || . %(state)s\n%(command)s\ncode=$?\n{ export -p; echo cd \"'$PWD'\"; } > %(state)s\nexit $code\n"
FAILS = re.compile(r"\bfailed=[1-9]|\| FAILED ")


def podman(*command):
    """What podman prints."""
    done = subprocess.run(
        ["podman"] + list(command), env=environment.variables(), stdout=subprocess.PIPE, check=True, timeout=300
    )
    return done.stdout.decode()


def free_port():
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return listening.getsockname()[1]


def words(archive):
    """What the page says, and what this run says in its place."""
    subnet = json.loads(podman("network", "inspect", "podman"))[0]["subnets"][0]
    return [
        ("collection install portcullis.tcp_wrappers", "collection install --offline %s" % archive),
        ("FROM docker.io/library/debian:12", "FROM localhost/portcullis-bookworm-base:latest"),
        # the image has the packages, and a configuration of its own
        (
            "RUN apt-get update && apt-get install --yes openssh-server python3 tcpd",
            "RUN rm /etc/ssh/sshd_config.d/portcullis.conf",
        ),
        ("first-host", "portcullis-first-%d" % os.getpid()),
        ("2222", str(free_port())),
        ("10.88.0.0/16", subnet["subnet"]),
        ("10.88.0.1", subnet["gateway"]),
        # a machine that does many things at once takes longer than a reader's
        ("        default: deny\n", "        default: deny\n        rollback_timeout: 600\n"),
    ]


class Step:
    """A file to save, or commands to type with what they print."""

    def __init__(self, place, kind, text):
        self.place, self.kind, self.text, self.printed = place, kind, text, ""


def steps(page):
    """The page's blocks up to the last command, in their order."""
    found, end = [], 0
    for fence in FENCE.finditer(page):
        before, word, text = page[end : fence.start()].strip(), fence.group(3).strip(), fence.group(4)
        saved = re.findall(r"[Ss]ave this as `([^`]+)`", before)
        if saved:
            found.append(Step(fence.start(), saved[-1], text))
        elif word == "shell":
            found.append(Step(fence.start(), "shell", text))
        elif found and found[-1].kind == "shell" and not re.search(r"^## ", before, re.MULTILINE):
            found[-1].printed = text
        end = fence.end()
    return found


def as_pattern(shown):
    """An expression for what is shown: `...` stands for anything, alone on a line for any lines."""
    pattern = "^"
    for line in without_decoration(shown).splitlines():
        pattern += r"(?:.*\n)*?" if line == "..." else re.escape(line).replace(r"\.\.\.", ".*") + r"\s*\n"
    return re.compile(pattern, re.MULTILINE)


def without_decoration(text):
    """Without blank lines, which the page leaves out."""
    return "".join(line.rstrip() + "\n" for line in text.splitlines() if line.strip())


def test_what_is_shown_is_compared_line_by_line():
    """The comparison itself: a line that is missing, stands elsewhere or says something else is seen."""
    shown = "...\nfirst: ok=1 ...\nlast\n...\n"
    assert as_pattern(shown).search("noise\n\nfirst: ok=1  failed=0\nlast\nmore\n")
    for other in ("first: ok=2 failed=0\nlast\n", "last\nfirst: ok=1 x\n", "first: ok=1 x\nbetween\nlast\n"):
        assert not as_pattern(shown).search(other)


class Reader:
    """Somebody in an empty folder who types what the page shows."""

    def __init__(self, folder, replaced):
        self.folder, self.replaced, self.state = folder, replaced, folder / ".state"
        tools = environment.variables("2.21")
        self.env = {
            "PATH": tools["PATH"],
            "HOME": str(folder),
            "LC_ALL": "C.UTF-8",
            "CONTAINERS_CONF": tools["CONTAINERS_CONF"],
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        }
        self.where = folder

    def said(self, text):
        for ours, mine in self.replaced:
            text = text.replace(ours, mine)
        return text

    def save(self, name, text):
        (self.where / name).write_text(self.said(text))

    def type(self, command):
        """Type one line; returns its exit code and what it printed."""
        text = SHELL % {"state": shlex.quote(str(self.state)), "command": self.said(command)}
        done = subprocess.run(
            ["bash", "-c", text],
            cwd=str(self.folder),
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=900,
            check=False,
        )
        self.where = pathlib.Path(re.findall(r"^cd '(.*)'$", self.state.read_text(), re.MULTILINE)[-1])
        if command.startswith("python3 -m venv"):
            self.lend_ansible()
        return done.returncode, done.stdout.decode("utf-8", "replace")

    def lend_ansible(self):
        """The new environment sees the packages of the tests' own, so that pip finds ansible-core there and no network is asked."""
        (site,) = (self.where / "venv" / "lib").glob("python*/site-packages")
        (site / "lent.pth").write_text(sysconfig.get_paths()["purelib"] + "\n")


@pytest.fixture(name="reader")
def fixture_reader(tmp_path):
    subprocess.run(
        [sys.executable, str(ROOT / "tests" / "tools" / "images.py"), "bookworm-xinetd"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    replaced = words(build.build())
    reader = Reader(tmp_path, replaced)
    yield reader
    name = dict(replaced)["first-host"]
    for command in (["rm", "--force", "--ignore", "--time", "0", name], ["rmi", "--force", "--ignore", name]):
        podman(*command)


def test_a_first_hour_works_word_by_word(reader):
    page = PAGE.read_text(encoding="utf-8")
    all_steps = steps(page)
    assert len([step for step in all_steps if step.kind == "shell"]) >= 9
    for ours, _mine in reader.replaced:
        assert ours in page  # or the page says something else now, and this test something that no reader types
    for step in all_steps:
        if step.kind != "shell":
            reader.save(step.kind, step.text)
            continue
        printed, commands = "", step.text.splitlines()
        for command in commands:
            code, output = reader.type(command)
            printed += output
            fails = command == commands[-1] and FAILS.search(step.printed)
            assert bool(code) is bool(fails), command + "\n" + printed
        shown = reader.said(step.printed)
        assert as_pattern(shown).search(without_decoration(printed)), "shown:\n%s\nprinted:\n%s" % (shown, printed)
