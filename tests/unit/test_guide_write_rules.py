# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of docs/guides/write_rules.md: what a mapping becomes on each build, and what YAML's traps come to."""

import pathlib
import re

import pytest
import yaml

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.options import (
    HostsAccessArguments,
    argument_spec,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.plan import make_plan
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import get_dialect

PAGE = (pathlib.Path(__file__).resolve().parents[2] / "docs" / "guides" / "write_rules.md").read_text(encoding="utf-8")
COLUMNS = (("debian", "redhat", "el7", "suse15"), ("el6", "freebsd"), ("netbsd", "macos"))


def rows(heading):
    """The cells of the Markdown table with this first heading, without its back quotes."""
    lines = PAGE.split("| %s |" % heading, 1)[1].splitlines()[2:]
    table = []
    for line in lines:
        if not line.startswith("|"):
            return table
        table.append([cell.strip() for cell in line.strip("|").split("|")])
    raise AssertionError("the table does not end")


def render(entries, dialect):
    params = {name: option.get("default") for name, option in argument_spec().items()}
    params.update(allow=entries, exclusive=True)
    return make_plan(HostsAccessArguments(params), b"", None, get_dialect(dialect)).allow_after.decode()


@pytest.mark.parametrize("cells", rows("Client"), ids=lambda cells: cells[0])
def test_a_client_becomes_what_the_page_says(cells):
    client, forms = cells[0].strip("`"), [cell.strip("`") for cell in cells[1:]]
    for dialects, form in zip(COLUMNS, forms):
        for dialect in dialects:
            assert render([{"daemons": ["sshd"], "clients": [client]}], dialect) == "sshd: %s\n" % form


@pytest.mark.parametrize("cells", rows("Without quotes"), ids=lambda cells: cells[0])
def test_a_trap_is_refused_as_the_page_says(cells):
    text = cells[0].strip("`")
    if cells[2] == "does not start":
        with pytest.raises(yaml.YAMLError):
            yaml.safe_load(text)
        return
    (value,) = yaml.safe_load(text)
    kind = {dict: "a mapping", int: "the number", float: "the number"}[type(value)]
    assert cells[1].startswith(kind)
    with pytest.raises(TaskError) as refused:
        render([value], "debian")
    (words,) = re.findall(r"`(.*)`", cells[2])
    assert words in str(refused.value)


def test_the_tables_were_found():
    assert len(rows("Client")) == 5 and len(rows("Without quotes")) == 9
