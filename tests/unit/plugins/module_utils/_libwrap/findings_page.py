# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""docs/findings.md as data: each code's section with its examples, ready to be asked of the engine or of a real libwrap."""

import collections
import errno
import os
import re

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lookups import Lookups, Unreadable
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request

HERE = os.path.dirname(os.path.abspath(__file__))
PAGE = os.path.normpath(os.path.join(HERE, *([os.pardir] * 5 + ["docs", "findings.md"])))

#: One example: ``blocks`` {title: text}, ``request`` fields, ``rows`` [(dialects, answer, findings)], ``instead`` text or None.
Example = collections.namedtuple("Example", "code number blocks world request rows instead")
#: One section: ``severity`` and ``effect`` as the page has them, the explaining paragraph, its examples.
Section = collections.namedtuple("Section", "code severity effect explanation examples")

MARK = re.compile("<([^<>\n]+)>")
CHARACTERS = {"CR": "\r", "NUL": "\0", "BOM": "\ufeff", "blank": " ", "no newline": ""}
WHOLE = {"<unreadable>": Unreadable(errno.EACCES), "<directory>": Unreadable(errno.EISDIR)}


def unmark(text):
    """A block's text as bytes, what is in angle brackets replaced; for a whole file the Unreadable."""
    if text in WHOLE:
        return WHOLE[text]

    def replacement(match):
        word = match.group(1)
        if word in CHARACTERS:
            return CHARACTERS[word]
        count, what = word.split(" ", 1)
        return (" " + what[2:] if what.startswith("* ") else what) * int(count)

    end = "" if text.endswith("<no newline>") else "\n"
    return (MARK.sub(replacement, text) + end).encode("utf-8")


class ExampleHost(Lookups):
    """The host that the page's introduction describes."""

    def __init__(self, example):
        self.example = example

    def in_netgroup(self, group, host):
        return None if "netgroups cannot be asked" in self.example.world else False

    def host_file(self, path):
        text = self.example.blocks.get(path)
        return None if text is None else unmark(text)

    def interface_exists(self, name):
        return name == "lo"

    def program_runs(self, path):
        return not path.startswith("/no/")

    def who_changes(self, path):
        return "user alice" if path.startswith("/home/alice/") else None

    def user_exists(self, name):
        return name in ("root", "nobody")

    def group_exists(self, name):
        return name == "nogroup"


def flawed(example):
    """The name of the table that has the finding."""
    return "deny" if "hosts.deny" in example.blocks else "allow"


def tables(example, instead=False):
    """hosts.allow and hosts.deny of an example, or with its remedy."""
    texts = {
        "allow": unmark(example.blocks["hosts.allow"]) if "hosts.allow" in example.blocks else b"",
        "deny": unmark(example.blocks.get("hosts.deny", "ALL: ALL")),
    }
    if instead:
        texts[flawed(example)] = unmark(example.instead)
    return texts["allow"], texts["deny"]


def policy_of(example, dialect, instead=False):
    """The example as a policy."""
    allow, deny = tables(example, instead)
    return Policy.parse(allow, deny, dialect, ExampleHost(example))


def answer_of(policy, request):
    """What libwrap does, as the page writes it: the engine's answer, or that there is none."""
    if any(finding.code == "host-file-loop" for finding in policy.findings()):
        return "crashes"
    decision = policy.decide(Request(**request))
    for table in (policy.allow, policy.deny):
        if table.stop == "hang" and not (decision.table == table.name and decision.line < table.stop_line):
            return "never answers"
        if decision.table == table.name:
            break
    return decision.access


def findings_text(findings):
    """A list of findings as the page writes it."""
    texts = []
    for finding in findings:
        text = "`%s` %s, %s" % (finding.code, finding.severity, finding.effect)
        if text not in texts:
            texts.append(text)
    return "; ".join(texts) or "none"


def read_page(path=PAGE):
    """Every section of the page, in order."""
    with open(path, "rb") as page:
        text = page.read().decode("utf-8")
    return [_section(part) for part in re.split("^### ", text, flags=re.M)[1:]]


def _section(text):
    text = re.split("^## ", text, flags=re.M)[0]
    code, head, explanation, rest = (text.split("\n\n", 3) + [""])[:4]
    severity, effect = re.match(r"\*(\w+)\*; effect: (.*)\.\Z", head, re.S).groups()
    examples = []
    blocks, world, request, rows = {}, "", None, []

    def close(instead):
        examples.append(Example(code, len(examples) + 1, dict(blocks), world, request, list(rows), instead))
        blocks.clear()
        del rows[:]

    pieces = re.split('^```text title="([^"]*)"\n(.*?)\n```$', rest, flags=re.M | re.S)
    for index in range(0, len(pieces), 3):
        for line in pieces[index].split("\n"):
            if line.startswith("On this host"):
                world = line
            elif line.startswith("Asked: "):
                request = dict(field.split("=") for field in re.findall("`([^`]*)`", line))
                if "server_port" in request:
                    request["server_port"] = int(request["server_port"])
            elif line.startswith("| ") and not line.startswith("| dialects"):
                cells = [cell.strip() for cell in line.strip("|").split(" | ")]
                rows.append((cells[0].split(", "), cells[1], cells[2]))
        if index + 1 < len(pieces):
            title, content = pieces[index + 1 : index + 3]
            if title == "instead":
                close(content)
            else:
                if rows:
                    close(None)
                blocks[title] = content
    if rows:
        close(None)
    return Section(code, severity, effect, explanation, examples)
