# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Random rule files, from well-formed to broken, and questions that come near their rules."""

import pathlib
import random
from typing import Callable, List, Optional, Sequence

from libwrap import Question

DAEMONS = "sshd in.telnetd in.ftpd vsftpd rpcbind slapd SSHD unknown 22 [sshd] /usr/sbin/sshd @home".split() + [
    "a" * 126,
    "a" * 127,
]
NAMES = (
    """
    host.example.com www.example.com example.com gw localhost a.b.example.org HOST.example.COM 10.example.com unknown
    paranoid ::ffff:10.1.2.3 192.168.1.77 [h [h]
""".split()
    + [""]
)
ADDRESSES = (
    """
    10.0.0.1 10.1.2.3 192.168.1.77 192.168.1.78 203.0.113.9 127.0.0.1 0.0.0.0 255.255.255.255 ::1 2001:db8::1
    2001:db8:1::5 2001:DB8::1 fe80::1 fe80::1%lo ::ffff:10.1.2.3 ::FFFF:192.168.1.77 ::ffff:a01:203 10.1.2.3.4 010.1.2.3
    unknown
""".split()
    + [""]
)
USERS = (
    """
    root bob ROOT nobody.x unknown [x
""".split()
    + [""]
)
PATTERNS = """
    ALL all LOCAL KNOWN UNKNOWN PARANOID .example.com .com .EXAMPLE.com .1 . 10. 10.1. 192.168. www. host. gw. * ** ? ?*
    10.* *.example.com 192.168.1.7? *host* h*.e?ample.* *:* fe80* [::1] [2001:db8::]/32 [2001:db8::1]/127 [::]/0 [::]/x
    [::]/ [::1/128] [fe80::1%lo] [fe80::1%nosuch] [fe80::1%nosuch]/64
    [fe80::1%lo]/10 [fe80::1%1] [2001:db8::1%nosuch] [::ffff:10.1.2.3] [2001:DB8::1 2001:db8::1] [] [ ] []/0 ::1 2001:db8::1 0.0.0.0/0
    0.0.0.0/0.0.0.0 10.0.0.0/8 10.0.0.0/8x 10.0.0.0/0x8 10.0.0.0/255.0.0.0 10.0.0.0/ 10/8 10.0.0/24 010.0.0.0/8
    0xa.0.0.0/8 192.168.1.0/24 192.168.1.77/32 192.168.1.77/24 192.168.1.77/255.255.255.255 192.0.1.0/255.0.255.0
    255.255.255.255 255.255.255.255/32 10.1.2.3/33 10.1.2.3/-1 host/24 / @home @HOME @ @@home /nonexistent/hosts
    1.2.3.4/255.255 1.2.3 0.0.0.0/1.2.3.256 0.0.0.0/8...x [h [h]
""".split()
OPTIONS = [
    option.strip()
    for option in """
    allow | deny | ALLOW | Deny | allow= | allow x | severity notice | severity mail.info | severity authpriv.info |
    severity | umask 022 | umask 8 | umask 1777 | umask | setenv A b | setenv A=b | setenv A %a-%h-%c | setenv  A |
    setenv | nice | nice 5 | nice -5 | nice x | linger 10 | linger -1 | keepalive | keepalive 1 | rfc931 | rfc931 5 |
    rfc931 0 | banners /nonexistent | banners | user root | user nobody.nogroup | user nobody.nosuch | user nosuch |
    user nosuch.root | group root | group nosuch | user =root | aclexec /bin/true | aclexec /bin/x %a | aclexec |
    spawn echo %a %h %d %n %u | spawn (echo %A %H %N %s %R %r %c) & | spawn=echo x | spawn = echo %% %z |
    spawn echo a\\:b | spawn echo 12:30 | spawn | twist echo no | twist=echo %c | twist | bogus | /bin/echo x | = |
    x=y | [ | a]b
""".split("|")
] + ["", " ", "spawn (echo hi | cat) &", "spawn " + "%c" * 90, "spawn " + "x" * 1900]
ODD_LINES = [
    "",
    " ",
    "\t",
    "# comment",
    "# comment \\",
    " # ALL: ALL",
    "no separator",
    ":",
    "::",
    ": ALL",
    "ALL:",
    "ALL: ALL:",
    "ALL: ALL::",
    "ALL: ALL: allow:",
    "\\",
    "\\ ",
    "ALL: ALL # ALL",
    "ALL: ALL EXCEPT",
    "EXCEPT ALL: ALL",
    "ALL: EXCEPT ALL",
    "[ALL: ALL",
    "ALL]: ALL",
    "ALL\\: ALL",
    "ALL; ALL: ALL",
    "ALL: ALL\v",
    "\f",
    "\0ALL: ALL",
    "ALL: ALL\0: deny",
    "\ufeffALL: ALL",
    "ALL: ALL\r",
    "\r",
    "ALL: h\udcff",
    "ALL: \u00e9",
]
LENGTHS = [2044, 2045, 2046, 2047, 2048, 4094, 4095, 5000]
NETGROUPS = {"home": ["gw", "host.example.com", "unknown", "192.168.1.77"], "HOME": ["www.example.com"]}
FILES = {
    "plain": "10.0.0.0/8 .example.com\n",
    "commas": "192.168.1.77,gw\n# [2001:db8::]/32\n",
    "empty": "",
    "except": "ALL EXCEPT 10.1.2.3\n",
    "words": "root@gw [::1] *.org 22\n",
}


class RuleFiles:
    """One stream of random texts and questions; the same seed gives the same."""

    def __init__(self, seed: int, folder: pathlib.Path) -> None:
        self.random = random.Random(seed)
        self.patterns = PATTERNS + sorted(write_files(folder))

    def chance(self, probability: float) -> bool:
        """True that often."""
        return self.random.random() < probability

    def any(self, words: Sequence[str]) -> str:
        """One of the words."""
        return self.random.choice(words)

    def quad(self) -> str:
        """An IPv4 address."""
        return ".".join(
            str(self.random.choice((0, 1, 2, 10, 127, 255, self.random.randrange(256)))) for _number in range(4)
        )

    def network(self) -> str:
        """A random network, often with its host bits cleared."""
        length = self.random.randrange(34)
        mask = (0xFFFFFFFF << (32 - min(length, 32))) & 0xFFFFFFFF
        number = int.from_bytes(
            bytes(int(part) for part in self.any(["10.1.2.3", "192.168.1.77", self.quad()]).split(".")), "big"
        )
        if self.chance(0.8):
            number &= mask
        parts = [".".join(str(byte) for byte in value.to_bytes(4, "big")) for value in (number, mask)]
        return "%s/%s" % (parts[0], length if self.chance(0.5) else parts[1])

    def host(self) -> str:
        """A pattern for one end of a connection."""
        kind = self.random.random()
        if kind < 0.5:
            return self.any(self.patterns)
        if kind < 0.65:
            return self.network()
        return self.any([self.any(ADDRESSES), self.any(NAMES), self.quad()]) or "x"

    def client(self) -> str:
        """A client pattern."""
        return (
            "%s@%s" % (self.any(USERS + ["ALL", "KNOWN", "r*", "[x", ""]), self.host())
            if self.chance(0.12)
            else self.host()
        )

    def daemon(self) -> str:
        """A daemon pattern."""
        name = self.any(
            DAEMONS
            + ["ALL"] * 16
            + ["sshd"] * 12
            + "ssh* in.* in. .telnetd s?hd KNOWN LOCAL +22 0022 -1 22x 65536 4294967318".split()
        )
        return "%s@%s" % (name, self.host()) if self.chance(0.1) else name

    def listing(self, item: Callable[[], str]) -> str:
        """A list with EXCEPT now and then."""
        words = []
        for _number in range(self.random.choice((1, 1, 1, 2, 3, 6))):
            words.append(item())
            while self.chance(0.15):
                words += [self.any(["EXCEPT", "EXCEPT", "except", "Except"]), item()]
        text = ""
        for word in words:
            text += word + self.any([" ", " ", " ", ", ", ",", "\t", "  ", " , ,"])
        return text if self.chance(0.1) else text.rstrip(" ,\t")

    def rule(self) -> str:
        """A rule, usually a good one."""
        text = self.listing(self.daemon) + self.any([":", ": ", " : ", ":\t"]) + self.listing(self.client)
        while self.chance(0.3):
            text += self.any([":", ": ", " : "]) + self.any(OPTIONS)
        return text

    def line(self) -> str:
        """A physical line without its newline, or several that continue."""
        kind = self.random.random()
        if kind < 0.08:
            return self.any(ODD_LINES)
        if kind < 0.1:
            filler = self.any(["#", "ALL: ALL: spawn ", "x", "ALL: 10.9.9.9 "])
            return (
                (filler * 3000)[: self.random.choice(LENGTHS)]
                if self.chance(0.5)
                else filler + "y" * (self.random.choice(LENGTHS) - len(filler))
            )
        text = self.rule()
        if self.chance(0.06):
            place = self.random.randrange(len(text) + 1)
            text = text[:place] + self.any(["\\\n", "\\\n  ", " \\\n", "\\\n\\\n", "\\\r\n", "\n"]) + text[place:]
        if self.chance(0.03):
            place = self.random.randrange(len(text) + 1)
            text = (
                text[:place] + self.any(["\0", "\r", "[", "]", "\\", "#", "@", ":", "/", "%", "\u00e9"]) + text[place:]
            )
        return text + (self.any([" ", "\r", "\\", "#", ":"]) if self.chance(0.03) else "")

    def table(self) -> Optional[bytes]:
        """A table's text, or None for none."""
        if self.chance(0.04):
            return None
        text = "".join(self.line() + "\n" for _number in range(self.random.choice((0, 1, 1, 2, 3, 4, 6))))
        if text and self.chance(0.03):
            text = text[:-1]
        return text.encode("utf-8", "surrogateescape")

    def question(self) -> Question:
        """A question from the words that rules are made of."""
        return Question(
            daemon=self.any(DAEMONS + ["sshd"] * 20),
            address=self.any(ADDRESSES + [self.quad(), "10.1.2.%d" % self.random.randrange(256)]),
            name=self.any(NAMES),
            user=self.any(USERS),
            server_address=self.any(["", "", "10.0.0.1", "::1"]),
            server_name=self.any(["", "", "www.example.com", "gw", "paranoid"]),
            server_port=self.any(["", "22", "23"]),
            client_port=self.any(["", "", "40000"]),
            aclexec_status=self.any(["0", "0", "0", "1"]),
        )


def write_files(folder: pathlib.Path) -> List[str]:
    """Write the targets of /file patterns, and one that names another of them; their paths."""
    for name, text in FILES.items():
        (folder / name).write_text(text)
    (folder / "nested").write_text("203.0.113.9 %s www.example.com" % (folder / "plain"))
    return [str(folder / name) for name in [*FILES, "nested"]]


def questions_for(maker: RuleFiles, count: int) -> List[Question]:
    """Some questions for one pair of tables."""
    return [maker.question() for _number in range(count)]
