# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the stages of a suite, some side by side, and end with one summary table.

usage: python3 tests/tools/run_stages.py SUITE [--only TEXT] [--list]
Each stage's output goes to .cache/logs/; the end of it is shown when the stage fails. A suite that takes hours can be stopped: on the
same commit, the next run leaves out what has passed.
"""

import argparse
import os
import pathlib
import re
import signal
import subprocess
import sys
import threading
import time
from typing import BinaryIO, Dict, List, Optional, Set, Tuple

import environment
import failed_stages
import leases
import paths
import venvs
from passed_stages import KEPT, Passed
from spare_processor import SpareProcessor, worked_seconds
from stages import STAGES, Stage

# Stages at once, on two cores.
WORKERS = 4
# Of those, so many mostly wait, the Molecule scenarios for their hosts: they take half a core each. Their tests pass at a load of twenty.
WAITING = 2
# And so many compute beside them; where none waits one more, for each waits for something now and then.
COMPUTING = 2
# So many of either kind where the processors have nothing to do all the same. With six a host had to answer at a load of twenty, and came late.
MOST = int(os.environ.get("PORTCULLIS_JOBS", "4"))
# How often that is looked at, in seconds.
LOOK = 5
SHOWN_LINES = 60
MARKS = {"passed": "ok", "failed": "FAILED", "not run": "NOT RUN", "left out": "left out"}


class Outcome:
    """What became of one stage: passed, failed, not run (something before it failed), left out (cannot run on this machine)."""

    def __init__(
        self, result: str, seconds: float = 0.0, reason: str = "", processor: float = 0.0, start: Optional[float] = None
    ):
        self.result = result
        self.start = start  # seconds after the first one
        self.seconds = seconds
        self.reason = reason
        self.processor = processor  # seconds of its own processes; what runs in containers is not among them


def with_setup(chosen: List[Stage]) -> List[Stage]:
    """Put a set-up stage for each venv before the first stage that uses it."""
    stages: List[Stage] = []
    for stage in chosen:
        names = [name for name in (stage.venv,) + stage.needs if name]
        setups = ["set-up: venv-" + name for name in names]
        there = {earlier.name for earlier in stages}
        stages += [
            Stage(setup, [[sys.executable, str(paths.TOOLS / "venvs.py"), name]])
            for name, setup in zip(names, setups)
            if setup not in there
        ]
        stages.append(stage._replace(after=stage.after + tuple(setups)))
    return stages


def choose(suite: str, only: str) -> List[Stage]:
    """The stages of the suite (whose name has `only` in it) with all that they come after, in the order of the list."""
    by_name = {stage.name: stage for stage in STAGES}
    wanted: Set[str] = {stage.name for stage in STAGES if suite in stage.suites and only in stage.name}
    queue = list(wanted)
    while queue:
        for name in by_name[queue.pop()].after:
            if name not in wanted:
                wanted.add(name)
                queue.append(name)
    return [stage for stage in STAGES if stage.name in wanted]


class Runner:
    """Runs stages in threads; `outcomes` fills up as they end."""

    def __init__(self, stages: List[Stage], passed: Optional[Passed] = None):
        self.passed = passed
        before = passed.stages if passed else {}
        self.waiting = [stage for stage in stages if stage.name not in before]
        self.total = len(stages)
        self.running: Dict[str, Stage] = {}
        self.processes: Dict[str, subprocess.Popen] = {}
        self.processor: Dict[str, float] = {}
        self.outcomes = {
            stage.name: Outcome("passed", before[stage.name]["seconds"], "", before[stage.name]["processor"])
            for stage in stages
            if stage.name in before
        }
        self.changed = threading.Condition()
        self.stopping = False
        self.began = time.monotonic()
        self.spare = SpareProcessor()

    def run(self) -> None:
        with self.changed:
            while self.waiting or self.running:
                stage = self._next()
                if stage is None:
                    self.changed.wait(LOOK)
                    continue
                self.waiting.remove(stage)
                self.spare.forget()
                blocked = [name for name in stage.after if self.outcomes[name].result != "passed"]
                if blocked or self.stopping:
                    self._skip(stage, blocked)
                    continue
                self.running[stage.name] = stage
                threading.Thread(target=self._run_one, args=(stage,), daemon=True).start()

    def _next(self):
        more = len(self.running) < MOST and self.spare.there()
        for stage in self.waiting:
            if not all(name in self.outcomes for name in stage.after):
                continue
            if self.stopping or any(self.outcomes[name].result != "passed" for name in stage.after):
                return stage
            if self._has_room(stage) or more:
                return stage
        return None

    def _has_room(self, stage: Stage) -> bool:
        if len(self.running) >= min(MOST, WORKERS):
            return False
        waiting = sum(one.waits for one in self.running.values())
        if stage.waits:
            return waiting < WAITING
        return len(self.running) - waiting < (COMPUTING if waiting else COMPUTING + 1)

    def _skip(self, stage: Stage, blocked: List[str]) -> None:
        left_out = blocked and all(self.outcomes[name].result == "left out" for name in blocked)
        reason = self.outcomes[blocked[0]].reason or "%s failed" % blocked[0] if blocked else "interrupted"
        self._finish(stage, Outcome("left out" if left_out else "not run", 0.0, reason))

    def _run_one(self, stage: Stage) -> None:
        started = time.monotonic()
        log = log_of(stage)
        try:
            with open(str(log), "wb") as out:
                for _number in range(stage.tries):
                    reason = self._commands(stage, out, started + stage.timeout)
                    if not reason:
                        break
            result = "failed" if reason else "passed"
        except (OSError, ValueError) as error:
            result, reason = "failed", str(error)
        if result == "passed" and stage.name.startswith("set-up: venv-"):
            result, reason = check_venv(stage, log)
        with self.changed:
            self.running.pop(stage.name)
            used = self.processor.get(stage.name, 0.0)
            self._finish(stage, Outcome(result, time.monotonic() - started, reason, used, started - self.began))

    def _commands(self, stage: Stage, out: BinaryIO, deadline: float) -> str:
        """Run the commands one after another; returns why it failed, or nothing."""
        env = environment.variables(stage.venv or None)
        for command in stage.commands:
            out.write(("$ %s\n" % " ".join(command)).encode())
            out.flush()
            process = subprocess.Popen(
                command,
                cwd=str(paths.ROOT),
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            self.processes[stage.name] = process
            status, used = wait(process, deadline)
            self.processor[stage.name] = self.processor.get(stage.name, 0.0) + used
            if status is None:
                stop(process)
                return "not done after %d s" % stage.timeout
            if status:
                return "exit status %s of %s" % (status, " ".join(command))
        return ""

    def _finish(self, stage: Stage, outcome: Outcome) -> None:
        """Say what became of a stage; the caller holds the lock."""
        self.outcomes[stage.name] = outcome
        self.spare.forget()
        print(
            "[%d/%d] %-8s %s (%.0f s)%s"
            % (
                len(self.outcomes),
                self.total,
                MARKS[outcome.result],
                stage.name,
                outcome.seconds,
                ": " + outcome.reason if outcome.reason else "",
            ),
            flush=True,
        )
        if outcome.result == "failed":
            lines = log_of(stage).read_text(errors="replace").splitlines()
            print("\n".join("    | " + line for line in lines[-SHOWN_LINES:]))
            print("    all of it: %s" % log_of(stage).relative_to(paths.ROOT), flush=True)
        elif outcome.result == "passed" and self.passed and not stage.name.startswith("set-up: "):
            self.passed.keep(stage.name, outcome.seconds, outcome.processor, log_of(stage))
        self.changed.notify_all()

    def interrupt(self) -> None:
        self.stopping = True
        for process in list(self.processes.values()):
            stop(process)


def wait(process: subprocess.Popen, deadline: float) -> Tuple[Optional[int], float]:
    """The exit status of a command, None where it is not done in time, and the processor time that it and its children took."""
    while True:
        pid, status, usage = os.wait4(process.pid, os.WNOHANG)
        if pid:
            process.returncode = os.waitstatus_to_exitcode(status)
            return process.returncode, usage.ru_utime + usage.ru_stime
        if time.monotonic() > deadline:
            return None, 0.0
        time.sleep(0.1)


def stop(process: subprocess.Popen) -> None:
    """End a command and all it started."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, sign)
            process.wait(5)
            return
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def check_venv(stage: Stage, log: pathlib.Path):
    """Off CI, venvs.py succeeds where an interpreter is missing: then what needs it is left out, and said."""
    name = stage.name.rsplit("venv-", 1)[1]
    if (venvs.folder(name) / ".stamp").exists():
        return "passed", ""
    return "left out", log.read_text().splitlines()[-1]


def log_of(stage: Stage) -> pathlib.Path:
    return paths.LOGS / (re.sub(r"[^A-Za-z0-9.]+", "-", stage.name).strip("-") + ".log")


def short(stage: Stage, outcome: Outcome) -> List[str]:
    """Why a stage did not pass, in a few lines."""
    said = ["%s: %s: %s" % (MARKS[outcome.result], stage.name, outcome.reason)]
    if outcome.result == "failed":
        said += ["    | " + line for line in failed_stages.why(log_of(stage).read_text(errors="replace"))]
    return said


def summary(stages: List[Stage], outcomes: Dict[str, Outcome], seconds: float, worked: float) -> int:
    """Print the table; returns the exit status. `worked`: what the machine's processors did meanwhile, in seconds."""
    width = max(len(stage.name) for stage in stages)
    print("\n%s  %-8s  %7s  %7s  %9s" % ("gate".ljust(width), "result", "start", "seconds", "processor"))
    print("%s  %s  %s  %s  %s" % ("-" * width, "-" * 8, "-" * 7, "-" * 7, "-" * 9))
    for stage in stages:
        outcome = outcomes[stage.name]
        start = "" if outcome.start is None else "%.0f" % outcome.start
        row = (stage.name.ljust(width), MARKS[outcome.result], start, outcome.seconds, outcome.processor)
        print("%s  %-8s  %7s  %7.1f  %9.1f" % row)
    results = [outcome.result for outcome in outcomes.values()]
    processor = sum(outcome.processor for outcome in outcomes.values())
    print("%s  %-8s  %7s  %7.1f  %9.1f" % ("all, side by side".ljust(width), "", "", seconds, processor))
    cores = os.cpu_count() or 1
    print(
        "%d processors worked %.0f s, containers and all else of this machine included: %.0f %% of the time"
        % (cores, worked, 100 * worked / max(seconds * cores, 1))
    )
    for reason in sorted({outcome.reason for outcome in outcomes.values() if outcome.result == "left out"}):
        print("left out here: %s" % reason)
    failed = len(results) - results.count("passed") - results.count("left out")
    for stage in stages:
        if outcomes[stage.name].result in ("failed", "not run"):
            print("\n".join(short(stage, outcomes[stage.name])))
    print("%d passed, %d failed" % (results.count("passed"), failed), flush=True)
    return 1 if failed or not results.count("passed") else 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", choices=sorted({suite for stage in STAGES for suite in stage.suites}))
    parser.add_argument("--only", default="", metavar="TEXT", help="stages whose name has this in it")
    parser.add_argument("--list", action="store_true", help="name the stages and end")
    options = parser.parse_args()
    stages = with_setup(choose(options.suite, options.only))
    if options.list or not stages:
        print("\n".join(stage.name for stage in stages) or "no such stage")
        return 0 if stages else 2
    paths.LOGS.mkdir(parents=True, exist_ok=True)
    if leases.forget_stale():
        print("podman held addresses of containers that are gone: forgotten", flush=True)
    started, worked = time.monotonic(), worked_seconds()
    runner = Runner(stages, Passed(options.suite) if options.suite in KEPT else None)
    for name, outcome in runner.outcomes.items():
        print("passed before on this commit: %s (%.0f s)" % (name, outcome.seconds), flush=True)
    thread = threading.Thread(target=runner.run, daemon=True)
    thread.start()
    try:
        while thread.is_alive():
            thread.join(1.0)
    except KeyboardInterrupt:
        runner.interrupt()
        thread.join(15)
        print("interrupted")
        return 130
    return summary(stages, runner.outcomes, time.monotonic() - started, worked_seconds() - worked)


if __name__ == "__main__":
    sys.exit(main())
