# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Text without loss."""

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers import text


def test_every_byte_comes_back():
    data = bytes(range(256)) * 2
    assert text.encode(text.decode(data)) == data
    assert "".join(text.lines(text.decode(data))) == text.decode(data)


def test_a_line_ends_at_a_line_feed_only():
    assert text.lines("a\r\nb\x0bc\x0cd\x85e\u2028f\n\ng") == ["a\r\n", "b\x0bc\x0cd\x85e\u2028f\n", "\n", "g"]
    assert text.lines("") == []


def values(line, quoting):
    return [word.value for word in text.words(line, " \t", quoting)]


def test_quotes_of_inetutils():
    """As inetutils-inetd 2.4 was seen to pass words on: a quote ends the word before it, and counts only where it is closed."""
    quoting = text.Quoting("\"'", inside=True, needs_pair=True)
    assert values('argv "a b" c\\ d y"z w"x \'q "r\'', quoting) == ["argv", "a b", "c\\", "d", "y", "z w", "x", 'q "r']
    assert values("hello don't x \"a b", quoting) == ["hello", "don't", "x", '"a b']


def test_quotes_of_freebsd():
    """By its source: a quote counts at the start of a word, and reaches to the end of the line where it is not closed."""
    quoting = text.Quoting("\"'")
    assert values('a "b c"d don\'t "e f', quoting) == ["a", "b c", "d", "don't", "e f"]


def test_words_know_their_places():
    line = '\tftp  "a b" c'
    assert [line[word.start : word.end] for word in text.words(line, " \t", text.Quoting('"'))] == ["ftp", '"a b"', "c"]
