# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""ansible-playbook in children of one process that has imported it: that is a third of what a short run takes.

A child is a process of its own, with its own arguments, environment, folder and temporary files; Ansible's settings, which it reads when it is
imported, are those that the process was started with. A run with others has a process of its own.
"""

import atexit
import json
import os
import shutil
import subprocess
import tempfile

from ansible_collections.portcullis.tcp_wrappers.tests import forking

LOADED = """
import atexit, sys, tempfile
from ansible.cli import playbook
from ansible import constants
from ansible.executor import playbook_executor, task_queue_manager
from ansible.plugins.strategy import linear
from ansible.utils.path import cleanup_tmp_file
"""
CHILD = """
os.dup2(1, 2)
os.environ.clear()
os.environ.update(wanted["environment"])
os.chdir(wanted["folder"])
atexit.unregister(cleanup_tmp_file)  # of the folder that was made for the parent
constants.DEFAULT_LOCAL_TMP = tempfile.mkdtemp(
    prefix="ansible-local-%d" % os.getpid(), dir=os.path.dirname(constants.DEFAULT_LOCAL_TMP)
)
atexit.register(cleanup_tmp_file, constants.DEFAULT_LOCAL_TMP)
sys.argv = wanted["arguments"]
playbook.main(sys.argv)
"""
# What differs between two runs without being a setting that the process has read.
OWN = ("ANSIBLE_HOME",)


class Playbooks(forking.Forking):
    """The process, for one Python and Ansible's settings of an environment. Its own home is a folder that goes with it."""

    def __init__(self, python, environment):
        self.home = tempfile.mkdtemp(prefix="portcullis.ansible.")
        super().__init__([python, "-c", LOADED + forking.FORKS + CHILD], dict(environment, ANSIBLE_HOME=self.home))

    def run(self, arguments, environment, folder, timeout):
        """A run's exit status and all that it printed, as bytes. One that is not done in time is an error, and ends the process."""
        with tempfile.NamedTemporaryFile(prefix="portcullis.output.") as output:
            files = [os.devnull, output.name]
            wanted = {"arguments": arguments, "environment": environment, "folder": folder, "files": files}
            return self.ask(wanted, arguments, timeout), output.read()

    def stop(self):
        """End the process, and what runs."""
        super().stop()
        shutil.rmtree(self.home, ignore_errors=True)


_playbooks = {}


def run(program, arguments, environment, folder, timeout):
    """Run ansible-playbook (its path in a venv). Returns the finished process; `stdout` has both streams, as bytes."""
    python = os.path.join(os.path.dirname(program), "python")
    settings = {name: value for name, value in environment.items() if name.startswith("ANSIBLE_") and name not in OWN}
    key = (python, json.dumps(settings, sort_keys=True))
    if key not in _playbooks or not _playbooks[key].lives():
        _playbooks[key] = Playbooks(python, environment)
        atexit.register(_playbooks[key].stop)
    words = [program] + [str(word) for word in arguments]
    status, output = _playbooks[key].run(words, environment, str(folder), timeout)
    return subprocess.CompletedProcess(words, status, output)
