"""A small model, small data and plans for the tests of training; also run as a program, to be killed."""

import signal
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from builder.data import Column, Data, Field, Split
from builder.graph.graph import Recipe
from builder.graph.plans import ExecutionPlan, LossPlan, MetricPlan, PhasePlan
from builder.training.reporter import Silent

CLASSES = ("none", "some", "many")


def data(n: int = 96, validation: int = 32) -> Data:
    """Points in a plane of noise, three classes by their sum, and the sum itself."""
    rng = np.random.default_rng(0)

    def split(name: str, size: int) -> Split:
        x = rng.normal(size=(size, 6)).astype("float32")
        total = x.sum(axis=1).astype("float32")
        label = np.digitize(total, [-1.0, 1.0]).astype("int64")
        fields = {"x": Field("x", (6,), "float32"), "label": Field("label", (), "int64", CLASSES), "total": Field("total", (), "float32")}
        columns = {"x": Column(fields["x"], x), "label": Column(fields["label"], label), "total": Column(fields["total"], total)}
        return Split(name, columns)

    splits = {"train": split("train", n)} | ({"validation": split("validation", validation)} if validation else {})
    return Data({name: column.field for name, column in splits["train"].columns.items()}, splits)


def model(outputs: tuple[str, ...] = ("label",), seed: int = 1):
    """Dropout, batch norm and noise, so that every kind of state is there to be lost."""
    import keras

    keras.utils.set_random_seed(seed)
    x = keras.Input((6,), name="x")
    h = keras.layers.Dense(16, name="stem.dense")(x)
    h = keras.layers.BatchNormalization(name="stem.norm")(h)
    h = keras.layers.Activation("relu", name="stem.relu")(h)
    h = keras.layers.GaussianNoise(0.1, name="noise")(h)
    h = keras.layers.Dropout(0.3, name="drop")(h)
    heads = {"label": keras.layers.Dense(3, activation="softmax", name="label")(h), "total": keras.layers.Dense(1, name="total")(h)}
    return keras.Model({"x": x}, {name: heads[name] for name in outputs})


def recipe(kind: str, name: str, **args) -> Recipe:
    return Recipe(kind, name, tuple(args.items()))


LABEL = LossPlan("label", recipe("loss", "SparseCategoricalCrossentropy"), "label")
TOTAL = LossPlan("total", recipe("loss", "MeanSquaredError"), "total", 0.5)


def plan(**changes) -> PhasePlan:
    """One phase with everything that has state: AdamW clipped, two callbacks, an accuracy."""
    whole = PhasePlan(
        losses={"label": LABEL},
        optimizer=recipe("optimizer", "AdamW", learning_rate=0.01, weight_decay=0.01),
        metrics={"label": (MetricPlan("accuracy"),)},
        epochs=4,
        callbacks=(
            recipe("callback", "ReduceLROnPlateau", monitor="val_loss", factor=0.5, patience=1, min_delta=0.05),
            recipe("callback", "EarlyStopping", monitor="val_loss", patience=3, restore_best_weights=True, min_delta=0.01),
        ),
        clip=1.0,
        seed=3,
    )
    return replace(whole, **changes)


class Listener:
    """Remembers what training told."""

    def __init__(self) -> None:
        self.events: list[tuple] = []

    def __getattr__(self, name: str):
        return lambda *what: self.events.append((name, *what))

    def of(self, name: str) -> list[tuple]:
        return [event[1:] for event in self.events if event[0] == name]


class Stops(Silent):
    """Asks to stop after some steps."""

    def __init__(self, steps: int):
        self.left = steps

    def step(self, *_: object) -> None:
        self.left -= 1
        if not self.left:
            signal.raise_signal(signal.SIGINT)


def weights(built) -> dict[str, np.ndarray]:
    """Every variable by its path; Keras numbers seed generators by process, so these by their order."""
    seeds = iter(range(100))
    return {f"seed {next(seeds)}" if "seed_generator" in v.path else v.path: np.array(v.value) for v in built.variables}


def same(one: dict, other: dict) -> bool:
    """Whether two models' weights are equal bit for bit."""
    return one.keys() == other.keys() and all(one[name].tobytes() == other[name].tobytes() for name in one)


def main(folder: str, resume: str, every: str, execution: str) -> None:
    """Trains in `folder` and leaves the final weights there; a step takes a while, so that it can be killed."""
    from builder.training import fix_seeds, train

    fix_seeds(1)
    built = model()
    steps = ExecutionPlan(int(execution))
    phases = (plan(epochs=6, execution=steps), plan(epochs=5, freeze=("stem",), callbacks=(), execution=steps))
    train(built, phases, data(), Path(folder), batch=16, resume=resume == "resume", checkpoint_every=int(every) or None)
    np.savez(Path(folder) / "weights.npz", **{name.replace("/", "|"): value for name, value in weights(built).items()})


if __name__ == "__main__":
    main(*sys.argv[1:])
