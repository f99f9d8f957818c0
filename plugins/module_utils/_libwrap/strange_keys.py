# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What is said of keys of a mapping that nobody takes, and of those that are meant."""

from difflib import get_close_matches
from typing import Any, Dict, Iterable, Optional, Sequence


def strange_keys(given: Iterable[Any], known: Sequence[str]) -> Optional[str]:
    """The end of a sentence on the keys that are not known, with those that are meant; None where all are known."""
    strange = sorted((key for key in given if key not in known), key=str)
    if not strange:
        return None
    meant = [(key, meant_key(key, known)) for key in strange]
    instead = ["%s for %s" % (right, key) for key, right in meant if right]
    return "has %s, which it does not take.%s It takes %s" % (
        " and ".join(map(repr, strange)),
        " Write %s." % " and ".join(instead) if instead else "",
        ", ".join(known),
    )


def meant_key(key: Any, known: Sequence[str], other_words: Optional[Dict[str, str]] = None) -> Optional[str]:
    """The key that a strange one is probably meant for; None where none comes near.

    :param other_words: what others call the keys.
    """
    if not isinstance(key, str):
        return None
    word = key.lower()
    if other_words and word in other_words:
        return other_words[word]
    near = get_close_matches(word, known, 1, 0.8)
    return near[0] if near else None
