# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether mosquitto asks libwrap for a listener: it does for MQTT, not for websockets (mosquitto.conf(5))."""

from typing import Dict, List, Optional

from .daemon_questions import NotTold, Question, folder_names, lines_with_included, named_file

_DEFAULT = 1883


def mosquitto_asks(question: Question) -> bool:
    """By the protocol of the listener at the question's port; without a configuration it has one of MQTT. Raises NotTold
    where the listener is not found.
    """
    path = named_file(question.arguments, "c", "config-file", "dhqv")
    if not path and question.port:
        return True
    path = path or "/etc/mosquitto/mosquitto.conf"
    protocols: Dict[int, str] = question.read.once(("mosquitto", path), lambda: _protocols(question, path))
    asked = [protocol == "mqtt" for port, protocol in protocols.items() if question.port in (0, port)]
    if not asked or any(protocol not in ("mqtt", "websockets") for protocol in protocols.values()):
        raise NotTold()
    return all(asked)


def _protocols(question: Question, path: str) -> Dict[int, str]:
    """The protocol of each port; what stands before the first listener is of the default one."""
    found: Dict[int, str] = {}
    default, port = _DEFAULT, 0
    for line in lines_with_included(question, path, lambda _path, text: _included(question, text)):
        words = line.split()
        if len(words) < 2 or words[0].startswith("#"):
            continue
        if words[0] in ("listener", "port") and words[1].isdigit():
            number = int(words[1])
            port, default = (number, default) if words[0] == "listener" else (port, number)
            found.setdefault(number, "mqtt")
        elif words[0] == "protocol":
            found[port or default] = words[1]
    return found or {_DEFAULT: "mqtt"}


def _included(question: Question, line: str) -> Optional[List[str]]:
    """The files of a folder that a line includes; None where it includes none."""
    key, _blank, folder = line.strip().partition(" ")
    if key != "include_dir":
        return None
    names = [name for name in folder_names(question, folder.strip()) if name.endswith(".conf")]
    return ["%s/%s" % (folder.strip().rstrip("/"), name) for name in names]
