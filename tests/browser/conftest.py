"""A headless Chromium for the pages: what a page says to the console, and what it asks of the network, fails its test."""

import itertools
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from browser_console import clear, complaints, fetched

CHROMIUM, DRIVER = shutil.which("chromium") or shutil.which("chromium-browser"), shutil.which("chromedriver")
QUIET = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--no-first-run", "--hide-scrollbars", "--force-device-scale-factor=1", "--font-render-hinting=none",
)


@pytest.fixture(scope="session")
def browser(tmp_path_factory) -> Iterator:
    """One browser for all tests of a process."""
    selenium = pytest.importorskip("selenium.webdriver", reason="selenium is not installed: pip install '.[test]'")
    if not (CHROMIUM and DRIVER):
        pytest.skip("there is no chromium with its chromedriver here")
    options = selenium.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = selenium.Chrome(options=options, service=selenium.ChromeService(DRIVER))
    driver.set_window_size(1280, 860)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, tmp_path) -> Iterator[Callable]:
    """Opens a page's text from a file; when the test ends, nothing may have been complained of, refused or fetched."""
    number = itertools.count()

    def opened(text: str, hash: str = ""):
        path = tmp_path / f"page{next(number)}.html"
        path.write_text(text, encoding="utf-8")
        browser.get(f"{path.as_uri()}{hash}")
        return browser

    clear(browser)
    yield opened
    assert complaints(browser) == []
    assert fetched(browser) == []
