"""The report in a browser: it complains of nothing, answers to the pointer, fits a phone and paper, and nothing in it escapes."""

import base64
import os
import re

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")

import pytest

NASTY = "<img src=x onerror=document.title='owned'>"
SPEC = f"""\
name: rows
description: "</title></script>{NASTY}"
data: {{source: {{Csv: [rows.csv, label: kind]}}, validation: 0.5, batch: 8}}
model:
  inputs: {{size: float32, note: string}}
  layers:
    - {{StringLookup: [max_tokens: 20], from: note, name: known}}
    - Embedding: [20, 2]
    - {{ops.expand_dims: [axis: -1], from: size, name: sized}}
    - {{Concatenate: , from: [previous, sized]}}
    - {{Dense: [2, activation: softmax], name: kind}}    # {NASTY}
train: [{{loss: SparseCategoricalCrossentropy, metrics: [accuracy], epochs: 2, seed: 1}}, {{epochs: 1}}]
"""


@pytest.fixture(scope="module")
def report(browser, tmp_path_factory) -> str:
    """The report of a run whose texts, classes and spec try to be markup."""
    import builder

    folder = tmp_path_factory.mktemp("report")
    rows = [f"{number % 7},\"</script>{NASTY}{number % 3}\",{'a' if number % 2 else NASTY}" for number in range(40)]
    (folder / "rows.csv").write_text("\n".join(["size,note,kind", *rows]))
    (folder / "rows.yaml").write_text(SPEC)
    run = builder.train(folder / "rows.yaml", runs=folder / "runs")
    return (run.folder / "report.html").read_text(encoding="utf-8")


@pytest.fixture
def opened(page, report):
    """The page in the browser, as wide as a desk's."""
    return page(report)


def wide(browser, width: int) -> None:
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False})


def test_nothing_in_it_escapes(opened):
    assert opened.title == "rows · report"
    assert opened.execute_script("return document.querySelectorAll('img[src=x]').length") == 0
    assert NASTY in opened.execute_script("return document.querySelector('#mistakes').textContent")
    assert NASTY in opened.execute_script("return document.querySelector('header').textContent")


def test_the_script_draws_the_curves_that_python_draws(opened):
    """The page came with Python's; the script has drawn its own in their place."""
    given = opened.execute_script("return bricks.data('charts')")
    drawn = opened.execute_script("return [...document.querySelectorAll('#curves polyline')].map(line => line.getAttribute('points'))")
    assert [chart["name"] for chart in given] == ["loss", "accuracy"]
    assert [places(line) for line in drawn] == [places(line) for line in by_python(given)]


def places(points: str) -> list[list[float]]:
    return [[float(number) for number in point.split(",")] for point in points.split()]


def by_python(given: list[dict]) -> list[str]:
    """The points of every line, as Python draws them."""
    from builder.report.curves import Chart, Series, svg

    charts = [Chart(one["name"], tuple(Series(line["label"], line["tone"], tuple(map(tuple, line["points"]))) for line in one["series"]), tuple(one["marks"]))
              for one in given]
    return [points for chart in charts for points in re.findall(r'<polyline[^>]* points="([^"]+)"', svg(chart))]


def test_rows_become_the_same_charts_in_the_page(opened):
    """A live page gives rows; the report was given charts made of them."""
    from builder.report.curves import charts

    rows = [{"phase": 1 + (epoch > 2), "epoch": epoch, "step": epoch, "seconds": 1.0, "waited": 0.1, "loss": 1 / epoch,
             "accuracy": None if epoch == 2 else 0.5, "val_loss": 2 / epoch, "learning_rate": 0.1 / epoch} for epoch in (1, 2, 3)]
    opened.execute_script("bricks.curves(arguments[0])", rows)
    names = opened.execute_script("return [...document.querySelectorAll('#curves .chart b')].map(one => one.textContent)")
    assert names == [chart.name for chart in charts(rows)] == ["loss", "accuracy", "learning_rate"]
    lines = opened.execute_script("return [...document.querySelectorAll('#curves .chart')].map(one => one.querySelectorAll('polyline').length)")
    assert lines == [len(chart.series) for chart in charts(rows)]
    assert opened.execute_script("return document.querySelectorAll('#curves .chart:first-child .mark').length") == 1


def test_the_caption_says_the_values_under_the_pointer(opened):
    from selenium.webdriver import ActionChains, Keys

    plot = opened.find_element("css selector", "#curves svg")
    opened.execute_script("arguments[0].scrollIntoView({block: 'center'})", plot)
    caption = opened.find_element("css selector", "#curves figcaption")
    ActionChains(opened).move_to_element_with_offset(plot, -int(plot.size["width"] * 0.36), 0).perform()
    assert "epoch 1" in caption.text
    ActionChains(opened).move_to_element(opened.find_element("css selector", "h1")).perform()
    assert "epoch" not in caption.text
    opened.execute_script("arguments[0].focus()", plot)
    ActionChains(opened).send_keys(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT).perform()
    assert "epoch 2" in caption.text


def test_a_log_scale_can_be_chosen(opened):
    before = opened.execute_script("return document.querySelector('#curves polyline').getAttribute('points')")
    button = opened.find_element("id", "curves-log")
    opened.execute_script("arguments[0].click()", button)
    assert button.get_attribute("aria-pressed") == "true"
    assert opened.execute_script("return document.querySelector('#curves polyline').getAttribute('points')") != before


def test_light_turns_dark(opened):
    ground = lambda: opened.execute_script("return getComputedStyle(document.body).backgroundColor")
    before = ground()
    opened.execute_script("document.getElementById('theme').click()")
    assert ground() != before


@pytest.mark.parametrize("width", [320, 390, 768])
def test_it_fits_a_phone(opened, width):
    wide(opened, width)
    try:
        assert opened.execute_script("return document.documentElement.scrollWidth") <= width
    finally:
        opened.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})


def test_it_prints(opened):
    pdf = base64.b64decode(opened.execute_cdp_cmd("Page.printToPDF", {"printBackground": True})["data"])
    assert pdf.startswith(b"%PDF") and 2 <= len(re.findall(rb"/Type\s*/Page\b", pdf)) <= 12
    opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    try:
        shown = opened.execute_script("return ['nav', 'section.picture', '.still'].map(one => getComputedStyle(document.querySelector(one)).display)")
        assert shown == ["none", "none", "block"]
    finally:
        opened.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_without_scripts_the_figures_are_there(page, report, browser):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        page(report)
        found = [len(browser.find_elements("css selector", one)) for one in ("#curves polyline", "#evaluation table", "#mistakes td", "img.still")]
        assert all(found)
        assert browser.find_element("css selector", "img.still").size["height"] > 100
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})
