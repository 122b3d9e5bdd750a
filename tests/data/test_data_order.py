"""Splits in order of time, and splits that keep groups together."""

import numpy as np
import pytest
from data_help import recipe

DAYS = np.arange("2020-01-01", "2020-01-21", dtype="datetime64[D]").astype(str)


@pytest.fixture
def series(tmp_path):
    """Twenty days, 0 to 19, written in a random order; `who` comes four times each."""
    order = np.random.default_rng(0).permutation(20)
    rows = [f"{DAYS[i]},{i},w{i % 5}" for i in order]
    (tmp_path / "series.csv").write_text("\n".join(["day,value,who", *rows]))
    return order


def values(data, name="value"):
    return {split: part.column(name).tolist() for split, part in data.splits.items()}


def test_splits_follow_one_another(series, opened):
    found = values(opened(recipe("Csv", path="series.csv"), order="day", validation=0.2, test=0.1))
    assert found == {"train": [*range(14)], "validation": [*range(14, 18)], "test": [18, 19]}
    assert values(opened(recipe("Csv", path="series.csv"), order="value", test=0.5))["test"] == [*range(10, 20)]


def test_rows_as_they_stand(series, opened):
    data = opened(recipe("Csv", path="series.csv"), order=True, test=0.25)
    assert values(data) == {"train": series[:15].tolist(), "test": series[15:].tolist()}
    assert "their `day` goes back in time: `order: day` under `data` sorts them by it" in data.notes[0]


def test_what_has_no_order(series, told):
    assert "error[unknown-field]: the source has no field named `dy`\nhelp: did you mean `day`?" in told(recipe("Csv", path="series.csv"), order="dy", test=0.1)
    assert "error[order-unread]: `who` cannot be put in order: `w" in told(recipe("Csv", path="series.csv"), order="who", test=0.1)
    assert "leaves `test` empty" in told(recipe("Csv", path="series.csv"), order="day", test=0.01)


def test_groups_stay_together(series, opened, told):
    data = opened(recipe("Csv", path="series.csv"), group="who", validation=0.2, test=0.2)
    found = values(data, "who")
    assert {name: len(part) for name, part in found.items()} == {"train": 12, "validation": 4, "test": 4}
    assert len({who for part in found.values() for who in set(part)}) == sum(len(set(part)) for part in found.values()) == 5
    assert found == values(opened(recipe("Csv", path="series.csv"), group="who", validation=0.2, test=0.2), "who")
    assert found != values(opened(recipe("Csv", path="series.csv"), group="who", validation=0.2, test=0.2, seed=1), "who")
    assert "no field named `whom`" in told(recipe("Csv", path="series.csv"), group="whom", test=0.1)
