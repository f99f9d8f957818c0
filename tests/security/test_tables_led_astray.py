# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A table below a folder of a user's (a checkout, a jail): he puts a link to root's files in its place, and root follows."""

import os

import pytest

from attacked import NOBODY, remove, run_module, snapshot

SECRET = "root:$6$what-only-root-knows"
RULE = "sshd: 10.1.2.3"


@pytest.fixture(name="place")
def fixture_place(scratch):
    """checkout/hosts.allow in a user's folder, to which root's `hosts.allow` leads; root's `shadow`, and `passwd` for all."""
    checkout = scratch.folder / "checkout"
    checkout.mkdir()
    os.chown(str(checkout), NOBODY, NOBODY)
    for name, text, mode in (
        ("shadow", SECRET, 0o600),
        ("passwd", "root:x:0:0:", 0o644),
        ("hosts.deny", "ALL: ALL\n", 0o644),
    ):
        (scratch.folder / name).write_text(text)
        (scratch.folder / name).chmod(mode)
    (scratch.folder / "hosts.allow").symlink_to("checkout/hosts.allow")
    (checkout / "hosts.allow").write_text("sshd: 10.0.0.1\n")
    return scratch.folder


def put(place, target):
    """What the user does; `target` "": his own file."""
    table = place / "checkout" / "hosts.allow"
    remove(table)
    if target:
        table.symlink_to(place / target)
    else:
        table.write_text("sshd: 10.0.0.1\n")
    os.chown(str(table), NOBODY, NOBODY, follow_symlinks=False)


def tables(place):
    return {"allow_path": str(place / "hosts.allow"), "deny_path": str(place / "hosts.deny"), "dialect": "debian"}


def change(place, **options):
    return run_module("hosts_access", allow=[RULE], mode="0644", **dict(tables(place), **options))


@pytest.mark.parametrize("target", ["shadow", "passwd", "checkout/gone", "gone"])
@pytest.mark.parametrize("options", [{}, {"exclusive": True}])
def test_nothing_of_another_is_written_through_a_users_link(place, target, options):
    put(place, target)
    before = snapshot(place)
    ran = change(place, **options)
    assert ran.failed and ran.result["msg"].count("leads, by a link that user %d can change, to" % NOBODY) == 1
    assert "Give the link and the folder that it is in to root" in ran.result["msg"]
    assert snapshot(place) == before
    assert SECRET not in ran.text.decode()


@pytest.mark.parametrize("module", ["hosts_access_info", "hosts_access_evaluate", "tcpd_audit_info"])
def test_nothing_of_roots_own_files_is_told(place, module):
    put(place, "shadow")
    asked = [{"daemon": "sshd", "address": "10.1.2.3", "expect": "granted"}]
    more = {"assertions": asked} if module == "hosts_access_evaluate" else {}
    ran = run_module(module, **dict(tables(place), **more))
    assert SECRET not in ran.text.decode() and "what-only-root-knows" not in ran.text.decode()
    assert "leads, by a link that user %d can change, to" % NOBODY in ran.text.decode()


def test_what_everybody_may_read_is_read_and_said_to_be_anothers(place):
    put(place, "passwd")
    ran = run_module("hosts_access_info", **tables(place))
    assert not ran.failed and "can be changed by user %d" % NOBODY in str(ran.result["warnings"])


def test_a_users_own_table_is_managed_and_so_is_one_behind_roots_links(place):
    put(place, "")
    assert change(place).result["changed"] is True
    assert change(place).result["changed"] is False
    assert RULE in (place / "checkout" / "hosts.allow").read_text()
    for name in ("one", "two"):
        (place / name).mkdir()
    (place / "two" / "hosts.allow").write_text("")
    (place / "one" / "hosts.allow").symlink_to("../two/hosts.allow")
    remove(place / "hosts.allow")
    (place / "hosts.allow").symlink_to("one/hosts.allow")
    assert change(place).result["changed"] is True
    assert RULE in (place / "two" / "hosts.allow").read_text()
