"""What an inner wire is worth as an embedding: by its nearest neighbours, beside the same network untrained and beside its inputs."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import numpy as np

from builder.data import Data, Split
from builder.diagnostics import fail, near
from builder.graph.judging import of_embedding
from builder.graph.plans import PhasePlan
from builder.inside.embedding import Embedding, embed_split
from builder.inside.wires import Inside
from builder.training.evaluation import Evaluation, evaluate_run
from builder.training.likeness import METRICS, flat, judged, one_shot, prepared
from builder.training.run import Run

WAYS, TRIALS = 20, 400
MOST = 20_000  # examples of a split that an evaluation of outputs embeds
UNTRAINED, INPUTS = "untrained", "its inputs"


def nearest(inside: Inside, layer: str, data: Data, neighbours: int = 1, *, ways: int | None = None, groups: str | None = None,
            untrained: Inside | None = None) -> dict:
    """How well an inner wire's values tell the classes of the split to judge by.

    Gives plain values: `accuracy` by metric (euclidean, cosine), how often the class of the nearest training examples is right, of a vote
    of `neighbours` where ties go to the class met first in order, as scikit-learn has it; what `builder.training.likeness.judged` says of
    the split among itself; `one_shot`, trials in so many `ways`; and all of them `beside` for the untrained network and for the inputs.

    Args:
        ways: classes of a one-shot trial; left out, 20, or as many as there are.
        groups: the field within one value of which a trial draws its classes, such as an alphabet.
        untrained: the same network with fresh weights; without it there is nothing `beside`.

    Raises:
        SpecError: `no-such-layer`, `no-numbers`; `no-labels`, the data have no classes; `nothing-to-judge`, all examples are trained on;
            `too-many-neighbours`; `no-such-group`; `too-many-ways`, no group has so many classes with two examples.
    """
    train, split = data.splits["train"], data.evaluation
    if split is train:
        raise fail("nothing-to-judge", data.span)
    by, (train, split) = split.by, (one.singly(inside.reads(layer)) for one in (train, split))
    if neighbours > train.size:
        raise fail("too-many-neighbours", neighbours=neighbours, size=train.size)
    known, asked = (embed_split(inside, layer, one, data.batch) for one in (train, split))
    judge = _Judge(known.labels, asked.labels, _class_field(inside, data, known, by), neighbours, ways, _groups(split, groups, data), groups)
    figures = judge.figures(known.values, asked.values)
    if ways and figures["one_shot"] is None:
        raise fail("too-many-ways", ways=ways, group=groups)
    beside = {}
    if untrained is not None:
        fresh = (embed_split(untrained, layer, one, data.batch).values for one in (train, split))
        beside = {UNTRAINED: judge.figures(*fresh)}
        given = [_inputs(inside, layer, one, data.batch) for one in (train, split)]
        beside |= {INPUTS: judge.figures(*given)} if None not in [one if one is None else 0 for one in given] else {}
    return {"layer": known.layer, "field": judge.field, "split": split.name, "training_examples": train.size, "neighbours": neighbours,
            **figures, "beside": {name: _without_picture(one) for name, one in beside.items()}}


def judge_run(run: Run, data: Data, plan: PhasePlan, *, model=None, wires: Callable | None = None) -> Evaluation:
    """`builder.training.evaluate_run`, with its outputs that are embeddings judged on the examples themselves.

    Raises:
        SpecError: `no-model`, the run is not finished.
    """
    model = model or run.model
    targets = {loss.output: loss.target for loss in plan.losses.values() if loss.recipe is not None and of_embedding(loss.recipe.name)}
    beside = embeddings(wires(model), data, targets) if wires else {}
    return evaluate_run(run, data, plan, model=model, wires=wires, beside=beside)


def embeddings(inside: Inside, data: Data, targets: Mapping[str, str]) -> dict[str, dict]:
    """The reports of a model's outputs that are embeddings, as `nearest` gives them of a layer, with nothing beside; a split is
    judged by at most MOST of its examples, evenly taken. Nothing where all examples are trained on.

    Args:
        targets: the outputs whose loss makes embeddings of them, with the field of their classes. Where pairs or triplets are drawn, the first
            output that depends on one example of them alone is one too.
    """
    train, split = data.splits["train"], data.evaluation
    if split is train:
        return {}
    named = targets or dict.fromkeys(_of_one(inside, split)[:1], split.by)
    some = {name: [_some(one.singly(inside.reads(name))) for one in (train, split)] for name in named}
    return {name: _worth(inside, name, field, *some[name], data) for name, field in named.items()}


def _worth(inside: Inside, name: str, field: str | None, train: Split, split: Split, data: Data) -> dict:
    """What an output is worth as an embedding of these examples."""
    known, asked = (embed_split(inside, name, one, data.batch) for one in (train, split))
    return {**_Judge(known.labels, asked.labels, _class_field(inside, data, known, field)).figures(known.values, asked.values), "training_examples": train.size}


def _of_one(inside: Inside, split: Split) -> list[str]:
    """The outputs that are vectors and depend on one example of those of some classes that are drawn together."""
    if not split.by or not split.draws.joins:
        return []
    vectors = [name for name, wire in inside.graph.outputs.items() if len(wire.spec.shape) == 1 and (wire.spec.shape[0] or 1) > 1]
    return [name for name in vectors if split.singly(inside.reads(name)) is not split]


def _some(split: Split) -> Split:
    """A split, or as many of its examples as an evaluation embeds."""
    if split.draws is not None or split.size <= MOST:
        return split
    rows = np.linspace(0, split.size - 1, MOST).round().astype("int64")
    return replace(split, columns={name: column.take(rows) for name, column in split.columns.items()})


class _Judge:
    """Judges values of the same examples, whatever they come from."""

    def __init__(self, known: Mapping, asked: Mapping, field: str, neighbours: int = 1, ways: int | None = None, groups: np.ndarray | None = None,
                 named: str | None = None):
        self.known, self.field, self.neighbours, self.groups = np.asarray(known[field]), field, neighbours, groups
        self.names, self.asked = np.unique(asked[field], return_inverse=True)
        self.ways, self.named = ways or min(WAYS, len(self.names)), named

    def figures(self, known: np.ndarray, asked: np.ndarray) -> dict:
        won = one_shot(asked, self.asked, self.ways, self.groups, TRIALS)
        shot = None if won is None else {"ways": self.ways, "trials": TRIALS, "within": f" within {self.named}" if self.named else "", "accuracy": won}
        return {"accuracy": self.accuracy(flat(known), flat(asked)), **judged(asked, self.asked, list(self.names)), "one_shot": shot}

    def accuracy(self, known: np.ndarray, asked: np.ndarray) -> dict[str, float]:
        """By metric; nothing where no class is among those trained on, so that none can be told."""
        from sklearn.neighbors import KNeighborsClassifier

        found: dict[str, float] = {}
        if not set(self.names) & set(self.known):
            return found
        for metric in METRICS:  # of rows of length 1 Euclid's order is that of cosines, and scikit-learn is ten times faster at it
            voting = KNeighborsClassifier(self.neighbours, algorithm="brute").fit(prepared(known, metric), self.known)
            found[metric] = float(np.mean(voting.predict(prepared(asked, metric)) == self.names[self.asked]))
        return found


def _without_picture(report: Mapping) -> dict:
    return {name: value for name, value in report.items() if name != "picture"}


def _groups(split: Split, name: str | None, data: Data) -> np.ndarray | None:
    """The group of each example of a split."""
    if name is None:
        return None
    if name not in split.columns:
        raise fail("no-such-group", data.span, name=name, near=tuple(near(name, split.columns)), fields=tuple(split.columns))
    return np.unique(np.asarray(split.column(name))[: split.size].reshape(split.size, -1)[:, 0], return_inverse=True)[1]


def _inputs(inside: Inside, layer: str, split: Split, batch: int) -> np.ndarray | None:
    """What a layer reads of every example, in a row, in order; None where that is text or of many sizes."""
    given = {key: inside.graph.inputs[key].spec for key in inside.reads(layer)}
    if any(spec.dtype == "string" or None in spec.shape for spec in given.values()):
        return None
    return np.concatenate([np.concatenate([flat(value) for value in inputs.values()], axis=1) for inputs, _ in split.dataset(given, (), batch, augment=False)])


def _class_field(inside: Inside, data: Data, known: Embedding, by: str | None) -> str:
    """The classes that an embedding is judged by: those that a sampler draws `by`, those of an output's name, else the first there are."""
    names = [*(name for name in (by, *inside.graph.outputs) if name in known.labels), *known.labels]
    if not names:
        raise fail("no-labels", data.span, fields=tuple(data.fields))
    return names[0]
