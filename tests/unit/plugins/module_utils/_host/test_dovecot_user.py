# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""As whom dovecot's tcpwrap reads the tables. Each case was met by a client of dovecot 2.3.19 on Debian 12, with tables
of mode 0640 and the group that is expected here, and refused with root's of mode 0600.
"""

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.dovecot import tcpwrap_user
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries, Linkage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import own_check

# Debian's, without its comments and blank lines
MAIN = """\
# Enable installed protocols
!include_try /usr/share/dovecot/protocols.d/*.protocol
dict {
  #quota = mysql:/etc/dovecot/dovecot-dict-sql.conf.ext
}
!include conf.d/*.conf
!include_try local.conf
"""
TCPWRAPPER = """\
login_access_sockets = tcpwrap

service tcpwrap {
  unix_listener login/tcpwrap {
    group = $default_login_user
    mode = 0600
    user = $default_login_user
  }
}
"""
MASTER = "#default_internal_user = dovecot\nservice imap-login {\n  user = root\n}\n"
PASSWD = "root:x:0:0::/:\ngames:x:5:60::/:\ndovecot:x:116:112::/:\ndovenull:x:117:113::/:\n"
GROUP = "root:x:0:\ngames:x:60:\nmail:x:8:dovecot\ndovecot:x:112:\ndovenull:x:113:\n"


@pytest.fixture(name="image")
def fixture_image(tmp_path):
    for path, text in {
        "etc/passwd": PASSWD,
        "etc/group": GROUP,
        "etc/dovecot/dovecot.conf": MAIN,
        "etc/dovecot/conf.d/10-master.conf": MASTER,
        "etc/dovecot/conf.d/10-tcpwrapper.conf": TCPWRAPPER,
        "usr/lib/dovecot/tcpwrap": "",
    }.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    return tmp_path


@pytest.mark.parametrize("local, user, uid, gid, groups", [
    ("", "dovecot", 116, 112, (8,)),
    ("service tcpwrap {\n  user = root\n}\n", "root", 0, 0, ()),
    ("service tcpwrap {\n  user = games\n}\n", "games", 5, 60, ()),
    ("service tcpwrap {\n  group = games\n}\n", "dovecot", 116, 60, (8,)),
    ("service tcpwrap {\n  extra_groups = games, dovenull\n}\n", "dovecot", 116, 112, (8, 60, 113)),
    ("service tcpwrap {\n  user = $default_login_user\n}\n", "dovenull", 117, 113, ()),
    ("default_internal_user = games\n", "games", 5, 60, ()),
    ("service tcpwrap {\n  # user = root\n}\nservice auth {\n  user = root\n}\n", "dovecot", 116, 112, (8,)),
])  # fmt: skip
def test_as_whom_it_asks(image, local, user, uid, gid, groups):
    (image / "etc/dovecot/local.conf").write_text(local)
    found = tcpwrap_user(Configurations(Root(str(image))), ())
    assert (found.name, found.uid, found.gid, found.groups) == (user, uid, gid, groups)


def test_a_user_that_is_not_there_is_none(image):
    (image / "etc/dovecot/local.conf").write_text("service tcpwrap {\n  user = nosuch\n}\n")
    assert tcpwrap_user(Configurations(Root(str(image))), ()) is None


def test_another_configuration_is_read_where_the_daemon_names_it(image):
    (image / "etc/other.conf").write_text("service tcpwrap {\n  user = games\n}\n")
    assert tcpwrap_user(Configurations(Root(str(image))), ("-F", "-c", "/etc/other.conf")).name == "games"


def test_files_that_include_one_another_end(image):
    (image / "etc/dovecot/local.conf").write_text("!include dovecot.conf\n!include local.conf\n")
    assert tcpwrap_user(Configurations(Root(str(image))), ()).name == "dovecot"


def test_the_daemon_is_said_to_ask_as_that_user(image):
    root = Root(str(image))
    (image / "etc/dovecot/conf.d/10-master.conf").write_text("login_access_sockets = tcpwrap\n")
    link = Linkage(True, (), "it links libwrap")
    check = own_check(Configurations(root), Libraries(root), link, "/usr/sbin/dovecot", (), 143)
    assert (check.asks, check.names, check.user.name) == (True, ("imap",), "dovecot")


@pytest.mark.parametrize(
    "service, port, name",
    [
        ("imap-login", 10143, "imap"),
        ("pop3-login", 10143, "pop3"),
        ("managesieve-login", 2000, "sieve"),
        ("imap-login", 110, "imap"),  # the listener tells, not the usual port
    ],
)
def test_it_asks_by_the_protocol_at_any_port(image, service, port, name):
    """`imap: CLIENT` refused at port 10143 of dovecot 2.3.19, and `dovecot: CLIENT` did not."""
    listener = "service %s {\n  inet_listener ext {\n    port = %d\n  }\n}\n" % (service, port)
    (image / "etc/dovecot/local.conf").write_text(listener)
    root, link = Root(str(image)), Linkage(True, ("libwrap.so.0",), "it links libwrap")
    check = own_check(Configurations(root), Libraries(root), link, "/usr/sbin/dovecot", (), port)
    assert (check.asks, check.names) == (True, (name,))
    assert own_check(Configurations(root), Libraries(root), link, "/usr/sbin/snmpd", (), 161).user is None
