"""Attention written as equations against Keras's own, and the layers of transformers made of it."""

import numpy as np
import pytest

import builder

X = np.random.default_rng(0).normal(size=(3, 7, 12)).astype("float32")


def made(layers: str, inputs: str = "x: [7, 12]"):
    return builder.compile(f"model:\n  inputs: {{{inputs}}}\n  layers:\n{layers}")


@pytest.mark.parametrize("causal", [False, True])
def test_attention_as_equations_is_keras_multi_head_attention(causal):
    import keras

    ours = made(f"    - {{MultiHead: [3, 4, causal: {str(causal).lower()}], from: [x, z], name: a}}", "x: [7, 12], z: [7, 12]")
    theirs = keras.layers.MultiHeadAttention(3, 4)
    z = X[:, ::-1].copy()
    wanted = theirs(X, z, use_causal_mask=causal)
    random = np.random.default_rng(1)
    theirs.set_weights([random.normal(size=weight.shape) for weight in theirs.get_weights()])
    copied = {name: getattr(theirs, f"_{name}_dense") for name in ("query", "key", "value", "output")}
    for name, layer in copied.items():
        ours.get_layer("a.output" if name == "output" else f"a.{name}_dense").set_weights(layer.get_weights())
    wanted = theirs(X, z, use_causal_mask=causal).numpy()
    found = ours.predict({"x": X, "z": z}, verbose=0)["a"]
    assert np.abs(found - wanted).max() < 1e-5 * np.abs(wanted).max() and wanted.std() > 0.1


def test_scaled_products_against_numpy():
    model = made("    - {ScaledDotProductAttention: null, from: [x, x, x], name: a}")
    x = X.astype("float64")
    scores = np.exp(x @ x.transpose(0, 2, 1) / np.sqrt(12))
    wanted = scores / scores.sum(-1, keepdims=True) @ x
    assert np.abs(model.predict({"x": X}, verbose=0)["a"] - wanted).max() < 1e-5


@pytest.mark.parametrize("first", ["true", "false"])
def test_a_causal_layer_does_not_look_ahead(first):
    model = made(f"    - {{TransformerEncoder: [3, 24, causal: true, dropout: 0.0, norm_first: {first}], name: layer}}")
    other = X.copy()
    other[:, 4:] += 1
    one, two = (next(iter(model.predict({"x": x}, verbose=0).values())) for x in (X, other))
    assert np.allclose(one[:, :4], two[:, :4], atol=1e-5) and not np.allclose(one[:, 4:], two[:, 4:], atol=1e-2)


def test_padding_is_not_looked_at():
    model = made("    - {Embedding: [9, 12, mask_zero: true]}\n    - PositionEmbedding: 8\n    - TransformerEncoder: [3, 24]\n    "
                 "- GlobalAveragePooling1D:\n      name: mean",
                 "x: {shape: [null], dtype: int32}")
    short, long = np.array([[3, 1, 4]]), np.array([[3, 1, 4, 0, 0]])
    one, two = (model.predict({"x": x}, verbose=0)["mean"] for x in (short, long))
    assert np.allclose(one, two, atol=1e-5)


def test_a_sequence_longer_than_the_positions_is_told_at_its_line():
    with pytest.raises(builder.SpecError) as told:
        made("    - Dense: 4\n    - PositionEmbedding: 5")
    fault = told.value.faults[0]
    assert fault.span.line == 5 and "5 positions" in str(fault.facts) and "7 steps" in str(fault.facts)
