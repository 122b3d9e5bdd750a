"""The block library: what each block computes, counts and promises, wherever it is used."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from spec_help import assert_same, features, randomise

import builder
from builder.catalog.library import block_source, library

HOSTILE = "defaults: {Conv2D: {padding: valid, activation: tanh, use_bias: true}, BatchNormalization: {epsilon: 0.5}, Dense: {activation: tanh}}"


def model_of(step: str, shape: str = "[8, 8, 4]", above: str = "", **inputs):
    inputs = inputs or {"x": shape}
    given = ", ".join(f"{name}: {size}" for name, size in inputs.items())
    return builder.compile(f"name: tested\n{above}\nmodel:\n  inputs: {{{given}}}\n  layers: [{{{step}, name: y}}]")


def example(*shape: int, seed: int = 1):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


USES = {
    "ConvNormActivation": "ConvNormActivation: [6, strides: 2]", "Deconvolution": "Deconvolution: 6", "SqueezeExcite": "SqueezeExcite: [ratio: 2]",
    "DenseBlock": "DenseBlock: [2, growth: 3]", "DenseTransition": "DenseTransition", "Inception": "Inception: [1, 2, 3, 4, 5, 6]",
    "Residual": "Residual: [6, strides: 2]", "Bottleneck": "Bottleneck: [2, strides: 2]", "ShortcutOf": "ShortcutOf: [6, 2]",
    "DoubleConv": "DoubleConv: 3", "UNetLevel": "UNetLevel: [2, 2]", "PreactivationBottleneck": "PreactivationBottleneck: [2, strides: 2]",
    "NormedConvolution": "NormedConvolution: [6, 3]", "InceptionA": "InceptionA: 8", "InceptionB": "InceptionB: 8", "InceptionC": "InceptionC",
    "InceptionReductionA": "InceptionReductionA", "InceptionReductionB": "InceptionReductionB",
}
SHAPES = {
    "ConvNormActivation": (4, 4, 6), "Deconvolution": (16, 16, 6), "SqueezeExcite": (8, 8, 4), "DenseBlock": (8, 8, 10), "DenseTransition": (4, 4, 2),
    "Inception": (8, 8, 15), "Residual": (4, 4, 6), "Bottleneck": (4, 4, 8), "ShortcutOf": (4, 4, 6), "DoubleConv": (8, 8, 3), "UNetLevel": (8, 8, 2),
    "PreactivationBottleneck": (4, 4, 8), "NormedConvolution": (8, 8, 6), "InceptionA": (8, 8, 232), "InceptionB": (8, 8, 768),
    "InceptionC": (8, 8, 2048), "InceptionReductionA": (3, 3, 484), "InceptionReductionB": (3, 3, 516),
}


def elsewhere(name: str) -> bool:
    """Whether another file tests a block: cells and attention, which read no picture."""
    tests = ("test_model_recurrent.py", "test_model_attention.py")
    return any(re.search(rf"\b{name}\b", path.read_text()) for path in Path(__file__).parents[1].rglob("test_*.py") if path.name in tests)


def test_every_block_says_what_it_is():
    assert set(USES) <= set(library())
    assert [name for name in library() if name not in USES and not elsewhere(name)] == ["SiameseHead"]
    assert all(block.help.endswith(".") for block in library().values())


def test_keras_is_not_imported():
    code = "import sys; from builder.catalog.library import library; library(); sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_source_of_a_block_can_be_pasted():
    text = block_source("Residual").replace("Residual:", "Mine:")
    assert text.startswith("blocks:\n  # ") and "ShortcutOf:\n" not in text
    model = builder.compile(f"name: pasted\n{text}\nmodel: {{inputs: {{x: [8, 8, 4]}}, layers: [Mine: 6]}}")
    assert model.count_params() == model_of("Residual: 6").count_params()


def test_no_such_block():
    with pytest.raises(builder.SpecError) as caught:
        block_source("Inceptoin")
    assert caught.value.faults[0].facts["near"][0] == "Inception"


@pytest.mark.parametrize("name", USES)
def test_shapes(name):
    assert model_of(USES[name] if ":" in USES[name] else f"{name}: {{}}").output["y"].shape[1:] == SHAPES[name]


@pytest.mark.parametrize("name", USES)
def test_the_same_under_any_defaults(name):
    """Defaults of the spec do not reach into the library, nor do blocks of the spec that bear a library name."""
    use = USES[name] if ":" in USES[name] else f"{name}: {{}}"
    others = [f"  {other}: {{params: [a: 1, b: 1, kind: 1, bias: 1, momentum: 1, epsilon: 1, activation: 1], layers: [Flatten]}}"
              for other in ("ShortcutOf", "DoubleConv") if other != name]
    here, there = model_of(use), model_of(use, above="\n".join([HOSTILE, "blocks:", *others]))
    assert [layer.get_config() for layer in here.layers] == [layer.get_config() for layer in there.layers]


@pytest.mark.parametrize("use", ["Residual: [6, strides: 2]", "Residual: 4", "Residual: [8, shortcut: identity]", "Bottleneck: [2, strides: 2]",
                                 "Bottleneck: 1"])
def test_a_residual_block_whose_last_norm_is_zero_is_its_shortcut(use):
    model = model_of(use)
    randomise(model)
    last = model.get_layer("y.norm3" if "Bottleneck" in use else "y.norm2")
    last.gamma.assign(last.gamma * 0), last.beta.assign(last.beta * 0)
    x, sources = example(2, 8, 8, 4), [t._keras_history.operation.name for t in model.get_layer("y.add").input]
    shortcut = {"x": x} if sources[1] == "x" else None
    found = model({"x": x})["y"].numpy()
    expected = x if shortcut else _at(model, model.get_layer("y.add").input[1], x)
    assert np.array_equal(found, np.maximum(expected, 0))


def _at(model, tensor, x):
    import keras

    return keras.Model(model.input, tensor)({"x": x}, training=False).numpy()


@pytest.mark.parametrize("use, projected", [("Residual: 4", 0), ("Residual: 5", 1), ("Residual: [4, strides: 2]", 1), ("Bottleneck: 1", 0),
                                            ("Bottleneck: 2", 1), ("Bottleneck: [1, strides: 2]", 1)])
def test_projection_where_channels_or_sizes_differ(use, projected):
    assert sum("shortcut" in layer.name for layer in model_of(use).layers if layer.weights) == 2 * projected


def test_an_identity_shortcut_takes_every_second_pixel_and_fills_with_zeros():
    x = example(2, 5, 5, 4)
    found = model_of("ShortcutOf: [7, 2, identity]", "[5, 5, 4]")({"x": x})["y"].numpy()
    assert np.array_equal(found[..., 1:5], x[:, ::2, ::2]) and not found[..., 0].any() and not found[..., 5:].any()


def test_where_a_bottleneck_is_strided():
    for strided, strides in ((1, [(2, 2), (1, 1)]), (2, [(1, 1), (2, 2)])):
        model = model_of(f"Bottleneck: [2, strides: 2, strided: {strided}]")
        assert [model.get_layer(f"y.conv{i}").strides for i in (1, 2)] == strides


def test_squeeze_and_excitation_in_numpy():
    model = model_of("SqueezeExcite: [ratio: 2]")
    randomise(model)
    x, (k1, b1, k2, b2) = example(2, 8, 8, 4), model.get_weights()
    gate = 1 / (1 + np.exp(-(np.maximum(x.mean((1, 2)) @ k1 + b1, 0) @ k2 + b2)))
    assert np.allclose(model({"x": x})["y"], x * gate[:, None, None], atol=1e-5)


def test_a_siamese_head_is_symmetric():
    model = builder.compile("name: t\nmodel: {inputs: {a: [3], b: [3]}, layers: [{SiameseHead: {}, from: [b, a], name: same}]}")
    a, b = example(2, 3), example(2, 3, seed=2)
    kernel, bias = model.get_weights()
    assert np.allclose(model({"a": a, "b": b})["same"], 1 / (1 + np.exp(-(np.abs(a - b) @ kernel + bias))), atol=1e-6)
    assert np.allclose(model({"a": a, "b": b})["same"], model({"a": b, "b": a})["same"], atol=1e-6)


DENSENET = """
name: densenet121
params: {size: 224}
model:
  inputs: {image: "=[size, size, 3]"}
  layers:
    - ZeroPadding2D: 3
    - {Conv2D: [64, 7, strides: 2, use_bias: false], name: conv1}
    - {BatchNormalization: [epsilon: 1.001e-5], name: norm1}
    - Activation: relu
    - ZeroPadding2D: 1
    - MaxPooling2D: [3, strides: 2]
    - for: {depth: [6, 12, 24, 16], i: [2, 3, 4, 5]}
      layers:
        - {DenseBlock: =depth, name: conv{i}}
        - when: =i < 5
          DenseTransition: 0.5
          name: pool{i}
    - {BatchNormalization: [epsilon: 1.001e-5], name: norm5}
    - {Activation: relu, name: last}
    - {GlobalAveragePooling2D: {}, name: features}
    - {Dense: [1000, activation: softmax], name: label}
""".replace("name: conv{i}}", 'name: "conv{i}"}')


@pytest.mark.slow
def test_densenet_121_by_its_blocks():
    """Equal to keras.applications: 8,062,504 parameters, and the same features with the same weights, in order of depth."""
    import keras

    assert builder.check(DENSENET).graph.parameters == 8_062_504
    model = builder.compile(DENSENET, set={"params.size": 32})
    theirs = keras.applications.DenseNet121(weights=None, include_top=False, input_shape=(32, 32, 3), pooling="avg")
    randomise(theirs)
    ours = [layer for layer in model.layers if layer.weights and layer.name != "label"]
    others = [layer for layer in theirs.layers if layer.weights]
    assert [type(layer) for layer in ours] == [type(layer) for layer in others]
    for mine, other in zip(ours, others):
        mine.set_weights(other.get_weights())
    x = example(2, 32, 32, 3)
    assert_same(features(model, "features", {"image": x}), features(theirs, "avg_pool", x))
