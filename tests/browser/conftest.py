# Copyright: (c) 2026, The portcullis.tcp_wrappers authors
# GNU General Public License v3.0+ (see LICENSES/GPL-3.0-or-later.txt or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The page in Debian's Chromium, joined of the role's own files."""

import os
import pathlib
import time

import axe_core_python
import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

import fleets
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.page import page
from ansible_collections.portcullis.tcp_wrappers.plugins.plugin_utils._audit.view import page_data, view

ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--window-size=1280,1000",
]


def render(fleet, previous=None):
    """The page as the role writes it."""
    return page(page_data(view(fleet, previous)))


def browsers():
    """One browser, which is closed afterwards."""
    options = Options()
    options.binary_location = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    for argument in ARGUMENTS:
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service("/usr/bin/chromedriver"))
    driver.set_page_load_timeout(60)
    driver.set_script_timeout(120)
    yield driver
    driver.quit()


@pytest.fixture(scope="session")
def browser():
    yield from browsers()


class Page:
    """One open page."""

    def __init__(self, driver, path):
        self.driver = driver
        self.path = path
        driver.get_log("browser")
        driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        driver.get("file://%s" % path)
        self.wait(lambda: self.js("return document.getElementById('matrix').dataset.hosts") is not None)
        # As the browser itself counts, since the start of the navigation: of a busy machine's processor a page has a part.
        metrics = driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        (self.processor,) = [one["value"] for one in metrics if one["name"] == "ThreadTime"]

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def wait(self, condition, seconds=20):
        end = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < end, "the page did not get there"
            time.sleep(0.02)

    def drawn(self, count):
        """Wait until the matrix stands for that many hosts."""
        self.wait(lambda: self.js("return document.getElementById('matrix').dataset.hosts") == str(count))

    def choose(self, control, value):
        self.js(
            "const node = document.getElementById(arguments[0]); node.value = arguments[1];"
            "node.dispatchEvent(new Event(node.tagName === 'SELECT' ? 'change' : 'input'))",
            control,
            value,
        )

    def errors(self):
        return [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]

    def axe(self):
        """The violations that axe-core finds."""
        self.js(pathlib.Path(axe_core_python.__file__).parent.joinpath("axe.min.js").read_text(encoding="utf-8"))
        result = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document).then(done, error => done({failed: String(error)}))"
        )
        return [
            "%s: %s" % (rule["id"], [node["html"][:120] for node in rule["nodes"][:3]]) for rule in result["violations"]
        ]


@pytest.fixture
def open_page(browser, tmp_path):
    def opened(fleet, previous=None):
        path = tmp_path / "fleet.html"
        path.write_text(render(fleet, previous), encoding="utf-8", errors="surrogatepass")
        return Page(browser, path)

    return opened


@pytest.fixture(scope="session")
def fleet_of():
    made = {}
    return lambda count: made.setdefault(count, fleets.make_fleet(count))
