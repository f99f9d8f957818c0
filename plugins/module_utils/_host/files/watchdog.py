# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Start a process that outlives the run, the ssh session and, where systemd runs, the user's login."""

import os
import re
from typing import Iterator, List, Sequence

from ..system.commands import find_program, run
from ..errors import HostError
from ..rollback.descriptors import write_all
from ..rollback.boot_files import RUN_UNITS

# Killed, it starts again at once, as often as it takes, and goes on with the time that is left; a lack of memory takes
# others first. Its second process stays when the first is killed. Status 2: the program was removed with its change, or
# has nothing to do with what it found.
_PROPERTIES = (
    "Restart=on-failure",
    "RestartSec=500ms",
    "RestartPreventExitStatus=2",
    "StartLimitIntervalSec=0",
    "OOMScoreAdjust=-1000",
    "KillMode=process",
    "TimeoutStopSec=20s",
)

# systemd before 230 has the limit of starts among the settings of the service
_FILE = """\
[Unit]
Description=Undo a change of TCP Wrappers unless it is confirmed
StartLimitIntervalSec=0

[Service]
Environment=LC_ALL=C
StartLimitInterval=0
%(properties)s
ExecStart=%(command)s
"""

#: Where settings for all services are (systemd.unit(5), from systemd 244 on), and for all units of this name.
_UNITS = (
    "/etc/systemd/system.control",
    "/run/systemd/system.control",
    "/run/systemd/transient",
    "/run/systemd/generator.early",
    "/etc/systemd/system",
    "/etc/systemd/system.attached",
    "/run/systemd/system",
    "/run/systemd/system.attached",
    "/run/systemd/generator",
    "/usr/local/lib/systemd/system",
    "/usr/lib/systemd/system",
    "/lib/systemd/system",
    "/run/systemd/generator.late",
)
_FOR_ALL = ("service.d", "portcullis-.service.d")
#: Settings that keep a service from files, networks or calls that the run has (systemd.exec(5)).
_CONFINES = re.compile(
    r"^[ \t]*(Protect|Proc|Private|ReadOnly|Inaccessible|NoExec|Temporary|Bind|Root|Mount|Dynamic|User|Group|Capability|"
    r"SystemCall|Restrict|Network|IPAddress|SELinux|AppArmor|Smack)\w*[ \t]*=",
    re.MULTILINE,
)
_MAX_BYTES = 65536


def start_watchdog(name: str, arguments: Sequence[str], here: bool = False) -> Iterator[bool]:
    """Start a program in the ways this host has, best first; each step says whether it seems to have worked. With
    `here` it must have the namespaces of this process, which a unit of systemd has not.

    The caller looks whether the program is at work, and goes on to the next way where it is not. As a unit or a scope
    of systemd it survives the end of the session even with KillUserProcesses=yes and under an sshd that systemd starts
    for each connection; a process of its own session survives wherever systemd is not. A scope has the rights and
    namespaces of this process; a unit looks itself whether it has those of process 1.
    """
    running = os.path.isdir(RUN_UNITS)
    if running and not here and not confines_all_services(_UNITS):
        started = _as_unit(name, arguments, _PROPERTIES)
        yield started
        if not started:
            started = _as_file(name, arguments)
            yield started
        if started:
            _stop(name)
    scope = _scope(name + "-beside") if running else []
    if scope:
        yield _detached(scope + list(arguments))
    yield _detached(arguments)


def _scope(name: str) -> List[str]:
    """The command that takes a process out of its session (systemd-run(1)); [] where process 1 is not systemd: what it
    is told of another's processes it would take for its own.
    """
    program = find_program("systemd-run")
    try:
        init = os.path.basename(os.readlink("/proc/1/exe"))
    except OSError:
        return []
    if program is None or init != "systemd":
        return []
    return [program, "--quiet", "--scope", "--slice=system.slice", "--unit", name, "--"]


def confines_all_services(folders: Sequence[str]) -> bool:
    """Whether a drop-in for all services, in one of these folders of units, takes rights away that an undo may need.

    A unit of ours would have them taken too, and another drop-in that gives them back would have to be written first.
    """
    for folder in folders:
        for name in _FOR_ALL:
            place = os.path.join(folder, name)
            try:
                found = [os.path.join(place, one) for one in os.listdir(place) if one.endswith(".conf")]
            except OSError:
                continue
            if any(_confines(path) for path in found):
                return True
    return False


def _confines(path: str) -> bool:
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return _CONFINES.search(stream.read(_MAX_BYTES)) is not None
    except OSError:
        return True


def _as_unit(name: str, arguments: Sequence[str], properties: Sequence[str]) -> bool:
    program = find_program("systemd-run")
    if program is None:
        return False
    # not the locale of process 1: names are bytes, and not each locale takes each of them
    options = ["--setenv=LC_ALL=C"] + ["--property=" + line for line in properties]
    try:
        done = run(
            [program, "--quiet", "--collect", "--no-block", "--unit", name]
            + options
            + ["--"]
            + list(arguments)
            + ["unit"],
            timeout=20,
        )
    except HostError:
        return False
    return done.status == 0


def _as_file(name: str, arguments: Sequence[str]) -> bool:
    """The same for a systemd whose systemd-run does not take all of this (--collect: since 236): in a file, systemd
    ignores what it does not know.
    """
    program = find_program("systemctl")
    if program is None:
        return False
    words = " ".join(_quoted(word) for word in list(arguments) + ["unit"])
    own = [line for line in _PROPERTIES if not line.startswith("StartLimit")]
    text = _FILE % {"properties": "\n".join(own), "command": words}
    path = os.path.join(RUN_UNITS, name + ".service")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            write_all(descriptor, os.fsencode(text))
        finally:
            os.close(descriptor)
        if run([program, "--quiet", "--no-block", "start", name + ".service"], timeout=20).status == 0:
            return True
        os.unlink(path)
    except (OSError, HostError):
        pass
    return False


def _stop(name: str) -> None:
    """End a unit whose program is not at work: systemd would start it again and again."""
    program = find_program("systemctl")
    for words in (["stop"], ["reset-failed"]) if program is not None else ():
        try:
            run([str(program), "--quiet"] + words + [name + ".service"], timeout=20)
        except HostError:
            return


def _quoted(word: str) -> str:
    """A word of ExecStart (systemd.service(5), systemd.unit(5))."""
    word = word.replace("\\", "\\\\").replace("%", "%%").replace("$", "$$").replace('"', '\\"')
    return '"%s"' % word if re.search(r"[\s'\"]", word) else word


def _detached(arguments: Sequence[str]) -> bool:
    """A child of a child in a session of its own, with no descriptor of ours."""
    child = os.fork()
    if child:
        _pid, status = os.waitpid(child, 0)
        return status == 0
    try:
        os.setsid()
        if os.fork():
            os._exit(0)
        os.chdir("/")
        os.umask(0o077)
        null = os.open(os.devnull, os.O_RDWR)
        for descriptor in (0, 1, 2):
            os.dup2(null, descriptor)
        os.closerange(3, os.sysconf("SC_OPEN_MAX") if 0 < os.sysconf("SC_OPEN_MAX") < 65536 else 65536)
        os.execve(arguments[0], list(arguments), {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C"})
    finally:
        os._exit(1)
