# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Owner, group and mode as YAML hands them over: what is not clearly meant is refused."""

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.errors import TaskError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.rules.ownership import (
    find_group,
    find_user,
    parse_mode,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._host.files.root import Root


@pytest.mark.parametrize(
    "value, mode",
    [("0600", 0o600), ("640", 0o640), ("0o644", 0o644), ("0400", 0o400), (0o600, 0o600), (0o644, 0o644), (None, None)],
)
def test_modes_that_are_taken(value, mode):
    assert parse_mode(value) == mode


@pytest.mark.parametrize("value", [400, 404, 440, 444, 600, 640, 644, 660, 664])
def test_octal_digits_without_quotes_and_zero_are_decimal_numbers_and_refused(value):
    with pytest.raises(TaskError, match="Write octal digits in quotes"):
        parse_mode(value)


@pytest.mark.parametrize(
    "value", ["0666", "0602", "0700", "4600", "2640", "1600", "u=rw", "", "0888", -1, 6.0, True, [0o600]]
)
def test_modes_that_are_refused(value):
    with pytest.raises(TaskError):
        parse_mode(value)


@pytest.fixture
def root(tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_bytes(b"root:x:0:0::/:\ndaemon:x:1:1::/:\ncaf\xe9:x:7:7::/:\n")
    (tmp_path / "etc" / "group").write_bytes(b"wheel:x:0:\nadm:x:4:\n")
    return Root(str(tmp_path))


def test_names_and_numbers_of_an_image(root):
    assert [find_user(root, value) for value in ("0", "1234", "daemon", "caf\udce9", None, "")] == [
        0,
        1234,
        1,
        7,
        None,
        None,
    ]
    assert [find_group(root, value) for value in ("0", "wheel", "adm")] == [0, 0, 4]


@pytest.mark.parametrize("value", ["nobody-here", "-1", "\u00b2", "\u0661", "4294967295", "99999999999"])
def test_users_that_there_are_not(root, value):
    with pytest.raises(TaskError):
        find_user(root, value)
    with pytest.raises(TaskError):
        find_group(Root("/"), value)
