# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrapping and unwrapping lines of inetd.conf."""

import os
import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import inetd, inetd_rewrite
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.text import encode

FIXTURES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "..", "..", "fixtures")
TCPD = "/usr/sbin/tcpd"


def wrap(text, flavour="openbsd", tcpd=TCPD, names=None):
    config = inetd.read(text, flavour)
    return inetd_rewrite.wrap(
        config, [entry for entry in config.entries if entry.wrappable and names in (None, entry.name)], tcpd
    )


def unwrap(text, flavour="openbsd", names=None):
    config = inetd.read(text, flavour)
    return inetd_rewrite.unwrap(config, [entry for entry in config.entries if names in (None, entry.name)])


@pytest.mark.parametrize(
    "line, wrapped",
    [
        (
            "ftp\tstream tcp nowait root /usr/sbin/in.ftpd  in.ftpd -l\n",
            "ftp\tstream tcp nowait root /usr/sbin/tcpd  /usr/sbin/in.ftpd -l\n",
        ),
        (
            "smtp stream tcp nowait mail /usr/lib/exim/exim exim -bs\n",
            "smtp stream tcp nowait mail /usr/sbin/tcpd /usr/lib/exim/exim -bs\n",
        ),
        (
            "ftp stream tcp nowait root /usr/sbin//in.ftpd in.ftpd\n",
            "ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin//in.ftpd\n",
        ),
        (
            "#<off># ftp stream tcp nowait root /usr/sbin/x x\n",
            "#<off># ftp stream tcp nowait root /usr/sbin/tcpd /usr/sbin/x\n",
        ),
        (
            "x stream tcp nowait root /usr/sbin/x x\n\t-a\n\t-b\n",
            "x stream tcp nowait root /usr/sbin/tcpd /usr/sbin/x\n\t-a\n\t-b\n",
        ),
    ],
)
def test_the_classic_rewrite_needs_no_comment(line, wrapped):
    assert wrap(line) == wrapped
    assert unwrap(wrapped) == line


@pytest.mark.parametrize(
    "line, wrapped",
    [
        (
            "imap2 stream tcp nowait root /usr/sbin/imapd\n",
            "imap2 stream tcp nowait root /usr/sbin/tcpd /usr/sbin/imapd\n",
        ),
        (
            "imap2 stream tcp nowait root /usr/sbin/imapd \t\n",
            "imap2 stream tcp nowait root /usr/sbin/tcpd /usr/sbin/imapd \t\n",
        ),
        (
            "nntp stream tcp nowait news /usr/sbin/leafnode nntpd -v\n",
            "nntp stream tcp nowait news /usr/sbin/tcpd /usr/sbin/leafnode -v\n",
        ),
        (
            "#<off># nntp stream tcp nowait news /usr/sbin/leafnode nntpd\n",
            "#<off># nntp stream tcp nowait news /usr/sbin/tcpd /usr/sbin/leafnode\n",
        ),
        ("x stream tcp nowait root /opt/x y\r\n", "x stream tcp nowait root /usr/sbin/tcpd /opt/x\n"),
    ],
)
def test_where_argv0_is_another_name_the_old_line_stands_above(line, wrapped):
    kept = "#portcullis: " + line.replace("#<off># ", "")
    assert wrap(line) == kept + wrapped
    assert unwrap(kept + wrapped) == line


def test_a_server_on_a_line_of_its_own():
    line = "x stream tcp nowait root /usr/sbin/x\n  xd -a\n"
    assert (
        wrap(line)
        == "#portcullis: x stream tcp nowait root /usr/sbin/x\n#portcullis:   xd -a\nx stream tcp nowait root /usr/sbin/tcpd\n  /usr/sbin/x -a\n"
    )
    assert unwrap(wrap(line)) == line


def test_the_server_is_named_by_its_full_path_in_every_folder():
    line = "ftp stream tcp nowait root /usr/libexec/ftpd ftpd\n"
    assert (
        wrap(line, "freebsd", "/usr/libexec/tcpd") == "ftp stream tcp nowait root /usr/libexec/tcpd /usr/libexec/ftpd\n"
    )
    assert wrap(line, "openbsd", "/opt/tcpd") == "ftp stream tcp nowait root /opt/tcpd /usr/libexec/ftpd\n"


def test_quotes_are_kept():
    line = 'rsync stream tcp nowait nobody "/opt/rsync server" "rsync server" --daemon\n'
    wrapped = wrap(line, "freebsd")
    assert wrapped == 'rsync stream tcp nowait nobody /usr/sbin/tcpd "/opt/rsync server" --daemon\n'
    assert unwrap(wrapped, "freebsd") == line
    line = "a stream tcp nowait root '/usr/sbin/a''b''c'\n"
    assert inetd.read(wrap(line, "inetutils"), "inetutils").entries[0].args == ("c",)
    assert unwrap(wrap(line, "inetutils"), "inetutils") == line


def test_wrapping_twice_changes_nothing():
    text = "imap2 stream tcp nowait root /usr/sbin/imapd\nftp stream tcp nowait root /usr/sbin/in.ftpd in.ftpd\n"
    assert wrap(wrap(text)) == wrap(text)
    assert unwrap(text) == text


def test_a_line_that_somebody_else_wrapped_becomes_plain():
    assert (
        unwrap("finger stream tcp nowait nobody /usr/sbin/tcpd\tin.fingerd -w\n")
        == "finger stream tcp nowait nobody /usr/sbin/in.fingerd\tin.fingerd -w\n"
    )
    assert unwrap("x stream tcp nowait nobody /usr/sbin/tcpd /opt/xd\n") == "x stream tcp nowait nobody /opt/xd xd\n"
    assert unwrap("i stream tcp wait i /usr/sbin/tcpd /opt/i\n") == "i stream tcp wait i /opt/i i\n"


def test_a_line_that_was_edited_since_keeps_the_edit():
    """The comment gives back argv[0] only, and goes."""
    edited = wrap("nntp stream tcp nowait news /usr/sbin/leafnode nntpd -v\n").replace(
        "leafnode -v\n", "leafnode -v -v\n", 1
    )
    assert unwrap(edited) == "nntp stream tcp nowait news /usr/sbin/leafnode nntpd -v -v\n"
    off = wrap("imap2 stream tcp nowait root /usr/sbin/imapd\n").replace("\nimap2", "\n#<off># imap2")
    assert unwrap(off) == "#<off># imap2 stream tcp nowait root /usr/sbin/imapd\n"


def test_a_comment_above_another_service_is_not_touched():
    text = "#portcullis: pop stream tcp nowait root /usr/sbin/popd\nimap stream tcp nowait root /usr/sbin/tcpd /usr/sbin/imapd\n"
    assert (
        unwrap(text)
        == "#portcullis: pop stream tcp nowait root /usr/sbin/popd\nimap stream tcp nowait root /usr/sbin/imapd imapd\n"
    )
    both = "#portcullis: pop stream tcp nowait root /usr/sbin/popd\nimap stream tcp nowait root /usr/sbin/imapd\n"
    assert unwrap(wrap(both)) == both


def test_a_stale_comment_is_replaced_and_not_doubled():
    text = "#portcullis: imap stream tcp nowait root /usr/sbin/old\nimap stream tcp nowait root /usr/sbin/imapd\n"
    assert wrap(text).count("#portcullis:") == 1


def test_a_line_that_would_become_too_long_stays():
    line = "x stream tcp nowait root /a y " + "z" * 990 + "\n"
    config = inetd.read(line)
    assert config.entries[0].wrappable
    assert "longer than the 1023 bytes" in inetd_rewrite.obstacle(config, config.entries[0], TCPD)
    with pytest.raises(SuperserverError, match="/etc/inetd.conf line 1"):
        inetd_rewrite.wrap(config, config.entries, TCPD)
    assert inetd_rewrite.obstacle(inetd.read(line, "inetutils"), config.entries[0], TCPD) is None


def test_what_cannot_be_wrapped_is_never_rewritten():
    config = inetd.read("time stream tcp nowait root internal\n")
    with pytest.raises(SuperserverError, match="internal"):
        inetd_rewrite.wrap(config, config.entries, TCPD)


@pytest.mark.parametrize("name", ["legacy", "solaris", "freebsd"])
@pytest.mark.parametrize("flavour", ["openbsd", "inetutils", "freebsd", "xinetd"])
@pytest.mark.parametrize("change", ["as it is", "CRLF", "no final newline", "odd bytes", "tabs"])
def test_there_and_back_on_whole_files(name, flavour, change):
    with open(os.path.join(FIXTURES, name, "etc", "inetd.conf"), "rb") as stream:
        data = stream.read()
    data = {
        "as it is": data,
        "CRLF": data.replace(b"\n", b"\r\n"),
        "no final newline": data.rstrip(b"\n"),
        "odd bytes": data.replace(b"#\n", b"# \xff\xfe\xe9\x85\x00\xe2\x80\xa8\n").replace(b"-l", b"-l\xe9"),
        "tabs": data.replace(b" ", b"\t"),
    }[change]
    config = inetd.read(data, flavour)
    chosen = [entry for entry in config.entries if entry.wrappable and not entry.via_tcpd]
    assert chosen or name == "legacy"
    wrapped = inetd_rewrite.wrap(config, chosen, TCPD)
    again = inetd.read(encode(wrapped), flavour)
    names = {(entry.name, entry.protocol, entry.server) for entry in chosen}
    ours = [entry for entry in again.entries if (entry.name, entry.protocol, entry.server) in names]
    assert all(entry.via_tcpd for entry in ours)
    assert [entry.args for entry in ours] == [entry.args for entry in chosen]
    assert encode(inetd_rewrite.unwrap(again, ours)) == data
    lines = {entry.line for entry in chosen}
    others = [item.raw for item in config.items if item.service is None or item.service.line not in lines]
    lines = {entry.line for entry in ours}
    assert others == [
        item.raw
        for item in again.items
        if not item.raw[0].startswith("#portcullis: ") and (item.service is None or item.service.line not in lines)
    ]


def random_file(rng, flavour):
    quotes = flavour in ("inetutils", "freebsd")

    def word(value):
        return rng.choice(['"%s"', "'%s'", "%s"]) % value if quotes and rng.random() < 0.3 else value

    lines = []
    for _round in range(rng.randrange(1, 8)):
        kind = rng.random()
        if kind < 0.15:
            lines.append(
                rng.choice(
                    ["# c", "", "  ", "prose", "127.0.0.1:", "\t# x", "#portcullis: ", "#<off># x", "a b c d e f"]
                )
            )
            continue
        server = rng.choice(["/usr/sbin/in.a", "/usr/sbin/b", "/opt/x/c", "/usr/sbin//d", "/bin/\udce9"])
        argv = rng.choice(
            [[], ["in.a"], ["b"], ["c", "-x"], ["d", "#"], [server], ["\udce9", "-y", "z"], ["/usr/sbin/tcpd"]]
        )
        fields = [rng.choice("pqrs"), "stream", rng.choice(["tcp", "tcp6"]), "nowait", "root", word(server)] + [
            word(arg) for arg in argv
        ]
        line = "".join(
            field
            + rng.choice(
                [" ", "\t", "  ", " \t ", "\n " if flavour in ("openbsd", "freebsd") and rng.random() < 0.2 else " "]
            )
            for field in fields
        )
        line = line.rstrip(" \t\n") + rng.choice(["", "", " ", "\t", "\r"])
        lines.append(rng.choice(["", "", "", "#<off># ", " "]) + line)
    return "\n".join(lines) + rng.choice(["\n", "\n", ""])


@pytest.mark.parametrize("flavour", ["openbsd", "inetutils", "freebsd", "xinetd"])
def test_there_and_back_on_files_made_at_random(flavour):
    rng = random.Random(7)
    for _round in range(250):
        text = random_file(rng, flavour)
        config = inetd.read(text, flavour)
        assert "".join(line for item in config.items for line in item.raw) == text
        chosen = [entry for entry in config.entries if entry.wrappable and not entry.via_tcpd and rng.random() < 0.8]
        wrapped = inetd_rewrite.wrap(config, chosen, TCPD)
        again = inetd.read(wrapped, flavour)
        picked = [new for old, new in zip(config.entries, again.entries) if old in chosen]
        assert inetd_rewrite.unwrap(again, picked) == text, (text, wrapped)


def test_a_rewrite_that_would_mean_something_else_is_refused(monkeypatch):
    """The last look before the text is handed out."""
    monkeypatch.setattr(
        inetd_rewrite,
        "_wrapped_core",
        lambda core, rules, program: core.replace("/usr/sbin/x x", program + " /usr/sbin/y"),
    )
    with pytest.raises(SuperserverError, match="cannot be rewritten safely"):
        wrap("x stream tcp nowait root /usr/sbin/x x\n")
