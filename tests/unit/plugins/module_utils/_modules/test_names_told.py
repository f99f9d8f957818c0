# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that do not tell libwrap the client's name: what is proved of names is what their clients meet.

Met on Debian 12 by clients that resolve, with `ALL: .example.com` in hosts.deny: slapd, snmpd, p910nd, atftpd and gophernicus serve them,
sshd and nrpe do not. `spawn` told "unknown" for the first, the name for the others.
"""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_requests import (
    FALSE_NAME,
    NAME,
    SERVER,
    untold_by,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs import evaluate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.assertions import check_assertions
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs.prover import Prover, View
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import ASKING

BAN = "ALL: .example.com EXCEPT good.example.com\n"


class Image:
    """A host whose inetd starts gophernicus, which never tells a name, and in.tftpd, which does."""

    def __init__(self, folder):
        self.folder = folder
        for path, data in {
            "etc/inetd.conf": b"gopher stream tcp nowait root /usr/sbin/gophernicus gophernicus\n"
            b"smtp stream tcp nowait root /usr/sbin/sshd sshd -i\n",
            "etc/services": b"gopher 70/tcp\nsmtp 25/tcp\n",
            "usr/sbin/gophernicus": ASKING,
            "usr/sbin/sshd": ASKING,
        }.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(data)
            (folder / path).chmod(0o755)

    def run(self, module, **options):
        params = {name: option.get("default") for name, option in module.argument_spec().items()}
        params.update(root=str(self.folder), dialect="debian", **options)
        return module.run(Call(params))

    def tables(self, allow, deny):
        (self.folder / "etc/hosts.allow").write_text(allow)
        (self.folder / "etc/hosts.deny").write_text(deny)

    def ask(self, daemon, hostname, expect):
        assertion = {"daemon": daemon, "address": "10.139.0.66", "hostname": hostname, "expect": expect}
        return self.run(evaluate, assertions=[assertion], unenforced="refuse")["decisions"][0]


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    return Image(tmp_path)


def test_a_ban_by_name_does_not_hold_where_no_name_is_told(image):
    image.tables("", BAN)
    assert image.ask("sshd", "bad.example.com", "denied")["met"]
    with pytest.raises(TaskError) as error:
        image.ask("gophernicus", "bad.example.com", "denied")
    assert "since gophernicus never tells libwrap the client's name" in str(error.value)
    assert image.ask("gophernicus", "bad.example.com", "granted")["met"]


def test_a_grant_by_name_lets_nobody_in_there(image):
    image.tables("ALL: .example.com\n", "ALL: ALL\n")
    assert image.ask("sshd", "bad.example.com", "granted")["met"]
    assert image.ask("gophernicus", "bad.example.com", "denied")["met"]
    assert image.ask("gophernicus", "any", "denied")["met"]
    with pytest.raises(TaskError):
        image.ask("sshd", "any", "denied")


def test_a_task_whose_assertion_needs_the_name_writes_nothing(image):
    spec = hosts_access.argument_spec()
    params = {name: option.get("default") for name, option in spec.items()}
    params.update({name: None for name in ("seuser", "serole", "setype", "selevel", "attributes")})
    params.update(root=str(image.folder), dialect="debian", owner=str(os.getuid()), group=str(os.getgid()))
    params.update(allow=["ALL: .example.com"], default="deny")
    granted = {"address": "10.139.0.66", "hostname": "bad.example.com", "expect": "granted"}
    with pytest.raises(TaskError, match="since gophernicus never tells libwrap the client's name"):
        hosts_access.run(Call(dict(params, assertions=[dict(granted, daemon="gophernicus")])))
    assert not (image.folder / "etc/hosts.allow").exists()
    assert hosts_access.run(Call(dict(params, assertions=[dict(granted, daemon="sshd")])))["changed"]


def test_unknown_matches_everybody_there(image):
    image.tables("gophernicus: UNKNOWN\n", "ALL: ALL\n")
    assert image.ask("gophernicus", "bad.example.com", "granted")["met"]


@pytest.mark.parametrize("deny, lines", [
    (BAN, ["hosts.deny line 1"]),
    ("ALL: PARANOID\nsshd: .example.com\n", ["hosts.deny line 1"]),
    ("gophernicus: UNKNOWN, LOCAL\n", ["hosts.deny line 1"]),
    ("ALL EXCEPT gophernicus: .example.com\n", []),
    ("ALL: 10. ALL [2001:db8::]/32 192.0.2.0/255.255.255.0\n", []),
    ("sshd: .example.com\n", []),
])  # fmt: skip
def test_coverage_names_the_rules(image, deny, lines):
    image.tables("", deny)
    found = [entry for entry in image.run(coverage)["findings"] if entry["code"] == "name-not-told"]
    assert [entry["service"] for entry in found] == ["gopher"] * len(lines)
    assert all(line in entry["message"] for entry, line in zip(found, lines))


def prove(untold, deny, hostname, expect, resolve=None):
    assertion = check_assertions(
        [{"daemon": "diod", "address": "10.0.0.1", "hostname": hostname, "expect": expect}], "assertions"
    )[0]
    policy = Policy.parse(b"", deny.encode(), "debian")
    return Prover(policy, resolve, View((), None, untold)).answer(assertion).met


def test_a_name_that_is_not_checked_may_be_any():
    def liar(address):
        return None, True

    own = (FALSE_NAME, SERVER)
    assert prove((), "ALL: PARANOID\n", "resolve", "denied", liar) is True
    assert prove(own, "ALL: PARANOID\n", "resolve", "denied", liar) is False
    assert prove(own, "ALL: PARANOID\n", "paranoid", "denied") is False
    assert prove(own, BAN, "bad.example.com", "denied") is True
    assert prove(own, BAN, "resolve", "denied", lambda address: ("bad.example.com", False)) is True
    assert prove((NAME,), BAN, "resolve", "denied", lambda address: ("bad.example.com", False)) is False


# `spawn` and %n, %A on Debian 12, for a client at 10.149.0.66 that resolves to good.example.com and back: "unknown", or the name
@pytest.mark.parametrize("program, arguments, name", [
    ("/usr/sbin/slapd", (), "unknown"),
    ("/usr/sbin/p910nd", ("-f", "/dev/null", "0"), "unknown"),
    ("/usr/sbin/atftpd", ("--daemon",), "unknown"),
    ("/usr/sbin/gophernicus", (), "unknown"),
    ("/usr/sbin/ftpd", ("-D",), "unknown"),
    ("/usr/sbin/sslh", ("-n", "-F/etc/none"), "unknown"),
    ("/usr/sbin/sslh", ("-F/srv/numeric.cfg",), "unknown"),
    ("/usr/sbin/sslh", ("-F/srv/names.cfg",), "good.example.com"),
    ("/usr/bin/storescp", ("+ac", "-dhl", "7611"), "unknown"),
    ("/usr/bin/storescp", ("+ac", "7612"), "good.example.com"),
    ("/usr/sbin/conmand", (), "good.example.com"),
    ("/usr/sbin/powermand", (), "good.example.com"),
    ("/usr/sbin/diod", (), "good.example.com"),
    ("/usr/bin/yaz-ztest", ("-d", "library"), "good.example.com"),
    ("/usr/libexec/sendmail/sendmail", ("-bD",), "good.example.com"),
])  # fmt: skip
def test_what_is_told_of_the_client(tmp_path, program, arguments, name):
    (tmp_path / "srv").mkdir()
    (tmp_path / "srv/numeric.cfg").write_text("# numeric: false;\nnumeric: true;\n")
    (tmp_path / "srv/names.cfg").write_text("# numeric: true;\nnumeric: false;\n")
    untold = untold_by(Configurations(Root(str(tmp_path))), program, arguments)
    assert untold == ((NAME if name == "unknown" else FALSE_NAME), SERVER)
