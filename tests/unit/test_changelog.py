# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The changelog of 1.0.0 tells a first release: what there is, and nothing that was mended, broken or removed before anybody had it."""

import pathlib

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIRST = yaml.safe_load((ROOT / "changelogs" / "changelog.yaml").read_text(encoding="utf-8"))["releases"]["1.0.0"]


def public(folder, pattern="[!_]*.py"):
    """The names of the plugins of a folder."""
    return sorted(path.stem for path in (ROOT / folder).glob(pattern))


def names(entries):
    return [entry["name"] for entry in entries]


def test_nothing_was_mended_before_the_first_release():
    assert set(FIRST["changes"]) == {"release_summary", "major_changes"}


def test_all_that_there_is_is_new():
    assert names(FIRST["modules"]) == public("plugins/modules")
    assert names(FIRST["plugins"]["filter"]) == public("plugins/filter")
    assert names(FIRST["plugins"]["test"]) == public("plugins/test")
    assert names(FIRST["objects"]["role"]) == public("roles", "*")
