# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The kernel's table of nftables, as it was before the change."""

import os
import stat
from typing import Optional

from .programs import FILTER_PATIENCE, output_of, program_path, run_program

FILTER_RULES = "/etc/portcullis.nft"  # what nftables loads; without it, the table goes
FILTER_UNIT = "portcullis-enforce.service"
FILTER_TABLE = "table inet portcullis"
FILTER_REMOVE = b"table inet portcullis\ndelete table inet portcullis\n"  # whether it is there or not


def load_filter(text: Optional[bytes] = None) -> str:
    """The kernel's table is that of a text, else that of its file again; without a file of this user's own it goes. So
    does its unit. Returns what stands against it.
    """
    own = _is_own(FILTER_RULES)
    problem = _load(text, own)
    systemctl = program_path("systemctl")
    if systemctl and os.path.isdir("/run/systemd/system"):
        run_program([systemctl, "--no-block", "start" if own else "stop", FILTER_UNIT])
    return problem


def load_text(text: Optional[bytes]) -> bool:
    """The kernel's table alone is that of a text, or goes, whatever the files say. Whether that was done."""
    nft = program_path("nft")
    return bool(nft) and run_program([nft, "-f", "-"], FILTER_REMOVE if text is None else text, FILTER_PATIENCE)


def _load(text: Optional[bytes], own: bool) -> str:
    nft = program_path("nft")
    if not nft:
        return "" if text is None and not own else "nft is not there, and the kernel keeps the filter that it has"
    if text is not None and load_text(text):
        return ""
    last = [nft, "-f", FILTER_RULES if own else "-"]
    if run_program(last, None if own else FILTER_REMOVE, FILTER_PATIENCE) or _refuses_nobody(nft):
        return ""
    return "nft does not load the old filter"


def _refuses_nobody(nft: str) -> bool:
    """Whether the kernel has no table of that name that takes packets, but perhaps one that another program owns and
    nobody else can change.
    """
    tables = output_of([nft, "list", "tables"])
    if tables is None or FILTER_TABLE not in tables:
        return tables is not None
    table = output_of([nft, "list"] + FILTER_TABLE.split())
    return table is not None and (" hook " not in table or "flags owner" in table)


def _is_own(path: str) -> bool:
    """Whether a file is this user's, and nobody else may write it."""
    try:
        info = os.stat(path, follow_symlinks=False)
    except OSError:
        return False
    return stat.S_ISREG(info.st_mode) and info.st_uid == os.geteuid() and not info.st_mode & 0o022
