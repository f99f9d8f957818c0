# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Files of hosts that somebody else than root can change: what they say now proves nothing of the next connection."""

from typing import Dict, Iterable, Tuple

from ..._host.lookups import HostLookups
from ..._libwrap.policy import Policy
from ..services.host_files import read_host_files

_REST = "the rest of the file "


def changers_of_files(policy: Policy) -> Dict[str, str]:
    """Who but root can change a file of hosts that the tables name, or one that it names, by path."""
    if not isinstance(policy.lookups, HostLookups):
        return {}
    read_host_files(policy)
    return policy.lookups.changed_by_others()


def without_words(policy: Policy, paths: Iterable[str]) -> Policy:
    """The same policy where nobody knows what is in these files."""
    lookups = policy.lookups
    if isinstance(lookups, HostLookups):
        lookups = lookups.unsettling(paths)
    return Policy.parse(policy.allow.source, policy.deny.source, policy.dialect, lookups)


def in_words(depends: Iterable[str], changers: Dict[str, str]) -> Tuple[str, ...]:
    """What an answer depends on, with who changes it: `what is in the file /srv/list, which user alice can change`."""
    told = []
    for text in depends:
        path = text[len(_REST) :] if text.startswith(_REST) else ""
        who = changers.get(path)
        if path and who is None:  # root's own file, which names one of theirs
            who = " and ".join(sorted(set(changers.values())))
        told.append("what is in the file %s, which %s can change" % (path, who) if path else text)
    return tuple(told)
