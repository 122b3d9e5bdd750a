"""Drawing ResNet-152, over 500 layers, as a page to click through, against building it; and how long a browser takes to show the page."""

import importlib.util
import shutil
import tempfile
from pathlib import Path

from compiling import fresh
from side_by_side import ratio, seconds, timed

import builder

FLAGS = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--window-size=1400,1000",
)


def main(quick: bool = False) -> None:
    import keras

    page = Path(tempfile.mkdtemp()) / "resnet152.html"
    build = lambda: fresh(lambda: keras.applications.ResNet152(weights=None))
    draw = lambda: fresh(lambda: builder.draw("resnet", page, {"params.depth": 152}))
    build()
    ratio("checking ResNet-152 and drawing it as a page", "building it", draw, build, 2 if quick else 5)
    shown = in_browser(page)
    print(f"    the page has {page.stat().st_size / 1e6:.1f} MB; " + (f"Chromium shows it after {seconds(shown)}" if shown
                                                                      else "no browser is here to show it"))


def in_browser(page: Path) -> float | None:
    """Seconds from asking for the page to its being shown whole; None without Chromium and selenium."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver and importlib.util.find_spec("selenium")):
        return None
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for flag in (*FLAGS, f"--user-data-dir={tempfile.mkdtemp()}"):
        options.add_argument(flag)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        return timed(lambda: _shown(browser, page))
    finally:
        browser.quit()


def _shown(browser, page: Path) -> None:
    """Waits for the page, and for one frame painted after it."""
    browser.get(page.as_uri())
    browser.execute_async_script("const done = arguments[0]; requestAnimationFrame(() => requestAnimationFrame(done))")


if __name__ == "__main__":
    main()
