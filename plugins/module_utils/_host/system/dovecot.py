# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What dovecot's configuration says of libwrap: for which protocols it asks, under which names, and as which user."""

from typing import Dict, List, Optional, Sequence

from .accounts import User
from .daemon_configurations import Configurations
from .daemon_questions import NotTold, Question
from .dovecot_configuration import dovecot_settings

_PORTS = {
    110: "pop3",
    995: "pop3",
    143: "imap",
    993: "imap",
    4190: "sieve",
    587: "submission",
    465: "submission",
}
_LOGIN = "-login"
_PROTOCOLS = {"managesieve-login": "sieve"}
_USER = "$default_internal_user"
# what they are where nothing is said (doveconf -d)
_DEFAULTS = {"default_internal_user": "dovecot", "default_login_user": "dovenull", "default_internal_group": "dovecot"}


def dovecot_asks(question: Question) -> bool:
    """Whether libwrap is asked for the protocol of the question's port: of `protocol NAME { }` its own value counts,
    wherever it stands. Raises NotTold and TooMuchToRead.
    """
    said = _sockets(question)
    if any(name.startswith("!") for name in said):
        raise NotTold()
    everywhere = said.get("", False)
    if not question.port:
        if any(value is not everywhere for value in said.values()):
            raise NotTold()
        return everywhere
    if any(not service.endswith(_LOGIN) for service in _services_at(question)):
        return False
    protocols = dovecot_protocols(question)
    if not protocols:
        raise NotTold()
    return all(said.get(protocol, everywhere) for protocol in protocols)


def dovecot_protocols(question: Question) -> List[str]:
    """The protocols that clients log in by at the question's port, by the listeners of the configuration, else by the usual
    ports; they are the names that libwrap is asked for. Raises TooMuchToRead.
    """
    try:
        services = _services_at(question)
    except NotTold:
        services = []
    if not services:
        return [_PORTS[question.port]] if question.port in _PORTS else []
    names = [_PROTOCOLS.get(name, name[: -len(_LOGIN)]) for name in services if name.endswith(_LOGIN)]
    return list(dict.fromkeys(names))


def tcpwrap_user(read: Configurations, arguments: Sequence[str]) -> Optional[User]:
    """The user, with its groups, that dovecot's tcpwrap asks libwrap as: `user`, `group` and `extra_groups` of `service
    tcpwrap`. None where there is no such user. Raises TooMuchToRead.

    Measured on Debian 12, dovecot 2.3.19: tcpwrap is started for each login and reads the tables as this user.
    """
    everywhere = dict(_DEFAULTS)
    service = {"user": _USER, "group": "", "extra_groups": ""}
    try:
        settings = dovecot_settings(Question(read, "dovecot", arguments, 0))
    except NotTold:
        settings = []
    for setting in settings:
        if setting.sections == ():
            everywhere[setting.key] = setting.value
        elif setting.sections == ("service tcpwrap",):
            service[setting.key] = setting.value
    words = {key: everywhere.get(value[1:], "") if value.startswith("$") else value for key, value in service.items()}
    user = read.accounts.user(words["user"])
    if user is None:
        return None
    group = read.accounts.group(words["group"]) if words["group"] else None
    more = [read.accounts.group(name) for name in words["extra_groups"].replace(",", " ").split()]
    groups = user.groups + tuple(number for number in more if number is not None)
    return user._replace(gid=user.gid if group is None else group, groups=groups)


def _services_at(question: Question) -> List[str]:
    """The services with a listener at the question's port: only those that log users in ask."""
    return [
        setting.sections[0].partition(" ")[2]
        for setting in dovecot_settings(question)
        if setting.key == "port"
        and setting.value == str(question.port)
        and len(setting.sections) == 2
        and setting.sections[0].startswith("service ")
        and setting.sections[1].partition(" ")[0] == "inet_listener"
    ]


def _sockets(question: Question) -> Dict[str, bool]:
    """For each protocol, and all ("") where something is said: whether tcpwrap is among its sockets."""
    found: Dict[str, bool] = {}
    for setting in dovecot_settings(question):
        if setting.key != "login_access_sockets":
            continue
        kind, _blank, protocol = " ".join(setting.sections).partition(" ")
        # of one kind of client, or of something that dovecot of this version does not know
        if len(setting.sections) > 1 or (setting.sections and (kind != "protocol" or not protocol)):
            raise NotTold()
        found[protocol] = "tcpwrap" in setting.value.split()
    return found
