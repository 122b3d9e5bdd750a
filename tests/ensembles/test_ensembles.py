"""Ensembles: trained in turn and gone on with in the middle, combined as numpy combines, judged one by one, written as one model."""

import json
import os
import signal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import builder
from builder import training
from builder.data import open_data
from builder.graph.graph import Recipe
from builder.graph.plans import DataPlan
from builder.training.shares import likelihoods, mixture

SPEC = """
name: few
ensemble: {members: 3, combine: vote}
data: {source: Digits, validation: 0.4, test: 0.4, batch: 64}
model:
  inputs: {image: [8, 8, 1]}
  layers:
    - Rescaling: =1 / 16
    - Flatten
    - Dense: [12, activation: relu]
    - Dense: [10, activation: softmax]
      name: label
train: {loss: SparseCategoricalCrossentropy, optimizer: {Adam: 1e-2}, metrics: [accuracy], epochs: 2, seed: 4, execution: {steps_per_execution: 1, jit_compile: false}}
"""


class StopAt(training.Silent):
    """Presses Ctrl-C in the second epoch of one member."""

    def __init__(self, name: str):
        self.wanted, self.heard = name, []

    def member(self, name: str, number: int, count: int) -> None:
        self.heard.append((name, number, count))

    def epoch_started(self, epoch: int, *_: object) -> None:
        if self.heard[-1][0] == self.wanted and epoch == 2:
            os.kill(os.getpid(), signal.SIGINT)


@pytest.fixture(scope="module")
def stopped(tmp_path_factory):
    """An ensemble stopped in its second member, what then was there, and gone on with; also what was heard."""
    runs = tmp_path_factory.mktemp("runs")
    path = runs / "few.yaml"
    path.write_text(SPEC)
    first, second = StopAt("member_2"), StopAt("")
    with pytest.raises(training.Interrupted):
        builder.train(path, runs=runs / "runs", reporter=first)
    run = training.find_run("few", runs / "runs")
    between = {"state": run.state, "members": [one.state for one in members(run)], "first": members(run)[0].folder.name}
    builder.train(None, runs=runs / "runs", resume="few", reporter=second)
    return run, between, first.heard, second.heard


@pytest.fixture(scope="module")
def run(stopped):
    return stopped[0]


def members(run) -> list:
    return sorted(training.list_runs(run.folder / "members"), key=lambda one: one.folder.parent.name)


def images(count: int = 200) -> np.ndarray:
    data = open_data(DataPlan(Recipe("source", "Digits"), Path()))
    return np.asarray(data.splits["train"].column("image")[:count], "float32").reshape(-1, 8, 8, 1)


def test_stopped_in_the_second_member_it_goes_on_there(stopped):
    run, between, first, second = stopped
    assert between["state"] == "interrupted" and between["members"] == ["finished", "interrupted"]
    assert [name for name, *_ in first] == ["member_1", "member_2"]
    assert second == [("member_1", 1, 3), ("member_2", 2, 3), ("member_3", 3, 3)]
    assert run.state == "finished" and [one.state for one in members(run)] == ["finished"] * 3
    assert members(run)[0].folder.name == between["first"]
    assert all(len(one.history.rows) == 2 for one in members(run))


@pytest.mark.slow
def test_resumed_members_are_those_of_an_ensemble_never_stopped(run, tmp_path):
    whole = builder.train(SPEC, runs=tmp_path)
    for one, other in zip(members(run), members(whole), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one.model.get_weights(), other.model.get_weights(), strict=True))


def test_seeds_differ_and_the_split_does_not(run):
    info = [one.info for one in members(run)]
    assert len({one["signature"]["train"][0]["seed"] for one in info}) == 3
    assert len({one["signature"]["data"] for one in info}) == 1
    assert {one["source"]["seed"] for one in info} == {4}
    kernels = [one.model.get_layer("dense").kernel.numpy() for one in members(run)]
    assert not any(np.allclose(kernels[i], kernels[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


def test_a_finished_ensemble_is_not_gone_on_with(run):
    with pytest.raises(builder.SpecError) as error:
        builder.train(None, resume=run.folder)
    assert error.value.faults[0].kind == "run-finished"


def test_the_whole_is_the_vote_of_its_members(run):
    x = images()
    said = np.stack([one.model.predict({"image": x}, verbose=0)["label"] for one in members(run)]).astype("float64")
    votes = np.stack([np.bincount(column, minlength=10) for column in said.argmax(-1).T])
    whole = run.model.predict({"image": x}, verbose=0)["label"]
    np.testing.assert_allclose(whole, (votes + said.mean(0)) / 4, atol=1e-6)


def test_evaluation_tells_of_each_member_and_of_all(run):
    told = json.loads((run.folder / "evaluation.json").read_text())
    assert list(told["members"]) == ["member_1", "member_2", "member_3"] and told["combine"] == "vote"
    for one in members(run):
        assert told["members"][one.folder.parent.name]["accuracy"] == pytest.approx(one.info["test"]["accuracy"], abs=1e-6)
    report = (run.folder / "report.html").read_text(encoding="utf-8")
    assert "mean of the members" in report and 'href="members/member_2/' in report


def test_the_command_prints_the_table(run):
    from builder.commands.evaluate_ import command

    said = CliRunner().invoke(command, [str(run.folder)]).output
    rows = [line for line in said.splitlines() if line.startswith(("member", "mean of", "together"))]
    assert [row.split("  ")[0] for row in rows] == ["member", "member_1", "member_2", "member_3", "mean of the members", "together (vote)"]


@pytest.mark.slow
def test_a_run_and_another_spec_are_members_too(run, tmp_path):
    """The run's weights are in the whole as they are; of weights that are learned, none counts for nothing where all are alike."""
    one = members(run)[0]
    text = f"""
name: mixed
ensemble:
  members: [{one.folder}, {{spec: mlp, set: {{params.hidden: [4], train.epochs: 1}}}}]
  combine: weighted
data: {{source: Digits, validation: 0.4, test: 0.4, batch: 64}}
"""
    whole = builder.train(text, runs=tmp_path)
    inner = whole.model.get_layer("member_1")
    assert all(np.array_equal(a, b) for a, b in zip(inner.get_weights(), one.model.get_weights(), strict=True))
    shares = whole.model.get_layer("label").shares.numpy()
    assert shares.sum() == pytest.approx(1) and shares[0] > shares[1]
    x = images(50)
    said = [whole.model.get_layer(name).predict({"image": x}, verbose=0)["label"] for name in ("member_1", "mlp")]
    np.testing.assert_allclose(whole.model.predict({"image": x}, verbose=0)["label"], shares[0] * said[0] + shares[1] * said[1], atol=1e-6)
    assert builder.evaluate(whole).metrics["accuracy"] > 0.3


def test_scores_are_combined_as_probabilities_and_are_scores_again():
    text = SPEC.replace("activation: softmax", "activation: linear").replace("loss: SparseCategoricalCrossentropy",
                                                                             "loss: {SparseCategoricalCrossentropy: {from_logits: true}}")
    model = builder.compile(text.replace("vote", "mean"))
    x = images(20)
    scores = np.stack([np.asarray(model.get_layer(f"member_{i}")({"image": x})["label"], "float64") for i in (1, 2, 3)])
    shares = np.exp(scores) / np.exp(scores).sum(-1, keepdims=True)
    np.testing.assert_allclose(np.asarray(model({"image": x})["label"]), np.log(shares.mean(0)), atol=1e-4)


def test_learned_weights_are_the_likeliest():
    from scipy.optimize import minimize

    random = np.random.default_rng(0)
    shares, true = random.dirichlet(np.ones(4), (3, 300)), random.integers(0, 4, 300)
    shares[1] = 0.5 * shares[1] + 0.5 * np.eye(4)[true]
    likelihood = likelihoods(shares, true, "class")
    assert np.array_equal(likelihood, shares[:, np.arange(300), true])
    found = minimize(lambda w: -np.log(w @ likelihood).sum(), np.full(3, 1 / 3), bounds=[(1e-9, 1)] * 3,
                     constraints={"type": "eq", "fun": lambda w: w.sum() - 1}).x
    np.testing.assert_allclose(mixture(likelihood), found, atol=2e-3)


@pytest.mark.slow
def test_the_export_is_the_whole(run, tmp_path):
    done = builder.export(run, ["saved_model", "keras"], tmp_path)
    assert all(one.greatest_difference < 1e-6 for one in done)
    import keras

    plain = keras.saving.load_model(tmp_path / "few.keras")
    assert [layer.name for layer in plain.layers if isinstance(layer, keras.Model)] == ["member_1", "member_2", "member_3"]


@pytest.mark.slow
def test_a_network_is_exported_by_itself(tmp_path):
    text = SPEC.replace("ensemble: {members: 3, combine: vote}\n",
                        "networks:\n  code: {inputs: {image: [8, 8, 1]}, layers: [Flatten, {Dense: 3, name: few}]}\nexport: {networks: [code]}\n")
    text = text.replace("    - Flatten\n", "    - {use: code, name: coded}\n")
    path = tmp_path / "parts.yaml"
    path.write_text(text)
    done = builder.export(path, ["keras"], tmp_path / "out")
    assert [one.path.relative_to(tmp_path / "out").as_posix() for one in done] == ["few.keras", "code/code.keras"]
    assert [one.path.name for one in builder.export(path, ["keras"], tmp_path / "alone", networks=["code"])] == ["code.keras"]
    with pytest.raises(builder.SpecError) as error:
        builder.export(path, ["keras"], tmp_path / "none", networks=["cod"])
    assert error.value.faults[0].kind == "export-network"
