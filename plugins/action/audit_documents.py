# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role audit does on the controller: asks a host and writes its document, and joins the documents that were
written.

Private to the role. A host's answer is checked and written in the worker that received it; what is registered is where
it stands, and no fact is kept.
"""

from __future__ import annotations

import datetime
import os

from ansible import context
from ansible.errors import AnsibleActionFail, AnsibleConnectionFailure, AnsibleError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.evidence import evidence
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.files import Folder
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import as_document, unreached
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.patience import OutOfTime, at_most
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.plain import plain
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.report import FORMS, Made, write_report
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.schema import schema
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._results import HostAnswers, returns
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.reading import options_of, read_settings
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._roles.settings import document_name
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._untemplated import untemplated

#: The variable that the role registers a host's document in.
_REGISTERED = "__audit_written"
_MODULE = "tcpd_audit_info"
# Read where Ansible loads this action, once for all hosts: each host's process is a copy of that one.
schema()
returns(_MODULE)
options_of("audit")


class ActionModule(HostAnswers):
    """One document of one host, or the report of all."""

    TRANSFERS_FILES = False

    def run(self, tmp=None, task_vars=None):
        """``part`` is host or fleet; ``given`` is what role_settings returned, for a fleet. A host's is read here, or
        each host would cost two tasks.
        """
        self._supports_check_mode = True
        result = super().run(tmp, task_vars)
        del tmp
        part, given = self._task.args.get("part"), self._task.args.get("given")
        if part == "host" and given is None:
            given = read_settings("audit", "main", task_vars, self._templar)
        elif part != "fleet" or not isinstance(given, dict):
            raise AnsibleActionFail(
                "audit_documents is of the role audit: it takes part host, or part fleet and given."
            )
        try:
            made = self._host(given, task_vars) if part == "host" else self._fleet(given, task_vars)
        except OSError as error:
            raise AnsibleActionFail("the report could not be written: %s" % error) from error
        result.update(untemplated(made), changed=False)
        return result

    def _host(self, given, task_vars):
        """Ask this host, and write what it says. Where it can be reached, there is a document."""
        name, path = task_vars["inventory_hostname"], given["document_path"]
        try:
            with at_most(given["timeout"]):
                # the messages of the answer name the role's variables
                answer = self._ask(given, dict(task_vars, __audit_given=given))
                made = document(name, _now(), answer, given["assertions"], given["clients"])
        except OutOfTime:
            answer = {"failed": True, "msg": "it took longer than audit_timeout, %s seconds" % given["timeout"]}
            made = document(name, _now(), answer)
        with Folder(os.path.dirname(path)) as folder:
            folder.write_document(os.path.basename(path), made)
        return {"document": path, "time": made["time"], "warnings": list(answer.get("warnings") or [])}

    def _ask(self, given, task_vars):
        """What the module answers; a failure of any kind is an answer that says why. A host that cannot be reached
        raises.
        """
        arguments = {
            "root": given["root"],
            "dialect": given["dialect"],
            "assertions": given["assertions"],
            "clients": given["clients"],
            "since": given["since"],
            "refusals_limit": given["refusals_limit"],
            "keep_rules": given["keep_rules"],
        }
        try:
            answer = self._ask_host(
                module_name="portcullis.tcp_wrappers." + _MODULE, module_args=arguments, task_vars=task_vars
            )
        except AnsibleConnectionFailure:
            raise
        except AnsibleError as error:
            return {"failed": True, "msg": str(error)}
        self._remove_tmp_path(self._connection._shell.tmpdir)
        return answer

    def _fleet(self, given, task_vars):
        """Join the documents of this run's hosts, and say what is wrong."""
        time = _now()
        made = Made(time, evidence(context.CLIARGS, given["hosts"], given["fail_on"]), given["fail_on"], given["keep"])
        with Folder(given["output_dir"]) as folder:
            report = write_report(folder, self._documents(folder, given, task_vars, time), made)
        totals = dict(report.totals, verdict=report.verdict)
        return {
            "page": os.path.join(given["output_dir"], "fleet.html"),
            "verdict": report.verdict,
            "files": self._files,
            "failures": report.failures,
            "failed_count": report.failed,
            "totals": report.totals,
            "warnings": _left_out(report.left_out),
            # what the action set_stats returns: a workflow of AWX hands it to the next job
            "ansible_stats": {"data": {"tcp_wrappers_audit": totals}, "per_host": False, "aggregate": False},
        }

    def _documents(self, folder, given, task_vars, time):
        """Every audited host's document, in the order of the inventory. One that was not written in this run is of no
        use: the host was not reached.
        """
        hostvars = task_vars["hostvars"]
        self._files = list(FORMS)
        for name in _names(given["hosts"], hostvars):
            if _registered(hostvars, name):
                self._files.append(document_name(name))
                yield as_document(folder.read_document(self._files[-1]), name, time)
            else:
                yield unreached(name, time)


def _now():
    return datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def _left_out(names):
    """A warning about hosts whose data is not on the page, if there are any."""
    if not names:
        return []
    return [
        "fleet.html is without the data of %d hosts, which is too much for a page: %s. It stands in fleet.json and in "
        "the files of these hosts." % (len(names), ", ".join(map(plain, names[:10])) + (", ..." if names[10:] else ""))
    ]


def _names(pattern, hostvars):
    """The hosts of a pattern, of those that --limit leaves."""
    return [host.name for host in hostvars._inventory.get_hosts(pattern, ignore_restrictions=True)]


def _registered(hostvars, name):
    """Whether this run wrote a document of the host: asked for where Ansible keeps what tasks registered, which no host
    can write to.
    """
    written = hostvars._variable_manager._nonpersistent_fact_cache.get(name, {}).get(_REGISTERED)
    return isinstance(written, dict) and "document" in written
