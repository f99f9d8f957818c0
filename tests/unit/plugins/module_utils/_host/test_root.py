# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A root resolves paths as chroot(2) would: no link leads out of it."""

import errno
import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.reading import read
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.lookups import HostLookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Unsettled


@pytest.fixture
def tree(tmp_path):
    (tmp_path / "outside").write_text("outside")
    root = tmp_path / "root"
    (root / "etc" / "sub").mkdir(parents=True)
    (root / "etc" / "real").write_text("x")
    return root


def test_a_plain_path_lies_below_the_root(tree):
    assert Root(str(tree)).resolve("/etc/real") == str(tree / "etc" / "real")


@pytest.mark.parametrize(
    "target", ["/etc/real", "real", "./real", "../etc/real", "../../../../../etc/real", "/../etc/sub/../real"]
)
def test_links_are_taken_below_the_root(tree, target):
    (tree / "etc" / "link").symlink_to(target)
    assert Root(str(tree)).resolve("/etc/link") == str(tree / "etc" / "real")


@pytest.mark.parametrize("target", ["../../outside", "/outside", "/../outside"])
def test_a_link_that_would_escape_stays_inside(tree, target):
    (tree / "etc" / "link").symlink_to(target)
    assert Root(str(tree)).resolve("/etc/link") == str(tree / "outside")


def test_a_linked_folder_on_the_way_is_followed_inside(tree):
    (tree / "conf").symlink_to("/etc")
    assert Root(str(tree)).resolve("/conf/real") == str(tree / "etc" / "real")
    (tree / "up").symlink_to("..")
    assert Root(str(tree)).resolve("/up/outside") == str(tree / "outside")


def test_agrees_with_a_real_chroot(tree):
    """The kernel's own answer, where the test may ask it."""
    (tree / "etc" / "a").symlink_to("../../x/../etc/sub/../b")
    (tree / "etc" / "b").symlink_to("/etc/real")
    (tree / "x").mkdir()
    root = Root(str(tree))
    assert root.resolve("/etc/a") == str(tree / "etc" / "real")
    if os.geteuid() != 0:
        return
    pid = os.fork()
    if pid == 0:
        os.chroot(str(tree))
        os._exit(0 if os.path.samefile("/etc/a", "/etc/real") else 1)
    assert os.waitpid(pid, 0)[1] == 0


def test_a_loop_is_an_error(tree):
    (tree / "etc" / "a").symlink_to("b")
    (tree / "etc" / "b").symlink_to("a")
    with pytest.raises(HostError, match="symbolic links"):
        Root(str(tree)).resolve("/etc/a")
    with pytest.raises(OSError) as caught:
        Root(str(tree)).locate("/etc/a")
    assert caught.value.errno == errno.ELOOP


def test_a_file_used_as_a_folder_is_an_error(tree):
    (tree / "etc" / "link").symlink_to("real/")
    for path in ("/etc/real/x", "/etc/real/../real", "/etc/real/", "/etc/real/.", "/etc/link"):
        with pytest.raises(NotADirectoryError):  # the kernel says so too
            os.stat(str(tree) + path)
        with pytest.raises(OSError) as caught:
            Root(str(tree)).locate(path)
        assert caught.value.errno == errno.ENOTDIR


def test_missing_files_and_dangling_links_say_where_they_would_be(tree):
    root = Root(str(tree))
    assert root.locate("/etc/none/deeper") == (str(tree / "etc/none/deeper"), False, False)
    assert root.locate("/etc/none/") == (str(tree / "etc/none"), False, False)
    assert root.locate("/etc/sub/.") == root.locate("/etc/sub/") == (str(tree / "etc/sub"), True, False)
    (tree / "etc" / "link").symlink_to("/var/none")
    assert root.locate("/etc/link") == (str(tree / "var/none"), False, True)


def test_inside_is_the_way_back(tree):
    root = Root(str(tree))
    assert root.inside(root.resolve("/etc/real")) == "/etc/real"
    assert root.inside(root.path) == "/"
    with pytest.raises(HostError):
        root.inside("/somewhere/else")


def test_the_host_itself():
    assert Root("/").is_host and Root("//").is_host and Root("/../").is_host
    assert Root("/").inside("/etc/passwd") == "/etc/passwd"


@pytest.mark.parametrize("path", ["relative", "", "/none/at/all", "/etc\0/x"])
def test_a_root_must_be_an_existing_absolute_folder(path):
    with pytest.raises(HostError):
        Root(path)


def test_relative_paths_are_refused(tree):
    with pytest.raises(HostError, match="absolute"):
        Root(str(tree)).resolve("etc/real")


def test_a_link_put_in_after_resolving_is_not_followed(tree):
    root = Root(str(tree))
    (tree / "etc" / "sub").rmdir()
    (tree / "etc" / "sub").symlink_to("/")
    with pytest.raises(OSError) as caught:
        root.open_folder(str(tree / "etc" / "sub"))
    assert caught.value.errno in (errno.ELOOP, errno.ENOTDIR)


@pytest.mark.parametrize("where", ["link", "above"])
def test_a_root_behind_a_link_of_somebody_else_is_refused(tree, where):
    """Whoever owns the link decides whose tables are changed."""
    link = tree.parent / "link"
    link.symlink_to(tree if where == "link" else tree.parent)
    path = str(link if where == "link" else link / "root")
    assert Root(path).path == str(tree)
    os.chown(str(link), 1500, 1500, follow_symlinks=False)
    with pytest.raises(HostError, match="behind the link %s, which belongs to user 1500" % link):
        Root(path)


def test_a_root_that_leads_to_the_hosts_own_is_refused(tree):
    (tree.parent / "link").symlink_to("/")
    with pytest.raises(HostError, match="leads to / by a link"):
        Root(str(tree.parent / "link"))
    assert Root("/").is_host and Root("//").is_host and Root("/./").is_host


def test_a_folder_that_takes_the_place_of_root_during_the_run_is_refused(tree):
    root = Root(str(tree))
    os.close(root.open_folder(str(tree / "etc")))
    tree.rename(tree.parent / "old")
    (tree / "etc").mkdir(parents=True)
    with pytest.raises(OSError, match="another folder took the place of root"):
        root.open_folder(str(tree / "etc"))


def test_a_root_by_links_of_roots_and_dots(tree):
    (tree.parent / "one").symlink_to("two/./x/..")
    (tree.parent / "two").symlink_to(str(tree.parent))
    (tree.parent / "x").mkdir()
    assert Root(str(tree.parent / "one" / "root" / "etc" / "..")).path == str(tree)
    (tree.parent / "circle").symlink_to("circle")
    for missing in ("circle", "none", "outside", "outside/x"):
        with pytest.raises(HostError, match="root .* is not a folder"):
            Root(str(tree.parent / missing))


def winding(folder, turns):
    """A file behind a link that goes up and down so many times."""
    (folder / "down").mkdir()
    (folder / "end").write_text("10.1.2.3\n")
    (folder / "link").symlink_to("down/../" * turns + "end")
    return str(folder / "link")


@pytest.mark.parametrize("turns, number", [(400, 0), (500, errno.EMLINK)])
def test_a_way_of_too_many_names_is_not_gone_to_its_end(tmp_path, turns, number):
    """38 links of 4 KiB cost a second each time, and a table of an image named them in each rule."""
    state = read(Root("/"), winding(tmp_path, turns))
    assert state.errno == number
    assert state.data == (None if number else b"10.1.2.3\n")
    assert state.is_answer is not bool(number)


def test_nothing_is_known_of_what_stands_behind_such_a_way(tmp_path):
    """libwrap would go it to its end."""
    assert isinstance(HostLookups(Root("/")).host_file(winding(tmp_path, 500)), Unsettled)
