# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Ask the engine what the builds were asked and list where its answer is another."""

import errno
import re
from typing import Any, Dict, List, NamedTuple, Optional, Union

import golden
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups, Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.expand import expand

#: What every build was told of the machine it ran on.
USERS = {"root": 0, "nobody": 65534, "bob": 1000}
GROUPS = {"root": 0, "nogroup": 65534, "users": 100}

ALL = "ALL: ALL\n"
EACCES, EISDIR, ELOOP = Unreadable(errno.EACCES), Unreadable(errno.EISDIR), Unreadable(errno.ELOOP)
ENOTDIR, ENAMETOOLONG = Unreadable(errno.ENOTDIR), Unreadable(errno.ENAMETOOLONG)
#: The tables that each fault's words describe; a dangling link is a file that does not exist.
FAULTS = {
    "allow unreadable (EACCES), deny missing": (EACCES, None),
    "allow unreadable, deny ALL: ALL": (EACCES, ALL),
    "allow unreadable, deny empty": (EACCES, ""),
    "allow missing, deny unreadable": (None, EACCES),
    "allow empty, deny unreadable": ("", EACCES),
    "allow matches, deny unreadable": ("sshd: ALL\n", EACCES),
    "both unreadable": (EACCES, EACCES),
    "allow missing, deny missing": (None, None),
    "allow is a directory, deny missing": (EISDIR, None),
    "allow is a directory, deny ALL: ALL": (EISDIR, ALL),
    "allow empty, deny is a directory": ("", EISDIR),
    "allow symlink loop (ELOOP), deny missing": (ELOOP, None),
    "allow missing, deny symlink loop": (None, ELOOP),
    "allow dangling symlink, deny missing": (None, None),
    "allow missing, deny dangling symlink": (None, None),
    "allow path below a file (ENOTDIR), deny missing": (ENOTDIR, None),
    "allow missing, deny path below a file": (None, ENOTDIR),
    "allow in an unsearchable directory (EACCES)": (EACCES, None),
    "allow missing, deny in an unsearchable directory": (None, EACCES),
    "allow name too long (ENAMETOOLONG), deny missing": (ENAMETOOLONG, None),
    "allow missing, deny name too long": (None, ENAMETOOLONG),
    "pattern file unreadable (EACCES)": ("sshd: /lists/noaccess\n", ALL),
    "EXCEPT pattern file unreadable": ("sshd: ALL EXCEPT /lists/noaccess\n", ALL),
    "pattern file is a directory": ("sshd: /lists\n", ALL),
    "EXCEPT pattern file missing": ("sshd: ALL EXCEPT /lists/nonexistent\n", ALL),
}
NOT_COUNTED = ("missing newline or line too long", "all the subsequent rules will be ignored")
FAULTY_FILES = {"/lists/noaccess": EACCES, "/lists": EISDIR}


class Machine(Lookups):
    """The machine the builds ran on, as one case describes it."""

    def __init__(self, files: Dict[str, Any], netgroups: Dict[str, List[str]]) -> None:
        self.files = files
        self.netgroups = netgroups
        self.status = 0

    def in_netgroup(self, group: str, host: str) -> Optional[bool]:
        return host in self.netgroups.get(group, ())

    def host_file(self, path: str) -> Union[bytes, None, Unreadable]:
        content = self.files.get(path)
        return content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content

    def user_exists(self, name: str) -> bool:
        return name in USERS

    def group_exists(self, name: str) -> bool:
        return name in GROUPS

    def user_id(self, name: str) -> int:
        """The builds log the number that setuid(2) got."""
        return USERS[name]

    def group_id(self, name: str) -> int:
        return GROUPS[name]

    def aclexec_status(self, command: str) -> Optional[int]:
        return self.status


class Tally(NamedTuple):
    """How many answers were compared, and what differed: one text each."""

    answers: int
    differences: List[str]


def ask(policy: Policy, machine: Machine, fields: Dict[str, Any], dry_run: bool) -> golden.Answer:
    """The engine's answer in the form of the golden ones."""
    machine.status = fields.get("aclexec_status", 0)
    request = Request(**{name: value for name, value in fields.items() if name != "aclexec_status"})
    decision = policy.decide(request, dry_run=dry_run)
    return (decision.access, decision.table, decision.line, list(decision.actions))


def hangs(policy: Policy, wanted: golden.Answer) -> golden.Answer:
    """The build looped for ever; the engine only has to say that a table does that, and where."""
    errors = {(finding.table, finding.line) for finding in policy.findings() if finding.severity == "error"}
    tables = [
        table
        for table in (policy.allow, policy.deny)
        if table.stop == "hang" and (table.name, table.stop_line) in errors
    ]
    return wanted if tables else ("no hang",)


def unexplained(policy: Policy, warned: List[golden.Warned]) -> List[golden.Warned]:
    """What the build warned about on a line that has no finding. libwrap does not count a line that it could not read to its end."""
    explained = {(finding.table, finding.line) for finding in policy.findings()}
    missing = []
    for table, line, text in warned:
        lines = [line, (line or 0) + 1] if text in NOT_COUNTED else [line]
        if not any((table, one) in explained for one in lines):
            missing.append((table, line, text))
    return missing


def compare_case(dialect: str, case: golden.Case) -> Tally:
    """Every request of a case, live and dry."""
    machine = Machine(case.files, case.netgroups)
    policy = Policy.parse(case.allow, case.deny, dialect, machine)
    differences = []
    for dry_run, answers in ((False, case.live), (True, case.dry)):
        for fields, wanted in zip(case.requests, answers):
            got = hangs(policy, wanted) if wanted[0] == "hang" else ask(policy, machine, fields, dry_run)[: len(wanted)]
            if got != wanted:
                differences.append(
                    "%s %s %s%s: hosts.allow %r, hosts.deny %r, %s\n    libwrap: %s\n    engine:  %s"
                    % (
                        dialect,
                        case.id,
                        case.feature,
                        ", dry run" if dry_run else "",
                        case.allow,
                        case.deny,
                        fields,
                        wanted,
                        got,
                    )
                )
    for one in unexplained(policy, case.warned):
        differences.append(
            "%s %s %s: hosts.allow %r, hosts.deny %r\n    libwrap warns: %s\n    engine:  no finding on that line"
            % (dialect, case.id, case.feature, case.allow, case.deny, one)
        )
    return Tally(len(case.live) + len(case.dry), differences)


def total(tallies: List[Tally]) -> Tally:
    """Many tallies as one."""
    return Tally(sum(tally.answers for tally in tallies), [text for tally in tallies for text in tally.differences])


def compare_dialect(dialect: str) -> Tally:
    """All cases of a dialect."""
    return total([compare_case(dialect, case) for case in golden.cases(dialect)])


def compare_probes() -> Tally:
    """The probes by hand, of all dialects."""
    return total([compare_case(dialect, case) for dialect, case in golden.probes()])


def compare_expansions() -> Tally:
    """% expansions with their warnings."""
    differences = []
    count = 0
    for case in golden.expansions():
        count += 1
        try:
            result, warnings = expand(
                case.template.encode("utf-8", "surrogateescape"), Request(**case.request), DIALECTS[case.dialect]
            )
            got = (result.decode("utf-8", "replace"), warnings)
        except HostsAccessError as error:
            got = ("error", [str(error)])
        if got != (case.result, case.warnings):
            differences.append(
                "%s %s: %r with %s\n    libwrap: %r\n    engine:  %r"
                % (case.dialect, case.id, case.template, case.request, (case.result, case.warnings), got)
            )
    return Tally(count, differences)


def compare_faults() -> Tally:
    """Tables and pattern files that cannot be opened, and lines at which a build loops for ever."""
    tallies = []
    for fault in golden.faults():
        allow, deny = FAULTS.get(fault.fault, (fault.allow, fault.deny))
        machine = Machine(FAULTY_FILES, {})
        policy = Policy.parse(allow, deny, fault.dialect, machine)
        differences = []
        for fields, wanted in zip(fault.requests, fault.answers):
            got = hangs(policy, wanted) if wanted[0] == "hang" else ask(policy, machine, fields, False)
            if got != wanted:
                differences.append(
                    "%s, %s: %s\n    libwrap: %s\n    engine:  %s" % (fault.dialect, fault.fault, fields, wanted, got)
                )
        for table, line, text in fault.warned:
            place = (table or re.sub(r"cannot open \{(allow|deny)\}: .*", r"\1", text), line)
            if place not in {(finding.table, finding.line) for finding in policy.findings()}:
                differences.append(
                    "%s, %s: no finding where libwrap warns: %s %s" % (fault.dialect, fault.fault, place, text)
                )
        tallies.append(Tally(len(fault.answers), differences))
    return total(tallies)
