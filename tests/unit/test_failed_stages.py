# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of `make test` says why a stage failed: of what pytest told, the whole message of each test."""

import os
import subprocess
import sys

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT

sys.path.insert(0, str(ROOT / "tests" / "tools"))

import failed_stages  # noqa: E402
import run_stages  # noqa: E402
import stages  # noqa: E402

TESTS = """
import pytest

@pytest.fixture
def broken():
    raise OSError("no such device")

def test_passes():
    pass

def test_of_a_difference():
    difference = "tables: ALL: ALL\\nlibwrap: granted\\nengine: denied"
    assert difference is None, "fuzz_libwrap.py --seed 7\\n" + difference

class TestClass:
    @pytest.mark.parametrize("name", ["a - b::c"])
    def test_of_a_class(self, name):
        try:
            {}["first"]
        except KeyError:
            assert [1, 2] == [1, 3]

def test_of_a_fixture(broken):
    pass

def test_of_a_long_message():
    assert False, "\\n".join("line %d" % number for number in range(100))
"""


def said(folder, tests, **variables):
    """What pytest prints of these tests."""
    (folder / "test_these.py").write_text(tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-ra", "-p", "no:cacheprovider", "test_these.py"]
    # ansible-test names its own plugins there, which look for a collection around each test
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    env.update(variables)
    return subprocess.run(command, cwd=str(folder), env=env, stdout=subprocess.PIPE, check=False).stdout.decode()


def test_each_test_that_failed_has_its_whole_message(tmp_path):
    lines = [line.strip() for line in failed_stages.why(said(tmp_path, TESTS))]
    names = [line.partition(" - ")[0] for line in lines if line.startswith(("FAILED", "ERROR"))]
    assert names == [
        "ERROR test_these.py::test_of_a_fixture",
        "FAILED test_these.py::test_of_a_difference",
        "FAILED test_these.py::TestClass::test_of_a_class[a",
        "FAILED test_these.py::test_of_a_long_message",
    ]
    assert lines[1] == "OSError: no such device"
    difference = lines[: lines.index("libwrap: granted") + 2]
    assert difference[-3:] == ["tables: ALL: ALL", "libwrap: granted", "engine: denied"]
    of_class = lines[[line.startswith("FAILED test_these.py::TestClass") for line in lines].index(True) + 1 :]
    assert of_class[0].endswith("assert [1, 2] == [1, 3]")
    assert "KeyError: 'first'" not in lines
    assert "line 1" in lines and "line 50" not in lines and any(line.startswith("... 9") for line in lines)
    assert len(lines) <= 4 + 2 * failed_stages.MESSAGE_LINES


def test_one_test_has_fifteen_lines_and_colours_do_not_hide_it(tmp_path):
    only = "def test_it():\n    assert False, '\\n'.join('line %d' % number for number in range(14))\n"
    plain = failed_stages.why(said(tmp_path, only))
    assert len(plain) == 1 + 15 and plain[-1].strip() == "assert False"
    assert failed_stages.why(said(tmp_path, only, FORCE_COLOR="1", PYTEST_ADDOPTS="--color=yes")) == plain


def test_a_fixture_that_ends_many_tests_is_told_once_whatever_molecule_logs(tmp_path):
    tests = """
import pytest

@pytest.fixture(scope="module")
def answers():
    raise OSError("connection refused")

@pytest.mark.parametrize("case", range(9))
def test_with_a_name_so_long_that_pytest_has_no_room_for_a_line_at_its_sides_%s(answers, case):
    pass

def test_of_another_kind():
    assert False, "another kind"
""" % ("x" * 60)
    log = said(tmp_path, tests) + "ERROR    [fleet > verify] Executed: Failed\nERROR    Verifier tests failed\n"
    lines = [line.strip() for line in failed_stages.why(log)]
    assert len(lines) == 5 and lines[0].startswith("ERROR test_these.py::test_with")
    assert lines[1] == "OSError: connection refused"
    assert lines[2].startswith("FAILED") and lines[3] == "AssertionError: another kind"


def test_what_is_no_pytest_shows_its_last_lines():
    log = "$ ruff check\none\ntwo\n\nthree\nfour\nfive\n\n"
    assert failed_stages.why(log) == ["two", "three", "four", "five"]


def test_the_end_of_a_run_has_the_message(tmp_path, monkeypatch):
    stage = stages.Stage("one", [["true"]])
    monkeypatch.setattr(run_stages.paths, "LOGS", tmp_path)
    run_stages.log_of(stage).write_text(said(tmp_path, TESTS), encoding="utf-8")
    outcome = run_stages.Outcome("failed", 1.0, "exit status 1")
    lines = run_stages.short(stage, outcome)
    assert lines[0] == "FAILED: one: exit status 1"
    assert "    |       engine: denied" in lines
