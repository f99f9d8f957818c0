# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every play of a test runs below a folder: one that reaches the machine itself could shut its users out."""

import glob
import os
import pathlib

import pytest


def of_the_machine():
    """What a play that is meant for a folder would leave on this machine: files of the collection's, and their contents."""
    found = glob.glob("/etc/portcullis*") + glob.glob("/etc/systemd/system/**/portcullis*", recursive=True)
    return {path: pathlib.Path(path).read_bytes() for path in found if os.path.isfile(path)}


@pytest.fixture(autouse=True)
def the_machine_is_left_alone():
    """Fails a test that wrote to this machine."""
    before = of_the_machine()
    yield
    assert of_the_machine() == before
