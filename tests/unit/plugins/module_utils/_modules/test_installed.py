# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image is judged by what is installed: by the name that libwrap is asked for, and by daemons alone."""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.asked import (
    ASKS,
    DOES_NOT_ASK,
    NOT_KNOWN,
    NO_SERVICE,
    ask_about,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import (
    TCPD,
    Asker,
    Listener,
)
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils.programs import ASKING, PLAIN


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    for path, data in {
        "usr/sbin/sshd": ASKING,
        "usr/bin/ssh": PLAIN,
        "usr/sbin/rpc.mountd": ASKING,
        "usr/sbin/dovecot": ASKING,
        "usr/bin/stunnel4": ASKING,
        "usr/sbin/own": ASKING + b"own",
        "usr/bin/tool": ASKING + b"tool",
        "usr/sbin/vsftpd": ASKING,
        "etc/vsftpd.conf": b"listen=YES\n",
        "etc/dovecot/dovecot.conf": b"login_access_sockets = tcpwrap\n",
        "etc/stunnel/a.conf": b"libwrap = yes\n[web]\naccept = 443\n",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(data)
        (tmp_path / path).chmod(0o755)
    return tmp_path


@pytest.mark.parametrize(
    "daemon, state",
    [
        ("sshd", ASKS),
        ("ssh", NO_SERVICE),  # the client
        ("mountd", ASKS),
        ("rpc.mountd", NO_SERVICE),  # it asks as mountd
        ("dovecot", NO_SERVICE),  # it asks by its protocols
        ("stunnel4", NO_SERVICE),  # and it by its sections
        ("own", ASKS),
        ("tool", NO_SERVICE),
        ("vsftpd", DOES_NOT_ASK),
        ("../sshd", NO_SERVICE),
    ],
)
def test_by_the_name_that_is_asked_for(image, daemon, state):
    assert ask_about(Root(str(image)), [], daemon).state == state


@pytest.mark.parametrize("enabled, state", [(False, ASKS), (True, DOES_NOT_ASK)])
def test_a_socket_unit_does_not_hide_the_daemon_that_starts_by_itself(image, enabled, state):
    """vs.socket starts vsftpd through tcpd, and vsftpd.service listens by itself, without tcp_wrappers=YES."""
    unit = Listener(
        "vs@.service", "systemd", "tcp", "vsftpd", (Asker(TCPD, "vsftpd", None, None),), "", "root", (), 2121, (),
        "/usr/sbin/vsftpd", (), (), None, None, False,
    )  # fmt: skip
    wants = image / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    if enabled:
        (wants / "vsftpd.service").symlink_to("/lib/systemd/system/vsftpd.service")
    assert ask_about(Root(str(image)), [unit], "vsftpd").state == state


UNIT = "[Service]\nExecStart=/usr/sbin/vsftpd /etc/vsftpd.conf\n[Install]\nWantedBy=multi-user.target\n"


@pytest.mark.parametrize(
    "drop_in, enabled, state",
    [
        ("", True, ASKS),
        ("[Service]\nExecStart=\nExecStart=/usr/sbin/vsftpd /etc/v2.conf\n", True, DOES_NOT_ASK),
        (
            "[Service]\nExecStart=\nExecStart=/sbin/vsftpd /etc/vsftpd.conf -otcp_wrappers=NO $MORE\n",
            True,
            DOES_NOT_ASK,
        ),
        ("[Service]\nExecStart=\nExecStart=/usr/sbin/vsftpd /etc/v2.conf\n", False, ASKS),
        ("[Service]\nInaccessiblePaths=/etc/hosts.deny\n", True, DOES_NOT_ASK),
        ("[Service]\nExecStart=\nExecStart=/usr/sbin/vsftpd /etc/none.conf\n", True, NOT_KNOWN),
    ],
)
def test_the_units_of_an_image_say_how_a_daemon_is_started(image, drop_in, enabled, state):
    """Debian 13's vsftpd, which serves everybody with v2.conf as soon as the image is started."""
    for path, text in {
        "etc/vsftpd.conf": "tcp_wrappers=YES\n",
        "etc/v2.conf": "tcp_wrappers=NO\n",
        "usr/lib/systemd/system/vsftpd.service": UNIT,
        "etc/systemd/system/vsftpd.service.d/a.conf": drop_in,
    }.items():
        (image / path).parent.mkdir(parents=True, exist_ok=True)
        (image / path).write_text(text)
    (image / "sbin").symlink_to("usr/sbin")
    wants = image / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    if enabled:
        (wants / "vsftpd.service").symlink_to("/lib/systemd/system/vsftpd.service")
    assert ask_about(Root(str(image)), [], "vsftpd").state == state


def test_rpcbind_of_an_image_will_ask_as_its_own_user(image):
    (image / "usr/sbin/rpcbind").write_bytes(ASKING)
    (image / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n_rpc:x:103:65534::/run/rpcbind:/usr/sbin/nologin\n")
    found = ask_about(Root(str(image)), [], "rpcbind")
    assert found.state == ASKS and found.service.askers[0].user.name == "_rpc"
