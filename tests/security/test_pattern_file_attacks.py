# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may write a file of hosts that a rule names makes it long, or lets it name others without end, to stall or fail what reads the tables."""

import os

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host import lookups as host_lookups
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap import patterns
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

from attacked import run_module

HUGE = b"10.1.2.3 " + b"192.0.2.99 " * (6 * 1024 * 1024)  # 66 MiB


@pytest.fixture(name="image")
def fixture_image(scratch):
    scratch.write("etc/hosts.allow", "sshd: /srv/allowed\n")
    scratch.write("etc/hosts.deny", "ALL: ALL\n")
    return scratch


def test_sixty_mebibytes_of_hosts(image):
    image.write("srv/allowed", HUGE)
    root = str(image.image)
    ran = run_module("hosts_access_info", root=root, dialect="debian")
    assert not ran.failed and "host-file-long" in [found["code"] for found in ran.result["findings"]]
    ran = run_module(
        "hosts_access_evaluate",
        root=root,
        dialect="debian",
        assertions=[
            {"daemon": "sshd", "address": "10.1.2.3", "hostname": "unknown"},
            {"daemon": "sshd", "address": "10.9.9.9", "hostname": "unknown"},
        ],
    )
    assert not ran.failed
    assert [(one["access"], one["depends"]) for one in ran.result["decisions"]] == [
        ("granted", []),
        ("denied", ["the rest of the file /srv/allowed"]),
    ]
    ran = run_module(
        "hosts_access_evaluate",
        root=root,
        dialect="debian",
        assertions=[{"daemon": "sshd", "address": "10.9.9.9", "expect": "denied"}],
    )
    assert ran.failed  # nobody knows


NAMES = b" ".join(b"/srv/f%d" % number for number in range(50000))


@pytest.mark.parametrize("content", [HUGE, b"x " * (2 * 1024 * 1024), NAMES], ids=["bytes", "words", "names"])
def test_what_is_read_of_it_is_bounded(image, content, monkeypatch):
    """Work is counted: words that are looked at, and files that are opened."""
    image.write("srv/allowed", content)
    words, opened = [], []
    monkeypatch.setattr(
        patterns,
        "HostPattern",
        lambda token, dialect, real=patterns.HostPattern: words.append(token) or real(token, dialect),
    )
    monkeypatch.setattr(
        host_lookups, "read", lambda *words, real=host_lookups.read: opened.append(words[1]) or real(*words)
    )
    policy = Policy.parse(
        "sshd: /srv/allowed\n", "ALL: ALL\n", "debian", host_lookups.HostLookups(Root(str(image.image)))
    )
    decision = policy.decide(Request("sshd", "10.9.9.9"))
    assert (decision.access, decision.depends) == ("denied", ("the rest of the file /srv/allowed",))
    assert len(words) <= 100010 and len(opened) <= 100


def test_a_file_of_hosts_that_is_no_file_stalls_nothing(image):
    image.write("srv/other")
    os.mkfifo(str(image.image / "srv/allowed"))
    ran = run_module("hosts_access_info", root=str(image.image), dialect="debian")
    assert not ran.failed and "host-file-unreadable" in [found["code"] for found in ran.result["findings"]]
