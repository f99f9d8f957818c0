# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""What a role was told, checked and joined, as one mapping that its tasks use and that no host can change any more."""

from __future__ import annotations

import hashlib
import os
import re
from typing import Any, Callable, Iterable

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.errors import BackendError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.translate import read_services
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit.questions import check_clients
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import check_assertions
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.forbid_gains import (
    check_forbid_gains,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.values import check_rules

from .variables import ROLES, VariableError, join, refuse_facts, refuse_unknown, values_of

# What goes into the command of the booby trap.
_MAIL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._%+@-]*\Z")
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,200}\Z")
_LONGEST = 24 * 60 * 60  # seconds
# What the report of a fleet, a kept one too, and the hashed names are called.
_TAKEN = re.compile(r"fleet(-\d{8}T\d{6}Z)?\Z|.*-[0-9a-f]{16}\Z", re.IGNORECASE)


def settings(
    role: str, specs: dict[str, dict], entry: str, given: Iterable[str], facts: Iterable[str], ask: Callable[[str], Any]
) -> dict[str, Any]:
    """The variables of a role without their prefix, lists joined; ``origins`` has the variable of each entry of a
    joined list.

    :param specs: the options of the role's entry points by their names; ``entry``: the one that runs.
    :param given: the names of all variables; ``facts``: those of the host's facts; ``ask``: gives a variable's value.
    :raises VariableError: a fact or a variable that must not be, or a value that means nothing.
    """
    about = ROLES[role]
    refuse_facts(facts)
    given = set(given)
    ignored = values_of(
        about, {name: spec for name, spec in specs[entry].items() if name == role + "_ignore_variables"}, given, ask
    )
    known = {name for options in specs.values() for name in options}
    refuse_unknown(about, known, given, ignored.get(role + "_ignore_variables") or [])
    values = values_of(about, specs[entry], given, ask)
    _CHECKS[role](values)
    joined = {name for base in about.lists for name in _lists(about, base, values)}
    made = {name[len(role) + 1 :]: value for name, value in values.items() if name not in joined}
    origins = {}
    for base in about.lists:
        made[base], origins[base] = join(about, base, values)
    return dict(made, origins=origins)


def document_name(host: str) -> str:
    """The file name of a host's document. No two hosts share one: a name that cannot be a file's has a hash of itself
    in it.
    """
    if _FILE_NAME.match(host) and not host.startswith(".") and not _TAKEN.match(host):
        return host + ".json"
    plain = re.sub(r"[^A-Za-z0-9_-]", "_", host)[:100]
    return "%s-%s.json" % (plain, hashlib.sha256(host.encode("utf-8", "surrogatepass")).hexdigest()[:16])


def _lists(about, base: str, values: dict[str, Any]) -> list[str]:
    first = "%s_%s" % (about.name, base)
    return [
        name
        for name in values
        if name in (first, "%s_group_%s" % (about.name, base), "%s_host_%s" % (about.name, base))
        or name.startswith(first + "_")
    ]


def _check_harden(values: dict[str, Any]) -> None:
    about = ROLES["harden"]
    _each(about, "allow", values, check_rules)
    _each(about, "deny", values, check_rules)
    _each(about, "assertions", values, check_assertions)
    _each(about, "keep_access", values, lambda value, name: check_assertions(value, name, expecting=False))
    _each(about, "forbid_gains", values, check_forbid_gains)
    trap = values.get("harden_trap") or []
    wrong = [address for address in trap if not _MAIL.match(address)]
    if wrong:
        raise VariableError("harden_trap takes mail addresses, not %r." % wrong[0])
    if trap and values["harden_default"] != "deny":
        raise VariableError(
            "harden_trap has an effect only if harden_default is deny: set that, or leave harden_trap out."
        )
    if (
        values["harden_state"] == "present"
        and values["harden_default"] == "deny"
        and not join(about, "allow", values)[0]
    ):
        raise VariableError(
            "no variable says who may connect: harden_allow, harden_group_allow, harden_host_allow and every "
            "harden_allow_* are empty, and harden_default is deny. That would refuse everybody, so nothing was "
            "changed. Name in harden_allow who may reach which daemon, or set harden_default to allow."
        )


def _check_audit(values: dict[str, Any]) -> None:
    _each(ROLES["audit"], "assertions", values, check_assertions)
    try:
        check_clients(values.get("audit_clients"), "audit_clients")
    except TaskError as error:
        raise VariableError(str(error)) from error
    if not 0 <= values.get("audit_timeout", 0) <= _LONGEST:
        raise VariableError(
            "audit_timeout is %d, and must be the seconds that a module may run, from 0 (without end) to %d."
            % (values["audit_timeout"], _LONGEST)
        )
    if values.get("audit_keep", 0) < 0:
        raise VariableError(
            "audit_keep is %d, and must be how many earlier reports are kept, from 0." % values["audit_keep"]
        )
    if values.get("audit_output_dir"):
        values["audit_output_dir"] = os.path.abspath(os.path.expanduser(os.path.expandvars(values["audit_output_dir"])))


def _each(about, base: str, values: dict[str, Any], check: Callable[[Any, str], Any]) -> None:
    """Check every list of a name by itself, so that an error names the variable and the entry."""
    for name in _lists(about, base, values):
        try:
            check(values[name], name)
        except TaskError as error:
            raise VariableError(str(error)) from error


def _check_enforce(values: dict[str, Any]) -> None:
    about = ROLES["enforce"]
    _each(about, "assertions", values, check_assertions)
    _each(about, "keep_access", values, lambda value, name: check_assertions(value, name, expecting=False))
    if values.get("enforce_services") is not None:
        try:
            read_services(values["enforce_services"])
        except BackendError as error:
            raise VariableError("%s." % str(error).replace("services", "enforce_services", 1)) from error


_CHECKS = {"harden": _check_harden, "audit": _check_audit, "enforce": _check_enforce}
