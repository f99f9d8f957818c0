# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# Private to this collection: anything here may change without notice.

"""Messages of modules in the words of a role: its user set variables, and knows nothing of the options that a task made
of them.
"""

from __future__ import annotations

import re
from typing import Any

# An option's name where a message means the option: with an index or a value, or where the word means nothing else.
_OPTIONS = re.compile(
    r"(?<![\w.])(?:(?P<list>allow|deny|assertions|keep_access)\[(?P<index>[0-9]{1,6})\]"
    r"|(?P<option>lockout_guard|keep_access|rollback_timeout|block_name|keep_sessions|forbid_gains|operators|unfinished_line"
    r"|(?:unexpressed|lost_options|target)(?=: | is | to )|services(?=\[|: )"
    r"|dialect(?= is wrong| to the build|[.;:] |[.;:]?$|: )|(?:mode|group|owner|default|state|exclusive|root)(?=: | is |(?: and) block_name| '))"
    r"|(?P<trap>default_options))(?![\w])"
)
# What a role does not let its user set stays as it is.
_AFTER = re.compile(r"(?:[Ss]et|[Gg]ive) $")


def in_words_of(role: str, message: str, given: dict[str, Any]) -> str:
    """The message with the names of a role's variables in place of options'.

    :param given: what role_settings returned: its ``origins`` tell the variable of each entry of a joined list.
    """
    origins = given.get("origins") or {}

    def name(found: re.Match) -> str:
        if found["list"]:
            known = origins.get(found["list"]) or []
            index = int(found["index"])
            return known[index] if index < len(known) else found[0]
        option = "trap" if found["trap"] else found["option"]
        if (
            option == "dialect"
            and not _AFTER.search(message[max(0, found.start() - 8) : found.start()])
            or option != "keep_access"
            and option not in given
        ):
            return found[0]
        return "%s_%s" % (role, option)

    return _OPTIONS.sub(name, message)
