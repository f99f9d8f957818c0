# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where things are: the checkout and the folder that git ignores, which holds all that set-up makes."""

import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
TOOLS = ROOT / "tests" / "tools"
CACHE = ROOT / ".cache"
LOGS = CACHE / "logs"
COLLECTIONS = CACHE / "collections"


def link_collection() -> pathlib.Path:
    """Make the checkout importable as an installed collection; returns the folder for ANSIBLE_COLLECTIONS_PATH."""
    link = COLLECTIONS / "ansible_collections" / "portcullis" / "tcp_wrappers"
    link.parent.mkdir(parents=True, exist_ok=True)
    if not link.is_symlink():
        try:
            link.symlink_to(ROOT)
        except FileExistsError:
            pass  # another stage made it in the meantime
    return COLLECTIONS


def in_ci() -> bool:
    return os.environ.get("CI", "").lower() in ("1", "true", "yes")
