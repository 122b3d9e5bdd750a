"""A training step of a spec against the same model in plain Keras: `fit` over cached, prefetched tf.data batches."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import statistics
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml
from side_by_side import ratio

import builder
from builder.experiment import resolved
from builder.training import Silent

EPOCHS = 4
LENET_LAYERS = """
    - Conv2D: [6, 5, padding: same, activation: tanh]
    - AveragePooling2D: 2
    - Conv2D: [16, 5, activation: tanh]
    - AveragePooling2D: 2
    - Flatten
    - Dense: [120, activation: tanh]
    - Dense: [84, activation: tanh]
"""
LENET = """
name: lenet
data: {source: {Npz: data.npz}, batch: 128}
model:
  inputs: {image: [28, 28, 1]}
  layers:LAYERS    - Dense: [10, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, optimizer: {Adam: 1e-3}, metrics: [accuracy], epochs: EPOCHS}
""".replace("LAYERS", LENET_LAYERS)
LSTM = """
name: lstm
data: {source: {Npz: data.npz}, batch: 32}
model:
  inputs: {words: {shape: [80], dtype: int32}}
  layers:
    - Embedding: [5000, 64]
    - LSTM: 64
    - Dense: [1, activation: sigmoid]
      name: label
train: {loss: BinaryCrossentropy, optimizer: {Adam: 1e-3}, metrics: [accuracy], epochs: EPOCHS}
"""


class Clock(Silent):
    """Seconds a step takes, from the first epoch's end on."""

    def __init__(self):
        self.seconds, self.start, self.steps = [], 0.0, 1

    def epoch_started(self, epoch, epochs, steps, phase):
        self.start, self.steps = time.perf_counter(), steps

    def step(self, epoch, batch, steps, logs):
        if batch == steps:
            self.seconds.append((time.perf_counter() - self.start) / steps)

    @property
    def step_seconds(self) -> float:
        return statistics.median(self.seconds[1:])


def ours(folder: Path, spec: Path) -> float:
    clock = Clock()
    builder.train(spec, runs=folder / "runs", reporter=clock)
    return clock.step_seconds


def theirs(model, data: dict, batch: int, loss: str, execution: int) -> float:
    """Plain Keras at its best settings: cached and prefetched batches, several steps an execution, nothing in between."""
    import keras

    model.compile(optimizer=keras.optimizers.Adam(1e-3), loss=loss, metrics=["accuracy"], steps_per_execution=execution)
    return fitted(model, tuple(data.values()), batch)


def fitted(model, data: tuple, batch: int) -> float:
    """Seconds a step of `fit` takes, from the second epoch on, over cached and prefetched batches."""
    import keras
    import tensorflow as tf

    dataset = tf.data.Dataset.from_tensor_slices(data).cache()
    dataset = dataset.shuffle(len(dataset)).batch(batch).prefetch(tf.data.AUTOTUNE)
    clock = _clock(keras, len(dataset))
    model.fit(dataset, epochs=EPOCHS, verbose=0, callbacks=[clock])
    return statistics.median(clock.seconds[1:])


def _clock(keras, steps: int):
    """A callback that keeps the seconds a step takes, by epoch."""

    class Steps(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_train_batch_end(self, batch, logs=None):
            if batch + 1 == steps:
                self.seconds.append((time.perf_counter() - self.began) / steps)

    clock = Steps()
    clock.seconds = []
    return clock


def lenet():
    import keras
    from keras import layers

    return keras.Sequential([
        layers.Input((28, 28, 1)), layers.Conv2D(6, 5, padding="same", activation="tanh"), layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh"), layers.AveragePooling2D(2), layers.Flatten(), layers.Dense(120, activation="tanh"),
        layers.Dense(84, activation="tanh"), layers.Dense(10, activation="softmax"),
    ])


def lstm():
    import keras
    from keras import layers

    return keras.Sequential([layers.Input((80,), dtype="int32"), layers.Embedding(5000, 64), layers.LSTM(64), layers.Dense(1, activation="sigmoid")])


def resnet():
    import keras
    from keras import layers

    return keras.Sequential([layers.Input((64, 64, 3)), layers.Rescaling(1 / 255),
                             keras.applications.ResNet50(weights=None, input_shape=(64, 64, 3), classes=10)])


def resnet_spec() -> str:
    """The shipped ResNet-50 on the arrays of this benchmark."""
    spec = yaml.safe_load(resolved(builder.load("resnet50", {"params.size": 64, "params.classes": 10})))
    spec["data"] = {"source": {"Npz": "data.npz"}, "batch": 16}
    spec["train"] = {"loss": "SparseCategoricalCrossentropy", "optimizer": {"Adam": 1e-3}, "metrics": ["accuracy"], "epochs": EPOCHS}
    return yaml.safe_dump(spec)


def main(quick: bool = False) -> None:
    random = np.random.default_rng(0)
    systems = {
        "LeNet-5, batch 128": (LENET, lenet, {"image": random.random((12800, 28, 28, 1), "float32"), "label": random.integers(0, 10, 12800)}, 128,
                               "sparse_categorical_crossentropy", 20),
        "LSTM, batch 32": (LSTM, lstm, {"words": random.integers(0, 5000, (3200, 80)).astype("int32"), "label": random.integers(0, 2, 3200)}, 32,
                           "binary_crossentropy", 10),
        "ResNet-50 at 64 x 64, batch 16": (None, resnet, {"image": random.random((160, 64, 64, 3), "float32"), "label": random.integers(0, 10, 160)}, 16,
                                           "sparse_categorical_crossentropy", 1),
    }
    for name, (text, model, data, batch, loss, execution) in systems.items():
        folder = Path(tempfile.mkdtemp())
        np.savez(folder / "data.npz", **data)
        spec = folder / "spec.yaml"
        spec.write_text((text or resnet_spec()).replace("EPOCHS", str(EPOCHS)))
        peer = lambda: theirs(model(), data, batch, loss, execution)  # noqa: B023
        ratio(f"a training step of {name}", "the same model by hand, `fit` on cached and prefetched batches", lambda: ours(folder, spec), peer,
              1 if quick else 3)  # noqa: B023


if __name__ == "__main__":
    main()
