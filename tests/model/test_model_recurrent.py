"""Recurrent cells of the library against their equations in numpy, published fixtures and Keras's own layers."""

import json
import os
from pathlib import Path

import numpy as np
import pytest

import builder

FIXTURES = Path(os.environ.get("BRICKS_REFERENCE", Path(__file__).parents[3] / "shared" / "reference")) / "fixtures.json"
TIME, WIDTH, UNITS = 6, 3, 4


def spec(cell: str, more: str = "return_sequences: true", time: int | None = TIME, width: int = WIDTH) -> str:
    return f"name: t\nmodel:\n  inputs: {{x: [{time or 'null'}, {width}]}}\n  layers:\n    - Recurrent: {{cell: {{{cell}}}, {more}}}\n      name: rnn\n"


def compiled(cell: str, more: str = "return_sequences: true", **shape):
    return builder.compile(spec(cell, more, **shape)).get_layer("rnn")


def weights(layer, values: dict) -> None:
    """Gives the layers within a cell their weights, by dotted name."""
    for name, given in values.items():
        layer.network.get_layer(name).set_weights(given)


def gate(name: str, wx, wh, b=None) -> dict:
    return {f"{name}.kernel": [wx] if b is None else [wx, b], f"{name}.recurrent": [wh]}


def numbers(*shape, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 0.6, shape).astype("float32")


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


@pytest.fixture(scope="module")
def published() -> dict:
    if not FIXTURES.is_file():
        pytest.skip("the published fixtures are not here: BRICKS_REFERENCE names their folder")
    return json.loads(FIXTURES.read_text(encoding="utf-8"))


def close(found, wanted, tolerance: float = 1e-6) -> None:
    np.testing.assert_allclose(np.asarray(found), np.asarray(wanted), atol=tolerance, rtol=0)


def test_elman_jordan_and_delay_are_the_published_numbers(published):
    rnn = {name: np.asarray(value) for name, value in published["rnn"].items() if not isinstance(value, str)}
    x = rnn["x"][None]
    elman = compiled("ElmanCell: 3", time=4, width=2)
    weights(elman, gate("state", rnn["Wx"], rnn["Wh"], rnn["b"]))
    close(elman(x)[0], rnn["elman_h"])
    jordan = compiled("JordanCell: [3, 2]", time=4, width=2)
    weights(jordan, gate("hidden", rnn["Wx"], rnn["Wyh"], rnn["b"]) | {"output": [rnn["Wy"], rnn["by"]]})
    close(jordan(x)[0], rnn["jordan_y (sigmoid out, tanh hidden, context=y[t-1])"])
    delayed = compiled("DelayCell: [3, delay: 2]", time=4, width=2)
    weights(delayed, gate("state", rnn["Wx"], rnn["Wh"], rnn["b"]))
    close(delayed(x)[0], rnn["delay2_h (h[t-2] feedback)"])


def test_lstm_and_gru_are_the_published_numbers(published):
    x = np.asarray(published["rnn"]["x"])[None]
    lstm, seed = compiled("PlainLSTMCell: 3", "return_sequences: true, return_state: true", time=4, width=2), published["lstm_seed"]
    w, b = ({name: np.asarray(value) for name, value in seed[key].items()} for key in ("W", "b"))
    for name, key in (("i", "i"), ("f", "f"), ("candidate", "c"), ("o", "o")):
        weights(lstm, gate(name, w[key][3:], w[key][:3], b[key]))  # the published matrices multiply [h, x]
    h, _, c = lstm(x)
    close(h[0], seed["h"])
    close(c[0], seed["C"][-1])
    gru, seed = compiled("LectureGRUCell: 3", time=4, width=2), published["gru_seed"]
    for name, key in (("z", "z"), ("r", "r"), ("candidate", "h")):
        w = np.asarray(seed["W"][key])
        weights(gru, gate(name, w[3:], w[:3]))
    close(gru(x)[0], seed["h_seed001"])


def test_delay_of_more_steps_and_peepholes_are_their_equations():
    x, wx, wh, b = numbers(2, TIME, WIDTH), numbers(WIDTH, UNITS, seed=1), numbers(UNITS, UNITS, seed=2), numbers(UNITS, seed=3)
    delayed = compiled(f"DelayCell: [{UNITS}, delay: 3]")
    weights(delayed, gate("state", wx, wh, b))
    h = [np.zeros((2, UNITS))] * 3
    for t in range(TIME):
        h.append(np.tanh(x[:, t].astype("float64") @ wx + h[-3] @ wh + b))
    close(delayed(x), np.stack(h[3:], 1))

    peephole = compiled(f"PeepholeLSTMCell: {UNITS}", "return_sequences: true, return_state: true")
    w = {name: (numbers(WIDTH, UNITS, seed=i), numbers(UNITS, UNITS, seed=i + 10), numbers(UNITS, seed=i + 20), numbers(UNITS, seed=i + 30))
         for i, name in enumerate("ifco")}
    for name, key in (("to_i", "i"), ("to_f", "f"), ("candidate", "c"), ("to_o", "o")):
        weights(peephole, gate(name, *w[key][:3]))
    weights(peephole, {f"peep_{key}": [w[key][3]] for key in "ifo"})
    h, c, found = np.zeros((2, UNITS)), np.zeros((2, UNITS)), []
    for t in range(TIME):
        i, f, g, o = (x[:, t].astype("float64") @ w[key][0] + h @ w[key][1] + w[key][2] for key in "ifco")
        new = sigmoid(f + w["f"][3] * c) * c + sigmoid(i + w["i"][3] * c) * np.tanh(g)
        h, c = sigmoid(o + w["o"][3] * new) * np.tanh(new), new
        found.append(h)
    y, last, memory = peephole(x)
    close(y, np.stack(found, 1))
    close(last, h)
    close(memory, c)


def keras_layers():
    """Keras's layers with random weights, each with our cell and its weights."""
    import keras

    def built(layer):
        layer.build((None, TIME, WIDTH))
        layer.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(layer.weights)])
        return layer, [np.split(w, w.shape[-1] // UNITS, axis=-1) for w in layer.get_weights()]

    lstm, (k, r, b) = built(keras.layers.LSTM(UNITS, return_sequences=True, return_state=True))
    yield lstm, "PlainLSTMCell", "", [gate(name, k[i], r[i], b[i]) for i, name in enumerate(("i", "f", "candidate", "o"))]
    gru, (k, r, b) = built(keras.layers.GRU(UNITS, return_sequences=True, return_state=True))
    gates = [gate(name, k[i], r[i], b[i].sum(0)) for i, name in enumerate(("z", "r"))]
    yield gru, "PlainGRUCell", "", [*gates, {"kernel": [k[2], b[2][0]], "recurrent": [r[2], b[2][1]]}]
    gru, (k, r, b) = built(keras.layers.GRU(UNITS, reset_after=False, return_sequences=True, return_state=True))
    gates = [gate(name, k[i], r[i], b[i]) for i, name in enumerate(("z", "r"))]
    yield gru, "PlainGRUCell", ", reset_after: false", [*gates, {"kernel": [k[2], b[2]], "recurrent": [r[2]]}]
    gru, (k, r) = built(keras.layers.GRU(UNITS, reset_after=False, use_bias=False, return_sequences=True, return_state=True))
    yield gru, "LectureGRUCell", "", [gate("z", -k[0], -r[0]), gate("r", k[1], r[1]), gate("candidate", k[2], r[2])]
    simple, (k, r, b) = built(keras.layers.SimpleRNN(UNITS, return_sequences=True, return_state=True))
    yield simple, "ElmanCell", "", [gate("state", k[0], r[0], b[0])]


def test_keras_layers_and_ours_are_equal_masks_and_initial_states_included():
    """A mask with gaps in the middle and at the start, steps that none counts, and states given."""
    x = numbers(4, TIME, WIDTH)
    mask = np.array([[1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 1, 1], [0, 0, 0, 0, 0, 0]], bool)
    for theirs, cell, more, given in keras_layers():
        ours = compiled(f"{cell}: [{UNITS}{more}]", "return_sequences: true, return_state: true")
        for values in given:
            weights(ours, values)
        states = [numbers(4, UNITS, seed=i + 5) for i in range(len(ours.network.inputs) - 1)]
        for options in ({}, {"mask": mask}, {"mask": mask, "initial_state": states}):
            for one, other in zip(ours(x, **options), theirs(x, **options), strict=True):
                close(one, other, 1e-5)


def test_backwards_and_laid_out_steps_give_the_same():
    x = numbers(2, TIME, WIDTH)
    plain = compiled(f"PlainGRUCell: {UNITS}")
    states = plain.get_weights()
    wanted = plain(x).numpy()
    for more, given, found in (("unroll: true", x, wanted), ("go_backwards: true", x[:, ::-1], wanted), ("zero_output_for_mask: true", x, wanted)):
        other = compiled(f"PlainGRUCell: {UNITS}", f"return_sequences: true, {more}")
        other.set_weights(states)
        close(other(given), found)
