"""Warm-up: Keras's own in CosineDecay, and ours before any schedule."""

import numpy as np
import pytest

STEPS = range(0, 140, 7)


def rates(schedule) -> list[float]:
    return [float(np.asarray(schedule(step))) for step in STEPS]


def warmup(*args, **more):
    from builder.catalog.schedules.linearwarmup import LinearWarmup

    return LinearWarmup(*args, **more)


def test_it_equals_kerass_own_warmup_of_cosine_decay():
    from keras.optimizers.schedules import CosineDecay

    ours, theirs = warmup(CosineDecay(0.1, 100), 30), CosineDecay(0.0, 100, warmup_target=0.1, warmup_steps=30)
    assert np.allclose(rates(ours), rates(theirs), rtol=1e-6)
    ours, theirs = warmup(CosineDecay(0.1, 100, alpha=0.2), 30, start=0.02), CosineDecay(0.02, 100, alpha=0.2, warmup_target=0.1, warmup_steps=30)
    assert np.allclose(rates(ours), rates(theirs), rtol=1e-6)


@pytest.mark.parametrize("name", ["ExponentialDecay", "PiecewiseConstantDecay", "InverseTimeDecay", "number"])
def test_before_any_schedule_the_rate_grows_in_a_line_and_then_it_begins(name):
    from keras.optimizers import schedules

    after = {"ExponentialDecay": lambda: schedules.ExponentialDecay(0.4, 20, 0.5), "InverseTimeDecay": lambda: schedules.InverseTimeDecay(0.4, 10, 0.5),
             "PiecewiseConstantDecay": lambda: schedules.PiecewiseConstantDecay([20, 40], [0.4, 0.04, 0.004]), "number": lambda: lambda step: 0.4}[name]()
    found = rates(warmup(0.4 if name == "number" else after, 50, start=0.1))
    expected = [0.1 + 0.3 * step / 50 if step < 50 else float(np.asarray(after(step - 50))) for step in STEPS]
    assert np.allclose(found, expected, rtol=1e-6)


def test_it_is_saved_with_its_optimizer():
    import keras

    schedule = warmup(keras.optimizers.schedules.ExponentialDecay(0.4, 20, 0.5), 50)
    optimizer = keras.optimizers.SGD(schedule)
    again = keras.optimizers.deserialize(keras.optimizers.serialize(optimizer))
    assert rates(again._learning_rate) == rates(schedule)
    assert rates(type(schedule).from_config(warmup(0.1, 5).get_config())) == rates(warmup(0.1, 5))
    with pytest.raises(ValueError, match="at least 1"):
        warmup(0.1, 0)


def test_a_spec_names_both(tmp_path):
    import builder

    spec = """
name: warm
data: {source: Digits, batch: 512}
model:
  inputs: {image: [8, 8, 1]}
  layers: [Flatten, {Dense: [10, activation: softmax], name: label}]
train: {loss: SparseCategoricalCrossentropy, optimizer: {SGD: {%s}}, epochs: 3}
"""
    for rate in ("LinearWarmup: [{ExponentialDecay: [0.4, 4, 0.5]}, steps: 8]", "CosineDecay: [0, 8, warmup_target: 0.4, warmup_steps: 8]"):
        rows = builder.train(spec % rate, runs=tmp_path).history["learning_rate"]
        assert rows[:2] == pytest.approx([0.2, 0.4], rel=1e-5) and rows[2] < 0.3
