# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Lines of real daemons become refusals; lines that only look like them do not."""

import time

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs.times import (
    YearlessClock,
    parse_moment,
    show,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.logs.refusal_lines import (
    NEEDLES,
    find_address,
    read_line,
    read_message,
)

WRITTEN = 1795422960.0  # 2026-11-23 08:36 UTC

# as written by the programs of Debian 12 when 10.99.77.1 was refused
REAL = [
    ("Nov 23 08:34:58 h sshd[123]: refused connect from 10.99.77.1 (10.99.77.1)", "sshd", 123, "libwrap"),
    (
        "2026-11-23T08:35:03.448790+00:00 348e44f3e419 cat[124]: refused connect from 10.99.77.1 (10.99.77.1)",
        "cat",
        124,
        "libwrap",
    ),
    (
        "Nov 23 08:35:08 h xinetd[125]: libwrap refused connection to labxinetd (libwrap=cat) from ::ffff:10.99.77.1",
        "cat",
        125,
        "libwrap",
    ),
    ("Nov 23 08:37:01 h xinetd[175]: FAIL: labonly address from=::ffff:10.99.77.1", "labonly", 175, "xinetd"),
    ("26/11/23@08:35:08: FAIL: labfile address from=::ffff:10.99.77.1", "labfile", None, "xinetd"),
    (
        "Nov 23 08:35:08 h stunnel[119]: LOG4[0]: Service [lab] REFUSED by libwrap from 10.99.77.1:40990",
        "lab",
        119,
        "libwrap",
    ),
    (
        "Nov 23 08:35:08 h mosquitto[98]: 1795422908: Client connection from 10.99.77.1 denied access by tcpd.",
        "mosquitto",
        98,
        "libwrap",
    ),
    ("1795422908: Client connection from 10.99.77.1 denied access by tcpd.", "mosquitto", None, "libwrap"),
    (
        "Nov 23 08:35:08 h rpcbind[133]: connect from 10.99.77.1 to dump(): request from unauthorized host",
        "rpcbind",
        133,
        "libwrap",
    ),
    (
        'Mon Nov 23 08:35:08 2026 [pid 130] CONNECT: Client "10.99.77.1", "Connection refused: tcp_wrappers denial."',
        "vsftpd",
        130,
        "libwrap",
    ),
    ("Nov 23 08:37:01 h nrpe[178]: refused connect from 10.99.77.1 (10.99.77.1)", "nrpe", 178, "libwrap"),
    (
        "Nov 23 08:37:06 h snmpd[161]: Connection from UDP: [10.99.77.1]:53096->[10.99.77.10]:161 REFUSED",
        "snmpd",
        161,
        "libwrap",
    ),
    (
        "Nov 23 08:37:06 h sshd-session[9]: refused connect from 10.99.77.1 (10.99.77.1)",
        "sshd",
        9,
        "libwrap",
    ),
    (
        "<38>Nov 23 08:37:06 h in.telnetd[9]: refused connect from root@pc.example.com (10.99.77.1)",
        "in.telnetd",
        9,
        "libwrap",
    ),
    (
        "Nov 23 08:37:06 h inetd[9]: refused connection from 10.99.77.1, service telnetd (tcp)",
        "telnetd",
        9,
        "libwrap",
    ),
    (
        "Nov 23 08:37:06 h kernel: [14947.285873] portcullis sshd refused: IN=eth0 OUT= MAC=00:00:00:00:00:00:00:00:00:00:00:00:08:00 "
        "SRC=10.99.77.1 DST=10.99.77.10 LEN=60 TOS=0x00 PREC=0x00 TTL=64 ID=65141 DF PROTO=TCP SPT=43052 DPT=2222 WINDOW=65495 RES=0x00 "
        "SYN URGP=0 ",
        "sshd",
        None,
        "nftables",
    ),
    (
        "2026-11-23T08:35:03.448790+00:00 h kernel: portcullis in.tftpd refused: IN=eth0 OUT= MAC= "
        "SRC=10.99.77.1 DST=10.99.77.10 LEN=29 TOS=0x00 PREC=0x00 TTL=64 ID=0 DF PROTO=UDP SPT=43052 DPT=69 LEN=9 ",
        "in.tftpd",
        None,
        "nftables",
    ),
    (
        "Nov 23 08:37:06 h in.ftpd[9]: refused connect from 10.99.77.1 with IP source routing options",
        "in.ftpd",
        9,
        "source_routing",
    ),
]


@pytest.mark.parametrize("line,daemon,pid,by", REAL)
def test_real_lines(line, daemon, pid, by):
    refusal = read_line(line.encode(), YearlessClock(WRITTEN))
    assert (refusal.daemon, refusal.pid, refusal.by, refusal.address) == (daemon, pid, by, "10.99.77.1")
    assert not refusal.repeats
    assert any(needle in line.encode() for needle in NEEDLES)


@pytest.mark.parametrize(
    "line",
    [
        "Nov 23 08:34:58 h sshd[1]: Invalid user refused connect from 6.6.6.6 from 10.0.0.1 port 22",
        "Nov 23 08:34:58 h sshd[1]: Failed password for x sshd[2]: refused connect from 6.6.6.6",
        "Nov 23 08:34:58 h CRON[1]: (root) CMD (echo FAIL: x address from=6.6.6.6)",
        "Nov 23 08:34:58 h evil[1]: FAIL: telnet address from=6.6.6.6",
        "Nov 23 08:35:08 h nrpe[132]: Host 10.99.77.1 is not allowed to talk to us!",
        "refused connect from 6.6.6.6",
        "Nov 23 08:34:58 h logger[1]: portcullis sshd refused: IN=lo OUT= SRC=6.6.6.6 DST=6.6.6.7 LEN=60",
        "Nov 23 08:34:58 h kernel: usb 1-1: Product: portcullis sshd refused: IN=lo OUT= SRC=6.6.6.6 DST=6.6.6.7 LEN=60",
        "Nov 23 08:34:58 h kernel: portcullis sshd refused: IN=lo OUT= SRC=6.6.6.6) DST=6.6.6.7 LEN=60",
        "Nov 23 08:34:58 h sshd[1]:refused connect from 6.6.6.6",
        "Nov 23 08:34:58",
        "",
        "\x00\x01\x02 refused connect from 6.6.6.6",
    ],
)
def test_what_only_looks_like_a_refusal(line):
    assert read_line(line.encode(), YearlessClock(WRITTEN)) is None


def test_the_kernel_writes_ipv6_with_all_zeros():
    line = (
        b"Nov 23 08:37:06 h kernel: [14947.286181] portcullis sshd refused: IN=lo OUT= MAC=00:00:86:dd "
        b"SRC=0000:0000:0000:0000:0000:0000:0000:0001 DST=0000:0000:0000:0000:0000:0000:0000:0001 LEN=80 TC=0 HOPLIMIT=64 FLOWLBL=211676 "
        b"PROTO=TCP SPT=58592 DPT=2222 WINDOW=65476 RES=0x00 SYN URGP=0 "
    )
    refusal = read_line(line, YearlessClock(WRITTEN))
    assert (refusal.address, refusal.client, refusal.by) == ("::1", "::1", "nftables")


def test_the_second_line_of_xinetd_is_marked():
    line = b"Nov 23 08:37:01 h xinetd[176]: FAIL: labfile libwrap from=::ffff:10.99.77.1"
    assert read_line(line, YearlessClock(WRITTEN)).repeats


@pytest.mark.parametrize(
    "client,address",
    [
        ("10.0.0.1", "10.0.0.1"),
        ("user@10.0.0.1", "10.0.0.1"),
        ("pc.example.com (10.0.0.1)", "10.0.0.1"),
        ("1.2.3.4 (6.6.6.6) (10.0.0.1)", "10.0.0.1"),  # a client chose its name or user, the daemon the last pair
        ("pc.example.com", None),
        ("6.6.6.6) x", None),
        ("2001:DB8::1", "2001:db8::1"),
        ("x ([2001:db8::1])", "2001:db8::1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("fe80::1%eth0", "fe80::1"),
        ("unknown", None),
        ("10.0.0.1\x00", None),
        ("", None),
    ],
)
def test_addresses(client, address):
    assert find_address(client) == address


def test_hostile_text_is_escaped_and_cut():
    line = b"Nov 23 08:34:58 h \x1b[2Jd[1]: refused connect from \x1b]0;x\x07\xff\xe2\x80\xae{{ 1 }}%s" % (b"A" * 5000)
    refusal = read_line(line, YearlessClock(WRITTEN))
    assert refusal is None or refusal.client.isprintable()
    line = b"Nov 23 08:34:58 h d[1]: refused connect from \x1b]0;x\x07\xff\xe2\x80\xae%s" % (b"A" * 5000)
    refusal = read_line(line, YearlessClock(WRITTEN))
    assert refusal.client.startswith("\\x1b]0;x\\x07\\xff\\xe2\\x80\\xaeAAA") and len(refusal.client) == 255
    assert (
        read_line(b"Nov 23 08:34:58 h d[%s]: refused connect from 10.0.0.1" % (b"9" * 400), YearlessClock(0)).pid
        is None
    )


@pytest.fixture
def utc(monkeypatch):
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def moment(line, written=WRITTEN):
    return show(read_line(line.encode(), YearlessClock(written)).time)


def test_times(utc):
    rest = " h sshd[1]: refused connect from 10.0.0.1"
    assert moment("Nov 23 08:34:58" + rest) == "2026-11-23T08:34:58Z"
    assert moment("Nov  3 08:34:58" + rest) == "2026-11-03T08:34:58Z"
    assert moment("Dec 31 23:59:59" + rest) == "2025-12-31T23:59:59Z"  # not after the file was written
    assert moment("2026-11-23T08:34:58.448790+02:00" + rest) == "2026-11-23T06:34:58Z"
    assert moment("2026-11-23T08:34:58Z" + rest) == "2026-11-23T08:34:58Z"
    assert moment("26/1/3@08:35:08: FAIL: x address from=10.0.0.1") == "2026-01-03T08:35:08Z"
    assert moment("1795422908: Client connection from 10.0.0.1 denied access by tcpd.") == "2026-11-23T08:35:08Z"


@pytest.mark.parametrize("stamp", ["Nov 32 08:00:00", "Xyz 10 08:00:00", "Nov 10 99:00:00", "2026-13-01T00:00:00Z"])
def test_times_that_do_not_exist(stamp):
    refusal = read_line((stamp + " h sshd[1]: refused connect from 10.0.0.1").encode(), YearlessClock(WRITTEN))
    assert refusal.time is None


def test_moments_of_a_task(utc):
    assert parse_moment("24h", WRITTEN, "since") == WRITTEN - 86400
    assert parse_moment("2w", WRITTEN, "since") == WRITTEN - 14 * 86400
    assert show(parse_moment("2026-11-23", 0, "since")) == "2026-11-23T00:00:00Z"
    assert show(parse_moment("2026-11-23 08:00", 0, "since")) == "2026-11-23T08:00:00Z"
    assert show(parse_moment("2026-11-23T08:00:01+0100", 0, "since")) == "2026-11-23T07:00:01Z"
    for text in ("yesterday", "2026-13-01", "", "1", "2026-11-23T25:00:00"):
        with pytest.raises(HostError, match="since"):
            parse_moment(text, WRITTEN, "since")


@pytest.mark.parametrize("pid", ["abc", "\u00b2", "1" * 12, "-1", ""])
def test_a_process_number_that_is_none_is_not_believed(pid):
    refusal = read_message("refused connect from 10.9.8.7", None, "sshd", pid)
    assert refusal.address == "10.9.8.7" and refusal.pid is None


@pytest.mark.parametrize("ending", ["", "\nx", "\rx"])
def test_a_long_message_that_resembles_the_kernels_costs_no_square_of_its_length(ending):
    """SRC= again and again: anybody may write it, also with a line end in it, through the journal."""

    def seconds(count):
        text = "portcullis x refused: IN= " + "SRC=1 DST=1 " * count + ending
        started = time.process_time()
        for _number in range(20):
            read_message(text, None, "kernel", None)
        return time.process_time() - started

    seconds(10)
    assert min(seconds(660) / max(seconds(66), 1e-4) for _try in range(3)) < 40
    assert read_message("refused connect from 10.1.2.3\nx", None, "sshd", None) is None


def test_a_log_that_claims_a_time_beyond_all_years(utc):
    clock = YearlessClock(float(1 << 62))
    assert clock.moment("Jan", "2", "03", "04", "05") <= time.time() + 86400


@pytest.mark.parametrize("stamp", ["0001-01-01T00:00:01Z", "9999-12-31T23:59:59-23:59"])
def test_a_year_that_no_time_is_shown_with_is_none(stamp):
    refusal = read_line(b"%s h sshd[1]: refused connect from 10.1.2.3" % stamp.encode(), YearlessClock(0))
    assert refusal.time is None
