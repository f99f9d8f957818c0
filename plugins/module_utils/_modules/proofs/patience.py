# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""How long what a run asks of the tables may take."""

from time import process_time
from typing import Any

# how many seconds of work all answers together may take; a table of 4000 rules takes three for each daemon
PATIENCE = 120
REASON = "the rules, and the files of hosts that they name, tell clients apart in too many ways to be analysed"


def new_patience() -> Any:
    """For the answers of one run: HostsAccessError when it is used up."""
    from ..._libwrap.analysis.patience import Patience

    return Patience(PATIENCE, process_time, REASON)
