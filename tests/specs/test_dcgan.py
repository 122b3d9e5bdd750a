"""Digits made of noise, and digits that were asked for: a classifier of real digits reads them."""

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder

SAMPLES = 1000


def test_networks_of_transposed_convolutions():
    found = checked("dcgan", width=32)
    width, noise = 32, 64
    generator = noise * 49 * 2 * width + 4 * 2 * width + 16 * 2 * width * width + 4 * width + 16 * width + 1
    discriminator = 16 * width + width + 16 * width * 2 * width + 4 * 2 * width + 49 * 2 * width + 1
    assert found.graph.parameters == generator + discriminator == 271_074
    assert found.graph.outputs["made"].spec.shape == (28, 28, 1) and found.networks == ("generator",)


def test_the_class_goes_into_both_networks():
    found = checked("cond_gan", width=32)
    assert [list(found.graph.networks[name].inputs) for name in ("generator", "discriminator")] == [["noise", "label"], ["image", "label"]]
    assert found.graph.parameters == 271_074 + 10 * 49 * 64 + 10 * 49 * 64  # a row of the first layer, and one of the product, for each class


@pytest.fixture(scope="module")
def classifier(real, tmp_path_factory):
    """LeNet-5 trained on real digits, how many of the test images it reads rightly, and how many with confidence: told beside what it says of samples."""
    run = builder.train(SPECS / "mnist.yaml", {"data.source": f"{{Idx: {real / 'mnist'}}}", "params.epochs": 3}, runs=tmp_path_factory.mktemp("mnist"))
    images, labels = builder.opening.data_of(builder.check((run.folder / "spec.yaml").read_text())).splits["test"].rows, np.arange(10_000)
    sure, classes = read(run.model, images("image", labels).reshape(-1, 28, 28, 1) / np.float32(255))
    right = float((classes == images("label", labels).ravel()).mean())
    print(f"the classifier reads {right:.4f} of the real test digits rightly, and {sure:.3f} of them with confidence >= 0.90")
    assert right >= 0.98 and right == pytest.approx(run.info["test"]["accuracy"], abs=1e-3)
    return run.model


def read(classifier, images: np.ndarray) -> tuple[float, np.ndarray]:
    """The share of images read with a confidence of at least 0.9, and the class of each."""
    shares = classifier.predict({"image": images * 255}, verbose=0)["label"]
    return float((shares.max(1) >= 0.9).mean()), shares.argmax(1)


def made(run, **more) -> np.ndarray:
    noise = np.random.default_rng(0).normal(size=(SAMPLES, 64)).astype("float32")
    return next(iter(run.model.get_layer("generator").predict({"noise": noise, **more}, verbose=0).values()))


@pytest.mark.proof
def test_noise_becomes_digits_of_all_classes(real, tmp_path, classifier):
    run = builder.train(SPECS / "dcgan.yaml", {"data.source": f"{{Idx: {real / 'mnist'}}}"}, runs=tmp_path)
    sure, classes = read(classifier, made(run))
    noise, _ = read(classifier, np.random.default_rng(0).random((SAMPLES, 28, 28, 1)).astype("float32"))
    print(f"dcgan: {sure:.3f} of the samples read with confidence >= 0.90 (of noise {noise:.3f}); classes {np.bincount(classes, minlength=10)}, {sum(run.history['seconds']):.0f} s")
    assert sure > 0.5  # most
    assert (np.bincount(classes, minlength=10) >= 10).all()


@pytest.mark.proof
def test_the_class_that_was_asked_for_is_drawn(real, tmp_path, classifier):
    run = builder.train(SPECS / "cond_gan.yaml", {"data.source": f"{{Idx: {real / 'mnist'}}}"}, runs=tmp_path)
    asked = np.arange(SAMPLES) % 10
    sure, classes = read(classifier, made(run, label=asked.astype("int32")))
    right = float((classes == asked).mean())
    print(f"cond_gan: {right:.3f} of the samples are read as the class asked for (by chance 0.1), {sure:.3f} with confidence >= 0.90, {sum(run.history['seconds']):.0f} s")
    assert right >= 0.9 and sure >= 0.7
