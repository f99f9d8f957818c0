# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What the three super-servers have in common: a service."""

from typing import Dict, NamedTuple, Optional, Tuple

from .._libwrap.printable import printable


class Service(NamedTuple):
    """One service as its configuration states it.

    `server` and `args` are the daemon's own, also behind tcpd; `args` leaves out argv[0].
    `daemon` is the name that libwrap sees through tcpd. `own_daemon` is the name that the super-server itself asks
    libwrap for (inetd: only where it runs with its own check on), and None where it does not ask about the client.
    `default_address` is where a service of openbsd-inetd listens that names no address itself, in a file that states
    such an address anywhere: `*` above the first; None everywhere else. `reason` says why a service cannot be wrapped,
    `note` what is special about it when it is.
    """

    kind: str
    name: str
    protocol: str
    socket_type: str
    wait: bool
    user: str
    server: str
    args: Tuple[str, ...]
    daemon: str
    path: str
    line: int
    disabled: bool = False
    via_tcpd: bool = False
    tcpd: Optional[str] = None
    wrappable: bool = False
    reason: Optional[str] = None
    note: Optional[str] = None
    own_daemon: Optional[str] = None
    attributes: Tuple[Tuple[str, str], ...] = ()
    default_address: Optional[str] = None
    argv0: Optional[str] = None  # the first word that its program is started with, where that is written

    @property
    def seen_as(self) -> str:
        """The daemon name that rules must have now: xinetd asks by itself for a service that is not behind tcpd."""
        if self.kind == "xinetd" and not self.via_tcpd and self.own_daemon is not None:
            return self.own_daemon
        return self.daemon

    @property
    def unwrappable(self) -> bool:
        """Whether tcpd can be taken away: it is there, and names the daemon behind it."""
        return self.via_tcpd and self.server.rpartition("/")[2] not in ("", "tcpd")

    @property
    def identity(self) -> str:
        """What goes_by takes for this service and for no other that has its name: address:name/protocol."""
        name = self.name if self.default_address is None else "%s:%s" % (self.default_address, self.name)
        return "%s/%s" % (printable(name), printable(self.protocol)) if self.protocol else printable(name)

    def goes_by(self, wanted: str) -> bool:
        """Whether a user who writes `wanted` means this service: its name, or name/protocol.

        A service of systemd (`telnet@.service`) is also called by its socket (`telnet.socket`) and by its bare name;
        one below a default address of inetd.conf also by `address:name`.
        """
        names = [self.name]
        if self.default_address is not None:
            names.append("%s:%s" % (self.default_address, self.name))
        if self.kind == "systemd":
            stem = self.name[: -len(".service")]
            names += [stem, stem.rstrip("@")] + [value for key, value in self.attributes if key == "socket"]
        names += [printable(name) for name in names]  # as a module returns it
        return wanted in names or any(
            wanted in ("%s/%s" % (name, self.protocol), "%s/%s" % (name, printable(self.protocol))) for name in names
        )

    def report(self) -> Dict[str, object]:
        """What a module returns for this service."""
        told: Dict[str, object] = {
            "name": printable(self.name),
            "protocol": printable(self.protocol),
            "daemon": printable(self.seen_as),
            "server": printable(self.server),
            "user": printable(self.user),
            "disabled": self.disabled,
            "wrapped": self.via_tcpd,
            "wrappable": self.wrappable,
            "reason": None if self.reason is None else printable(self.reason),
            "note": None if self.note is None else printable(self.note),
            "path": printable(self.path),
            "line": self.line,
        }
        if self.kind == "inetd":
            told["default_address"] = None if self.default_address is None else printable(self.default_address)
        return told
