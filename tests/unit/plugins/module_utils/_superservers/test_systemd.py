# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Services of systemd and the drop-in that puts tcpd in front of them."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import systemd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources

ETC = "/etc/systemd/system/"
LIB = "/usr/lib/systemd/system/"
TCPD = "/usr/sbin/tcpd"
SOCKET = "[Socket]\nListenStream=7000\nAccept=yes\n"
DROP_IN = ETC + "foo@.service.d/zz-portcullis-tcpd.conf"


def unit(*lines):
    return "[Service]\n" + "".join(line + "\n" for line in lines)


def host(service=None, socket=SOCKET, links=None, **more):
    files = {
        LIB + "foo.socket": socket,
        LIB + "foo@.service": service or unit("ExecStart=/usr/local/sbin/in.foo -a", "StandardInput=socket"),
    }
    files.update(more.get("files", {}))
    wants = {ETC + "sockets.target.wants/foo.socket": LIB + "foo.socket"}
    return files, wants if links is None else links


def read(service=None, socket=SOCKET, links=None, **more):
    return systemd.read(TextSources(*host(service, socket, links, **more)))


def only(*arguments, **more):
    config = read(*arguments, **more)
    assert len(config.entries) == 1, config.entries
    return config.entries[0]


def commands(config):
    """The ExecStart= lines of the drop-in that wrapping writes."""
    changed = systemd.wrap(config, config.entries, TCPD)
    assert list(changed) == [DROP_IN]
    lines = changed[DROP_IN].split("\n")
    assert lines[0].startswith("# ") and lines[1:3] == ["[Service]", "ExecStart="] and lines[-1] == ""
    return [line[len("ExecStart=") :] for line in lines[3:-1]]


def test_a_service():
    entry = only()
    assert (entry.name, entry.protocol, entry.server, entry.args, entry.daemon) == (
        "foo@.service",
        "tcp",
        "/usr/local/sbin/in.foo",
        ("-a",),
        "in.foo",
    )
    assert entry.wrappable and not entry.via_tcpd and not entry.disabled and entry.user == "root"
    assert all(
        entry.goes_by(name) for name in ("foo", "foo@", "foo@.service", "foo.socket", "foo/tcp", "foo@.service/tcp")
    )
    assert not entry.goes_by("fo")


@pytest.mark.parametrize(
    "command, wrapped",
    [
        # the form that was seen to serve and to refuse on Debian 12
        ("/usr/local/sbin/in.foo args", "@/usr/sbin/tcpd /usr/local/sbin/in.foo args"),
        ("-/usr/sbin/in.foo", "-@/usr/sbin/tcpd /usr/sbin/in.foo"),
        ("!!/usr/sbin/in.foo", "!!@/usr/sbin/tcpd /usr/sbin/in.foo"),
        ("-@/usr/sbin/in.foo food -x", "-@/usr/sbin/tcpd /usr/sbin/in.foo -x"),
        ("/opt/in.foo \"a b\" %i $OPTS ${X} \\x41 'c'", "@/usr/sbin/tcpd /opt/in.foo \"a b\" %i $OPTS ${X} \\x41 'c'"),
        ('"/opt/my foo" -a', '@/usr/sbin/tcpd "/opt/my foo" -a'),
        ("/opt/$x/in.foo", "@/usr/sbin/tcpd /opt/$$x/in.foo"),
        (":/opt/$x/in.foo $y", ":@/usr/sbin/tcpd /opt/$x/in.foo $y"),
        ("/opt/%p/in.%p", "@/usr/sbin/tcpd /opt/%p/in.%p"),
    ],
)
def test_the_command(command, wrapped):
    assert commands(read(unit("ExecStart=" + command, "StandardInput=socket"))) == [wrapped]


def test_the_daemon_name_of_a_path_with_a_specifier():
    assert only(unit("ExecStart=/opt/in.%p", "StandardInput=socket")).daemon == "in.foo"


def test_every_command_of_several_asks():
    config = read(unit("ExecStart=/usr/sbin/a 1", "ExecStart=-/usr/sbin/b ; /usr/sbin/c 3", "StandardInput=socket"))
    assert commands(config) == [
        "@/usr/sbin/tcpd /usr/sbin/a 1",
        "-@/usr/sbin/tcpd /usr/sbin/b",
        "@/usr/sbin/tcpd /usr/sbin/c 3",
    ]
    assert "fires once for each" in config.entries[0].note


def test_a_bare_name_is_looked_for():
    service = unit("ExecStart=in.foo", "StandardInput=socket")
    assert "not an absolute path" in only(service).reason
    config = read(service, files={"/usr/bin/in.foo": ""})
    assert commands(config) == ["@/usr/sbin/tcpd /usr/bin/in.foo"]
    assert config.entries[0].server == "/usr/bin/in.foo"


@pytest.mark.parametrize(
    "service, socket, reason",
    [
        (None, "[Socket]\nListenStream=7000\n", "Accept=no"),
        (unit("ExecStart=/x"), SOCKET, "StandardInput=socket is not set"),
        (unit("ExecStart=/x", "StandardInput=socket", "StandardInput="), SOCKET, "StandardInput=socket is not set"),
        (None, SOCKET + "ListenStream=/run/foo\n", "listens on unix"),
        (None, "[Socket]\nListenDatagram=7000\nAccept=yes\n", "listens on udp"),
        (unit("StandardInput=socket"), SOCKET, "no ExecStart="),
        (
            unit("ExecStart=@/usr/bin/busybox telnetd -i", "StandardInput=socket"),
            SOCKET,
            "chooses what to do by argv[0]",
        ),
        (
            unit("ExecStart=/usr/sbin/tcpd /usr/sbin/in.foo", "StandardInput=socket"),
            SOCKET,
            "starts itself in an endless loop",
        ),
        (unit("ExecStart=@/usr/sbin/tcpd /a", "ExecStart=/b", "StandardInput=socket"), SOCKET, "others do not"),
        (unit("ExecStart=|/x", "StandardInput=socket"), SOCKET, "login shell"),
    ],
)
def test_what_cannot_go_through_tcpd(service, socket, reason):
    entry = only(service, socket)
    assert not entry.wrappable and reason in entry.reason
    with pytest.raises(SuperserverError):
        config = read(service, socket)
        systemd.wrap(config, config.entries, TCPD)


def test_a_service_that_does_not_exist():
    config = systemd.read(TextSources({LIB + "foo.socket": SOCKET}))
    assert config.entries[0].reason == "the unit foo@.service does not exist"


def test_what_is_wrong_with_a_tcpd_that_is_there():
    assert [finding.code for finding in read(unit("ExecStart=/usr/sbin/tcpd /a", "StandardInput=socket")).findings] == [
        "tcpd-without-argv0"
    ]
    files = {LIB + "foo.service": unit("ExecStart=@/usr/sbin/tcpd /a", "StandardInput=socket")}
    assert [finding.code for finding in read(socket="[Socket]\nListenStream=7000\n", files=files).findings] == [
        "tcpd-on-listening-socket"
    ]


def test_there_and_back():
    files, links = host()
    config = systemd.read(TextSources(files, links))
    changed = systemd.wrap(config, config.entries, TCPD)
    wrapped = systemd.read(TextSources(dict(files, **changed), links))
    entry = wrapped.entries[0]
    assert (entry.via_tcpd, entry.tcpd, entry.server, entry.args, entry.daemon) == (
        True,
        TCPD,
        "/usr/local/sbin/in.foo",
        ("-a",),
        "in.foo",
    )
    assert systemd.wrap(wrapped, wrapped.entries, TCPD) == {}
    assert systemd.unwrap(wrapped, wrapped.entries) == [DROP_IN]
    assert systemd.unwrap(config, config.entries) == []


def test_the_drop_in_follows_the_unit():
    """A package's update of the unit is taken over by the next run."""
    files, links = host()
    config = systemd.read(TextSources(files, links))
    files.update(systemd.wrap(config, config.entries, TCPD))
    files[LIB + "foo@.service"] = unit("ExecStart=/usr/local/sbin/in.foo -b", "StandardInput=socket")
    config = systemd.read(TextSources(files, links))
    assert commands(config) == ["@/usr/sbin/tcpd /usr/local/sbin/in.foo -b"]


def test_a_service_that_somebody_else_wrapped():
    config = read(unit("ExecStart=@/usr/sbin/tcpd /usr/sbin/in.foo -a", "StandardInput=socket"))
    assert config.entries[0].via_tcpd and config.entries[0].server == "/usr/sbin/in.foo"
    assert systemd.wrap(config, config.entries, TCPD) == {}
    with pytest.raises(SuperserverError, match="line 2 of /usr/lib/systemd/system/foo@.service"):
        systemd.unwrap(config, config.entries)


def test_a_drop_in_that_would_undo_ours():
    files = {
        DROP_IN: "[Service]\nExecStart=\nExecStart=@/usr/sbin/tcpd /x\n",
        ETC + "foo@.service.d/zzz.conf": "[Service]\nExecStart=\nExecStart=/y\n",
    }
    entry = only(files=files)
    assert not entry.via_tcpd and "zzz.conf is read after" in entry.reason
    del files[DROP_IN]
    entry = only(files=files)  # seen before ours is written
    assert not entry.wrappable and "zzz.conf is read after" in entry.reason
    earlier = {ETC + "foo@.service.d/aaa.conf": files[ETC + "foo@.service.d/zzz.conf"]}
    assert only(files=earlier).wrappable
    through = {ETC + "foo@.service.d/zzz.conf": "[Service]\nExecStart=\nExecStart=@/usr/sbin/tcpd /y\n"}
    assert only(files=through).via_tcpd and only(files=through).reason is None


def test_precedence_of_files():
    other = unit("ExecStart=/etc/wins", "StandardInput=socket")
    assert only(files={ETC + "foo@.service": other}).server == "/etc/wins"
    files = {
        ETC + "foo@.service.d/b.conf": unit("ExecStart=", "ExecStart=/second"),
        LIB + "foo@.service.d/a.conf": unit("ExecStart=", "ExecStart=/first"),
    }
    assert only(files=files).server == "/second"
    files = {
        ETC + "foo@.service.d/a.conf": unit("User=me"),
        LIB + "foo@.service.d/a.conf": unit("ExecStart=", "ExecStart=/hidden"),
    }
    assert (only(files=files).server, only(files=files).user) == ("/usr/local/sbin/in.foo", "me")
    assert only(files={ETC + "service.d/x.conf": unit("User=all")}).user == "all"
    assert only(
        socket="[Socket]\nListenStream=7000\n", files={ETC + "foo.socket.d/x.conf": "[Socket]\nAccept=yes\n"}
    ).wrappable


def test_what_switches_a_service_off():
    assert only(links={}).disabled
    assert only(links={ETC + "foo@.service": "/dev/null"}).reason == "the unit foo@.service is masked"
    assert read(links={ETC + "sockets.target.wants/foo.socket": "x", ETC + "foo.socket": "/dev/null"}).entries == []


def test_an_alias_is_the_same_service():
    config = read(
        links={ETC + "bar.socket": LIB + "foo.socket", ETC + "sockets.target.wants/bar.socket": "../bar.socket"}
    )
    assert [(entry.name, entry.disabled) for entry in config.entries] == [("foo@.service", False)]


@pytest.mark.parametrize("prefix", ["a-@", "a-"])
def test_a_dash_in_the_name_means_shared_drop_ins(prefix):
    """DropInPaths of b-one-two@x.service under systemd 247, 252 and 257: b-, b-@, b-one- and b-one-@ among them."""
    files = {
        LIB + "a-b.socket": SOCKET,
        LIB + "a-b@.service": unit("ExecStart=/x"),
        ETC + prefix + ".service.d/x.conf": unit("StandardInput=socket"),
    }
    config = systemd.read(TextSources(files))
    assert config.entries[0].wrappable


def test_sockets_of_the_machine_itself_are_no_services():
    assert read(socket="[Socket]\nListenStream=/run/x\n").entries == []


def test_another_unit_dir():
    sources = TextSources(*host(files={"/srv/units/foo@.service.d/x.conf": unit("User=u")}))
    config = systemd.read(sources, "/srv/units")
    assert config.entries[0].user == "u"
    assert list(systemd.wrap(config, config.entries, TCPD)) == ["/srv/units/foo@.service.d/zz-portcullis-tcpd.conf"]


@pytest.mark.parametrize(
    "lines, user",
    [
        (["User=nobody"], "nobody"),
        (["DynamicUser=yes"], "foo"),
        (["DynamicUser=yes", "User=ftp"], "ftp"),
        (["DynamicUser=no"], "root"),
        (["User=nobody", "ExecStart=", "ExecStart=+/usr/local/sbin/in.foo"], "root"),
    ],
)
def test_the_user_of_a_service(lines, user):
    """As in.k1 met it on Debian 12: DynamicUser= could not read tables of root alone, a command with + could."""
    assert only(unit("ExecStart=/usr/local/sbin/in.foo", "StandardInput=socket", *lines)).user == user


def test_supplementary_groups_add_up():
    one = only(unit("ExecStart=/usr/local/sbin/in.foo", "SupplementaryGroups=adm mail", "SupplementaryGroups=ftp"))
    assert dict(one.attributes)["supplementary_groups"] == "adm mail ftp"


@pytest.mark.parametrize(
    "written, listens",
    [
        ("ListenStream=%i\n", "6012 6013"),
        ("ListenStream=0.0.0.0:%i\n", "0.0.0.0:6012 0.0.0.0:6013"),
        ("ListenStream=6100\n", "6100"),
    ],
)
def test_the_instances_of_a_socket_template_listen_where_their_names_say(written, listens):
    """systemd 252: f@6012.socket, of f@.socket with ListenStream=%i, listens at 6012 and starts f@.service."""
    files = {
        LIB + "f@.socket": "[Socket]\n%sAccept=yes\n" % written,
        LIB + "f@.service": unit("ExecStart=/usr/sbin/in.f"),
    }
    wants = {ETC + "sockets.target.wants/f@%d.socket" % port: LIB + "f@.socket" for port in (6012, 6013)}
    (entry,) = systemd.read(TextSources(files, wants)).entries
    assert (entry.name, entry.protocol, entry.daemon, entry.disabled) == ("f@.service", "tcp", "in.f", False)
    assert dict(entry.attributes)["listens"] == listens


def test_a_socket_template_without_instances_listens_nowhere():
    files = {
        LIB + "f@.socket": "[Socket]\nListenStream=%i\nAccept=yes\n",
        LIB + "f@.service": unit("ExecStart=/x/in.f"),
    }
    (entry,) = systemd.read(TextSources(files, {})).entries
    assert entry.disabled and dict(entry.attributes)["listens"] == "%i"
