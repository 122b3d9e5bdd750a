"""Missing values: told where the model fills no gaps, answered where it does."""

import numpy as np
import pytest

import builder
from builder.diagnostics import SpecError, render

SPEC = """
name: gaps
data: {{source: {{Csv: [t.csv, label: kind]}}, batch: 8}}
model:
  inputs: {{age: float32, height: float32}}
  layers:
    - ops.stack: [axis: -1]
      from: [age, height]
{layer}    - Dense: [2, activation: softmax]
      name: kind
train: {{loss: SparseCategoricalCrossentropy, epochs: 1, seed: 1}}
"""


def run_of(folder, layer=""):
    (folder / "t.csv").write_text("age,height,kind\n" + "".join(f"{i},{2 * i},{'ab'[i % 2]}\n" for i in range(16)))
    (folder / "new.csv").write_text("age,height\n1,2\n?,3\n4,NA\n")
    (folder / "gaps.yaml").write_text(SPEC.format(layer=layer))
    return builder.train(folder / "gaps.yaml", runs=folder / "runs")


def test_a_gap_is_told(tmp_path):
    run = run_of(tmp_path)
    with pytest.raises(SpecError) as caught:
        builder.predict(run, [tmp_path / "new.csv"])
    assert render(caught.value.faults).replace(str(tmp_path), "HERE") == (
        "error[predict-missing]: `HERE/new.csv:3` has no number for `age`, and the model gives no answer without it\n"
        "help: give the number, or train a model that fills gaps: `- FillMissing: median` behind its inputs\n"
        "note: so has 1 more example: HERE/new.csv:4\n")


def test_a_gap_is_filled(tmp_path):
    found = builder.predict(run_of(tmp_path, "    - FillMissing: median\n"), [tmp_path / "new.csv"])
    assert len(found) == 3 and all(np.isfinite(one.raw["kind"]).all() for one in found)
