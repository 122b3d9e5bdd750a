"""The benchmarks' own plumbing: ratios of pairs, and README's table written from them."""

import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks"


@pytest.fixture
def bench(monkeypatch):
    """The modules of the benchmarks' folder, by name."""
    import importlib

    monkeypatch.syspath_prepend(str(FOLDER))
    return importlib.import_module


def test_a_ratio_is_the_median_of_pairs(bench, capsys):
    times = iter([3.0, 1.0, 2.0, 4.0, 1.0, 1.0])  # ours, theirs; then theirs, ours; then ours, theirs
    side = bench("side_by_side")
    assert side.ratio("a", "b", lambda: next(times), lambda: next(times), rounds=3) == 2.0
    figure = side.FOUND.pop()
    assert (figure.ratio, figure.low, figure.high, figure.told) == (2.0, 1.0, 3.0, "3.00 s against 1.00 s")
    assert "2.000   (1.000 to 3.000;" in capsys.readouterr().out


def test_the_table_of_readme(bench, tmp_path):
    readme, side = bench("readme"), bench("side_by_side")
    page = tmp_path / "README.md"
    page.write_text("before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n")
    readme.write([side.Figure("one", "other", 0.5, 0.25, 1.0, "1 s against 2 s")], page)
    text = page.read_text()
    assert text.startswith("before\n<!-- figures -->\n") and text.endswith("\n<!-- /figures -->\nafter\n")
    assert "| one | other | 0.50 | 0.25 to 1.00 | 1 s against 2 s |" in text and "old" not in text
    readme.write([side.Figure("two", "other", 2, 2, 2), side.Figure("one", "other", 1, 1, 1)], page, whole=False)
    readme.write([side.Figure("three", "other", 3, 3, 3)], page, whole=False)
    rows = [line for line in page.read_text().splitlines() if line.startswith("| ")][2:]
    assert rows == [f"| {name} | other | {number}.00 | one run |  |" for number, name in enumerate(("one", "two", "three"), 1)]


def test_readme_has_the_marks(bench):
    readme = bench("readme")
    assert readme.README.read_text(encoding="utf-8").index(readme.BEGIN) < readme.README.read_text(encoding="utf-8").index(readme.END)


@pytest.mark.parametrize("words", [["nothing"], ["--wrong"], ["--quick", "--write"]])
def test_wrong_words(words):
    ran = subprocess.run([sys.executable, str(FOLDER), *words], capture_output=True, text=True, check=False)
    assert ran.returncode == 1 and ran.stderr.startswith("python benchmarks [--quick]")


def test_every_benchmark_is_in_the_one_command(bench):
    from ast import literal_eval

    text = (FOLDER / "__main__.py").read_text()
    named = literal_eval(text[text.index("ALL = ") + 6 :].split("\n")[0])
    helpers = {"__main__", "side_by_side", "readme"}
    assert set(named) | helpers == {path.stem for path in FOLDER.glob("*.py")}
