"""Koch's twins: one set of encoder weights, and a score that is the same from both sides."""

import numpy as np
import pytest
from spec_help import checked, compiled, counted, randomise


def test_counts():
    assert counted("siamese_koch") == (38_951_745, 38_951_745)


def test_the_encoder_counts_once():
    graph = checked("siamese_koch").graph
    assert graph.networks["encoder"].parameters == 38_947_648
    assert [node.parameters for node in graph.nodes if node.what == "network"] == [38_947_648, 0]


@pytest.fixture(scope="module")
def twins():
    model = compiled("siamese_koch", size=67)
    randomise(model.get_layer("same.score"))
    return model


def test_both_sides_are_one_model(twins):
    assert [layer.name for layer in twins.layers].count("encoder") == 1
    assert sum(layer.name == "code" for layer in twins.get_layer("encoder").layers) == 1
    assert len(twins.get_layer("encoder").weights) == 10 and len(twins.weights) == 12


def test_symmetric_and_certain_of_equals(twins):
    left, right = np.random.default_rng(2).uniform(0, 1, (2, 3, 67, 67, 1)).astype("float32")
    score = twins({"left": left, "right": right})["same"].numpy()
    assert np.allclose(score, twins({"left": right, "right": left})["same"].numpy(), atol=1e-6)
    equal = twins({"left": left, "right": left})["same"].numpy()
    bias = twins.get_layer("same.score").bias.numpy()
    assert np.allclose(equal, 1 / (1 + np.exp(-bias)), atol=1e-6) and np.abs(score - equal).max() > 1e-4


def test_the_initial_values_are_koch_s(twins):
    convolution, code = twins.get_layer("encoder").get_layer("conv2d_2"), twins.get_layer("encoder").get_layer("code")
    assert np.isclose(convolution.kernel.numpy().std(), 1e-2, rtol=0.05) and np.isclose(convolution.bias.numpy().mean(), 0.5, atol=0.01)
    assert np.isclose(code.kernel.numpy().std(), 0.2, rtol=0.05) and convolution.kernel_regularizer is not None
