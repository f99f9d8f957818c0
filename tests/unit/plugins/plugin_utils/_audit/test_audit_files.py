# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The audit's files: for nobody else's eyes, whole or not at all, and an earlier report read one host at a time."""

import json
import stat

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.files import (
    FleetFile,
    Previous,
    make_folder,
    read_document,
    write_document,
    written,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import heading, unreached
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document

TIME = "2026-11-23T08:00:00Z"


def write_fleet(path, *hosts, **more):
    with written(str(path)) as stream:
        fleet = FleetFile(stream, dict(heading(TIME), **more))
        for host in hosts:
            fleet.add(host)
        fleet.finish()


def test_folder_and_files_are_for_their_owner(tmp_path):
    folder = tmp_path / "a" / "b"
    make_folder(str(folder))
    write_document(str(folder / "web1.json"), {"x": "\u202e\ud800"})
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder / "web1.json")] == [0o700, 0o600]
    assert read_document(str(folder / "web1.json")) == {"x": "\u202e\ud800"}


def test_a_file_whose_writer_fails_is_the_one_that_was_there(tmp_path):
    path = tmp_path / "fleet.csv"
    path.write_text("old")
    with pytest.raises(ZeroDivisionError):
        with written(str(path)) as stream:
            stream.write("new")
            raise ZeroDivisionError
    assert path.read_text() == "old" and list(tmp_path.iterdir()) == [path]


def test_a_fleet_is_json_and_is_read_again_a_host_at_a_time(tmp_path):
    path = tmp_path / "fleet.json"
    hosts = [document("web1", TIME, {}), unreached("gone", TIME)]
    write_fleet(path, *hosts)
    assert json.loads(path.read_text())["portcullis_audit"] == dict(heading(TIME), hosts=hosts)
    before = Previous(str(path))
    assert before and before.time == TIME and before.names == ["web1", "gone"]
    assert [before.take(name) for name in ("gone", "web1", "x")] == [hosts[1], hosts[0], None]


def test_a_fleet_without_hosts_is_one(tmp_path):
    write_fleet(tmp_path / "fleet.json")
    assert json.loads((tmp_path / "fleet.json").read_text())["portcullis_audit"]["hosts"] == []
    assert Previous(str(tmp_path / "fleet.json")).names == []


def test_a_host_that_was_changed_by_hand_is_none(tmp_path):
    write_fleet(tmp_path / "fleet.json", dict(document("web1", TIME, {}), services="x"))
    assert Previous(str(tmp_path / "fleet.json")).take("web1") is None


@pytest.mark.parametrize(
    "text", ["", "x", "[]", "{}", '{"portcullis_audit":{"hosts":[\n', '{"portcullis_audit":{"schema":1,"hosts":[\n{}\n']
)
def test_a_report_that_is_none_is_not_there(tmp_path, text):
    (tmp_path / "fleet.json").write_text(text)
    assert not Previous(str(tmp_path / "fleet.json")) and not Previous(str(tmp_path / "none"))


def test_a_report_of_another_version_is_not_there(tmp_path):
    write_fleet(tmp_path / "fleet.json", schema="portcullis.tcp_wrappers audit fleet 2")
    assert not Previous(str(tmp_path / "fleet.json"))
