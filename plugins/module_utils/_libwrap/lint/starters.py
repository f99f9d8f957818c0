# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""What is known of programs that start others, by their names: the words of their own, and as which user they start;
and of programs that only read, write or show what they are given.
"""

import re
from typing import NamedTuple, Optional, Pattern

_SHELLS = rb"r?bash|(?:da|[mlp]?k|z|a|c|tc|fi|r)?sh|[mlp]?ksh93"
# what they are given is run; of those without a line in _OWN_WORDS it is not known which of their words is the program
_STARTERS = re.compile(
    rb"ltrace|gdb|valgrind|strace|script|watch|run-parts|parallel|pkexec|coproc|java|systemd-run|systemd-inhibit|"
    rb"start-stop-daemon|daemon|daemonize|authbind|bwrap|capsh|cgexec|chpst|choom|dbus-run-session|dumb-init|eatmydata|"
    rb"fakeroot|fakechroot|firejail|linux32|linux64|i386|x86_64|nsenter|numactl|openvt|prlimit|"
    rb"proot|runcon|screen|setpriv|softlimit|ssh-agent|systemd-cat|tini|tmux|torsocks|tsocks|"
    rb"unbuffer|unshare|rlwrap|entr|chronic|ifne|pee|run-one|run-this-one|lckdo|cpulimit|hash|enable|pypy[0-9.]*|Rscript|"
    rb"at|batch|crontab|insmod|modprobe|dpkg|rpm|g?make|ld[-.].*|\$.*"
)
_ANY_OPTION = rb"-[A-Za-z]|--[^=]+"
# a program, how many words of its own come before the one that it starts, and its options that take a word
_OWN_WORDS = tuple(
    (re.compile(names), operands, re.compile(options))
    for names, operands, options in (
        (_SHELLS, 0, rb"[-+][A-Za-z]*[oOc]|--(?:rcfile|init-file|command)"),
        (rb"su|runuser", 1, rb"-[A-Za-z]*[cgGsTuw]|--(?!login|fast|preserve|pty|no-pty)[^=]+"),
        (
            rb"sudo",
            0,
            rb"-[A-Za-z]*[aCcDghpRrTtUu]|--(?:user|group|host|prompt|role|type|chroot|chdir|other-user|close-.*)",
        ),
        (rb"doas", 0, rb"-[A-Za-z]*[uC]"),
        (rb"sg|gosu|su-exec|setuidgid", 1, rb"-g|-c"),
        (rb"flock", 1, rb"-[A-Za-z]*[wE]|--(?:timeout|wait|conflict-exit-code)"),
        (rb"setarch", 1, rb"(?!)"),
        (rb"chroot", 1, rb"--(?:userspec|groups)"),
        (rb"timeout", 1, rb"-[ks]|--(?:signal|kill-after)"),
        (rb"exec|command|builtin", 0, rb"-[cl]*a"),
        (rb"eval|trap|source|\.|nohup|setsid|busybox|toybox", 0, rb"(?!)"),
        (rb"time", 0, rb"-[A-Za-z]*[of]|--(?:output|format)"),
        (rb"perf|envuidgid|envdir|setlock|taskset|chrt|faketime", 1, _ANY_OPTION),
        (rb"nice", 0, rb"-n|--adjustment"),
        (rb"ionice", 0, rb"-[cnpPu]|--(?:class|classdata)"),
        (rb"stdbuf", 0, rb"-[ioe]|--(?:input|output|error)"),
        (rb"env", 0, rb"-[A-Za-z]*[uC]|--(?:unset|chdir)"),
        (rb"xargs", 0, rb"-[A-Za-z0]*[aEILnPsd]|--[^=]+"),
        (rb"python[0-9.]*", 0, rb"-[WX]|-[A-Za-z]*c"),
        (rb"perl[0-9.]*", 0, rb"-I|-[A-Za-z]*[eE]"),
        (rb"[gmn]?awk", 0, rb"-[Fv]|--(?:assign|field-separator)"),
        (rb"(?:ruby|lua|php|tclsh|wish|expect|node|nodejs)[0-9.]*", 0, _ANY_OPTION),
    )
)
# without a program or a script they take commands from what they read
_READ_COMMANDS = re.compile(
    _SHELLS + rb"|su|runuser|sudo|doas|sg|chroot|nsenter|unshare|setarch|linux32|linux64|parallel|source|\.|\$.*|"
    rb"(?:python|perl|ruby|lua|php|tclsh|wish|expect|node|nodejs)[0-9.]*"
)
_ALWAYS_READ_COMMANDS = (b"at", b"batch", b"crontab")
# they start what is behind one of their words, and only that
_STARTING_WORDS = {
    b"find": re.compile(rb"-(?:exec|ok)(?:dir)?"),
    b"ip": re.compile(rb"exec"),
    b"sed": re.compile(rb"-[A-Za-z]*f|--file"),
    b"tar": re.compile(rb"-I|--(?:to|info|new-volume)-(?:command|script)|--use-compress-program|--rsh-command"),
    b"rsync": re.compile(rb"-[A-Za-z]*e|--rsh"),
}
# `--to-command=/home/alice/x`
_STARTING_OPTION = re.compile(rb"--(?:[a-z-]+-)?(?:command|program|script|exec|rsh|hook|action)=", re.DOTALL)
# what they are given is text
_TALKERS = re.compile(rb"echo|printf|test|\[|true|false|:|basename|dirname")
# what they are given is read, written or shown
_PLAIN = re.compile(
    rb"cat|tac|head|tail|less|more|[ez]?grep|fgrep|cut|sort|uniq|wc|tr|tee|cp|mv|ln|rm|touch|mkdir|chmod|chown|chgrp|ls|stat|"
    rb"file|du|df|readlink|realpath|date|logger|mail|mailx|sendmail|sed|diff|cmp|md5sum|sha[0-9]+sum|base64|od|hexdump|"
    rb"strings|gzip|gunzip|zcat|bzip2|xz|curl|wget|rsync|scp|tar|find|ip|install|dd|ping|sleep|kill|id"
)
# what they are given is run as the user whom they are told
_CHANGE_USER = (b"sudo", b"doas", b"setpriv", b"chpst", b"pkexec")
_CHANGE_USER_BY_WORD = (b"su", b"runuser", b"setuidgid", b"gosu", b"su-exec")
_USER_OPTION = re.compile(rb"(?:-u|--user|--reuid|--chuid)(?:=?(.*))", re.DOTALL)
_ROOT = re.compile(rb":?(?:root|[#+]?0+)?(?::.*)?", re.DOTALL)


class Starter(NamedTuple):
    """What is known of a program that starts others."""

    operands: int  # words of its own before the program that it starts
    options: Pattern[bytes]  # those that take the next word
    known: bool  # the first other word is the program
    reads_commands: bool  # from its input, where it is given no program
    always: bool  # also where it is given other words


def starter_of(name: bytes) -> Optional[Starter]:
    """What is known of a program by its name; None of one that does not start others."""
    reads, always = bool(_READ_COMMANDS.fullmatch(name)), name in _ALWAYS_READ_COMMANDS
    for names, operands, options in _OWN_WORDS:
        if names.fullmatch(name):
            return Starter(operands, options, True, reads, always)
    if _STARTERS.fullmatch(name):
        return Starter(0, re.compile(_ANY_OPTION), False, reads or always, always)
    return None


def is_text_option(option: bytes) -> bool:
    """Whether the word behind an option of a program that reads commands is commands."""
    return option.endswith((b"c", b"e", b"E", b"command"))


def behind_a_word(name: bytes) -> Starter:
    """What is known of the words behind the one that makes a program start others."""
    return Starter(1 if name == b"ip" else 0, re.compile(rb"(?!)"), True, False, False)


def starts_behind(name: bytes, word: bytes) -> bool:
    """Whether a program that else only reads starts what is behind this word of its own."""
    words = _STARTING_WORDS.get(name)
    return words is not None and words.fullmatch(word) is not None


def is_starting_option(word: bytes) -> bool:
    """Whether an option of any program holds what it starts."""
    return _STARTING_OPTION.match(word) is not None


def is_talker(name: bytes) -> bool:
    """Whether what a program is given is only text."""
    return _TALKERS.fullmatch(name) is not None


def is_plain(name: bytes) -> bool:
    """Whether a program is known to start nothing of what it is given."""
    return is_talker(name) or _PLAIN.fullmatch(name) is not None


class User(NamedTuple):
    """What the words behind sudo(8), su(1) and their like have said of the user so far."""

    by_word: bool  # the first word that is no option names the user
    options: Pattern[bytes]  # that take a word
    awaited: bool = False  # the next word names the user
    skipped: bool = False  # the next word is an option's
    another: bool = False  # it is another than root

    def after(self, word: bytes) -> "User":
        """The same with one word more."""
        if self.skipped:
            return self._replace(skipped=False)
        if self.awaited:
            return self._replace(awaited=False, by_word=False, another=not _ROOT.fullmatch(word))
        option = _USER_OPTION.fullmatch(word)
        if option:
            named = option.group(1)
            return self._replace(awaited=not named, by_word=False, another=not _ROOT.fullmatch(named))
        if self.options.fullmatch(word):
            return self._replace(skipped=True)
        if self.by_word and not word.startswith((b"-", b"/")):
            return self._replace(by_word=False, another=not _ROOT.fullmatch(word))
        return self


def user_of(name: bytes) -> Optional[User]:
    """What is known of the user before the first word behind a program; None where it starts others as its own user."""
    starter = starter_of(name)
    if starter is None or name not in _CHANGE_USER + _CHANGE_USER_BY_WORD:
        return None
    return User(name in _CHANGE_USER_BY_WORD, starter.options)
