# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""tcpd_coverage_info against real processes, the real libwrap and real packet filters; and against an image."""

import ctypes
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import (
    coverage,
    machine,
    survey as coverage_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs import evaluate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import (
    Configured,
    configured_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import merged
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import libraries
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.detect import find_libwrap
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd

NOBODY = 65534


def call(**params):
    """A call of tcpd_coverage_info."""
    return Call(dict({"root": "/", "dialect": "debian", "kinds": list(coverage.KINDS)}, **params))


def look(folder, **params):
    return coverage.run(call(allow_path=str(folder / "hosts.allow"), deny_path=str(folder / "hosts.deny"), **params))


class Daemon:
    """A process that listens, asks the real libwrap about a stranger, and does so as another user."""

    def __init__(self, folder, user, use_libwrap=True, kind=socket.SOCK_STREAM):
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind(("127.0.0.1", 0))
        if kind == socket.SOCK_STREAM:
            self.socket.listen(1)
        self.port = self.socket.getsockname()[1]
        self._ask, asked = os.pipe()
        answers, self._answer = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            try:
                self._serve(folder, user, use_libwrap, answers, asked)
            finally:
                os._exit(1)
        os.close(asked)
        os.close(answers)
        self.socket.close()
        assert os.read(self._ask, 1) == b"r"

    @staticmethod
    def _serve(folder, user, use_libwrap, answers, asked):
        if use_libwrap:
            library = ctypes.CDLL("libwrap.so.0")
            paths = [
                ctypes.create_string_buffer(str(folder / ("hosts." + name)).encode()) for name in ("allow", "deny")
            ]
            for name, path in zip(("allow", "deny"), paths):
                ctypes.c_void_p.in_dll(library, "hosts_%s_table" % name).value = ctypes.addressof(path)
        os.setgroups([])
        os.setgid(user)
        os.setuid(user)
        os.write(asked, b"r")
        while os.read(answers, 1) == b"?":
            granted = library.hosts_ctl(b"python3", b"", b"203.0.113.77", b"") if use_libwrap else 1
            os.write(asked, b"y" if granted else b"n")

    def tells_a_stranger(self):
        os.write(self._answer, b"?")
        return {b"y": "granted", b"n": "denied"}[os.read(self._ask, 1)]

    def stop(self):
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._ask)
        os.close(self._answer)


@pytest.fixture
def daemon(folder):
    running = []

    def start(user, **options):
        running.append(Daemon(folder, user, **options))
        return running[-1]

    yield start
    for entry in running:
        entry.stop()


@pytest.fixture
def folder():
    """Two tables in a folder that everybody may reach; a folder of pytest's own may be closed to others at any time."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="coverage."))
    os.chmod(str(path), 0o755)
    write(path, "", "")
    yield path
    shutil.rmtree(str(path))


def write(folder, allow, deny, mode=0o600, gid=0):
    for name, text in (("hosts.allow", allow), ("hosts.deny", deny)):
        (folder / name).write_text(text)
        os.chown(str(folder / name), 0, gid)
        os.chmod(str(folder / name), mode)


def entry_of(result, port):
    found = [entry for entry in result["services"] if any(end.endswith(":%d" % port) for end in entry["listens"])]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("user", [0, NOBODY])
@pytest.mark.parametrize("allow,deny", [("ALL: ALL\n", "ALL: ALL\n"), ("", "ALL: ALL\n"), ("", ""), ("ALL: 10.\n", "")])
def test_what_is_said_is_what_libwrap_does(folder, daemon, user, allow, deny):
    process = daemon(user)
    for mode, gid, reads in ((0o600, 0, user == 0), (0o640, NOBODY, True), (0o644, 0, True)):
        write(folder, allow, deny, mode, gid)
        entry = entry_of(look(folder), process.port)
        assert entry["enforced_by"] == ["libwrap"] and "maps libwrap" in entry["evidence"], entry["evidence"]
        assert entry["reads_tables"] is reads
        assert entry["anywhere"]["ipv4"] == process.tells_a_stranger()


def test_a_daemon_without_libwrap(folder, daemon):
    write(folder, "", "ALL: ALL\n")
    process = daemon(NOBODY, use_libwrap=False)
    result = look(folder)
    entry = entry_of(result, process.port)
    assert (entry["enforced_by"], entry["reads_tables"]) == ([], None)
    assert entry["anywhere"]["ipv4"] == process.tells_a_stranger() == "granted"
    assert entry["pids"] == [process.pid]
    mine = [
        found for found in result["findings"] if found["code"] == "unenforced" and str(process.port) in found["message"]
    ]
    assert [found["severity"] for found in mine] == ["info"]  # it listens on 127.0.0.1 alone


def test_findings(folder, daemon):
    process = daemon(NOBODY)
    write(folder, "in.nothing: ALL\nALL: 10.\n", "%s: ALL\n" % entry_of(look(folder), process.port)["daemon"])
    result = look(folder)
    codes = {found["code"] for found in result["findings"]}
    assert {"rule-without-daemon", "unreadable-tables"} <= codes
    rules = [found for found in result["findings"] if found["code"] == "rule-without-daemon"]
    assert [(found["path"], found["line"]) for found in rules] == [("hosts.allow", 1)]
    (unreadable,) = [found for found in result["findings"] if found["code"] == "unreadable-tables"]
    assert "as nobody" in unreadable["message"] and "0640" in unreadable["remedy"]
    assert "rule-without-daemon" not in {found["code"] for found in look(folder, kinds=["inetd"])["findings"]}


def test_the_dialect_says_what_unreadable_tables_do(folder, daemon):
    process = daemon(NOBODY)
    write(folder, "", "ALL: ALL\n")
    assert entry_of(look(folder, dialect="debian"), process.port)["anywhere"]["ipv4"] == "denied"
    assert entry_of(look(folder, dialect="freebsd"), process.port)["anywhere"]["ipv4"] == "granted"


FILTER_SCRIPT = """
import json, sys
sys.path[:0] = %r
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.filters import read_filter, stands_before
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.tables import open_tables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd
rules = read_filter(Root("/"))
print(json.dumps([stands_before(rules, [place]) for place in (("tcp", 22), ("tcp", 23), ("udp", 111), ("tcp", 25))]))
"""


@pytest.mark.parametrize("commands,answers", [
    ([], ["no", "no", "no", "no"]),
    (["nft add table inet t",
      "nft add chain inet t in { type filter hook input priority 0 ; }",
      "nft add rule inet t in tcp dport 22 accept", "nft add rule inet t in udp dport { 111, 2049 } drop",
      "nft add rule inet t in ct state established accept"],
     ["yes", "unknown", "yes", "unknown"]),
    (["nft add table ip t", "nft add chain ip t i { type filter hook input priority 0; policy drop; }"], ["yes"] * 4),
    (["iptables -A INPUT -p tcp -m multiport --dports 22,23 -j ACCEPT", "iptables -N x", "iptables -A INPUT -j x",
      "ip6tables -A INPUT -p udp --dport 111 -j DROP"], ["yes", "yes", "yes", "no"]),
])  # fmt: skip
def test_real_packet_filters(commands, answers):
    """In a network namespace of its own, by the real nft and iptables."""
    arguments = [sys.executable, "-c", FILTER_SCRIPT % sys.path]
    shell = "set -e; " + "".join("%s; " % re.sub(r"([{};&])", r"\\\1", command) for command in commands) + 'exec "$@"'
    output = subprocess.check_output(["unshare", "-n", "sh", "-c", shell, "sh"] + arguments)
    assert json.loads(output.decode()) == answers


def copy_with_libraries(image, source, target):
    listing = subprocess.run(["ldd", source], stdout=subprocess.PIPE, check=True, universal_newlines=True).stdout
    for path in [source] + re.findall(r"(/\S+) \(0x", listing):
        place = image / (target if path == source else path).lstrip("/")
        place.parent.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            shutil.copy2(path, str(place))


XINETD_SERVICE = """service %s
{
 type = UNLISTED
 port = %d
 socket_type = stream
 protocol = tcp
 wait = no
 user = %s
%s}
"""
XINETD_SERVICES = (
    ("a", 8001, "guest", " server = /usr/sbin/in.plain\n only_from = 10.0.0.0/8\n"),
    ("b", 8002, "root", " flags = NAMEINARGS\n server = /usr/sbin/tcpd\n server_args = /usr/sbin/in.plain\n"),
    ("c", 8003, "root", " flags = NAMEINARGS NOLIBWRAP\n server = /usr/sbin/tcpd\n server_args = /usr/sbin/in.plain\n"),
    ("d", 8004, "root", " server = /usr/sbin/tcpd\n"),
)


@pytest.fixture
def image(folder):
    copy_with_libraries(folder, "/usr/sbin/tcpd", "/usr/sbin/tcpd")
    copy_with_libraries(folder, "/usr/sbin/try-from", "/usr/sbin/in.linked")  # any program that links it
    copy_with_libraries(folder, "/bin/cat", "/usr/sbin/in.plain")
    copy_with_libraries(folder, "/usr/sbin/tcpd", "/usr/sbin/xinetd")
    with open(str(folder / "usr/sbin/xinetd"), "ab") as stream:
        stream.write(b"NOLIBWRAP")  # a word that an xinetd with libwrap has in it
    copy_with_libraries(folder, "/bin/cat", "/usr/sbin/inetd")
    (folder / "etc/systemd/system/sockets.target.wants").mkdir(parents=True)
    (folder / "etc/xinetd.d").mkdir()
    (folder / "etc/os-release").write_text("ID=debian\n")
    (folder / "etc/passwd").write_text("root:x:0:0:::\nguest:x:1000:1000:::\n")
    (folder / "etc/inetd.conf").write_text(
        "7001 stream tcp nowait root /usr/sbin/tcpd in.plain\n"
        "7002 stream tcp nowait guest /usr/sbin/tcpd in.plain2\n"
        "7003 stream tcp nowait root /usr/sbin/in.plain in.plain3\n"
        "7004 stream tcp nowait root /usr/sbin/tcpd in.linked\n"
        "7005 stream tcp nowait root /usr/sbin/in.linked in.linked\n"
        "#<off># 7006 stream tcp nowait root /usr/sbin/in.plain in.off\n"
        "daytime stream tcp nowait root internal\n"
    )
    (folder / "etc/xinetd.conf").write_text("defaults\n{\n}\nincludedir /etc/xinetd.d\n")
    (folder / "etc/xinetd.d/a").write_text("".join(XINETD_SERVICE % fields for fields in XINETD_SERVICES))
    units = folder / "etc/systemd/system"
    (units / "s.socket").write_text("[Socket]\nListenStream=9001\nAccept=yes\n")
    (units / "s@.service").write_text("[Service]\nExecStart=@/usr/sbin/tcpd /usr/sbin/in.plain\nStandardInput=socket\n")
    (units / "n.socket").write_text("[Socket]\nListenStream=9002\nAccept=no\n")
    (units / "n.service").write_text("[Service]\nExecStart=/usr/sbin/in.plain\nUser=guest\n")
    for name in ("s.socket", "n.socket"):
        (units / "sockets.target.wants" / name).symlink_to("../" + name)
    (folder / "etc/hosts.deny").write_text("ALL: ALL\n")
    os.chmod(str(folder / "etc/hosts.deny"), 0o600)
    return folder


def test_an_image(image):
    module = call(root=str(image), allow_path="/etc/hosts.allow", deny_path="/etc/hosts.deny", dialect="auto")
    result = coverage.run(module)
    found = {
        (entry["kind"], entry["name"]): (entry["daemon"], entry["enforced_by"], entry["runs_as"], entry["reads_tables"])
        for entry in result["services"]
    }
    assert found == {
        ("inetd", "7001"): ("in.plain", ["tcpd"], "root", True),
        ("inetd", "7002"): ("in.plain2", ["tcpd"], "guest", False),
        ("inetd", "7003"): ("in.plain", [], "root", None),  # what tcpd would call it
        ("inetd", "7004"): ("in.linked", ["tcpd", "libwrap"], "root", True),
        ("inetd", "7005"): ("in.linked", ["libwrap"], "root", True),
        ("inetd", "daytime"): ("daytime", [], "root", None),
        # xinetd asks as the user of the service (molecule/coverage shows it by a real refusal)
        ("xinetd", "a"): ("in.plain", ["xinetd"], "guest", False),
        ("xinetd", "b"): ("in.plain", ["xinetd", "tcpd"], "root", True),
        ("xinetd", "c"): ("in.plain", ["tcpd"], "root", True),
        ("xinetd", "d"): (
            "tcpd",
            ["xinetd", "tcpd"],
            "root",
            True,
        ),  # without NAMEINARGS tcpd starts itself in an endless loop
        ("systemd", "s@.service"): ("in.plain", ["tcpd"], "root", True),
        ("systemd", "n.service"): ("in.plain", [], "guest", None),
    }
    assert module.warnings == [] and result["kernel"] == []
    assert {entry["packet_filter"] for entry in result["services"]} == {"unknown"}
    by_name = {entry["name"]: entry for entry in result["services"]}
    assert by_name["7002"]["anywhere"] == {"ipv4": "denied", "ipv6": "denied"}
    assert by_name["7003"]["anywhere"] == {"ipv4": "granted", "ipv6": "granted"}
    assert by_name["a"]["own_access"][0]["value"] == "10.0.0.0/8"
    codes = [(entry["code"], entry["service"]) for entry in result["findings"]]
    assert ("checked-twice", "b") in codes and ("checked-twice", "7004") in codes
    assert ("unreadable-tables", "7002") in codes and ("unenforced", "7003") in codes
    assert ("tcpd-without-nameinargs", None) in codes
    assert not any(code == "rule-without-daemon" for code, _service in codes)


def test_a_libwrap_that_was_built_for_other_tables_is_not_the_host_s(image):
    """As one of pkgsrc or of a build of its own in /opt is: a client that the host's tables refuse was granted."""
    (library,) = [path.resolve() for path in image.rglob("libwrap.so.0")]
    root = Root(str(image))
    assert libraries.Libraries(root).find_libwrap("/usr/sbin/in.linked").libwrap is True
    data = library.read_bytes()
    assert data.count(b"/etc/hosts.deny\0") == 1
    library.write_bytes(data.replace(b"/etc/hosts.deny\0", b"/opt/hosts.deny\0"))
    found = libraries.Libraries(root).find_libwrap("/usr/sbin/in.linked")
    assert found.libwrap is False and "was built for other tables than /etc/hosts.allow" in found.reason
    merge = merged(coverage_services.find_services(machine.look_at(root), configured_services(root)))
    assert merge["in.plain2"] == [] and merge["in.linked"] == []  # tcpd itself asks that libwrap


LOADS = "import ctypes, sys; [ctypes.CDLL(path) for path in sys.argv[1:]]; print(1, flush=True); input()"


def test_a_process_that_was_given_a_libwrap_for_other_tables(folder):
    """LD_LIBRARY_PATH, or a build of somebody's own: the file in its memory counts."""
    (genuine,) = [path.rstrip("/") for path in find_libwrap(Root("/"))][:1]
    other = folder / "libwrap.so.0"
    other.write_bytes(pathlib.Path(genuine).read_bytes().replace(b"/etc/hosts.deny\0", b"/opt/hosts.deny\0"))
    for paths, told in (([str(other)], str(other)), ([genuine], ""), ([str(other), genuine], "")):
        with subprocess.Popen(
            [sys.executable, "-c", LOADS, *paths], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as child:
            assert child.stdout.readline() == b"1\n"
            assert libraries.Libraries(Root("/")).find_other_mapped(child.pid) == told
            child.communicate(b"\n")


def test_enforcement_by_name(image):
    root = Root(str(image))
    found = merged(coverage_services.find_services(machine.look_at(root), configured_services(root)))
    assert found["in.linked"] == ["libwrap"] or found["in.linked"] == ["tcpd", "libwrap"]
    assert found["in.plain"] == []  # one service of that name is not wrapped
    assert "in.off" not in found


def ask(folder, *assertions, **options):
    params = {name: option.get("default") for name, option in evaluate.argument_spec().items()}
    params.update(
        dialect="debian",
        allow_path=str(folder / "hosts.allow"),
        deny_path=str(folder / "hosts.deny"),
        assertions=list(assertions),
    )
    return evaluate.run(call(**dict(params, **options)))["decisions"]


@pytest.mark.parametrize("hidden", [(), ("allow",), ("deny",), ("allow", "deny")])
@pytest.mark.parametrize(
    "allow,deny", [("ALL: 203.0.113.77\n", "ALL: ALL\n"), ("ALL: 203.0.113.77: deny\n", ""), ("", "")]
)
def test_evaluate_says_what_a_daemon_that_cannot_read_the_tables_does(folder, daemon, allow, deny, hidden):
    process = daemon(NOBODY)
    write(folder, allow, deny, 0o644)
    for name in hidden:
        os.chmod(str(folder / ("hosts." + name)), 0o600)
    name = entry_of(look(folder), process.port)["daemon"]
    (decision,) = ask(folder, {"daemon": name, "address": "203.0.113.77"})
    assert decision["access"] == process.tells_a_stranger()
    assert decision["unreadable"] == [str(folder / ("hosts." + table)) for table in hidden]
    assert decision["enforced_by"] == ["libwrap"]
    # a text is nobody's file, and a daemon that is not there reads nothing
    (text,) = ask(folder, {"daemon": name, "address": "203.0.113.77"}, allow_text=allow, deny_text=deny)
    assert (text["unreadable"], text["enforced_by"]) == ([], None)


def test_an_assertion_about_a_daemon_that_cannot_read_names_the_user_and_the_tables(folder, daemon):
    process = daemon(NOBODY)
    name = entry_of(look(folder), process.port)["daemon"]
    write(folder, "ALL: ALL\n", "")
    with pytest.raises(TaskError) as failure:
        ask(
            folder,
            {"daemon": name, "network": "203.0.113.0/24", "expect": "granted"},
            {"daemon": "in.none", "address": "203.0.113.1", "expect": "granted"},
        )
    assert "1 of 2 assertions" in str(failure.value) and "as nobody, who cannot read %s and %s" % (
        folder / "hosts.allow",
        folder / "hosts.deny",
    ) in str(failure.value)


def test_an_assertion_must_hold_for_all_who_ask_by_a_name(folder, daemon):
    processes = [daemon(user) for user in (0, NOBODY)]
    (name,) = {entry_of(look(folder), process.port)["daemon"] for process in processes}
    write(folder, "ALL: 203.0.113.0/255.255.255.0\n", "ALL: ALL\n")
    for expect in ("granted", "denied"):
        with pytest.raises(TaskError):
            ask(folder, {"daemon": name, "address": "203.0.113.1", "expect": expect})
    (decision,) = ask(folder, {"daemon": name, "address": "203.0.113.1"})
    assert decision["access"] == "denied" and any("which of those" in text for text in decision["depends"])
    ask(folder, {"daemon": name, "address": "192.0.2.1", "expect": "denied"})


def test_a_service_that_nobody_enforces_fails_require_enforced(folder, daemon):
    write(folder, "", "ALL: ALL\n")
    process = daemon(NOBODY, use_libwrap=False)
    name = entry_of(look(folder), process.port)["daemon"]
    assertion = {"daemon": name, "address": "203.0.113.1", "expect": "denied"}
    assert ask(folder, assertion)[0]["enforced_by"] == []
    with pytest.raises(TaskError) as failure:
        ask(folder, assertion, require_enforced=True)
    assert name in str(failure.value)


def test_a_port_at_two_addresses_is_two_services(daemon):
    """A socket at one address is not taken for the service of inetd at another."""
    port = daemon(0, use_libwrap=False).port
    text = "127.0.0.2:\n%d stream tcp nowait root /usr/sbin/in.none in.none\n" % port
    seen = machine.look_at(Root("/"))
    seen = seen._replace(owners={}, sockets=[entry._replace(uid=0) for entry in seen.sockets])
    for address, listens in (
        ("127.0.0.1:", (("tcp", "127.0.0.1", port),)),
        ("127.0.0.2:", ()),
        ("*:", (("tcp", "127.0.0.1", port),)),
    ):
        config = inetd.read(text.replace("127.0.0.2:", address))
        (service,) = [
            found
            for found in coverage_services.find_services(seen, Configured(config.entries, [], [], "openbsd"))
            if found.kind == "inetd"
        ]
        assert service.listens == listens


@pytest.mark.parametrize(
    "name, text, enforced, code",
    [
        ("inetd", "17012 stream tcp wait root /usr/sbin/tcpd /bin/cat\n", [], "tcpd-on-listening-socket"),
        ("inetd", "17012 stream tcp nowait root /usr/sbin/tcpd /bin/cat\n", ["tcpd"], None),
        (
            "xinetd",
            "service x\n{\n type = UNLISTED\n port = 17012\n socket_type = stream\n wait = yes\n user = root\n server = /bin/cat\n}\n",
            [],
            "unenforced",
        ),
        (
            "xinetd",
            "service x\n{\n type = UNLISTED\n port = 17012\n socket_type = stream\n wait = no\n user = root\n server = /bin/cat\n}\n",
            ["xinetd"],
            None,
        ),
        (
            "xinetd",
            "service x\n{\n type = UNLISTED\n port = 17012\n socket_type = stream\n wait = yes\n user = root\n flags = NAMEINARGS\n"
            " server = /usr/sbin/tcpd\n server_args = /bin/cat\n}\n",
            [],
            "tcpd-on-listening-socket",
        ),
    ],
)
def test_nobody_asks_about_a_listening_socket(tmp_path, name, text, enforced, code):
    """What test_inetd_real and test_xinetd_real see of the programs: a client whom a rule for addresses refuses is served."""
    for folder in ("etc", "bin"):
        (tmp_path / folder).mkdir()
    shutil.copy("/bin/cat", str(tmp_path / "bin/cat"))
    (tmp_path / "lib").symlink_to("usr/lib")
    (tmp_path / "usr/lib").mkdir(parents=True)
    for library in pathlib.Path("/lib/x86_64-linux-gnu").glob("libc.so.6"):
        shutil.copy(str(library), str(tmp_path / "usr/lib" / library.name))
    for library in pathlib.Path("/lib64").glob("ld-linux-x86-64.so.2"):
        shutil.copy(str(library), str(tmp_path / "usr/lib" / library.name))
    (tmp_path / "etc" / (name + ".conf")).write_text(text)
    result = coverage.run(call(root=str(tmp_path), allow_path="/etc/hosts.allow", deny_path="/etc/hosts.deny"))
    assert [entry["enforced_by"] for entry in result["services"]] == [enforced]
    assert code is None or code in [found["code"] for found in result["findings"]]
