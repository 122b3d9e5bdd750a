"""The fully convolutional classifier: the dense form's scores on a window, and a map of them on a larger image."""

import numpy as np
from spec_help import compiled


def pair():
    dense, wide = compiled("fcn", dense="true"), compiled("fcn")
    for layer in wide.layers:
        if layer.weights:
            source = dense.get_layer("fc1" if layer.name == "conv4" else layer.name)
            layer.set_weights([ours.reshape(theirs.shape) for ours, theirs in zip(source.get_weights(), layer.get_weights())])
    return dense, wide


def test_on_the_training_size_it_is_the_dense_form():
    dense, wide = pair()
    x = np.random.default_rng(0).uniform(0, 16, (3, 8, 8, 1)).astype("float32")
    one, other = dense({"image": x}), wide({"image": x})
    assert other["scores"].shape == (3, 1, 1, 10) and np.abs(one["scores"]).max() > 0.01
    np.testing.assert_allclose(other["scores"][:, 0, 0], one["scores"], atol=1e-5)
    np.testing.assert_allclose(other["label"], one["label"], atol=1e-5)


def test_a_larger_image_gives_a_map():
    """Each place of the map sees its own window; away from the padded borders it gives that window's scores."""
    _, wide = pair()
    image = np.random.default_rng(0).uniform(0, 16, (1, 40, 24, 1)).astype("float32")
    scores = np.asarray(wide({"image": image})["scores"])
    assert scores.shape == (1, 9, 5, 10)
    moved = np.asarray(wide({"image": image[:, 8:, 4:]})["scores"])
    np.testing.assert_allclose(moved[:, 2:-2, 2:-2], scores[:, 4:-2, 3:-2], atol=1e-5)
