# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause

"""Who makes each daemon of a host obey the tables, by the name that libwrap sees."""

from typing import Dict, List, Optional

from ..host.root import Root
from .coverage import survey
from .covered import merged


def find_enforcement(root: Root, dialect: Optional[str] = None) -> Dict[str, Optional[List[str]]]:
    """For each daemon: tcpd, libwrap, xinetd (two: checked twice), [] where nobody asks, None where it cannot be
    told.
    """
    return merged(survey(root, dialect))
