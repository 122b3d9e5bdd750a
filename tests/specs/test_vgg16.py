"""VGG-16 is that of keras.applications: counts, names, and features with the same weights."""

import numpy as np
import pytest
from spec_help import assert_same, compiled, copy_weights, counted, features, randomise


def test_counts():
    assert counted("vgg16") == (138_357_544, 138_357_544)


def test_features_equal_those_of_keras_applications():
    import keras

    model = compiled("vgg16", size=64, classes=10)
    theirs = keras.applications.VGG16(weights=None, include_top=False, input_shape=(64, 64, 3))
    randomise(theirs)
    for layer in theirs.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    x = np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    assert_same(features(model, "block5_pool", {"image": x}), features(theirs, "block5_pool", x / np.float32(255)))


@pytest.mark.slow
def test_fc2_at_full_size():
    import keras

    model, theirs = compiled("vgg16"), keras.applications.VGG16(weights=None)
    randomise(theirs)
    assert copy_weights(theirs, model, lambda name: name.replace("predictions", "label")) == 16
    x = np.random.default_rng(1).uniform(0, 255, (1, 224, 224, 3)).astype("float32")
    assert_same(features(model, "fc2", {"image": x}), features(theirs, "fc2", x / np.float32(255)))


def test_vgg19_has_three_convolutions_more():
    assert counted("vgg19") == (143_667_240, 143_667_240)


def test_features_of_vgg19_equal_those_of_keras_applications():
    import keras

    model = compiled("vgg19", size=32, classes=10)
    theirs = keras.applications.VGG19(weights=None, include_top=False, input_shape=(32, 32, 3))
    randomise(theirs)
    for layer in theirs.layers:
        if layer.weights:
            model.get_layer(layer.name).set_weights(layer.get_weights())
    x = np.random.default_rng(1).uniform(0, 255, (2, 32, 32, 3)).astype("float32")
    assert_same(features(model, "block5_pool", {"image": x}), features(theirs, "block5_pool", x / np.float32(255)))
