# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Programs with a name that a filter cannot have, such as one with a blank."""

from typing import List, Sequence, Tuple

from ..._backends.access_list import is_plain_name
from .options import Chosen

_SHOWN = 10


def leave_out_odd_names(chosen: Sequence[Chosen]) -> Tuple[List[Chosen], List[str]]:
    """The services that a task means which names none, without those, and a warning that names some."""
    odd = [
        "%s (%s port %s)"
        % (one.service.daemon, one.service.protocol, ", ".join("%d" % port for port in one.service.ports[:_SHOWN]))
        for one in chosen
        if not is_plain_name(one.service.daemon)
    ]
    return [one for one in chosen if is_plain_name(one.service.daemon)], warning_of(odd)


def warning_of(odd: Sequence[str]) -> List[str]:
    """That these are left out; nothing where there are none."""
    if not odd:
        return []
    more = " and %d more" % (len(odd) - _SHOWN) if len(odd) > _SHOWN else ""
    return [
        "Left out of the filter, because no filter can have their names: %s%s. Only letters, digits, '.', '_', '+' and '-' "
        "can stand in one, at most 64. To filter one, name its port in services, with such a name."
        % (", ".join(odd[:_SHOWN]), more)
    ]
