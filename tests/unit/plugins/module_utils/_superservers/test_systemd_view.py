# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Units whose processes see other tables than the host's. Each was started by systemd 252 with a daemon that asks the
real libwrap: where a table is another one, it served a client that the host's hosts.deny refuses.
"""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import systemd
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.errors import SuperserverError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.sources import TextSources
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.systemd_syntax import settings
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.systemd_view import other_tables

ROOT = "RootDirectory=/srv/root\nBindReadOnlyPaths=/usr /lib /lib64 /bin"


@pytest.mark.parametrize("text, setting", [
    ("", None),
    ("TemporaryFileSystem=/etc:ro", "TemporaryFileSystem=/etc:ro"),
    ("InaccessiblePaths=/etc/hosts.deny", "InaccessiblePaths=/etc/hosts.deny"),
    ("BindReadOnlyPaths=/srv/empty:/etc/hosts.deny", "BindReadOnlyPaths=/srv/empty:/etc/hosts.deny"),
    ("TemporaryFileSystem=/etc:ro\nBindReadOnlyPaths=/etc/hosts.deny /etc/hosts.allow /etc/ld.so.cache", None),
    ("ProtectSystem=strict\nProtectHome=yes\nPrivateTmp=yes\nPrivateDevices=yes", None),
    (ROOT, "RootDirectory=/srv/root"),
    (ROOT + " /etc", None),
])  # fmt: skip
def test_what_was_measured(text, setting):
    assert other_tables(settings("[Service]\n%s\n" % text, "/u.service")) == setting


@pytest.mark.parametrize("text, setting", [
    ("RootImage=/srv/image.raw", "RootImage=/srv/image.raw"),
    ("RootDirectory=/srv/root\nRootDirectory=", None),
    ("RootDirectory=/", None),
    ("TemporaryFileSystem=/etc\nTemporaryFileSystem=", None),
    ("TemporaryFileSystem=/var /opt:ro", None),
    ("InaccessiblePaths=-/etc/hosts.allow", "InaccessiblePaths=-/etc/hosts.allow"),
    ("InaccessiblePaths=/etc/hosts.deny.d /etc/hosts", None),
    ("BindPaths=/srv/etc:/etc", "BindPaths=/srv/etc:/etc"),
    ("BindPaths=-/etc:/etc:norbind", None),
    ("BindPaths=/etc/hosts.deny:/srv/deny", None),
    ("BindPaths=/srv/%i:/etc/motd", None),
])  # fmt: skip
def test_what_the_manual_says(text, setting):
    """systemd.exec(5)."""
    assert other_tables(settings("[Service]\n%s\n" % text, "/u.service")) == setting


def test_tcpd_is_not_put_where_it_sees_other_tables():
    files = {
        "/usr/lib/systemd/system/foo.socket": "[Socket]\nListenStream=7000\nAccept=yes\n",
        "/usr/lib/systemd/system/foo@.service": "[Service]\nExecStart=/usr/sbin/in.foo\nStandardInput=socket\n",
        "/etc/systemd/system/foo@.service.d/own.conf": "[Service]\nTemporaryFileSystem=/etc:ro\n",
    }
    config = systemd.read(TextSources(files, {}))
    (entry,) = config.entries
    assert dict(entry.attributes)["other_tables"] == "TemporaryFileSystem=/etc:ro"
    assert not entry.wrappable and "other tables than the host's" in entry.reason
    with pytest.raises(
        SuperserverError, match="foo@.service cannot go through tcpd: TemporaryFileSystem=/etc:ro gives"
    ):
        systemd.wrap(config, config.entries, "/usr/sbin/tcpd")
