# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Before a service is put behind tcpd (or given back to xinetd's own check): whom the rules would then refuse.

A service that nobody checked so far is open to all. From the moment it is checked the tables decide, so what must stay
granted is asked of the tables as they are now, under the name that the service is asked for from then on.
"""

from typing import List, Sequence, Set

from ..._host.files.root import Root
from ..._superservers.service import Service
from ..proofs.assertions import Assertion, check_assertions
from ..arguments import LockoutArguments
from ..errors import TaskError
from .guard import UNKNOWN, find_guarded, own_addresses
from .behind_relay import check_relay
from .asked_names import asked_name, is_on, is_ssh_server
from ..rules.tables import open_tables


def newly_asked(root: Root, before: Sequence[Service], after: Sequence[Service]) -> List[Service]:
    """The services that are on and that libwrap is asked about from now on, or under another name than before."""
    found = []
    for old, new in zip(before, after):
        if asked_name(new) is not None and asked_name(new) != asked_name(old) and is_on(root, new):
            found.append(new)
    return found


def check_services(arguments: LockoutArguments, before: Sequence[Service], after: Sequence[Service]) -> List[str]:
    """The warnings, before anything is written. Raises TaskError where `keep_access` or an operator would be refused."""
    root = Root(arguments.root)
    services = newly_asked(root, before, after)
    if not services or arguments.lockout_guard == "disabled":
        return []
    guarded = find_guarded(arguments, root)
    ssh = [service.seen_as for service in services if is_ssh_server(root, service, guarded.connection)]
    warnings = check_relay(arguments, guarded)
    if ssh and guarded.unknown and not arguments.operators:
        if arguments.lockout_guard == "strict":
            raise TaskError("Nothing was changed: %s is checked from now on, and %s." % (" and ".join(ssh), UNKNOWN))
        warnings.append("%s is checked from now on, and %s." % (" and ".join(ssh), UNKNOWN))
    own = own_addresses(arguments, guarded)
    wanted = _wanted(arguments, {service.seen_as for service in services}, ssh, own)
    if not wanted and not ssh:
        return warnings
    from ..._host.lookups import HostLookups, table_text
    from ..._libwrap.policy import Policy
    from .other_sessions import check_sessions
    from ..proofs.report import explain
    from ..proofs.prover import Prover

    tables = open_tables(arguments, writing=False)
    allow, deny = table_text(tables.allow), table_text(tables.deny)
    policy = Policy.parse(allow, deny, tables.dialect, HostLookups(tables.root))
    warnings += check_sessions(arguments, tables.root, policy, ssh, own)
    prover = Prover(policy)
    answers = [prover.answer(assertion) for assertion in wanted]
    uncertain = [item for item in answers if not item.met and item.depends and item.decision.access == "granted"]
    refused = [
        item for item in answers if not item.met and (item not in uncertain or arguments.lockout_guard == "strict")
    ]
    if refused:
        raise TaskError(
            "Nothing was changed, for these would be refused once the services are checked: %s. Add rules that let "
            "them in, or set lockout_guard: disabled." % "; ".join(explain(item, tables) for item in refused[:10])
        )
    return warnings + tables.warnings + [explain(item, tables) + "." for item in uncertain]


def _wanted(
    arguments: LockoutArguments, names: Set[str], ssh: Sequence[str], operators: Sequence[str]
) -> List[Assertion]:
    """What must stay granted, of the daemons that this task concerns: `keep_access`, and the operators of those that
    are ssh servers.
    """
    given = [dict(entry, expect="granted") for entry in arguments.keep_access or []]
    given += [
        {"daemon": name, "address": address, "expect": "granted"} for name in sorted(set(ssh)) for address in operators
    ]
    check_assertions(arguments.keep_access, "keep_access", expecting=False)
    return [assertion for assertion in check_assertions(given, "keep_access") if assertion.daemon in names]
