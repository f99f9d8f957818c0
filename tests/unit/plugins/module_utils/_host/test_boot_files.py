# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What makes a starting host undo a change is there while the change waits, and leaves nothing."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import boot
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback import boot_files
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.boot_files import (
    WANTS,
    remove_boot_files,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.rollback.command_line import main
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.rollback_parts import everywhere

TOKEN = "0" * 32
UNIT = "portcullis-undo-%s.service" % TOKEN


@pytest.fixture(name="units")
def fixture_units(tmp_path, monkeypatch):
    """A systemd host's folder of units, without any folder of wants."""
    units = tmp_path / "system"
    units.mkdir()
    for module in (boot, boot_files):
        monkeypatch.setattr(module, "UNITS", str(units))
        monkeypatch.setattr(module, "CRON", str(tmp_path / "cron.d"))
    monkeypatch.setattr(boot, "RUNNING_SYSTEMD", str(units))
    return units


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_an_image_that_wants_nothing_in_etc_gets_a_folder_and_loses_it(units):
    boot.write_boot_files("/etc/.portcullis.tcp_wrappers", TOKEN)
    assert names(units) == [UNIT, "sysinit.target.wants", "sysinit.target.wants/" + UNIT]
    assert os.readlink(str(units / "sysinit.target.wants" / UNIT)) == str(units / UNIT)
    remove_boot_files(TOKEN)
    assert names(units) == []


def test_without_systemd_cron_looks_at_boot_and_each_minute(units, tmp_path, monkeypatch):
    """A container whose /run is on its disk: cron believes that it runs since the last boot, and runs no @reboot."""
    monkeypatch.setattr(boot, "RUNNING_SYSTEMD", str(tmp_path / "none"))
    (tmp_path / "cron.d").mkdir()
    boot.write_boot_files(str(tmp_path / "record"), TOKEN)
    (job,) = (tmp_path / "cron.d").iterdir()
    started, each_minute = [line.split() for line in job.read_text().splitlines()]
    assert started[:2] == ["@reboot", "root"] and each_minute[:6] == ["*"] * 5 + ["root"]
    assert started[-2:] == ["boot", str(tmp_path / "record")]
    assert each_minute[-3:] == ["boot", str(tmp_path / "record"), "running"]
    assert main(started[-2:]) == main(each_minute[-3:]) == 0
    assert main(["boot", str(tmp_path / "record"), "other"]) == 2
    remove_boot_files(TOKEN)
    assert list((tmp_path / "cron.d").iterdir()) == []


def test_a_folder_in_which_somebody_enabled_a_unit_meanwhile_stays(units):
    boot.write_boot_files("/etc/.portcullis.tcp_wrappers", TOKEN)
    (units / "sysinit.target.wants" / "other.service").symlink_to("/usr/lib/systemd/system/other.service")
    remove_boot_files(TOKEN)
    assert names(units) == ["sysinit.target.wants", "sysinit.target.wants/other.service"]


def test_the_file_of_a_watchdog_s_unit_goes_with_the_change(units, tmp_path, monkeypatch):
    everywhere(monkeypatch, "RUN_UNITS", str(tmp_path))
    everywhere(monkeypatch, "program_path", lambda name: "")
    (tmp_path / ("portcullis-%s.service" % TOKEN)).write_text("")
    remove_boot_files(TOKEN)
    assert list(tmp_path.iterdir()) == [units]


@pytest.mark.parametrize("wants", WANTS)
def test_a_folder_that_was_there_stays(units, wants):
    (units / wants).mkdir(mode=0o755)
    boot.write_boot_files("/etc/.portcullis.tcp_wrappers", TOKEN)
    assert names(units) == sorted([UNIT, wants, wants + "/" + UNIT])
    remove_boot_files(TOKEN)
    assert names(units) == [wants]


def test_the_unit_tries_the_systems_interpreter_and_that_of_the_run(units, monkeypatch, tmp_path):
    """/opt/py was on a file system that is mounted later: nothing was undone. With - a line may fail, with + no drop-in counts."""
    system, late = tmp_path / "python3", "/opt/py%1/bin/python3"
    system.write_text("")
    system.chmod(0o755)
    monkeypatch.setattr(boot, "_SYSTEMS", (str(system), str(tmp_path / "none")))
    monkeypatch.setattr(boot.sys, "executable", late)
    boot.write_boot_files("/etc/.portcullis.tcp_wrappers", TOKEN)
    lines = [line.split(" ")[0] for line in (units / UNIT).read_text().splitlines() if line.startswith("ExecStart")]
    late = late.replace("%", "%%")
    assert lines == ["ExecStart=-" + rest for rest in ("+%s" % system, "+%s" % late, str(system), late)]
