"""Originals beside what a model makes of them: their errors against numpy, what is compared with what, and walks through latents."""

import json
import math
from types import SimpleNamespace

import numpy as np
import pytest

import builder
from builder.training.reconstructions import between, plane

SPEC = """
name: noisy
networks:
  encoder: {inputs: {image: [8, 8, 1]}, outputs: [mean, log_variance], layers: [{Flatten: null, name: flat}, {Dense: 2, name: mean}, {Dense: 2, from: flat, name: log_variance}]}
  decoder: {inputs: {latent: [2]}, layers: [Dense: [64, activation: sigmoid], Reshape: [8, 8, 1]]}
data:
  source: Digits
  test: 0.1
  sample: [Noise: [[8, 8, 1], stddev: 0.4, name: dirt], Noise: [2]]
  batch: 64
model:
  inputs: {image: [8, 8, 1], dirt: [8, 8, 1], noise: [2]}
  layers:
    - {Rescaling: =1 / 16, name: pixels, from: image}
    - {formula: "clip(pixels + dirt, 0, 1)", name: dirty}
    - {use: encoder, as: [mean, log_variance]}
    - {formula: mean + exp(log_variance / 2) * noise, name: latent}
    - {use: decoder, name: again}
train:
  loss:
    - {NormalDivergence: {}, from: [mean, log_variance], weight: 0.01}
    - {MeanSquaredError: {}, from: again, target: pixels}
  epochs: 1
  seed: 3
"""
COMPARED = """
model:
  inputs: {image: [8, 8, 1], mask: [8, 8, 1]}
  outputs: [seen, segmented, critic]
  layers:
    - {Conv2D: [1, 3, padding: same], from: image, name: seen}
    - {Conv2D: [1, 3, padding: same, activation: sigmoid], from: image, name: segmented}
    - {Flatten: null, from: mask}
    - {Dense: 1, name: critic}
train:
  loss:
"""


@pytest.fixture(scope="module")
def noisy(tmp_path_factory):
    run = builder.train(SPEC, runs=tmp_path_factory.mktemp("runs"))
    return SimpleNamespace(run=run, found=builder.evaluate(run).reconstructions["again"])


def test_errors_are_those_of_numpy_over_the_split(noisy):
    from builder.opening import data_of, spec_of
    found, data = noisy.found, data_of(builder.check(spec_of(noisy.run)))
    inputs, _ = next(iter(data.evaluation.dataset({name: None for name in ("image", "dirt", "noise")}, (), data.evaluation.size)))
    inputs = {name: value.numpy().astype("float32") for name, value in inputs.items()}
    made = noisy.run.model.predict(inputs, verbose=0)["again"]
    pixels, dirty = inputs["image"] / 16, np.clip(inputs["image"] / 16 + inputs["dirt"], 0, 1)
    assert found.errors["again"] == pytest.approx(np.mean((made - pixels) ** 2), rel=1e-5)
    assert found.errors["dirty"] == pytest.approx(np.mean((dirty - pixels) ** 2), rel=1e-5)
    assert found.psnr("dirty") == pytest.approx(10 * math.log10(1 / np.mean((dirty - pixels) ** 2)), rel=1e-5)
    assert (found.target, found.given, found.span) == ("pixels", ("dirty",), (0.0, 1.0))
    np.testing.assert_allclose(found.images["dirty"], dirty[:10], atol=1e-6)
    np.testing.assert_allclose(found.images["again"], made[:10], atol=1e-6)


def test_an_output_of_its_fields_name_is_no_original(tmp_path):
    """An image made from its class alone: the output and the field that it is compared with have one name."""
    made = """
name: drawn
data: {source: Digits, test: 0.1, batch: 64}
model:
  inputs: {label: int32}
  layers: [Embedding: [10, 64], Rescaling: 0.1, {Reshape: [8, 8, 1], name: image}]
train: {loss: MeanSquaredError, epochs: 1}
"""
    run = builder.train(made, runs=tmp_path)
    found = builder.evaluate(run).reconstructions["image"]
    assert found.errors["image"] == pytest.approx(builder.evaluate(run).metrics["loss"], rel=1e-5) and found.errors["image"] > 10
    assert found.span == (0, 16) and found.originals.max() == 16 and found.images["image"].max() < 1
    page = (run.folder / "report.html").read_text()
    assert "<b>original</b> <code>image</code></figcaption>" in page and f"mean squared error {found.errors['image']:.4g}" in page


def test_a_walk_shows_what_the_decoder_makes_of_each_place(noisy):
    latents, decoder = noisy.found.latents, noisy.run.model.get_layer("decoder")
    assert latents.normal and latents.size == 2 and latents.walk.shape == (13, 13, 8, 8, 1) and latents.samples.shape == (30, 8, 8, 1)
    places = plane(np.zeros((1, 2)), normal=True)
    assert np.all(np.diff(places[0, :, 0]) > 0) and np.all(np.diff(places[:, 0, 1]) < 0) and places[6, 6] == pytest.approx([0, 0])
    made = decoder({"latent": places[[0, 12], [12, 3]].astype("float32")})["reshape"]
    np.testing.assert_allclose(latents.walk[[0, 12], [12, 3]], made, atol=1e-6)


def test_ways_between_examples_begin_and_end_at_them():
    codes = np.random.default_rng(0).normal(size=(7, 5))
    ways = between(codes)
    assert ways.shape == (3, 13, 5)
    np.testing.assert_allclose(ways[:, 0], codes[[0, 2, 4]])
    np.testing.assert_allclose(ways[:, -1], codes[[1, 3, 5]])
    np.testing.assert_allclose(ways[1, 6], (codes[2] + codes[3]) / 2)


def test_the_page_and_the_figures_have_them(noisy):
    page = (noisy.run.folder / "report.html").read_text()
    told = json.loads((noisy.run.folder / "evaluation.json").read_text())["reconstructions"]["again"]
    assert told["mse"] == noisy.found.errors["again"] and told["given"]["dirty"]["psnr"] == noisy.found.psnr("dirty")
    strips = page.split('<figure class="sheet ')[1:]
    assert [one.split(">")[0] for one in strips] == ['strip"', 'strip"', 'strip"', 'walk"', 'strip"']
    assert "what the network got" in strips[1] and f"{told['given']['dirty']['mse']:.4g}" in strips[1]


@pytest.mark.parametrize("terms, wires", [
    ("    - {MeanSquaredError: {}, from: seen, target: image}", ["seen"]),
    ("    - {BinaryCrossentropy: {}, from: segmented, target: {field: truth}}", []),  # a mask is nothing that was there before
    ("    - {MeanSquaredError: {}, from: seen, target: {field: truth}}", ["seen"]),
    ("    - {MeanSquaredError: {}, from: seen, target: {wire: segmented}}\n    - {MeanSquaredError: {}, from: critic, target: 1}", []),
])
def test_what_counts_as_given_back(terms, wires):
    from builder.inside.wires import Inside
    from builder.model import build
    from builder.training.reconstructions import compared
    checked = builder.check(COMPARED + terms)
    inside = Inside(checked.graph, build(checked.graph))
    assert [pair.wire for pair in compared(inside, checked.phases[-1])] == wires
