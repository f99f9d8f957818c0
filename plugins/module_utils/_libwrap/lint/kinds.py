# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# Simplified BSD License (see LICENSES/BSD-2-Clause.txt or https://opensource.org/licenses/BSD-2-Clause)
# SPDX-License-Identifier: BSD-2-Clause
# Private to this collection: anything here may change without notice.

"""Every kind of finding on a rule: its usual severity, its effect, why it is one, and what is said.
``docs/findings.md`` has the examples.

Severity ``error``: libwrap does not honour what is written; ``warning``: it does, but this is a trap; ``info``: worth
knowing. A note that opens access is a warning.
"""

from typing import Dict

from ..finding import CLOSES, ERROR, FEWER, INFO, MORE, NONE, OPENS, WARNING, Form, Kind, simple

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
        "The table exists but cannot be opened: no permission, a loop of links, a file where a folder should be. "
        "hosts.allow then counts as empty. hosts.deny denies everybody whom hosts.allow does not grant on Debian, "
        "Red Hat and SUSE, and nobody elsewhere. A daemon that has dropped root meets this with tables of mode 0600.",
        simple(
            "hosts.{table} cannot be read ({error}), and libwrap {what}",
            "Make it a file that every daemon which asks libwrap can read.",
        ),
    ),
    "table-directory": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        "A directory stands where the table should be. libwrap opens it, reads nothing and says nothing: an empty "
        "table.",
        simple("hosts.{table} is a directory, which libwrap reads as an empty table", "Put a file in its place."),
    ),
    "endless-loop": Kind(
        ERROR,
        _CLOSES,
        "A logical line of 2,047 characters or more makes this libwrap read without end, so that every process that "
        "asks it hangs. A long comment does it too.",
        simple(
            "the line has more than {limit} characters, and this libwrap never stops reading it: no client gets an answer",
            "Split the rule into several.",
            CLOSES,
        ),
    ),
    "line-too-long": Kind(
        ERROR,
        "closes, or by table as a rule that is missing",
        "libwrap holds 2,046 characters of a logical line, continuation lines included. Debian stops reading the "
        "table at a longer one, and if it is hosts.deny, denies all that was not decided before; Red Hat skips the "
        "line; other builds drop what they have read and take the rest for a new line, which may be a rule that "
        "nobody wrote.",
        {
            "": Form("the line has more than {limit} characters{then}", "Split the rule into several."),
            "comment": Form("the line has more than {limit} characters{then}", "Shorten the comment."),
            "rest": Form(
                "the rest of a line that is too long is read as a rule of its own",
                "Split the line above into several.",
                MORE,
            ),
        },
    ),
    "missing-newline": Kind(
        ERROR,
        "closes; elsewhere by table as a rule that is missing",
        "The last line has no newline, or ends in a backslash with nothing behind it. Every libwrap ignores that "
        "line; Debian's gives the table up, and if it is hosts.deny, denies all that was not decided before, even "
        "when the line is a comment.",
        {
            "": Form("the last line does not end in a newline{then}", "End the last line with a newline."),
            "backslash": Form("the last line ends in a backslash, but no line follows{then}", "Delete the backslash."),
        },
    ),
    "nothing-denies": Kind(
        WARNING,
        _OPENS,
        "A client that no rule matches is granted. Where hosts.allow has rules and neither table has one that refuses, "
        "the rules decide nothing: everybody else is granted as well. So it is for a daemon that hosts.allow names and "
        "no rule that refuses is for.",
        {
            "": Form(
                "hosts.allow grants some clients, but no rule refuses anybody, so all others are granted too",
                "Write ALL: ALL in hosts.deny.",
                OPENS,
            ),
            "daemon": Form(
                "hosts.allow grants some clients of {daemon}, but no rule refuses anybody at {daemon}, so all others "
                "are granted too",
                "Write {daemon}: ALL in hosts.deny.",
                OPENS,
            ),
        },
    ),
    "void-ban": Kind(
        WARNING,
        _OPENS,
        "hosts.allow is read first, and the first rule that matches decides. A ban of a client whom a rule before it "
        "grants is never read: a ban of hosts.deny beside `sshd: ALL` in hosts.allow, as programs that ban clients write it.",
        simple(
            "the ban of {client} has no effect{at}: hosts.{table} line {line} grants the client before it",
            "Add the client to the exceptions there (EXCEPT), or write the ban with the option deny above that rule.",
            OPENS,
        ),
    ),
    "more-findings": Kind(
        INFO,
        _NONE,
        "Only the first 10,000 findings of a kind are listed for a table; this one counts the others.",
        simple(
            "{count} more lines have the finding {kind}", "Correct the lines that are listed, and run it again.", NONE
        ),
    ),
}

_LINES = {
    "no-colon": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        "A line without a colon is no rule. libwrap logs a warning and skips it.",
        simple(
            "{text} has no colon, so libwrap skips it", "Write DAEMONS: CLIENTS, or put a # in the first column.", FEWER
        ),
    ),
    "indented-comment": Kind(
        WARNING,
        "opens or closes where it hits a daemon; else nothing",
        "A # starts a comment in the first column only. Behind a blank it is the first word of a rule: with a colon "
        "the words before it are daemons, those after it clients.",
        {
            "": Form(
                "the # is not in the first column, so the line is a rule for {words}",
                "Write the # in the first column.",
                MORE,
            ),
            "name": Form(
                "the # is not in the first column, so the line is a rule, for a daemon called {name}",
                "Write the # in the first column.",
                NONE,
                WARNING,
            ),
            "skipped": Form(
                "the # is not in the first column; the line is skipped only because it has no colon",
                "Write the # in the first column.",
                NONE,
                WARNING,
            ),
        },
    ),
    "option-as-client": Kind(
        ERROR,
        "opens or closes where the option would have decided otherwise; else nothing",
        "The name of an option stands among the clients, since the colon before it is missing. libwrap takes it for a "
        "client's name: the option is not carried out, and the clients before it get what the table gives.",
        {
            "": Form(
                "{word} is read as a client, because no colon stands before it",
                "Write the clients that are meant, and a colon before {word}.",
            ),
            "decides": Form(
                "{word} is read as a client, because no colon stands before it: the rule {verdict} anyway",
                "Write a colon before {word}.",
            ),
        },
    ),
    "trailing-comment": Kind(
        ERROR,
        _MORE,
        "There are no comments behind a rule, except on FreeBSD. The # and the words after it are daemons, clients "
        'or part of an option, so a comment that says "ALL" or a host\'s name lets it in.',
        {
            "": Form(
                "a comment cannot follow a rule: {pattern} and the words after it are read as {whose}s",
                "Put the comment on a line of its own.",
                MORE,
            ),
            "option": Form(
                "there is no comment behind a rule: {comment} is read as part of the option {option}, so the rule "
                "denies",
                "Put the comment on a line of its own.",
            ),
        },
    ),
    "hash-cuts-line": Kind(
        WARNING,
        _NONE,
        "FreeBSD takes any # for the start of a comment, also one inside a word or a command. The rest of the line "
        "is not read.",
        simple(
            "the # behind {text} starts a comment here, so the rest is not read",
            "Write \\# for the character, or a blank before a comment.",
            NONE,
        ),
    ),
    "comment-swallows-line": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        "Lines are joined before comments are looked for. A comment that ends in a backslash goes on in the next "
        "line, and a rule there is never read.",
        {
            "": Form(
                "the comment ends in a backslash, so it continues over the line {line}",
                "Delete the backslash at the end of the comment.",
            ),
            "comment": Form(
                "the comment ends in a backslash, so it continues in the next line",
                "Delete the backslash.",
                NONE,
                WARNING,
            ),
        },
    ),
    "crlf": Kind(
        INFO,
        _NONE,
        "Lines end in CR LF, as on Windows. libwrap takes the CR for a blank; rules work, but a backslash before it "
        "continues nothing.",
        simple(
            "lines end in a carriage return and a newline, which libwrap reads as a blank",
            "Save the file with plain newlines.",
            NONE,
        ),
    ),
    "bare-carriage-return": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        "A carriage return alone ends no line. What an editor shows as the next line belongs to this one, as clients"
        " or options, or to this comment.",
        {
            "": Form(
                "a carriage return does not end a line, so what follows it belongs to this line",
                "End every line with a newline.",
                FEWER,
            ),
            "blank": Form("a carriage return inside the line counts as a blank", "Delete it.", NONE, WARNING),
        },
    ),
    "nul": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        "A NUL byte cuts its line and joins what came before with the next line.",
        simple(
            "the line contains a NUL byte, which ends it there and joins it with the next line",
            "Delete the NUL byte.",
            FEWER,
        ),
    ),
    "byte-order-mark": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        "A byte order mark is part of the first word of the first line, which is then no daemon that anybody runs, "
        "or no comment.",
        {
            "": Form(
                "the table begins with a byte order mark, which {what}",
                "Save the file as UTF-8 without a byte order mark.",
                FEWER,
            ),
            "comments": Form(
                "the table begins with a byte order mark, so its first line is not read as a comment",
                "Save the file without a byte order mark.",
                NONE,
                WARNING,
            ),
        },
    ),
    "backslash-not-last": Kind(
        ERROR,
        "closes in hosts.allow, opens in hosts.deny",
        "A backslash continues a line only when the newline follows at once. Behind a blank or a CR it is a word of "
        "its own and the next line stands alone.",
        simple(
            "a blank or carriage return follows the backslash, so the next line does not continue this one",
            "Delete what follows the backslash.",
            FEWER,
        ),
    ),
    "unbalanced-bracket": Kind(
        ERROR,
        _FEWER,
        "A colon inside brackets ends no field. A bracket without its partner therefore hides the colons behind it, "
        "and options become clients.",
        {
            "": Form("{pattern} opens a bracket that nothing closes, so it never matches", "Close the bracket.", FEWER),
            "line": Form(
                "the brackets of {text} do not pair, so libwrap does not see the colons in or behind them",
                "Close each bracket.",
                FEWER,
            ),
        },
    ),
    "bare-ipv6": Kind(
        ERROR,
        _FEWER,
        "A colon ends a field, so an IPv6 address without brackets is cut at its first colon, and the rest is taken "
        "for options.",
        simple(
            "the first colon of {word} ends the field, so the address is never matched",
            "Write IPv6 addresses in brackets.",
            FEWER,
        ),
    ),
}

_LISTS = {
    "empty-list": Kind(
        ERROR,
        _FEWER,
        "A list of daemons or clients without a word matches nothing, so the rule never decides.",
        simple("the rule names no {whose}, so it never matches", "Name at least one {whose}, or ALL.", FEWER),
    ),
    "except-first": Kind(
        ERROR,
        _FEWER,
        "EXCEPT takes away from what stands before it. When nothing does, the list matches nothing.",
        simple("EXCEPT stands before any {whose}, so the list never matches", "Write ALL EXCEPT ...", FEWER),
    ),
    "except-last": Kind(
        WARNING,
        _NONE,
        "An EXCEPT with nothing behind it is ignored.",
        simple("EXCEPT stands last in the list of {whose}s, so nothing is excepted", "Delete the EXCEPT.", NONE),
    ),
    "except-empty": Kind(
        ERROR,
        _MORE,
        "Of two EXCEPTs in a row, the second takes back from an empty exception: nothing is excepted at all.",
        simple(
            "two EXCEPTs follow each other in the list of {whose}s, so the words behind them except nothing",
            "Delete one EXCEPT.",
            MORE,
        ),
    ),
    "except-nested": Kind(
        WARNING,
        _NONE,
        "`a EXCEPT b EXCEPT c` means a EXCEPT (b EXCEPT c): what c matches is not excepted, but matched again. Many "
        "readers expect both to be excepted.",
        simple(
            "a second EXCEPT takes back from the first: {word} is excepted from the exception",
            "Write one EXCEPT, or two rules.",
            NONE,
        ),
    ),
    "except-all": Kind(
        ERROR,
        _FEWER,
        "ALL as an exception takes everything away, so the words before it never match.",
        simple(
            "ALL is excepted, so nothing is left of the words before it", "Name only what is to be excepted.", FEWER
        ),
    ),
    "duplicate": Kind(
        WARNING,
        "nothing, or opens or closes when the two rules differ in their verdict",
        "A rule of the same table has the same daemons and clients and stands before this one. It always decides "
        "first, so this one never does.",
        simple(
            "line {line} has the same daemons and clients and decides before this rule", "Delete one of the two rules."
        ),
    ),
    "allow-everything": Kind(
        WARNING,
        _OPENS,
        "The rule grants everything to everybody. Rules behind it decide nothing, hosts.deny included. FreeBSD ships"
        " such a rule as the first of its table.",
        simple(
            "the rule grants every daemon to every client, so no rule behind it decides anything",
            "Name the daemons and clients, or delete the rule.",
            OPENS,
        ),
    ),
}

_DAEMONS = {
    "daemon-literal": Kind(
        ERROR,
        _FEWER,
        "A daemon is known by its base name. A path, a netgroup, LOCAL and PARANOID are compared with that name as "
        "they stand and never match.",
        simple(
            "{pattern} is compared as a daemon's name: no daemon is known by a path, a netgroup or a host's wildcard",
            "Write the base name of the program, such as sshd, or ALL.",
            FEWER,
        ),
    ),
    "client-as-daemon": Kind(
        ERROR,
        "closes where the rule grants, opens where it denies; the reverse where a colon is missing, and behind EXCEPT",
        "An address or a network stands among the daemons, and no program has such a name. Either daemons and clients "
        "are exchanged, and the rule never matches, or the colon between them is missing: the rule then lets all "
        "clients behind the next colon reach the daemons that stand beside the address.",
        {
            "": Form(
                "{pattern} stands among the daemons, and no program has such a name, so it never matches",
                "Write DAEMONS: CLIENTS, such as 'sshd: {client}'.",
            ),
            "colon": Form(
                "{pattern} stands among the daemons, and no program has such a name: the rule is for all clients of "
                "the other daemons",
                "Write a colon before {pattern}, and only the clients that are meant behind it.",
            ),
        },
    ),
    "port-as-daemon": Kind(
        INFO,
        _NONE,
        "Debian takes a number in the list of daemons for a port of this host. A daemon that is called 22 could not "
        "be named, and tcpdmatch cannot check ports.",
        simple(
            "{pattern} is port {port} of this host, whatever the daemon is called",
            "Write the daemon's name if a daemon called {name} is meant; tcpdmatch cannot check a port.",
            NONE,
        ),
    ),
    "port-out-of-range": Kind(
        ERROR,
        _FEWER,
        "A number that is no port is compared with daemons' names, or, when it passes 32 bits, cut to another port.",
        {
            "": Form(
                "{pattern} is no port from 1 to 65535, so it never matches",
                "Write the daemon's name or its port.",
                FEWER,
            ),
            "cut": Form("libwrap cuts {pattern} to port {port}", "Write the daemon's name or its port.", MORE, ERROR),
        },
    ),
    "port-unsupported": Kind(
        ERROR,
        _FEWER,
        "Only Debian's libwrap knows ports as daemons. Elsewhere the number is the name of a daemon that does not "
        "exist.",
        simple(
            "{pattern} is compared as a daemon's name: this libwrap knows no ports",
            "Write the daemon's name, such as sshd.",
            FEWER,
        ),
    ),
}

_NETWORKS = {
    "host-bits-set": Kind(
        ERROR,
        _FEWER,
        "libwrap masks the client's address and compares it with the network as written. When the network has bits "
        "set outside the mask, no client can ever match. No warning is given, except by NetBSD. SLES 12 masks both "
        "sides, and there the pattern works.",
        {
            "": Form(
                "the address of {pattern} has bits set outside its mask, so it never matches",
                "Write the address {address}, or, if all of it is meant, the network {network}.",
                FEWER,
            ),
            "length": Form(
                "the address of {pattern} has bits set outside its length, so it never matches",
                "Write the network {network} or the address [{address}].",
                FEWER,
            ),
            "inverted": Form(
                "the mask of {pattern} is written the other way round, as routers write wildcard masks, so it never matches",
                "Write the network {network}.",
                FEWER,
            ),
            "narrow": Form(
                "the address of {pattern} has bits set outside its mask, so it never matches",
                "Write the network {narrow}, the address {address}, or, if all of it is meant, {network}.",
                FEWER,
            ),
        },
    ),
    "prefix-length-unsupported": Kind(
        ERROR,
        _FEWER,
        "7.6 as released, RHEL 6, FreeBSD and macOS know masks in four parts only. NetBSD reads /8 as the mask "
        "0.0.0.8. The pattern never matches.",
        simple("{pattern} {what}: this libwrap {why}", "Write {instead}."),
    ),
    "prefix-zero": Kind(
        ERROR,
        _FEWER,
        "Debian takes a length of 0 for an error, so 0.0.0.0/0 never matches. On SLES 12 a length of 0 is all of "
        "IPv4, whatever stands before the slash.",
        {
            "": Form(
                "{pattern} never matches: this libwrap takes a length of 0 for an error",
                "Write 0.0.0.0/0.0.0.0 for all of IPv4.",
                FEWER,
            ),
            "all": Form(
                "{pattern} is all of IPv4, whatever the address before the slash",
                "Write the length that is meant, or 0.0.0.0/0.",
                MORE,
                WARNING,
            ),
        },
    ),
    "mask-all-ones": Kind(
        ERROR,
        _FEWER,
        "7.6, Debian, FreeBSD and macOS take the mask 255.255.255.255 for an error, so a/255.255.255.255 never "
        "matches.",
        simple(
            "{pattern} never matches: this libwrap takes the mask 255.255.255.255 for an error",
            "Write the address {address} alone.",
            FEWER,
        ),
    ),
    "short-quad": Kind(
        ERROR,
        _FEWER,
        "A network needs all four parts before the slash; 10.1/16 never matches.",
        simple(
            "the network {pattern} has fewer than four parts, so it {meaning}",
            "Write all four parts: {instead}/...",
            FEWER,
        ),
    ),
    "octal-quad": Kind(
        ERROR,
        "opens in a network; as a rule that never matches in an address",
        "In a network or mask, a part with a leading zero is octal: 010.0.0.0/8 is 8.0.0.0/8, the network of "
        "somebody else. An address or prefix is compared as text, and no address is written with leading zeros.",
        {
            "address": Form(
                "{pattern} is compared as text, and no address is written with a leading zero, so it never matches",
                "Write the numbers without leading zeros.",
                FEWER,
            ),
            "mask": Form(
                "libwrap reads a part with a leading zero as octal, so the mask of {pattern} means {mask}",
                "Write the parts without leading zeros.",
                OPENS,
            ),
            "network": Form(
                "{pattern} has a part with a leading zero that is no number here, so it never matches",
                "Write the parts without leading zeros.",
                FEWER,
            ),
            "other": Form(
                "libwrap reads a part with a leading zero as octal, so {pattern} means {address}",
                "Write the parts without leading zeros.",
                OPENS,
            ),
        },
    ),
    "noncontiguous-mask": Kind(
        WARNING,
        _MORE,
        "A mask with holes is honoured bit by bit and matches addresses in many places. SLES 12 cuts it to a length "
        "at its last bit.",
        {
            "": Form(
                "the mask of {pattern} has holes, so it matches addresses all over the network",
                "Write a mask of ones followed by zeros.",
                MORE,
            ),
            "cut": Form(
                "the mask of {pattern} has holes; this libwrap reads it as /{length}",
                "Write the length that is meant.",
                FEWER,
            ),
        },
    ),
    "bad-mask": Kind(
        ERROR,
        _FEWER,
        "What stands behind the slash is neither a length nor a mask of four parts to this libwrap. The pattern "
        "never matches.",
        {
            "": Form(
                "{pattern} has no mask that this libwrap understands, so it never matches", "Write {write}.", FEWER
            ),
            "length": Form(
                "{pattern} has no length that this libwrap understands, so it never matches",
                "Write a length from 0 to 128.",
                FEWER,
            ),
            "other": Form(
                "libwrap reads the mask of {pattern} as {meaning}, so it never matches", "Write {write}.", FEWER
            ),
        },
    ),
    "sloppy-mask": Kind(
        WARNING,
        _NONE,
        "What stands behind the slash is not written properly, but this libwrap makes a mask of it. Another build "
        "would not.",
        {
            "": Form("libwrap reads the mask of {pattern} as {meaning}", "Write {write}.", NONE),
            "length": Form("libwrap reads the length of {pattern} as /{length}", "Write a length from 0 to 128.", NONE),
        },
    ),
    "bad-network": Kind(
        ERROR,
        _FEWER,
        "What stands before the slash is no IPv4 address, and names or wildcards take no mask. The pattern never "
        "matches.",
        {
            "": Form(
                "{pattern} is no IPv4 network, since {net} is no address, so it never matches",
                "Write four numbers before the slash; names and wildcards take no mask.",
                FEWER,
            ),
            "ones": Form(
                "{pattern} never matches: libwrap takes 255.255.255.255 for an error",
                "Write the address 255.255.255.255 alone.",
                FEWER,
            ),
        },
    ),
    "impossible-address": Kind(
        ERROR,
        _FEWER,
        "Numbers over 255, or more than four of them, are in no address, so the pattern never matches.",
        {
            "": Form("{pattern} is no part of any address, so it never matches", "Write numbers from 0 to 255.", FEWER),
            "dots": Form(
                "{pattern} is no part of any address, so it never matches", "Write an address or a network.", FEWER
            ),
            "network": Form(
                "{pattern} holds a number that no address has, so it never matches",
                "Write four numbers from 0 to 255.",
                FEWER,
            ),
        },
    ),
    "short-address": Kind(
        ERROR,
        _FEWER,
        "Numbers without a dot at the end are compared with the whole address. 10.1 matches nobody; 10.1. is a prefix.",
        simple(
            "{pattern} is compared as a whole address, so it never matches",
            "Write {text}. with a dot at the end for all addresses that begin so.",
            FEWER,
        ),
    ),
    "address-trailing-dot": Kind(
        ERROR,
        _FEWER,
        "A dot at the end makes a prefix, and no address goes on behind four parts. The pattern never matches.",
        simple("{pattern} ends in a dot, which no address does, so it never matches", "Write {address}.", FEWER),
    ),
    "numeric-suffix": Kind(
        WARNING,
        _MORE,
        "A leading dot makes a suffix of the address's text: .3 matches 10.1.2.3 and 192.0.2.3 alike.",
        simple(
            "{pattern} matches every address that ends so, in all networks",
            "Write the address, or the network as in 10.1. or with its mask.",
            MORE,
        ),
    ),
}

_IPV6 = {
    "ipv6-unsupported": Kind(
        ERROR,
        _FEWER,
        "This libwrap, or this place in a rule, knows no IPv6 addresses. The colons end the field, or the text never"
        " matches.",
        {
            "brackets": Form(
                "{pattern} is in brackets, which this libwrap does not read here, so it never matches",
                "This libwrap cannot match IPv6 addresses here; use the packet filter for them.",
                FEWER,
            ),
            "colon": Form(
                "this libwrap cannot read IPv6 addresses: the first colon of {word} ends the list of clients",
                "Use the packet filter for IPv6.",
                FEWER,
            ),
            "daemon": Form(
                "this libwrap reads no IPv6 address behind daemon@: the colon in it ends the daemons",
                "Name the daemon alone.",
                FEWER,
            ),
        },
    ),
    "ipv6-prefix-form": Kind(
        ERROR,
        _FEWER,
        "Builds differ in where an IPv6 length stands: behind the brackets on Debian, RHEL 6 and FreeBSD, inside on "
        "SLES 12, NetBSD and macOS, either on Red Hat and SLES 15. In the wrong place it never matches.",
        simple("{pattern} {meaning}: this libwrap wants the length {place} the brackets", "Write {instead}.", FEWER),
    ),
    "ipv6-length-everything": Kind(
        ERROR,
        _MORE,
        "An IPv6 length that is no number is 0 to libwrap, and a length of 0 matches every IPv6 client: "
        "[2001:db8::]/x and [2001:db8::]/ open the door to the whole IPv6 Internet.",
        {
            "": Form(
                "{length} is no length to libwrap, which takes it for 0, so {pattern} matches every IPv6 client",
                "Write a length from 1 to 128.",
                MORE,
            ),
            "zero": Form(
                "{pattern} matches every IPv6 client, whatever the address before the slash",
                "Write the length that is meant, or the address ::.",
                MORE,
                WARNING,
            ),
        },
    ),
    "ipv6-spelling": Kind(
        ERROR,
        _FEWER,
        "NetBSD compares IPv6 addresses as text. Only the shortest spelling in lower case is ever met.",
        simple(
            "this libwrap compares IPv6 addresses as text, and no client's address is spelled {pattern}",
            "Write [{address}].",
            FEWER,
        ),
    ),
    "mapped-pattern": Kind(
        ERROR,
        _FEWER,
        "A client ::ffff:10.1.2.3 is IPv4 to libwrap: Debian, RHEL 6 and FreeBSD never match it with a bracketed "
        "pattern, others turn the address of a real socket into IPv4 before they look.",
        {
            "": Form(
                "{pattern} never matches: this libwrap turns such a client into IPv4 first",
                "Write the IPv4 address or network without brackets.",
                FEWER,
            ),
            "socket": Form(
                "{pattern} matches no client of a real socket here, which is turned into IPv4 first",
                "Write the IPv4 address or network without brackets.",
                FEWER,
                WARNING,
            ),
        },
    ),
    "bad-bracket-address": Kind(
        ERROR,
        _FEWER,
        "What stands in the brackets is no IPv6 address, or something stands behind them. The pattern never matches.",
        {
            "": Form(
                "{pattern} holds no IPv6 address that this libwrap reads, so it never matches",
                "Write an IPv6 address between the brackets.",
                FEWER,
            ),
            "behind": Form(
                "{pattern} has text behind its bracket, so it never matches",
                "Put nothing but /LENGTH behind the bracket.",
                FEWER,
            ),
            "ipv4": Form(
                "{pattern} holds no IPv6 address that this libwrap reads, so it never matches",
                "Write IPv4 addresses and networks without brackets.",
                FEWER,
            ),
            "zone": Form(
                "{pattern} holds no IPv6 address that this libwrap reads, so it never matches",
                "Write the address without its zone.",
                FEWER,
            ),
        },
    ),
    "address-range": Kind(
        ERROR,
        _FEWER,
        "libwrap knows no ranges: it compares the text with the client's name and address, and nobody is called so. With "
        "blanks around the dash, it matches the two ends alone. Write the networks that the range is made of.",
        {
            "": Form(
                "libwrap knows no ranges of addresses, so {pattern} never matches", "Write {networks}{more}.", FEWER
            ),
            "blanks": Form(
                "libwrap knows no ranges of addresses: of {pattern} it matches the first and the last one alone",
                "Write {networks}{more}.",
                FEWER,
            ),
        },
    ),
    "comma-in-address": Kind(
        ERROR,
        _FEWER,
        "A comma ends a word. An address with a comma for a dot is several clients, none of which is an address, and a "
        "dot at the end of one would let in a whole network.",
        simple(
            "the commas in {text} end a word, so its parts are clients of their own and none of them matches",
            "Write {address} with dots.",
            FEWER,
            ERROR,
        ),
    ),
    "interface-unknown": Kind(
        ERROR,
        _FEWER,
        "The address names a network interface as its scope, and the host has none of that name. The C library then "
        "refuses the address, and the pattern never matches, also for clients on other interfaces. When the interface "
        "exists, the scope is ignored: the address matches on every interface.",
        {
            "": Form(
                "{pattern} never matches, because the host has no network interface {interface}",
                "Write the address without its scope.",
                FEWER,
                ERROR,
            ),
            "unknown": Form(
                "{pattern} never matches unless the host has the network interface {interface}",
                "Write the address without its scope.",
                FEWER,
                WARNING,
            ),
        },
    ),
}

_NAMES = {
    "name-lookup": Kind(
        INFO,
        _FEWER,
        "The pattern compares the client's name. Whoever runs the name server of the client's address chooses that "
        "name, and when the look-up fails, the pattern does not match: a grant is lost, a denial or an exception "
        "from a grant lets the client through.",
        simple(
            "{pattern} matches by the client's name, so it fails when the look-up fails",
            "Name addresses or networks.",
            FEWER,
        ),
    ),
    "lookup-state": Kind(
        INFO,
        "as the name service answers",
        "KNOWN, UNKNOWN and PARANOID tell clients by the outcome of a look-up. An outage of the name service changes"
        " who is granted and who is denied.",
        simple(
            "{pattern} depends on whether the client's name can be looked up at that moment",
            "Expect the answer to change with the name service, or name addresses.",
        ),
    ),
    "name-prefix": Kind(
        WARNING,
        _OPENS,
        "A name with a dot at the end is a prefix: www. matches www.evil.example too. It does not mean the root's "
        "dot, as in a zone file.",
        simple(
            "{pattern} matches every host whose name begins so, in any domain; it is not a full name with the root's "
            "dot",
            "Write the name without the last dot, or its domain with a leading dot.",
            OPENS,
        ),
    ),
    "name-prefix-unsupported": Kind(
        ERROR,
        _FEWER,
        "SLES 12 knows prefixes of addresses, not of names or daemons, so the pattern never matches.",
        {
            "": Form(
                "this libwrap knows no names by their beginning, so {pattern} never matches",
                "Write the name in full or its domain with a leading dot.",
                FEWER,
            ),
            "daemon": Form(
                "this libwrap knows no names by their beginning, so {pattern} never matches",
                "Write the daemons in full.",
                FEWER,
            ),
        },
    ),
    "name-too-long": Kind(
        ERROR,
        _FEWER,
        "libwrap cuts every name at 127 characters. A longer pattern never matches; one of exactly 127 matches all "
        "names that begin so.",
        {
            "": Form(
                "{pattern} has {length} characters, but libwrap cuts names at {limit}, so it never matches",
                "Write a domain with a leading dot, an address or a network.",
                FEWER,
            ),
            "cut": Form(
                "{pattern} has {limit} characters, where libwrap cuts every name, so it matches longer names too",
                "Write a domain with a leading dot, an address or a network.",
                MORE,
                WARNING,
            ),
        },
    ),
    "wildcard-unsupported": Kind(
        ERROR,
        _FEWER,
        "* and ? are wildcards on Debian, Red Hat and SUSE only. Elsewhere they are characters that no name has.",
        simple(
            "this libwrap knows no * and ? and compares {pattern} as it stands, so it never matches",
            "Write a prefix such as 10.1. or a suffix such as .example.com.",
            FEWER,
        ),
    ),
    "wildcard-case": Kind(
        WARNING,
        _FEWER,
        "Red Hat and SUSE compare patterns with * and ? letter by letter, unlike all others. Capitals match no name "
        "in lower case.",
        simple(
            "this libwrap compares {pattern} letter by letter, and names are mostly in lower case",
            "Write patterns with * and ? in lower case.",
            FEWER,
        ),
    ),
    "impossible-character": Kind(
        ERROR,
        _FEWER,
        "The word holds a character that no host and no daemon has in its name: a semicolon, a quote, a dash of a word "
        "processor, a letter with an accent.",
        {
            "": Form(
                "{pattern} holds {odd}, which no {whose}'s name has, so it never matches",
                "Write the name or address that is meant: it has no {odd}.",
                FEWER,
            ),
            "negation": Form(
                "{pattern} begins with {odd}, which means nothing to libwrap and which no {whose}'s name has, so it never "
                "matches",
                "If all but {plain} is meant, write ALL EXCEPT {plain}.",
                FEWER,
            ),
            "backslash": Form(
                "{pattern} holds {odd}, which no {whose}'s name has, so it never matches",
                "Write {plain}, if that network is meant.",
                FEWER,
            ),
            "semicolon": Form(
                "{pattern} holds {odd}, which no {whose}'s name has, so it never matches",
                "Separate the patterns by blanks or commas.",
                FEWER,
            ),
            "quotes": Form(
                "{pattern} holds a typographic quote, as word processors and web pages write them, so it never matches",
                "Write {plain} without quotes: a rule needs none.",
                FEWER,
            ),
            "dash": Form(
                "{pattern} holds a typographic dash, as word processors and web pages write them, so it never matches",
                "Write {plain} with a plain hyphen.",
                FEWER,
            ),
            "template": Form(
                "{pattern} is a template or a variable that was not filled in, so libwrap reads its words as names",
                "Render it before the table is written, as Ansible does with the variables of a task.",
                FEWER,
            ),
        },
    ),
    "bad-at-sign": Kind(
        ERROR,
        _FEWER,
        "One side of the @ is missing or is something that only hosts can be, so the pattern never matches.",
        {
            "host": Form("{pattern} names no host behind the @, so it never matches", "Write {user}@ALL.", FEWER),
            "server": Form(
                "{pattern} names no address of this host behind the @, so it never matches",
                "Write the daemon alone or DAEMON@ADDRESS.",
                FEWER,
            ),
            "user": Form(
                "{pattern} compares the user with the text {user}: netgroups and LOCAL are for hosts only",
                "Write the user's name, ALL, KNOWN or UNKNOWN before the @.",
                FEWER,
            ),
        },
    ),
    "user-lookup": Kind(
        WARNING,
        _OPENS,
        "user@host makes libwrap ask the client's own ident service, which answers what it likes, costs time, and is"
        " rarely there: then the user is unknown.",
        {
            "": Form(
                "{pattern} believes the user name that the client's own ident service gives",
                "Write the host alone; no user name over ident proves anything.",
                OPENS,
            ),
            "all": Form(
                "{pattern} makes libwrap ask the client's ident service, whatever it answers",
                "Write the host alone.",
                NONE,
                INFO,
            ),
            "option": Form(
                "rfc931 asks the client's own ident service for the user's name",
                "Delete it, unless you want the name in a log.",
                NONE,
                INFO,
            ),
        },
    ),
    "netgroup": Kind(
        INFO,
        _FEWER,
        "@name is looked up as a netgroup, the group's name in exactly this case, with the client's name. A failed "
        "look-up is no match.",
        simple(
            "{pattern} asks the name service for a netgroup, in exactly this case, and for the client's name",
            "Keep the name service reachable, or name addresses.",
            FEWER,
        ),
    ),
    "netgroup-unknown": Kind(
        WARNING,
        _FEWER,
        "Nothing here can tell who is in the netgroup. libwrap matches nobody in a group that does not exist, and "
        "says nothing. An error where the host's libwrap asks for no netgroup at all, as Debian 13's.",
        {
            "": Form(
                "the netgroup {pattern} cannot be asked here; a group that does not exist never matches",
                "Check with getent netgroup that the group exists in exactly this case.",
                FEWER,
            ),
            "never": Form(
                "the libwrap of this host was built without netgroups: {pattern} never matches",
                "Name addresses or networks in its place.",
                FEWER,
                ERROR,
            ),
            "empty": Form("'@' names no netgroup, so it never matches", "Write @NETGROUP.", FEWER, ERROR),
        },
    ),
    "host-file": Kind(
        INFO,
        _NONE,
        "The pattern is the path of a file of hosts, which libwrap opens at each connection. The verdict changes "
        "with the file.",
        simple("{path} asks a file at every connection", "Keep the file in place and readable by every daemon.", NONE),
    ),
    "host-file-missing": Kind(
        WARNING,
        _FEWER,
        "The file of hosts does not exist. libwrap matches nobody and says nothing.",
        {
            "": Form(
                "the file {path} does not exist, so it never matches",
                "Create the file first (it may be empty), or delete the pattern.",
                FEWER,
            ),
            "length": Form(
                "{path} is read as a file of hosts, which does not exist, so it never matches",
                "If it belongs to the network before it, write it right behind the address, without a blank.",
                FEWER,
            ),
        },
    ),
    "host-file-unreadable": Kind(
        WARNING,
        _FEWER,
        "The file of hosts cannot be read. libwrap logs a warning and matches nobody, which opens where the rule "
        "denies.",
        simple(
            "the file {path} cannot be read, so it never matches", "Make it a file that every daemon can read.", FEWER
        ),
    ),
    "host-file-loop": Kind(
        ERROR,
        _CLOSES,
        "The file of hosts names itself, directly or through another. libwrap reads it until the process crashes.",
        simple(
            "the file {path} names itself, and libwrap crashes when it reads it",
            "Delete its own name from the file.",
            CLOSES,
        ),
    ),
    "host-file-long": Kind(
        WARNING,
        _NONE,
        "The file of hosts, with the files that it names, has more than 100,000 words, a mebibyte or 100 files, or all "
        "files of hosts that the tables name have more than 200,000 words or four mebibytes together, or somebody leads "
        "to a file that he may not read, or it is no plain file that every process finds alike. No more of it is looked "
        "at here, so answers may depend on its rest; libwrap reads all of it at every connection.",
        {
            "": Form(
                "the file {path}, with those that it names, is longer than what is looked at here, the first {words} words "
                "in {bytes} bytes of {files} files, and of all files that the tables name {all_words} words in {all_bytes} "
                "bytes, or it names one that its writer may not read: answers that depend on its rest are not known, and "
                "libwrap reads all of it at every connection",
                "Shorten it, or refuse so many hosts with a packet filter.",
                NONE,
            ),
            "withheld": Form(
                "nothing of the file {path} is looked at here: somebody else than root leads to it, by a link or in his "
                "folder, who may not read it himself. Answers that depend on it are not known, and libwrap reads it at "
                "every connection",
                "Name the file itself, below folders that only root can change.",
                NONE,
            ),
            "unsettled": Form(
                "nothing of the file {path} is looked at here: it is a FIFO or a device, or its path leads through /proc or "
                "through somebody's link in a folder that everybody may write, or somebody holds it or changes its path all "
                "the time, or it could not be read now. Answers that depend on it are not known, and libwrap reads it at "
                "every connection",
                "Make it a plain file below folders that only root can change.",
                NONE,
            ),
        },
    ),
    "host-file-writable": Kind(
        WARNING,
        _OPENS,
        "Somebody else than root can change the file of hosts, or a folder on the way to it, and so chooses whom the rule "
        "matches: an answer that depends on the file holds until it is changed, and is told as one that depends on it.",
        simple(
            "{who} can change the file {path}: whoever it lets in, or refuses, is the choice of {who}",
            "Give it, and the folders above it, to root alone, or name a list that only root can change.",
            OPENS,
        ),
    ),
    "host-file-word": Kind(
        ERROR,
        _FEWER,
        "A file of hosts is words between white space. Comments, commas, EXCEPT and user@ are taken for hosts and "
        "never match.",
        simple(
            "{word} in the file {path} is no host: such files know no comments, commas, EXCEPT or user@",
            "Write hosts separated by white space only.",
            FEWER,
        ),
    ),
    "host-file-unsupported": Kind(
        ERROR,
        _FEWER,
        "7.6 as released and macOS read no files of hosts. The path is taken for a bad network and never matches.",
        simple(
            "{pattern} would be a file of hosts, which this libwrap does not read; it is taken for a network and never "
            "matches",
            "Write the hosts into the rule.",
            FEWER,
        ),
    ),
    "address-warnings": Kind(
        INFO,
        _NONE,
        'SLES 12 logs "Unable to handle client address" whenever it compares an address of a rule with a name or '
        "with nothing. The rule works.",
        simple(
            "this libwrap logs a warning whenever it compares an address of this rule with what is none, such as a "
            "name",
            "Nothing is wrong with the rule; ignore those warnings.",
            NONE,
        ),
    ),
}

_OPTIONS = {
    "trailing-colon": Kind(
        ERROR,
        _DENIES,
        "Behind a colon libwrap wants an option. A rule that ends in a colon has an option without a name, and denies.",
        simple("the rule ends in a colon with no option behind it, so it denies", "Delete the last colon."),
    ),
    "option-missing-name": Kind(
        ERROR,
        _DENIES,
        "Nothing, or only a value, stands between two colons. A rule with such an option denies.",
        simple("there is no option between two colons, so the rule denies", "Delete one colon."),
    ),
    "option-unknown": Kind(
        ERROR,
        _DENIES,
        "The word is no option of hosts_options(5). A rule with an unknown option denies when it matches.",
        simple("{option} is no option, so the rule denies", "Write an option of hosts_options(5)."),
    ),
    "option-needs-value": Kind(
        ERROR,
        _DENIES,
        "The option needs a value and has none, so the rule denies.",
        simple("{option} has no value, so the rule denies", "Write {usage}."),
    ),
    "option-takes-no-value": Kind(
        ERROR,
        _DENIES,
        "allow, deny and keepalive take no value. With one, the rule denies; a comment behind allow is such a value.",
        simple("{option} takes no value but has {value}, so the rule denies", "Write {key} alone."),
    ),
    "option-not-last": Kind(
        ERROR,
        _DENIES,
        "allow, deny and twist must be the last option, without a colon behind it. Otherwise the rule denies.",
        simple("{option} is not the last option, so the rule denies", "Put {key} last and no colon behind it."),
    ),
    "bad-option-value": Kind(
        ERROR,
        _DENIES,
        "umask, nice, linger or rfc931 has a value out of its range, so the rule denies.",
        simple("{option} is no value for {key}, so the rule denies", "Write for instance {usage}."),
    ),
    "severity-unknown": Kind(
        ERROR,
        _DENIES,
        "The facility or level is not among those that this build was made with: authpriv and ftp are errors on "
        "Debian, Red Hat and SUSE. The rule denies.",
        simple(
            "{option} is no facility and level that this libwrap knows, so the rule denies",
            "Write one of: {levels}, perhaps with a facility before a dot: {facilities}.",
        ),
    ),
    "account-unknown": Kind(
        ERROR,
        _DENIES,
        "The user or group does not exist on this host, so the rule denies, even where the option would do nothing.",
        simple(
            "{option} names a user or group that does not exist, so the rule denies", "Create it, or delete the option."
        ),
    ),
    "setenv-equals": Kind(
        ERROR,
        _DENIES,
        "The variable's name may hold no =. `setenv A=b` fails for want of memory, says the log, and the rule denies.",
        {
            "": Form(
                "{option} has an = in the variable's name, so the rule denies",
                "Write setenv NAME VALUE with a blank.",
                None,
                ERROR,
            ),
            "value": Form("{option} sets a variable of an odd name", "Write setenv NAME VALUE.", NONE, WARNING),
        },
    ),
    "shell-command": Kind(
        ERROR,
        _DENIES,
        "The old language had a bare shell command in the third field. A libwrap with options takes it for an option"
        " it does not know, and the rule denies.",
        simple(
            "{option} is a bare shell command, which this libwrap takes for an option it does not know, so the rule "
            "denies",
            "Write spawn or twist before the command.",
        ),
    ),
    "options-unsupported": Kind(
        ERROR,
        "opens where deny is meant in hosts.allow, closes where allow is meant in hosts.deny; else nothing",
        "7.6 as its Makefile leaves it has no options: the whole third field is a shell command, so `: deny` in "
        "hosts.allow runs a program called deny and grants.",
        simple(
            "this libwrap runs {field} as a shell command instead of reading options",
            "Write the rule into the table that grants or denies, and give a bare shell command.",
        ),
    ),
    "aclexec-unsupported": Kind(
        ERROR,
        _DENIES,
        "Only Debian and Fedora know aclexec. Elsewhere it is an unknown option, and the rule denies.",
        simple("this libwrap has no aclexec, so the rule denies", "Write spawn, or decide in the daemon."),
    ),
    "aclexec-sticky": Kind(
        WARNING,
        _OPENS,
        "A failing aclexec denies, but libwrap remembers the failure for the life of the process: a later rule that "
        "matches and has any option other than allow or deny then counts as no match, so hosts.deny grants.",
        simple(
            "when {value} fails, this rule or a later one of hosts.deny with options grants instead of denying",
            "End hosts.deny with ALL: ALL, without any option.",
            OPENS,
        ),
    ),
    "program-missing": Kind(
        ERROR,
        "closes or opens where aclexec decides, closes where twist answers; else nothing",
        "The rule runs a program, or sends the files of a folder, that the host does not have or cannot run. A failing "
        "aclexec in hosts.allow leaves the client to hosts.deny, whatever rules follow in hosts.allow; in hosts.deny "
        "it grants. twist serves nobody, spawn does nothing.",
        {
            "": Form("spawn runs {path}, which is no program of this host", "Install it, or correct the path."),
            "aclexec": Form(
                "aclexec asks {path}, which is no program of this host, so the rule grants nobody and hosts.deny decides",
                "Install it, or correct the path.",
            ),
            "grants": Form(
                "aclexec asks {path}, which is no program of this host, so the rule grants everybody",
                "Install it, or correct the path.",
            ),
            "twist": Form(
                "twist runs {path}, which is no program of this host, so nobody is served",
                "Install it, or correct the path.",
                CLOSES,
            ),
            "folder": Form(
                "banners reads the folder {path}, which this host does not have, so nothing is sent",
                "Create the folder, or correct the path.",
                NONE,
                WARNING,
            ),
        },
    ),
    "program-replaceable": Kind(
        ERROR,
        "opens; nothing where it is a folder of banners or a file that is not run",
        "Somebody else than root can replace a program that spawn, twist or aclexec runs, a script that it gives to an "
        "interpreter, or a folder on the way. Who asks libwrap runs it, mostly root. A warning where it is another file that "
        "a command or setenv names, info where it is a folder of banners, whose files are sent to clients.",
        {
            "": Form(
                "{option} runs {path}, which {who} can replace, and root runs it at the next connection",
                "Give it, and the folders above it, to root alone, or run a program that only root can replace.",
                OPENS,
            ),
            "argument": Form(
                "{option} names {path}, which {who} can replace, so they choose what the command reads, writes or obeys there",
                "Give it, and the folders above it, to root alone, or name a file that only root can replace.",
                NONE,
                WARNING,
            ),
            "folder": Form(
                "banners sends a file of the folder {path}, which {who} can change",
                "Give it, and the folders above it, to root alone.",
                NONE,
                INFO,
            ),
        },
    ),
    "user-ignored": Kind(
        WARNING,
        _NONE,
        "Debian and Red Hat have the test the wrong way round: the live program ignores user and group, and "
        "tcpdmatch, a dry run, obeys them.",
        simple(
            "{option} does nothing in this libwrap, though tcpdmatch obeys it",
            "Give the daemon its user in its own configuration or in inetd's.",
            NONE,
        ),
    ),
    "unescaped-colon": Kind(
        ERROR,
        _DENIES,
        "A colon ends an option, in commands too. What follows is no option, so the rule denies, after the first "
        "half has run.",
        {
            "": Form(
                "the colon before {option} ends the command, and the rest is no option, so the rule denies",
                "Write \\: for a colon inside a command.",
            ),
            "following": Form(
                "the colon before {text} ends the command of twist, which must be last, so the rule denies",
                "Write \\: for a colon inside a command.",
            ),
        },
    ),
    "percent-unknown": Kind(
        WARNING,
        _NONE,
        "The build does not know the letter: it becomes nothing and a warning is logged. %r and %R are Debian's alone.",
        simple(
            "{letters} becomes nothing: this libwrap does not know it",
            "Use a letter of hosts_access(5), or %% for a percent sign.",
            NONE,
        ),
    ),
    "expansion-unquoted": Kind(
        WARNING,
        _NONE,
        "%c, %h, %n and %u are chosen by the client's name server or ident service. libwrap replaces most special "
        "characters, but a value may begin with a dash or be a path, and outside quotes it is a word of its own.",
        simple(
            "the client chooses what {letters} becomes, outside quotes in a shell command",
            "Put it in quotes behind a --, or use %a.",
            NONE,
        ),
    ),
    "expansion-too-long": Kind(
        WARNING,
        _CLOSES,
        "The text with its letters replaced must fit 8,192 bytes, or 1,024 on FreeBSD, NetBSD and macOS. When it "
        "does not, the process logs that and exits.",
        simple(
            "the expansion of {value} {what} not fit {limit} bytes, and the process then exits",
            "Write a shorter command, or use fewer expansions.",
        ),
    ),
    "twist-resident": Kind(
        INFO,
        _NONE,
        "twist replaces the process, which tcpd can and a daemon that links libwrap must not: there it is refused, "
        "and the client denied.",
        simple(
            "daemons that link libwrap refuse twist, and deny the client without a message",
            "Use twist only for what tcpd starts.",
            NONE,
        ),
    ),
    "banners": Kind(
        INFO,
        _NONE,
        "banners sends a file called after the daemon. When the directory is missing, libwrap logs that and goes on.",
        simple(
            "banners reads a file with the daemon's name in the directory {value}, and sends nothing if there is none",
            "Keep the directory in place.",
            NONE,
        ),
    ),
}

#: Every code, in the order of docs/findings.md.
KINDS: Dict[str, Kind] = {}
for _group in (_TABLES, _LINES, _LISTS, _DAEMONS, _NETWORKS, _IPV6, _NAMES, _OPTIONS):
    KINDS.update(_group)
