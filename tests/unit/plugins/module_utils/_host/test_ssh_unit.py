# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What systemd reads when it starts the service of an ssh server anew."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import ssh_unit
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.commands import CommandResult

# `systemctl show` of systemd 257 on Debian 13
TOLD = b"""EnvironmentFiles=/etc/default/ssh (ignore_errors=yes)
FragmentPath=/usr/lib/systemd/system/ssh.service
DropInPaths=/etc/systemd/system/ssh.service.d/a.conf /etc/systemd/system/ssh.service.d/b.conf
"""
FILES = [
    "/etc/default/ssh",
    "/usr/lib/systemd/system/ssh.service",
    "/etc/systemd/system/ssh.service.d/a.conf",
    "/etc/systemd/system/ssh.service.d/b.conf",
]


@pytest.mark.parametrize("unit, waits", [("ssh.service", True), ("", True), ("ssh.service", False)])
def test_files_of_a_service_at_systemds_socket(monkeypatch, tmp_path, unit, waits):
    (tmp_path / "ssh.service.d").mkdir()
    asked = []
    monkeypatch.setattr(ssh_unit, "_DROP_INS", (str(tmp_path), str(tmp_path / "run")))
    monkeypatch.setattr(ssh_unit, "listens_for_init", lambda pid: waits)
    monkeypatch.setattr(ssh_unit, "unit_of", lambda pid: unit)
    monkeypatch.setattr(ssh_unit, "find_program", lambda name: "/bin/" + name)
    monkeypatch.setattr(ssh_unit, "run", lambda words: asked.append(words) or CommandResult(0, TOLD, b""))
    found = ssh_unit.read_at_start(70)
    assert found == (FILES + [str(tmp_path / "ssh.service.d" / "*.conf")] if unit and waits else [])
    assert [words[-1] for words in asked] == (["ssh.service"] if unit and waits else [])


def test_a_systemd_that_does_not_answer(monkeypatch):
    def fail(words):
        raise HostError("it does not end")

    monkeypatch.setattr(ssh_unit, "listens_for_init", lambda pid: True)
    monkeypatch.setattr(ssh_unit, "unit_of", lambda pid: "ssh.service")
    monkeypatch.setattr(ssh_unit, "find_program", lambda name: "/bin/" + name)
    monkeypatch.setattr(ssh_unit, "run", fail)
    assert ssh_unit.read_at_start(70) == []
    monkeypatch.setattr(ssh_unit, "find_program", lambda name: None)
    assert ssh_unit.read_at_start(70) == []


DROP_IN = """[Unit]
After=network-online.target
[Service]
OOMScoreAdjust=-1000
ProtectSystem=no
%s
"""
# the drop-in of Incus for all services of a container, in /run/systemd/system/service.d
LXC = """[Service]
ProcSubset=all
ProtectProc=default
ProtectControlGroups=no
ProtectKernelTunables=no
NoNewPrivileges=no
LoadCredential=
PrivateNetwork=no
"""


@pytest.mark.parametrize(
    "text, names",
    [
        (DROP_IN % "", []),
        (LXC, []),
        (DROP_IN % "ExecStartPre=/usr/bin/test -e /etc/x", ["ExecStartPre"]),
        (DROP_IN % " LoadCredential = a:/etc/x\nWorkingDirectory=/etc/xd", ["LoadCredential", "WorkingDirectory"]),
        (DROP_IN % "ProtectSystem=strict", ["ProtectSystem"]),
        ("[Unit]\nAfter=ssh.socket\nRequires=ssh.socket\n", []),  # Ubuntu's 00-socket.conf
        ("[Unit]\nRequires=x.service\n", ["Requires"]),
        (None, [""]),
    ],
)
def test_what_an_administrator_set_for_the_start(monkeypatch, tmp_path, text, names):
    drop_in = tmp_path / "a b.conf"  # systemd tells it in quotes
    if text is not None:
        drop_in.write_text(text)
    told = b'FragmentPath=/usr/lib/systemd/system/ssh.service\nDropInPaths=/lib/systemd/system/service.d/a.conf "%s"\n'
    run_at_a_socket(monkeypatch, told % str(drop_in).encode())
    monkeypatch.setattr(ssh_unit, "_DROP_INS", (str(tmp_path),))
    assert ssh_unit.own_settings() == [ssh_unit.Setting(str(drop_in), name) for name in names]


def test_what_a_link_makes_the_service_need(monkeypatch, tmp_path):
    """`systemctl add-requires`, which leaves no drop-in; Ubuntu's ssh.socket makes one to itself (RequiredBy=)."""
    run_at_a_socket(monkeypatch, b"FragmentPath=/usr/lib/systemd/system/ssh.service\nDropInPaths=\n")
    monkeypatch.setattr(ssh_unit, "_DROP_INS", (str(tmp_path / "etc"), str(tmp_path / "run")))
    for path in ("etc/ssh.service.requires/ssh.socket", "run/ssh.service.requires/x.service"):
        (tmp_path / path).parent.mkdir(parents=True)
        (tmp_path / path).symlink_to("/nowhere")
    assert ssh_unit.own_settings() == [
        ssh_unit.Setting(str(tmp_path / "run/ssh.service.requires/x.service"), "Requires")
    ]


# `systemctl show` of systemd 257 on Debian 13, slow.service a oneshot that is starting
STATES = {
    "slow.service": b"Id=slow.service\nActiveState=activating\nJob=189\n",
    "-.mount": b"Id=-.mount\nActiveState=active\nJob=\n",
    "sshd-keygen.service": b"Id=sshd-keygen.service\nActiveState=inactive\nJob=\n",
    "cron.service": b"Id=cron.service\nActiveState=active\n",  # an older systemd leaves the property out
}


def answer(monkeypatch, told):
    """What systemctl tells of the unit, and of others by STATES."""
    run_at_a_socket(monkeypatch, b"")

    def run(words):
        units = words[words.index("--") + 1 :]
        return CommandResult(0, told if units == ["ssh.service"] else b"\n".join(STATES[unit] for unit in units), b"")

    monkeypatch.setattr(ssh_unit, "run", run)


@pytest.mark.parametrize(
    "after, awaited", [(b"-.mount sshd-keygen.service cron.service", []), (b"-.mount slow.service", ["slow.service"])]
)
def test_what_a_start_would_wait_for(monkeypatch, after, awaited):
    """dirsrv was being restarted, and took 170 s: the service of sshd was stopped, and nobody logged in until then."""
    answer(monkeypatch, b"After=" + after + b"\n")
    assert ssh_unit.awaited_units() == awaited


@pytest.mark.parametrize(
    "unit, wants", [("cron.service", False), ("sshd-keygen.service", True), ("slow.service", True)]
)
@pytest.mark.parametrize("linked", [True, False])
def test_what_a_start_would_start_anew(monkeypatch, tmp_path, unit, wants, linked):
    """A oneshot that fetches keys is not active any more when it has ended: each start of sshd starts it, and waits."""
    path = tmp_path / "ssh.service.wants" / unit if linked else tmp_path / "keys.conf"
    if linked:
        path.parent.mkdir()
        path.symlink_to("/nowhere")
    else:
        path.write_text("[Unit]\nWants=%s\nAfter=%s\n" % (unit, unit))
    answer(monkeypatch, b"DropInPaths=%s\n" % (b"" if linked else str(path).encode()))
    monkeypatch.setattr(ssh_unit, "_DROP_INS", (str(tmp_path),))
    assert ssh_unit.own_settings() == ([ssh_unit.Setting(str(path), "Wants")] if wants else [])


def test_what_the_distribution_itself_makes_a_start_want_is_no_reason(monkeypatch, tmp_path):
    """Debian 13 enables its sshd-keygen.service for ssh.service, a oneshot that is not active any more when it has ended."""
    path = tmp_path / "ssh.service.wants" / "sshd-keygen.service"
    path.parent.mkdir()
    path.symlink_to("/usr/lib/systemd/system/sshd-keygen.service")
    answer(monkeypatch, b"DropInPaths=\n")
    monkeypatch.setattr(ssh_unit, "_DROP_INS", (str(tmp_path),))
    assert ssh_unit.own_settings() == []


def run_at_a_socket(monkeypatch, told):
    """Two servers, of which one listens at systemd's socket, and what systemctl tells of that."""
    monkeypatch.setattr(ssh_unit, "servers", lambda: [(70, []), (71, [])])
    monkeypatch.setattr(ssh_unit, "listens_for_init", lambda pid: pid == 70)
    monkeypatch.setattr(ssh_unit, "unit_of", lambda pid: "ssh.service")
    monkeypatch.setattr(ssh_unit, "find_program", lambda name: "/bin/" + name)
    monkeypatch.setattr(ssh_unit, "run", lambda words: CommandResult(0, told, b""))
