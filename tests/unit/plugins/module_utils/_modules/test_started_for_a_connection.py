# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""nrpe -i and p910nd, which a super-server starts for a connection: they ask nobody (Debian 12, a client of `ALL: 10.139.0.66`).

xinetd refuses that client; with NOLIBWRAP it gets TLS and `NRPE v4.1.0`. inetd serves it in either case.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import (
    configured_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.findings import rule_findings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.own_asks import asks_itself
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import ASKING, PLAIN, TCPD

NRPE = """\
service nrpe
{
    socket_type = stream
    protocol = tcp
    wait = no
    user = nagios
    server = /usr/sbin/nrpe
    server_args = -c /etc/nagios/nrpe.cfg -i
    flags = %s
}
"""
INETD = """\
nrpe stream tcp nowait nagios /usr/sbin/nrpe nrpe -c /etc/nagios/nrpe.cfg -i
9100 stream tcp nowait root /usr/sbin/p910nd p910nd
ssh stream tcp nowait root /usr/sbin/sshd sshd -i
"""


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    for name in ("nrpe", "p910nd", "sshd", "tcpd"):
        program = tmp_path / "usr/sbin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_bytes(TCPD if name == "tcpd" else ASKING)
        program.chmod(0o755)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/services").write_text("nrpe 5666/tcp\nssh 22/tcp\n")
    return tmp_path


def covered(image):
    params = {name: option.get("default") for name, option in coverage.argument_spec().items()}
    params.update(root=str(image), dialect="debian")
    result = coverage.run(Call(params))
    codes = [one["code"] for one in result["findings"]]
    return {one["name"]: one for one in result["services"]}, codes


def test_nrpe_of_xinetd_is_asked_about_once_and_never_told_to_take_xinetds_check_away(image):
    (image / "etc/xinetd.conf").write_text(NRPE % "IPv4")
    services, codes = covered(image)
    assert services["nrpe"]["enforced_by"] == ["xinetd"]
    assert "checked-twice" not in codes and "unenforced" not in codes


def test_with_nolibwrap_nobody_asks(image):
    (image / "etc/xinetd.conf").write_text(NRPE % "IPv4 NOLIBWRAP")
    services, codes = covered(image)
    assert services["nrpe"]["enforced_by"] == [] and "unenforced" in codes
    assert services["nrpe"]["remedy"].startswith("Take NOLIBWRAP out of its flags")


def test_inetd_serves_everybody_and_tcpd_helps(image):
    (image / "etc/inetd.conf").write_text(INETD)
    services, _codes = covered(image)
    assert {name: one["enforced_by"] for name, one in services.items()} == {"nrpe": [], "9100": [], "ssh": ["libwrap"]}
    assert services["9100"]["remedy"] == "Put tcpd in front of it (inetd_tcpd)."


def test_the_modules_that_wrap_do_not_leave_them_out(image):
    (image / "etc/inetd.conf").write_text(INETD)
    root = Root(str(image))
    found = {
        one.name: asks_itself(Configurations(root), Libraries(root), one) for one in configured_services(root).services
    }
    assert found == {"nrpe": False, "9100": False, "ssh": True}


RENAMED = """\
7704 stream tcp nowait root /usr/local/sbin/wrapper /usr/local/sbin/in.z4
7705 stream tcp nowait root /usr/local/sbin/mytcpd in.z5
"""
XINETD_RENAMED = """\
service z6
{
    type = UNLISTED
    port = 7706
    socket_type = stream
    protocol = tcp
    wait = no
    user = root
    flags = NAMEINARGS%s
    server = /usr/local/sbin/wrapper
    server_args = /usr/local/sbin/in.z6 -x
}
"""


def test_tcpd_by_another_name_asks_for_the_daemon_that_it_is_given(image):
    """Debian 13, a link and a copy of tcpd: a rule for in.z4 refuses the client, one for wrapper does not."""
    (image / "usr/local/sbin").mkdir(parents=True)
    (image / "usr/local/sbin/wrapper").symlink_to("/usr/sbin/tcpd")
    (image / "usr/local/sbin/mytcpd").write_bytes((image / "usr/sbin/tcpd").read_bytes())
    (image / "etc/inetd.conf").write_text(RENAMED)
    services, _codes = covered(image)
    assert [(one["enforced_by"], one["anywhere"]["ipv4"]) for one in services.values()] == [(None, None)] * 2
    assert "in.z4" in services["7704"]["also_asked_as"] and "in.z5" in services["7705"]["also_asked_as"]
    assert services["7704"]["evidence"].startswith("it is tcpd by another name")
    assert {one["remedy"] for one in services.values()} == {"Name /usr/sbin/tcpd as the server in its place."}
    (image / "etc/inetd.conf").unlink()
    for flags in ("", " NOLIBWRAP"):
        (image / "etc/xinetd.conf").write_text(XINETD_RENAMED % flags)
        services, _codes = covered(image)
        assert services["z6"]["enforced_by"] is None and "in.z6" in services["z6"]["also_asked_as"]


OTHER_TABLES = PLAIN + b"/opt/hosts.allow\0/opt/hosts.deny\0error: cannot execute %s: %m\0"


@pytest.mark.parametrize(
    "program, enforced_by, told",
    [
        (TCPD, ["tcpd"], "it is started through /opt/pkg/sbin/tcpd"),
        (b"#!/bin/sh\necho hello\n", None, "of that program: "),
        (PLAIN, [], "of that program: "),  # a copy of echo
        (OTHER_TABLES, [], "of that program: "),  # of pkgsrc, or in /opt
        (ASKING, None, "that links libwrap and is another program than tcpd"),
    ],
)
def test_what_is_called_tcpd_and_is_not(image, program, enforced_by, told):
    """Debian 13: a script, a copy of echo and a tcpd for other tables served whom `ALL: ALL` refuses."""
    place = image / "opt/pkg/sbin/tcpd"
    place.parent.mkdir(parents=True)
    place.write_bytes(program)
    place.chmod(0o755)
    (image / "bin").mkdir()
    (image / "bin/sh").write_bytes(PLAIN)
    (image / "etc/inetd.conf").write_text("7707 stream tcp nowait root /opt/pkg/sbin/tcpd /usr/local/sbin/in.z7\n")
    services, _codes = covered(image)
    assert services["7707"]["enforced_by"] == enforced_by and told in services["7707"]["evidence"]
    assert (services["7707"]["remedy"] or "").startswith("Install the package tcpd") is (program != TCPD)


UNIT = "[Service]\nExecStart=-@/usr/sbin/tcpd /usr/local/sbin/in.%s\nStandardInput=socket\n"


@pytest.mark.parametrize(
    "name, enforced, remedy",
    [
        ("%j", ["tcpd"], "Write the name that libwrap is asked for; remove the rule if no such daemon will run here."),
        ("%i", None, "is not known: k@.service. Find that out before you remove the rule."),
    ],
)
def test_a_rule_is_not_to_be_removed_where_a_service_may_ask_by_its_name(image, name, enforced, remedy):
    """Debian 13: tcpd of the unit u-k@.service asks as in.k for %j, and under the client's address for %i."""
    folder = image / "usr/lib/systemd/system"
    folder.mkdir(parents=True)
    (folder / "k.socket").write_text("[Socket]\nListenStream=7000\nAccept=yes\n")
    (folder / "k@.service").write_text(UNIT % name)
    wants = image / "etc/systemd/system/sockets.target.wants"
    wants.mkdir(parents=True)
    (wants / "k.socket").symlink_to("/usr/lib/systemd/system/k.socket")
    services, _codes = covered(image)
    assert services["k@.service"]["enforced_by"] == enforced
    root = Root(str(image))
    policy = Policy.parse("in.k: 10.0.0.1\nin.other: 10.0.0.1\n", "", "debian", None)
    seen = coverage.see(root)
    found = rule_findings(policy, set(), seen.services, Accounts(root))
    assert [one.line for one in found] == ([2] if enforced else [1, 2]) and found[-1].remedy.endswith(remedy)


@pytest.mark.parametrize("mode, told", [(0o755, False), (0o4755, None), (0o2755, None)])
def test_a_tcpd_with_set_id_bits_may_read_what_its_user_may_not(image, mode, told):
    """Debian 12: a set-uid tcpd of root's that inetd starts as nobody serves whom tables of root:root 0600 grant."""
    (image / "usr/sbin/tcpd").chmod(mode)
    (image / "etc/passwd").write_text("nobody:x:65534:65534::/:\n")
    (image / "etc/hosts.allow").write_text("nrpe: ALL\n")
    (image / "etc/hosts.allow").chmod(0o600)
    (image / "etc/inetd.conf").write_text("nrpe stream tcp nowait nobody /usr/sbin/tcpd /usr/sbin/nrpe -i\n")
    services, codes = covered(image)
    assert services["nrpe"]["reads_tables"] is told
    assert ("unreadable-tables" in codes) is (told is False)


@pytest.mark.parametrize(
    "named, text, known",
    [
        ("/opt/lib/own.so", b"\0hosts_access\0", False),
        ("/opt/lib/own.so", b"\0open\0", True),
        ("/opt/lib/own.so", None, True),
        ("/opt/$LIB/own.so", b"\0hosts_access\0", False),
        ("/opt/${LIB}/own.so", b"\0open\0", True),
        ("/opt/$LIB/none.so", b"\0hosts_access\0", True),
        ("/opt/$PLATFORM/own.so", b"\0open\0", False),
    ],
)
def test_a_library_that_is_loaded_into_every_program_may_answer_for_libwrap(image, named, text, known):
    """Debian 13: with another libwrap in /etc/ld.so.preload tcpd and sshd serve whom `ALL: ALL` refuses."""
    (image / "etc/inetd.conf").write_text(INETD)
    (image / "etc/ld.so.preload").write_text("# of ours\n%s\n" % named)
    if text is not None:
        for folder in ("opt/lib/x86_64-linux-gnu" if "LIB" in named else "opt/lib", "lib/x86_64-linux-gnu"):
            (image / folder).mkdir(parents=True, exist_ok=True)
            (image / folder / "own.so").write_bytes(text)
    services, _codes = covered(image)
    assert services["ssh"]["enforced_by"] == (["libwrap"] if known else None)
    assert services["nrpe"]["enforced_by"] == []
