"""Inception-v3 is that of keras.applications: counts, the shapes of its modules, and features with the same weights."""

import numpy as np
from spec_help import assert_same, checked, compiled, counted, features, randomise


def test_counts():
    assert counted("inception_v3") == (23_851_784, 23_817_352)


def test_the_auxiliary_head_is_torchvisions():
    """torchvision's 27,161,264 are learned numbers, with a scale in every batch normalisation, which Keras's form has not."""
    found = checked("inception_v3", auxiliary=True)
    graph = found.graph
    assert (graph.parameters, graph.trainable) == (23_851_784 + 3_327_592, 27_143_152)
    channels = sum(node.outputs[0].spec.shape[-1] for node in graph.nodes if node.brick == "BatchNormalization")
    assert graph.trainable + channels == 27_161_264
    assert [node.outputs[0].spec.shape for node in graph.nodes if node.scope == ("aux",)][0] == (5, 5, 768)


def test_the_auxiliary_head_is_trained_and_not_exported():
    with_head, without = checked("inception_v3", auxiliary=True), checked("inception_v3")
    assert {name: (loss.target, loss.weight) for name, loss in with_head.phases[0].losses.items()} == {"label": ("label", 1), "aux": ("label", 0.4)}
    assert list(without.phases[0].losses) == list(without.graph.outputs) == ["label"] and not without.warnings
    assert with_head.exported == without.exported == ("label",)


def test_the_modules_have_the_published_shapes():
    graph = checked("inception_v3").graph
    shapes = {node.scope[0]: node.outputs[0].spec.shape for node in graph.nodes if node.brick == "Concatenate"}
    assert shapes["mixed0"] == (35, 35, 256) and shapes["mixed2"] == (35, 35, 288) and shapes["mixed3"] == (17, 17, 768)
    assert shapes["mixed8"] == (8, 8, 1280) and shapes["mixed10"] == (8, 8, 2048)


def test_features_equal_those_of_keras_applications():
    """Keras numbers its layers, so weights are copied in the order of the layers of each kind, which is the order of both."""
    import keras

    model = compiled("inception_v3", size=96, classes=10)
    theirs = keras.applications.InceptionV3(weights=None, include_top=False, pooling="avg", input_shape=(96, 96, 3))
    randomise(theirs)
    for kind in ("Conv2D", "BatchNormalization"):
        ours = created(model, kind)
        reference = created(theirs, kind)
        assert len(ours) == len(reference) == 94
        for one, other in zip(ours, reference, strict=True):
            one.set_weights(other.get_weights())
    x = np.random.default_rng(1).uniform(0, 255, (2, 96, 96, 3)).astype("float32")
    for training in (False, True):
        expected = features(theirs, theirs.layers[-1].name, x * np.float32(1 / 127.5) - np.float32(1), training)
        assert_same(features(model, "features", {"image": x}, training), expected)


def created(model, kind: str) -> list:
    """The layers of a kind as they were made: Keras sorts a model's layers by depth and ends their names with a number."""
    found = [layer for layer in model.layers if type(layer).__name__ == kind]
    numbered = [layer for layer in found if layer.name.rpartition("_")[2].isdigit() and "." not in layer.name]
    if not numbered:
        return [layer for layer in flat(model) if type(layer).__name__ == kind]
    return sorted(found, key=lambda layer: int(layer.name.rpartition("_")[2]) if layer in numbered else -1)


def flat(model) -> list:
    """Our layers in the order of the spec, by the graph."""
    order = [node.name for node in checked("inception_v3", size=96, classes=10).graph.nodes]
    return sorted(model.layers, key=lambda layer: order.index(layer.name) if layer.name in order else -1)
