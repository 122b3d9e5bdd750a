"""AlexNet in one tower and in two: published counts, and towers that do not hear each other."""

import numpy as np
import pytest
from spec_help import checked, compiled, counted

TWO = {"conv1": 34_944, "conv2": 307_456, "conv3": 885_120, "conv4": 663_936, "conv5": 442_624, "fc6": 37_752_832, "fc7": 16_781_312, "label": 4_097_000}


@pytest.mark.parametrize("name, count", [("alexnet", 62_378_344), ("alexnet_two_tower", 60_965_224)])
def test_counts(name, count):
    assert counted(name) == (count, count)


def test_counts_of_the_layers():
    found = {node.name: node.parameters for node in checked("alexnet_two_tower").graph.nodes if node.parameters}
    assert found == TWO


def test_a_tower_does_not_hear_the_other():
    """Convolution 2 is two convolutions of half the channels each, side by side."""
    import keras

    model = compiled("alexnet_two_tower", size=67, classes=10)
    layer = model.get_layer("conv2")
    x = np.random.default_rng(0).normal(size=(2, 7, 7, 96)).astype("float32")
    both = keras.ops.convert_to_numpy(layer(x))
    kernel, bias = layer.get_weights()
    for tower in (0, 1):
        half = keras.ops.conv(x[..., 48 * tower:48 * tower + 48], kernel[..., 128 * tower:128 * tower + 128], padding="same")
        half = keras.ops.relu(half + bias[128 * tower:128 * tower + 128])
        np.testing.assert_allclose(both[..., 128 * tower:128 * tower + 128], half, atol=1e-4)
    x[..., :48] += 1
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(layer(x))[..., 128:], both[..., 128:])
