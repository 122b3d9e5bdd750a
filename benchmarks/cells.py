"""A recurrent cell written as equations in YAML against the same cell in Python under Keras's `RNN`: training and answering."""

import functools
import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from side_by_side import ratio, worked

UNITS, WIDTH, TIME, BATCH = 64, 32, 40, 64
SPEC = f"""
name: cells
model:
  inputs: {{x: [{TIME}, {WIDTH}]}}
  layers:
    - Recurrent: {{cell: {{LectureGRUCell: {UNITS}}}, unroll: UNROLL}}
      name: rnn
    - Dense: 1
      name: y
"""


def by_hand():
    """The cell as one writes it for Keras."""
    import keras
    from keras import ops

    class Cell(keras.layers.Layer):
        def __init__(self, units):
            super().__init__()
            self.state_size = self.output_size = self.units = units

        def build(self, shape):
            self.kernels = [self.add_weight(shape=(shape[-1], self.units), name=f"w{i}") for i in range(3)]
            self.recurrents = [self.add_weight(shape=(self.units, self.units), initializer="orthogonal", name=f"u{i}") for i in range(3)]

        def gate(self, i, x, h):
            return ops.matmul(x, self.kernels[i]) + ops.matmul(h, self.recurrents[i])

        def call(self, x, states):
            h = states[0]
            z, r = ops.sigmoid(self.gate(0, x, h)), ops.sigmoid(self.gate(1, x, h))
            h = (1 - z) * h + z * ops.tanh(self.gate(2, x, r * h))
            return h, [h]

    return Cell(UNITS)


def models(unroll: bool):
    """Ours and the one by hand, of the same weights."""
    import keras

    import builder

    ours = builder.compile(SPEC.replace("UNROLL", str(unroll).lower()))
    x = keras.Input((TIME, WIDTH), name="x")
    theirs = keras.Model({"x": x}, {"y": keras.layers.Dense(1)(keras.layers.RNN(by_hand(), unroll=unroll)(x))})
    step = ours.get_layer("rnn").network
    kernels = [step.get_layer(f"{gate}.{part}").kernel.numpy() for part in ("kernel", "recurrent") for gate in ("z", "r", "candidate")]
    theirs.set_weights([*kernels, *ours.get_layer("y").get_weights()])
    return ours, theirs


def main(quick: bool) -> None:
    random = np.random.default_rng(0)
    x, y = random.normal(size=(BATCH * 20, TIME, WIDTH)).astype("float32"), random.normal(size=(BATCH * 20, 1)).astype("float32")
    for unroll in (False, True):
        both = models(unroll)
        first, second = (model.predict({"x": x[:8]}, verbose=0)["y"] for model in both)
        np.testing.assert_allclose(first, second, atol=1e-5)
        for model in both:
            model.compile("adam", "mse")
            model.fit({"x": x}, {"y": y}, batch_size=BATCH, verbose=0)
            model.predict({"x": x}, batch_size=BATCH, verbose=0)
        what, rounds = "laid out" if unroll else "as a loop", 3 if quick else 9
        for done, work in (("training", lambda model: model.fit({"x": x}, {"y": y}, batch_size=BATCH, verbose=0)),
                           ("answers of", lambda model: model.predict({"x": x}, batch_size=BATCH, verbose=0))):
            calls = [functools.partial(worked, functools.partial(work, model)) for model in both]
            ratio(f"{done} a cell from YAML, {what}", "the cell in Python under keras.layers.RNN", *calls, rounds)


if __name__ == "__main__":
    main(quick=True)
