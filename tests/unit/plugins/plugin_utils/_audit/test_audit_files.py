# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's files: for nobody else's eyes, whole or not at all, and an earlier report read one host at a time."""

import json
import stat

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.files import (
    FleetFile,
    Folder,
    Previous,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import heading, unreached
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document

TIME = "2026-11-23T08:00:00Z"


@pytest.fixture
def folder(tmp_path):
    with Folder(str(tmp_path)) as opened:
        yield opened


def write_fleet(folder, *hosts, **more):
    with folder.written("fleet.json") as stream:
        fleet = FleetFile(stream, dict(heading(TIME), **more))
        for host in hosts:
            fleet.add(host)
        fleet.finish()


def test_folder_and_files_are_for_their_owner(tmp_path):
    path = tmp_path / "a" / "b"
    with Folder(str(path)) as folder:
        folder.write_document("web1.json", {"x": "\u202e\ud800"})
        assert folder.read_document("web1.json") == {"x": "\u202e\ud800"}
    assert [stat.S_IMODE(one.stat().st_mode) for one in (path, path / "web1.json")] == [0o700, 0o600]


def test_a_file_whose_writer_fails_is_the_one_that_was_there(tmp_path, folder):
    path = tmp_path / "fleet.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        with folder.written("fleet.csv") as stream:
            stream.write("new")
            raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_fleet_is_json_and_is_read_again_a_host_at_a_time(tmp_path, folder):
    path = tmp_path / "fleet.json"
    hosts = [document("web1", TIME, {}), unreached("gone", TIME)]
    write_fleet(folder, *hosts)
    assert json.loads(path.read_text())["portcullis_audit"] == dict(heading(TIME), hosts=hosts)
    before = Previous(folder)
    assert before and before.time == TIME and before.names == ["web1", "gone"]
    assert [before.take(name) for name in ("gone", "web1", "x")] == [hosts[1], hosts[0], None]


def test_a_fleet_without_hosts_is_one(tmp_path, folder):
    write_fleet(folder)
    assert json.loads((tmp_path / "fleet.json").read_text())["portcullis_audit"]["hosts"] == []
    assert Previous(folder).names == []


def test_a_host_that_was_changed_by_hand_is_none(folder):
    write_fleet(folder, dict(document("web1", TIME, {}), services="x"))
    assert Previous(folder).take("web1") is None


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", '{"portcullis_audit":{"hosts":[\n', '{"portcullis_audit":{"schema":1,"hosts":[\n{}\n']
)
def test_a_report_that_is_none_is_not_there(tmp_path, folder, text):
    assert not Previous(folder)
    (tmp_path / "fleet.json").write_text(text)
    assert not Previous(folder)


def test_a_report_of_another_version_is_not_there(folder):
    write_fleet(folder, schema="portcullis.tcp_wrappers audit fleet 2")
    assert not Previous(folder)
