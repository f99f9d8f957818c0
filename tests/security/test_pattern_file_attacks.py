# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may write a file of hosts that a rule names makes it long, or lets it name others without end, to stall or fail what reads the tables."""

import importlib
import os
import struct
import subprocess
import sys
import time

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host import lookups as host_lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import User
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.processes import Process
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap import patterns
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.patience import Patience
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.analysis.search import Question
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs import patience
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import host_files
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import LIBWRAP, Asker
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils import _policies

from attacked import NOBODY, ROOT, run_module, start_as_nobody
from elves import make_elf

HUGE = b"10.1.2.3 " + b"192.0.2.99 " * (6 * 1024 * 1024)  # 66 MiB


@pytest.fixture(name="image")
def fixture_image(scratch):
    scratch.write("etc/hosts.allow", "sshd: /srv/allowed\n")
    scratch.write("etc/hosts.deny", "ALL: ALL\n")
    return scratch


def test_sixty_mebibytes_of_hosts(image):
    image.write("srv/allowed", HUGE)
    root = str(image.image)
    ran = run_module("hosts_access_info", root=root, dialect="debian")
    assert not ran.failed and "host-file-long" in [found["code"] for found in ran.result["findings"]]
    ran = run_module(
        "hosts_access_evaluate",
        root=root,
        dialect="debian",
        assertions=[
            {"daemon": "sshd", "address": "10.1.2.3", "hostname": "unknown"},
            {"daemon": "sshd", "address": "10.9.9.9", "hostname": "unknown"},
        ],
    )
    assert not ran.failed
    assert [(one["access"], one["depends"]) for one in ran.result["decisions"]] == [
        ("granted", []),
        ("denied", ["the rest of the file /srv/allowed"]),
    ]
    ran = run_module(
        "hosts_access_evaluate",
        root=root,
        dialect="debian",
        assertions=[{"daemon": "sshd", "address": "10.9.9.9", "expect": "denied"}],
    )
    assert ran.failed  # nobody knows


NAMES = b" ".join(b"/srv/f%d" % number for number in range(50000))


@pytest.mark.parametrize("content", [HUGE, b"x " * (2 * 1024 * 1024), NAMES], ids=["bytes", "words", "names"])
def test_what_is_read_of_it_is_bounded(image, content, monkeypatch):
    """Work is counted: words that are looked at, and files that are opened."""
    image.write("srv/allowed", content)
    words, opened = [], []
    monkeypatch.setattr(
        patterns,
        "HostPattern",
        lambda token, dialect, real=patterns.HostPattern: words.append(token) or real(token, dialect),
    )
    real = host_lookups.HostLookups._read
    monkeypatch.setattr(host_lookups.HostLookups, "_read", lambda *words: opened.append(words[1]) or real(*words))
    policy = Policy.parse(
        "sshd: /srv/allowed\n", "ALL: ALL\n", "debian", host_lookups.HostLookups(Root(str(image.image)))
    )
    decision = policy.decide(Request("sshd", "10.9.9.9"))
    assert (decision.access, decision.depends) == ("denied", ("the rest of the file /srv/allowed",))
    assert len(words) <= 100010 and len(opened) <= 100


@pytest.mark.parametrize("names", [40, 400])
def test_many_names_of_one_long_file_are_bounded_together(image, names, monkeypatch):
    """A hard link costs nothing: what is read, and what is made of it, does not grow with their number."""
    image.write("srv/f0", " ".join("10.%d.%d.%d" % (n >> 16, n >> 8 & 255, n & 255) for n in range(70000)))
    image.write("srv/outer", "/srv/f0")
    for number in range(1, names):
        os.link(str(image.image / ("srv/f0" if number % 2 else "srv/outer")), str(image.image / ("srv/f%d" % number)))
    lines = [["/srv/f%d" % (first + number) for number in range(40)] for first in range(0, names, 40)]
    image.write("etc/hosts.allow", "".join("sshd: %s\n" % " ".join(line) for line in lines))
    made = []
    monkeypatch.setattr(
        patterns,
        "HostPattern",
        lambda token, dialect, real=patterns.HostPattern: made.append(1) or real(token, dialect),
    )
    lookups = host_lookups.HostLookups(Root(str(image.image)))
    policy = Policy.parse((image.image / "etc/hosts.allow").read_text(), "ALL: ALL\n", "debian", lookups)
    result = policy.searcher().search("denied", Question(daemon="sshd", network="10.0.0.0/8"))
    assert not result.found and "the rest of the file /srv/f%d" % (names - 1) in result.depends
    assert len(made) <= 200000 + 2 * names
    assert sum(len(text) for text in lookups._files.values()) <= 4 << 20
    long = [found.message for found in policy.findings() if found.code == "host-file-long"]
    assert long and "'/srv/f2'" in long[0]


PEAK = """
import re, sys
sys.path.insert(0, %(collections)r)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.lookups import HostLookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
policy = Policy.parse("sshd: /srv/allowed\\n", "ALL: ALL\\n", "debian", HostLookups(Root(%(root)r)))
for question in (lambda: policy.search("denied", daemon="sshd"), policy.shadowed_rules):
    try:
        question()
    except HostsAccessError as error:
        print(error)
print(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read()).group(1))
"""


def test_ninety_thousand_names_do_not_fill_the_memory(image):
    told = []
    for count in (100, 90000):
        image.write("srv/allowed", " ".join(".x%d.e" % number for number in range(count)))
        script = PEAK % {"collections": str(ROOT / ".cache" / "collections"), "root": str(image.image)}
        told.append(subprocess.check_output([sys.executable, "-c", script], universal_newlines=True).splitlines())
    assert len(told[0]) == 1 and all("too many to be analysed" in line for line in told[1][:2])
    assert int(told[1][-1]) - int(told[0][-1]) < 200 * 1024, told  # kB


def test_a_file_of_hosts_that_is_no_file_stalls_nothing(image):
    image.write("srv/other")
    os.mkfifo(str(image.image / "srv/allowed"))
    ran = run_module("hosts_access_info", root=str(image.image), dialect="debian")
    assert not ran.failed and "host-file-long" in [found["code"] for found in ran.result["findings"]]


class OneFile(Lookups):
    """Nobody knows of netgroups; every file of hosts has the same words."""

    def __init__(self, content):
        self.content = content

    def in_netgroup(self, group, host):
        return None

    def host_file(self, path):
        return self.content


WORDS = {
    "netgroups": lambda one: "@n%d" % one,
    "masks": lambda one: "10.%d.%d.0/255.0.%d.0" % (one // 60000, one // 250 % 250, one % 256),
    "wildcards": lambda one: "*a%d*b?c*" % one,
}


def banned(kind, number):
    content = " ".join(WORDS[kind](one) for one in range(number)).encode()
    return Policy.parse("sshd: ALL EXCEPT /srv/banned\n", "ALL: ALL\n", "debian", OneFile(content))


def search(policy, patience=None):
    return policy.searcher(patience).search("denied", Question(daemon="sshd", network="0.0.0.0/0"))


def test_netgroups_beyond_fifty_are_one_open_question():
    few, many = search(banned("netgroups", 50)), search(banned("netgroups", 51))
    assert not few.found and len(few.depends) == 50
    assert set(many.depends) == set(few.depends) | {"the rest of the file /srv/banned"} and not many.found
    decision = banned("netgroups", 20000).decide(Request("sshd", "10.0.0.1"))
    assert set(decision.depends) == set(many.depends)


@pytest.mark.parametrize("kind", sorted(WORDS))
def test_ten_times_as_many_words_take_not_a_hundred_times_as_long(kind):
    def seconds(number):
        policy = banned(kind, number)
        started = time.process_time()
        try:
            search(policy)
        except HostsAccessError as error:
            assert "too many ways to be analysed" in str(error)
        return time.process_time() - started

    # one of three: the first that is low enough ends it
    assert any(seconds(4000) / max(seconds(400), 1e-6) < 30 for _try in range(3))


@pytest.mark.parametrize("kind", ["masks", "wildcards"])
def test_an_analysis_that_takes_too_long_ends(kind):
    """The clock says one second more each time that it is looked at."""
    ticks = iter(range(1000000))
    with pytest.raises(HostsAccessError, match="it would take more than 5 seconds"):
        search(banned(kind, 4000), Patience(5, lambda: next(ticks)))
    assert next(ticks) == 7


def test_the_answers_of_one_run_take_so_long_and_no_longer(image, monkeypatch):
    """The audit loses its answers alone: what else it found is told."""
    from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.audit import run as audit

    image.write("srv/allowed", " ".join(WORDS["masks"](one) for one in range(2000)))
    given = {name: option.get("default") for name, option in audit.argument_spec().items()}
    given.update(root=str(image.image), clients=[{"name": "all", "network": "0.0.0.0/0"}])
    monkeypatch.setattr(patience, "PATIENCE", -1)
    result = audit.Audit(audit.AuditArguments(given)).result()
    assert sorted(result["errors"]) == ["answers"]
    assert "in too many ways to be analysed: it would take more than" in result["errors"]["answers"]
    assert {"tables", "coverage", "integrity", "refusals"} <= set(result)


def test_an_audit_with_twenty_thousand_netgroups_has_its_answers(image):
    image.write("etc/hosts.allow", "sshd: ALL EXCEPT /srv/allowed\n")
    image.write("srv/allowed", " ".join(WORDS["netgroups"](one) for one in range(20000)))
    ran = run_module("tcpd_audit_info", root=str(image.image), clients=[{"name": "all", "network": "0.0.0.0/0"}])
    assert not ran.failed and ran.result["errors"] == {}
    told = [one["depends"] for one in ran.result["answers"] if one["daemon"] == "sshd"]
    assert told and all("the rest of the file /srv/allowed" in depends for depends in told if depends)


SECRET = b"AAAEDHjjw+IX+A47W9Hqy07VXvKuajbRd5fg7H9FvY9UvzQ"


@pytest.fixture(name="home")
def fixture_home(scratch):
    """A user's folder, and beside it a file of root's that nobody else may read: `key`."""
    folder = scratch.folder / "home"
    folder.mkdir()
    os.chown(str(folder), NOBODY, NOBODY)
    key = scratch.folder / "key"
    key.write_bytes(SECRET)
    key.chmod(0o600)
    return folder


def own(path, content=None):
    """A file, or a link, of the user's own."""
    if content is not None:
        path.write_bytes(content)
        path.chmod(0o600)
    os.chown(str(path), NOBODY, NOBODY, follow_symlinks=False)
    return path


def told(path):
    """All that findings, an answer and a search say of a table that names this file."""
    policy = Policy.parse("sshd: %s\n" % path, "ALL: ALL\n", "debian", host_lookups.HostLookups(Root("/")))
    found = policy.searcher().search("denied", Question(daemon="sshd", network="10.0.0.0/8"))
    return (
        [repr(one) + one.message for one in policy.findings()],
        policy.decide(Request("sshd", "10.9.9.9")),
        repr(found),
    )


def leads(home, how):
    """A user's file that leads to root's key."""
    name = home / "allow"
    if how == "link":
        name.symlink_to("../key")
    elif how == "folder":
        (home / "to").symlink_to("..")
        own(home / "to")
        return home / "to" / "key"
    elif how == "file":
        name.write_bytes(b"10.1.2.3 %s" % os.fsencode(str(home.parent / "key")))
    elif how == "environ":
        name.symlink_to("/proc/self/environ")
    return own(name)


@pytest.mark.parametrize("how", ["link", "folder", "file", "environ"])
def test_who_leads_to_a_private_file_has_nothing_of_it_shown(home, how):
    path = leads(home, how)
    findings, decision, found = told(path)
    assert not any(SECRET.decode() in text or "PATH=" in text for text in findings + [found, repr(decision.reason)])
    assert [text for text in findings if "host-file-long" in text]
    assert decision.access == "denied" and decision.depends == ("the rest of the file %s" % path,)


def test_what_a_user_may_read_himself_is_read(home, scratch):
    """His own file, one that everybody may read, and root's own links and private files."""
    everybodys = scratch.folder / "hosts"
    everybodys.write_text("10.9.9.9")
    everybodys.chmod(0o644)
    private = scratch.folder / "private"
    private.write_text("10.9.9.9")
    private.chmod(0o600)
    (home / "everybodys").symlink_to(everybodys)
    (scratch.folder / "roots").symlink_to("private")
    (scratch.folder / "names").write_text(str(private))
    for path in (
        own(home / "mine", b"10.9.9.9"),
        own(home / "everybodys"),
        own(home / "named", os.fsencode(str(everybodys))),
        scratch.folder / "roots",
        scratch.folder / "names",
    ):
        _findings, decision, _found = told(path)
        assert (str(path), decision.access, decision.depends) == (str(path), "granted", ())


BANNED = b"203.0.113.0/24\n"


def answer(path):
    """The answer for a client of BANNED, where a rule refuses the hosts of this file and the others are let in."""
    tables = ("sshd: %s : deny\nALL: ALL\n" % path, "ALL: ALL\n", "debian")
    policy = Policy.parse(*tables, host_lookups.HostLookups(Root("/")))
    findings = policy.findings()
    decision = policy.decide(Request("sshd", "203.0.113.5"))
    return decision.access, decision.depends, {one.code for one in findings}


def not_known(path):
    return ("granted", ("the rest of the file %s" % path,), {"host-file-long"})


LEASE = """
import fcntl, os, signal, sys, time
signal.signal(signal.SIGIO, signal.SIG_IGN)
fcntl.fcntl(os.open(sys.argv[1], os.O_RDWR), fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("held", flush=True)
time.sleep(600)
"""


def test_a_file_that_its_owner_holds_is_not_empty(home):
    """Real libwrap waits until the kernel breaks the lease, and then reads the file."""
    path = own(home / "banned", BANNED)
    assert answer(path)[0] == "denied"
    holder = start_as_nobody(["/usr/bin/python3", "-c", LEASE, str(path)])
    try:
        assert holder.stdout.readline() == b"held\n"
        assert answer(path)[:2] == not_known(path)[:2]
    finally:
        holder.kill()
        holder.communicate()
    assert answer(path)[:2] == ("denied", ())


@pytest.mark.parametrize("times", [20, 100000])
def test_a_folder_that_is_now_a_folder_and_now_a_link_is_found(home, monkeypatch, times):
    """At every moment the path opens the same line, and libwrap always reads it."""
    for name in ("one", "other"):
        (home / name).mkdir()
        own(home / name)
        own(home / name / "banned", BANNED)
    (home / "link").symlink_to("other")
    own(home / "link")
    exchanged = []

    def exchange(call):
        def changed(*words, **options):
            if len(exchanged) < times:
                exchanged.append(1)
                for old, new in (("one", "third"), ("link", "one"), ("third", "link")):
                    os.rename(str(home / old), str(home / new))
            return call(*words, **options)

        return changed

    monkeypatch.setattr(os, "open", exchange(os.open))
    monkeypatch.setattr(os, "readlink", exchange(os.readlink))
    path = home / "one" / "banned"
    lookups = host_lookups.HostLookups(Root("/"))
    content = lookups.host_file(str(path))
    assert content == BANNED and len(exchanged) >= 10  # what was looked at is what is gone into and opened


@pytest.mark.parametrize("how", ["fifo", "cwd", "fd", "sticky"])
def test_what_another_process_finds_in_another_way_is_not_known(home, scratch, monkeypatch, how):
    path = home / "banned"
    if how == "fifo":
        os.mkfifo(str(path))
    elif how == "sticky":
        common = scratch.folder / "common"
        common.mkdir()
        common.chmod(0o1777)
        own(home / "true", BANNED)
        path = common / "banned"
        path.symlink_to(home / "true")
    else:
        path.symlink_to("/proc/self/cwd%s/none" % home if how == "cwd" else "/dev/fd/0")
    own(path)
    monkeypatch.chdir("/usr")
    assert answer(path)[:2] == not_known(path)[:2]


def test_who_may_change_any_part_of_the_way_must_be_able_to_read_what_is_told(home, scratch):
    """A folder of one user in which a group may write, where another user leads to what the first alone may read."""
    first, second = NOBODY + 1, NOBODY + 2
    private = scratch.folder / "private"
    private.write_bytes(SECRET)
    private.chmod(0o600)
    shared = scratch.folder / "shared"
    shared.mkdir()
    for place in (private, shared):
        os.chown(str(place), first, first)
    (shared / "hosts").symlink_to("../private")
    os.chown(str(shared / "hosts"), second, second, follow_symlinks=False)
    (shared / "renamed").write_bytes(SECRET)
    (shared / "renamed").chmod(0o600)
    os.chown(str(shared / "renamed"), first, first)
    for mode, name, known in (
        (0o2775, "hosts", False),  # the second user's own link
        (0o755, "hosts", False),
        (0o2775, "renamed", False),  # whoever may write in the folder gives any file of it this name
        (0o777, "renamed", False),
        (0o755, "renamed", True),  # the first user's own file
    ):
        shared.chmod(mode)
        findings, decision, found = told(shared / name)
        shown = any(SECRET.decode() in text for text in findings + [found])
        assert (oct(mode), name, shown, bool(decision.depends)) == (oct(mode), name, known, not known)
    (home / "roots").write_bytes(SECRET)  # the user renames what root keeps in his folder
    (home / "roots").chmod(0o600)
    assert told(home / "roots")[1].depends


def test_who_names_a_file_that_names_another_must_be_able_to_read_both(home, scratch):
    """Root's own list, which everybody may read, names one that root alone may read."""
    (scratch.folder / "list").write_bytes(b"10.1.2.3 %s" % os.fsencode(str(scratch.folder / "key")))
    (scratch.folder / "list").chmod(0o644)
    for path in (own(home / "mine", os.fsencode(str(scratch.folder / "list"))), home / "leads"):
        if path.name == "leads":
            path.symlink_to("../list")
            own(path)
        findings, decision, found = told(path)
        assert not any(SECRET.decode() in text for text in findings + [found])
        assert decision.depends == ("the rest of the file %s" % path,)
    assert SECRET.decode() in "".join(told(scratch.folder / "list")[0])


@pytest.mark.parametrize("how", ["name", "moved"])
def test_a_private_file_in_a_folder_of_everybodys_is_not_told(home, scratch, how):
    """Where fs.protected_hardlinks is off, anybody may give it a name there; and whoever finds it in his own folder moves it."""
    common = scratch.folder / "common"
    common.mkdir()
    common.chmod(0o1777)
    if how == "name":
        os.link(str(scratch.folder / "key"), str(common / "hosts"))
    else:
        scratch.folder.chmod(0o755)
        os.rename(str(scratch.folder / "key"), str(home / ".viminfo"))
        mover = start_as_nobody(["mv", str(home / ".viminfo"), str(common / "hosts")])
        assert (mover.communicate()[0], mover.returncode) == (b"", 0)
    findings, decision, found = told(common / "hosts")
    assert not any(SECRET.decode() in text for text in findings + [found]) and decision.depends


@pytest.mark.parametrize(
    "how, access",
    [("open", "denied"), ("file", "granted"), ("folder", "granted"), ("link", "granted"), ("its own", "denied")],
)
def test_a_file_of_hosts_that_a_daemon_may_not_read_bans_nobody(scratch, how, access):
    """Measured: libwrap logs "open ...: Permission denied" and goes on with the next rule. tcpd runs as user 1234 here."""
    scratch.write("etc/passwd", "root:x:0:0::/:/bin/sh\nserver:x:1234:1234::/:/bin/sh\n")
    scratch.write("etc/inetd.conf", "x stream tcp nowait server /usr/sbin/tcpd /usr/sbin/in.x\n")
    scratch.write("usr/sbin/in.x", "", 0o755)
    scratch.write("usr/sbin/tcpd", make_elf(["libwrap.so.0"]) + b"error: cannot execute %s: %m\0", 0o755)
    banned = scratch.write("srv/lists/banned", BANNED, 0o644 if how in ("open", "folder", "link") else 0o600)
    if how == "its own":
        os.chown(str(banned), 1234, 1234)
    elif how == "folder":
        banned.parent.chmod(0o700)
    elif how == "link":
        (scratch.image / "srv/private").mkdir()
        (scratch.image / "srv/private/to").symlink_to("/srv/lists")
        (scratch.image / "srv/private").chmod(0o700)
    path = "/srv/private/to/banned" if how == "link" else "/srv/lists/banned"
    scratch.write("etc/hosts.allow", "in.x other: %s : deny\nALL: ALL\n" % path)
    scratch.write("etc/hosts.deny", "ALL: ALL\n")
    asked = [{"daemon": "in.x", "address": "203.0.113.5"}, {"daemon": "other", "address": "203.0.113.5"}]
    ran = run_module("hosts_access_evaluate", root=str(scratch.image), dialect="debian", assertions=asked)
    hidden = [path] if access == "granted" else []
    told = [(one["access"], one["unreadable"], one["depends"]) for one in ran.result["decisions"]]
    depends = ["what is in the file %s, which user server can change" % path] if how == "its own" else []
    assert told == [(access, hidden, depends), ("denied", [], depends)]
    ran = run_module("tcpd_coverage_info", root=str(scratch.image), dialect="debian")
    messages = [one["message"] for one in ran.result["findings"] if one["code"] == "unreadable-tables"]
    assert [path in message and "server" in message for message in messages] == [True] * len(hidden)
    ran = run_module("tcpd_coverage_info", root=str(scratch.image), dialect="upstream")  # it knows no files of hosts
    assert not [one for one in ran.result["findings"] if one["code"] == "unreadable-tables"]
    asked[0]["expect"] = "denied"
    ran = run_module("hosts_access_evaluate", root=str(scratch.image), dialect="debian", assertions=asked[:1])
    assert ran.failed is bool(hidden or depends)
    assert not hidden or "who cannot read %s" % path in ran.result["msg"]


HIDES = 'mount -t tmpfs none "$1" && echo hidden && exec sleep 600'


def test_a_file_of_hosts_that_a_service_hides_bans_nobody(scratch):
    """As ProtectHome= and PrivateTmp= do, also for root: the daemon finds no file there."""
    lists = scratch.folder / "lists"
    lists.mkdir()
    (lists / "banned").write_bytes(BANNED)
    policy = Policy.parse(
        "sshd: %s : deny\nALL: ALL\n" % (lists / "banned"), "", "debian", host_lookups.HostLookups(Root("/"))
    )
    host_files.read_host_files(policy)
    command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", HIDES, "sh", str(lists)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as service:
        try:
            assert service.stdout.readline() == b"hidden\n"
            hidden = []
            for pid in (service.pid, os.getpid()):
                process = Process(pid, "sshd", "/usr/sbin/sshd", 0, 0, (), -1, True)
                asker = Asker(LIBWRAP, "sshd", User("root", 0, 0, ()), process)
                hidden.append(host_files.hidden_files(policy, asker))
        finally:
            service.kill()
    assert hidden == [(str(lists / "banned"),), ()]
    seen = host_files.without_files(policy, ("sshd: %s : deny\nALL: ALL\n" % (lists / "banned"), ""), hidden[0])
    accesses = [one.decide(Request("sshd", "203.0.113.5")).access for one in (policy, seen)]
    assert accesses == ["denied", "granted"]


@pytest.mark.parametrize("how", ["replaced", "another mode", "gone"])
def test_a_file_of_hosts_that_its_owner_changes_after_it_was_read_is_an_open_question(scratch, how):
    """Renamed over in a loop it had another inode by the time the daemon's view was asked for, and counted as hidden from it."""
    lists = scratch.folder / "lists"
    lists.mkdir()
    path = lists / "banned"
    path.write_bytes(BANNED)
    path.chmod(0o600 if how == "another mode" else 0o644)
    text = "sshd: %s : deny\nALL: ALL\n" % path
    policy = Policy.parse(text, "", "debian", host_lookups.HostLookups(Root("/")))
    host_files.read_host_files(policy)
    if how == "another mode":
        path.chmod(0o644)
    else:
        (lists / "new").write_bytes(BANNED)
        (lists / "new").rename(path)
    if how == "gone":
        path.unlink()
    uid = 1234 if how == "another mode" else 0
    process = Process(os.getpid(), "sshd", "/usr/sbin/sshd", uid, uid, (), 0, True)
    hidden = host_files.hidden_files(policy, Asker(LIBWRAP, "sshd", User("x", uid, uid, ()), process))
    decision = host_files.without_files(policy, (text, ""), hidden).decide(Request("sshd", "203.0.113.5"))
    assert decision.depends, (hidden, decision)


HOLES = "".join("sshd: 0.0.%d.%d/0.0.%d.%d\n" % (n & 170, n * 7 & 85, 170 - n % 5, 85 - n % 3) for n in range(200))


@pytest.mark.parametrize(
    "name", ["hosts_access_sets", "hosts_access_search", "hosts_access_compare", "hosts_access_translate"]
)
def test_masks_with_holes_of_a_stranger_take_no_more_of_the_controller_than_a_filter_may(name, monkeypatch):
    """512 of them took 26 s of processor time, three times as much for each doubling, and nothing ended it."""
    monkeypatch.setattr(_policies, "PATIENCE", 0.05)
    given = {"allow": HOLES, "deny": "ALL: ALL\n"}
    asked = {
        "hosts_access_sets": ["sshd"],
        "hosts_access_search": [],
        "hosts_access_compare": [{"allow": HOLES.replace("85", "84"), "deny": "ALL: ALL\n"}],
        "hosts_access_translate": ["nftables", [{"daemon": "sshd", "ports": [22]}]],
    }[name]
    module = importlib.import_module("ansible_collections.portcullis.tcp_wrappers.plugins.filter." + name)
    (ask,) = module.FilterModule().filters().values()
    with pytest.raises(AnsibleFilterError, match="more than 0.05 seconds"):
        ask(given, *asked)


@pytest.mark.parametrize("how", ["file", "folder", "link", "named", "missing"])
def test_a_list_that_a_user_can_change_proves_nothing_of_the_next_connection(home, scratch, how):
    """Between the proof and the next run, whoever owns the list lets in whom he likes."""
    allowed = path = home / "list"
    if how != "missing":
        own(allowed, b"10.0.0.1\n")
        allowed.chmod(0o644)
    if how == "folder":
        os.chown(str(allowed), 0, 0)
    elif how in ("link", "named"):
        path = scratch.folder / "hosts"
        path.symlink_to(allowed) if how == "link" else path.write_text("10.0.0.2 %s\n" % allowed)
    asked = {"daemon": "sshd", "network": "0.0.0.0/0", "except": ["10.0.0.1", "10.0.0.2"], "expect": "denied"}
    texts = {"allow_text": "sshd: %s\nother: 10.0.0.0/8\n" % path, "deny_text": "ALL: ALL\n"}
    ran = run_module("hosts_access_evaluate", dialect="debian", assertions=[asked], **texts)
    who = "what is in the file %s, which user %d can change" % (path, NOBODY)
    assert ran.failed and ran.result["decisions"][0]["depends"] == [who] and who in ran.result["msg"]
    other = [dict(asked, daemon="other", network="192.0.2.0/24"), dict(asked, daemon="third")]
    ran = run_module("hosts_access_evaluate", dialect="debian", assertions=other, **texts)
    assert [one["depends"] for one in ran.result["decisions"]] == [[], []] and not ran.failed

    if how == "folder":
        os.rename(str(allowed), str(home / "away"))
    own(allowed, b"0.0.0.0/0.0.0.0\n")
    allowed.chmod(0o644)
    policy = Policy.parse(texts["allow_text"], "ALL: ALL\n", "debian", host_lookups.HostLookups(Root("/")))
    assert policy.decide(Request("sshd", "203.0.113.5")).access == "granted"


@pytest.mark.parametrize("option", [
    "spawn %s %%h &",
    "spawn (%s | mail root)",
    "spawn sh %s",
    'spawn "%s"',
    "twist %s",
    "aclexec %s",
    "aclexec sh -c 'exec %s'",
    "spawn (/usr/bin/flock /run/trap.lock %s flock) &",
    'spawn (su -g adm -c "%s sug") &',
    "spawn (cat %s | sh -s catsh) &",
    "spawn eval `cat %s`",
    "spawn find /etc -exec %s {} +",
    "setenv LD_PRELOAD %s",
])  # fmt: skip
def test_a_rule_that_has_root_run_a_users_program_is_not_written(home, scratch, option):
    program = own(home / "tell", b"#!/bin/sh\n")
    program.chmod(0o755)
    for name in ("etc/hosts.allow", "etc/hosts.deny"):
        scratch.write(name, "")
    path = "/home/tell"
    (scratch.image / "home").mkdir()
    os.rename(str(program), str(scratch.image / "home/tell"))
    ran = run_module(
        "hosts_access", root=str(scratch.image), dialect="debian", allow=["sshd: ALL: " + option % path], deny=[]
    )
    assert ran.failed and "'%s', which user %d can replace" % (path, NOBODY) in ran.result["msg"]
    assert (scratch.image / "etc/hosts.allow").read_text() == ""


@pytest.mark.parametrize("module, table, how", [
    ("hosts_access_info", "allow", "owner"),
    ("hosts_access_evaluate", "deny", "group"),
    ("hosts_access_evaluate", "allow", "mode"),
    ("hosts_access_info", "deny", "folder"),
    ("hosts_access_info", "allow", "list"),
    ("tcpd_audit_info", "allow", "group"),
    ("tcpd_coverage_info", "deny", "owner"),
])  # fmt: skip
def test_who_can_change_a_table_is_told(scratch, module, table, how):
    for name in ("allow", "deny"):
        scratch.write("etc/hosts." + name, "ALL: ALL\n")
        (scratch.image / ("etc/hosts." + name)).chmod(0o644)
    options = {"assertions": [{"daemon": "sshd", "address": "192.0.2.1"}]} if "evaluate" in module else {}
    options.update(root=str(scratch.image), dialect="debian")
    path = scratch.image / ("etc/hosts." + table)
    told = "/etc/hosts.%s can be changed by " % table
    assert b"can be changed by" not in run_module(module, **options).text
    if how == "owner":
        os.chown(str(path), NOBODY, 0)
    elif how == "group":
        os.chown(str(path), 0, NOBODY)
        path.chmod(0o664)
    elif how == "mode":
        path.chmod(0o666)
    elif how == "folder":
        os.chown(str(path.parent), NOBODY, 0)
    else:
        entries = ((1, 6, 2**32 - 1), (2, 6, NOBODY), (4, 4, 2**32 - 1), (16, 6, 2**32 - 1), (32, 4, 2**32 - 1))
        packed = [struct.pack("<HHI", *entry) for entry in entries]
        os.setxattr(str(path), "system.posix_acl_access", struct.pack("<I", 2) + b"".join(packed))
    assert told.encode() in run_module(module, **options).text
