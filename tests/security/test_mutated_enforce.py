# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Results of hosts_access_enforce with something else in a place, against the sentences that the role enforce shows: text, or the host's own error."""

import json
import random

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.unsafe_proxy import wrap_var

try:
    from ansible.template import trust_as_template
except ImportError:  # before 2.19 every text is a template that is not marked as unsafe
    trust_as_template = str

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._results import fit_for_a_screen
from attacked import ROOT
from test_mutated_results import mutated, not_strict

TASKS = yaml.safe_load((ROOT / "roles" / "enforce" / "tasks" / "main.yml").read_text(encoding="utf-8"))
(SHOWN,) = [task for task in TASKS if task["name"] == "Show what is enforced, and what is not"]
SENTENCE = trust_as_template(SHOWN["ansible.builtin.debug"]["msg"])
NETWORKS = {"ipv4": ["10.0.0.0/8"], "ipv6": [], "count": 1}
RULE = {"table": "allow", "line": 1, "text": "sshd: .example.com: spawn true"}
GOOD = {
    "changed": True,
    "dialect": "debian",
    "services": [
        {
            "daemon": daemon,
            "ports": [22, 2222],
            "protocol": "tcp",
            "target": "nftables",
            "granted": NETWORKS,
            "denied": NETWORKS,
            "unexpressed": [
                {
                    "clients": ".example.com",
                    "networks": NETWORKS,
                    "access": "granted",
                    "reason": "name",
                    "rules": [RULE],
                }
            ],
            "lost": [{"option": "spawn", "value": "true", "rule": RULE}],
            "in_force": True,
        }
        for daemon in ("sshd", "vsftpd")
    ],
}


def sentence(item):
    """What the role shows of a service."""
    own = {"item": wrap_var(item), "ansible_check_mode": False, "__enforce_given": {"mode": "replace"}}
    return Templar(loader=DataLoader(), variables=own).template(SENTENCE)


def test_the_honest_answer_is_shown():
    assert "sshd (22, 2222/tcp) is enforced by nftables, mode replace: 1 network granted, 1 denied." in sentence(
        not_strict(GOOD, "hosts_access_enforce")["services"][0]
    )


@pytest.mark.parametrize("in_force, said", [(True, "is enforced by"), (False, "not in force"), (None, "not in force")])
def test_what_is_written_and_not_in_force_is_not_called_enforced(in_force, said):
    assert said in sentence(dict(GOOD["services"][0], in_force=in_force))


def test_a_host_fills_no_screen():
    """20,000 services were as many lines, and took the controller minutes."""
    own = {"__enforce_done": wrap_var({"services": [GOOD["services"][0]] * 20000})}
    assert len(Templar(loader=DataLoader(), variables=own).template(trust_as_template(SHOWN["loop"]))) == 200
    rule = {"option": "x" * 1000000, "value": None, "rule": RULE}
    reason = dict(GOOD["services"][0]["unexpressed"][0], clients="y" * 1000000)
    long = {
        "daemon": "z" * 1000000,
        "ports": [1] * 1000000,
        "protocol": "t" * 1000000,
        "lost": [rule],
        "unexpressed": [reason],
    }
    assert len(sentence(dict(GOOD["services"][0], **long))) < 6000


@pytest.mark.parametrize("seed", range(2))
def test_whatever_hosts_access_enforce_answers_the_role_shows_text_or_that_hosts_error(seed):
    rng = random.Random(seed)
    refused = shown = 0
    for _number in range(150):
        seen = fit_for_a_screen(not_strict(mutated(rng, GOOD), "hosts_access_enforce"))
        json.dumps(seen)
        assert not {"ansible_facts", "add_host", "add_group", "unreachable", "results"} & set(seen)
        if seen.get("failed"):
            refused += 1
            continue
        for item in seen.get("services") or []:
            try:
                said = str(sentence(item))
            except AnsibleError:
                refused += 1
                continue
            assert "uid=" not in said  # what a template of the host's would have run
            assert said.isprintable(), said
            shown += 1
    assert refused > 20 and shown > 20  # the mutations are neither harmless nor all of them refused
