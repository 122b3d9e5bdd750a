"""Weights of classes: as Keras's `class_weight` of fit, and for several outputs; in training alone, on one device or on several."""

import os
from dataclasses import replace

import numpy as np
import pytest
import tiny_training as tiny

from builder import training
from builder.data import class_weights, weigh
from builder.diagnostics import SpecError, render
from builder.graph.plans import Choice, ClassWeightPlan
from builder.training.feed import Feed, wanted

GIVEN = {"none": 1.0, "some": 0.2, 2: 5.0}
PLAN = ClassWeightPlan("label", tuple((Choice(name), weight) for name, weight in GIVEN.items()))
LOSSES = {"label": tiny.LABEL, "total": tiny.TOTAL}


def plan(outputs=("label",), **changes):
    """Plain descent in an order that a reference can follow, one step a call."""
    return tiny.plan(losses={name: LOSSES[name] for name in outputs}, epochs=2, callbacks=(), clip=None, seed=3, **changes,
                     optimizer=tiny.recipe("optimizer", "SGD", learning_rate=0.1, momentum=0.9))


def steady(outputs=("label",)):
    """A model without anything drawn at random."""
    import keras

    keras.utils.set_random_seed(1)
    x = keras.Input((6,), name="x")
    h = keras.layers.Dense(16, activation="tanh")(x)
    heads = {"label": keras.layers.Dense(3, activation="softmax", name="label")(h), "total": keras.layers.Dense(1, name="total")(h)}
    return keras.Model({"x": x}, {name: heads[name] for name in outputs})


def epochs(outputs):
    """The batches of each epoch that a run of the plan sees, in its order, as data sets."""
    feed = Feed(tiny.data().splits, wanted(steady(outputs)), {name: name for name in outputs}, 16, 3)
    return [feed.training(epoch) for epoch in range(2)]


def ours(folder, outputs=("label",), device=None, **changes):
    with training.made_on(device):
        built = steady(outputs)
    run = training.train(built, (plan(outputs, **changes),), tiny.data(), folder, batch=16, device=device)
    return [np.array(value) for value in built.get_weights()], run.history.rows


def test_one_output_trains_as_fit_with_class_weight(folder):
    import keras

    model = steady()
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), {"label": "sparse_categorical_crossentropy"}, metrics={"label": ["accuracy"]})
    losses = [model.fit(epoch.map(lambda x, y: (x, y["label"])), class_weight={0: 1.0, 1: 0.2, 2: 5.0}, shuffle=False, verbose=0).history["loss"][0]
              for epoch in epochs(("label",))]
    weights, rows = ours(folder, class_weight=(PLAN,))
    for one, other in zip(weights, model.get_weights(), strict=True):
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6)
    assert [row["loss"] for row in rows] == pytest.approx(losses, rel=1e-5)


def test_validation_and_metrics_know_no_weights(folder):
    """As in fit: the weighted loss is that of training; what is validated is the plain one."""
    import keras

    _, rows = ours(folder, class_weight=(PLAN,))
    model = training.Run(folder).model
    split = tiny.data().splits["validation"]
    said = model.predict({"x": split.columns["x"].values}, verbose=0)["label"]
    plain = keras.losses.sparse_categorical_crossentropy(split.columns["label"].values, said).numpy().mean()
    assert rows[-1]["val_loss"] == pytest.approx(plain, rel=1e-4)


def test_of_several_outputs_each_has_its_own(folder):
    """The reference gives Keras's train_on_batch the weight of each example itself."""
    import keras

    model = steady(("label", "total"))
    model.compile(keras.optimizers.SGD(0.1, momentum=0.9), {"label": "sparse_categorical_crossentropy", "total": "mse"},
                  loss_weights={"label": 1.0, "total": 0.5})
    each = np.array([1.0, 0.2, 5.0], "float32")
    for epoch in epochs(("label", "total")):
        for x, y in epoch.as_numpy_iterator():
            model.train_on_batch(x, y, sample_weight={"label": each[y["label"]], "total": np.ones(len(x["x"]), "float32")})
    weights, _ = ours(folder, ("label", "total"), class_weight=(PLAN,))
    for one, other in zip(weights, model.get_weights(), strict=True):
        assert np.allclose(one, other, rtol=1e-5, atol=1e-6)


def test_without_them_the_batches_are_pairs():
    feed = Feed(tiny.data().splits, wanted(steady()), {"label": "label"}, 16, 3, {"label": np.ones(3, "float32")})
    assert len(next(iter(feed.training(0)))) == 3 and len(next(iter(feed.plain("validation")))) == 2
    assert len(next(iter(replace(feed, weights={}).training(0)))) == 2


def test_balanced_is_that_of_scikit_learn():
    from sklearn.utils.class_weight import compute_class_weight

    data = tiny.data()
    labels = data.splits["train"].columns["label"].values
    found = class_weights(data, (ClassWeightPlan("label", balanced=True),), {"label": "label"})["label"]
    assert np.allclose(found, compute_class_weight("balanced", classes=np.arange(3), y=labels))
    assert found[labels].mean() == pytest.approx(1, rel=1e-6)


def test_mixed_targets_have_the_weight_that_is_to_be_expected():
    """Of shares of classes, the mean of the classes' weights by these shares."""
    shares = np.random.default_rng(0).dirichlet(np.ones(3), 5).astype("float32")
    import tensorflow as tf

    weights = np.array([1.0, 0.2, 5.0], "float32")
    assert np.allclose(weigh(tf.constant(shares), weights), (shares.astype("float64") * weights).sum(1), rtol=1e-6)
    places = np.array([[0, 2], [1, 1]])
    assert np.allclose(weigh(tf.constant(places), weights), weights[places])
    assert np.allclose(weigh(tf.constant([[2], [0]]), weights), [5, 1])
    assert np.allclose(weigh(tf.constant([1.0, 0.0]), weights), [0.2, 1])


@pytest.mark.parametrize(("plan", "said"), [
    (ClassWeightPlan("label", ((Choice("soem"), 2.0),)), "error[unknown-class]: `label` has no class `soem`\nhelp: did you mean `some`?"),
    (ClassWeightPlan("label", ((Choice(3), 2.0),)), "error[unknown-class]: `label` has no class `3`\nnote: its classes: none, some, many"),
    (ClassWeightPlan("label", ((Choice(0), 2.0), (Choice("none"), 1.0))), "error[class-twice]: the class `none` of `label` is given twice"),
    (ClassWeightPlan("total", balanced=True), "error[class-weight-nothing]: the classes of `total` cannot be weighted"),
])
def test_what_is_refused(plan, said):
    with pytest.raises(SpecError) as caught:
        class_weights(tiny.data(), (plan,), {"label": "label", "total": "total"})
    assert render(caught.value.faults).startswith(said)


def test_bad_values_of_a_weighted_batch_are_found(folder):
    data = tiny.data()
    data.splits["train"].columns["x"].values[5] = np.nan
    with pytest.raises(SpecError) as caught:
        training.train(steady(), (plan(class_weight=(PLAN,)),), data, folder, batch=16)
    assert caught.value.faults[0].facts["fields"] == ("x",)


@pytest.mark.slow
def test_two_devices_equal_one(tmp_path):
    """In a process of its own, whose CPU is in two parts."""
    import subprocess
    import sys
    from pathlib import Path

    here = Path(__file__).parent
    env = {**os.environ, "PYTHONPATH": os.pathsep.join((str(here.parents[1]), str(here)))}
    program = """
import sys, numpy as np, test_training_class_weight as test
from pathlib import Path
from builder import training
device = None if sys.argv[1] == "one" else sys.argv[1]
training.strategy(device)
weights, rows = test.ours(training.create("tiny", Path(sys.argv[2])).folder, ("label", "total"), device, class_weight=(test.PLAN,))
np.savez(Path(sys.argv[2]) / "found.npz", *weights, np.array([[row["loss"], row["label_loss"], row["val_loss"]] for row in rows]))
"""
    found = []
    for device in ("one", "mirrored:cpu:2"):
        folder = tmp_path / device.replace(":", "-")
        folder.mkdir()
        done = subprocess.run([sys.executable, "-c", program, device, folder], env=env, capture_output=True, text=True, timeout=500, check=False)
        assert done.returncode == 0, done.stderr[-3000:]
        found.append(dict(np.load(folder / "found.npz")))
    for name, value in found[0].items():
        assert np.allclose(value, found[1][name], rtol=1e-5, atol=1e-5), name
