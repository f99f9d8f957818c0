# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Editing tables: what the task owns changes, every other byte stays."""

import itertools
import random

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.blocks import (
    DIVIDER,
    BlockSpec,
    TableError,
    block_text,
    read_entries,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.changes import (
    Edit,
    Wanted,
    edit_table,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.edit.layout import fold, joined, unfold

DEBIAN = DIALECTS["debian"]
LEGACY = b"# hosts.deny\n# by hand, 2009 \xe9\n\nsshd : 10.\t\n  # no comment: this is a rule\nno rule\n# default\nALL: ALL\n# the end"


def wanted(*lines, **more):
    comments = more.get("comments", ())
    return [Wanted(index, (line,), tuple(comments)) for index, line in enumerate(lines)]


def edited(
    data,
    rules=None,
    block=None,
    exclusive=False,
    absent=False,
    default=None,
    dialect=DEBIAN,
    keep=True,
    unfinished="keep",
    table="deny",
):
    edit = Edit(rules, block, exclusive, absent, default, keep, unfinished, table)
    result = edit_table(data, edit, dialect, "/etc/hosts." + table)
    assert edit_table(result, edit, dialect, "/etc/hosts." + table) is result, "a second run changes something"
    return result


def spec(name="web", priority=500, position="last"):
    return BlockSpec(name, priority, position)


def block(name, *lines):
    return block_text(spec(name), list(lines))


def test_a_missing_rule_comes_before_the_closing_catch_all_and_its_comment():
    assert edited(LEGACY, wanted(b"in.telnetd: 11.")) == LEGACY.replace(b"# default\n", b"in.telnetd: 11.\n# default\n")


def test_a_missing_rule_comes_after_the_last_rule():
    assert (
        edited(b"# top\na: 1.\n\n# below\n", wanted(b"b: 2.", b"c: 3.")) == b"# top\na: 1.\nb: 2.\nc: 3.\n\n# below\n"
    )


def test_a_present_rule_is_the_same_whatever_its_blanks():
    assert edited(LEGACY, wanted(b"sshd:10.", b"ALL :ALL")) is LEGACY
    assert edited(b"a,b : 1. 2. : allow\n", wanted(b"a b: 1.,2.: allow")) == b"a,b : 1. 2. : allow\n"


def test_order_and_exceptions_make_another_rule():
    assert edited(b"a b: 1.\n", wanted(b"b a: 1.")) == b"a b: 1.\nb a: 1.\n"
    assert edited(b"a: ALL EXCEPT 1.\n", wanted(b"a: ALL 1.")) != b"a: ALL EXCEPT 1.\n"


def test_a_rule_into_nothing():
    assert edited(b"", wanted(b"a: 1.")) == b"a: 1.\n"
    assert edited(b"# only\n# comments\n", wanted(b"a: 1.")) == b"# only\n# comments\na: 1.\n"


def test_a_missing_rule_goes_above_the_blocks_that_stand_last_so_that_these_need_not_move():
    data, rules = block("web", b"a: 1."), [b"a: 1."]
    assert edited(data, wanted(b"b: 2.")) == b"b: 2.\n" + data
    both = edited(edited(b"c: 3.\n", wanted(*rules), spec("web")), wanted(b"b: 2."))
    assert both == b"c: 3.\nb: 2.\n" + data
    assert edited(both, wanted(*rules), spec("web")) is both
    two = edited(both + b"ALL: ALL\n", wanted(b"d: 4."), spec("x", 100))
    assert edited(two, wanted(b"e: 5.")) == two.replace(b"b: 2.\n", b"b: 2.\ne: 5.\n")


def test_a_missing_rule_does_not_go_above_a_block_that_stands_first():
    data = edited(b"", wanted(b"a: 1."), spec("web", position="first"))
    assert edited(data, wanted(b"b: 2.")) == data + b"b: 2.\n"


def test_a_catch_all_inside_a_block_closes_nothing():
    data = block("web", b"ALL: ALL")
    assert edited(data + b"c: 3.\n", wanted(b"b: 2.")) == data + b"c: 3.\nb: 2.\n"
    assert edited(data + b"c: 3.\n# note\nALL: ALL\n", wanted(b"b: 2.")) == data + b"c: 3.\nb: 2.\n# note\nALL: ALL\n"


def test_a_last_line_without_newline_stays_without_and_last_unless_the_task_speaks_of_it():
    assert edited(b"a: 1.\nb: 2.", wanted(b"a: 1.")) == b"a: 1.\nb: 2."
    assert edited(b"a: 1.\nb: 2.", wanted(b"b: 2.")) == b"a: 1.\nb: 2.\n"
    assert edited(b"a: 1.\nb: 2.", wanted(b"c: 3.")) == b"a: 1.\nc: 3.\nb: 2."
    assert edited(b"a: 1.\nb: 2.", wanted(b"c: 3."), spec()) == b"a: 1.\n" + block("web", b"c: 3.") + b"b: 2."
    assert edited(b"a: 1.\nb: 2.", wanted(b"a: 1."), absent=True) == b"b: 2."
    assert edited(b"a: 1.\nb: 2.", default=b"ALL: ALL") == b"a: 1.\nALL: ALL\nb: 2."
    assert edited(b"a: 1.\n# end", wanted(b"a: 1.", b"c: 3."), exclusive=True) == b"a: 1.\nc: 3.\n# end"
    assert edited(b"a: 1.\nb: 2.", wanted(b"a: 1.", b"c: 3."), exclusive=True) == b"a: 1.\nc: 3.\n"
    for closed in (b"ALL: ALL", b"ALL: ALL: spawn x"):
        assert edited(b"a: 1.\n" + closed, default=b"ALL: ALL") == b"a: 1.\n" + closed + b"\n"
    assert edited(b"a: 1.\nALL: ALL", default=b"") == b"a: 1.\n"


def test_the_task_may_end_the_last_line_or_be_refused_beside_it():
    for rules in (None, wanted(b"a: 1.")):
        assert edited(b"a: 1.\nb: 2.", rules, unfinished="complete") == b"a: 1.\nb: 2.\n"
    assert edited(b"a: 1.\nb: 2.", wanted(b"c: 3."), unfinished="complete") == b"a: 1.\nb: 2.\nc: 3.\n"
    assert edited(b"a: 1.\nb: 2.", wanted(b"a: 1."), unfinished="refuse") == b"a: 1.\nb: 2."
    assert edited(b"", wanted(b"a: 1."), unfinished="refuse") == b"a: 1.\n"
    for table, meaning in (("allow", "ignores it"), ("deny", "refuses every request that comes so far")):
        with pytest.raises(TableError) as failure:
            edited(b"a: 1.\nb: 2.", wanted(b"c: 3."), unfinished="refuse", table=table)
        for words in ("/etc/hosts.%s, line 2, 'b: 2.'," % table, meaning, "unfinished_line: keep or complete"):
            assert words in str(failure.value)


@pytest.mark.parametrize("tail", [b"b: 2. \\\n", b"b: 2.\0x\n", b"b: 2.\0", b"# end \\\n", b"   ", b"\\"])
def test_an_unfinished_end_swallows_nothing_that_is_added_and_stays_byte_for_byte(tail):
    for rules, block_spec in ((wanted(b"c: 3."), None), (wanted(b"c: 3."), spec())):
        result = edited(b"a: 1.\n" + tail, rules, block_spec)
        assert result.startswith(b"a: 1.\n") and result.endswith(tail)
        assert [rule.text for rule in Policy.parse(result, None).allow.rules] == ["a: 1.", "c: 3."]
        assert edited(result, None if block_spec else rules, block_spec, absent=True) == b"a: 1.\n" + tail
    completed = edited(b"a: 1.\n" + tail, wanted(b"c: 3."), unfinished="complete")
    assert [rule.text for rule in Policy.parse(completed, None).allow.rules][-1] == "c: 3." and Policy.parse(
        completed, None
    ).allow.stop is None


def test_absent_removes_every_equal_rule_and_the_comment_that_came_with_it():
    data = b"# mine\na: 1.\n# yours\na :1.\nb: 2.\n"
    assert edited(data, wanted(b"a: 1.", comments=[b"# mine"]), absent=True) == b"# yours\nb: 2.\n"


def test_absent_does_not_reach_into_a_block():
    with pytest.raises(TableError) as failure:
        edited(block("web", b"a: 1."), wanted(b"a: 1."), absent=True)
    assert "line 2" in str(failure.value) and "block_name: web" in str(failure.value)


def test_a_block_holds_exactly_its_rules_and_everything_else_stays():
    first = edited(LEGACY, wanted(b"a: 1.", b"b: 2.", comments=[b"# why"]), spec())
    assert first == LEGACY.replace(
        b"# default\n", b"# BEGIN portcullis web\n# why\na: 1.\n# why\nb: 2.\n# END portcullis web\n# default\n"
    )
    second = edited(first, wanted(b"c: 3."), spec())
    assert second == LEGACY.replace(b"# default\n", block("web", b"c: 3.") + b"# default\n")
    assert edited(second, None, spec(), absent=True) == LEGACY
    assert edited(second, [], spec()) == LEGACY


def test_a_table_without_the_block_is_left_alone_when_it_is_removed():
    assert edited(LEGACY, None, spec(), absent=True) is LEGACY


def test_blocks_are_ordered_by_position_priority_and_name_in_whatever_order_they_are_written():
    specs = [spec("m", 100), spec("a"), spec("b"), spec("z", 900), spec("q", 900, "first"), spec("r", 100, "first")]
    expected = None
    for order in itertools.permutations(specs):
        data = b"# foreign\nx: 1.\nALL: ALL\n"
        for one in order:
            data = edited(data, wanted(one.name.encode() + b": 2."), one)
        names = [entry.block for entry in read_entries(data, DEBIAN, "") if entry.kind == "rule"]
        assert names == ["r", "q", None, "m", "a", "b", "z", None], order
        expected = expected or data
        assert data == expected


def test_a_block_in_the_wrong_place_is_moved():
    data = block("web", b"a: 1.") + b"later: 2.\n"
    assert edited(data, wanted(b"a: 1."), spec(), table="allow") == b"later: 2.\n" + block("web", b"a: 1.")
    assert edited(b"later: 2.\n" + data, wanted(b"a: 1."), spec(position="first")).startswith(
        b"# BEGIN portcullis web\n# portcullis: position first\n"
    )


def test_rules_without_options_that_others_add_below_do_not_move_a_block_of_hosts_deny():
    data = block("web", b"a: 1.")
    assert edited(data + b"later: 2.\n", wanted(b"a: 1."), spec()) == data + b"later: 2.\n"
    assert edited(data + b"later: 2.\n", wanted(b"b: 1."), spec()) == block("web", b"b: 1.") + b"later: 2.\n"
    for option in (b": allow", b": spawn x"):
        assert (
            edited(data + b"later: 2." + option + b"\n", wanted(b"a: 1."), spec())
            == b"later: 2." + option + b"\n" + data
        )
    traps = block("web", b"a: 1.: spawn x")
    assert edited(traps + b"later: 2.\n", wanted(b"a: 1.: spawn x"), spec()) == b"later: 2.\n" + traps
    assert edited(b"ALL: ALL\n" + data, wanted(b"a: 1."), spec()) == data + b"ALL: ALL\n"


def test_what_others_add_below_the_catch_all_moves_nothing():
    closed = block("web", b"a: 1.") + b"# mine\nALL: ALL\n"
    for bans in (
        b"ALL: 192.0.2.5\n",
        b"# DenyHosts: today | sshd: 192.0.2.5\nsshd: 192.0.2.5\n",
        b"ALL: 192.0.2.5: spawn x\n",
    ):
        assert edited(closed + bans, wanted(b"a: 1."), spec(), default=b"ALL: ALL") == closed + bans
        assert edited(closed + bans, wanted(b"b: 1.")) == b"b: 1.\n" + closed + bans


def test_the_comment_of_denyhosts_stays_with_its_rule():
    ban = b"# DenyHosts: Thu Nov 26 10:00:00 2026 | sshd: 192.0.2.5\nsshd: 192.0.2.5\n"
    assert edited(ban, wanted(b"a: 1.")) == ban + b"a: 1.\n"
    assert edited(ban, wanted(b"sshd: 192.0.2.5"), absent=True) == b""
    assert edited(b"# head\n" + ban + b"b: 1.\n", wanted(b"b: 1."), exclusive=True) == b"# head\nb: 1.\n"
    own = ban.replace(b"sshd: 192.0.2.5", b"ALL: ALL")
    assert edited(own, wanted(b"a: 1.")) == b"a: 1.\n" + own
    assert edited(own, wanted(b"a: 1."), spec()) == block("web", b"a: 1.") + own


def test_a_comment_behind_a_block_does_not_move_it():
    data = block("web", b"a: 1.") + b"# somebody's note\n"
    assert edited(data, wanted(b"a: 1."), spec()) is data


@pytest.mark.parametrize(
    "data, line",
    [
        (b"a: 1.\n# BEGIN portcullis web\nb: 2.\n", "line 2"),
        (b"a: 1.\nb: 2.\n# END portcullis web\n", "line 3"),
        (b"# BEGIN portcullis web\n# BEGIN portcullis other\n# END portcullis other\n# END portcullis web\n", "line 1"),
        (block("web", b"a: 1.") * 2, "line 4"),
    ],
)
def test_one_marker_without_the_other_is_an_error(data, line):
    for rules in (wanted(b"c: 3."), None):
        with pytest.raises(TableError) as failure:
            edited(data, rules, spec("third"), absent=rules is None)
        assert line in str(failure.value)


def test_a_marker_inside_a_continuation_is_no_marker():
    data = b"# a comment \\\n# BEGIN portcullis web\n"
    assert edited(data, None, spec(), absent=True) is data


def test_exclusive_keeps_comments_and_the_lines_of_equal_rules():
    data = b"# head\n\n# one\na :1.\nno rule\n# two\nb: 2.\n\nc: 3.\n"
    assert (
        edited(data, wanted(b"a: 1.", b"x: 9.", b"c: 3."), exclusive=True)
        == b"# head\n\n# one\na :1.\n# two\n\nx: 9.\nc: 3.\n"
    )


def test_exclusive_puts_rules_in_their_order():
    assert (
        edited(b"a: 1.\nb: 2.\nc: 3.\n", wanted(b"c: 3.", b"a: 1.", b"b: 2."), exclusive=True)
        == b"c: 3.\na: 1.\nb: 2.\n"
    )


def test_exclusive_with_nothing_empties_the_table_of_rules():
    assert edited(b"# head\na: 1.\n", [], exclusive=True) == b"# head\n"


def test_exclusive_changes_nothing_where_the_rules_are_the_same():
    for data in (LEGACY, b"a: 1.\nb: 2.", b"a: 1.\nno rule\n", block("web", b"a: 1.") + b"b: 2.\n"):
        present = [rule.text.encode("utf-8", "surrogateescape") for rule in Policy.parse(data, None).allow.rules]
        assert edited(data, wanted(*present), exclusive=True) is data


def test_exclusive_takes_markers_away_only_from_blocks_that_change():
    data = block("one", b"a: 1.") + block("two", b"b: 2.", b"c: 3.") + b"d: 4.\n"
    assert (
        edited(data, wanted(b"a: 1.", b"b: 2.", b"d: 4."), exclusive=True) == block("one", b"a: 1.") + b"b: 2.\nd: 4.\n"
    )
    assert edited(data, wanted(b"new: 1.", b"a: 1.", b"b: 2.", b"c: 3."), exclusive=True) == b"new: 1.\n" + data[:-6]


def test_exclusive_writes_a_comment_once():
    rules = wanted(b"a: 1.", comments=[b"# office"])
    first = edited(b"", rules, exclusive=True)
    assert first == b"# office\na: 1.\n"
    assert edited(first, wanted(b"a: 2.", comments=[b"# office"]), exclusive=True) == b"# office\na: 2.\n"


@pytest.mark.parametrize(
    "data, default, expected",
    [
        (b"a: 1.\n", b"ALL: ALL", b"a: 1.\nALL: ALL\n"),
        (b"", b"ALL: ALL", b"ALL: ALL\n"),
        (b"ALL: ALL\na: 1.\n", b"ALL: ALL", b"ALL: ALL\na: 1.\n"),
        (b"ALL:ALL\na: 1.\nALL :ALL\n# end\n", b"ALL: ALL", b"ALL:ALL\na: 1.\nALL :ALL\n# end\n"),
        (b"ALL: ALL: allow\na: 1.\nALL: ALL\n", b"ALL: ALL", b"a: 1.\nALL: ALL\n"),
        (b"ALL: ALL: allow\na: 1.: allow\n", b"ALL: ALL", b"ALL: ALL\na: 1.: allow\n"),
        (b"a: 1.\nALL: ALL\n", b"", b"a: 1.\n"),
        (b"a: 1.\n", b"", b"a: 1.\n"),
        (b"ALL: ALL: DENY\na: 1.\nALL: ALL\n", b"", b"a: 1.\n"),
        (b"ALL: ALL: aclexec /bin/false\na: 1.\n", b"", b"a: 1.\n"),
        # what stands below one that grants is dead, and stays so
        (b"ALL: ALL: allow\na: 1.\nALL: ALL\n", b"", b"ALL: ALL: allow\na: 1.\nALL: ALL\n"),
        (b"ALL: ALL\nALL: ALL: allow\na: 1.\n", b"", b"ALL: ALL: allow\na: 1.\n"),
    ],
)
def test_the_default_is_the_first_rule_that_matches_everything(data, default, expected):
    assert edited(data, default=default) == expected


@pytest.mark.parametrize(
    "options",
    [
        b"spawn (logger refused %a) &",
        b"DENY",
        b"banners /etc/banners",
        b"twist /bin/echo no",
        b"severity auth.info: deny",
        b"setenv allow x",
        b"spawn=(x) &",
    ],
)
def test_a_catch_all_that_lets_nobody_in_keeps_its_options_unless_the_task_gives_some(options):
    closed = b"a: 1.\nALL: ALL: " + options + b"\n"
    assert edited(closed, default=b"ALL: ALL") == closed
    assert edited(closed, default=b"ALL: ALL", keep=False) == b"a: 1.\nALL: ALL\n"
    assert edited(closed + b"b: 2.\n", default=b"ALL: ALL: spawn x", keep=False) == b"a: 1.\nALL: ALL: spawn x\nb: 2.\n"
    kept = edited(closed, wanted(b"ALL: ALL: " + options), exclusive=True, default=b"ALL: ALL")
    assert kept == b"ALL: ALL: " + options + b"\n"


@pytest.mark.parametrize("options", [b"allow", b"ALLOW", b"spawn (x): allow", b"allow=", b"aclexec /bin/false"])
def test_a_catch_all_that_may_let_somebody_in_does_not_close(options):
    assert edited(b"ALL: ALL: " + options + b"\n", default=b"ALL: ALL") == b"ALL: ALL\n"


def test_the_third_field_of_the_classic_language_is_a_command_and_the_rule_closes():
    assert (
        edited(b"ALL: ALL: allow\n", default=b"ALL: ALL", dialect=DIALECTS["upstream-classic"]) == b"ALL: ALL: allow\n"
    )


def test_the_default_stands_outside_all_blocks():
    data = block("web", b"ALL: ALL")
    assert edited(data, default=b"ALL: ALL") == data + b"ALL: ALL\n"


def test_a_line_that_libwrap_cannot_read_is_named_and_nothing_is_put_around_it():
    data = b"a: 1.\nb: " + b"x" * 3000 + b"\nc: 3.\n"
    with pytest.raises(TableError) as failure:
        edited(data, wanted(b"d: 4."))
    assert "line" in str(failure.value) and "2,046" in str(failure.value)
    assert edited(data, wanted(b"a: 1."), exclusive=True) is data
    assert edited(data, wanted(b"e: 5."), exclusive=True) == b"e: 5.\n"


def test_foreign_lines_survive_any_sequence_of_edits_byte_for_byte():
    random.seed(20)
    alphabet = [
        b"a: 1.",
        b"b: 2.",
        b"ALL: ALL",
        b"# note",
        b"",
        b"no rule",
        b"c : 3. \\",
        b"  :d",
        b"e: 4.\r",
        b"\xff: 1.",
    ]
    for _round in range(400):
        foreign = [random.choice(alphabet) for _line in range(random.randrange(6))]
        data = b"".join(line + b"\n" for line in foreign)
        before = [entry.raw for entry in read_entries(data, DEBIAN, "")]
        for _step in range(4):
            name = random.choice(["p", "q"])
            if random.random() < 0.3:
                data = edited(data, None, spec(name), absent=True)
            else:
                lines = [random.choice([b"x: 8.", b"y: 9."]) for _rule in range(random.randrange(3))]
                data = edited(
                    data, wanted(*lines), spec(name, random.choice([100, 500]), random.choice(["first", "last"]))
                )
        for name in "pq":
            data = edited(data, None, spec(name), absent=True)
        after = [entry.raw for entry in read_entries(data, DEBIAN, "")]
        assert after == before or b"".join(after) == b"".join(before) + b"\n", foreign


def all_own(_entry):
    return True


def none_own(_entry):
    return False


def test_folding_and_taking_apart_give_the_tables_back():
    allow, deny = b"# a\nsshd: 10.\nx: 1. : spawn y\n", block("web", b"y: 2.") + b"ALL: ALL\n"
    one = fold(allow, deny, all_own, DEBIAN)
    assert [rule.text for rule in Policy.parse(one, None).allow.rules] == [
        "sshd: 10.: allow",
        "x: 1. : spawn y: allow",
        "y: 2.: deny",
        "ALL: ALL: deny",
    ]
    assert unfold(one, all_own, DEBIAN, "/etc/hosts.allow") == (allow, deny)
    assert fold(allow, deny, none_own, DEBIAN).startswith(allow)
    with pytest.raises(TableError):
        fold(allow, deny, all_own, DIALECTS["upstream-classic"])


def test_a_rule_that_decides_already_is_not_decided_again():
    allow = b"a: 1. : ALLOW\nb: 2. : deny\nc: 3. : twist /bin/echo no\nd: 4. : severity auth.info : allow\n"
    assert fold(allow, b"e: 5. : allow\n", all_own, DEBIAN) == allow + DIVIDER + b"e: 5. : allow\n"


def test_a_line_without_newline_is_not_folded_with_others():
    with pytest.raises(TableError) as failure:
        fold(b"sshd: 10.", b"y: 2.\n", all_own, DEBIAN)
    assert "no newline" in str(failure.value)
    assert (
        joined(b"# end", b"y: 2.\n", DEBIAN) == b"y: 2.\n# end"
        and joined(b"x: 1.\n", b"y: 2.\n", DEBIAN) == b"x: 1.\ny: 2.\n"
    )


@pytest.mark.parametrize("line", [b"sshd: 10.\n", b"sshd: 10.: spawn x\n", b"sshd: 10.", b"# end"])
def test_a_line_that_somebody_appended_below_the_rules_of_hosts_deny_is_named(line):
    one = fold(b"# a\nsshd: 10.\n", b"ALL: ALL\n", all_own, DEBIAN) + line
    with pytest.raises(TableError) as failure:
        unfold(one, all_own, DEBIAN, "/etc/hosts.allow")
    assert "/etc/hosts.allow, line 5, '%s'" % line.decode().rstrip() in str(failure.value)
