"""What the graph says of wires is what the model does: their names, and the weights that each depends on."""

import numpy as np
import pytest

import builder
from builder.graph.wires import Wires, weighted
from builder.inside.wires import Inside
from builder.model.names import layers_by_name
from builder.opening import data_of
from builder.targets import targets_of

TEXT = """
blocks:
  Two:
    layers:
      - {Dense: 3, name: one}
      - {Dense: 3, name: two}
networks:
  inner: {inputs: {v: [3]}, layers: [{Dense: 3, name: deep}]}
  outer:
    inputs: {v: [6]}
    layers:
      - {Two: null, name: box}
      - {use: inner, name: within}
      - {Dense: 2, name: last}
    outputs: {early: within, late: last}
model:
  inputs: {x: [6], w: [6], words: [5, 4]}
  layers:
    - {use: outer, from: x, as: [e1, l1], name: first}
    - {use: outer, from: w, as: [e2, l2], name: second}
    - {LSTM: [3, return_state: true], from: words, as: [seq, h, c]}
    - {formula: e1 * h, name: both}
    - {Two: null, name: box}
    - {Dense: 1, name: score}
    - {Dense: 2, from: both, name: side}
  outputs: [score, l2, c]
train:
  loss:
    - {MeanSquaredError: {}, from: score, target: 1}
    - {formula: mean(square(side))}
    - {formula: 'y_true * sum(square(a - b), axis=-1)', from: {a: l1, b: l2}, target: same}
"""


@pytest.fixture(scope="module")
def inside() -> Inside:
    checked = builder.experiment.check(TEXT)
    return Inside(checked.graph, builder.compile(TEXT))


def test_the_graph_names_the_wires_of_the_model(inside):
    taps = Wires(inside.graph).taps
    assert list(taps) == list(inside.spots)
    assert all(taps[name].spec.shape == spot.shape for name, spot in inside.spots.items())
    assert set(inside.graph.outputs) == {"score", "l2", "c", "side"} == set(inside.model.output)


def test_a_wire_depends_on_the_weights_that_have_a_gradient(inside):
    import tensorflow as tf

    wires, graph = Wires(inside.graph), inside.graph
    names = [name for name in wires.taps if wires.taps[name].step.what != "input"]
    layers = {name: layer for name, layer in layers_by_name(inside.model) if layer.weights and name in weighted(graph)}
    assert set(layers) == set(weighted(graph))
    given = {name: np.random.default_rng(0).normal(size=(2, *wire.spec.shape)).astype("float32") for name, wire in graph.inputs.items()}
    model = inside.taps(names)
    with tf.GradientTape(persistent=True) as tape:
        found = {name: tf.reduce_sum(value) for name, value in model(given).items()}
    for name in names:
        gradients = {layer: tape.gradient(found[name], [variable.value for variable in one.trainable_variables]) for layer, one in layers.items()}
        assert {layer for layer, some in gradients.items() if any(one is not None for one in some)} == wires.before(wires.taps[name]), name


def test_fields_of_terms_are_known_to_the_data():
    checked = builder.experiment.check(TEXT)
    (target,) = targets_of(checked.graph, checked.phases[0])
    assert (target.output, target.field, target.loss) == ("l1_l2_loss", "same", None) and target.spec.shape == ()
    assert target.misfit(target.spec) is None and "cannot be combined" in target.misfit(type(target.spec)((3,), "float32"))
    assert data_of(checked, smoke=True).fields["same"].shape == ()


def test_a_field_of_a_term_that_is_not_there(tmp_path):
    np.savez(tmp_path / "data.npz", x=np.zeros((9, 4), "float32"), label=np.zeros((9, 2), "float32"))
    text = (f"data: {{source: {{Npz: {tmp_path}/data.npz}}}}\nmodel: {{inputs: {{x: [4]}}, layers: [{{Dense: 2, name: h}}, {{Dense: 3, name: out}}]}}\n"
            "train: {loss: [{formula: 'sum(h * y_true, axis=-1)', target: %s}]}\n")
    for field, kind in (("labels", "missing-field"), ("x", "term-shape"), ("label", None)):
        try:
            data_of(builder.experiment.check(text % field))
            assert kind is None
        except builder.SpecError as error:
            assert [fault.kind for fault in error.faults] == [kind]
