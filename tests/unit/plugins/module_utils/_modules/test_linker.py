# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services whose environment or mounts decide which libwrap their program gets.

Measured on Debian 13 with a libwrap for other tables, hosts.deny `ALL: ALL` and tcpd behind each: all that are null here
served the client, all others refused it.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage, linker
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import (
    configured_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.service import Service
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import TCPD

OTHER = "/opt/other/lib/libwrap.so.0"
XINETD = """service x
{
    socket_type = stream
    protocol = tcp
    type = UNLISTED
    port = 7000
    wait = no
    user = root
    flags = NAMEINARGS NOLIBWRAP
    server = /usr/sbin/tcpd
    server_args = /usr/sbin/in.foo
    env = %s
}
"""


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    for name in ("in.foo", "tcpd"):
        program = tmp_path / "usr/sbin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_bytes(TCPD if name == "tcpd" else b"#!/bin/sh\necho hello\n")
        program.chmod(0o755)
    (tmp_path / "etc/default").mkdir(parents=True)
    (tmp_path / "etc/default/foo-set").write_text("A=b\n  LD_LIBRARY_PATH=/opt/other/lib\n")
    (tmp_path / "etc/default/foo-not").write_text("# LD_PRELOAD=x\nA=LD_PRELOAD\nLD_BIND_NOW=1\n")
    return tmp_path


def with_unit(image, *lines):
    units = image / "etc/systemd/system"
    (units / "sockets.target.wants").mkdir(parents=True)
    (units / "foo.socket").write_text("[Socket]\nListenStream=7000\nAccept=yes\n")
    start = "[Service]\nStandardInput=socket\nExecStart=-@/usr/sbin/tcpd /usr/sbin/in.foo\n"
    (units / "foo@.service").write_text(start + "".join(line + "\n" for line in lines))
    (units / "sockets.target.wants/foo.socket").symlink_to("../foo.socket")


def answer(image):
    params = {name: option.get("default") for name, option in coverage.argument_spec().items()}
    params.update(root=str(image), dialect="debian")
    result = coverage.run(Call(params))
    (service,) = result["services"]
    codes = [one["code"] for one in result["findings"]]
    assert ("unknown-enforcement" in codes) is (service["enforced_by"] is None)
    return service


@pytest.mark.parametrize(
    "lines",
    [
        ["Environment=LD_LIBRARY_PATH=/opt/other/lib"],
        ['Environment=A=b "LD_PRELOAD=%s"' % OTHER],
        ["Environment=LD_AUDIT=/opt/audit.so"],
        ["PassEnvironment=HOME LD_PRELOAD"],
        ["EnvironmentFile=-/etc/default/foo-set"],
        ["EnvironmentFile=/etc/default/foo-*"],
        ["EnvironmentFile=-/etc/default/foo-%i"],
        ["BindReadOnlyPaths=%s:/usr/lib/x86_64-linux-gnu/libwrap.so.0" % OTHER],
        ["BindReadOnlyPaths=/opt/other/lib:/lib/x86_64-linux-gnu"],
        ["BindPaths=/opt/tcpd:/usr/sbin/tcpd"],
        ["BindPaths=/opt/preload:/etc/ld.so.preload"],
        ["RootDirectory=/srv/root", "BindReadOnlyPaths=/etc"],
    ],
)
def test_what_decides_over_the_libraries_of_a_unit(image, lines):
    with_unit(image, *lines)
    service = answer(image)
    assert service["enforced_by"] is None and "decides which libraries" in service["evidence"]
    assert service["anywhere"] == {"ipv4": None, "ipv6": None}


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["Environment=LANG=C A=LD_PRELOAD=x LD_BIND_NOW=1"],
        ["EnvironmentFile=-/etc/default/foo-not", "EnvironmentFile=-/etc/default/none"],
        ["EnvironmentFile=/etc/default/foo-set", "UnsetEnvironment=LD_LIBRARY_PATH"],
        ["Environment=LD_PRELOAD=x", "Environment="],
        ["BindReadOnlyPaths=/opt/other /usr"],
        ["BindPaths=/srv/data:/usr/lib/foo/data"],
        ["RootDirectory=/srv/root", "BindReadOnlyPaths=/etc /usr /lib /lib64"],
        ["ProtectSystem=strict", "PrivateTmp=yes", "InaccessiblePaths=/usr/lib/modules"],
    ],
)
def test_what_does_not(image, lines):
    with_unit(image, *lines)
    assert answer(image)["enforced_by"] == ["tcpd"]


@pytest.mark.parametrize("place", ["system.conf", "system.conf.d/a.conf"])
def test_the_environment_that_systemd_gives_every_unit(image, place):
    with_unit(image)
    path = image / "etc/systemd" / place
    path.parent.mkdir(exist_ok=True)
    path.write_text("[Manager]\nDefaultEnvironment=LD_PRELOAD=%s\n" % OTHER)
    assert answer(image)["enforced_by"] is None


@pytest.mark.parametrize("env, told", [("LD_LIBRARY_PATH=/opt/other/lib", None), ("LANG=C", ["tcpd"])])
def test_the_environment_that_xinetd_gives_a_server(image, env, told):
    (image / "etc/xinetd.conf").write_text(XINETD % env)
    assert answer(image)["enforced_by"] == told


PROCESS = Process(7, "inetd", "/usr/sbin/inetd", 0, 0, (), 0, True)


def test_the_environment_of_the_super_server_itself(monkeypatch):
    service = Service("inetd", "x", "tcp", "stream", False, "root", "/usr/sbin/in.x", (), "in.x", "/etc/inetd.conf", 1)
    monkeypatch.setattr(linker, "read_environment", lambda pid: ["A=b", "LD_PRELOAD=/opt/x.so"])
    assert "LD_PRELOAD in the environment of process 7 (inetd)" in linker.why_of_service(service, [PROCESS])
    assert linker.why_of_service(service._replace(kind="systemd"), [PROCESS]) == ""


@pytest.mark.parametrize(
    "variable, maps, elsewhere, doubtful",
    [
        ("LD_PRELOAD", True, False, True),
        ("LD_LIBRARY_PATH", True, False, False),  # the host's libwrap is in its memory
        ("LD_LIBRARY_PATH", True, True, True),  # sshd of Debian 13: sshd-session asks
        ("LD_LIBRARY_PATH", None, False, True),
        ("LD_BIND_NOW", None, True, False),
    ],
)
def test_the_environment_of_a_daemon(monkeypatch, variable, maps, elsewhere, doubtful):
    process = PROCESS._replace(maps_libwrap=maps)
    monkeypatch.setattr(linker, "read_environment", lambda pid: [variable + "=/opt"])
    assert bool(linker.why_of_process(process, elsewhere, lambda unit: None)) is doubtful


def test_a_daemon_that_wrote_over_its_environment_has_its_unit(image, monkeypatch):
    """sshd's title stands where its environment stood."""
    (image / "etc/systemd/system").mkdir(parents=True)
    (image / "etc/systemd/system/ssh.service").write_text(
        "[Service]\nExecStart=/usr/sbin/sshd -D\nEnvironmentFile=/etc/default/foo-set\n"
    )
    monkeypatch.setattr(linker, "read_environment", lambda pid: [])
    monkeypatch.setattr(linker, "control_groups", lambda folder: {"": "/system.slice/ssh.service"})
    loader_of = configured_services(Root(str(image)), "debian").loader_of
    assert "LD_LIBRARY_PATH in its environment" in linker.why_of_process(PROCESS, True, loader_of)
    assert linker.why_of_process(PROCESS, False, loader_of) == ""


@pytest.mark.parametrize("line, enforced", [
    ("", ["libwrap"]),
    ("BindPaths=/etc/v2.conf:/etc/vsftpd.conf", None),
    ("BindReadOnlyPaths=/srv/etc:/etc", None),
    ("TemporaryFileSystem=/etc:ro", None),
    ("TemporaryFileSystem=/var:ro", ["libwrap"]),
    ("BindPaths=/etc/vsftpd.conf", ["libwrap"]),
])  # fmt: skip
def test_a_unit_that_gives_its_daemon_another_configuration(image, line, enforced):
    """vsftpd of Debian 13 with tcp_wrappers=NO in the file that it sees serves whom the tables refuse."""
    with_unit(image, "ExecStart=", "ExecStart=/usr/sbin/vsftpd", line)
    (image / "usr/sbin/vsftpd").write_bytes(TCPD.replace(b"cannot execute", b"x"))
    (image / "etc/vsftpd.conf").write_text("tcp_wrappers=YES\n")
    (image / "etc/hosts.deny").write_text("ALL: ALL\n")
    found = answer(image)["enforced_by"]
    assert (found or None) == enforced  # of a unit with other tables it is known that nobody asks about the host's
