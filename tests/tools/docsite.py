# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The guides for Ansible's docsite, which takes RST: made by pandoc from the Markdown of docs/, the one source.

usage: docsite.py            write docs/docsite/rst and docs/docsite/extra-docs.yml
       docsite.py --check    fail where they are not current
"""

import pathlib
import re
import sys
import tempfile
from typing import Dict, List

import paths
import pypandoc

SECTIONS = {
    "Start here": ["getting_started", "how_libwrap_decides"],
    "Guides": ["write_rules", "wrap_services", "prove", "guard_a_change", "lockout", "lockout_reference", "audit"]
    + [
        "coverage",
        "integrity",
        "refusals",
        "forwarders",
        "migrate",
        "when_wrappers_are_wrong",
        "recipes",
        "troubleshooting",
    ],
    "Reference": ["findings", "dialects", "daemons"],
}
DOCSITE = paths.ROOT / "docs" / "docsite"
REPOSITORY = "https://github.com/portcullis/tcp_wrappers/blob/main/"
LABEL = "ansible_collections.portcullis.tcp_wrappers.docsite."
HEADER = """..
  Copyright: (c) 2026, The portcullis.tcp_wrappers authors
  GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
  SPDX-License-Identifier: GPL-3.0-or-later

  Made from %s by tests/tools/docsite.py: change that file.

.. _%s:

"""
COMMENT = re.compile(r"^<!--.*?-->\n+", re.DOTALL | re.MULTILINE)
# Links between guides become references, links within a page their text, and links to files of the repository full addresses.
FILTER = """
local pages = {%(pages)s}
local folder = "%(folder)s"
function Link(link)
  local target = link.target
  if target:match("^%%a+:") then return link end
  if target:match("^#") then return link.content end
  local name = target:match("([%%w_]+)%%.md")
  if name and pages[name] then
    return pandoc.RawInline("rst", ":ref:`" .. pandoc.utils.stringify(link.content) .. " <%(label)s" .. name .. ">`")
  end
  local path = pandoc.path.normalize(folder .. target)
  while path:match("[^/]+/%%.%%./") do path = path:gsub("[^/]+/%%.%%./", "", 1) end
  link.target = "%(repository)s" .. path
  return link
end
function Image(image)
  return image.caption
end
"""


def source(name: str) -> pathlib.Path:
    """Where a page's Markdown lies."""
    guide = paths.ROOT / "docs" / "guides" / (name + ".md")
    return guide if guide.exists() else paths.ROOT / "docs" / (name + ".md")


def page(name: str) -> str:
    """A page as RST."""
    path = source(name)
    folder = str(path.parent.relative_to(paths.ROOT)) + "/"
    pages = ", ".join("%s = true" % one for names in SECTIONS.values() for one in names)
    words = {"pages": pages, "folder": folder, "label": LABEL, "repository": REPOSITORY}
    with tempfile.NamedTemporaryFile("w", suffix=".lua") as lua:
        lua.write(FILTER % words)
        lua.flush()
        text = pypandoc.convert_text(
            COMMENT.sub("", path.read_text(encoding="utf-8")),
            "rst",
            format="gfm",
            extra_args=["--wrap=preserve", "--list-tables", "--lua-filter", lua.name],
        )
    return HEADER % (path.relative_to(paths.ROOT), LABEL + name) + text.replace(".. code:: ", ".. code-block:: ")


def extra_docs() -> str:
    """The sections of the collection's page."""
    lines = ["---", "# Copyright: (c) 2026, The portcullis.tcp_wrappers authors"]
    lines.append(
        "# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)"
    )
    lines.append("# SPDX-License-" + "Identifier: GPL-3.0-or-later")  # in two parts: this file has one line of its own
    lines += ["", "# Made by tests/tools/docsite.py.", "sections:"]
    for title, names in SECTIONS.items():
        lines += ["  - title: " + title, "    toctree:"] + ["      - " + name for name in names]
    return "\n".join(lines) + "\n"


def wanted() -> Dict[pathlib.Path, str]:
    """Every file of the docsite that is made, and its text."""
    found = {DOCSITE / "extra-docs.yml": extra_docs()}
    for names in SECTIONS.values():
        found.update((DOCSITE / "rst" / (name + ".rst"), page(name)) for name in names)
    return found


def main() -> int:
    files = wanted()
    there = set((DOCSITE / "rst").glob("*.rst"))
    stale: List[pathlib.Path] = sorted(there - set(files))
    if "--check" in sys.argv[1:]:
        stale += [path for path, text in files.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
        for path in stale:
            print("%s is not current: run make docsite" % path.relative_to(paths.ROOT))
        guides = {path.stem for path in (paths.ROOT / "docs" / "guides").glob("*.md")}
        missing = sorted(guides - {name for names in SECTIONS.values() for name in names})
        for name in missing:
            print("docs/guides/%s.md stands in no section of tests/tools/docsite.py" % name)
        return 1 if stale or missing else 0
    (DOCSITE / "rst").mkdir(exist_ok=True)
    for path in stale:
        path.unlink()
    for path, text in files.items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
