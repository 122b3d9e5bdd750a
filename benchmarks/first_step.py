"""The wait for the first training step of ResNet-50 against the script people write, each in a fresh process with Keras imported: from where the
model is built, and from the spec's text or the script's first layer on."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SIZE, BATCH, EXAMPLES = 64, 16, 160


class Reached(Exception):
    """The first step is done."""


def data():
    import numpy as np

    random = np.random.default_rng(0)
    return random.random((EXAMPLES, SIZE, SIZE, 3), "float32"), random.integers(0, 10, EXAMPLES)


def ours() -> tuple[float, float]:
    """Seconds to the end of the first step, from the spec's text and from the built model."""
    import numpy as np
    from training import resnet_spec

    import builder
    from builder.catalog import import_keras
    from builder.training import Silent

    class First(Silent):
        def started(self, what):
            built.append(time.perf_counter())

        def step(self, epoch, batch, steps, logs):
            raise Reached

    folder = Path(tempfile.mkdtemp())
    x, y = data()
    np.savez(folder / "data.npz", image=x, label=y)
    (folder / "spec.yaml").write_text(resnet_spec().replace("EPOCHS", "1"))
    import_keras()
    built: list[float] = []
    return until(lambda: builder.train(folder / "spec.yaml", runs=folder / "runs", reporter=First()), built)


def theirs() -> tuple[float, float]:
    """Seconds to the end of the first step of `fit` on arrays, from the first layer and from the built model."""
    import keras
    from training import resnet

    class First(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise Reached

    x, y = data()
    built: list[float] = []

    def script() -> None:
        model = resnet()
        built.append(time.perf_counter())
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[First()])

    return until(script, built)


def until(work, built: list[float]) -> tuple[float, float]:
    """Seconds until it is reached, from the call and from when the model was built."""
    start = time.perf_counter()
    try:
        work()
    except Reached:
        pass
    end = time.perf_counter()
    return end - start, end - built[0]


def process(side: str) -> tuple[float, float]:
    """What one side takes in a process of its own."""
    ran = subprocess.run([sys.executable, __file__, side], capture_output=True, text=True, check=False)
    try:
        whole, step = map(float, ran.stdout.split()[-2:])
    except ValueError:
        raise RuntimeError(ran.stderr) from None
    return whole, step


def main(quick: bool = False) -> None:
    from side_by_side import ratio

    pairs = [(process("ours"), process("theirs")) for _ in range(1 if quick else 3)]
    name = f"the wait for the first step of ResNet-50 at {SIZE} x {SIZE}"
    for told, against, place in ((name, "`fit` on arrays", 1), (f"{name}, from the spec's text on", "the model by hand and `fit` on arrays", 0)):
        mine, other = iter(pair[0][place] for pair in pairs), iter(pair[1][place] for pair in pairs)
        ratio(told, against, lambda: next(mine), lambda: next(other), len(pairs))  # noqa: B023


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    print(*{"ours": ours, "theirs": theirs}[sys.argv[1]]())
