# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Wrapping and unwrapping services of xinetd."""

import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import xinetd, xinetd_rewrite
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils._superservers.xinetd_texts import (
    legacy,
    service,
)

PATH = "/etc/xinetd.conf"
TCPD = "/usr/sbin/tcpd"


def read(text, libwrap=True):
    return xinetd.read(TextSources({PATH: text}), libwrap=libwrap)


def wrap(text, nolibwrap=True):
    config = read(text, nolibwrap)
    chosen = [entry for entry in config.entries if entry.wrappable]
    return xinetd_rewrite.wrap(config, chosen, TCPD, nolibwrap).get(PATH, text)


def unwrap(text):
    config = read(text)
    return xinetd_rewrite.unwrap(config, config.entries).get(PATH, text)


def block(*lines):
    return "service x\n{\n" + "".join(line + "\n" for line in lines) + "}\n"


PLAIN = ["\tsocket_type\t= stream", "\twait\t\t= no"]


def test_flags_and_arguments_are_lines_already():
    text = block("\tflags\t\t= REUSE  ", *PLAIN, "\tserver\t\t= /usr/sbin/xd ", "\tserver_args\t=  -a  -b")
    assert wrap(text) == block(
        "\tflags\t\t= REUSE NAMEINARGS NOLIBWRAP  ",
        *PLAIN,
        "\tserver\t\t= /usr/sbin/tcpd ",
        "\tserver_args\t=  /usr/sbin/xd -a  -b",
    )
    assert unwrap(wrap(text)) == text


def test_lines_that_are_not_there_are_added_in_the_right_order():
    text = block(*PLAIN, "\tserver\t\t= /usr/sbin/xd", "\tuser = root")
    assert wrap(text) == block(
        *PLAIN,
        "\tflags\t\t= NAMEINARGS NOLIBWRAP",
        "\tserver\t\t= /usr/sbin/tcpd",
        "\tserver_args\t= /usr/sbin/xd",
        "\tuser = root",
    )
    assert unwrap(wrap(text)) == text


def test_an_xinetd_without_libwrap_knows_no_nolibwrap():
    assert "flags\t\t= NAMEINARGS\n" in wrap(block(*PLAIN, "\tserver\t\t= /usr/sbin/xd"), nolibwrap=False)


def test_flags_are_read_before_the_arguments():
    text = block(*PLAIN, "\tserver = /usr/sbin/xd", "\tserver_args = -a", "\tflags = IPv4")
    wrapped = wrap(text)
    assert wrapped == block(
        *PLAIN,
        "#portcullis: \tserver = /usr/sbin/xd",
        "\tserver = /usr/sbin/tcpd",
        "#portcullis: \tserver_args = -a",
        "\tflags = IPv4 NAMEINARGS NOLIBWRAP",
        "#portcullis: \tflags = IPv4",
        "\tserver_args = /usr/sbin/xd -a",
    )
    assert unwrap(wrapped) == text
    text = block(*PLAIN, "\tserver = /usr/sbin/xd", "\tflags = IPv4")
    assert wrap(text) == block(
        *PLAIN, "\tserver = /usr/sbin/tcpd", "\tflags = IPv4 NAMEINARGS NOLIBWRAP", "\tserver_args = /usr/sbin/xd"
    )
    assert unwrap(wrap(text)) == text


def test_where_the_flags_were_there_before_the_old_lines_stand_above():
    text = block(*PLAIN, "\tflags = NAMEINARGS NOLIBWRAP", "\tserver = /usr/sbin/xd", "\tserver_args = yd -a")
    assert wrap(text).count("#portcullis: ") == 2
    assert unwrap(wrap(text)) == text


def test_a_service_wrapped_by_hand_gains_what_it_lacks():
    text = block(*PLAIN, "\tflags = NAMEINARGS", "\tserver = /usr/sbin/tcpd", "\tserver_args = in.xd -a")
    assert wrap(text) == text.replace("NAMEINARGS", "NAMEINARGS NOLIBWRAP")
    assert wrap(text, nolibwrap=False) == text
    text = block(*PLAIN, "\tserver = /usr/sbin/tcpd", "\tserver_args = /opt/xd -a")
    assert wrap(text) == block(
        *PLAIN, "\tflags = NAMEINARGS NOLIBWRAP", "\tserver = /usr/sbin/tcpd", "\tserver_args = /opt/xd -a"
    )
    text = block(*PLAIN, "\tserver = /usr/sbin/tcpd", "\tserver_args = /opt/xd -a", "\tflags = REUSE NAMEINARGS")
    assert wrap(text) == block(
        *PLAIN, "\tserver = /usr/sbin/tcpd", "\tflags = REUSE NAMEINARGS NOLIBWRAP", "\tserver_args = /opt/xd -a"
    )


def test_a_service_wrapped_by_hand_becomes_plain():
    text = block(
        *PLAIN, "\tflags = REUSE NAMEINARGS IPv4 NOLIBWRAP", "\tserver = /usr/sbin/tcpd", "\tserver_args = in.xd   -a"
    )
    assert unwrap(text) == block(*PLAIN, "\tflags = REUSE IPv4", "\tserver = /usr/sbin/in.xd", "\tserver_args = -a")
    text = block(*PLAIN, "\tflags = NAMEINARGS IPv4", "\tserver = /usr/sbin/tcpd", "\tserver_args = in.xd")
    assert unwrap(text) == block(*PLAIN, "\tflags = IPv4", "\tserver = /usr/sbin/in.xd")


def test_wrapping_twice_changes_nothing():
    for text in (
        block(*PLAIN, "\tserver = /usr/sbin/xd"),
        block(*PLAIN, "\tserver = /usr/sbin/xd", "\tserver_args = -a", "\tflags = IPv4"),
    ):
        assert wrap(wrap(text)) == wrap(text)
        assert unwrap(text) == text


def test_a_service_that_was_edited_since_keeps_the_edit():
    text = block(*PLAIN, "\tserver = /usr/sbin/xd", "\tserver_args = -a", "\tflags = IPv4")
    edited = wrap(text).replace("xd -a\n", "xd -a -v\n")
    assert unwrap(edited) == block(*PLAIN, "\tserver = /usr/sbin/xd", "\tflags = IPv4", "\tserver_args = -a -v")


def test_what_cannot_be_wrapped_is_never_rewritten():
    config = read(service(type="INTERNAL"))
    with pytest.raises(SuperserverError, match="internal"):
        xinetd_rewrite.wrap(config, config.entries, TCPD)


def test_a_red_hat_host_there_and_back():
    files = legacy()
    config = xinetd.read(TextSources(files))
    chosen = [entry for entry in config.entries if entry.wrappable and not entry.via_tcpd]
    changed = xinetd_rewrite.wrap(config, chosen, TCPD)
    assert sorted(path.rsplit("/", 1)[1] for path in changed) == [
        "amanda",
        "cvs",
        "gssftp",
        "nrpe",
        "rsh",
        "rsync",
        "telnet",
        "tftp",
        "vmware-authd",
    ]
    wrapped = xinetd.read(TextSources(dict(files, **{path: text.encode() for path, text in changed.items()})))
    ours = [entry for entry in wrapped.entries if entry.name != "finger"]
    assert all(entry.via_tcpd and entry.own_daemon is None for entry in ours if entry.wrappable)
    back = xinetd_rewrite.unwrap(wrapped, ours)
    assert {path: text.encode() for path, text in back.items()} == {path: files[path] for path in changed}


def random_service(rng):
    lines = ["socket_type = stream", "wait = no", "server = " + rng.choice(["/usr/sbin/xd", "/opt/y  ", "/a//b\t"])]
    if rng.random() < 0.7:
        lines.append(
            "flags = "
            + rng.choice(
                [
                    "REUSE",
                    "NAMEINARGS",
                    "NOLIBWRAP",
                    "IPv4 NOLIBWRAP REUSE",
                    "NAMEINARGS NOLIBWRAP",
                    "REUSE  NAMEINARGS\t",
                ]
            )
        )
    if rng.random() < 0.3:
        lines.append("flags = IPv6")
    if rng.random() < 0.7:
        lines.append("server_args =" + rng.choice([" -a", "  xd  -b ", " /opt/y -c\t-d", " NAMEINARGS", "\t\udce9"]))
    if rng.random() < 0.2:
        lines.append("server_args = second")
    lines += rng.sample(
        ["disable = yes", "port = 1", "# c", "", "#portcullis", "log_on_failure += USERID", "bogus = 1"], 3
    )
    rng.shuffle(lines)
    indent = rng.choice(["", "\t", "    ", " \t"])
    return (
        "service %s\n{\n" % rng.choice("abc")
        + "".join(indent + line.replace(" =", rng.choice([" =", "\t\t=", "   ="])) + "\n" for line in lines)
        + "}"
    )


def test_there_and_back_on_files_made_at_random():
    rng = random.Random(11)
    for _round in range(200):
        text = "\n".join(random_service(rng) for _round in range(rng.randrange(1, 4))) + rng.choice(
            ["", "\n", "\n# end"]
        )
        nolibwrap = rng.random() < 0.8
        config = read(text, nolibwrap)
        chosen = [entry for entry in config.entries if entry.wrappable and not entry.via_tcpd and rng.random() < 0.8]
        wrapped = xinetd_rewrite.wrap(config, chosen, TCPD, nolibwrap).get(PATH, text)
        again = read(wrapped, nolibwrap)
        picked = [new for old, new in zip(config.entries, again.entries) if old in chosen]
        assert all(entry.via_tcpd and entry.wrappable for entry in picked)
        assert not [
            finding for finding in again.findings if finding.code in ("checked-twice", "tcpd-without-nameinargs")
        ]
        assert xinetd_rewrite.wrap(again, picked, TCPD, nolibwrap) == {}
        assert xinetd_rewrite.unwrap(again, picked).get(PATH, wrapped) == text, (text, wrapped)


def test_a_rewrite_that_would_mean_something_else_is_refused(monkeypatch):
    """The last look before the text is handed out."""
    text = block(*PLAIN, "\tserver = /usr/sbin/xd", "\tserver_args = -a")
    monkeypatch.setattr(xinetd_rewrite, "_with_server", lambda region, *rest: "\tserver_args = /usr/sbin/other -a\n")
    with pytest.raises(SuperserverError, match="cannot be rewritten safely"):
        wrap(text)
