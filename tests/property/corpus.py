# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One bytes string as a question: how the fuzzer and its corpus write tables and a request."""

import base64
import pathlib
from typing import Any, Dict, List, Optional, Tuple

import engine_laws

FIELDS = ("daemon", "address", "hostname", "user", "server_address", "server_hostname")


def decode(data: bytes) -> Tuple[str, Optional[bytes], Optional[bytes], Dict[str, Any], bool]:
    """The first byte chooses dialect and dry run; then daemon, address and so on, hosts.allow, hosts.deny, parted by \\xff."""
    head = data[0] if data else 0
    parts = data[1:].split(b"\xff", len(FIELDS) + 1)
    parts += [b""] * (len(FIELDS) + 2 - len(parts))
    fields: Dict[str, Any] = dict(
        (name, part.decode("utf-8", "surrogateescape") or None) for name, part in zip(FIELDS, parts)
    )
    fields["daemon"] = fields["daemon"] or ""
    fields["server_port"] = 22 if head & 0x20 else None
    fields["paranoid"] = bool(head & 0x40)
    dialect = engine_laws.NAMES[(head & 0x1F) % len(engine_laws.NAMES)]
    return dialect, parts[-2] or None, parts[-1] or None, fields, bool(head & 0x80)


def encode(head: int, allow: bytes, deny: bytes, *fields: bytes) -> bytes:
    """The other way round."""
    padded = list(fields) + [b""] * (len(FIELDS) - len(fields))
    return bytes((head,)) + b"\xff".join(padded + [allow, deny])


def inputs() -> List[bytes]:
    """The corpus that is kept with the tests."""
    lines = pathlib.Path(__file__).with_suffix(".txt").read_text(encoding="ascii").splitlines()
    return [base64.b64decode(line) for line in lines if not line.startswith("#")]
