# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""A role's variables by name: which belong to it, which nobody knows, and how the lists of all, of groups and of the
host join.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
from typing import Any, Callable, Iterable, NamedTuple

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.printable import printable


class VariableError(ValueError):
    """A role's variables are not what they must be; the message names the variable and what to do."""


class Role(NamedTuple):
    """What is said of a role beside its argument specs."""

    name: str
    lists: tuple[str, ...]  # names without prefix of the lists that are joined
    elsewhere: tuple[str, ...]  # variables of the collection's playbooks and of other entry points


ROLES = {
    "harden": Role(
        "harden", ("allow", "deny", "assertions", "keep_access"), ("harden_hosts", "harden_serial", "harden_become")
    ),
    "audit": Role("audit", ("assertions",), ("audit_hosts", "audit_become")),
    "enforce": Role("enforce", ("assertions", "keep_access"), ("enforce_hosts", "enforce_serial", "enforce_become")),
}

# A fact outranks a role's defaults and the inventory. No host may say what is done to it, or where its report goes.
_MOST, _LONGEST = 20, 100  # names of facts that a message shows, and how much of each
_GUARDED = re.compile(r"(__)?(%s)(_|\Z)" % "|".join(ROLES))
# What Ansible itself says of a host and a play. By such a fact a host took the place of another in a report.
_ANSIBLES = frozenset(
    (
        "inventory_hostname",
        "inventory_hostname_short",
        "inventory_dir",
        "inventory_file",
        "group_names",
        "groups",
        "hostvars",
        "omit",
    )
    + ("play_hosts", "playbook_dir", "role_path", "role_name")
)


def refuse_facts(facts: Iterable[str]) -> None:
    """Raise VariableError where a host's facts are called as variables of the roles or of Ansible itself are."""
    found = sorted(name for name in facts if _GUARDED.match(str(name)) or name in _ANSIBLES)
    if found:
        raise VariableError(
            "the facts of this host hold %s. Facts come from the host and outrank the inventory, and a host must not "
            "say what the roles do, so nothing was done. Find out what returned them: a module, a script in facts.d, "
            "or set_fact with cacheable. Then empty its facts (meta: clear_facts, or --flush-cache) and run "
            "again." % _few(found)
        )


def _few(names: list[str]) -> str:
    """The names as a message shows them: a host chose them, and how many there are."""
    shown = ", ".join(printable(name[:_LONGEST]) for name in names[:_MOST])
    return shown + (" and %d more" % (len(names) - _MOST) if len(names) > _MOST else "")


def refuse_unknown(role: Role, known: Iterable[str], given: Iterable[str], ignored: Iterable[str]) -> None:
    """Raise VariableError for a variable with the role's prefix that nobody knows: most are misspelt, and what they
    should say is not done.

    :param known: the variables of the argument specs; ``given``: all variables that have a value.
    :param ignored: names or shell patterns of variables of other roles.
    """
    names = sorted(set(known) | set(role.elsewhere))
    told = []
    for name in sorted(given):
        if (
            not name.startswith(role.name + "_")
            or name in names
            or _list_of(role, name)
            or any(fnmatch.fnmatchcase(name, pattern) for pattern in ignored)
        ):
            continue
        nearest = difflib.get_close_matches(name, names, 1, 0.6)
        told.append(name + (" (did you mean %s?)" % nearest[0] if nearest else ""))
    if told:
        raise VariableError(
            "the role %s has no variable %s. Nothing was done. If another role's variables begin like that, name them "
            "in %s_ignore_variables." % (role.name, ", ".join(told), role.name)
        )


def values_of(role: Role, spec: dict[str, dict], given: Iterable[str], ask: Callable[[str], Any]) -> dict[str, Any]:
    """The values of the role's variables, of the types that the argument specs give; those without a value are left
    out.

    :param ask: gives the value of a variable by its name. Raises VariableError for a value of another type.
    """
    names = [name for name in given if name in spec or "%s_%s" % (role.name, _list_of(role, name)) in spec]
    values = {name: ask(name) for name in names}
    values = {name: value for name, value in values.items() if value is not None}
    types = {
        name: spec[name] if name in spec else spec["%s_%s" % (role.name, _list_of(role, name))]
        for name in set(names) | set(spec)
    }
    checked = ArgumentSpecValidator(types).validate(values)
    if checked.error_messages:
        raise VariableError("; ".join(checked.error_messages))
    # As they were written: a path of the host, and what a module takes raw, are not for the controller to read.
    return {
        name: values[name] if types[name].get("type") in ("path", "raw") and name in values else value
        for name, value in checked.validated_parameters.items()
    }


def join(role: Role, name: str, values: dict[str, Any]) -> tuple[list, list[str]]:
    """One list of the lists of a name, and for each entry the variable that it stands in, such as ``harden_allow[0]``.

    Those for all come first, then those for the group, then each ``ROLE_NAME_...`` in the order of their names, and
    those for the host last.
    """
    first, group, last = (
        "%s_%s" % (role.name, name),
        "%s_group_%s" % (role.name, name),
        "%s_host_%s" % (role.name, name),
    )
    others = sorted(variable for variable in values if variable.startswith(first + "_"))
    joined, origins = [], []
    for variable in [first, group, *others, last]:
        value = values.get(variable)
        if value is None:
            continue
        entries = value if isinstance(value, (list, tuple)) else [value]
        joined += entries
        origins += (
            ["%s[%d]" % (variable, index) for index in range(len(entries))]
            if isinstance(value, (list, tuple))
            else [variable]
        )
    return joined, origins


def _list_of(role: Role, name: str) -> str | None:
    """The list that a variable such as ``harden_allow_web`` joins; None for every other one."""
    return next((base for base in role.lists if name.startswith("%s_%s_" % (role.name, base))), None)
