# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Another user of the controller, or of the host that receives a copy of the report, does not choose where it is written."""

import os
import stat

import pytest

from attacked import NOBODY, run_module
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import report_folder


def link_of_another(shared, victim):
    """The folder itself."""
    (shared / "audit").symlink_to(victim)
    os.lchown(str(shared / "audit"), NOBODY, NOBODY)
    return shared / "audit", "audit: it is a link that belongs to user %d" % NOBODY


def link_above(shared, victim):
    """A folder above it."""
    (shared / "reports").symlink_to(victim)
    os.lchown(str(shared / "reports"), NOBODY, NOBODY)
    return shared / "reports" / "audit", "reports: it is a link that belongs to user %d" % NOBODY


def folder_of_another(shared, victim):
    """A folder that only he may write to, and root."""
    del victim
    (shared / "audit").mkdir()
    os.chown(str(shared / "audit"), NOBODY, NOBODY)
    return shared / "audit", "it belongs to user %d" % NOBODY


def shared_by_all(shared, victim):
    """Such as /tmp itself, which everybody needs as it is."""
    del victim
    (shared / "of_others").write_text("")
    return shared, "it holds other files, and other users may write to it; name another folder"


@pytest.fixture
def places(scratch):
    """A folder that everybody may write to, and one of root's."""
    shared, victim = scratch.folder / "shared", scratch.folder / "victim"
    shared.mkdir()
    victim.mkdir(mode=0o755)
    shared.chmod(0o1777)
    return shared, victim


@pytest.mark.parametrize("prepare", [link_of_another, link_above, folder_of_another, shared_by_all])
def test_a_folder_that_another_user_controls_is_refused_and_left_as_it_is(places, prepare):
    shared, victim = places
    path, told = prepare(shared, victim)
    was = [os.lstat(str(one)) for one in (shared, victim)]
    for check in (True, False):
        ran = run_module("audit_report_folder", check=check, path=str(path))
        assert ran.result["failed"] and told in ran.result["msg"], ran.result
    assert [os.lstat(str(one)).st_mode for one in (shared, victim)] == [one.st_mode for one in was]
    assert os.listdir(str(victim)) == []


# As fast as it can: a link in the place of the folder, and away with whatever stands there.
SWAP = """
import os, sys
link, victim = sys.argv[1:]
print("swapping", flush=True)
while True:
    for change in (lambda: os.symlink(victim, link), lambda: os.unlink(link), lambda: os.rmdir(link)):
        try:
            change()
        except OSError:
            pass
"""


def test_a_link_that_comes_and_goes_leads_nowhere(places, nobody):
    """He puts the link there between the look and the write, as often as he can."""
    shared, victim = places
    shared.chmod(0o777)  # he may take away what is not his
    link, outcomes = str(shared / "audit"), set()
    swapping = nobody("/usr/bin/python3", "-c", SWAP, link, victim)
    assert swapping.stdout.readline() == b"swapping\n"
    for _time in range(20000):
        try:
            os.close(report_folder.open_report_folder(link))
            outcomes.add("own folder")
        except OSError as error:
            outcomes.add("link" if "it is a link" in str(error) else "other")
    assert {"own folder", "link"} <= outcomes
    assert stat.S_IMODE(os.stat(str(victim)).st_mode) == 0o755 and os.listdir(str(victim)) == []


@pytest.mark.parametrize("look", [True, False])
def test_a_link_that_comes_right_after_the_look_is_not_followed(places, monkeypatch, look):
    shared, victim = places
    os.symlink(str(victim), str(shared / "audit"))
    os.lchown(str(shared / "audit"), NOBODY, NOBODY)
    monkeypatch.setattr(report_folder, "_link", lambda at, part, path: None)
    with pytest.raises(OSError, match="Not a directory"):
        (report_folder.changes_report_folder if look else report_folder.open_report_folder)(str(shared / "audit"))
    assert stat.S_IMODE(os.stat(str(victim)).st_mode) == 0o755


def test_a_link_of_ours_is_followed_and_a_folder_with_other_files_keeps_its_mode(places):
    shared, victim = places
    (victim / "inventory").write_text("")
    os.symlink("../victim", str(shared / "mine"))
    os.close(report_folder.open_report_folder(str(shared / "mine" / "new")))
    assert stat.S_IMODE((victim / "new").stat().st_mode) == 0o700
    os.close(report_folder.open_report_folder(str(shared / "mine")))
    assert stat.S_IMODE(victim.stat().st_mode) == 0o755
    (victim / "fleet.json").write_text("")
    assert report_folder.changes_report_folder(str(victim))
    os.close(report_folder.open_report_folder(str(victim)))
    assert stat.S_IMODE(victim.stat().st_mode) == 0o700 and not report_folder.changes_report_folder(str(victim))


def test_links_that_lead_in_a_circle_end(places):
    shared, _victim = places
    os.symlink("second", str(shared / "first"))
    os.symlink("first", str(shared / "second"))
    with pytest.raises(OSError, match="symbolic links"):
        report_folder.open_report_folder(str(shared / "first"))
