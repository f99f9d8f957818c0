# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways to start a watchdog: as a unit that starts again, as a plain unit where systemd is too old for that, or as a process of its own."""

import sys

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import pending, watchdog
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.commands import CommandResult
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError


def ways(monkeypatch, systemd, answer, here=False, units=()):
    """(programs that were run, what each way said) where no watchdog ever comes to life."""
    seen = []

    def run(arguments, timeout):
        seen.append(arguments)
        return answer(arguments)

    monkeypatch.setattr(watchdog.os.path, "isdir", lambda path: systemd)
    monkeypatch.setattr(watchdog, "find_program", lambda name: "/bin/" + name)
    monkeypatch.setattr(watchdog, "run", run)
    monkeypatch.setattr(watchdog, "_detached", lambda arguments: True)
    monkeypatch.setattr(watchdog, "_UNITS", units)
    monkeypatch.setattr(watchdog, "_scope", lambda name: [])
    return seen, list(watchdog.start_watchdog("portcullis-x", ["/bin/true", "watch"], here))


def test_a_unit_starts_again_when_it_is_killed_and_outlives_others(monkeypatch):
    seen, said = ways(monkeypatch, True, lambda arguments: CommandResult(0, b"", b""))
    assert said == [True, True] and len(seen) == 3
    # it did not come to life (an interpreter that needs LD_LIBRARY_PATH), and systemd started it twice a second for ever
    assert [words[-2:] for words in seen[1:]] == [
        ["stop", "portcullis-x.service"],
        ["reset-failed", "portcullis-x.service"],
    ]
    assert "--property=Restart=on-failure" in seen[0] and "--property=OOMScoreAdjust=-1000" in seen[0]
    assert "--property=StartLimitIntervalSec=0" in seen[0]
    assert seen[0][-3:] == ["/bin/true", "watch", "unit"]


@pytest.mark.parametrize("unknown", ["--collect", "--property=Restart=on-failure"])
def test_a_systemd_run_that_does_not_know_an_option_gets_a_unit_that_starts_again_all_the_same(
    monkeypatch, tmp_path, unknown
):
    monkeypatch.setattr(watchdog, "RUN_UNITS", str(tmp_path))
    seen, said = ways(monkeypatch, True, lambda arguments: CommandResult(int(unknown in arguments), b"", b"Unknown"))
    assert said == [False, True, True] and seen[1][-2:] == ["start", "portcullis-x.service"]
    assert seen[2][-2:] == ["stop", "portcullis-x.service"]
    lines = (tmp_path / "portcullis-x.service").read_text().splitlines()
    assert {"Restart=on-failure", "OOMScoreAdjust=-1000", "ExecStart=/bin/true watch unit"} <= set(lines)
    assert lines.index("StartLimitInterval=0") > lines.index("[Service]") > lines.index("StartLimitIntervalSec=0")


def test_the_file_of_a_unit_that_does_not_start_goes(monkeypatch, tmp_path):
    monkeypatch.setattr(watchdog, "RUN_UNITS", str(tmp_path))
    _seen, said = ways(monkeypatch, True, lambda arguments: CommandResult(1, b"", b"no"))
    assert said == [False, False, True] and not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "word, written", [("/usr/bin/python3", "/usr/bin/python3"), ('/o p"$%\\', '"/o p\\"$$%%\\\\"')]
)
def test_a_word_of_a_unit_is_what_it_was(word, written):
    assert watchdog._quoted(word) == written


def test_a_systemd_run_that_hangs_is_passed_by(monkeypatch, tmp_path):
    monkeypatch.setattr(watchdog, "RUN_UNITS", str(tmp_path))

    def hang(arguments):
        raise HostError("it did not end")

    assert ways(monkeypatch, True, hang)[1] == [False, False, True]


def test_without_systemd_it_is_a_process_of_its_own(monkeypatch):
    seen, said = ways(monkeypatch, False, None)
    assert (seen, said) == ([], [True])


def test_systemd_has_other_namespaces_than_an_ssh_server_in_its_own(monkeypatch):
    assert ways(monkeypatch, True, None, here=True) == ([], [True])


@pytest.mark.parametrize(
    "name, text, confined",
    [
        ("service.d/50-hardening.conf", "[Service]\nProtectSystem=full\n", True),
        ("portcullis-.service.d/a.conf", "[Service]\n  ReadOnlyPaths = /etc\n", True),
        ("service.d/10-timeout-abort.conf", "[Service]\nTimeoutStopFailureMode=abort\n", False),  # Fedora's
        ("service.d/a.conf", "# ProtectSystem=full\n[Unit]\nOnFailure=mail.service\n", False),
        ("service.d/a.conf", "[Service]\nProcSubset=pid\n", True),
        ("service.d/a.conf.off", "[Service]\nProtectSystem=full\n", False),
        ("ssh.service.d/a.conf", "[Service]\nProtectSystem=full\n", False),
    ],
)
def test_settings_for_all_services_may_keep_a_unit_from_the_tables(monkeypatch, tmp_path, name, text, confined):
    path = tmp_path / name
    path.parent.mkdir()
    path.write_text(text)
    _seen, said = ways(monkeypatch, True, lambda arguments: CommandResult(0, b"", b""), units=(str(tmp_path),))
    assert len(said) == (1 if confined else 2)


@pytest.mark.parametrize("here", [False, True])
def test_beside_the_ssh_server_it_is_a_scope_first(monkeypatch, here):
    """KillUserProcesses=yes, and an sshd for each connection, end what is left in a session."""
    started = []
    ways(monkeypatch, True, None, here=True)
    monkeypatch.setattr(watchdog, "_detached", lambda arguments: started.append(arguments) or True)
    monkeypatch.setattr(watchdog, "_scope", lambda name: ["/bin/systemd-run", "--unit", name, "--"])
    monkeypatch.setattr(watchdog, "confines_all_services", lambda folders: not here)
    assert list(watchdog.start_watchdog("portcullis-x", ["/bin/true", "watch"], here)) == [True, True]
    assert started == [
        ["/bin/systemd-run", "--unit", "portcullis-x-beside", "--", "/bin/true", "watch"],
        ["/bin/true", "watch"],
    ]


@pytest.mark.parametrize(
    "init, command",
    [
        (
            "/usr/lib/systemd/systemd",
            ["/bin/systemd-run", "--quiet", "--scope", "--slice=system.slice", "--unit", "x", "--"],
        ),
        ("/usr/sbin/sshd", []),  # a namespace of processes: systemd would take their numbers for others
        (None, []),
    ],
)
def test_a_scope_is_asked_of_a_systemd_that_is_process_1(monkeypatch, init, command):
    def readlink(path):
        assert path == "/proc/1/exe"
        if init is None:
            raise PermissionError()
        return init

    monkeypatch.setattr(watchdog, "find_program", lambda name: "/bin/" + name)
    monkeypatch.setattr(watchdog.os, "readlink", readlink)
    assert watchdog._scope("x") == command


def test_the_folders_of_units_are_those_of_systemd():
    """`systemd-analyze unit-paths` of systemd 252, Debian 12; /lib is /usr/lib there."""
    paths = """/etc/systemd/system.control /run/systemd/system.control /run/systemd/transient
    /run/systemd/generator.early /etc/systemd/system /etc/systemd/system.attached /run/systemd/system
    /run/systemd/system.attached /run/systemd/generator /usr/local/lib/systemd/system /lib/systemd/system
    /usr/lib/systemd/system /run/systemd/generator.late"""
    assert set(watchdog._UNITS) == set(paths.split())


def test_an_interpreter_that_does_not_start_by_itself_is_named(monkeypatch, tmp_path):
    """One of RHEL's software collections needs LD_LIBRARY_PATH, and no environment is handed on."""
    (tmp_path / "etc").mkdir()
    changes = pending.Pending(Root(str(tmp_path)))
    monkeypatch.setattr(pending, "start_watchdog", lambda name, arguments, here: iter([False, False]))
    change = pending.Change("0123456789abcdef", 5, [], [], [])
    with changes._make_store(change) as store, pytest.raises(HostError, match="with %s, so" % sys.executable) as caught:
        changes._watch(store, change)
    assert "ansible_python_interpreter" in str(caught.value)
