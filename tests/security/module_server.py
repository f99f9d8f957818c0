# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules run in children of one process that has loaded what they import: loading is three quarters of what a run costs.

A child is a process of its own with the module as its main program, its arguments on standard input, and its own end.
"""

import atexit
import json
import os
import pathlib
import select
import signal
import subprocess
import sys
import tempfile
from typing import NamedTuple

# Reads one line for each run: the module, and the files for its input and output. Answers with the exit status, as the shell has it.
SERVER = """
import gc, importlib, json, os, runpy, sys
for name in sys.argv[1:]:
    importlib.import_module(name)
    del sys.modules[name]  # it is loaded again as the main program; what it imports stays
gc.freeze()  # a child need not look through what was loaded
requests = os.fdopen(os.dup(0), "r")
answers = os.fdopen(os.dup(1), "w")
child = name = None
for line in requests:
    name, *files = json.loads(line)
    child = os.fork()
    if not child:
        break
    answers.write("%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    answers.flush()
if child == 0:
    for number, (path, flags) in enumerate(zip(files, (os.O_RDONLY, os.O_WRONLY, os.O_WRONLY))):
        opened = os.open(path, flags)
        os.dup2(opened, number)
        os.close(opened)
    requests.close()
    answers.close()
    os.chdir("/")
    sys.argv = [name]
    runpy.run_module(name, run_name="__main__", alter_sys=True)
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
            self.process = subprocess.Popen(
                [sys.executable, "-c", SERVER] + self.modules,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env=self.environment,
                cwd="/",
                start_new_session=True,
            )
        with tempfile.TemporaryDirectory(prefix="portcullis.module.") as folder:
            files = [pathlib.Path(folder) / name for name in ("input", "output", "errors")]
            for path in files:
                path.write_bytes(text if path.name == "input" else b"")
            self.process.stdin.write(json.dumps([module] + [str(path) for path in files]).encode() + b"\n")
            self.process.stdin.flush()
            if not select.select([self.process.stdout], [], [], timeout)[0]:
                self.stop()
                raise subprocess.TimeoutExpired(module, timeout)
            status = self.process.stdout.readline()
            return Finished(int(status), *[path.read_bytes() for path in files[1:]])

    def stop(self):
        """End the process, and what runs."""
        if self.process is not None:
            process, self.process = self.process, None
            with process:
                os.killpg(process.pid, signal.SIGKILL)
