"""The live page in a browser, by a run that trains while it is looked at."""

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from conftest import clear, complaints, fetched

ROOT = Path(__file__).parents[2]
WAIT = 60


@pytest.fixture
def watched(browser):
    """The browser; what the page says to the console, or asks of any other server, fails the test."""
    clear(browser)
    yield browser
    assert complaints(browser) == []
    assert [url for url in fetched(browser) if not url.startswith("http://127.0.0.1:")] == []


@contextmanager
def training(folder: Path, *words: str):
    """`build train --live` and the address of its page."""
    said = folder / "stderr.txt"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "TF_NUM_INTRAOP_THREADS": "1"}
    with open(said, "w") as file:
        process = subprocess.Popen([sys.executable, "-m", "builder", "train", *words, "--live", "--port", "0"], cwd=folder, env=env, stderr=file, stdout=file)
    try:
        until(lambda: "live at" in said.read_text() or process.poll() is not None)
        yield process, next(line.split()[-1] for line in said.read_text().splitlines() if line.startswith("live at"))
    finally:
        process.kill()
        process.wait()


def until(holds) -> object:
    """What `holds` gives, as soon as it is anything."""
    end = time.monotonic() + WAIT
    while time.monotonic() < end:
        if found := holds():
            return found
        time.sleep(0.05)
    raise AssertionError("that never came")


def text(browser, id: str) -> str:
    return browser.execute_script("return document.getElementById(arguments[0]).textContent", id)


def points(browser) -> int:
    """How many epochs the curve of the loss has."""
    return browser.execute_script("const line = document.querySelector('#curves polyline'); return line ? line.getAttribute('points').split(' ').length : 0")


def canvas(browser) -> str:
    return browser.execute_script("return document.getElementById('plane').toDataURL()")


def test_curves_and_boundary_move_while_it_trains_and_stay_when_it_ends(watched, tmp_path):
    with training(tmp_path, "spirals", "--epochs", "5000") as (process, address):
        watched.get(address)
        first = until(lambda: points(watched))
        picture = canvas(watched)
        assert text(watched, "live-state") == "training" and "of 5000" in text(watched, "live-at")
        until(lambda: points(watched) > first)
        until(lambda: canvas(watched) != picture)
        assert process.poll() is None, "it moved while training went on"
        process.send_signal(signal.SIGINT)
        until(lambda: text(watched, "live-state") == "stopped")
        process.wait(WAIT)
    time.sleep(0.5)
    last, shown = points(watched), text(watched, "live-end")
    assert last > first and "keeps what it shows" in shown and "report.html" in shown
    assert text(watched, "live-state") == "stopped", "and does not try to come back"


@pytest.mark.slow
def test_earlier_frames_are_replayed_and_a_point_says_what_the_model_says_there(watched, tmp_path):
    with training(tmp_path, "spirals", "--epochs", "30") as (_, address):
        watched.get(address)
        until(lambda: text(watched, "live-state") == "finished")
    newest = canvas(watched)
    assert text(watched, "plane-epoch") == "epoch 30" and "points shown are wrong" in text(watched, "plane-said")
    watched.execute_script("const slider = document.getElementById('plane-frame'); slider.value = 0; slider.dispatchEvent(new Event('input'))")
    assert text(watched, "plane-epoch") == "epoch 0" and canvas(watched) != newest
    watched.execute_script("""
const box = document.getElementById("plane").getBoundingClientRect();
const there = { clientX: box.left + box.width / 2, clientY: box.top + box.height / 2, bubbles: true };
document.getElementById("plane").dispatchEvent(new PointerEvent("pointermove", there));""")
    assert text(watched, "plane-said").startswith("at (") and text(watched, "plane-said").endswith("% sure")
    watched.execute_script("document.getElementById('plane-play').click()")
    until(lambda: text(watched, "plane-epoch") == "epoch 30")
    assert canvas(watched) == newest


@pytest.mark.slow
def test_a_connection_that_is_lost_is_said_and_costs_nothing_that_is_shown(browser, tmp_path):
    """The process is killed: what it last told stays."""
    with training(tmp_path, "spirals", "--epochs", "5000") as (process, address):
        browser.get(address)
        until(lambda: points(browser) > 2)
        process.kill()
        until(lambda: text(browser, "live-state").startswith("connection lost"))
    assert points(browser) > 2
    clear(browser)


def test_the_report_replays_the_film_without_a_server(page, tmp_path):
    import builder
    from builder.report.live import Live

    with Live(0) as live:
        run = builder.train("spirals", {"train.epochs": "3"}, runs=tmp_path, reporter=live)
    browser = page((run.folder / "report.html").read_text(encoding="utf-8"))
    assert text(browser, "plane-epoch") == "epoch 3"
    newest = canvas(browser)
    browser.execute_script("const slider = document.getElementById('plane-frame'); slider.value = 0; slider.dispatchEvent(new Event('input'))")
    assert text(browser, "plane-epoch") == "epoch 0" and canvas(browser) != newest
