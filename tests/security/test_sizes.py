# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a host that lies, or a long task, may have many of: twice as much costs twice the time, not four times."""

import io
import itertools
import os
import random
import sys
import time
import tracemalloc

import pytest
from ansible.errors import AnsibleError

from ansible_collections.portcullis.tcp_wrappers.plugins.filter.hosts_access_sets import hosts_access_sets
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import AccessList, check
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import daemon_configurations
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.accounts import Accounts
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import names_asked
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import configured
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import asks_as
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping import sources as host_sources
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping.sources import HostSources
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import (
    inetd,
    systemd,
    xinetd,
    xinetd_rewrite,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import Sources, TextSources
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.fleet import heading
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.host import document
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.sarif import Sarif
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.view import View
from attacked import ROOT

sys.path.insert(0, str(ROOT / "tests" / "browser"))

import fleets  # noqa: E402

from attacked import run_module
from elves import make_elf

NOW = "2026-01-01T00:00:00Z"


def kinds_of_findings(number):
    """A host's answer may name a kind of its own for each finding; every one is a rule of SARIF."""
    host = document("liar", NOW, {})
    host["findings"]["tables"] = [
        {"code": "kind-%d" % one, "severity": "error", "message": "m"} for one in range(number)
    ]

    def work():
        made = Sarif(io.StringIO(), heading(NOW))
        made.add(host)
        made.finish()

    return work


def findings_of_daemons(number):
    """Each daemon's cell on the page has the findings about it."""
    answer = fleets.host_answers(random.Random(1), daemons=("sshd",))
    service, finding = answer["coverage"]["services"][0], answer["coverage"]["findings"][0]
    host = document("liar", NOW, {})
    host["services"] = [dict(service, name="n%d" % one, daemon="d%d" % one) for one in range(number)]
    host["findings"]["coverage"] = [
        dict(finding, service="x%d" % one, message="m%d" % one) for one in range(10 * number)
    ]
    return lambda: View(heading(NOW)).add(host)


def ports_of_a_service(number):
    access = AccessList("in.telnetd", tuple(range(1, number + 1)), "tcp", ((), ()), ((), ()), "replace")
    return lambda: check([access])


SYSTEM = "/etc/systemd/system/"
SOCKET = "[Socket]\nListenStream=%d\nAccept=yes\n"
SERVICE = "[Service]\nExecStart=/usr/sbin/in.x\nStandardInput=socket\n"


class Files(Sources):
    """As TextSources, whose list of a folder looks at every file."""

    def __init__(self, files):
        self.files = {path: text.encode() for path, text in files.items()}
        self.folders = {}
        for path in self.files:
            parts = path.split("/")
            for place in range(1, len(parts)):
                self.folders.setdefault("/".join(parts[:place]) or "/", {})[parts[place]] = None

    def read(self, path):
        return self.files.get(path)

    def names(self, path):
        return list(self.folders[path]) if path in self.folders else None


def units(number):
    files = {}
    for one in range(number):
        files[SYSTEM + "a%d.socket" % one] = SOCKET % (one + 1)
        files[SYSTEM + "a%d@.service" % one] = SERVICE
        files[SYSTEM + "sockets.target.wants/a%d.socket" % one] = ""
    return files


def many_units(number):
    sources = Files(units(number))
    return lambda: systemd.read(sources)


def a_long_drop_in(number):
    sources = Files(dict(units(1), **{SYSTEM + "a0.socket.d/x.conf": "[Socket]\n" + "ListenStream=1\n" * number}))
    return lambda: systemd.read(sources)


def equal_blocks(number):
    text = (
        "service telnet\n{\n socket_type = stream\n wait = no\n user = root\n server = /usr/sbin/in.telnetd\n}\n"
        * number
    )
    config = xinetd.read(TextSources({xinetd.PATH: text}))
    assert list(xinetd_rewrite.wrap(config, config.entries[-3:], "/usr/sbin/tcpd")) == [xinetd.PATH]
    return lambda: [config.block(service) for service in config.entries]


def switched_by_the_defaults(number):
    switches = "".join(" enabled = a%d\n disabled = b%d\n" % (one, one) for one in range(number))
    sources = TextSources({xinetd.PATH: "defaults\n{\n%s}\n" % switches})
    return lambda: xinetd.read(sources)


def comments_of_ours(number):
    text = "#portcullis: x\n" * number
    return lambda: inetd.read(text)


def shared_folder_of_drop_ins(number):
    """As many units as names in the one folder of drop-ins that holds for all of them."""
    files = dict(units(number), **{SYSTEM + "service.d/n%d" % one: "" for one in range(40 * number)})
    sources = Files(files)
    return lambda: systemd.read(sources)


def programs_by_name(number):
    """Services that name a program without its folder, and as many programs."""
    files = {path: text.replace("/usr/sbin/in.x", "in.none") for path, text in units(number).items()}
    files.update({"/usr/bin/p%d" % one: "" for one in range(40 * number)})
    sources = Files(files)
    return lambda: systemd.read(sources)


def kinds_of_services(number):
    """Each socket starts a unit of a kind of its own."""
    files = {}
    for one in range(number):
        files[SYSTEM + "a%d.socket" % one] = "[Socket]\nListenStream=1\nService=b.kind%d\n" % one
    for one in range(20 * number):
        files[SYSTEM + "x%d.path" % one] = ""
    sources = Files(files)
    return lambda: systemd.read(sources)


def seconds(work):
    started = time.process_time()
    work()
    return time.process_time() - started


def grows_less_than(limit, ratio):
    """Whether one of five measured ratios is below the limit: the first such one is enough."""
    return any(ratio() < limit for _try in range(5))


@pytest.mark.parametrize(
    "make, number",
    [
        (kinds_of_findings, 2000),
        (findings_of_daemons, 50),
        (ports_of_a_service, 1000),
        (many_units, 100),
        (a_long_drop_in, 4000),
        (equal_blocks, 400),
        (switched_by_the_defaults, 800),
        (comments_of_ours, 800),
        (shared_folder_of_drop_ins, 40),
        (programs_by_name, 40),
        (kinds_of_services, 40),
    ],
)
def test_ten_times_as_much_takes_not_a_hundred_times_as_long(make, number):
    few, many = make(number), make(10 * number)
    assert grows_less_than(30, lambda: seconds(many) / max(seconds(few), 1e-6))


def other_users(number, rule):
    return {"allow": "".join(rule.replace("N", str(one)) + "\n" for one in range(number)), "deny": "ALL: ALL\n"}


@pytest.mark.parametrize(
    "rule, most, too_many", [("sshd: uN@hN.example.org", 900, 1000), ("sshd: uN@h.example.org", 1000, 10100)]
)
def test_users_and_names_are_analysed_or_refused_as_the_security_model_says(rule, most, too_many):
    assert hosts_access_sets(other_users(most, rule), "sshd")["unexpressed"]
    with pytest.raises(AnsibleError, match="too many to be analysed"):
        hosts_access_sets(other_users(too_many, rule), "sshd")


def test_users_and_groups_of_an_image_are_looked_up_as_fast_in_long_files(scratch):
    def lookups(number):
        users = ["u%d" % one for one in range(number)]
        scratch.write("etc/passwd", "".join("%s:x:%d:%d::/:/bin/sh\n" % (u, i, i) for i, u in enumerate(users)))
        scratch.write("etc/group", "".join("g%s:x:%d:root,%s\n" % (u, i, u) for i, u in enumerate(users)))
        service = xinetd.read(TextSources({xinetd.PATH: "service x\n{\n}\n"})).entries[0]
        accounts = Accounts(Root(str(scratch.image)))
        found = [
            asks_as(accounts, service._replace(kind="inetd", user=u, attributes=(("group", "g" + u),))) for u in users
        ]
        assert found[-1][:4] == (users[-1], number - 1, number - 1, (number - 1,))

    assert grows_less_than(30, lambda: seconds(lambda: lookups(5000)) / seconds(lambda: lookups(500)))


@pytest.mark.parametrize(
    "files, culprit",
    [
        (
            {SYSTEM + "a0.socket.d/%d.conf" % one: ("#" * 1000 + "\n") * 1000 for one in range(20)},
            "a0.socket.d/",
        ),
        ({SYSTEM + "service.d/%d.conf" % one: "#\n" for one in range(20001)}, "service.d/"),
        (dict(units(400), **{SYSTEM + "service.d/x.conf": "#" * 60000}), "service.d/x.conf"),
    ],
    ids=["lines", "files", "shared"],
)
def test_units_without_end_are_an_error_that_names_a_file(files, culprit):
    with pytest.raises(SuperserverError, match="no host needs so many") as error:
        systemd.read(Files(dict(units(1), **files)))
    assert SYSTEM + culprit in str(error.value)


def drop_ins_of_one_large_file(scratch, number):
    """Hard links to a file of 4 MiB that takes no room."""
    scratch.write(SYSTEM + "a.socket", SOCKET % 1)
    first = scratch.write(SYSTEM + "a.socket.d/00.conf")
    os.truncate(str(first), 4 << 20)
    for one in range(1, number):
        os.link(str(first), str(first.with_name("%02d.conf" % one)))


def test_drop_ins_that_take_no_room_do_not_fill_the_memory(scratch):
    drop_ins_of_one_large_file(scratch, 60)
    tracemalloc.start()
    try:
        with pytest.raises(HostError, match="/a.socket.d/[0-9]*.conf was not read: .* more than 33554432 bytes"):
            systemd.read(HostSources(Root(str(scratch.image))))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 100 << 20
    ran = run_module("tcpd_coverage_info", root=str(scratch.image))
    assert not ran.failed and "inetd" in [service["kind"] for service in ran.result["services"]]
    told = [one["message"] for one in ran.result["findings"] if one["code"] == "unreadable-configuration"]
    assert len(told) == 1 and "/etc/systemd/system/a.socket.d/" in told[0]


def test_one_file_of_a_super_server_has_a_bounded_size(scratch):
    os.truncate(str(scratch.write(SYSTEM + "a.socket")), 9 << 20)
    with pytest.raises(HostError, match="/etc/systemd/system/a.socket is larger than 8388608 bytes"):
        systemd.read(HostSources(Root(str(scratch.image))))


def test_files_of_inetd_without_end_are_one_problem(scratch, monkeypatch):
    monkeypatch.setattr(host_sources, "MAX_BYTES", 400000)
    scratch.write("usr/sbin/inetutils-inetd", "", 0o755)
    first = scratch.write("etc/inetd.d/00")
    os.truncate(str(first), 50000)
    for one in range(1, 60):
        os.link(str(first), str(first.with_name("%02d" % one)))
    read = configured.configured_services(Root(str(scratch.image)), "debian")
    assert read.inetd == "inetutils"
    told = [problem for problem in read.problems if "was not read" in problem]
    assert len(told) == 1 and "/etc/inetd.d/" in told[0]


def test_services_of_inetd_without_end_are_a_problem(scratch, monkeypatch):
    monkeypatch.setattr(configured, "MAX_SERVICES", 20)
    scratch.write("etc/inetd.conf", "telnet stream tcp nowait root /usr/sbin/in.telnetd in.telnetd\n" * 21)
    read = configured.configured_services(Root(str(scratch.image)), "debian")
    assert not [service for service in read.services if service.kind == "inetd"]
    assert any("/etc/inetd.conf: inetd has more than 20 services" in problem for problem in read.problems)


def test_folders_of_units_with_names_without_end_are_an_error(scratch, monkeypatch):
    """Links to one folder cost nothing; each time that it is listed counts."""
    monkeypatch.setattr(host_sources, "MAX_NAMES", 200)
    for one in range(40):
        scratch.write("etc/full/%d" % one)
    for one in range(10):
        scratch.link(SYSTEM + "a%d.target.wants" % one, "/etc/full")
    scratch.write(SYSTEM + "a.socket", SOCKET % 1)
    with pytest.raises(HostError, match="/etc/systemd/system/a[0-9].target.wants: .* more than 200 names"):
        systemd.read(HostSources(Root(str(scratch.image))))


def test_links_in_the_folders_of_programs_are_looked_through_once_for_all_services(scratch, monkeypatch):
    scratch.write("usr/sbin/multi", "", 0o755)
    for one in range(50):
        scratch.link("usr/sbin/l%d" % one, "multi")
    line = "%d stream tcp nowait root /usr/sbin/multi other%d\n"
    scratch.write("etc/inetd.conf", "".join(line % (one + 1, one) for one in range(100)))
    located = []
    real = Root.locate
    monkeypatch.setattr(Root, "locate", lambda self, path: located.append(path) or real(self, path))
    read = configured.configured_services(Root(str(scratch.image)), "debian")
    last = [service for service in read.services if service.kind == "inetd"][-1]
    assert "also called /usr/sbin/l0" in last.reason
    assert sum(1 for path in located if path.startswith("/usr/sbin/l")) == 50


def test_an_image_with_such_units_loses_its_units_alone(scratch):
    scratch.write(SYSTEM + "a.socket", SOCKET % 1)
    scratch.write("etc/big", "[Socket]\n" + "ListenStream=1\n" * 100000)
    for one in range(20):
        scratch.link(SYSTEM + "a.socket.d/%d.conf" % one, "/etc/big")
    ran = run_module("tcpd_coverage_info", root=str(scratch.image))
    assert not ran.failed and "inetd" in [service["kind"] for service in ran.result["services"]]
    told = [one["message"] for one in ran.result["findings"] if one["code"] == "unreadable-configuration"]
    assert len(told) == 1 and "/etc/systemd/system/a.socket.d/" in told[0]


def test_more_services_of_xinetd_than_ports_is_an_error_that_names_the_file():
    text = "service a\n{\n}\n" * 70000
    with pytest.raises(SuperserverError, match="/etc/xinetd.conf, line 196609: .* more than 65536 services"):
        xinetd.read(TextSources({xinetd.PATH: text}))


def test_the_configuration_of_a_daemon_is_read_once_for_all_its_services(scratch, monkeypatch):
    scratch.write("etc/s.conf", "".join("[s%d]\naccept = %d\n" % (one, one) for one in range(1, 301)))
    scratch.write("etc/cyrus.conf", "SERVICES {\n" + "".join("c%d listen=%d\n" % (one, one) for one in range(1, 301)))
    looked = []
    real = daemon_configurations.read
    monkeypatch.setattr(daemon_configurations, "read", lambda *words: looked.append(words[1]) or real(*words))
    read = Configurations(Root(str(scratch.image)))
    for port in range(1, 301):
        assert names_asked(read, "/usr/sbin/stunnel4", ("/etc/s.conf",), port).names == ("s%d" % port,)
        assert names_asked(read, "/usr/sbin/cyrmaster", (), port).names == ("c%d" % port,)
    assert sorted(looked) == ["/etc/cyrus.conf", "/etc/s.conf"]


def test_configurations_of_daemons_without_end_lose_the_services_that_name_them(scratch):
    """Eight files of a mebibyte for each service, in another order each time: 64 MiB are read, and what is unknown then says why."""
    scratch.write("usr/sbin/vsftpd", make_elf(["libwrap.so.0"]), 0o755)
    scratch.write("usr/sbin/in.good", make_elf(["libwrap.so.0", "libc.so.6"]), 0o755)  # no copy of the other
    files = ["/etc/s%d.conf" % one for one in range(8)]
    for path in files:
        scratch.write(path, "x" * 1000 + "\n" + "#" * 1000000)
    orders = [" ".join(order) for order in itertools.islice(itertools.permutations(files), 40)]
    scratch.write(
        "etc/inetd.conf",
        "".join("%d stream tcp nowait root /usr/sbin/vsftpd vsftpd %s\n" % (7000 + i, o) for i, o in enumerate(orders))
        + "6000 stream tcp nowait root /usr/sbin/in.good in.good\n",
    )
    ran = run_module("tcpd_coverage_info", root=str(scratch.image), kinds=["inetd"])
    services = {service["name"]: service for service in ran.result["services"]}
    assert services["6000"]["enforced_by"] == ["libwrap"]
    assert services["7039"]["enforced_by"] is None
    assert "more than 67108864 bytes together" in services["7039"]["evidence"]
