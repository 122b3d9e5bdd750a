"""Our own layers: their formulas, their learning, and their way through a `.keras` file."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from builder.catalog import make
from builder.graph.catalogue import Refused
from builder.graph.graph import Recipe


def saved(model, folder):
    path = folder / "model.keras"
    model.save(path)
    return keras.models.load_model(path)


def layer(name, **args):
    return make(Recipe("layer", name, tuple(args.items())))


def test_response_normalization_is_that_of_tensorflow():
    x = np.random.default_rng(0).normal(size=(2, 3, 4, 11)).astype("float32")
    ours = layer("LocalResponseNormalization", depth_radius=3, bias=1.5, alpha=0.1, beta=0.6)(x)
    theirs = tf.nn.local_response_normalization(x, 3, 1.5, 0.1, 0.6)
    np.testing.assert_allclose(ours, theirs, rtol=2e-6)


def test_response_normalization_is_the_formula_of_the_paper():
    x = np.random.default_rng(1).normal(size=(1, 1, 1, 7)).astype("float32") * 100
    got = np.asarray(layer("LocalResponseNormalization")(x))[0, 0, 0]
    a = x[0, 0, 0].astype("float64")
    want = [a[i] / (2 + 1e-4 * np.sum(a[max(0, i - 2):i + 3] ** 2)) ** 0.75 for i in range(7)]
    np.testing.assert_allclose(got, want, rtol=1e-5)


@pytest.mark.parametrize("wrong", [{"depth_radius": -1}, {"depth_radius": True}, {"bias": 0.0}])
def test_response_normalization_refuses(wrong):
    with pytest.raises(Refused, match=next(iter(wrong))):
        layer("LocalResponseNormalization", **wrong)


def test_response_normalization_is_saved(tmp_path):
    x = keras.Input((4, 4, 6))
    model = keras.Model(x, layer("LocalResponseNormalization", depth_radius=1, alpha=0.5)(x))
    data = np.random.default_rng(2).normal(size=(2, 4, 4, 6)).astype("float32")
    np.testing.assert_array_equal(model(data), saved(model, tmp_path)(data))


HOLES = np.array([[1.0, np.nan, np.nan], [3.0, 5.0, np.nan], [11.0, 7.0, np.nan]], "float32")


@pytest.mark.parametrize(("strategy", "want"), [("mean", [5, 6, 9]), ("median", [3, 6, 9]), ("constant", [9, 9, 9])])
@pytest.mark.parametrize("fed", [lambda x: x, lambda x: tf.data.Dataset.from_tensor_slices(x).batch(2)])
def test_missing_values_are_filled(strategy, want, fed, tmp_path):
    x = keras.Input((3,))
    fill = layer("FillMissing", strategy=strategy, value=9.0)
    model = keras.Model(x, fill(x))
    fill.adapt(fed(HOLES))
    got = np.asarray(model(HOLES))
    np.testing.assert_array_equal(got, np.where(np.isnan(HOLES), want, HOLES))
    np.testing.assert_array_equal(got, saved(model, tmp_path)(HOLES))


def test_single_numbers_are_filled():
    fill = layer("FillMissing")
    fill.adapt(np.array([1.0, np.nan, 2.0], "float32"))
    np.testing.assert_array_equal(fill(np.array([np.nan, 4.0], "float32")), [1.5, 4.0])


def test_nothing_else_is_touched():
    x = np.array([[np.inf, -np.inf, 0.0]], "float32")
    np.testing.assert_array_equal(layer("FillMissing")(x), x)


def test_an_unknown_strategy_is_refused():
    with pytest.raises(Refused, match="strategy"):
        layer("FillMissing", strategy="mode")
