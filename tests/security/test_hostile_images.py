# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A stranger's image under `root`: no module reads, writes, makes, removes or changes anything outside of it, and none hangs."""

import bz2
import functools
import gzip
import lzma
import os
import socket
import stat

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs import unpacking
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import refusals

from elves import make_elf
from attacked import MODULES, ROOT, SECRET, remove, run_module, snapshot

# Paths of a host that some module reads or writes.
FILES = [
    "etc/hosts.allow",
    "etc/hosts.deny",
    "etc/inetd.conf",
    "etc/xinetd.conf",
    "etc/xinetd.d/telnet",
    "etc/systemd/system/telnet.socket",
    "etc/systemd/system/telnet@.service",
    "etc/os-release",
    "etc/passwd",
    "etc/group",
    "etc/services",
    "etc/nsswitch.conf",
    "etc/ld.so.conf",
    "etc/ld.so.cache",
    "etc/ld.so.preload",
    "etc/banned",
    "var/log/auth.log",
    "var/log/syslog",
    "var/lib/dpkg/status",
    "var/lib/dpkg/diversions",
    "var/lib/dpkg/info/tcpd.md5sums",
    "usr/sbin/tcpd",
    "usr/sbin/in.telnetd",
    "lib/x86_64-linux-gnu/libwrap.so.0",
    "etc/sysctl.d/zz-portcullis-harden.conf",
    "etc/portcullis.harden.json",
    "etc/portcullis.nft",
    "etc/ssh/sshd_config.d/00-portcullis.conf",
    "etc/systemd/system/portcullis-enforce.service",
]
FOLDERS = [
    "etc",
    "etc/xinetd.d",
    "etc/systemd",
    "etc/systemd/system",
    "etc/systemd/system/telnet@.service.d",
    "etc/systemd/system/sockets.target.wants",
    "etc/inetd.d",
    "etc/ld.so.conf.d",
    "usr",
    "usr/sbin",
    "usr/lib",
    "lib",
    "var",
    "var/log",
    "var/log/journal",
    "var/lib/dpkg",
    "etc/sysctl.d",
    "etc/.portcullis.tcp_wrappers",
    "run",
    "proc",
    "dev",
]
RULES = {"allow": ["sshd: 10.0.0.0/8", "in.ftpd: /etc/banned"], "default": "deny"}
QUESTIONS = [{"daemon": "sshd", "address": "10.0.0.1"}, {"daemon": "in.telnetd", "network": "0.0.0.0/0"}]
UNGUARDED = {"lockout_guard": "disabled", "backup": True, "allow_missing_tcpd": True, "missing": "ignore"}
# What makes each module do as much as it can.
ARGUMENTS = {
    "harden_kernel": {
        "settings": {"net.ipv4.conf.all.accept_source_route": 0},
        "record": "/etc/portcullis.harden.json",
    },
    "harden_plan_info": {"tables": RULES, "systemd_services": ["telnet", "cups"], "assertions": QUESTIONS},
    "hosts_access": dict(
        RULES, block_name="mine", lockout_guard="disabled", backup=True, return_text=True, assertions=QUESTIONS[:1]
    ),
    "hosts_access_enforce": {
        "services": [{"daemon": "sshd", "ports": [22]}, {"daemon": "in.telnetd", "ports": [23]}],
        "unexpressed": "deny",
        "lockout_guard": "disabled",
        "backup": True,
    },
    "hosts_access_enforce_plan_info": {
        "task": {"services": [{"daemon": "sshd", "ports": [22]}], "unexpressed": "deny"}
    },
    "hosts_access_evaluate": {"assertions": QUESTIONS, "require_enforced": True},
    "hosts_access_info": {"shadowed_rules": True},
    "hosts_access_plan_info": {"task": dict(RULES, dialect="debian")},
    "inetd_tcpd": UNGUARDED,
    "xinetd_tcpd": UNGUARDED,
    "systemd_tcpd": dict(UNGUARDED, services=["telnet"]),
    "tcpd_coverage_info": {},
    "tcpd_integrity_info": {},
    "tcpd_refusals_info": {"since": "9999d"},
    "tcpd_audit_info": {"since": "9999d", "clients": [{"name": "anywhere", "network": "0.0.0.0/0"}]},
}
# Modules that touch no file of a host.
WITHOUT_ROOT = {"role_settings", "audit_documents", "audit_report_folder"}


# Modules that never write, as their documentation says.
LOOKING = {
    name
    for name in MODULES
    if "- portcullis.tcp_wrappers.attributes.info"
    in (ROOT / "plugins" / "modules" / (name + ".py")).read_text(encoding="utf-8")
}


def test_every_module_is_attacked():
    assert set(ARGUMENTS) == set(MODULES) - WITHOUT_ROOT
    assert LOOKING == {name for name in ARGUMENTS if name.endswith("_info")} | {"hosts_access_evaluate"}


def fill_outside(scratch):
    """A file outside for every path that a module may look for; whoever shows one shows the secret."""
    lines = {
        "etc/hosts.allow": "%s-daemon: %s.example\n" % (SECRET, SECRET),
        "etc/hosts.deny": "ALL: ALL: spawn %s\n" % SECRET,
        "etc/inetd.conf": "%s stream tcp nowait root /usr/sbin/in.%s in.x\n" % (SECRET, SECRET),
        "etc/banned": "%s.example\n" % SECRET,
        "etc/xinetd.d/telnet": "service %s\n{\n socket_type = stream\n wait = no\n user = root\n server = /usr/sbin/in.%s\n}\n"
        % (SECRET, SECRET),
        "etc/systemd/system/telnet.socket": "[Unit]\nDescription=%s\n[Socket]\nListenStream=23\nAccept=yes\n" % SECRET,
        "etc/systemd/system/telnet@.service": "[Service]\nExecStart=/usr/sbin/in.%s\nStandardInput=socket\n" % SECRET,
        "var/log/auth.log": "Nov 26 10:00:00 host sshd[1]: refused connect from %s.example\n" % SECRET,
        "etc/passwd": "root:x:0:0:%s:/root:/bin/sh\n" % SECRET,
        "etc/os-release": "ID=debian\nVERSION_ID=%s\n" % SECRET,
        "var/lib/dpkg/diversions": "/usr/sbin/tcpd\n/usr/sbin/%s\n%s\n" % (SECRET, SECRET),
        "etc/portcullis.nft": "# Managed by Ansible (portcullis.tcp_wrappers.hosts_access_enforce).\n# %s\n" % SECRET,
    }
    for path in FILES:
        scratch.write_outside(path, lines.get(path, "%s\n" % SECRET))
    for path in FOLDERS:
        (scratch.outside / path).mkdir(parents=True, exist_ok=True)
    # What an earlier version carried out, and what it removed.
    scratch.write_outside(
        "etc/.portcullis.tcp_wrappers/1.pending",
        '{"junk": ["%s"], "run": [["touch", "%s"]]}\n' % (scratch.outside / "etc" / "banned", scratch.outside / "ran"),
        0o600,
    )
    scratch.write_outside("etc/.portcullis.tcp_wrappers/.tmp-1", "")


def place(scratch, path):
    """Where a path of the image is, free for something else."""
    found = scratch.image / path
    remove(found)
    found.parent.mkdir(parents=True, exist_ok=True)
    return found


def files_are_links(scratch, climbing):
    for path in FILES:
        scratch.link(path, "../" * 20 + str(scratch.outside / path).lstrip("/") if climbing else scratch.outside / path)


def folders_are_links(scratch, climbing):
    for path in sorted(FOLDERS, key=len, reverse=True):
        if "/" not in path or path.count("/") == 1 and path.startswith(("etc/", "var/")):
            scratch.link(
                path, "../" * 20 + str(scratch.outside / path).lstrip("/") if climbing else scratch.outside / path
            )


def inner_folders_are_links(scratch):
    for path in (
        "etc/xinetd.d",
        "etc/systemd/system",
        "etc/.portcullis.tcp_wrappers",
        "etc/sysctl.d",
        "var/log",
        "usr/sbin",
        "var/lib/dpkg",
    ):
        scratch.link(path, "../" * 20 + str(scratch.outside / path).lstrip("/"))


def only_etc_is_a_link(scratch):
    remove(scratch.image / "etc")
    scratch.link("etc", "../outside/etc")


def loops(scratch):
    for number, path in enumerate(FILES):
        scratch.link(
            path,
            [os.path.basename(path), "./../" + path.split("/")[-2] + "/" + os.path.basename(path), "/" + path][
                number % 3
            ],
        )
    scratch.link("etc/xinetd.d/self", ".")
    scratch.link("etc/systemd/system/self.socket", "self.socket")
    scratch.link("etc/systemd/system/up.socket.d", "..")


def every_file(make):
    def change(scratch):
        for path in FILES:
            make(str(place(scratch, path)))

    return change


def make_socket(path):
    # its name is longer than an address may be: it is made from inside its folder
    server = socket.socket(socket.AF_UNIX)
    here = os.getcwd()
    os.chdir(os.path.dirname(path))
    try:
        server.bind(os.path.basename(path))
    finally:
        os.chdir(here)
        server.close()


def make_giant(path):
    with open(path, "wb") as stream:
        stream.truncate(1 << 36)
    os.chmod(path, 0o755)


def make_device(path):
    os.mknod(path, stat.S_IFCHR | 0o666, os.makedev(1, 5))


def make_block_device(path):
    os.mknod(path, stat.S_IFBLK | 0o666, os.makedev(7, 250))


def folders_are_files(scratch):
    for path in FOLDERS[1:]:
        place(scratch, path).write_text("no folder\n") if not any(
            parent in FOLDERS[1:] for parent in parents(path)
        ) else None


def parents(path):
    return [path[:position] for position, letter in enumerate(path) if letter == "/"]


def includes_lead_out(scratch):
    out = scratch.outside
    scratch.write(
        "etc/xinetd.conf",
        "defaults\n{\n}\ninclude %s\nincludedir %s\nincludedir ../../../..%s\ninclude /etc/xinetd.d/../../..%s\n"
        "includedir /etc\n"
        % (out / "etc/xinetd.d/telnet", out / "etc/xinetd.d", out / "etc/xinetd.d", out / "etc/xinetd.d/telnet"),
    )
    scratch.write(
        "etc/ld.so.conf", "include %s/etc/ld.so.conf\ninclude ../../../..%s/etc/*\n%s/lib\n" % (out, out, out)
    )
    scratch.write(
        "etc/hosts.allow",
        "sshd: %s/etc/banned\nin.ftpd: ../../../..%s/etc/banned\nALL: /etc/../../../..%s/etc/banned\n"
        % (out, out, out),
    )
    scratch.write(
        "etc/inetd.conf",
        "telnet stream tcp nowait root %s/usr/sbin/in.telnetd in.telnetd\n"
        "x stream tcp nowait root /../../..%s/usr/sbin/tcpd in.x\n" % (out, out),
    )
    scratch.link("etc/systemd/system/telnet@.service.d", "../" * 20 + str(out).lstrip("/") + "/etc/systemd/system")
    scratch.write(
        "etc/systemd/system/telnet@.service",
        "[Service]\nExecStart=%s/usr/sbin/in.telnetd\nEnvironmentFile=%s/etc/banned\nStandardInput=socket\n"
        % (out, out),
    )


def old_records(scratch):
    folder = scratch.image / "etc" / ".portcullis.tcp_wrappers"
    folder.mkdir(mode=0o700)
    out = scratch.outside
    for name in ("1.pending", "2.confirmed", "20261126T000000Z-abcdef.pending", "hosts_access.pending"):
        scratch.write(
            "etc/.portcullis.tcp_wrappers/" + name,
            '{"version": 1, "id": "x", "state": "pending", "deadline": 0, "timeout": 1, "started": 0, '
            '"run": [["/usr/bin/touch", "%s/ran"]], "junk": ["%s/etc/banned"], "steps": [{"kind": "restore", "path": "%s/etc/hosts.allow", '
            '"backup": "%s/etc/hosts.deny"}]}' % (out, out, out, out),
            0o600,
        )
    scratch.link("etc/.portcullis.tcp_wrappers/3.pending", out / "etc/banned")
    os.mkfifo(str(folder / "4.pending"), 0o600)
    scratch.link("etc/.portcullis.tcp_wrappers/lock", out / "etc/banned")
    scratch.link("etc/.portcullis.lock", out / "etc/banned")


@functools.lru_cache(maxsize=None)
def packed_giant():
    """64 GiB of zeros as gzip has them, one member after the other."""
    return gzip.compress(bytes(1 << 24)) * 4096


def packed_giants(scratch):
    for path in ("var/log/auth.log", "var/log/syslog.1.gz"):
        scratch.write(path, packed_giant())
    for path, pack in (("syslog.2.gz", gzip.compress), ("syslog.3.bz2", bz2.compress), ("syslog.4.xz", lzma.compress)):
        os.truncate(str(scratch.write("var/log/" + path, pack(b"one line\n"))), 1 << 43)


def numbers_without_end(scratch):
    """Python refuses to make a number of so many digits, or a letter of such a number, by an exception that is not one of the machine's."""
    endless = "9" * 6000
    scratch.write("etc/passwd", "root:x:%s:%s:::\nnobody:x:%s:%s:::\n" % ((endless,) * 4))
    scratch.write("etc/group", "root:x:%s:root\ntty:x:%s:nobody\n" % (endless, endless))
    scratch.write("etc/services", "telnet %s/tcp\nfinger %s/tcp\n" % (endless, endless))
    scratch.write("etc/inetd.conf", "%s stream tcp nowait %s /usr/sbin/in.x in.x\n" % (endless, endless))
    scratch.write("etc/os-release", "ID=rhel\nVERSION_ID=%s\n" % endless)
    words = " ".join("\\" + code for code in ("UFFFFFFFF", "U00110000", "ud800", "u0000", "x00", "000", "777"))
    scratch.write("etc/systemd/system/telnet@.service", "[Service]\nExecStart=/x%s\nStandardInput=socket\n" % words)


def groups_without_end(scratch):
    """Each group of hosts names the next one."""
    scratch.write("etc/netgroup", "".join("g%d g%d\n" % (number, number + 1) for number in range(5000)))
    scratch.write("etc/nsswitch.conf", "netgroup: files\n")
    scratch.write("etc/hosts.allow", "sshd: @g0\n")


def folders_without_end(scratch):
    """What ld.so.conf names takes gigabytes, and no time to pack."""
    scratch.write("etc/ld.so.conf", "include /etc/ld.so.conf.d/*.conf\n")
    scratch.write("etc/ld.so.conf.d/0.conf", "/a " * 349000)
    for number in range(1, 60):
        scratch.link("etc/ld.so.conf.d/%d.conf" % number, "0.conf")
    for path in ("usr/sbin/in.telnetd", "usr/sbin/tcpd", "usr/sbin/sshd"):
        scratch.write(path, make_elf(["libc.so.6"]), 0o755)


def includes_without_end(scratch):
    """Every file of xinetd's includes all others, many times."""
    scratch.write("etc/xinetd.conf", "includedir /etc/xinetd.d\n" * 300)
    for number in range(300):
        scratch.write("etc/xinetd.d/y%d" % number, "includedir /etc/xinetd.d\n" * 5)


ENDLESS = {
    "hosts_access": "etc/hosts.allow",
    "hosts_access_info": "etc/hosts.deny",
    "inetd_tcpd": "etc/inetd.conf",
    "xinetd_tcpd": "etc/xinetd.conf",
}


@pytest.mark.parametrize("name", sorted(ENDLESS))
def test_lines_without_end_are_told_by_the_name_of_their_file(name, scratch):
    fill_outside(scratch)
    scratch.write(ENDLESS[name], b"\n" * (6 << 20))  # packed it is nothing, and each line takes memory
    told = attack(scratch, name, False).result
    assert told["failed"] and "%s has more than 250000 lines" % ENDLESS[name] in told["msg"]


def test_includes_without_end_are_told_by_the_file_that_has_them(scratch):
    fill_outside(scratch)
    includes_without_end(scratch)
    told = attack(scratch, "xinetd_tcpd", False).result
    assert told["failed"] and "/etc/xinetd.d/y" in told["msg"] and "more than 20000 times" in told["msg"]


IMAGES = {
    "folders without end": folders_without_end,
    "numbers without end": numbers_without_end,
    "groups without end": groups_without_end,
    "packed giants": packed_giants,
    "files are links": lambda scratch: files_are_links(scratch, False),
    "files are links that climb": lambda scratch: files_are_links(scratch, True),
    "folders are links": lambda scratch: folders_are_links(scratch, False),
    "folders are links that climb": lambda scratch: folders_are_links(scratch, True),
    "inner folders are links": inner_folders_are_links,
    "etc is a link": only_etc_is_a_link,
    "loops": loops,
    "FIFOs": every_file(os.mkfifo),
    "sockets": every_file(make_socket),
    "devices": every_file(make_device),
    "block devices": every_file(make_block_device),
    "giants": every_file(make_giant),
    "folders in the place of files": every_file(os.mkdir),
    "files in the place of folders": folders_are_files,
    "includes lead out": includes_lead_out,
    "records of a change": old_records,
}


def attack(scratch, name, check):
    """Run a module over the image, and hold that nothing outside was touched or shown."""
    before, beside = snapshot(scratch.outside), sorted(os.listdir(str(scratch.folder)))
    ran = run_module(name, check=check, root=str(scratch.image), dialect="debian", **dict(ARGUMENTS[name].items()))
    assert b"Traceback" not in ran.text, ran.text.decode("utf-8", "replace")
    assert SECRET.encode() not in ran.text.replace(str(scratch.outside).encode(), b""), ran.text.decode(
        "utf-8", "replace"
    )
    assert snapshot(scratch.outside) == before, name
    assert sorted(os.listdir(str(scratch.folder))) == beside
    assert ran.result.get("msg") or not ran.failed
    return ran


@pytest.mark.parametrize("image", sorted(IMAGES))
def test_nothing_outside_of_an_image_is_touched(image, scratch):
    """Modules that only look do the same in check mode: that is held on one image."""
    fill_outside(scratch)
    for name in sorted(ARGUMENTS):
        for check in (False,) if name in LOOKING and image != "includes lead out" else (True, False):
            scratch.fresh()
            IMAGES[image](scratch)
            attack(scratch, name, check)


def test_a_version_without_end_is_of_no_known_system(scratch):
    numbers_without_end(scratch)
    ran = run_module("hosts_access_info", root=str(scratch.image))
    assert not ran.failed and ran.result["dialect"] == "upstream"


def test_what_happens_to_a_harmless_image_is_seen(scratch):
    """The same runs change an image that is none of these: the attacks above do reach the modules' work."""
    fill_outside(scratch)
    changed = {
        name: attack(scratch, name, False).result.get("changed")
        for name in ("hosts_access", "hosts_access_enforce", "inetd_tcpd", "xinetd_tcpd", "systemd_tcpd")
    }
    assert changed == dict.fromkeys(changed, True)
    told = attack(scratch, "hosts_access_info", False).result
    assert told["rules"]


def test_thousands_of_compressed_logs_are_not_all_unpacked(scratch, monkeypatch):
    """The newest copies of a log come last: one that is read tells what was left out, and the plain log is read as ever."""
    for number in range(2000):
        scratch.write("var/log/syslog.%d.gz" % number, gzip.compress(b"x" * (1 << 20), 1))
    scratch.write("var/log/syslog", "Nov 23 08:34:58 h sshd[123]: refused connect from 10.99.77.1 (10.99.77.1)\n")
    scratch.write("var/log/auth.log.1.xz", lzma.compress(b"x" * (1 << 20)))
    scratch.write("var/log/auth.log", "Nov 23 08:34:59 h sshd[124]: refused connect from 10.99.77.2 (10.99.77.2)\n")
    unpacked = []
    real = unpacking.Unpacked.blocks

    def counted(stream, size):
        for block in real(stream, size):
            unpacked.append(len(block))
            yield block

    monkeypatch.setattr(unpacking.Unpacked, "blocks", counted)
    monkeypatch.setattr(unpacking, "MAX_ALL_UNPACKED", 8 << 20)
    result = refusals.read_refusals(
        refusals.RefusalsArguments(
            dict(
                {name: about.get("default") for name, about in refusals.argument_spec().items()},
                root=str(scratch.image),
            )
        )
    )
    assert 4 << 20 < sum(unpacked) <= 10 << 20
    assert result["count"] == 2
    (problem,) = [told for told in result["problems"] if "unpack to more than" in told]
    assert problem.startswith("/var/log/syslog.")
