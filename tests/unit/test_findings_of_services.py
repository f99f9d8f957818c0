# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of findings on services, super-servers' files and the wrapper's own files, and the pages that list them."""

import re
from pathlib import Path

import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._libwrap.lint.kinds import KINDS as RULES
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._modules.services import findings, kinds
from ansible_collections.portcullis.tcp_wrappers.plugins.module_utils._superservers.kinds import KINDS as CONFIGURATION
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.help import help_of

ROOT = Path(__file__).resolve().parents[2]
PAGES = {
    "coverage": set(kinds._SERVICES) | findings._ENFORCEMENT | {"checked-twice", "unreadable-tables"},
    "integrity": set(kinds._FILES) | {"unreadable-configuration"},
    "wrap_services": set(CONFIGURATION),
}


def listed(page):
    """The codes in the first column of the page's tables of findings, each with its severity's cell."""
    text = (ROOT / "docs" / "guides" / (page + ".md")).read_text(encoding="utf-8")
    rows = re.findall(r"^\| ((?:`[a-z0-9-]+`(?:, )?)+) \|([^|]*)\|", text, re.MULTILINE)
    return {code: cell for cells, cell in rows for code in re.findall(r"`([a-z0-9-]+)`", cells)}


@pytest.mark.parametrize("page", sorted(PAGES))
def test_the_page_lists_every_code(page):
    assert PAGES[page] <= set(listed(page))


@pytest.mark.parametrize("page", ["coverage", "integrity"])
def test_the_page_says_the_severity_first(page):
    for code, cell in listed(page).items():
        if code in kinds.KINDS:
            assert cell.strip().startswith(kinds.KINDS[code].severity), code


@pytest.mark.parametrize("module, page", [("tcpd_coverage_info", "coverage"), ("tcpd_integrity_info", "integrity")])
def test_the_module_lists_every_code(module, page):
    text = (ROOT / "plugins" / "modules" / (module + ".py")).read_text(encoding="utf-8")
    assert PAGES[page] <= set(re.findall(r"V\(([a-z0-9-]+)\)", text))


def test_every_code_is_written_alike():
    for code in list(RULES) + list(kinds.KINDS):
        assert re.match(r"[a-z0-9]+(-[a-z0-9]+)*\Z", code), code


@pytest.mark.parametrize("code", sorted(kinds.KINDS))
def test_every_form_says_what_to_do(code):
    kind = kinds.KINDS[code]
    assert kind.severity in ("error", "warning", "info") and kind.effect and kind.explanation.endswith(".")
    assert all(form.message and form.remedy for form in kind.forms.values())


@pytest.mark.parametrize(
    "part, codes", [("tables", set(RULES)), ("coverage", PAGES["coverage"]), ("integrity", PAGES["integrity"])]
)
def test_the_audit_links_each_code_to_a_section_that_tells_of_it(part, codes):
    for code in codes:
        page, _hash, anchor = help_of(code, part).partition("/docs/")[2].partition("#")
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        sections = re.split(r"^#+ (.*)\n", text, flags=re.MULTILINE)
        told = {title.lower().replace(" ", "-"): body for title, body in zip(sections[1::2], sections[2::2])}
        assert anchor in told and (anchor == code or "`%s`" % code in told[anchor]), code


def test_what_the_audit_itself_says_is_told_in_its_guide():
    assert (ROOT / help_of("host-unreachable", None).partition("/main/")[2]).exists()
