# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access lists of every shape: some, none and all refused, in each mode, TCP and UDP, names that must stay apart."""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._backends.access_list import (
    CLIENTS,
    AccessList,
    networks_of,
)

NOBODY = ((), ())
GRANTED = (("10.0.0.0/8", "192.0.2.7/32"), ("2001:db8::/32", "::1.2.3.4/128"))
DENIED = (("11.0.0.0/8", "12.0.0.0/30", "12.0.0.4/32"), ("2001:db9::/32",))
IPV4 = (("0.0.0.0/0",), ())
EVERYBODY = networks_of(CLIENTS)

LISTS = [
    AccessList("sshd", (22, 2222), "tcp", GRANTED, DENIED, "replace"),
    AccessList("in.tftpd", (69,), "udp", GRANTED, DENIED, "companion"),
    AccessList("all-4", (1,), "tcp", IPV4, NOBODY, "replace"),
    AccessList("none", (2,), "tcp", NOBODY, NOBODY, "replace"),
    AccessList("a+b", (3,), "tcp", NOBODY, IPV4, "companion"),
    AccessList("a.b", (4,), "tcp", NOBODY, EVERYBODY, "companion"),
    AccessList("nobody", (5,), "tcp", NOBODY, NOBODY, "companion"),
]
