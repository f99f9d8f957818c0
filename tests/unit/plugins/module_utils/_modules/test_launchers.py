# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services that are started through a shell or a launcher. Measured on Debian 13: tcpd then asks as in.foo, the last of
its argv[0], in each of the cases that cannot be told here.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.asked import ask_about
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import (
    configured_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.findings import rule_findings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.machine import look_at
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.survey import find_services
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import ASKING, PLAIN

SCRIPT = b"#!/bin/static\nexec -a in.foo /usr/sbin/tcpd\n"


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    programs = {"usr/sbin/tcpd": ASKING, "usr/sbin/asking": ASKING, "usr/sbin/in.script": SCRIPT}
    for path in ("bin/bash", "usr/bin/env", "usr/bin/nice", "usr/sbin/in.foo", "usr/sbin/in.bar"):
        programs[path] = PLAIN
    for path, data in programs.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
        (tmp_path / path).chmod(0o755)
    (tmp_path / "etc").mkdir()
    return tmp_path


def services(image, command):
    units = image / "etc/systemd/system"
    (units / "sockets.target.wants").mkdir(parents=True)
    (units / "foo.socket").write_text("[Socket]\nListenStream=7000\nAccept=yes\n")
    (units / "foo@.service").write_text("[Service]\nStandardInput=socket\nExecStart=%s\n" % command)
    (units / "sockets.target.wants/foo.socket").symlink_to("../foo.socket")
    root = Root(str(image))
    return find_services(look_at(root), configured_services(root, "debian"))


def told_of_rule(image, found):
    policy = Policy.parse("in.foo: 192.0.2.1\n", "", dialect="debian")
    return [one.message + " " + one.remedy for one in rule_findings(policy, set(), found, Accounts(Root(str(image))))]


@pytest.mark.parametrize(
    "command",
    [
        "-/bin/bash -c 'exec -a /usr/sbin/in.foo /usr/sbin/tcpd'",
        "/bin/bash -c 'asking -i'",
        "/bin/bash -c 'X=cpd; exec /usr/sbin/t$$X'",
        "-@/usr/bin/env env -a /usr/sbin/in.foo /usr/sbin/tcpd",
        "/usr/bin/nice -n 5 env -a in.foo tcpd",
        "/usr/bin/nice -n5 /usr/sbin/in.script",
        "/usr/sbin/in.bar --server=/usr/sbin/tcpd",
        "/usr/sbin/in.script",
    ],
)
def test_whether_what_is_started_asks_is_not_known(image, command):
    found = services(image, command)
    assert [service.enforced_by for service in found] == [None]
    assert ask_about(Root(str(image)), found, "in.foo").state == "not known"
    (message,) = told_of_rule(image, found)
    assert "names in.foo, and nothing on this host is known to ask" in message and "foo@.service" in message


@pytest.mark.parametrize(
    "command",
    [
        "/bin/bash -c 'in.bar -i'",
        "/usr/bin/nice -n 5 /usr/sbin/in.bar",
        "/usr/sbin/in.bar -c /etc/asking.conf",
        "/usr/sbin/in.bar --help asking",
    ],
)
def test_what_starts_nothing_that_asks(image, command):
    found = services(image, command)
    assert [service.enforced_by for service in found] == [[]]
    (message,) = told_of_rule(image, found)
    assert "nothing on this host asks libwrap by that name" in message


def test_xinetd_that_asks_before_a_launcher(image):
    (image / "etc/xinetd.conf").write_text(
        "service x\n{\nsocket_type = stream\nprotocol = tcp\ntype = UNLISTED\nport = 7000\nwait = no\nuser = root\n"
        "server = /usr/bin/env\nserver_args = -a /usr/sbin/in.foo /usr/sbin/tcpd\n}\n"
    )
    root = Root(str(image))
    (service,) = find_services(look_at(root), configured_services(root, "debian"))
    assert service.enforced_by == ["xinetd"] and service.other_names
    assert ask_about(root, [service], "in.foo").state == "not known"


def test_the_name_of_a_shell_is_no_better_name(image):
    """`in.env` was served, and `env` would have been refused."""
    found = services(image, "-@/usr/bin/env env -a /usr/sbin/in.env /usr/sbin/tcpd")
    policy = Policy.parse("in.env: 192.0.2.1\n", "", dialect="debian")
    (finding,) = rule_findings(policy, set(), found, Accounts(Root(str(image))))
    assert "Write env" not in finding.remedy and "before you remove the rule" in finding.remedy
