# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Programs that enforce an access list: checked before they use a text, and asked what they do now."""

import json
import os
import re
import tempfile
from typing import Any, Dict, Optional, Sequence, Tuple

from ..errors import HostError
from ..rollback.ssh_servers import listens_for_init, servers
from ..rollback.ssh_units import unit_of, unit_problem
from .commands import CommandResult, find_program, run

_WANTED_FOLDER = re.compile(rb"Missing privilege separation directory: (/(?:var/)?run/sshd)\s")
_GONE = b"No such file or directory"


def nft_listing() -> Optional[Dict[str, Any]]:
    """`nft -j list table inet portcullis`; without such a table {"nftables": []}, and None where the kernel cannot be
    asked.
    """
    program = find_program("nft")
    if program is None:
        return None
    done = run([program, "-j", "list", "table", "inet", "portcullis"], timeout=60)
    if done.status:
        return {"nftables": []} if _GONE in done.errors else None
    try:
        listing = json.loads(done.output.decode("utf-8", "replace"))
    except ValueError:
        return None
    return listing if isinstance(listing, dict) else None


def nft_text() -> Optional[bytes]:
    """The kernel's table as `nft -f` reads it, b"" where there is none; None where the kernel cannot be asked."""
    program = find_program("nft")
    if program is None:
        return None
    done = run([program, "list", "table", "inet", "portcullis"], timeout=60)
    if done.status and _GONE not in done.errors:
        return None
    return b"" if done.status else done.output


def nft_problem(text: str) -> str:
    """Why the kernel would not take a text, "" where it would. Nothing is loaded."""
    return _try("nft", ["-c", "-f"], text)


def nft_load(path: str) -> str:
    """Load a file as one change; returns what stands against it."""
    program = find_program("nft")
    return "nft is not there" if program is None else _words(run([program, "-f", path], timeout=120))


def nft_remove() -> str:
    """Take the table away; returns what stands against it."""
    program = find_program("nft")
    if program is None:
        return ""
    done = run([program, "delete", "table", "inet", "portcullis"], timeout=60)
    return "" if not done.status or _GONE in done.errors else _words(done)


def sshd_banner() -> Optional[str]:
    """What sshd says of its release; None where there is no sshd."""
    program = find_program("sshd")
    if program is None:
        return None
    done = run([program, "-V"], timeout=20)
    return (done.output + done.errors).decode("utf-8", "replace")


def sshd_problem(text: Optional[str] = None) -> str:
    """Why sshd would not start with all its files as they are, or with a drop-in besides; "" where it would.

    One that does not start must not be told to read its files: it would end, and nobody could log in any more.
    """
    program = find_program("sshd")
    if program is None:
        return "sshd is not there"
    said = _words(_run_sshd([program, "-t"]))
    if text is None:
        return said
    return (
        "it does not start with its present files. Correct them first: %s" % said
        if said
        else _try("sshd", ["-t", "-f"], text)
    )


def sshd_servers_problem() -> str:
    """Why one of the servers that read the drop-in would not start anew with the options that it was started with; ""
    where all would.
    """
    program = find_program("sshd")
    for pid, words in servers() if program is not None else []:
        unit = unit_of(pid) if listens_for_init(pid) else ""
        problem = unit_problem(unit) if unit else ""
        if problem:
            return problem
        said = _words(_run_sshd([str(program), "-t"] + words))
        if said:
            return "process %d (sshd %s) would end if it were told to read its files again: %s" % (
                pid,
                " ".join(words),
                said,
            )
    return ""


def sshd_effective(words: str) -> Tuple[bool, str]:
    """(whether sshd answered, its configuration for one client by `sshd -T -C`, or why it gave none)."""
    program = find_program("sshd")
    if program is None:
        return False, "sshd is not there"
    done = _run_sshd([program, "-T", "-C", words])
    return (True, done.output.decode("utf-8", "replace")) if not done.status else (False, _words(done))


def _run_sshd(command: Sequence[str]) -> CommandResult:
    """Run sshd to check or to ask. Where systemd starts the server for a connection, the folder that sshd wants is only
    there while one runs; it is made for the question.
    """
    done = run(command, timeout=20)
    wanted = _WANTED_FOLDER.search(done.errors + done.output) if done.status else None
    if wanted is None:
        return done
    folder = wanted.group(1).decode("ascii")
    try:
        os.mkdir(folder, 0o755)
    except OSError:
        return done
    try:
        return run(command, timeout=20)
    finally:
        try:
            os.rmdir(folder)
        except OSError:
            pass  # a server has started meanwhile, and uses it


def _try(name: str, options: Any, text: str) -> str:
    """Let a program check a text in a file that nobody else sees; returns its complaint."""
    program = find_program(name)
    if program is None:
        return "%s is not there" % name
    descriptor, path = tempfile.mkstemp(prefix="portcullis-")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(text)
        command = [program] + list(options) + [path]
        done = _run_sshd(command) if name == "sshd" else run(command, timeout=120)
        return _words(done).replace(path, "the new text")
    except HostError as error:
        return str(error)
    finally:
        os.unlink(path)


def _words(done: CommandResult) -> str:
    """The first line of what a program that failed complained of."""
    if not done.status:
        return ""
    lines = (done.errors or done.output).decode("utf-8", "replace").strip().splitlines()
    return (lines[0] if lines else "exit status %d" % done.status)[:300]
