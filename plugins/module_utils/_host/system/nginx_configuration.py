# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Where nginx hands connections on: proxy_pass of ngx_http_proxy_module and ngx_stream_proxy_module, through upstream and include."""

import os
import re
from typing import Dict, Iterator, List, Tuple

from ..._libwrap.file_names import fits
from ..errors import HostError
from ..files.files import list_folder
from ..files.root import Root
from .daemon_configurations import configuration_lines, is_roots_folder

_FOLDER = "/etc/nginx"  # names in `include` are relative to it
_MAX_FILES = 64
_MAX_PATTERNS = 256  # of `include`; each lists a folder
_MAX_STATEMENTS = 20000
_ENDS = re.compile(r"([;{}])")
_SCHEME = re.compile(r"(?:https?|grpcs?)://")


def places_of(root: Root, path: str) -> List[str]:
    """HOST:PORT of each connection that nginx opens for a client, in the order of the configuration."""
    upstreams: Dict[str, List[str]] = {}
    passes: List[str] = []
    upstream = ""
    for count, (words, end) in enumerate(_statements(root, path, [_MAX_FILES, _MAX_PATTERNS])):
        if count > _MAX_STATEMENTS:
            break
        name, rest = (words + [""])[0], words[1:]
        if name == "upstream" and end == "{" and rest:
            upstream = rest[0]
        elif end == "}":
            upstream = ""
        elif upstream and name == "server" and rest:
            upstreams.setdefault(upstream, []).append(rest[0])
        elif name in ("proxy_pass", "grpc_pass") and rest:
            passes.append(rest[0])
    return list(dict.fromkeys(place for one in passes for place in _resolved(one, upstreams)))


def _resolved(text: str, upstreams: Dict[str, List[str]]) -> List[str]:
    scheme = _SCHEME.match(text)
    port = "443" if scheme and scheme.group().endswith("s://") else "80"
    host = (text[scheme.end() :] if scheme else text).partition("/")[0]
    places = upstreams.get(host, [host])
    return [_with_port(place, port) for place in places if "$" not in place and not place.startswith("unix:")]


def _with_port(place: str, port: str) -> str:
    return place if re.search(r":\d+\Z", place) else "%s:%s" % (place, port)


def _statements(root: Root, path: str, left: List[int]) -> Iterator[Tuple[List[str], str]]:
    """(words, what ends it) of each statement of a file, with those of included files in the place of `include`."""
    left[0] -= 1
    if left[0] < 0:
        return
    text = " ".join(line.partition("#")[0] for line in configuration_lines(root, path))
    parts = _ENDS.split(text)
    for said, end in zip(parts[::2], parts[1::2]):
        words = [word.strip("\"'") for word in said.split()]
        if words[:1] == ["include"] and len(words) > 1:
            left[1] -= 1
            for name in _included(root, words[1]) if left[1] >= 0 else ():
                yield from _statements(root, name, left)
            continue
        yield words, end


def _included(root: Root, pattern: str) -> List[str]:
    """The files that a pattern names in one folder."""
    folder, name = os.path.split(os.path.join(_FOLDER, pattern))
    if not set("*?[") & set(name):
        return [os.path.join(folder, name)]
    try:
        names = list_folder(root, folder) if is_roots_folder(root, folder) else []
    except HostError:
        return []
    names = sorted(one for one in names if fits(one, name))
    return [os.path.join(folder, one) for one in names]
