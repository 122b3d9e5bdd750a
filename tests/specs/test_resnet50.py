"""ResNet-50 is that of keras.applications: counts, names, and features with the same weights."""

import re

import numpy as np
import pytest
from spec_help import SPECS, assert_same, checked, compiled, copy_weights, counted, features, randomise


def name_of(theirs: str) -> str:
    """conv2_block1_0_bn → conv2_block1.shortcut.norm."""
    theirs = theirs.replace("conv1_conv", "conv1").replace("conv1_bn", "norm1").replace("predictions", "label")
    theirs = re.sub(r"_0_conv$", ".shortcut.conv", theirs).replace("_0_bn", ".shortcut.norm")
    return re.sub(r"_(\d)_bn$", r".norm\1", re.sub(r"_(\d)_conv$", r".conv\1", theirs))


def test_counts():
    assert counted("resnet50") == (25_636_712, 25_583_592)


def test_layers_by_class():
    bricks = [node.brick for node in checked("resnet50").graph.nodes]
    assert [bricks.count(name) for name in ("Conv2D", "BatchNormalization", "Add", "Activation", "ZeroPadding2D")] == [53, 53, 16, 49, 2]


def compare(size: int, count: int, **reference) -> None:
    import keras

    model = compiled("resnet50", size=size)
    theirs = keras.applications.ResNet50(weights=None, input_shape=(size, size, 3), **reference)
    randomise(theirs)
    if not reference.get("include_top", True):  # our head has no counterpart: it is given none
        theirs = keras.Model(theirs.input, keras.layers.Dense(1000, name="predictions")(theirs.output))
    assert copy_weights(theirs, model, name_of) == count
    x = np.random.default_rng(1).uniform(0, 255, (2, size, size, 3)).astype("float32")
    assert_same(features(model, "features", {"image": x}), features(theirs, "avg_pool", x / np.float32(255)))


def test_features_equal_those_of_keras_applications():
    compare(64, 107, include_top=False, pooling="avg")


@pytest.mark.slow
def test_features_at_full_size():
    compare(224, 107)


@pytest.mark.parametrize("right, wrong", [("1.001e-5}", "1e-3}"), ("bias: true,", "bias: true, strided: 2,"),
                                          ("- ZeroPadding2D: 1", "- ZeroPadding2D: [[[0, 2], [0, 2]]]")])
def test_the_comparison_sees_small_faults(right, wrong, monkeypatch):
    """Epsilon, the place of the stride and the sides that are padded change no shape and no count."""
    import builder

    text = (SPECS / "resnet50.yaml").read_text().replace(right, wrong)
    monkeypatch.setattr("test_resnet50.compiled", lambda name, size: builder.compile(text, set={"params.size": size}))
    with pytest.raises(AssertionError):
        compare(64, 107, include_top=False, pooling="avg")
