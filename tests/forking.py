# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that has loaded what many runs need, and forks for each: the loop in it, and whoever asks it."""

import json
import os
import select
import signal
import subprocess

# Comes after what is to be loaded, and before what each child does. Reads one line for each run, of which `files` are its standard input, output and
# errors. Answers with the exit status, as the shell has it.
FORKS = """
import gc, json, os
gc.freeze()  # a child need not look through what was loaded
requests = os.fdopen(os.dup(0), "r")
answers = os.fdopen(os.dup(1), "w")
child = wanted = None
for line in requests:
    wanted = json.loads(line)
    child = os.fork()
    if not child:
        break
    answers.write("%d\\n" % os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
    answers.flush()
if child != 0:
    raise SystemExit
requests.close()
answers.close()
for number, (path, flags) in enumerate(zip(wanted["files"], (os.O_RDONLY, os.O_WRONLY | os.O_APPEND, os.O_WRONLY | os.O_APPEND))):
    opened = os.open(path, flags)
    os.dup2(opened, number)
    os.close(opened)
"""


class Forking:
    """The process."""

    def __init__(self, words, environment):
        self.process = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd="/", start_new_session=True
        )

    def lives(self):
        return self.process.poll() is None

    def ask(self, wanted, what, timeout):
        """The exit status of a run. One that is not done in time is an error, and ends the process."""
        self.process.stdin.write(json.dumps(wanted).encode() + b"\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], timeout)[0]:
            self.stop()
            raise subprocess.TimeoutExpired(what, timeout)
        return int(self.process.stdout.readline())

    def stop(self):
        """End the process, and what runs."""
        if self.lives():
            with self.process:
                os.killpg(self.process.pid, signal.SIGKILL)
