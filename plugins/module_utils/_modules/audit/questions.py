# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What an audited host is asked: what must hold, and every daemon for every group of clients. Each question has an id
of its own.
"""

import hashlib
import json
import re
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Sequence

from ..errors import TaskError
from ..proofs.assertions import Assertion, check_assertions

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*\Z")
_WILDCARDS = frozenset(("all", "known", "unknown", "local", "paranoid", "except"))


class Question(NamedTuple):
    """One question; ``clients`` is the name of the group that it is about, None for an assertion."""

    id: str
    clients: Optional[str]
    assertion: Assertion


def question_id(clients: Optional[str], assertion: Dict[str, Any]) -> str:
    """The id of a question, 16 hexadecimal digits of what it says: the same question has the same id everywhere,
    whatever is asked beside it.

    :param clients: the name of the group of clients, None for an assertion; ``assertion``: the mapping as a task gives
        it.
    """
    said = json.dumps([clients, {str(key): assertion[key] for key in assertion}], sort_keys=True, default=str)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def of_assertions(assertions: Optional[Sequence[Any]]) -> List[Question]:
    """The questions of what must hold, in order; one that stands there twice is asked once. Raises TaskError."""
    checked = check_assertions(assertions, "assertions")
    asked: Dict[str, Question] = {}
    for given, assertion in zip(assertions or (), checked):
        number = question_id(None, given)
        asked.setdefault(number, Question(number, None, assertion))
    return list(asked.values())


def of_clients(clients: Optional[Sequence[Any]], daemons: Iterable[str]) -> List[Question]:
    """Every daemon for every group of clients, which is checked even where there is no daemon. Raises TaskError."""
    check_clients(clients, "clients")
    asked = []
    for daemon in daemons:
        for group in clients or ():
            given = about(group, daemon)
            assertion = check_assertions([given], "clients")[0]
            asked.append(Question(question_id(group["name"], given), group["name"], assertion))
    return asked


def about(group: Dict[str, Any], daemon: str) -> Dict[str, Any]:
    """The assertion without expectation that asks a daemon about a group of clients."""
    return dict({key: value for key, value in group.items() if key != "name"}, daemon=daemon)


def check_clients(clients: Optional[Sequence[Any]], option: str) -> None:
    """Raise TaskError for what is no group of clients, naming its place in the option."""
    for index, group in enumerate(clients or ()):
        where = "%s[%d]" % (option, index)
        if not isinstance(group, dict) or not isinstance(group.get("name"), str) or not group["name"]:
            raise TaskError("%s has no name: a group of clients is an address or a network with a name." % where)
        try:
            check_assertions([about(group, "any")], where, expecting=False)
        except TaskError as error:
            raise TaskError(str(error).replace(where + "[0]", where)) from error


def daemons_of(services: Iterable[Dict[str, Any]], rules: Iterable[Dict[str, Any]]) -> List[str]:
    """The daemons that libwrap may be asked for: those of the services and those that the rules name, sorted. What is
    no name is passed over.
    """
    found = {service["daemon"] for service in services if service["daemon"]}
    for rule in rules:
        found.update(named_by(rule))
    return sorted(found)


def named_by(rule: Dict[str, Any]) -> List[str]:
    """The daemons that a rule names, without wildcards and patterns, sorted."""
    return sorted({word for word in rule["daemons"] if _NAME.match(word) and word.lower() not in _WILDCARDS})
