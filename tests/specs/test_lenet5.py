"""LeNet-5 on the embedded digits and on MNIST: 61,706 parameters layer by layer, and what it learns."""

import numpy as np
import pytest
from spec_help import SPECS, checked, compiled

import builder


@pytest.mark.parametrize("name", ["lenet5", "mnist"])
def test_counts_of_the_layers(name):
    graph = checked(name).graph
    assert [node.parameters for node in graph.nodes if node.parameters] == [156, 2_416, 48_120, 10_164, 850]
    assert graph.parameters == graph.trainable == 61_706


def test_it_is_the_network_written_by_hand():
    import keras
    from keras import layers

    by_hand = keras.Sequential([
        keras.Input((8, 8, 1)), layers.Rescaling(1 / 16), layers.Resizing(32, 32), layers.Conv2D(6, 5, activation="tanh"), layers.AveragePooling2D(2),
        layers.Conv2D(16, 5, activation="tanh"), layers.AveragePooling2D(2), layers.Flatten(), layers.Dense(120, activation="tanh"),
        layers.Dense(84, activation="tanh"), layers.Dense(10, activation="softmax"),
    ])
    model = compiled("lenet5")
    model.set_weights(by_hand.get_weights())
    image = np.random.default_rng(0).integers(0, 17, (5, 8, 8, 1)).astype("float32")
    assert np.array_equal(model({"image": image})["label"], by_hand(image))


@pytest.mark.slow
def test_mnist_reaches_985(real, tmp_path):
    """Published for LeNet-5: 99.05 % (LeCun et al. 1998)."""
    run = builder.train(SPECS / "mnist.yaml", {"params.folder": str(real / "mnist"), "params.epochs": 6}, runs=tmp_path)
    assert builder.evaluate(run).metrics["accuracy"] >= 0.985
