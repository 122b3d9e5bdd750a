"""Embeddings of digits by pairs, by triplets, by centres and by angles: the figures that they are held to."""

import pytest
from spec_help import SPECS, checked, compiled

import builder
from builder.looking import neighbours


def mnist(real) -> dict:
    return {"data.source": f"{{Idx: {real / 'mnist'}}}"}


def shown(name: str, report: dict) -> dict:
    """The figures of an embedding, printed."""
    one_shot = report["one_shot"] and {f"{report['one_shot']['ways']}-way one-shot": report["one_shot"]["accuracy"]}
    found = {"1-NN": report["accuracy"].get("euclidean"), "recall at 1": report["recall"]["1"], "MAP at R": report["map_at_r"],
             "pairs told": report["verification"]["accuracy"], **(one_shot or {}), "within/between": report["tightness"]["ratio"]}
    print(name, {key: value and round(value, 4) for key, value in found.items()})
    return found


def test_the_four_are_laid():
    twins = checked("siamese_contrastive").graph
    assert twins.parameters == 520 + 25_050 + 102_528 + 2_064 == twins.networks["encoder"].parameters
    assert checked("triplet").graph.parameters == twins.parameters, "the same network"
    maps = lambda size: sum(size**2 * before * after + 2 * after for before, after in ((1, 16), (16, 32), (32, 64)))  # kernels, biases, slopes
    assert checked("center_loss").graph.parameters == maps(5) + 2 * (576 + 1) + 30
    assert checked("arcface").graph.parameters == maps(3) + 16 * (576 + 1) + 160


def test_twins_have_one_set_of_weights():
    model = compiled("siamese_contrastive")
    assert len(model.weights) == 8 and [layer.name for layer in model.layers].count("encoder") == 1


@pytest.mark.proof
def test_pairs_reach_975(real, tmp_path):
    run = builder.train(SPECS / "siamese_contrastive.yaml", mnist(real), runs=tmp_path)
    found = shown("siamese_contrastive", builder.evaluate(run).outputs["a"])
    assert found["1-NN"] >= 0.975


@pytest.mark.proof
def test_digits_that_pairs_never_showed_are_told_apart(real, tmp_path):
    """Three digits are held out of training: chance is 1/3 of one-shot trials and 1/2 of pairs."""
    changes = {"data.group": "label", "data.test": 0.3, "params.epochs": 3}
    run = builder.train(SPECS / "siamese_contrastive.yaml", {**mnist(real), **changes}, runs=tmp_path)
    report = neighbours(run, "a", ways=3)
    assert report["accuracy"] == {} and report["classes"] == 3
    found, *_ = [shown(name, one) for name, one in {"digits never seen": report, **report["beside"]}.items()]
    assert found["3-way one-shot"] >= 0.6 and found["pairs told"] >= 0.7


@pytest.mark.proof
def test_triplets_reach_97(real, tmp_path):
    run = builder.train(SPECS / "triplet.yaml", mnist(real), runs=tmp_path)
    assert shown("triplet", builder.evaluate(run).outputs["code"])["1-NN"] >= 0.97


@pytest.mark.proof
@pytest.mark.parametrize("name, alone", [("center_loss", {"params.weight": 0}), ("arcface", {"params.margin": 0})])
def test_classes_are_tighter_than_by_softmax_alone(real, tmp_path, name, alone):
    found = {}
    for what, changes in {name: {}, "softmax alone": alone}.items():
        run = builder.train(SPECS / f"{name}.yaml", {**mnist(real), **changes, "name": f"{name}_{len(found)}"}, runs=tmp_path)
        found[what] = shown(what, neighbours(run, "code")) | {"accuracy": run.info["test"].get("accuracy", run.info["test"].get("label_accuracy"))}
        print(what, "accuracy", found[what]["accuracy"])
    ratio = {what: one["within/between"] for what, one in found.items()}
    assert ratio[name] * 3 <= ratio["softmax alone"] and found[name]["accuracy"] >= 0.95
    assert (run.folder / "embedding.png").is_file()
