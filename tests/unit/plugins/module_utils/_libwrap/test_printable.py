# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A host's text on its way to a screen."""

import unicodedata

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.printable import (
    printable,
    printable_values,
)


@pytest.mark.parametrize(
    "text, shown",
    [
        ("plain \\ text: ä €", "plain \\ text: ä €"),
        ("a\x1b[31mb\x07", "a\\x1b[31mb\\x07"),
        ("two\nlines\r\t", "two\\x0alines\\x0d\\x09"),
        ("\x9b31m", "\\xc2\\x9b31m"),
        ("\u202e\u2028", "\\xe2\\x80\\xae\\xe2\\x80\\xa8"),
        ("odd \udcff byte, half \ud800", "odd \\xff byte, half \\ud800"),
    ],
)
def test_what_does_not_print_is_escaped(text, shown):
    assert printable(text) == shown


def test_no_control_mark_of_direction_or_half_of_a_pair_is_left():
    every = printable("".join(map(chr, range(0x110000))))
    assert not [one for one in set(every) if unicodedata.category(one) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def test_a_result_keeps_its_shape_and_the_lines_of_whole_files():
    result = {
        "text": "a\tb\nc",
        "diff": [{"before": "one\ntwo\x1b\n"}],
        "k\x07": (1, None, True, "\x7f"),
        "allow_text": "x\ny\n",
    }
    assert printable_values(result) == {
        "text": "a\tb\\x0ac",
        "diff": [{"before": "one\ntwo\\x1b\n"}],
        "k\\x07": [1, None, True, "\\x7f"],
        "allow_text": "x\ny\n",
    }


@pytest.mark.parametrize("unseen", ["\u115f", "\u1160", "\u2800", "\u3164", "\uffa0"])
def test_a_letter_that_is_not_seen_is_told(unseen):
    """With 150 of them behind a name, "ok: [h2]" begins a line of the terminal; Python says that they print."""
    assert unseen.isprintable()
    assert printable("a" + unseen) == "a" + "".join("\\x%02x" % byte for byte in unseen.encode("utf-8"))
    assert printable_values({unseen: [unseen]}) == {printable(unseen): [printable(unseen)]}
