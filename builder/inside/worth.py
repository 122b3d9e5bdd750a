"""What an inner wire is worth as an embedding: by its nearest neighbours, beside the same network untrained and beside its inputs."""

from collections.abc import Mapping

import numpy as np

from builder.data import Data, Split
from builder.diagnostics import fail, near
from builder.inside.embedding import Embedding, embed_split
from builder.inside.wires import Inside
from builder.training.likeness import METRICS, flat, judged, one_shot

WAYS, TRIALS = 20, 400
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
    if neighbours > train.size:
        raise fail("too-many-neighbours", neighbours=neighbours, size=train.size)
    known, asked = (embed_split(inside, layer, one, data.batch) for one in (train, split))
    judge = _Judge(known.labels, asked.labels, _class_field(inside, data, known), neighbours, ways, _groups(split, groups, data), groups)
    figures = judge.figures(known.values, asked.values)
    if ways and figures["one_shot"] is None:
        raise fail("too-many-ways", ways=ways, group=groups)
    beside = {}
    if untrained is not None:
        fresh = (embed_split(untrained, layer, one, data.batch).values for one in (train, split))
        beside = {UNTRAINED: judge.figures(*fresh)}
        given = [_inputs(inside, one, data.batch) for one in (train, split)]
        beside |= {INPUTS: judge.figures(*given)} if None not in [one if one is None else 0 for one in given] else {}
    return {"layer": known.layer, "field": judge.field, "split": split.name, "training_examples": train.size, "neighbours": neighbours,
            **figures, "beside": {name: _without_picture(one) for name, one in beside.items()}}


class _Judge:
    """Judges values of the same examples, whatever they come from."""

    def __init__(self, known: Mapping, asked: Mapping, field: str, neighbours: int, ways: int | None, groups: np.ndarray | None, named: str | None):
        self.known, self.field, self.neighbours, self.groups = np.asarray(known[field]), field, neighbours, groups
        self.names, self.asked = np.unique(asked[field], return_inverse=True)
        self.ways, self.named = ways or min(WAYS, len(self.names)), named

    def figures(self, known: np.ndarray, asked: np.ndarray) -> dict:
        won = one_shot(asked, self.asked, self.ways, self.groups, TRIALS)
        shot = None if won is None else {"ways": self.ways, "trials": TRIALS, "within": f" within {self.named}" if self.named else "", "accuracy": won}
        return {"accuracy": self.accuracy(flat(known), flat(asked)), **judged(asked, self.asked, list(self.names)), "one_shot": shot}

    def accuracy(self, known: np.ndarray, asked: np.ndarray) -> dict[str, float]:
        from sklearn.neighbors import KNeighborsClassifier

        found = {}
        for metric in METRICS:
            voting = KNeighborsClassifier(self.neighbours, metric=metric, algorithm="brute").fit(known, self.known)
            found[metric] = float(np.mean(voting.predict(asked) == self.names[self.asked]))
        return found


def _without_picture(report: Mapping) -> dict:
    return {name: value for name, value in report.items() if name != "picture"}


def _groups(split: Split, name: str | None, data: Data) -> np.ndarray | None:
    """The group of each example of a split."""
    if name is None:
        return None
    if name not in split.columns:
        raise fail("no-such-group", data.span, name=name, near=tuple(near(name, split.columns)), fields=tuple(split.columns))
    return np.unique(np.asarray(split.column(name)[: split.size]).reshape(split.size, -1)[:, 0], return_inverse=True)[1]


def _inputs(inside: Inside, split: Split, batch: int) -> np.ndarray | None:
    """The inputs of every example in a row, in order; None where one is text or of many sizes."""
    given = {key: wire.spec for key, wire in inside.graph.inputs.items()}
    if any(spec.dtype == "string" or None in spec.shape for spec in given.values()):
        return None
    return np.concatenate([np.concatenate([flat(value) for value in inputs.values()], axis=1) for inputs, _ in split.dataset(given, (), batch, augment=False)])


def _class_field(inside: Inside, data: Data, known: Embedding) -> str:
    """The classes that an embedding is judged by: those of an output's name, else the only ones there are."""
    names = [*(name for name in inside.graph.outputs if name in known.labels), *known.labels]
    if not names:
        raise fail("no-labels", data.span, fields=tuple(data.fields))
    return names[0]
