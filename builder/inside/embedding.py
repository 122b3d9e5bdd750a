"""What leaves an inner wire for many examples: kept as a file, or judged by its nearest neighbours."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from builder.data import Data, Split
from builder.diagnostics import fail
from builder.inside.wires import Inside
from builder.training.examples import Example
from builder.training.files import write_text, write_whole
from builder.training.prediction import outputs_of

FORMATS = (".npy", ".csv")
METRICS = ("euclidean", "cosine")


@dataclass(frozen=True, eq=False)
class Embedding:
    """`values` are (examples, ...) float32 of the wire `layer`; `sources` where each example came from; `labels` their classes
    by field, texts, where the data have some."""

    layer: str
    values: np.ndarray
    sources: Sequence[str]
    labels: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def save(self, path: str | Path) -> tuple[Path, ...]:
        """Writes `.npy` (the values; where there are labels `NAME.labels.csv` beside it, a line a row) or `.csv` (source, labels and
        values, flattened), and gives what was written.

        Raises:
            SpecError: `embedding-format` for another ending.
            OSError: the file cannot be written.
        """
        path = Path(path)
        if path.suffix.lower() not in FORMATS:
            raise fail("embedding-format", suffix=path.suffix, formats=FORMATS)
        if path.suffix.lower() == ".npy":
            write_whole(path, lambda temporary: np.save(temporary, self.values, allow_pickle=False), lasting=False)
            beside = path.with_suffix(".labels.csv")
            return (path, self._table(beside, ())) if self.labels else (path,)
        return (self._table(path, self.values.reshape(len(self.values), -1)),)

    def _table(self, path: Path, values: Sequence) -> Path:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["source", *self.labels, *(f"{self.layer}[{at}]" for at in range(values.shape[1] if len(values) else 0))])
        for number, row in enumerate(zip(self.sources, *self.labels.values())):
            writer.writerow([*row, *(f"{value:.9g}" for value in (values[number] if len(values) else ()))])
        write_text(path, text.getvalue(), lasting=False)
        return path


def embed(inside: Inside, layer: str, found: Sequence[Example], batch: int = 32) -> Embedding:
    """What leaves a layer for each example.

    Raises:
        SpecError: `no-such-layer`; `no-numbers`, text flows there; `uneven-embedding`, its size differs from example to example.
    """
    name = inside.name(layer)
    values = [answer[name] for answer in outputs_of(_numbers(inside, name), found, batch)]
    shapes = {value.shape for value in values}
    if len(shapes) > 1:
        raise fail("uneven-embedding", inside.spots[name].node.span, name=name, shapes=tuple(sorted(shapes)))
    return Embedding(name, np.stack(values), [example.source for example in found])


def embed_split(inside: Inside, layer: str, split: Split, batch: int) -> Embedding:
    """What leaves a layer for every example of a split, in its order, with the classes that the data give.

    Raises:
        SpecError: `no-such-layer`, `no-numbers`.
    """
    import tensorflow as tf

    name = inside.name(layer)
    model = _numbers(inside, name)
    given = {key: wire.spec for key, wire in inside.graph.inputs.items()}
    step = tf.function(lambda inputs: tf.cast(model(inputs, training=False)[name], "float32"), reduce_retracing=True)
    values = [np.asarray(step(inputs)) for inputs, _ in split.dataset(given, (), batch, augment=False)]
    return Embedding(name, np.concatenate(values), [f"{split.name} {number}" for number in range(split.size)], _labels(split, given))


def _labels(split: Split, inputs) -> dict[str, list[str]]:
    """The names of the classes of every field that holds one of some classes and is no input."""
    fields = {name: column.field for name, column in split.columns.items() if name not in inputs and column.field.classes}
    there = {name: np.asarray(split.column(name)[: split.size]) for name, one in fields.items() if one.shape in ((), (1,))}
    return {name: [fields[name].classes[int(index)] for index in values.ravel()] for name, values in there.items()}


def _numbers(inside: Inside, name: str):
    """The Keras model of a wire that numbers flow on."""
    model = inside.taps([name])
    if model.output[name].dtype == "string":
        raise fail("no-numbers", inside.spots[name].node.span, name=name)
    return model


def nearest(inside: Inside, layer: str, data: Data, neighbours: int = 1) -> dict:
    """How often the classes of the nearest training examples, in an inner wire's values, are those of the split to judge by.

    Gives the figures as plain values: `accuracy` by metric (euclidean, cosine), of a vote of `neighbours` where ties go to
    the class met first in order, as scikit-learn has it.

    Raises:
        SpecError: `no-such-layer`, `no-numbers`; `no-labels`, the data have no classes; `nothing-to-judge`, all examples are trained on;
            `too-many-neighbours`.
    """
    from sklearn.neighbors import KNeighborsClassifier

    train, judged = data.splits["train"], data.evaluation
    if judged is train:
        raise fail("nothing-to-judge", data.span)
    if neighbours > train.size:
        raise fail("too-many-neighbours", neighbours=neighbours, size=train.size)
    known, asked = (embed_split(inside, layer, split, data.batch) for split in (train, judged))
    field = _class_field(inside, data, known)
    flat, wanted = (one.values.reshape(len(one.values), -1) for one in (known, asked))
    accuracy = {}
    for metric in METRICS:
        voting = KNeighborsClassifier(neighbours, metric=metric, algorithm="brute").fit(flat, known.labels[field])
        accuracy[metric] = float(np.mean(voting.predict(wanted) == np.asarray(asked.labels[field])))
    return {"layer": known.layer, "size": flat.shape[1], "field": field, "split": judged.name, "examples": judged.size,
            "training_examples": train.size, "neighbours": neighbours, "accuracy": accuracy}


def _class_field(inside: Inside, data: Data, known: Embedding) -> str:
    """The classes that an embedding is judged by: those of an output's name, else the only ones there are."""
    names = [*(name for name in inside.graph.outputs if name in known.labels), *known.labels]
    if not names:
        raise fail("no-labels", data.span, fields=tuple(data.fields))
    return names[0]
