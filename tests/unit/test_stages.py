# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make test` leaves out for the sake of its time is in `make test-long`, and nothing runs twice."""

import importlib.util
import re

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT

SPEC = importlib.util.spec_from_file_location("stages", str(ROOT / "tests" / "tools" / "stages.py"))
stages = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(stages)


def commands(suite):
    """Every command of a suite as one text."""
    return [" ".join(command) for stage in stages.STAGES if suite in stage.suites for command in stage.commands]


def test_no_command_runs_twice():
    for suite in ("test", "test-long"):
        assert len(commands(suite)) == len(set(commands(suite)))


def test_every_file_of_tests_real_is_in_one_stage():
    whole, plays = [command for command in commands("test") if "tests/real" in command]
    ignored = [word[len("--ignore=") :] for word in whole.split() if word.startswith("--ignore=")]
    assert "tests/real" in whole.split()
    assert ignored == [word for word in plays.split() if word.startswith("tests/")] == stages.PLAYS
    assert all((ROOT / path).exists() for path in ignored)


def test_attacks_that_are_left_out_are_in_the_long_run():
    chosen = "tests/security -k 2.16 and "
    assert [command.partition(chosen)[2] for command in commands("test") if chosen in command] == [
        "not (%s)" % stages.SAME_ON_EVERY_CORE
    ]
    assert [command.partition(chosen)[2] for command in commands("test-long") if chosen in command] == [
        "(%s)" % stages.SAME_ON_EVERY_CORE
    ]


def test_sanity_tests_that_are_left_out_are_in_the_long_run():
    (short,) = [command for command in commands("test") if "--skip-test" in command]
    whole = short.partition(" --skip-test")[0]
    assert whole.replace("2.16", "2.21") in commands("test")  # with the newer tool
    for name in short.partition(" --skip-test ")[2].split(" --skip-test "):
        assert "%s --test %s" % (whole, name) in commands("test-long")


def test_unit_tests_of_every_python_are_in_the_long_run():
    for command in commands("test"):
        if " units " in command:
            assert command.partition(" --python")[0] in commands("test-long")
    assert all((ROOT / path).exists() for path in stages.SAME_ON_EVERY_PYTHON)
    assert "tests/unit" in " ".join(commands("quick"))  # all of them, on the newest Python: so does the coverage


def test_properties_that_are_left_out_are_run_for_the_coverage():
    """So is what tests/conformance holds beside the answers of the builds."""
    assert any("coverage_report.py --enforce" in command for command in commands("test"))
    report = (ROOT / "tests" / "tools" / "coverage_report.py").read_text(encoding="utf-8")
    counted = [re.findall(r'"([^"]*)"', group) for group in re.findall(r"\(([^()]*)\)", report.split("TESTS = ")[1])]
    assert ["tests/conformance", "-k", "not every"] in counted and ["tests/property", "-k", "debian"] in counted
    (properties,) = [command for command in commands("test") if "tests/property" in command]
    (others,) = [command for command in commands("test-long") if "tests/property -k" in command]
    assert properties.endswith("tests/property -k not debian and not (%s)" % stages.LATER_DIALECTS)
    assert others.endswith("tests/property -k not debian and (%s)" % stages.LATER_DIALECTS)
    assert "python tests/conformance/run.py" in commands("test")  # all that the others, `every`, ask
