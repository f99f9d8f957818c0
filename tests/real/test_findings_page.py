# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The examples of docs/findings.md, asked of the installed libwrap: it does what the page says of Debian."""

import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent / "oracle"))
from libwrap import Libwrap, Question

from ansible_collections.portcullis.tcp_wrappers.tests.unit.plugins.module_utils._libwrap.findings_page import (
    read_page,
    tables,
    unmark,
)

# Root reads every file, and a table that is a directory is no file that the library can be given.
NOT_FOR_ROOT = ("<unreadable>", "<directory>")
EXAMPLES = [
    example
    for section in read_page()
    for example in section.examples
    if not set(example.blocks.values()) & set(NOT_FOR_ROOT)
]


@pytest.fixture(name="libwrap", scope="module")
def fixture_libwrap(tmp_path_factory):
    with Libwrap(tmp_path_factory.mktemp("tables"), True, {}) as libwrap:
        yield libwrap


def question_of(request):
    names = {"hostname": "name"}
    return Question(**{names.get(name, name): str(value) for name, value in request.items()})


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: "%s-%d" % (example.code, example.number))
def test_libwrap_does_what_the_page_says(example, libwrap, tmp_path):
    files = {path: str(tmp_path / pathlib.Path(path).name) for path in example.blocks if path.startswith("/")}
    for path, place in files.items():
        pathlib.Path(place).write_bytes(unmark(example.blocks[path].replace(path, place)))
    for name, text in zip(("allow", "deny"), tables(example)):
        for path, place in files.items():
            text = text.replace(path.encode(), place.encode())
        libwrap.write(name, text)
    (expected,) = [answer for dialects, answer, _findings in example.rows if "debian" in dialects]
    answer = libwrap.ask([question_of(example.request)])[0]
    assert answer[0] == ("signal 11" if expected == "crashes" else expected)


def test_all_but_the_unreadable_examples_are_asked():
    assert len(EXAMPLES) > 85
