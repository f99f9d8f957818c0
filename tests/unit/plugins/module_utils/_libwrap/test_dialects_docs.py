# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/dialects.md holds: its table of rules is asked of the engine, its table of features compared with dialects.py."""

import os
import re

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils._libwrap.findings_page import PAGE

NAMES = list(DIALECTS)


def rows(heading):
    """The cells of the table under a heading, without its first two lines."""
    with open(os.path.join(os.path.dirname(PAGE), "dialects.md"), "rb") as page:
        section = page.read().decode("utf-8").split("## %s\n" % heading)[1].split("\n## ")[0]
    lines = [line for line in section.split("\n") if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_every_build_is_named():
    assert [(row[0].strip("`"), row[1]) for row in rows("The builds")] == [
        (name, DIALECTS[name].title) for name in NAMES
    ]


@pytest.mark.parametrize("rule, client, granted", rows("What they grant"))
def test_the_builds_grant_what_the_table_says(rule, client, granted):
    address, _called, name = client.partition(" called ")
    request = Request(daemon="sshd", address=address, hostname=name or None, server_port=22)
    wanted = {"all": NAMES, "none": []}.get(granted)
    if wanted is None:
        named = granted.replace("all but ", "").split(", ")
        wanted = [one for one in NAMES if one not in named] if granted.startswith("all but ") else named
    got = [one for one in NAMES if Policy.parse(rule.strip("`") + "\n", "ALL: ALL\n", one).decide(request).granted]
    assert got == wanted


def test_every_feature_of_a_build_is_in_the_table():
    said = {}
    for row in rows("How they differ"):
        feature = re.search(r"\(`(\w+)`\)", row[0])
        if feature:
            said[feature.group(1)] = row[1:]
    features = [
        name for name in DIALECTS["debian"].__slots__ if name not in ("name", "title", "severities", "facilities")
    ]
    assert sorted(said) == sorted(features)
    for feature, values in said.items():
        shown = [
            {True: "yes", False: "no"}.get(value, str(value)) if isinstance(value, bool) else str(value)
            for value in (getattr(DIALECTS[name], feature) for name in NAMES)
        ]
        assert values == shown, feature
