"""U-Net as one recursive block: its count, its depth as a parameter, and equality with one written by hand."""

import numpy as np
import pytest
from spec_help import assert_same, checked, compiled, counted, features, randomise


def test_counts():
    assert counted("unet") == (31_030_593, 31_030_593)


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_depth_counts_the_poolings(depth):
    bricks = [node.brick for node in checked("unet", depth=depth, filters=4, size=32).graph.nodes]
    assert bricks.count("MaxPooling2D") == bricks.count("Concatenate") == bricks.count("Conv2DTranspose") == depth


def by_hand(size: int, filters: int, depth: int):
    """The same network in plain Keras, written as a loop down and a loop up."""
    import keras
    from keras import layers

    def double(x, filters, name):
        for i in (1, 2):
            x = layers.Conv2D(filters, 3, padding="same", activation="relu", name=f"{name}.conv{i}")(x)
        return x

    x = image = keras.Input((size, size, 1))
    names, skips = ["level" + ".level" * i for i in range(depth + 1)], []
    for i in range(depth + 1):
        x = double(x, filters * 2**i, f"{names[i]}.skip")
        if i < depth:
            skips.append(x)
            x = layers.MaxPooling2D(2)(x)
    for i in reversed(range(depth)):
        x = layers.Conv2DTranspose(filters * 2**i, 2, strides=2, name=f"{names[i]}.conv2d_transpose")(x)
        x = double(layers.Concatenate()([skips[i], x]), filters * 2**i, f"{names[i]}.double_conv")
    return keras.Model(image, layers.Conv2D(1, 1, activation="sigmoid", name="mask")(x))


def test_equals_the_network_written_by_hand():
    model, theirs = compiled("unet", size=32, filters=4, depth=3), by_hand(32, 4, 3)
    randomise(theirs)
    for layer in theirs.layers:
        model.get_layer(layer.name if layer.weights else model.layers[0].name).set_weights(layer.get_weights())
    x = np.random.default_rng(1).uniform(0, 1, (2, 32, 32, 1)).astype("float32")
    assert_same(features(model, "level.double_conv.conv2", {"image": x}), features(theirs, "level.double_conv.conv2", x))
    assert_same(features(model, "mask", {"image": x}), features(theirs, "mask", x))
