"""Saliency and Grad-CAM against weights that say what they must be, and against a reference in NumPy by finite differences."""

import numpy as np
import pytest
from inside_models import classes, inside

from builder import SpecError
from builder.inside import decide
from builder.training.meaning import Meaning

LINEAR = "- Flatten\n- Dense: [3, activation: softmax]\n  name: label"
TINY = ("- Conv2D: [4, 3, activation: tanh]\n  name: maps\n- Flatten\n- Dense: [5, activation: tanh]\n  name: hidden\n- Dense: [3, activation: softmax]\n  "
        "name: label")


@pytest.fixture
def image():
    return {"image": np.random.default_rng(1).random((1, 6, 6, 1), "float32")}


@pytest.mark.parametrize("layers, logits", [
    (LINEAR, False), (LINEAR.replace(", activation: softmax", ""), True), ("- Flatten\n- Dense: 3\n- Softmax:\n  name: label", False),
    ("- Flatten\n- Dense: 3\n- ops.softmax:\n  name: label", False)])
def test_the_saliency_of_a_linear_classifier_is_its_weights(layers, logits, image):
    """Of the score before the softmax, however that is written; noise changes nothing in a linear model."""
    model = inside(layers)
    weights = next(layer for layer in model.model.layers if hasattr(layer, "kernel")).kernel.numpy()
    for index, name in enumerate("abc"):
        decision = decide(model, classes(logits=logits), image, name)
        np.testing.assert_allclose(decision.gradient("image"), weights[:, index].reshape(6, 6, 1), atol=1e-6)
        np.testing.assert_allclose(decision.gradient("image", smooth=7), weights[:, index].reshape(6, 6, 1), atol=1e-6)


def test_a_decision_by_one_corner_lights_that_corner(image):
    model = inside("- Conv2D: [2, 3, padding: same, activation: relu, bias_initializer: ones]\n- Flatten\n- Dense: [3, activation: softmax]\n  name: label")
    dense = model.model.get_layer("label")
    kernel = np.zeros((6, 6, 2, 3), "float32")
    kernel[5, 0] = [[1, -1, 0], [2, 1, 0]]
    dense.set_weights([kernel.reshape(-1, 3), np.zeros(3)])
    lit = np.abs(decide(model, classes(), image, "a").gradient("image")[..., 0])
    assert lit[4:, :2].any() and not lit[:4].any() and not lit[:, 2:].any()


def test_grad_cam_finds_where_a_pattern_is():
    """A filter that answers to a bright patch, summed over all places: the patch speaks for its class, wherever it lies."""
    model = inside("- Conv2D: [1, 3, padding: same, activation: relu]\n- GlobalAveragePooling2D\n- Dense: [2, activation: softmax]\n  name: label")
    model.model.get_layer("conv2d").set_weights([np.ones((3, 3, 1, 1)), np.array([-4.0])])
    model.model.get_layer("label").set_weights([np.array([[1.0, -1.0]]), np.zeros(2)])
    for row, column in ((1, 1), (4, 2), (2, 4)):
        picture = np.zeros((1, 6, 6, 1), "float32")
        picture[0, row - 1 : row + 2, column - 1 : column + 2] = 1
        layer, heat = decide(model, classes("patch", "none"), {"image": picture}, "patch").grad_cam()
        assert layer == "conv2d" and np.unravel_index(heat.argmax(), heat.shape) == (row, column)
        assert not decide(model, classes("patch", "none"), {"image": picture}, "none").grad_cam()[1].any()


def reference(model, image: np.ndarray):
    """The tiny network in NumPy, in float64: from the image to its maps, and from the maps to the scores."""
    (kernel, bias), (hidden, shift), (last, end) = ([value.astype("float64") for value in model.model.get_layer(name).get_weights()]
                                                    for name in ("maps", "hidden", "label"))

    def maps(image):
        found = np.empty((4, 4, 4))
        for row in range(4):
            for column in range(4):
                found[row, column] = np.tensordot(image[row : row + 3, column : column + 3], kernel, 3) + bias
        return np.tanh(found)

    return maps, lambda maps: np.tanh(maps.ravel() @ hidden + shift) @ last + end


def differences(function, at: np.ndarray, step: float = 1e-5) -> np.ndarray:
    found = np.empty(at.shape)
    for place in np.ndindex(at.shape):
        more, less = at.copy(), at.copy()
        more[place] += step
        less[place] -= step
        found[place] = (function(more) - function(less)) / (2 * step)
    return found


@pytest.mark.parametrize("index", range(3))
def test_both_equal_a_reference_by_finite_differences(index, image):
    model = inside(TINY, seed=3)
    pixels = image["image"][0].astype("float64")
    maps, scores = reference(model, pixels)
    decision = decide(model, classes(), image, "abc"[index])
    np.testing.assert_allclose(decision.gradient("image"), differences(lambda one: scores(maps(one))[index], pixels), atol=1e-5)
    weights = differences(lambda one: scores(one)[index], maps(pixels)).mean((0, 1))
    heat = decision.grad_cam("maps")[1]
    np.testing.assert_allclose(heat, np.maximum((maps(pixels) * weights).sum(-1), 0), atol=1e-5)
    raised = np.exp(scores(maps(pixels)))
    np.testing.assert_allclose(decision.probabilities, raised / raised.sum(), atol=1e-6)


def test_the_two_sides_of_yes_and_no(image):
    model = inside("- Flatten\n- Dense: [1, activation: sigmoid]\n  name: label")
    yes, no = (decide(model, classes("no", "yes", kind="yes-no"), image, name) for name in ("yes", "no"))
    np.testing.assert_allclose(yes.gradient("image").ravel(), model.model.get_layer("label").kernel.numpy().ravel(), atol=1e-6)
    np.testing.assert_array_equal(no.gradient("image"), -yes.gradient("image"))
    assert yes.said == no.said and yes.probability == pytest.approx(1 - no.probability)


def test_a_map_of_scores_is_asked_for_its_mean(image):
    model = inside("- Conv2D: [3, 1, activation: softmax]\n  name: label")
    kernel = model.model.get_layer("label").kernel.numpy()
    found = decide(model, classes(), image, "b")
    np.testing.assert_allclose(found.gradient("image"), np.full((6, 6, 1), kernel[0, 0, 0, 1] / 36), atol=1e-7)
    np.testing.assert_allclose(found.probabilities, np.asarray(model.model(image)["label"])[0].mean((0, 1)), atol=1e-6)


def test_grad_cam_within_a_shared_network_and_by_default_its_last_maps(image):
    """The default is the last layer with maps that the class depends on; another branch's is not."""
    networks = "networks:\n  eye:\n    inputs: {image: [6, 6, 1]}\n    layers:\n      - Conv2D: [2, 3]\n        name: maps\n      - GlobalAveragePooling2D\n"
    layers = "- {use: eye, from: image, name: a}\n- Dense: [3, activation: softmax]\n  name: label\n- Conv2D: [2, 3]\n  name: other\n  from: image"
    model = inside(layers, more=networks, outputs="[other, label]")
    layer, heat = decide(model, classes() | {"other": Meaning("number")}, image).grad_cam()
    assert layer == "a.maps" and heat.shape == (4, 4)


def kind_of(call) -> str:
    with pytest.raises(SpecError) as error:
        call()
    (fault,) = error.value.faults
    return fault.kind


def test_what_cannot_be_asked(image):
    model = inside(LINEAR)
    decision = decide(model, classes(), image)
    assert kind_of(lambda: decision.grad_cam()) == "no-maps"
    assert kind_of(lambda: decision.grad_cam("flatten")) == "no-maps"
    assert kind_of(lambda: decision.grad_cam("flaten")) == "no-such-layer"
    assert kind_of(lambda: decide(model, classes("plane", "bird", "cat"), image, "dog")) == "no-such-class"
    assert kind_of(lambda: decide(model, {"label": Meaning("number")}, image)) == "not-a-classifier"
    cut = inside("- Flatten\n- {formula: round(previous), name: whole}\n- {ops.cast: [dtype: int32]}\n- {ops.cast: [dtype: float32]}\n"
                 "- Dense: [3, activation: softmax]\n  name: label")
    assert kind_of(lambda: decide(cut, classes(), image).gradient("image")) == "no-gradient"
