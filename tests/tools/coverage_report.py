# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the unit tests, the golden answers and the properties of one dialect under coverage; print what they reach, in branches.

usage: python3 tests/tools/coverage_report.py [--enforce]     (with --enforce, too little is a failure)
"""

import pathlib
import subprocess
import sys
from typing import List

import environment
import paths
import venvs

ENGINE = ("plugins/module_utils/_libwrap/*", 95)
WHOLE = ("plugins/*", 85)
# What needs a host (the action plugins, the rollback, the audit's parts) is tested by tests/real and molecule, which are not counted here.
# Of the properties those that reach much with little work: counting makes it three times as much.
COUNTED = "debian and not compare_says and not shadowed_rules_never and not some_rules_by_themselves and not every_address_is_answered"
# Unit tests whose children die at every call: what such a child reached is not counted anyway. They are a stage of their own, and with them those that
# do over and over what others have reached: counting makes them three times as much, and they were a third of it.
KILL_POINTS = (
    "tests/unit/plugins/module_utils/_host/test_transaction_kill_points.py",
    "tests/unit/plugins/module_utils/_modules/test_guard_kill_points.py",
    "tests/unit/plugins/module_utils/_modules/test_record_kill_points.py",
)
_UNIT = "tests/unit/plugins/module_utils/"
# Tests of what stands in the code and the documentation: they read it, and run little of it.
ABOUT_TEXT = tuple(
    "tests/unit/test_%s.py" % name
    for name in (
        "all_is_used",
        "changelog",
        "daemons_page",
        "facts_stand_once",
        "failed_stages",
        "findings_of_services",
        "functions_are_small",
        "layers",
        "payloads",
        "reference",
        "role_variables",
        "security_model",
        "shown_examples",
        "stages",
        "venvs",
        "workflows",
    )
)
OVER_AND_OVER = {
    _UNIT + "_backends/test_nftables.py": ("test_a_listing_of_any_form_is_read_and_never_an_error",),
    _UNIT + "_host/test_accounts_and_names.py": ("test_a_configuration_costs_by_its_length",),
    _UNIT + "_libwrap/test_edit.py": ("test_blocks_are_ordered_by_position_priority_and_name",),
    _UNIT + "_libwrap/test_findings.py": (
        "test_ten_thousand_rules",
        "test_hostile_text_is_looked_through_in_linear_time",
        "test_lines_point_into_the_table",
    ),
    _UNIT + "_libwrap/test_findings_docs.py": ("host-file-long",),
    _UNIT + "_libwrap/test_pattern_files.py": (
        "test_what_is_behind_the_part_that_is_read_is_not_known",
        "test_a_long_file_about_the_servers_end",
    ),
    _UNIT + "_libwrap/test_printable.py": ("test_no_control_mark_of_direction_or_half_of_a_pair_is_left",),
    _UNIT + "_libwrap/test_sets.py": ("test_masks_with_holes_and_octets_are_exact",),
    _UNIT + "_modules/test_hosts_access.py": (
        "test_info_returns_megabytes_of_rules",
        "test_wildcards_that_combine_in_too_many_ways",
        "test_info_says_that_it_cannot_tell_which_rules_could_go",
    ),
    _UNIT + "_modules/test_hosts_access_others.py": ("test_gains_that_cannot_be_told_are_refused",),
    _UNIT + "_modules/test_record.py": ("test_the_texts_of_a_record_may_hold_what_its_form_may_not",),
}
NOT_COUNTED = " or ".join(
    "%s and (%s)" % (pathlib.PurePath(path).name, " or ".join(names)) for path, names in OVER_AND_OVER.items()
)
TESTS = (
    ("tests/unit",) + tuple("--ignore=" + path for path in KILL_POINTS + ABOUT_TEXT) + ("-k", "not (%s)" % NOT_COUNTED),
    ("tests/conformance", "-k", "not every"),
    ("tests/property", "-k", COUNTED),
)


def main(arguments: List[str]) -> int:
    python = str(venvs.ensure("2.21") / "bin" / "python")
    data = str(paths.CACHE / "coverage" / "data")
    (paths.CACHE / "coverage").mkdir(parents=True, exist_ok=True)
    env = dict(environment.variables("2.21"), COVERAGE_FILE=data)

    def coverage(*words: str) -> int:
        return subprocess.run(
            [python, "-m", "coverage"] + list(words), cwd=str(paths.ROOT), env=env, check=False
        ).returncode

    coverage("erase")
    for tests in TESTS:
        if coverage("run", "-m", "pytest", "-q", *tests):
            return 1
    coverage("combine", "--quiet")
    coverage("report", "--include", WHOLE[0])
    status = 0
    for name, (files, wanted) in (("engine", ENGINE), ("whole", WHOLE)):
        limit = ["--fail-under", str(wanted)] if "--enforce" in arguments else []
        print("branch coverage of the %s, in per cent (at least %d is wanted):" % (name, wanted), flush=True)
        status = coverage("report", "--include", files, "--format", "total", "--precision", "1", *limit) or status
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
