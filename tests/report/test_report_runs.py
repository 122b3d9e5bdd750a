"""`build runs`: runs listed, sorted and compared, and what differs between specs told by names."""

import json

import pytest
import yaml
from click.testing import CliRunner

from builder.commands.runs_ import command
from builder.diagnostics import SpecError
from builder.report.differences import MISSING, differences
from builder.training import create
from builder.training.log import write_log

FIRST = """
params: {width: 16}
model:
  layers:
    - Conv2D: [16, 3]
    - MaxPooling2D: 2
    - Conv2D: [32, 3, padding: same]
    - Flatten
    - Dropout: 0.5
    - {Dense: [10, activation: softmax], name: label}
train: {loss: X, optimizer: {Adam: 0.001}, epochs: 3, metrics: [accuracy], callbacks: [EarlyStopping: {patience: 3}]}
"""
SECOND = """
params: {width: 8}
model:
  layers:
    - Conv2D: [16, 3]
    - Conv2D: {filters: 24, kernel_size: 3}
    - MaxPooling2D: 2
    - Conv2D: [32, 5, padding: same]
    - Flatten
    - {Dense: {units: 12, activation: softmax}, name: label}
train: {loss: X, optimizer: {Adam: 0.01}, epochs: 3, metrics: [accuracy], callbacks: [EarlyStopping: 5], seed: true}
"""


def told(before: str, after: str) -> dict:
    found = differences(yaml.safe_load(before), yaml.safe_load(after))
    return {one.path: (one.before, one.after) for one in found}


def test_steps_are_told_by_name_and_arguments_by_theirs():
    assert told(FIRST, SECOND) == {
        "params.width": (16, 8),
        "model.layers.Conv2D#2": (MISSING, {"Conv2D": {"filters": 24, "kernel_size": 3}}),
        "model.layers.Conv2D#2.kernel_size": (3, 5),
        "model.layers.Dropout": ({"Dropout": 0.5}, MISSING),
        "model.layers.label.Dense.units": (10, 12),
        "train.optimizer.Adam": (0.001, 0.01),
        "train.callbacks.EarlyStopping.patience": (3, MISSING),
        "train.callbacks.EarlyStopping.monitor": (MISSING, 5),
        "train.seed": (MISSING, True),
    }


def test_one_thing_written_in_two_ways_is_no_difference():
    assert not told("model: {layers: [Dense: [10, {activation: relu}], Reshape: [7, 7]]}",
                    "model: {layers: [Dense: {units: 10, activation: relu}, Reshape: [[7, 7]]]}")
    assert told("train: {seed: 1}", "train: {seed: true}") == {"train.seed": (1, True)}


def test_blocks_of_the_spec_name_their_own_arguments():
    text = "blocks: {Twin: {params: [wide, {deep: 2}], layers: []}}\nmodel: {layers: [{Twin: [%s, 2], name: a}]}"
    assert told(text % 4, text % 8) == {"model.layers.a.Twin.wide": (4, 8)}


def test_branches_and_phases():
    before = "train: [{loss: X, epochs: 2}, {epochs: 2}]\nmodel: {layers: [{branches: [[Conv2D: [1, 1]], []], merge: Add}]}"
    after = "train: [{loss: X, epochs: 2}, {epochs: 5}]\nmodel: {layers: [{branches: [[Conv2D: [1, 3]], [], [Flatten]], merge: Add}]}"
    assert told(before, after) == {
        "train.phase#2.epochs": (2, 5),
        "model.layers.branches.branch#1.Conv2D.kernel_size": (1, 3),
        "model.layers.branches.branch#3": (MISSING, ["Flatten"]),
    }


@pytest.fixture
def runs(tmp_path):
    """Three runs of two specs, written as training writes them."""
    for name, spec, accuracy in (("one", FIRST, 0.5), ("one", SECOND, 0.75), ("other", FIRST, 0.25)):
        run = create(name, tmp_path, spec=spec, data={"splits": {"train": int(accuracy * 100)}})
        write_log(run.folder, [{"phase": 1, "epoch": 1, "step": 4, "seconds": 1.0, "loss": 1 - accuracy, "val_accuracy": accuracy, "accuracy": accuracy}])
        run.update(state="finished")
    return tmp_path


def call(*words: str, code: int = 0) -> str:
    ran = CliRunner().invoke(command, words)
    assert ran.exit_code == code, ran.output
    return ran.output


def test_the_list_has_all_runs_or_those_of_a_spec(runs):
    assert len(json.loads(call("--runs", str(runs), "--json"))) == 3
    assert len(json.loads(call("one", "--runs", str(runs), "--json"))) == 2
    assert "other/" not in call("one", "--runs", str(runs))


def test_the_best_comes_first_and_is_marked_for_each_spec(runs):
    rows = json.loads(call("--runs", str(runs), "--json", "--sort", "val_accuracy"))
    assert [(row["val_accuracy"], row["best"]) for row in rows] == [(0.75, True), (0.5, False), (0.25, True)]
    rows = json.loads(call("--runs", str(runs), "--json", "--sort", "loss"))
    assert [row["loss"] for row in rows] == [0.25, 0.5, 0.75]
    assert "Did you mean `val_accuracy`?" in call("--runs", str(runs), "--sort", "val_acuracy", code=2)


def test_runs_are_compared(runs):
    first, second = (path.name for path in sorted((runs / "one").iterdir()))
    said = call(f"one/{first}", f"one/{second}", "--runs", str(runs))
    assert "train.optimizer.Adam: 0.001 → 0.01" in said and "* 0.7500" in said
    assert "model.layers.Dropout: {Dropout: 0.5} → nothing" in said
    assert "data.train: 50 → 75" in said
    facts = json.loads(call(f"one/{first}", "one", "other", "--runs", str(runs), "--json"))
    adam = next(change for change in facts["spec"] if change["path"] == "train.optimizer.Adam")
    assert list(adam["values"].values()) == [0.001, 0.01, 0.001]
    dropout = next(change for change in facts["spec"] if change["path"] == "model.layers.Dropout")
    assert list(dropout["values"]) == [f"one/{first}", facts["runs"][2]["run"]]


def test_the_comparison_is_a_page(runs, tmp_path):
    page = tmp_path / "compared.html"
    call("one", "other", "--runs", str(runs), "--html", str(page))
    text = page.read_text(encoding="utf-8")
    assert "2 runs compared" in text and text.count("<polyline") == 2 * 2 and "train.optimizer.Adam" in text
    assert call("one", "--html", str(page), code=2)


def test_an_unknown_run_is_told_as_everywhere(runs):
    for words in (("on",), ("one", "othr")):
        with pytest.raises(SpecError) as error:
            CliRunner().invoke(command, [*words, "--runs", str(runs)], catch_exceptions=False)
        assert error.value.faults[0].kind == "no-run"


@pytest.mark.parametrize(("name", "greater"), [("val_accuracy", True), ("bleu", True), ("val_exact", True), ("loss", False), ("accuracy_loss", False), ("nats", False)])
def test_what_is_good_is_known_by_name(name, greater):
    from builder.report.headline import is_greater_better

    assert is_greater_better(name) is greater
