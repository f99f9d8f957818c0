# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Lines in which a daemon says that it refused a client. Pure text: nothing is read here.

The forms were taken from the programs themselves (Debian 12: tcpd, sshd, xinetd, rpcbind, vsftpd, mosquitto, snmpd,
nrpe, stunnel, openbsd-inetd, and the kernel for this collection's table of nftables), those of slapd, sendmail and
FreeBSD's inetd from their sources. A log line is hostile text: a client chooses parts of it, so a form must fit the
whole message from its first character, and what is taken over is checked or escaped.
"""

import re
import socket
from typing import List, NamedTuple, Optional, Pattern, Tuple

from .times import YearlessClock, from_fields
from ..._libwrap.printable import printable

# a line without any of these is no refusal; searching for them is what makes reading fast
NEEDLES = (
    b"refused connect",
    b" REFUSED",
    b"denied access by tcpd",
    b"unauthorized host",
    b"tcp_wrappers denial",
    b": FAIL: ",
    b") rejection",
    b"DENIED from ",
    b" refused: IN=",
)
JOURNAL_NEEDLES = tuple(needle.lstrip(b": ") for needle in NEEDLES)  # of messages, which no header of syslog precedes
MAX_LINE = 8192
_MAX_SHOWN = 255


class Refusal(NamedTuple):
    time: Optional[float]  # seconds since 1970
    daemon: str
    pid: Optional[int]
    client: str  # as the daemon wrote it, escaped
    address: Optional[str]  # None where no address is in the line
    by: str  # libwrap, xinetd (only_from and no_access), nftables, source_routing
    repeats: bool  # xinetd says it twice: this is the second line


_HEADER = re.compile(
    r"(?:<\d+>)?(?:([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d)"
    r"(?: <[\w.]+>)?"
    r"|(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d)(?:[.,]\d+)?(Z|[+-]\d\d:?\d\d))"
    r" \S+ ([^\s\[:]+)(?:\[(\d+)\])?: (.*)\Z"
)
_XINETD_FILE = re.compile(r"(\d\d)/(\d{1,2})/(\d{1,2})@(\d\d):(\d\d):(\d\d): (FAIL: .*)\Z")
_VSFTPD_FILE = re.compile(
    r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) ([ \d]\d) (\d\d):(\d\d):(\d\d) (\d{4}) \[pid (\d+)\] (CONNECT: .*)\Z"
)
_MOSQUITTO_FILE = re.compile(r"(\d{9,11}): (Client connection .*)\Z")
_MONTH_NUMBERS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()

_FORMS: Tuple[Tuple[str, Pattern[str]], ...] = tuple(
    (by, re.compile(form))
    for by, form in (
        (
            "libwrap",
            r"libwrap refused connection to (?P<service>\S+) \(libwrap=(?P<daemon>[^)]*)\) from (?P<client>\S+)\Z",
        ),
        ("xinetd", r"FAIL: (?P<service>\S+) address from=(?P<client>\S+)\Z"),
        ("repeated", r"FAIL: (?P<service>\S+) libwrap from=(?P<client>\S+)\Z"),
        ("libwrap", r"connect from (?P<client>\S+) to .+: request from unauthorized host\Z"),
        ("libwrap", r"(?:\d+: )?Client connection from (?P<client>\S+) denied access by tcpd\.\Z"),
        ("libwrap", r'CONNECT: Client "(?P<client>[^"]*)", "Connection refused: tcp_wrappers denial\."\Z'),
        (
            "libwrap",
            r"(?:[\d.:/ ]+)?LOG\d\[[^\]]*\]: Service \[(?P<service>[^\]]*)\] REFUSED by libwrap"
            r" from (?P<client>\S+):\d+\Z",
        ),
        ("libwrap", r"refused connection from (?P<client>.+), service (?P<service>\S+) \([^()]*\)\Z"),
        ("libwrap", r"Connection from \w+: \[(?P<client>[^\]]+)\]:\d+(?:->\S+)? REFUSED\Z"),
        ("libwrap", r"(?:conn=\S+ )?fd=\d+ DENIED from (?P<client>\S+ \([^()]*\))\Z"),
        ("libwrap", r"(?:\w+: )?tcpwrappers \((?P<host>[^,]*), (?P<client>[^,()]*)\) rejection\Z"),
        (
            "nftables",
            r"(?:\[[ \d.]+\] )?portcullis (?P<service>[A-Za-z0-9._+-]+) refused: IN=\S* (?:[A-Z]+=\S* )*?"
            r"SRC=(?P<client>[0-9a-f.:]+) DST=\S+ ",
        ),
    )
)
# the process that logs is not always called as libwrap knows it
_PLAIN = "refused connect from "  # libwrap's own refuse(), by far the most frequent form
_SOURCE_ROUTED = " with IP source routing options"
_MAPPED = b"\0" * 10 + b"\xff\xff"
_DAEMONS = {"sshd-session": "sshd", "sm-mta": "sendmail"}


def read_line(raw: bytes, clock: YearlessClock) -> Optional[Refusal]:
    """The refusal that a line of a log file states, or None. `clock` gives traditional syslog its year."""
    line = raw[:MAX_LINE].decode("utf-8", "backslashreplace")
    header = _HEADER.match(line)
    if header:
        month, day, hour, minute, second, date, on_clock, zone, tag, pid, message = header.groups()
        if month:
            moment = clock.moment(month, day, hour, minute, second)
        else:
            moment = _moment(re.split("[-:]", date + ":" + on_clock), zone)
        return read_message(message, moment, tag, pid)
    match = _XINETD_FILE.match(line)
    if match:
        moment = _moment(["20" + match.group(1)] + list(match.groups()[1:6]), None)
        return read_message(match.group(7), moment, "xinetd", None)
    match = _VSFTPD_FILE.match(line)
    if match and match.group(1) in _MONTH_NUMBERS:
        month = str(_MONTH_NUMBERS.index(match.group(1)) + 1)
        moment = _moment([match.group(6), month] + list(match.groups()[1:5]), None)
        return read_message(match.group(8), moment, "vsftpd", match.group(7))
    match = _MOSQUITTO_FILE.match(line)
    if match:
        return read_message(match.group(2), float(match.group(1)), "mosquitto", None)
    return None


def read_message(message: str, moment: Optional[float], tag: str, pid: Optional[str]) -> Optional[Refusal]:
    """The refusal that one message of the program `tag` states, or None. A daemon's has one line."""
    message = message[:MAX_LINE]
    if "\n" in message:
        return None
    if message.startswith(_PLAIN):
        client = message[len(_PLAIN) :]
        if client.endswith(_SOURCE_ROUTED):
            return _refusal(moment, tag, pid, client[: -len(_SOURCE_ROUTED)], "source_routing", None)
        return _refusal(moment, tag, pid, client, "libwrap", None)
    for by, form in _FORMS:
        match = form.match(message)
        if match is None:
            continue
        if by in ("xinetd", "repeated") and not tag.startswith("xinetd"):
            return None
        fields = match.groupdict()
        if by == "nftables":
            if tag != "kernel":
                return None
            # the kernel writes IPv6 addresses with all their zeros
            fields["client"] = find_address(fields["client"]) or fields["client"]
        return _refusal(moment, tag, pid, fields["client"], by, fields.get("daemon") or fields.get("service"))
    return None


def _refusal(
    moment: Optional[float], tag: str, pid: Optional[str], client: str, by: str, daemon: Optional[str]
) -> Refusal:
    client = client.strip()
    return Refusal(
        moment,
        _shown(daemon or _DAEMONS.get(tag) or tag.rsplit("/", 1)[-1]),
        int(pid) if pid and len(pid) < 12 and pid.isdecimal() else None,
        _shown(client),
        find_address(client),
        "libwrap" if by == "repeated" else by,
        by == "repeated",
    )


def find_address(client: str) -> Optional[str]:
    """The address in what a daemon wrote: `ADDRESS`, `user@ADDRESS`, or `name (ADDRESS)`; a name alone has none.

    Only the last pair of parentheses counts, which the daemon wrote; what stands before it is the client's choice.
    """
    text = client
    if text.endswith(")") and "(" in text:
        text = text[text.rindex("(") + 1 : -1]
    text = text.rsplit("@", 1)[-1].strip("[]")
    if text.startswith("IP="):
        text = text[3:]
    try:
        if ":" not in text:
            return socket.inet_ntop(socket.AF_INET, socket.inet_pton(socket.AF_INET, text))
        packed = socket.inet_pton(socket.AF_INET6, text.split("%", 1)[0])
    except (OSError, ValueError):
        return None
    if packed.startswith(_MAPPED):
        return socket.inet_ntop(socket.AF_INET, packed[len(_MAPPED) :])
    return socket.inet_ntop(socket.AF_INET6, packed)


def _moment(parts: List[str], zone: Optional[str]) -> Optional[float]:
    try:
        return from_fields([int(part) for part in parts], zone)
    except (ValueError, OverflowError):
        return None


def _shown(text: str) -> str:
    shown = printable(text)
    return shown if len(shown) <= _MAX_SHOWN else shown[: _MAX_SHOWN - 3] + "..."
