# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Hostile text for every place of a host's files: what a template, a shell, YAML or a terminal would carry out.

Each payload that runs makes a file in the folder of marks, named after the place that it stood in.
"""

import os

# What no text of a host may send to a terminal: C0 and C1 controls, line and paragraph separators, marks of direction, lone surrogates.
CONTROLS = (
    [chr(code) for code in range(0x20) if chr(code) not in "\n\t"]
    + [chr(code) for code in range(0x7F, 0xA0)]
    + list("\u2028\u2029")
    + list("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
    + [chr(code) for code in range(0xD800, 0xE000)]
)


def encode(text):
    """The bytes of a text for a file: surrogates that stand for odd bytes (PEP 383) as those, others as UTF-8 would have them if it could."""
    try:
        return text.encode("utf-8")  # all at once, for some texts are large
    except UnicodeEncodeError:
        pass
    return b"".join(
        one.encode("utf-8", "surrogateescape" if "\udc80" <= one <= "\udcff" else "surrogatepass") for one in text
    )


class Payloads:
    """Payloads whose success shows as a file in `marks`."""

    def __init__(self, marks):
        self.marks = marks
        marks.mkdir()

    def template(self, place):
        """For a place that may hold any text but a line break and a colon."""
        return "{{ lookup('ansible.builtin.pipe', 'touch %s') }}" % (self.marks / place)

    def word(self, place):
        """For a place of one word: without blank, comma, colon, slash at its start, number sign and quotes of two kinds."""
        return "{{lookup(*'pipe;touch$IFS%s'.split(';'))}}" % (self.marks / place)

    def others(self, place):
        """What other readers than Jinja would carry out: statements, a shell, YAML, and Jinja's own line of settings."""
        mark = self.marks / place
        return [
            "{%% set x = lookup('ansible.builtin.pipe', 'touch %s.set') %%}" % mark,
            "{{ '{{' }} lookup('ansible.builtin.pipe', 'touch %s.twice') {{ '}}' }}" % mark,
            "#jinja2: variable_start_string='[[', variable_end_string=']]'",
            "[[ lookup('ansible.builtin.pipe', 'touch %s.brackets') ]]" % mark,
            "; touch %s.shell; $(touch %s.dollar) `touch %s.ticks` | touch %s.pipe & " % (mark, mark, mark, mark),
            "!!python/object/apply:os.system ['touch %s.yaml']" % mark,
            "!unsafe x",
            "!vault |",
            "$ANSIBLE_VAULT;1.1;AES256",
            "&anchor *alias",
            "<<: *alias",
            "--- ",
            "? - }{][ %",
            "'\"'\"'",
            "{'__ansible_unsafe': '{{ lookup(\"pipe\", \"touch %s.key\") }}'}" % mark,
            "[\"{{ lookup('ansible.builtin.pipe', 'touch %s.list') }}\"]" % mark,
        ]

    def ran(self):
        """The marks that were made."""
        return sorted(os.listdir(str(self.marks)))


def tables_of_templates(payloads):
    """hosts.allow and hosts.deny whose every part is a template that runs, and which libwrap honours."""
    lines = [
        "# " + payloads.template("comment"),
        "sshd: 10.0.0.0/8",
        "ALL: 127.0.0.1",
        "%s: 192.0.2.1" % payloads.word("daemon"),
        "in.clients: %s, .%s, @%s" % (payloads.word("client"), payloads.word("domain"), payloads.word("netgroup")),
        "in.users: %s@192.0.2.2" % payloads.word("user"),
        "in.files: /etc/%s" % payloads.word("file").replace("/", "_"),
        "in.spawn: ALL: spawn (%s) &" % payloads.template("option"),
        "in.setenv: ALL: setenv NAME %s" % payloads.template("setenv"),
        "in.banners: 192.0.2.3: banners /etc/%s" % payloads.word("banners"),
    ]
    deny = [
        "# " + payloads.template("comment-of-deny"),
        "in.refused: ALL: spawn (%s) &" % payloads.template("option-of-deny"),
        "ALL: ALL",
    ]
    return "\n".join(lines) + "\n", "\n".join(deny) + "\n"


def tables_of_other_readers(payloads):
    """What statements of Jinja, shells and YAML would carry out, as comments and as options. A mistake in one would hide the others from Jinja."""
    lines = ["sshd: 10.0.0.0/8", "ALL: 127.0.0.1"]
    for number, text in enumerate(payloads.others("comment")):
        lines += ["# " + text, "in.d%d: 192.0.2.%d" % (number, number + 1)]
    for number, text in enumerate(payloads.others("option")):
        lines.append(
            "in.o%d: 192.0.2.%d: spawn echo %s" % (number, number + 1, text.replace("\\", "").replace(":", "\\:"))
        )
    return "\n".join(lines) + "\n", "ALL: ALL\n"


def tables_of_odd_text(payloads):
    """Tables that libwrap trips over, with control characters, odd bytes and markers of others, and templates in what is wrong."""
    odd = (
        "".join(character for character in CONTROLS if character < "\ud800" and character not in "\0\r")
        + "\ud800\udbff\udcff\udfff"
    )
    lines = [
        "# BEGIN portcullis %s" % payloads.word("block"),
        "# BEGIN ANSIBLE MANAGED BLOCK",
        "# \x1b]0;title\x07\x1b[2J\x9b31m \u202e txt",
        "# " + odd,
        "sshd 10.0.0.1 %s" % payloads.template("no-colon"),
        "sshd: 10.0.0.0/99 %s" % payloads.word("length"),
        "sshd: %s: nonsense %s" % (payloads.word("client-of-nonsense"), payloads.template("nonsense")),
        "sshd: 10.0.0.1: severity %s" % payloads.word("severity"),
        "sshd: 10.0.0.1: user %s" % payloads.word("option-user"),
        "sshd: 10.0.0.1: aclexec /bin/%s" % payloads.template("aclexec"),
        "sshd\x1b[31m: host\x07.example\u202e, \udcff\udc9b31m, 10.1.2.3: spawn \x1b]52;c;\x07",
        "sshd: 10.0.0.1 # %s" % payloads.template("trailing"),
        "in.dup: %s" % payloads.word("twice"),
        "in.dup: %s" % payloads.word("twice"),
        "in.long: " + payloads.word("long") + ", " + ", ".join("10.0.%d.1" % number for number in range(250)),
        "# " + payloads.template("very-long") * 2000,
        "# ends in a backslash %s\\" % payloads.template("backslash"),
        "last: %s" % payloads.word("last"),
    ]
    return "\n".join(lines), "ALL: ALL: spawn %s" % payloads.template("odd-deny")


def fill_image(scratch, payloads):
    """Templates and control characters in whatever else the modules read below a root."""
    scratch.write(
        "etc/os-release",
        'NAME="%s"\nID=debian\nVERSION_ID="%s"\nPRETTY_NAME="\x1b[31m%s"\n'
        % (payloads.template("os-name"), payloads.word("os-version"), payloads.template("os-pretty")),
    )
    with open(str(scratch.image / "etc" / "inetd.conf"), "a", encoding="utf-8") as stream:
        stream.write(
            "%s stream tcp nowait root /usr/sbin/in.one in.one %s\n"
            % (payloads.word("inetd-service"), payloads.word("inetd-argument"))
        )
        stream.write(
            "finger stream tcp nowait %s /usr/sbin/%s in.two\n"
            % (payloads.word("inetd-user"), payloads.word("inetd-server"))
        )
        stream.write(
            "odd\x1b[31m stream tcp nowait root /usr/sbin/in.odd\x07 in.odd\u202e \x9b31m\n# %s\nbroken %s\n"
            % (payloads.template("inetd-comment"), payloads.template("inetd-broken"))
        )
    scratch.write(
        "etc/xinetd.d/one",
        "service %s\n{\n id = %s\n socket_type = stream\n protocol = tcp\n wait = no\n user = %s\n server = /usr/sbin/%s\n"
        " server_args = %s\n disable = no\n}\n"
        % tuple(payloads.word("xinetd-" + place) for place in ("name", "id", "user", "server", "args")),
    )
    scratch.write(
        "etc/xinetd.d/odd",
        "service odd\x1b[31m\n{\n id = odd\u202e\n socket_type = stream\n protocol = tcp\n wait = no\n user = root\n"
        " server = /usr/sbin/in.odd\x07\n nonsense = %s\n}\n# %s\n"
        % (payloads.template("xinetd-nonsense"), payloads.template("xinetd-comment")),
    )
    units = "etc/systemd/system/"
    name = payloads.word("unit").replace("/", "_")
    scratch.write(
        units + name + ".socket",
        "[Unit]\nDescription=%s\n[Socket]\nListenStream=7\nAccept=yes\n" % payloads.template("unit-description"),
    )
    scratch.write(
        units + name + "@.service",
        "[Service]\nExecStart=/usr/sbin/in.%s %s\nStandardInput=socket\n" % (name, payloads.word("unit-argument")),
    )
    scratch.write(units + "odd\x1b[31m\x07\u202e.socket", "[Socket]\nListenStream=9\nAccept=yes\n")
    scratch.write(
        units + "odd\x1b[31m\x07\u202e@.service",
        "[Service]\nExecStart=/usr/sbin/in.odd\x1b[31m\nStandardInput=socket\n",
    )
    lines = [
        "Nov 26 10:00:%02d host sshd[%d]: refused connect from %s" % (number, number, text)
        for number, text in enumerate(
            [
                payloads.word("log-client"),
                payloads.template("log-text"),
                "\x1b[31mred\x07",
                "\u202e192.0.2.1",
                "\udcff\udc9b31m",
                "192.0.2.1",
                "192.0.2.2",
            ]
        )
    ]
    lines.append("Nov 26 10:01:00 host %s[1]: refused connect from 192.0.2.9" % payloads.word("log-daemon"))
    scratch.write("var/log/auth.log", "\n".join(lines) + "\n")
    scratch.write(
        "etc/passwd",
        "root:x:0:0:%s:/root:/bin/sh\n%s:x:1000:1000::/:/bin/sh\n" % (payloads.word("gecos"), payloads.word("account")),
    )
