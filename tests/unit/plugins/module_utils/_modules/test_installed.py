# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An image is judged by what is installed: by the name that libwrap is asked for, and by daemons alone."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.proofs import evaluate
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task as hosts_access
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


ANEW = "[Service]\nExecStart=\nExecStart=%s\n"
PLAIN_START = "/usr/sbin/vsftpd /etc/vsftpd.conf"
V2 = "vsftpd /etc/v2.conf"


@pytest.mark.parametrize("drop_in, files, state", [
    # each tried on Debian 13, on the same system once it ran: vsftpd greeted whom `ALL: ALL` refuses
    (ANEW % ("/usr/bin/env " + V2), {}, NOT_KNOWN),
    (ANEW % ("/bin/sh -c 'exec %s'" % V2), {}, NOT_KNOWN),
    (ANEW % "/bin/sh -c 'exec $$D /etc/v2.conf'" + "Environment=D=vsftpd\n", {}, NOT_KNOWN),
    (ANEW % "/usr/local/sbin/startftp", {"usr/local/sbin/startftp": "#!/bin/sh\nexec /usr/sbin/%s\n" % V2}, NOT_KNOWN),
    (ANEW % "/usr/local/sbin/startftp", {"usr/local/sbin/startftp": "#!/bin/sh\nexec %s\n" % V2}, NOT_KNOWN),
    (ANEW % V2, {}, DOES_NOT_ASK),
    (ANEW % ("/opt/" + V2), {"opt/vsftpd": ASKING}, DOES_NOT_ASK),
    (ANEW % "/opt/ftpd /etc/v2.conf", {"opt/ftpd": ASKING + b"vsftpd"}, DOES_NOT_ASK),
    (ANEW % "/bin/sleep 9999" + "ExecStartPre=/usr/sbin/%s\n" % V2, {}, DOES_NOT_ASK),
    (ANEW % "/bin/sleep 9999" + "ExecStartPost=/usr/sbin/%s\n" % V2, {}, DOES_NOT_ASK),
    ("[Service]\nEnvironment=LD_PRELOAD=/srv/libwrap.so.0\n", {}, NOT_KNOWN),
    ("", {"etc/ld.so.preload": "/srv/own.so\n", "srv/own.so": b"\0hosts_access\0"}, NOT_KNOWN),
    ("[Service]\nBindPaths=/etc/v2.conf:/etc/vsftpd.conf\n", {}, NOT_KNOWN),
    ("[Service]\nExecStartPost=/bin/systemctl start vsftpd-other\n", {}, ASKS),
    # as Debian's unit has them
    ("[Service]\nExecStartPre=-/bin/mkdir -p /var/run/vsftpd/empty\nExecReload=/bin/kill -HUP vsftpd\n", {}, ASKS),
    ("[Service]\nExecStartPre=/bin/chown vsftpd /run\nExecStartPre=/bin/x /etc/vsftpd.conf /run/vsftpd\n", {}, ASKS),
    ("[Service]\nExecStartPre=/opt/x\n", {"opt/x": "#!/bin/sh\n# %s\n. /etc/default/vsftpd\n" % V2}, ASKS),
])  # fmt: skip
def test_other_ways_in_which_a_unit_starts_a_daemon(image, drop_in, files, state):
    for path, text in dict(files, **SYSTEM).items():
        (image / path).parent.mkdir(parents=True, exist_ok=True)
        (image / path).write_bytes(text if isinstance(text, bytes) else text.encode())
        (image / path).chmod(0o755 if "bin/" in path or path.startswith("opt/") else 0o644)
    (image / "usr/sbin/vsftpd").write_bytes(ASKING + b"vsftpd")
    (image / "usr/lib/systemd/system/vsftpd.service.d").mkdir()
    (image / "usr/lib/systemd/system/vsftpd.service.d/a.conf").write_text(drop_in)
    wants = image / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    (wants / "vsftpd.service").symlink_to("/usr/lib/systemd/system/vsftpd.service")
    assert ask_about(Root(str(image)), [], "vsftpd").state == state


SYSTEM = {
    "etc/vsftpd.conf": "tcp_wrappers=YES\n",
    "etc/v2.conf": "tcp_wrappers=NO\n",
    "usr/lib/systemd/system/vsftpd.service": UNIT,
}
OTHER = "[Service]\nExecStart=/usr/sbin/%s\n" % V2


@pytest.mark.parametrize("wanted, units", [
    ("ftpa.service", {"ftpa.service": "[Unit]\nWants=ftpb.service\n[Service]\nExecStart=/bin/true\n", "ftpb.service": OTHER}),
    ("ftpa.timer", {"ftpa.timer": "[Timer]\nOnBootSec=1\nUnit=ftpb.service\n", "ftpb.service": OTHER}),
    ("ftpa.path", {"ftpa.path": "[Path]\nPathExists=/etc\n", "ftpa.service": OTHER}),
    ("ftpa.service", {"ftpa.service": "[Unit]\nOnSuccess=ftpb@x.service\n[Service]\nExecStart=/bin/true\n", "ftpb@.service": OTHER}),
    ("ftpa.target", {"ftpa.target": "[Unit]\nRequires=a.service %p.service\n", "ftpa.service": OTHER}),
])  # fmt: skip
def test_a_daemon_that_another_unit_starts(image, wanted, units):
    """The vendor's own service is not wanted; each tried on Debian 13 as above."""
    for path, text in SYSTEM.items():
        (image / path).parent.mkdir(parents=True, exist_ok=True)
        (image / path).write_text(text)
    for name, text in units.items():
        (image / "usr/lib/systemd/system" / name).write_text(text)
    assert ask_about(Root(str(image)), [], "vsftpd").state == ASKS
    wants = image / "etc/systemd/system/multi-user.target.wants"
    wants.mkdir(parents=True)
    (wants / wanted).symlink_to("/usr/lib/systemd/system/" + wanted)
    assert ask_about(Root(str(image)), [], "vsftpd").state == DOES_NOT_ASK


def test_slapd_asks_whatever_words_a_shell_gives_it(image):
    """Debian 13's slapd.service: it has no setting for libwrap. Below chroot it sees other tables."""
    (image / "usr/sbin/slapd").write_bytes(ASKING)
    (image / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nopenldap:x:104:106::/var/lib/ldap:/bin/false\n")
    units = image / "etc/systemd/system"
    (units / "multi-user.target.wants").mkdir(parents=True)
    (units / "multi-user.target.wants/slapd.service").symlink_to("../slapd.service")
    for before, state in (("exec", ASKS), ("LD_PRELOAD=/x exec", NOT_KNOWN), ("exec chroot /srv", NOT_KNOWN)):
        (units / "slapd.service").write_text("[Service]\nExecStart=sh -c 'mkdir -p /run; %s slapd -d 0'\n" % before)
        found = ask_about(Root(str(image)), [], "slapd")
        assert found.state == state
        assert state != ASKS or found.service.askers[0].user.name == "openldap"


def link_into_a_folder_of_roots(image):
    (image / "srv/h").mkdir(parents=True)
    (image / "srv/h").chmod(0o700)
    (image / "etc/hosts.allow").rename(image / "srv/h/hosts.allow")
    (image / "etc/hosts.allow").symlink_to("/srv/h/hosts.allow")


def close_etc(image):
    (image / "etc").chmod(0o750)


@pytest.mark.parametrize("mode, change, met", [
    (0o600, None, False),
    (0o644, None, True),
    (0o644, link_into_a_folder_of_roots, False),
    (0o644, close_etc, False),
])  # fmt: skip
def test_what_an_image_says_of_tables_that_its_daemon_will_not_read(image, mode, change, met):
    """rpcbind refused everybody on Debian 13 with tables of root:root 0600, or in folders that _rpc may not search."""
    image.chmod(0o700)  # where it was unpacked
    (image / "usr/sbin/rpcbind").write_bytes(ASKING)
    (image / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n_rpc:x:103:65534::/run/rpcbind:/usr/sbin/nologin\n")
    for name, text in (("allow", "rpcbind: 10.99.191.40\n"), ("deny", "ALL: ALL\n")):
        (image / "etc" / ("hosts." + name)).write_text(text)
        (image / "etc" / ("hosts." + name)).chmod(mode)
    if change is not None:
        change(image)
    question = {"daemon": "rpcbind", "address": "10.99.191.40"}
    params = {name: option.get("default") for name, option in evaluate.argument_spec().items()}
    params.update(root=str(image), dialect="debian", assertions=[question])
    (decision,) = evaluate.run(Call(params))["decisions"]
    assert (decision["access"] == "granted") is met and decision["service"] == ASKS
    # and a task that writes them fails before
    params = {name: option.get("default") for name, option in hosts_access.argument_spec().items()}
    params.update((name, None) for name in ("seuser", "serole", "setype", "selevel", "attributes"))
    params.update(root=str(image), dialect="debian", owner=str(os.getuid()), group=str(os.getgid()))
    params.update(allow=["rpcbind: 10.99.191.40"], mode="%o" % mode, assertions=[dict(question, expect="granted")])
    task = Call(params)
    if met:
        assert hosts_access.run(task)["changed"] is False
    else:
        with pytest.raises(TaskError, match="_rpc, who cannot read"):
            hosts_access.run(task)


def test_rpcbind_of_an_image_will_ask_as_its_own_user(image):
    (image / "usr/sbin/rpcbind").write_bytes(ASKING)
    (image / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\n_rpc:x:103:65534::/run/rpcbind:/usr/sbin/nologin\n")
    found = ask_about(Root(str(image)), [], "rpcbind")
    assert found.state == ASKS and found.service.askers[0].user.name == "_rpc"
