"""Networks of keras.applications as one brick: counts, freezing, files, and Keras's own weights by Keras's own code."""

import urllib.error

import numpy as np
import pytest

import builder
from builder.diagnostics import SpecError, render

SPEC = """
name: transfer
model:
  inputs: {image: [SIZE, SIZE, 3]}
  layers:
    - applications.NAME: [include_top: false, MORE]
      name: backbone
    - GlobalAveragePooling2D
    - {Dense: 5, name: label}
"""
SMALL = "alpha: 0.25"


def spec(name: str = "MobileNet", more: str = f"weights: null, {SMALL}", size: int = 128, beside: str = "") -> str:
    text = SPEC.replace("NAME", name).replace("MORE", more).replace("SIZE", str(size))
    return text.replace("name: backbone", f"name: backbone\n      {beside}") if beside else text


def randomised(model, seed: int = 0):
    random = np.random.default_rng(seed)
    model.set_weights([random.uniform(0.1, 0.5, weight.shape) if "seed" not in weight.path else weight.numpy() for weight in model.weights])
    return model


def image(size: int = 128):
    return {"image": np.random.default_rng(1).normal(size=(2, size, size, 3)).astype("float32")}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """Keras's folder of downloads, empty, and no network."""
    from keras.src.backend import config
    from keras.src.utils import file_utils

    def fail(url, *args):
        raise urllib.error.URLError("no network here")

    monkeypatch.setattr(config, "_KERAS_DIR", str(tmp_path))
    monkeypatch.setattr(file_utils, "urlretrieve", fail)
    (tmp_path / "models").mkdir()
    return tmp_path / "models"


def test_every_network_of_keras_is_a_brick():
    import keras

    from builder.catalog import catalogue

    theirs = {name for name in dir(keras.applications) if name[0].isupper()}
    ours = {name.removeprefix("applications.") for name in catalogue().names("layer") if name.startswith("applications.")}
    assert ours == theirs and len(ours) >= 38


@pytest.mark.parametrize("name", ["ConvNeXtTiny", "EfficientNetV2B0", "NASNetMobile", "VGG16", "Xception", "DenseNet121"])
def test_networks_that_know_their_weights_by_their_own_name_are_laid_too(name):
    graph = builder.check(spec(name, "weights: imagenet", 224)).graph
    assert graph.layers["backbone"].inner and graph.parameters > 4e6


@pytest.mark.parametrize("name, size", [
    ("MobileNetV3Small", 64), *(pytest.param(*case, marks=pytest.mark.slow) for case in [("ResNet50", 64), ("InceptionV3", 80), ("EfficientNetB0", 64)]),
])
def test_counts_are_those_of_keras_and_the_same_names_every_time(name, size):
    import keras

    graph = builder.check(spec(name, "weights: null", size)).graph
    plain = getattr(keras.applications, name)(include_top=False, weights=None, input_shape=(size, size, 3))
    node = next(node for node in graph.nodes if node.name == "backbone")
    assert (node.parameters, node.outputs[0].spec.shape) == (plain.count_params(), plain.output.shape[1:])
    assert node.macs > 1e6 and graph.trainable < graph.parameters
    first, second = (builder.compile(spec(name, "weights: null", size)).get_layer("backbone") for _ in range(2))
    assert [layer.name for layer in first.layers] == [layer.name for layer in second.layers]


def test_the_image_may_have_any_size():
    text = spec().replace("[128, 128, 3]", "[null, null, 3]")
    assert builder.compile(text)(image(64))["label"].shape == (2, 5)


def test_what_keras_refuses_is_told_before_anything_is_downloaded(home):
    for name, more, said in (("ResNet50", "classes: 5, include_top: true", "`classes` should be 1000"),
                             ("VGG16", "weights: old.keras", "stands beside the brick: `weights: old.keras`")):
        with pytest.raises(SpecError) as told:
            builder.check(spec(name, more, 224).replace("include_top: false, ", ""))
        assert said in render(told.value.faults) and told.value.faults[0].span.line == 6


def test_frozen_batch_normalisation_keeps_its_statistics():
    import keras

    frozen, free = (randomised(builder.compile(spec(beside=beside))) for beside in ("trainable: false", ""))
    assert len(frozen.trainable_weights) == 2 and builder.check(spec(beside="trainable: false")).graph.trainable == 256 * 5 + 5
    for model, still in ((frozen, True), (free, False)):
        backbone = keras.Model(model.input, model.get_layer("global_average_pooling2d").output)
        statistics = [weight.numpy() for weight in backbone.non_trainable_weights if "moving" in weight.path]
        assert np.allclose(backbone(image()), backbone(image(), training=True), atol=1e-4) == still
        after = [weight.numpy() for weight in backbone.non_trainable_weights if "moving" in weight.path]
        assert all(np.array_equal(a, b) for a, b in zip(statistics, after, strict=True)) == still


def test_a_phase_may_thaw_what_a_step_froze():
    from builder.training import freeze

    model = builder.compile(spec(beside="trainable: false"))
    flags = freeze.trainable_flags(model)
    freeze.apply(model, flags, (), ("backbone.conv_pw_13",))
    assert {weight.path.rpartition("/")[0] for weight in model.trainable_weights} == {"conv_pw_13", "label"}
    freeze.apply(model, flags, ("label",), ("backbone",))
    assert len(model.trainable_weights) == 81


def test_patterns_reach_into_it():
    train = "\ntrain: {loss: SparseCategoricalCrossentropy, freeze: PATTERN}\n"
    for pattern in ("backbone.conv_pw_1?*", "backbone"):
        builder.check(spec() + train.replace("PATTERN", pattern))
    with pytest.raises(SpecError) as caught:
        builder.check(spec() + train.replace("PATTERN", "backbone.conv_pv_13"))
    assert [(fault.kind, fault.facts["near"][:1]) for fault in caught.value.faults] == [("freeze-nothing", ("backbone.conv_pw_13",))]


def test_saved_and_loaded_it_is_the_same(tmp_path):
    import keras

    model = randomised(builder.compile(spec()))
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras")
    assert np.array_equal(model(image())["label"], again(image())["label"])


@pytest.mark.slow
def test_exported_it_is_the_same(tmp_path):
    (done,) = builder.export(spec(beside="trainable: false"), "saved_model", tmp_path)
    assert done.greatest_difference < 1e-6


def test_imagenet_is_loaded_by_keras(home):
    """A file of the name and the layout that Keras downloads, made here."""
    import h5py
    import keras
    from keras.src.legacy.saving import legacy_h5_format

    theirs = randomised(keras.applications.MobileNet(weights=None, include_top=False, alpha=0.25, input_shape=(128, 128, 3)))
    with h5py.File(home / "mobilenet_2_5_128_tf_no_top.h5", "w") as file:
        legacy_h5_format.save_weights_to_hdf5_group(file, theirs)
    model = builder.compile(spec(more=f"weights: imagenet, {SMALL}"))
    for ours, wanted in zip(model.get_layer("backbone").get_weights(), theirs.get_weights(), strict=True):
        np.testing.assert_array_equal(ours, wanted)


def test_weights_that_cannot_be_downloaded_are_told_with_the_file_and_its_place(home):
    text = spec(more=f"weights: imagenet, {SMALL}")
    assert builder.check(text).graph.parameters > 200_000  # which downloads nothing
    with pytest.raises(SpecError) as told:
        builder.compile(text)
    words = render(told.value.faults)
    assert words.startswith("error[weights-download]: the weights of `applications.MobileNet` cannot be downloaded\n --> spec:6:7\n")
    assert f"put the file `mobilenet_2_5_128_tf_no_top.h5` into `{home}`" in words and "no network here" in words


def test_a_file_of_its_own_in_place_of_keras_s(home, tmp_path):
    """What stands beside the brick wins, and nothing is fetched; the file may be of the whole model or of the network alone."""
    model = randomised(builder.compile(spec()))
    model.save(tmp_path / "whole.keras")
    model.get_layer("backbone").save_weights(tmp_path / "alone.weights.h5")
    for file in ("whole.keras", "alone.weights.h5"):
        fresh = builder.compile(spec(more=SMALL, beside=f"weights: {tmp_path / file}"))
        for ours, wanted in zip(fresh.get_layer("backbone").get_weights(), model.get_layer("backbone").get_weights(), strict=True):
            np.testing.assert_array_equal(ours, wanted)
