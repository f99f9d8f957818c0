# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What hosts_access_enforce would write: the sets of each service, the text of each program, and the files as they are."""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from ..._backends import boot, nftables, sshd
from ..._backends.access_list import AccessList
from ..._backends.errors import BackendError
from ..._backends.translate import NFTABLES, SSHD, access_list_of, port_of, render
from ..._host.files.reading import FileState, read
from ..._host.files.root import Root
from ..._host.lookups import HostLookups, table_text
from ..._host.system.commands import find_program
from ..._host.system.enforcers import sshd_banner
from ..._host.system.namespaces import init_has_this_network
from ..._libwrap.analysis.sets import sets_of
from ..._libwrap.both_tables import BothTables
from ..._libwrap.dialects import Dialect
from ..errors import TaskError
from ..proofs.patience import new_patience
from ..rules.tables import Tables, open_tables
from ..services.drop_in import unread
from .options import NFT, Chosen, EnforceArguments, Finder, chosen_services
from .network_daemons import leave_out_network_daemons
from .own_clients import warnings_of_own_clients
from .odd_names import leave_out_odd_names
from .shared_ports import leave_out_shared

#: Every file of this module ends its first lines with these words: what does not have them is somebody else's.
MARK = b"portcullis.tcp_wrappers.hosts_access_enforce"
WANTS = "/etc/systemd/system/sysinit.target.d/portcullis.conf"
_WANTS_TEXT = "# Managed by Ansible (portcullis.tcp_wrappers.hosts_access_enforce).\n[Unit]\nWants=%s\n" % boot.UNIT
#: Of an image's sshd nobody knows the release; this form is read by all that read drop-ins.
_OLD = (9, 2)


class Planned(NamedTuple):
    access: AccessList
    sets: Any  # analysis.sets.Sets
    target: str
    brought: str = ""  # see options.Found


class Change(NamedTuple):
    state: FileState
    data: Optional[bytes]  # None: it goes
    mode: int


class Plan(NamedTuple):
    tables: Tables
    policy: Optional[BothTables]  # None where everything is taken away
    planned: List[Planned]
    changes: List[Change]
    words: List[str]  # who must read their files again
    warnings: List[str]

    @property
    def wanted(self) -> Dict[str, List[AccessList]]:
        """The access lists of each program."""
        return {target: [one.access for one in self.planned if one.target == target] for target in (NFTABLES, SSHD)}


def make_plan(arguments: EnforceArguments, find: Optional[Finder]) -> Plan:
    """What the task comes to. Raises TaskError, BackendError or HostsAccessError; nothing is written."""
    if arguments.state == "absent":
        tables = open_tables(arguments.replaced(dialect=_named(arguments)), writing=False)
        return _with_files(Plan(tables, None, [], [], [], []), {})
    tables = open_tables(arguments, writing=True)
    warnings = list(tables.warnings)
    policy = policy_of(arguments, tables, tables.dialect)
    chosen, left = chosen_services(arguments, tables.root, find)
    warnings += left
    if arguments.services is None:
        chosen, left = leave_out_network_daemons(chosen, policy)
        warnings += left
        chosen, left = leave_out_odd_names(chosen)
        warnings += left
    planned = _all_planned(arguments, policy, chosen, warnings)
    if arguments.services is None:
        planned, left = leave_out_shared(planned, policy)
        warnings += left + warnings_of_own_clients(planned)
    _check_lost(arguments, planned, warnings)
    plan = Plan(tables, policy, planned, [], [], warnings)
    return _with_files(plan, _texts(arguments, plan))


def _named(arguments: EnforceArguments) -> str:
    """To take files away nobody needs to know how tables are read."""
    return "upstream" if arguments.dialect == "auto" else arguments.dialect


def policy_of(arguments: EnforceArguments, tables: Tables, dialect: Dialect) -> BothTables:
    """The host's tables, or the texts that stand in for them."""
    texts = [
        table_text(state) if text is None else text
        for state, text in ((tables.allow, arguments.allow_text), (tables.deny, arguments.deny_text))
    ]
    return BothTables(texts[0], texts[1], dialect, HostLookups(tables.root))


def _all_planned(
    arguments: EnforceArguments, policy: BothTables, chosen: Sequence[Chosen], warnings: List[str]
) -> List[Planned]:
    """Raises BackendError where a service cannot be filtered; one whose name a service's user has chosen is left out."""
    planned = []
    for one in chosen:
        try:
            planned.append(_planned(arguments, policy, one))
        except BackendError as exc:
            if not one.brought:
                raise
            warnings.append("%s (%s) is left out of the filter: %s." % (one.service.daemon, one.brought, exc))
    return planned


def _planned(arguments: EnforceArguments, policy: BothTables, chosen: Chosen) -> Planned:
    service = chosen.service
    sets = sets_of(policy, service.daemon, port_of(service), new_patience())
    return Planned(
        access_list_of(service, sets, arguments.mode, arguments.unexpressed), sets, chosen.target, chosen.brought
    )


def _check_lost(arguments: EnforceArguments, planned: List[Planned], warnings: List[str]) -> None:
    """TaskError, or a warning, for what rules would also do. Beside a daemon that asks, its own rules still do it for
    whom it serves.
    """
    told: Dict[str, None] = {}
    for one in planned:
        for lost in one.sets.lost:
            told["%s of hosts.%s line %s" % (lost.option, lost.rule.table.name, lost.rule.line)] = None
    if not told or arguments.lost_options == "ignore":
        return
    words = list(told)
    text = "a filter of addresses does not do what rules do besides: %s%s" % (
        ", ".join(words[:5]),
        " and %d more" % (len(words) - 5) if len(words) > 5 else "",
    )
    if arguments.lost_options == "fail":
        raise TaskError("%s. lost_options: warn accepts that." % text)
    warnings.append("%s%s." % (text[0].upper(), text[1:]))


def _texts(arguments: EnforceArguments, plan: Plan) -> Dict[str, Tuple[str, int]]:
    """The files that shall be: (text, mode)."""
    root = plan.tables.root
    texts: Dict[str, Tuple[str, int]] = {}
    style = nftables.Style(arguments.refuse, arguments.log)
    for target in sorted(set(one.target for one in plan.planned)):
        lists = plan.wanted[target]
        if target == NFTABLES:
            texts[boot.RULES] = (render(target, lists, style, _OLD), 0o600)
            texts.update(_boot_texts(root, plan.warnings))
        else:
            texts[sshd.DROPIN] = (render(target, lists, style, _sshd_release(root)), 0o600)
            _check_include(root, lists)
    return texts


def _boot_texts(root: Root, warnings: List[str]) -> Dict[str, Tuple[str, int]]:
    """The units that bring the table back."""
    if not root.locate("/etc/systemd/system").exists:
        warnings.append(
            "This host has no systemd: nothing loads %s when it starts. Let its init run 'nft -f %s'."
            % (boot.RULES, boot.RULES)
        )
        return {}
    if root.is_host and not init_has_this_network():
        warnings.append(
            "This task runs in another network namespace than process 1, and its filter is loaded there. Nothing loads "
            "it again when the host starts: let what makes the namespace run 'ip netns exec NAME nft -f %s'."
            % boot.RULES
        )
        return {}
    program = (find_program("nft") if root.is_host else None) or NFT
    texts = {boot.UNIT_FILE: (boot.unit_text(program), 0o644), WANTS: (_WANTS_TEXT, 0o644)}
    texts.update({path: (boot.dropin_text(program), 0o644) for path in boot.DROPINS})
    return texts


def _sshd_release(root: Root) -> Tuple[int, int]:
    """The release of the host's sshd. Raises TaskError for another server."""
    if not root.is_host:
        return _OLD
    banner = sshd_banner() or ""
    release = sshd.version_of(banner)
    if release is None:
        raise TaskError(
            "sshd of this host does not say that it is OpenSSH, and only OpenSSH is known: set target: nftables."
        )
    return release


def _check_include(root: Root, lists: Sequence[AccessList]) -> None:
    problem = unread(root, [port for access in lists for port in access.ports])
    if problem is not None:
        raise TaskError("%s." % problem)


def _with_files(plan: Plan, texts: Dict[str, Tuple[str, int]]) -> Plan:
    """The plan with every file of this module that changes. Raises TaskError where somebody else's stands in a place."""
    root = plan.tables.root
    changes: List[Change] = []
    for path in (boot.RULES, boot.UNIT_FILE, WANTS) + boot.DROPINS + (sshd.DROPIN,):
        state = read(root, path)
        if state.kind not in ("file", "missing"):
            raise TaskError("%s is no plain file: look at it, and remove it." % path)
        text, mode = texts.get(path, (None, 0o600))
        data = None if text is None else text.encode("utf-8")
        if state.kind == "file" and MARK not in (state.data or b"")[:400]:
            if data is None:
                continue
            raise TaskError(
                "%s was not written by this module: look at it, and move it away. Nothing was changed." % path
            )
        if data != state.data or (data is not None and state.mode != mode):
            changes.append(Change(state, data, mode))
    return plan._replace(changes=changes, words=_words([one.state.path for one in changes]))


def _words(paths: List[str]) -> List[str]:
    """Who reads the files, in the order in which they must."""
    words = []
    if any(path.startswith("/etc/systemd/") for path in paths):
        words.append("systemd")
    if boot.RULES in paths:
        words.append("nftables")
    if sshd.DROPIN in paths:
        words.append("sshd")
    return words
