# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host that lies, or a long task, may have many of: twice as much costs twice the time, not four times."""

import io
import random
import sys
import time

import pytest
from ansible.errors import AnsibleError

from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_sets import hosts_access_sets
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import AccessList, check
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import heading
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.sarif import Sarif
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.view import View
from attacked import ROOT

sys.path.insert(0, str(ROOT / "tests" / "browser"))

import fleets  # noqa: E402

NOW = "2026-01-01T00:00:00Z"


def kinds_of_findings(number):
    """A host's answer may name a kind of its own for each finding; every one is a rule of SARIF."""
    host = document("liar", NOW, {})
    host["findings"]["tables"] = [
        {"code": "kind-%d" % one, "severity": "error", "message": "m"} for one in range(number)
    ]

    def work():
        made = Sarif(io.StringIO(), heading(NOW))
        made.add(host)
        made.finish()

    return work


def findings_of_daemons(number):
    """Each daemon's cell on the page has the findings about it."""
    answer = fleets.host_answers(random.Random(1), daemons=("sshd",))
    service, finding = answer["coverage"]["services"][0], answer["coverage"]["findings"][0]
    host = document("liar", NOW, {})
    host["services"] = [dict(service, name="n%d" % one, daemon="d%d" % one) for one in range(number)]
    host["findings"]["coverage"] = [
        dict(finding, service="x%d" % one, message="m%d" % one) for one in range(10 * number)
    ]
    return lambda: View(heading(NOW)).add(host)


def ports_of_a_service(number):
    access = AccessList("in.telnetd", tuple(range(1, number + 1)), "tcp", ((), ()), ((), ()), "replace")
    return lambda: check([access])


def seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started


@pytest.mark.parametrize(
    "make, number", [(kinds_of_findings, 2000), (findings_of_daemons, 50), (ports_of_a_service, 1000)]
)
def test_ten_times_as_much_takes_not_a_hundred_times_as_long(make, number):
    few, many = make(number), make(10 * number)
    ratios = [seconds(many) / max(seconds(few), 1e-6) for _try in range(5)]
    assert min(ratios) < 30, ratios


def other_users(number, rule):
    return {"allow": "".join(rule.replace("N", str(one)) + "\n" for one in range(number)), "deny": "ALL: ALL\n"}


@pytest.mark.parametrize(
    "rule, most, too_many", [("sshd: uN@hN.example.org", 900, 1000), ("sshd: uN@h.example.org", 1000, 10100)]
)
def test_users_and_names_are_analysed_or_refused_as_the_security_model_says(rule, most, too_many):
    assert hosts_access_sets(other_users(most, rule), "sshd")["unexpressed"]
    with pytest.raises(AnsibleError, match="too many to be analysed"):
        hosts_access_sets(other_users(too_many, rule), "sshd")
