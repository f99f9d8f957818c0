# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Ansible gets to parse of a host's words."""

import json
import re

import pytest
from ansible.errors import AnsibleConnectionFailure, AnsibleError

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils import _host_words
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._host_words import (
    DEPTH,
    TooDeep,
    one_line,
    plain_words,
    printable_error,
)

RAW, SEEN = "a\x1b[2J\u202e", "a\\x1b[2J\\xe2\\x80\\xae"


def thing(kind, **fields):
    """An object of ansible-core 2.19 and later."""
    return dict(fields, __ansible_type=kind)


def parsed(answer, **words):
    """The answer as Ansible parses it."""
    return json.loads(plain_words(dict({"stdout": json.dumps(answer), "stderr": ""}, **words))["stdout"])


def event(**more):
    return thing("Event", msg=RAW, **more)


def test_an_honest_answer_is_parsed_as_it_was():
    answer = {
        "changed": True,
        "rules": [{"line": 1, "path": None, "part": 1.5}],
        "diff": {"before": "a\n\tb\n"},
        "warnings": ["w"],
        "_ansible_x": "y",
    }
    assert parsed(answer) == answer


def test_what_stands_beside_the_answer_is_dropped_and_what_stands_behind_it_is_said():
    words = {"stdout": RAW + '\n{"changed": false}\n' + RAW + "\nfatal: x\n", "stderr": RAW + "\nmore\n"}
    clean = plain_words(words)
    assert json.loads(clean["stdout"]) == {
        "changed": False,
        "warnings": ["this host wrote more than the module's answer: %s fatal: x" % SEEN],
    }
    assert clean["stderr"] == SEEN + "\nmore"
    assert parsed({}, stdout='{"warnings": 1}\njunk') == {"warnings": 1}  # refused later, by its type


@pytest.mark.parametrize("stdout", ["", RAW, "{\n" + RAW, '{"a": %s}' % ("9" * 5000), "5"])
def test_what_is_no_json_keeps_its_lines(stdout):
    assert plain_words({"stdout": stdout})["stdout"] == stdout.replace(RAW, SEEN)


@pytest.mark.parametrize(
    "given, told",
    [
        (
            {
                "warnings": [
                    RAW,
                    thing("WarningSummary", event=event(help_text="help")),
                    thing("WarningSummary", event=1),
                    thing("X"),
                ]
            },
            {"warnings": [SEEN, SEEN + " help"]},
        ),
        ({"warnings": [{"a": RAW}, 1]}, {"warnings": [{"a": SEEN}, 1]}),
        ({"warnings": thing("Event")}, {}),
        (
            {
                "deprecations": [
                    {"msg": RAW, "version": RAW, "collection_name": "a.b", "deprecator": 1},
                    {"msg": "x", "collection_name": RAW},
                    {},
                    5,
                ]
            },
            {"deprecations": [{"msg": SEEN, "version": SEEN, "collection_name": "a.b"}, {"msg": "x"}]},
        ),
        (
            {
                "deprecations": [
                    thing(
                        "DeprecationSummary",
                        event=event(),
                        date="2030-01-01",
                        deprecator=thing("PluginInfo", resolved_name="a.b.c"),
                    )
                ]
            },
            {"deprecations": [{"msg": SEEN, "date": "2030-01-01", "collection_name": "a.b"}]},
        ),
        (
            {"failed": True, "exception": thing("ErrorSummary", event=event(formatted_traceback="Traceback\n" + RAW))},
            {"failed": True, "exception": "Traceback\n" + SEEN, "msg": SEEN},
        ),
        ({"msg": "m", "exception": thing("ErrorSummary", event=event())}, {"msg": "m"}),
        (
            {"a": event(), "b": [event(), {"c": event(), "d": 1}], "e": thing("_AnsibleTaggedStr", value=RAW, tags=[])},
            {"b": [{"d": 1}], "e": SEEN},
        ),
        (event(), {}),
    ],
)
def test_objects_become_texts_or_nothing(given, told):
    assert parsed(given) == told


def test_what_is_nested_deeper_than_any_module_answers_is_refused():
    plain_words({"stdout": "{" + '"a": {' * (DEPTH - 2) + "}" * (DEPTH - 1)})
    for levels in (DEPTH + 1, 300, 100000):
        with pytest.raises((TooDeep, RecursionError)):
            plain_words({"stdout": '{"a": %s}' % ("[" * levels + "]" * levels)})


class Odd(AnsibleError):
    """A type that takes no bare message."""

    def __init__(self, one, two):
        super().__init__(one + two)


@pytest.mark.parametrize(
    "error, kind",
    [(AnsibleConnectionFailure("no\r\n" + RAW), AnsibleConnectionFailure), (Odd("no\n", RAW), AnsibleError)],
)
def test_an_error_keeps_its_type_and_is_one_line(error, kind):
    anew = printable_error(error)
    assert anew.__class__ is kind and str(anew) == one_line(error) == "no " + SEEN


@pytest.mark.parametrize(
    "answer",
    [
        {"changed": False, "rules": ["sshd: ALL", "\u05d0"], "line": [1, 1.5, None, True, {}]},
        {"a": "\x1b"},
        {"a": "\\u001b and \\n are letters here"},
        {"a\n": "b"},
        {"a": "\u202e"},
        {"a": "\udcff"},
        {"warnings": [RAW], "deprecations": None},
        {"a": {"b": [event(), thing("Tagged", value="x")]}},
        {"exception": event()},
    ],
)
@pytest.mark.parametrize("escaped", [True, False])
def test_an_answer_without_anything_to_clean_is_passed_on_as_it_came_and_no_other(answer, escaped, monkeypatch):
    text = json.dumps(answer, ensure_ascii=escaped, separators=(" ,", " : "))
    seen = plain_words({"stdout": text, "stderr": ""})["stdout"]
    monkeypatch.setattr(_host_words, "_NEEDS_A_LOOK", re.compile(""))
    cleaned = json.loads(plain_words({"stdout": text, "stderr": ""})["stdout"])
    assert json.loads(seen) == cleaned
    assert (seen == text) == (cleaned == answer and "\\" not in text)
