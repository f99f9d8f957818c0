# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that dies at one of its calls, as a power cut or SIGKILL would end it."""

import os


def run_killed(calls, number, work):
    """Do `work()` in a child that is gone at the call of that number of the functions of `os` named; True where it lived to the end."""
    child = os.fork()
    if not child:
        count = [0]

        def dying(function):
            def call(*arguments, **named):
                count[0] += 1
                if count[0] == number:
                    os._exit(9)
                return function(*arguments, **named)

            return call

        for name in calls:
            setattr(os, name, dying(getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0
