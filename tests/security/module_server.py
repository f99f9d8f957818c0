# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules run in children of one process that has loaded what they import: loading is three quarters of what a run costs.

A child is a process of its own with the module as its main program, its arguments on standard input, and its own end.
"""

import atexit
import pathlib
import tempfile
from typing import NamedTuple

from ansible_collections.portcullis.tcp_wrappers.tests import prebuilt
from ansible_collections.portcullis.tcp_wrappers.tests.forking import FORKS, Forking

LOADED = """
import importlib, runpy, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    del sys.modules[name]  # it is loaded again as the main program; what it imports stays
"""
CHILD = """
os.chdir("/")
sys.argv = [wanted["module"]]
runpy.run_module(wanted["module"], run_name="__main__", alter_sys=True)
"""


class Finished(NamedTuple):
    """As subprocess.CompletedProcess has them."""

    returncode: int
    stdout: bytes
    stderr: bytes


class ModuleServer:
    """The process that loaded the modules (their full names), with an environment. It is started when it is first asked."""

    def __init__(self, modules, environment):
        self.modules, self.environment, self.process = list(modules), environment, None
        atexit.register(self.stop)

    def run(self, module, text, timeout):
        """Run a module with `text` (bytes) on its standard input. One that is not done in time is an error, and is ended."""
        if self.process is None:
            self.process = Forking([prebuilt.OF_HOSTS, "-c", LOADED + FORKS + CHILD] + self.modules, self.environment)
        with tempfile.TemporaryDirectory(prefix="portcullis.module.") as folder:
            files = [pathlib.Path(folder) / name for name in ("input", "output", "errors")]
            for path in files:
                path.write_bytes(text if path.name == "input" else b"")
            try:
                status = self.process.ask({"module": module, "files": [str(path) for path in files]}, module, timeout)
            except BaseException:
                self.stop()
                raise
            return Finished(status, *[path.read_bytes() for path in files[1:]])

    def stop(self):
        """End the process, and what runs."""
        if self.process is not None:
            process, self.process = self.process, None
            process.stop()
