"""What leaves an inner wire for many examples: kept as a file."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from builder.data import Split
from builder.diagnostics import fail
from builder.inside.wires import Inside
from builder.training.examples import Example
from builder.training.files import write_text, write_whole
from builder.training.prediction import outputs_of

FORMATS = (".npy", ".csv")


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

    Where samplers draw from the examples, it is the examples themselves, as far as the layer reads one of them at a time.

    Raises:
        SpecError: `no-such-layer`, `no-numbers`.
    """
    import tensorflow as tf

    name = inside.name(layer)
    model = _numbers(inside, name)
    given = {key: inside.graph.inputs[key].spec for key in inside.reads(name)}
    split = split.singly(given)
    dataset = split.dataset(given, (), batch, augment=False)
    read = tf.function(lambda inputs: tf.cast(model(inputs, training=False)[name], "float32"), input_signature=dataset.element_spec[:1], autograph=False)
    step = read.get_concrete_function()  # traced once, for batches of any size
    values = [np.asarray(step(inputs)) for inputs, _ in dataset]
    return Embedding(name, np.concatenate(values), [f"{split.name} {number}" for number in range(split.size)], _labels(split, given))


def _labels(split: Split, inputs) -> dict[str, list[str]]:
    """The names of the classes of every field that holds one of some classes and is no input."""
    fields = {name: column.field for name, column in split.columns.items() if name not in inputs and column.field.classes}
    there = {name: np.asarray(split.column(name))[: split.size] for name, one in fields.items() if one.shape in ((), (1,))}
    return {name: [fields[name].classes[int(index)] for index in values.ravel()] for name, values in there.items()}


def _numbers(inside: Inside, name: str):
    """The Keras model of a wire that numbers flow on, of the inputs that it depends on."""
    import keras

    model = inside.taps([name])
    if model.output[name].dtype == "string":
        raise fail("no-numbers", inside.spots[name].node.span, name=name)
    return keras.Model({key: model.input[key] for key in inside.reads(name)}, model.output, name=model.name)
