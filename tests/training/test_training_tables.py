"""What a run that forecasts from windows of rows makes of a table: the last rows of it."""

import numpy as np
import pytest

from builder.diagnostics import Faults, SpecError, render
from builder.training.examples import Reading, examples

WINDOWS = {"length": 3, "columns": ["warm", "wet"], "target": "warm"}


def reading(season=None, **inputs):
    shapes = {"past": [3, 2]} | inputs
    return Reading({"inputs": {name: {"shape": shape, "dtype": "float32"} for name, shape in shapes.items()}, "fields": {},
                    "source": {"source": {"Csv": {"path": "days.csv"}}, "order": "day", "sample": [{"Windows": WINDOWS | ({"season": season} if season else {})}]}})


def told(path, one):
    faults = Faults()
    list(examples([path], [], one, faults))
    with pytest.raises(SpecError) as error:
        faults.check()
    return render(error.value.faults)


def test_the_last_rows_are_the_window(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("day,wet,warm\n1,1,10\n2,2,20\n3,3,30\n4,?,40\n")
    one, = examples([path], [], reading(), Faults())
    assert one.source.endswith("days.csv, after line 5")
    assert np.array_equal(one.inputs["past"], np.array([[20, 2], [30, 3], [40, np.nan]], "float32"), equal_nan=True)


def test_the_time_of_the_season_is_that_of_the_last_row(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("day,wet,warm\n1,1,10\n2,2,20\n3,3,30\n4,4,40\n")
    one, = examples([path], [], reading(season=4, phase=[2]), Faults())
    assert one.inputs["phase"] == pytest.approx([-1, 0], abs=1e-6), "the fourth of four: three quarters round"


def test_what_is_no_window_is_told(tmp_path):
    path = tmp_path / "days.csv"
    path.write_text("day,wet,warm\n1,1,10\n")
    assert "a forecast is made from 3 rows, and there are 1" in told(path, reading())
    assert "`phase` is not in its rows" in told(path, reading(phase=[2]))
    path.write_text("day,warm\n1,1\n")
    assert "a forecast reads `warm`, `wet`; columns there are: day, warm" in told(path, reading())
