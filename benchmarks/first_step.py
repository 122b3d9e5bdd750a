"""The wait for the first training step of ResNet-50, Keras imported, against the script people write; each in a fresh process."""

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


def ours() -> float:
    """From the spec's text to the end of the first step."""
    import numpy as np
    from training import resnet_spec

    import builder
    from builder.catalog import import_keras
    from builder.training import Silent

    class First(Silent):
        def step(self, epoch, batch, steps, logs):
            raise Reached

    folder = Path(tempfile.mkdtemp())
    x, y = data()
    np.savez(folder / "data.npz", image=x, label=y)
    (folder / "spec.yaml").write_text(resnet_spec().replace("EPOCHS", "1"))
    import_keras()
    return until(lambda: builder.train(folder / "spec.yaml", runs=folder / "runs", reporter=First()))


def theirs() -> float:
    """From the first layer to the end of the first step of `fit` on arrays."""
    import keras
    from training import resnet

    class First(keras.callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            raise Reached

    x, y = data()

    def script() -> None:
        model = resnet()
        model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        model.fit(x, y, batch_size=BATCH, verbose=0, callbacks=[First()])

    return until(script)


def until(work) -> float:
    """Seconds until it is reached."""
    start = time.perf_counter()
    try:
        work()
    except Reached:
        pass
    return time.perf_counter() - start


def process(side: str) -> float:
    """Seconds that one side takes in a process of its own."""
    ran = subprocess.run([sys.executable, __file__, side], capture_output=True, text=True, check=False)
    try:
        return float(ran.stdout.split()[-1])
    except (IndexError, ValueError):
        raise RuntimeError(ran.stderr) from None


def main(quick: bool = False) -> None:
    from side_by_side import ratio

    ratio(f"the wait for the first step of ResNet-50 at {SIZE} x {SIZE}", "the model by hand and arrays into `fit`",
          lambda: process("ours"), lambda: process("theirs"), 1 if quick else 3)


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT)]
    print({"ours": ours, "theirs": theirs}[sys.argv[1]]())
