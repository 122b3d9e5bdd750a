"""One trunk, several tasks: the short form and the long one train alike, and no task suffers from the others."""

import json

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder

TASKS = {"label": "SparseCategoricalCrossentropy", "parity": "BinaryCrossentropy", "ink": "MeanSquaredError"}
LISTED = "[" + ", ".join(f"{{{loss}: {{}}, from: {name}, target: {name}, weight: =1.0 * {name}_weight}}" for name, loss in TASKS.items()) + "]"


def test_it_is_lowered_to_compile_in_both_forms():
    short, listed = checked("all_in_one"), builder.check(SPECS / "all_in_one.yaml", {"train.loss": LISTED})
    assert short.phases[0].steps == listed.phases[0].steps == ()
    assert list(short.phases[0].losses) == ["label", "parity", "ink"] and short.data.fields["parity"].reads == ("label",)


@pytest.mark.slow
def test_both_ways_give_the_same_weights(tmp_path):
    """What Keras's `compile` trains, and the same terms as one step of a program."""
    random = np.random.default_rng(0)
    np.savez(tmp_path / "some.npz", image=random.integers(0, 256, (96, 28, 28, 1)).astype("uint8"), label=np.arange(96) % 10)
    changes = {"data.source": f"{{Npz: [{tmp_path / 'some.npz'}, label: label]}}", "params.images": 64, "params.batch": 32, "train.epochs": 2, "train.metrics": "null",
               "params.parity_weight": 0.5, "params.ink_weight": 0.1}
    loss = LISTED.replace("1.0 * ink_weight", "ink_weight + 0 * step")  # which `compile` cannot say
    train = "{loss: {}, optimizer: {Adam: {CosineDecay: [2e-3, 470]}}, epochs: 2, seed: 1}"
    short = "{" + ", ".join(f"{name}: {{{one}: {{}}, weight: ={name}_weight}}" for name, one in TASKS.items()) + "}"
    runs = [builder.train(SPECS / "all_in_one.yaml", {**{key: value for key, value in changes.items() if not key.startswith("train")},
                                                      "train": train.replace("loss: {}", f"loss: {form}")}, runs=tmp_path) for form in (short, loss)]
    for one, other in zip(*(run.model.weights for run in runs), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), atol=2e-6)
    assert builder.check(SPECS / "all_in_one.yaml", {"train.loss": loss}).phases[0].steps


def figures(run) -> dict[str, float]:
    """Of each task what is to be high: accuracies, and the share of variance that is explained."""
    found = json.loads((run.folder / "evaluation.json").read_text())["outputs"]
    return {"label": found["label"]["accuracy"], "parity": found["parity"]["accuracy"], "ink": found["ink"]["r2"]}


@pytest.mark.proof
def test_each_task_is_no_worse_than_alone_by_more_than_a_point(real, tmp_path):
    data = {"data.source": f"{{Idx: {real / 'mnist'}}}"}
    together = figures(builder.train(SPECS / "all_in_one.yaml", data, runs=tmp_path))
    for task in TASKS:
        others = {f"params.{other}_weight": 0 for other in TASKS if other != task}
        alone = figures(builder.train(SPECS / "all_in_one.yaml", data | others, runs=tmp_path))[task]
        print(f"{task}: together {together[task]:.4f}, alone {alone:.4f}", flush=True)
        assert together[task] >= alone - 0.01
