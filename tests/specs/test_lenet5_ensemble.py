"""Five LeNets that vote: on MNIST they gain over the mean of the five."""

import json

import numpy as np
import pytest
from spec_help import SPECS, checked

import builder


def test_five_lenets_side_by_side():
    graph = checked("lenet5_ensemble").graph
    assert graph.parameters == 5 * 61_706 and len(graph.networks) == 5


@pytest.mark.proof
def test_five_lenets_gain_by_voting(real, tmp_path):
    """On 10,000 images of MNIST; elsewhere 0.969 became 0.974."""
    changes = {"data.source": {"Idx": str(real / "mnist")}, "data.limit": 10_000, "data.validation": 0.05, "train.epochs": 5,
               "model.inputs.image": [28, 28, 1], "model.layers.0": {"Rescaling": 1 / 255}}
    run = builder.train(SPECS / "lenet5_ensemble.yaml", changes, runs=tmp_path)
    told = json.loads((run.folder / "evaluation.json").read_text())
    assert told["metrics"]["accuracy"] >= np.mean([one["accuracy"] for one in told["members"].values()]) + 0.003
