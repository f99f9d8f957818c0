# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make bench-fleet: what the collection costs a host, a fleet and a service, side by side with what users have today.

usage: python3 tests/benchmarks/bench_fleet.py [--page FILE] [PART ...]      (default: all parts)
       python3 tests/benchmarks/bench_fleet.py --light
Prints tables with ratios; exit status 1 where a target is missed. A whole run also writes docs/benchmarks.md, and ratios.json beside this
file. The light run, part of `make test`, measures some of it again, in processor time, and fails where a ratio is twice as bad as the one
in that file.
"""

import argparse
import concurrent.futures
import importlib
import json
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

import images
import system
import venvs
from fleet import beyond, page, role, tcpd_cost
from fleet.lab import Lab

PARTS = ["task", "startup", "role", "audit", "evaluation", "where_time_goes", "beyond", "tcpd_cost"]
APART = ["beyond_mitogen", "beyond_runner", "audit_thousand"]  # slow, or of use to few: only when named
LIGHT = ["task", "startup", "beyond"]
RATIOS = pathlib.Path(__file__).with_name("ratios.json")
PAGE = ROOT / "docs" / "benchmarks.md"


def prepare():
    """Packages, venvs and images that a fresh machine lacks, side by side, before anything is timed."""
    started = time.monotonic()
    system.ensure()
    system.ensure(["benchmarks"])
    with concurrent.futures.ThreadPoolExecutor() as pool:
        jobs = [pool.submit(venvs.ensure, core) for core in beyond.CORES]
        jobs.append(pool.submit(lambda: [images.ensure(part.IMAGE) for part in (role, tcpd_cost)]))
        for job in jobs:
            job.result()
    print("set-up took %d s\n" % (time.monotonic() - started), flush=True)


def run(names, function, cost="seconds"):
    """Each part's section, printed as it comes; `cost` is what is compared."""
    for name in names:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="portcullis-bench-") as folder:
            section = getattr(importlib.import_module("fleet." + name), function)(Lab(pathlib.Path(folder), cost=cost))
        print(page.as_text(section))
        print("%s took %d s\n" % (name, time.monotonic() - started), flush=True)
        yield section


def doubled(sections, recorded):
    """The names of the targets whose figure is twice as bad as the recorded one; a figure that nobody has recorded is an error."""
    worse = []
    for target in (target for section in sections for target in section.targets):
        before = recorded[target.name]
        if (target.figure < before / 2) if target.floor else (target.figure > before * 2):
            worse.append("%s: %.3g, %.3g on record" % (target.name, target.figure, before))
    return worse


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=pathlib.Path, help="write the page there")
    parser.add_argument("--light", action="store_true", help="the part of it that make test runs")
    parser.add_argument(
        "parts", nargs="*", metavar="PART", help=", ".join(PARTS) + "; only when named: " + ", ".join(APART)
    )
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS + APART)
    if unknown:
        parser.error("no such part: %s (there are %s)" % (", ".join(sorted(unknown)), ", ".join(PARTS + APART)))
    if arguments.light:
        worse = doubled(run(LIGHT, "light", "processor"), json.loads(RATIOS.read_text()))
        print("%d ratios doubled%s" % (len(worse), ": " + "; ".join(worse) if worse else ""))
        return 1 if worse else 0
    prepare()
    sections = list(run(arguments.parts or PARTS, "measure"))
    targets = [target for section in sections for target in section.targets]
    if not arguments.parts:
        RATIOS.write_text(
            json.dumps({target.name: float("%.4g" % target.figure) for target in targets}, indent=1, sort_keys=True)
            + "\n"
        )
    if arguments.page or not arguments.parts:
        (arguments.page or PAGE).write_text(page.with_enforced(page.page(sections), page.enforced_of(PAGE.read_text())))
    missed = [target.name for target in targets if not target.met]
    print("%d targets missed%s" % (len(missed), ": " + "; ".join(missed) if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
