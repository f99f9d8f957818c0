# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A hostile image below harden_root, and a hostile record: the role writes nowhere else, and shows nothing of what lies outside."""

import hashlib
import json
import os
import time

import pytest

from attacked import NOBODY, SECRET, Scratch, remove, run_module, snapshot

RECORD = "/etc/portcullis.harden.json"
DROP_IN = "/etc/sysctl.d/zz-portcullis-harden.conf"
PLAY = [{"hosts": "all", "gather_facts": False, "roles": ["portcullis.tcp_wrappers.harden"]}]
KERNEL = {"net.ipv4.conf.all.accept_source_route": 0}
# What each module that writes a record is asked for, there and back.
TASKS = {
    "hosts_access": (
        {"dialect": "debian", "allow": ["sshd: 10.0.0.0/8"], "default": "deny", "block_name": "harden"},
        {"state": "absent", "block_name": "harden"},
    ),
    "inetd_tcpd": ({"services": ["ftp"], "dialect": "debian"}, {"state": "unwrapped"}),
    "xinetd_tcpd": ({"services": ["telnet"], "dialect": "debian"}, {"state": "unwrapped"}),
    "systemd_tcpd": ({"services": ["telnet"], "dialect": "debian"}, {"state": "unwrapped"}),
    "harden_kernel": ({"settings": KERNEL}, {"state": "absent"}),
}


def harden(controller, images, state):
    """The role with all that it can write, and with -D, on hosts whose images have their names; what reached the screen."""
    controller.hosts(*[image.folder.name for image in images])
    done = controller.play(
        PLAY,
        "-D",
        "-vvv",
        harden_root=str(images[0].folder.parent / "{{ inventory_hostname }}" / "image"),
        harden_dialect="debian",
        harden_allow=["sshd: 10.0.0.0/8"],
        harden_block_source_routing=True,
        harden_state=state,
    )
    return done.stdout.decode("utf-8", "replace")


def both(name, image, **options):
    """The module's run there and its run back, each on its own: what it printed."""
    return [run_module(name, root=str(image), record=RECORD, **dict(arguments, **options)) for arguments in TASKS[name]]


def link_out(image, place):
    """In an image, make a link of a path that the role writes to or reads."""
    target = image.write_outside("kept/file", "net.ipv4.ip_forward = 1\n")
    if place == RECORD:
        target.write_text(json.dumps({"kept": SECRET}) + "\n")
    image.write("/etc/sysctl.d/README", "")
    image.link(place, target if place in (DROP_IN, RECORD) else target.parent)


def test_the_role_follows_no_link_out_of_the_image(controller, scratch):
    """Each was written to, or read and shown, when the role still used copy, slurp and sysctl."""
    images = []
    for number, place in enumerate([DROP_IN.rpartition("/")[0], DROP_IN, RECORD, "/etc"]):
        folder = scratch.folder / ("image%d" % number)
        folder.mkdir()
        images.append(Scratch(folder))
        link_out(images[-1], place)
    before = [snapshot(image.outside) for image in images]
    for state in ("present", "absent"):
        told = harden(controller, images, state)
        assert SECRET not in told
        assert [snapshot(image.outside) for image in images] == before, told
        assert all("image%d " % number in told for number in range(len(images))), told


@pytest.mark.parametrize("name", sorted(TASKS))
@pytest.mark.parametrize("target", ["outside", "inside", "nowhere"])
def test_no_module_reads_or_replaces_what_a_link_of_the_records_name_leads_to(name, target, scratch):
    outside = scratch.write_outside("secret.json", "{}\n")
    inside = scratch.write("/etc/shadow", "root:%s:1:\n" % SECRET, 0o600)
    scratch.link(RECORD, {"outside": outside, "inside": "/etc/shadow", "nowhere": "/etc/made"}[target])
    before = snapshot(scratch.folder)
    for ran in both(name, scratch.image):
        # the link's target is taken within the image, where it may be missing: either way it is a link
        assert ran.failed and "is a link" in ran.result["msg"], ran.text
        assert SECRET.encode() not in ran.text
    assert snapshot(scratch.folder) == before and SECRET in inside.read_text()


@pytest.mark.parametrize("name", sorted(TASKS))
def test_another_users_record_is_not_believed(name, scratch):
    """An image that somebody else can write to, or a host on which he could once make the file."""
    for owner, mode in ((NOBODY, 0o600), (0, 0o666), (0, 0o620)):
        path = scratch.write(RECORD, json.dumps({"portcullis.tcp_wrappers": {"record": 1}}), mode)
        os.chown(str(path), owner, 0)
        before = snapshot(scratch.folder)
        for ran in both(name, scratch.image):
            assert ran.failed and "others than the user" in ran.result["msg"], ran.text
        assert snapshot(scratch.folder) == before


@pytest.mark.parametrize("name", sorted(TASKS))
def test_what_is_no_record_is_not_shown(name, scratch):
    for text in (
        SECRET,
        '{"%s": 1}' % SECRET,
        '{"portcullis.tcp_wrappers": {"record": 1}, "%s": {}}' % SECRET,
        "[" * 100000,
    ):
        scratch.write(RECORD, text, 0o600)
        before = snapshot(scratch.folder)
        for ran in both(name, scratch.image):
            assert ran.failed and "is not a record that this collection wrote" in ran.result["msg"], ran.text
            assert SECRET.encode() not in ran.text
        assert snapshot(scratch.folder) == before


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_pipe_in_the_records_place_holds_nobody_up(name, scratch):
    os.mkfifo(str(scratch.image / RECORD.lstrip("/")))
    for ran in both(name, scratch.image):
        assert ran.failed and "no regular file" in ran.result["msg"], ran.text


def test_a_record_leads_to_no_other_file(scratch):
    """The image's maker wrote it himself, with root's rights: it can say what the image's own tables and services were, and nothing else."""
    outside = scratch.write_outside("passwd", "root\n")
    inside = scratch.write("/etc/passwd", "root\n")
    for name in sorted(TASKS):
        assert not both(name, scratch.image)[0].failed
        run_module(name, root=str(scratch.image), record=RECORD, **TASKS[name][0])
    path = scratch.image / RECORD.lstrip("/")
    record = json.loads(path.read_text())
    assert set(record) == {"portcullis.tcp_wrappers", "tables", "inetd", "xinetd", "systemd", "kernel"}
    evil = {"before": "evil", "left": None}
    for kind in ("inetd", "xinetd", "systemd"):
        for way in ("/etc/passwd", str(outside), "/../../outside/passwd"):
            for data in (inside.read_bytes(), outside.read_bytes(), b""):
                record[kind]["files"][way] = dict(evil, left=hashlib.sha256(data).hexdigest())
    record["tables"]["paths"] = ["/etc/passwd", "/etc/hosts.deny"]
    path.write_text(json.dumps(record))
    before = snapshot(scratch.outside)
    for name in sorted(TASKS):
        ran = run_module(name, root=str(scratch.image), record=RECORD, **TASKS[name][1])
        assert ran.failed == (name == "hosts_access"), ran.text
    assert snapshot(scratch.outside) == before and inside.read_text() == "root\n"


@pytest.mark.parametrize(
    "field, value", [("mode", 0o4755), ("mode", 0o755), ("mode", 0o646), ("mode", 0x80000000), ("uid", 2**32 - 1)]
)
def test_a_record_makes_root_write_no_program(field, value, scratch):
    """The image's maker gives a table a text and a mode of his own: it was made by root, with the set-uid bit."""
    assert not both("hosts_access", scratch.image)[0].failed
    run_module("hosts_access", root=str(scratch.image), record=RECORD, mode="0600", **TASKS["hosts_access"][0])
    path = scratch.image / RECORD.lstrip("/")
    record = json.loads(path.read_text())
    record["tables"]["before"]["allow"].update({"text": "#!/bin/sh\n", field: value})
    path.write_text(json.dumps(record))
    before = snapshot(scratch.image)
    ran = run_module("hosts_access", root=str(scratch.image), record=RECORD, **TASKS["hosts_access"][1])
    assert ran.failed and RECORD + " is not a record that this collection wrote" in ran.result["msg"], ran.text
    assert snapshot(scratch.image) == before


@pytest.mark.parametrize("name", sorted(TASKS))
def test_a_record_that_costs_memory_or_time_is_refused(name, scratch):
    mebi = 1024 * 1024
    for value in ("[" + "{}," * 2 * mebi + "0]", "1" * 7 * mebi, '"' + "x" * 9 * mebi + '"'):
        scratch.write(RECORD, '{"portcullis.tcp_wrappers": {"record": 1}, "tables": {"x": %s}}' % value, 0o600)
        started = time.monotonic()
        ran = run_module(name, root=str(scratch.image), record=RECORD, **TASKS[name][1])
        assert ran.failed and RECORD + " is not a record that this collection wrote" in ran.result["msg"], ran.text
        assert time.monotonic() - started < 20


@pytest.mark.parametrize(
    "part",
    [
        {"before": {"kernel.core_pattern": "|/tmp/x"}, "set": {"kernel.core_pattern": "0"}},
        {"before": {"net.ipv4.conf.all.rp_filter": "$(touch /tmp/x)"}, "set": {"net.ipv4.conf.all.rp_filter": "0"}},
        {"before": {"net.../../kernel/core_pattern": "1"}, "set": {"net.../../kernel/core_pattern": "0"}},
    ],
)
def test_a_record_tells_the_kernel_nothing_but_numbers_of_the_network(part, scratch):
    scratch.write(
        RECORD,
        json.dumps({"portcullis.tcp_wrappers": {"record": 1}, "kernel": dict(part, file=None, made=False)}),
        0o600,
    )
    ran = run_module("harden_kernel", root=str(scratch.image), record=RECORD, state="absent")
    assert ran.failed and "is not a record" in ran.result["msg"], ran.text


def test_the_files_are_there_for_the_attacks(scratch):
    """Without an attack all of it works, so that a refusal above is the attack's."""
    before = {path: kept for path, kept in snapshot(scratch.image).items() if kept[-1] is not None}
    for name in sorted(TASKS):
        for ran in both(name, scratch.image):
            assert not ran.failed and ran.result["changed"], ran.text
    after = snapshot(scratch.image)
    assert {path: kept[-1] for path, kept in before.items()} == {
        path: kept[-1] for path, kept in after.items() if kept[-1] is not None
    }
    remove(scratch.image)
