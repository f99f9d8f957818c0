# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""File systems and folders that the tests on a real machine need."""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests import left_alone


the_machine_is_left_alone = left_alone.the_machine_is_left_alone


@pytest.fixture
def open_folder():
    """A folder that everybody may reach; one of pytest's own may be closed to others at any time."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="files."))
    os.chmod(str(path), 0o755)
    yield path
    shutil.rmtree(str(path))


@pytest.fixture
def mounts():
    """Mount things; everything is unmounted at the end."""
    done = []

    def mount(*arguments):
        subprocess.run(["mount"] + [str(argument) for argument in arguments], check=True)
        done.append(str(arguments[-1]))

    yield mount
    for target in reversed(done):
        subprocess.run(["umount", target], check=True)
