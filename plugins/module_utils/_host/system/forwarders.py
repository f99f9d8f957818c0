# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Programs that take a connection and hand it on to a port of the host itself: the daemon there sees 127.0.0.1 for
every client.
"""

import re
from typing import Callable, Dict, Iterator, List, NamedTuple, Optional, Sequence, Set, Tuple

from ..errors import HostError
from ..files.files import list_folder
from ..files.root import Root
from .accounts import Accounts
from .daemon_configurations import configuration_lines, configurations, folder_files
from .nginx_configuration import places_of


class Target(NamedTuple):
    """Where a forwarder hands connections on: a port of the host, and through which part of its configuration."""

    port: int
    part: str  # a service or protocol; empty where there is only one


# HOST:PORT, PORT alone, or two words
_PLACE = re.compile(r"(?:(\[[^\]]*\]|[^\s:]*):)?([A-Za-z0-9-]+)\Z")
_LOOPBACK = re.compile(r"(?:127\.[0-9.]+|localhost|ip6-localhost|\[?::1\]?|0\.0\.0\.0|\*|)\Z", re.IGNORECASE)
_SOCAT = re.compile(r"(?:TCP[46]?|UDP[46]?|OPENSSL)(?:-CONNECT)?:([^,]*)", re.IGNORECASE)
_SSLH_PART = re.compile(r"\{[^{}]*\}")
_SSLH_WORD = re.compile(r"\b(name|host|port)[ \t]*:[ \t]*\"([^\"]{0,127})\"")
_SSLH_OPTION = re.compile(r"--(ssh|tls|ssl|http|openvpn|tinc|xmpp|socks5|anyprot|adb|syslog|mqtt)(?:=(.*))?\Z")
_FRP_PORT = re.compile(r"[ \t]*local_?[Pp]ort[ \t]*=[ \t]*([0-9]+)")
_FRP_HOST = re.compile(r"[ \t]*local_?(?:ip|IP)[ \t]*=[ \t]*\"?([^\"\s]*)")
_MAX_FILES = 100  # of one forwarder
_HAPROXY = re.compile(r"[ \t]*server[ \t]+(\S+)[ \t]+(\S+)")


class _Question(NamedTuple):
    root: Root
    accounts: Accounts
    arguments: Sequence[str]


def local_port(accounts: Accounts, place: str) -> Optional[int]:
    """The port of `HOST:PORT` where HOST is the host itself; None for a place elsewhere."""
    found = _PLACE.match(place.strip())
    if found is None or not _LOOPBACK.match(found.group(1) or ""):
        return None
    return accounts.port(found.group(2), "tcp")


def _targets(question: _Question, places: Sequence[Tuple[str, str]]) -> List[Target]:
    found = [(local_port(question.accounts, place), part) for place, part in places]
    return [Target(port, part) for port, part in found if port is not None]


def _socat(question: _Question) -> List[Target]:
    words = [match.group(1) for match in (_SOCAT.match(word) for word in question.arguments) if match]
    return _targets(question, [(word, "") for word in words])


def _pair(question: _Question) -> List[Target]:
    """HOST PORT as two words, as nc(1) takes them."""
    words = [word for word in question.arguments if word]
    return _targets(question, [("%s:%s" % pair, "") for pair in zip(words, words[1:]) if _is_host(pair[0])])


def _proxyd(question: _Question) -> List[Target]:
    """systemd-socket-proxyd(8): HOST:PORT, HOST alone for the port http, or the path of a socket."""
    words = [word for word in question.arguments if not word.startswith("-")][:1]
    places = [word if ":" in word.rpartition("]")[2] or word.isdigit() else word + ":http" for word in words]
    return _targets(question, [(place, "") for place in places])


def _is_host(word: str) -> bool:
    return bool(_LOOPBACK.match(word))


def _sslh(question: _Question) -> List[Target]:
    places = []
    for word, following in zip(question.arguments, list(question.arguments[1:]) + [""]):
        option = _SSLH_OPTION.match(word)
        if option:
            places.append((option.group(2) or following, option.group(1)))
    for path in configurations(("/etc/sslh.cfg", "/etc/sslh/sslh.cfg"), question.arguments):
        text = " ".join(line.partition("#")[0] for line in configuration_lines(question.root, path))
        for part in _SSLH_PART.findall(text[max(text.find("protocols"), 0) :])[:100]:
            words = dict(_SSLH_WORD.findall(part))
            if "name" in words and "port" in words:
                places.append(("%s:%s" % (words.get("host", "localhost"), words["port"]), words["name"]))
    return _targets(question, places)


def _stunnel(question: _Question) -> List[Target]:
    """Names of options in any case; `redirect` is where clients go who fail a check."""
    places, part = [], ""
    files = [word for word in question.arguments if word.startswith("/")][:1] or (
        ["/etc/stunnel/stunnel.conf"] + folder_files(question.root, "/etc/stunnel")
    )
    for line in _stunnel_lines(question, files, set()):
        key, _equals, value = (text.strip() for text in line.partition("="))
        if key[:1] == "[":
            part = key.strip("[]")
        elif key.lower() in ("connect", "redirect"):
            places.append((value, part))
    return _targets(question, places)


def _stunnel_lines(question: _Question, files: Sequence[str], seen: Set[str]) -> Iterator[str]:
    """The lines of some files, with those of the folders that they include in their places; of each file once."""
    for path in files:
        if path in seen or len(seen) >= _MAX_FILES:
            continue
        seen.add(path)
        for line in configuration_lines(question.root, path):
            key, equals, value = (text.strip() for text in line.partition("="))
            if not equals or key.lower() != "include":
                yield line
                continue
            inner = ["%s/%s" % (value.rstrip("/"), name) for name in _names(question.root, value)]
            yield from _stunnel_lines(question, inner, seen)


def _names(root: Root, folder: str) -> List[str]:
    try:
        return sorted(list_folder(root, folder))[:_MAX_FILES] if folder.startswith("/") else []
    except HostError:
        return []


def _haproxy(question: _Question) -> List[Target]:
    """The files and folders behind -f, each as often as it is there."""
    named = [after for word, after in zip(question.arguments, question.arguments[1:]) if word == "-f"]
    files: List[str] = []
    for path in named[:_MAX_FILES] or ["/etc/haproxy/haproxy.cfg"]:
        inner = ["%s/%s" % (path.rstrip("/"), name) for name in _names(question.root, path) if name.endswith(".cfg")]
        files += inner or [path]
    lines = [line for path in files[:_MAX_FILES] for line in configuration_lines(question.root, path)]
    found = [match for match in map(_HAPROXY.match, lines) if match]
    return _targets(question, [(match.group(2), match.group(1)) for match in found])


def _frpc(question: _Question) -> List[Target]:
    places, host = [], ""
    files = ("/etc/frp/frpc.ini", "/etc/frp/frpc.toml", "/etc/frpc.ini", "/etc/frpc.toml")
    named = [word for word in question.arguments if word.startswith("/") and word.endswith((".ini", ".toml"))]
    for path in named[:2] or files:
        for line in configuration_lines(question.root, path):
            if line.startswith("["):
                host = ""
            host_found, port = _FRP_HOST.match(line), _FRP_PORT.match(line)
            if host_found:
                host = host_found.group(1)
            elif port:
                places.append(("%s:%s" % (host, port.group(1)), ""))
    return _targets(question, places)


def _rinetd(question: _Question) -> List[Target]:
    places = []
    for path in configurations(("/etc/rinetd.conf",), question.arguments):
        for line in configuration_lines(question.root, path):
            words = line.partition("#")[0].split()
            if len(words) >= 4:
                places.append(("%s:%s" % (words[2], words[3].partition("/")[0]), words[1].partition("/")[0]))
    return _targets(question, places)


def _nginx(question: _Question) -> List[Target]:
    files = configurations(("/etc/nginx/nginx.conf",), question.arguments)
    return _targets(question, [(place, "") for path in files for place in places_of(question.root, path)])


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


def forwards_to(root: Root, accounts: Accounts, program: str, arguments: Sequence[str]) -> List[Target]:
    """The ports of the host itself that a program hands connections on to, as far as its command line and configuration
    tell.
    """
    reader = READERS.get(program.rsplit("/", 1)[-1])
    return [] if reader is None else reader(_Question(root, accounts, arguments))
