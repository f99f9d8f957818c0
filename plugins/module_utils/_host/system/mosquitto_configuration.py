# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether mosquitto asks libwrap for a listener: it does for MQTT, not for websockets (mosquitto.conf(5))."""

from typing import Dict, List, Optional

from .daemon_questions import NotTold, Question, folder_names, lines_with_included, named_file

_DEFAULT = 1883
_LOST = -1  # in the place of a port
_BEGIN, _END = "\0begin", "\0end"  # of a file, among its lines


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
    """The protocol of each port. Each file begins with the default listener (tried with mosquitto 2.0.21). Raises NotTold
    for a protocol behind included files with listeners: mosquitto has lost the listener before by then.
    """
    found: Dict[Optional[int], str] = {}  # None: the default listener
    default = _DEFAULT
    ports: List[Optional[int]] = []  # of the listener that counts in each file that is open
    for line in lines_with_included(question, path, lambda _path, text: _included(question, text), _marked):
        words = line.split()
        if line == _BEGIN:
            ports.append(None)
        elif line == _END:
            inner = ports.pop()
            if inner is not None and ports and ports[-1] is not None:
                ports[-1] = _LOST
        elif len(words) < 2 or words[0].startswith("#"):
            continue
        elif words[0] == "listener" and words[1].isdigit():
            ports[-1] = int(words[1])
            found.setdefault(ports[-1], "mqtt")
        elif words[0] == "port" and words[1].isdigit():
            default = int(words[1])
            found.setdefault(None, "mqtt")
        elif words[0] == "protocol":
            if ports[-1] == _LOST:
                raise NotTold()
            found[ports[-1]] = words[1]
    by_port = {port: protocol for port, protocol in found.items() if port is not None}
    if None in found or not found:
        by_port[default] = found.get(None, "mqtt")
    return by_port


def _marked(lines: List[str]) -> List[str]:
    return [_BEGIN] + [line for line in lines if "\0" not in line] + [_END]


def _included(question: Question, line: str) -> Optional[List[str]]:
    """The files of a folder that a line includes; None where it includes none."""
    key, _blank, folder = line.strip().partition(" ")
    if key != "include_dir":
        return None
    names = [name for name in folder_names(question, folder.strip()) if name.endswith(".conf")]
    return ["%s/%s" % (folder.strip().rstrip("/"), name) for name in names]
