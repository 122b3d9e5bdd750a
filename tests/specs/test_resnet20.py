"""ResNet-20 for small images: two kinds of shortcut by a param, and what it learns of CIFAR-10."""

import pytest
from spec_help import SPECS, checked, counted

import builder


@pytest.mark.parametrize("shortcut, trainable", [("identity", 269_722), ("projection", 272_474)])
def test_counts(shortcut, trainable):
    assert counted("resnet20", shortcut=shortcut)[1] == trainable


@pytest.mark.parametrize("n, trainable", [(5, 464_154), (18, 1_727_962)])
def test_deeper_ones(n, trainable):
    """ResNet-32 and ResNet-110 of the paper's table 6: 0.46 and 1.7 million."""
    assert counted("resnet20", n=n)[1] == trainable


def test_an_identity_shortcut_has_no_weights():
    bricks = [node.brick for node in checked("resnet20").graph.nodes]
    assert bricks.count("ops.pad") == 2 and bricks.count("Conv2D") == 19
    bricks = [node.brick for node in checked("resnet20", shortcut="projection").graph.nodes]
    assert bricks.count("ops.pad") == 0 and bricks.count("Conv2D") == 21


@pytest.mark.proof
def test_cifar_reaches_60(cifar, tmp_path):
    run = builder.train(SPECS / "resnet20.yaml", {"params.folder": str(cifar)}, runs=tmp_path)
    assert builder.evaluate(run).metrics["accuracy"] >= 0.60
