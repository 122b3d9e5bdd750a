"""Steps that are not run at each batch, and a network that only follows: in the model, in the logs, in the warnings."""

import numpy as np
import pytest
import tiny_training as tiny

from builder import experiment
from builder.model.names import layers_by_name

SPEC = """
name: followers
data: {source: Digits, limit: 100, batch: 32}
networks:
  online: {inputs: {image: [8, 8, 1]}, layers: [Flatten, {Dense: [4, activation: tanh], name: d}]}
  slow: {inputs: {image: [8, 8, 1]}, layers: [Flatten, {Dense: [4, activation: tanh], name: d}]}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - {Rescaling: =1 / 16, name: pixels}
    - {use: slow, from: pixels}
    - {use: online, from: pixels, name: seen}
    - {Dense: [10, activation: softmax], name: label}
  outputs: [label]
train:
  seed: 1
  epochs: 2
  freeze: slow
  steps:
    - {name: main, loss: {SparseCategoricalCrossentropy: {}, from: label}, update: [online, label]}
    - {name: rare, loss: {formula: mean(square(seen)), name: small}, update: online, shared: true, every: 5}
    - {name: never, loss: {formula: mean(abs(seen)), name: absolute}, update: online, shared: true, every: 50}
    - {update: slow, follow: {target: online, rate: 1}}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    heard = tiny.Listener()
    return experiment.train(SPEC, runs=tmp_path_factory.mktemp("runs"), reporter=heard), heard


def test_what_only_follows_is_in_the_model(trained):
    """Nothing but a step reads it; frozen, it follows all the same."""
    layers = dict(layers_by_name(trained[0].model))
    for one, other in zip(layers["slow.d"].get_weights(), layers["online.d"].get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)
    assert list(trained[0].model.output) == ["label", "slow"]


def test_an_epoch_without_a_step_has_no_numbers_of_it(trained):
    first, last = trained[0].history.rows
    assert not {"small", "rare_loss", "absolute"} & set(first) and {"small", "rare_loss"} < set(last) and "absolute" not in last
    assert first["loss"] == pytest.approx(first["main_loss"]) and last["loss"] == pytest.approx(last["main_loss"] + last["rare_loss"], abs=1e-5)


def test_a_step_that_waits_for_more_batches_than_there_are_is_told(trained):
    told = [fault for fault, in trained[1].of("warning") if fault.kind == "step-never"]
    assert [(fault.facts["step"], fault.facts["every"], fault.facts["batches"], fault.span.line) for fault in told] == [("never", 50, 8, 22)]
