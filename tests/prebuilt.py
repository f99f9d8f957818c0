# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Environment variables for runs of Ansible that take a module as an earlier run put it together: that is more than half of their time.
And that look for results less often while they wait for hosts.

Whatever the collection's code is then, a change of it included, is what is sent. What measures time does without.
"""

import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def _of_hosts():
    """This machine's own Python where modules of every ansible-core run on it: what a distribution builds takes three quarters of the time of another."""
    own = "/usr/bin/python3"
    new_enough = [own, "-c", "import sys; sys.exit(sys.version_info < (3, 9))"]
    return own if os.path.exists(own) and subprocess.run(new_enough, check=False).returncode == 0 else sys.executable


# What hosts of the tests that are folders of this machine have.
OF_HOSTS = _of_hosts()


def variables(python=OF_HOSTS, **pythons):
    """For a program of Ansible. A host with a Python of the same version as `python` (a path, or nothing) need not compile what it gets.

    `pythons`: the same for containers, by the release that their image begins with (bookworm=path).
    """
    return {
        "ANSIBLE_CALLBACK_PLUGINS": os.path.join(HERE, "callback"),
        "ANSIBLE_CALLBACKS_ENABLED": "prebuilt_modules,looks_less_often",
        "PORTCULLIS_PREBUILT": os.path.join(os.path.dirname(HERE), ".cache", "prebuilt"),
        "PORTCULLIS_COMPILED": python or "",
        "PORTCULLIS_PYTHONS": json.dumps({release: path for release, path in pythons.items() if path}),
    }
