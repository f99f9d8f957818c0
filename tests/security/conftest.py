# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the attacks share: scratch folders, an unprivileged user's processes, modules and playbooks as Ansible runs them.

Run as root, on any Linux. Nothing here touches the machine's own files: an attack has a folder of its own, with the attacked image and what lies outside.
"""

import os
import pathlib
import shutil
import subprocess
import tempfile

import pytest

from ansible_collections.portcullis.tcp_wrappers.tests import left_alone

from attacked import Scratch, start_as_nobody
from controllers import Controller


the_machine_is_left_alone = left_alone.the_machine_is_left_alone


@pytest.fixture(name="scratch")
def fixture_scratch():
    """A folder that every user can reach, with `image` (a legacy host's files, root's) and `outside` (what no module may touch)."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="portcullis.security.", dir="/tmp"))
    os.chmod(str(folder), 0o755)
    yield Scratch(folder)
    shutil.rmtree(str(folder))


@pytest.fixture(name="nobody")
def fixture_nobody():
    """Start a program as a user who owns nothing: nobody(command, ...) returns its Popen. All are ended after the test."""
    started = []

    def start(*command, **options):
        process = start_as_nobody([str(word) for word in command], **options)
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        if process.stdout:
            process.stdout.close()


@pytest.fixture(name="mounts")
def fixture_mounts():
    """mount(*arguments) mounts something; everything is unmounted at the end."""
    done = []

    def mount(*arguments):
        subprocess.run(["mount"] + [str(argument) for argument in arguments], check=True)
        done.append(str(arguments[-1]))

    yield mount
    for target in reversed(done):
        subprocess.run(["umount", target], check=True)


@pytest.fixture(name="controller", params=["2.16", "2.21"])
def fixture_controller(request, scratch):
    """A controller with a folder of its own (`controller.folder`): each test runs on both ansible-cores.

    Some run on the older one in `make test-long` only: tests/tools/stages.py names them.
    """
    return Controller(request.param, scratch.folder / "controller")
