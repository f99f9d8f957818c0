# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the role promised is what the host does: asked of the files, of the module, and of real connections."""

import pytest

DAEMONS = {"in.greeting": (7001, "greeting served\n"), "in.motto": (7002, "motto served\n"), "sshd": (22, "SSH-2.0-")}
CASES = [(daemon, client) for daemon in DAEMONS for client in ("allowed", "refused")]


def refusals(host):
    return host.check_output("journalctl --no-pager --output cat").count("refused connect from")


def mails(host):
    sent = host.file("/var/log/mail-sent")
    return sent.content_string.splitlines() if sent.exists else []


@pytest.mark.parametrize("path", ["/etc/hosts.allow", "/etc/hosts.deny"])
def test_tables_belong_to_root_alone(fleet, path):
    file = fleet.host("legacy").file(path)
    assert (file.user, file.group, file.mode) == ("root", "root", 0o600)


def test_classic_mistakes_are_gone(fleet):
    text = fleet.host("legacy").file("/etc/hosts.allow").content_string
    assert "in.rshd" not in text
    assert "sshd: ALL" not in text


@pytest.fixture(scope="module")
def predicted(fleet):
    """What hosts_access_evaluate says before anybody connects, for every daemon and client."""
    assertions = [{"daemon": daemon, "address": fleet.address(client)} for daemon, client in CASES]
    result = fleet.ansible(
        "legacy", "portcullis.tcp_wrappers.hosts_access_evaluate", {"assertions": assertions, "cross_check": True}
    )
    assert not result.get("failed"), result
    return {case: decision["access"] for case, decision in zip(CASES, result["decisions"])}


@pytest.mark.parametrize("daemon, client", CASES)
def test_the_module_predicts_what_a_connection_gets(fleet, predicted, daemon, client):
    port, served = DAEMONS[daemon]
    assert predicted[daemon, client] == {"allowed": "granted", "refused": "denied"}[client]
    answer = fleet.talk(client, "legacy", port)
    if client == "allowed":
        assert answer.startswith(served)
    else:
        assert answer == ""


@pytest.mark.parametrize("daemon", sorted(DAEMONS))
def test_a_refusal_is_logged_and_springs_the_trap_once(fleet, daemon):
    legacy = fleet.host("legacy")
    logged, sent = refusals(legacy), len(mails(legacy))
    fleet.talk("refused", "legacy", DAEMONS[daemon][0])
    legacy.run("sleep 2")  # a second trap would have sprung by now
    assert refusals(legacy) == logged + 1
    new = mails(legacy)[sent:]
    assert len(new) == 1
    assert "security@example.com" in new[0]
    assert fleet.address("refused") in new[0]


def test_what_may_pass_springs_nothing(fleet):
    legacy = fleet.host("legacy")
    logged, sent = refusals(legacy), len(mails(legacy))
    assert fleet.talk("allowed", "legacy", 7001) == "greeting served\n"
    legacy.run("sleep 1")
    assert (refusals(legacy), len(mails(legacy))) == (logged, sent)
