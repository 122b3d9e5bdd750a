"""`weights:` and `trainable:` on steps: what is loaded is what was saved, and what is frozen stays so."""

import numpy as np
import pytest

import builder
from builder.diagnostics import SpecError

SPEC = """
name: small
model:
  inputs: {x: [4]}
  layers:
    - Dense: 3
      name: first
    - Dense: 2
      name: label
"""


def wanting(weights: str, units: int = 3) -> str:
    return SPEC.replace("Dense: 3\n      name: first", f"Dense: {units}\n      name: first\n      weights: {weights}")


@pytest.fixture
def saved(tmp_path):
    model = builder.compile(SPEC)
    model.save(tmp_path / "model.keras")
    return model, tmp_path


def test_a_step_takes_the_weights_of_the_layer_of_its_name(saved):
    model, folder = saved
    fresh = builder.compile(wanting(folder / "model.keras"))
    for ours, theirs in zip(fresh.get_layer("first").get_weights(), model.get_layer("first").get_weights(), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert not np.array_equal(fresh.get_layer("label").get_weights()[0], model.get_layer("label").get_weights()[0])


@pytest.mark.parametrize("weights, units, kind",
                         [("none.keras", 3, "weights-file"), ("model.keras#fist", 3, "weights-layer"), ("model.keras", 5, "weights-shape")])
def test_weights_that_cannot_be_had_are_told_at_the_step(saved, weights, units, kind):
    with pytest.raises(SpecError) as told:
        builder.compile(wanting(saved[1] / weights, units))
    assert [fault.kind for fault in told.value.faults] == [kind]
    assert told.value.faults[0].span.line == 8


def test_trainable_holds_for_everything_within():
    spec = """
name: frozen
blocks:
  Two:
    layers:
      - Dense: 4
      - Dense: 4
        trainable: true
model:
  inputs: {x: [4]}
  layers:
    - Two
      trainable: false
    - layers: [Dense: 4]
      trainable: false
    - Dense: 4
""".replace("- Two\n", "- Two:\n")
    model = builder.compile(spec)
    assert [bool(layer.trainable_weights) for layer in model.layers if layer.weights] == [False, True, False, True]
    assert builder.check(spec).graph.trainable == 2 * 20
