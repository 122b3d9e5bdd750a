"""A whole epoch of a small MLP and of LeNet-5 against the script people write: arrays into `fit`; both sides' accuracy beside it."""

import gzip
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from side_by_side import ratio
from training import LENET_LAYERS, lenet

import builder
from builder.training import Silent

DATA = Path(os.environ.get("BRICKS_DATA") or Path(__file__).parents[2] / "shared/data") / "mnist"
MLP = """
    - Flatten
    - Dense: [128, activation: relu]
"""
SPEC = """
name: NAME
data: {source: {Idx: FOLDER}, batch: BATCH}
model:
  inputs: {image: [28, 28, 1]}
  layers:
    - Rescaling: =1 / 255
LAYERS
    - Dense: [10, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, optimizer: {Adam: 1e-3}, metrics: [accuracy], epochs: EPOCHS}
"""


class Epochs(Silent):
    """Seconds of each epoch with all that belongs to it, its checkpoint too."""

    def __init__(self):
        self.seconds, self.start = [], 0.0

    def epoch_started(self, epoch, epochs, steps, phase):
        self.start = time.perf_counter()

    def epoch_ended(self, epoch, epochs, row):
        self.seconds.append(time.perf_counter() - self.start)


def folder_of_digits() -> tuple[Path, str]:
    """MNIST where it is at hand, else as many made-up digits: ten patterns under noise."""
    if DATA.is_dir():
        return DATA, "MNIST"
    folder, random = Path(tempfile.mkdtemp()), np.random.default_rng(0)
    patterns = random.random((10, 28, 28)) > 0.7
    for name, count in (("train", 60000), ("t10k", 10000)):
        label = random.integers(0, 10, count).astype("u1")
        noise = random.random((count, 28, 28)) > 0.75
        image = ((patterns[label] ^ noise) * 255).astype("u1")
        for what, array in (("images", image), ("labels", label)):
            head = bytes((0, 0, 8, array.ndim)) + np.array(array.shape, ">u4").tobytes()
            (folder / f"{name}-{what}").write_bytes(head + array.tobytes())
    return folder, "60,000 made-up digits"


def arrays(folder: Path, name: str) -> np.ndarray:
    """An idx file as people read it."""
    path = next(folder.glob(f"{name}*"))
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return np.frombuffer(data, "u1", offset=4 + 4 * data[3]).reshape(np.frombuffer(data, ">u4", data[3], 4).astype(int))


def ours(spec: Path, told: list) -> float:
    clock = Epochs()
    run = builder.train(spec, runs=spec.parent / "runs", reporter=clock)
    told.append(builder.evaluate(run).metrics["accuracy"])
    return statistics.median(clock.seconds[1:])


def theirs(make, folder: Path, batch: int, epochs: int, told: list) -> float:
    """The script of every tutorial: arrays divided by 255, Sequential, compile, fit."""
    import keras

    x, y = arrays(folder, "train-images")[..., None].astype("float32") / 255, arrays(folder, "train-labels").astype("int64")
    tested = arrays(folder, "t10k-images")[..., None].astype("float32") / 255, arrays(folder, "t10k-labels").astype("int64")
    clock = _clock(keras)
    model = make()
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(x, y, batch_size=batch, epochs=epochs, verbose=0, callbacks=[clock])
    told.append(model.evaluate(*tested, verbose=0)[1])
    return statistics.median(clock.seconds[1:])


def _clock(keras):
    """A callback that keeps the seconds of each epoch; hearing no batches, it costs none."""

    class Whole(keras.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            self.began = time.perf_counter()

        def on_epoch_end(self, epoch, logs=None):
            self.seconds.append(time.perf_counter() - self.began)

    clock = Whole()
    clock.seconds = []
    return clock


def mlp():
    import keras
    from keras import layers

    return keras.Sequential([
        layers.Input((28, 28, 1)), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(10, activation="softmax"),
    ])


def spec_of(name: str, layers: str, folder: Path, batch: int, epochs: int) -> Path:
    path = Path(tempfile.mkdtemp()) / f"{name}.yaml"
    words = {"NAME": name, "FOLDER": str(folder), "BATCH": str(batch), "LAYERS": layers.strip("\n"), "EPOCHS": str(epochs)}
    text = SPEC
    for word, value in words.items():
        text = text.replace(word, value)
    path.write_text(text)
    return path


def main(quick: bool = False) -> None:
    epochs, rounds = (3, 1) if quick else (5, 3)
    folder, data = folder_of_digits()
    systems = (("an MLP of 128 units, batch 32", "mlp", MLP, mlp, 32), ("LeNet-5, batch 128", "lenet", LENET_LAYERS, lenet, 128))
    for title, name, layers, make, batch in systems:
        spec, mine, peers = spec_of(name, layers, folder, batch, epochs), [], []
        ratio(f"a whole epoch of {title} on {data}", "arrays into `fit`", lambda: ours(spec, mine), lambda: theirs(make, folder, batch, epochs, peers), rounds)  # noqa: B023
        for whose, found in (("ours", mine), ("theirs", peers)):
            print(f"    accuracy on the test split after {epochs} epochs, {whose}: {statistics.median(found):.4f} ({min(found):.4f} to {max(found):.4f})")


if __name__ == "__main__":
    main("--quick" in sys.argv)
