# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every regular expression of the collection, how it is used, and texts that come near to matching it."""

import ast
import pathlib
import re
import re._constants as words
import re._parser as parser
from typing import Any, Dict, Iterator, List, NamedTuple, Set, Tuple

PLUGINS = pathlib.Path(__file__).resolve().parents[2] / "plugins"
ANYWHERE = ("search", "sub", "subn", "findall", "finditer", "split")
COMMON = [ord(character) for character in "a0 .,:/\\\"'=-@*\t\n"]


class Found(NamedTuple):
    place: str
    pattern: "re.Pattern[str]"
    anywhere: bool  # whether it is looked for at every place of a text


def all_patterns() -> List[Found]:
    """What stands in calls of re, folded to one text; an expression that is put together at run time is left out."""
    found: Dict[Tuple[str, int], Found] = {}
    for path in sorted(PLUGINS.rglob("*.py")):
        text = path.read_text()
        tree = ast.parse(text)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("re.") and node.args:
                for source in _texts(node.args[0]):
                    flags = _flags(node)
                    place = "%s:%d" % (path.relative_to(PLUGINS), node.lineno)
                    found[(source, flags)] = Found(place, re.compile(source, flags), _anywhere(node, tree, text))
    return list(found.values())


def _texts(node: ast.expr) -> Iterator[str]:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return
    yield value.decode("latin-1") if isinstance(value, bytes) else value


def _flags(node: ast.Call) -> int:
    flags = 0
    for argument in [*node.args[1:], *(keyword.value for keyword in node.keywords)]:
        for part in ast.walk(argument):
            if isinstance(part, ast.Attribute) and part.attr.isupper():
                flags |= getattr(re, part.attr)
    return flags


def _anywhere(node: ast.Call, tree: ast.AST, text: str) -> bool:
    function = ast.unparse(node.func)[3:]
    if function != "compile":
        return function in ANYWHERE
    for parent in ast.walk(tree):
        if isinstance(parent, ast.Assign) and parent.value is node and isinstance(parent.targets[0], ast.Name):
            name = parent.targets[0].id
            return re.search(r"\b%s\.(%s)\b" % (name, "|".join(ANYWHERE)), text) is not None
    return re.search(r"\.(%s)\(" % "|".join(ANYWHERE), text) is not None


def near_misses(pattern: "re.Pattern[str]") -> Iterator[Tuple[str, str]]:
    """(what stands once, what stands many times) for each repetition of an expression."""
    seen = set()
    for before, bodies in _repetitions(parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE), [""]):
        for start in before[:2]:
            for body in bodies:
                for pair in ((start, body), ("", start + body)):
                    if pair[1] and pair not in seen:
                        seen.add(pair)
                        yield pair


def _repetitions(node: Any, before: List[str]) -> Iterator[Tuple[List[str], List[str]]]:
    for operation, value in node:
        if operation in (words.MAX_REPEAT, words.MIN_REPEAT):
            if value[1] > 20:
                yield before, _samples(value[2], 12)
            yield from _repetitions(value[2], before)
        elif operation is words.SUBPATTERN:
            yield from _repetitions(value[-1], before)
        elif operation is words.BRANCH:
            for branch in value[1]:
                yield from _repetitions(branch, before)
        before = [start + end for start in before for end in _one(operation, value)][:3]


def _samples(node: Any, most: int) -> List[str]:
    """A few texts that match."""
    texts = [""]
    for operation, value in node:
        texts = [start + end for start in texts for end in _one(operation, value)][:most]
    return texts


def _one(operation: Any, value: Any) -> List[str]:
    if operation is words.LITERAL:
        return [chr(value)]
    if operation is words.NOT_LITERAL:
        return _some(set(range(256)) - {value})
    if operation is words.ANY:
        return ["a", " "]
    if operation is words.IN:
        return _some(_characters(value))
    if operation is words.SUBPATTERN:
        return _samples(value[-1], 6)
    if operation is words.BRANCH:
        return [text for branch in value[1] for text in _samples(branch, 3)][:8]
    if operation in (words.MAX_REPEAT, words.MIN_REPEAT):
        least, most, body = value
        some = _samples(body, 4)[:3]
        if not least:
            return ["", *some]
        return [text * least for text in some] + ([text * (least + 1) for text in some] if most > least else [])
    return [""]


def _characters(items: Any) -> Set[int]:
    negated, found = False, set()
    for operation, value in items:
        if operation is words.NEGATE:
            negated = True
        elif operation is words.LITERAL:
            found.add(value)
        elif operation is words.RANGE:
            found.update(range(value[0], min(value[1], 255) + 1))
        elif operation is words.CATEGORY:
            name = str(value).lower()
            kind = {"digit": r"\d", "space": r"\s", "word": r"\w"}[name.rpartition("_")[2]]
            has = {code for code in range(256) if re.match(kind, chr(code), re.ASCII)}
            found.update(set(range(256)) - has if "not" in name else has)
    return set(range(256)) - found if negated else found


def _some(codes: Set[int]) -> List[str]:
    chosen = [code for code in COMMON if code in codes][:4] or sorted(codes)[:1]
    return [chr(code) for code in chosen]
