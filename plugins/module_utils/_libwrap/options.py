# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""The third field: hosts_options(5) where the build has it, a shell command where it has not.

Options are read once into a list; :func:`run_options` then says what libwrap does for one request. Nothing is executed.
"""

import re
from typing import List, NamedTuple, Optional, Tuple

from .dialects import Dialect
from .expand import ExpansionTooLong, expand
from .lookups import Lookups
from .networks import whole_number
from .request import Request

_SPACE = b" \t\n\x0b\x0c\r"
_NAME_END = re.compile(rb"[= \t\r\n]")
_BLANKS = b" \t\r\n"


#: One option as read: its name as written, its value or None, and the error that libwrap finds before running it.
class Option(NamedTuple):
    name: bytes
    value: Optional[bytes]
    error: Optional[str]


#: What running the options came to: access None is the table's own verdict; matched False means "as if no rule
#: matched".
class Outcome(NamedTuple):
    access: Optional[str]
    matched: bool
    actions: List[str]
    reason: Optional[str]
    depends: Tuple[str, ...]


_NEED, _MAY, _NONE = "need", "may", "none"
NAMES = {
    b"user": _NEED,
    b"group": _NEED,
    b"umask": _NEED,
    b"linger": _NEED,
    b"keepalive": _NONE,
    b"spawn": _NEED,
    b"twist": _NEED,
    b"rfc931": _MAY,
    b"setenv": _NEED,
    b"nice": _MAY,
    b"severity": _NEED,
    b"allow": _NONE,
    b"deny": _NONE,
    b"banners": _NEED,
    b"aclexec": _NEED,
}
_LAST = (b"allow", b"deny", b"twist")
EXPANDED = (b"spawn", b"twist", b"setenv", b"aclexec")


def show(text: bytes) -> str:
    """Bytes of a rule in a message: odd ones escaped."""
    return text.decode("utf-8", "backslashreplace")


def split_options(field: bytes) -> List[bytes]:
    """get_field(): the field split at ``:``, with ``\\:`` as a literal colon."""
    fields: List[bytes] = []
    current = bytearray()
    position, size = 0, len(field)
    pending = size > 0
    while position < size:
        byte = field[position]
        if byte == 0x3A:
            fields.append(bytes(current))
            current = bytearray()
            position += 1
            pending = position < size
            continue
        if byte == 0x5C and field[position + 1 : position + 2] == b":":
            position += 1
            byte = 0x3A
        current.append(byte)
        position += 1
    if pending:
        fields.append(bytes(current))
    return fields


def parse_options(field: bytes, dialect: Dialect) -> List[Option]:
    """The options of a field in order; reading stops at the first that is in error, as libwrap does."""
    fields = split_options(field)
    options: List[Option] = []
    for position, text in enumerate(fields):
        option = _parse_option(text.strip(_SPACE), position + 1 < len(fields), dialect)
        options.append(option)
        if option.error:
            break
    return options


def _parse_option(text: bytes, more: bool, dialect: Dialect) -> Option:
    found = _NAME_END.search(text)
    name, value = (text, b"") if found is None else (text[: found.start()], text[found.start() :])
    if value and value[:1] != b"=":
        value = value[1:].lstrip(_BLANKS)
    if value[:1] == b"=":
        value = value[1:].lstrip(_BLANKS)
    argument = value or None
    key = name.lower()
    if not name:
        return Option(name, argument, "missing option name")
    if key not in NAMES or (key == b"aclexec" and not dialect.aclexec):
        return Option(name, argument, 'bad option name: "%s"' % show(name))
    wants = NAMES[key]
    if argument is None and wants == _NEED:
        return Option(name, argument, 'option "%s" requires value' % show(name))
    if argument is not None and wants == _NONE:
        return Option(name, argument, 'option "%s" requires no value' % show(name))
    if more and key in _LAST:
        return Option(name, argument, 'option "%s" must be at end' % show(name))
    return Option(name, argument, None)


def check_value(option: Option, dialect: Dialect, lookups: Lookups) -> Optional[str]:
    """The error that libwrap finds in an option's value when it comes to it, or None."""
    key, value = option.name.lower(), option.value or b""
    if option.value is None:
        return None
    if key == b"umask":
        number = whole_number(value, 8)
        return None if number is not None and number & 0o777 == number else 'bad umask value: "%s"' % show(value)
    if key == b"linger":
        number = whole_number(value)
        return None if number is not None and number >= 0 else 'bad linger value: "%s"' % show(value)
    if key == b"nice":
        return None if whole_number(value) is not None else 'bad nice value: "%s"' % show(value)
    if key == b"rfc931":
        number = whole_number(value)
        return None if number is not None and number > 0 else 'bad rfc931 timeout: "%s"' % show(value)
    if key == b"severity":
        return _check_severity(value, dialect)
    if key in (b"user", b"group"):
        return _check_account(key, value, lookups)
    if key == b"setenv" and not dialect.setenv_equals:
        name = re.split(rb"[ \t\r\n]", value, maxsplit=1)[0].strip(_SPACE)
        return "memory allocation failure" if not name or b"=" in name else None
    return None


def _check_severity(value: bytes, dialect: Dialect) -> Optional[str]:
    facility, dot, level = value.partition(b".")
    words = ((facility, dialect.facilities), (level, dialect.severities)) if dot else ((facility, dialect.severities),)
    for word, known in words:
        if word.decode("latin-1").lower() not in known:
            return 'bad syslog facility or severity: "%s"' % show(word)
    return None


def _check_account(key: bytes, value: bytes, lookups: Lookups) -> Optional[str]:
    user: bytes = value
    group: Optional[bytes] = None
    if key == b"group":
        user, group = b"", value
    elif b"." in value:
        user, group = value.split(b".", 1)
    if group is not None and not lookups.group_exists(group.decode("utf-8", "surrogateescape")):
        return 'unknown group: "%s"' % show(group)
    if key == b"user" and not lookups.user_exists(user.decode("utf-8", "surrogateescape")):
        return 'unknown user: "%s"' % show(user)
    return None


class Run(object):
    """One walk through the options of a rule that matched."""

    def __init__(self, request: Request, dialect: Dialect, lookups: Lookups, dry_run: bool) -> None:
        self.request = request
        self.dialect = dialect
        self.lookups = lookups
        self.dry_run = dry_run
        self.actions: List[str] = []
        self.depends: List[str] = []
        self.aclexec_failed = False

    def outcome(self, access: Optional[str], matched: bool = True, reason: Optional[str] = None) -> Outcome:
        """The end of the walk."""
        return Outcome(access, matched, self.actions, reason, tuple(self.depends))

    def walk(self, options: List[Option]) -> Outcome:
        """process_options()."""
        for option in options:
            if option.error:
                return self.outcome("denied", True, option.error)
            key, value = option.name.lower(), option.value
            if key in EXPANDED and value is not None:
                try:
                    value = expand(value, self.request, self.dialect)[0].strip(_SPACE)
                except ExpansionTooLong as error:
                    return self.outcome("aborted", True, str(error))
            done = self._step(key, Option(option.name, value, None))
            if done is not None:
                return done
        return self.outcome(None, not self.aclexec_failed)

    def _step(self, key: bytes, option: Option) -> Optional[Outcome]:
        """One option; an outcome ends the walk."""
        if key == b"allow":
            return self.outcome("granted")
        if key == b"deny":
            return self.outcome("denied")
        error = check_value(option, self.dialect, self.lookups)
        value = option.value or b""
        text = show(value)
        if error:
            if key == b"user" and b"." in value and error.startswith("unknown user"):
                self._switch(b"group", value.split(b".", 1)[1])
            return self.outcome("denied", True, error)
        if key == b"twist":
            self.actions.append("twist " + text)
            return self.outcome("delegated")
        if key == b"spawn" and not self.dry_run:
            self.actions.append("spawn " + text)
        elif key == b"setenv":
            name, _blank, rest = re.sub(rb"[ \t\r\n]", b"\0", value, count=1).partition(b"\0")
            self.actions.append("setenv %s=%s" % (show(name.strip(_SPACE)), show(rest.strip(_SPACE))))
        elif key == b"umask":
            self.actions.append("umask %o" % (whole_number(value, 8) or 0))
        elif key == b"nice" and not self.dry_run:
            self.actions.append("nice %d" % (10 if option.value is None else whole_number(value) or 0))
        elif key == b"linger" and not self.dry_run:
            self.actions.append("linger %d" % (whole_number(value) or 0))
        elif key == b"keepalive" and not self.dry_run:
            self.actions.append("keepalive")
        elif key == b"aclexec":
            self._aclexec(text)
        elif key == b"user" and b"." in value:
            user, group = value.split(b".", 1)
            self._switch(b"group", group)
            self._switch(b"user", user)
        elif key in (b"user", b"group"):
            self._switch(key, value)
        return None

    def _aclexec(self, command: str) -> None:
        status = self.lookups.aclexec_status(command)
        if status is None:
            self.depends.append("aclexec " + command)
        self.aclexec_failed = self.aclexec_failed or (bool(status) and not self.dry_run)

    def _switch(self, key: bytes, name: bytes) -> None:
        if self.dialect.switches_user == self.dry_run:
            return
        account = name.decode("utf-8", "surrogateescape")
        kind = "user_id" if key == b"user" else "group_id"
        number = getattr(self.lookups, kind)(account) if hasattr(self.lookups, kind) else None
        self.actions.append(
            "%s %s" % ("setuid" if key == b"user" else "setgid", show(name) if number is None else number)
        )


def run_options(
    options: List[Option], request: Request, dialect: Dialect, lookups: Lookups, dry_run: bool = False
) -> Outcome:
    """What libwrap does with a matched rule's options for this request."""
    return Run(request, dialect, lookups, dry_run).walk(options)


def run_command(field: bytes, request: Request, dialect: Dialect) -> Outcome:
    """The classic language: the whole third field is a shell command."""
    try:
        command = expand(field, request, dialect)[0]
    except ExpansionTooLong as error:
        return Outcome("aborted", True, [], str(error), ())
    return Outcome(None, True, ["spawn " + show(command)], None, ())
