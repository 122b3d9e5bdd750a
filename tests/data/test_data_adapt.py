"""Layers that learn from the data before training."""

import numpy as np
import pytest

from builder.data import Data, Split, adapt_layers
from builder.data.table import column, texts

keras = pytest.importorskip("keras")
layers = keras.layers


def data_of(**columns):
    made = {n: texts(n, v) if isinstance(v, list) else column(n, v) for n, v in columns.items()}
    return Data({n: c.field for n, c in made.items()}, {"train": Split("train", made)})


NUMBERS = np.random.default_rng(0).normal(5, 3, (3000, 2)).astype("float32")
WORDS = ["cat dog", "dog", "bird cat dog"] * 20


def model_of(inputs, outputs):
    return keras.Model({i.name: i for i in inputs}, outputs)


def test_normalization():
    x = keras.Input((2,), name="x")
    norm = layers.Normalization(name="norm")
    model = model_of([x], layers.Dense(1)(norm(x)))
    assert adapt_layers(model, data_of(x=NUMBERS)) == ("norm",)
    out = keras.ops.convert_to_numpy(norm(NUMBERS))
    assert np.allclose(out.mean(0), 0, atol=1e-3)
    assert np.allclose(out.std(0), 1, atol=1e-3)


def test_texts_and_numbers_in_one_model():
    inputs = [keras.Input((1,), name="b", dtype="string"), keras.Input((), name="a", dtype="string"), keras.Input((2,), name="n")]
    vectors = layers.TextVectorization(name="vectors", output_sequence_length=4)
    lookup = layers.StringLookup(name="lookup", output_mode="one_hot")
    norm = layers.Normalization(name="norm")
    model = model_of(inputs, {"out": vectors(inputs[0]), "n": norm(inputs[2])})
    adapted = adapt_layers(model, data_of(a=WORDS, b=WORDS, n=NUMBERS[:60]))
    assert set(adapted) == {"vectors", "norm"}
    assert vectors.get_vocabulary() == ["", "[UNK]", "dog", "cat", "bird"]
    assert not lookup.built


def test_layers_learn_from_what_was_adapted_before_them():
    x = keras.Input((2,), name="x")
    first, second = layers.Normalization(name="first"), layers.Normalization(name="second")
    model = model_of([x], second(first(x) * 3 + 1))
    assert adapt_layers(model, data_of(x=NUMBERS)) == ("first", "second")
    assert np.allclose(second.mean, 1, atol=1e-2)
    assert np.allclose(second.variance, 9, atol=1e-1)


def test_a_layer_used_twice_learns_from_both():
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    norm = layers.Normalization(name="norm")
    model = model_of([a, b], [norm(a), norm(b)])
    adapt_layers(model, data_of(a=np.zeros((50, 1), "float32"), b=np.full((50, 1), 4, "float32")))
    assert np.allclose(norm.mean, 2)
    assert np.allclose(norm.variance, 4)


def test_a_layer_used_again_behind_another():
    x = keras.Input((1,), name="x")
    one, two = layers.Normalization(name="one"), layers.Normalization(name="two")
    middle = two(one(x))
    model = model_of([x], two(middle + one(middle)))
    assert adapt_layers(model, data_of(x=NUMBERS[:, :1])) in [("one", "two"), ("two", "one")]


def test_models_in_models():
    inner_in = {"v": keras.Input((2,), name="v"), "w": keras.Input((), name="w", dtype="string")}
    norm, lookup = layers.Normalization(name="norm"), layers.StringLookup(name="lookup")
    inner = keras.Model(inner_in, {"n": norm(inner_in["v"]), "l": lookup(inner_in["w"])}, name="inner")
    x, w = keras.Input((2,), name="x"), keras.Input((), name="word", dtype="string")
    model = model_of([w, x], inner({"w": w, "v": x + 10.0}))
    assert set(adapt_layers(model, data_of(x=NUMBERS[:60], word=WORDS))) == {"inner.norm", "inner.lookup"}
    assert np.allclose(norm.mean, NUMBERS[:60].mean(0) + 10, atol=1e-2)
    assert lookup.vocabulary_size() == 4


def test_twins():
    side = keras.Input((1,), name="side")
    norm = layers.Normalization(name="norm")
    encoder = keras.Model(side, layers.Dense(2)(norm(side)), name="encoder")
    a, b = keras.Input((1,), name="a"), keras.Input((1,), name="b")
    model = model_of([a, b], encoder(a) - encoder(b))
    data = data_of(a=np.zeros((50, 1), "float32"), b=np.full((50, 1), 4, "float32"))
    assert adapt_layers(model, data) == ("encoder.norm",)
    assert np.allclose(norm.mean, 2)


def test_what_was_given_is_left_alone():
    x, w, i = keras.Input((1,), name="x"), keras.Input((), name="w", dtype="string"), keras.Input((), name="i", dtype="int64")
    outputs = [
        layers.Normalization(mean=0.0, variance=1.0)(x), layers.Discretization(bin_boundaries=[0.0, 1.0])(x),
        layers.StringLookup(vocabulary=["a"])(w), layers.TextVectorization(vocabulary=["a"])(w),
        layers.IntegerLookup(vocabulary=[1])(i)]
    assert adapt_layers(model_of([x, w, i], outputs), data_of(x=NUMBERS[:9, :1], w=WORDS[:9], i=np.arange(9))) == ()


def test_bins_and_whole_numbers():
    x, i = keras.Input((1,), name="x"), keras.Input((), name="i", dtype="int64")
    bins, lookup = layers.Discretization(num_bins=4, name="bins"), layers.IntegerLookup(name="numbers")
    data = data_of(x=np.arange(400, dtype="float32").reshape(-1, 1), i=np.array([7, 7, 9, 9] * 100, "uint8"))
    adapt_layers(model_of([x, i], [bins(x), lookup(i)]), data)
    assert np.allclose(bins.bin_boundaries, [100, 200, 300], atol=10)
    assert set(lookup.get_vocabulary()[1:]) == {7, 9}


def test_models_without_such_layers_read_nothing():
    x = keras.Input((2,), name="x")
    assert adapt_layers(keras.Model(x, layers.Dense(1)(x)), None) == ()
