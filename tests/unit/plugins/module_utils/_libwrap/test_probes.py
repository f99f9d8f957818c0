# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The questions that were asked by hand of eleven libwrap builds (fixtures/probes.json): the engine answers as they did."""

import io
import json
import os

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

USERS = {"root": 0, "nobody": 65534, "bob": 1000}
GROUPS = {"root": 0, "nogroup": 65534, "users": 100}
with io.open(
    os.path.join(os.path.dirname(os.path.abspath(__file__)), "fixtures", "probes.json"), encoding="ascii"
) as stream:
    PROBES = json.load(stream)


class Machine(Lookups):
    """The machine that the builds ran on."""

    def __init__(self, probe):
        self.probe = probe

    def in_netgroup(self, group, host):
        return host in self.probe.get("netgroups", {}).get(group, ())

    def host_file(self, path):
        content = self.probe.get("files", {}).get(path)
        return None if content is None else content.encode("utf-8")

    def user_exists(self, name):
        return name in USERS

    def group_exists(self, name):
        return name in GROUPS

    def user_id(self, name):
        return USERS[name]

    def group_id(self, name):
        return GROUPS[name]

    def aclexec_status(self, command):
        return self.probe["request"].get("aclexec_status", 0)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
def test_every_probe(dialect):
    asked = 0
    for probe in PROBES:
        fields = dict((name, value) for name, value in probe["request"].items() if name != "aclexec_status")
        for row in probe["answers"]:
            if dialect not in row[0].split():
                continue
            policy = Policy.parse(probe["allow"], probe["deny"], dialect, Machine(probe))
            if row[1][0] == "hang":
                assert policy.allow.stop == "hang", probe
                continue
            decision = policy.decide(Request(**fields))
            answer = [decision.access, decision.table, decision.line] + (
                [list(decision.actions)] if decision.actions else []
            )
            assert answer == row[1], probe
            asked += 1
    assert asked > 300
