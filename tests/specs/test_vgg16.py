"""VGG-16 and -19 are those of keras.applications: counts, names, and features with the same weights."""

import numpy as np
import pytest
from spec_help import assert_same, compiled, copy_weights, counted, features, randomise


@pytest.mark.parametrize("name, count", [("vgg16", 138_357_544), ("vgg19", 143_667_240)])
def test_counts(name, count):
    assert counted(name) == (count, count)


@pytest.mark.parametrize("name, size", [("vgg16", 64), ("vgg19", 32)])
def test_features_equal_those_of_keras_applications(name, size):
    import keras

    model = compiled(name, size=size, classes=10)
    theirs = getattr(keras.applications, name.upper())(weights=None, include_top=False, input_shape=(size, size, 3))
    randomise(theirs)
    for layer in theirs.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    x = np.random.default_rng(1).uniform(0, 255, (2, size, size, 3)).astype("float32")
    assert_same(features(model, "block5_pool", {"image": x}), features(theirs, "block5_pool", x / np.float32(255)))


@pytest.mark.slow
def test_fc2_at_full_size():
    import keras

    model, theirs = compiled("vgg16"), keras.applications.VGG16(weights=None)
    randomise(theirs)
    assert copy_weights(theirs, model, lambda name: name.replace("predictions", "label")) == 16
    x = np.random.default_rng(1).uniform(0, 255, (1, 224, 224, 3)).astype("float32")
    assert_same(features(model, "fc2", {"image": x}), features(theirs, "fc2", x / np.float32(255)))
