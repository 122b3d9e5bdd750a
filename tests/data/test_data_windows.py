"""Windows of series and of texts: what follows what, borders that none crosses, streams that carry on."""

import numpy as np
import pytest
from data_help import recipe

from builder.graph.graph import Recipe

HOURS = 60


@pytest.fixture
def series(tmp_path):
    """Sixty hours: `a` counts, `b` is ten times that and a half, `wet` a class, three stations of twenty hours each."""
    rows = [f"{i},{10 * i + 0.5},{'yes' if i % 3 == 0 else 'no'},s{i // 20}" for i in range(HOURS)]
    (tmp_path / "series.csv").write_text("\n".join(["a,b,wet,station", *rows]))
    return recipe("Csv", path="series.csv", label=("wet", "station"))


@pytest.fixture
def text(tmp_path):
    (tmp_path / "text.txt").write_text("abcdefghijklmnopqrstuvwxyz" * 4)
    return recipe("TextFile", path="text.txt")


def windows(**arguments):
    return {"sample": (Recipe("sampler", "Windows", tuple(arguments.items())),), "sample_spans": (None,), "order": True}


def values(data, split="train"):
    return {name: np.asarray(column) for name, column in data.splits[split].columns.items()}


def test_what_follows_each_window(series, opened):
    found = values(opened(series, **windows(length=3, target="a")))
    assert found["past"].shape == (57, 3, 2) and found["future"].shape == (57,)
    assert found["past"][5].tolist() == [[5, 50.5], [6, 60.5], [7, 70.5]] and found["future"][5] == 8


@pytest.mark.parametrize("more, shape, first", [
    ({}, (2,), [3, 30.5]), ({"target": "b"}, (), 30.5), ({"horizon": (1, 5), "target": "a"}, (2,), [3, 7]),
    ({"horizon": (1, 5)}, (2, 2), [[3, 30.5], [7, 70.5]]), ({"each": True, "target": "a"}, (3,), [1, 2, 3]),
    ({"each": True, "horizon": (2, 4), "target": "a"}, (3, 2), [[2, 4], [3, 5], [4, 6]]), ({"target": "wet"}, (), 1), ({"horizon": 6, "target": "a"}, (), 8),
])
def test_shapes_of_what_is_forecast(series, opened, more, shape, first):
    data = opened(series, **windows(length=3, **more))
    assert data.fields["future"].shape == shape
    assert values(data)["future"][0].tolist() == first
    assert data.fields["future"].classes == (("no", "yes") if more.get("target") == "wet" else None)


def test_no_window_lies_in_two_splits_or_two_series(series, opened):
    data = opened(series, **windows(length=4, horizon=2, columns=("a",), stride=3), validation=0.25, test=0.25)
    seen = {name: {int(row) for x, y in zip(*values(data, name).values(), strict=True) for row in (*x.ravel(), *np.ravel(y))} for name in data.splits}
    assert max(seen["train"]) < 30 <= min(seen["validation"]) and max(seen["validation"]) < 45 <= min(seen["test"])
    assert values(data)["past"][:, 0, 0].tolist() == [*range(0, 25, 3)]
    for x, y in zip(*values(opened(series, **windows(length=4, columns=("a",), by="station"))).values(), strict=True):
        assert x[0, 0] // 20 == y // 20


def test_batches_hold_the_same(series, opened):
    data = opened(series, **windows(length=3, horizon=(1, 2), target="a"))
    for inputs, targets in data.splits["train"].dataset(["past"], ["future"], 8, shuffle_seed=3):
        assert np.array_equal(inputs["past"][:, -1, 0, None] + [1, 2], targets["future"])


def test_the_phase_of_a_season_goes_on_from_split_to_split(series, opened):
    """Hours of a day of 24: each split's first window ends where the day is by then."""
    data = opened(series, **windows(length=4, columns=("a",), season=24), validation=0.25, test=0.25)
    for name in data.splits:
        found = values(data, name)
        turns = 2 * np.pi * found["past"][:, -1, 0] / 24
        np.testing.assert_allclose(found["phase"], np.stack([np.sin(turns), np.cos(turns)], -1), atol=1e-6)
    inputs, _ = next(iter(data.splits["train"].dataset(["past", "phase"], ["future"], 8, shuffle_seed=3)))
    np.testing.assert_allclose(inputs["phase"][:, 0], np.sin(2 * np.pi * inputs["past"][:, -1, 0] / 24), atol=1e-6)
    assert "phase" not in values(opened(series, **windows(length=4, columns=("a",), season=24, by="station")))


def test_text_and_what_comes_next(text, opened):
    data = opened(text, **windows(length=10), test=0.25)
    assert [data.fields[name].dtype for name in ("text", "next")] == ["string"] * 2
    found = values(data)
    assert found["text"][0] == "abcdefghij" and found["next"][0] == "bcdefghijk" and found["text"][1] == "klmnopqrst"
    assert len(found["text"]) == 7 and values(data, "test")["text"].tolist() == ["abcdefghij", "klmnopqrst"]
    inputs, targets = next(iter(data.splits["train"].dataset(["text"], ["next"], 4, shuffle_seed=0)))
    assert [a[1:] == b[:-1] for a, b in zip(inputs["text"].numpy(), targets["next"].numpy(), strict=True)] == [True] * 4


def test_words_join_to_text(tmp_path, opened):
    (tmp_path / "text.txt").write_text("to be or not to be\n")
    found = values(opened(recipe("TextFile", path="text.txt", unit="word"), **windows(length=2)))
    assert found["text"].tolist() == ["to be", " or not", " to be"] and found["next"].tolist() == [" be or", " not to", " be\n"]


def test_streams_go_on_from_batch_to_batch(text, opened):
    split = opened(text, **windows(length=6, carry=True), batch=3).splits["train"]
    batches = [inputs["text"].numpy().tolist() for inputs, _ in split.dataset(["text"], ["next"], 3, shuffle_seed=1)]
    streams = [b"".join(batch[row] for batch in batches).decode() for row in range(3)]
    whole = "abcdefghijklmnopqrstuvwxyz" * 4
    assert "".join(streams) == whole[: len("".join(streams))] and {len(stream) for stream in streams} == {30}
    later = [inputs["text"].numpy().tolist() for inputs, _ in split.dataset(["text"], ["next"], 3, shuffle_seed=1, epoch=2, start_batch=3)]
    assert later == batches[3:]


@pytest.mark.parametrize("arguments, more, said", [
    ({"length": 60}, {}, "a window of 60 and its target, 1 row on, do not fit into the train split of 60 rows"),
    ({"length": 20, "by": "station"}, {}, "do not fit into the longest series of the train split, by `station`, of 20 rows"),
    ({"length": 5, "by": "wet"}, {}, "the rows of one `wet` do not stand together"),
    ({"length": 5}, {"test": 0.05}, "do not fit into the test split of 3 rows"),
    ({"length": 5, "columns": ("wet",)}, {}, "`wet` is a class, and a window is of single numbers"),
    ({"length": 5, "target": "c"}, {}, "no field named `c`"), ({"length": 0}, {}, "`length` must be at least 1, but it is `0`"),
    ({"length": 4, "horizon": 0}, {}, "`horizon` must be at least 1"), ({"length": 10, "carry": True}, {}, "5 windows, too few for 32 texts side by side"),
    ({"length": 10, "carry": True, "stride": 2}, {}, "`stride` must be left out"), ({"length": 2, "names": ("x", "x")}, {}, "2 different names"),
])
def test_what_cannot_be(series, told, arguments, more, said):
    assert said in told(series, **windows(**arguments), **more)
