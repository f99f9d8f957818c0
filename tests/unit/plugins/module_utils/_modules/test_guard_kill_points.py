# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two tables as one change: killed at any call, the files are one policy or the other, and the next run ends the work."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import commit, pending
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.killed import run_killed

OLD = {
    "hosts.allow": b"# kept by hand\nin.old: 192.0.2.1\nin.both: 192.0.2. EXCEPT 192.0.2.9\n",
    "hosts.deny": b"ALL: ALL EXCEPT 192.0.2.8\n",
}
NEW = {
    "allow": ["in.new: 192.0.2.2", "in.both: 192.0.2.9"],
    "deny": ["in.new: 192.0.2.3", "in.other: ALL"],
    "exclusive": True,
}
REQUESTS = [
    Request(daemon, "192.0.2.%d" % number)
    for daemon in ("in.old", "in.new", "in.both", "in.other")
    for number in (1, 2, 3, 8, 9)
]
CALLS = (
    "open",
    "rename",
    "link",
    "unlink",
    "mkdir",
    "rmdir",
    "fsync",
    "fchmod",
    "fchown",
    "write",
    "close",
    "ftruncate",
)


@pytest.fixture(params=["host", "image"])
def root(request, tmp_path, monkeypatch):
    """A host, which records its changes, and an image, which does not."""
    (tmp_path / "etc").mkdir()
    reset(tmp_path)
    for module in (pending, commit):
        monkeypatch.setattr(module, "keeps_records", lambda _root: request.param == "host")
    monkeypatch.setattr(os, "fsync", lambda _descriptor: None)  # a kill takes nothing back that the kernel has
    return tmp_path


def reset(root):
    for name, data in OLD.items():
        (root / "etc" / name).write_bytes(data)


def run(root, **options):
    params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
    params.update(
        root=str(root), dialect="debian", group=str(os.getgid()), owner=str(os.getuid()), **dict(NEW, **options)
    )
    return hosts_access.run(Call(params))


def answers(root):
    policy = Policy.parse(*[(root / "etc" / name).read_bytes() for name in ("hosts.allow", "hosts.deny")])
    return [policy.decide(request).access for request in REQUESTS]


@pytest.mark.parametrize("root", ["host"], indirect=True)
def test_every_kill_point_leaves_one_policy_or_the_other(root):
    old = answers(root)
    run(root)
    kill_everywhere(root, answers, [old, answers(root)])


@pytest.mark.parametrize("root", ["image"], indirect=True)
def test_every_kill_point_leaves_each_file_of_an_image_old_or_new(root):
    """Nothing of an image is believed that could bring an old text back, so no text of ours may stand in its place in between."""
    old = texts(root)
    run(root)
    new = texts(root)
    kill_everywhere(root, texts, [old, (new[0], old[1]), (old[0], new[1]), new])


def texts(root):
    return tuple((root / "etc" / name).read_bytes() for name in sorted(OLD))


def kill_everywhere(root, look, allowed):
    old, new = allowed[0], allowed[-1]
    assert old != new
    tried = seen = 0
    while True:
        tried += 1
        reset(root)
        done = run_killed(CALLS, tried, lambda: run(root))
        now = look(root)
        assert now in allowed, "torn at call %d" % tried
        seen |= (1 if now == old else 0) | (2 if now == new else 0)
        result = run(root)
        assert look(root) == new
        assert sorted(os.listdir(str(root / "etc"))) == ["hosts.allow", "hosts.deny"]
        assert (root / "etc" / "hosts.allow").read_bytes().startswith(b"# kept by hand\n"), tried
        if done:
            assert not result["changed"]
            break
    assert tried > 10
    assert seen == 3


def test_what_another_program_appends_meanwhile_is_not_lost(root, monkeypatch):
    """fail2ban holds hosts.deny open while it is replaced: its line is written to the file that was."""
    rename = os.rename
    held = open(str(root / "etc" / "hosts.deny"), "ab")
    written = []

    def late(source, target, **named):
        rename(source, target, **named)
        if str(target).endswith("hosts.deny") and not written:
            written.append(held.write(b"ALL: 203.0.113.9\n"))
            held.flush()

    monkeypatch.setattr(os, "rename", late)
    run(root, deny=None, allow=["in.new: 192.0.2.2"], default="deny", exclusive=False)
    held.close()
    assert b"ALL: 203.0.113.9\n" in (root / "etc" / "hosts.deny").read_bytes()
    assert b"in.new: 192.0.2.2\n" in (root / "etc" / "hosts.allow").read_bytes()
    assert sorted(os.listdir(str(root / "etc"))) == ["hosts.allow", "hosts.deny"]


@pytest.mark.parametrize(
    "root, number", [("host", 1), ("host", 2), ("host", 3), ("image", 1), ("image", 2)], indirect=["root"]
)
def test_a_change_that_cannot_be_recorded_is_not_begun_and_leaves_nothing(root, monkeypatch, number):
    """A full disk at the first files that are written."""
    write, seen = os.write, []

    def full(descriptor, data):
        seen.append(descriptor)
        if len(seen) == number:
            raise OSError(28, "No space left on device")
        return write(descriptor, data)

    monkeypatch.setattr(os, "write", full)
    with pytest.raises(Exception, match="No space left on device"):
        run(root)
    monkeypatch.undo()
    assert sorted(os.listdir(str(root / "etc"))) == ["hosts.allow", "hosts.deny"]
    for name, data in OLD.items():
        assert (root / "etc" / name).read_bytes() == data


def test_a_backup_of_an_undone_change_goes_too(root, monkeypatch):
    rename = os.rename
    failed = []

    def failing(source, target, **named):
        if str(target) == "hosts.deny" and not failed:
            failed.append(target)
            raise OSError(5, "Input/output error")
        rename(source, target, **named)

    monkeypatch.setattr(os, "rename", failing)
    with pytest.raises(Exception, match="Input/output error"):
        run(root, backup=True)
    monkeypatch.undo()
    assert sorted(os.listdir(str(root / "etc"))) == ["hosts.allow", "hosts.deny"]
    for name, data in OLD.items():
        assert (root / "etc" / name).read_bytes() == data
