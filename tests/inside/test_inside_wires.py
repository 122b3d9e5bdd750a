"""Inner wires by the names of the spec: the same numbers as Keras's own sub-models give."""

import keras
import numpy as np
import pytest
from inside_models import inside

from builder import SpecError

TWINS = """\
networks:
  encoder:
    inputs: {image: [6, 6, 1]}
    layers:
      - Conv2D: [3, 3]
        name: conv
      - ConvNormActivation: 2
        name: box
      - Flatten
      - Dense: 4
        name: code
"""
USES = """\
- {use: encoder, from: left, name: a}
- {use: encoder, from: right, name: b}
- {formula: abs(a - b), name: gap}
- Dense: [1, activation: sigmoid]
  name: same
"""


@pytest.fixture(scope="module")
def twins():
    return inside(USES, "{left: [6, 6, 1], right: [6, 6, 1]}", TWINS)


@pytest.fixture
def pairs():
    return dict(zip(("left", "right"), np.random.default_rng(0).random((2, 3, 6, 6, 1), "float32")))


def test_a_wire_equals_keras_own_sub_model():
    model = inside("- Residual: [4, strides: 2]\n  name: block\n- GlobalAveragePooling2D\n- Dense: [3, activation: softmax]\n  name: label")
    images = np.random.default_rng(0).random((5, 6, 6, 1), "float32")
    names = [name for name in model.spots if name.startswith("block.")]
    told = model.taps(names)({"image": images})
    for name in names:
        own = keras.Model(model.model.input, model.model.get_layer(name).output)
        np.testing.assert_array_equal(told[name], own({"image": images}))
    assert len(names) > 3


def test_wires_within_a_shared_network_are_those_of_each_use(twins, pairs):
    told = twins.taps(["a.code", "b.code", "b.conv", "gap", "same"])(pairs)
    encoder = twins.model.get_layer("encoder")
    code = {key: next(iter(encoder({"image": value}).values())) for key, value in pairs.items()}
    np.testing.assert_array_equal(told["a.code"], code["left"])
    np.testing.assert_array_equal(told["b.code"], code["right"])
    np.testing.assert_array_equal(told["b.conv"], encoder.get_layer("conv")(pairs["right"]))
    np.testing.assert_allclose(told["gap"], np.abs(code["left"] - code["right"]))
    np.testing.assert_array_equal(told["same"], twins.model(pairs)["same"])


def test_a_box_is_its_last_wire_and_a_network_used_once_its_use(twins):
    assert twins.name("a.box") == "a.box.activation"
    once = inside("- {use: encoder, from: image, name: a}\n- Dense: 1", more=TWINS)
    assert [once.name(given) for given in ("encoder", "encoder.conv", "encoder.box")] == ["a", "a.conv", "a.box.activation"]


@pytest.mark.parametrize("given, near", [("sane", "same"), ("encoder.conv", "a.conv"), ("encoder", "a"), ("a.boks.conv", "a.box.conv")])
def test_a_wrong_name_gets_the_nearest(twins, given, near):
    with pytest.raises(SpecError) as error:
        twins.name(given)
    (fault,) = error.value.faults
    assert fault.kind == "no-such-layer" and fault.facts["near"][0] == near and "gap" in fault.facts["names"]


def test_layers_within_a_network_of_keras_applications():
    layers = ("- applications.MobileNet: [alpha: 0.25, include_top: false, weights: null]\n  name: base\n- GlobalAveragePooling2D\n"
              "- Dense: [3, activation: softmax]\n  name: label")
    model = inside(layers, "{image: [32, 32, 3]}")
    images = np.random.default_rng(0).random((2, 32, 32, 3), "float32")
    told = model.taps(["base.conv_pw_3_relu", "base", "label"])({"image": images})
    base = model.model.get_layer("base")
    np.testing.assert_array_equal(told["base.conv_pw_3_relu"], keras.Model(base.input, base.get_layer("conv_pw_3_relu").output)(images))
    np.testing.assert_array_equal(told["label"], model.model({"image": images})["label"])


def test_operations_and_several_outputs_have_names_too():
    """Equations of the same operations do not get in each other's way, nor in that of the model they are taken from."""
    layers = ("- LSTM: [4, return_state: true]\n  as: [y, h, c]\n- {formula: y + 1 + 2, name: one}\n- {formula: y + 1 + 2, name: two}\n"
              "- {ops.add: , from: [one, two], name: add}")
    model = inside(layers, "{steps: [5, 2]}")
    steps = {"steps": np.random.default_rng(0).random((3, 5, 2), "float32")}
    told = model.taps(["lstm", "lstm.1", "lstm.2", "two", "add"])(steps)
    for name, own in zip(("lstm", "lstm.1", "lstm.2"), model.model.get_layer("lstm")(steps["steps"])):
        np.testing.assert_allclose(told[name], own, atol=1e-6)
    np.testing.assert_allclose(told["two"], told["lstm"] + 3, atol=1e-5)
    np.testing.assert_array_equal(told["add"], next(iter(model.model(steps).values())))
