"""LeNet-5 on the embedded digits and on MNIST: 61,706 parameters layer by layer, and what it learns."""

import pytest
from spec_help import SPECS, checked

import builder


@pytest.mark.parametrize("name", ["lenet5", "mnist"])
def test_counts_of_the_layers(name):
    graph = checked(name).graph
    assert [node.parameters for node in graph.nodes if node.parameters] == [156, 2_416, 48_120, 10_164, 850]
    assert graph.parameters == graph.trainable == 61_706


@pytest.mark.slow
def test_mnist_reaches_985(real, tmp_path):
    """Published for LeNet-5: 99.05 % (LeCun et al. 1998)."""
    run = builder.train(SPECS / "mnist.yaml", {"params.folder": str(real / "mnist"), "params.epochs": 6}, runs=tmp_path)
    assert builder.evaluate(run).metrics["accuracy"] >= 0.985
