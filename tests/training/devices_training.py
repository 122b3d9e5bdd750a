"""Trains small models on a device, or as one of several workers, and leaves weights and history: a program of its own."""

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import program_training as small
import tiny_training as tiny

from builder.graph.graph import Recipe
from builder.graph.plans import EquationPlan, ExecutionPlan, FollowPlan, MetricPlan, PhasePlan, Target, TermPlan

SIZE, BATCH = 90, 16  # the last batch has 10


def optimizer(name: str, **args) -> Recipe:
    return tiny.recipe("optimizer", name, **args)


def dense(norm: bool = True, drop: float = 0.0, penalty: str | None = None):
    """Two outputs, batch normalization, dropout and a penalty where asked for."""
    import keras
    from keras import layers

    x = keras.Input((6,), name="x")
    h = layers.Dense(16, use_bias=not norm, kernel_regularizer=penalty)(x)
    h = layers.BatchNormalization()(h) if norm else h
    h = layers.Activation("relu")(h)
    h = layers.Dropout(drop)(h) if drop else h
    return keras.Model({"x": x}, {"label": layers.Dense(3, activation="softmax", name="label")(h), "total": layers.Dense(1, name="total")(h)})


def words(units: int = 5):
    """Rows of an embedding, some of them twice in a batch, and a mask that reaches the output."""
    import keras
    from keras import layers, ops

    x = keras.Input((6,), name="x")
    numbers = ops.cast(ops.abs(x) * 3 % 7, "int32")
    h = layers.GRU(4, return_sequences=True)(layers.Embedding(7, units, mask_zero=True)(numbers))
    steps = layers.TimeDistributed(layers.Dense(3, activation="softmax"))(h)
    return keras.Model({"x": x}, {"label": layers.Dense(3, activation="softmax", name="label")(layers.GlobalAveragePooling1D()(steps)),
                                  "total": layers.Dense(1, name="total")(layers.Flatten()(h))})


def active():
    """A penalty on activities, and normalization inside another layer."""
    import keras
    from keras import layers

    x = keras.Input((6,), name="x")
    h = layers.Dense(8, activation="relu", activity_regularizer="l2")(x)
    h = layers.Reshape((2, 4))(h)
    h = layers.Flatten()(layers.TimeDistributed(layers.Dense(4))(h))
    return keras.Model({"x": x}, {"label": layers.Dense(3, activation="softmax", name="label")(h), "total": layers.Dense(1, name="total")(h)})


SCHEDULE = Recipe("schedule", "CosineDecay", (("initial_learning_rate", 0.1), ("decay_steps", 15)))
DICE = replace(tiny.TOTAL, recipe=tiny.recipe("loss", "Tversky"), weight=2.0)
SUMMED = replace(tiny.TOTAL, recipe=tiny.recipe("loss", "Huber", reduction="sum"), weight=0.01)
TWINS = """
name: twins
networks:
  online: {inputs: {x: [6]}, layers: [{Dense: [16, kernel_regularizer: l2], name: d}, {BatchNormalization: {}, name: n}, Activation: relu]}
  follower: {inputs: {x: [6]}, layers: [{Dense: [16, kernel_regularizer: l2], name: d}, {BatchNormalization: {}, name: n}, Activation: relu]}
model:
  inputs: {x: [6]}
  layers:
    - {use: online, from: x, name: a}
    - {use: follower, from: x, name: b}
    - {Dense: [3, activation: softmax], from: a, name: label}
    - {Dense: 1, from: a, name: total}
  outputs: [label, total, b]
"""
STEPS = (
    small.step("first", small.term("label_loss", "SparseCategoricalCrossentropy", "label", target="label"),
               small.term("pull", "mean(square(a - b), axis=-1)", "a", "b", weight=EquationPlan("0.1 * (1 + epoch)")),
               update=("online", "label"), optimizer=optimizer("AdamW", learning_rate=0.01, use_ema=True, ema_overwrite_frequency=4), clip=0.05),
    small.step("second", small.term("total_loss", "MeanSquaredError", "total", target="total"), update=("total",), every=2),
    replace(small.step("third", update=("follower",)), optimizer=None, follow=FollowPlan("follower", "online", 0.1)),
)
MEASURES = (TermPlan("accuracy", "accuracy", (("y_pred", "label"),), Target("field", "label")),
            TermPlan("apart", EquationPlan("max(abs(a - b))"), (("a", "a"), ("b", "b"))))
# Without batch normalization in the critic: TensorFlow's moments stop a gradient, so that of one device their second derivative is not exact.
CRITIC = """
name: critic
networks:
  painter: {inputs: {x: [6]}, layers: [{Dense: 8, name: d}, BatchNormalization, Activation: relu, {Dense: 6, name: e}]}
  critic: {inputs: {x: [6]}, layers: [{Dense: [8, activation: tanh], name: d}, {Dense: 1, name: e}]}
model:
  inputs: {x: [6]}
  layers:
    - {use: painter, from: x, name: fake}
    - {formula: 0.4 * x + 0.6 * fake, name: mixed}
    - {use: critic, from: x, name: real_score}
    - {use: critic, from: fake, name: fake_score}
    - {use: critic, from: mixed, name: mixed_score}
  outputs: [fake, real_score, fake_score, mixed_score]
"""
PENALTY = "square(sqrt(sum(square(gradient(mixed_score, mixed)), axis=-1) + 1e-12) - 1)"
PENALISED = (
    small.step("critic", small.term("apart", "mean(fake_score - real_score)", "fake_score", "real_score"),
               small.term("penalty", PENALTY, "mixed_score", "mixed", weight=10.0),
               update=("critic",), optimizer=optimizer("Adam", learning_rate=0.01)),
    small.step("painter", small.term("fooled", "0 - fake_score", "fake_score"), update=("painter",), every=2),
)
STEEP = (TermPlan("steepest", EquationPlan("max(abs(gradient(mean(square(score)), x)))"), (("score", "real_score"), ("x", "x"))),)
# What each is: the model, changes of the plan.
CASES: dict[str, tuple[Callable, dict]] = {
    "momentum": (dense, {"optimizer": optimizer("SGD", learning_rate=SCHEDULE, momentum=0.9), "clip": None}),
    "clip": (lambda: dense(penalty="l2"), {"optimizer": optimizer("AdamW", learning_rate=0.01, weight_decay=0.01, use_ema=True, ema_overwrite_frequency=4),
                                           "clip": 0.05}),
    "words": (words, {"optimizer": optimizer("Adam", learning_rate=0.01, gradient_accumulation_steps=2, clipnorm=0.1), "clip": None}),
    "adam": (dense, {"optimizer": optimizer("Adam", learning_rate=0.01)}),
    "sgd clipvalue": (words, {"optimizer": optimizer("SGD", learning_rate=0.1, clipvalue=0.01), "clip": None}),
    "whole batch": (dense, {"losses": {"label": tiny.LABEL, "total": DICE}, "clip": None}),
    "sum": (dense, {"losses": {"label": tiny.LABEL, "total": SUMMED}}),
    "active": (active, {"optimizer": optimizer("SGD", learning_rate=0.1)}),
    "ema": (dense, {"optimizer": optimizer("Adam", learning_rate=0.01, use_ema=True)}),
    "lion": (dense, {"optimizer": optimizer("RMSprop", learning_rate=0.01, centered=True)}),
    "scaled": (lambda: dense(norm=False), {"precision": "mixed_float16", "optimizer": optimizer("SGD", learning_rate=0.1)}),
    "frozen": (dense, {"freeze": ("dense*",), "optimizer": optimizer("SGD", learning_rate=0.1)}),
    "program": (lambda: small.made(TWINS), {"steps": STEPS, "measures": MEASURES, "losses": {}, "metrics": {}}),
    "penalty": (lambda: small.made(CRITIC), {"steps": PENALISED, "measures": STEEP, "losses": {}, "metrics": {}}),
    "dropout": (lambda: dense(drop=0.4), {}),
}
METRICS = {"label": (MetricPlan("accuracy"), MetricPlan(tiny.recipe("metric", "SparseTopKCategoricalAccuracy", k=2))),
           "total": (MetricPlan(tiny.recipe("metric", "R2Score")),)}


def plan(changes: dict, **more) -> PhasePlan:
    metrics = METRICS if "losses" not in changes else {"label": METRICS["label"]}
    whole = tiny.plan(losses={"label": tiny.LABEL, "total": tiny.TOTAL}, metrics=metrics, callbacks=(), epochs=2,
                      execution=ExecutionPlan(3), seed=3)
    return replace(whole, **{**changes, **more})


def trained(name: str, device: str | None, **how) -> tuple[dict, tuple]:
    """Weights and rows of a case's run."""
    make, changes = CASES[name]
    return fit(make, plan(changes), device, **how)


def fit(make: Callable, plan: PhasePlan, device: str | None, folder: Path | None = None, resume: bool = False, reporter=None):
    import keras

    from builder import training

    keras.utils.clear_session()  # so that layers have the same names each time
    keras.utils.set_random_seed(1)
    with training.made_on(device):
        made = make()
    model, wires = made if isinstance(made, tuple) else (made, None)
    with tempfile.TemporaryDirectory() as parent:
        folder = folder or training.create("tiny", Path(parent)).folder
        run = training.train(model, (plan,), tiny.data(SIZE, 35), folder, batch=BATCH, device=device, resume=resume, reporter=reporter,
                             wires=lambda _: wires)
        return {str(number): v.value.numpy() for number, v in enumerate(model.variables)}, run.history.rows


def resumed(device: str | None, out: str) -> None:
    """A run of three epochs, and one that was left after the first and gone on with: on this device, and begun on one."""
    from builder import training

    training.strategy(device)
    make, whole = CASES["dropout"][0], plan({}, epochs=3)
    short, found = replace(whole, epochs=1), {}
    for way, first in (("whole", None), ("resumed", device), ("moved", "cpu")):
        with tempfile.TemporaryDirectory() as parent:
            folder, heard = training.create("tiny", Path(parent)).folder, tiny.Listener()
            if first:
                fit(make, short, first, folder)
            weights, _ = fit(make, whole, device, folder, resume=bool(first), reporter=heard)
        found |= {f"{way}|{key}": value for key, value in weights.items()}
        found[f"{way}|warned"] = np.array([fault.kind == "environment-changed" for fault, in heard.of("warning")])
    if training.is_chief(device):
        np.savez(out, **found)


def main(device: str, out: str, *names: str) -> None:
    from builder import training

    device = None if device == "one" else device
    if names == ("resume",):
        return resumed(device, out)
    training.strategy(device)
    found = {}
    for name in names:
        weights, rows = trained(name, device)
        figures = [value for row in rows for key, value in sorted(row.items()) if key not in ("seconds", "waited")]
        found |= {f"{name}/{key}": value for key, value in weights.items()} | {f"{name}/figures": np.array(figures, "float64")}
    if training.is_chief(device):
        np.savez(out, **{key.replace("/", "|"): value for key, value in found.items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
