# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a running sshd has not read since it was changed: it reads its files when it starts, and at SIGHUP."""

import os
import time
import types

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import ssh_unread

PID = 4711
LONG_AGO = 86400.0


def test_a_link_that_leads_elsewhere_now_is_a_change(tmp_path):
    (tmp_path / "old").write_text("")
    since = os.stat(str(tmp_path / "old")).st_ctime
    assert not ssh_unread._changed(str(tmp_path / "old"), since)
    while True:
        (tmp_path / "link").symlink_to(tmp_path / "old")
        if os.lstat(str(tmp_path / "link")).st_ctime > since:
            break
        (tmp_path / "link").unlink()
    assert ssh_unread._changed(str(tmp_path / "link"), since)
    assert not ssh_unread._changed(str(tmp_path / "not there"), since)


def test_what_is_included_from_other_folders_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(ssh_unread, "CONFIG", str(tmp_path / "config"))
    (tmp_path / "other").mkdir()
    (tmp_path / "config").write_text("# include x\n Include other/*.conf %s/single\n" % tmp_path)
    (tmp_path / "other" / "a.conf").write_text('include="nested"\nInclude config\n')
    for name in ("single", "nested", "x"):
        (tmp_path / name).write_text("Port 22\n")
    found = ssh_unread._with_included(Root("/"), [str(tmp_path / "config")])
    assert len(found.texts) == 4 and found.folders == [str(tmp_path / "other")]
    assert found.paths == [str(tmp_path / name) for name in ("config", "other/a.conf", "single", "nested")]


@pytest.mark.parametrize(
    "pattern, folders",
    [
        ("d/*.conf", ["d"]),
        ("d/a.conf", []),
        ("d/gone.conf", ["d"]),
        ("gone/deeper/*.conf", [""]),
        ("[de]/a.conf", ["", "e"]),
        ("?/*.conf", ["", "d", "e"]),
    ],
)
def test_the_folders_whose_names_decide_what_an_include_finds(tmp_path, pattern, folders):
    for name in ("d", "e"):
        (tmp_path / name).mkdir()
    (tmp_path / "d" / "a.conf").write_text("")
    assert sorted(ssh_unread._searched(str(tmp_path / pattern))) == [
        os.path.join(str(tmp_path), name).rstrip("/") for name in folders
    ]


@pytest.mark.parametrize("ours", ["none", "same", "replaced", "replaced before"])
def test_a_drop_in_that_is_gone_since_the_last_reading(tmp_path, monkeypatch, ours):
    """Debian 12: a drop-in with `PermitRootLogin yes` was removed, and the filter's reload shut root out for good. The
    folder's time tells that, but it also tells that somebody replaced the drop-in of this collection, which it writes anew.
    """
    folder, config, drop_in = str(tmp_path / "d"), str(tmp_path / "config"), str(tmp_path / "d" / "00-ours.conf")
    (tmp_path / "d").mkdir()
    (tmp_path / "config").write_text("Include %s/*.conf\n" % folder)
    (tmp_path / "d" / "aa.conf").write_text("")
    if ours != "none":
        (tmp_path / "d" / "00-ours.conf").write_text("")
    since = time.time() - 10
    os.utime(folder, (since, since))
    monkeypatch.setattr(ssh_unread, "_changed", lambda path, since: False)
    found = ssh_unread._with_included(Root("/"), [config])
    assert ssh_unread._changed_since(found, since, drop_in) == set()
    (tmp_path / "d" / "aa.conf").unlink()
    if ours.startswith("replaced"):
        (tmp_path / "d" / "new").write_text("")
        (tmp_path / "d" / "new").rename(drop_in)
    if ours != "replaced":
        later = time.time() + 5
        os.utime(folder, (later, later))
    assert ssh_unread._changed_since(found, since, drop_in) == (set() if ours == "replaced" else {folder + "/"})


def test_a_file_that_is_new_shows_enough_without_its_folder(tmp_path):
    (tmp_path / "d").mkdir()
    (tmp_path / "d" / "zz.conf").write_text("")
    (tmp_path / "config").write_text("Include %s/d/*.conf\n" % tmp_path)
    found = ssh_unread._with_included(Root("/"), [str(tmp_path / "config")])
    changed = ssh_unread._changed_since(found, time.time() - 10, "")
    assert changed == {str(tmp_path / "config"), str(tmp_path / "d" / "zz.conf")}


@pytest.mark.parametrize(
    "began, numbered, wrote, config, found",
    [
        (LONG_AGO, None, 0, None, ["config", "d/00-ours.conf", "d/zz.conf"]),
        (-10.0, None, 0, None, []),  # started after the last change
        (LONG_AGO, PID, -10.0, None, []),  # and told to read again since
        (LONG_AGO, PID, LONG_AGO, None, ["config", "d/00-ours.conf", "d/zz.conf"]),
        (LONG_AGO, PID, -7200.0, None, ["config", "d/00-ours.conf", "d/zz.conf"]),  # before the clock was set back
        (LONG_AGO, 1, -10.0, None, ["config", "d/00-ours.conf", "d/zz.conf"]),  # the file of another server
        (LONG_AGO, None, 0, "another", ["another", "d/00-ours.conf", "d/zz.conf"]),
        (None, None, 0, None, []),
    ],
)
def test_files_that_were_changed_since_the_last_reading(tmp_path, monkeypatch, began, numbered, wrote, config, found):
    (tmp_path / "d").mkdir()
    for name in ("config", "another", "d/00-ours.conf", "d/zz.conf", "d/not-read"):
        (tmp_path / name).write_text("Include d/*.conf\nHostKey host.key\n" if "d/" not in name else "")
    if numbered is not None:
        (tmp_path / "pid").write_text("%d\n" % numbered)
        os.utime(str(tmp_path / "pid"), (0, time.time() - wrote))
    start = types.SimpleNamespace(
        process=types.SimpleNamespace(pid=PID), config=config and str(tmp_path / config), options=()
    )
    monkeypatch.setattr(ssh_unread, "servers", lambda: [(PID, [])])
    monkeypatch.setattr(ssh_unread, "ssh_starts", lambda ports: [start])
    monkeypatch.setattr(ssh_unread, "started_at", lambda pid: began and time.time() - began)
    monkeypatch.setattr(ssh_unread, "CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(ssh_unread, "FOLDER", str(tmp_path / "d"))
    # a change takes the time that it is made at: "later" is a little ahead here
    monkeypatch.setattr(ssh_unread, "lies_ahead", lambda moment: moment > time.time() + 60)
    monkeypatch.setattr(ssh_unread, "PID_FILES", (str(tmp_path / "pid"),))
    unread = ssh_unread.unread_by_sshd(Root("/"), "")
    told = numbered == PID and wrote > -60
    assert unread == ssh_unread.Unread(*([str(tmp_path / name) for name in found if one] for one in (told, not told)))
    ours = str(tmp_path / "d" / "00-ours.conf")
    assert ours not in sum(ssh_unread.unread_by_sshd(Root("/"), ours), [])
    monkeypatch.setattr(ssh_unread, "servers", lambda: [(PID + 1, [])])  # it is not told to read its files
    assert ssh_unread.unread_by_sshd(Root("/"), "") == ssh_unread.Unread([], [])


@pytest.mark.parametrize("named", [True, False])
def test_keys_of_the_host_and_what_its_service_reads_at_its_start(tmp_path, monkeypatch, named):
    """A server keeps its keys in memory: after a reload the controller met a key that it did not know."""
    for name in ("key", "key-cert.pub", "default"):
        (tmp_path / name).write_text("")
    for name in ("etc", "keys"):
        (tmp_path / name).mkdir()
    (tmp_path / "keys" / "gone").mkdir()
    lines = "HostKey {0}/key\n HostKey={0}/keys/here\nHostCertificate {0}/key-cert.pub\nHostKey relative\n"
    (tmp_path / "config").write_text(lines.format(tmp_path) if named else "Port 22\n")
    os.utime(str(tmp_path / "keys"), (time.time() + 10, time.time() + 10))
    start = types.SimpleNamespace(process=types.SimpleNamespace(pid=PID), config=None, options=())
    monkeypatch.setattr(ssh_unread, "servers", lambda: [(PID, [])])
    monkeypatch.setattr(ssh_unread, "ssh_starts", lambda ports: [start])
    monkeypatch.setattr(ssh_unread, "started_at", lambda pid: time.time() - 5)
    monkeypatch.setattr(ssh_unread, "_last_reading", lambda pid, named: (time.time() - 5, True))
    monkeypatch.setattr(ssh_unread, "_HOST_KEYS", (str(tmp_path / "default"),))
    monkeypatch.setattr(ssh_unread, "read_at_start", lambda pid: [str(tmp_path / "keys" / "*.conf")])
    monkeypatch.setattr(ssh_unread, "CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(ssh_unread, "FOLDER", str(tmp_path / "d"))
    found = ssh_unread.unread_by_sshd(Root("/"), str(tmp_path / "config"))
    names = ["key", "key-cert.pub", "keys/"] if named else ["default"]
    assert found == ssh_unread.Unread(
        [str(tmp_path / name) + "/" * name.endswith("/") for name in names], [], [str(tmp_path / "keys") + "/"]
    )


@pytest.mark.parametrize(
    "pid_file, unread", [("none", ([], ["config"])), ("other.pid", ([], [])), ("", ([], ["config"]))]
)
def test_a_pid_file_of_its_own(tmp_path, monkeypatch, pid_file, unread):
    """Debian 12, `PidFile none` and a reload since: the task was refused for ever, and told to reload."""
    (tmp_path / "d").mkdir()
    (tmp_path / "other.pid").write_text("%d\n" % PID)
    path = str(tmp_path / pid_file) if pid_file.endswith(".pid") else pid_file
    (tmp_path / "config").write_text("Port 22\n PidFile=%s\n" % path if pid_file else "Port 22\n")
    os.utime(str(tmp_path / "other.pid"), (0, time.time() + 10))
    start = types.SimpleNamespace(process=types.SimpleNamespace(pid=PID), config=None, options=())
    monkeypatch.setattr(ssh_unread, "servers", lambda: [(PID, [])])
    monkeypatch.setattr(ssh_unread, "ssh_starts", lambda ports: [start])
    monkeypatch.setattr(ssh_unread, "started_at", lambda pid: time.time() - LONG_AGO)
    monkeypatch.setattr(ssh_unread, "CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(ssh_unread, "FOLDER", str(tmp_path / "d"))
    # a change takes the time that it is made at: "later" is a little ahead here
    monkeypatch.setattr(ssh_unread, "lies_ahead", lambda moment: moment > time.time() + 60)
    monkeypatch.setattr(ssh_unread, "PID_FILES", ())
    paths = tuple([str(tmp_path / name) for name in names] for names in unread)
    assert ssh_unread.unread_by_sshd(Root("/"), "")[:2] == paths
