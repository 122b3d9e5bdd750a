"""Wide and deep on a mixed table: missing and unknown values are handled in the model."""

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder

NUMBERS = ("age", "education_num", "capital_gain", "capital_loss", "hours_per_week")


def test_wide_is_linear_and_deep_is_not():
    graph = checked("wide_deep").graph
    widths = [node.outputs[0].spec.shape[-1] for node in graph.nodes if node.brick == "Embedding"]
    assert widths == [1] * 9 + [8] * 8 and graph.outputs["income"].spec.shape == (1,)


@pytest.mark.slow
def test_missing_and_unknown_values_give_an_answer(tmp_path):
    columns = checked("wide_deep").data.source.args
    rows = ["39, Private, 1, Bachelors, 13, Never-married, Sales, Husband, White, Male, 0, 0, 40, Peru, <=50K",
            "50, ?, 1, Masters, 14, Divorced, ?, Wife, Black, Female, 9, 0, 13, Cuba, >50K"] * 20
    (tmp_path / "adult-train.csv.gz").write_text("\n".join(rows))
    (tmp_path / "adult-test.csv.gz").write_text("\n".join(row + "." for row in rows[:6]))
    run = builder.train(SPECS / "wide_deep.yaml", {"params.folder": str(tmp_path), "train.epochs": 1}, runs=tmp_path)
    example = {name: np.array(["never seen"], dtype=object) for name in run.model.input if name not in NUMBERS}
    example |= {name: np.array([np.nan], dtype="float32") for name in NUMBERS}
    assert np.isfinite(run.model.predict(example, verbose=0)["income"]).all()
    assert dict(columns)["label"] == "income"


@pytest.mark.slow
def test_adult_reaches_85(real, tmp_path):
    """A linear baseline reaches 0.851."""
    run = builder.train(SPECS / "wide_deep.yaml", {"params.folder": str(real / "tabular")}, runs=tmp_path)
    evaluation = builder.evaluate(run)
    assert evaluation.split == "test" and evaluation.examples == 16_281
    assert evaluation.metrics["binary_accuracy"] >= 0.85
