"""Every ResNet from one file: published counts, and the features of keras.applications with the same weights."""

import re

import numpy as np
import pytest
from spec_help import assert_same, compiled, copy_weights, counted, features, randomise

from builder.diagnostics import SpecError

COUNTS = {
    (50, 1): (25_636_712, 25_583_592), (101, 1): (44_707_176, 44_601_832), (152, 1): (60_419_944, 60_268_520),
    (50, 2): (25_613_800, 25_568_360), (101, 2): (44_675_560, 44_577_896), (152, 2): (60_380_648, 60_236_904),
}


def name_of(theirs: str) -> str:
    """conv2_block1_preact_bn → conv2_block1.norm0."""
    theirs = {"conv1_conv": "conv1", "conv1_bn": "norm1", "post_bn": "norm", "predictions": "label"}.get(theirs, theirs)
    theirs = re.sub(r"_0_conv$", ".shortcut", theirs).replace("_preact_bn", ".norm0")
    return re.sub(r"_(\d)_bn$", r".norm\1", re.sub(r"_(\d)_conv$", r".conv\1", theirs))


@pytest.mark.parametrize("depth, version", COUNTS)
def test_counts_are_those_of_keras_applications(depth, version):
    assert counted("resnet", depth=depth, version=version) == COUNTS[depth, version]


@pytest.mark.parametrize("depth, trainable", [(18, 11_689_512), (34, 21_797_672)])
def test_the_shallow_ones_are_without_biases(depth, trainable):
    assert counted("resnet", depth=depth)[1] == trainable


def test_a_depth_that_nobody_published_is_an_error():
    with pytest.raises(SpecError) as told:
        counted("resnet", depth=77)
    (fault,) = told.value.faults
    assert (fault.kind, fault.facts["keys"]) == ("formula-key", [18, 34, 50, 101, 152])


def test_fifty_layers_are_the_network_of_resnet50():
    """The law of one model: both specs, given the same weights, give the same features."""
    one, other = compiled("resnet", size=64, classes=10), compiled("resnet50", size=64, classes=10)
    randomise(one)
    assert copy_weights(one, other, str) == 107
    x = np.random.default_rng(1).uniform(0, 255, (2, 64, 64, 3)).astype("float32")
    assert_same(features(one, "features", {"image": x}), features(other, "features", {"image": x}))


@pytest.mark.parametrize("depth", [50, pytest.param(101, marks=pytest.mark.slow), pytest.param(152, marks=pytest.mark.slow)])
def test_version_two_equals_keras_applications(depth):
    import keras

    size = 64
    model = compiled("resnet", size=size, depth=depth, version=2)
    built = {50: keras.applications.ResNet50V2, 101: keras.applications.ResNet101V2, 152: keras.applications.ResNet152V2}[depth]
    theirs = built(weights=None, input_shape=(size, size, 3), include_top=False, pooling="avg")
    randomise(theirs)
    theirs = keras.Model(theirs.input, keras.layers.Dense(1000, name="predictions")(theirs.output))
    copy_weights(theirs, model, name_of)
    x = np.random.default_rng(1).uniform(0, 255, (2, size, size, 3)).astype("float32")
    for training in (False, True):
        expected = features(theirs, "avg_pool", x * np.float32(1 / 255), training)
        assert_same(features(model, "features", {"image": x}, training), expected)
