"""States carried from batch to batch: as Keras's stateful layers do, without tying the model to a size of batch."""

import numpy as np
import pytest
import tiny_training as tiny

import builder
from builder.diagnostics import SpecError
from builder.training.carry import JUDGING, Carry, carry_of
from builder.training.interrupt import Interrupted
from builder.training.stepper import stepper

keras = pytest.importorskip("keras")

SPEC = """
name: carried
model:
  inputs: {x: [null, 3]}
  layers:
    - LSTM: [5, stateful: true, return_sequences: true]
      name: first
    - GRU: [4, stateful: true, return_sequences: true]
      name: second
    - Dense: 1
      name: y
"""
X = np.random.default_rng(0).normal(size=(4, 12, 3)).astype("float32")
Y = np.cumsum(X.sum(-1, keepdims=True), axis=1)


def parts(x):
    """Three batches, each going on where the one before it ends."""
    return [x[:, start : start + 4] for start in (0, 4, 8)]


@pytest.fixture
def model():
    model = builder.compile(SPEC)
    model.carry = carry_of(model, batch=4)
    return model


def test_the_model_takes_any_batch_and_is_saved_as_keras_own(model, tmp_path):
    assert model({"x": X[:2]})["y"].shape == (2, 12, 1)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert np.array_equal(again({"x": X})["y"], model({"x": X})["y"])
    assert not {id(one) for one in model.carry.variables} & {id(one) for one in model.variables}


def test_parts_give_what_the_whole_gives(model):
    call = model.carry.over(lambda x: model({"x": x})["y"], JUDGING)
    whole = model({"x": X})["y"]
    found = np.concatenate([call(part) for part in parts(X)], axis=1)
    assert np.allclose(found, whole, atol=1e-6)
    assert not np.allclose(call(X[:, :4]), whole[:, :4], atol=1e-3)  # it went on
    model.carry.reset(JUDGING)
    assert np.allclose(call(X[:, :4]), whole[:, :4], atol=1e-6)
    assert all(np.all(state == 0) for state in model.carry.variables)  # training's were left alone


def test_steps_are_those_of_keras_stateful_layers(model):
    import tensorflow as tf

    inputs = keras.Input(batch_shape=(4, 4, 3))
    theirs = keras.layers.LSTM(5, stateful=True, return_sequences=True)(inputs)
    theirs = keras.layers.GRU(4, stateful=True, return_sequences=True)(theirs)
    theirs = keras.Model(inputs, keras.layers.Dense(1)(theirs))
    theirs.set_weights([value for name in ("first", "second", "y") for value in model.get_layer(name).get_weights()])
    theirs.compile("sgd", "mse")
    model.compile("sgd", {"y": "mse"})
    batches = list(zip(parts(X), parts(Y), strict=True))
    for x, y in batches:
        theirs.train_on_batch(x, y)
    data = tf.data.Dataset.from_tensor_slices((np.array(parts(X)), np.array(parts(Y)))).map(lambda x, y: ({"x": x}, {"y": y}))
    stepper(model).train(iter(data), 3)
    for name, layer in zip(("first", "second", "y"), [layer for layer in theirs.layers if layer.weights], strict=True):
        for ours, its in zip(model.get_layer(name).get_weights(), layer.get_weights(), strict=True):
            assert np.allclose(ours, its, atol=1e-6)
    assert np.allclose(model.carry.variables[0], theirs.layers[1].states[0], atol=1e-5)


def test_several_devices_are_refused(model):
    with pytest.raises(SpecError) as caught:
        carry_of(model, 4, devices=object())
    assert caught.value.faults[0].kind == "carry-devices"


def test_a_model_without_such_layers_carries_nothing():
    assert carry_of(builder.compile(SPEC.replace("stateful: true, ", "")), 4) is None
    assert Carry([], 4).variables == []


TEXT = """
name: text
data:
  source: {TextFile: text.txt}
  sample: {Windows: [length: 8, carry: true]}
  validation: 0.2
  batch: 4
model:
  inputs: {text: string, next: string}
  layers:
    - CharacterVectorization: [output_sequence_length: 8]
      name: tokens
      from: text
    - Embedding: [30, 4]
    - GRU: [6, return_sequences: true, stateful: true]
    - Dense: 30
      name: logits
    - {use: tokens, from: next, name: following}
train:
  loss:
    - {SparseCategoricalCrossentropy: [from_logits: true], from: logits, target: {wire: following}, name: nats}
  execution: {steps_per_execution: 1, jit_compile: false}
  optimizer: SGD
  epochs: 2
  seed: 3
"""


@pytest.mark.slow
def test_a_run_stopped_within_an_epoch_goes_on_from_its_states(tmp_path, monkeypatch):
    monkeypatch.setattr("builder.training.loop.PAUSE", 0.0)
    monkeypatch.setenv("BRICKS_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    letters = np.random.default_rng(0).choice(list("abcdefg \n"), 700)
    (tmp_path / "text.txt").write_text("".join(letters), newline="")
    (tmp_path / "text.yaml").write_text(TEXT)
    whole = builder.train("text.yaml", runs="whole")
    with pytest.raises(Interrupted) as caught:
        builder.train("text.yaml", runs="broken", reporter=tiny.Stops(6))
    broken = builder.train(None, resume=caught.value.folder, runs="broken")
    assert all(np.array_equal(a, b) for a, b in zip(whole.model.get_weights(), broken.model.get_weights(), strict=True))
    assert [row["val_nats"] for row in whole.history.rows] == [row["val_nats"] for row in broken.history.rows]
    judged = builder.evaluate(broken)
    assert judged.split == "validation" and judged.metrics["nats"] == pytest.approx(whole.history.rows[-1]["val_nats"], rel=1e-5)
