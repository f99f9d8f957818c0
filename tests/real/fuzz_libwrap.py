# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the engine and the installed libwrap about random rule files until stopped or until they differ.

usage: python3 tests/real/fuzz_libwrap.py [--seed N] [--questions N] [--until N]
Without --seed every round of --questions has a fresh seed. Each question is asked live and as tcpdmatch does (dry), and counts twice.
Exit status 1 with the case, shrunk, where they differ.
"""

import argparse
import pathlib
import secrets
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE / "oracle")]
import paths

sys.path.insert(0, str(paths.link_collection()))
from differences import Comparison


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seed", type=int, help="one round with this seed")
    parser.add_argument("--questions", type=int, default=24000, help="questions a round")
    parser.add_argument("--until", type=int, metavar="N", help="end when so many questions were asked")
    options = parser.parse_args()
    started = time.monotonic()
    with Comparison() as comparison:
        try:
            while True:
                seed = secrets.randbits(32) if options.seed is None else options.seed
                difference = comparison.fuzz(seed, options.questions)
                if difference:
                    print("seed %d\n%s" % (seed, difference))
                    return 1
                seconds = time.monotonic() - started
                print(
                    "seed %-10d %9d questions, %d decided by a rule, %.0f s"
                    % (seed, comparison.asked, comparison.matched, seconds),
                    flush=True,
                )
                if options.seed is not None or comparison.asked >= (options.until or sys.maxsize):
                    return 0
        except KeyboardInterrupt:
            print("stopped: %d questions, none answered differently" % comparison.asked)
            return 0


if __name__ == "__main__":
    sys.exit(main())
