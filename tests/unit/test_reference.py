# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The reference is whole: since when, what else to look at, what check mode does, and every value that comes back."""

import pytest
import yaml
from ansible.plugins.loader import fragment_loader
from ansible.utils.plugin_docs import get_docstring

from ansible_collections.portcullis.tcp_wrappers.tests.unit.shown_examples import ROOT, plugin_files

PLUGINS = [(kind, path) for kind in ("modules", "filter", "test") for path in plugin_files(kind)]
ROLES = sorted(ROOT.glob("roles/*/meta/argument_specs.yml"))


def gaps(values, path=""):
    """What is not said of returned values, those inside others too."""
    found = []
    for name, about in values.items():
        here = path + "." + name
        found += ["%s: no %s" % (here, word) for word in ("description", "type") if not about.get(word)]
        if about.get("type") == "list" and not about.get("elements"):
            found.append("%s: a list of what?" % here)
        if "dict" in (about.get("type"), about.get("elements")) and not about.get("contains"):
            found.append("%s: a mapping with which keys?" % here)
        found += gaps(about.get("contains") or {}, here)
    return found


@pytest.mark.parametrize("kind, path", PLUGINS, ids=lambda value: getattr(value, "stem", value))
def test_a_plugin_says_all_that_its_page_needs(kind, path):
    said, examples, returned, _metadata = get_docstring(str(path), fragment_loader)
    assert said["version_added"] and said["seealso"] and said["author"] and examples and returned
    assert gaps(returned) == []
    if kind == "modules":
        assert {"check_mode", "diff_mode", "idempotent", "platform"} <= set(said["attributes"])
        reads_only = path.stem.endswith(("_info", "_evaluate", "_look", "_settings", "_documents"))
        assert said["attributes"]["diff_mode"]["support"] == ("N/A" if reads_only else "full")
        assert all(about.get("returned") for about in returned.values())
    for entry in said["seealso"]:
        name = (entry.get("module") or entry.get("plugin") or "").rpartition(".")[2]
        folder = "modules" if "module" in entry else entry.get("plugin_type")
        assert "link" in entry or (ROOT / "plugins" / folder / (name + ".py")).exists()


@pytest.mark.parametrize("path", ROLES, ids=lambda path: path.parts[-3])
def test_a_role_says_all_that_its_page_needs(path):
    for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"].values():
        assert entry["version_added"] and entry["short_description"] and entry["author"] and entry["seealso"]
        assert all(about.get("description") and about.get("type") for about in entry["options"].values())


def test_gaps_are_seen():
    assert gaps({"a": {"description": "x", "type": "dict"}}) == [".a: a mapping with which keys?"]
    assert gaps({"a": {"description": "x", "type": "dict", "contains": {"b": {"type": "list"}}}}) == [
        ".a.b: no description",
        ".a.b: a list of what?",
    ]
    assert len(PLUGINS) > 20 and len(ROLES) > 1
