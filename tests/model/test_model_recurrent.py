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


@pytest.mark.parametrize("merge", ["concat", *(pytest.param(merge, marks=pytest.mark.slow) for merge in ("sum", "null"))])
def test_both_ways_are_keras_bidirectional_masks_and_states_included(merge):
    """`Bidirectional` around a cell of the library, with the weights of Keras's around its own LSTM."""
    import keras

    lstm = keras.layers.LSTM(UNITS, return_sequences=merge != "sum", return_state=True)
    theirs = keras.layers.Bidirectional(lstm, merge_mode=None if merge == "null" else merge)
    theirs.build((None, TIME, WIDTH))
    theirs.set_weights([numbers(*w.shape, seed=i) for i, w in enumerate(theirs.weights)])
    run = f"{{Recurrent: {{cell: {{PlainLSTMCell: {UNITS}}}, return_sequences: {str(merge != 'sum').lower()}, return_state: true}}}}"
    text = f"name: t\nmodel:\n  inputs: {{x: [{TIME}, {WIDTH}]}}\n  layers:\n    - Bidirectional: [{run}, merge_mode: {merge}]\n      name: both\n"
    checked, ours = builder.check(text).graph, builder.compile(text).get_layer("both")
    for way in ("forward_layer", "backward_layer"):
        k, r, b = (np.split(w, 4, axis=-1) for w in getattr(theirs, way).get_weights())
        for i, name in enumerate(("i", "f", "candidate", "o")):
            weights(getattr(ours, way), gate(name, k[i], r[i], b[i]))
    x, mask = numbers(3, TIME, WIDTH), np.array([[1, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [0, 0, 1, 0, 1, 1]], bool)
    states = [numbers(3, UNITS, seed=i + 5) for i in range(4)]
    for options in ({}, {"mask": mask}, {"mask": mask, "initial_state": states}):
        found, wanted = ours(x, **options), theirs(x, **options)
        assert [wire.spec.shape for wire in checked.outputs.values()] == [tuple(one.shape[1:]) for one in found]
        for one, other in zip(found, wanted, strict=True):
            close(one, other, 1e-5)
    assert checked.parameters == ours.count_params() == theirs.count_params()


def test_backwards_and_laid_out_steps_give_the_same():
    x = numbers(2, TIME, WIDTH)
    plain = compiled(f"PlainGRUCell: {UNITS}")
    states = plain.get_weights()
    wanted = plain(x).numpy()
    for more, given, found in (("unroll: true", x, wanted), ("go_backwards: true", x[:, ::-1], wanted), ("zero_output_for_mask: true", x, wanted)):
        other = compiled(f"PlainGRUCell: {UNITS}", f"return_sequences: true, {more}")
        other.set_weights(states)
        close(other(given), found)


NOISY = """
name: t
blocks:
  Noisy:
    params: [units]
    inputs: [x, h]
    outputs: [y, h2]
    layers:
      - RecurrentGate: [=units, activation: tanh]
        name: gate
        from: [x, h]
      - BatchNormalization
      - Dropout: 0.3
        name: h2
      - Dense: 2
        name: y
model:
  inputs: {text: {shape: [null], dtype: int32}}
  layers:
    - Embedding: [20, 6, mask_zero: true]
    - Recurrent: {cell: {Noisy: 5}, return_sequences: true}
      name: rnn
    - Bidirectional: {Recurrent: {cell: {PlainGRUCell: 3}, return_sequences: true}}
      name: both
    - Recurrent: {cell: {PlainLSTMCell: 4}}
      name: two
    - Dense: [2, name: label]
"""
TEXTS = np.array([[1, 2, 3, 0], [4, 5, 0, 0], [3, 3, 3, 3]])


@pytest.mark.slow
def test_a_model_with_cells_is_trained_saved_loaded_by_name_and_exported(tmp_path):
    import keras

    from builder.export import export

    model = builder.compile(NOISY)
    model.compile("adam", "mse")
    before = model({"text": TEXTS})["label"].numpy()
    assert (model.fit({"text": TEXTS}, {"label": np.ones((3, 2))}, epochs=2, verbose=0).history["loss"][-1]) > 0
    after = model({"text": TEXTS})["label"].numpy()
    assert np.abs(after - before).max() > 1e-4
    model.save(tmp_path / "model.keras")
    close(keras.models.load_model(tmp_path / "model.keras")({"text": TEXTS})["label"], after, 0)
    named = builder.compile(f"{NOISY}  weights: {tmp_path / 'model.keras'}\n")
    close(named({"text": TEXTS})["label"], after, 0)
    for one in export(named, ["saved_model", "keras"], tmp_path / "export"):
        assert one.greatest_difference < 1e-6


def test_patterns_reach_into_cells_and_padding_changes_nothing():
    from builder.training.freeze import apply, trainable_flags

    model = builder.compile(NOISY)
    apply(model, trainable_flags(model), ["rnn.gate.*", "two"], ["two.f.kernel"])
    inner = {f"{outer}.{layer.name}" for outer in ("rnn", "two") for layer in model.get_layer(outer).network.layers if layer.trainable_weights}
    assert inner == {"rnn.batch_normalization", "rnn.y", "two.f.kernel"}
    padded = np.pad(TEXTS, ((0, 0), (0, 3)))
    close(model({"text": padded})["label"], model({"text": TEXTS})["label"])


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "float64"])
def test_cells_are_computed_in_the_precision_that_is_asked_for(precision):
    from builder.model import build

    model = build(builder.check(NOISY).graph, precision=precision)
    rnn = model.get_layer("rnn")
    computed = precision.removeprefix("mixed_")
    assert {tensor.dtype for tensor in (*rnn.network.inputs, *rnn.network.outputs)} == {computed}
    assert str(model({"text": TEXTS})["label"].dtype) == f"<dtype: '{computed}'>"
    assert {weight.dtype for weight in rnn.trainable_weights} == {"float64" if precision == "float64" else "float32"}


def test_states_are_as_wide_as_what_comes_back():
    """The state of Jordan is as wide as its outputs; one that keeps what was read is as wide as that; a map stays a map."""
    last = "blocks: {Last: {inputs: [x, before], outputs: [change, x], layers: [{formula: x - before, name: change}]}}\n"
    graph = builder.check(last + spec("Last: {}", "return_sequences: true")).graph
    assert graph.layers["rnn"].cell.inputs["before"].spec.shape == (WIDTH,)
    assert builder.check(spec("JordanCell: [7, 2]")).graph.layers["rnn"].cell.inputs["y"].spec.shape == (2,)
    conv = """
name: t
blocks:
  ConvCell:
    params: [filters]
    inputs: [x, h]
    outputs: [new, new]
    layers: [Concatenate, {Conv2D: [=filters, 3, padding: same, activation: tanh], name: new}]
model: {inputs: {x: [5, 8, 8, 2]}, layers: [{Recurrent: {cell: {ConvCell: 3}}, name: rnn}]}
"""
    found = builder.compile(conv)({"x": numbers(2, 5, 8, 8, 2)})["rnn"]
    assert found.shape == (2, 8, 8, 3) and np.abs(found).max() > 0


def test_a_step_has_as_many_operations_as_the_cell_written_in_python():
    """So that it costs the same: nothing is cast, copied or checked at each step."""
    import sys

    import tensorflow as tf

    sys.path.append(str(Path(__file__).parents[2] / "benchmarks"))
    from cells import BATCH, models
    from cells import TIME as LONG
    from cells import WIDTH as WIDE

    found = []
    for model in models(unroll=False):
        traced = tf.function(lambda x, model=model: model({"x": x}, training=True)).get_concrete_function(tf.TensorSpec((BATCH, LONG, WIDE)))
        graph = traced.graph.as_graph_def()
        found.append([len(graph.node), *sorted(len(function.node_def) for function in graph.library.function)])
    assert found[0] == found[1] and len(found[0]) == 3


@pytest.mark.filterwarnings("ignore")
def test_the_layers_said_to_lose_a_mask_lose_it():
    import keras

    from builder.graph.masks import LOSING

    arguments = {"Reshape": ((-1, 8),), "MaxPooling1D": (1,), "AveragePooling1D": (1,), "ZeroPadding1D": (1,), "Cropping1D": (1,), "UpSampling1D": (1,),
                 "DepthwiseConv1D": (3,)}
    tokens = keras.Input((5,), dtype="int32")
    given = keras.layers.Embedding(9, 8, mask_zero=True)(tokens)
    for name in LOSING:
        layer = getattr(keras.layers, name)(*arguments.get(name, (8, 3)))
        assert getattr(layer(given), "_keras_mask", None) is None, name
    assert getattr(keras.layers.Dropout(0.1)(given), "_keras_mask", None) is not None
    assert getattr(keras.ops.tanh(given), "_keras_mask", None) is None


def test_states_are_carried_from_batch_to_batch():
    from builder.training.carry import TRAINING, carry_of

    model = builder.compile(spec(f"PlainLSTMCell: {UNITS}", "return_sequences: true, stateful: true"))
    x = numbers(2, 2 * TIME, WIDTH)
    step = carry_of(model, 2).over(lambda part: model({"x": part})["rnn"], TRAINING)
    close(np.concatenate([step(x[:, :TIME]), step(x[:, TIME:])], axis=1), model.get_layer("rnn")(x))
