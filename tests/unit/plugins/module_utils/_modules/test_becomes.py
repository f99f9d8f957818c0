# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Daemons that become another user before they ask, and do not run yet: with tables of root:root 0600 and `rpcbind: 10.99.191.40`
the client of that address was refused, and the journal of Debian 13 said "cannot open /etc/hosts.allow: Permission denied".
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import coverage
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import ASKING

SOCKET = "[Socket]\nListenStream=111\nListenDatagram=111\n"
SERVICE = "[Service]\nExecStart=/usr/sbin/rpcbind %s-w -f\n%s"
USERS = "root:x:0:0::/:/bin/sh\nnobody:x:65534:65534::/:/bin/sh\n"
RPC = "_rpc:x:103:65534::/run/rpcbind:/usr/sbin/nologin\n"
DAEMON = "daemon:x:1:1::/:/usr/sbin/nologin\n"


def covered(image, name, mode=0o600):
    for table in ("hosts.allow", "hosts.deny"):
        (image / "etc" / table).write_text("%s: 10.99.191.40\n" % name if table == "hosts.allow" else "ALL: ALL\n")
        (image / "etc" / table).chmod(mode)
    params = {name: option.get("default") for name, option in coverage.argument_spec().items()}
    params.update(root=str(image), dialect="debian")
    result = coverage.run(Call(params))
    service = next(one for one in result["services"] if one["daemon"] == name)
    codes = [one["code"] for one in result["findings"]]
    return service["runs_as"], service["reads_tables"], "unreadable-tables" in codes


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    for name in ("rpcbind", "atftpd"):
        program = tmp_path / "usr/sbin" / name
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_bytes(ASKING)
        program.chmod(0o755)
    (tmp_path / "etc").mkdir()
    return tmp_path


@pytest.mark.parametrize(
    "users, settings, mode, told",
    [
        (USERS + RPC, "", 0o600, ("_rpc", False, True)),
        (USERS + RPC, "", 0o644, ("_rpc", True, False)),
        (USERS + RPC.replace("_rpc", "rpc"), "", 0o600, ("rpc", False, True)),  # Red Hat's
        (USERS, "", 0o600, ("root", None, False)),  # neither is there: it is not known
        (USERS + RPC + DAEMON, "User=daemon\n", 0o600, ("daemon", False, True)),  # it stays who it is
    ],
)
def test_rpcbind_that_its_socket_starts(image, users, settings, mode, told):
    (image / "etc/passwd").write_text(users)
    units = image / "usr/lib/systemd/system"
    units.mkdir(parents=True)
    (units / "rpcbind.socket").write_text(SOCKET)
    (units / "rpcbind.service").write_text(SERVICE % ("", settings))
    wants = image / "etc/systemd/system/sockets.target.wants"
    wants.mkdir(parents=True)
    (wants / "rpcbind.socket").symlink_to("/usr/lib/systemd/system/rpcbind.socket")
    assert covered(image, "rpcbind", mode) == told


def test_atftpd_that_inetd_starts_as_root_stays_root(image):
    """Debian 11 and 12, tables of root:root 0600: it served whom they grant."""
    (image / "etc/passwd").write_text(USERS)
    (image / "etc/services").write_text("tftp 69/udp\n")
    (image / "etc/inetd.conf").write_text("tftp dgram udp wait root /usr/sbin/atftpd atftpd /srv\n")
    assert covered(image, "in.tftpd") == ("root", True, False)
