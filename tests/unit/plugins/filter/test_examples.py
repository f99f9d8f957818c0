# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every example of the filters and of the test is executed, and what it says after the arrow is what comes out."""

import json
import pathlib
import re

import pytest
import yaml
from ansible.parsing.dataloader import DataLoader
from ansible.plugins.loader import filter_loader, test_loader
from ansible.template import Templar

ROOT = pathlib.Path(__file__).resolve().parents[4]
NAMES = sorted(path.stem for path in (ROOT / "plugins" / "filter").glob("*.py"))
ARROW = re.compile(r"^  # => (.*)$", re.MULTILINE)

try:
    from ansible.template import trust_as_template
except ImportError:  # ansible-core 2.18 and earlier know no trust

    def trust_as_template(text):
        return text


def examples(loader, name):
    plugin = loader.get("portcullis.tcp_wrappers." + name)
    assert plugin is not None, "%s is not found" % name
    source = (ROOT / "plugins" / ("filter" if loader is filter_loader else "test") / (name + ".py")).read_text(
        encoding="utf-8"
    )
    return source.split('EXAMPLES = r"""', 1)[1].split('"""', 1)[0]


@pytest.mark.parametrize("name", NAMES)
def test_every_filter_s_example_gives_what_it_says(name):
    text = examples(filter_loader, name)
    tasks, expected = yaml.safe_load(text), ARROW.findall(text)
    assert tasks and len(tasks) == len(expected)
    for task, words in zip(tasks, expected):
        value = Templar(loader=DataLoader()).template(trust_as_template(task["ansible.builtin.debug"]["msg"]))
        if words[:1] in "[{" or words in ("true", "false"):
            value, words = json.loads(json.dumps(value)), json.loads(words)
        assert str(value) == str(words)


def test_the_test_s_example_holds():
    tasks = yaml.safe_load(examples(test_loader, "hosts_access_granted"))
    for task in tasks:
        expression = task["ansible.builtin.assert"]["that"]
        assert str(Templar(loader=DataLoader()).template(trust_as_template("{{ %s }}" % expression))) == "True"
        granted = expression.replace("203.0.113.9", "192.0.2.9")
        assert str(Templar(loader=DataLoader()).template(trust_as_template("{{ %s }}" % granted))) == "False"
