# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What a record knows of a super-server: the services that were put behind tcpd, and the files as they were and as they
were left.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Sequence

from .document import BadRecord, Record, check, digest, foreign, unpack_names, unpack_text
from ..wrapping.sources import HostSources


# a file as it was, and the digest of what was left; `left` None: others wrote in between, so the old text is no longer
# of use
class Known(NamedTuple):
    before: Optional[bytes]
    left: Optional[str]


class Wrapped(NamedTuple):
    services: List[str]
    files: Dict[str, Known]


def known_services(record: Record, kind: str) -> Optional[Wrapped]:
    """What was wrapped by tasks that kept this record; None where it knows of nothing. Raises TaskError where it is not
    of our form.
    """
    part = record.parts.get(kind)
    if part is None:
        return None
    try:
        check(set(part) == {"services", "files"} and isinstance(part["files"], dict))
        return Wrapped(
            unpack_names(part["services"]), dict((path, _known(value)) for path, value in part["files"].items())
        )
    except BadRecord:
        raise foreign(record)


def untouched(wrapped: Wrapped, sources: HostSources) -> Dict[str, Optional[bytes]]:
    """The old bytes (None: there was none) of each file that belongs to the configuration and is still as it was left."""
    return dict(
        (path, known.before)
        for path, known in wrapped.files.items()
        if path in sources.states and known.left is not None and digest(sources.states[path].data) == known.left
    )


def part_after(
    wrapped: Optional[Wrapped],
    rewritten: Sequence[str],
    old: Dict[str, Optional[bytes]],
    new: Dict[str, Optional[bytes]],
) -> Dict[str, Any]:
    """What the record says once the files of `new` hold it in the place of `old`. `rewritten`: the services that went
    behind tcpd.
    """
    files = dict(wrapped.files) if wrapped else {}
    for path, data in new.items():
        known = files.get(path)
        if known is None:
            files[path] = Known(old[path], digest(data))
        elif known.left == digest(old[path]):
            files[path] = known._replace(left=digest(data))
        else:
            files[path] = Known(None, None)
    names = sorted(set(rewritten) | set(wrapped.services if wrapped else ()))
    return {"services": names, "files": dict((path, _packed(known)) for path, known in files.items())}


def _known(value: Any) -> Known:
    check(isinstance(value, dict) and set(value) == {"before", "left"})
    check(value["left"] is None or isinstance(value["left"], str))
    return Known(unpack_text(value["before"]), value["left"])


def _packed(known: Known) -> Dict[str, Any]:
    return {"before": None if known.before is None else known.before.decode("latin-1"), "left": known.left}
