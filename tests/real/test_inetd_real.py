# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real inetds start what the rewrite says, tcpd refuses whom it should, once, and unwrapping gives the file back."""

import shutil
import socket

import pytest
from superserver import PATIENCE, ask, ask_all, free_ports, temporary_world, unpacked

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.configured import (
    configured_services,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.wrapping.sources import HostSources
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd, inetd_rewrite

TCPD = "/usr/sbin/tcpd"
SERVERS = {
    "openbsd": ("openbsd-inetd", ["-i"]),
    "openbsd with its own check": ("openbsd-inetd", ["-i", "-l"]),
    "inetutils": ("inetutils-inetd", ["-d", "--pidfile=pid"]),
}


@pytest.fixture
def world():
    with temporary_world() as made:
        yield made


def wrapped(text, flavour):
    config = inetd.read(text, flavour)
    return inetd_rewrite.wrap(
        config, [entry for entry in config.entries if entry.wrappable and not entry.disabled], TCPD
    )


@pytest.mark.parametrize("server", SERVERS)
def test_served_refused_and_back(world, server):
    package, arguments = SERVERS[server]
    flavour = server.split()[0]
    hello, other = world.daemon("in.hello"), world.daemon("sbin/in.other")
    # a program in tcpd's own folder, which tcpd finds by its bare name
    world.stands_for(world.daemon("in.third"), "/usr/sbin/tcpdmatch")
    ports = free_ports(5)
    text = (
        "# a comment\n%d\tstream\ttcp\tnowait\troot\t%s  in.hello -a  b\t#x\n%d stream tcp nowait root %s\n#<off># %d stream tcp nowait root %s x\n"
        "%d stream tcp nowait root %s oddname -v \r\n%d stream tcp nowait nobody /usr/sbin/tcpdmatch tcpdmatch z"
        % (ports[0], hello, ports[1], other, ports[4], hello, ports[2], hello, ports[3])
    )
    conf = world.folder / "inetd.conf"
    new = wrapped(text, flavour)
    conf.write_bytes(new.encode())
    last = "\r" if flavour == "openbsd" else ""
    with world.running(package, arguments + [str(conf)], ports[3]):
        assert ask(ports[0]) == b"served by in.hello with [-a] [b] [#x]\n"
        assert ask(ports[1]) == b"served by in.other with []\n"
        assert ask(ports[2]) == ("served by in.hello with [-v]%s\n" % (" [%s]" % last if last else "")).encode()
        assert ask(ports[3]) == b"served by tcpdmatch with [z]\n"
        with pytest.raises(ConnectionRefusedError):
            ask(ports[4])
        assert world.trapped() == []
        assert ask_all(ports[:4], "127.0.0.2") == [b"", b"", b"", b""]
    names = [entry.daemon for entry in inetd.read(new, flavour).entries if not entry.disabled]
    assert names == ["in.hello", "in.other", "in.hello", "tcpdmatch"]
    assert sorted(world.trapped()) == sorted("%s 127.0.0.2" % name for name in names)
    again = inetd.read(new, flavour)
    assert inetd_rewrite.unwrap(again, again.entries) == text


def test_the_same_file_without_tcpd_refuses_nobody(world):
    """What the test above sees refused is refused by tcpd and by nothing else."""
    (port,) = free_ports(1)
    conf = world.folder / "inetd.conf"
    conf.write_text("%d stream tcp nowait root %s in.hello\n" % (port, world.daemon()))
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        assert ask(port, "127.0.0.2") == b"served by in.hello with []\n"
    assert world.trapped() == []


def test_a_server_and_its_arguments_on_several_lines(world):
    (port,) = free_ports(1)
    conf = world.folder / "inetd.conf"
    text = "%d stream tcp nowait root %s\n  in.hello -a\n\t-b\n" % (port, world.daemon())
    conf.write_text(wrapped(text, "openbsd"))
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        assert ask(port) == b"served by in.hello with [-a] [-b]\n"


def test_quotes_of_inetutils(world):
    (port,) = free_ports(1)
    conf = world.folder / "inetd.conf"
    text = '%d stream tcp nowait root "%s" \'in hello\' "a b"c\n' % (port, world.daemon("in hello"))
    conf.write_text(wrapped(text, "inetutils"))
    with world.running("inetutils-inetd", ["-d", "--pidfile=pid", str(conf)], port):
        assert ask(port) == b"served by in hello with [a b] [c]\n"
        assert ask(port, "127.0.0.2") == b""
    assert world.trapped() == ["in_hello 127.0.0.2"]  # libwrap makes an underscore of a blank


@pytest.mark.parametrize("server", ["openbsd", "inetutils"])
def test_the_reader_sees_the_arguments_that_the_server_gets(world, server):
    """Shapes of lines, as the real program starts a server for them and as we read them."""
    package, arguments = SERVERS[server]
    hello = world.daemon("hello")
    shapes = [
        "hello",
        "hello a  b\tc",
        'hello "a b" c',
        "hello 'a'b",
        "hello a # b",
        "hello a\\ b",
        "hello a\\",
        'hello "a',
        "hello don't x",
        'hello "a b',
        "hello \u00e9\x0b\x0c-",
        "",
        "hello a\r",
    ]
    ports = free_ports(len(shapes))
    text = "".join("%d stream tcp nowait root %s %s\n" % (port, hello, shape) for port, shape in zip(ports, shapes))
    conf = world.folder / "inetd.conf"
    conf.write_bytes(text.encode())
    config = inetd.read(text, server)
    assert len(config.entries) == len(shapes)
    with world.running(package, arguments + [str(conf)], ports[-1]):
        for port, entry in zip(ports, config.entries):
            expected = "served by hello with" + ("".join(" [%s]" % arg for arg in entry.args) or " []") + "\n"
            assert ask(port) == expected.encode(), entry


def test_a_daemon_that_links_libwrap_is_checked_twice(world):
    """What the module warns of: a daemon that asks by itself, here tcpd under another name, makes the trap fire twice."""
    (port,) = free_ports(1)
    inner = world.folder / "in.linked"
    shutil.copy(TCPD, str(inner))
    assert Libraries(Root("/")).find_libwrap(str(inner)).libwrap
    assert not Libraries(Root("/")).find_libwrap("/bin/cat").libwrap
    world.deny.write_text("ALL: ALL: spawn (echo %%d >> %s): allow\n" % world.trap)
    conf = world.folder / "inetd.conf"
    conf.write_text("%d stream tcp nowait root %s %s %s x\n" % (port, TCPD, inner, world.daemon()))
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        ask(port, "127.0.0.2")
    assert world.trapped()[:1] == ["in.linked"] and len(world.trapped()) >= 2


def ask_at(address, port):
    """What a server at this address says."""
    with socket.create_connection((address, port), timeout=PATIENCE) as client:
        return client.makefile("rb").read()


def test_default_addresses(world):
    """Two services of one name at two addresses are two services, told apart by the line above them; one that is equal to another takes its place."""
    (port,) = free_ports(1)
    first, second, third = world.daemon("in.first"), world.daemon("in.second"), world.daemon("in.third")
    text = "127.0.0.1:\n%d stream tcp nowait root %s in.first\n127.0.0.2:\n%d stream tcp nowait root %s in.second\n" % (
        port,
        first,
        port,
        second,
    )
    conf = world.folder / "inetd.conf"
    config = inetd.read(text)
    assert config.findings == []
    one = [entry for entry in config.entries if entry.goes_by("127.0.0.2:%d/tcp" % port)]
    new = inetd_rewrite.wrap(config, one, TCPD)
    conf.write_text(new)
    world.allow.write_text("in.second: ALL\n")
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        assert (ask_at("127.0.0.1", port), ask_at("127.0.0.2", port)) == (
            b"served by in.first with []\n",
            b"served by in.second with []\n",
        )
    again = inetd.read(new)
    assert inetd_rewrite.unwrap(again, [entry for entry in again.entries if entry.goes_by(one[0].identity)]) == text
    conf.write_text(text + "127.0.0.1:%d stream tcp nowait root %s in.third\n" % (port, third))
    assert [finding.code for finding in inetd.read(conf.read_text()).findings] == ["duplicate"]
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        assert (ask_at("127.0.0.1", port), ask_at("127.0.0.2", port)) == (
            b"served by in.third with []\n",
            b"served by in.second with []\n",
        )


def test_a_name_that_stands_twice_becomes_an_argument(world):
    (port,) = free_ports(1)
    kshd = world.daemon("kshd")
    conf = world.folder / "inetd.conf"
    conf.write_text("%d stream tcp nowait root %s %s kshd -5c\n" % (port, TCPD, kshd))
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        assert ask(port) == b"served by kshd with [kshd] [-5c]\n"
    assert [finding.code for finding in inetd.read(conf.read_text()).findings] == ["argv0-repeated"]


def test_a_first_argument_that_stands_for_the_name_is_lost(world):
    (port,) = free_ports(1)
    conf = world.folder / "inetd.conf"
    conf.write_text("%d stream tcp nowait root %s -5c\n" % (port, world.daemon("kshd")))
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        assert ask(port) == b"served by kshd with []\n"
    assert [finding.code for finding in inetd.read(conf.read_text()).findings] == ["argv0-missing"]


@pytest.mark.parametrize("name", ["busybox", "many"])
def test_a_program_that_chooses_by_its_name_is_not_wrapped(world, name):
    """busybox started as echo says what it is given; behind tcpd it is called by its file's name, and there is no such applet."""
    program = world.folder / name
    shutil.copy(str(unpacked.program("busybox")), str(program))
    (world.folder / "echo").symlink_to(name)
    ports = free_ports(2)
    line = "%d stream tcp nowait root %s echo served\n" % (ports[0], program)
    conf = world.folder / "inetd.conf"
    conf.write_text(line + "%d stream tcp nowait root %s %s served\n" % (ports[1], TCPD, program))
    with world.running("openbsd-inetd", ["-i", str(conf)], ports[1]):
        assert ask(ports[0]) == b"served\n"
        assert ask(ports[1]) != b"served\n"
    (entry,) = inetd.read(line, other_names=HostSources(Root("/")).other_names).entries
    assert not entry.wrappable and "by argv[0] ('echo')" in entry.reason
    linked = line.replace("%s echo" % program, "%s/echo echo" % world.folder)
    config = inetd.read(linked, other_names=HostSources(Root("/")).other_names)
    conf.write_text(inetd_rewrite.wrap(config, config.entries, TCPD))
    with world.running("openbsd-inetd", ["-i", str(conf)], ports[0]):
        assert ask(ports[0]) == b"served\n"


def test_tcpd_on_a_listening_socket_lets_those_in_whom_the_rules_refuse(world):
    """It sees no client: a rule for addresses does not match, and the daemon accepts by itself."""
    (port,) = free_ports(1)
    world.allow.write_text("")
    world.deny.write_text("ALL: 127.\n")
    conf = world.folder / "inetd.conf"
    conf.write_text("%d stream tcp wait root %s %s\n" % (port, TCPD, world.acceptor()))
    with world.running("openbsd-inetd", ["-i", str(conf)], port):
        assert ask(port) == b"accepted by in.accepts\n"
    assert [finding.code for finding in inetd.read(conf.read_text()).findings] == ["tcpd-on-listening-socket"]


def test_a_folder_of_inetutils(world):
    """/etc/inetd.d: every regular file in it counts, whatever its name, and nothing below it."""
    folder = world.folder / "etc/inetd.d"
    (folder / "deeper").mkdir(parents=True)
    names = ["telnet", ".hidden", "old~", "a.orig", "#x#", "deeper/one"]
    ports = free_ports(len(names) + 1)
    line = "%d stream tcp nowait root " + world.daemon() + " in.hello\n"
    for name, port in zip(names, ports):
        (folder / name).write_text(line % port)
    (folder / "link").symlink_to(world.folder / "elsewhere")
    (world.folder / "elsewhere").write_text(line % ports[-1])
    with world.running("inetutils-inetd", ["-d", "--pidfile=pid", str(folder)], ports[-1]):
        served = []
        for name, port in zip(names + ["link"], ports):
            try:
                assert ask(port) == b"served by in.hello with []\n"
                served.append(name)
            except ConnectionRefusedError:
                continue
    assert served == ["telnet", ".hidden", "old~", "a.orig", "#x#", "link"]
    (world.folder / "usr/sbin").mkdir(parents=True)
    (world.folder / "usr/sbin/inetutils-inetd").write_text("")
    (world.folder / "etc/inetd.d/link").unlink()
    (world.folder / "etc/inetd.d/link").symlink_to("../../elsewhere")
    found = configured_services(Root(str(world.folder)), dialect="debian")
    assert sorted(entry.path for entry in found.services) == sorted("/etc/inetd.d/" + name for name in served)
    (world.folder / "usr/sbin/inetutils-inetd").rename(world.folder / "usr/sbin/inetd")
    assert (
        configured_services(Root(str(world.folder)), dialect="debian").services == []
    )  # openbsd-inetd does not know the folder
