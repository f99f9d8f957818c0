# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Why the new connection of a change was refused, asked after the rollback: what the host's log says, and which rule
it was.

The tables that refused it are gone by then, so the task's plan is made once more to find the rule.
"""

import time
from typing import Any, Iterator, Optional, Tuple

from ..._host.logs import journal
from ..._host.errors import HostError
from ..._host.logs.times import YearlessClock
from ..._host.logs.lines import find_lines, usual_logs, written
from ..._host.lookups import HostLookups, table_text
from ..._host.logs.refusal_lines import JOURNAL_NEEDLES, NEEDLES, Refusal, read_line, read_message
from ..._host.files.root import Root
from ..._libwrap.dialects import Dialect
from ..._libwrap.policy import Policy
from ..._libwrap.request import Request
from ..arguments import LockoutArguments
from ..rules.tables import open_tables

_MOST_AGE = 86400


def explain_refusal(arguments: LockoutArguments, age: float, client: str) -> Optional[str]:
    """One sentence about the last refusal in the host's log, not older than `age` seconds; None where it holds none.

    `client` is the address of the task's own connection, "" where it is not known: what it was refused comes first.
    """
    root = Root(arguments.root)
    if not root.is_host:
        return None
    since = time.time() - min(max(age, 0), _MOST_AGE)
    found = [refusal for refusal in _refusals(root, since) if refusal.time is not None and refusal.time >= since - 1]
    if not found:
        return None
    own = [refusal for refusal in found if _same(refusal.address, client)]
    last = (own or found)[-1]
    text = "%s refused %s%s" % (last.daemon, last.address or last.client, _rule(arguments, last))
    if client and not own:
        return "the host's log has no refusal of %s since then; the last one is that %s" % (client, text)
    return "the host's log says that %s" % text


def _same(first: Optional[str], second: str) -> bool:
    return first is not None and first.lower().replace("::ffff:", "") == second.lower().replace("::ffff:", "")


def _refusals(root: Root, since: float) -> Iterator[Refusal]:
    """The refusals of the log in order: of the journal, else of syslog's files as they are now."""
    try:
        if journal.has_journal():
            for message in journal.find_messages(JOURNAL_NEEDLES, since, None):
                refusal = read_message(message.text, message.time, message.tag, message.pid)
                if (
                    refusal is not None and not refusal.repeats and message.uid in (0, None)
                ):  # others may write what they like
                    yield refusal
            return
    except HostError:
        pass
    for path in usual_logs(root):
        try:
            clock = YearlessClock(written(root, path))
            for line in find_lines(root, path, NEEDLES):
                refusal = read_line(line, clock)
                if refusal is not None and not refusal.repeats:
                    yield refusal
        except HostError:
            continue


def _rule(arguments: LockoutArguments, refusal: Refusal) -> str:
    """The rule that refuses this daemon and client, or "" where the tables of the task say otherwise."""
    if refusal.by != "libwrap" or refusal.address is None:
        return ""
    allow, deny, dialect = _tables(arguments)
    policy = Policy.parse(allow, deny, dialect, HostLookups(Root(arguments.root)))
    decision = policy.decide(Request(daemon=refusal.daemon, address=refusal.address))
    if decision.granted or decision.table is None:
        return ""
    path = arguments.allow_path if decision.table == "allow" else arguments.deny_path
    return ", by %s line %s of the new tables, '%s'" % (path, decision.line, decision.rule)


def _tables(arguments: LockoutArguments) -> Tuple[Any, Any, Dialect]:
    """Both tables as the task would make them, and the dialect; those of the host for a task that changes no table."""
    from ..rules.options import HostsAccessArguments

    if isinstance(arguments, HostsAccessArguments):
        from ..rules.reading import plan_task

        task = plan_task(arguments)
        return task.plan.allow_after, task.plan.deny_after, task.tables.dialect
    tables = open_tables(arguments, writing=False)
    return table_text(tables.allow), table_text(tables.deny), tables.dialect
