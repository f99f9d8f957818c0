# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The stages of `make test` and its relatives: what runs, in which venv, after what."""

import pathlib
import sys
from typing import List, NamedTuple, Tuple

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import prebuilt
from coverage_report import ABOUT_TEXT, COUNTED, KILL_POINTS, NOT_COUNTED, OVER_AND_OVER


class Stage(NamedTuple):
    name: str
    commands: List[List[str]]
    suites: Tuple[str, ...] = ("test",)
    venv: str = ""  # its bin folder comes first on PATH
    needs: Tuple[str, ...] = ()  # venvs that the commands use in their own way
    after: Tuple[str, ...] = ()  # names of stages that must have passed
    waits: bool = False  # mostly for its hosts, not for a core of this machine
    timeout: int = 1800  # seconds
    tries: int = (
        1  # what measures time is measured again, for a machine may be busy with other things; each try is in the log
    )


PYTHON = sys.executable
TOOLS = "tests/tools/"
PYTEST = ["python", "-m", "pytest", "-q"]
UNIT = PYTEST + ["tests/unit"]
MYPY = ["mypy", "plugins/module_utils"]
MYPY_STRICT = ["mypy", "--strict", "plugins/module_utils/_libwrap"]

# The files of tests/real whose tests are plays below a folder of their own: a stage beside the others, so that both cores have work.
PLAYS = [
    "tests/real/test_%s.py" % name
    for name in (
        "audit_role",
        "findings_page",
        "getting_started",
        "guide_guard",
        "guide_migrate",
        "harden",
        "readme",
        "shown_examples_run",
        "wrapping_examples",
    )
]

# Shapes of tables that the role gives back as it does others: what the modules make of each is in the other tests. They are part of `make test-long`.
LATER_SHAPES = "every_shape_of_table and not (missing-False or unended-True or bans-below)"

# Attacks that meet the same code of ours whatever the ansible-core: on the older one they are part of `make test-long`. Templates in a table are there,
# too: on that core the pages meet hosts that put them into every text of every answer. So are those pages there that do nothing with an answer.
SAME_ON_EVERY_CORE = (
    "role_follows_no_link or of_another_user or fleet_of_liars or harden_meets_liars or hidden or stands_in_a_table or day_one or never_answers or "
    "facts_that_came_before or reports_about_another or sends_too_much or names_of_facts or "
    "page_runs_what_a_host_answers and not_looked_at"
)

# Attacks that are part of `make test-long` on the newer core as well: all pages over odd text, which every module and role meets, and two pages; over
# templates the pages that do nothing with what a host answers; all pages with hosts that put templates into their answers, which both roles meet on it,
# and the pages that look at them on the older core; and three quarters of the mutated answers.
ODD_PAGES = "stands_in_a_table and (odd or not_looked_at) or page_runs_what_a_host_answers"
MUTATED = "whatever_a_module_answers or document_of_anybodys"

# Properties of these dialects are part of `make test-long`: their answers are those of others in most things, and all golden answers are asked anyway.
# Of SLES 12 two, which take a fifth of the time of all; of redhat and freebsd, which read addresses in ways of their own, all but how they read.
LATER_DIALECTS = (
    "classic or el7 or el6 or suse15 or netbsd or suse12 and (compare_says or every_address_is_answered) "
    "or (redhat or freebsd) and not (every_piece or every_address_is_answered or random_bytes)"
)

# The Pythons of a host above the oldest one of ansible-core 2.21. What that one and 3.6 can import, these can too, and the unit tests of the newest one
# import everything.
NEWER = ("3.10", "3.11", "3.12", "3.13")

# Modules whose integration tests meet what is another one in ansible-core 2.16: what an action says of a change with --diff, of a refusal, of what a module
# only read, and what the controller writes. The others go the same ways, and are part of `make test-long`.
OTHER_ON_THE_OLDER_CORE = ("audit_report_folder", "harden_kernel", "hosts_access", "hosts_access_info")

# Unit tests that look the same on every Python, and are half of the time: on the oldest one they are part of `make test-long`, and so are those that do
# over and over what others have reached (NOT_COUNTED).
SAME_ON_EVERY_PYTHON = [
    "tests/unit/plugins/module_utils/%s.py" % name
    for name in (
        "_host/test_transaction_kill_points",
        "_libwrap/test_findings_docs",
        "_libwrap/test_pattern_files",
        "_modules/test_guard_kill_points",
        "_modules/test_record_kill_points",
    )
]


def ansible_test(core: str, kind: str, *arguments: str) -> List[str]:
    return [PYTHON, TOOLS + "ansible_test.py", core, kind] + list(arguments)


def integration(core: str, *targets: str) -> List[str]:
    """Modules are put together once for all tasks, which is half of the time. In `make test-long`, and in CI's matrix, each task does it."""
    return ["env", "PORTCULLIS_ONCE=yes"] + ansible_test(core, "integration", "--continue-on-error", *targets)


def skipping(*tests: str) -> List[str]:
    return [word for test in tests for word in ("--skip-test", test)]


# What waits, then what computes, each the longest first: what comes late in the list fills the gaps.
STAGES = [
    Stage("unit, Python 3.13", [UNIT], ("quick",), "2.21"),
    Stage(
        "ruff",
        [
            ["ruff", "check", "--cache-dir", ".cache/ruff", "--output-format", "concise", "."],
            ["ruff", "format", "--check", "--cache-dir", ".cache/ruff", "."],
        ],
        ("test", "quick"),
        "2.21",
    ),
    Stage("codespell", [["codespell"]], ("test", "quick"), "2.21"),
    Stage(
        "GitHub workflows",
        [["check-jsonschema", "--builtin-schema", "vendor.github-workflows", ".github/workflows/ci.yml"]],
        ("test", "quick"),
        "2.21",
    ),
    Stage(
        "schema of role variables",
        [["python", TOOLS + "role_schema.py", "--check"]],
        ("test", "quick"),
        "2.21",
    ),
    Stage("yamllint", [["yamllint", "--strict", "."]], ("test", "quick"), "2.21"),
    Stage("set-up: Debian packages", [[PYTHON, TOOLS + "system.py"]], ()),
    Stage("set-up: images", [[PYTHON, TOOLS + "images.py"]], (), after=("set-up: Debian packages",)),
    Stage(
        "Molecule: lockout",
        [[PYTHON, TOOLS + "molecule.py", "lockout"]],
        after=("set-up: images",),
        needs=("2.21", "paramiko"),
        timeout=3600,
        waits=True,
    ),
    Stage(
        "Molecule: fleet",
        [[PYTHON, TOOLS + "molecule.py", "fleet"]],
        after=("set-up: images",),
        needs=("2.21",),
        timeout=1800,
        waits=True,
    ),
    Stage(
        "Molecule: lockout, all kill points",
        [["env", "PORTCULLIS_KILL_POINTS=all", "PORTCULLIS_SITUATIONS=all", PYTHON, TOOLS + "molecule.py", "lockout"]],
        ("test-long",),
        after=("set-up: Debian packages",),
        needs=("2.21", "2.16", "paramiko"),
        timeout=14400,
        waits=True,
    ),
    Stage(
        "Molecule: fleet, every Debian with each super-server",
        [["env", "PORTCULLIS_MORE_HOSTS=more_hosts", PYTHON, TOOLS + "molecule.py", "fleet"]],
        ("test-long",),
        after=("set-up: images",),
        needs=("2.21",),
        timeout=3600,
        waits=True,
    ),
    Stage(
        "set-up: daemons",
        [[PYTHON, TOOLS + "images.py", "bookworm-daemons", "trixie-daemons", "bullseye-daemons"]],
        (),
        after=("set-up: images",),
    ),
    Stage("set-up: filters", [[PYTHON, TOOLS + "images.py", "trixie-filters"]], (), after=("set-up: daemons",)),
    Stage(
        "Molecule: enforce",
        [[PYTHON, TOOLS + "molecule.py", "enforce"]],
        after=("set-up: filters",),
        needs=("2.21",),
        timeout=1800,
        waits=True,
    ),
    Stage(
        "Molecule: coverage",
        [[PYTHON, TOOLS + "molecule.py", "coverage"]],
        after=("set-up: daemons",),
        needs=("2.21",),
        timeout=1800,
        waits=True,
    ),
    Stage(
        "set-up: askers",
        [[PYTHON, TOOLS + "images.py", "bookworm-askers", "trixie-askers", "bullseye-askers"]],
        (),
        after=("set-up: daemons",),
    ),
    Stage(
        "Molecule: askers",
        [[PYTHON, TOOLS + "molecule.py", "askers"]],
        after=("set-up: askers",),
        needs=("2.21",),
        timeout=1800,
        waits=True,
    ),
    Stage(
        "Molecule: default",
        [[PYTHON, TOOLS + "molecule.py", "default"]],
        after=("set-up: images",),
        needs=("2.21",),
        waits=True,
    ),
    Stage(
        "attacks",
        [PYTEST + ["tests/security", "-k", "not 2.16 and not (%s)" % ODD_PAGES]],
        ("test", "security"),
        "2.21",
        after=("set-up: Debian packages",),
        timeout=3600,
    ),
    Stage(
        "roles, guides and examples",
        [PYTEST + PLAYS + ["-k", "not (%s)" % LATER_SHAPES]],
        ("test", "real"),
        "2.21",
        after=("set-up: images",),
        timeout=3600,
    ),
    Stage(
        "units and coverage, Python 3.13",
        [[PYTHON, TOOLS + "coverage_report.py", "--enforce"]],
        ("test", "coverage"),
        needs=("2.21",),
    ),
    # The stage ruff has the rules of pep8, and what it knows of pylint's, in a hundredth of the time. pylint itself is part of `make test-long`.
    Stage(
        "sanity, ansible-core 2.21",
        [
            ansible_test("2.21", "sanity", *skipping("import", "pep8", "pylint")),
            ansible_test("2.21", "sanity", "--test", "import", "--python", "3.9"),
        ],
        after=("set-up: Debian packages",),
        needs=("2.21",),
    ),
    Stage(
        "units that are not counted, Python 3.13",
        [
            PYTEST + list(KILL_POINTS) + list(OVER_AND_OVER) + ["-k", "kill_points or %s" % NOT_COUNTED],
            PYTEST + list(ABOUT_TEXT),
        ],
        ("test",),
        "2.21",
    ),
    # The oldest Python of a managed host; the newest is that of the coverage.
    Stage(
        "units, ansible-core 2.16, Python 3.6",
        [
            [PYTHON, TOOLS + "oldest_python.py", "-k", "not (%s)" % NOT_COUNTED]
            + ["--ignore=" + path for path in SAME_ON_EVERY_PYTHON]
        ],
        needs=("2.16", "3.6"),
    ),
    Stage(
        "properties",
        [PYTEST + ["tests/property", "-k", "not (%s) and not (%s)" % (LATER_DIALECTS, COUNTED)]],
        ("test",),
        "2.21",
    ),
    Stage(
        "real tcpd and libwrap",
        [PYTEST + ["tests/real"] + ["--ignore=" + path for path in PLAYS]],
        ("test", "real"),
        "2.21",
        needs=("demo",),  # test_demo.py runs it
        after=("set-up: images",),
        timeout=3600,
    ),
    Stage(
        "integration, ansible-core 2.21",
        [integration("2.21")],
        ("test", "integration"),
        needs=("2.21",),
    ),
    Stage("set-up: browser", [[PYTHON, TOOLS + "system.py", "browser"]], (), after=("set-up: Debian packages",)),
    Stage(
        "browser",
        [PYTEST + ["tests/browser"]],
        ("test", "browser"),
        "browser",
        after=("set-up: browser",),
    ),
    Stage(
        "integration, ansible-core 2.16",
        [integration("2.16", *OTHER_ON_THE_OLDER_CORE)],
        ("test", "integration"),
        needs=("2.16",),
    ),
    # Of the Pythons that ansible-core 2.16 alone knows, the oldest; the newer ones are those of ansible-core 2.21. Of its other sanity tests the one that
    # compares a module with its documentation: the rest newer tools, those of 2.21, have made already, and `build and install` lets its ansible-doc read
    # all modules and roles. All of them are part of `make test-long`.
    Stage(
        "sanity, ansible-core 2.16",
        [
            ansible_test("2.16", "sanity", "--test", "validate-modules"),
            ansible_test("2.16", "sanity", "--test", "import", "--test", "compile", "--python", "3.6"),
        ],
        after=("set-up: Debian packages",),
        needs=("2.16",),
    ),
    Stage(
        "attacks, ansible-core 2.16",
        [PYTEST + ["tests/security", "-k", "2.16 and not (%s)" % SAME_ON_EVERY_CORE]],
        ("test", "security"),
        "2.21",
        needs=("2.16",),
        after=("set-up: Debian packages",),
        timeout=3600,
    ),
    Stage("nftables and sshd as enforcers", [PYTEST + ["tests/enforce"]], ("test",), "2.21", after=("set-up: images",)),
    # On this machine's own Python, which takes three quarters of the time of others; it needs nothing but Python.
    Stage("conformance", [[prebuilt.OF_HOSTS, "tests/conformance/run.py"]], ("test",)),
    # Speed is compared in processor seconds, as ratios within one run.
    Stage(
        "fleet speed, a light look",
        [[PYTHON, "tests/benchmarks/bench_fleet.py", "--light"]],
        ("test", "bench"),
        after=("set-up: Debian packages",),
        needs=("2.21", "2.16"),
        tries=3,
    ),
    Stage("ansible-lint", [["ansible-lint", "--offline", "--strict"]], ("test",), "2.21"),
    Stage(
        "documentation",
        [["python", TOOLS + "docsite.py", "--check"], [PYTHON, TOOLS + "docs.py"]],
        ("test",),
        "docs",
    ),
    Stage(
        "analysis speed",
        [["python", "tests/benchmarks/bench_analysis.py", "--repeats", "3"]],
        ("test", "bench"),
        "bench",
        tries=3,
    ),
    Stage("set-up: benchmarks", [[PYTHON, TOOLS + "system.py", "benchmarks"]], (), after=("set-up: Debian packages",)),
    Stage(
        "engine speed",
        [["python", "tests/benchmarks/bench_engine.py"]],
        ("test", "bench"),
        "bench",
        after=("set-up: benchmarks",),
        tries=3,
    ),
    Stage("build and install", [[PYTHON, TOOLS + "build.py"]], needs=("2.21", "2.19", "2.16")),
    Stage("galaxy-importer", [[PYTHON, TOOLS + "importer.py"]], needs=("2.21", "importer")),
    Stage("mypy", [MYPY, MYPY_STRICT], ("test",), "2.21"),
    Stage("antsibull-changelog", [["antsibull-changelog", "lint"]], ("test",), "2.21"),
    Stage("antsibull-docs", [[PYTHON, TOOLS + "docs_lint.py"]], ("test",), "2.21"),
    Stage("antsibull-nox", [["nox", "--no-venv", "--no-install"]], ("test",), "docs"),
    Stage("execution environment", [[PYTHON, TOOLS + "execution_environment.py"]], needs=("2.21", "importer")),
    Stage(
        "nftables and sshd as enforcers, all of it",
        [["env", "PORTCULLIS_ENFORCE=full"] + PYTEST + ["tests/enforce"]],
        ("test-long",),
        "2.21",
        after=("set-up: images",),
        timeout=3600,
    ),
    Stage(
        "attacks, ansible-core 2.16, those that are the same on every core",
        [PYTEST + ["tests/security", "-k", "2.16 and (%s)" % SAME_ON_EVERY_CORE]],
        ("test-long", "security"),
        "2.21",
        needs=("2.16",),
        after=("set-up: Debian packages",),
        timeout=3600,
    ),
    Stage(
        "attacks, pages over odd text, and four times as many mutated answers",
        [
            ["env", "PORTCULLIS_MUTATIONS=4"]
            + PYTEST
            + ["tests/security", "-k", "not 2.16 and (%s or %s)" % (ODD_PAGES, MUTATED)]
        ],
        ("test-long", "security"),
        "2.21",
        after=("set-up: Debian packages",),
        timeout=3600,
    ),
    Stage(
        "roles, the other shapes of tables",
        [PYTEST + ["tests/real/test_harden.py", "-k", LATER_SHAPES]],
        ("test-long", "real"),
        "2.21",
        after=("set-up: images",),
        timeout=3600,
    ),
    Stage(
        "properties, the other dialects",
        [PYTEST + ["tests/property", "-k", LATER_DIALECTS]],
        ("test-long",),
        "2.21",
    ),
    Stage(
        "a million questions to libwrap, live and dry",
        [[PYTHON, "tests/real/fuzz_libwrap.py", "--questions", "200000", "--until", "2000000"]],
        ("test-long",),
        after=("set-up: Debian packages",),
        timeout=7200,
    ),
    Stage(
        "atheris, an hour",
        [["python", "tests/property/fuzz_atheris.py", "--seconds", "3600"]],
        ("test-long",),
        "fuzz",
        timeout=7200,
    ),
    Stage("mutants", [[PYTHON, TOOLS + "mutate.py"]], ("test-long",), needs=("mutants",), timeout=14400),
    Stage(
        "sanity, ansible-core 2.19",
        [ansible_test("2.19", "sanity")],
        ("test-long",),
        after=("set-up: Debian packages",),
        needs=("2.19",),
    ),
    Stage(
        "sanity, ansible-core 2.16, all of it",
        [ansible_test("2.16", "sanity")],
        ("test-long",),
        after=("set-up: Debian packages",),
        needs=("2.16",),
        timeout=3600,
    ),
    Stage(
        "sanity, ansible-core 2.21, import on the newer Pythons, pep8, pylint",
        [ansible_test("2.21", "sanity", "--test", "import", "--python", python) for python in NEWER]
        + [ansible_test("2.21", "sanity", "--test", name) for name in ("pep8", "pylint")],
        ("test-long",),
        after=("set-up: Debian packages",),
        needs=("2.21",),
    ),
    Stage(
        "units, ansible-core 2.21, every Python",
        [ansible_test("2.21", "units")],
        ("test-long",),
        needs=("2.21",),
        timeout=3600,
    ),
    Stage(
        "units, ansible-core 2.19, every Python",
        [ansible_test("2.19", "units")],
        ("test-long",),
        needs=("2.19",),
        timeout=3600,
    ),
    Stage(
        "units, ansible-core 2.16, every Python",
        [ansible_test("2.16", "units")],
        ("test-long",),
        needs=("2.16",),
        timeout=3600,
    ),
    Stage(
        "integration, ansible-core 2.16, all of it",
        [ansible_test("2.16", "integration", "--continue-on-error")],
        ("test-long",),
        needs=("2.16",),
    ),
    Stage(
        "integration, ansible-core 2.19",
        [ansible_test("2.19", "integration", "--continue-on-error")],
        ("test-long", "integration"),
        needs=("2.19",),
    ),
]
