# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How long a table may be: a million lines on the running host, whose tables are root's, and less in an image, which anybody may have made."""

import os

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.errors import HostError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files import reading
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.arguments import TablesArguments
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.call import Call
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules import task
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.tables import open_tables


def arguments(root, allow, deny="/etc/hosts.deny.no.such"):
    return TablesArguments({"root": root, "allow_path": allow, "deny_path": deny, "dialect": "debian"})


def table(folder, lines):
    path = folder / "etc" / "hosts.allow"
    path.parent.mkdir()
    path.write_bytes(b"a:b\n" * lines)
    return path


def test_a_table_of_the_host_has_a_million_lines_and_one_more(tmp_path):
    path = table(tmp_path, 1000001)
    assert len(open_tables(arguments("/", str(path)), writing=True).allow.data) == 4000004


def test_a_table_of_the_host_without_end_is_refused_by_name(tmp_path):
    path = table(tmp_path, 1100000)
    with pytest.raises(HostError, match="%s has more than 1048576 lines" % path):
        open_tables(arguments("/", str(path)), writing=True)


def test_a_table_of_an_image_has_fewer(tmp_path):
    table(tmp_path, 250001)
    with pytest.raises(HostError, match="/etc/hosts.allow has more than 250000 lines"):
        open_tables(arguments(str(tmp_path), "/etc/hosts.allow"), writing=True)


def test_what_is_read_again_to_be_compared_has_no_limit_of_lines(tmp_path, monkeypatch):
    """The limit of other files is brought down, for a change of a million lines takes half a minute."""
    monkeypatch.setattr(reading.read, "__defaults__", (reading.READ_LIMIT, 5))
    path = table(tmp_path, 6)
    params = dict((name, option.get("default")) for name, option in task.argument_spec().items())
    params.update(root=str(tmp_path), dialect="debian", allow=["in.x: 192.0.2.1"])
    params.update(owner=str(os.getuid()), group=str(os.getgid()))
    params.update((name, None) for name in ("seuser", "serole", "setype", "selevel", "attributes"))
    assert task.run(Call(params))["changed"]
    assert path.read_bytes() == b"a:b\n" * 6 + b"in.x: 192.0.2.1\n"
