# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Laws of the engine on random text of all dialects, and on what the fuzzer has found before."""

import re

import corpus
import engine_laws
import pytest
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.dialects import DIALECTS
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.errors import HostsAccessError
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.policy import Policy
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.request import Request
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.addresses import (
    dotted_quad,
    format_ipv4,
    format_ipv6,
    ipv6,
    length_from_mask,
    mask_from_length,
)
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.expand import expand
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.globs import Glob
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.options import (
    parse_options,
    split_options,
)
from hypothesis import given, settings
from hypothesis import strategies as st

WORDS = """
    ALL all LOCAL KNOWN UNKNOWN PARANOID EXCEPT except sshd in.telnetd SSHD 22 0022 bob root@ @home /etc/list
    h.example.com .example.com www. 10. 10.1.2.3 10.0.0.0/8 10.0.0.0/255.0.0.0 0.0.0.0/0 10.1.2.3/32 [::1]
    [2001:db8::]/32 [2001:db8::/32] [::]/x ::1 ::ffff:10.1.2.3 fe80::1%lo * ? *.com 10.*.? ** 255.255.255.255 / @ [
    ] allow deny spawn twist setenv severity user umask nice aclexec banners %a %c %z mail.info nobody.nogroup 022
""".split()
BITS = [" ", ",", ":", ": ", "\n", "\n", "\\\n", "\\", "#", "\t", "\r", "\0", "=", "\\:", "x" * 130, "y" * 2050]
DIALECT = st.sampled_from(engine_laws.NAMES)
TEXT = st.lists(st.sampled_from(WORDS + BITS * 3), max_size=60).map("".join).map(lambda text: text.encode())
RULES = st.lists(
    st.lists(st.sampled_from(WORDS), min_size=2, max_size=6).map(
        lambda words: words[0] + ": " + " ".join(words[1:]) + "\n"
    ),
    max_size=8,
).map(lambda rules: "".join(rules).encode())
TABLE = st.none() | TEXT | RULES | st.binary(max_size=300)
SUBJECTS = (
    "10.1.2.3 ::1 2001:db8::1 ::ffff:10.1.2.3 h.example.com www.x unknown paranoid bob 10.1.2.3.4 fe80::1%lo".split()
)
SUBJECT = st.none() | st.sampled_from(SUBJECTS) | st.text(max_size=140)
FIELDS = st.fixed_dictionaries(
    {
        "daemon": st.sampled_from(["sshd", "in.telnetd", "22", ""]) | st.text(max_size=140),
        "address": SUBJECT,
        "hostname": SUBJECT,
        "user": SUBJECT,
        "server_address": SUBJECT,
        "server_hostname": SUBJECT,
        "server_port": st.none() | st.just(22) | st.integers(0, 65535),
        "paranoid": st.booleans(),
        "server_paranoid": st.booleans(),
        "client_port": st.none() | st.integers(0, 65535),
    }
)
CORPUS = corpus.inputs()


@settings(max_examples=400, deadline=None)
@given(DIALECT, TABLE, TABLE, FIELDS, st.booleans())
def test_no_text_breaks_a_law(dialect, allow, deny, fields, dry_run):
    engine_laws.check(dialect, allow, deny, fields, dry_run)


@pytest.mark.parametrize("data", CORPUS, ids=["input %d" % number for number in range(len(CORPUS))])
def test_what_the_fuzzer_found(data):
    engine_laws.check(*corpus.decode(data))


@settings(max_examples=300, deadline=None)
@given(DIALECT, st.text(max_size=200))
def test_text_comes_back_as_text(dialect, text):
    try:
        policy = Policy.parse(text, text, dialect)
    except HostsAccessError:
        return
    assert policy.render("allow") == policy.render("deny") == text


@settings(max_examples=400, deadline=None)
@given(st.text("ab*?.", max_size=12).map(str.encode), st.text("ab.", max_size=12).map(str.encode))
def test_globs_match_as_regular_expressions_do(pattern, text):
    expression = b"".join(
        b".*" if part == b"*" else b"." if part == b"?" else re.escape(part)
        for part in (pattern[i : i + 1] for i in range(len(pattern)))
    )
    assert Glob(pattern, two_stars=False).matches(text) == bool(re.match(expression + rb"\Z", text, re.DOTALL))
    if pattern.endswith(b"**"):  # libwrap wants one byte at least for two stars at the end
        shorter = b"".join([expression[:-4], b".+"]) if expression.endswith(b".*.*") else expression
        assert Glob(pattern).matches(text) == bool(re.match(shorter + rb"\Z", text, re.DOTALL))


@given(st.integers(0, 0xFFFFFFFE), st.integers(0, (1 << 128) - 1), st.integers(0, 32), st.integers(0, 128))
def test_addresses_come_back(four, six, length, length6):
    assert dotted_quad(format_ipv4(four).encode()) == four
    assert ipv6(format_ipv6(six).encode()) == six
    assert length_from_mask(mask_from_length(length)) == length
    assert length_from_mask(mask_from_length(length6, 128), 128) == length6


@given(
    st.lists(
        st.text("ab \\=%", max_size=10).filter(lambda text: text and not text.endswith("\\")), min_size=1, max_size=5
    )
)
def test_options_part_at_colons_that_are_not_escaped(parts):
    field = ":".join(parts).encode()
    assert split_options(field) == [part.encode() for part in parts]
    assert split_options(field.replace(b":", b"\\:")) == [field]
    for dialect in DIALECTS.values():
        assert all(option.error is None for option in parse_options(field, dialect)[:-1])


@given(st.binary(max_size=40).filter(lambda text: b"%" not in text), FIELDS, DIALECT)
def test_text_without_letters_is_not_expanded(template, fields, dialect):
    assert expand(template, Request(**fields), DIALECTS[dialect]) == (template, [])


@given(st.sampled_from("aAcdhHnNpsu"), FIELDS, DIALECT)
def test_an_expansion_holds_no_byte_that_a_shell_minds(letter, fields, dialect):
    result, warnings = expand(b"%" + letter.encode(), Request(**fields), DIALECTS[dialect])
    assert re.match(rb"[A-Za-z0-9!@%\-_=+:,./]*\Z", result)
    assert warnings == []
