# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the engine with every golden answer; one line a dialect, exit status 1 where any differs.

usage: python3 tests/conformance/run.py [DIALECT ...]
"""

import pathlib
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
SHOWN = 5

sys.path[:0] = [str(HERE.parent / "tools"), str(HERE)]
import paths

sys.path.insert(0, str(paths.link_collection()))
import compare
import golden


def report(name: str, tally: compare.Tally) -> int:
    """Print one line, and the first differences; returns how many there are."""
    print("%-17s %6d answers, %d differ" % (name, tally.answers, len(tally.differences)), flush=True)
    for text in tally.differences[:SHOWN]:
        print("  " + text)
    return len(tally.differences)


def main() -> int:
    started = time.monotonic()
    chosen = sys.argv[1:] or list(golden.DIALECTS)
    differ = sum(report(dialect, compare.compare_dialect(dialect)) for dialect in chosen)
    if not sys.argv[1:]:
        differ += report("probes", compare.compare_probes())
        differ += report("expansions", compare.compare_expansions())
        differ += report("faults", compare.compare_faults())
    print("%.0f s" % (time.monotonic() - started))
    return 1 if differ else 0


if __name__ == "__main__":
    sys.exit(main())
