# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which tables a build of libwrap was made for: the strings in it."""

import io

import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system import compiled_tables
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.system.compiled_tables import (
    names_others,
    names_tables,
    table_paths,
)

HOST = b"\0/etc/hosts.allow\0/etc/hosts.deny\0"


@pytest.mark.parametrize(
    "text, others",
    [
        (HOST, False),
        (b"\0/usr/pkg/etc/hosts.allow\0/usr/pkg/etc/hosts.deny\0", True),
        (b"\0/etc/hosts.allow\0/opt/wrap/etc/hosts.deny\0", True),
        (HOST + b"/usr/share/doc/hosts.deny\0", False),
        (b"\0see /etc/hosts.allow\0/etc/hosts.deny\0", False),  # a sentence that ends with it
        (b"nothing of the kind", False),  # nobody knows: it counts as the host's
        (b"\0/etc/hosts.allow.d\0", False),
    ],
)
def test_the_paths_that_are_compiled_in(text, others):
    assert names_others(table_paths(io.BytesIO(b"ELF" + text))) is others


def test_a_static_program_names_both():
    assert names_tables(table_paths(io.BytesIO(HOST)))
    assert not names_tables(table_paths(io.BytesIO(b"\0/etc/hosts.allow\0")))


@pytest.mark.parametrize("before", range(24))
def test_a_path_across_two_blocks_is_found_as_a_whole(monkeypatch, before):
    monkeypatch.setattr(compiled_tables, "_BLOCK", 16)
    found = table_paths(io.BytesIO(b"\1" * before + b"\0/opt/etc/hosts.allow\0"))
    assert "/opt/etc/hosts.allow" in found and not names_tables(found)


def test_what_is_read_is_told():
    spent = []
    table_paths(io.BytesIO(HOST), spent.append)
    assert spent == [len(HOST)]
