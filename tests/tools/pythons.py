# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Find Python interpreters: pyenv's own, then what is on PATH (pyenv's shims answer 127 and are passed over)."""

import functools
import os
import pathlib
import re
import shutil
import subprocess
import sys
from typing import List, Optional

PROBE = "import sys; print('%d.%d' % sys.version_info[:2])"


def _pyenv_versions() -> Optional[pathlib.Path]:
    roots = [os.environ.get("PYENV_ROOT")]
    if shutil.which("pyenv"):
        answer = subprocess.run(["pyenv", "root"], stdout=subprocess.PIPE, check=False, universal_newlines=True)
        roots.append(answer.stdout.strip())
    roots.append(str(pathlib.Path.home() / ".pyenv"))
    for root in roots:
        if root and (pathlib.Path(root) / "versions").is_dir():
            return pathlib.Path(root) / "versions"
    return None


def _is(path: str, version: str) -> bool:
    try:
        answer = subprocess.run(
            [path, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False, universal_newlines=True
        )
    except OSError:
        return False
    return answer.returncode == 0 and answer.stdout.strip() == version


@functools.lru_cache(maxsize=None)
def find(version: str) -> Optional[str]:
    """The path of an interpreter of `X.Y`, or None."""
    versions = _pyenv_versions()
    candidates: List[str] = []
    if versions:
        found = [entry for entry in versions.iterdir() if re.match(re.escape(version) + r"\.\d+$", entry.name)]
        found.sort(key=lambda entry: int(entry.name.rsplit(".", 1)[1]), reverse=True)
        candidates += [str(entry / "bin" / ("python" + version)) for entry in found]
    on_path = shutil.which("python" + version)
    candidates += [on_path] if on_path else []
    candidates += [sys.executable]
    for candidate in candidates:
        if _is(candidate, version):
            return candidate
    return None


def bin_folders() -> List[str]:
    """The folders with real interpreters, for the PATH of ansible-test."""
    versions = ["3.14", "3.13", "3.12", "3.11", "3.10", "3.9", "3.8", "3.7", "3.6", "2.7"]
    return [os.path.dirname(path) for path in map(find, versions) if path]
