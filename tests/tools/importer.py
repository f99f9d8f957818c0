# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run galaxy-importer, the check that Galaxy and Automation Hub make, on the built collection; its warnings fail.

usage: python3 tests/tools/importer.py
"""

import subprocess
import sys

import build
import environment
import paths
import venvs

CONFIG = """\
[galaxy-importer]
CHECK_REQUIRED_TAGS = True
CHECK_CHANGELOG = True
RUN_ANSIBLE_DOC = True
RUN_ANSIBLE_LINT = True
RUN_ANSIBLE_TEST = False
RUN_FLAKE8 = False
LOG_LEVEL_MAIN = INFO
"""


def main() -> int:
    built = build.build()
    config = paths.CACHE / "galaxy-importer.cfg"
    config.write_text(CONFIG)
    folder = venvs.ensure("importer")
    env = dict(environment.variables("importer"), GALAXY_IMPORTER_CONFIG=str(config))
    done = subprocess.run(
        [str(folder / "bin" / "python"), "-m", "galaxy_importer.main", str(built)],
        env=env,
        cwd=str(paths.CACHE),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        check=False,
        universal_newlines=True,
    )
    print(done.stdout)
    bad = [line for line in done.stdout.splitlines() if line.startswith(("ERROR", "WARNING"))]
    return 1 if done.returncode or bad or "Importer processing completed successfully" not in done.stdout else 0


if __name__ == "__main__":
    sys.exit(main())
