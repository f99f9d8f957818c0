# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""PulseAudio asks under a name for each protocol: the names are those that `spawn` of a rule told (Debian 12)."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import daemon_configurations
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemon_configurations import (
    Configurations,
    TooMuchToRead,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.daemons import named_by_port
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.libraries import Libraries, Linkage
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services.listener import own_check

LINKS = Linkage(True, (), "it links libwrap", ("/usr/lib/x86_64-linux-gnu/pulseaudio/libpulsecore-16.1.so",))
#: Debian 12's, without its comments.
SYSTEM = """\
load-module module-device-restore
.ifexists module-udev-detect.so
load-module module-udev-detect
.else
load-module module-detect
.endif
#load-module module-esound-protocol-tcp
load-module module-native-protocol-unix
.nofail
.include /etc/pulse/system.pa.d
"""
TCP = "-L module-native-protocol-tcp|-L module-cli-protocol-tcp port=7802 listen=0.0.0.0|--load=module-simple-protocol-tcp port=7803"


@pytest.fixture
def asked(tmp_path):
    def ask(words, port, **files):
        (tmp_path / "etc/pulse/system.pa.d").mkdir(parents=True, exist_ok=True)
        for name, text in dict({"system.pa": SYSTEM, "daemon.conf": "; system-instance = no\n"}, **files).items():
            (tmp_path / "etc/pulse" / name.replace("__", "/")).write_text(text)
        arguments = [
            part for word in words.split("|") for part in (word.split(" ", 1) if word[:2] in ("-L", "-F") else [word])
        ]
        root = Root(str(tmp_path))
        check = own_check(Configurations(root), Libraries(root), LINKS, "/usr/bin/pulseaudio", tuple(arguments), port)
        return check.names if check.asks else check.asks

    return ask


@pytest.mark.parametrize(
    "port, names",
    [
        (4713, ("pulseaudio-native",)),
        (7802, ("pulseaudio-cli",)),
        (7803, ("pulseaudio-simple",)),
        (7805, ("pulseaudio-http",)),
        (4711, None),  # the simple protocol has another port
        (9875, None),  # module-rtp-recv, which asks nobody
    ],
)
def test_each_module_asks_by_its_own_name(asked, port, names):
    assert named_by_port("/usr/bin/pulseaudio")
    more = {"system.pa.d__b.pa": "load-module\tmodule-http-protocol-tcp port='7805'\n"}
    assert asked("--system|" + TCP, port, **more) == names
    assert asked("--system|-n|-F /etc/pulse/own|" + TCP, port, own=".include /etc/pulse/system.pa.d\n", **more) == names


def test_two_modules_at_one_port_may_both_be_the_one_that_asks(asked):
    words = "--system=true|-L module-http-protocol-tcp port=80 listen=10.0.0.1|-L module-simple-protocol-tcp port=0x50"
    assert asked(words, 80) == ("pulseaudio-http", "pulseaudio-simple")


@pytest.mark.parametrize(
    "words, files",
    [
        (TCP, {}),  # the script of a user's home may be read instead of the usual one
        ("--system=no|" + TCP, {}),
        ("--system|" + TCP, {"daemon.conf": "load-default-script-file = no\n"}),
        ("--system|-L module-native-protocol-tcp port=$PORT", {}),
        ("--system|-L module-new-protocol-tcp|" + TCP, {}),
        ("--system|-F own.pa|" + TCP, {}),
        ("--system|" + TCP, {"system.pa": ".include own.pa\n"}),
        ("--system|" + TCP, {"system.pa": ".include /etc/pulse/system.pa\n"}),
    ],
)
def test_where_it_cannot_be_told(asked, words, files):
    assert asked(words, 4713, **files) is None


def test_folders_that_lead_to_one_another_are_not_walked_without_end(asked, tmp_path):
    """Two links in each of 34 folders: 2^34 ways."""
    for number in range(34):
        folder = tmp_path / ("etc/d%d" % number)
        folder.mkdir(parents=True)
        for name in ("a.pa", "b.pa"):
            (folder / name).symlink_to("/etc/d%d" % (number + 1))
    os.mkdir(str(tmp_path / "etc/d34"))
    assert asked("--system|-n|-F /etc/d0|" + TCP, 4713) is None
    assert asked("--system|-n|-F /etc/d32|" + TCP, 4713) == ("pulseaudio-native",)


def test_scripts_that_are_missing_count(asked):
    assert asked("--system|-n|-F /etc/pulse/own|" + TCP, 4713, own=".include /etc/none\n" * 90) == (
        "pulseaudio-native",
    )
    assert asked("--system|-n|-F /etc/pulse/own|" + TCP, 4713, own=".include /etc/none\n" * 110) is None


def test_a_folder_is_listed_once_and_each_look_at_it_counts(tmp_path):
    for number in range(1000):
        (tmp_path / str(number)).write_text("")
    read = Configurations(Root(str(tmp_path)))
    names = read.names("/")
    (tmp_path / "more").write_text("")
    assert read.names("/") == names and len(names) == 1000
    with pytest.raises(TooMuchToRead, match="/ was not read"):
        for _look in range(3000):
            read.names("/")


def test_asking_for_a_file_counts_where_it_is_missing(tmp_path, monkeypatch):
    monkeypatch.setattr(daemon_configurations, "MAX_READ", 1024 * 1024)
    read = Configurations(Root(str(tmp_path)))
    with pytest.raises(TooMuchToRead, match="/none was not read"):
        for _look in range(5000):
            read.data("/none")
