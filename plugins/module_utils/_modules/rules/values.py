# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Rules as a playbook gives them, checked before anything converts them.

YAML reads `ALL: ALL` as a mapping, `1:2` as 62, `10.` as 10.0 and `yes` as true, and Ansible splits a plain string in a
list option at its commas. So the options are of type raw, and every value that YAML could have bent is refused with its
index and the remedy.
"""

from typing import Any, Dict, List, NamedTuple, Optional, Tuple, Union

from ..._libwrap.edit.mapping import RuleMapping
from ..._libwrap.strange_keys import meant_key
from ..errors import TaskError

MAPPING_KEYS = ("daemons", "daemons_except", "clients", "clients_except", "options", "comment")
# what hosts_access_info adds to a rule; taken so that its answer can be fed back
REPORT_KEYS = ("table", "line", "text", "block_name")
# what other collections and roles call them
_OTHER_WORDS = {
    "daemon": "daemons",
    "service": "daemons",
    "services": "daemons",
    "client": "clients",
    "host": "clients",
    "hosts": "clients",
    "address": "clients",
    "addresses": "clients",
    "network": "clients",
    "networks": "clients",
    "except": "clients_except",
    "option": "options",
}


class RuleValue(NamedTuple):
    number: int
    text: Optional[str]  # a line, verbatim
    mapping: Optional[RuleMapping]  # a meaning
    given: Optional[
        Dict[str, Any]
    ]  # what hosts_access_info gave: a line and its meaning, of which the line counts unless the meaning was edited


def check_rules(value: Any, option: str) -> Optional[List[RuleValue]]:
    """The entries of `allow` or `deny`. None stays None (the table's rules are not touched). Raises TaskError."""
    if value is None:
        return None
    if isinstance(value, (str, dict)):
        value = [value]  # one rule, never split at its commas
    if not isinstance(value, (list, tuple)):
        raise TaskError("%s is %s, and must be a list of rules. %s" % (option, _kind(value), _quote_hint(value)))
    return [_check_rule(entry, index, option) for index, entry in enumerate(value)]


def check_options(value: Any, option: str) -> Optional[List[str]]:
    """A list of rule options such as `default_options`; one string is one option. None stays None. Raises TaskError."""
    if value is None:
        return None
    return _check_option_list(value, option)


def check_line(text: str, where: str) -> str:
    """A verbatim line: one line, printable, no comment and no continuation. Tabs separate as blanks do. Raises
    TaskError.
    """
    if not text.strip(" \t"):
        raise TaskError("%s is empty: leave it out, or write a rule." % where)
    _check_printable(text.replace("\t", " "), text, where)
    if text.startswith("#"):
        raise TaskError(
            "%s is %r, a comment and not a rule: write the rule as a mapping with daemons, clients and comment."
            % (where, text)
        )
    if text.endswith("\\"):
        raise TaskError(
            "%s is %r: it ends in a backslash, so the next line of the table would become part of it. Write the whole "
            "rule in one entry." % (where, text)
        )
    return text


def _check_rule(entry: Any, index: int, option: str) -> RuleValue:
    where = "%s[%d]" % (option, index)
    if isinstance(entry, str):
        return RuleValue(index, check_line(entry, where), None, None)
    if isinstance(entry, dict):
        return _check_mapping(entry, index, where)
    raise TaskError(
        "%s is %s, and a rule is a line or a mapping with daemons and clients. %s"
        % (where, _kind(entry), _quote_hint(entry))
    )


def _check_mapping(entry: Dict[Any, Any], index: int, where: str) -> RuleValue:
    known = [key for key in entry if key in MAPPING_KEYS or key in REPORT_KEYS]
    if len(known) != len(entry):
        meant = dict((key, meant_key(key, MAPPING_KEYS, _OTHER_WORDS)) for key in entry if key not in known)
        if not known and not any(meant.values()):
            raise TaskError(
                "%s is %s, which YAML made of a line with a colon: write %s in quotes%s."
                % (where, _kind(entry), _quoted(_guess_line(entry)), _respelled(entry))
            )
        strange = sorted(repr(key) for key in entry if key not in known)
        instead = ["%s for %s" % (meant[key], key) for key in entry if meant.get(key)]
        raise TaskError(
            "%s has %s, which a rule does not take.%s It takes %s."
            % (
                where,
                ", ".join(strange),
                " Write %s." % " and ".join(instead) if instead else "",
                ", ".join(MAPPING_KEYS),
            )
        )
    if entry.get("text") is not None:
        if not isinstance(entry["text"], str):
            raise TaskError(
                "%s.text is %s, and must be the rule's line. %s"
                % (where, _kind(entry["text"]), _quote_hint(entry["text"]))
            )
        bare = entry.get("daemons") is None and entry.get("clients") is None
        return RuleValue(index, check_line(entry["text"], where + ".text"), None, None if bare else entry)
    return RuleValue(index, None, check_mapping(entry, where), None)


def check_mapping(entry: Dict[str, Any], where: str) -> RuleMapping:
    """A rule's meaning. Raises TaskError."""
    for key in ("daemons", "clients"):
        if not entry.get(key) and entry.get(key) != 0:
            raise TaskError(
                "%s has no %s: a rule needs daemons and clients, %s."
                % (where, key, "such as 'sshd' or 'ALL'" if key == "daemons" else "such as '10.0.0.0/8' or 'ALL'")
            )
    return RuleMapping(
        daemons=_check_names(entry["daemons"], where + ".daemons", ports=True),
        daemons_except=_check_names(entry.get("daemons_except"), where + ".daemons_except", ports=True),
        clients=_check_names(entry["clients"], where + ".clients"),
        clients_except=_check_names(entry.get("clients_except"), where + ".clients_except"),
        options=tuple(_check_option_list(entry.get("options"), where + ".options")),
        comment=check_comment(entry.get("comment"), where + ".comment"),
    )


def _check_names(value: Any, where: str, ports: bool = False) -> Tuple[Union[str, int], ...]:
    """A list of daemon or client patterns; one name may stand without its list."""
    if value is None:
        return ()
    if isinstance(value, str) or (ports and _is_port(value)):
        return (_check_name(value, where),)
    if not isinstance(value, (list, tuple)):
        raise TaskError("%s is %s, and must be a list of names. %s" % (where, _kind(value), _quote_hint(value)))
    names = []
    for index, name in enumerate(value):
        here = "%s[%d]" % (where, index)
        if not isinstance(name, str) and not (ports and _is_port(name)):
            raise TaskError("%s is %s, and must be a name or an address. %s" % (here, _kind(name), _quote_hint(name)))
        names.append(_check_name(name, here))
    return tuple(names)


def _check_name(name: Union[str, int], where: str) -> Union[str, int]:
    if isinstance(name, int):
        if not 0 < name <= 65535:
            raise TaskError(
                "%s is the number %d, and a port lies between 1 and 65535. YAML reads 1:2 as a number: quote the value "
                "if it is none." % (where, name)
            )
        return name
    if not name:
        raise TaskError("%s is empty: leave it out." % where)
    _check_printable(name, name, where)
    if " " in name or "," in name:
        raise TaskError(
            "%s is %r, which holds more than one word: write one entry for each, and exceptions under %s."
            % (where, name, "clients_except" if ".clients" in where else "daemons_except")
        )
    if name.endswith("\\"):
        raise TaskError("%s is %r: a pattern cannot end in a backslash." % (where, name))
    return name


def _check_option_list(value: Any, where: str) -> List[str]:
    if value is None:
        return []
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise TaskError(
            "%s is %s, and must be a list of options such as ['spawn /usr/bin/logger refused', 'deny']. %s"
            % (where, _kind(value), _quote_hint(value))
        )
    options = []
    for index, option in enumerate(value):
        here = "%s[%d]" % (where, index)
        if not isinstance(option, str):
            raise TaskError("%s is %s, and must be one option as text. %s" % (here, _kind(option), _quote_hint(option)))
        if not option.strip(" "):
            raise TaskError("%s is empty: leave it out." % here)
        _check_printable(option, option, here)
        if option.endswith("\\"):
            raise TaskError(
                "%s is %r: an option cannot end in a backslash, which would join the next line." % (here, option)
            )
        options.append(option)
    return options


def check_comment(value: Any, where: str) -> Tuple[str, ...]:
    """Comment lines without their `#`; one string is one line."""
    if value is None:
        return ()
    if isinstance(value, str):
        value = [value]
    if not isinstance(value, (list, tuple)):
        raise TaskError("%s is %s, and must be a line of text. %s" % (where, _kind(value), _quote_hint(value)))
    lines = []
    for line in value:
        if not isinstance(line, str):
            raise TaskError("%s is %s, and must be text. %s" % (where, _kind(line), _quote_hint(line)))
        _check_printable(line, line, where)
        if line.endswith("\\"):
            raise TaskError("%s is %r: a comment that ends in a backslash swallows the rule below it." % (where, line))
        words = line.lstrip("# ").split(" ")
        if words[0] in ("BEGIN", "END") and words[1:2] == ["portcullis"]:
            raise TaskError("%s is %r, which would be taken for the marker of a block." % (where, line))
        lines.append(line)
    return tuple(lines)


def _check_printable(text: str, shown: str, where: str) -> None:
    if text.isprintable():
        return
    for position, character in enumerate(text):
        if character in "\r\n\x85\u2028\u2029":
            raise TaskError(
                "%s is %s: it holds a line break at character %d, so it would become more than one line. "
                "Write one entry for each rule, in quotes (a YAML block with | keeps its line breaks, >- does not)."
                % (where, ascii(shown), position)
            )
        if character == "\0":
            raise TaskError(
                "%s is %s: it holds a NUL at character %d, and libwrap stops reading there."
                % (where, ascii(shown), position)
            )
        if not character.isprintable():
            raise TaskError(
                "%s is %s: character %d, U+%04X, cannot be printed%s. Write it with plain characters."
                % (
                    where,
                    ascii(shown),
                    position,
                    ord(character),
                    " (it only looks like a blank)" if character.isspace() else "",
                )
            )


def _is_port(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _kind(value: Any) -> str:
    """What YAML made of a value, in words."""
    if value is None:
        return "empty (null)"
    if isinstance(value, bool):
        return "the boolean %s" % str(value).lower()
    if isinstance(value, (int, float)):
        return "the number %r" % (value,)
    if isinstance(value, dict):
        return "the mapping {%s}" % ", ".join("%s: %s" % (key, _shown(item)) for key, item in list(value.items())[:3])
    if isinstance(value, (list, tuple)):
        return "the list %s" % _shown(value)
    return "%s" % type(value).__name__


def _shown(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (list, tuple)):
        return "[%s]" % ", ".join(_shown(item) for item in value)
    return str(value)


def _guess_line(entry: Dict[Any, Any]) -> str:
    """The line that YAML probably tore into a mapping; numbers have lost their spelling."""
    parts = ["%s: %s" % (_shown(key), _shown(item)) for key, item in entry.items()]
    return ", ".join(parts[:2])


def _respelled(entry: Dict[Any, Any]) -> str:
    """A warning where the guess is not what was written: of numbers and of words such as on only the value is left."""
    parts = list(entry) + list(entry.values())
    if all(isinstance(part, (str, list)) and part not in ("true", "false") for part in parts):
        return ""
    return ", but as you meant it: YAML turns 10. into 10.0, 12:30 into 750 and on into true"


def _quoted(text: str) -> str:
    return "'%s'" % text.replace("'", "''")


def _quote_hint(value: Any) -> str:
    if value is None:
        return "Remove the empty entry."
    if isinstance(value, bool):
        return "YAML reads words such as yes, no and on as booleans: write the value in quotes."
    if isinstance(value, (int, float)):
        return "YAML reads 1:2 as 62 and 10. as 10.0: write the value in quotes."
    if isinstance(value, (list, tuple)):
        return "YAML reads [2001:db8::1] without quotes as a list: write the value in quotes."
    if isinstance(value, dict):
        return "Write %s in quotes." % _quoted(_guess_line(value))
    return "Write it in quotes."
