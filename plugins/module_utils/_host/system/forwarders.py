# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Programs that take a connection and hand it on to a port of the host itself: the daemon there sees 127.0.0.1 or ::1
for every client.
"""

import re
from typing import Callable, Dict, Iterator, List, NamedTuple, Sequence, Set, Tuple

from ..errors import HostError
from ..files.files import list_folder, open_file
from ..files.root import Root
from .accounts import Accounts
from .daemon_configurations import configurations, folder_files, is_roots_folder, lines_of, read_configuration
from .nginx_configuration import places_of
from .own_hosts import BOTH, IPV4, OwnHosts, split_place
from .starters import command_words, is_launcher, is_shell


class Target(NamedTuple):
    """Where a forwarder hands connections on: a port of the host, and through which part of its configuration."""

    port: int
    part: str  # a service or protocol; empty where there is only one
    sees: Tuple[str, ...] = (IPV4,)  # the addresses of which the daemon there sees one for every client


# HOST and PORT
_Place = Tuple[str, str]
_SOCAT = re.compile(
    r"(?:TCP|UDP|UDPLITE|SCTP|DCCP|INET|OPENSSL(?:-DTLS)?|SSL|DTLS)([46]?)(?:-(?:CONNECT|CLIENT|SENDTO|DATAGRAM))?:([^,]*)",
    re.IGNORECASE,
)
_SOCAT_RUNS = re.compile(r"(?:EXEC|SYSTEM|SHELL):", re.IGNORECASE)
_SSLH_PART = re.compile(r"\{[^{}]*\}")
_SSLH_WORD = re.compile(r"\b(name|host|port)[ \t]*:[ \t]*\"([^\"]{0,127})\"")
_SSLH_OPTION = re.compile(r"--(ssh|tls|ssl|http|openvpn|tinc|xmpp|socks5|anyprot|adb|syslog|mqtt)(?:=(.*))?\Z")
_FRP_PORT = re.compile(r"[ \t]*local_?[Pp]ort[ \t]*=[ \t]*([0-9]+)")
_FRP_HOST = re.compile(r"[ \t]*local_?(?:ip|IP)[ \t]*=[ \t]*\"?([^\"\s]*)")
_MAX_FILES = 100  # of one forwarder
MAX_NAMES = 200000  # in all folders that are listed
MAX_BYTES = 16 * 1024 * 1024  # of all configurations; each is read for each forwarder that names it
_MAX_SCRIPT = 64 * 1024  # bytes of a script that are looked at,
_MAX_SCRIPTS = 200  # and of so many
_HAPROXY = re.compile(r"[ \t]*server[ \t]+(\S+)[ \t]+(?:(?:ipv[46]|tcp[46]?)@)?(\S+)")
_PROXYD_TAKES = re.compile(r"-c\Z|--(?:c|e)[a-z-]*\Z")  # --connections-max, --exit-idle-time


class Host:
    """What is known of the host that forwarders run on, read once for all of them."""

    def __init__(self, root: Root, accounts: Accounts) -> None:
        self.root = root
        self.accounts = accounts
        self.names = OwnHosts(root)
        self._scripts: Dict[str, List[str]] = {}
        self._folders: Dict[str, List[str]] = {}
        self._names_left = MAX_NAMES
        self._bytes_left = MAX_BYTES

    def folder(self, path: str) -> List[str]:
        """The first names in a folder of root's, listed once; none in one of somebody else's, whose files are not read
        either, and behind MAX_NAMES of all.
        """
        if path not in self._folders:
            self._folders[path] = []
            if path.startswith("/") and self._names_left > 0 and is_roots_folder(self.root, path):
                try:
                    names = list_folder(self.root, path)
                except HostError:
                    names = []
                self._names_left -= len(names)
                self._folders[path] = names[:_MAX_FILES]
        return self._folders[path]

    def lines(self, path: str) -> Iterator[str]:
        """The lines of a configuration; none behind MAX_BYTES of what all forwarders read."""
        data = read_configuration(self.root, path) if self._bytes_left > 0 else None
        self._bytes_left -= len(data or b"")
        return lines_of(data)

    def target(self, place: _Place, part: str = "", family: str = "") -> List[Target]:
        """The port of the host itself that a place means; none for a place elsewhere. `family`: 4 where only IPv4 is used."""
        only = (IPV4,) if family == "4" else BOTH
        sees = tuple(one for one in self.names.seen(place[0]) if one in only)
        port = self.accounts.port(place[1], "tcp") if sees else None
        return [] if port is None else [Target(port, part, sees)]

    def script(self, path: str) -> List[str]:
        """The lines of a script of root's; none of another program."""
        if path not in self._scripts:
            data = self._head(path) if len(self._scripts) < _MAX_SCRIPTS else b""
            text = data.decode("utf-8", "replace").replace("\\\n", " ")
            self._scripts[path] = text.split("\n") if data[:2] == b"#!" else []
        return self._scripts[path]

    def _head(self, path: str) -> bytes:
        try:
            with open_file(self.root, path) as stream:
                start = stream.read(2)
                return start + stream.read(_MAX_SCRIPT) if start == b"#!" else b""
        except (HostError, OSError):
            return b""


class _Question(NamedTuple):
    host: Host
    arguments: Sequence[str]

    @property
    def root(self) -> Root:
        return self.host.root


def _targets(question: _Question, places: Sequence[Tuple[_Place, str]]) -> List[Target]:
    return [target for place, part in places for target in question.host.target(place, part)]


def _socat(question: _Question) -> List[Target]:
    """Each of its addresses, of which `!!` makes two of one; some start another program."""
    found: List[Target] = []
    for address in [one for word in question.arguments for one in word.split("!!")]:
        match = _SOCAT.match(address)
        if match:
            found += question.host.target(split_place(re.sub("[\"']", "", match.group(2))), "", match.group(1))
        elif _SOCAT_RUNS.match(address):
            found += _named_in(question.host, command_words([address.partition(":")[2]]))
    return found


def _pair(question: _Question) -> List[Target]:
    """HOST PORT as two words, as nc(1) takes them, and a command that some of them start (-c, -e)."""
    words = [word for word in question.arguments if word]
    found = _targets(question, [(pair, "") for pair in zip(words, words[1:]) if not pair[0].startswith("-")])
    return found + _named_in(question.host, command_words(word for word in words if " " in word))


def _proxyd(question: _Question) -> List[Target]:
    """systemd-socket-proxyd(8): HOST:PORT, HOST alone for the port http, or the path of a socket."""
    before = [""] + list(question.arguments)
    words = zip(before, question.arguments)
    bare = [word for option, word in words if not word.startswith("-") and not _PROXYD_TAKES.match(option)]
    places = [word if ":" in word.rpartition("]")[2] or word.isdigit() else word + ":http" for word in bare[:1]]
    return _targets(question, [(split_place(place), "") for place in places])


def _sslh(question: _Question) -> List[Target]:
    places: List[Tuple[_Place, str]] = []
    for word, following in zip(question.arguments, list(question.arguments[1:]) + [""]):
        option = _SSLH_OPTION.match(word)
        if option:
            places.append((split_place(option.group(2) or following), option.group(1)))
    for path in configurations(("/etc/sslh.cfg", "/etc/sslh/sslh.cfg"), question.arguments):
        text = " ".join(line.partition("#")[0] for line in question.host.lines(path))
        for part in _SSLH_PART.findall(text[max(text.find("protocols"), 0) :])[:100]:
            words = dict(_SSLH_WORD.findall(part))
            if "name" in words and "port" in words:
                places.append(((words.get("host", "localhost"), words["port"]), words["name"]))
    return _targets(question, places)


def _stunnel(question: _Question) -> List[Target]:
    """Names of options in any case; `redirect` is where clients go who fail a check, `exec` is a program in the place of
    a connection.
    """
    found: List[Target] = []
    part, program = "", ""
    files = [word for word in question.arguments if word.startswith("/")][:1] or (
        ["/etc/stunnel/stunnel.conf"] + folder_files(question.root, "/etc/stunnel")
    )
    for line in _stunnel_lines(question, files, set()):
        key, _equals, value = (text.strip() for text in line.partition("="))
        if key[:1] == "[":
            part, program = key.strip("[]"), ""
        elif key.lower() in ("connect", "redirect"):
            found += question.host.target(split_place(value), part)
        elif key.lower() == "exec":
            program = value
        elif key.lower() == "execargs":
            found += _named_in(question.host, [program] + value.split()[1:])
    return found


def _stunnel_lines(question: _Question, files: Sequence[str], seen: Set[str]) -> Iterator[str]:
    """The lines of some files, with those of the folders that they include in their places; of each file once."""
    for path in files:
        if path in seen or len(seen) >= _MAX_FILES:
            continue
        seen.add(path)
        for line in question.host.lines(path):
            key, equals, value = (text.strip() for text in line.partition("="))
            if not equals or key.lower() != "include":
                yield line
                continue
            inner = ["%s/%s" % (value.rstrip("/"), name) for name in question.host.folder(value)]
            yield from _stunnel_lines(question, inner, seen)


def _haproxy(question: _Question) -> List[Target]:
    """The files and folders behind -f, each once: what is there again changes no target."""
    named = [after for word, after in zip(question.arguments, question.arguments[1:]) if word == "-f"]
    files: List[str] = []
    for path in list(dict.fromkeys(named))[:_MAX_FILES] or ["/etc/haproxy/haproxy.cfg"]:
        inner = ["%s/%s" % (path.rstrip("/"), name) for name in question.host.folder(path) if name.endswith(".cfg")]
        files += inner or [path]
    lines = (line for path in files[:_MAX_FILES] for line in question.host.lines(path))
    found = [match for match in map(_HAPROXY.match, lines) if match]
    return _targets(question, [(split_place(match.group(2)), match.group(1)) for match in found])


def _frpc(question: _Question) -> List[Target]:
    places: List[Tuple[_Place, str]] = []
    host = ""
    files = ("/etc/frp/frpc.ini", "/etc/frp/frpc.toml", "/etc/frpc.ini", "/etc/frpc.toml")
    named = [word for word in question.arguments if word.startswith("/") and word.endswith((".ini", ".toml"))]
    for path in named[:2] or files:
        for line in question.host.lines(path):
            if line.startswith("["):
                host = ""
            host_found, port = _FRP_HOST.match(line), _FRP_PORT.match(line)
            if host_found:
                host = host_found.group(1)
            elif port:
                places.append(((host, port.group(1)), ""))
    return _targets(question, places)


def _rinetd(question: _Question) -> List[Target]:
    places = []
    for path in configurations(("/etc/rinetd.conf",), question.arguments):
        for line in question.host.lines(path):
            words = line.partition("#")[0].split()
            if len(words) >= 4:
                places.append(((words[2], words[3].partition("/")[0]), words[1].partition("/")[0]))
    return _targets(question, places)


def _nginx(question: _Question) -> List[Target]:
    files = configurations(("/etc/nginx/nginx.conf",), question.arguments)
    return _targets(question, [(split_place(place), "") for path in files for place in places_of(question.root, path)])


READERS: Dict[str, Callable[[_Question], List[Target]]] = {
    "socat": _socat,
    "socat1": _socat,
    "systemd-socket-proxyd": _proxyd,
    "nc": _pair,
    "ncat": _pair,
    "netcat": _pair,
    "nc.openbsd": _pair,
    "nc.traditional": _pair,
    "sslh": _sslh,
    "sslh-select": _sslh,
    "sslh-ev": _sslh,
    "sslh-fork": _sslh,
    "stunnel": _stunnel,
    "stunnel4": _stunnel,
    "frpc": _frpc,
    "rinetd": _rinetd,
    "haproxy": _haproxy,
    "nginx": _nginx,
}


# their words tell everything, so they are known behind any program that is given them
_BY_WORDS = (_socat, _pair, _proxyd)


def forwards_to(host: Host, program: str, arguments: Sequence[str]) -> List[Target]:
    """The ports of the host itself that a program hands connections on to, as far as its command line, its configuration
    and the text of a script tell.
    """
    reader = READERS.get(program.rsplit("/", 1)[-1])
    if reader is not None:
        return reader(_Question(host, arguments))
    starts = is_shell(program) or is_launcher(program)
    found = _named_in(host, command_words(arguments), starts)
    for line in host.script(program) if program.startswith("/") else ():
        found += [] if line.lstrip().startswith("#") else _named_in(host, command_words([line]), True)
    return list(dict.fromkeys(found))


def _named_in(host: Host, words: Sequence[str], any_kind: bool = False) -> List[Target]:
    """What the first forwarder leads to that words name, which something else starts. `any_kind`: one with a
    configuration of its own, too.
    """
    for place, word in enumerate(words):
        reader = READERS.get(word.rsplit("/", 1)[-1])
        if reader is not None and (any_kind or reader in _BY_WORDS):
            return reader(_Question(host, words[place + 1 :]))
    return []
