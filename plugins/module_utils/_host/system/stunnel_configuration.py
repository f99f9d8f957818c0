# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""stunnel's configuration: its services, where they accept, and whether libwrap is asked for each (stunnel(8))."""

from typing import Dict, List, NamedTuple, Optional, Tuple

from .daemon_configurations import folder_files
from .daemon_questions import YES_NO, NotTold, Question, folder_names, lines_with_included

_USUAL = "/etc/stunnel/stunnel.conf"


class StunnelService(NamedTuple):
    name: str  # in brackets; empty for what stands before the first
    places: Tuple[str, ...]  # as they are written behind accept
    libwrap: Optional[bool]  # None: nothing is said, and what stands before the first service holds


def stunnel_services(question: Question) -> List[StunnelService]:
    """The services of the file that it was started with, the first of them what holds for all. Raises NotTold where it
    cannot be read.
    """
    files = _files(question)
    found: List[StunnelService] = question.read.once(
        ("stunnel", tuple(files)), lambda: [service for path in files for service in _services(question, path)]
    )
    return found


def stunnel_asks(question: Question) -> bool:
    """Whether libwrap is asked for all connections to the question's port. Raises NotTold."""
    everywhere, said = False, []
    for service in stunnel_services(question):
        if not service.name:
            everywhere = bool(service.libwrap)
        places = [place for place in service.places if accepts_at(question, place)]
        if places or (not service.name and not service.places and not question.port):
            said.append(everywhere if service.libwrap is None else service.libwrap)
    if not said:
        raise NotTold()
    return all(said)


def accepts_at(question: Question, place: str) -> bool:
    """Whether `[address:]port` is the question's port, which may be any."""
    return not question.port or question.read.accounts.port(place.rpartition(":")[2], "tcp") == question.port


def _files(question: Question) -> List[str]:
    """The file that is named, whatever its ending; else the usual one, or those that Debian starts one for each."""
    if question.arguments:
        path = question.arguments[0]
        if path.startswith("-"):
            raise NotTold()
        return [path]
    if question.read.data(_USUAL) is not None:
        return [_USUAL]
    return [path for path in folder_files(question.read.root, "/etc/stunnel") if path.endswith(".conf")]


def _services(question: Question, path: str) -> List[StunnelService]:
    """Names of options, yes and no are taken in any case; of an option that is there twice the last counts."""
    found = [StunnelService("", (), None)]
    for line in lines_with_included(question, path, lambda _path, text: _included(question, text)):
        word = line.strip()
        if word[:1] == "[" and word[-1:] == "]":
            found.append(StunnelService(word[1:-1].strip(), (), None))
            continue
        key, equals, value = (part.strip() for part in word.partition("="))
        if not equals or key[:1] in ("#", ";"):
            continue
        if key.lower() == "libwrap":
            found[-1] = found[-1]._replace(libwrap=YES_NO[True].read(value))
        elif key.lower() == "accept":
            found[-1] = found[-1]._replace(places=found[-1].places + (value,))
    return found


def _included(question: Question, line: str) -> Optional[List[str]]:
    """The files of a folder that a line includes; None where it includes none."""
    key, equals, folder = (part.strip() for part in line.partition("="))
    if not equals or key.lower() != "include":
        return None
    return ["%s/%s" % (folder.rstrip("/"), name) for name in folder_names(question, folder)]


def stunnel_names(question: Question) -> Dict[str, str]:
    """The name in brackets by the place where it accepts. Raises NotTold."""
    names: Dict[str, str] = {}
    for service in stunnel_services(question):
        for place in service.places if service.name else ():
            names.setdefault(place, service.name)
    return names
