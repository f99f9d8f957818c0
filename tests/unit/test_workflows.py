# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The public CI types what a checkout can type: each job ends in a make target, for every ansible-core that is promised."""

import pathlib
import re

import pytest
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
JOBS = yaml.safe_load((ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8"))["jobs"]
TARGETS = set(
    re.findall(r"[a-z-]+", " ".join(re.findall(r"^([a-z][a-z -]*):", (ROOT / "Makefile").read_text(), re.MULTILINE)))
)


# actionlint comes from GitHub, which a checkout may not reach
@pytest.mark.parametrize("job", sorted(set(JOBS) - {"workflows"}))
def test_a_job_ends_in_a_make_target(job):
    (target,) = re.findall(r"^make (\S+|\$\{\{.*?\}\})(?: CORE=.*)?$", JOBS[job]["steps"][-1]["run"].strip())
    kinds = JOBS[job]["strategy"]["matrix"]["kind"] if target.startswith("$") else [target]
    assert set(kinds) <= TARGETS


def test_every_core_that_is_promised_is_tested_and_the_next_one():
    required = (ROOT / "meta" / "runtime.yml").read_text(encoding="utf-8")
    oldest = int(re.search(r'^requires_ansible: ">=2\.(\d+)\.0"$', required, re.MULTILINE).group(1))
    cores = JOBS["ansible-core"]["strategy"]["matrix"]["core"]
    assert cores == ["2.%d" % minor for minor in range(oldest, 22)] + ["devel"]
    for core in cores:
        assert (ROOT / "tests" / "tools" / "requirements" / (core + ".txt")).exists()
