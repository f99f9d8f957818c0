# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What libwrap answers to one request."""

from typing import Any, Dict, Optional, Sequence, Tuple


class Decision(object):
    """The answer to one request.

    - ``access``: "granted", "denied", "delegated" (a twist command answers in the daemon's place), "aborted" (the
      process exits while it expands a ``%`` letter: nobody is served).
    - ``table``: "allow", "deny" or None when no rule matched; ``line``: the last physical line of the rule, or None.
    - ``rule``: the rule's text or None.
    - ``actions``: what libwrap would do, in order: "spawn CMD", "setenv NAME=VALUE", "nice 5", ...
    - ``depends``: what of the world the answer rests on without having been told, for instance "aclexec CMD".
    """

    __slots__ = ("access", "table", "line", "rule_object", "actions", "depends", "reason")

    def __init__(
        self,
        access: str,
        table: Optional[str] = None,
        line: Optional[int] = None,
        rule_object: Any = None,
        actions: Sequence[str] = (),
        depends: Tuple[str, ...] = (),
        reason: Optional[str] = None,
    ) -> None:
        self.access = access
        self.table = table
        self.line = line
        self.rule_object = rule_object
        self.actions = actions
        self.depends = depends
        self.reason = reason

    @property
    def granted(self) -> bool:
        """Whether the daemon itself will serve the client."""
        return self.access == "granted"

    @property
    def rule(self) -> Optional[str]:
        """The text of the rule that decided, without its newline; None for a default."""
        if self.rule_object is None:
            return None
        text: str = self.rule_object.text
        return text

    def as_dict(self) -> Dict[str, Any]:
        """A plain dictionary for results."""
        return {
            "access": self.access,
            "granted": self.granted,
            "table": self.table,
            "line": self.line,
            "rule": self.rule,
            "actions": list(self.actions),
            "depends": list(self.depends),
            "reason": self.reason,
        }

    def __repr__(self) -> str:
        where = " by hosts.%s line %s" % (self.table, self.line) if self.table else " by default"
        return "Decision(%s%s)" % (self.access, where)
