"""Networks that are trained on pairs or batches of classes are judged on the examples themselves, each once."""

import keras
import numpy as np
import pytest

import builder
from builder.data import open_data
from builder.looking import alike, embed, neighbours

TWINS = """\
name: twins
data: {source: Digits, test: 0.2, sample: {Pairs: [by: label, size: 512]}, batch: 128}
networks:
  encoder:
    inputs: {image: [8, 8, 1]}
    layers: [Rescaling: =1 / 16, Flatten, Dense: [32, activation: relu], Dense: 4]
model:
  inputs: {left: [8, 8, 1], right: [8, 8, 1]}
  layers:
    - {use: encoder, from: left, name: a}
    - {use: encoder, from: right, name: b}
    - formula: abs(a - b)
      name: apart
  outputs: [a, b, apart]
train:
  loss:
    - {Contrastive: {}, from: [a, b], target: same}
  optimizer: {Adam: 1e-2}
  epochs: 2
  seed: 1
"""
PLAIN = "data: {source: Digits, test: 0.2, seed: 1}\nmodel: {inputs: {image: [8, 8, 1]}, layers: [Flatten, Dense: 10]}\n"
ALONE = TWINS[: TWINS.index("model:")].replace("Pairs: [by: label, size: 512]", "Balanced: [10, 4]").replace("128", "40") + """\
model:
  inputs: {image: [8, 8, 1]}
  layers: [{use: encoder, name: code}]
train: {loss: {code: {TripletMining: {}, target: label}}, epochs: 1, seed: 1}
"""


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    folder = tmp_path_factory.mktemp("twins")
    (folder / "twins.yaml").write_text(TWINS)
    return builder.train(folder / "twins.yaml", runs=folder / "runs")


@pytest.fixture(scope="module")
def plain():
    """The splits of the same data that no sampler draws from: images and classes."""
    data = open_data(builder.check(PLAIN).data)
    return {name: (np.asarray(split.column("image")), np.asarray(split.column("label"))) for name, split in data.splits.items()}


def test_an_evaluation_has_the_nearest_neighbours_of_plain_examples(twins, plain):
    found = builder.evaluate(twins)
    assert list(found.outputs) == ["a"] and found.metrics["loss"] > 0, "one side of the pair: the other is the same network, and `apart` reads both"
    report, encoder = found.outputs["a"], twins.model.get_layer("encoder")
    known, asked = (keras.ops.convert_to_numpy(encoder({"image": plain[name][0].astype("float32")})["dense_2"]) for name in ("train", "test"))
    far = np.linalg.norm(asked[:, None].astype("float64") - known[None], axis=-1)
    assert report["examples"] == len(asked) == 359 and report["training_examples"] == len(known) == 1438
    assert report["accuracy"]["euclidean"] == pytest.approx(np.mean(plain["train"][1][far.argmin(1)] == plain["test"][1]),
                                                            abs=0.005) and report["accuracy"]["euclidean"] > 0.5
    among = np.linalg.norm(asked[:, None].astype("float64") - asked[None], axis=-1) + np.diag(np.full(len(asked), np.inf))
    assert report["recall"]["1"] == pytest.approx(np.mean(plain["test"][1][among.argmin(1)] == plain["test"][1]), abs=0.005)
    assert (twins.folder / "embedding.png").is_file() and "held against 1,438 training examples" in (twins.folder / "report.html").read_text()


def test_a_side_of_a_pair_needs_no_other_side(twins, plain, tmp_path):
    np.save(tmp_path / "scans.npy", plain["test"][0][:3])
    from_file, of_split = embed(twins, "a", [tmp_path / "scans.npy"]), embed(twins, "a", split="test")
    assert of_split.values.shape == (359, 4) and of_split.labels["label"][:3] == [str(one) for one in plain["test"][1][:3]]
    np.testing.assert_allclose(from_file.values, of_split.values[:3], atol=1e-6)
    builder.evaluate(twins)
    told = alike(twins, [tmp_path / "scans.npy"])
    assert [one["same"] for one in told] == [one["distance"] <= twins.info["verification"]["threshold"] for one in told] and len(told) == 2


def test_what_reads_both_sides_is_judged_on_pairs(twins):
    assert len(embed(twins, "apart", split="test").values) == 359
    assert neighbours(twins, "apart")["field"] == "left_label"


@pytest.mark.slow
def test_classes_that_training_never_saw_have_no_nearest_training_example(tmp_path):
    run = builder.train(TWINS, {"data.group": "label", "data.test": 0.3, "train.epochs": 1}, runs=tmp_path)
    report = builder.evaluate(run).outputs["a"]
    assert report["accuracy"] == {} and report["classes"] == 3 and report["verification"]["auc"] > 0.5
    found = neighbours(run, "a", ways=3)
    assert found["one_shot"]["accuracy"] > 1 / 3 and set(found["beside"]) == {"untrained", "its inputs"}


@pytest.mark.slow
def test_batches_of_classes_repeat_nothing_where_they_are_judged(tmp_path):
    run = builder.train(ALONE, runs=tmp_path)
    assert run.info["data"]["splits"]["test"] == 320 and builder.evaluate(run).outputs["code"]["examples"] == 359, "320 are drawn, of 359"
