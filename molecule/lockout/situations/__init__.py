# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What would lock somebody out: all situations, by what they are about. Adding one is an entry in one of these files; kinds.py says what it may have."""

import os
from typing import List

from . import controllers, files, harden, logins, names, plays, routes, rules, watchdogs
from .kinds import Situation

PARTS = (logins, routes, names, rules, controllers, files, watchdogs, plays, harden)
ALL: List[Situation] = [situation for part in PARTS for situation in part.SITUATIONS]


def chosen() -> List[Situation]:
    """Those that PORTCULLIS_SITUATIONS names: all, some parts (logins,routes), or by default the spread that `make test` runs."""
    wanted = os.environ.get("PORTCULLIS_SITUATIONS", "spread").split(",")
    if wanted == ["spread"]:
        return [situation for situation in ALL if situation.spread]
    parts = [part for part in PARTS if wanted == ["all"] or part.__name__.rpartition(".")[2] in wanted]
    return [situation for part in parts for situation in part.SITUATIONS]
