# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""make bench-fleet: what the collection costs a host, a fleet and a service, side by side with what users have today.

usage: python3 tests/benchmarks/bench_fleet.py [--page FILE] [PART ...]      (default: all parts)
Prints tables with ratios; a whole run also writes docs/benchmarks.md. Exit status 1 where a target is missed.
"""

import argparse
import importlib
import pathlib
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests" / "tools"))
sys.path.insert(0, str(ROOT / "tests" / "benchmarks"))

import system
from fleet import page
from fleet.lab import Lab

PARTS = ["task"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--page", type=pathlib.Path, help="write the page there; a whole run writes docs/benchmarks.md by itself")
    parser.add_argument("parts", nargs="*", choices=PARTS + [[]], metavar="PART", help=", ".join(PARTS))
    arguments = parser.parse_args()
    system.ensure()
    system.ensure(["benchmarks"])
    sections = []
    for name in arguments.parts or PARTS:
        started = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="portcullis-bench-") as folder:
            sections.append(importlib.import_module("fleet." + name).measure(Lab(pathlib.Path(folder))))
        print(page.as_text(sections[-1]))
        print("%s took %d s\n" % (name, time.monotonic() - started), flush=True)
    target = arguments.page or (None if arguments.parts else ROOT / "docs" / "benchmarks.md")
    if target:
        target.write_text(page.page(sections))
    missed = [limit.name for section in sections for limit in section.targets if not limit.met]
    print("%d targets missed%s" % (len(missed), ": " + "; ".join(missed) if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
