"""Specs of series and of texts: forecasts held to least squares and to persistence, questions and reviews told apart."""

import json

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder


def windows(name: str, split: str, **params):
    """Past and future of a split, as they are: (windows, length), (windows, ...)."""
    from builder.opening import data_of

    part = data_of(checked(name, **params)).splits[split]
    return np.asarray(part.column("past"))[..., 0].astype("float64"), np.asarray(part.column("future")).astype("float64")


def root_mean_square(error) -> float:
    return float(np.sqrt(np.mean(np.square(error))))


def answers(run, past):
    return run.model.predict({"past": past[..., None].astype("float32")}, verbose=0)["future"]


@pytest.mark.parametrize("name", ["autoregressive", "forecast_lstm", "jordan", "delay_rnn", "questions", "sentiment_gru", "sentiment_cnn",
                                  "transformer_encoder"])
def test_it_is_laid(name):
    assert checked(name).graph.parameters > 0


def test_made_up_monthly_growth_is_found(tmp_path):
    months = np.arange(96)
    values = 100 * 1.01**months * (1 + 0.2 * np.sin(months * np.pi / 6))
    (tmp_path / "series.csv").write_text("Month,Passengers\n" + "\n".join(f"{1950 + m // 12}-{m % 12 + 1:02},{v:.3f}" for m, v in enumerate(values)))
    file = {"params.file": str(tmp_path / "series.csv")}
    run = builder.train(SPECS / "autoregressive.yaml", {**file, "train.epochs": 8}, runs=tmp_path)
    past, future = windows("autoregressive", "test", file=file["params.file"])
    assert root_mean_square(answers(run, past)[:, 0] - future) < 0.25 * root_mean_square(past[:, -1] - future)
    held_beside_the_season(run, values, past, future)


def held_beside_the_season(run, values, past, future):
    """The figures of a forecast and of ways without a network, against numpy; and what the page shows of them."""
    forecast = json.loads((run.folder / "evaluation.json").read_text())["outputs"]["future"]["forecast"]
    begin, last = 72, np.arange(72 + 11, 95)
    errors = {"the model": answers(run, past)[:, 0] - future, "as it was last": values[last] - values[last + 1],
              "a season before": values[last - 11] - values[last + 1]}
    for name, error in errors.items():
        assert forecast["errors"][name] == pytest.approx([root_mean_square(error)], rel=1e-4)
    rows = np.arange(begin)
    waves = lambda at: np.column_stack([some(np.pi * count * at / 6) for count in range(1, 7) for some in (np.sin, np.cos)])
    fitted = np.linalg.lstsq(np.column_stack([np.ones(begin), rows, waves(rows)]), values[:begin], rcond=None)[0]
    course = waves(np.arange(12)) @ fitted[2:]
    said = values[last] + course[(last + 1) % 12] - course[last % 12]
    alone = np.column_stack([np.ones(len(last)), last + 1]) @ fitted[:2] + course[(last + 1) % 12]
    assert forecast["errors"]["the season alone"] == pytest.approx([root_mean_square(alone - values[last + 1])], rel=1e-3)
    assert forecast["errors"]["as last, and as the season goes"] == pytest.approx([root_mean_square(said - values[last + 1])], rel=1e-3)
    assert [row for row, _ in forecast["ahead"]] == list(range(96 - len(last), 96))
    assert forecast["ahead"][0][1] == pytest.approx(answers(run, past)[0, 0], rel=1e-4)
    page = (run.folder / "report.html").read_text()
    assert "as last, and as the season goes" in page and "each forecast from those before it" in page


@pytest.mark.proof
def test_a_weighted_sum_is_ordinary_least_squares(real, tmp_path):
    file = str(real / "timeseries/airline-passengers.csv")
    run = builder.train(SPECS / "autoregressive.yaml", {"params.file": file}, runs=tmp_path)
    (past, future), (later, truth) = (windows("autoregressive", split, file=file) for split in ("train", "test"))
    rows = [np.column_stack([np.log1p(some), np.ones(len(some))]) for some in (past, later)]
    weights = np.linalg.lstsq(rows[0], np.log1p(future), rcond=None)[0]
    best, ours = np.expm1(rows[1] @ weights), answers(run, later)[:, 0]
    errors = {"least squares": best, "trained": ours, "last month": later[:, -1], "a year ago": later[:, 0]}
    print({name: round(root_mean_square(found - truth), 2) for name, found in errors.items()})
    assert np.abs(best - ours).max() < 0.5 < 0.1 * root_mean_square(later[:, 0] - truth)
    network = builder.train(SPECS / "autoregressive.yaml", {"params.file": file, "params.hidden": 16}, runs=tmp_path)
    print("network", round(root_mean_square(answers(network, later)[:, 0] - truth), 2))


@pytest.mark.proof
@pytest.mark.parametrize("cell", ["lstm", "gru"])
def test_temperatures_beat_persistence_and_the_season_beside_it_at_every_horizon(real, tmp_path, cell):
    """Three days on and later the season alone is as good as anything that is known of a network here: nearly as good is asked for."""
    given = {"file": str(real / "timeseries/daily-min-temperatures.csv"), "cell": cell}
    run = builder.train(SPECS / "forecast_lstm.yaml", {f"params.{name}": value for name, value in given.items()}, runs=tmp_path)
    errors = builder.evaluate(run).outputs["future"]["forecast"]["errors"]
    print(cell, "1, 3 and 7 days on:", {way: [round(one, 3) for one in found] for way, found in errors.items()})
    ours, season = (np.array(errors.pop(way)) for way in ("the model", "the season alone"))
    assert len(errors) == 3 and all((ours < 0.92 * np.array(found)).all() for found in errors.values())
    assert ours[0] < 0.92 * season[0] and (ours < 1.05 * season).all()


@pytest.mark.proof
@pytest.mark.parametrize("name, file", [("jordan", "daily-min-temperatures.csv"), ("delay_rnn", "airline-passengers.csv")])
def test_a_series_is_told_better_than_by_its_last_value_or_its_season(real, tmp_path, name, file):
    found = builder.evaluate(builder.train(SPECS / f"{name}.yaml", {"params.file": str(real / "timeseries" / file)}, runs=tmp_path))
    errors = {way: error[0] for way, error in found.outputs["future"]["forecast"]["errors"].items()}
    print(name, {way: round(error, 3) for way, error in errors.items()})
    assert errors.pop("the model") < min(errors.values()) and len(errors) == 4


@pytest.mark.proof
def test_questions_reach_85(real, tmp_path):
    files = {f"params.{split}": str(real / f"text_cls/qc.zip/qc/{split}.txt") for split in ("train", "test")}
    found = builder.evaluate(builder.train(SPECS / "questions.yaml", files, runs=tmp_path))
    print("questions", found.metrics, "of", found.examples)
    assert found.examples == 500 and found.metrics["accuracy"] >= 0.85


@pytest.mark.proof
@pytest.mark.parametrize("name", ["sentiment_gru", "sentiment_cnn", "sentiment_lstm", "transformer_encoder"])
def test_reviews_reach_75(real, tmp_path, name):
    found = builder.evaluate(builder.train(SPECS / f"{name}.yaml", {"params.folder": str(real / "rt_polarity")}, runs=tmp_path))
    print(name, found.metrics)
    assert found.metrics["binary_accuracy"] >= 0.75
