# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that dies at one of its calls, as a power cut or SIGKILL would end it."""

import os

# What leaves a host as another one: the calls between two of these leave the same one, and a death at any of them is the same death.
CHANGES = (
    "chmod",
    "chown",
    "fchmod",
    "fchown",
    "ftruncate",
    "link",
    "mkdir",
    "mknod",
    "open",
    "removexattr",
    "rename",
    "replace",
    "rmdir",
    "setxattr",
    "symlink",
    "truncate",
    "unlink",
    "utime",
    "write",
)


def run_killed(calls, number, work):
    """Do `work()` in a child that is gone at a call of the functions of `os` named; True where it lived to the end.

    `number` counts the calls before which something was changed since the one counted last.
    """
    child = os.fork()
    if not child:
        count, changed = [0], [True]

        def dying(name, function):
            def call(*arguments, **named):
                if changed[0] and name in calls:
                    count[0] += 1
                    changed[0] = False
                    if count[0] == number:
                        os._exit(9)
                if name in CHANGES and not (name == "open" and _only_reads(*arguments, **named)):
                    changed[0] = True
                return function(*arguments, **named)

            return call

        for name in set(calls).union(CHANGES):
            setattr(os, name, dying(name, getattr(os, name)))
        try:
            work()
        finally:
            os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def _only_reads(_path, flags, *_mode, **_named):
    return not flags & (os.O_CREAT | os.O_TRUNC)
