# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Every kind of finding: its usual severity, its effect, and why it is one. ``docs/findings.md`` has the examples.

Severity ``error``: libwrap does not honour what is written; ``warning``: it does, but this is a trap; ``info``: worth
knowing. A note that opens access is a warning.
"""

from typing import Dict, NamedTuple

from .finding import ERROR, INFO, WARNING


class Kind(NamedTuple):
    severity: str
    effect: str
    explanation: str


_FEWER = "closes where the rule grants, opens where it denies; the reverse behind EXCEPT"
_MORE = "opens where the rule grants, closes where it denies; the reverse behind EXCEPT"
_DENIES = "closes where the rule is meant to grant; nothing where it denies anyway"
_NONE = "nothing"
_OPENS = "opens"
_CLOSES = "closes"

_TABLES = {
    "table-unreadable": Kind(
        ERROR,
        "closes in hosts.allow; in hosts.deny closes or opens, by dialect",
        (
            "The table exists but cannot be opened: no permission, a loop of links, a file where a folder should be. "
            "hosts.allow then counts as empty. hosts.deny denies everybody whom hosts.allow does not grant on Debian, "
            "Red Hat and SUSE, and nobody elsewhere. A daemon that has dropped root meets this with tables of mode 0600."
        ),
    ),
    "table-directory": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        (
            "A directory stands where the table should be. libwrap opens it, reads nothing and says nothing: an empty "
            "table."
        ),
    ),
    "endless-loop": Kind(
        ERROR,
        _CLOSES,
        (
            "A logical line of 2,047 characters or more makes this libwrap read for ever, so that every process that "
            "asks it hangs. A long comment does it too."
        ),
    ),
    "line-too-long": Kind(
        ERROR,
        "closes, or by table as a rule that is missing",
        (
            "libwrap holds 2,046 characters of a logical line, continuation lines included. Debian stops reading the "
            "table at a longer one, and if it is hosts.deny, denies all that was not decided before; Red Hat skips the "
            "line; other builds drop what they have read and take the rest for a new line, which may be a rule that "
            "nobody wrote."
        ),
    ),
    "missing-newline": Kind(
        ERROR,
        "closes; elsewhere by table as a rule that is missing",
        (
            "The last line has no newline, or ends in a backslash with nothing behind it. Every libwrap ignores that "
            "line; Debian's gives the table up, and if it is hosts.deny, denies all that was not decided before, even "
            "when the line is a comment."
        ),
    ),
    "nothing-denies": Kind(
        WARNING,
        _OPENS,
        (
            "A client that no rule matches is granted. Where hosts.allow has rules and neither table has one that refuses, "
            "the rules decide nothing: everybody else is granted as well."
        ),
    ),
    "more-findings": Kind(
        INFO, _NONE, ("Only the first 10,000 findings of a kind are listed for a table; this one counts the others.")
    ),
}

_LINES = {
    "no-colon": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        ("A line without a colon is no rule. libwrap logs a warning and skips it."),
    ),
    "indented-comment": Kind(
        WARNING,
        "opens or closes where it hits a daemon; else nothing",
        (
            "A # starts a comment in the first column only. Behind a blank it is the first word of a rule: with a colon "
            "the words before it are daemons, those after it clients."
        ),
    ),
    "option-as-client": Kind(
        ERROR,
        "opens or closes where the option would have decided otherwise; else nothing",
        (
            "The name of an option stands among the clients, since the colon before it is missing. libwrap takes it for a "
            "client's name: the option is not carried out, and the clients before it get what the table gives."
        ),
    ),
    "trailing-comment": Kind(
        ERROR,
        _MORE,
        (
            "There are no comments behind a rule, except on FreeBSD. The # and the words after it are daemons, clients "
            'or part of an option, so a comment that says "ALL" or a host\'s name lets it in.'
        ),
    ),
    "hash-cuts-line": Kind(
        WARNING,
        _NONE,
        (
            "FreeBSD takes any # for the start of a comment, also one inside a word or a command. The rest of the line "
            "is not read."
        ),
    ),
    "comment-swallows-line": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        (
            "Lines are joined before comments are looked for. A comment that ends in a backslash goes on in the next "
            "line, and a rule there is never read."
        ),
    ),
    "crlf": Kind(
        INFO,
        _NONE,
        (
            "Lines end in CR LF, as on Windows. libwrap takes the CR for a blank; rules work, but a backslash before it "
            "continues nothing."
        ),
    ),
    "bare-carriage-return": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        (
            "A carriage return alone ends no line. What an editor shows as the next line belongs to this one, as clients"
            " or options, or to this comment."
        ),
    ),
    "nul": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        ("A NUL byte cuts its line and joins what came before with the next line."),
    ),
    "byte-order-mark": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        (
            "A byte order mark is part of the first word of the first line, which is then no daemon that anybody runs, "
            "or no comment."
        ),
    ),
    "backslash-not-last": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        (
            "A backslash continues a line only when the newline follows at once. Behind a blank or a CR it is a word of "
            "its own and the next line stands alone."
        ),
    ),
    "unbalanced-bracket": Kind(
        ERROR,
        _FEWER,
        (
            "A colon inside brackets ends no field. A bracket without its partner therefore hides the colons behind it, "
            "and options become clients."
        ),
    ),
    "bare-ipv6": Kind(
        ERROR,
        _FEWER,
        (
            "A colon ends a field, so an IPv6 address without brackets is cut at its first colon, and the rest is taken "
            "for options."
        ),
    ),
}

_LISTS = {
    "empty-list": Kind(
        ERROR, _FEWER, ("A list of daemons or clients without a word matches nothing, so the rule never decides.")
    ),
    "except-first": Kind(
        ERROR, _FEWER, ("EXCEPT takes away from what stands before it. When nothing does, the list matches nothing.")
    ),
    "except-last": Kind(WARNING, _NONE, "An EXCEPT with nothing behind it is ignored."),
    "except-empty": Kind(
        ERROR,
        _MORE,
        ("Of two EXCEPTs in a row, the second takes back from an empty exception: nothing is excepted at all."),
    ),
    "except-nested": Kind(
        WARNING,
        _NONE,
        (
            "`a EXCEPT b EXCEPT c` means a EXCEPT (b EXCEPT c): what c matches is not excepted, but matched again. Many "
            "readers expect both to be excepted."
        ),
    ),
    "except-all": Kind(ERROR, _FEWER, "ALL as an exception takes everything away, so the words before it never match."),
    "duplicate": Kind(
        WARNING,
        "nothing, or opens or closes when the two rules differ in their verdict",
        (
            "A rule of the same table has the same daemons and clients and stands before this one. It always decides "
            "first, so this one never does."
        ),
    ),
    "allow-everything": Kind(
        WARNING,
        _OPENS,
        (
            "The rule grants everything to everybody. Rules behind it decide nothing, hosts.deny included. FreeBSD ships"
            " such a rule as the first of its table."
        ),
    ),
}

_DAEMONS = {
    "daemon-literal": Kind(
        ERROR,
        _FEWER,
        (
            "A daemon is known by its base name. A path, a netgroup, LOCAL and PARANOID are compared with that name as "
            "they stand and never match."
        ),
    ),
    "port-as-daemon": Kind(
        INFO,
        _NONE,
        (
            "Debian takes a number in the list of daemons for a port of this host. A daemon that is called 22 could not "
            "be named, and tcpdmatch cannot check ports."
        ),
    ),
    "port-out-of-range": Kind(
        ERROR,
        _FEWER,
        ("A number that is no port is compared with daemons' names, or, when it passes 32 bits, cut to another port."),
    ),
    "port-unsupported": Kind(
        ERROR,
        _FEWER,
        (
            "Only Debian's libwrap knows ports as daemons. Elsewhere the number is the name of a daemon that does not "
            "exist."
        ),
    ),
}

_NETWORKS = {
    "host-bits-set": Kind(
        ERROR,
        _FEWER,
        (
            "libwrap masks the client's address and compares it with the network as written. When the network has bits "
            "set outside the mask, no client can ever match. No warning is given, except by NetBSD. SLES 12 masks both "
            "sides, and there the pattern works."
        ),
    ),
    "prefix-length-unsupported": Kind(
        ERROR,
        _FEWER,
        (
            "7.6 as released, RHEL 6, FreeBSD and macOS know masks in four parts only. NetBSD reads /8 as the mask "
            "0.0.0.8. The pattern never matches."
        ),
    ),
    "prefix-zero": Kind(
        ERROR,
        _FEWER,
        (
            "Debian takes a length of 0 for an error, so 0.0.0.0/0 never matches. On SLES 12 a length of 0 is all of "
            "IPv4, whatever stands before the slash."
        ),
    ),
    "mask-all-ones": Kind(
        ERROR,
        _FEWER,
        (
            "7.6, Debian, FreeBSD and macOS take the mask 255.255.255.255 for an error, so a/255.255.255.255 never "
            "matches."
        ),
    ),
    "short-quad": Kind(ERROR, _FEWER, "A network needs all four parts before the slash; 10.1/16 never matches."),
    "octal-quad": Kind(
        ERROR,
        "opens in a network; as a rule that never matches in an address",
        (
            "In a network or mask, a part with a leading zero is octal: 010.0.0.0/8 is 8.0.0.0/8, the network of "
            "somebody else. An address or prefix is compared as text, and no address is written with leading zeros."
        ),
    ),
    "noncontiguous-mask": Kind(
        WARNING,
        _MORE,
        (
            "A mask with holes is honoured bit by bit and matches addresses in many places. SLES 12 cuts it to a length "
            "at its last bit."
        ),
    ),
    "bad-mask": Kind(
        ERROR,
        _FEWER,
        (
            "What stands behind the slash is neither a length nor a mask of four parts to this libwrap. The pattern "
            "never matches."
        ),
    ),
    "sloppy-mask": Kind(
        WARNING,
        _NONE,
        (
            "What stands behind the slash is not written properly, but this libwrap makes a mask of it. Another build "
            "would not."
        ),
    ),
    "bad-network": Kind(
        ERROR,
        _FEWER,
        (
            "What stands before the slash is no IPv4 address, and names or wildcards take no mask. The pattern never "
            "matches."
        ),
    ),
    "impossible-address": Kind(
        ERROR, _FEWER, ("Numbers over 255, or more than four of them, are in no address, so the pattern never matches.")
    ),
    "short-address": Kind(
        ERROR,
        _FEWER,
        (
            "Numbers without a dot at the end are compared with the whole address. 10.1 matches nobody; 10.1. is a "
            "prefix."
        ),
    ),
    "address-trailing-dot": Kind(
        ERROR,
        _FEWER,
        ("A dot at the end makes a prefix, and no address goes on behind four parts. The pattern never matches."),
    ),
    "numeric-suffix": Kind(
        WARNING, _MORE, ("A leading dot makes a suffix of the address's text: .3 matches 10.1.2.3 and 192.0.2.3 alike.")
    ),
}

_IPV6 = {
    "ipv6-unsupported": Kind(
        ERROR,
        _FEWER,
        (
            "This libwrap, or this place in a rule, knows no IPv6 addresses. The colons end the field, or the text never"
            " matches."
        ),
    ),
    "ipv6-prefix-form": Kind(
        ERROR,
        _FEWER,
        (
            "Builds differ in where an IPv6 length stands: behind the brackets on Debian, RHEL 6 and FreeBSD, inside on "
            "SLES 12, NetBSD and macOS, either on Red Hat and SLES 15. In the wrong place it never matches."
        ),
    ),
    "ipv6-length-everything": Kind(
        ERROR,
        _MORE,
        (
            "An IPv6 length that is no number is 0 to libwrap, and a length of 0 matches every IPv6 client: "
            "[2001:db8::]/x and [2001:db8::]/ open the door to the whole IPv6 Internet."
        ),
    ),
    "ipv6-spelling": Kind(
        ERROR, _FEWER, ("NetBSD compares IPv6 addresses as text. Only the shortest spelling in lower case is ever met.")
    ),
    "mapped-pattern": Kind(
        ERROR,
        _FEWER,
        (
            "A client ::ffff:10.1.2.3 is IPv4 to libwrap: Debian, RHEL 6 and FreeBSD never match it with a bracketed "
            "pattern, others turn the address of a real socket into IPv4 before they look."
        ),
    ),
    "bad-bracket-address": Kind(
        ERROR,
        _FEWER,
        ("What stands in the brackets is no IPv6 address, or something stands behind them. The pattern never matches."),
    ),
    "address-range": Kind(
        ERROR,
        _FEWER,
        (
            "libwrap knows no ranges: it compares the text with the client's name and address, and nobody is called so. "
            "Write the networks that the range is made of."
        ),
    ),
    "comma-in-address": Kind(
        ERROR,
        _FEWER,
        (
            "A comma ends a word. An address with a comma for a dot is several clients, none of which is an address, and a "
            "dot at the end of one would let in a whole network."
        ),
    ),
    "interface-unknown": Kind(
        ERROR,
        _FEWER,
        (
            "The address names a network interface as its scope, and the host has none of that name. The C library then "
            "refuses the address, and the pattern never matches, also for clients on other interfaces. When the interface "
            "exists, the scope is ignored: the address matches on every interface."
        ),
    ),
}

_NAMES = {
    "name-lookup": Kind(
        INFO,
        _FEWER,
        (
            "The pattern compares the client's name. Whoever runs the name server of the client's address chooses that "
            "name, and when the look-up fails, the pattern does not match: a grant is lost, a denial or an exception "
            "from a grant lets the client through."
        ),
    ),
    "lookup-state": Kind(
        INFO,
        "as the name service answers",
        (
            "KNOWN, UNKNOWN and PARANOID tell clients by the outcome of a look-up. An outage of the name service changes"
            " who is granted and who is denied."
        ),
    ),
    "name-prefix": Kind(
        WARNING,
        _OPENS,
        (
            "A name with a dot at the end is a prefix: www. matches www.evil.example too. It does not mean the root's "
            "dot, as in a zone file."
        ),
    ),
    "name-prefix-unsupported": Kind(
        ERROR, _FEWER, ("SLES 12 knows prefixes of addresses, not of names or daemons, so the pattern never matches.")
    ),
    "name-too-long": Kind(
        ERROR,
        _FEWER,
        (
            "libwrap cuts every name at 127 characters. A longer pattern never matches; one of exactly 127 matches all "
            "names that begin so."
        ),
    ),
    "wildcard-unsupported": Kind(
        ERROR,
        _FEWER,
        ("* and ? are wildcards on Debian, Red Hat and SUSE only. Elsewhere they are characters that no name has."),
    ),
    "wildcard-case": Kind(
        WARNING,
        _FEWER,
        (
            "Red Hat and SUSE compare patterns with * and ? letter by letter, unlike all others. Capitals match no name "
            "in lower case."
        ),
    ),
    "impossible-character": Kind(
        ERROR,
        _FEWER,
        (
            "The word holds a character that no host and no daemon has in its name: a semicolon, a quote, a letter with "
            "an accent."
        ),
    ),
    "bad-at-sign": Kind(
        ERROR,
        _FEWER,
        ("One side of the @ is missing or is something that only hosts can be, so the pattern never matches."),
    ),
    "user-lookup": Kind(
        WARNING,
        _OPENS,
        (
            "user@host makes libwrap ask the client's own ident service, which answers what it likes, costs time, and is"
            " rarely there: then the user is unknown."
        ),
    ),
    "netgroup": Kind(
        INFO,
        _FEWER,
        (
            "@name is looked up as a netgroup, the group's name in exactly this case, with the client's name. A failed "
            "look-up is no match."
        ),
    ),
    "netgroup-unknown": Kind(
        WARNING,
        _FEWER,
        (
            "Nothing here can tell who is in the netgroup. libwrap matches nobody in a group that does not exist, and "
            "says nothing."
        ),
    ),
    "host-file": Kind(
        INFO,
        _NONE,
        (
            "The pattern is the path of a file of hosts, which libwrap opens at each connection. The verdict changes "
            "with the file."
        ),
    ),
    "host-file-missing": Kind(
        WARNING, _FEWER, ("The file of hosts does not exist. libwrap matches nobody and says nothing.")
    ),
    "host-file-unreadable": Kind(
        WARNING,
        _FEWER,
        (
            "The file of hosts cannot be read. libwrap logs a warning and matches nobody, which opens where the rule "
            "denies."
        ),
    ),
    "host-file-loop": Kind(
        ERROR,
        _CLOSES,
        ("The file of hosts names itself, directly or through another. libwrap reads it until the process crashes."),
    ),
    "host-file-long": Kind(
        WARNING,
        _NONE,
        (
            "The file of hosts, with the files that it names, has more than 100,000 words, a mebibyte or 100 files. No more of it is "
            "looked at here, so answers may depend on its rest; libwrap reads all of it at every connection."
        ),
    ),
    "host-file-word": Kind(
        ERROR,
        _FEWER,
        (
            "A file of hosts is words between white space. Comments, commas, EXCEPT and user@ are taken for hosts and "
            "never match."
        ),
    ),
    "host-file-unsupported": Kind(
        ERROR,
        _FEWER,
        ("7.6 as released and macOS read no files of hosts. The path is taken for a bad network and never matches."),
    ),
    "address-warnings": Kind(
        INFO,
        _NONE,
        (
            'SLES 12 logs "Unable to handle client address" whenever it compares an address of a rule with a name or '
            "with nothing. The rule works."
        ),
    ),
}

_OPTIONS = {
    "trailing-colon": Kind(
        ERROR,
        _DENIES,
        (
            "Behind a colon libwrap wants an option. A rule that ends in a colon has an option without a name, and "
            "denies."
        ),
    ),
    "option-missing-name": Kind(
        ERROR, _DENIES, ("Nothing, or only a value, stands between two colons. A rule with such an option denies.")
    ),
    "option-unknown": Kind(
        ERROR,
        _DENIES,
        ("The word is no option of hosts_options(5). A rule with an unknown option denies when it matches."),
    ),
    "option-needs-value": Kind(ERROR, _DENIES, "The option needs a value and has none, so the rule denies."),
    "option-takes-no-value": Kind(
        ERROR,
        _DENIES,
        ("allow, deny and keepalive take no value. With one, the rule denies; a comment behind allow is such a value."),
    ),
    "option-not-last": Kind(
        ERROR,
        _DENIES,
        ("allow, deny and twist must be the last option, without a colon behind it. Otherwise the rule denies."),
    ),
    "bad-option-value": Kind(
        ERROR, _DENIES, ("umask, nice, linger or rfc931 has a value out of its range, so the rule denies.")
    ),
    "severity-unknown": Kind(
        ERROR,
        _DENIES,
        (
            "The facility or level is not among those that this build was made with: authpriv and ftp are errors on "
            "Debian, Red Hat and SUSE. The rule denies."
        ),
    ),
    "account-unknown": Kind(
        ERROR,
        _DENIES,
        ("The user or group does not exist on this host, so the rule denies, even where the option would do nothing."),
    ),
    "setenv-equals": Kind(
        ERROR,
        _DENIES,
        (
            "The variable's name may hold no =. `setenv A=b` fails for want of memory, says the log, and the rule "
            "denies."
        ),
    ),
    "shell-command": Kind(
        ERROR,
        _DENIES,
        (
            "The old language had a bare shell command in the third field. A libwrap with options takes it for an option"
            " it does not know, and the rule denies."
        ),
    ),
    "options-unsupported": Kind(
        ERROR,
        "opens where deny is meant in hosts.allow, closes where allow is meant in hosts.deny; else nothing",
        (
            "7.6 as its Makefile leaves it has no options: the whole third field is a shell command, so `: deny` in "
            "hosts.allow runs a program called deny and grants."
        ),
    ),
    "aclexec-unsupported": Kind(
        ERROR, _DENIES, ("Only Debian and Fedora know aclexec. Elsewhere it is an unknown option, and the rule denies.")
    ),
    "aclexec-sticky": Kind(
        WARNING,
        _OPENS,
        (
            "A failing aclexec denies, but libwrap remembers the failure for the life of the process: a later rule that "
            "matches and has any option other than allow or deny then counts as no match, so hosts.deny grants."
        ),
    ),
    "user-ignored": Kind(
        WARNING,
        _NONE,
        (
            "Debian and Red Hat have the test the wrong way round: the live program ignores user and group, and "
            "tcpdmatch, a dry run, obeys them."
        ),
    ),
    "unescaped-colon": Kind(
        ERROR,
        _DENIES,
        (
            "A colon ends an option, in commands too. What follows is no option, so the rule denies, after the first "
            "half has run."
        ),
    ),
    "percent-unknown": Kind(
        WARNING,
        _NONE,
        (
            "The build does not know the letter: it becomes nothing and a warning is logged. %r and %R are Debian's "
            "alone."
        ),
    ),
    "expansion-unquoted": Kind(
        WARNING,
        _NONE,
        (
            "%c, %h, %n and %u are chosen by the client's name server or ident service. libwrap replaces most special "
            "characters, but a value may begin with a dash or be a path, and outside quotes it is a word of its own."
        ),
    ),
    "expansion-too-long": Kind(
        WARNING,
        _CLOSES,
        (
            "The text with its letters replaced must fit 8,192 bytes, or 1,024 on FreeBSD, NetBSD and macOS. When it "
            "does not, the process logs that and exits."
        ),
    ),
    "twist-resident": Kind(
        INFO,
        _NONE,
        (
            "twist replaces the process, which tcpd can and a daemon that links libwrap must not: there it is refused, "
            "and the client denied."
        ),
    ),
    "banners": Kind(
        INFO,
        _NONE,
        ("banners sends a file called after the daemon. When the directory is missing, libwrap logs that and goes on."),
    ),
}

#: Every code, in the order of docs/findings.md.
KINDS: Dict[str, Kind] = {}
for _group in (_TABLES, _LINES, _LISTS, _DAEMONS, _NETWORKS, _IPV6, _NAMES, _OPTIONS):
    KINDS.update(_group)
