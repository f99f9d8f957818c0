# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the fleet share: the hosts by name, runs of the playbook, and all that /etc holds."""

import concurrent.futures
import os
import pathlib
import re

import pytest
import yaml

HARDEN = "portcullis.tcp_wrappers.harden"
SCENARIO = pathlib.Path(__file__).resolve().parent.parent


def hosts_of(group):
    """The hosts of a group, in the order in which the playbook goes through them."""
    files = [SCENARIO / name / "hosts.yml" for name in ("inventory", os.environ.get("PORTCULLIS_MORE_HOSTS")) if name]
    return [name for file in files for name in yaml.safe_load(file.read_text())["all"]["children"][group]["hosts"]]


XINETD, INETD = hosts_of("xinetd"), hosts_of("inetd")
HOSTS = XINETD + INETD
CANARY = HOSTS[0]
# mode, owner, size, link and digest of all below /etc, but for what podman and systemd write there by themselves
LIST = r"""cd %s && find . -mindepth 1 \( -path ./hosts -o -path ./resolv.conf -o -path ./hostname -o -path ./mtab \) -prune \
    -o -type f -printf '%%m %%U %%G %%p ' -exec sha256sum {} ';' -o -printf '%%m %%U %%G %%p %%l\n' | sort -k4"""


def on_all(function, names=tuple(HOSTS)):
    """What a function returns for each host, by name; it is called for all of them at once."""
    with concurrent.futures.ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(function, names)))


def listing(fleet, name, folder="/etc"):
    """Everything below a folder of a host, a line each."""
    return fleet.host(name).check_output(LIST % folder).splitlines()


def recap(output):
    """The numbers that a playbook ends with: {host: {"changed": 0, ...}}."""
    lines = output.rpartition("PLAY RECAP")[2].splitlines()
    return {
        line.split()[0]: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", line)}
        for line in lines
        if "=" in line
    }


@pytest.fixture(scope="session", name="harden")
def fixture_harden(fleet):
    """Runs the playbook harden; returns (exit status, what it prints)."""
    return lambda *arguments: fleet.playbook(HARDEN, *arguments)
