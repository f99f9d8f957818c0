# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether a daemon that asks libwrap only when told to was told so: for each what its command line and configuration
say, read as the daemon reads them.

Each reader says what was found with the real daemon: which of two values holds, and in which case and form a value is
taken.
"""

import re
from typing import Callable, Dict, FrozenSet, List, Optional, Sequence

from .daemon_questions import (
    YES_NO,
    NotTold,
    Question,
    Values,
    file_lines,
    folder_names,
    last_value,
    named_file,
    usual_file,
)
from .dovecot import dovecot_asks
from .mosquitto_configuration import mosquitto_asks
from .socat_addresses import socat_asks
from .sslh_configuration import sslh_asks
from .stunnel_configuration import stunnel_asks

_VSFTPD = re.compile(r"\s*tcp_wrappers=(.*)\Z")
_VSFTPD_VALUES = Values(frozenset(("yes", "true", "1")), frozenset(("no", "false", "0")), True)
_AUDITD = re.compile(r"[ \t]*use_libwrap[ \t]*=[ \t]*(\S+)", re.IGNORECASE)
_DANTED = re.compile(r"[ \t]*libwrap\.hosts_access[ \t]*:[ \t]*(\S+)")
_POWERMAN = re.compile(r"\btcpwrappers\b\s*(yes\b|no\b)?")
_INCLUDE = re.compile(r"^[ \t]*include[ \t]+\"([^\"]+)\"", re.MULTILINE)
_FTP_PROXY = re.compile(r"[ \t]*TCPWrapper[ \t]+([^\n]*)", re.IGNORECASE)
_FTP_PROXY_VALUES = Values(
    frozenset(("yes", "y", "on", "true", "1")), frozenset(("no", "n", "off", "false", "0")), True
)
_CONMAN = re.compile(r"\btcpwrappers\s*=\s*(on|off)(?=\s|\Z)", re.IGNORECASE)
_ACNG = re.compile(r"[ \t]*UseWrap[ \t]*[:=][ \t]*(?![ \t])(\S*)(?:[ \t]+(?:#.*)?)?\Z", re.IGNORECASE)
_ACNG_VALUES = Values(frozenset("1"), frozenset("0"), False)
_SER2NET_FILES = ("/etc/ser2net.yaml", "/etc/ser2net/ser2net.yaml", "/etc/ser2net.conf")
_SER2NET = re.compile(r"[^#]*\btcpd(?:name)?\b")
_MAILUTILS = re.compile(r"\s*(?:tcp-wrappers|mode\s+[\"']?daemon|include)\b")
_AGENTX = re.compile(r"\s*(?:agentx|smux)socket\s", re.IGNORECASE)
_SUBAGENTS = (199, 705)  # the registered ports of SMUX and AgentX
_SNMP = 161
_TABLES = ("/etc/hosts.allow", "/etc/hosts.deny")
_STARTED_AS_DAEMON = re.compile(r"-[a-z]*d\d*\Z|--daemon\b")


def _vsftpd(question: Question) -> bool:
    """Files and `-o` of the command line in their order, the last word holds; the usual file is read after all `-o`, and
    only where no other is named. Capitals or not, no blanks around.
    """
    said, named = False, False
    for word in question.arguments:
        if word.startswith("-o"):
            said = _vsftpd_says([word[2:]], said)
        elif word and not word.startswith("-"):
            said, named = _vsftpd_says(file_lines(question, word), said), True
    if named:
        return said
    return _vsftpd_says(
        file_lines(question, usual_file(question, ("/etc/vsftpd.conf", "/etc/vsftpd/vsftpd.conf"))), said
    )


def _vsftpd_says(lines: Sequence[str], before: bool) -> bool:
    said = last_value(lines, _VSFTPD, _VSFTPD_VALUES)
    return before if said is None else said


def _auditd(question: Question) -> bool:
    """The last word holds, in any case; yes where nothing is said (auditd.conf(5))."""
    folder = named_file(question.arguments, "c", flags="fln") or "/etc/audit"
    said = last_value(file_lines(question, folder.rstrip("/") + "/auditd.conf"), _AUDITD, YES_NO[True])
    return said is not False


def _conman(question: Question) -> bool:
    """Words of SERVER lines, several on one line, in any case; the last holds, and one in quotes is an error that it
    goes on after.
    """
    path = named_file(question.arguments, "c", flags="FhkLqrvVzZ") or "/etc/conman.conf"
    text = re.sub(r"\\\n", " ", "\n".join(file_lines(question, path)))
    said = False
    for line in text.split("\n"):
        words = re.sub(r"\"[^\"]*\"|'[^']*'", '""', line).partition("#")[0]
        if re.match(r"\s*server\s", words, re.IGNORECASE):
            for value in _CONMAN.findall(words):
                said = value.lower() == "on"
    return said


def _danted(question: Question) -> bool:
    path = named_file(question.arguments, "f", flags="DLnvV")
    lines = file_lines(question, path or usual_file(question, ("/etc/danted.conf", "/etc/sockd.conf")))
    return last_value(lines, _DANTED, YES_NO[False]) is True


def _powerman(question: Question) -> bool:
    """`tcpwrappers`, with or without yes or no behind it, the last one holds."""
    path = named_file(question.arguments, "c", "conf", "fhLsVY1") or "/etc/powerman/powerman.conf"
    said = False
    lines = file_lines(question, path)
    for included in _INCLUDE.findall("\n".join(lines)):
        if any("tcpwrappers" in line for line in file_lines(question, included)):
            raise NotTold()
    bare = [re.sub(r"\"[^\"]*\"|#.*", '""', line) for line in lines]
    for value in _POWERMAN.findall("\n".join(bare)):
        said = value != "no"
    return said


def _ftp_proxy(question: Question) -> bool:
    """Of the section -Global-, where the last one holds; a user's section does not count. A comment on the line makes it
    a value that is none.
    """
    path = named_file(question.arguments, "f", flags="din") or "/etc/proxy-suite/ftp-proxy.conf"
    said, everybody = False, False
    for line in file_lines(question, path):
        if line.lstrip().startswith("["):
            everybody = line.strip() == "[-Global-]"
        match = _FTP_PROXY.match(line) if everybody else None
        if match:
            said = _FTP_PROXY_VALUES.read(match.group(1).rstrip(" \t"))
    return said


def _acng(question: Question) -> bool:
    """A word of the command line, else the last value of the folder's files in the order of their names, else whether
    the tables named it when it was started.
    """
    words = [word for word in question.arguments if not word.startswith("-")]
    said = last_value(words, _ACNG, _ACNG_VALUES)
    if said is not None:
        return said
    folder = named_file(question.arguments, "c", flags="ehipv") or "/etc/apt-cacher-ng"
    names = [name for name in folder_names(question, folder) if name.endswith(".conf")]
    for name in names:
        value = last_value(file_lines(question, "%s/%s" % (folder.rstrip("/"), name)), _ACNG, _ACNG_VALUES)
        said = said if value is None else value
    if not names:
        raise NotTold()
    if said is None and any("apt-cacher-ng" in line.partition("#")[0] for line in _tables(question)):
        raise NotTold()
    return bool(said)


def _tables(question: Question) -> List[str]:
    return [line for path in _TABLES for line in question.read.lines(path)]


def _by_words(on: FrozenSet[str], off: FrozenSet[str]) -> Callable[[Question], bool]:
    """A switch of the command line, of which the last holds."""

    def read(question: Question) -> bool:
        said = [word in on for word in question.arguments if word in on or word in off]
        if any(word.startswith("@") for word in question.arguments):
            raise NotTold()
        return bool(said) and said[-1]

    return read


def _by_word(expression: str) -> Callable[[Question], bool]:
    """A word that is there or not."""
    compiled = re.compile(expression)
    return lambda question: any(compiled.match(word) for word in question.arguments if len(word) <= 4096)


def _ser2net(question: Question) -> bool:
    """It asks for every accepter of TCP but one with tcpd=off; tcpdname is another name. A part of the configuration may
    stand on the command line (-Y), instead of a file or besides one.
    """
    path = named_file(question.arguments, "c", flags="bdhlnstuv")
    paths = [path] if path else [name for name in _SER2NET_FILES if question.read.data(name) is not None]
    written = any(word.startswith(("-Y", "-C")) for word in question.arguments)
    if len(paths) > 1 or not (paths or written):
        raise NotTold()
    lines = [line for name in paths for line in file_lines(question, name)]
    if any(_SER2NET.match(line) for line in lines) or any("tcpd" in word for word in question.arguments):
        raise NotTold()
    return True


def _snmpd(question: Question) -> bool:
    """It asks for SNMP; its subagents' ports, agentXSocket and smuxsocket, answer everybody."""
    if question.port in _SUBAGENTS:
        return False
    if question.port in (0, _SNMP):
        return True
    named = named_file(question.arguments, "c", flags="aAdfhHILMpqrUvVXC")
    lines = [line for path in (named or "/etc/snmp/snmpd.conf").split(",") for line in file_lines(question, path)]
    sockets = [line for line in lines if _AGENTX.match(line)]
    sockets += [word for before, word in zip(question.arguments, question.arguments[1:]) if before == "-x"]
    sockets += [word for word in question.arguments if word.startswith("-x")]
    return not any(str(question.port) in re.findall(r"\d+", text) for text in sockets)


def _mailutils(question: Question) -> bool:
    """As a daemon it asks, unless its configuration says otherwise."""
    paths = [word.partition("=")[2] for word in question.arguments if word.startswith("--config-file=")]
    lines = [line for path in paths for line in file_lines(question, path)]
    lines += list(question.read.lines("/etc/mailutils.conf"))
    if any(_MAILUTILS.match(line) for line in lines):
        raise NotTold()
    return any(_STARTED_AS_DAEMON.match(word) for word in question.arguments)


READERS: Dict[str, Callable[[Question], bool]] = {
    "acng": _acng,
    "auditd": _auditd,
    "conman": _conman,
    "danted": _danted,
    "dcmtk": _by_words(frozenset(("+ac", "--access-control")), frozenset(("-ac", "--access-full"))),
    "dovecot": dovecot_asks,
    "ftp-proxy": _ftp_proxy,
    "ftpd": _by_word(r"-[A-Za-z]*D|--daemon\Z"),
    "mailutils": _mailutils,
    "mosquitto": mosquitto_asks,
    "powerman": _powerman,
    "ser2net": _ser2net,
    "snmpd": _snmpd,
    "socat": socat_asks,
    "sslh": sslh_asks,
    "stunnel": stunnel_asks,
    "vsftpd": _vsftpd,
    "yaz": _by_word(r"-[A-Za-z]*d"),
}


def switched_on(reader: str, question: Question) -> Optional[bool]:
    """Whether a daemon asks for the question's port; None where that cannot be told. `reader`: a key of READERS. Raises
    TooMuchToRead.
    """
    try:
        return READERS[reader](question)
    except NotTold:
        return None
