# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The real xinetd starts what the rewrite says, each refusal springs the trap once, and our reading is its own."""

import os
import random

import pytest
from superserver import ask, ask_all, free_ports, temporary_world, xinetd_dump

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import xinetd, xinetd_rewrite
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import Sources, TextSources
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.xinetd import named_in_arguments

TCPD = "/usr/sbin/tcpd"
ARGUMENTS = ["-dontfork", "-syslog", "daemon", "-pidfile", "pid", "-f"]


class FolderSources(Sources):
    """The real files of a folder."""

    def read(self, path):
        try:
            with open(path, "rb") as stream:
                return stream.read()
        except OSError:
            return None

    def names(self, path):
        return os.listdir(path) if os.path.isdir(path) else None


@pytest.fixture
def world():
    with temporary_world() as made:
        yield made


def service(name, port, server, *lines):
    fixed = [
        "type = UNLISTED",
        "socket_type = stream",
        "protocol = tcp",
        "wait = no",
        "user = root",
        "port = %d" % port,
        "server = %s" % server,
    ]
    return "service %s\n{\n" % name + "".join("\t%s\n" % line for line in fixed + list(lines)) + "}\n"


def write(world, texts):
    (world.folder / "xinetd.d").mkdir(exist_ok=True)
    for path, text in texts.items():
        with open(path, "wb") as stream:
            stream.write(text.encode("utf-8", "surrogateescape"))


def configuration(world, ports):
    """Six services in several files, one of each kind that a rewrite must handle."""
    hello, other = world.daemon("in.hello"), world.daemon("sbin/in.other")
    main = str(world.folder / "xinetd.conf")
    folder = str(world.folder / "xinetd.d")
    return main, {
        main: "defaults\n{\n\tinstances = 20\n}\n\nincludedir %s\n" % folder
        + service("hello", ports[0], hello, "server_args = -a  b", "flags = REUSE"),
        folder + "/plain": service("plain", ports[1], other),
        folder + "/named": service("named", ports[2], hello, "flags = NAMEINARGS IPv4", "server_args = oddname -v"),
        folder + "/off": service("off", ports[3], hello, "disable = yes"),
        folder + "/nobody": service(
            "nobody", ports[4], other, "id = theid", "flags = IPv4", "server_args = -n"
        ).replace("= root", "= nobody"),
        folder + "/skipped.rpmsave": service("skipped", ports[5], hello),
    }


def wrapped(main, nolibwrap=True):
    config = xinetd.read(FolderSources(), main)
    chosen = [entry for entry in config.entries if entry.wrappable and not entry.disabled]
    return xinetd_rewrite.wrap(config, chosen, TCPD, nolibwrap)


def test_served_refused_and_back(world):
    ports = free_ports(6)
    main, texts = configuration(world, ports)
    write(world, texts)
    changed = wrapped(main)
    assert len(changed) == 4
    write(world, changed)
    with world.running("xinetd", ARGUMENTS + [main], ports[0]):
        assert ask(ports[0]) == b"served by in.hello with [-a] [b]\n"
        assert ask(ports[1]) == b"served by in.other with []\n"
        assert ask(ports[2]) == b"served by in.hello with [-v]\n"
        assert ask(ports[4]) == b"served by in.other with [-n]\n"
        for port in (ports[3], ports[5]):
            with pytest.raises(ConnectionRefusedError):
                ask(port)
        assert world.trapped() == []
        assert ask_all([ports[0], ports[1], ports[2], ports[4]], "127.0.0.2") == [b"", b"", b"", b""]
    assert sorted(world.trapped()) == [
        "in.hello 127.0.0.2",
        "in.hello 127.0.0.2",
        "in.other 127.0.0.2",
        "in.other 127.0.0.2",
    ]
    config = xinetd.read(FolderSources(), main)
    assert {entry.seen_as for entry in config.entries if not entry.disabled} == {"in.hello", "in.other"}
    write(world, xinetd_rewrite.unwrap(config, config.entries))
    assert {path: FolderSources().read(path).decode() for path in texts} == texts


def test_without_nolibwrap_the_trap_fires_twice(world):
    """Why the flag is added: xinetd and tcpd both ask, by the names that we report."""
    (port,) = free_ports(1)
    main = str(world.folder / "xinetd.conf")
    write(world, {main: service("hello", port, world.daemon())})
    write(world, wrapped(main, nolibwrap=False))
    # granted to xinetd's own check, which comes first, and refused by tcpd under the same name: both ask
    world.deny.write_text("ALL: ALL: spawn (echo %%d %%a >> %s): allow\n" % world.trap)
    with world.running("xinetd", ARGUMENTS + [main], port):
        assert ask(port, "127.0.0.2") == b"served by in.hello with []\n"
    config = xinetd.read(FolderSources(), main)
    assert world.trapped() == ["in.hello 127.0.0.2"] * 2
    assert [finding.code for finding in config.findings] == ["checked-twice"]


@pytest.mark.parametrize(
    "lines, name",
    [
        ([], "in.hello"),
        (["flags = NAMEINARGS", "server_args = /x/other -a"], "other"),
        (["libwrap = chosen"], "chosen"),
    ],
)
def test_the_name_that_xinetd_itself_asks_for(world, lines, name):
    (port,) = free_ports(1)
    main = str(world.folder / "xinetd.conf")
    write(world, {main: service("hello", port, world.daemon(), *lines)})
    entry = xinetd.read(FolderSources(), main).entries[0]
    assert entry.seen_as == entry.own_daemon == name
    with world.running("xinetd", ARGUMENTS + [main], port):
        assert ask(port, "127.0.0.2") == b""
    assert world.trapped() == ["%s 127.0.0.2" % name]


def random_configuration(rng, hello):
    """Services with the mistakes that people make."""
    text = rng.choice(
        [
            "",
            "defaults\n{\n disabled = s1 id2\n instances = 3\n}\n",
            "defaults\n{\n enabled = s0 s1 s2 id0\n disabled += s2\n}\n",
        ]
    )
    for number in range(5):
        lines = [
            "type = UNLISTED",
            "socket_type = stream",
            "protocol = tcp",
            "wait = no",
            "user = root",
            "port = %d" % (20000 + number),
            "server = " + hello,
        ]
        extra = [
            "flags = REUSE",
            "flags = NAMEINARGS",
            "flags = IPv4 NOLIBWRAP",
            "flags += NAMEINARGS",
            "server_args = a\tb  c",
            "server_args = d",
            "disable = no",
            "disable = yes",
            "id = id%d" % number,
            "bogus = 1",
            "log_on_failure += USERID",
            "# c",
            "",
            "  ",
            "nice = 3",
            "flags = BOGUS",
            "server_args =",
            "server=/bin/x",
            "wait =no",
            "disable = no ",
            "instances = 1 2",
            "server = /bin/a /bin/b",
            "v6only  =  no",
        ]
        lines += rng.sample(extra, rng.choice([1, 2, 3, 4]))
        rng.shuffle(lines)
        header = (
            rng.choice(
                ["service s%d\n{\n"] * 8
                + ["service s%d {\n", "service s%d\n\n# c\n  {  \n", "servce s%d\n{\n", "service s%d extra\n{\n"]
            )
            % number
        )
        text += (
            header
            + "".join(rng.choice(["\t", "", "  "]) + line + "\n" for line in lines)
            + rng.choice(["}\n"] * 9 + ["} \n", "} # x\n"])
        )
    return text + rng.choice(["", "stray\n"])


def test_our_reading_is_xinetds_own(world):
    """Random configurations with mistakes: the same services are on, with the same ids, programs and arguments."""
    rng = random.Random(3)
    hello = world.daemon("hello")
    main = world.folder / "xinetd.conf"
    compared = 0
    for _round in range(60):
        text = random_configuration(rng, hello)
        main.write_text(text)
        dump = xinetd_dump(main, world.folder)
        config = xinetd.read(TextSources({"/etc/xinetd.conf": text}))
        ours = {}
        for entry in config.entries:
            broken = entry.reason is not None and (
                "xinetd drops it" in entry.reason or "does not start it" in entry.reason
            )
            if not entry.disabled and not broken:
                named = named_in_arguments(config.block(entry))
                attribute = config.block(entry).attribute("server_args")
                words = list(attribute.texts) if attribute else []
                ours[entry.name] = (entry.server, words if named else ["hello"] + words)
        theirs = {name: (values["Server"], values.get("Server argv", "").split()) for name, values in dump.items()}
        crashing = {entry.name for entry in config.entries if entry.reason is not None and "crashes" in entry.reason}
        for name in crashing:
            ours.pop(name, None)
            theirs.pop(name, None)
        assert theirs == ours, text
        compared += len(ours)
    assert compared >= 30


@pytest.mark.parametrize("wait", ["no", "yes"])
def test_who_is_asked_about_a_listening_socket(world, wait):
    """With wait = no xinetd asks libwrap about the client; with wait = yes the server accepts by itself, and xinetd asks about nobody it knows."""
    (port,) = free_ports(1)
    world.allow.write_text("")
    world.deny.write_text("ALL: 127.\n")
    server = world.acceptor() if wait == "yes" else world.daemon("in.accepts")
    main = str(world.folder / "xinetd.conf")
    text = service("accepts", port, server).replace("wait = no", "wait = %s" % wait)
    write(world, {main: text})
    with world.running("xinetd", ARGUMENTS + [main], port):
        assert ask(port) == (b"accepted by in.accepts\n" if wait == "yes" else b"")
    (entry,) = xinetd.read(FolderSources(), main).entries
    assert entry.own_daemon == (None if wait == "yes" else "in.accepts")


def test_tcpd_on_a_listening_socket_lets_those_in_whom_the_rules_refuse(world):
    (port,) = free_ports(1)
    world.allow.write_text("")
    world.deny.write_text("ALL: 127.\n")
    main = str(world.folder / "xinetd.conf")
    text = service(
        "accepts", port, TCPD, "flags = NAMEINARGS NOLIBWRAP", "server_args = %s" % world.acceptor()
    ).replace("wait = no", "wait = yes")
    write(world, {main: text})
    with world.running("xinetd", ARGUMENTS + [main], port):
        assert ask(port) == b"accepted by in.accepts\n"
    config = xinetd.read(FolderSources(), main)
    assert [finding.code for finding in config.findings] == ["tcpd-on-listening-socket"]
