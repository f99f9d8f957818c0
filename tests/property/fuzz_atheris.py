# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Coverage-guided search for a text that breaks a law of the engine (engine_laws.py).

usage: python tests/property/fuzz_atheris.py [--seconds N] [CORPUS_FOLDER]     (in the venv "fuzz", Python 3.11)
It starts from corpus.txt; what it finds beyond goes to CORPUS_FOLDER (default .cache/fuzz-corpus). A text that breaks a law is
kept as crash-* in .cache and the exit status is not 0.
"""

import pathlib
import sys

import atheris

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "tools"), str(HERE)]
import paths

sys.path.insert(0, str(paths.link_collection()))
with atheris.instrument_imports(include=["ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap"]):
    import engine_laws
import corpus


def main() -> None:
    seconds = "300"
    arguments = sys.argv[1:]
    if arguments[:1] == ["--seconds"]:
        seconds, arguments = arguments[1], arguments[2:]
    found = pathlib.Path(arguments[0]) if arguments else paths.CACHE / "fuzz-corpus"
    seeds = paths.CACHE / "fuzz-seeds"
    for folder in (found, seeds):
        folder.mkdir(parents=True, exist_ok=True)
    for number, data in enumerate(corpus.inputs()):
        (seeds / ("seed-%03d" % number)).write_bytes(data)
    options = [
        "-max_total_time=" + seconds,
        "-max_len=4200",
        "-timeout=20",
        "-rss_limit_mb=2048",
        "-artifact_prefix=%s/" % paths.CACHE,
        "-print_final_stats=1",
        "-dict=" + str(HERE / "corpus.dict"),
        str(found),
        str(seeds),
    ]
    atheris.Setup(sys.argv[:1] + options, lambda data: engine_laws.check(*corpus.decode(data)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
