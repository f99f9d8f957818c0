# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person does with the audit's page, in a real browser."""

import copy
from xml.etree import ElementTree

import fleets
import pytest

from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.exports import junit, to_csv

ACTIVE = "return document.activeElement.getAttribute('data-at')"


@pytest.mark.parametrize("count", [1, 50, 1000])
def test_it_opens_without_a_word_on_the_console(open_page, fleet_of, count):
    page = open_page(fleet_of(count))
    page.drawn(count)
    assert page.errors() == []
    assert page.js("return document.querySelector('#totals li b').textContent") == str(count)
    assert page.js("return document.documentElement.scrollWidth <= window.innerWidth")


def test_a_thousand_hosts_of_twenty_daemons_open_soon_and_fit_in_15_mib(open_page, fleet_of):
    page = open_page(fleet_of(1000))
    size = page.path.stat().st_size / 1024.0 / 1024.0
    print("1,000 hosts: open after %.2f processor seconds, %.1f MiB" % (page.processor, size))
    assert 0.05 < page.processor < 1.2 and size < 15
    page.js("window.dispatchEvent(new Event('beforeprint'))")
    assert page.js("return document.querySelectorAll('#matrix .cell').length") == 950 * 20


def test_more_hosts_come_as_one_scrolls_or_walks_down(open_page, fleet_of):
    page = open_page(fleet_of(1000))
    rows = "return document.querySelectorAll('#matrix tbody tr').length"
    assert page.js(rows) == 60
    page.js("const box = document.querySelector('#matrix-section .scroll'); box.scrollTop = box.scrollHeight")
    page.wait(lambda: page.js(rows) == 120)
    page.js("document.querySelector('[data-at=\"119,0\"]').focus()")
    page.driver.switch_to.active_element.send_keys("\ue015")
    assert page.js(ACTIVE) == "120,0"


def test_search_filter_and_sort(open_page, fleet_of):
    page = open_page(fleet_of(50))
    page.choose("search", "host0007")
    page.drawn(1)
    assert page.js("return document.getElementById('count').textContent") == "1 of 50 hosts"
    page.choose("search", "")
    page.choose("show", "unreachable")
    page.drawn(2)
    assert page.js("return document.querySelector('#matrix tbody tr th').textContent") == "host0019.example.com"
    page.choose("show", "")
    page.choose("sort", "refused")
    page.drawn(50)
    refused = {host["host"]: host["refusals"]["count"] for host in fleet_of(50)["hosts"] if host["reachable"]}
    assert page.js("return document.querySelector('#matrix tbody tr .host').textContent") == max(
        sorted(refused), key=lambda name: refused[name]
    )
    page.choose("search", "no such host")
    page.drawn(0)


def test_a_cell_opens_what_decides_and_gives_the_focus_back(open_page, fleet_of):
    page = open_page(fleet_of(1))
    host = fleet_of(1)["hosts"][0]
    page.js("document.querySelector('[data-at=\"0,1\"]').focus()")
    assert page.js(ACTIVE) == "0,1"
    page.driver.switch_to.active_element.send_keys("\ue007")
    page.wait(lambda: page.js("return document.getElementById('detail').open"))
    told = page.js("return document.getElementById('detail-body').textContent")
    daemon = page.js("return document.querySelector('#matrix thead th:nth-child(2)').textContent")
    for item in host["access"]:
        if item["daemon"] == daemon:
            assert "%s by /etc/hosts.allow line %d %s" % (item["access"], item["line"], item["rule"]) in told
            assert item["clients"] in told
    assert "line 4 has no colon" in told
    page.driver.switch_to.active_element.send_keys("\ue00c")
    page.wait(lambda: not page.js("return document.getElementById('detail').open"))
    assert page.js(ACTIVE) == "0,1"


def test_a_cell_tells_the_findings_about_its_daemon_before_the_others(open_page, fleet_of):
    page = open_page(fleet_of(1))
    wrong = fleet_of(1)["hosts"][0]["findings"]["coverage"][0]
    for daemon, number in (("sshd" if wrong["service"] != "sshd" else "cvs", 0), (wrong["service"], 1)):
        page.js("document.querySelector('td[data-daemon=\"' + arguments[0] + '\"] .cell').click()", daemon)
        lists = page.js(
            "return Array.from(document.querySelectorAll('#detail-body ul'), node => [node.parentNode.tagName, node.textContent])"
        )
        assert [wrong["message"] in told for parent, told in lists if parent != "DETAILS"] == [True] * number
        assert any(wrong["message"] in told for parent, told in lists)
        page.js("document.getElementById('detail').close()")


def test_a_service_that_nobody_guards_is_not_shown_as_refusing(open_page):
    fleet = fleets.make_fleet(1)
    host = fleet["hosts"][0]
    host["services"][0].update(daemon="sshd", enforced_by=[], listens=["tcp 0.0.0.0:22"])
    for item in host["access"]:
        if item["daemon"] == "sshd":
            item.update(access="denied", otherwise=None)
    page = open_page(fleet)
    cell = "document.querySelector('td[data-daemon=sshd] .cell')"
    assert "not enforced, so the rules have no effect" in page.js("return %s.getAttribute('aria-label')" % cell)
    assert (
        page.js(
            "return Array.from(%s.querySelectorAll('.tag'), tag => getComputedStyle(tag).textDecorationLine)" % cell
        )
        == ["line-through"] * 3
    )
    page.js(cell + ".click()")
    assert "every client that reaches its port is served" in page.js(
        "return document.getElementById('detail-body').textContent"
    )


def test_assertions_and_groups_say_who_was_asked_about(open_page):
    fleet = fleets.make_fleet(1)
    host = fleet["hosts"][0]
    host["assertions"][0].update(met=False, access="granted")
    host["assertions"].append(dict(host["assertions"][0], met=True, access="denied"))
    page = open_page(fleet)
    page.js("document.querySelector('#matrix .host').click()")
    told = page.js("return document.getElementById('detail-body').textContent")
    assert (
        "unmet: sshd from 0.0.0.0/0 except 192.0.2.0/24 must be denied; counterexample: 192.0.2.1 is granted by /etc/hosts.allow line"
        in told
    )
    assert (
        "met: sshd from 0.0.0.0/0 except 192.0.2.0/24 must be denied; proved, for example 192.0.2.1 is denied by /etc/hosts.allow line"
        in told
    )
    page.js("document.getElementById('detail').close(); document.querySelector('#matrix .cell').click()")
    assert page.js(
        "return Array.from(document.querySelectorAll('#detail-body h3 .soft'), node => node.textContent.trim())"
    ) == ["192.0.2.0/24", "198.51.100.7", "0.0.0.0/0"]


def test_the_totals_lead_to_their_hosts_and_a_daemon_can_be_looked_at_alone(open_page, fleet_of):
    page = open_page(fleet_of(50))
    page.js("document.querySelector('button.total[data-show=unreachable]').click()")
    page.drawn(2)
    assert page.js("return document.querySelector('button.total[aria-pressed=true]').textContent") == "2not reached"
    page.js("document.querySelector('button.total').click()")
    page.drawn(50)
    names = page.js("return Array.from(document.querySelectorAll('#daemon option'), node => node.textContent)")
    assert names == ["all"] + sorted(fleets.DAEMONS)
    page.choose("daemon", page.js("return document.querySelectorAll('#daemon option')[3].value"))
    page.drawn(48)
    assert page.js("return Array.from(document.querySelectorAll('#matrix thead th'), node => node.textContent)") == [
        "Host",
        names[3],
    ]


def test_a_report_without_hosts_and_a_search_without_result_say_so(open_page, fleet_of):
    page = open_page({"schema": fleet_of(1)["schema"], "time": fleets.TIME, "hosts": []})
    assert page.errors() == []
    assert page.js("return document.getElementById('order').textContent") == "No group of clients was asked about."
    page = open_page(fleet_of(1))
    page.choose("search", "no such host")
    assert (
        page.js("return document.getElementById('count').textContent")
        == "0 of 1 host: no host fits what you chose above"
    )


@pytest.mark.parametrize("count", [1, 8])
def test_on_paper_no_daemon_is_cut_off_and_the_page_is_light(open_page, browser, fleet_of, count):
    # A4 less its margins, in the browser's points
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": 703, "height": 1000, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        page = open_page(fleet_of(count))
        page.js("window.dispatchEvent(new Event('beforeprint'))")
        browser.execute_cdp_cmd(
            "Emulation.setEmulatedMedia",
            {"media": "print", "features": [{"name": "prefers-color-scheme", "value": "dark"}]},
        )
        assert page.js("return document.querySelectorAll('#matrix .cell').length") == count * len(fleets.DAEMONS)
        assert page.js(
            "return Array.from(document.querySelectorAll('#matrix .cell'), cell => cell.getBoundingClientRect().right).every(right => right <= 703)"
        )
        assert (
            page.js("return getComputedStyle(document.querySelector('td[data-daemon=sshd]'), '::before').content")
            == '"sshd"'
        )
        assert page.js("return getComputedStyle(document.body).color") == "rgb(27, 31, 36)"
        # no word of the assertions is broken off letter by letter
        widths = (
            "return Array.from(document.querySelectorAll('#assertions th'), cell => cell.getBoundingClientRect().width)"
        )
        assert all(width > 90 for width in page.js(widths))
        # what was folded is told, and the bars of refused clients keep their colour
        assert page.js("return document.querySelectorAll('details:not([open])').length") == 0
        assert page.js("return getComputedStyle(document.querySelector('#refused .day')).printColorAdjust") == "exact"
        page.js("document.querySelector('#matrix .cell').click()")
        assert page.js("return getComputedStyle(document.querySelector('main')).display") == "none"
        assert page.js("return document.getElementById('detail-title').getBoundingClientRect().top") >= 0
        page.js("document.getElementById('detail').close(); window.dispatchEvent(new Event('afterprint'))")
        assert page.js("return document.getElementById('matrix').className") == ("cards" if count == 1 else "")
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_the_keyboard_reaches_every_cell(open_page, fleet_of):
    page = open_page(fleet_of(50))
    page.drawn(50)
    assert page.js("return document.querySelectorAll('#matrix [tabindex=\"0\"]').length") == 1
    page.js("document.querySelector('#matrix [tabindex=\"0\"]').focus()")
    for key, place in (("\ue014", "0,1"), ("\ue015", "1,1"), ("\ue014", "1,2"), ("\ue013", "0,2"), ("\ue012", "0,1")):
        page.driver.switch_to.active_element.send_keys(key)
        assert page.js(ACTIVE) == place


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_axe_core_finds_nothing(open_page, browser, fleet_of, scheme, width):
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    )
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    )
    try:
        page = open_page(fleet_of(8))
        page.drawn(8)
        assert page.axe() == []
        assert page.js("return document.documentElement.scrollWidth <= window.innerWidth")
        for opened in ("#matrix .cell", "#matrix .cell.nobody", "#matrix .host"):
            page.js("document.getElementById('detail').close(); document.querySelector(arguments[0]).click()", opened)
            assert page.axe() == []
            assert page.js("const box = document.getElementById('detail'); return box.scrollWidth <= box.clientWidth")
        # A few hosts are laid out otherwise, and what changed stands above them.
        page = open_page(fleet_of(1), previous=fleets.make_fleet(1, seed=2))
        page.js("document.querySelectorAll('details').forEach(node => { node.open = true; })")
        assert page.axe() == []
        assert page.js("return document.documentElement.scrollWidth <= window.innerWidth")
        assert page.js(
            "const box = document.querySelector('#matrix-section .scroll'); return box.scrollWidth <= box.clientWidth"
        )
    finally:
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": []})
        browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_what_a_host_says_stays_text(open_page):
    fleet = fleets.make_fleet(20, seed=7, words=fleets.HOSTILE)
    page = open_page(fleet, previous=fleets.make_fleet(20, seed=8, words=fleets.HOSTILE))
    page.drawn(20)
    for place in range(18):
        page.js(
            "document.querySelectorAll('#matrix .host')[arguments[0]].click(); document.getElementById('detail').close()",
            place,
        )
        page.js(
            "const cells = document.querySelectorAll('#matrix .cell'); cells[arguments[0]].click(); document.getElementById('detail').close()",
            place,
        )
    assert page.js("return window.hacked === undefined")
    assert page.js("return document.querySelectorAll('script').length") == 2
    assert page.js("return document.querySelectorAll('img, svg, iframe, object, link:not([rel=icon])').length") == 0
    assert page.js("return /[\\p{C}\\p{Zl}\\p{Zp}]/u.test(document.body.innerText.replace(/[\\n\\t]/g, ''))") is False
    assert page.errors() == []


#: Every piece of text that holds letters written from right to left, and does not stand alone in an element that keeps their order to itself.
MIXED = """
const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walk.nextNode()) {
  const node = walk.currentNode, parent = node.parentElement;
  if (!/[\\u0590-\\u08ff]/.test(node.data) || parent.closest("script, option")) { continue; }
  if (!/^isolate/.test(getComputedStyle(parent).unicodeBidi) || parent.childNodes.length > 1) { found.push(parent.outerHTML.slice(0, 200)); }
}
return found;
"""


def test_letters_written_from_right_to_left_do_not_move_what_stands_beside_them(open_page):
    words = [fleets.HOSTILE[-4], fleets.HOSTILE[-3]]
    page = open_page(fleets.make_fleet(5, seed=7, words=words), previous=fleets.make_fleet(5, seed=8, words=words))
    for opened in ("#matrix .host", "#matrix .cell"):
        page.js("document.querySelector(arguments[0]).click()", opened)
        page.js("document.querySelectorAll('details').forEach(node => { node.open = true; })")
        assert page.js("return /[\\u0590-\\u08ff]/.test(document.getElementById('detail-body').innerText)")
        assert page.js(MIXED) == []
        # The rule stands before the words that follow it, as it was written.
        page.js("document.getElementById('detail').close()")
    places = page.js("""return Array.from(document.querySelectorAll('#findings .one > p:first-child'), item => {
        if (!item.querySelector('.soft')) { return [0, 0]; }
        const told = item.querySelector('bdi').getClientRects(), range = document.createRange();
        range.selectNodeContents(item.querySelector('.soft').firstChild);
        return [told[told.length - 1].right, range.getClientRects()[0].left];
    })""")
    assert places and all(before <= after + 1 for before, after in places)


def test_a_markup_that_did_run_would_be_seen(browser, tmp_path):
    # The check above must be able to fail: the same corpus, pasted as markup, does run.
    path = tmp_path / "pasted.html"
    path.write_text("<!DOCTYPE html><body>%s</body>" % fleets.HOSTILE[1], encoding="utf-8")
    browser.get("file://%s" % path)
    for _try in range(100):
        if browser.execute_script("return window.hacked") == 2:
            break
    assert browser.execute_script("return window.hacked") == 2


def test_changes_since_the_last_report_are_told(open_page):
    before = fleets.make_fleet(3)
    after = copy.deepcopy(before)
    item = after["hosts"][0]["access"][0]
    item.pop("otherwise", None)
    before["hosts"][0]["access"][0].pop("otherwise", None)
    before["hosts"][0]["access"][0]["access"], item["access"] = "denied", "granted"
    after["hosts"][1]["reachable"] = False
    page = open_page(after, previous=before)
    told = page.js("return Array.from(document.querySelectorAll('#changes li'), node => node.textContent)")
    assert told == [
        "Gets in now: %s: %s: denied -> granted, on host0000.example.com" % (item["daemon"], item["clients"]),
        "Not reached: is no longer reached, on host0001.example.com",
    ]
    # The page begins with it.
    assert (
        page.js("return document.getElementById('changes').compareDocumentPosition(document.getElementById('matrix'))")
        == 4
    )


#: Where the answers to what a stranger asks first stand: is it proved and what is exposed, which host is worst, what changed, on what evidence.
QUESTIONS = """
const seen = selector => {
  const box = document.querySelector(selector).getBoundingClientRect();
  return box.height > 0 && box.top >= 0 && box.bottom <= window.innerHeight;
};
return ['#verdict', '#totals', '#changes-section', '#evidence-section', '#matrix .host', '#matrix .cell'].filter(selector => !seen(selector));
"""


def picture_fleet():
    import picture

    return picture.now_and_before()


def fleet_and_before(count):
    """A fleet and its report before; a tenth of the hosts, or the only one, have changed in every way."""
    now, before = fleets.make_fleet(count), fleets.make_fleet(count)
    now["evidence"] = fleets.EVIDENCE
    others = max(1, count // 10)
    before["hosts"][:others] = fleets.make_fleet(others, seed=2)["hosts"]
    return now, before


@pytest.fixture(name="screen")
def fixture_screen(browser):
    """Sets the size of the screen; it is put back at the end."""

    def resize(width, height):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)

    yield resize
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


@pytest.mark.parametrize("count", [1, 11, 50, 1000])
def test_what_a_stranger_asks_first_is_answered_without_scrolling(open_page, screen, count):
    screen(1280, 800)
    page = open_page(*(picture_fleet() if count == 11 else fleet_and_before(count)))
    page.drawn(count)
    assert page.js(QUESTIONS) == []
    told = page.js("return document.getElementById('evidence').textContent")
    assert "Asserted" in told and "hold" in told


def test_the_worst_host_stands_first_and_daemons_with_trouble_left(open_page):
    page = open_page(*picture_fleet())
    assert page.js("return document.getElementById('verdict').textContent").startswith(
        "5 of 11 hosts let strangers in: lab2.example.com (in.telnetd, sshd), "
    )
    assert page.js("return document.querySelector('#matrix .host').textContent") == "lab2.example.com"
    assert page.js("return document.querySelectorAll('#matrix thead th')[1].textContent") == "rpcbind"
    broken = "9 of 10 hold; broken: sshd from 0.0.0.0/0 except 192.0.2.0/24 must be denied, on lab2.example.com"
    assert broken in page.js("return document.getElementById('evidence').textContent")


@pytest.mark.parametrize("count", [1, 11, 50, 1000])
def test_on_a_telephone_the_table_starts_within_one_screen_and_the_legend_is_folded(open_page, screen, count):
    screen(390, 844)
    page = open_page(*(picture_fleet() if count == 11 else fleet_and_before(count)))
    page.drawn(count)
    bottom = "return document.querySelector('#matrix .host').getBoundingClientRect().bottom"
    assert page.js(bottom) < 844  # the first host, not only the head
    assert not page.js(
        "return document.getElementById('legend-fold').open || document.getElementById('tools-fold').open"
    )
    assert page.js("return document.documentElement.scrollWidth <= window.innerWidth")
    page.js("document.getElementById('legend-fold').open = true")
    keys = page.js(
        "return Array.from(document.querySelectorAll('#legend-keys li'), node => [node.textContent, node.getBoundingClientRect().right])"
    )
    assert [told.split()[0] for told, _right in keys] == ["Tab", "arrows", "Enter", "Esc"]
    assert all(right <= 390 for _told, right in keys)


def test_many_changes_are_a_line_for_each_kind_gains_first_and_the_rest_is_folded(open_page):
    page = open_page(*fleet_and_before(50))
    lines = page.js(
        "return Array.from(document.querySelectorAll('#changes > li'), node => node.firstChild.firstChild.textContent)"
    )
    assert len(lines) == 4 and lines[0].startswith("Gets in now: ") and " times; " in lines[0]
    assert page.js("return document.getElementById('changes-more').textContent").endswith("more kinds")
    assert not page.js("return document.querySelector('#changes details').open")
    inner = page.js(
        "return Array.from(document.querySelectorAll('#changes > li:first-child li'), node => node.textContent)"
    )
    assert inner and all(line.startswith("Gets in now: ") for line in inner)


def test_without_an_earlier_report_the_page_says_so(open_page, fleet_of):
    page = open_page(fleet_of(1))
    assert "no earlier report to compare with" in page.js("return document.getElementById('changes-section').innerText")


def test_where_nothing_was_asserted_the_page_says_so(open_page):
    fleet = fleets.make_fleet(2)
    for host in fleet["hosts"]:
        host["assertions"] = []
    page = open_page(fleet)
    assert "Nothing was asserted: say in audit_assertions" in page.js(
        "return document.getElementById('verdict').textContent"
    )
    totals = page.js("return document.getElementById('totals').textContent")
    assert "nothingasserted" in totals and "unmet" not in totals
    assert "Nothing was asserted" in page.js("return document.getElementById('assertions-fold').textContent")


def test_a_stranger_who_is_granted_is_never_green(open_page, fleet_of):
    page = open_page(fleet_of(50))
    told = page.js("""return Array.from(document.querySelectorAll('#matrix .cell'), cell => {
        const last = cell.querySelectorAll('.tag')[2];
        return [last.textContent, last.className, cell.getAttribute('aria-label')]; })""")
    granted = [one for one in told if one[0] == "G"]
    assert granted and {one[1] for one in granted} == {"tag exposed"}
    assert all("anywhere granted to strangers" in one[2] for one in granted)


def test_the_evidence_says_by_whom_with_what_and_of_which_hosts(open_page):
    fleet = dict(fleets.make_fleet(3), evidence=dict(fleets.EVIDENCE, limit="web*"))
    fleet["hosts"][0]["refusals"]["problems"] = ["/var/log/x cannot be read"]
    page = open_page(fleet)
    told = page.js("return document.getElementById('evidence').textContent")
    for words in ("by alice on control.example.com", "tcp_wrappers 1.0.0, ansible-core 2.21.0", "limited to web*"):
        assert words in told
    assert "since 2026-11-16T08:00:00Z; logs were read on 3 of 3 hosts, in part on 1" in told
    rows = page.js("return Array.from(document.querySelectorAll('#assertions tbody tr'), node => node.textContent)")
    unmet = [host["host"] for host in fleet["hosts"] if not host["assertions"][0]["met"]]
    assert len(rows) == 1 and all(name in rows[0] for name in unmet)


def test_findings_of_a_kind_stand_once_with_their_hosts_and_their_page(open_page, fleet_of):
    page = open_page(fleet_of(50))
    kinds = page.js(
        "return Array.from(document.querySelectorAll('#findings > li > p:first-child'), node => node.textContent)"
    )
    assert len(kinds) == 3 and kinds[0].startswith("errorno colon on ")
    links = page.js(
        "return Array.from(document.querySelectorAll('#findings > li > p:first-child a'), node => node.href)"
    )
    assert links[0].endswith("docs/findings.md#no-colon")
    page.js("document.querySelector('#findings .inline').click()")
    assert page.js("return document.getElementById('detail').open")


def test_refusals_by_client_are_a_picture_by_day_with_words(open_page, fleet_of):
    page = open_page(fleet_of(50))
    # 48 hosts tell of the same client: on the 17th, 19th and so on, four times each
    heights = page.js(
        """return Array.from(document.querySelectorAll('#refused li:nth-child(2) .day'), bar => bar.getBoundingClientRect().height)"""
    )
    assert len(heights) == 8 and [height > 0 for height in heights] == [(day + 4) % 3 > 0 for day in range(8)]
    label = page.js("return document.querySelector('#refused li:nth-child(2) .track').getAttribute('aria-label')")
    assert label.startswith("203.0.113.4: %d on 2026-11-16, " % (4 * 48))
    assert page.js("return document.querySelector('#refused .axis').textContent") == "2026-11-162026-11-23"


def test_junit_and_csv_keep_every_host(fleet_of):
    tree = ElementTree.fromstring(junit(fleet_of(50)))
    assert len(tree) == 50 and sum(int(suite.get("errors")) for suite in tree) == 2
    unmet = [one for one in tree.iter("testcase") if " must be " in one.get("name") and one.find("failure") is not None]
    wrong = [host for host in fleet_of(50)["hosts"] if host["reachable"] and host["assertions"][0]["met"] is False]
    assert len(unmet) == len(wrong) > 0
    ElementTree.fromstring(junit(fleets.make_fleet(5, words=fleets.HOSTILE)))
    lines = to_csv(fleet_of(50)).splitlines()
    assert len(lines) == 1 + 48 * 20 * 3 + 2 and lines[0].startswith("host,reachable,daemon")
    assert all(
        not cell.startswith(("=", "@"))
        for line in to_csv(fleets.make_fleet(5, words=["=cmd()", "@x"])).splitlines()
        for cell in line.split(",")
    )


def with_a_large_host(fleet, findings, daemons):
    """The fleet, whose first host has so many kinds of findings, and services."""
    made = copy.deepcopy(fleet)
    host = made["hosts"][0]
    one, service = host["findings"]["tables"][0], host["services"][0]
    host["findings"]["tables"] = [dict(one, code="kind-%d" % n, message="<%d" % n) for n in range(findings)]
    host["services"] = [dict(service, name="d%d" % n, daemon="d%d" % n) for n in range(daemons)]
    host["access"] = []
    return made


def test_the_largest_host_that_a_page_shows_opens(open_page, fleet_of):
    page = open_page(with_a_large_host(fleet_of(50), 4000, 500))
    assert page.errors() == [] and page.js("return document.querySelectorAll('#matrix tbody tr').length") == 50
    assert page.js("return document.querySelectorAll('#findings > li').length") >= 4000
    assert "Left out" not in page.js("return document.getElementById('evidence').textContent")


def test_a_host_that_is_too_much_for_the_page_stands_there_with_what_is_missing(open_page, fleet_of):
    fleet = with_a_large_host(fleet_of(50), 4000, 501)
    name = fleet["hosts"][0]["host"]
    page = open_page(fleet)
    page.drawn(50)
    assert page.errors() == []
    told = "Left out" + "the data of 1 host, which is too much for this page: %s; it stands in fleet.json" % name
    assert told in page.js("return document.getElementById('evidence').textContent")
    page.choose("search", name)
    page.drawn(1)
    assert "in part" in page.js("return document.querySelector('#matrix tbody th').textContent")
    page.js("document.querySelector('#matrix tbody .host').click()")
    assert "page: its data is too much for this page" in page.js(
        "return document.getElementById('detail-body').textContent"
    )
