# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""When two rules are the same rule: the same daemons, clients and options in the same order, whatever the blanks and
commas.
"""

import re
from typing import Tuple

from ..dialects import Dialect
from ..lexer import split_field, strip_comment

RuleKey = Tuple[Tuple[bytes, ...], Tuple[bytes, ...], Tuple[bytes, ...]]

_SEPARATORS = bytes.maketrans(b",\t\r\n", b"    ")
_OPTION_END = re.compile(rb"(?<!\\):")


def rule_key(text: bytes, dialect: Dialect) -> RuleKey:
    """The parsed fields of a logical line; a line without a colon has no clients."""
    if dialect.comment_anywhere and b"#" in text:
        text = strip_comment(text)
    daemons, rest, _found = split_field(text, b":", dialect.brackets)
    if not dialect.extended_options or b":" not in rest:
        clients, tail, found = split_field(rest, b":", dialect.brackets)
        options: Tuple[bytes, ...] = (tail.strip(b" \t\r\n"),) if found else ()
    else:
        clients, tail, found = split_field(rest, b":", dialect.brackets)
        options = tuple(option.strip(b" \t\r\n") for option in _OPTION_END.split(tail)) if found else ()
    return (_words(daemons), _words(clients), options)


def is_catch_all(key: RuleKey) -> bool:
    """Whether the rule matches every request, whatever it then does."""
    return len(key[0]) == 1 and len(key[1]) == 1 and key[0][0].upper() == b"ALL" and key[1][0].upper() == b"ALL"


def _words(field: bytes) -> Tuple[bytes, ...]:
    return tuple(word for word in field.translate(_SEPARATORS).split(b" ") if word)
