# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Copy the working tree: the files that git tracks or would track, so uncommitted work is tested too."""

import filecmp
import os
import pathlib
import shutil
import subprocess

import paths


def copy_tree(target: pathlib.Path) -> None:
    """Make target the same as the checkout, with a git of its own; what tests left in tests/output stays."""
    target.mkdir(parents=True, exist_ok=True)
    if not (target / ".git").exists():  # or tools ask the checkout's git, which ignores all of .cache
        subprocess.run(["git", "init", "-q", str(target)], check=True)
    listed = (
        subprocess.run(
            ["git", "ls-files", "-co", "--exclude-standard", "-z"],
            cwd=str(paths.ROOT),
            stdout=subprocess.PIPE,
            check=True,
        )
        .stdout.decode()
        .split("\0")
    )
    wanted = {name for name in listed if name and (paths.ROOT / name).is_file()}
    for folder, folders, files in os.walk(str(target)):
        if ".git" in folders:
            folders.remove(".git")
        for file in files:
            name = os.path.relpath(os.path.join(folder, file), str(target))
            if name not in wanted and not name.startswith("tests/output/"):
                os.unlink(os.path.join(folder, file))
    for name in wanted:
        _copy(paths.ROOT / name, target / name)


def _copy(source: pathlib.Path, copy: pathlib.Path) -> None:
    if source.is_symlink() or copy.is_symlink():
        if copy.is_symlink() and source.is_symlink() and os.readlink(str(copy)) == os.readlink(str(source)):
            return
        if copy.is_symlink() or copy.exists():
            copy.unlink()
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(source), str(copy), follow_symlinks=False)
    elif not copy.is_file() or not filecmp.cmp(str(source), str(copy), shallow=False):
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(str(source), str(copy))
    elif os.access(str(source), os.X_OK) != os.access(str(copy), os.X_OK):
        shutil.copymode(str(source), str(copy))
