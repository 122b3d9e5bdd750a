"""A small network that a larger one teaches, frozen, against the same one by the labels alone."""

import pytest
from spec_help import SPECS, checked

import builder

ALONE = ("{data: {limit: 2000}, loss: {label: {SparseCategoricalCrossentropy: [from_logits: true]}, taught: null}, metrics: {label: [accuracy]}, "
         "optimizer: {Adam: {CosineDecay: [2e-3, 1200]}}, epochs: 60, seed: %d}")


def test_the_teacher_is_not_updated_while_it_teaches():
    first, second = checked("distill").phases
    assert [step.update for phase in (first, second) for step in phase.steps] == [("teacher",), ("student",)]
    divergence, labels = second.steps[0].terms
    assert (divergence.wires[0][1], divergence.target.value, divergence.weight) == ("learned", "said", pytest.approx(0.9 * 16))
    assert (labels.target.kind, labels.target.value, second.data.limit, first.data) == ("field", "label", 2000, None)


@pytest.mark.proof
def test_taught_beats_alone(real, tmp_path):
    """Both see the same 2,000 images as often."""
    gains = []
    for seed in (1, 2):
        data = {"data.source": f"{{Idx: {real / 'mnist'}}}"}
        taught, alone = (builder.train(SPECS / "distill.yaml", data | train, runs=tmp_path).info["test"]["accuracy"] for train in ({"train.0.seed": seed}, {"train": ALONE % seed}))
        print(f"seed {seed}: taught {taught:.4f}, alone {alone:.4f}")
        gains.append(taught - alone)
    assert min(gains) > 0 and sum(gains) / 2 >= 0.01
