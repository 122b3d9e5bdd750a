"""States carried from batch to batch: as Keras's stateful layers do, without tying the model to a size of batch."""

import numpy as np
import pytest

import builder
from builder.diagnostics import SpecError
from builder.training.carry import JUDGING, Carry, carry_of
from builder.training.stepper import stepper

keras = pytest.importorskip("keras")

SPEC = """
name: carried
data: {source: Moons}
model:
  inputs: {x: [null, 3]}
  layers:
    - LSTM: [5, stateful: true, return_sequences: true]
      name: first
    - GRU: [4, stateful: true, return_sequences: true]
      name: second
    - Dense: 1
      name: y
train: {loss: MeanSquaredError}
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
