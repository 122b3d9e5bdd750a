"""Half precision: the loss is scaled, the scale is kept, and LeNet-5 is as good as in full."""

import dataclasses

import numpy as np
import pytest
import tiny_training as tiny

import builder
from builder import training

SPEC = """
name: half
data: {{source: Digits, validation: 0.2, batch: 128}}
model:
  inputs: {{image: [8, 8, 1]}}
  layers:
    - Rescaling: =1 / 16
    - Conv2D: [6, 3, padding: same]
    - BatchNormalization
    - Activation: tanh
    - Flatten
    - Dense: [10, activation: softmax]
      name: label
train: {{loss: SparseCategoricalCrossentropy, metrics: [accuracy], optimizer: {{Adam: 1e-2}}, clip: 1.0, epochs: 8, precision: {precision}, seed: 1}}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    return {name: builder.train(SPEC.format(precision=name), runs=folder) for name in ("float32", "mixed_float16")}


@pytest.mark.slow
def test_it_learns_as_in_full_precision_and_keeps_its_weights_in_full(runs):
    full, half = runs["float32"].history.last, runs["mixed_float16"].history.last
    assert min(full["val_accuracy"], half["val_accuracy"]) > 0.9 and abs(half["loss"] - full["loss"]) < 0.02
    assert {str(v.dtype) for v in runs["mixed_float16"].model.trainable_variables} == {"float32"}
    assert runs["mixed_float16"].model.layers[2].compute_dtype == "float16"


def test_outputs_of_a_mixed_model_have_its_compute_dtype_and_predictions_are_numbers(runs):
    """Keras casts nothing back; `predict`, `evaluate` and losses read float32."""
    model = runs["mixed_float16"].model
    assert str(model.output["label"].dtype) == "float16"
    found = training.evaluate_run(runs["mixed_float16"], _data(), _plan())
    assert 0.8 < found.metrics["accuracy"] <= 1.0


def _checked():
    from builder.experiment import check

    return check(SPEC.format(precision="mixed_float16"))


def _data():
    from builder.opening import data_of as opened

    return opened(_checked(), smoke=False)


def _plan():
    return _checked().phases[0]


def exploding(size: float):
    """A model whose scaled gradients overflow where `size` is great."""
    import keras

    keras.utils.set_random_seed(1)
    keras.config.set_dtype_policy("mixed_float16")
    x = keras.Input((6,), name="x")
    try:
        return keras.Model({"x": x}, {"total": keras.layers.Rescaling(size, name="total")(keras.layers.Dense(1, name="d")(x))})
    finally:
        keras.config.set_dtype_policy("float32")


def scales(folder) -> list[float]:
    """The lone numbers among the optimizer's variables in the newest checkpoint; the loss scale is one of them."""
    from builder.training import checkpoints

    arrays = checkpoints.newest(folder / "checkpoints")[0].arrays
    return [float(array) for name, array in arrays.items() if name.startswith("optimizer/") and array.dtype == np.float32 and array.shape == ()]


def test_the_loss_scale_halves_on_an_overflow_and_is_kept_on_resume(folder):
    """Six steps an epoch, and each overflows: float16 ends at 65,504."""
    plan = tiny.plan(losses={"total": tiny.TOTAL}, metrics={}, callbacks=(), epochs=1, precision="mixed_float16",
                     optimizer=tiny.recipe("optimizer", "SGD", learning_rate=0.1), clip=None)
    before, built = 2.0**15, exploding(5000.0)
    weights = tiny.weights(built)
    training.train(built, (plan,), tiny.data(), folder, batch=16)
    assert before / 2**6 in scales(folder)
    again = exploding(5000.0)
    training.train(again, (dataclasses.replace(plan, epochs=2),), tiny.data(), folder, batch=16, resume=True)
    assert before / 2**12 in scales(folder)
    assert tiny.same(tiny.weights(again), weights), "no step was taken"


@pytest.mark.slow
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_lenet5_keeps_its_accuracy(tmp_path, precision):
    """Within a point, on the digits that the spec comes with."""
    found = [builder.train("lenet5", {"train.precision": one, "train.epochs": 15}, runs=tmp_path).history.last["val_accuracy"]
             for one in ("float32", precision)]
    assert found[0] > 0.9 and found[1] > found[0] - 0.01
