# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What `make test` leaves out for the sake of its time is in `make test-long`, and nothing runs twice."""

import json
import subprocess
import sys

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT

sys.path.insert(0, str(ROOT / "tests" / "tools"))

import coverage_report  # noqa: E402
import long_run_page  # noqa: E402
import passed_stages  # noqa: E402
import run_stages  # noqa: E402
import spare_processor  # noqa: E402
import stages  # noqa: E402


def commands(suite):
    """Every command of a suite as one text."""
    return [" ".join(command) for stage in stages.STAGES if suite in stage.suites for command in stage.commands]


def test_no_command_runs_twice():
    for suite in ("test", "test-long"):
        assert len(commands(suite)) == len(set(commands(suite)))


def test_every_file_of_tests_real_is_in_one_stage():
    both = [command for command in commands("test") if "tests/real" in command]
    plays, whole = sorted(both, key=lambda command: "--ignore=" in command)
    ignored = [word[len("--ignore=") :] for word in whole.split() if word.startswith("--ignore=")]
    assert "tests/real" in whole.split()
    assert ignored == [word for word in plays.split() if word.startswith("tests/")] == stages.PLAYS
    assert all((ROOT / path).exists() for path in ignored)


def test_shapes_of_tables_that_are_left_out_are_in_the_long_run():
    assert any(command.endswith("test_harden.py -k " + stages.LATER_SHAPES) for command in commands("test-long"))
    text = (ROOT / "tests" / "real" / "test_harden.py").read_text(encoding="utf-8")
    assert "def test_every_shape_of_table_is_given_back" in text


def test_hosts_of_the_fleet_that_are_left_out_are_in_the_long_run():
    (whole,) = [command for command in commands("test-long") if "molecule.py fleet" in command]
    assert whole.startswith("env PORTCULLIS_MORE_HOSTS=more_hosts ")
    assert (ROOT / "molecule" / "fleet" / "more_hosts" / "hosts.yml").exists()


def test_attacks_that_are_left_out_are_in_the_long_run():
    chosen = "tests/security -k 2.16 and "
    assert [command.partition(chosen)[2] for command in commands("test") if chosen in command] == [
        "not (%s)" % stages.SAME_ON_EVERY_CORE
    ]
    assert [command.partition(chosen)[2] for command in commands("test-long") if chosen in command] == [
        "(%s)" % stages.SAME_ON_EVERY_CORE
    ]


def test_attacks_on_the_newer_core_that_are_left_out_are_in_the_long_run():
    left_out, mutated = stages.ODD_PAGES, stages.MUTATED
    assert " ".join(stages.PYTEST + ["tests/security -k not 2.16 and not (%s)" % left_out]) in commands("test")
    (more,) = [command for command in commands("test-long") if "PORTCULLIS_MUTATIONS=4" in command]
    assert more.endswith("tests/security -k not 2.16 and (%s or %s)" % (left_out, mutated))
    text = (ROOT / "tests" / "security" / "test_mutated_results.py").read_text(encoding="utf-8")
    for name, seeds in zip(mutated.split(" or "), ("2 * MORE", "MORE")):
        assert '"seed", range(%s))\ndef test_%s' % (seeds, name) in text.replace("test_a_", "test_")
    assert text.count("MORE)") == 2


def test_kill_points_that_are_left_out_are_in_the_long_run_and_each_host_tries_others():
    (whole,) = [command for command in commands("test-long") if "PORTCULLIS_KILL_POINTS" in command]
    assert whole.startswith("env PORTCULLIS_KILL_POINTS=all ") and whole.endswith("molecule.py lockout")
    sys.path.insert(0, str(ROOT / "molecule" / "lockout" / "files"))
    import kill_points

    found = list(range(200))
    few = [kill_points.spread(found, "12", host / 3) for host in range(3)]
    assert sorted(sum(few, [])) == sorted(set(sum(few, []))) and [len(points) for points in few] == [12, 12, 12]
    assert [kill_points.spread(found, "all", host / 3) for host in range(3)] == [found] * 3


def test_sanity_tests_that_are_left_out_are_in_the_long_run():
    whole = " ".join(stages.ansible_test("2.16", "sanity"))
    assert whole in commands("test-long") and whole + " --test validate-modules" in commands("test")
    newer = whole.replace("2.16", "2.21")
    assert newer + " --skip-test import --skip-test pep8 --skip-test pylint" in commands("test")  # with the newer tool
    assert newer + " --test pep8" in commands("test-long") and "ruff check" in " ".join(commands("test"))
    assert newer + " --test pylint" in commands("test-long")
    settings = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert all('"%s"' % rule in settings.partition("ignore = [")[0] for rule in ("PL", "C416", "C419", "UP028"))
    for suite, pythons in (("test", ("3.9",)), ("test-long", stages.NEWER)):
        imported = [word for word in commands(suite) if word.startswith(newer + " --test import")]
        assert imported == [newer + " --test import --python " + python for python in pythons]
    assert whole + " --test import --test compile --python 3.6" in commands("test")  # the oldest Python of a host


def test_integration_tests_that_are_left_out_are_in_the_long_run():
    (short,) = [command for command in commands("test") if "2.16 integration" in command]
    _env, _once, plain = short.partition("PORTCULLIS_ONCE=yes ")
    assert plain.partition(" --continue-on-error")[0] + " --continue-on-error" in commands(
        "test-long"
    )  # each task puts its module together
    whole, _always, chosen = short.partition(" --continue-on-error")
    assert whole.replace("2.16", "2.21") + " --continue-on-error" in commands("test")
    assert chosen.split() == list(stages.OTHER_ON_THE_OLDER_CORE)
    assert all((ROOT / "tests" / "integration" / "targets" / name).is_dir() for name in chosen.split())


def test_unit_tests_of_every_python_are_in_the_long_run():
    (oldest,) = [command for command in commands("test") if "oldest_python.py" in command]
    chosen, ignored = oldest.split(" --ignore=")[0], oldest.split(" --ignore=")[1:]
    assert ignored == stages.SAME_ON_EVERY_PYTHON
    assert chosen.endswith("oldest_python.py -k not (%s)" % coverage_report.NOT_COUNTED)
    assert " ".join(stages.ansible_test("2.16", "units")) in commands("test-long")  # all of them, on every Python
    assert all((ROOT / path).exists() for path in stages.SAME_ON_EVERY_PYTHON)
    assert "tests/unit" in " ".join(commands("quick"))  # all of them, on the newest Python: so does the coverage


def test_unit_tests_that_are_not_counted_are_a_stage_of_their_own():
    units = coverage_report.TESTS[0]
    assert units == (
        "tests/unit",
        *("--ignore=" + path for path in coverage_report.KILL_POINTS + coverage_report.ABOUT_TEXT),
        "-k",
        "not (%s)" % coverage_report.NOT_COUNTED,
    )
    (others,) = [command for command in commands("test") if "kill_points" in command and "pytest" in command]
    files = coverage_report.KILL_POINTS + tuple(coverage_report.OVER_AND_OVER)
    assert others == " ".join(stages.PYTEST + [*files, "-k", "kill_points or %s" % coverage_report.NOT_COUNTED])
    assert " ".join(stages.PYTEST + list(coverage_report.ABOUT_TEXT)) in commands("test")
    assert all((ROOT / path).exists() for path in coverage_report.ABOUT_TEXT)
    # a name leaves out tests of its own file, which the other stage has; that file's name is no end of another one's
    every = [path.name for path in (ROOT / "tests" / "unit").rglob("test_*.py")]
    for path, names in coverage_report.OVER_AND_OVER.items():
        file = path.rpartition("/")[2]
        assert [one for one in every if file in one] == [file] and "%s and (" % file in coverage_report.NOT_COUNTED
        text = (ROOT / path).read_text(encoding="utf-8")
        assert [name for name in names if name.startswith("test_") and "def %s" % name not in text] == []


def test_what_conformance_holds_beside_the_answers_is_run_for_the_coverage():
    assert any("coverage_report.py --enforce" in command for command in commands("test"))
    assert ("tests/conformance", "-k", "not every") in coverage_report.TESTS
    assert stages.prebuilt.OF_HOSTS + " tests/conformance/run.py" in commands(
        "test"
    )  # all that the others, `every`, ask


def test_properties_that_are_left_out_are_in_the_long_run_or_run_for_the_coverage():
    assert ("tests/property", "-k", stages.COUNTED) in coverage_report.TESTS
    (properties,) = [command for command in commands("test") if "tests/property" in command]
    (others,) = [command for command in commands("test-long") if "tests/property -k" in command]
    assert properties.endswith("tests/property -k not (%s) and not (%s)" % (stages.LATER_DIALECTS, stages.COUNTED))
    assert others.endswith("tests/property -k %s" % stages.LATER_DIALECTS)


def test_the_scenarios_are_what_waits():
    of_test = [stage for stage in stages.STAGES if "test" in stage.suites]
    assert {stage.name for stage in of_test if stage.waits} == {
        stage.name for stage in of_test if stage.name.startswith("Molecule: ")
    }


class Starts:
    """A runner whose stages end when the test says so, on a machine that is busy."""

    def __init__(self, names):
        self.runner = run_stages.Runner([stages.Stage(name, [], waits=name.startswith("wait")) for name in names])
        self.runner.spare = self
        self.idle = False

    def there(self):
        return self.idle

    def forget(self):
        self.idle = False

    def start(self):
        """The stages that begin now."""
        started = []
        while True:
            stage = self.runner._next()
            if stage is None:
                return started
            self.forget()
            self.runner.waiting.remove(stage)
            self.runner.running[stage.name] = stage
            started.append(stage.name)

    def end(self, *ended):
        for name in ended:
            del self.runner.running[name]
        return self.start()

    def idles(self):
        """What begins where the machine has had nothing to do for a while."""
        self.idle = True
        return self.start()


def test_two_that_wait_leave_room_for_two_that_compute():
    here = Starts(["wait 1", "wait 2", "wait 3", "work 1", "work 2", "work 3", "work 4"])
    assert here.start() == ["wait 1", "wait 2", "work 1", "work 2"]
    assert here.end("wait 1") == ["wait 3"]
    assert here.end("work 1") == ["work 3"]
    assert here.end("wait 2", "wait 3") == ["work 4"]
    assert here.end("work 2", "work 3") == []
    assert here.end("work 4") == []


def test_where_the_processors_are_idle_one_stage_more_begins(monkeypatch):
    monkeypatch.setattr(run_stages, "MOST", 6)
    here = Starts(["wait 1", "wait 2", "wait 3", "work 1", "work 2", "work 3", "work 4"])
    assert here.start() == ["wait 1", "wait 2", "work 1", "work 2"]
    assert here.idles() == ["wait 3"]  # one, and then it is seen what that takes
    assert here.idles() == ["work 3"]
    assert here.idles() == []  # six at most
    assert here.end("wait 1", "work 1", "work 2") == ["work 4"]
    here.runner.waiting.append(stages.Stage("late", []))
    assert here.idles() == ["late"]
    monkeypatch.setattr(run_stages, "MOST", 1)
    here = Starts(["wait 1", "work 1"])
    assert here.start() == ["wait 1"] and here.idles() == [] and here.end("wait 1") == ["work 1"]


def test_a_processor_is_spare_when_it_was_idle_for_fifteen_seconds_and_nothing_changed_meanwhile():
    now, worked = [100.0], [50.0]
    spare = spare_processor.SpareProcessor(2, lambda: now[0], lambda: worked[0])

    def after(seconds, busy):
        """Whether there is room after so many seconds in which so many processors worked."""
        now[0] += seconds
        worked[0] += seconds * busy
        return spare.there()

    assert [after(0, 0), after(10, 0), after(4, 0), after(2, 0)] == [False, False, False, True]
    spare.forget()
    assert [after(1, 0), after(14, 1), after(1, 1)] == [False, False, True]
    assert [after(5, 2), after(5, 2), after(5, 2)] == [True, True, False]  # it is the last seconds that count
    assert [after(5, 1), after(5, 1), after(5, 2)] == [False, True, True]


def test_the_processors_of_this_machine_are_counted():
    before = spare_processor.worked_seconds()
    assert before > 0
    sum(range(5000000))
    assert spare_processor.worked_seconds() > before


def checkout(folder, monkeypatch):
    """A folder with a commit as the checkout; returns a function that runs git there."""

    def git(*words):
        subprocess.run(["git", "-C", str(folder), "-c", "user.name=x", "-c", "user.email=x"] + list(words), check=True)

    git("init", "-q")
    (folder / ".gitignore").write_text(".cache/\n")
    (folder / ".cache" / "logs").mkdir(parents=True)
    git("add", ".")
    git("commit", "-q", "-m", "first")
    for name, path in (("ROOT", folder), ("CACHE", folder / ".cache"), ("LOGS", folder / ".cache" / "logs")):
        monkeypatch.setattr(run_stages.paths, name, path)
    return git


def outcomes(ran, *names):
    """Run stages that write their name to the file `ran`."""
    wanted = [stages.Stage(name, [["sh", "-c", "echo %s >> %s; echo 7 passed" % (name, ran)]]) for name in names]
    runner = run_stages.Runner(wanted, passed_stages.Passed("test-long"))
    runner.run()
    return {name: outcome.result for name, outcome in runner.outcomes.items()}


def test_a_long_run_goes_on_where_it_was_and_only_on_the_same_commit(tmp_path, monkeypatch):
    git = checkout(tmp_path, monkeypatch)
    ran = tmp_path / ".cache" / "ran"
    assert outcomes(ran, "a") == {"a": "passed"}
    assert outcomes(ran, "a", "b") == {"a": "passed", "b": "passed"}
    assert ran.read_text().split() == ["a", "b"]
    kept = json.loads((tmp_path / ".cache" / "passed-test-long.json").read_text())["stages"]
    assert kept["a"]["figures"] == ["7 passed"]
    git("commit", "-q", "--allow-empty", "-m", "second")
    outcomes(ran, "a")
    assert ran.read_text().split() == ["a", "b", "a"]
    (tmp_path / "changed").write_text("")
    outcomes(ran, "a")
    outcomes(ran, "a")
    assert ran.read_text().split() == ["a", "b", "a", "a", "a"]


def test_the_page_of_the_long_run_names_what_did_not_pass():
    one = {"date": "2026-01-02", "seconds": 120.0, "processor": 60.0, "figures": ["9 passed | `x`"]}
    text = long_run_page.page({"commit": "0123456789abcdef", "stages": {"mutants": one}})
    assert "| mutants | 2.0 | 1.0 | `9 passed / 'x'` |" in text
    assert "`0123456789ab`, 2026-01-02: 1 of " in text and "Not passed: Molecule: lockout, all kill points, " in text


def test_the_long_run_asks_a_million_questions_both_ways():
    (questions,) = [command for command in commands("test-long") if "fuzz_libwrap" in command]
    assert questions.endswith("--until 2000000")
    assert any("fuzz_atheris.py --seconds 3600" in command for command in commands("test-long"))
