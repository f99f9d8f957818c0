# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The JSON Schema of all role variables, for editors: written from the roles' argument specs, and held against the examples that users see.

usage: role_schema.py            write docs/role_variables.schema.json
       role_schema.py --check    fail where it is not current, or where an example does not validate
"""

import json
import re
import sys
from typing import Any, Dict, Iterator, List, Tuple

import jsonschema
import paths
import yaml

TARGET = paths.ROOT / "docs" / "role_variables.schema.json"
URL = "https://raw.githubusercontent.com/portcullis/tcp_wrappers/main/docs/role_variables.schema.json"
TYPES = {
    "str": {"type": "string"},
    "path": {"type": "string"},
    "int": {"type": "integer"},
    "bool": {"type": "boolean"},
    "dict": {"type": "object"},
    "raw": {},
}
TEMPLATE = {"type": "string", "pattern": r"\{[{%]"}  # any value may be a template
LINES = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": ["string", "integer"]}}]}
WORD = {"type": "string"}
# What a key of a rule or of an assertion may hold where the argument specs say raw.
RAW_KEYS = {
    "except": {"anyOf": [WORD, {"type": "array", "items": WORD}]},
    "server_port": {"type": ["integer", "string"]},
}
# What the entries of these lists are.
ENTRIES = {"allow": "rule", "deny": "rule", "assertions": "assertion", "keep_access": "request"}
BLOCK = re.compile(r"^```yaml\n(.*?)^```", re.MULTILINE | re.DOTALL)


def specs() -> Iterator[Tuple[str, Dict[str, Any]]]:
    """Each role, and the options of its main entry point."""
    for path in sorted(paths.ROOT.glob("roles/*/meta/argument_specs.yml")):
        yield path.parts[-3], yaml.safe_load(path.read_text(encoding="utf-8"))["argument_specs"]["main"]["options"]


def of_list(name: str) -> str:
    """The kind of a list's entries, for all, of a group and of a host; "" for any other variable."""
    base = re.sub(r"^[a-z]+_(?:group_|host_)?", "", name)
    return ENTRIES.get(base, "")


def value(name: str, about: Dict[str, Any]) -> Dict[str, Any]:
    """What a variable may hold, templates apart."""
    if of_list(name):
        return {"type": "array", "items": {"$ref": "#/$defs/" + of_list(name)}}
    if about["type"] == "list":
        items = dict(TYPES[about.get("elements", "raw")])
        if "choices" in about:
            items["enum"] = about["choices"]
        return {"anyOf": [{"type": "array", "items": items}, {"type": "string"}]}
    found = dict(TYPES[about["type"]])
    if "choices" in about:
        found["enum"] = about["choices"]
    return found


def entry(about: Dict[str, Any], raw: Any) -> Dict[str, Any]:
    """A mapping with the keys that the argument specs describe below a list."""
    properties = {}
    for key, one in about["options"].items():
        kind = RAW_KEYS.get(key, raw) if one["type"] == "raw" else TYPES[one["type"]]
        kind = {"enum": one["choices"]} if "choices" in one else kind
        properties[key] = dict({"description": one["description"]}, **kind)
    required = [key for key, one in about["options"].items() if one.get("required")]
    return {"type": "object", "required": required, "properties": properties}


def entries(options: Dict[str, Any]) -> Dict[str, Any]:
    """The kinds of entries: rules, assertions, and requests, which are assertions without an expectation."""
    closed = {"additionalProperties": False}
    return {
        "rule": {
            "description": "A rule: a line in quotes, or a mapping.",
            "anyOf": [WORD, entry(options["harden_allow"], LINES)],
        },
        "assertion": dict(entry(options["harden_assertions"], {}), **closed),
        "request": dict(entry(options["harden_keep_access"], {}), **closed),
    }


def described(name: str, about: Dict[str, Any]) -> Dict[str, Any]:
    """The schema of one variable, with its description and default."""
    text = about["description"]
    found: Dict[str, Any] = {"description": text if isinstance(text, str) else " ".join(text)}
    if "default" in about:
        found["default"] = about["default"]
    kind = value(name, about)
    if kind.get("type") == "string" and "enum" not in kind or not kind:
        found.update(kind)
    else:
        found["anyOf"] = [kind, TEMPLATE]
    return found


def schema() -> Dict[str, Any]:
    """The whole schema. Variables of other collections and of the inventory's own are left alone."""
    properties: Dict[str, Any] = {}
    patterns: Dict[str, Any] = {}
    for role, options in specs():
        for name, about in options.items():
            properties[name] = described(name, about)
        for word in ("allow", "deny", "assertions", "keep_access"):
            if "%s_group_%s" % (role, word) in options:
                name = "%s_%s" % (role, word)
                patterns["^%s_." % name] = described(name, options[name])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": URL,
        "title": "Variables of the roles of portcullis.tcp_wrappers",
        "type": "object",
        "properties": properties,
        "patternProperties": patterns,
        "$defs": entries(dict(specs())["harden"]),
    }


def variables(node: Any, names: List[str]) -> Iterator[Dict[str, Any]]:
    """Every mapping of an example that sets a variable of a role."""
    if isinstance(node, dict):
        if any(str(key).startswith(tuple(names)) for key in node):
            yield node
        for inside in node.values():
            yield from variables(inside, names)
    elif isinstance(node, list):
        for inside in node:
            yield from variables(inside, names)


def examples() -> Iterator[Tuple[str, Dict[str, Any]]]:
    """The mappings with role variables of all Markdown and of all playbooks."""
    names = [role + "_" for role, _options in specs()]
    pages = (
        [paths.ROOT / "README.md"] + sorted(paths.ROOT.glob("docs/**/*.md")) + sorted(paths.ROOT.glob("roles/*/*.md"))
    )
    for page in pages:
        for text in BLOCK.findall(page.read_text(encoding="utf-8")):
            for found in variables(yaml.safe_load(text), names):
                yield str(page.relative_to(paths.ROOT)), found
    for page in sorted(paths.ROOT.glob("playbooks/*.yml")):
        for found in variables(yaml.safe_load(page.read_text(encoding="utf-8")), names):
            yield str(page.relative_to(paths.ROOT)), found


def check(text: str, made: Dict[str, Any]) -> List[str]:
    """What is wrong with the file and with the examples."""
    wrong = []
    if not TARGET.exists() or TARGET.read_text(encoding="utf-8") != text:
        wrong.append("%s is not current: run python3 tests/tools/role_schema.py" % TARGET.relative_to(paths.ROOT))
    jsonschema.Draft202012Validator.check_schema(made)
    validator = jsonschema.Draft202012Validator(made)
    seen = list(examples())
    for place, found in seen:
        wrong += ["%s: %s" % (place, error.message) for error in validator.iter_errors(found)]
    misspelt = {
        "harden_allow": [{"daemon": "sshd"}],
        "harden_default": "close",
        "harden_assertions": [{"expect": "granted"}],
    }
    if len(list(validator.iter_errors(misspelt))) != 3 or len(seen) < 5:
        wrong.append("the schema finds nothing wrong with wrong variables, or no example was read")
    return wrong


def main() -> int:
    made = schema()
    text = json.dumps(made, indent=2) + "\n"
    if "--check" not in sys.argv[1:]:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    wrong = check(text, made)
    for line in wrong:
        print(line)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
