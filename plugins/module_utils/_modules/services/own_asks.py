# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Whether the server that a super-server starts asks libwrap by itself: behind tcpd it is then asked twice."""

from typing import Optional

from ..._host.system.daemon_configurations import Configurations
from ..._host.system.libraries import Libraries
from ..._superservers.service import Service
from .listener import check_of_started

ASKS_ITSELF = "it asks libwrap by itself, so it goes behind tcpd only where it is named"


def asks_itself(read: Configurations, libraries: Libraries, service: Service) -> Optional[bool]:
    """None where it cannot be told; a server that is not there asks nobody."""
    if not service.server.startswith("/"):
        return False
    link = libraries.find_libwrap(service.server)
    return check_of_started(read, libraries, link, service).asks
